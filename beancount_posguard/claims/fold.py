"""What the plugin found and what people did -> claims, as every face of the product shows them.

A claim's money is its postings on claim accounts: the plugin's movements plus the corrections that name the claim. Its
stage is the steps taken, read in date order. Neither changes the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Any, NamedTuple

from beancount.core.data import Custom, Document, Posting, Transaction

from beancount_posguard.claims import guards
from beancount_posguard.claims.case import Booked, Case, Found, State
from beancount_posguard.claims.claim import Claim, Event, Taken
from beancount_posguard.claims.deadlines import Clock, deadline
from beancount_posguard.claims.evidence import EXHIBITS, Exhibit
from beancount_posguard.claims.guards import Taking
from beancount_posguard.claims.policy import Policy, Register
from beancount_posguard.claims.said import SAID, problem
from beancount_posguard.claims.steps import STEPS, refusal
from beancount_posguard.contract import Contract
from beancount_posguard.kinds import KINDS
from beancount_posguard.ledger.errors import PosguardError, at
from beancount_posguard.ledger.words import CLAIM, GENERATED
from beancount_posguard.money import ZERO
from beancount_posguard.words import _

#: Transactions that name a claim say in ``posguard-step`` what they are.
CORRECTIONS = ("raise", "refund", "top-up", "write-off", "reclass", "bounce")
_PLACE_KEYS = frozenset({"filename", "lineno"})


class Spoken(NamedTuple):
    """One entry in which a person speaks of a claim."""

    claim: str
    entry: Any


def spoken_of(entries: Iterable[Any]) -> list[Spoken]:
    """Return every step, correction and exhibit of ``entries``, in order, with the claim id it names."""
    found: list[Spoken] = []
    for entry in entries:
        if type(entry) is Transaction:
            if entry.meta.get("filename") == GENERATED and "posguard-move" in entry.meta:
                continue  # the plugin's own; what a person is about to book is spoken
            claim = entry.meta.get("posguard-claim") or next(
                (one for one in entry.links if one.startswith("PG-")), None
            )
            if claim is not None:
                found.append(Spoken(str(claim), entry))
        elif type(entry) is Custom and entry.type == CLAIM:
            found.append(Spoken(str(entry.values[0].value) if entry.values else "", entry))
        elif type(entry) is Document and "posguard-claim" in entry.meta:
            found.append(Spoken(str(entry.meta["posguard-claim"]), entry))
    # Beancount puts the documents of a day last; what was written first in the claims file was done first.
    return sorted(found, key=lambda one: (one.entry.date, int(one.entry.meta.get("lineno") or 0)))


@dataclass(frozen=True)
class Docket:
    """All claims of a ledger before anybody speaks of them, and what people may do.

    ``names`` maps ids as written to claims known by another leg; ``accounts`` the claim accounts to whose they are;
    ``folder`` is the ledger's, for relative paths; ``seen`` says by its place of a correction when its money was seen
    next, ``date.max`` for not yet; ``contracts`` are those with each acquirer, oldest first.
    """

    found: Sequence[Found] = ()
    spoken: Sequence[Spoken] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    folder: str = ""
    seen: Mapping[tuple[str, int], date] = field(default_factory=dict)
    contracts: Mapping[str, Sequence[Contract]] = field(default_factory=dict)

    def trial(self, entries: Iterable[Any]) -> list[PosguardError]:
        """Return what would become wrong if ``entries`` stood at the end of their days; nothing is kept.

        That may be an entry of a later day, which rests on what was so until now.
        """
        _, before = fold(self)
        known = {id(error.entry) for error in before}
        _, after = fold(self, sorted([*self.spoken, *spoken_of(entries)], key=lambda one: one.entry.date))
        return [error for error in after if id(error.entry) not in known]

    def stages_after(self, entries: Iterable[Any]) -> dict[str, str]:
        """Return where every claim stands once ``entries`` are written; nothing is kept."""
        claims, _errors = fold(self, sorted([*self.spoken, *spoken_of(entries)], key=lambda one: one.entry.date))
        return {claim.id: claim.stage for claim in claims}

    def digest(self, claim: str, on: date) -> str:
        """Return what an approval of ``claim`` given on a day would be bound to; empty where there is no such claim."""
        reader = _Reader(self)
        for name, entry in self.spoken:
            if entry.date <= on:
                reader.read(self.names.get(name, name), entry)
        return reader.digest(claim, on)

    def blocked(self, claim: str, on: date) -> dict[str, str]:
        """Return the steps of the stage of ``claim`` that cannot be taken on a day, each with the reason."""
        reader = _Reader(self)
        for name, entry in self.spoken:
            if entry.date <= on:
                reader.read(self.names.get(name, name), entry)
        return reader.blocked(claim, on)

    def as_of(self, day: date) -> list[Claim]:
        """Return the claims as they stood at the end of a day."""
        reader = _Reader(self)
        for name, entry in self.spoken:
            if entry.date <= day:
                reader.read(self.names.get(name, name), entry)
        return [claim for claim in reader.claims(day) if claim.detected <= day]


def fold(docket: Docket, spoken: Sequence[Spoken] | None = None) -> tuple[list[Claim], list[PosguardError]]:
    """Put what was found and what was done together.

    Args:
        docket: what was found.
        spoken: what people wrote, in date order; without it the docket's own.

    Returns:
        The claims by id, and an error for each entry that does not fit; such a step is not taken.
    """
    reader = _Reader(docket)
    errors: list[PosguardError] = []
    for claim, entry in docket.spoken if spoken is None else spoken:
        wrong = reader.read(docket.names.get(claim, claim), entry)
        if wrong:
            errors.append(at(entry.meta, _("posguard: {wrong}").format(wrong=wrong), entry))
    return reader.claims(), errors


class _Reader:
    """Reads what people wrote into the claims' folders."""

    def __init__(self, docket: Docket) -> None:
        self._docket = docket
        self._register = Register()
        self._cases = {one.id: self._case(one) for one in docket.found}

    def _case(self, found: Found) -> Case:
        return Case(found, self._docket.policy, self._register, self._docket.accounts, self._docket.found)

    def claims(self, day: date = date.max) -> list[Claim]:
        for case in self._cases.values():
            case.day = day
        return [self._cases[name].claim() for name in sorted(self._cases)]

    def digest(self, name: str, on: date) -> str:
        if name not in self._cases:
            return ""
        self._cases[name].day = on
        return self._cases[name].digest()

    def blocked(self, name: str, on: date) -> dict[str, str]:
        if name not in self._cases:
            return {}
        case = self._cases[name]
        case.day = on
        steps = [step for step in STEPS if case.current() in STEPS[step].sources]
        return {step: why for step in steps if (why := guards.blocked(case, step, on))}

    def read(self, name: str, entry: Any) -> str:  # noqa: ANN401  # any directive
        """Return what is wrong with ``entry``, or take it and return nothing."""
        if name in self._cases:
            self._cases[name].day = entry.date
        if type(entry) is Transaction:
            return self._correct(name, entry)
        if type(entry) is Document:
            return self._attach(name, entry)
        return self._step(name, entry)

    # Corrections ------------------------------------------------------------------------------------------------

    def _correct(self, name: str, entry: Transaction) -> str:
        step = entry.meta.get("posguard-step")
        if step is not None and not (isinstance(step, str) and step in CORRECTIONS):
            return _("posguard-step: {step!r}; expected one of {corrections}").format(
                step=step, corrections=", ".join(CORRECTIONS)
            )
        if step == "raise" and name not in self._cases:
            wrong = self._raise(name, entry)
            if wrong:
                return wrong
        if name not in self._cases:
            return _unknown(name)
        case, posted = self._cases[name], self._on_claims(entry)
        stranger = next((currency for _, _, currency in posted if currency != case.found.currency), None)
        if stranger:
            return _("claim {name} is in {currency}; a posting in {stranger} cannot be its").format(
                name=name, currency=case.found.currency, stranger=stranger
            )
        return self._book(case, entry, str(step or "booking"), [(account, number) for account, number, _ in posted])

    def _book(self, case: Case, entry: Transaction, step: str, posted: Sequence[tuple[str, Decimal]]) -> str:
        by = str(entry.meta.get("by", ""))
        moved = sum((number for _, number in posted), ZERO)
        meant = step if step in CORRECTIONS else _meant(entry, moved)
        if step == "top-up":  # what goes to an expense did not come in, whatever it is called
            step = meant = _meant(entry, moved) or step
        wrong = ""
        if meant and step != "raise":
            wrong = guards.check_posted(case, entry.date, posted)
        wrong = wrong or guards.check_kept(case, [posting.account for posting in entry.postings])
        if meant and not wrong:
            wrong = guards.check_booking(case, Taking(meant, by, entry.date, {}), abs(moved))
        if step != "raise":  # money that was booked has moved, whether it was allowed or not
            seen = self._docket.seen.get(place_of(entry.meta), date.min)
            case.booked += [Booked(step, by, entry.date, account, number, seen) for account, number in posted]
        case.events.append(Event(entry.date, step, by, entry.narration or "", moved))
        return _("claim {id} {wrong}").format(id=case.found.id, wrong=wrong) if wrong else ""

    def _on_claims(self, entry: Transaction) -> list[tuple[str, Decimal, str]]:
        """Return account, number and currency of the postings on claim accounts."""
        return [
            (one.account, one.units.number, one.units.currency)
            for one in entry.postings
            if one.account in self._docket.accounts and one.units is not None and one.units.number is not None
        ]

    def _raise(self, name: str, entry: Transaction) -> str:
        meta = entry.meta
        kind = meta.get("posguard-kind")
        if kind not in KINDS:
            return _("posguard-kind: {kind!r}; expected one of {kinds}").format(kind=kind, kinds=", ".join(KINDS))
        posted = self._on_claims(entry)
        if not posted:
            return _("a raised claim needs a posting on a claim account of the contract")
        account, number, currency = posted[0]
        remedy = KINDS[str(kind)].remedy
        party = str(meta.get("posguard-counterparty", "none"))
        acquirer = entry.payee or ""
        contracts = self._docket.contracts.get(acquirer, ())
        clock = Clock(entry.date, entry.date, entry.date)
        last = deadline(remedy, clock, contracts)
        found = Found(
            id=name, kind=str(kind), acquirer=acquirer, currency=currency, detected=entry.date,
            deadline=last.day if last else None, legs=(), why=str(meta.get("note", entry.narration or "")),
            file=str(meta.get("filename", "")), line=int(meta.get("lineno", 0)),
            states=(State(entry.date, str(kind), {account: (party, remedy, number)}),),
            clock=clock, contracts=contracts,
        )  # fmt: skip
        self._cases[name] = self._case(found)
        self._cases[name].day = entry.date
        return ""

    # Exhibits ---------------------------------------------------------------------------------------------------

    def _attach(self, name: str, entry: Document) -> str:
        if name not in self._cases:
            return _unknown(name)
        what, digest = str(entry.meta.get("posguard-evidence", "")), str(entry.meta.get("posguard-sha256", ""))
        if what not in EXHIBITS:
            return _("posguard-evidence: {what!r}; expected one of {exhibits}").format(
                what=what, exhibits=", ".join(EXHIBITS)
            )
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):  # noqa: PLR2004  # SHA-256 in hex
            return _("posguard-sha256: {digest!r}; expected 64 hex digits").format(digest=digest)
        path = PurePath(entry.filename)
        shown = path.relative_to(self._docket.folder) if path.is_relative_to(self._docket.folder) else path
        by = str(entry.meta.get("by", ""))
        case = self._cases[name]
        case.exhibits.append(Exhibit(what, shown.as_posix(), digest, entry.date, by))
        case.events.append(Event(entry.date, "attach", by, f"{what}: {shown.name}", None))
        return ""

    # Steps ------------------------------------------------------------------------------------------------------

    def _step(self, name: str, entry: Custom) -> str:
        values = [value.value for value in entry.values or ()]
        if len(values) != 2 or not all(isinstance(value, str) for value in values):  # noqa: PLR2004  # id and step
            return _(
                '{directive}: expected a claim id and a step in quotes, such as "PG-20261103-K7QX2" "verify"'
            ).format(directive=CLAIM)
        step = values[1]
        said = {key: text for key, text in entry.meta.items() if key not in _PLACE_KEYS and not key.startswith("__")}
        wrong = _unreadable(step, said)
        if wrong:
            return f"{CLAIM}: {wrong}"
        if name not in self._cases:
            return _unknown(name) if step in STEPS else f"{CLAIM}: {refusal(step, '', said)}"
        case = self._cases[name]
        taking = Taking(step, str(said.get("by") or ""), entry.date, {key: str(text) for key, text in said.items()})
        no = refusal(step, case.current(), said) or guards.check(case, taking)
        if no:
            return _("claim {id} {wrong}").format(id=name, wrong=no)
        _take(case, taking)
        return ""


def place_of(meta: Mapping[str, Any]) -> tuple[str, int]:
    """Return where an entry stands."""
    return str(meta.get("filename", "")), int(meta.get("lineno") or 0)


def _meant(entry: Transaction, moved: Decimal) -> str:
    """Return which correction a transaction is that only names the claim: by its direction and where the rest goes."""
    if moved >= 0:
        return "refund" if moved else ""
    others = [one for one in entry.postings if one.units and one.units.number and one.units.number > 0]
    return "write-off" if others and all(map(_brings_nothing, others)) else "top-up"


def _brings_nothing(posting: Posting) -> bool:
    """Tell whether nothing came in: an expense, or less income that is not in a till's place and waits for a slip."""
    waits = (posting.meta or {}).get("kind")
    return posting.account.startswith("Expenses:") or (posting.account.startswith("Income:") and not waits)


def _unreadable(step: str, said: Mapping[str, object]) -> str:
    """Return what is wrong with the words of a step: one that nobody knows, does not belong or says nothing."""
    stranger = next((key for key in said if key not in SAID), None)
    if stranger:
        return _("unknown key {stranger!r}; expected some of {said}").format(stranger=stranger, said=", ".join(SAID))
    if step in STEPS:
        takes = {*STEPS[step].required, *STEPS[step].optional, "note", "cause"}
        stranger = next((key for key in said if key not in takes), None)
        if stranger:
            return _("{step} takes no {stranger!r}; expected some of {takes}").format(
                step=step, stranger=stranger, takes=", ".join(sorted(takes))
            )
    return problem(said)


def _take(case: Case, taking: Taking) -> None:
    taken = Taken(taking.step, taking.by, taking.on, taking.said)
    after = _after(case, taken)
    case.taken.append(taken)
    if taking.step == "approve":
        after = _approved(case, taking)
    if after:
        case.stage, case.entered = after, taking.on
    text = "; ".join(taking.said[key] for key in SAID if key != "by" and taking.said.get(key))
    case.events.append(Event(taking.on, taking.step, taking.by, text, None))


def _approved(case: Case, taking: Taking) -> str:
    """Return the stage after an approval, and count it for whoever gave it alone."""
    if case.stage in STEPS["approve"].stays:
        return case.stage  # a second person agrees; a third one books it
    amount = case.prepared()[2]
    if case.covers(taking.by, amount, taking.on):
        case.register.add(taking.by, taking.on, amount, case.about)
        return "approved"
    return "approved" if case.together(case.approvers(), taking.on) else case.stage


def _after(case: Case, taken: Taken) -> str:
    """Return the stage to which a step leads; what is accepted in part is a stage of its own."""
    step, amount = STEPS[taken.step], taken.said.get("amount")
    if step.partly and amount is not None and Decimal(amount) < case.prepared()[2]:
        return step.partly
    return step.to


def _unknown(name: str) -> str:
    return _("there is no claim {name} in this ledger; posguard claims --all lists them").format(name=name)
