"""Which reasons of a chargeback are fraud."""

from __future__ import annotations

from datetime import date

import pytest

from beancount_posguard.networks import DIGITS, FRAUD, is_fraud, network_of


@pytest.mark.parametrize("reason", ["10.1", "10.5", "4837", " 4870 ", "F29", "Fraud", "fraudulent", "盗刷"])
def test_fraud(reason: str) -> None:
    assert is_fraud(reason)


@pytest.mark.parametrize("reason", ["", "10", "10.6", "110.4", "13.1", "4853", "4834", "F1", "no fraud", "2837"])
def test_no_fraud(reason: str) -> None:
    assert not is_fraud(reason)


def test_every_row_says_where_it_is_from() -> None:
    rows = [(one.source, one.confidence) for one in FRAUD] + [(one.source, one.confidence) for one in DIGITS]
    assert all(source and confidence in {"high", "medium", "low"} for source, confidence in rows)


@pytest.mark.parametrize(
    ("card", "foreign", "network"),
    [
        ("622202******1234", False, "UnionPay"),
        ("401288******1881", False, "Visa"),
        ("401288******1881", True, "Visa"),
        ("555555******4444", True, "Mastercard"),
        ("222100******0009", True, "Mastercard"),
        ("272099******0009", True, "Mastercard"),
        # A Chinese card of two brands is cleared at home.
        ("555555******4444", False, "UnionPay"),
        ("222100******0009", False, ""),
        ("272100******0009", True, ""),
        ("222000******0009", True, ""),
        ("378282******0005", False, "Amex"),
        ("353011******0000", True, "JCB"),
        ("352700******0000", True, ""),
        ("601111******1117", True, "Discover"),
        ("************1234", False, ""),
        ("4321", False, ""),  # the last four
        ("6222 **** **** 1234", False, "UnionPay"),
        ("", False, ""),
    ],
)
def test_the_first_digits_tell_the_network(card: str, foreign: bool, network: str) -> None:
    assert network_of(card, date(2026, 11, 3), foreign=foreign) == network


def test_mastercards_second_series_began_in_2016() -> None:
    days = (date(2016, 10, 13), date(2016, 10, 14))
    assert [network_of("222100******0009", day, foreign=True) for day in days] == ["", "Mastercard"]
