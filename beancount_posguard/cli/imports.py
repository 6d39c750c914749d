"""Files: import and identify."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from beancount_posguard.claims.names import line_kind
from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import (
    DONE,
    WRONG,
    Failure,
    dry_run_option,
    finish,
    folder_option,
    format_option,
    ledger_option,
    say,
)
from beancount_posguard.cli.output import print_csv, print_json, print_table, printable_lines
from beancount_posguard.ingest.errors import IngestError, UnknownFileError
from beancount_posguard.words import N_, _, listed, ngettext

if TYPE_CHECKING:
    from beancount_posguard.ingest.importer import ImportResult
    from beancount_posguard.ingest.profile import Profile
    from beancount_posguard.ledger.books import Books

T = TypeVar("T")

#: From so many files on, a bar shows how far it is.
_SEVERAL = 3

_SUMMARY = ("file", "profile", "rows", "by_kind", "gross", "fee", "net", "currency", "control", "refused")

_files_argument = lingo.argument(
    "paths", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, path_type=Path)
)


@dataclass
class _Taken:
    """What became of one file; ``bad`` makes the command fail."""

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


@lingo.command("import")
@_files_argument
@ledger_option
@lingo.option("--other-lines", metavar="ACCOUNT", help="Book lines that are no card business against this account.")
@lingo.option("--profile", metavar="NAME", help="Read the files with this profile only.")
@dry_run_option
def import_(
    *, paths: tuple[Path, ...], ledger: Path, other_lines: str | None, profile: str | None, dry_run: bool
) -> None:
    """Import downloaded files, or folders of them, into the ledger.

    Each file is taken whole or not at all. Files that no profile knows are named and left.
    """
    from beancount_posguard.desk import at_work  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.ledger.write import append, require_included  # noqa: PLC0415

    with at_work(ledger, dry_run=dry_run) as books:
        target = books.settings.imports
        require_included(target, books)
        taken = _take_all(paths, books, _profiles(books.path.parent, profile), other_lines)
        fresh = [entry for one in taken for entry in one.entries]
        written = append(target, fresh, books, dry_run=dry_run) if fresh else None
        if not dry_run:
            _archive(taken, books)
    if dry_run and written:
        click.echo(printable_lines(written.text), nl=False)
        say(_("Nothing was written; this would go to {target}").format(target=target))
    _report(taken, brief=dry_run)
    if written and not dry_run:
        say(_written(len(written.added), target))
    finish(WRONG if any(one.bad for one in taken) else DONE)


def _profiles(folder: Path, name: str | None) -> list[Profile]:
    from beancount_posguard.ingest.profile import load_profiles  # noqa: PLC0415  # reads the whole catalogue

    profiles = load_profiles(folder)
    chosen = [one for one in profiles if name in {None, one.name}]
    if not chosen:
        raise Failure(
            _("there is no profile {name}; the catalogue has {names}").format(
                name=name, names=", ".join(sorted(one.name for one in profiles))
            )
        )
    return chosen


def _each_file(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield every file once, with whether it was named itself; hidden files of a folder are not downloads."""
    for path in paths:
        if path.is_dir():
            inside = (one for one in path.rglob("*") if one.is_file() and not one.name.startswith("."))
            yield from ((one, False) for one in sorted(inside))
        else:
            yield path, True


def _watched(files: list[T]) -> Iterator[T]:
    """Yield ``files``, with a bar on the screen where there are several and somebody looks."""
    if len(files) < _SEVERAL or not sys.stderr.isatty():
        yield from files
        return
    with click.progressbar(files, label=_("Reading"), file=sys.stderr) as bar:
        yield from bar


def _take_all(paths: Sequence[Path], books: Books, profiles: list[Profile], other_lines: str | None) -> list[_Taken]:
    """Read the files one after the other; each knows what those before it bring."""
    from beancount_posguard.ingest.importer import import_file  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.ingest.known import Known  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.ledger.contracts import read_contracts  # noqa: PLC0415

    known = Known(books.entries)
    contracts, _ = read_contracts(books.entries)  # all terms: a file is read by those of its own days
    taken = []
    for path, named in _watched([*_each_file(paths)]):
        one = _take(path, books, lambda file: import_file(file, known, contracts, profiles, other_lines), named=named)
        known.add(one.entries)
        taken.append(one)
    return taken


def _take(path: Path, books: Books, read: Callable[[Path], ImportResult], *, named: bool) -> _Taken:
    from beancount_posguard.ledger.write import WriteError, check  # noqa: PLC0415  # Beancount comes with it

    try:
        imported = read(path)
        check(imported.entries, books)
    except UnknownFileError as error:
        return _Taken(path, _("not ours, left"), bad=named, messages=[str(error)])
    except (IngestError, WriteError) as error:
        return _Taken(path, _("refused"), bad=True, messages=[str(error)])
    count = len(imported.entries)
    booked = _("nothing new")
    if count:
        booked = ngettext("booked as {n} transaction", "booked as {n} transactions", count).format(n=count)
    return _Taken(path, booked, False, imported.reading.summary(), imported.messages, imported)


def _written(count: int, target: Path) -> str:
    text = ngettext("{n} transaction written to {target}", "{n} transactions written to {target}", count)
    return text.format(n=count, target=target)


def _archive(taken: list[_Taken], books: Books) -> None:
    """Keep the files that are booked beside the ledger, those with full card numbers left out."""
    from beancount_posguard.ingest.archive import keep  # noqa: PLC0415  # only where files were booked

    for one in taken:
        if one.imported and not one.imported.reading.has_cards:
            keep(one.path, books.settings.documents, one.imported.account, one.imported.date)


def _report(taken: list[_Taken], *, brief: bool) -> None:
    if not brief:
        columns = ("file", "profile", "rows", "gross", "fee", "net", "result")
        print_table(
            [(one.path.name, *(one.summary.get(key) for key in columns[1:-1]), one.result) for one in taken],
            (N_("file"), N_("profile"), N_("rows"), N_("gross"), N_("fee"), N_("net"), N_("result")),
            right=["rows", "gross", "fee", "net"],
        )
    for one in taken:
        for message in one.messages:
            say(f"{one.path.name}: {message}" if one.path.name not in message else message)
    if not taken:
        say(_("There are no files."))


@lingo.command()
@_files_argument
@lingo.option("--profile", metavar="NAME", help="Ask this profile only.")
@folder_option
@format_option
def identify(*, paths: tuple[Path, ...], folder: Path, profile: str | None, form: str) -> None:
    """Say what downloaded files are: which profile, how many rows, which totals. Writes nothing."""
    from beancount_posguard.ingest.read import identify as look  # noqa: PLC0415  # only where files are read

    profiles = _profiles(folder, profile)
    readings = [look(path, profiles, keep=False) for path in _watched([path for path, _named in _each_file(paths)])]
    summaries = [one.summary() for one in readings]
    if form == "json":
        print_json(summaries[0] if len(paths) == 1 and paths[0].is_file() else summaries)
    elif form == "csv":
        print_csv([one | {"by_kind": _by_kind(one)} for one in summaries], _SUMMARY)
    else:
        columns = ("file", "profile", "rows", "by_kind", "gross", "fee", "net", "control")
        print_table(
            [[one[key] if key != "by_kind" else _by_kind(one) for key in columns] for one in summaries],
            (
                N_("file"),
                N_("profile"),
                N_("rows"),
                N_("kinds"),
                N_("gross"),
                N_("fee"),
                N_("net"),
                N_("control"),
            ),
            right=["rows", "gross", "fee", "net"],
        )
        for reading in readings:
            if reading.why:
                say(f"{reading.file}: {reading.why}")
            if reading.refused:
                say(reading.refused if reading.file in reading.refused else f"{reading.file}: {reading.refused}")
    finish(WRONG if any(one["refused"] for one in summaries) else DONE)


def _by_kind(summary: dict[str, Any]) -> str:
    return listed(f"{count} {line_kind(kind)}" for kind, count in (summary["by_kind"] or {}).items())
