"""Legs that could belong together though no reference says so: match uncertainty and double swipes.

Nothing here joins anything. A one-sided event that has a rival is *uncertain*: it is shown with the number of
explanations and never posted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from math import perm
from typing import NamedTuple

from beancount_posguard.legs import APPROVED, PREAUTH, SALE, SETTLEMENT, TERMINAL, TILL, Kind, Leg, Source
from beancount_posguard.matching.groups import REUSE, Group
from beancount_posguard.matching.lacking import lacks
from beancount_posguard.matching.near import compatible, consistent, elsewhere, same_reference
from beancount_posguard.verdict import close_in_time

#: A guest settles the bill and the hold within this time.
_A_STAY = timedelta(days=1)

#: A sale may be rung up, or booked, this many days after its slip.
_RUNG_LATER = 7
_WEEK = [timedelta(days=step) for step in range(_RUNG_LATER + 1)]
_STEPS: Mapping[Source, Sequence[timedelta]] = {TILL: [-step for step in _WEEK], TERMINAL: _WEEK}
_SAME_DAY = (timedelta(0),)

#: Who says something of a sale.
_SIDES = (TILL, TERMINAL, SETTLEMENT)

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


#: An amount and a trade day.
_Place = tuple[Decimal, date]

#: Events by the amounts and trade days of their legs.
_Index = dict[Decimal, dict[date, list[Group]]]


class Rivals:
    """Finds, for an event that lacks one side, the events that hold nothing but what it lacks.

    Events that are in order today count too: on the day of a judgement their other side may not have been known.

    Args:
        clean: the events in order.
        unsettled: all others.
        waited: the lines that stood alone until a day.
        odd: which events (by ``id``) are more than a slip and what followed it, all of one amount and day.
    """

    def __init__(
        self,
        clean: Iterable[Group],
        unsettled: Sequence[Group],
        waited: Sequence[tuple[Group, date]],
        odd: AbstractSet[int],
    ) -> None:
        # A line that stood alone for some days was a rival on those days.
        self._until = {id(alone): day for alone, day in waited}
        self._unsettled = unsettled
        self._odd = odd
        self._rests_on: dict[date, Mapping[Decimal, list[Group]]] = {}
        self._by_place: _Index = {}
        # Those of them that may have been a lone line once: what a slip may wait for.
        self._lines: _Index = {}
        for group in (*unsettled, *(alone for alone, _ in waited)):
            self._note(group, _places(group))
        for group in clean if self._by_place else ():
            first = group[0]
            if id(group) in odd:
                self._note(group, [place for place in _places(group) if self.at(*place)])
            elif (days := self._by_place.get(first.amount)) and (there := days.get(first.date)):
                there.append(group)

    def _note(self, group: Group, places: Collection[_Place]) -> None:
        """Note an event at ``places``."""
        lone = bool(places) and _may_have_been_lone(group)
        for amount, day in places:
            self._by_place.setdefault(amount, {}).setdefault(day, []).append(group)
            if lone:
                self._lines.setdefault(amount, {}).setdefault(day, []).append(group)

    def _is_plain(self, group: Group) -> bool:
        """Tell whether an event is a slip and the lines that followed it, one a side and all of its amount and day."""
        return len(group) <= len(_SIDES) and id(group) not in self._odd

    def at(self, amount: Decimal, day: date) -> list[Group]:
        """Return the events with money of the amount and day, where an unsettled one has such."""
        days = self._by_place.get(amount)
        return days.get(day, []) if days else []

    def of(self, group: Group, has: Source, missing: Source, day: date) -> list[Group]:
        """Return the events known by ``day`` that have a ``missing`` leg, no ``has`` leg, and contradict nothing."""
        mine = [leg for leg in _money(group) if leg.head.source is has and leg.head.date <= day]
        if len(mine) != 1:
            return []
        if missing is TERMINAL:
            found = [other for other in self._near(mine[0], self._by_place) if not self._is_told(other, has, day)]
        else:
            found = self._near(mine[0], self._lines)
        others = (other for other in found if other is not group and self._is_there(other, day))
        return [other for other in others if _fits(mine[0], other, missing, day)]

    def _is_told(self, other: Group, source: Source, day: date) -> bool:
        """Tell at little cost that a plain event lacks nothing from ``source`` by ``day``."""
        if not self._is_plain(other):
            return False
        if len(other) == len(_SIDES) and other[-1].head.date <= day:
            return True
        return any(leg.head.source is source and leg.head.date <= day for leg in other)

    def _is_there(self, other: Group, day: date) -> bool:
        return id(other) not in self._until or day < self._until[id(other)]

    def doubt(self, group: Group, has: Source, missing: Source, day: date) -> Doubt | None:
        """Return how many ways there are to explain ``group``, if its missing leg may be there under no reference."""
        rivals = self.of(group, has, missing, day)
        if not rivals:
            return self._bill(group, day) if has is TILL else None
        alike = self.of(rivals[0], missing, has, day) or [group]
        sides = {has: alike, missing: rivals}
        # The terminal's lines carry references; the one to look at is the line on the other side.
        first, second = (missing, has) if has is TERMINAL else (has, missing)
        legs = [leg for one in sides[first] for leg in _money(one) if leg.head.source is first]
        return Doubt(min(legs, key=lambda leg: leg.where), len(sides[first]), len(sides[second]))

    def completing(self, group: Group, source: Source, day: date) -> Doubt | None:
        """Return the doubt about an event that lacks something from ``source``, if a lone line could be just that."""
        for amount, slip in lacks([leg for leg in group if leg.head.date <= day], source):
            for other in self._lines.get(amount, {}).get(slip.date, ()):
                known = [leg for leg in _money(other) if leg.head.date <= day and self._is_there(other, day)]
                if len(known) == 1 and known[0].head.source is source and compatible(known[0], slip):
                    return Doubt(known[0], 1, len(self.of(other, source, TERMINAL, day)) or 1)
        return None

    def _bill(self, group: Group, day: date) -> Doubt | None:
        """Return the doubt about a sale that names an open hold by its trace, but on another day than the hold's.

        Traces come back, so that this joins nothing; a bill that the hold secures is not to be asked of the guest.
        """
        bill = next(leg for leg in group if leg.head.source is TILL)
        for held in self._holds.get((bill.get("terminal"), bill.get("trace")), ()):
            known = [leg for leg in held if leg.head.date <= day and leg.status is APPROVED]
            holds = [leg for leg in known if leg.kind is PREAUTH]
            waits = held is not group and holds and all(leg.kind not in _HOLD_ENDS for leg in known)
            if waits and timedelta(0) < bill.date - holds[0].date <= REUSE and _same_number(bill, holds[0]):
                return Doubt(bill, 1, 1)
        return None

    def records(self, group: Group, day: date) -> list[Leg]:
        """Return the till's records of a hold that by ``day`` stood alone and could be of a hold of ``group``."""
        return [
            record
            for other, record in self._recorded(group)
            if all(leg.head.source is TILL or leg.head.date > day for leg in other) and record.head.date <= day
        ]

    def record_days(self, group: Group) -> set[date]:
        """Return the days on which :meth:`records` may change: such a record comes, or what it belongs to."""
        return {leg.head.date for other, _ in self._recorded(group) for leg in other}

    def _recorded(self, group: Group) -> Iterator[tuple[Group, Leg]]:
        """Yield the events that a till's record of a hold began which could be of a hold of ``group``.

        A record that is written anew has an hour and, maybe, a day of its own; it is not older than the hold.
        """
        holds = [leg for leg in group if leg.kind is PREAUTH and leg.head.source is TERMINAL]
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
            if first.kind is PREAUTH and first.head.source is TILL and not first.amount:
                found[first.date].append(group)
        return found

    @cached_property
    def _holds(self) -> Mapping[tuple[str, str], list[Group]]:
        """Return the unsettled events that a hold began, by the hold's terminal and trace."""
        found: defaultdict[tuple[str, str], list[Group]] = defaultdict(list)
        for group in self._unsettled:
            first = group[0]
            if first.kind is PREAUTH and first.head.source is TERMINAL and first.get("trace"):
                found[first.get("terminal"), first.get("trace")].append(group)
        return found

    def days(self, group: Group, day: date) -> Iterator[date]:
        """Yield ``day``, then each later day on which a rival may learn more."""
        yield day
        rivals = [other for leg in _money(group) for other in self._near(leg, self._by_place)]
        days = {one.head.date for other in rivals for one in other}
        yield from sorted(one for one in days | {self._until.get(id(other), day) for other in rivals} if one > day)

    def _near(self, leg: Leg, index: _Index) -> list[Group]:
        """Return the events of ``index`` with a leg of the amount.

        They are of the same day or of one on which a sale may be rung up. A line may also be the rest that an event
        lacks after all its other lines.
        """
        found: list[Group] = []
        if days := index.get(leg.amount):
            steps = _STEPS.get(leg.head.source, _SAME_DAY)
            found += [group for step in steps for group in days.get(leg.date + step, ())]
        if leg.head.source is not TERMINAL:
            found += self._rests(leg.date).get(leg.amount, ())
        return list({id(group): group for group in found}.values()) if found else found

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
        """Return the unsettled events of more than one leg by the days of their slips.

        Of one equal line a side just that was lacking, which is the amount of a leg.
        """
        found: defaultdict[date, list[Group]] = defaultdict(list)
        for group in self._unsettled:
            if len(group) > 1 and not (self._is_plain(group) or _is_one_a_side(group)):
                for day in {leg.date for leg in _money(group) if leg.head.source is TERMINAL}:
                    found[day].append(group)
        return found


def _places(group: Group) -> set[_Place]:
    return {(leg.amount, leg.date) for leg in _money(group)}


def _may_have_been_lone(group: Group) -> bool:
    """Tell whether a line of the event may have been known before its slip."""
    first = group[0]
    if first.head.source is not TERMINAL or not _money([first]):
        return True
    return any(leg.head.date < first.head.date for leg in group)


def _is_one_a_side(group: Group) -> bool:
    """Tell whether no side says more than one line, and all say the same amount."""
    if len(group) > len(_SIDES):
        return False
    amount = group[0].amount
    return all(leg.amount == amount for leg in group) and len({leg.head.source for leg in group}) == len(group)


def _rests_of(group: Group) -> set[Decimal]:
    """Return all that an event lacked on some day from a source, apart from the amounts of its legs."""
    days = {leg.head.date for leg in group}
    known = ([leg for leg in group if leg.head.date <= day] for day in days)
    rests = {lack.amount for legs in known for source in (TILL, SETTLEMENT) for lack in lacks(legs, source)}
    return rests - {leg.amount for leg in group}


def _money(group: Group) -> list[Leg]:
    return [leg for leg in group if leg.amount and leg.status is APPROVED and not leg.is_memo]


def _fits(leg: Leg, other: Group, missing: Source, day: date) -> bool:
    """Tell whether ``other`` may hold what ``leg``'s event lacks: the line it waits for, or the slip it repeats."""
    known = [one for one in other if one.head.date <= day]
    if missing is TERMINAL:
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
        return line.head.source is SETTLEMENT and elsewhere(line, slip)
    if line.date == slip.date:
        return True
    later = line.head.source is TILL and line.date > slip.date
    return later and bool(line.get("time") and slip.get("time"))


class Twins:
    """Finds the slip that a slip without a sale repeats or takes back a second time.

    Args:
        odd: the events that are more than a sale's slip and what followed it.
        rivals: where sales are found, by amount and day.
    """

    def __init__(self, odd: Iterable[Group], rivals: Rivals) -> None:
        self._rivals = rivals
        self._others: defaultdict[tuple[str, Decimal], list[tuple[Leg, Group]]] = defaultdict(list)
        self._voided: dict[str, Group] = {}
        for group in odd:
            for leg in group:
                if leg.kind is not SALE and leg.head.source is TERMINAL:
                    self._note(leg, group)

    def _note(self, leg: Leg, group: Group) -> None:
        """Note an event by a slip that is no sale."""
        if leg.amount > 0:
            self._others[leg.get("card"), leg.amount].append((leg, group))
        if leg.kind is Kind.VOID:
            slips = (one for one in group if one.head.source is TERMINAL and "rrn" in one.facts)
            self._voided |= {one.facts["rrn"]: group for one in slips}

    def _alike(self, slip: Leg) -> Iterator[tuple[Leg, Group]]:
        """Yield the slips of the same card and amount with their events; of sales those of the same day."""
        card = slip.get("card")
        if not card:
            return
        yield from self._others.get((card, slip.amount), ())
        for group in self._rivals.at(slip.amount, slip.date):
            sales = (leg for leg in group if leg.kind is SALE and leg.head.source is TERMINAL)
            yield from ((leg, group) for leg in sales if leg.amount == slip.amount and leg.get("card") == card)

    def of(self, slip: Leg, own: Group, day: date) -> Kind | None:
        """Return what ``slip`` repeats by ``day``.

        SALE for the same card and amount minutes apart, the other one being a sale's (E4); COMPLETION for the same
        card and amount within a day of a completed hold (G7); VOID for a refund whose original was voided (Y5).
        """
        if slip.amount < 0:
            return Kind.VOID if self._is_voided(slip, own, day) else None
        for leg, group in self._alike(slip):
            sold = any(one.head.source is TILL and one.head.date <= day for one in group)
            if group is own or not sold:
                continue
            if leg.kind is Kind.COMPLETION and abs(leg.date - slip.date) <= _A_STAY:
                return Kind.COMPLETION
            if close_in_time(slip, leg):
                return SALE
        return None

    def _is_voided(self, refund: Leg, own: Group, day: date) -> bool:
        original = self._voided.get(str(refund.facts.get("orig-rrn")))
        if original is None or original is own:
            return False
        known = [leg for leg in original if leg.head.date <= day and leg.head.source is TERMINAL]
        return any(leg.kind is Kind.VOID for leg in known) and not sum(leg.amount for leg in known)
