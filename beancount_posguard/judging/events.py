"""One economic event under judgement, and all that comes out of judging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from beancount_posguard.booking.claims import HoldRest
from beancount_posguard.legs import SALE, SETTLEMENT, TERMINAL, TILL, Leg, Source
from beancount_posguard.matching.groups import Group
from beancount_posguard.matching.rivals import Doubt
from beancount_posguard.rounding import Rounding
from beancount_posguard.verdict import Link, Moment


class MissingFile(NamedTuple):
    """A day on which lines are due and whose file never came though a later one did."""

    source: Source
    acquirer: str
    terminal: str
    day: date


@dataclass
class Event:
    """One economic event under judgement; ``until`` ends one whose line became part of another."""

    legs: list[Leg]
    acquirer: str
    links: tuple[Link, ...]
    whole_batch: bool = False
    until: date | None = None
    moments: list[Moment] = field(default_factory=list)


class OpenHold(NamedTuple):
    """An approved hold that nobody has completed or released, with its increments; ``lapses`` is its last day."""

    legs: tuple[Leg, ...]
    acquirer: str
    lapses: date


@dataclass
class Judgement:
    """Everything the judge found."""

    events: list[Event] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    missing: dict[MissingFile, int] = field(default_factory=dict)
    waiting: int = 0
    holds: list[HoldRest] = field(default_factory=list)
    roundings: list[Rounding] = field(default_factory=list)
    open_holds: list[OpenHold] = field(default_factory=list)
    seen: dict[tuple[str, int], date] = field(default_factory=dict)


def slips_of(group: Sequence[Leg]) -> list[Leg]:
    """Return the slips that moved money."""
    return [leg for leg in group if leg.head.source is TERMINAL and leg.amount and not leg.is_memo]


def known_on(leg: Leg) -> date:
    """Return the day on which the line became known: its batch's."""
    return leg.head.date


def says_nothing(legs: Group) -> bool:
    """Tell whether this is a declined slip that nobody took up."""
    return len(legs) == 1 and not legs[0].amount and legs[0].kind is SALE and legs[0].source is TERMINAL


def sold_at_once(legs: Group) -> bool:
    """Tell whether this is a slip off the till and its line there, both known on the day of the trade."""
    if len(legs) != 2 or legs[1].head.source is not TILL:  # noqa: PLR2004  # the slip and its sale
        return False
    slip, sale = legs
    return slip.head.on_till and slip.amount == sale.amount and slip.date == slip.head.date == sale.head.date


def silent_on(day: date, groups: Sequence[Group]) -> bool:
    """Tell whether by ``day`` no line had come for any of the events."""
    return not any(leg.head.source is SETTLEMENT and leg.head.date <= day for group in groups for leg in group)
