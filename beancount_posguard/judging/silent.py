"""Terminal batches of which not one slip was settled: they are one claim each (B2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

from beancount_posguard.judging.events import Event, silent_on, slips_of
from beancount_posguard.judging.windows import Windows
from beancount_posguard.ledger.receipts import Where
from beancount_posguard.legs import SETTLEMENT, TERMINAL, Leg, Sheet
from beancount_posguard.matching.groups import Group
from beancount_posguard.matching.rivals import Rivals
from beancount_posguard.money import ZERO
from beancount_posguard.verdict import Link, total

#: A terminal batch: acquirer, day, terminal, batch number.
Unit = tuple[object, ...]


class Batches:
    """The batches that are silent as a whole among the ``open`` events of ``groups``.

    ``held`` tells by the event until when its slip waits for its batch, ``date.max`` where nobody knows yet.
    """

    def __init__(self, windows: Windows, rivals: Rivals, groups: Sequence[Group], still_open: Sequence[Group]) -> None:
        self._windows = windows
        self._rivals = rivals
        self._all = groups
        self._open = still_open
        self._overdue_on: dict[tuple[str, date, date], date | None] = {}
        self.held: dict[int, date] = {}

    def silent(self, sheets: Sequence[Sheet]) -> list[list[Group]]:
        """Return the batches of which not one slip was settled when the latest was overdue (B2).

        While a batch is silent as a whole its earlier slips wait for the latest (:attr:`held`): they are one claim.
        """
        overdue = self._overdue_slips()
        silent: list[list[Group]] = []
        for unit, whole in self._batches_of(overdue, sheets).items():
            # A slip that a bare line may have settled is no part of the claim.
            doubtful = self._doubtful(overdue[unit])
            groups = [group for group in whole if id(group) not in doubtful]
            amounts = [total(slips_of(group)) for group in groups]
            if sum(amount > 0 for amount in amounts) < 2:  # noqa: PLR2004  # one slip is no batch
                continue
            # What was voided needs no settlement, and nobody waits for it.
            awaited = [group for group, amount in zip(groups, amounts, strict=True) if amount]
            last = self._overdue_day(max((slip for one in awaited for slip in slips_of(one)), key=self._windows.limit))
            # A batch whose refunds outweigh its sales is owed nothing as a whole; its slips speak for themselves.
            owed = sum(amounts, ZERO) > 0
            if owed and last and silent_on(last, whole):
                silent.append(awaited)
            elif owed:
                for group, day in overdue[unit]:
                    if silent_on(day, whole):
                        self.held[id(group)] = last or date.max
        return silent

    def _overdue_slips(self) -> dict[Unit, list[tuple[Group, date]]]:
        """Return the events of one slip without a line when it was overdue, and that day, by batch."""
        overdue: defaultdict[Unit, list[tuple[Group, date]]] = defaultdict(list)
        for group in self._open:
            slips = slips_of(group)
            if len(slips) != 1:
                continue  # a pair
            settled = min([leg.head.date for leg in group if leg.head.source is SETTLEMENT], default=date.max)
            if settled <= self._windows.limit(slips[0]):
                continue
            unit, day = _unit(slips[0]), self._overdue_day(slips[0])
            if unit and day and settled > day:
                overdue[unit].append((group, day))
        return overdue

    def _doubtful(self, overdue: Iterable[tuple[Group, date]]) -> set[int]:
        """Return which of the events (by ``id``) a bare line may have settled."""
        doubt = self._rivals.doubt
        return {id(group) for group, day in overdue if doubt(group, TERMINAL, SETTLEMENT, day)}

    def _overdue_day(self, slip: Leg) -> date | None:
        """Return the day on which the absence of the slip's line is seen, or None while a file for it is awaited."""
        acquirer, limit = slip.head.acquirer, self._windows.limit(slip)
        due = limit - timedelta(days=self._windows.terms(acquirer, slip.date).grace)
        key = (acquirer, due, limit)
        if key not in self._overdue_on:
            self._overdue_on[key] = self._all_there(*key)
        return self._overdue_on[key]

    def _all_there(self, acquirer: str, due: date, limit: date) -> date | None:
        """Return the day after ``limit`` on which all statements from ``due`` on are there."""
        day = self._windows.first_after(SETTLEMENT, acquirer, limit)
        statements = Where(SETTLEMENT, acquirer)
        for needed in [due, *self._windows.days_of_grace(acquirer, due)]:
            day = day and self._windows.covered(statements, needed, day)[0]
        return day

    def _batches_of(
        self, overdue: Mapping[Unit, Sequence[tuple[Group, date]]], sheets: Sequence[Sheet]
    ) -> dict[Unit, list[Group]]:
        """Return all events with money of those batches that may be silent as a whole."""
        group_of = {id(leg): group for group in self._open for leg in group}
        found: dict[Unit, list[Leg]] = {}
        for unit, legs in _legs_by_unit(sheets, overdue).items():
            limit = min(self._windows.limit(slips_of(group)[0]) for group, _ in overdue[unit])
            # A slip in order that was due no later had its line in time: the batch was not silent.
            if all(id(leg) in group_of or self._windows.limit(leg) > limit for leg in legs):
                found[unit] = legs
        in_order = {id(leg) for legs in found.values() for leg in legs} - group_of.keys()
        group_of |= self._groups_of(in_order)
        return {
            unit: [*{id(group): group for leg in legs for group in (group_of[id(leg)],)}.values()]
            for unit, legs in found.items()
        }

    def _groups_of(self, slips: AbstractSet[int]) -> dict[int, Group]:
        """Return the event of each of ``slips`` (by ``id``): nearly always it is the event's first leg."""
        if not slips:
            return {}
        found = {id(group[0]): group for group in self._all if id(group[0]) in slips}
        if len(found) < len(slips):
            found |= {id(leg): group for group in self._all for leg in group if id(leg) in slips}
        return found


def batch_event(groups: Sequence[Group]) -> Event:
    """Return one event for all slips of a batch and whatever settles them later."""
    legs = [leg for group in groups for leg in group if leg.source in {TERMINAL, SETTLEMENT}]
    return Event(legs, legs[0].head.acquirer, (Link.CLEARING,), whole_batch=True)


def _unit(slip: Leg) -> Unit:
    """Name the terminal batch a slip belongs to; empty where it does not say."""
    terminal, batch = slip.get("terminal"), slip.get("batch")
    return (slip.head.acquirer, slip.head.date, terminal, batch) if terminal and batch else ()


def _legs_by_unit(sheets: Sequence[Sheet], wanted: Mapping[Unit, object]) -> dict[Unit, list[Leg]]:
    """Return the money legs of the ``wanted`` batches."""
    days = {unit[:2] for unit in wanted}
    found: defaultdict[Unit, list[Leg]] = defaultdict(list)
    for sheet in sheets:
        head = sheet.head
        if head.source is not TERMINAL or (head.acquirer, head.date) not in days:
            continue
        shared = _unit(sheet.legs[0]) if sheet.legs and "terminal" in head.facts and "batch" in head.facts else None
        for leg in sheet.legs:
            unit = shared or _unit(leg)
            if unit in wanted and leg.amount and not leg.is_memo:
                found[unit].append(leg)
    return found
