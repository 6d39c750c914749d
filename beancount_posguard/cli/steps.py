"""Steps with claims. Each step of the state table is a command; its options are what can be said with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from beancount_posguard.claims.said import SAID
from beancount_posguard.claims.steps import STEPS
from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import MONEY, by_option, date_option, dry_run_option, ledger_option
from beancount_posguard.cli.output import printable_lines
from beancount_posguard.kinds import KINDS
from beancount_posguard.text import figure
from beancount_posguard.words import _

if TYPE_CHECKING:
    from beancount_posguard.claims.claim import Claim
    from beancount_posguard.desk import Outcome
    from beancount_posguard.ledger.books import Books

#: Steps that are taken together with something else, by commands of their own.
_ELSEWHERE = frozenset({"raise", "reroute", "request-write-off", "notify"})
#: What the program fills in itself.
_OURS = frozenset({"by", "evidence"})


def writing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command say who, when, in which ledger, and whether for real."""
    for option in (dry_run_option, date_option, by_option, ledger_option):
        command = option(command)
    return command


def _choosing(step: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a command name claims: by id, by kind, or all that stand where the step begins."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        kind = click.Choice([*KINDS], case_sensitive=False)
        every = "Every claim that waits for it."
        if step == "verify":
            every = "Every claim that waits for it (all new ones)."
        options = (
            lingo.argument("ids", nargs=-1, metavar="[ID]..."),
            lingo.option("--all", "everything", is_flag=True, help=every),
            lingo.option("--kind", "--all-of-kind", "kinds", multiple=True, type=kind, help="All of this kind."),
        )
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _saying(step: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a command take what can be said with ``step``, as the table has it."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        keys = dict.fromkeys((*STEPS[step].required, *STEPS[step].optional, "note"))
        for key in reversed([key for key in keys if key not in _OURS]):
            word, required = SAID[key], key in STEPS[step].required
            type_ = MONEY if key == "amount" else None
            option = lingo.option(
                f"--{key}", key.replace("-", "_"), required=required, type=type_, metavar=word.shown, help=word.meaning
            )
            command = option(command)
        return command

    return decorate


def take(
    ledger: Path,
    step: str,
    choose: Callable[[Books], Sequence[Claim]],
    said: dict[str, str],
    *,
    on: date,
    dry_run: bool,
) -> None:
    """Take ``step`` with what ``choose`` gives, and tell what came of it."""
    from beancount_posguard import desk  # noqa: PLC0415  # Beancount comes with it

    outcomes = desk.take_step(ledger, step, choose, said, on, dry_run=dry_run)
    if not outcomes:
        click.echo(_("No claim is waiting for that."))
    tell(outcomes, STEPS[step].done, dry_run=dry_run)


def tell(outcomes: Sequence[Outcome], done: str, *, dry_run: bool) -> None:
    """Tell what was, or would be, written about each claim."""
    for outcome in outcomes:
        if outcome.already:
            click.echo(
                _("{claim}: nothing to do, it is there already ({already})").format(
                    claim=outcome.claim, already=outcome.already
                )
            )
        elif dry_run:
            click.echo(printable_lines(outcome.text), nl=False)
        else:
            text = _("{claim}: {done}, written to {file}")
            if outcome.stage == "prepared" and done == STEPS["approve"].done:
                text = _("{claim}: {done}, written to {file}; it needs another's approval too")
            told = _("accepted in part") if outcome.stage == "part-accepted" else _(done)
            click.echo(text.format(claim=outcome.claim, done=told, file=outcome.target.name))
    if dry_run and any(not outcome.already for outcome in outcomes):
        click.echo(_("Nothing was written; this would go to {target}").format(target=outcomes[0].target), err=True)


def named(ids: Sequence[str]) -> Callable[[Books], Sequence[Claim]]:
    """Return what finds the claims ``ids``, each once."""

    def choose(books: Books) -> Sequence[Claim]:
        from beancount_posguard.desk import find_claim  # noqa: PLC0415  # Beancount comes with it

        return [*{claim.id: claim for claim in (find_claim(books, one) for one in ids)}.values()]

    return choose


def _waiting(step: str, kinds: Sequence[str]) -> Callable[[Books], Sequence[Claim]]:
    def choose(books: Books) -> Sequence[Claim]:
        sources = STEPS[step].sources
        return [claim for claim in books.claims if claim.stage in sources and (not kinds or claim.kind in kinds)]

    return choose


def spoken(said: dict[str, Any]) -> dict[str, str]:
    """Return the options that were given as a ledger has them."""
    given = {name.replace("_", "-"): value for name, value in said.items() if value is not None}
    return {key: figure(value[0]) if isinstance(value, tuple) else str(value) for key, value in given.items()}


def _command(step: str) -> click.Command:
    @lingo.command(step, help=f"{STEPS[step].meaning}\n\nAn ID may be cut to its last characters: K7QX2.")
    @_choosing(step)
    @_saying(step)
    @writing
    def command(
        *,
        ledger: Path,
        ids: tuple[str, ...],
        everything: bool,
        kinds: tuple[str, ...],
        on: date,
        dry_run: bool,
        **said: Any,  # noqa: ANN401  # the step's words
    ) -> None:
        if bool(ids) == (everything or bool(kinds)):
            raise click.UsageError(_("which claims? Give their ids, or --all, or --kind"))
        choose = named(ids) if ids else _waiting(step, kinds)
        take(ledger, step, choose, spoken(said), on=on, dry_run=dry_run)

    return command


#: The commands by step, in the table's order.
COMMANDS = {step: _command(step) for step in STEPS if step not in _ELSEWHERE}
