"""Amounts, dates, times and names of columns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beancount_posguard.ingest.cells import Amounts, fold, latest, moment_pattern, nearest, parse_moment
from beancount_posguard.text import figure, plain

YUAN = Amounts({}, Decimal(1))
FEN = Amounts({"C": 1, "D": -1}, Decimal("0.01"))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("128.00", "128.00"),
        ("128", "128.00"),
        ("-36.5", "-36.50"),
        ("1,539.33", "1539.33"),
        ("-1,000,000.00", "-1000000.00"),
        ("¥128.00", "128.00"),
        ("-￥128.00", "-128.00"),
        ("0.64000", "0.64"),
        ("0.00020", "0.0002"),
        ("-0.00", "0.00"),
        ("", "0.00"),
    ],
)
def test_amounts(text: str, amount: str) -> None:
    assert str(YUAN.parse(text) or Decimal("0.00")) == amount


@pytest.mark.parametrize("text", ["1,00.00", "1.2.3", "1e5", "NaN", "١٢", "12元", "--", "1234567890123", "1 000"])
def test_damaged_amounts(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        YUAN.parse(text)


def test_letters_and_fen() -> None:
    assert FEN.parse("D000000002861") == Decimal("-28.61")
    assert FEN.parse("C000000473939") == Decimal("4739.39")
    assert FEN.parse("000000476800") == Decimal("4768.00")


@given(st.integers(-(10**11), 10**11))
def test_every_fen_is_kept(fen: int) -> None:
    yuan = FEN.parse(f"{'D' if fen < 0 else 'C'}{abs(fen):012}")
    assert yuan * 100 == fen
    assert YUAN.parse(figure(yuan)) == yuan


@pytest.mark.parametrize(
    ("layout", "text", "moment"),
    [
        ("%Y-%m-%d", "2026-9-4", (2026, 9, 4, "")),
        ("%Y%m%d", "20260904", (2026, 9, 4, "")),
        ("%Y%m%d %H:%M:%S", "20260410 17:07:09", (2026, 4, 10, "17:07:09")),
        ("%m%d%H%M%S", "0906112203", (None, 9, 6, "11:22:03")),
        ("%H%M%S", "091512", (None, None, None, "09:15:12")),
        ("%H:%M", "9:05", (None, None, None, "09:05")),
        ("%Y年%m月%d日", "2026年11月3日", (2026, 11, 3, "")),
    ],
)
def test_moments(layout: str, text: str, moment: tuple[object, ...]) -> None:
    assert tuple(parse_moment(text, [moment_pattern(layout)])) == (*moment, "")


@pytest.mark.parametrize(
    ("layout", "text"), [("%Y%m%d", "20260230"), ("%H%M%S", "246000"), ("%Y-%m-%d", "2026-11-03 "), ("%m%d", "0230")]
)
def test_no_such_moment(layout: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_moment(text, [moment_pattern(layout)])


def test_an_unknown_directive_is_refused() -> None:
    with pytest.raises(ValueError, match="'%q' in '%Y%q'"):
        moment_pattern("%Y%q")


def test_a_missing_year_is_the_nearest() -> None:
    assert nearest(12, 31, date(2027, 1, 2)) == date(2026, 12, 31)
    assert nearest(1, 1, date(2026, 12, 31)) == date(2027, 1, 1)
    assert nearest(9, 6, date(2015, 9, 5)) == date(2015, 9, 6)


def test_a_period_is_never_later_than_its_deposit() -> None:
    assert latest(12, 31, date(2027, 1, 2)) == date(2026, 12, 31)
    assert latest(1, 2, date(2027, 1, 2)) == date(2027, 1, 2)
    assert latest(1, 3, date(2027, 1, 2)) == date(2026, 1, 3)
    assert latest(2, 29, date(2027, 1, 2)) == date(2024, 2, 29)
    with pytest.raises(ValueError, match="day is out of range"):
        latest(2, 30, date(2027, 1, 2))


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("\ufeff交易金额（元）", "交易金额(元)"),
        (" 交易 金额\t", "交易金额"),
        ("交易金额[ Trade Amount ]", "交易金额"),
        ("Payment Method", "paymentmethod"),
        ("`商户号", "商户号"),
        ("ＭＩＤ", "mid"),
    ],
)
def test_names_are_folded(name: str, folded: str) -> None:
    assert fold(name) == folded


@given(st.text())
def test_plain_text_cannot_break_out(text: str) -> None:
    safe = plain(text)
    assert not set(safe) & set('<>&"\\\n\r\x00\u202e')
    assert plain(safe) == safe
