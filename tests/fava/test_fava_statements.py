"""The page of statements: which days' files have come, which are missing, and whether their receipts add up."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.fava.conftest import Desk, Open

CONTRACT = """\
option "operating_currency" "CNY"
plugin "beancount_posguard"
2026-01-01 custom "fava-extension" "beancount_posguard.fava"
2026-01-01 custom "posguard-acquirer" "ChinaUMS"
  merchant: "898310012345678"
  till: Income:Sales
2026-01-01 open Assets:POS:ChinaUMS:Clearing CNY
2026-01-01 open Assets:POS:ChinaUMS:Payout CNY
2026-01-01 open Income:Sales CNY
"""

TERMINAL = """\
{day} * "ChinaUMS" "Terminal 98765432"
  posguard-source: "terminal"
  terminal: "98765432"
  posguard-file: "98765432-{day}.csv"
  posguard-sha256: "{digest:064x}"
  posguard-receipt: "{rows} rows, gross 10.00 CNY"
  Assets:POS:ChinaUMS:Clearing  10.00 CNY
    rrn: "1000000000{digest:02d}"
    trace: "0000{digest:02d}"
  Income:Sales  -10.00 CNY

"""

SETTLED = """\
{day} * "ChinaUMS" "Statement {day}"
  posguard-source: "settlement"
  posguard-file: "898310012345678-{day}.csv"
  posguard-sha256: "{digest:064x}"
  posguard-receipt: "1 rows, gross 10.00 CNY, fee 0.06 CNY, net 9.94 CNY"
  Assets:POS:ChinaUMS:Clearing  -10.00 CNY
    rrn: "1000000000{slip:02d}"
    fee: "0.06"
  Expenses:POS:Fees  0.06 CNY
  Assets:POS:ChinaUMS:Payout  9.94 CNY

"""


def _terminal(day: str, digest: int, rows: int = 1) -> str:
    return TERMINAL.format(day=day, digest=digest, rows=rows)


def _shop(opened: Open, imports: str) -> Desk:
    accounts = "2026-01-01 open Expenses:POS:Fees CNY\n"
    return opened(before="", main=CONTRACT + accounts + imports)


def _days(page: str, title: str) -> dict[str, str]:
    """Return the state of each day of one source's line."""
    line = re.search(rf'<th scope="row">{title}</th>(.*?)</tr>', page, re.DOTALL)
    assert line, page
    return {day: state for state, day in re.findall(r'<td class="(\w*)" title="([\d-]+)', line[1])}


def test_each_day_of_a_terminal_says_whether_its_file_came(opened: Open) -> None:
    imports = _terminal("2026-11-03", 1) + _terminal("2026-11-06", 2)
    imports += '2026-11-04 custom "posguard-no-file" "terminal" "98765432"\n'
    days = _days(_shop(opened, imports).get(view="statements"), "terminal ChinaUMS 98765432")
    # Nothing is known against the days before the first file; the 5th is a gap that nothing waits for.
    assert [days[f"2026-11-0{day}"] for day in range(2, 8)] == ["", "came", "none", "quiet", "came", "awaited"]
    assert len(days) == 30


def test_a_file_that_slips_wait_for_is_missing_and_named(opened: Open) -> None:
    # The slip of Tuesday the 3rd is due on the 4th, whose file never came though that of the 6th did.
    imports = SETTLED.format(day="2026-11-02", digest=11, slip=90) + _terminal("2026-11-03", 1)
    imports += _terminal("2026-11-05", 2) + SETTLED.format(day="2026-11-06", digest=12, slip=2)
    desk = _shop(opened, imports)
    page = desk.get(view="statements")
    days = _days(page, "settlement ChinaUMS")
    assert days["2026-11-04"] == "missing"
    assert days["2026-11-03"] == "quiet"  # nothing was due on that day
    assert "2026-11-04 settlement ChinaUMS 1 slip waits for it" in desk.text(view="statements")


def test_a_receipt_that_does_not_add_up_is_told_at_its_file(opened: Open) -> None:
    desk = _shop(opened, _terminal("2026-11-03", 1) + _terminal("2026-11-04", 2, rows=2))
    page = desk.get(view="statements")
    assert _days(page, "terminal ChinaUMS 98765432")["2026-11-04"] == "broken"
    rows = {row[1]: row[2] for row in re.finditer(r">(98765432-[\d-]+\.csv)</a>(.*?)</tr>", page, re.DOTALL)}
    assert "adds up" in rows["98765432-2026-11-03.csv"]
    assert "the receipt says rows 2, the postings give 1" in unescape(rows["98765432-2026-11-04.csv"])


def test_the_files_of_a_month_with_what_they_said_of_themselves(opened: Open) -> None:
    imports = _terminal("2026-10-30", 1) + SETTLED.format(day="2026-11-02", digest=11, slip=1)
    desk = _shop(opened, imports)
    text = desk.text(view="statements")
    assert "898310012345678-2026-11-02.csv settlement ChinaUMS 2026-11-02 1 10.00 0.06 9.94 ✓ adds up" in text
    assert "98765432-2026-10-30.csv" not in text
    october = desk.text(view="statements", month="2026-10")
    assert "98765432-2026-10-30.csv terminal ChinaUMS 98765432 2026-10-30 1 10.00 ✓ adds up" in october
    assert "898310012345678-2026-11-02.csv" not in october


@pytest.mark.parametrize("month", ["2026-13", "0000-01", "x", "2026-1", "９９９９-01"])
def test_a_month_that_is_none_shows_the_last_one(opened: Open, month: str) -> None:
    text = _shop(opened, _terminal("2026-11-03", 1)).text(view="statements", month=month)
    assert "Files of 2026-11" in text


def test_a_ledger_without_files_says_so(opened: Open) -> None:
    assert "No file has come yet." in _shop(opened, "").text(view="statements")


def test_prevention_shows_every_report_and_masks_money_when_asked(opened: Open) -> None:
    desk = opened()
    text = desk.text(view="prevention")
    assert "As of 2026-11-06" in text
    # X1 128.00, A1 180.00, A2 40.00, MIX 20.00
    assert "368.00 CNY" in text
    for report in ("gaps", "measures", "ageing", "fees", "holds", "deadlines", "acquirers", "no-such"):
        assert "As of 2026-11-06" in desk.text(view="prevention", report=report)
    hidden = opened(incognito=True).text(view="prevention")
    assert "368.00" not in hidden
    assert "XXX.XX CNY" in hidden
