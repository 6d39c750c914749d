"""``posguard-acquirer`` directives -> contracts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from beancount.core import account as accounts
from beancount.core.data import Custom

from beancount_posguard.calendars import parse_lag
from beancount_posguard.claims.deadlines import ANSWERS, LIMITED
from beancount_posguard.contract import DEFAULT_BANK, HOLD_CAP, HOLD_DAYS, Contract, Tariff
from beancount_posguard.ledger.errors import PosguardError, at
from beancount_posguard.money import minor_unit
from beancount_posguard.terms import Terms
from beancount_posguard.words import _

DIRECTIVE = "posguard-acquirer"

_NAME = re.compile(r"[A-Z0-9][A-Za-z0-9-]*")
_GRACE = re.compile(r"(\d{1,2}) days?")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)%")
_CENTS = re.compile(r"0\.\d\d", re.ASCII)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_HOUSEKEEPING = frozenset({"filename", "lineno"})


def _account(value: object) -> str:
    if not isinstance(value, str) or not accounts.is_valid(value):
        raise ValueError(_("{value!r} is no account; expected a name such as Assets:POS:Till").format(value=value))
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(_("{value!r}: expected a text in quotes").format(value=value))  # noqa: TRY004  # one error class for the caller
    return value


def _merchants(value: object) -> tuple[str, ...]:
    return tuple(_text(value).replace(",", " ").split())


def _grace(value: object) -> int:
    match = _GRACE.fullmatch(_text(value).strip())
    if not match:
        raise ValueError(_("{value!r}: expected '<number> days', such as '1 day'").format(value=value))
    return int(match[1])


def _hold_days(value: object) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 366):  # noqa: PLR2004  # a year of days
        raise ValueError(_("{value!r}: expected a number of days from 1 to 366").format(value=value))
    return int(text)


def _time(value: object) -> str:
    if not _TIME.fullmatch(_text(value)):
        raise ValueError(_("{value!r}: expected a time of day, such as '04:00'").format(value=value))
    return str(value)


def _tolerance(value: object) -> Decimal:
    text = _text(value)
    if not _CENTS.fullmatch(text):
        raise ValueError(_("{value!r}: expected an amount below 1.00, such as '0.01'").format(value=value))
    return Decimal(text)


def _percent(value: object) -> Decimal:
    match = _PERCENT.fullmatch(_text(value).strip())
    if not match:
        raise ValueError(_("{value!r}: expected a percentage, such as '115%'").format(value=value))
    return Decimal(match[1]) / 100


def _currency(value: object) -> str:
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise ValueError(_("{value!r}: expected a currency code such as CNY").format(value=value))
    return value


def _limits(value: object) -> Terms:
    text = _text(value)
    if "complete-hold" in text:
        raise ValueError(_("how long a hold can be completed is said by {key}").format(key="hold-days"))
    return Terms.parse(text, LIMITED, anchored=True)


#: key -> (attribute, default with {name}, how a value is read)
_KEYS: Mapping[str, tuple[str, str, Callable[[object], Any]]] = {
    "merchant": ("merchants", "", _merchants),
    "till": ("till", "Assets:POS:Till", _account),
    "clearing": ("clearing", "Assets:POS:{name}:Clearing", _account),
    "payout": ("payout", "Assets:POS:{name}:Payout", _account),
    "bank": ("bank", DEFAULT_BANK, _account),
    "guarantees": ("guarantees", "Assets:POS:{name}:Guarantees", _account),
    "fees": ("fees", "Expenses:POS:Fees", _account),
    "income": ("income", "Income:Sales", _account),
    "claims-customer": ("claims_customer", "Assets:Claims:Customer", _account),
    "owed-customer": ("owed_customer", "Liabilities:Claims:Customer", _account),
    "claims-acquirer": ("claims_acquirer", "Assets:Claims:Acquirer:{name}", _account),
    "owed-acquirer": ("owed_acquirer", "Liabilities:Claims:Acquirer:{name}", _account),
    "claims-chargeback": ("claims_chargeback", "Assets:Claims:Chargeback", _account),
    "claims-employee": ("claims_employee", "Assets:Claims:Employee", _account),
    "suspense": ("suspense", "Assets:POS:Suspense", _account),
    "write-off": ("write_off", "Expenses:POS:WriteOff", _account),
    "currency": ("currency", "CNY", _currency),
    "settles": ("settles", "T+1 cutoff 23:00 calendar CN", lambda v: parse_lag(_text(v), cutoff_allowed=True)),
    "pays": ("pays", "T+1 calendar none", lambda v: parse_lag(_text(v), cutoff_allowed=False)),
    "grace": ("grace", "1 day", _grace),
    "hold-days": ("hold_days", HOLD_DAYS.value, _hold_days),
    "hold-cap": ("hold_cap", HOLD_CAP.value, _percent),
    "day-ends": ("day_ends", "", _time),
    "tolerance": ("tolerance", "0.00", _tolerance),
    "rounding": ("rounding", "Expenses:POS:Rounding", _account),
    "fx-within": ("fx_within", "0%", _percent),
    "fx": ("fx", "Expenses:FX:Settlement", _account),
    "fee": ("fee", "", lambda v: Tariff.parse(_text(v))),
    "time-limits": ("limits", "none", _limits),
    "answers": ("answers", "none", lambda v: Terms.parse(_text(v), ANSWERS, anchored=False)),
}

#: What must stay the same under one name, or old balances would lose their meaning.
_FIXED = ("till", "clearing", "payout", "guarantees", "currency")


class Contracts:
    """All contracts of a ledger: by name, by date."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self._terms: dict[str, list[Contract]] = {}
        for contract in sorted(contracts, key=lambda one: one.since):
            self._terms.setdefault(contract.name, []).append(contract)

    def __bool__(self) -> bool:
        return bool(self._terms)

    def latest(self) -> list[Contract]:
        """Return each acquirer's newest terms, by name."""
        return [terms[-1] for _, terms in sorted(self._terms.items())]

    def of(self, name: str) -> Sequence[Contract]:
        """Return all terms of ``name``, oldest first."""
        return self._terms[name]

    def by_name(self) -> Mapping[str, Sequence[Contract]]:
        """Return all terms of each acquirer, oldest first."""
        return self._terms

    def at(self, name: str, day: date) -> Contract:
        """Return the terms of ``name`` in force on ``day`` (the first ones for days before them)."""
        terms = self._terms[name]
        return next((one for one in reversed(terms) if one.since <= day), terms[0])


def read_contracts(entries: Iterable[Any]) -> tuple[list[Contract], list[PosguardError]]:
    """Read every ``posguard-acquirer`` directive; a broken one becomes an error at its line and no contract."""
    contracts: dict[tuple[str, date], Contract] = {}
    before: dict[str, Contract] = {}
    errors: list[PosguardError] = []
    for entry in entries:
        if not isinstance(entry, Custom) or entry.type != DIRECTIVE:
            continue
        try:
            contract = _read(entry, before.get(_name(entry)))
            if (contract.name, contract.since) in contracts:
                text = _("{name!r} has two sets of terms on {since}; keep one")
                raise ValueError(text.format(name=contract.name, since=contract.since))  # noqa: TRY301
        except ValueError as error:
            errors.append(at(entry.meta, f"{DIRECTIVE}: {error}", entry))
            continue
        before[contract.name] = contract
        contracts[contract.name, contract.since] = contract
    return [*contracts.values()], errors


def _name(entry: Custom) -> str:
    values = [value.value for value in entry.values or ()]
    if len(values) != 1 or not isinstance(values[0], str) or not _NAME.fullmatch(values[0]):
        raise ValueError(
            _(
                "expected one name in quotes that can be part of an account (capital first, no blanks), "
                'such as "ChinaUMS"'
            )
        )
    return values[0]


def _read(entry: Custom, before: Contract | None) -> Contract:
    name = _name(entry)
    for key in entry.meta:
        if key not in _KEYS and key not in _HOUSEKEEPING and not key.startswith("__"):
            raise ValueError(_("unknown key {key!r}; expected one of {keys}").format(key=key, keys=", ".join(_KEYS)))
    fields: dict[str, Any] = {}
    for key, (attribute, default, read) in _KEYS.items():
        value = entry.meta.get(key)
        if value is None and before is not None:
            fields[attribute] = getattr(before, attribute)
            continue
        try:
            text = default.format(name=name) if value is None else value
            fields[attribute] = read(text) if text or value is not None else _empty(attribute)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    if "pays" not in entry.meta and before is None:
        # Who settles by one calendar pays by it.
        fields["pays"] = replace(fields["pays"], calendar=fields["settles"].calendar)
    fields["fee"] = _in_unit_of(fields["currency"], fields["fee"])
    contract = Contract(name=name, since=entry.date, file=entry.meta["filename"], line=entry.meta["lineno"], **fields)
    if before is not None:
        for attribute in _FIXED:
            if getattr(contract, attribute) != getattr(before, attribute):
                raise ValueError(
                    _("{attribute} cannot change under the same name; start a new acquirer name").format(
                        attribute=attribute
                    )
                )
    return contract


def _in_unit_of(currency: str, tariff: Tariff | None) -> Tariff | None:
    return tariff and replace(tariff, unit=minor_unit(currency))


def _empty(attribute: str) -> object:
    return {"merchants": (), "day_ends": ""}.get(attribute)
