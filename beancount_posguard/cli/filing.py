"""What stands behind a claim: attach files, and see which routes are open."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from beancount_posguard.claims.evidence import EXHIBITS
from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import (
    DONE,
    LOOK,
    by_option,
    date_option,
    dry_run_option,
    finish,
    format_option,
    ledger_option,
)
from beancount_posguard.cli.output import print_csv, print_json, print_table, printable_lines
from beancount_posguard.words import N_, _, language, listed

#: The headings of a route's names, by the reader's language: readers of Chinese need no second one.
_TITLES = {"zh": ("名称",), "en": ("中文", N_("what it is"))}
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@lingo.command()
@ledger_option
@lingo.argument("wanted", metavar="ID")
@lingo.argument("file", type=_EXISTING)
@lingo.option("--as", "what", required=True, type=click.Choice([*EXHIBITS]), help="What it is.")
@lingo.option("--checked", is_flag=True, help="You looked at it: no full card number can be read on it.")
@by_option
@date_option
@dry_run_option
def attach(
    *, ledger: Path, wanted: str, file: Path, what: str, checked: bool, by: str, on: date, dry_run: bool
) -> None:
    """Put FILE on the claim ID: a slip, a ticket, an answer. It is kept beside the ledger under its digest."""
    from beancount_posguard.filing import Paper  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.filing import attach as keep  # noqa: PLC0415
    from beancount_posguard.seen import look, names_of  # noqa: PLC0415

    outcome = keep(ledger, wanted, Paper(file, what, checked), by, on, dry_run=dry_run)
    if outcome.already:
        click.echo(
            _("{claim}: nothing to do, it is there already ({already})").format(
                claim=outcome.claim, already=outcome.already
            )
        )
        return
    click.echo(printable_lines(outcome.text), nl=False)
    text = _("Nothing was written; the file would be kept as {target}") if dry_run else _("{claim}: kept as {target}")
    click.echo(text.format(claim=outcome.claim, target=outcome.target), err=True)
    unseen = look(file.read_bytes()).unseen
    if unseen:
        seen = _("Looked through for card numbers by you alone: {what}")
        click.echo(seen.format(what=listed(names_of(unseen))), err=True)


@lingo.command()
@ledger_option
@lingo.argument("wanted", metavar="ID")
@lingo.option("--part", default="", metavar="WHO", help="customer or acquirer, where a claim is with both.")
@date_option
@format_option
def route(*, ledger: Path, wanted: str, part: str, on: date, form: str) -> None:
    """Say which routes are open for the claim ID, and why the others are not."""
    from beancount_posguard.desk import find_claim, routes_for  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415

    claim = find_claim(open_books(ledger), wanted)
    rows = routes_for(claim, part, on)
    if form == "json":
        print_json(rows)
    elif form == "csv":
        print_csv(rows, ("route", "open", "zh", "en", "why"))
    else:
        names = [(row["zh"], row["en"]) if language() == "en" else (row["zh"],) for row in rows]
        possible = (_("yes") if row["open"] else _("no") for row in rows)
        print_table(
            [(row["route"], may, *name, row["why"]) for row, may, name in zip(rows, possible, names, strict=True)],
            (N_("route"), N_("possible"), *_TITLES[language()], N_("why not, or what to know")),
        )
    finish(DONE if any(row["open"] for row in rows) else LOOK)
