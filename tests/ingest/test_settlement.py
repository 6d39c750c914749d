"""Statements: ChinaUMS by names in every variant, UnionPay's fixed-width file, fees and nets that must fit."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import Reading, read_file
from beancount_posguard.legs import Slip

Put = Callable[..., Path]
Read = Callable[..., Reading]

TWELVE = "清算日期,交易日期,交易时间,终端号,交易金额,清算金额,手续费,交易参考号,交易类型,卡号,发卡行,卡类型"
FIFTEEN = (
    "清算日期,交易日期,交易时间,终端号,交易金额,手续费,入账金额,系统跟踪号,检索参考号,流水号,交易类型,卡号,卡类型,"
    "发卡行,非接标识"
)


@pytest.fixture
def read(put: Put, profiles: list[Profile]) -> Read:
    return lambda *lines, name="a.csv", encoding="utf-8": read_file(put(name, *lines, encoding=encoding), profiles)


def slips(reading: Reading) -> list[Slip]:
    return [slip for batch in reading.batches for slip in batch.slips]


def twelve(
    amount: str, net: str, fee: str, kind: str = "消费", settled: str = "2026-11-04", card: str = "贷记卡"
) -> str:
    ids = f"103412345678,{kind},622202******1234,工商银行,{card}"
    return f"{settled},2026-11-03,14:03:22,98765432,{amount},{net},{fee},{ids}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_twelve_columns(read: Read, encoding: str) -> None:
    reading = read(TWELVE, twelve("128.00", "127.23", "0.77"), encoding=encoding)
    (slip,) = slips(reading)
    assert (slip.amount, slip.fee, slip.net) == (Decimal("128.00"), Decimal("0.77"), Decimal("127.23"))
    assert slip.facts == {
        "terminal": "98765432",
        "rrn": "103412345678",
        "card": "622202******1234",
        "card-type": "credit",
        "time": "14:03:22",
    }
    assert reading.control == "ok (net = gross - fee)"


def test_fifteen_columns_with_trace_and_serial(read: Read) -> None:
    ids = "000045,103412345678,20261103998877"
    line = f"20261104,20261103,140322,98765432,128.00,0.77,127.23,{ids},消费,622202******1234,外卡,,N"
    (slip,) = slips(read(FIFTEEN, line))
    assert (slip.facts["trace"], slip.facts["reference"], slip.facts["card-type"]) == (
        "000045",
        "20261103998877",
        "foreign",
    )
    assert slip.facts["time"] == "14:03:22"


def test_a_serial_too_long_for_a_trace_is_the_reference(read: Read) -> None:
    header = TWELVE.replace("交易参考号", "流水号")
    (long,) = slips(read(header, twelve("1.00", "1.00", "0").replace("103412345678", "20261103998877")))
    assert ("trace" not in long.facts, long.facts["reference"]) == (True, "20261103998877")
    (short,) = slips(read(header, twelve("1.00", "1.00", "0").replace("103412345678", "45")))
    assert short.facts["trace"] == "000045"


def test_a_workbook_reads_like_the_text(tmp_path: Path, profiles: list[Profile]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["商户交易明细"])
    sheet.append(TWELVE.split(","))
    sheet.append(
        [
            "2026-11-04",
            "2026-11-03",
            "14:03:22",
            98765432,
            128,
            127.23,
            0.77,
            103412345678,
            "消费",
            "622202******1234",
            "",
            "",
        ]
    )
    path = tmp_path / "statement.xls"  # the extension is wrong on purpose
    book.save(path)
    reading = read_file(path, profiles)
    (slip,) = slips(reading)
    assert slip.row == 3
    assert reading.summary()["net"] == "127.23"
    assert (slip.facts["terminal"], slip.facts["rrn"]) == ("98765432", "103412345678")


def test_a_workbook_with_two_such_sheets_is_refused(tmp_path: Path, profiles: list[Profile]) -> None:
    book = openpyxl.Workbook()
    for title in ("4", "5"):
        sheet = book.create_sheet(title)
        sheet.append(TWELVE.split(","))
        sheet.append(twelve("1.00", "1.00", "0.00").split(","))
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(IngestError, match="found 2 worksheets of this kind; expected one per file"):
        read_file(tmp_path / "a.xlsx", profiles)


@pytest.mark.parametrize(
    ("kind", "amount", "net", "fee", "expected"),
    [
        ("退货", "36.00", "35.78", "0.22", ("-36.00", "-0.22", "-35.78")),  # all printed positive, fee given back
        ("退货", "-36.00", "-35.78", "-0.22", ("-36.00", "-0.22", "-35.78")),
        ("退货", "-36.00", "-35.78", "0.22", ("-36.00", "-0.22", "-35.78")),
        ("退货", "-25.00", "-25.63", "-0.63", ("-25.00", "0.63", "-25.63")),  # a refund that costs
        ("退货", "-36.00", "-36.00", "0.00", ("-36.00", "0.00", "-36.00")),
        ("消费", "0.50", "-0.50", "1.00", ("0.50", "1.00", "-0.50")),  # the least fee is more than the sale
    ],
)
def test_signs_of_fee_and_net_follow_from_the_gross(
    read: Read, kind: str, amount: str, net: str, fee: str, expected: tuple[str, str, str]
) -> None:
    (slip,) = slips(read(TWELVE, twelve(amount, net, fee, kind)))
    assert (slip.amount, slip.fee, slip.net) == tuple(map(Decimal, expected))


def test_a_net_that_does_not_fit_refuses_the_file(read: Read) -> None:
    with pytest.raises(
        IngestError, match=r"row 3: found net 127\.00 and fee 0\.77 for gross 128\.00; expected gross - fee"
    ):
        read(TWELVE, twelve("1.00", "1.00", "0.00"), twelve("128.00", "127.00", "0.77"))


def test_one_batch_per_clearing_date(read: Read) -> None:
    reading = read(TWELVE, twelve("1.00", "1.00", "0.00", settled="2026-11-05"), twelve("2.00", "2.00", "0.00"))
    assert [(one.date.isoformat(), len(one.slips)) for one in reading.batches] == [("2026-11-04", 1), ("2026-11-05", 1)]


def test_identity_numbers_are_never_read(read: Read) -> None:
    reading = read(TWELVE + ",身份证号", twelve("1.00", "1.00", "0.00") + ",000000000000000000")
    assert "000000000000000000" not in repr(reading)
    assert reading.warnings == ()


def test_holds_are_left_alone_in_a_statement(read: Read) -> None:
    reading = read(TWELVE, twelve("500.00", "0.00", "0.00", "预授权"), twelve("1.00", "1.00", "0.00"))
    assert dict(reading.skipped) == {"预授权": 1}
    assert reading.summary()["gross"] == "1.00"


@pytest.mark.parametrize(
    ("footer", "ok"),
    [("合计,,,共2笔,3.00,3.00,0.00", True), ("合计,,,共2笔,3.00,2.99,0.00", False), ("合计,,,共1笔", False)],
)
def test_the_footer_is_a_control(read: Read, footer: str, ok: bool) -> None:
    lines = (TWELVE, twelve("1.00", "1.00", "0.00"), twelve("2.00", "2.00", "0.00"), footer)
    if ok:
        assert "footer net" in read(*lines).control
    else:
        with pytest.raises(IngestError, match="row 4: found a stated"):
            read(*lines)


def test_a_statement_without_rows(read: Read) -> None:
    (batch,) = read(TWELVE, name="898310012345678_20261104.csv").batches
    assert (batch.date.isoformat(), batch.facts, batch.slips) == ("2026-11-04", {"merchant": "898310012345678"}, ())


# UnionPay's fixed-width file

PROFILE = Path(__file__).resolve().parents[2] / "importers" / "unionpay_zm" / "profile.toml"
NAME = "INN26110488ZM_898310012345678"


def zm(**cells: str) -> bytes:
    """Return one line of the file, every other field blank."""
    layout = tomllib.loads(PROFILE.read_text("utf-8"))["file"]["layout"]
    usual = {
        "系统跟踪号": "000045",
        "交易传输时间": "1103140322",
        "账号": "622202******1234",
        "交易类型": "01",
        "终端号": "98765432",
    }
    told = {**usual, "交易金额": "000000012800", "商户手续费": "D000000000077", "结算金额": "C000000012723", **cells}
    return b" ".join(told.get(name, "").encode("gb18030").ljust(width) for name, width in layout) + b"\r\n"


@pytest.fixture
def unionpay(tmp_path: Path, profiles: list[Profile]) -> Callable[..., Reading]:
    def read(content: bytes, name: str = NAME) -> Reading:
        (tmp_path / name).write_bytes(content)
        return read_file(tmp_path / name, profiles)

    return read


def test_a_line_is_607_bytes() -> None:
    assert len(zm()) == 607 + 2


def test_fixed_width_row(unionpay: Read) -> None:
    (batch,) = unionpay(zm(二级商户简称="南门")).batches
    assert (batch.date.isoformat(), batch.facts) == ("2026-11-04", {"merchant": "898310012345678"})
    (slip,) = batch.slips
    assert (slip.amount, slip.fee, slip.net) == (Decimal("128.00"), Decimal("0.77"), Decimal("127.23"))
    assert (slip.date.isoformat(), slip.facts["time"]) == ("2026-11-03", "14:03:22")


def test_the_year_comes_from_the_name(unionpay: Read) -> None:
    (slip,) = slips(unionpay(zm(交易传输时间="1231235959"), name="INN27010188ZM_898310012345678"))
    assert slip.date.isoformat() == "2026-12-31"


def test_letters_tell_fee_and_net(unionpay: Read) -> None:
    (slip,) = slips(unionpay(zm(交易类型="04", 商户手续费="C000000000077", 结算金额="D000000012723")))
    assert (slip.amount, slip.fee, slip.net) == (Decimal("-128.00"), Decimal("-0.77"), Decimal("-127.23"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zm() + zm()[:300] + b"\r\n", "row 2: found a line of 300 bytes; expected 607 bytes"),
        (zm(交易类型="77"), "row 1: found '77' under 交易类型; expected one of 01, "),
        (zm(交易金额="00000001280X"), "row 1: found '00000001280X' under 交易金额"),
        (zm(交易传输时间="1303140322"), "row 1: found '1303140322' under 交易传输时间"),
        (zm().replace(b"000045 ", b"000045X"), "row 1: found fields that run into each other"),
    ],
)
def test_a_damaged_fixed_width_file_is_refused(unionpay: Read, content: bytes, said: str) -> None:
    with pytest.raises(IngestError, match=said):
        unionpay(content)


def test_an_empty_fixed_width_file(unionpay: Read) -> None:
    (batch,) = unionpay(b"").batches
    assert (batch.date.isoformat(), batch.slips) == ("2026-11-04", ())
