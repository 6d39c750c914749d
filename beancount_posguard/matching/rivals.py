"""Legs that could belong together though no reference says so: match uncertainty and double swipes.

Nothing here joins anything. A one-sided event that has a rival is *uncertain*: it is shown with the number of
explanations and never posted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from math import perm
from typing import NamedTuple

from beancount_posguard.legs import Kind, Leg, Source, Status
from beancount_posguard.matching.groups import REUSE, Group
from beancount_posguard.matching.lacking import lacks
from beancount_posguard.matching.near import compatible, consistent, elsewhere, same_reference
from beancount_posguard.verdict import close_in_time

#: A guest settles the bill and the hold within this time.
_A_STAY = timedelta(days=1)

#: A sale may be rung up, or booked, this many days after its slip.
_RUNG_LATER = 7
_STEPS: Mapping[Source, Sequence[int]] = {
    Source.SALE: range(0, -_RUNG_LATER - 1, -1),
    Source.TERMINAL: range(_RUNG_LATER + 1),
}


#: What ends a hold.
_HOLD_ENDS = frozenset({Kind.COMPLETION, Kind.PREAUTH_VOID})


class Doubt(NamedTuple):
    """A class of lines that could be paired in ``explanations`` ways; ``leg`` is the one to look at first."""

    leg: Leg
    here: int
    there: int

    @property
    def explanations(self) -> int:
        """How many pairings there are."""
        return perm(max(self.here, self.there), min(self.here, self.there))


_ByAmount = defaultdict[tuple[Decimal, date], list[Group]]


class Rivals:
    """Finds, for an event that lacks one side, the events that hold nothing but what it lacks.

    Events that are in order today count too: on the day of a judgement their other side may not have been known.
    """

    def __init__(
        self, clean: Iterable[Group], unsettled: Sequence[Group], waited: Sequence[tuple[Group, date]] = ()
    ) -> None:
        # A line that stood alone for some days was a rival on those days.
        self._until = {id(alone): day for alone, day in waited}
        self._unsettled = unsettled
        self._rests_on: dict[date, Mapping[Decimal, list[Group]]] = {}
        unsettled = [*unsettled, *(alone for alone, _ in waited)]
        wanted: defaultdict[date, set[Decimal]] = defaultdict(set)
        for group in unsettled:
            for leg in _money(group):
                wanted[leg.date].add(leg.amount)
        self._by_amount: _ByAmount = defaultdict(list)
        # Those of them that were a lone line once: what a slip may wait for. Nearly all others began with their slip.
        self._lines: _ByAmount = defaultdict(list)
        for group in unsettled:
            self._add(group, wanted)
        for group in clean if wanted else ():
            first = group[0]
            if first.amount in wanted.get(first.date, ()):
                self._add(group, wanted)

    def _add(self, group: Group, wanted: Mapping[date, set[Decimal]]) -> None:
        first = by_slip = date.max
        places: dict[tuple[Decimal, date], None] = {}
        for leg in group:
            if _is_money(leg):
                known, amount, day = leg.head.date, leg.amount, leg.date
                first = min(first, known)
                if leg.head.source is Source.TERMINAL:
                    by_slip = min(by_slip, known)
                if amount in wanted.get(day, ()):
                    places[amount, day] = None
        for place in places:
            self._by_amount[place].append(group)
            if by_slip > first:
                self._lines[place].append(group)

    def of(self, group: Group, has: Source, missing: Source, day: date) -> list[Group]:
        """Return the events known by ``day`` that have a ``missing`` leg, no ``has`` leg, and contradict nothing."""
        mine = [leg for leg in _money(group) if leg.head.source is has and leg.head.date <= day]
        if len(mine) != 1:
            return []
        found = self._bucket(mine[0], self._by_amount if missing is Source.TERMINAL else self._lines)
        others = (other for other in found if other is not group and self._is_there(other, day))
        return [other for other in others if _fits(mine[0], other, missing, day)]

    def _is_there(self, other: Group, day: date) -> bool:
        return id(other) not in self._until or day < self._until[id(other)]

    def doubt(self, group: Group, has: Source, missing: Source, day: date) -> Doubt | None:
        """Return how many ways there are to explain ``group``, if its missing leg may be there under no reference."""
        rivals = self.of(group, has, missing, day)
        if not rivals:
            return self._bill(group, day) if has is Source.SALE else None
        alike = self.of(rivals[0], missing, has, day) or [group]
        sides = {has: alike, missing: rivals}
        # The terminal's lines carry references; the one to look at is the line on the other side.
        first, second = (missing, has) if has is Source.TERMINAL else (has, missing)
        legs = [leg for one in sides[first] for leg in _money(one) if leg.head.source is first]
        return Doubt(min(legs, key=lambda leg: leg.where), len(sides[first]), len(sides[second]))

    def completing(self, group: Group, source: Source, day: date) -> Doubt | None:
        """Return the doubt about an event that lacks something from ``source``, if a lone line could be just that."""
        for amount, slip in lacks([leg for leg in group if leg.head.date <= day], source):
            for other in self._lines.get((amount, slip.date), []):
                known = [leg for leg in _money(other) if leg.head.date <= day and self._is_there(other, day)]
                if len(known) == 1 and known[0].head.source is source and compatible(known[0], slip):
                    return Doubt(known[0], 1, len(self.of(other, source, Source.TERMINAL, day)) or 1)
        return None

    def _bill(self, group: Group, day: date) -> Doubt | None:
        """Return the doubt about a sale that names an open hold by its trace, but on another day than the hold's.

        Traces come back, so that this joins nothing; a bill that the hold secures is not to be asked of the guest.
        """
        bill = next(leg for leg in group if leg.head.source is Source.SALE)
        for held in self._holds.get((bill.get("terminal"), bill.get("trace")), ()):
            known = [leg for leg in held if leg.head.date <= day and leg.status is Status.APPROVED]
            holds = [leg for leg in known if leg.kind is Kind.PREAUTH]
            waits = held is not group and holds and all(leg.kind not in _HOLD_ENDS for leg in known)
            if waits and timedelta(0) < bill.date - holds[0].date <= REUSE and _same_number(bill, holds[0]):
                return Doubt(bill, 1, 1)
        return None

    def records(self, group: Group, day: date) -> list[Leg]:
        """Return the till's records of a hold that by ``day`` stood alone and could be of a hold of ``group``."""
        return [
            record
            for other, record in self._recorded(group)
            if all(leg.head.source is Source.SALE or leg.head.date > day for leg in other) and record.head.date <= day
        ]

    def record_days(self, group: Group) -> set[date]:
        """Return the days on which :meth:`records` may change: such a record comes, or what it belongs to."""
        return {leg.head.date for other, _ in self._recorded(group) for leg in other}

    def _recorded(self, group: Group) -> Iterator[tuple[Group, Leg]]:
        """Yield the events that a till's record of a hold began which could be of a hold of ``group``.

        A record that is written anew has an hour and, maybe, a day of its own; it is not older than the hold.
        """
        holds = [leg for leg in group if leg.kind is Kind.PREAUTH and leg.head.source is Source.TERMINAL]
        first = min((leg.date for leg in holds), default=date.max)
        for step in range(REUSE.days + 1) if holds else ():
            for other in self._records.get(first + timedelta(days=step), ()):
                record = other[0]
                if other is not group and any(hold.date <= record.date and consistent(record, hold) for hold in holds):
                    yield other, record

    @cached_property
    def _records(self) -> Mapping[date, list[Group]]:
        """Return the unsettled events that a till's record of a hold began, by the record's day."""
        found: defaultdict[date, list[Group]] = defaultdict(list)
        for group in self._unsettled:
            first = group[0]
            if first.kind is Kind.PREAUTH and first.head.source is Source.SALE and not first.amount:
                found[first.date].append(group)
        return found

    @cached_property
    def _holds(self) -> Mapping[tuple[str, str], list[Group]]:
        """Return the unsettled events that a hold began, by the hold's terminal and trace."""
        found: defaultdict[tuple[str, str], list[Group]] = defaultdict(list)
        for group in self._unsettled:
            first = group[0]
            if first.kind is Kind.PREAUTH and first.head.source is Source.TERMINAL and first.get("trace"):
                found[first.get("terminal"), first.get("trace")].append(group)
        return found

    def days(self, group: Group, day: date) -> Iterator[date]:
        """Yield ``day``, then each later day on which a rival may learn more."""
        yield day
        rivals = [other for leg in _money(group) for other in self._bucket(leg, self._by_amount)]
        days = {one.head.date for other in rivals for one in other}
        yield from sorted(one for one in days | {self._until.get(id(other), day) for other in rivals} if one > day)

    def _bucket(self, leg: Leg, index: _ByAmount) -> list[Group]:
        """Return the events of ``index`` with a leg of the amount.

        They are of the same day or of one on which a sale may be rung up. A line may also be the rest that an event
        lacks after all its other lines.
        """
        days = (leg.date + timedelta(days=step) for step in _STEPS.get(leg.head.source, (0,)))
        found = [group for day in days for group in index.get((leg.amount, day), ())]
        if leg.head.source is not Source.TERMINAL:
            found += self._rests(leg.date).get(leg.amount, ())
        return list({id(group): group for group in found}.values())

    def _rests(self, day: date) -> Mapping[Decimal, list[Group]]:
        """Return the events with slips of ``day`` by what they lacked at any time, where no single slip is that."""
        found = self._rests_on.get(day)
        if found is None:
            found = self._rests_on[day] = defaultdict(list)
            for group in self._slips_on.get(day, ()):
                for amount in _rests_of(group):
                    found[amount].append(group)
        return found

    @cached_property
    def _slips_on(self) -> Mapping[date, list[Group]]:
        """Return the unsettled events of more than one leg by the days of their slips."""
        found: defaultdict[date, list[Group]] = defaultdict(list)
        for group in self._unsettled:
            if len(group) > 1:
                for day in {leg.date for leg in _money(group) if leg.head.source is Source.TERMINAL}:
                    found[day].append(group)
        return found


def _rests_of(group: Group) -> set[Decimal]:
    """Return all that an event lacked on some day from a source, apart from the amounts of its legs."""
    days = {leg.head.date for leg in group}
    known = ([leg for leg in group if leg.head.date <= day] for day in days)
    rests = {
        lack.amount for legs in known for source in (Source.SALE, Source.SETTLEMENT) for lack in lacks(legs, source)
    }
    return rests - {leg.amount for leg in group}


def _money(group: Group) -> list[Leg]:
    return [leg for leg in group if _is_money(leg)]


def _is_money(leg: Leg) -> bool:
    return bool(leg.amount) and leg.status is Status.APPROVED and not leg.is_memo


def _fits(leg: Leg, other: Group, missing: Source, day: date) -> bool:
    """Tell whether ``other`` may hold what ``leg``'s event lacks: the line it waits for, or the slip it repeats."""
    known = [one for one in other if one.head.date <= day]
    if missing is Source.TERMINAL:
        return any(lack.amount == leg.amount and _could_be(leg, lack.slip) for lack in lacks(known, leg.head.source))
    there = _money(known)
    return len(there) == 1 and there[0].head.source is missing and _could_be(there[0], leg)


def _same_number(bill: Leg, hold: Leg) -> bool:
    """Tell whether the reference numbers do not speak against it, where both are there."""
    mine, theirs = bill.get("rrn"), hold.get("rrn")
    return not (mine and theirs) or same_reference(mine, theirs)


def _could_be(line: Leg, slip: Leg) -> bool:
    """Tell whether a line could be of this slip; of another day only by the hour, and only the till's.

    A sale rung up or booked on a later day keeps the time it was made at. A statement may name another terminal.
    """
    if not compatible(line, slip):
        return line.head.source is Source.SETTLEMENT and elsewhere(line, slip)
    if line.date == slip.date:
        return True
    later = line.head.source is Source.SALE and line.date > slip.date
    return later and bool(line.get("time") and slip.get("time"))


class Twins:
    """Finds the slip that a slip without a sale repeats or takes back a second time."""

    def __init__(self, groups: Iterable[Group], wanted: Iterable[Leg]) -> None:
        wanted = list(wanted)
        cards = frozenset(leg.get("card") for leg in wanted) - {""}
        # What a look at amount and day can rule out is never asked for its card: that lies far off in memory.
        near = {(leg.amount, leg.date + step * _A_STAY) for leg in wanted for step in (-1, 0, 1) if leg.amount > 0}
        self._approvals: defaultdict[tuple[str, Decimal], list[tuple[Leg, Group]]] = defaultdict(list)
        voided: list[Group] = []
        for group in groups:
            for leg in group:
                if leg.head.source is not Source.TERMINAL:
                    continue
                if (leg.amount, leg.date) in near and leg.facts.get("card") in cards:
                    self._approvals[leg.facts["card"], leg.amount].append((leg, group))
                if leg.kind is Kind.VOID:
                    voided.append(group)
        self._voided: dict[str, Group] = {
            leg.facts["rrn"]: group
            for group in voided
            for leg in group
            if leg.head.source is Source.TERMINAL and "rrn" in leg.facts
        }

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
        original = self._voided.get(str(refund.facts.get("orig-rrn")))
        if original is None or original is own:
            return False
        known = [leg for leg in original if leg.head.date <= day and leg.head.source is Source.TERMINAL]
        return any(leg.kind is Kind.VOID for leg in known) and not sum(leg.amount for leg in known)
