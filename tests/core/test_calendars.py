from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beancount_posguard.calendars import parse_lag

CN = parse_lag("T+1 cutoff 23:00 calendar CN", cutoff_allowed=True)
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("trade", "due", "why"),
    [
        (date(2018, 4, 4), date(2018, 4, 8), "Tomb-sweeping days off, the Sunday after is worked"),
        (date(2026, 9, 30), date(2026, 10, 8), "National Day week"),
        (date(2026, 10, 9), date(2026, 10, 10), "a Saturday that is worked"),
        (date(2026, 9, 19), date(2026, 9, 20), "a Sunday that is worked"),
        (date(2026, 11, 6), date(2026, 11, 9), "an ordinary weekend"),
        (date(2026, 11, 3), date(2026, 11, 4), "an ordinary Tuesday"),
    ],
)
def test_the_next_working_day_counts_make_up_days(trade: date, due: date, why: str) -> None:
    assert CN.after(trade) == due, why


def test_the_cut_off_divides_two_clearing_days() -> None:
    day = date(2026, 11, 3)
    assert CN.business_day(day, "22:59:59") == day
    assert CN.business_day(day, "23:00:00") == day + timedelta(days=1)
    assert CN.business_day(day, "") == day


def test_calendar_days_need_no_calendar() -> None:
    assert parse_lag("D+2", cutoff_allowed=True).after(date(2026, 9, 30)) == date(2026, 10, 2)


def test_no_calendar_means_that_every_day_works() -> None:
    assert parse_lag("T+1 calendar none", cutoff_allowed=True).after(date(2026, 11, 6)) == date(2026, 11, 7)


@given(DAYS)
def test_a_due_day_is_a_working_day_after_the_trade(day: date) -> None:
    due = CN.after(day)
    assert due > day
    assert CN.calendar.is_working(due)


@given(DAYS, st.integers(1, 20))
def test_due_days_never_run_backwards(day: date, later: int) -> None:
    assert CN.after(day) <= CN.after(day + timedelta(days=later))


@pytest.mark.parametrize("text", ["", "T1", "T+1 cutoff 24:00", "T+1 cutoff 7:00", "T+1 calendar XX", "X+1", "T+1 CN"])
def test_a_lag_that_cannot_be_read_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_lag(text, cutoff_allowed=True)


def test_a_deposit_has_no_cut_off() -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_lag("T+1 cutoff 23:00", cutoff_allowed=False)
