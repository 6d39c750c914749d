"""What the profile language can say, one small file each; the figures were added up by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from beancount_posguard.ingest.errors import IngestError, ProfileError
from beancount_posguard.ingest.institutions import load_profiles, read_profile
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import Reading, identify, read_file

TOP = """
name = "mine"
title = "Mine"
source = "settlement"
currency = "CNY"
"""

BASIC = """
[detect]
columns = ["date", "amount"]

[columns]
date = ["day"]
amount = ["sum"]
type = ["type"]
"""

KINDS = """
[kinds]
"" = "sale"
"S" = "sale"
"R" = "refund"
"P" = "payout"
"F" = "fee"
"""

Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads ``lines`` by the profile ``text``."""

    def take(text: str, *lines: str, name: str = "a.csv", encoding: str = "utf-8") -> Reading:
        path = tmp_path / name
        path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
        return read_file(path, [profile(text)])

    return take


def profile(text: str) -> Profile:
    return read_profile(TOP + text, "mine/profile.toml")


def figures(reading: Reading) -> tuple[object, ...]:
    summary = reading.summary()
    return summary["by_kind"], summary["gross"], summary["fee"], summary["net"]


# Records


def test_a_header_of_two_lines(read: Read) -> None:
    text = "[file]\nheader_lines = 2\n" + BASIC.replace('"day"', '"tradeday"') + KINDS
    reading = read(text, "trade,su,type", "day,m,", "2026-11-03,5,S")
    assert figures(reading)[:2] == ({"sale": 1}, "5.00")


def test_columns_by_place_where_there_is_no_header(read: Read) -> None:
    text = '[file]\nname = "^a"\nnames = ["day", "sum", "type"]\n' + BASIC + KINDS
    assert figures(read(text, "2026-11-03,5,S", "2026-11-03,2,R"))[:2] == ({"refund": 1, "sale": 1}, "3.00")


RECORDS = """
[file]
delimiters = ["|"]

[[records]]
is = "^1$"
names = ["record", "day", "sum"]

[[records]]
is = "^2$"
names = ["record", "original", "day", "sum"]

[[records]]
is = "^9$"
as = "foot"

[detect]
columns = ["date", "amount", "type"]

[columns]
date = ["day"]
amount = ["sum"]
type = ["record"]
orig-rrn = ["original"]

[kinds]
"1" = "sale"
"2" = "refund"

[[totals]]
pattern = '^9 (?P<count>[0-9]+)'
"""


def test_each_type_of_record_has_its_own_columns(read: Read) -> None:
    reading = read(RECORDS, "1|2026-11-03|5", "2|77|2026-11-03|2", "9|2")
    assert figures(reading)[:2] == ({"refund": 1, "sale": 1}, "3.00")
    assert reading.control == "ok (stated count)"
    assert {slip.kind.value: slip.facts.get("orig-rrn") for slip in reading.batches[0].slips} == {
        "sale": None,
        "refund": "77",
    }


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("1|2026-11-03|5", "7|x", "9|1"), "row 2: found a record '7'; expected one of the types"),
        (("1|2026-11-03|5", "2|77|2026-11-03", "9|2"), "row 2: found 3 cells; expected 4 in a record of this type"),
        (("1|2026-11-03|5", "9|2"), "row 2: found a stated count of 2 rows; expected 1 rows"),
    ],
)
def test_records_that_do_not_fit(read: Read, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(IngestError, match=said):
        read(RECORDS, *lines)


def test_the_end_mark_must_be_there(read: Read) -> None:
    text = '[file]\nend = "<END>"\n' + BASIC + KINDS
    assert read(text, "day,sum,type", "2026-11-03,5,S", "<END>").rows == 1
    with pytest.raises(IngestError, match=r"row 2: found .2026-11-03. as the last line; expected <END>"):
        read(text, "day,sum,type", "2026-11-03,5,S")


def test_rows_to_stop_at_to_drop_and_to_keep(read: Read) -> None:
    text = BASIC + KINDS + '[rows]\nstop = "^end"\ndrop = "^sub"\nkeep = "^2026"\nfilled = ["amount"]\n'
    reading = read(
        text, "day,sum,type", "2026-11-03,5,S", "sub,1,S", "note,1,S", "2026-11-03,,S", "end,of,rows", "2026-11-03,9,S"
    )
    assert figures(reading)[:2] == ({"sale": 1}, "5.00")
    assert "3 rows that the profile drops" in reading.warnings


def test_a_text_with_commas_in_a_file_that_quotes_nothing(read: Read) -> None:
    text = '[file]\nquote = ""\noverflow = "goods"\n' + BASIC + KINDS
    assert read(text, "day,goods,sum,type", "2026-11-03,tea, black, hot,5,S").summary()["gross"] == "5.00"


def test_rows_may_lack_cells_where_the_profile_says_so(read: Read) -> None:
    assert read("[file]\nragged = true\n" + BASIC + KINDS, "day,sum,type", "2026-11-03,5").rows == 1
    with pytest.raises(IngestError, match="row 2: found 2 cells; expected 3"):
        read(BASIC + KINDS, "day,sum,type", "2026-11-03,5")


def test_runs_of_blanks_part_cells(read: Read) -> None:
    text = '[file]\ndelimiters = ["blanks"]\n' + BASIC + KINDS
    assert read(text, "day   sum type", "2026-11-03      5  R").summary()["gross"] == "-5.00"


# Cells


@pytest.mark.parametrize(
    ("amount", "cell", "sum_"),
    [
        ('decimal = ","', '"1.250,50"', "1250.50"),
        ('decimal = ","', '"1 250,5"', "1250.50"),
        ("loose = true", '"1,00.00"', "100.00"),
        ("", "($36.00)", "-36.00"),
        ("", '"-$1,036.00"', "-1036.00"),
        ("", "36.00 EUR", "36.00"),
        ("", "36.00-", "-36.00"),
        ('scale = "0.01"', "3600", "36.00"),
    ],
)
def test_amounts_as_they_are_printed(read: Read, amount: str, cell: str, sum_: str) -> None:
    text = BASIC + f"[amount]\n{amount}\n" + '[signs]\namount = "signed"\n' + KINDS
    assert read(text, "day,sum,type", f"2026-11-03,{cell},S").summary()["gross"] == sum_


@pytest.mark.parametrize("cell", ["1,00.00", "1E5", "1" * 13, "NaN", "1E-80000000", "--5"])
def test_amounts_that_are_none(read: Read, cell: str) -> None:
    with pytest.raises(IngestError, match="under sum; expected an amount such as"):
        read(BASIC + KINDS, "day,sum,type", f'2026-11-03,"{cell}",S')


def test_minor_units_follow_the_currency(read: Read) -> None:
    text = BASIC.replace("[columns]", '[columns]\ncurrency = ["ccy"]') + '[amount]\nscale = "minor"\n' + KINDS
    reading = read(text, "day,sum,ccy,type", "2026-11-03,1500,EUR,S", "2026-11-03,1500,JPY,S", "2026-11-03,1500,KWD,S")
    assert reading.summary()["gross"] == {"EUR": "15.00", "JPY": "1500.00", "KWD": "1.50"}


def test_a_value_picked_joined_and_constant(read: Read) -> None:
    text = BASIC.replace(
        "[columns]",
        "[columns]\n"
        'rrn = { names = ["ref"], pick = "R([0-9]+)" }\n'
        'order = { names = ["a", "b"], join = true }\n'
        'store = { names = [], value = "main" }\n'
        'reference = { names = ["id"], empty = ["0"] }\n',
    )
    (batch,) = read(text + KINDS, "day,sum,type,ref,a,b,id", "2026-11-03,5,S,xxR77,1,2,0").batches
    assert batch.slips[0].facts == {"rrn": "77", "order": "1 2", "store": "main"}


def test_times_of_another_zone(read: Read) -> None:
    text = (
        BASIC.replace('type = ["type"]', 'type = ["type"]\ntime = ["time"]\nzone = ["zone"]')
        + '[cells]\nlocal = "Asia/Shanghai"\nzone = "UTC"\nzones = { Mars = "+01:00" }\n'
        + KINDS
    )
    reading = read(
        text, "day,time,zone,sum,type",
        "2026-11-03,14:03:22,,5,S", "2026-11-03,23:00:00,Mars,5,S",
        "2026-11-03,20:00:00,Eastern Time (US & Canada),5,S",
    )  # fmt: skip
    moments = sorted((slip.date.isoformat(), slip.facts["time"]) for batch in reading.batches for slip in batch.slips)
    # 14:03 UTC is 22:03 in Shanghai; 23:00 at +1 is 22:00 UTC, 06:00; 20:00 EST is 01:00 UTC, 09:00 on the next day.
    assert moments == [("2026-11-03", "22:03:22"), ("2026-11-04", "06:00:00"), ("2026-11-04", "09:00:00")]
    with pytest.raises(IngestError, match="found 'Pluto' under zone; expected a time zone"):
        read(text, "day,time,zone,sum,type", "2026-11-03,14:03:22,Pluto,5,S")


def test_a_13th_month_tells_the_order_of_a_column(read: Read) -> None:
    text = BASIC + '[cells]\ndates = ["%d/%m/%Y", "%m/%d/%Y"]\n' + KINDS
    reading = read(text, "day,sum,type", "11/03/2026,5,S", "11/13/2026,5,S")
    assert [batch.date.isoformat() for batch in reading.batches] == ["2026-11-03", "2026-11-13"]


# Meaning


def test_rules_go_before_words_and_in_order(read: Read) -> None:
    text = (
        BASIC
        + '[[rules]]\nwhen = { back = "nonzero" }\nkind = "refund"\n'
        + '[[rules]]\nwhen = { type = "/^X/", sum = "positive" }\nkind = "adjustment"\n'
        + '[[rules]]\nwhen = { type = "/^X/" }\nstatus = "skip"\n'
        + '[sums.by-kind.refund]\namount = ["back"]\n'
        + KINDS
    )
    reading = read(
        text, "day,sum,type,back", "2026-11-03,5,S,0.00", "2026-11-03,0,S,2.00", "2026-11-03,3,X1,", "2026-11-03,0,X2,"
    )
    assert figures(reading)[:2] == ({"adjustment": 1, "refund": 1, "sale": 1}, "6.00")
    with pytest.raises(IngestError, match="found 'Q' under type; expected one of"):
        read(text, "day,sum,type,back", "2026-11-03,5,Q,")


def test_a_letter_of_its_own_column_is_the_sign(read: Read) -> None:
    text = BASIC + '[signs]\namount-indicator = { column = "dc", words = { D = -1, C = 1 } }\n' + KINDS
    assert read(text, "day,sum,type,dc", "2026-11-03,-5,S,C", "2026-11-03,3,S,D").summary()["gross"] == "2.00"
    with pytest.raises(IngestError, match="found 'X' under dc; expected one of"):
        read(text, "day,sum,type,dc", "2026-11-03,5,S,X")


FEES = BASIC.replace('type = ["type"]', 'type = ["type"]\nfee = ["fee"]\nnet = ["net"]')


@pytest.mark.parametrize(
    ("signs", "rows", "told"),
    [
        # The printed fee turns with the row: gross - net alone is sure.
        ('fee = "difference"', ("100,S,2.50,97.50", "50,R,-1.50,-51.50"), ("50.00", "4.00", "46.00")),
        ('fee = "negative"', ("100,S,-2.50,97.50", "50,R,0.00,-50.00"), ("50.00", "2.50", "47.50")),
        ("", ("100,S,2.50,97.50", "50,R,0.50,49.50"), ("50.00", "2.00", "48.00")),
    ],
)
def test_fees(read: Read, signs: str, rows: tuple[str, ...], told: tuple[str, ...]) -> None:
    text = FEES + f"[signs]\n{signs}\n" + KINDS
    assert figures(read(text, "day,sum,type,fee,net", *(f"2026-11-03,{row}" for row in rows)))[1:] == told


def test_an_amount_that_is_printed_net(read: Read) -> None:
    text = FEES + '[sums]\namount = ["net", "fee"]\n' + KINDS
    row = "2026-11-03,0,S,2.50,97.50"
    assert figures(read(text, "day,sum,type,fee,net", row))[1:] == ("100.00", "2.50", "97.50")


@pytest.mark.parametrize(("sheet", "gross"), [("2", "7.00"), ("March", "7.00"), ("1", "5.00")])
def test_one_worksheet_by_name_or_number(tmp_path: Path, sheet: str, gross: str) -> None:
    book = openpyxl.Workbook()
    for name, amount in (("February", 5), ("March", 7)):
        one = book.create_sheet(name)
        one.append(["day", "sum", "type"])
        one.append(["2026-11-03", amount, "S"])
    book.remove(book["Sheet"])
    path = tmp_path / "a.xlsx"
    book.save(path)
    text = f'[file]\nsheet = "{sheet}"\n' + BASIC + KINDS
    assert read_file(path, [profile(text)]).summary()["gross"] == gross


def test_fees_of_several_columns_and_in_another_currency(read: Read) -> None:
    text = (
        BASIC.replace("[columns]", '[columns]\ncurrency = ["ccy"]\nnet-currency = ["paid"]\nrate = ["rate"]')
        + '[sums]\nfee = ["a", "b"]\nnet = ["in", "-out"]\n'
        + KINDS
    )
    header = "day,sum,type,ccy,paid,rate,a,b,in,out"
    reading = read(text, header, "2026-11-03,10,S,INR,USD,0.011,0.04,0.10,,0.03")
    assert reading.totals["INR"].gross == 10
    assert (reading.totals["USD"].fee, reading.totals["USD"].net) == (Decimal("0.14"), Decimal("-0.03"))
    by_rate = read(text.replace('fee = ["a", "b"]\n', ""), header, "2026-11-03,10,S,INR,USD,0.011,0.04,0.10,,0.03")
    assert by_rate.totals["USD"].fee == Decimal("0.14")  # 10.00 x 0.011 + 0.03


PAYOUT = BASIC.replace("[columns]", '[columns]\npayout = ["batch"]') + '[checks]\npayout-key = "payout"\n' + KINDS


def test_a_payout_is_held_against_its_rows_and_not_booked(read: Read) -> None:
    header = "day,sum,type,batch"
    rows = ("2026-11-03,100,S,7", "2026-11-03,30,R,7", "2026-11-03,1,F,7", "2026-11-03,5,S,8")
    reading = read(PAYOUT, header, *rows, "2026-11-04,69,P,7")
    assert reading.control == "ok (rows = payout)"
    assert figures(reading) == ({"fee": 1, "payout": 1, "refund": 1, "sale": 2}, "75.00", None, None)
    assert [slip.kind.value for batch in reading.batches for slip in batch.slips].count("payout") == 0
    with pytest.raises(IngestError, match=r"row 6: found a payout of -70.00 CNY; expected -69.00"):
        read(PAYOUT, header, *rows, "2026-11-04,70,P,7")


# What a file says of itself


def test_a_broken_promise_is_told_with_the_figures(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("day,sum,type\n2026-11-03,5,S\nend,9,\n")
    text = BASIC + KINDS + '[rows]\nstop = "^end"\n[[totals]]\npattern = "^end (?P<gross>[0-9]+)"\n'
    reading = identify(path, [profile(text)])
    assert (reading.rows, reading.summary()["gross"]) == (1, "5.00")
    assert reading.control == "fails: a stated gross of 9.00; expected 5.00 as the rows add up"
    assert reading.refused
    assert "row 3" in reading.refused


@pytest.mark.parametrize(("severity", "refused"), [("refuse", True), ("warn", False), ("off", False)])
def test_the_profile_says_how_severe_that_is(tmp_path: Path, severity: str, refused: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_text("day,sum,type,balance\n2026-11-03,5,S,105\n2026-11-03,5,S,111\n")
    text = (
        BASIC.replace("[columns]", '[columns]\nbalance = ["balance"]') + f'[checks]\nbalance = "{severity}"\n' + KINDS
    )
    reading = identify(path, [profile(text)])
    assert bool(reading.refused) == refused
    assert any("a balance of" in one for one in reading.warnings) == (severity == "warn")


def test_opening_and_closing_balance(read: Read) -> None:
    totals = '[rows]\nstop = "^closes"\n[[totals]]\nin = "head"\npattern = "opens (?P<opening>[0-9.]+)"\n'
    text = BASIC + KINDS + totals + '[[totals]]\npattern = "closes (?P<closing>[0-9.]+)"\n'
    lines = ("opens,10.00,", "day,sum,type", "2026-11-03,5,S")
    assert read(text, *lines, "closes,15.00,").control == "ok (opening + lines = closing)"
    with pytest.raises(IngestError, match=r"found a closing balance of 16.00; expected 15.00"):
        read(text, *lines, "closes,16.00,")


# Profiles that build on others


def test_a_profile_extends_another(tmp_path: Path) -> None:
    folder = tmp_path / "importers" / "mine"
    folder.mkdir(parents=True)
    text = 'name = "mine"\nextends = "cn_pos_terminal"\npriority = 9\n[kinds]\n"刷卡消费" = "sale"\n'
    (folder / "profile.toml").write_text(text, "utf-8")
    (mine,) = (one for one in load_profiles(tmp_path) if one.name == "mine")
    assert {"刷卡消费", "消费"} <= mine.kinds.keys()
    assert (mine.source.value, mine.priority) == ("terminal", 9)


def test_it_cannot_extend_what_is_not_there() -> None:
    with pytest.raises(ProfileError, match="extends: 'nobody'; expected one of adyen_payments_accounting"):
        read_profile('name = "mine"\nextends = "nobody"\n', "mine/profile.toml")


def test_an_institution_is_a_folder_alone(tmp_path: Path) -> None:
    """A new institution: a folder beside the ledger, no Python."""
    folder = tmp_path / "importers" / "corner"
    folder.mkdir(parents=True)
    (folder / "profile.toml").write_text(TOP.replace("mine", "corner") + BASIC + KINDS, "utf-8")
    path = tmp_path / "new.csv"
    path.write_text("day,sum,type\n2026-11-03,5,S\n")
    reading = read_file(path, load_profiles(tmp_path))
    assert (reading.summary()["profile"], reading.why) == ("corner", "known by the columns day, sum in row 1")


@pytest.mark.parametrize("second", ["S", ",S,", "Corner shop,"])
def test_a_row_over_two_lines_is_refused(read: Read, second: str) -> None:
    with pytest.raises(IngestError, match=r"a\.csv, row 3: found"):
        read(BASIC + KINDS, "day,type,sum,memo", "2026-11-03,S,128.00,Corner shop", second)
