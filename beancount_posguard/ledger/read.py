"""Beancount entries -> sheets of legs, one sheet per transaction that touches a guarantee account.

A batch or line that cannot be read is an *input fault* at its own place in the file, and never a leg and never a claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from beancount.core.data import Posting, Transaction

from beancount_posguard.contract import Contract
from beancount_posguard.ledger.errors import PosguardError, at
from beancount_posguard.ledger.lines import YEARS, Lines, check_day, no_text
from beancount_posguard.ledger.words import GENERATED, PADDING
from beancount_posguard.legs import HOLD_PREFIX, Head, Kind, Leg, Sheet, Source, Status
from beancount_posguard.money import ZERO
from beancount_posguard.words import _


class Role(Enum):
    """What a guarantee account is for."""

    TILL = "till"
    CLEARING = "clearing"
    PAYOUT = "payout"
    GUARANTEES = "guarantees"


#: On which accounts a source's legs stand.
_LEGS_ON: Mapping[Source, Role] = {
    Source.SALE: Role.TILL,
    Source.TERMINAL: Role.CLEARING,
    Source.SETTLEMENT: Role.CLEARING,
    Source.BANK: Role.PAYOUT,
}

#: On which accounts a source may post at all.
_MAY_POST: Mapping[Source, frozenset[Role]] = {
    Source.SALE: frozenset({Role.TILL}),
    Source.TERMINAL: frozenset({Role.CLEARING, Role.GUARANTEES, Role.TILL}),
    Source.SETTLEMENT: frozenset({Role.CLEARING, Role.PAYOUT}),
    Source.BANK: frozenset({Role.PAYOUT}),
}

_SOURCES: Mapping[str, Source] = {source.value: source for source in Source}


@dataclass
class Reading:
    """All that the entries say, and what could not be read."""

    sheets: list[Sheet] = field(default_factory=list)
    faults: list[PosguardError] = field(default_factory=list)


class FaultError(Exception):
    """A transaction or posting that cannot be read; ``meta`` tells where."""

    def __init__(self, meta: Mapping[str, Any] | None, message: str) -> None:
        super().__init__(message)
        self.meta = meta


@dataclass(frozen=True)
class _Place:
    role: Role
    contracts: tuple[Contract, ...]


def guarantee_accounts(contracts: Iterable[Contract]) -> dict[str, _Place]:
    """Return the guarantee accounts of ``contracts`` by name; a till may serve several acquirers."""
    found: dict[str, tuple[Role, dict[str, Contract]]] = {}
    for contract in contracts:
        for role in Role:
            if role is Role.TILL and not contract.keeps_sales:
                continue
            account = getattr(contract, role.value)
            known = found.setdefault(account, (role, {}))
            known[1].setdefault(contract.name, contract)
    return {account: _Place(role, tuple(named.values())) for account, (role, named) in found.items()}


def read_sheets(entries: Iterable[Any], contracts: Sequence[Contract]) -> Reading:
    """Read every transaction of ``entries`` that has a posting on a guarantee account, in date order."""
    places = guarantee_accounts(contracts)
    claim_accounts = frozenset(account for one in contracts for account in one.claim_accounts)
    reader = _Reader(places, claim_accounts)
    for entry in entries:
        if type(entry) is Transaction:
            reader.read(entry)
    return reader.close()


class _Reader:
    """Reads transactions one by one into one :class:`Reading`."""

    def __init__(self, places: Mapping[str, _Place], claim_accounts: frozenset[str]) -> None:
        self.reading = Reading()
        self._places = places
        self._claims = claim_accounts
        self._lines = Lines(self.reading.faults)

    def read(self, entry: Transaction) -> None:
        if entry.meta.get("filename") == GENERATED or entry.flag == PADDING:
            return  # what Beancount pads it adds after the plugin: whoever reads the loaded ledger sees no more
        try:
            self._lines.check_keys(entry.meta, entry)
            by_role, place = self._by_role(entry.postings)
            if place is None:
                self._refuse_lost_source(entry)
                return
            check_day(entry.date)
            self.reading.sheets.append(self._sheet(entry, by_role, place))
        except FaultError as fault:
            self._lines.note(at(fault.meta, f"posguard: {fault}", entry))
            self._keep_broken(entry)
        except ValueError as error:
            self._lines.note(at(entry.meta, f"posguard: {error}", entry))

    def close(self) -> Reading:
        """Read what still waits and return everything."""
        self._lines.finish()
        for sheet in self.reading.sheets:
            if sheet.broken:
                sheet.close_gaps()
        return self.reading

    def _keep_broken(self, entry: Transaction) -> None:
        """Keep the place of a batch that could not be read, so that nothing is concluded from what it lacks."""
        _, place = self._by_role(entry.postings)
        source = _SOURCES.get(str(entry.meta.get("posguard-source")))
        if place is not None and source is not None and entry.date.year in YEARS:
            head = Head(source, _acquirer(entry, place), entry.date, {})
            self.reading.sheets.append(Sheet(head, entry, broken=True))

    def _by_role(self, postings: Iterable[Posting]) -> tuple[dict[Role, list[Posting]], _Place | None]:
        """Sort the postings on guarantee accounts by role, and return the place that tells whose batch it is."""
        by_role: dict[Role, list[Posting]] = {}
        place: _Place | None = None
        last, bucket = "", []
        for posting in postings:
            account = posting.account
            if account == last:  # a batch is a long run on one account
                bucket.append(posting)
                continue
            here = self._places.get(account)
            if here is not None:
                last, bucket = account, by_role.setdefault(here.role, [])
                bucket.append(posting)
                if place is None or here.role is not Role.TILL:
                    place = here
        return by_role, place

    def _refuse_lost_source(self, entry: Transaction) -> None:
        """Say so when a batch with postings names a source but no account of any contract."""
        if "tender" in entry.meta:
            self._keep_tender(entry)
        if "posguard-source" in entry.meta and entry.postings:
            raise FaultError(
                entry.meta,
                _(
                    "this batch touches no guarantee account of any posguard-acquirer; "
                    "expected a posting on a till, clearing, payout or guarantees account"
                ),
            )
        if "posguard-source" in entry.meta:
            # A file without rows: it still tells that the file has come. The payee says whose, where there are several.
            acquirers = self._acquirers()
            acquirer = entry.payee if entry.payee in acquirers else acquirers[0] if len(acquirers) == 1 else ""
            if acquirer:
                head = Head(self._told_source(entry), acquirer, entry.date, entry.meta)
                self.reading.sheets.append(Sheet(head, entry))

    def _keep_tender(self, entry: Transaction) -> None:
        """Keep a sale that was rung up under another tender as a line of the till without money.

        It is one where income is credited for one other account, which is where the money was booked.
        """
        sold = [one for one in entry.postings if one.account.startswith("Income:")]
        others = {one.account for one in entry.postings} - {one.account for one in sold}
        if not sold or len(others) != 1:
            return
        if wrong := no_text(entry.meta):
            raise FaultError(entry.meta, wrong)
        head = Head(Source.SALE, "", entry.date, entry.meta, correction=True, account=others.pop())
        amount = -_total(sold)
        facts = {**entry.meta, "amount": f"{amount}"}
        kind = Kind.SALE if amount > 0 else Kind.REFUND
        units = sold[0].units
        currency = units.currency if units else ""
        leg = Leg(head, kind, Status.APPROVED, entry.date, ZERO, currency, facts)
        self.reading.sheets.append(Sheet(head, entry, [leg]))

    def _acquirers(self) -> list[str]:
        return sorted({one.name for place in self._places.values() for one in place.contracts})

    def _sheet(self, entry: Transaction, by_role: Mapping[Role, list[Posting]], place: _Place) -> Sheet:
        source, correction = self._source(entry, by_role)
        acquirer = _acquirer(entry, place)
        if wrong := no_text(entry.meta):
            raise FaultError(entry.meta, wrong)
        head = Head(source, acquirer, entry.date, entry.meta, correction=correction)
        sheet = Sheet(head, entry)
        if correction and source is Source.SETTLEMENT:
            sheet.lump = _total(by_role[Role.PAYOUT])
            return sheet
        self._refuse_strangers(entry, source, by_role)
        currency = place.contracts[0].currency
        self._lines.add(sheet, by_role.get(_LEGS_ON[source], ()), currency)
        if source is Source.TERMINAL:
            slips = _total(by_role.get(Role.CLEARING, ())) if sheet.broken else sheet.total
            sheet.memos = Role.GUARANTEES in by_role
            self._lines.add(sheet, by_role.get(Role.GUARANTEES, ()), HOLD_PREFIX + currency, memos=True)
            head.on_till = _on_till(entry, by_role.get(Role.TILL), slips, keeps_sales=place.contracts[0].keeps_sales)
        elif source is Source.SETTLEMENT:
            sheet.lump = _total(by_role.get(Role.PAYOUT, ()))
        else:
            head.account = self._arrived_on(entry) if source is Source.BANK else ""
        return sheet

    def _arrived_on(self, entry: Transaction) -> str:
        """Return the asset account that a bank's batch moves the money to; empty where that is not one account."""
        found = {one.account for one in entry.postings if one.account.startswith("Assets:")} - self._places.keys()
        return found.pop() if len(found) == 1 else ""

    def _told_source(self, entry: Transaction) -> Source:
        told = entry.meta["posguard-source"]
        source = _SOURCES.get(told) if isinstance(told, str) else None
        if source is None:
            raise FaultError(
                entry.meta,
                _("posguard-source: {told!r}; expected one of {sources}").format(
                    told=told, sources=", ".join(_SOURCES)
                ),
            )
        return source

    def _source(self, entry: Transaction, by_role: Mapping[Role, list[Posting]]) -> tuple[Source, bool]:
        """Return who tells this transaction, and whether it is a correction rather than a batch."""
        if "posguard-source" in entry.meta:
            return self._told_source(entry), False
        correction = "posguard-step" in entry.meta or any(one.account in self._claims for one in entry.postings)
        roles = by_role.keys()
        if Role.CLEARING in roles or Role.GUARANTEES in roles:
            if correction:
                raise FaultError(
                    entry.meta,
                    _(
                        "a posting on a clearing account against a claim account: the plugin does that itself; "
                        'if a line is meant, say posguard-source: "terminal" or "settlement"'
                    ),
                )
            if Role.PAYOUT in roles:
                return Source.SETTLEMENT, False
            if Role.TILL in roles or Role.CLEARING not in roles or _credits_income(entry):
                return Source.TERMINAL, False
            raise FaultError(
                entry.meta,
                _(
                    "cannot tell whether this is a terminal batch or a statement; "
                    'add posguard-source: "terminal" or "settlement" to the transaction'
                ),
            )
        if Role.PAYOUT in roles:
            if Role.TILL in roles:
                raise FaultError(entry.meta, _("a transaction between till and payout skips the clearing account"))
            return (Source.SETTLEMENT, True) if correction else (Source.BANK, False)
        return Source.SALE, correction

    def _refuse_strangers(self, entry: Transaction, source: Source, by_role: Mapping[Role, list[Posting]]) -> None:
        allowed = _MAY_POST[source]
        for role, postings in by_role.items():
            if role not in allowed:
                raise FaultError(
                    postings[0].meta or entry.meta,
                    _("a {side} batch cannot post to {account}; expected only {sides}").format(
                        side=source.value,
                        account=postings[0].account,
                        sides=", ".join(sorted(one.value for one in allowed)),
                    ),
                )


def _acquirer(entry: Transaction, place: _Place) -> str:
    """Return whose batch this is: the account tells, and on a shared account the merchant id."""
    if len(place.contracts) == 1:
        return place.contracts[0].name
    merchant = entry.meta.get("merchant")
    named = [one.name for one in place.contracts if merchant in one.merchants]
    return named[0] if len(named) == 1 else ""


def _credits_income(entry: Transaction) -> bool:
    return any(posting.account.startswith("Income:") for posting in entry.postings)


def _total(postings: Iterable[Posting]) -> Decimal:
    return sum([one.units.number or ZERO for one in postings if one.units], ZERO)


def _on_till(entry: Transaction, till: Sequence[Posting] | None, slips: Decimal, *, keeps_sales: bool) -> bool:
    if not till:
        # Slips that add up to nothing leave nothing to post on the till; they are its slips all the same.
        return keeps_sales and slips == 0 and not _credits_income(entry)
    if _total(till) != -slips:
        raise FaultError(
            till[0].meta or entry.meta,
            _(
                "the till side is {till} but the slips add up to {slips}; a terminal batch takes exactly its "
                "slips off the till"
            ).format(till=-_total(till), slips=slips),
        )
    return True
