"""A claim as every face of the product shows it: what, how much, from whom, by when, how far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.claims.deadlines import Due
from beancount_posguard.claims.evidence import Exhibit
from beancount_posguard.claims.steps import OUT
from beancount_posguard.words import Late


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
    """One leg as a claim shows it: ``source`` is where it stands, ``file:line`` relative to the ledger.

    ``said`` is what a line says that moved no money, such as ``declined 58.00``; empty where money moved.
    """

    side: str
    amount: Decimal
    date: date
    ref: str
    source: str
    said: str = ""


class Event(NamedTuple):
    """One line of a claim's history: a movement, a correction or a step."""

    date: date
    what: str
    by: str
    text: str | Late
    amount: Decimal | None


class Taken(NamedTuple):
    """One step that was taken, with what was said."""

    step: str
    by: str
    on: date
    said: Mapping[str, str]


@dataclass(frozen=True)
class Claim:
    """One claim, from detection to its close.

    ``deadline`` is the day of ``due``, or of the remedy where the due day depends on nothing said. ``facts`` holds what
    the legs say of themselves (``card``, ``card-type``, ``terminal``, ``cashier``, …), each as the values found.
    """

    id: str
    kind: str
    acquirer: str
    currency: str
    parts: tuple[Part, ...]
    detected: date
    deadline: date | None
    stage: str
    legs: Sequence[LegRef]
    history: tuple[Event, ...]
    why: str | Late
    file: str
    line: int
    due: Due | None = None
    taken: tuple[Taken, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def balance(self) -> Decimal:
        """What is still open on all parts together, gross: parts never net against each other."""
        return sum((abs(part.balance) for part in self.parts), Decimal(0))

    @property
    def is_open(self) -> bool:
        """Whether a person or a counterparty still owes something to this claim: money, a first look, an answer."""
        return self.balance != 0 or self.stage == "new" or self.stage in OUT

    def last(self, step: str) -> Taken | None:
        """Return the last time ``step`` was taken."""
        return next((one for one in reversed(self.taken) if one.step == step), None)

    def part_of(self, counterparty: str) -> Part | None:
        """Return the part with ``counterparty``; without a name the one with money open, the acquirer's first."""
        return part_of(self.parts, counterparty)


def part_of(parts: Sequence[Part], counterparty: str) -> Part | None:
    """Return which of ``parts`` is meant, as :meth:`Claim.part_of` has it."""
    order = {"acquirer": 0, "customer": 1}
    ranked = sorted(parts, key=lambda one: (not one.balance, order.get(one.counterparty, 2)))
    return next((one for one in ranked if counterparty in {"", one.counterparty}), None)
