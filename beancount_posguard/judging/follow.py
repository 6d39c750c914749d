"""One event through time: the days on which it is judged, and what each judgement moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from operator import itemgetter

from beancount_posguard.judging.events import Event, Judgement, MissingFile, known_on, slips_of
from beancount_posguard.judging.fees import Fees
from beancount_posguard.judging.numbers import Numbers
from beancount_posguard.judging.windows import Windows
from beancount_posguard.ledger.receipts import BROKEN, Where
from beancount_posguard.legs import PREAUTH, SETTLEMENT, TAKEN_BACK, TERMINAL, TILL, Kind, Leg, Source
from beancount_posguard.matching.groups import Group
from beancount_posguard.matching.rivals import Doubt, Rivals, Twins
from beancount_posguard.money import ZERO
from beancount_posguard.verdict import (
    SIDES,
    STALE,
    Link,
    Moment,
    View,
    can_be_noted,
    kind_of,
    lapse,
    moves_of,
    stale_after,
)

#: Where each link stands in their order, and what is left on it in :meth:`Follower._rests`.
_PLACE = {link: place for place, link in enumerate(Link)}


@dataclass
class _State:
    """What is known of an event so far and what each link was judged to leave; ``even`` ones end with nothing open.

    ``doubt`` is why a link waits, ``doubt_of_note`` why a hold that looks stale is not noted.
    """

    event: Event
    even: bool
    known: list[Leg] = field(default_factory=list)
    judged: dict[Link, Decimal] = field(default_factory=dict)
    lacking: MissingFile | None = None
    doubt: Doubt | None = None
    doubt_of_note: Doubt | None = None


class Follower:
    """Walks events through time and notes in ``result`` what waits, and why.

    Args:
        result: where to note it.
        windows: how long a line may take.
        numbers: whose a line is.
        fees: what was paid over the tariff.
        odd: the events that are more than a sale's slip and what followed it.
        rivals: the lines without a reference that could be the missing ones.
        held: until when an event waits for its batch, by its identity.
    """

    def __init__(  # one for each thing a judgement looks at
        self,
        result: Judgement,
        windows: Windows,
        numbers: Numbers,
        fees: Fees,
        *,
        odd: Iterable[Group],
        rivals: Rivals,
        held: Mapping[int, date],
    ) -> None:
        self._result = result
        self._windows = windows
        self._numbers = numbers
        self._fees = fees
        self._odd = odd
        self._rivals = rivals
        self._held = held
        self._twins: Twins | None = None

    def follow(self, event: Event) -> None:
        """Walk the days on which something about ``event`` becomes known and note each judgement."""
        whole = self._rests(event.links, event.legs)
        even = not any(whole.values())
        notable = can_be_noted(event.legs, self._windows.terms(event.acquirer, event.legs[0].date))
        if even and not notable and self._is_complete_in_time(event):
            return
        state = _State(event, even)
        rests: dict[Link, Decimal] = {}
        days = _by_day(event.legs)
        for (day, legs), following in zip(days, [*(day for day, _ in days[1:]), event.until], strict=True):
            state.known.extend(legs)
            rests = whole if len(state.known) == len(event.legs) else self._rests(event.links, state.known)
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
        else:
            self._wait(state, rests)

    def _is_complete_in_time(self, event: Event) -> bool:
        """Tell at little cost that all was known before anybody may have asked.

        No line is due before its own day, and none that closes the event's last link before those that open it are.
        """
        known = [leg.head.date for leg in event.legs]
        traded = min([leg.date for leg in event.legs])
        if not event.links or max(known) <= traded:
            return True  # without a link its batch speaks for it
        terms = self._windows.terms(event.acquirer, event.legs[known.index(min(known))].date)
        grace = timedelta(days=terms.grace)
        if max(known) <= traded + grace:
            return True
        opening, closing = SIDES[event.links[-1]]
        if any(leg.head.date > traded + grace for leg in event.legs if leg.head.source is not closing):
            return False
        opened = [leg for leg in event.legs if leg.head.source is opening and not leg.is_memo]
        dues = [self._windows.leg_due(event.links[-1], leg, terms) for leg in opened]
        return bool(dues) and max(known) <= min(dues) + grace

    def _hold_days(self, event: Event, state: _State) -> list[date]:
        """Return the days on which an open hold is looked at again, each that of a next file.

        The terminal's tells that it has lapsed, the till's that its record there is still the old one, or has a record
        without a reference that may be the new one.
        """
        told = [leg for leg in state.known if leg.kind is PREAUTH]
        holds = [leg for leg in told if leg.source is TERMINAL]
        if not holds or Link.CLEARING not in event.links:
            return []
        terms = self._windows.terms(event.acquirer, holds[0].date)
        days = [self._windows.first_after(TERMINAL, event.acquirer, lapse(holds[0], terms))]
        if len(told) > len(holds):
            days.append(self._windows.first_after(TILL, event.acquirer, stale_after(told, terms)))
            days += self._rivals.record_days(event.legs)
        return [day for day in days if day]

    def _wait(self, state: _State, rests: Mapping[Link, Decimal]) -> None:
        """Note why an event is not judged to its end yet: time, a file, or a line that could be the missing one."""
        if state.doubt_of_note:
            self._result.doubts.append(state.doubt_of_note)
        if all(rest == state.judged.get(link, ZERO) for link, rest in rests.items()):
            return
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
            due = self._windows.due_day(link, event.acquirer, state.known)
            # The next line comes before anybody may ask. Who waits at the end is told for which file all the same.
            if (
                state.even
                and following is not None
                and following <= due + self._windows.grace(event.acquirer, state.known)
            ):
                continue
            verdict_day = self._verdict_day(link, event, state, day, due)
            if verdict_day is not None and (following is None or verdict_day < following):
                found[verdict_day].append(link)
        return sorted(found.items())

    def _verdict_day(self, link: Link, event: Event, state: _State, day: date, due: date) -> date | None:
        """Return the day on which ``link`` is judged with what is known, or None while it has to wait."""
        opening, closing = SIDES[link]
        known = state.known
        opened = [leg for leg in known if leg.source is opening and not leg.is_memo]
        closed = [leg for leg in known if leg.source is closing and not leg.is_memo]
        deciding = closing if opened else opening
        arrival = self._windows.first_after(deciding, event.acquirer, due + self._windows.grace(event.acquirer, known))
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
            return self._completed_day(state, TILL if link is Link.TILL else SETTLEMENT, verdict_day)
        return self._certain_day(state, has, silent, verdict_day)

    def _file_day(self, link: Link, state: _State, due: date, day: date) -> date | None:
        """Return the first day from ``day`` on which every file this judgement needs is there, or None."""
        opening, closing = SIDES[link]
        opened = [leg for leg in state.known if leg.source is opening]
        closed = [leg for leg in state.known if leg.source is closing]
        if opened and closed and link is Link.TILL:
            return day
        acquirer = state.event.acquirer
        source = closing if opened else opening
        terminal = (opened or closed)[0].get("terminal") if source is TERMINAL else ""
        where = Where(source, "" if source is TILL else acquirer, terminal)
        needed = [(where, due)] if opened or link is not Link.PAYOUT else []
        if link is Link.CLEARING and opened:
            terms = self._windows.terms(acquirer, state.known[0].date)
            dues = {self._windows.leg_due(link, leg, terms) for leg in opened}
            needed = [(where, one) for due in dues for one in (due, *self._windows.days_of_grace(acquirer, due))]
        if link is Link.PAYOUT and closed:
            statements = Where(SETTLEMENT, acquirer)
            needed += [(statements, one) for leg in closed for one in self._windows.statement_days(acquirer, leg)]
        for of, one in needed:
            since, whose = self._windows.covered(of, one, day)
            if since is None:
                state.lacking = None if whose == BROKEN else MissingFile(of.source, acquirer, whose, one)
                return None
            day = since
        return day

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
            head, amount = leg.head, leg.amount
            source = head.source
            if source is TERMINAL:
                has_slip = True
                approved += amount
                if head.on_till:
                    on_till += amount
            elif source is TILL:
                sold += amount
            elif source is SETTLEMENT:
                settled += amount
                over += self._fees.over(leg)
            else:
                paid += amount
        unsettled = approved - settled
        rests = (sold - on_till, unsettled, over if has_slip and not unsettled else ZERO, settled - paid)
        return {link: rests[_PLACE[link]] for link in links}

    def _note(self, event: Event, state: _State, day: date) -> None:
        """Note the verdict of ``day`` where it differs from the last one."""
        view = self._view(event, state, day)
        kind = kind_of(view)
        state.doubt_of_note = None
        if kind == STALE:
            kind, state.doubt_of_note = self._unless_written(event, view)
        moves = moves_of(view, kind)
        if event.moments and event.moments[-1].day == day:
            event.moments.pop()  # a day has one verdict: its last
        before = event.moments[-1] if event.moments else None
        if (before is None and not moves) or (before and before.moves == moves and (before.kind == kind or not moves)):
            return
        event.moments.append(Moment(day, kind, moves, tuple(state.known)))

    def _unless_written(self, event: Event, view: View) -> tuple[str, Doubt | None]:
        """Return the kind of an event with a stale hold, and the doubt where a lone record could be the missing one.

        What could be written under no reference is not said to be missing: the event is judged with it.
        """
        known = self._rivals.records(event.legs, view.day)
        views = [replace(view, legs=sorted([*view.legs, record], key=known_on)) for record in known]
        written = [(one, kind) for one, kind in zip(known, map(kind_of, views), strict=True) if kind != STALE]
        if not written:
            return STALE, None
        record, kind = written[0]
        return kind, Doubt(record, 1, len(written))

    def _view(self, event: Event, state: _State, day: date) -> View:
        slips = [leg for leg in state.known if leg.source is TERMINAL and not leg.is_memo]
        lines = [leg for leg in state.known if leg.source is SETTLEMENT]
        return View(
            legs=tuple(state.known),
            day=day,
            contract=self._windows.terms(event.acquirer, state.known[0].date),
            till=state.judged.get(Link.TILL, ZERO),
            clearing=state.judged.get(Link.CLEARING, ZERO),
            fees=state.judged.get(Link.FEES, ZERO),
            payout=state.judged.get(Link.PAYOUT, ZERO),
            till_judged=Link.TILL in state.judged,
            late=bool(slips)
            and any(line.head.date > self._windows.limit(slips[0]) for line in lines if not _is_dispute(line)),
            whole_batch=event.whole_batch,
            elsewhere=self._numbers.elsewhere_of(slips, lines, day),
            twin=self._twin(event, state, day) if Link.TILL in state.judged else None,
        )

    def _twin(self, event: Event, state: _State, day: date) -> Kind | None:
        """Return what an approval without a sale repeats: a sale or a completion, or a refund's voided original."""
        slips = slips_of(state.known)
        if len(slips) != 1 or any(leg.source is TILL for leg in state.known):
            return None
        if self._twins is None:
            self._twins = Twins(self._odd, self._rivals)
        return self._twins.of(slips[0], event.legs, day)


def _by_day(legs: Iterable[Leg]) -> list[tuple[date, list[Leg]]]:
    """Return ``legs`` by the day on which they became known, in its order."""
    days: defaultdict[date, list[Leg]] = defaultdict(list)
    for leg in legs:
        days[leg.head.date].append(leg)
    return sorted(days.items(), key=itemgetter(0))


def _is_dispute(line: Leg) -> bool:
    """Tell whether the line belongs to a dispute, which has days of its own."""
    return line.kind in TAKEN_BACK or line.kind in {Kind.CHARGEBACK_REVERSAL, Kind.RETRIEVAL}
