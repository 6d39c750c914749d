"""What a person does with claims: find one, take a step, book a correction. The one way for every interface.

Each action holds the ledger's lock from loading to writing, so that two people who settle the same claim at the same
time settle it once: the second one sees what the first one wrote.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from beancount.core.data import Custom, Transaction
from beancount.parser.grammar import ValueType

from beancount_posguard.booking import corrections
from beancount_posguard.booking.corrections import Found, Order, RefusedError
from beancount_posguard.claims.case import standing_of
from beancount_posguard.claims.claim import Claim, Part
from beancount_posguard.claims.deadlines import reached
from beancount_posguard.claims.routes import ROUTES, advice, refusal
from beancount_posguard.claims.said import SAID
from beancount_posguard.claims.steps import FINISHED, OUT, STAGES, STEPS
from beancount_posguard.contract import Contract
from beancount_posguard.ingest.cards import holds_card
from beancount_posguard.kinds import REMEDIES
from beancount_posguard.ledger.books import Books, open_books
from beancount_posguard.ledger.exhibits import altered
from beancount_posguard.ledger.files import locked
from beancount_posguard.ledger.words import CLAIM
from beancount_posguard.ledger.write import Written, append, render
from beancount_posguard.money import ZERO
from beancount_posguard.text import plain
from beancount_posguard.words import N_, _, listed, writing

#: The corrections by name: which sign of balance each takes off, and what books it.
CORRECTIONS: Mapping[str, tuple[int, Callable[..., Transaction]]] = {
    "refund": (-1, corrections.refund),
    "top-up": (1, corrections.top_up),
    "write-off": (1, corrections.write_off),
}

#: What people do that decides which steps are open.
_DECISIVE = frozenset({*CORRECTIONS, "attach", *(name for name, step in STEPS.items() if step.to)})

_SLIP_VALUE = re.compile(r"[0-9A-Za-z]{1,24}", re.ASCII)


@dataclass(frozen=True)
class Outcome:
    """What became of one claim: ``text`` was (or with a dry run would be) appended to ``target``.

    ``already`` tells where the same thing stands, ``file:line`` or a stage, when there was nothing left to do. After a
    step ``stage`` is where the claim stands.
    """

    claim: str
    target: Path
    text: str
    already: str = ""
    stage: str = ""


#: Where the books are; for a dry run they may lie open already.
Ledger = Path | Books


@contextmanager
def at_work(ledger: Ledger, *, dry_run: bool) -> Iterator[Books]:
    """Open the books at ``ledger``; unless it is a dry run nobody else writes to them until the end.

    Books that lie open are looked at as they are, and opened anew to be written to.

    Raises:
        BusyError: when another process is at work for too long.
        OSError: when the ledger cannot be read.
    """
    if dry_run:
        books = ledger if isinstance(ledger, Books) else open_books(ledger)
        with writing(books.language):
            yield books
        return
    path = ledger.path if isinstance(ledger, Books) else ledger
    with locked(path):
        books = open_books(path)
        with writing(books.language):
            yield books


def find_claim(books: Books, wanted: str) -> Claim:
    """Return the claim called ``wanted``, in capitals or not; a beginning or end does if no other has it.

    Raises:
        RefusedError: when none or several do.
    """
    ending = wanted.strip().upper()
    whole = [claim for claim in books.claims if claim.id == ending]
    found = whole or [claim for claim in books.claims if ending and _is_short_for(ending, claim.id)]
    if not found:
        raise RefusedError(
            _("no claim is called {wanted}; `posguard claims --all` lists them").format(wanted=plain(wanted))
        )
    if len(found) > 1:
        raise RefusedError(
            _("{wanted} could be {ids}; give more of it").format(
                wanted=plain(wanted), ids=listed(sorted(claim.id for claim in found))
            )
        )
    return found[0]


def _is_short_for(text: str, claim: str) -> bool:
    return claim.startswith(text) or claim.endswith(text) or claim.rpartition("-")[2].startswith(text)


def relative(books: Books, file: str) -> str:
    """Return ``file`` as seen from the ledger's folder, so that messages are the same on every machine."""
    return Path(os.path.relpath(file, books.path.parent)).as_posix() if os.path.isabs(file) else file  # noqa: PTH117


def contracts_with(books: Books, acquirer: str) -> list[Contract]:
    """Return the terms with ``acquirer``, the oldest first."""
    # The books' own contracts are the newest; those that were replaced count for the days before.
    newest = [one for one in books.contracts if one.name == acquirer]
    return [*books.docket.contracts.get(acquirer, newest)]


def contract_for(books: Books, acquirer: str, on: date) -> Contract:
    """Return the terms with ``acquirer`` on a day; without a name, those of the only acquirer.

    Raises:
        RefusedError: naming the acquirers there are.
    """
    names = sorted({contract.name for contract in books.contracts})
    name = acquirer or (names[0] if len(names) == 1 else "")
    terms = contracts_with(books, name)
    if not terms:
        if not names:
            raise RefusedError(_("the ledger has no posguard-acquirer directive; write one"))
        text = _("which acquirer? The ledger has {names}")
        if acquirer:
            text = _("no acquirer is called {acquirer}; the ledger has {names}")
        raise RefusedError(text.format(acquirer=plain(acquirer), names=listed(names)))
    return next((one for one in reversed(terms) if one.since <= on), terms[0])


def correct(ledger: Ledger, step: str, wanted: str, order: Order, *, part: str = "", dry_run: bool = False) -> Outcome:
    """Book a correction, a key of :data:`CORRECTIONS`, on the claim ``wanted``.

    ``order.currency`` may be empty for the claim's own; ``part`` names the counterparty where a claim has two that it
    could be. The same order is written once, however often it is given.

    Raises:
        RefusedError: when the order does not fit the claim.
        WriteError: when the entry cannot be written.
    """
    with at_work(ledger, dry_run=dry_run) as books:
        claim = find_claim(books, wanted)
        clean = _clean(order, claim)
        contract = contract_for(books, claim.acquirer, order.on)
        candidates = _candidates(claim, step, part)
        digests = {corrections.order_id(step, claim, one, contract, clean) for one in candidates}
        there = _standing(books, digests)
        if there:
            return Outcome(claim.id, books.settings.claims, "", there)
        chosen = candidates[0]
        book = CORRECTIONS[step][1]
        slip = (_terminal_slip(books, claim),) if step != "write-off" else ()
        entry = book(claim, chosen, contract, clean, *slip)
        require_allowed(books, [entry])
        return _write(books, claim.id, [entry], dry_run=dry_run)


def turn_to(
    ledger: Ledger, wanted: str, order: Order, *, part: str = "", reroute: bool = False, dry_run: bool = False
) -> Outcome:
    """Move what is open on the claim ``wanted`` to another party's account; ``order.via`` says whose.

    With ``reroute`` the step is taken as well, in the same write: the first party refused, or let the time pass.

    Raises:
        RefusedError: when it does not fit the claim.
        WriteError: when the entries cannot be written.
    """
    with at_work(ledger, dry_run=dry_run) as books:
        claim = find_claim(books, wanted)
        clean = _clean(order, claim)
        chosen = claim.part_of(part)
        if chosen is None:
            raise RefusedError(_("{id} has no part with {part}").format(id=claim.id, part=plain(part) or _("anybody")))
        contract = contract_for(books, claim.acquirer, order.on)
        there = _standing(books, set(_ids("reclass", claim, claim.parts, contract, clean)))
        if there:
            return Outcome(claim.id, books.settings.claims, "", there)
        entry = corrections.reclass(claim, chosen, contract, clean)
        said = {"by": clean.by, "note": clean.note, "to": clean.via}
        entries = [*([_directive(claim.id, "reroute", said, order.on)] if reroute else []), entry]
        require_allowed(books, entries)
        return _write(books, claim.id, entries, dry_run=dry_run)


def _ids(step: str, claim: Claim, parts: Iterable[Part], contract: Contract, order: Order) -> Iterator[str]:
    """Yield the id that ``order`` has, or would have had, on each of ``parts``: it may be with another by now."""
    for part in parts:
        with suppress(RefusedError):  # a part that it does not fit never was meant
            yield corrections.order_id(step, claim, part, contract, order)


def bounce(ledger: Ledger, wanted: str, order: Order, *, part: str = "", dry_run: bool = False) -> Outcome:
    """Book that a refund of the claim ``wanted`` came back; errors as for :func:`turn_to`."""
    with at_work(ledger, dry_run=dry_run) as books:
        claim = find_claim(books, wanted)
        clean = _clean(order, claim)
        owing = [one for one in claim.parts if one.amount < 0 and part in {"", one.counterparty}]
        if not owing:
            raise RefusedError(_("{id} has no part that you owed").format(id=claim.id))
        contract = contract_for(books, claim.acquirer, order.on)
        there = _standing(books, set(_ids("bounce", claim, owing, contract, clean)))
        if there:
            return Outcome(claim.id, books.settings.claims, "", there)
        # Only what was paid back can come back, whatever else was owed.
        chosen = [one for one in owing if repaid(books, claim, one)] or owing
        if len(chosen) != 1:
            raise RefusedError(_("{id} has several parts; say which with --part").format(id=claim.id))
        entry = corrections.bounce(claim, chosen[0], contract, clean, repaid(books, claim, chosen[0]))
        require_allowed(books, [entry])
        return _write(books, claim.id, [entry], dry_run=dry_run)


def repaid(books: Books, claim: Claim, part: Part) -> Decimal:
    """Return what was refunded on ``part`` of ``claim`` and did not come back; what was moved to another is none."""
    if part.amount >= 0:
        return ZERO
    said = [entry for name, entry in books.docket.spoken if books.docket.names.get(name, name) == claim.id]
    booked = (
        (str(entry.meta.get("posguard-step", "")), posting.units.number)
        for entry in said
        if isinstance(entry, Transaction)
        for posting in entry.postings
        if posting.account == part.account and posting.units and posting.units.number
    )
    none = abs(part.amount) * 0  # with the currency's decimals
    paid = sum((one for step, one in booked if step != "reclass" and (one > 0 or step == "bounce")), none)
    return max(min(part.balance - part.amount, paid), ZERO)


def raise_claim(ledger: Ledger, acquirer: str, found: Found, *, dry_run: bool = False) -> Outcome:
    """Open a claim for a mismatch that only paper shows; ``found.currency`` may be empty for the contract's.

    Raises:
        RefusedError: when a word or figure in ``found`` is wrong.
        WriteError: when the entry cannot be written.
    """
    with at_work(ledger, dry_run=dry_run) as books:
        contract = contract_for(books, acquirer, found.on)
        words = plain_words({"by": found.by, "note": found.note, "reference": found.reference})
        clean = replace(found, by=words["by"], note=words["note"], reference=words["reference"])
        entry = corrections.raise_claim(contract, replace(clean, currency=found.currency or contract.currency))
        claim = str(entry.meta["posguard-claim"])
        there = _standing(books, {entry.meta["posguard-id"]})
        if there:
            return Outcome(claim, books.settings.claims, "", there)
        require_allowed(books, [entry])
        return _write(books, claim, [entry], dry_run=dry_run)


def take_step(
    ledger: Ledger,
    step: str,
    choose: Callable[[Books], Sequence[Claim]],
    said: Mapping[str, str],
    on: date,
    *,
    dry_run: bool = False,
) -> list[Outcome]:
    """Take ``step``, a key of :data:`~beancount_posguard.claims.steps.STEPS`, with the claims that ``choose`` gives.

    ``said`` holds ``by`` and whatever else is to be written, such as ``note`` and ``cause``. All steps are written or
    none; a claim that is there already is told and left.

    Raises:
        RefusedError: when the step cannot be taken with one of them.
        WriteError: when the directives cannot be written.
    """
    words = plain_words(said)
    with at_work(ledger, dry_run=dry_run) as books:
        chosen = sorted(choose(books), key=lambda one: one.id)
        return _step(books, step, chosen, words, on, dry_run=dry_run)


def _step(
    books: Books, step: str, claims: Sequence[Claim], words: Mapping[str, str], on: date, *, dry_run: bool
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    directives: list[Custom] = []
    for claim in claims:
        directive = _directive(claim.id, step, _with_digest(books, claim, step, words, on), on)
        already = _step_taken(books, claim, step, directive)
        if not already:
            require_day(claim, step, on)
            directives.append(directive)
        text = "" if already else render([directive])
        outcomes.append(Outcome(claim.id, books.settings.claims, text, already))
    require_allowed(books, directives)
    if directives:
        append(books.settings.claims, directives, books, dry_run=dry_run)
    after = books.docket.stages_after(directives)
    return [one if one.already else replace(one, stage=after.get(one.claim, "")) for one in outcomes]


def require_allowed(books: Books, entries: Sequence[Any]) -> None:
    """Refuse what the plugin would report once it is written: the rules are the ledger's and no interface's own.

    Raises:
        RefusedError: with the plugin's reason.
    """
    for error in books.docket.trial(entries):
        if not any(error.entry is entry for entry in entries):
            raise RefusedError(
                _("it would undo what stands at {place}: {message}").format(
                    place=_place(books, error.source), message=error.message
                )
            )
        raise RefusedError(
            error.message.removeprefix("posguard: ").removeprefix("posguard-claim: ").removeprefix("claim ")
        )


def _with_digest(books: Books, claim: Claim, step: str, words: Mapping[str, str], on: date) -> Mapping[str, str]:
    """Return ``words`` with what an approval is bound to."""
    if step in {"approve", "submit"}:
        for wrong in altered(claim, books.path.parent):
            raise RefusedError(f"{claim.id}: {wrong}")
    if step != "approve":
        return words
    return {**words, "evidence": books.docket.digest(claim.id, on)}


_NO_PART = Part("none", "", "none", ZERO, ZERO)
#: How money usually comes or goes, by counterparty; where nobody is known yet an account must be named.
_USUAL_ROUTE: Mapping[str, str] = {"customer": "card", "acquirer": "payout", "bank": "payout", "employee": "cash"}


def next_step(claim: Claim, *, strict: bool = False) -> str:
    """Return what to do about ``claim`` now, as one sentence; ``strict`` where people are configured."""
    short = claim.id.rpartition("-")[2]
    if is_stirred(claim):
        return _("Money is open again, so it is not done: posguard reopen {short} --note WHY").format(short=short)
    if claim.stage in OUT and not claim.balance:
        return _("Nothing is owed after all; tell the other side, then: posguard withdraw {short}").format(short=short)
    if claim.stage == "prepared" and claim.taken and claim.taken[-1].step == "approve":
        return _("{by} alone may not approve so much; somebody else does too: posguard approve {short}").format(
            by=claim.taken[-1].by, short=short
        )
    part = claim.part_of("") or _NO_PART
    remedy = _(REMEDIES.get(part.remedy, N_("put it right"))).partition(": posguard")[0].partition("：posguard")[0]
    command = "top-up" if part.balance > 0 else "refund"
    route = _USUAL_ROUTE.get(part.counterparty, "ACCOUNT")
    return _(STAGES[claim.stage].next).format(
        id=short,
        remedy=f"{remedy[0].upper()}{remedy[1:]}",
        money=f"posguard {command} {short} --via {route}",
        prepare=f"posguard prepare {short}; " if strict else "",
    )


def routes_for(claim: Claim, part: str, on: date) -> list[dict[str, Any]]:
    """Return every route for a part of ``claim``: whether it is open on a day, and why not or what to know.

    Raises:
        RefusedError: when the claim has no such part.
    """
    chosen = claim.part_of(part)
    if chosen is None:
        raise RefusedError(_("{id} has no part with {part}").format(id=claim.id, part=plain(part) or _("anybody")))
    standing = standing_of(claim, chosen)
    rows = []
    for name, one in ROUTES.items():
        no = refusal(name, standing, on)
        rows.append(
            {"route": name, "open": not no, "zh": one.zh, "en": one.en, "why": no or advice(name, standing, on)}
        )
    return rows


def is_overdue(claim: Claim, today: date) -> bool:
    """Tell whether the deadline of ``claim`` has passed with money open."""
    return claim.deadline is not None and claim.deadline < today and claim.balance != 0


#: From which part of the time on, in percent, a deadline is near.
NEAR = 80


def is_near(claim: Claim, today: date) -> bool:
    """Tell whether most of the time until the deadline of ``claim`` has passed, but not all of it."""
    due = claim.due
    return due is not None and claim.is_open and due.day >= today and reached(due, today) >= NEAR


def is_stirred(claim: Claim) -> bool:
    """Tell whether money is open on a claim that is done: a line came later, or a chargeback."""
    return claim.stage in FINISHED and claim.balance != 0


def needs_person(claim: Claim, today: date) -> bool:
    """Tell whether somebody must look at ``claim``: nobody has yet, it is overdue, or it was done and is not."""
    return claim.stage == "new" or is_overdue(claim, today) or is_stirred(claim)


def _write(books: Books, claim: str, entries: list[Any], *, dry_run: bool) -> Outcome:
    written: Written = append(books.settings.claims, entries, books, dry_run=dry_run)
    there = "" if written.added else written.target.name
    return Outcome(claim, written.target, written.text, there)


def _clean(order: Order, claim: Claim) -> Order:
    for key in corrections.SLIP_KEYS:
        value = order.refs.get(key, "")
        if value and not _SLIP_VALUE.fullmatch(value):
            raise RefusedError(
                _("{key} {value}: expected the letters and digits that the slip prints").format(
                    key=key, value=plain(value)
                )
            )
    words = plain_words({"by": order.by, "note": order.note, **order.refs})
    refs = {key: words[key] for key in order.refs if words[key]}
    return replace(order, currency=order.currency or claim.currency, by=words["by"], note=words["note"], refs=refs)


def plain_words(said: Mapping[str, str]) -> dict[str, str]:
    """Return what a person typed as it may stand in a ledger.

    Raises:
        RefusedError: when a full card number is among it.
    """
    for key, text in said.items():
        if holds_card(text):
            raise RefusedError(
                _("{key} holds a full card number: write no more than its first six and last four digits").format(
                    key=key
                )
            )
    return {key: plain(text) for key, text in said.items()}


def _candidates(claim: Claim, step: str, counterparty: str) -> list[Part]:
    """Return the part of ``claim`` that ``step`` can be about, or where no money is open all that it may have been."""
    sign = CORRECTIONS[step][0]
    parts = [part for part in claim.parts if not counterparty or part.counterparty == counterparty]
    if not parts:
        has = listed(part.counterparty for part in claim.parts)
        text = _("{id} is with {has}; --part names one") if has else _("{id} moved no money")
        raise RefusedError(text.format(id=claim.id, has=has))
    fitting = [part for part in parts if part.balance * sign > 0]
    if len(fitting) > 1:
        choices = listed(f"{part.counterparty} ({part.balance} {claim.currency})" for part in fitting)
        raise RefusedError(
            _("{id} has several parts; say which with --part: {choices}").format(id=claim.id, choices=choices)
        )
    return fitting or parts


def _standing(books: Books, digests: Collection[str]) -> str:
    """Return where an entry with one of these ``posguard-id`` stands, or an empty string."""
    for entry in books.entries:
        if entry.meta.get("posguard-id") in digests:
            return _place(books, entry.meta)
    return ""


def _place(books: Books, meta: Mapping[str, Any]) -> str:
    return f"{relative(books, str(meta['filename']))}:{meta['lineno']}"


def _terminal_slip(books: Books, claim: Claim) -> dict[str, str]:
    """Return what the first terminal leg of ``claim`` says of itself, with what its batch says."""
    places = {leg.source for leg in claim.legs if leg.side == "terminal"}
    lines = {int(place.rpartition(":")[2]) for place in places}
    for entry in books.entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                meta = posting.meta or {}
                if meta.get("lineno") in lines and _place(books, meta) in places:
                    return {key: value for key, value in {**entry.meta, **meta}.items() if isinstance(value, str)}
    return {}


def _directive(claim: str, step: str, words: Mapping[str, str], on: date) -> Custom:
    meta = {"filename": "<posguard>", "lineno": 0} | {key: words[key] for key in SAID if words.get(key)}
    return Custom(meta, on, CLAIM, [ValueType(claim, str), ValueType(step, str)])


def _step_taken(books: Books, claim: Claim, step: str, directive: Custom) -> str:
    if STEPS[step].to:
        last = next((one for one in reversed(claim.taken) if STEPS[one.step].to), None)
        said = {key: text for key, text in directive.meta.items() if key not in {"filename", "lineno"}}
        repeated = last is not None and (last.step, last.on, dict(last.said)) == (step, directive.date, said)
        return claim.stage if repeated or claim.stage == STEPS[step].to else ""
    for entry in books.entries:
        if isinstance(entry, Custom) and entry.type == CLAIM and _says(entry) == _says(directive):
            return _place(books, entry.meta)
    return ""


def _says(directive: Custom) -> tuple[Any, ...]:
    said = {key: value for key, value in directive.meta.items() if key not in {"filename", "lineno"}}
    return (directive.date, [value.value for value in directive.values], said)


def require_day(claim: Claim, step: str, on: date) -> None:
    """Refuse a step that would stand before what it depends on: the ledger is read by date."""
    if on < claim.detected:
        raise RefusedError(
            _("{id} was found on {detected}; {on} is before that: give a later --date").format(
                id=claim.id, detected=claim.detected, on=on
            )
        )
    done = max((event.date for event in claim.history if event.what in _DECISIVE), default=on)
    if step in STEPS and STEPS[step].to and on < done:
        raise RefusedError(
            _("the last thing done about {id} is of {done}; {on} is before that: give a later --date").format(
                id=claim.id, done=done, on=on
            )
        )
