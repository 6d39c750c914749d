"""Exact statistics against published tables, exact fractions, and their own definitions."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_posguard.reports import stats


def exactly(count: int, trials: int, share: Fraction) -> Fraction:
    terms = (math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(count + 1))
    return sum(terms, Fraction(0))


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # Exact 95 % limits of a Poisson mean, as in every table of them (Garwood 1936; Ulm 1990).
    [(0, 0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390), (100, 81.36, 121.63)],
)
def test_poisson_limits_are_those_of_the_tables(count: int, low: float, high: float) -> None:
    found = stats.poisson_interval(count)
    assert found.low == pytest.approx(low, abs=0.006)
    assert found.high == pytest.approx(high, abs=0.006)


@pytest.mark.parametrize(
    ("count", "trials", "low", "high"),
    # Exact 95 % limits of a share (Clopper and Pearson).
    [
        (0, 10, 0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 100, 0.0490, 0.1762),
        (10, 10, 0.6915, 1),
    ],
)
def test_shares_have_the_published_limits(count: int, trials: int, low: float, high: float) -> None:
    found = stats.clopper_pearson(count, trials)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "value", "p"),
    # The worked figures of the reference on prevention.
    [((12, 20_000, 3, 18_000), 0.28, 0.028), ((24, 40_000, 6, 36_000), 0.28, 0.002)],
)
def test_the_ratio_of_two_rates(counts: tuple[int, int, int, int], value: float, p: float) -> None:
    found = stats.rate_ratio(*counts)
    assert round(found.value, 2) == value
    assert round(found.p, 3) == p
    assert found.interval.low < found.value < found.interval.high


def test_the_interval_of_a_ratio_by_hand() -> None:
    # 5 of 10 fell after, equal exposure: the share is 0.1871 to 0.8129, so the ratio 0.1871/0.8129 = 0.2302 to 4.345.
    found = stats.rate_ratio(5, 1000, 5, 1000)
    assert found.value == 1
    assert found.interval.low == pytest.approx(0.2302, abs=2e-4)
    assert found.interval.high == pytest.approx(4.345, abs=4e-3)
    # Twice the slips afterwards halve it.
    assert stats.rate_ratio(5, 1000, 5, 2000).interval.high == pytest.approx(4.345 / 2, abs=2e-3)


def test_none_after_and_none_before() -> None:
    none_after = stats.rate_ratio(6, 1000, 0, 1000)
    assert (none_after.value, none_after.interval.low) == (0, 0)
    assert none_after.p == pytest.approx(1 / 64)
    none_before = stats.rate_ratio(0, 1000, 6, 1000)
    assert (none_before.value, none_before.interval.high, none_before.p) == (math.inf, math.inf, 1)


@pytest.mark.parametrize("counts", [(0, 10, 0, 10), (1, 0, 1, 10), (1, 10, 1, 0)])
def test_no_ratio_of_nothing(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"there is no ratio|expected some on both sides"):
        stats.rate_ratio(*counts)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and the number of trials"):
        stats.clopper_pearson(11, 10)
    with pytest.raises(ValueError, match="0 or more"):
        stats.poisson_interval(-1)
    with pytest.raises(ValueError, match="one or more"):
        stats.gap_limits(0.5, 0.01)


def test_what_chance_brings_at_most() -> None:
    # Ten events, half of the slips: P(X >= 9) = 11/1024 = 1.07 %, P(X >= 10) = 1/1024 = 0.1 %.
    assert stats.most_by_chance(10, 0.5, 0.0108) == 8
    assert stats.most_by_chance(10, 0.5, 0.0107) == 9
    assert stats.most_by_chance(3, 0.5, 0.01) == 3  # three can never surprise


def test_gap_limits_by_hand() -> None:
    # p = 1/100: P(gap <= 1) = 1 %, P(gap <= 2) = 1.99 %; P(gap > 458) = 0.99^458 = 1.002 %, > 459: 0.992 %.
    assert stats.gap_limits(100, 0.0199) == (2, 390)
    assert stats.gap_limits(100, 0.0198) == (1, 391)
    assert stats.gap_limits(100, 0.01)[1] == 459
    assert stats.gap_limits(1000, 0.00135)[0] == 1
    assert stats.gap_limits(1, 0.01) == (0, 1)


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(1, 60), st.integers(1, 99))
def test_tails_are_the_exact_sums(count: int, trials: int, percent: int) -> None:
    share = Fraction(percent, 100)
    assert stats.binomial_at_most(count, trials, percent / 100) == pytest.approx(
        float(exactly(min(count, trials), trials, share)), rel=1e-9, abs=1e-12
    )
    assert stats.binomial_at_least(count, trials, percent / 100) == pytest.approx(
        float(1 - exactly(min(count, trials + 1) - 1, trials, share)), rel=1e-9, abs=1e-12
    )


@settings(deadline=None)
@given(st.integers(0, 200))
def test_the_ends_of_a_poisson_interval_have_their_tails(count: int) -> None:
    found = stats.poisson_interval(count, 0.9)
    assert stats.poisson_at_most(count, found.high) == pytest.approx(0.05, abs=1e-9)
    if count:
        assert 1 - stats.poisson_at_most(count - 1, found.low) == pytest.approx(0.05, abs=1e-9)
