"""The till's sale list: card tenders are slips, others are counted, unknown ones refuse the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import Reading, read_file

Put = Callable[..., Path]
Read = Callable[..., Reading]

HEADER = "营业日期,时间,小票号,门店,收银员,金额,支付方式,类型,终端号,凭证号,参考号"
ENGLISH = "Date,Time,Ticket,Store,Cashier,Amount,Tender,Type,Terminal,Trace,RRN"


@pytest.fixture
def read(put: Put, profiles: list[Profile]) -> Read:
    return lambda *lines, header=HEADER: read_file(put("sales.csv", header, *lines), profiles)


def sale(
    amount: str = "10.00", tender: str = "银行卡", kind: str = "销售", day: str = "2026-11-03", store: str = "南门店"
) -> str:
    return f"{day},14:02:58,T0017,{store},01,{amount},{tender},{kind},98765432,45,103412345678"


def test_a_sale_word_for_word(read: Read) -> None:
    (batch,) = read(sale("128.00")).batches
    assert (batch.date.isoformat(), batch.facts) == ("2026-11-03", {"store": "南门店"})
    (slip,) = batch.slips
    assert (slip.kind.value, str(slip.amount)) == ("sale", "128.00")
    assert slip.facts == {
        "time": "14:02:58",
        "ticket": "T0017",
        "cashier": "01",
        "terminal": "98765432",
        "trace": "000045",
        "rrn": "103412345678",
    }


@pytest.mark.parametrize(
    ("amount", "kind", "expected"),
    [
        ("10.00", "销售", ("sale", "10.00")),
        ("-10.00", "销售", ("refund", "-10.00")),
        ("10.00", "退货", ("refund", "-10.00")),
        ("-10.00", "退货", ("refund", "-10.00")),
        ("-10.00", "", ("refund", "-10.00")),
        ("10.00", "Refund", ("refund", "-10.00")),
    ],
)
def test_type_and_sign(read: Read, amount: str, kind: str, expected: tuple[str, str]) -> None:
    (slip,) = read(sale(amount, kind=kind)).batches[0].slips
    assert (slip.kind.value, str(slip.amount)) == expected


@pytest.mark.parametrize("tender", ["银行卡", "刷卡", "card", "POS", "Credit Card", "ＰＯＳ"])
def test_card_tenders(read: Read, tender: str) -> None:
    assert read(sale(tender=tender)).rows == 1


def test_other_tenders_are_left_alone_and_counted(read: Read) -> None:
    reading = read(sale(), sale("5.00", "现金"), sale("6.00", "微信"), sale("1.00", "现金", "退货"))
    assert reading.rows == 1
    assert reading.summary()["gross"] == "10.00"
    assert [(one.label, str(one.amount)) for one in reading.lines] == [
        ("现金", "-1.00"),
        ("现金", "5.00"),
        ("微信", "6.00"),
    ]


def test_an_unknown_tender_refuses_the_file(read: Read) -> None:
    with pytest.raises(IngestError, match="row 3: found '数字人民币' under 支付方式; expected one of 银行卡, "):
        read(sale(), sale(tender="数字人民币"))


def test_english_headers(read: Read) -> None:
    (batch,) = read("2026-11-03,14:02,T1,,7,128.00,card,sale,98765432,000045,", header=ENGLISH).batches
    assert batch.slips[0].facts["ticket"] == "T1"


def test_one_batch_per_day_and_store(read: Read) -> None:
    reading = read(sale(), sale(store="北门店"), sale(day="2026-11-04"), sale())
    assert [(one.date.day, one.facts["store"], len(one.slips)) for one in reading.batches] == [
        (3, "北门店", 1),
        (3, "南门店", 2),
        (4, "南门店", 1),
    ]


def test_days_with_cash_only_are_covered(read: Read) -> None:
    reading = read(sale(tender="现金", day="2026-11-01"), sale(), sale(tender="现金", day="2026-11-05"))
    first, last = reading.batches
    assert (first.date.day, first.days, len(first.slips)) == (3, (first.date.replace(day=1), first.date), 1)
    assert (last.date.day, last.slips) == (5, ())


def test_a_total_may_count_all_tenders_or_the_cards(read: Read) -> None:
    for total in ("15.00", "10.00"):
        assert "footer gross" in read(sale(), sale("5.00", "现金"), f"合计,,,,,{total}").control
    with pytest.raises(IngestError, match=r"found a stated gross of 5\.00"):
        read(sale(), sale("5.00", "现金"), "合计,,,,,5.00")
