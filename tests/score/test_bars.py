"""The table of bars: what makes one fail."""

from __future__ import annotations

from decimal import Decimal

import pytest

from beancount_posguard.matching.gap import Answer, Line
from bench.bars import Deposit, deposit

TEA = Line(Decimal("12.00"), Decimal("0.07"), "000001")
TWIN = TEA._replace(ref="000002")
CAKE = Line(Decimal("18.00"), Decimal("0.11"), "000003")


@pytest.mark.parametrize("seed", range(12))
def test_what_a_deposit_lacks_is_among_its_explanations(seed: int) -> None:
    made = deposit(seed, slips=40)
    assert 1 <= len(made.missing) <= 3
    assert made.is_told
    assert not made.is_picked


def test_a_twin_that_is_not_counted_is_a_silent_pick() -> None:
    lines = (TEA, TWIN, CAKE)
    # Either of the two teas may be missing: two ways.
    assert not Deposit(lines, (TEA,), Answer((((TEA, 1),),), 2, ""), 0).is_picked
    assert Deposit(lines, (TEA,), Answer((((TEA, 1),),), 1, ""), 0).is_picked


def test_an_answer_without_what_is_missing_or_broken_off_is_not_told() -> None:
    lines = (TEA, TWIN, CAKE)
    assert Deposit(lines, (TEA,), Answer((((CAKE, 1),),), 2, ""), 0).is_picked
    assert not Deposit(lines, (TEA,), Answer((((TEA, 1),),), 2, "", exhausted=False), 0).is_told
