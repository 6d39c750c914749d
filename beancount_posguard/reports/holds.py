"""Open holds (预授权) and how near their end is: whoever waits too long can neither complete nor release them.

How long a hold can be completed is the contract's ``hold-days``. When to look at it is data, dated, with its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from beancount_posguard.contract import LATE_COMPLETION
from beancount_posguard.money import ZERO

if TYPE_CHECKING:
    from beancount_posguard.judging.events import OpenHold


class Alarm(NamedTuple):
    """From ``since`` on, look at a hold on its ``day``-th day of ``whole``; ``source`` and ``confidence`` say why."""

    day: int
    whole: int
    since: date
    source: str
    confidence: str


#: When to look, of the thirty days that UnionPay gives. Another term of the contract moves them in proportion.
ALARMS: Sequence[Alarm] = (
    Alarm(20, 30, date(2013, 1, 1), "practice: ten days are left to reach the guest and the front desk", "medium"),
    Alarm(27, 30, date(2013, 1, 1), "practice: three days are left, a weekend is over in time", "medium"),
)

#: Until this day after the trade an acquirer can still be asked to complete a lapsed hold.
LATEST = int(LATE_COMPLETION.value)


class Hold(NamedTuple):
    """One open hold on a day: its slip, its sum, how old it is and when it lapses.

    ``alarm`` is the last of the alarm days that has come, 0 before the first; ``left`` is negative once it has lapsed.
    """

    day: date
    age: int
    alarm: int
    lapses: date
    left: int
    amount: Decimal
    currency: str
    acquirer: str
    terminal: str
    card: str
    ref: str
    file: str
    line: int


def hold_list(holds: Iterable[OpenHold], as_of: date) -> list[Hold]:
    """Return the ``holds`` that can still be completed, late completion included, the one that lapses first first."""
    found = [_hold(one, as_of) for one in holds]
    return sorted((one for one in found if one.age <= LATEST), key=lambda one: (one.lapses, one.ref))


def alarming(holds: Iterable[Hold]) -> list[Hold]:
    """Return those of which an alarm day has come and that have not lapsed: what can still be done in time."""
    return [one for one in holds if one.alarm and one.left >= 0]


def _hold(hold: OpenHold, as_of: date) -> Hold:
    first = hold.legs[0]
    days = [day for day in alarm_days(hold) if day <= as_of]
    file, line = first.where
    return Hold(
        day=first.date,
        age=(as_of - first.date).days,
        alarm=(days[-1] - first.date).days if days else 0,
        lapses=hold.lapses,
        left=(hold.lapses - as_of).days,
        amount=sum((leg.claimed for leg in hold.legs), ZERO),
        currency=first.currency.rpartition(".")[2],
        acquirer=hold.acquirer,
        terminal=first.get("terminal"),
        card=first.get("card"),
        ref=next((first.get(key) for key in ("rrn", "trace", "order") if first.get(key)), ""),
        file=file,
        line=line,
    )


def alarm_days(hold: OpenHold) -> list[date]:
    """Return the days on which to look at ``hold``, in order."""
    start = hold.legs[0].date
    return [start + timedelta(days=age) for age in alarm_ages((hold.lapses - start).days, start)]


def alarm_ages(term: int, start: date) -> list[int]:
    """Return how old a hold of ``start`` that lasts ``term`` days is when it is to be looked at, in whole days."""
    return [one.day * term // one.whole for one in ALARMS if one.since <= start]
