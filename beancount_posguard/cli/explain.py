"""``posguard explain``: what of a statement could make up the difference to its deposit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import DONE, LOOK, Failure, finish, format_option, ledger_option
from beancount_posguard.cli.output import print_csv, print_json, print_table, printable
from beancount_posguard.words import N_, _

if TYPE_CHECKING:
    from beancount_posguard.payout import Explanation

_COLUMNS = ("set", "line", "gross", "fee", "net", "of")
_HEADINGS = (N_("set"), N_("line"), N_("gross"), N_("fee"), N_("net"), N_("alike"))
_SHOWN = 20


@lingo.command()
@ledger_option
@lingo.argument("wanted", metavar="ID")
@format_option
def explain(ledger: Path, wanted: str, form: str) -> None:
    """Explain the deposit of claim ID (P1, P2 or P3): every set of up to three lines that makes up the difference.

    Nothing is picked: what is shown is how many explanations there are, and that the search was exhausted.
    """
    from beancount_posguard.desk import find_claim  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415
    from beancount_posguard.payout import explain_payout  # noqa: PLC0415

    books = open_books(ledger)
    claim = find_claim(books, wanted)
    event = books.survey.events.get(claim.id)
    if event is None:
        raise Failure(_("{id} was raised by hand; there is no statement to explain it by").format(id=claim.id))
    try:
        found = explain_payout(event, books.survey.sheets)
    except ValueError as error:
        raise Failure(f"{claim.id}: {error}") from None
    if form == "json":
        print_json(_whole(claim.id, found))
    elif form == "csv":
        print_csv(_rows(found), _COLUMNS)
    else:
        _print(claim.id, found)
    finish(LOOK if found.answer.ways != 1 else DONE)


def _whole(claim: str, found: Explanation) -> dict[str, object]:
    answer = found.answer
    return {
        "id": claim,
        "statement": found.statement,
        "promised": found.promised,
        "paid": found.paid,
        "gap": found.gap,
        "currency": found.currency,
        "explanations": len(answer.sets),
        "ways": answer.ways,
        "search": "exhausted" if answer.exhausted else "stopped",
        "bound": answer.bound,
        "sets": _rows(found),
    }


def _rows(found: Explanation) -> list[dict[str, object]]:
    return [
        {
            "set": number,
            "line": line.ref,
            "gross": line.gross,
            "fee": line.fee,
            "net": line.net,
            "of": count,
        }
        for number, lines in enumerate(found.answer.sets, start=1)
        for line, count in lines
    ]


def _print(claim: str, found: Explanation) -> None:
    answer = found.answer
    if found.gap > 0:
        text = _("{claim}: the statement of {day} promised {promised} {currency}, {paid} came: {gap} short")
    else:
        text = _("{claim}: the statement of {day} promised {promised} {currency}, {paid} came: {gap} over")
    figures = {"promised": found.promised, "paid": found.paid, "gap": abs(found.gap), "currency": found.currency}
    click.echo(printable(text.format(claim=claim, day=found.statement, **figures)))
    if answer.exhausted:
        text = _("{n} explanations ({ways} choices of lines) among {bound}; the search was exhausted.")
    else:
        text = _("{n} explanations ({ways} choices of lines) among {bound}; the search was stopped.")
    click.echo(text.format(n=len(answer.sets), ways=answer.ways, bound=answer.bound))
    rows = _rows(found)
    if rows:
        click.echo()
        print_table([list(row.values()) for row in rows[:_SHOWN]], _HEADINGS, right=("gross", "fee", "net", "alike"))
    if len(rows) > _SHOWN:
        click.echo(_("… and {n} more rows: --format csv").format(n=len(rows) - _SHOWN))
    if not rows:
        click.echo(_("No small set of its lines explains it: ask the acquirer for the payout's breakdown."))
