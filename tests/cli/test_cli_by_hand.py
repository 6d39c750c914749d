"""What is typed by hand is held to the same rules: an illegal step is an error of bean-check at its own line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from beancount import loader

from beancount_posguard import filing
from beancount_posguard.ledger.write import WriteError

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

PREPARED = """
2026-11-08 custom "posguard-claim" "{id}" "verify"
  by: "li"
2026-11-08 custom "posguard-claim" "{id}" "prepare"
  by: "li"
  route: "application"
  waive: "slip batch-slip"
  note: "lost"
"""


def looked(claim: str) -> str:
    """Return the step that says that somebody looked."""
    return f'2026-11-08 custom "posguard-claim" "{claim}" "verify"\n  by: "li"\n'


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ('"approve"\n  by: "li"\n  evidence: "0123456789abcdef"', "was prepared by li; somebody else must approve it"),
        ('"approve"\n  by: "wang"\n  evidence: "0123456789abcdef"', "is not what was approved"),
        ('"approve"\n  by: "wang"', "cannot take the step approve without evidence"),
        ('"accept"\n  by: "li"', "is prepared; accept needs a claim that is submitted or acknowledged"),
        (
            '"close"\n  by: "li"',
            "is prepared; close needs a claim that is resolving or settled or written-off or withdrawn",
        ),
        ('"submit"\n  by: "li"\n  amount: "5.00"', "submit takes no 'amount'"),
        ('"submit"\n  by: 5.00 CNY', "by: expected text in quotes"),
        ('"submit"\n  by: "li"\n  note: TRUE', "note: expected text in quotes, not True"),
        ('"submit" "now"\n  by: "li"', "expected a claim id and a step in quotes"),
    ],
)
def test_an_illegal_step_is_an_error_at_its_line(shop: Shop, typed: str, message: str) -> None:
    x1 = shop.id_of("X1")
    shop.claims.write_text(PREPARED.format(id=x1) + f'2026-11-09 custom "posguard-claim" "{x1}" {typed}\n')
    _, errors, _ = loader.load_file(str(shop.ledger))
    (error,) = (one for one in errors if one.source["filename"] == str(shop.claims))
    assert message in error.message
    assert error.source["lineno"] == 9


def test_a_legal_one_is_none(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    shop.claims.write_text(PREPARED.format(id=x1) + f'2026-11-09 custom "posguard-claim" "{x1}" "submit"\n  by: "li"\n')
    _, errors, _ = loader.load_file(str(shop.ledger))
    assert [one for one in errors if one.source["filename"] == str(shop.claims)] == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('"person" "li"', "person: expected a name and roles"),
        ('"person" "li" "boss"', "person: 'boss'; expected 'none' or some of cashier supervisor maker"),
        ('"limit" "checker"', "limit: expected one of maker, checker"),
        ('"limit" "check" "5"', "limit: expected one of maker, checker"),
        ('"limit" "checker" "many"', "'many' is no amount"),
        ('"limit" "checker" "-1"', "limit checker: '-1'; expected no less than zero"),
        ('"limit" "days" "1.5"', "limit days: '1.5'; expected a whole number of days"),
        ('"evidence" " "', "evidence: expected a path relative to the ledger"),
        ('"shop-name" "a" "b"', "shop-name: expected one value in quotes"),
    ],
)
def test_a_wrong_setting_is_an_error_at_its_line(shop: Shop, line: str, message: str) -> None:
    shop.claims.write_text(f'2026-01-01 custom "posguard" {line}\n')
    _, errors, _ = loader.load_file(str(shop.ledger))
    (error,) = (one for one in errors if one.source["filename"] == str(shop.claims))
    assert message in error.message
    assert error.source["lineno"] == 1


def test_refunds_are_held_to_the_rules_too(shop: Shop) -> None:
    a1 = shop.id_of("A1")
    shop.claims.write_text(
        f'2026-01-01 custom "posguard" "person" "li" "maker"\n{looked(a1)}'
        f'2026-11-09 * "refund" ^{a1}\n  posguard-step: "refund"\n  by: "li"\n'
        "  Liabilities:Claims:Customer  180.00 CNY\n  Assets:Cash\n"
    )
    _, errors, _ = loader.load_file(str(shop.ledger))
    (error,) = (one for one in errors if one.source["filename"] == str(shop.claims))
    assert "alone li gives away no more than 50 in 30 days" in error.message
    assert error.source["lineno"] == 4


def test_what_would_undo_a_later_step_is_refused(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    shop.claims.write_text(PREPARED.format(id=x1))
    shop.run("approve", x1, "--by", "wang", "--date", "2026-11-08")
    shop.run("submit", x1, "--date", "2026-11-10")
    before = shop.claims.read_bytes()
    slip = shop.folder / "slip.txt"
    slip.write_text("a slip")
    told = shop.run("attach", x1, str(slip), "--as", "slip", "--date", "2026-11-09", code=2)
    assert "it would undo what stands at pos-claims.beancount:" in told.stderr
    assert "has changed since it was approved" in told.stderr
    assert shop.claims.read_bytes() == before
    shop.run("attach", x1, str(slip), "--as", "slip", "--date", "2026-11-10")


def test_an_attach_that_is_killed_half_way_leaves_a_valid_ledger(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    x1 = shop.id_of("X1")
    slip = shop.folder / "slip.txt"
    slip.write_text("a slip")
    before = shop.claims.read_bytes()

    def killed(*_: object) -> None:
        raise WriteError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(filing, "append", killed)
        shop.run("attach", x1, str(slip), "--as", "slip", "--date", shop.day, code=2)
    assert shop.claims.read_bytes() == before
    shop.run("check", code=1)
    shop.run("attach", x1, str(slip), "--as", "slip", "--date", shop.day)
    assert [path.name[:16] for path in (shop.folder / "evidence" / x1).iterdir()] == ["2026-11-09.slip."]


@pytest.mark.parametrize(
    ("postings", "message"),
    [
        (
            "  Liabilities:Claims:Customer  180.00 CNY\n  Assets:Cash\n",
            "alone li gives away no more than 50 in 30 days",
        ),
        ("  Liabilities:Claims:Customer  50.00 CNY\n  Assets:Cash\n", ""),
        ("  Liabilities:Claims:Customer  180.01 CNY\n  Assets:Cash\n", "has 180.00 CNY open on Liabilities:Claims"),
    ],
)
def test_a_transaction_that_only_names_the_claim_is_held_to_them_as_well(
    shop: Shop, postings: str, message: str
) -> None:
    a1 = shop.id_of("A1")
    shop.claims.write_text(
        f'2026-01-01 custom "posguard" "person" "li" "maker"\n'
        f'{looked(a1)}2026-11-09 * "gave it back" ^{a1}\n  by: "li"\n{postings}'
    )
    _, errors, _ = loader.load_file(str(shop.ledger))
    told = [one.message for one in errors if one.source["filename"] == str(shop.claims)]
    assert [message in one for one in told] == ([True] if message else [])


def test_giving_up_without_saying_so_is_giving_up(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    shop.claims.write_text(
        f'2026-01-01 custom "posguard" "person" "li" "maker"\n{looked(x1)}'
        f'2026-11-09 * "not worth it" ^{x1}\n  by: "li"\n'
        "  Assets:Claims:Acquirer:ChinaUMS  -128.00 CNY\n  Expenses:POS:WriteOff\n"
    )
    _, errors, _ = loader.load_file(str(shop.ledger))
    (error,) = (one for one in errors if one.source["filename"] == str(shop.claims))
    assert "ask for it with posguard write-off --request" in error.message


def test_a_closed_claim_takes_no_money_by_hand(shop: Shop) -> None:
    a1 = shop.id_of("A1")
    shop.look("A1")
    shop.run("refund", a1, "--via", "cash", "--date", shop.day)
    shop.inform(a1)
    shop.run("close", a1, "--cause", "OP_KEY", "--date", shop.day)
    with shop.claims.open("a") as file:
        file.write(f'2026-11-10 * "once more" ^{a1}\n  Liabilities:Claims:Customer  1.00 CNY\n  Assets:Cash\n')
    _, errors, _ = loader.load_file(str(shop.ledger))
    (error,) = (one for one in errors if one.source["filename"] == str(shop.claims))
    assert "is closed; reopen it before anything is booked on it" in error.message
