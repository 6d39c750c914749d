"""Legs that could belong together though no reference says so: match uncertainty and double swipes.

Nothing here joins anything. A one-sided event that has a rival is *uncertain*: it is shown with the number of
explanations and never posted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import perm
from typing import NamedTuple

from beancount_posguard.legs import Kind, Leg, Source, Status
from beancount_posguard.matching.groups import Group
from beancount_posguard.matching.near import compatible
from beancount_posguard.money import ZERO
from beancount_posguard.verdict import close_in_time

#: References that, where both sides state them and they differ, prove that two lines are not the same slip.
#: A guest settles the bill and the hold within this time.
_A_STAY = timedelta(days=1)


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

    def __init__(
        self, clean: Iterable[Group], unsettled: Sequence[Group], waited: Sequence[tuple[Group, date]] = ()
    ) -> None:
        # A line that stood alone for some days was a rival on those days.
        self._until = {id(alone): day for alone, day in waited}
        unsettled = [*unsettled, *(alone for alone, _ in waited)]
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
        others = (other for other in self._bucket(mine[0]) if other is not group and self._is_there(other, day))
        return [other for other in others if _fits(mine[0], other, missing, day)]

    def _is_there(self, other: Group, day: date) -> bool:
        return id(other) not in self._until or day < self._until[id(other)]

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

    def completing(self, group: Group, source: Source, rest: Decimal, day: date) -> Doubt | None:
        """Return the doubt about an event that lacks ``rest`` from ``source``, if a lone line could be just that."""
        slips = [leg for leg in _money(group) if leg.head.source is Source.TERMINAL and leg.head.date <= day]
        for slip in slips:
            for other in self._by_amount.get((rest, slip.date), []):
                known = [leg for leg in _money(other) if leg.head.date <= day and self._is_there(other, day)]
                if len(known) == 1 and known[0].head.source is source and compatible(known[0], slip):
                    return Doubt(known[0], 1, 1)
        return None

    def later(self, group: Group, day: date) -> Iterator[date]:
        """Yield the days after ``day`` on which a rival may learn more."""
        for leg in _money(group):
            for other in self._bucket(leg):
                yield from (one.head.date for one in other if one.head.date > day)
                if self._until.get(id(other), day) > day:
                    yield self._until[id(other)]

    def _bucket(self, leg: Leg) -> list[Group]:
        return self._by_amount.get((leg.amount, leg.date), [])


def _money(group: Group) -> list[Leg]:
    return [leg for leg in group if leg.amount and leg.status is Status.APPROVED and not leg.is_memo]


def _fits(leg: Leg, other: Group, missing: Source, day: date) -> bool:
    known = _money([one for one in other if one.head.date <= day])
    there = [one for one in known if one.head.source is missing]
    said = [one for one in known if one.head.source is leg.head.source]
    if said:
        # Lines of this side are there already: what is left of the slips may be this one's.
        rest = sum((one.amount for one in there), ZERO) - sum((one.amount for one in said), ZERO)
        return missing is Source.TERMINAL and rest == leg.amount and any(compatible(leg, one) for one in there)
    return len(there) == 1 and there[0].amount == leg.amount and compatible(leg, there[0])


class Twins:
    """Finds the slip that a slip without a sale repeats or takes back a second time."""

    def __init__(self, groups: Iterable[Group], wanted: Iterable[Leg]) -> None:
        wanted = list(wanted)
        cards = frozenset(leg.get("card") for leg in wanted) - {""}
        originals = frozenset(leg.facts["orig-rrn"] for leg in wanted if "orig-rrn" in leg.facts)
        self._approvals: defaultdict[tuple[str, Decimal], list[tuple[Leg, Group]]] = defaultdict(list)
        self._originals: dict[str, Group] = {}
        for group in groups:
            for leg in group:
                if leg.head.source is not Source.TERMINAL:
                    continue
                facts = leg.facts
                if facts.get("card") in cards and leg.amount:
                    self._approvals[facts["card"], leg.amount].append((leg, group))
                if facts.get("rrn") in originals:
                    self._originals[facts["rrn"]] = group

    def of(self, slip: Leg, own: Group, day: date) -> Kind | None:
        """Return what ``slip`` repeats by ``day``.

        SALE for the same card and amount minutes apart, the other one being a sale's (E4); COMPLETION for the same
        card and amount within a day of a completed hold (G7); VOID for a refund whose original was voided (Y5).
        """
        if slip.amount < 0:
            return Kind.VOID if self._is_voided(slip, own, day) else None
        for leg, group in self._approvals.get((slip.get("card"), slip.amount), ()):
            sold = any(one.head.source is Source.SALE and one.head.date <= day for one in group)
            if group is own or not sold:
                continue
            if leg.kind is Kind.COMPLETION and abs(leg.date - slip.date) <= _A_STAY:
                return Kind.COMPLETION
            if close_in_time(slip, leg):
                return Kind.SALE
        return None

    def _is_voided(self, refund: Leg, own: Group, day: date) -> bool:
        original = self._originals.get(str(refund.facts.get("orig-rrn")))
        if original is None or original is own:
            return False
        known = [leg for leg in original if leg.head.date <= day and leg.head.source is Source.TERMINAL]
        return any(leg.kind is Kind.VOID for leg in known) and not sum(leg.amount for leg in known)
