"""Beancount entries -> sheets of legs, one sheet per transaction that touches a guarantee account.

Reading a leg is the one thing done for every slip of every year, so this module is written to be lean: a leg keeps
the posting's own metadata and is asked for a field only when somebody needs it.

A line that cannot be read is an *input fault* at its own place in the file, and never a leg and never a claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from beancount.core.data import Posting, Transaction

from beancount_posguard.contract import Contract
from beancount_posguard.ledger.errors import PosguardError, at
from beancount_posguard.ledger.words import GENERATED, KnownShapes
from beancount_posguard.legs import HOLD_KINDS, HOLD_PREFIX, SLIP_KEYS, Head, Kind, Leg, Sheet, Source, Status
from beancount_posguard.money import ZERO, parse_amount
from beancount_posguard.words import N_, _

T = TypeVar("T")


class Role(Enum):
    """What a guarantee account is for."""

    TILL = "till"
    CLEARING = "clearing"
    PAYOUT = "payout"
    GUARANTEES = "guarantees"


#: On which accounts a source's legs stand, and the sign that turns a posting into the merchant's view.
_LEGS_ON: Mapping[Source, tuple[Role, int]] = {
    Source.SALE: (Role.TILL, 1),
    Source.TERMINAL: (Role.CLEARING, 1),
    Source.SETTLEMENT: (Role.CLEARING, -1),
    Source.BANK: (Role.PAYOUT, -1),
}

_SOURCES: Mapping[str, Source] = {source.value: source for source in Source}
_KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}
_STATUSES: Mapping[str, Status] = {status.value: status for status in Status}

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PAN_DIGITS = 13
#: Days outside these years are a slip of the pen, and calendars end.
_YEARS = range(1980, 2200)
_STILL = N_(
    "a {kind} line with status {status!r} moves no money; expected a zero posting with the figure under amount:"
)
#: What must be a text in quotes: a reference that is a number has lost its zeros.
_TEXTS = tuple(
    key for key in SLIP_KEYS if key not in {"date", "orig-date", "period-from", "period-to", "kind", "status"}
)
_make = tuple.__new__
_NO_FACTS: Mapping[str, Any] = {}


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
    return reader.reading


class _Reader:
    """Reads transactions one by one into one :class:`Reading`."""

    def __init__(self, places: Mapping[str, _Place], claim_accounts: frozenset[str]) -> None:
        self.reading = Reading()
        self._places = places
        self._claims = claim_accounts
        self._shapes = KnownShapes()
        self._choices: dict[tuple[str, ...], _Choice] = {}
        self._known: dict[str, set[object]] = {}

    def read(self, entry: Transaction) -> None:
        if entry.meta.get("filename") == GENERATED:
            return
        try:
            self._check_keys(entry.meta, entry)
            by_role, place = self._by_role(entry.postings)
            if place is None:
                self._refuse_lost_source(entry)
                return
            _check_day(entry.date)
            self.reading.sheets.append(self._sheet(entry, by_role, place))
        except FaultError as fault:
            self.reading.faults.append(at(fault.meta, f"posguard: {fault}", entry))
            self._keep_broken(entry)
        except ValueError as error:
            self.reading.faults.append(at(entry.meta, f"posguard: {error}", entry))

    def _keep_broken(self, entry: Transaction) -> None:
        """Keep the place of a batch that could not be read, so that nothing is concluded from what it lacks."""
        _, place = self._by_role(entry.postings)
        source = _SOURCES.get(str(entry.meta.get("posguard-source")))
        if place is not None and source is not None and entry.date.year in _YEARS:
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

    def _check_keys(self, meta: Mapping[str, Any], entry: Transaction) -> bool:
        """Note a key of ours that does not exist; what else stands there is read all the same."""
        stranger = self._shapes.stranger(meta)
        if stranger:
            message = _(
                "posguard: unknown key {stranger!r}; keys that start with 'posguard-' are ours: see the docs"
            ).format(stranger=stranger)
            self.reading.faults.append(at(meta, message, entry))
        return not stranger

    def _refuse_lost_source(self, entry: Transaction) -> None:
        """Say so when a batch with postings names a source but no account of any contract."""
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

    def _acquirers(self) -> list[str]:
        return sorted({one.name for place in self._places.values() for one in place.contracts})

    def _sheet(self, entry: Transaction, by_role: Mapping[Role, list[Posting]], place: _Place) -> Sheet:
        source, correction = self._source(entry, by_role)
        acquirer = _acquirer(entry, place)
        if wrong := _no_text(entry.meta):
            raise FaultError(entry.meta, wrong)
        head = Head(source, acquirer, entry.date, entry.meta, correction=correction)
        sheet = Sheet(head, entry)
        if correction and source is Source.SETTLEMENT:
            sheet.lump = _total(by_role[Role.PAYOUT])
            return sheet
        role, sign = _LEGS_ON[source]
        self._refuse_strangers(entry, source, by_role)
        currency = place.contracts[0].currency
        self._legs(sheet, by_role.get(role, ()), sign, currency)
        if source is Source.TERMINAL:
            sheet.memos = Role.GUARANTEES in by_role
            self._legs(sheet, by_role.get(Role.GUARANTEES, ()), 1, HOLD_PREFIX + currency)
            head.on_till = _on_till(entry, by_role, keeps_sales=place.contracts[0].keeps_sales)
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
        correction = "posguard-step" in entry.meta or any(one.account in self._claims for one in entry.postings)
        if "posguard-source" in entry.meta:
            return self._told_source(entry), False
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
        allowed = {
            Source.SALE: {Role.TILL},
            Source.TERMINAL: {Role.CLEARING, Role.GUARANTEES, Role.TILL},
            Source.SETTLEMENT: {Role.CLEARING, Role.PAYOUT},
            Source.BANK: {Role.PAYOUT},
        }[source]
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

    def _legs(self, sheet: Sheet, postings: Iterable[Posting], sign: int, currency: str) -> None:
        """Read one leg from each posting; a posting that cannot be read becomes a fault of its own."""
        head, legs = sheet.head, sheet.legs
        memo = currency.startswith(HOLD_PREFIX)
        implied = (Kind.DEPOSIT, Kind.DEPOSIT) if head.source is Source.BANK else (Kind.SALE, Kind.REFUND)
        for posting in postings:
            facts: Mapping[str, Any] = posting.meta or _NO_FACTS
            try:
                told = self._told(facts, sheet)
                amount, here = posting.units  # type: ignore[misc]  # None ends in the TypeError below
                if here != currency:
                    raise ValueError(_("an amount in {here}; expected {currency}").format(here=here, currency=currency))  # noqa: TRY301  # one handler for all
                if sign < 0:
                    amount = -amount  # type: ignore[operator]
                kind = told.kind or implied[amount < ZERO]  # type: ignore[operator]
                if amount and told.still and not memo:
                    raise ValueError(_(_STILL).format(kind=kind.value, status=told.status.value))  # noqa: TRY301
                # As Leg(...) does, without its way round through a function of Python's.
                legs.append(_make(Leg, (head, kind, told.status, told.date or head.date, amount, currency, facts)))
            except (TypeError, ValueError) as error:
                sheet.broken = True
                self.reading.faults.append(at(facts or head.facts, f"posguard: {_said(error, facts)}", sheet.entry))

    def _told(self, facts: Mapping[str, Any], sheet: Sheet) -> _Told:
        """Return what ``facts`` says beyond its references, checking every word that must have a form.

        The slips of a batch have the same keys and say the same few things, so what to look at is decided once per
        set of keys, and a word that was checked once is only looked up.
        """
        shape = tuple(facts)
        choice = self._choices.get(shape)
        if choice is None:
            choice = self._choose(shape)
            if self._check_keys(facts, sheet.entry):
                self._choices[shape] = choice
        for key, known in choice.checked:
            value = facts[key]
            if value not in known:
                _CHECKS[key](value)
                known.add(value)
        "".join(choice.texts(facts))  # the quickest way to find one that is no text: a TypeError
        if choice.card and len(facts["card"]) - facts["card"].count("*") >= _PAN_DIGITS:
            _check_card(facts["card"])
        if choice.words is None:
            return _PLAIN
        words = choice.words(facts)
        told = choice.readings.get(words)
        if told is None:
            told = choice.readings[words] = _understand(facts)
        return told

    def _choose(self, shape: tuple[str, ...]) -> _Choice:
        words = [key for key in ("kind", "status", "date") if key in shape]
        return _Choice(
            checked=tuple((key, self._known.setdefault(key, set())) for key in _CHECKS if key in shape),
            card="card" in shape,
            texts=_picker([key for key in _TEXTS if key in shape]),
            words=itemgetter(*words) if words else None,
            readings={},
        )


def _no_text(facts: Mapping[str, Any]) -> str:
    """Say which reference of ``facts`` is no text; empty where all are."""
    wrong = next((key for key in _TEXTS if key in facts and not isinstance(facts[key], str)), "")
    return wrong and _("{key}: {value}; expected a text in quotes, or it loses its zeros").format(
        key=wrong, value=facts[wrong]
    )


def _picker(keys: Sequence[str]) -> Callable[[Mapping[str, Any]], Iterable[str]]:
    """Return what picks the values of ``keys``, as fast as can be."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda facts: [facts[key] for key in keys]


class _Told(NamedTuple):
    """What a slip's own words say; ``still`` lines move no money."""

    kind: Kind | None
    status: Status
    date: date | None
    still: bool


class _Choice(NamedTuple):
    """What must be looked at in postings with one set of keys; ``words`` picks those that choose the reading."""

    checked: tuple[tuple[str, set[object]], ...]
    card: bool
    texts: Callable[[Mapping[str, Any]], Iterable[str]]
    words: Callable[[Mapping[str, Any]], object] | None
    readings: dict[object, _Told]


#: A slip that says nothing of its kind, status or date.
_PLAIN = _Told(None, Status.APPROVED, None, still=False)


def _understand(words: Mapping[str, object]) -> _Told:
    kind = _word("kind", words.get("kind"), _KINDS)
    status = _word("status", words.get("status"), _STATUSES) or Status.APPROVED
    return _Told(kind, status, _day(words.get("date")), status is not Status.APPROVED or kind in HOLD_KINDS)


def _word(key: str, word: object, words: Mapping[str, T]) -> T | None:
    if word is None:
        return None
    if not isinstance(word, str) or word not in words:
        raise ValueError(
            _("{key}: {word!r}; expected one of {words}").format(key=key, word=word, words=", ".join(words))
        )
    return words[word]


def _day(told: object) -> date | None:
    if told is None:
        return None
    day = told if isinstance(told, date) else _from_iso(told)
    _check_day(day)
    return day


def _from_iso(told: object) -> date:
    try:
        if isinstance(told, str) and _ISO.fullmatch(told):
            return date.fromisoformat(told)
    except ValueError:
        pass
    raise ValueError(_("date: {told!r}; expected a day such as 2026-11-03").format(told=told))


def _check_day(day: date) -> None:
    if day.year not in _YEARS:
        raise ValueError(
            _("date: {day}; expected a day from {first} to {last}").format(day=day, first=_YEARS[0], last=_YEARS[-1])
        )


def _check_time(value: object) -> None:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError(_("time: {value!r}; expected HH:MM or HH:MM:SS").format(value=value))


def _check_figure(value: object) -> None:
    if not isinstance(value, str):
        raise ValueError(_('{value!r}: expected a figure in quotes, such as "0.64"').format(value=value))  # noqa: TRY004
    parse_amount(value)


def _check_card(value: object) -> None:
    if not isinstance(value, str) or sum(map(str.isdigit, value)) >= _PAN_DIGITS:
        raise ValueError(_("card: expected a masked number, at most the first six and last four digits"))


#: Words whose form must be right, whatever else the slip says.
_CHECKS: Mapping[str, Callable[[object], None]] = {
    "time": _check_time,
    "fee": _check_figure,
    "amount": _check_figure,
    "tip": _check_figure,
}


def _said(error: Exception, facts: Mapping[str, Any]) -> str:
    if isinstance(error, ValueError):
        return str(error)
    if wrong := _no_text(facts):
        return wrong
    return _("a posting on a guarantee account needs a plain amount and metadata that are texts in quotes")


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
    return sum((one.units.number or ZERO for one in postings if one.units), ZERO)


def _on_till(entry: Transaction, by_role: Mapping[Role, list[Posting]], *, keeps_sales: bool) -> bool:
    till, slips = by_role.get(Role.TILL), _total(by_role.get(Role.CLEARING, ()))
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
