"""A claim as every face of the product shows it: what, how much, from whom, by when, how far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Part(NamedTuple):
    """One component of a claim: one counterparty, one claim account.

    ``amount`` is what the plugin moved there, ``balance`` what is left of it after corrections; both signed from the
    merchant's side (positive: owed to the merchant) in the claim's currency.
    """

    counterparty: str
    account: str
    remedy: str
    amount: Decimal
    balance: Decimal


class LegRef(NamedTuple):
    """One leg as a claim shows it: ``source`` is where it stands, ``file:line`` relative to the ledger."""

    side: str
    amount: Decimal
    date: date
    ref: str
    source: str


class Event(NamedTuple):
    """One line of a claim's history: a movement, a correction or a step."""

    date: date
    what: str
    by: str
    text: str
    amount: Decimal | None


@dataclass(frozen=True)
class Claim:
    """One claim, from detection to its close."""

    id: str
    kind: str
    acquirer: str
    currency: str
    parts: tuple[Part, ...]
    detected: date
    deadline: date | None
    stage: str
    legs: tuple[LegRef, ...]
    history: tuple[Event, ...]
    why: str
    file: str
    line: int

    @property
    def balance(self) -> Decimal:
        """What is still open on all parts together, gross: parts never net against each other."""
        return sum((abs(part.balance) for part in self.parts), Decimal(0))

    @property
    def is_open(self) -> bool:
        """Whether a person or a counterparty still owes something to this claim: money, or a first look."""
        return self.balance != 0 or self.stage == "new"
