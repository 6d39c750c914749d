"""Events over time: when a link of the chain may be judged, and what each judgement moves.

The rule, the same for every link: what is left on its account is judged on the first file of the deciding source
dated strictly after the latest due date plus grace, and only when the day's own file has come. The deciding source is
the one that is silent, or, where both have spoken, the one that speaks last. After that, a line that brings the
remainder closer to zero moves it on its own day; one that enlarges it waits for its own window.

A judgement looks at nothing dated after it, so appending data never changes what stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from itertools import compress

from beancount_posguard.judging.booked import seen_on
from beancount_posguard.judging.clean import Clean
from beancount_posguard.judging.events import Event, Judgement, says_nothing, sold_at_once
from beancount_posguard.judging.fees import Fees
from beancount_posguard.judging.follow import Follower
from beancount_posguard.judging.holds import note_hold
from beancount_posguard.judging.numbers import Numbers
from beancount_posguard.judging.silent import Batches, batch_event
from beancount_posguard.judging.windows import Windows
from beancount_posguard.ledger.contracts import Contracts
from beancount_posguard.ledger.receipts import Arrivals
from beancount_posguard.legs import Sheet, Source
from beancount_posguard.matching.groups import Group, group_legs
from beancount_posguard.matching.payouts import Promise, match_payouts
from beancount_posguard.matching.rivals import Doubt, Rivals
from beancount_posguard.rounding import KIND as ROUNDED
from beancount_posguard.rounding import Small, months, taken_out
from beancount_posguard.verdict import Link


def judge(sheets: Sequence[Sheet], contracts: Contracts, arrivals: Arrivals) -> Judgement:
    """Judge all that ``sheets`` (in date order) say under ``contracts``."""
    return _Judge(sheets, contracts, arrivals).run()


class _Judge:
    def __init__(self, sheets: Sequence[Sheet], contracts: Contracts, arrivals: Arrivals) -> None:
        self._sheets = sheets
        self._contracts = contracts
        self._result = Judgement()
        self._windows = Windows(contracts, arrivals)
        self._numbers = Numbers(sheets, contracts, self._windows)
        self._fees = Fees(self._windows)

    def run(self) -> Judgement:
        fee_events = self._fees.audit(self._sheets)
        grouping = group_legs(self._sheets)
        clean = Clean(self._windows, self._numbers, self._fees, elsewhere=grouping.elsewhere, odd=grouping.odd)
        in_order, still_open = clean.split(grouping.groups)
        rivals = Rivals(in_order, still_open, grouping.waited, grouping.odd)
        batches = Batches(self._windows, rivals, grouping.groups, still_open)
        silent = batches.silent(self._sheets)
        in_batch = {id(group) for batch in silent for group in batch}
        # Of a slip that its batch speaks for only the sale is asked, and of one sold at once not even that.
        told = {id(group) for batch in silent for group in batch if sold_at_once(group)} - grouping.odd
        events = [
            self._card_event(group, in_batch=id(group) in in_batch)
            for group in still_open
            if id(group) not in told and not says_nothing(group)
        ]
        events += [batch_event(batch) for batch in silent]
        events += [self._waiting_event(alone, day) for alone, day in grouping.waited]
        payouts = self._payout_events()
        events += payouts
        self._result.seen = seen_on(self._sheets, grouping.groups, [event.legs for event in payouts])
        follower = Follower(
            self._result,
            self._windows,
            self._numbers,
            self._fees,
            odd=compress(grouping.groups, map(grouping.odd.__contains__, map(id, grouping.groups))),
            rivals=rivals,
            held=batches.held,
        )
        for event in events:
            follower.follow(event)
        self._gather_roundings(events)
        events += fee_events
        self._result.events = [event for event in events if event.moments]
        return self._result

    def _card_event(self, group: Group, *, in_batch: bool) -> Event:
        acquirer = self._numbers.acquirer(group)
        links = [] if in_batch else [Link.CLEARING, Link.FEES]
        if self._windows.terms(acquirer, group[0].date).keeps_sales:
            links.insert(0, Link.TILL)
        note_hold(self._result, self._windows, group, acquirer)
        return Event(group, acquirer, tuple(links))

    def _waiting_event(self, alone: Group, until: date) -> Event:
        """Return the event that a lone line was until it was adopted."""
        event = self._card_event(alone, in_batch=False)
        event.until = until
        return event

    def _payout_events(self) -> list[Event]:
        events: list[Event] = []
        for terms in self._contracts.latest():
            own = [
                sheet
                for sheet in self._sheets
                if sheet.head.acquirer == terms.name and sheet.head.source in {Source.SETTLEMENT, Source.BANK}
            ]
            payouts = match_payouts(own, terms.currency, Promise(terms.settles.after, terms.payout_due))
            self._result.doubts.extend(Doubt(leg, 1, count) for leg, count in payouts.ambiguous)
            unsure = {leg.where for leg, _ in payouts.ambiguous}
            events.extend(
                Event(group, terms.name, (Link.PAYOUT,)) for group in payouts.groups if group[0].where not in unsure
            )
        return events

    def _gather_roundings(self, events: Iterable[Event]) -> None:
        """Take what is rounding out of the events and gather it by month."""
        found: defaultdict[str, list[Small]] = defaultdict(list)
        for event in events:
            if any(moment.kind == ROUNDED for moment in event.moments):
                event.moments, small = taken_out(event.moments)
                found[event.acquirer] += small
        for acquirer, small in sorted(found.items()):
            closes = partial(self._windows.first_after, Source.SETTLEMENT, acquirer)
            self._result.roundings.extend(months(acquirer, small, closes))
