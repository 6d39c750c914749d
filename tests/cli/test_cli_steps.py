"""Steps on the command line: what they write, when they are refused, and that nothing is half done."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop


def stage(shop: Shop, claim: str) -> str:
    rows = json.loads(shop.run("claims", "--all", "--format", "json", code=stage_code(shop)).stdout)
    return next(str(row["stage"]) for row in rows if row["id"] == claim)


def stage_code(shop: Shop) -> int:
    """Some claims of the shop stay new unless all were verified."""
    return 0 if shop.claims.read_text().count('"verify"') == 4 else 1


def test_verify_writes_one_directive(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    told = shop.run("verify", x1[-5:], "--cause", "ACQ_POST", "--note", "portal agrees", "--date", shop.day)
    assert told.stdout == f"{x1}: verified, written to pos-claims.beancount\n"
    assert shop.claims.read_text() == (
        "; what people decided\n"
        "\n"
        f'2026-11-09 custom "posguard-claim" "{x1}" "verify"\n'
        '  by: "li"\n'
        '  cause: "ACQ_POST"\n'
        '  note: "portal agrees"\n'
    )
    assert stage(shop, x1) == "verified"


def test_a_dry_run_shows_the_directive_and_writes_nothing(shop: Shop) -> None:
    before = shop.bytes()
    x1 = shop.id_of("X1")
    told = shop.run("verify", x1, "--date", shop.day, "--by", "wang", "-n")
    assert told.stdout == f'2026-11-09 custom "posguard-claim" "{x1}" "verify"\n  by: "wang"\n'
    assert told.stderr.endswith(f"this would go to {shop.claims}\n")
    assert shop.bytes() == before


def test_the_same_step_twice_is_written_once(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    shop.run("verify", x1, "--date", shop.day)
    once = shop.claims.read_bytes()
    told = shop.run("verify", x1, "--date", "2026-11-20")
    assert told.stdout == f"{x1}: nothing to do, it is there already (verified)\n"
    shop.run("note", x1, "--note", "called them", "--date", shop.day)
    noted = shop.claims.read_bytes()
    assert noted != once
    again = shop.run("note", x1, "--note", "called them", "--date", shop.day)
    assert again.stdout == f"{x1}: nothing to do, it is there already (pos-claims.beancount:6)\n"
    assert shop.claims.read_bytes() == noted


def test_verify_in_bulk(shop: Shop) -> None:
    shop.run("verify", "--kind", "A1", "--kind", "a2", "--date", shop.day)
    assert shop.claims.read_text().count('"verify"') == 2
    shop.run("verify", "--all", "--date", shop.day)
    assert shop.claims.read_text().count('"verify"') == 4
    assert shop.run("verify", "--all", "--date", shop.day).stdout == "No claim is waiting for that.\n"


def test_several_claims_are_stepped_all_or_none(shop: Shop) -> None:
    x1, a1 = shop.id_of("X1"), shop.id_of("A1")
    shop.look("A1")
    shop.run("refund", a1, "--via", "cash", "--date", shop.day)
    shop.inform(a1)
    before = shop.claims.read_bytes()
    told = shop.run("close", a1, x1, "--cause", "OP_KEY", "--date", shop.day, code=2)
    assert f"{x1} is new; close needs a claim that is resolving or settled" in told.stderr
    assert shop.claims.read_bytes() == before
    shop.run("close", a1, a1[-5:], "--cause", "OP_KEY", "--date", shop.day)
    assert stage(shop, a1) == "closed"
    shop.run("reopen", a1, "--note", "she came back", "--date", shop.day)
    assert shop.claims.read_text().count('"close"') == 1


def test_a_step_does_not_stand_before_what_it_depends_on(shop: Shop) -> None:
    a1 = shop.id_of("A1")
    shop.look("A1")
    shop.run("refund", a1, "--via", "cash", "--date", "2026-11-12")
    shop.inform(a1, "2026-11-12")
    told = shop.run("close", a1, "--cause", "OP_KEY", "--date", shop.day, code=2)
    assert f"the last thing done about {a1} is of 2026-11-12; 2026-11-09 is before that" in told.stderr
    shop.run("close", a1, "--cause", "OP_KEY", "--date", "2026-11-12")
    shop.run("note", a1, "--note", "found the ticket", "--date", shop.day)
    assert json.loads(shop.run("check", "--format", "json", code=1).stdout)["counts"]["input"] == 0


def test_what_is_possible_is_said_where_much_is_not(shop: Shop) -> None:
    told = shop.run("withdraw", shop.id_of("X1"), "--note", "x", "--date", shop.day, code=2).stderr
    assert "is new, where withdraw is not possible; possible are verify" in told
    assert "note" in told


def test_money_open_is_not_dismissed(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    assert "still has money open" in shop.run("dismiss", x1, "--note", "x", "--date", shop.day, code=2).stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["verify", "--kind", "X1", "--date", "2026-11-01"], "was found on 2026-11-06; 2026-11-01 is before that"),
        (["verify", "--all", "--date", "2026-02-30"], "'2026-02-30' is no day; expected one such as 2026-11-03"),
        (["verify", "--all", "--date", "20261109"], "is no day"),
        (["verify"], "which claims? Give their ids, or --all, or --kind"),
        (["verify", "--all", "X"], "which claims?"),
        (["note", "A"], "Missing option '--note'"),
        (["verify", "--all", "--note", "card 6222 0212 3456 7890 128"], "note holds a full card number"),
        (["verify", "--all", "--by", " "], "who does this?"),
    ],
)
def test_what_is_refused(shop: Shop, words: list[str], message: str) -> None:
    before = shop.bytes()
    assert message in shop.run(*words, code=2).stderr
    assert shop.claims.read_bytes() == before["pos-claims.beancount"]


def test_every_step_names_a_person(shop: Shop) -> None:
    told = shop.run("verify", "--all", code=2, POSGUARD_BY="")
    assert "who does this? Give --by NAME or set POSGUARD_BY" in told.stderr


def test_hostile_notes_are_written_harmless(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    shop.run("note", x1, "--note", '<script>"x"\n2026-01-01 open Assets:Evil\\', "--date", shop.day)
    assert '  note: "script x 2026-01-01 open Assets:Evil"\n' in shop.claims.read_text()
    shop.run("claims", code=1)


def test_a_ledger_that_does_not_include_the_file_says_which_line_is_missing(shop: Shop) -> None:
    shop.ledger.write_text(shop.ledger.read_text().replace('include "pos-claims.beancount"\n', ""))
    before = shop.claims.read_bytes()
    told = shop.run("verify", "--all", "--date", shop.day, code=2)
    assert 'add this line to it: include "pos-claims.beancount"' in told.stderr
    assert shop.claims.read_bytes() == before


PEOPLE = """
2026-01-01 custom "posguard" "person" "li" "maker"
2026-01-01 custom "posguard" "person" "wang" "checker"
2026-01-01 custom "posguard" "person" "chen" "manager"
2026-01-01 custom "posguard" "limit" "checker" "100"
"""


def test_an_approval_that_is_not_enough_says_so(shop: Shop) -> None:
    with shop.ledger.open("a") as file:
        file.write(PEOPLE)
    x1 = shop.id_of("X1")
    shop.look("X1")
    assert "Needed before it is prepared: slip, batch-slip" in shop.run("show", x1).stdout
    waive = ("--waive", "slip batch-slip", "--note", "lost")
    shop.run("prepare", x1, "--route", "application", *waive, "--date", shop.day)
    told = shop.run("approve", x1, "--by", "wang", "--date", shop.day).stdout
    assert told == f"{x1}: approved, written to pos-claims.beancount; it needs another's approval too\n"
    shown = shop.run("show", x1).stdout
    assert f"Next: wang alone may not approve so much; somebody else does too: posguard approve {x1[-5:]}" in shown
    assert "Needed before it is prepared" not in shown  # it was waived
    told = shop.run("approve", x1, "--by", "chen", "--date", shop.day).stdout
    assert told == f"{x1}: approved, written to pos-claims.beancount\n"
    again = shop.run("approve", x1, "--by", "chen", "--date", shop.day).stdout
    assert again == f"{x1}: nothing to do, it is there already (approved)\n"


@pytest.mark.parametrize("account", ["Expenses:POS:WriteOff", "Income:Sales"])
def test_a_top_up_that_goes_to_no_money_is_a_write_off_and_under_its_limit(shop: Shop, account: str) -> None:
    with shop.ledger.open("a") as file:
        file.write(PEOPLE)
    x1 = shop.id_of("X1")
    shop.look("X1")
    words = ("top-up", x1, "--via", account, "--date", shop.day)
    before = shop.claims.read_bytes()
    told = shop.run(*words, "--amount", "51", code=2).stderr
    assert "is about 51.00 CNY; alone li gives away no more than 50 in 30 days" in told
    assert shop.claims.read_bytes() == before
    shop.run(*words, "--amount", "50")
    assert "2026-11-09   write-off   -50.00   li" in re.sub(" {3,}", "   ", shop.run("show", x1).stdout)
    shop.run("top-up", x1, "--via", "cash", "--date", shop.day)  # what comes in is under nobody's limit


def test_a_part_accepted_twice_is_written_once(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    shop.look("X1")
    waive = ("--waive", "slip batch-slip", "--note", "lost")
    shop.run("prepare", x1, "--route", "application", *waive, "--date", shop.day)
    shop.run("submit", x1, "--date", shop.day)
    words = ("accept", x1, "--amount", "100", "--waive", "reply", "--note", "the rest is appealed", "--date", shop.day)
    assert shop.run(*words).stdout == f"{x1}: accepted in part, written to pos-claims.beancount\n"
    once = shop.claims.read_bytes()
    assert shop.run(*words).stdout == f"{x1}: nothing to do, it is there already (part-accepted)\n"
    assert shop.claims.read_bytes() == once
