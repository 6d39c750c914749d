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
        "Assets:POS:Till": ("0.00", None),
        "Assets:POS:ChinaUMS:Clearing": ("0.00", None),
        "Assets:POS:ChinaUMS:Payout": ("310.00", None),
        "Assets:Claims:Acquirer:ChinaUMS": ("138.00", "138.00"),
        "Assets:Claims:Chargeback": ("0.00", "0.00"),
        "Assets:Claims:Customer": ("50.00", "50.00"),
        "Assets:POS:Suspense": ("0.00", "0.00"),
        "Liabilities:Claims:Acquirer:ChinaUMS": ("0.00", "0.00"),
        "Liabilities:Claims:Customer": ("-100.00", "-100.00"),
    }
    once = ready.claims.read_text()
    assert "2026-12-01 balance Assets:Claims:Acquirer:ChinaUMS " in once
    assert "2026-12-01 balance Liabilities:Claims:Customer " in once
    assert "Assets:POS:Suspense" not in once  # it was never opened
    assert close(ready)["closed"] is True
    assert ready.claims.read_text() == once
    _, errors, _ = loader.load_file(str(ready.ledger))
    assert errors == []


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
