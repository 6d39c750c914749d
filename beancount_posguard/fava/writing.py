"""The two things a form can ask for: show what would be written, and write it.

While something is written nobody else writes, Fava has the newest files, and the claim must be as the person saw it.
What the ledger then says that it did not say before is told at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import request

from beancount_posguard.booking.corrections import RefusedError
from beancount_posguard.claims.steps import STEPS
from beancount_posguard.fava import claim as shown
from beancount_posguard.fava.acting import Asked, Done, act, read
from beancount_posguard.fava.guard import AskedError, ConflictError, body, read_only, text_of
from beancount_posguard.ingest.cards import redact
from beancount_posguard.ledger.files import locked
from beancount_posguard.ledger.write import WriteError
from beancount_posguard.text import plain
from beancount_posguard.words import _

if TYPE_CHECKING:
    from fava.core import FavaLedger

    from beancount_posguard.fava import PosGuardClaims

#: How many new errors are told.
_TOLD = 5
#: How many characters of entries a preview shows.
_READ = 12_000


def preview(extension: PosGuardClaims) -> dict[str, Any]:
    """Return what the form's entries would be, and the file they would go to; or why they cannot be written yet.

    A form that is half filled in is no failure: what it still lacks is an answer like another.
    """
    said = body()
    books = extension.loaded.books
    who = person(extension)
    try:
        return _told(act(read(said, who), books, books, dry_run=True))
    except (AskedError, RefusedError, WriteError) as error:
        return {"refused": redact(str(error))}


def write(extension: PosGuardClaims) -> dict[str, Any]:
    """Write what the form asks for, and return what was written and which errors are new in the ledger."""
    said = body()
    if read_only():
        raise AskedError(_("Fava shows this ledger read-only; nothing can be written."), 403)
    asked, seen = read(said, person(extension)), text_of(said, "seen")
    with at_work(extension) as path:
        before = errors_of(extension.ledger)
        books = extension.loaded.books
        if asked.claim and _is_outdated(extension, asked, seen):
            with suppress(RefusedError, WriteError):  # what stands against it now is not what was seen
                done = act(asked, books, books, dry_run=True)
                if _is_repeated(extension, asked, done):
                    return {**_told(done), "errors": []}
            raise ConflictError(_conflict(extension, asked, seen))
        done = act(asked, path, books, dry_run=False)
        written = [one for one in done.outcomes if not one.already]
    if written:
        reload(extension.ledger, {books.settings.claims, *(one.target for one in written)})
    return {**_told(done), "errors": fresh_errors(extension.ledger, before)}


def person(extension: PosGuardClaims) -> str | None:
    """Return who is logged in where the ledger trusts a proxy to say so, None where a form asks for the name.

    Raises:
        AskedError: when the proxy says nothing.
    """
    header = extension.options.get("user-header")
    if header is None:
        return None
    name = request.headers.get(header, "").strip()
    if not name:
        raise AskedError(_("Nobody is logged in: the header {header} is empty.").format(header=header), 403)
    return name


@contextmanager
def at_work(extension: PosGuardClaims) -> Iterator[Path]:
    """Keep every other posguard from writing, show Fava what the files say by now, and give the ledger's path."""
    path = extension.loaded.books.path
    with locked(path):
        ledger = extension.ledger
        for file in ledger.options["include"]:
            ledger.watcher.notify(Path(file))
        ledger.changed()
        yield path


def reload(ledger: FavaLedger, files: Iterable[Path]) -> None:
    """Make Fava load what was written to ``files``, and not once more for the same change.

    A file that was put in place of the old one changes its folder a moment later, which Fava's watcher counts as well.
    """
    for file in files:
        if file.exists():
            ledger.watcher.notify(file)
            ledger.watcher.notify(file.parent)
    if not ledger.changed():  # another request noticed it first and may not be done yet
        ledger.load_file()


def errors_of(ledger: FavaLedger) -> Counter[str]:
    """Return the messages of the ledger's errors, to tell later which are new; lines may move."""
    return Counter(str(error.message) for error in ledger.errors)


def fresh_errors(ledger: FavaLedger, before: Counter[str]) -> list[str]:
    """Return the first few errors that the ledger has now and had not ``before``."""
    return [redact(message) for message in [*(errors_of(ledger) - before)][:_TOLD]]


def _is_outdated(extension: PosGuardClaims, asked: Asked, seen: str) -> bool:
    claim = extension.loaded.claims.get(asked.claim)
    return claim is not None and seen != shown.state(claim)


def _is_repeated(extension: PosGuardClaims, asked: Asked, done: Done) -> bool:
    """Tell whether the form was sent twice: all of it is there, and where it is a step, the same person took it so."""
    if not all(one.already for one in done.outcomes):
        return False
    taken = extension.loaded.claims[asked.claim].last(asked.action)
    return asked.action not in STEPS or (
        taken is not None and (taken.by, taken.said.get("note", "")) == (asked.by, plain(asked.text("note")))
    )


def _conflict(extension: PosGuardClaims, asked: Asked, seen: str) -> str:
    claim = extension.loaded.claims[asked.claim]
    news = shown.since(claim, seen)
    return _("Meanwhile somebody else worked on {claim}: {news}. Look at it again; what you typed is kept.").format(
        claim=claim.id, news=news or claim.stage
    )


def _told(done: Done) -> dict[str, Any]:
    return {
        "entries": _shown("\n".join(one.text for one in done.outcomes if one.text)),
        "target": next((one.target.name for one in done.outcomes), ""),
        "already": next((one.already for one in done.outcomes if one.already), ""),
        "claim": next((one.claim for one in done.outcomes), ""),
        "notice": done.notice,
        "summary": redact(done.summary),
    }


def _shown(text: str) -> str:
    """Return as much of the entries as somebody reads; a month of slips would only fill the screen."""
    if len(text) <= _READ:
        return text
    lines = text[:_READ].count("\n")
    return "\n".join([*text.split("\n")[:lines], _("… and {n} lines more").format(n=text.count("\n") - lines)])
