"""Files: import and identify."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from beancount_posguard.claims.names import line_kind
from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import (
    DONE,
    WRONG,
    dry_run_option,
    finish,
    folder_option,
    format_option,
    ledger_option,
    say,
)
from beancount_posguard.cli.output import print_csv, print_json, print_table, printable_lines
from beancount_posguard.legs import Source
from beancount_posguard.words import N_, _, listed, ngettext

if TYPE_CHECKING:
    from beancount_posguard.intake import Taken

T = TypeVar("T")

#: From so many files on, a bar shows how far it is.
_SEVERAL = 3

_SUMMARY = ("file", "profile", "rows", "by_kind", "gross", "fee", "net", "currency", "control", "refused")

_files_argument = lingo.argument(
    "paths", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, path_type=Path)
)


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
    from beancount_posguard.intake import Download, bring  # noqa: PLC0415  # Beancount comes with it

    def downloads() -> Iterator[Download]:
        yield from (Download(path, named) for path, named in _watched([*_each_file(paths)]))

    done = bring(ledger, downloads, profile=profile, other_lines=other_lines, dry_run=dry_run)
    if dry_run and done.added:
        click.echo(printable_lines(done.text), nl=False)
        say(_("Nothing was written; this would go to {target}").format(target=done.target))
    _report(done.taken, brief=dry_run)
    if done.added and not dry_run:
        say(_written(done.added, done.target))
    finish(WRONG if any(one.bad for one in done.taken) else DONE)


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


def _written(count: int, target: Path) -> str:
    text = ngettext("{n} transaction written to {target}", "{n} transactions written to {target}", count)
    return text.format(n=count, target=target)


def _report(taken: Sequence[Taken], *, brief: bool) -> None:
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


@lingo.command("no-file")
@lingo.argument("source", type=click.Choice([one.value for one in Source]))
@lingo.argument("day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY")
@lingo.option("--of", "whose", default="", metavar="NAME", help="Which terminal or acquirer; without it all of them.")
@ledger_option
@dry_run_option
def no_file(*, ledger: Path, source: str, day: datetime, whose: str, dry_run: bool) -> None:
    """Say that there truly is no file of SOURCE for DAY: the shop was closed, nothing was settled."""
    from beancount_posguard.intake import declare_none  # noqa: PLC0415  # Beancount comes with it

    done = declare_none(ledger, source, whose, day.date(), dry_run=dry_run)
    if done.already:
        say(_("nothing to do, it is there already ({already})").format(already=done.already))
        return
    click.echo(printable_lines(done.text), nl=False)
    text = _("Nothing was written; this would go to {target}") if dry_run else _("written to {file}")
    say(text.format(target=done.target, file=done.target.name))


@lingo.command()
@_files_argument
@lingo.option("--profile", metavar="NAME", help="Ask this profile only.")
@folder_option
@format_option
def identify(*, paths: tuple[Path, ...], folder: Path, profile: str | None, form: str) -> None:
    """Say what downloaded files are: which profile, how many rows, which totals. Writes nothing."""
    from beancount_posguard.ingest.read import identify as look  # noqa: PLC0415  # only where files are read
    from beancount_posguard.intake import profiles_for  # noqa: PLC0415  # reads the whole catalogue

    profiles = profiles_for(folder, profile)
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
