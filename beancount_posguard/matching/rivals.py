"""Legs that could belong together though no reference says so: match uncertainty and double swipes.

Nothing here joins anything. A one-sided event that has a rival is *uncertain*: it is shown with the number of
explanations and never posted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import perm
from typing import NamedTuple

from beancount_posguard.legs import Leg, Source, Status
from beancount_posguard.matching.groups import Group
from beancount_posguard.matching.near import compatible
from beancount_posguard.verdict import close_in_time


#: References that, where both sides state them and they differ, prove that two lines are not the same slip.
class Doubt(NamedTuple):
    """A class of lines that could be paired in ``explanations`` ways; ``leg`` is the one to look at first."""

    leg: Leg
    here: int
    there: int

    @property
    def explanations(self) -> int:
        """How many pairings there are."""
        return perm(max(self.here, self.there), min(self.here, self.there))


class Rivals:
    """Finds, for an event that lacks one side, the events that hold nothing but what it lacks.

    Events that are in order today count too: on the day of a judgement their other side may not have been known.
    """

    def __init__(self, clean: Iterable[Group], unsettled: Sequence[Group]) -> None:
        wanted: defaultdict[date, set[Decimal]] = defaultdict(set)
        for group in unsettled:
            for leg in _money(group):
                wanted[leg.date].add(leg.amount)
        self._by_amount: defaultdict[tuple[Decimal, date], list[Group]] = defaultdict(list)
        for group in unsettled:
            self._add(group, wanted)
        for group in clean if wanted else ():
            first = group[0]
            if first.amount in wanted.get(first.date, ()):
                self._add(group, wanted)

    def _add(self, group: Group, wanted: Mapping[date, set[Decimal]]) -> None:
        for leg in _money(group):
            if leg.amount in wanted.get(leg.date, ()):
                bucket = self._by_amount[leg.amount, leg.date]
                if not bucket or bucket[-1] is not group:
                    bucket.append(group)

    def of(self, group: Group, has: Source, missing: Source, day: date) -> list[Group]:
        """Return the events known by ``day`` that have a ``missing`` leg, no ``has`` leg, and contradict nothing."""
        mine = [leg for leg in _money(group) if leg.head.source is has and leg.head.date <= day]
        if len(mine) != 1:
            return []
        return [other for other in self._bucket(mine[0]) if other is not group and _fits(mine[0], other, missing, day)]

    def doubt(self, group: Group, has: Source, missing: Source, day: date) -> Doubt | None:
        """Return how many ways there are to explain ``group``, if its missing leg may be there under no reference."""
        rivals = self.of(group, has, missing, day)
        if not rivals:
            return None
        alike = self.of(rivals[0], missing, has, day) or [group]
        sides = {has: alike, missing: rivals}
        # The terminal's lines carry references; the one to look at is the line on the other side.
        first, second = (missing, has) if has is Source.TERMINAL else (has, missing)
        legs = [leg for one in sides[first] for leg in _money(one) if leg.head.source is first]
        return Doubt(min(legs, key=lambda leg: leg.where), len(sides[first]), len(sides[second]))

    def later(self, group: Group, day: date) -> Iterator[date]:
        """Yield the days after ``day`` on which a rival may learn more."""
        for leg in _money(group):
            for other in self._bucket(leg):
                yield from (one.head.date for one in other if one.head.date > day)

    def _bucket(self, leg: Leg) -> list[Group]:
        return self._by_amount.get((leg.amount, leg.date), [])


def _money(group: Group) -> list[Leg]:
    return [leg for leg in group if leg.amount and leg.status is Status.APPROVED and not leg.is_memo]


def _fits(leg: Leg, other: Group, missing: Source, day: date) -> bool:
    known = [one for one in other if one.head.date <= day]
    if any(one.head.source is leg.head.source for one in known):
        return False
    candidates = [one for one in _money(known) if one.head.source is missing]
    return len(candidates) == 1 and candidates[0].amount == leg.amount and compatible(leg, candidates[0])


class Twins:
    """Finds the approval that an approval without a sale repeats: same card, same amount, minutes apart."""

    def __init__(self, groups: Iterable[Group], cards: frozenset[str]) -> None:
        self._approvals: defaultdict[tuple[str, Decimal], list[tuple[Leg, Group]]] = defaultdict(list)
        for group in groups:
            for leg in group:
                card = leg.facts.get("card")
                if card in cards and leg.head.source is Source.TERMINAL and leg.amount:
                    self._approvals[card, leg.amount].append((leg, group))

    def sold(self, slip: Leg, own: Group, day: date) -> bool:
        """Tell whether another approval like ``slip`` belongs to a sale known by ``day``."""
        card = slip.get("card")
        return any(
            group is not own
            and close_in_time(slip, leg)
            and any(one.head.source is Source.SALE and one.head.date <= day for one in group)
            for leg, group in self._approvals.get((card, slip.amount), ())
        )
