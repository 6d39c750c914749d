"""The page of statements: which days' files have come, which are missing, and whether their receipts add up."""

from __future__ import annotations

import base64
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

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


def test_what_was_booked_after_the_last_file_does_not_hide_its_month(opened: Open) -> None:
    # A top-up that the acquirer adds to a deposit stands on a guarantee account as well; it is no file.
    paid = '2026-12-01 * "ChinaUMS" "top-up by payout"\n'
    paid += "  Assets:POS:ChinaUMS:Payout  5.00 CNY\n  Income:Sales  -5.00 CNY\n"
    assert "Files of 2026-11" in _shop(opened, _terminal("2026-11-03", 1) + paid).text(view="statements")


def test_where_all_is_booked_by_hand_the_last_batch_tells_the_month(opened: Open) -> None:
    batch = '2026-12-01 * "ChinaUMS" ""\n  posguard-source: "settlement"\n'
    text = _shop(opened, batch).text(view="statements")
    assert "2026-12" in text
    assert "No file has come yet." in text


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


EXPORT = (
    "终端号,批次号,凭证号,交易类型,交易日期,交易时间,卡号,交易金额,参考号,授权码,状态\n"
    "98765432,000007,000071,消费,20261107,101502,622202******1111,12.50,100000000071,471120,成功\n"
)


def _sent(*names: str, content: str = EXPORT) -> dict[str, Any]:
    encoded = base64.b64encode(content.encode()).decode()
    return {"action": "import", "said": {"files": [{"name": name, "content": encoded} for name in names]}}


def test_a_dropped_file_is_shown_first_then_booked_once_and_kept(desk: Desk) -> None:
    imports = desk.path.with_name("pos-imports.beancount")
    before = imports.read_text()
    told = desk.data("preview", _sent("terminal.csv"))
    assert imports.read_text() == before
    assert told["target"] == "pos-imports.beancount"
    assert "12.50 CNY" in told["entries"]
    assert "terminal.csv: cn_pos_terminal, 1 rows, gross 12.50" in told["summary"]
    done = desk.data("act", _sent("terminal.csv"))
    assert imports.read_text().count("100000000071") == 1
    assert (done["already"], done["errors"]) == ("", [])
    assert [one.read_text() for one in desk.path.parent.glob("documents/**/*terminal.csv")] == [EXPORT]
    again = desk.data("act", _sent("terminal.csv"))
    assert again["already"] == "nothing new"
    assert imports.read_text().count("100000000071") == 1


def test_a_file_that_is_not_ours_is_named_and_nothing_written(desk: Desk) -> None:
    imports = desk.path.with_name("pos-imports.beancount")
    before = imports.read_text()
    letter = _sent("letter.txt", content="Dear Sirs,\n")
    # Not "it is there already": it never was.
    assert "letter.txt: not ours, left" in desk.data("preview", letter)["refused"]
    assert "letter.txt: not ours, left" in desk.error("act", letter, 409)
    assert imports.read_text() == before


def test_a_file_that_is_not_ours_does_not_hold_up_one_that_is(desk: Desk) -> None:
    imports = desk.path.with_name("pos-imports.beancount")
    said = _sent("terminal.csv")
    said["said"]["files"] += _sent("letter.txt", content="Dear Sirs,\n")["said"]["files"]
    told = desk.data("act", said)
    assert "letter.txt: not ours, left" in told["summary"]
    assert imports.read_text().count("100000000071") == 1
    # With nothing left to book the letter alone counts.
    assert "letter.txt: not ours, left" in desk.error("act", said, 409)
    assert imports.read_text().count("100000000071") == 1


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([], "Which file?"),
        ("x", "Which file?"),
        (["x"], "Which file?"),
        ([{"name": "a.csv", "content": "%"}], "expected base64"),
        ([{"name": "a.csv", "content": 7}], "expected base64"),
        ([{"name": "a.csv", "content": ""}, {"name": "x/a.csv", "content": ""}], "two files are called a.csv"),
    ],
)
def test_what_is_no_file_is_refused(desk: Desk, files: object, says: str) -> None:
    assert says in desk.error("act", {"action": "import", "said": {"files": files}}, 400)


def test_a_name_that_is_a_path_stays_a_name(desk: Desk) -> None:
    told = desk.data("preview", _sent("../../etc/terminal.csv"))
    assert told["summary"].startswith("terminal.csv: ")


def test_a_missing_file_can_be_said_to_be_none_and_its_slips_are_judged(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "said.beancount").touch()
    imports = SETTLED.format(day="2026-11-02", digest=11, slip=90) + _terminal("2026-11-03", 1)
    imports += _terminal("2026-11-05", 2) + SETTLED.format(day="2026-11-06", digest=12, slip=2)
    imports += '2026-01-01 custom "posguard" "imports" "said.beancount"\ninclude "said.beancount"\n'
    imports += 'include "pos-claims.beancount"\n'
    desk = _shop(opened, imports)
    said = {"action": "no-file", "said": {"which": "settlement|ChinaUMS|2026-11-04"}}
    assert desk.data("preview", said)["entries"].startswith(
        '2026-11-04 custom "posguard-no-file" "settlement" "ChinaUMS"\n'
    )
    desk.data("act", said)
    # The day after is the day of grace: the slip could still be in its file.
    assert "2026-11-05 settlement ChinaUMS 1 slip waits for it" in desk.text(view="statements")
    desk.data("act", {"action": "no-file", "said": {"which": "settlement|ChinaUMS|2026-11-05"}})
    page = desk.get(view="statements")
    assert _days(page, "settlement ChinaUMS")["2026-11-04"] == "none"
    assert "slip waits for it" not in page
    assert desk.claim("X1").balance == 10  # the slip of the 3rd is on no statement
    assert "2026-11-02 is there" in desk.error(
        "act", {"action": "no-file", "said": {"which": "settlement|ChinaUMS|2026-11-02"}}, 409
    )


def test_a_ledger_that_cannot_be_written_shows_no_form(opened: Open) -> None:
    page = opened(read_only=True).text(view="statements")
    assert "Drop downloaded files here" not in page
    assert "read-only" in page
