"""Steps with claims: verify, dismiss, note, close, reopen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from beancount_posguard.cli.common import by_option, date_option, dry_run_option, ledger_option
from beancount_posguard.cli.output import printable_lines
from beancount_posguard.kinds import KINDS

if TYPE_CHECKING:
    from beancount_posguard.claims.claim import Claim
    from beancount_posguard.ledger.books import Books

#: What a step is called once it is taken.
_DONE = {
    "verify": "verified",
    "dismiss": "dismissed",
    "note": "noted",
    "close": "closed",
    "reopen": "reopened",
}


def _writing(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (dry_run_option, date_option, by_option, ledger_option):
        command = option(command)
    return command


def _take(
    ledger: Path,
    step: str,
    choose: Callable[[Books], Sequence[Claim]],
    said: dict[str, str],
    *,
    on: date,
    dry_run: bool,
) -> None:
    from beancount_posguard import desk  # noqa: PLC0415  # Beancount comes with it

    outcomes = desk.take_step(ledger, step, choose, said, on, dry_run=dry_run)
    if not outcomes:
        click.echo("No claim is waiting for that.")
    for outcome in outcomes:
        if outcome.already:
            click.echo(f"{outcome.claim}: nothing to do, it is there already ({outcome.already})")
        elif dry_run:
            click.echo(printable_lines(outcome.text), nl=False)
        else:
            click.echo(f"{outcome.claim}: {_DONE[step]}, written to {outcome.target.name}")
    if dry_run and any(not outcome.already for outcome in outcomes):
        click.echo(f"Nothing was written; this would go to {outcomes[0].target}", err=True)


def _named(ids: Sequence[str]) -> Callable[[Books], Sequence[Claim]]:
    def choose(books: Books) -> Sequence[Claim]:
        from beancount_posguard.desk import find_claim  # noqa: PLC0415  # Beancount comes with it

        return [*{claim.id: claim for claim in (find_claim(books, one) for one in ids)}.values()]

    return choose


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "everything", is_flag=True, help="Every claim nobody has looked at yet.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice([*KINDS], case_sensitive=False), help="Of this kind.")
@click.option("--cause", default="", metavar="CODE", help="Why it happened, as far as you know: OP_KEY, ACQ_POST, …")
@click.option("--note", default="", metavar="TEXT", help="What you saw.")
@_writing
def verify(
    *,
    ledger: Path,
    ids: tuple[str, ...],
    everything: bool,
    kinds: tuple[str, ...],
    cause: str,
    note: str,
    by: str,
    on: date,
    dry_run: bool,
) -> None:
    """Say that two independent sources confirm the claims IDs (双重核实).

    An ID may be cut to its last characters: K7QX2.
    """
    if bool(ids) == (everything or bool(kinds)):
        raise click.UsageError("which claims? Give their ids, or --all, or --kind")

    def new_ones(books: Books) -> Sequence[Claim]:
        return [claim for claim in books.claims if claim.stage == "new" and (not kinds or claim.kind in kinds)]

    choose = _named(ids) if ids else new_ones
    _take(ledger, "verify", choose, {"by": by, "cause": cause, "note": note}, on=on, dry_run=dry_run)


def _simple(step: str, text: str, *, note_required: bool) -> click.Command:
    """Make the command of a step that needs no more than the claims and a note."""

    @click.command(step, help=text)
    @click.argument("ids", nargs=-1, required=True, metavar="ID...")
    @click.option("--note", required=note_required, metavar="TEXT", help="Why, or what to remember.")
    @_writing
    def command(*, ledger: Path, ids: tuple[str, ...], note: str | None, by: str, on: date, dry_run: bool) -> None:
        _take(ledger, step, _named(ids), {"by": by, "note": note or ""}, on=on, dry_run=dry_run)

    return command


dismiss = _simple("dismiss", "Say that the claims IDs are none; they must have no money open.", note_required=True)
note = _simple("note", "Write down something about the claims IDs.", note_required=True)
close = _simple("close", "Close the settled claims IDs.", note_required=False)
reopen = _simple("reopen", "Take up the closed or dismissed claims IDs again.", note_required=True)
