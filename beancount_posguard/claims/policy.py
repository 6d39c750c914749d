"""Who may do how much alone: people with their roles, and limits, both dated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.money import ZERO

ROLES: Mapping[str, str] = {
    "cashier": "reports; may tell customers and take notes",
    "supervisor": "as a cashier; voids and refunds at the terminal",
    "maker": "the bookkeeper: verifies, prepares, submits, books",
    "checker": "approves up to the checker's limit; may do what a maker does",
    "manager": "finance manager: approves up to the manager's limit, reopens, takes legal advice",
    "owner": "as a manager; the second checker",
    "legal": "records legal advice",
    "auditor": "looks only",
}


class Limit(NamedTuple):
    """One limit's default, in the claim's currency (or days), and what it means."""

    value: Decimal
    meaning: str


LIMITS: Mapping[str, Limit] = {
    "maker": Limit(Decimal(50), "what a maker may give away alone, all in all within the window of days"),
    "checker": Limit(Decimal(1000), "what a checker may approve, all in all within the window of days"),
    "manager": Limit(Decimal(10000), "what a manager may approve, all in all; above it two must approve"),
    "write-off": Limit(Decimal(1000), "above it two must agree to a write-off"),
    "legal": Limit(Decimal(10000), "from here on nothing is approved, given up or closed without legal advice"),
    "linked": Limit(Decimal(3), "above so many claims on one card, or one cashier's of a kind, two must approve"),
    "contact": Limit(Decimal(180), "how many days after a claim is done its customer's contact is kept"),
    "days": Limit(Decimal(30), "the window of days over which a person's amounts are added up"),
}

_CEILINGS: Mapping[str, str] = {"checker": "checker", "manager": "manager", "owner": "manager"}


class Person(NamedTuple):
    """From ``since`` on ``name`` has ``roles``; ``cashier`` is the id under which they ring up."""

    since: date
    name: str
    roles: frozenset[str]
    cashier: str = ""


class Setting(NamedTuple):
    """From ``since`` on the limit ``name`` is ``value``."""

    since: date
    name: str
    value: Decimal


@dataclass(frozen=True)
class Policy:
    """The people and limits of a ledger, in date order. Without people nobody is checked but by what holds anyway."""

    people: tuple[Person, ...] = ()
    limits: tuple[Setting, ...] = ()

    def strict(self, on: date) -> bool:
        """Tell whether anybody is configured by then."""
        return any(person.since <= on for person in self.people)

    def person(self, name: str, on: date) -> Person | None:
        """Return who ``name`` is on a day."""
        return next((one for one in reversed(self.people) if one.name == name and one.since <= on), None)

    def limit(self, name: str, on: date) -> Decimal:
        """Return the limit ``name``, a key of :data:`LIMITS`, on a day."""
        return next(
            (one.value for one in reversed(self.limits) if one.name == name and one.since <= on), LIMITS[name].value
        )

    def ceiling(self, name: str, on: date) -> Decimal:
        """Return up to which amount ``name`` may approve alone; zero for who may not approve."""
        person = self.person(name, on)
        words = [_CEILINGS[role] for role in (person.roles if person else ()) if role in _CEILINGS]
        return max((self.limit(word, on) for word in words), default=ZERO)


@dataclass
class Register:
    """What was given away or approved, over all claims, while a ledger is read in date order.

    It is counted for the person, and for the cashier, terminal and card that it was about, so that cutting a sum into
    pieces and taking them to different people does not help either.
    """

    rows: list[tuple[date, Decimal, frozenset[str]]] = field(default_factory=list)

    def add(self, by: str, on: date, amount: Decimal, about: frozenset[str] = frozenset()) -> None:
        """Count ``amount`` for the person ``by`` and for everything it is ``about``."""
        self.rows.append((on, amount, about | {f"by {by}"}))

    def total(self, by: str, on: date, days: int, about: frozenset[str], limit: Decimal) -> Decimal:
        """Return the largest sum of ``by``, or of one thing it is ``about``, in the ``days`` up to and with ``on``.

        What was about the same thing counts as far as it was within the ``limit`` itself: more than that was decided by
        others, and is no piece of anything.
        """
        first = on - timedelta(days=days)
        recent = [(amount, whose) for day, amount, whose in self.rows if first < day <= on]
        own = sum((amount for amount, whose in recent if f"by {by}" in whose), ZERO)
        pieces = [(amount, whose) for amount, whose in recent if amount <= limit]
        return max([own, *(sum((amount for amount, whose in pieces if key in whose), ZERO) for key in about)])
