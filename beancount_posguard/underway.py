"""What was on its way at the end of a day, worked out from the slips themselves and not from the accounts' balances.

The sum of what a side told and the next side did not, less what became claims, must be the balance of the guarantee
account between them to the cent. A posting that is nobody's slip shows as the difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from beancount_posguard.contract import Contract
from beancount_posguard.judging.events import Event
from beancount_posguard.legs import Leg, Sheet, Source
from beancount_posguard.matching.groups import Group, group_legs
from beancount_posguard.matching.payouts import Promise, match_payouts
from beancount_posguard.money import ZERO
from beancount_posguard.survey import Survey


@dataclass
class Underway:
    """What is on its way on one account: the sum, how many events, and the day of the oldest."""

    total: Decimal = ZERO
    count: int = 0
    oldest: date | None = None

    def add(self, rest: Decimal, day: date) -> None:
        """Count an event that leaves ``rest`` since ``day``."""
        self.total += rest
        if rest:
            self.count += 1
            self.oldest = min(self.oldest or day, day)


@dataclass
class _Claimed:
    """What claims took off one account by a day, and whose legs they are about."""

    total: Decimal = ZERO
    legs: set[tuple[str, int]] = field(default_factory=set)


def underway(survey: Survey, last: date) -> Mapping[str, Underway]:
    """Return what was on its way by guarantee account at the end of ``last``."""
    sheets = [sheet for sheet in survey.sheets if sheet.head.date <= last]
    claimed = _claimed(survey.events.values(), last)
    found: defaultdict[str, Underway] = defaultdict(Underway)
    for account, rest, group in _rests(sheets, survey.contracts):
        here = claimed.get(account)
        if here and any(leg.where in here.legs for leg in group):
            found[account].total += rest  # what of it is claimed is taken off below
        else:
            found[account].add(rest, min(leg.date for leg in group))
    for account, taken in claimed.items():
        found[account].total -= taken.total
    return found


def _claimed(events: Iterable[Event], last: date) -> Mapping[str, _Claimed]:
    found: defaultdict[str, _Claimed] = defaultdict(_Claimed)
    for event in events:
        known = [moment for moment in event.moments if moment.day <= last]
        for move, amount in known[-1].moves.items() if known else ():
            found[move.source].total += amount
            found[move.source].legs |= {leg.where for leg in event.legs}
    return found


def _rests(sheets: Sequence[Sheet], contracts: Sequence[Contract]) -> Iterator[tuple[str, Decimal, Group]]:
    """Yield what each event leaves on each account: till, clearing, payout."""
    by_name = {contract.name: contract for contract in contracts}
    tills = {id(sheet.head): _till(sheet, contracts) for sheet in sheets if sheet.head.source is Source.SALE}
    for group in group_legs(sheets).groups:
        money = [leg for leg in group if not leg.is_memo]
        named = next((leg.head.acquirer for leg in money if leg.head.acquirer), "")
        terms = by_name.get(named, contracts[0])
        sales = [leg for leg in money if leg.source is Source.SALE]
        till = next((tills[id(leg.head)] for leg in sales), terms.till)
        slips = [leg for leg in money if leg.source is Source.TERMINAL]
        yield till, _sum(sales) - _sum(leg for leg in slips if leg.head.on_till), group
        yield terms.clearing, _sum(slips) - _sum(leg for leg in money if leg.source is Source.SETTLEMENT), group
    for terms in contracts:
        own = [one for one in sheets if one.head.acquirer == terms.name]
        own = [one for one in own if one.head.source in {Source.SETTLEMENT, Source.BANK}]
        for group in match_payouts(own, terms.currency, Promise(terms.settles.after, terms.payout_due)).groups:
            lumps = _sum(leg for leg in group if leg.source is Source.SETTLEMENT)
            yield terms.payout, lumps - _sum(leg for leg in group if leg.source is Source.BANK), group


def _till(sheet: Sheet, contracts: Sequence[Contract]) -> str:
    """Return the till that a list of sales stands on."""
    tills = {contract.till for contract in contracts}
    return next((one.account for one in sheet.entry.postings if one.account in tills), contracts[0].till)


def _sum(legs: Iterable[Leg]) -> Decimal:
    return sum((leg.amount for leg in legs), ZERO)
