"""What the readers of bank formats have in common: the table they make, and the promises a statement makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.money import ZERO, parse_amount
from beancount_posguard.text import figure
from beancount_posguard.words import _

#: The columns of every such table.
HEADER = ("date", "amount", "currency", "party", "text", "reference", "code")


class Entry(NamedTuple):
    """One booking of an account: ISO day, amount as the owner sees it, and what the bank says of it."""

    day: str
    amount: Decimal
    currency: str
    party: str = ""
    text: str = ""
    reference: str = ""
    code: str = ""


class Balance(NamedTuple):
    """What an account held, in which currency."""

    amount: Decimal
    currency: str


class Spoken(NamedTuple):
    """What a file in one of these formats says: its rows, and which of its own promises it keeps."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    passed: Sequence[str]
    failed: Sequence[str]


def table(entries: Iterable[Entry], passed: Sequence[str], failed: Sequence[str]) -> Spoken:
    """Return ``entries`` as the table that a profile reads."""
    return Spoken(HEADER, [(one.day, f"{one.amount:f}", *one[2:]) for one in entries], passed, failed)


def balanced(opening: Balance | None, entries: Sequence[Entry], closing: Balance | None) -> tuple[list[str], list[str]]:
    """Return whether a statement's entries lead from its opening to its closing balance, as (passed, failed)."""
    if opening is None or closing is None:
        return [], []
    if opening.currency != closing.currency:
        return [], [
            _("an opening balance in {currency} and a closing one in {other} != one currency").format(
                currency=opening.currency, other=closing.currency
            )
        ]
    moved = sum((one.amount for one in entries), ZERO)
    if opening.amount + moved == closing.amount:
        return [_("opening + entries = closing")], []
    text = _("a closing balance of {closing} != {opening} and entries of {moved}, {sum} in all")
    figures = {"opening": opening.amount, "moved": moved, "sum": opening.amount + moved, "closing": closing.amount}
    return [], [text.format(**{key: figure(amount) for key, amount in figures.items()})]


def amount(text: str, file: str, row: int | None) -> Decimal:
    """Read an amount with a point or a comma for decimals.

    Raises:
        IngestError: for anything else.
    """
    plain = text.strip().replace(",", ".")
    whole, mark, cents = plain.partition(".")
    digits = whole.lstrip("+-").lstrip("0") or "0"
    sign = "-" if whole.startswith("-") else ""
    try:
        return parse_amount(f"{sign}{digits}.{cents}" if mark and cents else f"{sign}{digits}")
    except ValueError:
        raise IngestError(file, row, quote(text), _("an amount such as 128.00")) from None
