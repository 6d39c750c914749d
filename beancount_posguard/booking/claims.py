"""The plugin's own entries: a claim's movements, the rest of a completed hold, and the accounts they need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from beancount.core.amount import Amount
from beancount.core.data import EMPTY_SET, Open, Posting, Transaction, new_metadata

from beancount_posguard.claims.names import event
from beancount_posguard.kinds import KINDS
from beancount_posguard.ledger.words import GENERATED
from beancount_posguard.money import ZERO
from beancount_posguard.rounding import KIND as ROUNDED
from beancount_posguard.rounding import Rounding
from beancount_posguard.text import figure
from beancount_posguard.verdict import Move
from beancount_posguard.words import Late, _, either, in_books, ngettext

TAG = "posguard"
HOLD_EQUITY = "Equity:Guarantees"


@dataclass(frozen=True)
class Movement:
    """What one day's verdict changes for one claim: from the moves ``before`` it to the moves ``after`` it."""

    claim: str
    day: date
    kind: str
    word: str
    acquirer: str
    currency: str
    before: Mapping[Move, Decimal]
    after: Mapping[Move, Decimal]
    deadline: date | None
    legs: str
    why: str | Late

    @property
    def amount(self) -> Decimal:
        """What is claimed now, or was until now, all parts together."""
        return sum((abs(amount) for amount in (self.after or self.before).values()), ZERO)


def movement_entry(movement: Movement, number: int) -> Transaction:
    """Return the balanced ``!`` transaction of ``movement``, in the ledger's words; ``number`` orders the entries."""
    shown = movement.after or movement.before
    meta: dict[str, Any] = {
        "posguard-claim": movement.claim,
        "posguard-kind": movement.kind,
        "posguard-move": movement.word,
        "posguard-counterparty": _each(move.counterparty for move in shown),
        "posguard-remedy": _each(move.remedy for move in shown),
    }
    if movement.deadline:
        meta["posguard-deadline"] = movement.deadline.isoformat()
    with in_books():
        meta |= {"posguard-legs": movement.legs, "posguard-why": str(movement.why)}
        money = f"{either('：', ': ')}{figure(movement.amount)} {movement.currency}" if movement.amount else ""
        name = f"{movement.kind} {KINDS[movement.kind].name}"
        narration = f"{movement.claim} {name}{money} {event(movement.word)}"
    postings = [
        _posting(account, amount, movement.currency) for account, amount in _changes(movement).items() if amount
    ]
    return Transaction(
        new_metadata(GENERATED, number, meta),
        movement.day,
        "!",
        movement.acquirer,
        narration,
        frozenset({TAG}),
        frozenset({movement.claim}),
        postings,
    )


def _changes(movement: Movement) -> dict[str, Decimal]:
    """Return what changes on each account, claim accounts first."""
    taken: dict[str, Decimal] = {}
    given: dict[str, Decimal] = {}
    for sign, moves in ((1, movement.after), (-1, movement.before)):
        for move, amount in moves.items():
            taken[move.target] = taken.get(move.target, ZERO) + sign * amount
            given[move.source] = given.get(move.source, ZERO) - sign * amount
    for account, amount in given.items():
        taken[account] = taken.get(account, ZERO) + amount
    return taken


class HoldRest(NamedTuple):
    """What a completion left of its hold: ``amount`` in ``currency`` (HOLD.…); ``where`` only orders."""

    day: date
    acquirer: str
    amount: Decimal
    currency: str
    where: tuple[str, int]


def hold_entry(rest: HoldRest, account: str, number: int) -> Transaction:
    """Return the memo that takes ``rest`` off the acquirer's guarantees ``account``."""
    with in_books():
        narration = _("the rest of a hold ends with its completion")
    return Transaction(
        new_metadata(GENERATED, number),
        rest.day,
        "*",
        rest.acquirer,
        narration,
        EMPTY_SET,
        EMPTY_SET,
        [_posting(account, -rest.amount, rest.currency), _posting(HOLD_EQUITY, rest.amount, rest.currency)],
    )


def rounding_entry(rounding: Rounding, currency: str, number: int) -> Transaction:
    """Return the entry that takes a month's roundings off the guarantee accounts."""
    money = f"{figure(sum(rounding.moves.values(), ZERO))} {currency}"
    with in_books():
        why = ngettext(
            "{n} difference within the contract's tolerance, {money} in all",
            "{n} differences within the contract's tolerance, {money} in all",
            rounding.events,
        ).format(n=rounding.events, money=money)
        narration = f"{ROUNDED} {KINDS[ROUNDED].name} {rounding.month}{either('：', ': ')}{money}"
    changes: dict[str, Decimal] = {}
    for move, amount in rounding.moves.items():
        changes[move.target] = changes.get(move.target, ZERO) + amount
        changes[move.source] = changes.get(move.source, ZERO) - amount
    return Transaction(
        new_metadata(GENERATED, number, {"posguard-kind": ROUNDED, "posguard-why": why}),
        rounding.day,
        "*",
        rounding.acquirer,
        narration,
        frozenset({TAG}),
        EMPTY_SET,
        [_posting(account, amount, currency) for account, amount in changes.items() if amount],
    )


def missing_opens(entries: Iterable[Transaction], opened: Iterable[str], number: int) -> list[Open]:
    """Return an ``open`` for each account of ``entries`` that the user did not open, on its first day."""
    known = set(opened)
    opens: list[Open] = []
    for entry in sorted(entries, key=lambda one: one.date):
        for posting in entry.postings:
            if posting.account not in known:
                known.add(posting.account)
                meta = new_metadata(GENERATED, number + len(opens))
                opens.append(Open(meta, entry.date, posting.account, [], None))
    return opens


def _each(words: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(words))


def _posting(account: str, amount: Decimal, currency: str) -> Posting:
    return Posting(account, Amount(amount, currency), None, None, None, None)
