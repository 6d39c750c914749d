"""What the plugin found and what people did -> claims, as every face of the product shows them.

A claim's money is its postings on claim accounts: the plugin's movements plus the corrections that name the claim. Its
stage is the steps taken, read in date order. Neither changes the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from beancount.core.data import Custom, Transaction

from beancount_posguard.claims.claim import Claim, Event, LegRef, Part
from beancount_posguard.claims.deadlines import deadline
from beancount_posguard.claims.steps import STEPS, refusal
from beancount_posguard.kinds import KINDS
from beancount_posguard.ledger.errors import PosguardError, at
from beancount_posguard.ledger.words import CLAIM, GENERATED
from beancount_posguard.money import ZERO

CORRECTIONS = ("raise", "refund", "top-up", "write-off")
_STEP_KEYS = frozenset({"by", "note", "cause", "evidence", "filename", "lineno"})


class Spoken(NamedTuple):
    """One entry in which a person speaks of a claim."""

    claim: str
    entry: Any


@dataclass
class Found:
    """A claim as the plugin found it: its movements and what they show."""

    id: str
    kind: str
    acquirer: str
    currency: str
    detected: date
    deadline: date | None
    legs: tuple[LegRef, ...]
    why: str
    file: str
    line: int
    amounts: dict[str, tuple[str, str, Decimal]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


def spoken_of(entries: Iterable[Any]) -> list[Spoken]:
    """Return every step and correction of ``entries``, in order, with the claim id it names."""
    found: list[Spoken] = []
    for entry in entries:
        if type(entry) is Transaction:
            if entry.meta.get("filename") == GENERATED:
                continue
            claim = entry.meta.get("posguard-claim") or next(
                (one for one in entry.links if one.startswith("PG-")), None
            )
            if claim is not None:
                found.append(Spoken(str(claim), entry))
        elif type(entry) is Custom and entry.type == CLAIM:
            found.append(Spoken(str(entry.values[0].value) if entry.values else "", entry))
    return found


def fold(
    found: Iterable[Found], spoken: Sequence[Spoken], names: Mapping[str, str], claim_accounts: frozenset[str]
) -> tuple[list[Claim], list[PosguardError]]:
    """Put what was found and what was done together.

    Args:
        found: the plugin's claims.
        spoken: what people wrote, in date order.
        names: id as written -> id of the claim, for claims known by another leg.
        claim_accounts: the accounts on which claims stand.

    Returns:
        The claims by id, and an error for each step or correction that does not fit.
    """
    files = {one.id: _File(one) for one in found}
    errors: list[PosguardError] = []
    for claim, entry in spoken:
        name = names.get(claim, claim)
        if type(entry) is Transaction:
            problem = _correct(files, name, entry, claim_accounts)
        else:
            problem = _step(files, name, entry)
        if problem:
            errors.append(at(entry.meta, f"posguard: {problem}", entry))
    return [files[name].claim() for name in sorted(files)], errors


class _File:
    """One claim's folder while the ledger is read."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.stage = "new"
        self.corrections: dict[str, Decimal] = {}
        self.events = list(found.events)

    def balances(self) -> dict[str, Decimal]:
        accounts = dict.fromkeys([*self.found.amounts, *self.corrections])
        moved = {account: amount for account, (_, _, amount) in self.found.amounts.items()}
        return {one: moved.get(one, ZERO) + self.corrections.get(one, ZERO) for one in accounts}

    def current(self) -> str:
        """Return the stage, with what the money says where no step was taken."""
        if any(self.balances().values()) or self.stage in {"dismissed", "closed"}:
            return self.stage
        moved = any(amount for _, _, amount in self.found.amounts.values())
        if not moved and not self.corrections and self.found.kind in {"OK", "B1"}:
            return "withdrawn"
        if self.corrections or (self.stage == "verified" and not moved):
            return "settled"
        return self.stage

    def claim(self) -> Claim:
        balances = self.balances()
        parts = []
        for account, balance in balances.items():
            party, remedy, amount = self.found.amounts.get(account, ("none", "none", ZERO))
            parts.append(Part(party, account, remedy, amount, balance))
        one = self.found
        return Claim(
            id=one.id, kind=one.kind, acquirer=one.acquirer, currency=one.currency, parts=tuple(parts),
            detected=one.detected, deadline=one.deadline, stage=self.current(), legs=one.legs,
            history=tuple(sorted(self.events, key=lambda event: event.date)), why=one.why, file=one.file, line=one.line,
        )  # fmt: skip


def _correct(files: dict[str, _File], name: str, entry: Transaction, claim_accounts: frozenset[str]) -> str:
    step = entry.meta.get("posguard-step")
    if step is not None and not (isinstance(step, str) and step in CORRECTIONS):
        return f"posguard-step: {step!r}; expected one of {', '.join(CORRECTIONS)}"
    if step == "raise" and name not in files:
        problem = _raised(files, name, entry, claim_accounts)
        if problem:
            return problem
    if name not in files:
        return _unknown(name)
    file = files[name]
    moved = ZERO
    for account, number, currency in _on_claims(entry, claim_accounts):
        if currency != file.found.currency:
            return f"claim {name} is in {file.found.currency}; a posting in {currency} cannot be its"
        if step != "raise":
            file.corrections[account] = file.corrections.get(account, ZERO) + number
        moved += number
    by = str(entry.meta.get("by", ""))
    file.events.append(Event(entry.date, str(step or "booking"), by, entry.narration or "", moved))
    return ""


def _on_claims(entry: Transaction, claim_accounts: frozenset[str]) -> list[tuple[str, Decimal, str]]:
    """Return account, number and currency of the postings on claim accounts."""
    return [
        (one.account, one.units.number, one.units.currency)
        for one in entry.postings
        if one.account in claim_accounts and one.units is not None and one.units.number is not None
    ]


def _raised(files: dict[str, _File], name: str, entry: Transaction, claim_accounts: frozenset[str]) -> str:
    meta = entry.meta
    kind = meta.get("posguard-kind")
    if kind not in KINDS:
        return f"posguard-kind: {kind!r}; expected one of {', '.join(KINDS)}"
    posted = _on_claims(entry, claim_accounts)
    if not posted:
        return "a raised claim needs a posting on a claim account of the contract"
    account, number, currency = posted[0]
    remedy = KINDS[str(kind)].remedy
    party = str(meta.get("posguard-counterparty", "none"))
    files[name] = _File(
        Found(
            id=name, kind=str(kind), acquirer=entry.payee or "", currency=currency, detected=entry.date,
            deadline=deadline(remedy, entry.date), legs=(), why=str(meta.get("note", entry.narration or "")),
            file=str(meta.get("filename", "")), line=int(meta.get("lineno", 0)),
            amounts={account: (party, remedy, number)},
        )
    )  # fmt: skip
    return ""


def _step(files: dict[str, _File], name: str, entry: Custom) -> str:
    values = [value.value for value in entry.values or ()]
    if len(values) != 2 or not all(isinstance(value, str) for value in values):  # noqa: PLR2004  # id and step
        return f'{CLAIM}: expected a claim id and a step in quotes, such as "PG-20261103-K7QX2" "verify"'
    step = values[1]
    stranger = next((key for key in entry.meta if key not in _STEP_KEYS and not key.startswith("__")), None)
    if stranger:
        return f"{CLAIM}: unknown key {stranger!r}; expected by, note, cause or evidence"
    if name not in files:
        return _unknown(name) if step in STEPS else f"{CLAIM}: {refusal(step, '', balance_is_zero=True, said={})}"
    file = files[name]
    no = refusal(step, file.current(), balance_is_zero=not any(file.balances().values()), said=entry.meta)
    if no:
        return f"claim {name} {no}"
    file.stage = STEPS[step].to or file.stage
    by = str(entry.meta.get("by", ""))
    text = "; ".join(str(entry.meta[key]) for key in ("cause", "note", "evidence") if entry.meta.get(key))
    file.events.append(Event(entry.date, step, by, text, None))
    return ""


def _unknown(name: str) -> str:
    return f"there is no claim {name} in this ledger; posguard claims --all lists them"
