"""``posguard close-month``: prove a month, and nail it down."""

from __future__ import annotations

import re
from pathlib import Path

import click

from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import DONE, LOOK, by_option, dry_run_option, finish, format_option, ledger_option
from beancount_posguard.cli.output import print_csv, print_json, print_table, printable, printable_lines
from beancount_posguard.words import N_, _

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


@lingo.command("close-month")
@lingo.argument("month", metavar="YYYY-MM")
@by_option
@ledger_option
@format_option
@dry_run_option
def close_month(*, ledger: Path, month: str, by: str, form: str, dry_run: bool) -> None:
    """Prove that card business of a month is explained to the cent, and write the balances that keep it so.

    From then on whatever changes the month's claims is an error in bean-check.
    """
    from beancount_posguard import closing  # noqa: PLC0415  # Beancount comes with it

    match = _MONTH.fullmatch(month)
    if not match or match[1] == "0000":
        raise click.UsageError(_("{month!r} is no month; expected one such as 2026-10").format(month=month))
    result = closing.close_month(ledger, int(match[1]), int(match[2]), by, dry_run=dry_run)
    rows = [line._asdict() for line in result.lines]
    if form == "json":
        print_json(
            {"month": result.month, "closed": not result.obstacles, "accounts": rows, "obstacles": result.obstacles}
        )
    elif form == "csv":
        print_csv(rows, ("account", "currency", "balance", "explained", "what"))
    else:
        columns = (N_("account"), N_("balance"), N_("explained"), N_("what"))
        print_table(
            [(one["account"], one["balance"], one["explained"], one["what"]) for one in rows],
            columns,
            right=["balance", "explained"],
        )
        for text in result.obstacles:
            click.echo(printable(text))
        if result.outcome and not result.outcome.already:
            click.echo(printable_lines(result.outcome.text), nl=False)
    if result.outcome:
        if result.outcome.already:
            text = _("{month}: proved; its balances stand already in {file}")
        elif dry_run:
            text = _("{month}: proved; its balances would go to {file}")
        else:
            text = _("{month}: proved; its balances were written to {file}")
        click.echo(text.format(month=month, file=result.outcome.target.name), err=True)
    finish(LOOK if result.obstacles else DONE)
