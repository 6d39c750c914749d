"""The merchant: its acquirers, stores, terminals and cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple

from beancount_posguard.calendars import Lag, parse_lag
from beancount_posguard.contract import Tariff
from beancount_posguard.money import ZERO, minor
from beancount_posguard.simulate.chance import Dice
from beancount_posguard.simulate.presets import Bank, Preset

DAY = timedelta(days=1)


class Card(NamedTuple):
    """A payer's card: first six and last four digits, and the type that chooses the tariff."""

    number: str
    type: str
    issuer: str


class Terminal(NamedTuple):
    """One terminal: its id, its merchant id, its store and the acquirer it talks to.

    ``until`` is its last day where it is swapped for another, ``since`` the first day of that other and
    ``instead_of`` the id of the one it replaces.
    """

    id: str
    merchant: str
    store: str
    acquirer: str
    since: date | None = None
    until: date | None = None
    instead_of: str = ""

    def works(self, day: date) -> bool:
        """Tell whether the terminal stands in the store on ``day``."""
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Acquirer:
    """One contract, under the merchant ids ``merchants``, with what can be computed from its words."""

    bank: Bank
    merchants: tuple[str, ...]
    grace: int = 1
    hold_days: int = 30

    @property
    def name(self) -> str:
        """Its name in the ledger."""
        return self.bank.name

    @cached_property
    def settles_lag(self) -> Lag:
        """When a trade is on a statement."""
        return parse_lag(self.bank.settles, cutoff_allowed=True)

    @cached_property
    def pays_lag(self) -> Lag:
        """When a statement is paid."""
        return parse_lag(self.bank.pays, cutoff_allowed=False)

    @cached_property
    def tariff(self) -> Tariff:
        """What it may charge."""
        return Tariff.parse(self.bank.fee)

    def clearing_day(self, when: datetime) -> date:
        """Return the acquirer's business day of a trade: from the cut-off on it is the next one."""
        return self.settles_lag.business_day(when.date(), when.time().isoformat())

    def due(self, when: datetime) -> date:
        """Return the statement day promised for a trade."""
        return _after(self.settles_lag, self.clearing_day(when))

    def settles_on(self, clearing: date) -> date:
        """Return the statement day of a clearing day."""
        return _after(self.settles_lag, clearing)

    def statement_after(self, day: date) -> date:
        """Return the first statement day strictly after ``day``."""
        clearing = day
        while self.settles_on(clearing - DAY) > day:
            clearing -= DAY
        while self.settles_on(clearing) <= day:
            clearing += DAY
        return self.settles_on(clearing)

    def paid_on(self, statement: date) -> date:
        """Return the day on which a statement's deposit arrives."""
        return _after(self.pays_lag, statement)

    def exact_fee(self, card_type: str, amount: Decimal) -> Decimal:
        """Return the unrounded fee on ``amount``, with its sign; none on a refund where the contract keeps it."""
        if amount < 0 and not self.bank.refund_fee_back:
            return ZERO
        rates = dict(self.tariff.rates)
        return (rates.get(card_type) or rates["all"]).fee(amount)

    def tariff_fee(self, card_type: str, amount: Decimal) -> Decimal:
        """Return the fee on ``amount``, rounded half up."""
        return minor(self.exact_fee(card_type, amount))


@lru_cache(maxsize=65536)
def _after(lag: Lag, day: date) -> date:
    return lag.after(day)


@dataclass(frozen=True)
class Shop:
    """Everything about the merchant that does not change from day to day."""

    title: str
    stores: tuple[str, ...]
    acquirers: tuple[Acquirer, ...]
    terminals: tuple[Terminal, ...]
    cards: Sequence[Card]

    @cached_property
    def by_name(self) -> dict[str, Acquirer]:
        """The acquirers by their names in the ledger."""
        return {one.name: one for one in self.acquirers}

    def acquirer(self, terminal: Terminal) -> Acquirer:
        """Return whose terminal it is."""
        return self.by_name[terminal.acquirer]

    def standing(self, terminal: Terminal, day: date) -> Terminal:
        """Return ``terminal``, or the one that has taken its place by ``day``."""
        if terminal.works(day):
            return terminal
        return next(one for one in self.terminals if one.instead_of == terminal.id)

    def at_work(self, day: date) -> list[Terminal]:
        """Return the terminals in use on ``day``."""
        return [one for one in self.terminals if one.works(day)]


#: The first six digits of a card: who issued it, and what it is. Half of all cards are credit cards.
_ISSUERS = (
    ("621226", "工商银行", "debit"),
    ("621700", "建设银行", "debit"),
    ("622848", "农业银行", "debit"),
    ("621661", "中国银行", "debit"),
    ("622575", "招商银行", "credit"),
    ("625955", "建设银行", "credit"),
    ("622230", "工商银行", "credit"),
    ("625903", "中信银行", "credit"),
    ("453242", "境外发卡行", "foreign"),
)

#: How many cards come to one terminal, again and again.
_REGULARS = 400


def open_shop(preset: Preset, start: date, days: int, dice: Dice) -> Shop:
    """Return the merchant of ``preset``; in a longer simulation one terminal is swapped for another half-way."""
    acquirers = tuple(
        Acquirer(bank, tuple(dict.fromkeys(place.merchant for place in preset.places if place.acquirer == bank.name)))
        for bank in preset.banks
    )
    terminals: list[Terminal] = []
    for place in preset.places:
        for _ in range(place.terminals):
            terminals.append(Terminal(f"{98_765_432 + len(terminals)}", place.merchant, place.name, place.acquirer))
    if days >= _SWAP_FROM:
        last = start + (days // 2) * DAY
        old = terminals[0]
        terminals[0] = old._replace(until=last)
        terminals.append(old._replace(id=f"{int(old.id) + 1000}", since=last + DAY, instead_of=old.id))
    cards = [_card(dice) for _ in range(_REGULARS * len(terminals))]
    return Shop(preset.title, tuple(place.name for place in preset.places), acquirers, tuple(terminals), cards)


#: A simulation of so many days swaps a terminal.
_SWAP_FROM = 14


def _card(dice: Dice) -> Card:
    # Of twenty cards nine are debit, ten credit and one foreign.
    place = dice.randrange(20)
    kind = "debit" if place < 9 else "credit" if place < 19 else "foreign"  # noqa: PLR2004
    bin6, issuer, _ = dice.choice([one for one in _ISSUERS if one[2] == kind])
    return Card(f"{bin6}******{dice.randrange(10_000):04}", kind, issuer)
