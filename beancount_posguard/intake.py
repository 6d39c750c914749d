"""Bringing downloaded files into the ledger: the one way for the command line and Fava.

Each file is taken whole or not at all; what no profile knows is named and left. The same file twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from beancount.core.data import Custom
from beancount.parser.grammar import ValueType

from beancount_posguard.booking.corrections import RefusedError
from beancount_posguard.desk import Ledger, Outcome, at_work
from beancount_posguard.ingest.archive import keep
from beancount_posguard.ingest.errors import IngestError, UnknownFileError
from beancount_posguard.ingest.importer import ImportResult, import_file
from beancount_posguard.ingest.institutions import load_profiles
from beancount_posguard.ingest.known import Known
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ledger.books import Books
from beancount_posguard.ledger.contracts import read_contracts
from beancount_posguard.ledger.receipts import declared
from beancount_posguard.ledger.words import NO_FILE
from beancount_posguard.ledger.write import WriteError, append, check, require_included
from beancount_posguard.legs import Source
from beancount_posguard.text import plain
from beancount_posguard.words import _, listed, ngettext


class Download(NamedTuple):
    """A file to be brought in; ``named`` says that a person named this very file, not only its folder."""

    path: Path
    named: bool = True


@dataclass
class Taken:
    """What became of one file; ``bad`` if it should have been booked and was not."""

    path: Path
    result: str
    bad: bool = False
    summary: dict[str, Any] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    imported: ImportResult | None = None

    @property
    def entries(self) -> list[Any]:
        """What is to be appended for it."""
        return self.imported.entries if self.imported else []


class Intake(NamedTuple):
    """What became of all of them: ``added`` transactions, as ``text``, were (or would be) appended to ``target``."""

    taken: Sequence[Taken]
    target: Path
    added: int = 0
    text: str = ""


def profiles_for(folder: Path, name: str | None = None) -> list[Profile]:
    """Return the profiles for a ledger in ``folder``, or only the one called ``name``.

    Raises:
        RefusedError: when no profile is called so.
    """
    profiles = load_profiles(folder)
    chosen = [one for one in profiles if name in {None, one.name}]
    if not chosen:
        text = _("there is no profile {name}; the catalogue has {names}")
        raise RefusedError(text.format(name=name, names=listed(sorted(one.name for one in profiles))))
    return chosen


def bring(
    ledger: Ledger,
    downloads: Callable[[], Iterable[Download]],
    *,
    profile: str | None = None,
    other_lines: str | None = None,
    dry_run: bool = False,
) -> Intake:
    """Read files, append what is new to the ledger, and keep a copy of each file beside it.

    Args:
        ledger: where it is written; for a dry run the books may lie open.
        downloads: gives the files, in the order in which they are read; each knows what those before it bring.
        profile: the only profile to read them with.
        other_lines: the account against which lines that are no card business are booked; None leaves them.
        dry_run: whether nothing is to be written.

    Raises:
        RefusedError: when no profile is called so.
        WriteError: when the ledger does not include the file to be written, or it cannot be written.
        BusyError: when another process is at work for too long.
    """
    with at_work(ledger, dry_run=dry_run) as books:
        target = books.settings.imports
        require_included(target, books)
        taken = _take_all(downloads(), books, profiles_for(books.path.parent, profile), other_lines)
        fresh = [entry for one in taken for entry in one.entries]
        written = append(target, fresh, books, dry_run=dry_run) if fresh else None
        if not dry_run:
            _archive(taken, books)
    return Intake(taken, target, len(written.added), written.text) if written else Intake(taken, target)


def declare_none(ledger: Ledger, source: str, whose: str, day: date, *, dry_run: bool = False) -> Outcome:
    """Write down that there truly is no file for ``day``, so that what waits for it is judged.

    Args:
        ledger: where it is written; for a dry run the books may lie open.
        source: ``sale``, ``terminal``, ``settlement`` or ``bank``.
        whose: a terminal's or an acquirer's name; empty for the source as a whole.
        day: the day whose file it would be.
        dry_run: whether nothing is to be written.

    Raises:
        RefusedError: when nobody is called so, or the file is there.
        WriteError: when it cannot be written.
    """
    with at_work(ledger, dry_run=dry_run) as books:
        try:
            scope = declared([source, whose] if whose else [source], [one.name for one in books.contracts])
        except ValueError as error:
            raise RefusedError(str(error)) from error
        _require_none_came(books, *scope, day)
        words = [ValueType(one, str) for one in ([source, whose] if whose else [source])]
        digest = sha256(f"{NO_FILE}\n{source}\n{whose}\n{day}".encode()).hexdigest()[:16]
        meta = {"filename": "<posguard>", "lineno": 0, "posguard-id": digest}
        written = append(books.settings.imports, [Custom(meta, day, NO_FILE, words)], books, dry_run=dry_run)
    already = f"{written.target.name}" if written.known else ""
    return Outcome("", written.target, written.text, already)


def _require_none_came(books: Books, source: Source, scope: str, day: date) -> None:
    calendars = [one for one in books.survey.arrivals.calendars() if one.whose.source is source]
    names = sorted({name for one in calendars for name in one.whose[1:] if name})
    if scope and scope not in names:
        text = _("no file of {source} ever came from {whose}; files come from {names}")
        raise RefusedError(text.format(source=source.value, whose=plain(scope), names=listed(names) or "-"))
    for one in calendars:
        if scope in {"", *one.whose[1:]} and day in one.came | one.broken:
            raise RefusedError(_("the file for {day} is there; if it is wrong, mend or import it anew").format(day=day))


def _take_all(
    downloads: Iterable[Download], books: Books, profiles: list[Profile], other_lines: str | None
) -> list[Taken]:
    known = Known(books.entries)
    contracts, _errors = read_contracts(books.entries)  # all terms: a file is read by those of its own days
    taken = []
    for download in downloads:
        one = _take(download, books, lambda file: import_file(file, known, contracts, profiles, other_lines))
        known.add(one.entries)
        taken.append(one)
    return taken


def _take(download: Download, books: Books, read: Callable[[Path], ImportResult]) -> Taken:
    path = download.path
    try:
        imported = read(path)
        check(imported.entries, books)
    except UnknownFileError as error:
        return Taken(path, _("not ours, left"), bad=download.named, messages=[str(error)])
    except (IngestError, WriteError) as error:
        return Taken(path, _("refused"), bad=True, messages=[str(error)])
    count = len(imported.entries)
    booked = _("nothing new")
    if count:
        booked = ngettext("booked as {n} transaction", "booked as {n} transactions", count).format(n=count)
    return Taken(path, booked, False, imported.reading.summary(), imported.messages, imported)


def _archive(taken: Iterable[Taken], books: Books) -> None:
    """Keep the files that are booked beside the ledger, those with full card numbers left out."""
    for one in taken:
        if one.imported and not one.imported.reading.has_cards:
            keep(one.path, books.settings.documents, one.imported.account, one.imported.date)
