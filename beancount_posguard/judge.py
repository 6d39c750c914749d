"""Events over time: when a link of the chain may be judged, and what each judgement moves.

The rule, the same for every link: what is left on its account is judged on the first file of the deciding source
dated strictly after the latest due date plus grace, and only when the day's own file has come. The deciding source is
the one that is silent, or, where both have spoken, the one that speaks last. After that, a line that brings the
remainder closer to zero moves it on its own day; one that enlarges it waits for its own window.

A judgement looks at nothing dated after it, so appending data never changes what stands.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, partial
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from beancount_posguard.booking.claims import HoldRest
from beancount_posguard.contract import Contract, Tariff
from beancount_posguard.ledger.contracts import Contracts
from beancount_posguard.ledger.receipts import BROKEN, Arrivals, Where
from beancount_posguard.legs import TAKEN_BACK, Head, Kind, Leg, Sheet, Source, Status
from beancount_posguard.matching.groups import Group, group_legs
from beancount_posguard.matching.payouts import Promise, match_payouts, parse_day
from beancount_posguard.matching.rivals import Doubt, Rivals, Twins
from beancount_posguard.money import CENT, ZERO
from beancount_posguard.places import on_wrong_day
from beancount_posguard.rounding import KIND as ROUNDED
from beancount_posguard.rounding import Rounding, Small, months, taken_out
from beancount_posguard.verdict import (
    Link,
    Moment,
    Move,
    View,
    can_be_noted,
    kind_of,
    lapse,
    moves_of,
    stale_after,
    total,
)

_SIDES: Mapping[Link, tuple[Source, Source]] = {
    Link.TILL: (Source.SALE, Source.TERMINAL),
    Link.CLEARING: (Source.TERMINAL, Source.SETTLEMENT),
    Link.FEES: (Source.TERMINAL, Source.SETTLEMENT),
    Link.PAYOUT: (Source.SETTLEMENT, Source.BANK),
}

#: A terminal batch: acquirer, day, terminal, batch number.
Unit = tuple[object, ...]

#: Both ways of rounding a fee, per slip and per batch, stay within this for each slip.
_HALF_CENT = Decimal("0.005")

#: Below this a fee too high is gathered with its like in the month's claim.
_SMALL = Decimal("1.00")

#: A period of more days than this is a misprint.
_LONGEST = timedelta(days=62)

#: How many lines an event in order has, where the shop keeps its sales and where not.
_THREE_SIDES, _TWO_SIDES = 3, 2

#: How many days before a deposit its statement may be dated.
_DEPOSIT_REACH = 4


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


def judge(sheets: Sequence[Sheet], contracts: Contracts, arrivals: Arrivals) -> Judgement:
    """Judge all that ``sheets`` (in date order) say under ``contracts``."""
    return _Judge(contracts, arrivals).run(sheets)


class _Judge:
    def __init__(self, contracts: Contracts, arrivals: Arrivals) -> None:
        self._contracts = contracts
        self._arrivals = arrivals
        self._result = Judgement()
        self._terms_on: dict[tuple[str, date], Contract] = {}
        self._punctual: dict[tuple[Head, Head, Head, date], bool] = {}
        self._limits: dict[tuple[Head, date], tuple[str, date, date]] = {}
        self._audits: dict[Tariff, dict[tuple[object, ...], _Audit]] = {}
        self._over: dict[int, Decimal] = {}
        self._default = contracts.latest()[0].name
        self._rivals = Rivals((), ())
        self._twins: Twins | None = None
        self._held: dict[int, date] = {}
        self._doubtful: set[int] = set()
        self._open: list[Group] = []
        self._all: list[Group] = []
        self._terminals: dict[str, str] = {}
        self._elsewhere: frozenset[int] = frozenset()
        self._odd: frozenset[int] = frozenset()
        self._merchants: frozenset[str] = frozenset()
        self._named: dict[tuple[str, str], date] = {}
        self._statements: list[Sheet] = []

    # -- the pipeline --------------------------------------------------------------------------------------------

    def run(self, sheets: Sequence[Sheet]) -> Judgement:
        self._terminals = {
            str(sheet.head.facts["terminal"]): sheet.head.acquirer
            for sheet in sheets
            if sheet.head.source is Source.TERMINAL and "terminal" in sheet.head.facts
        }
        self._statements = [sheet for sheet in sheets if sheet.head.source is Source.SETTLEMENT]
        fee_events = self._audit_fees(sheets)
        self._merchants = frozenset(
            str(sheet.head.facts["merchant"])
            for sheet in sheets
            if sheet.head.source is Source.TERMINAL and "merchant" in sheet.head.facts
        )
        grouping = group_legs(sheets)
        self._all, self._elsewhere, self._odd = grouping.groups, grouping.elsewhere, grouping.odd
        clean: list[Group] = []
        for group in self._all:
            (clean if self._is_clean(group) else self._open).append(group)
        self._rivals = Rivals(clean, self._open, grouping.waited)
        batches = self._silent_batches(sheets)
        in_batch = {id(group) for batch in batches for group in batch}
        events = [self._card_event(group, in_batch=id(group) in in_batch) for group in self._open]
        events += [_batch_event(batch) for batch in batches]
        events += [self._waiting_event(alone, day) for alone, day in grouping.waited]
        payouts = self._payout_events(sheets)
        events += payouts
        self._result.seen = _seen(sheets, self._all, [event.legs for event in payouts])
        for event in events:
            if not _says_nothing(event.legs):
                self._follow(event)
        self._gather_roundings(events)
        events += fee_events
        self._result.events = [event for event in events if event.moments]
        return self._result

    def _gather_roundings(self, events: Iterable[Event]) -> None:
        """Take what is rounding out of the events and gather it by month."""
        found: defaultdict[str, list[Small]] = defaultdict(list)
        for event in events:
            if any(moment.kind == ROUNDED for moment in event.moments):
                event.moments, small = taken_out(event.moments)
                found[event.acquirer] += small
        for acquirer, small in sorted(found.items()):
            closes = partial(self._first_after, Source.SETTLEMENT, acquirer)
            self._result.roundings.extend(months(acquirer, small, closes))

    def _card_event(self, group: Group, *, in_batch: bool) -> Event:
        acquirer = self._acquirer(group)
        links = [] if in_batch else [Link.CLEARING, Link.FEES]
        if self._terms(acquirer, group[0].date).keeps_sales:
            links.insert(0, Link.TILL)
        self._note_hold(group, acquirer)
        return Event(group, acquirer, tuple(links))

    def _waiting_event(self, alone: Group, until: date) -> Event:
        """Return the event that a lone line was until it was adopted."""
        event = self._card_event(alone, in_batch=False)
        event.until = until
        return event

    def _silent_batches(self, sheets: Sequence[Sheet]) -> list[list[Group]]:
        """Return the batches of which not one slip was settled when the latest was overdue (B2).

        While a batch is silent as a whole its earlier slips wait for the latest (:attr:`_held`): they are one claim.
        """
        overdue = self._overdue_slips()
        silent: list[list[Group]] = []
        for unit, whole in self._batches_of(overdue, sheets).items():
            # A slip that a bare line may have settled is no part of the claim.
            groups = [group for group in whole if id(group) not in self._doubtful]
            sales = [group for group in groups if total(_slips(group)) > 0]
            if len(sales) < 2:  # noqa: PLR2004  # one slip is no batch
                continue
            # What was voided needs no settlement, and nobody waits for it.
            awaited = [group for group in groups if total(_slips(group))]
            last = self._overdue_day(max(awaited, key=lambda group: max(map(self._limit, _slips(group)))))
            # A batch whose refunds outweigh its sales is owed nothing as a whole; its slips speak for themselves.
            owed = sum((total(_slips(group)) for group in groups), ZERO) > 0
            if owed and last and _silent_on(last, whole):
                silent.append(awaited)
            elif owed:
                for group, day in overdue[unit]:
                    if _silent_on(day, whole):
                        self._held[id(group)] = last or date.max
        return silent

    def _overdue_slips(self) -> dict[Unit, list[tuple[Group, date]]]:
        """Return the events of one slip without a line when it was overdue, and that day, by batch."""
        overdue: defaultdict[Unit, list[tuple[Group, date]]] = defaultdict(list)
        for group in self._open:
            slips = _slips(group)
            if len(slips) != 1:
                continue
            if not _silent_on(self._limit(slips[0]), [group]):
                continue  # settled in time
            unit, day = _unit(slips[0]), self._overdue_day(group)
            if unit and day and _silent_on(day, [group]):
                if self._rivals.doubt(group, Source.TERMINAL, Source.SETTLEMENT, day):
                    self._doubtful.add(id(group))
                overdue[unit].append((group, day))
        return overdue

    def _overdue_day(self, group: Group) -> date | None:
        """Return the day on which the absence of the slip's line is seen, or None while a file for it is awaited."""
        slip = max(_slips(group), key=self._limit)
        limit = self._limit(slip)
        due = limit - timedelta(days=self._terms(slip.head.acquirer, slip.date).grace)
        day = self._first_after(Source.SETTLEMENT, slip.head.acquirer, limit)
        statements = Where(Source.SETTLEMENT, slip.head.acquirer)
        for needed in [due, *self._days_of_grace(slip.head.acquirer, due)]:
            day = day and self._arrivals.covered(statements, needed, day)[0]
        return day

    def _batches_of(
        self, overdue: Mapping[Unit, Sequence[tuple[Group, date]]], sheets: Sequence[Sheet]
    ) -> dict[Unit, list[Group]]:
        """Return all events with money of those batches that may be silent as a whole."""
        group_of = {id(leg): group for group in self._open for leg in group}
        found: dict[Unit, list[Leg]] = {}
        for unit, legs in _legs_by_unit(sheets, overdue).items():
            limit = min(self._limit(_slips(group)[0]) for group, _ in overdue[unit])
            # A slip in order that was due no later had its line in time: the batch was not silent.
            if all(id(leg) in group_of or self._limit(leg) > limit for leg in legs):
                found[unit] = legs
        in_order = {id(leg) for legs in found.values() for leg in legs} - group_of.keys()
        if in_order:
            group_of |= {id(leg): group for group in self._all for leg in group if id(leg) in in_order}
        return {
            unit: [*{id(group): group for leg in legs for group in (group_of[id(leg)],)}.values()]
            for unit, legs in found.items()
        }

    def _payout_events(self, sheets: Sequence[Sheet]) -> list[Event]:
        events: list[Event] = []
        for terms in self._contracts.latest():
            own = [
                sheet
                for sheet in sheets
                if sheet.head.acquirer == terms.name and sheet.head.source in {Source.SETTLEMENT, Source.BANK}
            ]
            payouts = match_payouts(own, terms.currency, Promise(terms.settles.after, terms.payout_due))
            self._result.doubts.extend(Doubt(leg, 1, count) for leg, count in payouts.ambiguous)
            unsure = {leg.where for leg, _ in payouts.ambiguous}
            events.extend(
                Event(group, terms.name, (Link.PAYOUT,)) for group in payouts.groups if group[0].where not in unsure
            )
        return events

    def _audit_fees(self, sheets: Sequence[Sheet]) -> list[Event]:
        """Hold every line's fee against the tariff.

        A fee too high by enough is noted for its own event; what is too high by little on many slips becomes one
        claim a month, with its lines. An acquirer may round each slip or the batch; both stay within half a cent a
        slip, and what a month's lines are over that bound together is no rounding.
        """
        months: dict[tuple[str, int, int], _Drift] = {}
        for sheet in sheets:
            if sheet.head.source is Source.SETTLEMENT and not sheet.head.correction:
                terms = self._terms(sheet.head.acquirer, sheet.head.date)
                if terms.fee is not None:
                    month = (terms.name, sheet.head.date.year, sheet.head.date.month)
                    self._audit(sheet, terms.fee, months.setdefault(month, _Drift()))
        return [event for month, drift in sorted(months.items()) if (event := self._fee_event(month, drift))]

    def _audit(self, sheet: Sheet, tariff: Tariff, month: _Drift) -> None:
        audits = self._audits.setdefault(tariff, {})
        amounts = [line.amount for line in sheet.legs]
        rows = list(zip(sheet.column("card-type"), amounts, sheet.column("fee"), strict=True))
        dear = False
        # With a price list few rows are different, and nearly all of them are in order.
        for row, count in Counter(rows).items():
            card, amount, fee = row
            if fee is None:
                continue
            found = audits.get(row)
            if found is None:
                found = audits[row] = _audit(tariff, card or "", amount, Decimal(fee))
            dear = dear or bool(found.over or found.rounded)
            if not found.over:
                month.slips += count
                month.exact += found.exact * count
        if dear:
            self._note_dear(sheet, [audits.get(row) for row in rows], month)

    def _note_dear(self, sheet: Sheet, audits: Iterable[_Audit | None], month: _Drift) -> None:
        """Note the lines of ``sheet`` whose fee is too high, each by how much."""
        for line, found in zip(sheet.legs, audits, strict=True):
            if found is not None and found.over:
                self._over[id(line.facts)] = found.over
            elif found is not None and found.rounded:
                month.lines.append(line)
                month.rounded += found.rounded

    def _fee_event(self, month: tuple[str, int, int], drift: _Drift) -> Event | None:
        if drift.exact <= max(CENT, _HALF_CENT * drift.slips) or not drift.rounded:
            return None
        acquirer, year, number = month
        last = date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)
        terms = self._terms(acquirer, last)
        day = self._first_after(Source.SETTLEMENT, acquirer, last + timedelta(days=terms.grace))
        if day is None:
            return None
        move = Move(terms.fees, terms.claims_acquirer, "acquirer", "fee-correction")
        event = Event(drift.lines, acquirer, (Link.FEES,))
        event.moments.append(Moment(day, "A9", {move: drift.rounded}, tuple(drift.lines)))
        return event

    # -- the many that are in order ------------------------------------------------------------------------------

    def _is_clean(self, group: Group) -> bool:
        """Tell at little cost that an event needs no judgement: one leg a side, all equal, all on time."""
        plain = id(group) not in self._odd and self._is_plain(group)
        return (plain and id(group[-1].facts) not in self._over) or self._is_in_order(group)

    def _is_plain(self, group: Group) -> bool:
        """Tell whether slip, sale (where the shop keeps them) and line, known to agree, came in their time.

        That depends on their batches and the day alone, so it is worked out once for all slips that share them.
        """
        if len(group) == _THREE_SIDES:
            slip, sale, line = group
        elif len(group) == _TWO_SIDES:
            slip, line = group
            sale = slip
        else:
            return False
        day = slip.date
        batches = (slip.head, sale.head, line.head, day)
        known = self._punctual.get(batches)
        if known is None:
            known = self._punctual[batches] = self._is_punctual(slip, sale, line)
        return known

    def _is_punctual(self, slip: Leg, sale: Leg, line: Leg) -> bool:
        """Tell whether the batches are those of the three sides in their order, each on time at any hour of the day."""
        sources = [leg.source for leg in (slip, sale, line)]
        if sale is slip:
            in_place = sources == [Source.TERMINAL, Source.TERMINAL, Source.SETTLEMENT] and not slip.head.on_till
            other = line
        else:
            in_place = sources == [Source.TERMINAL, Source.SALE, Source.SETTLEMENT] and slip.head.on_till
            other = sale
        if not in_place or line.head.date > min(self._limits_of((slip.head, slip.date))[1:]):
            return False
        return self._in_time(slip, other) and not (self._several and self._is_under_another(slip, line, line.head.date))

    def _is_in_order(self, group: Group) -> bool:
        """Tell the same for an event of lines in any order and from anywhere."""
        sale = slip = line = None
        for leg in group:
            if leg.status is not Status.APPROVED:
                return False
            source = leg.head.source
            if source is Source.TERMINAL and slip is None:
                slip = leg
            elif source is Source.SETTLEMENT and line is None:
                line = leg
            elif source is Source.SALE and sale is None:
                sale = leg
            else:
                return False
        if slip is None or line is None or slip.amount != line.amount or (sale is None) is slip.head.on_till:
            return False
        if line.head.date > self._limit(slip) or not self._in_time(slip, sale or line):
            return False
        if sale is not None and (
            sale.amount != slip.amount
            or (sale.date != slip.date and on_wrong_day(sale, slip, self._terms(slip.head.acquirer, slip.date)))
        ):
            return False
        if id(group) in self._elsewhere or (self._several and self._is_under_another(slip, line, line.head.date)):
            return False
        return id(line.facts) not in self._over

    def _in_time(self, slip: Leg, other: Leg) -> bool:
        """Tell whether nobody had reason to miss the slip, or the sale it belongs to."""
        if slip.head.date == slip.date == other.date and other.source is not Source.SALE:
            return True
        grace = timedelta(days=self._terms(slip.head.acquirer, slip.date).grace)
        last = max(slip.head.date, other.head.date) if other.source is Source.SALE else slip.head.date
        return last <= min(slip.date, other.date) + grace

    def _limit(self, slip: Leg) -> date:
        """Return the last day on which the slip's settlement is still on time."""
        key = (slip.head, slip.date)
        cutoff, early, late = self._limits.get(key) or self._limits_of(key)
        return late if cutoff and (slip.facts.get("time") or "") >= cutoff else early

    def _limits_of(self, key: tuple[Head, date]) -> tuple[str, date, date]:
        """Return the cut-off and the limits before and after it, the same for all slips of a batch and day."""
        head, day = key
        terms = self._terms(head.acquirer, day)
        grace = timedelta(days=terms.grace)
        cutoff = terms.settles.cutoff
        limits = (cutoff, terms.due(day, "") + grace, terms.due(day, cutoff) + grace)
        self._limits[key] = limits
        return limits

    @cached_property
    def _several(self) -> bool:
        """Whether the shop has more contracts or merchant numbers than one."""
        return len(self._merchants) > 1 or len(self._contracts.latest()) > 1

    def _terms(self, acquirer: str, day: date) -> Contract:
        key = (acquirer, day)
        terms = self._terms_on.get(key)
        if terms is None:
            terms = self._terms_on[key] = self._contracts.at(acquirer or self._default, day)
        return terms

    def _acquirer(self, group: Group) -> str:
        """Return whose event this is: a till's line alone tells it by its terminal, if at all."""
        named = next((leg.head.acquirer for leg in group if leg.head.acquirer), "")
        return named or self._terminals.get(group[0].get("terminal"), self._default)

    def _overcharge(self, line: Leg) -> Decimal:
        """Return by how much the line's fee exceeds the tariff, where it is enough for a claim of its own."""
        return self._over.get(id(line.facts), ZERO)

    # -- one event through time ----------------------------------------------------------------------------------

    def _follow(self, event: Event) -> None:
        """Walk the days on which something about ``event`` becomes known and note each judgement."""
        state = _State(event, even=not any(self._rests(event.links, event.legs).values()))
        rests: dict[Link, Decimal] = {}
        days = [(day, list(legs)) for day, legs in groupby(sorted(event.legs, key=_known), key=_known)]
        notable = can_be_noted(event.legs)
        for (day, legs), following in zip(days, [*(day for day, _ in days[1:]), event.until], strict=True):
            state.known.extend(legs)
            rests = self._rests(event.links, state.known)
            for link, rest in rests.items():
                if link in state.judged and abs(rest) < abs(state.judged[link]):
                    state.judged[link] = rest
            if state.judged or notable:
                self._note(event, state, day)
            looks: list[tuple[date, list[Link]]] = [(look, []) for look in self._hold_days(event, state) if look > day]
            due = [*self._due(event, state, rests, day, following), *looks]
            for verdict_day, links in sorted(due, key=itemgetter(0)):
                if following is None or verdict_day < following:
                    state.judged.update({link: rests[link] for link in links})
                    self._note(event, state, verdict_day)
        if event.until is not None:
            if event.moments and event.moments[-1].moves:
                event.moments.append(Moment(event.until, "OK", {}, tuple(state.known)))
        elif any(rest != state.judged.get(link, ZERO) for link, rest in rests.items()):
            self._wait(state)

    def _hold_days(self, event: Event, state: _State) -> list[date]:
        """Return the days on which an open hold is looked at again, each that of a next file.

        The terminal's tells that it has lapsed, the till's that its record there is still the old one.
        """
        told = [leg for leg in state.known if leg.kind is Kind.PREAUTH]
        holds = [leg for leg in told if leg.source is Source.TERMINAL]
        if not holds or Link.CLEARING not in event.links:
            return []
        terms = self._terms(event.acquirer, holds[0].date)
        days = [self._first_after(Source.TERMINAL, event.acquirer, lapse(holds[0], terms))]
        if len(told) > len(holds):
            days.append(self._first_after(Source.SALE, event.acquirer, stale_after(told, terms)))
        return [day for day in days if day]

    def _wait(self, state: _State) -> None:
        """Note why an event is not judged yet: time, a file, or a line that could be the missing one."""
        if state.lacking:
            self._result.missing[state.lacking] = self._result.missing.get(state.lacking, 0) + 1
        elif state.doubt:
            self._result.doubts.append(state.doubt)
        else:
            self._result.waiting += 1

    def _due(
        self, event: Event, state: _State, rests: Mapping[Link, Decimal], day: date, following: date | None
    ) -> list[tuple[date, list[Link]]]:
        """Return the days before ``following`` on which links come to be judged, in order."""
        found: defaultdict[date, list[Link]] = defaultdict(list)
        for link, rest in rests.items():
            if rest == state.judged.get(link, ZERO):
                continue
            due = self._due_day(link, event.acquirer, state.known)
            # The next line comes before anybody may ask. Who waits at the end is told for which file all the same.
            if state.even and following is not None and following <= due + self._grace(event.acquirer, state.known):
                continue
            verdict_day = self._verdict_day(link, event, state, day, due)
            if verdict_day is not None and (following is None or verdict_day < following):
                found[verdict_day].append(link)
        return sorted(found.items())

    def _due_day(self, link: Link, acquirer: str, known: Sequence[Leg]) -> date:
        """Return the latest due day of the lines that open ``link``, or of those that close it where none do."""
        opening, closing = _SIDES[link]
        terms = self._terms(acquirer, known[0].date)
        money = [leg for leg in known if not leg.is_memo]
        opened = [leg for leg in money if leg.source is opening]
        return max(self._leg_due(link, leg, terms) for leg in opened or money if leg.source in {opening, closing})

    def _grace(self, acquirer: str, known: Sequence[Leg]) -> timedelta:
        return timedelta(days=self._terms(acquirer, known[0].date).grace)

    def _verdict_day(self, link: Link, event: Event, state: _State, day: date, due: date) -> date | None:
        """Return the day on which ``link`` is judged with what is known, or None while it has to wait."""
        opening, closing = _SIDES[link]
        known = state.known
        opened = [leg for leg in known if leg.source is opening and not leg.is_memo]
        closed = [leg for leg in known if leg.source is closing and not leg.is_memo]
        deciding = closing if opened else opening
        arrival = self._first_after(deciding, event.acquirer, due + self._grace(event.acquirer, known))
        if arrival is None:
            return None
        verdict_day = self._file_day(link, state, due, max(arrival, day))
        if verdict_day is None:
            return None
        if link is Link.CLEARING and not closed and id(event.legs) in self._held:
            verdict_day = max(verdict_day, self._held[id(event.legs)])
            if verdict_day == date.max:
                return None
        has, silent = (opening, closing) if opened else (closing, opening)
        if link is not Link.PAYOUT and ((opened and closed) or len(opened or closed) > 1):
            return self._completed_day(state, Source.SALE if link is Link.TILL else Source.SETTLEMENT, verdict_day)
        return self._certain_day(state, has, silent, verdict_day)

    def _leg_due(self, link: Link, leg: Leg, terms: Contract) -> date:
        if link in {Link.CLEARING, Link.FEES} and leg.source is Source.TERMINAL:
            return terms.due(leg.date, leg.get("time"))
        if link is Link.PAYOUT and leg.source is Source.SETTLEMENT:
            return terms.payout_due(leg.date)
        return leg.date

    def _first_after(self, source: Source, acquirer: str, day: date) -> date | None:
        return self._arrivals.first_after(source, "" if source is Source.SALE else acquirer, day)

    def _file_day(self, link: Link, state: _State, due: date, day: date) -> date | None:
        """Return the first day from ``day`` on which every file this judgement needs is there, or None."""
        opening, closing = _SIDES[link]
        opened = [leg for leg in state.known if leg.source is opening]
        closed = [leg for leg in state.known if leg.source is closing]
        if opened and closed and link is Link.TILL:
            return day
        acquirer = state.event.acquirer
        source = closing if opened else opening
        terminal = (opened or closed)[0].get("terminal") if source is Source.TERMINAL else ""
        where = Where(source, "" if source is Source.SALE else acquirer, terminal)
        needed = [(where, due)] if opened or link is not Link.PAYOUT else []
        if link is Link.CLEARING and opened:
            terms = self._terms(acquirer, state.known[0].date)
            dues = {self._leg_due(link, leg, terms) for leg in opened}
            needed = [(where, one) for due in dues for one in (due, *self._days_of_grace(acquirer, due))]
        if link is Link.PAYOUT and closed:
            statements = Where(Source.SETTLEMENT, acquirer)
            needed += [(statements, one) for leg in closed for one in self._statement_days(acquirer, leg)]
        for of, one in needed:
            since, whose = self._arrivals.covered(of, one, day)
            if since is None:
                state.lacking = None if whose == BROKEN else MissingFile(of.source, acquirer, whose, one)
                return None
            day = since
        return day

    def _days_of_grace(self, acquirer: str, due: date) -> list[date]:
        """Return the days after ``due`` whose statement may still bring the line in time."""
        terms = self._terms(acquirer, due)
        days = [due + timedelta(days=step) for step in range(1, terms.grace + 1)]
        return [day for day in days if not terms.settles.working or terms.settles.calendar.is_working(day)]

    def _statement_days(self, acquirer: str, deposit: Leg) -> list[date]:
        """Return the days of the statements that a deposit may pay: those of its period, else the days before it."""
        settles = self._terms(acquirer, deposit.date).settles
        first, last = parse_day(deposit.get("period-from")), parse_day(deposit.get("period-to"))
        if first and last and timedelta(0) <= last - first <= _LONGEST:
            days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
            return sorted({settles.after(day) for day in days})
        before = (deposit.date - timedelta(days=step) for step in range(_DEPOSIT_REACH + 1))
        return [day for day in before if settles.calendar.is_working(day)]

    def _certain_day(self, state: _State, has: Source, silent: Source, day: date) -> date | None:
        """Return the first day from ``day`` on which no unreferenced line could be the missing one."""
        legs = state.event.legs
        for moment in self._rivals.days(legs, day):
            state.doubt = self._rivals.doubt(legs, has, silent, moment)
            if state.doubt is None:
                return moment
        return None

    def _completed_day(self, state: _State, source: Source, day: date) -> date | None:
        """Return the first day from ``day`` on which no lone line could be what the event lacks from ``source``."""
        legs = state.event.legs
        for moment in self._rivals.days(legs, day):
            state.doubt = self._rivals.completing(legs, source, moment)
            if state.doubt is None:
                return moment
        return None

    def _rests(self, links: Iterable[Link], known: Iterable[Leg]) -> dict[Link, Decimal]:
        """Return what is left on each link's account for this event."""
        sold = on_till = approved = settled = paid = over = ZERO
        has_slip = False
        for leg in known:
            if leg.is_memo:
                continue
            source, amount = leg.head.source, leg.amount
            if source is Source.TERMINAL:
                has_slip = True
                approved += amount
                on_till += amount if leg.head.on_till else ZERO
            elif source is Source.SALE:
                sold += amount
            elif source is Source.SETTLEMENT:
                settled += amount
                over += self._overcharge(leg)
            else:
                paid += amount
        unsettled = approved - settled
        rests = {
            Link.TILL: sold - on_till,
            Link.CLEARING: unsettled,
            Link.FEES: over if has_slip and not unsettled else ZERO,
            Link.PAYOUT: settled - paid,
        }
        return {link: rests[link] for link in links}

    def _note(self, event: Event, state: _State, day: date) -> None:
        """Note the verdict of ``day`` where it differs from the last one."""
        view = self._view(event, state, day)
        kind = kind_of(view)
        moves = moves_of(view, kind)
        if event.moments and event.moments[-1].day == day:
            event.moments.pop()  # a day has one verdict: its last
        before = event.moments[-1] if event.moments else None
        if (before is None and not moves) or (before and before.moves == moves and (before.kind == kind or not moves)):
            return
        event.moments.append(Moment(day, kind, moves, tuple(state.known)))

    def _view(self, event: Event, state: _State, day: date) -> View:
        slips = [leg for leg in state.known if leg.source is Source.TERMINAL and not leg.is_memo]
        lines = [leg for leg in state.known if leg.source is Source.SETTLEMENT]
        return View(
            legs=tuple(state.known),
            day=day,
            contract=self._terms(event.acquirer, state.known[0].date),
            till=state.judged.get(Link.TILL, ZERO),
            clearing=state.judged.get(Link.CLEARING, ZERO),
            fees=state.judged.get(Link.FEES, ZERO),
            payout=state.judged.get(Link.PAYOUT, ZERO),
            till_judged=Link.TILL in state.judged,
            late=bool(slips) and any(line.head.date > self._limit(slips[0]) for line in lines if not _is_dispute(line)),
            whole_batch=event.whole_batch,
            elsewhere=self._elsewhere_of(slips, lines, day),
            twin=self._twin(event, state, day) if Link.TILL in state.judged else None,
        )

    # -- the exceptions of the rule ------------------------------------------------------------------------------

    def _twin(self, event: Event, state: _State, day: date) -> Kind | None:
        """Return what an approval without a sale repeats: a sale or a completion, or a refund's voided original."""
        slips = _slips(state.known)
        if len(slips) != 1 or any(leg.source is Source.SALE for leg in state.known):
            return None
        if self._twins is None:
            wanted = [leg for group in self._open for leg in _slips(group) if _is_unsold(group)]
            self._twins = Twins(self._all, wanted)
        return self._twins.of(slips[0], event.legs, day)

    def _elsewhere_of(self, slips: Sequence[Leg], lines: Sequence[Leg], day: date) -> str:
        """Return the clearing account of the only slip's only line where that is under another's number, or empty."""
        approvals = [slip for slip in slips if slip.amount]
        if len(approvals) != 1 or len(lines) != 1 or lines[0].amount != approvals[0].amount:
            return ""
        line = lines[0]
        if not self._is_under_another(approvals[0], line, day):
            return ""
        return self._terms(line.head.acquirer, line.date).clearing

    def _is_under_another(self, slip: Leg, line: Leg, day: date) -> bool:
        """Tell whether a line names another terminal or merchant number of the shop than its slip, or is another's.

        Some acquirers have numbers of their own on statements: only where one has named the slip's own number by then
        does another number mean anything.
        """
        if slip.head.acquirer != line.head.acquirer:
            return True
        mine, theirs = slip.get("merchant"), line.get("merchant")
        if mine != theirs and mine and theirs in self._merchants and self._is_named("merchant", mine, day):
            return True
        mine, theirs = slip.get("terminal").lstrip("0"), line.get("terminal").lstrip("0")
        return mine != theirs and bool(mine and theirs) and self._is_named("terminal", mine, day)

    def _is_named(self, key: str, number: str, day: date) -> bool:
        """Tell whether a statement had named a terminal or merchant by ``day``."""
        if not self._named:
            self._named = _named_on(self._statements)
        first = self._named.get((key, number.lstrip("0")))
        return first is not None and first <= day

    def _note_hold(self, group: Group, acquirer: str) -> None:
        """Note the rest of a hold that its completion sets free."""
        memos = [leg for leg in group if leg.is_memo]
        rest = total(memos)
        if len(memos) > 1 and rest:
            last = max(memos, key=_known)
            self._result.holds.append(HoldRest(last.head.date, acquirer, rest, last.currency, last.where))
        if memos:
            self._note_open_hold(group, acquirer)

    def _note_open_hold(self, group: Group, acquirer: str) -> None:
        """Note a hold that can still be completed or released, or lapsed without either."""
        first = group[0]
        view = View(group, first.date, self._terms(acquirer, first.date))
        if view.hold_waits:
            last_day = lapse(view.holds[0], self._terms(acquirer, view.holds[0].date))
            self._result.open_holds.append(OpenHold(tuple(view.holds), acquirer, last_day))


def _seen(sheets: Sequence[Sheet], groups: Sequence[Group], payouts: Sequence[Group]) -> dict[tuple[str, int], date]:
    """Return by its place when the money of each correction was seen next, ``date.max`` where it is not yet.

    What a person books on the till comes back in the terminal's export, what is booked on payout in the bank's.
    """
    booked = [sheet.head for sheet in sheets if sheet.head.correction]
    if not booked:
        return {}
    found = {_place(head): date.max for head in booked}
    for group in (*groups, *payouts):
        for leg in group:
            if leg.head.correction:
                following = Source.BANK if leg.source is Source.SETTLEMENT else Source.TERMINAL
                days = [one.head.date for one in group if one.source is following and one.amount]
                found[_place(leg.head)] = min(days, default=date.max)
    return found


def _place(head: Head) -> tuple[str, int]:
    return str(head.facts.get("filename", "")), int(head.facts.get("lineno") or 0)


def _slips(group: Sequence[Leg]) -> list[Leg]:
    """Return the slips that moved money."""
    return [leg for leg in group if leg.source is Source.TERMINAL and leg.amount and not leg.is_memo]


def _is_unsold(group: Group) -> bool:
    """Tell whether the till has not spoken by the day of the first slip."""
    sold = [leg.head.date for leg in group if leg.source is Source.SALE]
    return not sold or min(sold) > min(leg.head.date for leg in group if leg.source is Source.TERMINAL)


def _named_on(statements: Iterable[Sheet]) -> dict[tuple[str, str], date]:
    """Return since when which merchant and terminal numbers have been named by the lines of ``statements``."""
    named: dict[tuple[str, str], date] = {}
    for sheet in statements:
        for key in ("merchant", "terminal"):
            shared = sheet.head.facts.get(key, "")
            for number in {str(shared if own is None else own) for own in sheet.column(key)}:
                place = (key, number.lstrip("0"))
                named[place] = min(sheet.head.date, named.get(place, sheet.head.date))
    return named


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
        if head.source is not Source.TERMINAL or (head.acquirer, head.date) not in days:
            continue
        shared = _unit(sheet.legs[0]) if sheet.legs and "terminal" in head.facts and "batch" in head.facts else None
        for leg in sheet.legs:
            unit = shared or _unit(leg)
            if unit in wanted and leg.amount and not leg.is_memo:
                found[unit].append(leg)
    return found


def _says_nothing(legs: Group) -> bool:
    """Tell whether this is a declined slip that nobody took up."""
    return len(legs) == 1 and not legs[0].amount and legs[0].kind is Kind.SALE and legs[0].source is Source.TERMINAL


def _silent_on(day: date, groups: Sequence[Group]) -> bool:
    """Tell whether by ``day`` no line had come for any of the events."""
    return not any(leg.source is Source.SETTLEMENT and leg.head.date <= day for group in groups for leg in group)


def _batch_event(groups: Sequence[Group]) -> Event:
    """Return one event for all slips of a batch and whatever settles them later."""
    legs = [leg for group in groups for leg in group if leg.source in {Source.TERMINAL, Source.SETTLEMENT}]
    return Event(legs, legs[0].head.acquirer, (Link.CLEARING,), whole_batch=True)


def _is_dispute(line: Leg) -> bool:
    """Tell whether the line belongs to a dispute, which has days of its own."""
    return line.kind in TAKEN_BACK or line.kind in {Kind.CHARGEBACK_REVERSAL, Kind.RETRIEVAL}


def _known(leg: Leg) -> date:
    return leg.head.date


class _Audit(NamedTuple):
    """A fee against its tariff: ``over`` claims for itself; ``exact`` and ``rounded`` add up over the month."""

    over: Decimal
    exact: Decimal
    rounded: Decimal


@dataclass
class _Drift:
    """A month's small differences: over the exact tariff, and over the tariff rounded half up for each slip."""

    slips: int = 0
    exact: Decimal = ZERO
    rounded: Decimal = ZERO
    lines: list[Leg] = field(default_factory=list)


def _audit(tariff: Tariff, card: str, amount: Decimal, fee: Decimal) -> _Audit:
    """Hold ``fee`` against all that the tariff allows on ``amount``; a refund's may be given back or kept."""
    allowed = tariff.expected(card, amount)
    exact = tariff.exact(card, amount)
    if not allowed:
        return _Audit(ZERO, ZERO, ZERO)
    over = fee - max([*allowed, ZERO] if amount < 0 else allowed)
    if over >= _SMALL:
        return _Audit(over, ZERO, ZERO)
    if exact is None or amount < 0:
        return _Audit(ZERO, ZERO, ZERO)
    return _Audit(ZERO, fee - exact, max(over, ZERO))


@dataclass
class _State:
    """What is known of an event so far and what each link was judged to leave; ``even`` ones end with nothing open."""

    event: Event
    even: bool
    known: list[Leg] = field(default_factory=list)
    judged: dict[Link, Decimal] = field(default_factory=dict)
    lacking: MissingFile | None = None
    doubt: Doubt | None = None
