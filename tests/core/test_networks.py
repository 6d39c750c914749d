"""Which reasons of a chargeback are fraud."""

from __future__ import annotations

import pytest

from beancount_posguard.networks import FRAUD, is_fraud


@pytest.mark.parametrize("reason", ["10.1", "10.5", "4837", " 4870 ", "F29", "Fraud", "fraudulent", "盗刷"])
def test_fraud(reason: str) -> None:
    assert is_fraud(reason)


@pytest.mark.parametrize("reason", ["", "10", "10.6", "110.4", "13.1", "4853", "4834", "F1", "no fraud", "2837"])
def test_no_fraud(reason: str) -> None:
    assert not is_fraud(reason)


def test_every_row_says_where_it_is_from() -> None:
    assert all(one.source and one.confidence in {"high", "medium", "low"} for one in FRAUD)
