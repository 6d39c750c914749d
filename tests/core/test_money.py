from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beancount_posguard.contract import Tariff
from beancount_posguard.money import minor, parse_amount

D = Decimal
AMOUNTS = st.decimals(D("0.01"), D("50000"), places=2)


@pytest.mark.parametrize(
    ("exact", "rounded"), [("0.005", "0.01"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("1.004", "1.00")]
)
def test_money_is_rounded_half_up(exact: str, rounded: str) -> None:
    assert minor(D(exact)) == D(rounded)


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "1e3", "1_000", "１２", "1,000.00", "", " 1", "1.", ".5", "9" * 13]
)
def test_only_plain_figures_are_amounts(text: str) -> None:
    with pytest.raises(ValueError, match="is no amount"):
        parse_amount(text)


@given(AMOUNTS)
def test_a_plain_figure_reads_as_itself(amount: Decimal) -> None:
    assert parse_amount(str(amount)) == amount


TARIFF = Tariff.parse("debit 0.50% max 20.00; credit 0.60%; foreign 1.8% min 0.10")


@pytest.mark.parametrize(
    ("card", "amount", "fee"),
    [
        ("debit", "128.00", "0.64"),
        ("debit", "4000.00", "20.00"),
        ("debit", "9999.00", "20.00"),
        ("credit", "9999.00", "59.99"),  # 59.994
        ("foreign", "1.00", "0.10"),
        ("debit", "-36.00", "-0.18"),
        ("debit", "99.00", "0.50"),  # 0.495 half up
    ],
)
def test_the_tariff_names_the_fee(card: str, amount: str, fee: str) -> None:
    assert TARIFF.expected(card, D(amount)) == (D(fee),)


def test_without_a_card_type_every_rate_is_possible() -> None:
    assert TARIFF.expected("", D("128.00")) == (D("0.64"), D("0.77"), D("2.30"))


def test_the_tariff_is_silent_on_a_type_it_does_not_name() -> None:
    assert Tariff.parse("debit 0.5%").expected("credit", D(100)) == ()
    assert Tariff.parse("all 0.38%").expected("credit", D(100)) == (D("0.38"),)


@given(AMOUNTS)
def test_a_refunds_fee_mirrors_the_sales(amount: Decimal) -> None:
    assert TARIFF.expected("debit", -amount) == (-TARIFF.expected("debit", amount)[0],)


@pytest.mark.parametrize("text", ["", "debit", "debit 0.5", "gold 0.5%", "debit 0.5%; debit 0.6%", "debit 0.5% upto 3"])
def test_a_fee_clause_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="fee"):
        Tariff.parse(text)
