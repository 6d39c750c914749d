"""Differences within the contract's tolerance (A11): no claims, but one entry a month for all of them.

A difference counts in the month in which it was judged, and one that a later line puts right counts back in that
line's month; so a month that is over does not change. The entry is dated by the first statement after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.legs import Leg
from beancount_posguard.money import ZERO
from beancount_posguard.verdict import Moment, Move

KIND = "A11"


@dataclass
class Rounding:
    """A month's small differences of one acquirer: what goes from each account, from how many slips.

    ``day`` is the statement's that closes the month; ``legs`` are those of the events, to say where they stand.
    """

    acquirer: str
    month: str
    day: date
    moves: dict[Move, Decimal] = field(default_factory=dict)
    events: int = 0
    legs: list[Leg] = field(default_factory=list)


class Small(NamedTuple):
    """What one day's verdict moved because of rounding: positive when found, negative when put right."""

    day: date
    moves: dict[Move, Decimal]
    legs: tuple[Leg, ...]


def taken_out(moments: Iterable[Moment]) -> tuple[list[Moment], list[Small]]:
    """Split an event's ``moments`` into those that are claims and what is rounding."""
    kept: list[Moment] = []
    small: list[Small] = []
    before: dict[Move, Decimal] = {}
    for moment in moments:
        now = dict(moment.moves) if moment.kind == KIND else {}
        change = {move: now.get(move, ZERO) - before.get(move, ZERO) for move in {**before, **now}}
        if any(change.values()):
            small.append(Small(moment.day, change, moment.legs))
        before = now
        shown = moment._replace(moves={}) if moment.kind == KIND else moment
        if shown.moves or (kept and kept[-1].moves):
            kept.append(shown)
    return kept, small


def months(acquirer: str, found: Iterable[Small], closes: Callable[[date], date | None]) -> Iterator[Rounding]:
    """Yield the roundings of one acquirer by month, those of a month without a later statement left out.

    Args:
        acquirer: its name.
        found: all that :func:`taken_out` found for it.
        closes: returns the day of the first statement after a day.
    """
    by_month: dict[tuple[int, int], Rounding] = {}
    for small in sorted(found, key=lambda one: one.day):
        year, number = month = (small.day.year, small.day.month)
        if month not in by_month:
            last = date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)
            day = closes(last)
            if day is None:
                continue
            by_month[month] = Rounding(acquirer, f"{year:04}-{number:02}", day)
        whole = by_month[month]
        whole.events += 1
        whole.legs.extend(small.legs)
        for move, amount in small.moves.items():
            whole.moves[move] = whole.moves.get(move, ZERO) + amount
    yield from (one for one in by_month.values() if any(one.moves.values()))
