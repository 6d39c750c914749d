"""What the rows of a file come to, added up piece by piece: no row is kept.

Controls, totals and tallies are all made of these sums, so that a file of a million rows needs no more memory for them
than one of a hundred.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import compress
from typing import NamedTuple

from beancount_posguard.ingest.content import Columns, Content
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.legs import HOLD_KINDS, Kind, Source
from beancount_posguard.money import ZERO
from beancount_posguard.text import figure
from beancount_posguard.words import _

#: So many broken promises are told one by one; a file that breaks more is not read for its details.
_MOST = 100


class Totals(NamedTuple):
    """What the rows add up to; ``fee`` and ``net`` are None where the file has no such column."""

    gross: Decimal
    fee: Decimal | None
    net: Decimal | None


class Part(NamedTuple):
    """What the rows of one kind, currency and direction come to; fees charged and fees returned apart."""

    rows: int = 0
    amount: Decimal = ZERO
    fee: Decimal = ZERO
    net: Decimal = ZERO
    charged: Decimal = ZERO
    returned: Decimal = ZERO

    def __add__(self, other: object) -> Part:
        """Return both together."""
        return Part(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))  # type: ignore[call-overload]


class Group(NamedTuple):
    """Which rows a :class:`Part` is about; at the bank the kind is credit or debit. ``way`` is in or out."""

    kind: str
    currency: str
    way: str


class Paid(NamedTuple):
    """A payout row: what it takes away in all, and where it first stands."""

    amount: Decimal
    row: int


class Running:
    """The running balances of one currency, in whichever order the rows stand.

    Before each row the account held what it held after another one, but for the first; so the balances before and the
    balances after may differ in that one, and in the last. Balances that have met are forgotten.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._open: Counter[Decimal] = Counter()
        self._examples: dict[Decimal, list[tuple[int, Decimal, Decimal]]] = {}
        self._first: tuple[int, Decimal, Decimal] | None = None

    def add(self, row: int, amount: Decimal, balance: Decimal) -> None:
        """Take up a row: what it moves, and what the account holds after it."""
        self.rows += 1
        before = balance - amount
        if self._first is None:
            self._first = (row, amount, balance)
        if before != balance:
            self._count(before, 1, (row, amount, balance))
            self._count(balance, -1, (row, amount, balance))

    def _count(self, balance: Decimal, one: int, row: tuple[int, Decimal, Decimal]) -> None:
        self._open[balance] += one
        if not self._open[balance]:
            del self._open[balance]
            self._examples.pop(balance, None)
        elif one > 0:
            self._examples.setdefault(balance, []).append(row)

    @property
    def break_(self) -> tuple[int, Decimal, Decimal] | None:
        """The first row that no other leads up to, or None where the balances run; a single one is no run."""
        loose = {balance: count for balance, count in self._open.items() if count > 0}
        if self.rows < 2 or sum(loose.values()) <= 1:  # noqa: PLR2004
            return None
        rows = sorted(row for balance in loose for row in self._examples.get(balance, ()))
        return next((row for row in rows if row != self._first), self._first)


class Figures:
    """Everything that is told of a file in sums."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self.counts: Counter[str] = Counter()
        self.by_kind: dict[str, dict[str, Decimal]] = {}
        self.slips = self.moved = self.rows = self.lines = self.orphans = 0
        self.skipped: Counter[str] = Counter()
        self.gross: dict[str, Decimal] = {}
        self.fees: dict[str, Decimal] = {}
        self.nets: dict[str, Decimal] = {}
        self.other = ZERO
        self.has_nets = False
        self.ambiguous = False
        self.has_cards = False
        self.groups: dict[Group, Part] = {}
        self.columns: dict[str, Decimal] = {}
        self.payout_rows: dict[tuple[str, str], Decimal] = {}
        self.payouts: dict[tuple[str, str], Paid] = {}
        self.balances: dict[str, Running] = {}
        self.broken: list[IngestError] = []
        self.warnings: list[str] = []
        self._tips = (0, ZERO)
        self._away = {*HOLD_KINDS, *((Kind.PAYOUT, Kind.FEE) if profile.source is Source.SETTLEMENT else ())}

    def add(self, content: Content) -> None:
        """Take up some more rows of the file."""
        if self._profile.source is Source.SETTLEMENT and content.lines:
            content = replace(content, lines=())  # they are counted with its rows
        rows = content.counted
        self.slips += len(content.slips)
        self.moved += content.moved
        self.rows += len(rows.kinds)
        self.lines += len(content.lines)
        self.orphans += content.orphans
        self.skipped.update(content.skipped)
        self.has_nets = self.has_nets or content.nets
        self.has_cards = self.has_cards or content.has_cards
        self.ambiguous = self.ambiguous or content.ambiguous
        self.broken += content.broken[: _MOST - len(self.broken)]
        self.warnings += content.warnings
        self._tips = (self._tips[0] + len(content.tips), self._tips[1] + sum(content.tips, ZERO))
        gross = sums(rows.amounts, rows.currencies)
        self._add_totals(content, gross)
        self._add_kinds(content, gross)
        for column, amounts in content.sums.items():
            self.columns[column] = self.columns.get(column, ZERO) + sum(amounts, ZERO)
        if self._profile.totals:
            self._add_groups(content)
        if self._profile.checks.payout_key:
            self._add_payouts(rows)
        for row, amount, balance, currency in content.balances:
            self.balances.setdefault(currency, Running()).add(row, amount, balance)

    def _add_totals(self, content: Content, gross: Mapping[str, Decimal]) -> None:
        """Add up by currency: the gross by the amounts', fee and net by the one they are paid in."""
        rows = content.counted
        _add(self.gross, gross)
        _add(self.fees, sums(rows.fees, rows.paid))
        _add(self.nets, sums(rows.nets, rows.paid))
        if any(kind in rows.kinds for kind in self._away):
            # A payout is no sale, a fee of its own row is no part of what was sold, a hold moves nothing.
            apart = [kind in self._away for kind in rows.kinds]
            for amount, currency in compress(zip(rows.amounts, rows.currencies, strict=True), apart):
                self.gross[currency] -= amount
        for line in content.lines:
            self.other += line.amount
            amount = line.amount if self._profile.is_bank else ZERO
            self.gross[line.currency] = self.gross.get(line.currency, ZERO) + amount

    def _add_kinds(self, content: Content, gross: Mapping[str, Decimal]) -> None:
        """Count rows and add up money by kind and currency; a bank's lines are credits and debits, ours or not."""
        rows = content.counted
        amounts, currencies = rows.amounts, rows.currencies
        if not self._profile.is_bank and len({*map(id, rows.kinds)}) == 1:
            kind = rows.kinds[0].value
            self.counts[kind] += len(rows.kinds)
            _add(self.by_kind.setdefault(kind, {}), gross)
            return
        kinds = [kind.value for kind in rows.kinds]
        if self._profile.is_bank:
            amounts = [*amounts, *(one.amount for one in content.lines)]
            currencies = [*currencies, *(one.currency for one in content.lines)]
            kinds = [_direction(amount) for amount in amounts]
        counts = Counter(kinds)
        self.counts.update(counts)
        for kind in counts:
            wanted = [*map(kind.__eq__, kinds)]
            found = sums([*compress(amounts, wanted)], [*compress(currencies, wanted)])
            _add(self.by_kind.setdefault(kind, {}), found)

    def _add_groups(self, content: Content) -> None:
        for one in content.counted.rows():
            if one.kind not in HOLD_KINDS:
                kind = _direction(one.amount) if self._profile.is_bank else one.kind.value
                fee = one.fee or ZERO
                part = Part(1, one.amount, fee, one.net or ZERO, max(fee, ZERO), min(fee, ZERO))
                self._add_part(kind, one.amount, one.currency, part)
        for line in content.lines:
            kind = _direction(line.amount) if self._profile.is_bank else Kind.DEPOSIT.value
            self._add_part(kind, line.amount, line.currency, Part(1, line.amount))

    def _add_part(self, kind: str, amount: Decimal, currency: str, part: Part) -> None:
        group = Group(kind, currency, "in" if amount >= ZERO else "out")
        self.groups[group] = self.groups.get(group, Part()) + part

    def _add_payouts(self, rows: Columns) -> None:
        for one in rows.rows():
            key = (one.payout, one.paid)
            net = one.net if one.net is not None else one.amount - (one.fee or ZERO)
            if one.kind is Kind.PAYOUT:
                known = self.payouts.get(key, Paid(ZERO, one.row))
                self.payouts[key] = known._replace(amount=known.amount + net)
            else:
                self.payout_rows[key] = self.payout_rows.get(key, ZERO) + net

    @property
    def totals(self) -> dict[str, Totals]:
        """What the rows come to by currency."""
        gross = self.gross or {self._profile.currency: ZERO}
        return {
            currency: Totals(gross.get(currency, ZERO), self.fees.get(currency), self.nets.get(currency))
            for currency in sorted({*gross, *self.fees, *self.nets})
        }

    def remarks(self) -> list[str]:
        """Return what a person should know of the rows."""
        remarks = [*self.warnings]
        if self._tips[0]:
            count, tips = self._tips
            remarks.append(
                _("{count} rows carry a tip, {tips} in all; it is added to the amount").format(
                    count=count, tips=figure(tips)
                )
            )
        if self.ambiguous:
            layout = self._profile.date_layouts[0]
            remarks.append(
                _("every date could be day first or month first; they are read as {layout}: compare one").format(
                    layout=layout
                )
            )
        if self.orphans:
            remarks.append(
                _(
                    "{orphans} reversals without their original in this file; taken as money back to the customer"
                ).format(orphans=self.orphans)
            )
        return remarks


def _direction(amount: Decimal) -> str:
    return "debit" if amount < ZERO else "credit"


def _add(known: dict[str, Decimal], more: Mapping[str, Decimal]) -> None:
    for currency, amount in more.items():
        known[currency] = known.get(currency, ZERO) + amount


def sums(amounts: Sequence[Decimal | None], currencies: Iterable[str]) -> dict[str, Decimal]:
    """Add ``amounts`` up by currency, leaving out what is not known."""
    different = dict.fromkeys(currencies)
    found: dict[str, Decimal] = {}
    for currency in different:
        mine = amounts if len(different) == 1 else compress(amounts, map(currency.__eq__, currencies))
        known = [amount for amount in mine if amount is not None]
        if known:
            found[currency] = sum(known, ZERO)
    return found
