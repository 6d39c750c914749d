"""close-month: what stands in the way, what is written, and that it catches what is forgotten or changed later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from beancount import loader

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

DECEMBER = """
2026-12-04 * "Till"
  posguard-source: "sale"
  Assets:POS:Till 1.00 CNY
    rrn: "100000000099"
  Income:Sales
"""

#: Money on clearing that is nobody's slip.
POSTED = """
2026-11-20 * "by hand"
  Assets:POS:ChinaUMS:Guarantees  7.00 CNY
  Assets:POS:ChinaUMS:Clearing   -7.00 CNY
"""


def close(shop: Shop, *words: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shop.run("close-month", "2026-11", "--format", "json", *words, code=code).stdout)
    return found


@pytest.fixture
def ready(shop: Shop) -> Shop:
    """The shop in December, every claim looked at."""
    shop.run("verify", "--all", "--date", shop.day)
    with shop.imports.open("a") as file:
        file.write(DECEMBER)
    return shop


def test_a_month_is_proved_and_nailed_down_once(ready: Shop) -> None:
    ready.run("refund", ready.id_of("A1"), "--via", "cash", "--amount", "80.00", "--date", ready.day)
    told = close(ready)
    assert told["obstacles"] == []
    figures = {row["account"]: (row["balance"], row["explained"]) for row in told["accounts"]}
    # By hand: X1 128 and MIX 10 with the acquirer; A2 40 and MIX 10 with customers; A1 180 less 80 refunded; the two
    # statements of 300 and 10 have no deposit yet.
    assert figures == {
        "Assets:POS:Till": ("0.00", "0.00"),
        "Assets:POS:ChinaUMS:Clearing": ("0.00", "0.00"),
        "Assets:POS:ChinaUMS:Payout": ("310.00", "310.00"),
        "Assets:Claims:Acquirer:ChinaUMS": ("138.00", "138.00"),
        "Assets:Claims:Customer": ("50.00", "50.00"),
        "Liabilities:Claims:Customer": ("-100.00", "-100.00"),
    }  # and nothing of accounts that were never opened
    said = {row["account"]: row["what"] for row in told["accounts"]}
    assert said["Assets:POS:ChinaUMS:Payout"] == "2 on their way, the oldest of 2026-11-04"
    assert said["Assets:POS:ChinaUMS:Clearing"] == "nothing on its way"
    once = ready.claims.read_text()
    assert "2026-12-01 balance Assets:Claims:Acquirer:ChinaUMS " in once
    assert "2026-12-01 balance Liabilities:Claims:Customer " in once
    assert close(ready)["closed"] is True
    assert ready.claims.read_text() == once
    _, errors, _ = loader.load_file(str(ready.ledger))
    assert errors == []


def test_what_is_on_its_way_is_told_from_what_is_claimed(ready: Shop) -> None:
    """A slip of 30 November is settled in December, a refund keyed that day comes back in the next export."""
    with ready.imports.open("a") as file:
        file.write("""
2026-11-30 * "Till"
  posguard-source: "sale"
  Assets:POS:Till  30.00 CNY
    rrn: "100000000030"
  Assets:POS:Till  4.00 CNY
    rrn: "100000000031"
  Income:Sales
2026-11-30 * "ChinaUMS" "Terminal 98765432 batch 000030"
  posguard-source: "terminal"
  terminal: "98765432"
  Assets:POS:ChinaUMS:Clearing  30.00 CNY
    rrn: "100000000030"
    trace: "000030"
  Assets:POS:Till
""")
    ready.run("refund", ready.id_of("A1"), "--via", "card", "--amount", "50.00", "--date", "2026-11-30")
    rows = {row["account"]: row for row in close(ready)["accounts"]}
    # 4.00 rung up and on no slip, less the 50.00 whose slip is to come; the 30.00 wait for their statement.
    assert (rows["Assets:POS:Till"]["balance"], rows["Assets:POS:Till"]["explained"]) == ("-46.00", "-46.00")
    assert rows["Assets:POS:Till"]["what"] == "2 on their way, the oldest of 2026-11-30"
    assert rows["Assets:POS:ChinaUMS:Clearing"]["explained"] == "30.00"
    assert rows["Liabilities:Claims:Customer"]["explained"] == "-130.00"


def test_what_changes_the_month_later_breaks_the_file(ready: Shop) -> None:
    close(ready)
    ready.run("refund", ready.id_of("A1"), "--via", "cash", "--date", "2026-11-20")
    _, errors, _ = loader.load_file(str(ready.ledger))
    assert ["Balance failed for 'Liabilities:Claims:Customer'" in error.message for error in errors] == [True]


def test_what_happens_after_the_month_does_not(ready: Shop) -> None:
    close(ready)
    ready.run("refund", ready.id_of("A1"), "--via", "cash", "--date", "2026-12-01")
    _, errors, _ = loader.load_file(str(ready.ledger))
    assert errors == []


def test_a_dry_run_writes_nothing(ready: Shop) -> None:
    before = ready.claims.read_bytes()
    told = ready.run("close-month", "2026-11", "-n")
    assert "2026-12-01 balance Assets:POS:Till " in told.stdout
    assert "its balances would go to pos-claims.beancount" in told.stderr
    assert ready.claims.read_bytes() == before


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            '2026-11-20 * "by hand"\n  Assets:Claims:Customer 7.00 CNY\n  Assets:Cash\n',
            "Assets:Claims:Customer: 57.00 CNY, explained 50.00 (open claims); 7.00 is left",
        ),
        (
            '2026-11-20 * "by hand"\n  Assets:POS:Suspense 7.00 CNY\n  Assets:Cash\n',
            "Assets:POS:Suspense: 7.00 CNY, explained 0.00 (suspense: must be zero",
        ),
        (
            POSTED,
            "7.00 is left",
        ),
        (
            '2026-11-20 * "T"\n  posguard-source: "sales"\n  Assets:POS:Till 1.00 CNY\n  Income:Sales\n',
            "posguard-source: 'sales'; expected one of",
        ),
    ],
)
def test_what_stands_in_the_way(ready: Shop, more: str, message: str) -> None:
    with ready.imports.open("a") as file:
        file.write(more)
    before = ready.claims.read_bytes()
    told = close(ready, code=1)
    assert [text for text in told["obstacles"] if message in text]
    assert told["closed"] is False
    assert ready.claims.read_bytes() == before


def test_a_line_that_fits_two_slips_stands_in_the_way_once(ready: Shop) -> None:
    """Each of the two slips waits for the line; it is the line that needs a reference."""
    slip = """  Assets:POS:ChinaUMS:Clearing  19.90 CNY
    rrn: "{}"
"""
    pair = f"""
2026-11-17 * "ChinaUMS" "Terminal 98765432 batch 000017"
  posguard-source: "terminal"
  terminal: "98765432"
{slip.format(100000000071)}{slip.format(100000000072)}  Assets:POS:Till

2026-11-17 * "Till"
  posguard-source: "sale"
  Assets:POS:Till  19.90 CNY
    rrn: "100000000071"
  Assets:POS:Till  19.90 CNY
    rrn: "100000000072"
  Income:Sales
2026-11-18 * "ChinaUMS" "Statement"
  posguard-source: "settlement"
  Assets:POS:ChinaUMS:Clearing  -19.90 CNY
    date: "2026-11-17"
  Assets:POS:ChinaUMS:Payout
2026-11-20 * "ChinaUMS" "Statement"
  posguard-source: "settlement"
  Assets:POS:ChinaUMS:Payout  0.00 CNY
"""
    before = ready.imports.read_text().count("\n")
    with ready.imports.open("a") as file:
        file.write(pair)
    line = before + pair[: pair.index("-19.90")].count("\n") + 1
    unsure = [text for text in close(ready, code=1)["obstacles"] if "explanations" in text]
    assert unsure == [
        f"pos-imports.beancount:{line}: 19.90 CNY of 2026-11-17 has several explanations: add its reference"
    ]


def test_a_new_claim_stands_in_the_way(shop: Shop) -> None:
    with shop.imports.open("a") as file:
        file.write(DECEMBER)
    told = close(shop, code=1)
    assert len([text for text in told["obstacles"] if "was not looked at: posguard verify" in text]) == 4


def test_a_claim_may_be_looked_at_after_the_month(shop: Shop) -> None:
    with shop.imports.open("a") as file:
        file.write(DECEMBER)
    shop.run("verify", "--all", "--date", "2026-12-03")
    assert close(shop)["closed"] is True


def test_a_month_that_is_not_over_is_not_closed(shop: Shop) -> None:
    shop.run("verify", "--all", "--date", shop.day)
    (text,) = close(shop, code=1)["obstacles"]
    # 30 November is due on 1 December; one day of grace.
    assert text == "ChinaUMS: the files reach 2026-11-06; the month's last day is judged once they pass 2026-12-02"


@pytest.mark.parametrize("month", ["2026-13", "202611", "0000-01", "November"])
def test_a_month_is_a_month(shop: Shop, month: str) -> None:
    assert "is no month; expected one such as 2026-10" in shop.run("close-month", month, code=2).stderr


def test_a_ledger_that_cannot_be_read_whole_proves_nothing(ready: Shop) -> None:
    with ready.ledger.open("a") as file:
        file.write('2026-11-20 * "refund in cash\n  Assets:Cash  -80.00 CNY\n  Liabilities:Claims:Customer\n')
    (told,) = close(ready, code=1)["obstacles"][:1]
    assert told.startswith("main.beancount:")
    assert told.endswith("(an error of the ledger itself: mend it first)")
    assert "balance" not in ready.claims.read_text()


@pytest.mark.parametrize(("day", "stands"), [("2026-11-30", 1), ("2026-12-01", 1), ("2026-12-02", 0)])
def test_an_error_of_a_later_month_does_not_stand_in_the_way(ready: Shop, day: str, stands: int) -> None:
    """The day after still tells how the month ended; what is wrong in December alone is December's."""
    with ready.ledger.open("a") as file:
        file.write(f"{day} balance Assets:Cash 5.00 CNY\n")
    obstacles = close(ready, "--dry-run", code=stands)["obstacles"]
    assert [one.partition(" for ")[0] for one in obstacles] == ["main.beancount:20: Balance failed"] * stands


def test_a_plugin_that_cannot_be_loaded_is_told_in_one_line(ready: Shop) -> None:
    with ready.ledger.open("a") as file:
        file.write('plugin "no_such_plugin"\n')
    (told,) = close(ready, code=1)["obstacles"]
    assert told == '<load>:0: Error importing "no_such_plugin" (an error of the ledger itself: mend it first)'
