"""What the acquirer promised: accounts, settlement calendar, grace and tariff.

A :class:`Contract` is one ``posguard-acquirer`` directive with its defaults filled in. Nothing here knows Beancount's
loader; :mod:`beancount_posguard.ledger.contracts` turns directives into contracts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple

from beancount_posguard.calendars import Lag
from beancount_posguard.money import CENT, minor
from beancount_posguard.terms import SILENT, Terms
from beancount_posguard.words import _

#: Where deposits arrive if nobody said so: an account above all banks, so that it tells no bank from another.
DEFAULT_BANK = "Assets:Bank"

CARD_TYPES = ("debit", "credit", "foreign")


class Rule(NamedTuple):
    """A network's rule that holds where the contract says nothing: its value as a contract would write it.

    ``since`` is the day of the text it is from, ``confidence`` how sure the source is.
    """

    value: str
    since: date
    source: str
    confidence: str


_UNIONPAY_2013 = date(2013, 1, 1)

#: How long a hold can be completed, up to which part of it, and how late with the acquirer's help.
HOLD_DAYS = Rule("30", _UNIONPAY_2013, "UnionPay holds can be completed for 30 days (9229, 3290)", "high")
HOLD_CAP = Rule("115%", _UNIONPAY_2013, "UnionPay completions may reach 115 % of the hold (9106)", "high")
LATE_COMPLETION = Rule("60", _UNIONPAY_2013, "UnionPay late completion: day 31 to 60 of the hold (9229, 9653)", "high")

_RATE = re.compile(
    r"(?P<type>\w+) (?P<rate>\d+(?:\.\d+)?)%(?: min (?P<min>\d+(?:\.\d+)?))?(?: max (?P<max>\d+(?:\.\d+)?))?"
)


@dataclass(frozen=True, slots=True)
class Rate:
    """One card type's fee: ``share`` of the amount, at least ``least``, at most ``most`` (contract currency)."""

    share: Decimal
    least: Decimal | None
    most: Decimal | None

    def fee(self, amount: Decimal) -> Decimal:
        """Return the exact, unrounded fee on a positive or negative ``amount``, with the amount's sign."""
        fee = amount * self.share
        if self.least is not None and abs(fee) < self.least:
            fee = self.least.copy_sign(amount)
        if self.most is not None and abs(fee) > self.most:
            fee = self.most.copy_sign(amount)
        return fee


@dataclass(frozen=True)
class Tariff:
    """The fee clause of a contract: one :class:`Rate` per card type, and the ``unit`` that fees are rounded to."""

    rates: tuple[tuple[str, Rate], ...]
    unit: Decimal = CENT

    @classmethod
    def parse(cls, text: str) -> Tariff:
        """Read ``debit 0.50% max 20.00; credit 0.60%``.

        Raises:
            ValueError: saying which part is wrong and what is expected.
        """
        rates: dict[str, Rate] = {}
        for part in text.split(";"):
            words = " ".join(part.split())
            match = _RATE.fullmatch(words)
            if not match or match["type"] not in (*CARD_TYPES, "all"):
                raise ValueError(
                    _("fee part {words!r}: expected {form}").format(
                        words=words, form="'<debit|credit|foreign|all> <number>% [min <amount>] [max <amount>]'"
                    )
                )
            if match["type"] in rates:
                raise ValueError(_("fee names {type!r} twice").format(type=match["type"]))
            bounds = (Decimal(match[key]) if match[key] else None for key in ("min", "max"))
            rates[match["type"]] = Rate(Decimal(match["rate"]) / 100, *bounds)
        return cls(tuple(rates.items()))

    @cached_property
    def _by_type(self) -> Mapping[str, Rate]:
        return dict(self.rates)

    def expected(self, card_type: str, amount: Decimal) -> tuple[Decimal, ...]:
        """Return the fees the tariff allows on ``amount``, rounded half up to the minor unit, lowest first.

        One value where the card type is known, one per rate where it is not, none where the tariff is silent on it.
        """
        if card_type:
            exact = self.exact(card_type, amount)
            return () if exact is None else (minor(exact, self.unit),)
        return tuple(sorted({minor(rate.fee(amount), self.unit) for rate in self._by_type.values()}))

    def exact(self, card_type: str | None, amount: Decimal) -> Decimal | None:
        """Return the unrounded fee on ``amount``; None where the card type is unknown or the tariff silent on it."""
        rate = self._by_type.get(card_type) or self._by_type.get("all") if card_type else None
        return rate.fee(amount) if rate else None


@dataclass(frozen=True)
class Contract:
    """One acquirer's promises from ``since`` on. Accounts are Beancount account names.

    ``limits`` is how long each remedy may be asked for, ``answers`` how long the acquirer may take at each stage; what
    they do not name has the usual time (:mod:`beancount_posguard.claims.deadlines`).
    """

    name: str
    since: date
    merchants: tuple[str, ...]
    till: str
    clearing: str
    payout: str
    bank: str
    guarantees: str
    fees: str
    income: str
    claims_customer: str
    owed_customer: str
    claims_acquirer: str
    owed_acquirer: str
    claims_chargeback: str
    suspense: str
    write_off: str
    currency: str
    settles: Lag
    pays: Lag
    grace: int
    fee: Tariff | None
    hold_days: int
    hold_cap: Decimal
    day_ends: str
    tolerance: Decimal
    rounding: str
    fx_within: Decimal
    fx: str
    file: str
    line: int
    claims_employee: str = "Assets:Claims:Employee"
    limits: Terms = SILENT
    answers: Terms = SILENT

    @property
    def claim_accounts(self) -> tuple[str, ...]:
        """The accounts on which claims stand."""
        return (
            self.claims_customer,
            self.owed_customer,
            self.claims_acquirer,
            self.owed_acquirer,
            self.claims_chargeback,
            self.claims_employee,
            self.suspense,
        )

    @property
    def keeps_sales(self) -> bool:
        """Whether the shop books its sale records, so that the till link can be judged."""
        return not self.till.startswith("Income:")

    def clearing_day(self, day: date, time: str) -> date:
        """Return the acquirer's business day of a trade at ``time`` (HH:MM[:SS], may be empty) on ``day``."""
        return self.settles.business_day(day, time)

    def due(self, day: date, time: str) -> date:
        """Return the day on which a trade's settlement line is due."""
        return _due(self.settles, self.clearing_day(day, time))

    def payout_due(self, statement: date) -> date:
        """Return the day on which a statement's deposit is due."""
        return _due(self.pays, statement)


@lru_cache(maxsize=4096)
def _due(lag: Lag, day: date) -> date:
    return lag.after(day)
