"""Closing a month: proof that nothing card business is about is left unexplained, and assertions that keep it so.

What stands on a guarantee account at the end of a month is either on its way or a claim. What is on its way is added
up from the slips and must be the account's balance to the cent. The judge makes a claim of whatever is overdue, so that
nothing stays on its way for ever if it could judge everything: all files are there, all lines were read, all pairings
are clear. Then the claim accounts must hold exactly the open claims, and Suspense nothing.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from beancount.core.amount import Amount
from beancount.core.data import Balance, Open, Transaction

from beancount_posguard import desk
from beancount_posguard.claims import names
from beancount_posguard.claims.claim import Claim
from beancount_posguard.contract import Contract
from beancount_posguard.desk import Outcome
from beancount_posguard.ledger.books import Books
from beancount_posguard.ledger.errors import PosguardError
from beancount_posguard.ledger.write import append
from beancount_posguard.money import ZERO
from beancount_posguard.text import two_decimals
from beancount_posguard.underway import Underway, underway
from beancount_posguard.words import _, ngettext


class Line(NamedTuple):
    """One account at the end of the month: what stands there, how much of it is explained, and by what."""

    account: str
    currency: str
    balance: Decimal
    explained: Decimal
    what: str


class Closing(NamedTuple):
    """A month: its accounts, what stands in the way of closing it, and what was or would be written."""

    month: str
    lines: tuple[Line, ...]
    obstacles: tuple[str, ...]
    outcome: Outcome | None


def close_month(ledger: Path, year: int, month: int, by: str, *, dry_run: bool = False) -> Closing:
    """Prove a month and, where nothing stands in the way, write balance assertions for the day after it.

    Raises:
        RefusedError: when ``by`` is nobody or shows a card number.
        WriteError: when the assertions cannot be written.
    """
    last = date(year, month, monthrange(year, month)[1])
    words = desk.plain_words({"by": by})
    with desk.at_work(ledger, dry_run=dry_run) as books:
        claims = books.docket.as_of(last)
        every = (*_guarantees(books, last), *_claims(books, claims, last))
        kept = {line.account for line in every if _is_open(books, line.account, last)}
        lines = tuple(line for line in every if line.account in kept or line.balance or line.explained)
        obstacles = (*_unread(books, last), *_undone(books, last), *_unexplained(lines))
        name = f"{year:04}-{month:02}"
        if obstacles:
            return Closing(name, lines, obstacles, None)
        entries = [_assertion(line, last, words["by"]) for line in lines if line.account in kept]
        written = append(books.settings.claims, entries, books, dry_run=dry_run)
        there = "" if written.added else written.target.name
        return Closing(name, lines, (), Outcome(name, written.target, written.text, there))


def _sums(books: Books, last: date) -> dict[tuple[str, str], Decimal]:
    """Return the balance of each account and currency at the end of a day."""
    sums: dict[tuple[str, str], Decimal] = {}
    for entry in books.entries:
        if isinstance(entry, Transaction) and entry.date <= last:
            for posting in entry.postings:
                if posting.units is not None and posting.units.number is not None:
                    key = (posting.account, posting.units.currency)
                    sums[key] = sums.get(key, ZERO) + posting.units.number
    return sums


def _guarantees(books: Books, last: date) -> Iterator[Line]:
    sums, seen = _sums(books, last), set[tuple[str, str]]()
    moving = underway(books.survey, last)
    for contract in books.contracts:
        for account in (contract.till, contract.clearing, contract.payout):
            key = (account, contract.currency)
            if key not in seen and (account != contract.till or contract.keeps_sales):
                seen.add(key)
                here = moving.get(account, Underway())
                yield Line(*key, sums.get(key, ZERO), here.total, _on_its_way(here))


def _on_its_way(here: Underway) -> str:
    if here.oldest is None:
        return _("nothing on its way")
    text = ngettext("{n} on its way, of {day}", "{n} on their way, the oldest of {day}", here.count)
    return text.format(n=here.count, day=here.oldest)


def _claims(books: Books, claims: Iterable[Claim], last: date) -> Iterator[Line]:
    sums, owed = _sums(books, last), dict[tuple[str, str], Decimal]()
    for claim in claims:
        for part in claim.parts:
            key = (part.account, claim.currency)
            owed[key] = owed.get(key, ZERO) + part.balance
    for key in sorted({(account, one.currency) for one in books.contracts for account in one.claim_accounts}):
        if key[0] in {one.suspense for one in books.contracts}:
            yield Line(*key, sums.get(key, ZERO), ZERO, _("suspense: must be zero at the end of a month"))
        else:
            yield Line(*key, sums.get(key, ZERO), owed.get(key, ZERO), _("open claims"))


def _unread(books: Books, last: date) -> Iterator[str]:
    yield from _not_read(books, last)
    for error in books.survey.errors:
        yield f"{desk.relative(books, str(error.source['filename']))}:{error.source['lineno']}: {error.message}"
    for missing in sorted(books.survey.judgement.missing):
        if missing.day <= last:
            whose = _("terminal {terminal}").format(terminal=missing.terminal) if missing.terminal else missing.acquirer
            yield _("no file from {side} {whose} for {day}: import it, or say that there is none").format(
                side=names.side(missing.source.value), whose=whose, day=missing.day
            )
    # Every event that a line could belong to has its doubt about it.
    unsure = {doubt.leg.where: doubt.leg for doubt in books.survey.judgement.doubts if doubt.leg.date <= last}
    for (file, line), leg in sorted(unsure.items()):
        yield _("{file}:{line}: {amount:.2f} {currency} of {date} has several explanations: add its reference").format(
            file=desk.relative(books, file), line=line, amount=leg.claimed, currency=leg.currency, date=leg.date
        )
    for contract in books.contracts:
        yield from _not_reached(books, contract, last)


def _not_read(books: Books, last: date) -> Iterator[str]:
    """Yield what Beancount itself finds wrong: an entry that it cannot read is in no balance, and in no claim.

    An entry of a later month touches nothing of this one; a balance of the day after still tells how it ended.
    """
    for error in books.errors:
        day = getattr(error.entry, "date", date.min)
        if not isinstance(error, PosguardError) and day <= last + timedelta(days=1):
            source = error.source or {}
            place = f"{desk.relative(books, str(source.get('filename') or ''))}:{source.get('lineno') or 0}"
            yield _("{place}: {message} (an error of the ledger itself: mend it first)").format(
                place=place, message=error.message.partition(": Traceback (")[0]
            )


def _not_reached(books: Books, contract: Contract, last: date) -> Iterator[str]:
    """Yield why the month cannot be judged to its end yet: what is due for it must have had its time."""
    due = contract.due(last, "") + timedelta(days=contract.grace)
    if books.as_of <= due:
        yield _("{name}: the files reach {as_of}; the month's last day is judged once they pass {due}").format(
            name=contract.name, as_of=books.as_of, due=due
        )


def _undone(books: Books, last: date) -> Iterator[str]:
    for claim in books.claims:
        if claim.stage == "new" and claim.detected <= last:
            yield _("{id} of {detected} was not looked at: posguard verify {id}").format(
                id=claim.id, detected=claim.detected
            )


def _unexplained(lines: Iterable[Line]) -> Iterator[str]:
    for line in lines:
        if line.balance != line.explained:
            gap = line.balance - line.explained
            yield (
                _(
                    "{account}: {balance:.2f} {currency}, explained {explained:.2f} ({what}); {gap:.2f} is left: "
                    "find who posted it, or posguard assign it"
                ).format(
                    account=line.account,
                    balance=line.balance,
                    currency=line.currency,
                    explained=line.explained,
                    what=line.what,
                    gap=gap,
                )
            )


def _is_open(books: Books, account: str, last: date) -> bool:
    return any(isinstance(one, Open) and one.account == account and one.date <= last for one in books.entries)


def _assertion(line: Line, last: date, by: str) -> Balance:
    words = f"{line.account}\n{line.currency}\n{last}\n{line.balance:.2f}"
    meta: dict[str, Any] = {"filename": "<posguard>", "lineno": 0}
    meta |= {"posguard-id": sha256(words.encode()).hexdigest()[:16], "by": by}
    amount = Amount(two_decimals(line.balance), line.currency)
    return Balance(meta, last + timedelta(days=1), line.account, amount, None, None)
