"""Differences within the contract's tolerance: what is one, what a month comes to, and that a month stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest

from beancount_posguard.legs import Head, Kind, Leg, Source, Status
from beancount_posguard.rounding import Small, months, taken_out
from beancount_posguard.verdict import Moment, Move

FEN = Decimal("0.01")
ROUNDED = Move("Assets:Clearing", "Expenses:Rounding", "none", "none")
CLAIMED = Move("Assets:Clearing", "Assets:Claims:Acquirer", "acquirer", "claim")
OCTOBER = date(2026, 10, 20)


def moment(day: date, kind: str, moves: Mapping[Move, Decimal]) -> Moment:
    leg = Leg(Head(Source.TERMINAL, "X", day, {}), Kind.SALE, Status.APPROVED, day, FEN, "CNY", {})
    return Moment(day, kind, moves, (leg,))


def changes(small: list[Small]) -> list[tuple[date, Decimal]]:
    return [(one.day, one.moves[ROUNDED]) for one in small]


def next_day(day: date) -> date:
    return day + timedelta(days=1)


def test_a_rounding_alone_is_no_claim() -> None:
    kept, small = taken_out([moment(OCTOBER, "A11", {ROUNDED: FEN})])
    assert kept == []
    assert changes(small) == [(OCTOBER, FEN)]


def test_a_claim_of_which_a_fen_is_left_is_withdrawn() -> None:
    claimed = moment(OCTOBER, "A4", {CLAIMED: Decimal(10)})
    rest = moment(date(2026, 10, 28), "A11", {ROUNDED: FEN})
    kept, small = taken_out([claimed, rest])
    assert kept == [claimed, rest._replace(moves={})]
    assert changes(small) == [(rest.day, FEN)]


def test_a_rounding_that_becomes_a_claim_counts_back() -> None:
    more = moment(date(2026, 11, 4), "A4", {CLAIMED: Decimal(10)})
    kept, small = taken_out([moment(OCTOBER, "A11", {ROUNDED: FEN}), more])
    assert kept == [more]
    assert changes(small) == [(OCTOBER, FEN), (more.day, -FEN)]


def test_a_rounding_that_a_late_line_puts_right_counts_back_in_that_lines_month() -> None:
    late = date(2026, 11, 4)
    kept, small = taken_out([moment(OCTOBER, "A11", {ROUNDED: FEN}), moment(late, "OK", {})])
    assert kept == []
    october, november = months("X", small, next_day)
    assert (october.month, october.day, october.moves) == ("2026-10", date(2026, 11, 1), {ROUNDED: FEN})
    assert (november.month, november.day, november.moves) == ("2026-11", date(2026, 12, 1), {ROUNDED: -FEN})


def test_a_month_waits_for_the_statement_after_it() -> None:
    _, small = taken_out([moment(OCTOBER, "A11", {ROUNDED: FEN})])
    assert [*months("X", small, lambda _: None)] == []


def test_what_cancels_out_makes_no_entry() -> None:
    small = [Small(OCTOBER, {ROUNDED: amount}, ()) for amount in (FEN, -FEN)]
    assert [*months("X", small, next_day)] == []


@pytest.mark.parametrize(("year", "month", "last"), [(2026, 12, "2026-12-31"), (2027, 2, "2027-02-28")])
def test_the_last_day_of_a_month(year: int, month: int, last: str) -> None:
    asked: list[date] = []
    closes = lambda day: asked.append(day) or next_day(day)  # type: ignore[func-returns-value]  # noqa: E731  # both
    [*months("X", [Small(date(year, month, 3), {ROUNDED: FEN}, ())], closes)]
    assert asked == [date.fromisoformat(last)]
