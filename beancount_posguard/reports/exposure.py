"""How many slips there were, and where: without them a number of mismatches says nothing.

A slip is an approved line of the terminals; where no terminal speaks, a line of the till, and else of the statements.
What the terminal's lines never say (mostly the cashier) is counted by the next source that says it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from beancount_posguard.claims.claim import Claim
from beancount_posguard.legs import Leg, Sheet, Source, Status
from beancount_posguard.words import N_

#: Who is asked for the slips, in this order.
_SOURCES = (Source.TERMINAL, Source.SALE, Source.SETTLEMENT)

#: By what slips are counted; a mismatch belongs to the same one as its slip.
PLACES = (N_("terminal"), N_("cashier"), N_("shift"), N_("store"), N_("acquirer"))

#: The shifts of a ledger that names none: name and beginning.
SHIFTS = (("06:00-14:00", "06:00"), ("14:00-22:00", "14:00"), ("22:00-06:00", "22:00"))

#: What stands where a slip does not say, and where one mismatch is about several.
UNKNOWN, SEVERAL = "", "*"

Shifts = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Exposure:
    """All slips of a ledger, counted: in all, by place, and in the order of their moments."""

    total: int = 0
    by: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    moments: Sequence[tuple[date, str]] = ()
    shifts: Shifts = SHIFTS

    def between(self, first: date, last: date) -> int:
        """Return the number of slips from ``first`` to ``last``, both included."""
        return max(bisect_left(self.moments, (last, "~")) - bisect_left(self.moments, (first, "")), 0)

    def until(self, day: date, time: str) -> int:
        """Return the number of slips up to and with the one of ``day`` at ``time`` (empty: the day's first)."""
        return bisect_left(self.moments, (day, f"{time}~" if time else "")) + (not time)

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day on which there was a slip."""
        return (self.moments[0][0], self.moments[-1][0]) if self.moments else None


def exposure(sheets: Iterable[Sheet], shifts: Shifts = ()) -> Exposure:
    """Count the slips of ``sheets``; ``shifts`` are names with their beginnings (HH:MM), :data:`SHIFTS` without any."""
    plan = tuple(sorted(shifts or SHIFTS, key=lambda one: one[1]))
    slips: dict[Source, list[Leg]] = {source: [] for source in _SOURCES}
    for sheet in sheets:
        if sheet.head.source in slips and not sheet.head.correction:
            slips[sheet.head.source] += [leg for leg in sheet.legs if leg.status is Status.APPROVED]
    speaking = [slips[source] for source in _SOURCES if slips[source]]
    if not speaking:
        return Exposure(shifts=plan)
    counted = {place: _count(speaking, place, plan) for place in PLACES}
    moments = sorted((leg.date, leg.get("time")) for leg in speaking[0])
    return Exposure(len(speaking[0]), counted, moments, plan)


def _count(speaking: Sequence[Sequence[Leg]], place: str, shifts: Shifts) -> Mapping[str, int]:
    """Count by ``place`` the lines of the first source that says it at all."""
    for legs in speaking:
        counts = Counter(_of_leg(leg, place, shifts) for leg in legs)
        if set(counts) != {UNKNOWN}:
            return counts
    return {UNKNOWN: len(speaking[0])}


def _of_leg(leg: Leg, place: str, shifts: Shifts) -> str:
    if place == "acquirer":
        return leg.head.acquirer
    return shift_of(leg.get("time"), shifts) if place == "shift" else leg.get(place)


def shift_of(time: str, shifts: Shifts) -> str:
    """Return the name of the shift in which ``time`` (HH:MM[:SS]) lies; empty where there is no time.

    Args:
        time: what the slip says.
        shifts: names with their beginnings, the earliest first; the last one runs over midnight to the first.
    """
    if not time:
        return UNKNOWN
    begun = [name for name, start in shifts if start <= time]
    return begun[-1] if begun else shifts[-1][0]


def place_of(claim: Claim, place: str, shifts: Shifts) -> str:
    """Return where the slip of ``claim`` belongs: a name, :data:`UNKNOWN`, or :data:`SEVERAL`."""
    if place == "acquirer":
        return claim.acquirer
    if place == "shift":
        names = {shift_of(time, shifts) for time in claim.facts.get("time", ())}
    else:
        names = set(claim.facts.get(place, ()))
    return next(iter(names), UNKNOWN) if len(names) < 2 else SEVERAL  # noqa: PLR2004  # one, or several
