"""When a mismatch can be seen, worked out by hand for the autumn of 2026.

Days off: 25 to 27 September, 1 to 7 October. Worked in exchange: Sunday 20 September, Saturday 10 October.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from beancount_posguard.legs import Kind, Source
from beancount_posguard.simulate.events import Event, Line
from beancount_posguard.simulate.printing import File
from beancount_posguard.simulate.shop import Acquirer
from beancount_posguard.simulate.timing import Arrivals, steps, told

OFF = {date(2026, 9, day) for day in (25, 26, 27)} | {date(2026, 10, day) for day in range(1, 8)}
WORKED = {date(2026, 9, 20), date(2026, 10, 10)}
DAYS = [date(2026, 9, 14) + timedelta(days=n) for n in range(40)]
END = DAYS[-1]

MakeSale = Callable[..., Event]


def works(day: date) -> bool:
    return day in WORKED or (day.weekday() < 5 and day not in OFF)


@pytest.fixture(scope="module")
def arrivals() -> Arrivals:
    """Till and terminal files every day, statements on working days."""
    files = [File(Source.SALE, day, store="总店") for day in DAYS]
    files += [File(Source.TERMINAL, day, "ChinaUMS") for day in DAYS]
    files += [File(Source.SETTLEMENT, day, "ChinaUMS") for day in DAYS if works(day)]
    return Arrivals(files)


def judged(event: Event, link: str, acquirer: Acquirer, arrivals: Arrivals) -> list[tuple[str, str]]:
    found = steps(told(event, link, acquirer, END), link, acquirer.name, acquirer.grace, arrivals)
    return [(f"{step.day:%m-%d}", f"{step.amount:.2f}") for step in found]


@pytest.mark.parametrize(
    ("when", "seen"),
    [
        ("2026-09-21 14:00:00", "09-24"),  # due the 22nd, grace to the 23rd
        ("2026-09-21 22:59:59", "09-24"),
        ("2026-09-21 23:00:00", "09-28"),  # due the 23rd, grace to the 24th, then three days off
        ("2026-09-18 10:00:00", "09-22"),  # Friday: the Sunday is worked, so due on the 20th, grace to the 21st
        ("2026-09-30 10:00:00", "10-10"),  # due after the holiday on the 8th; the Saturday after is worked
    ],
)
def test_a_missing_line_is_seen_on_the_first_statement_after_the_grace(
    make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals, when: str, seen: str
) -> None:
    event = make_sale(when, "128.00")._replace(lines=())
    assert judged(event, "clearing", acquirer, arrivals) == [(seen, "128.00")]


def test_a_missing_sale_is_seen_by_the_tills_files(make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals) -> None:
    event = make_sale("2026-09-21 14:00:00", "35.50")._replace(rings=())
    assert judged(event, "till", acquirer, arrivals) == [("09-23", "-35.50")]
    assert judged(event, "clearing", acquirer, arrivals) == []


def test_a_line_alone_is_seen_by_the_terminals_files(
    make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals
) -> None:
    # Due on Thursday the 24th; the terminals work through the holiday that follows, the acquirer does not.
    line = Line(Kind.SALE, Decimal("66.60"), slip=None, when=datetime(2026, 9, 23, 14))  # noqa: DTZ001  # local
    event = make_sale("2026-09-23 14:00:00", "66.60")._replace(rings=(), slips=(), lines=(line,))
    assert judged(event, "clearing", acquirer, arrivals) == [("09-26", "-66.60")]


def test_a_late_line_is_claimed_and_then_withdrawn(make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals) -> None:
    event = make_sale("2026-09-21 14:00:00", "134.00")
    event = event._replace(lines=(event.lines[0]._replace(on=date(2026, 9, 28)),))
    assert judged(event, "clearing", acquirer, arrivals) == [("09-24", "134.00"), ("09-28", "0.00")]


def test_a_line_that_comes_with_the_deciding_statement_is_no_claim(
    make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals
) -> None:
    event = make_sale("2026-09-21 14:00:00", "134.00")
    event = event._replace(lines=(event.lines[0]._replace(on=date(2026, 9, 24)),))
    assert judged(event, "clearing", acquirer, arrivals) == []


def test_a_sale_booked_a_day_late_is_in_time(make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals) -> None:
    event = make_sale("2026-09-21 14:00:00", "134.00")
    event = event._replace(rings=(event.rings[0]._replace(day=date(2026, 9, 22)),))
    assert judged(event, "till", acquirer, arrivals) == []


def test_a_fee_is_judged_with_its_line(make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals) -> None:
    event = make_sale("2026-09-21 14:00:00", "5880.00", "debit")
    # 0.50 % would be 29.40; the contract caps it at 20.00.
    event = event._replace(lines=(event.lines[0]._replace(fee=Decimal("29.40")),))
    assert judged(event, "fees", acquirer, arrivals) == [("09-24", "9.40")]
    assert judged(event, "clearing", acquirer, arrivals) == []


def test_nothing_is_overdue_while_no_later_file_has_come(
    make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals
) -> None:
    event = make_sale("2026-10-23 14:00:00", "128.00")._replace(lines=())
    assert judged(event, "clearing", acquirer, arrivals) == []


def test_statement_days_follow_the_contract(acquirer: Acquirer) -> None:
    assert acquirer.statement_after(date(2026, 9, 23)) == date(2026, 9, 24)
    assert acquirer.statement_after(date(2026, 9, 24)) == date(2026, 9, 28)
    assert acquirer.statement_after(date(2026, 10, 3)) == date(2026, 10, 8)
    daily = replace(acquirer, bank=replace(acquirer.bank, settles="D+1 calendar none"))
    assert daily.statement_after(date(2026, 10, 3)) == date(2026, 10, 4)
