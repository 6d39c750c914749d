"""What a deposit left out."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from beancount_posguard.matching.gap import Gap, Line, explain

D = Decimal


def line(gross: str, fee: str = "0.00", ref: str = "") -> Line:
    return Line(D(gross), D(fee), ref)


def test_one_line_that_fits_is_the_only_explanation() -> None:
    answer = explain(
        Gap(D("57.71")), [line("58.00", "0.29", "a"), line("28.00", "0.14", "b"), line("9.90", "0.05", "c")]
    )
    assert answer.ways == 1
    assert [[(one.ref, count) for one, count in found] for found in answer.sets] == [[("a", 1)]]
    assert answer.exhausted


def test_twins_are_one_explanation_and_two_ways() -> None:
    answer = explain(Gap(D("19.90")), [line("19.90", ref="a"), line("19.90", ref="b"), line("5.00")])
    assert (len(answer.sets), answer.ways) == (1, 2)


def test_every_size_within_the_bound_is_counted() -> None:
    """10 = 10 = 4 + 6 = 1 + 3 + 6: the smallest is not the only one."""
    answer = explain(Gap(D(10)), [line("10"), line("4"), line("6"), line("1"), line("3")])
    assert answer.ways == 3


def test_the_fee_tells_apart_what_the_net_does_not() -> None:
    lines = [line("100.50", "0.50", "debit"), line("100.60", "0.60", "credit")]
    assert explain(Gap(D(100)), lines).ways == 2
    assert [one.ref for found in explain(Gap(D(100), D("0.60")), lines).sets for one, _ in found] == ["credit"]


def test_a_gap_that_nothing_fits_has_no_explanation() -> None:
    assert explain(Gap(D("0.01")), [line("19.90"), line("28.00")]).ways == 0


@given(st.lists(st.integers(-3, 12).filter(bool), max_size=9), st.integers(-5, 20))
def test_the_count_is_that_of_trying_everything(amounts: list[int], gap: int) -> None:
    lines = [Line(D(amount), D(0), str(number)) for number, amount in enumerate(amounts)]
    tried = sum(sum(chosen) == gap for size in (1, 2, 3) for chosen in itertools.combinations(amounts, size))
    assert explain(Gap(D(gap)), lines).ways == tried


def test_planted_gaps_of_two_hundred_slips_are_among_the_explanations() -> None:
    dice = random.Random(7)  # noqa: S311  # no secret
    lines = [Line(D(dice.randrange(100, 20000)) / 100, D("0.10"), str(number)) for number in range(200)]
    for size in (1, 2, 3):
        missing = dice.sample(lines, size)
        answer = explain(Gap(sum((one.net for one in missing), D(0)), D("0.10") * size), lines)
        nets = [sorted(one.net for one, count in found for _ in range(count)) for found in answer.sets]
        assert sorted(one.net for one in missing) in nets
