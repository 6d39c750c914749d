"""How long a line may take: its contract's days, and the files that have come in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from beancount_posguard.contract import Contract
from beancount_posguard.ledger.contracts import Contracts
from beancount_posguard.ledger.receipts import Arrivals, Where
from beancount_posguard.legs import SETTLEMENT, TERMINAL, TILL, Head, Leg, Source
from beancount_posguard.matching.payouts import parse_day
from beancount_posguard.verdict import SIDES, Link

#: A period of more days than this is a misprint.
_LONGEST = timedelta(days=62)

#: The links that a statement's line closes.
_SETTLED = frozenset({Link.CLEARING, Link.FEES})

#: How many days before a deposit its statement may be dated.
_DEPOSIT_REACH = 4


class Windows:
    """The days a line may take under ``contracts``, and what has arrived."""

    def __init__(self, contracts: Contracts, arrivals: Arrivals) -> None:
        self._contracts = contracts
        self._arrivals = arrivals
        self.default = contracts.latest()[0].name
        self._terms_on: dict[tuple[str, date], Contract] = {}
        self._grace_of: dict[tuple[str, date], list[date]] = {}
        self._limits: dict[tuple[Head, date], tuple[str, date, date]] = {}

    def terms(self, acquirer: str, day: date) -> Contract:
        """Return the contract of ``acquirer`` (the first one's where empty) in force on ``day``."""
        key = (acquirer, day)
        terms = self._terms_on.get(key)
        if terms is None:
            terms = self._terms_on[key] = self._contracts.at(acquirer or self.default, day)
        return terms

    def limit(self, slip: Leg) -> date:
        """Return the last day on which the slip's settlement is still on time."""
        key = (slip.head, slip.date)
        cutoff, early, late = self._limits.get(key) or self.limits_of(key)
        return late if cutoff and (slip.facts.get("time") or "") >= cutoff else early

    def limits_of(self, key: tuple[Head, date]) -> tuple[str, date, date]:
        """Return the cut-off and the limits before and after it, the same for all slips of a batch and day."""
        head, day = key
        terms = self.terms(head.acquirer, day)
        grace = timedelta(days=terms.grace)
        cutoff = terms.settles.cutoff
        limits = (cutoff, terms.due(day, "") + grace, terms.due(day, cutoff) + grace)
        self._limits[key] = limits
        return limits

    def grace(self, acquirer: str, known: Sequence[Leg]) -> timedelta:
        """Return how long a late line of the event ``known`` is still waited for."""
        return timedelta(days=self.terms(acquirer, known[0].date).grace)

    def days_of_grace(self, acquirer: str, due: date) -> Sequence[date]:
        """Return the days after ``due`` whose statement may still bring the line in time."""
        key = (acquirer, due)
        if key not in self._grace_of:
            terms = self.terms(acquirer, due)
            days = [due + timedelta(days=step) for step in range(1, terms.grace + 1)]
            any_day = not terms.settles.working
            self._grace_of[key] = [day for day in days if any_day or terms.settles.calendar.is_working(day)]
        return self._grace_of[key]

    def leg_due(self, link: Link, leg: Leg, terms: Contract) -> date:
        """Return the day on which ``link`` should have been closed for ``leg``, without grace."""
        source = leg.head.source
        if source is TERMINAL and link in _SETTLED:
            return terms.due(leg.date, leg.get("time"))
        if source is SETTLEMENT and link is Link.PAYOUT:
            return terms.payout_due(leg.date)
        return leg.date

    def due_day(self, link: Link, acquirer: str, known: Sequence[Leg]) -> date:
        """Return the latest due day of the lines that open ``link``, or of those that close it where none do."""
        opening, closing = SIDES[link]
        terms = self.terms(acquirer, known[0].date)
        money = [leg for leg in known if not leg.is_memo]
        opened = [leg for leg in money if leg.head.source is opening]
        legs = opened or [leg for leg in money if leg.head.source is closing]
        return max([self.leg_due(link, leg, terms) for leg in legs])

    def statement_days(self, acquirer: str, deposit: Leg) -> list[date]:
        """Return the days of the statements that a deposit may pay: those of its period, else the days before it."""
        settles = self.terms(acquirer, deposit.date).settles
        first, last = parse_day(deposit.get("period-from")), parse_day(deposit.get("period-to"))
        if first and last and timedelta(0) <= last - first <= _LONGEST:
            days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
            return sorted({settles.after(day) for day in days})
        before = (deposit.date - timedelta(days=step) for step in range(_DEPOSIT_REACH + 1))
        return [day for day in before if settles.calendar.is_working(day)]

    def first_after(self, source: Source, acquirer: str, day: date) -> date | None:
        """Return the day of the first file of ``source`` that is dated after ``day``, or None."""
        return self._arrivals.first_after(source, "" if source is TILL else acquirer, day)

    def covered(self, of: Where, due: date, day: date) -> tuple[date | None, str]:
        """Return since when, from ``day`` on, the file ``of`` the day ``due`` is there, or None and whose is not."""
        return self._arrivals.covered(of, due, day)
