"""Looking: check, claims, show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from beancount_posguard.claims import view
from beancount_posguard.claims.steps import STAGES
from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import DONE, LOOK, WRONG, finish, format_option, ledger_option, say
from beancount_posguard.cli.output import print_csv, print_json, print_table, printable
from beancount_posguard.kinds import KINDS

if TYPE_CHECKING:
    from beancount_posguard.ledger.books import Books
    from beancount_posguard.matters import Matter

#: What `check` counts: what it is called, what to do, and the exit code it stands for.
_MATTERS: dict[str, tuple[str, str, int]] = {
    "ledger": ("errors of the ledger itself", "run bean-check and mend them first", WRONG),
    "input": ("lines that cannot be read", "mend or re-import the files", WRONG),
    "missing-file": ("files that have not come", "posguard import them, or say that there are none", LOOK),
    "new": ("claims nobody has looked at", "posguard claims --stage new, then posguard verify", LOOK),
    "overdue": ("claims past their deadline", "posguard show, then ask for the money", LOOK),
    "hold": ("open holds whose time runs out", "complete or release them on the terminal; posguard report holds", LOOK),
    "evidence": ("files on claims that were changed or are gone", "put the old ones back", LOOK),
    "uncertain": ("pairings with several explanations", "add the missing references to the slips", LOOK),
    "repeated": ("causes that came back without a measure", "decide what is done, and record it", LOOK),
    "waiting": ("lines whose time has not run out", "nothing yet", DONE),
}

_CLAIM_COLUMNS = (
    "id",
    "kind",
    "acquirer",
    "counterparty",
    "remedy",
    "currency",
    "amount",
    "balance",
    "detected",
    "deadline",
    "stage",
)
_SIDES = ("sale", "terminal", "settlement", "bank")


@lingo.command()
@ledger_option
@format_option
def check(ledger: Path, form: str) -> None:
    """Say what needs a person today."""
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.matters import matters_of  # noqa: PLC0415

    books = open_books(ledger)
    matters = [_row(matter) for matter in matters_of(books)]
    counts = Counter(str(matter["matter"]) for matter in matters)
    if form == "json":
        in_order = {key: counts[key] for key in _MATTERS}
        print_json({"as_of": _as_of(books), "counts": in_order, "findings": matters})
    elif form == "csv":
        print_csv(matters, ("matter", "file", "line", "text"))
    else:
        _print_matters(matters, counts)
        as_of = _as_of(books)
        say(f"{f'as of {as_of}' if as_of else 'no card business yet'}; {_count_open(books)} open claims")
    finish(max((_MATTERS[key][2] for key in counts), default=DONE))


def _row(matter: Matter) -> dict[str, object]:
    return {"matter": matter.matter, "file": matter.file, "line": matter.line, "text": matter.text}


def _as_of(books: Books) -> date | None:
    """Return the last day the ledger's card business tells of, if any does."""
    return None if books.as_of == date.min else books.as_of


def _count_open(books: Books) -> int:
    return sum(claim.is_open for claim in books.claims)


def _print_matters(matters: Sequence[dict[str, object]], counts: Counter[str]) -> None:
    if not matters:
        click.echo("Nothing needs you.")
        return
    print_table(
        [(counts[key], name, todo) for key, (name, todo, _) in _MATTERS.items() if counts[key]],
        ("how many", "what", "what to do"),
        right=["how many"],
    )
    listed = [one for one in matters if one["matter"] not in {"new", "waiting"}]
    for one in listed:
        click.echo(printable(f"{_where(one)}{one['text']}"))


def _where(matter: dict[str, object]) -> str:
    return f"{matter['file']}:{matter['line']}: " if matter["file"] else ""


@lingo.command()
@ledger_option
@lingo.option("--kind", "kinds", multiple=True, type=click.Choice([*KINDS], case_sensitive=False), help="Of this kind.")
@lingo.option("--stage", "stages", multiple=True, type=click.Choice([*STAGES]), help="That stand there, open or not.")
@lingo.option("--acquirer", default="", metavar="NAME", help="With this acquirer.")
@lingo.option("--counterparty", default="", metavar="WHO", help="customer, acquirer or none.")
@lingo.option("--all", "everything", is_flag=True, help="Finished ones too.")
@format_option
def claims(
    *,
    ledger: Path,
    kinds: tuple[str, ...],
    stages: tuple[str, ...],
    acquirer: str,
    counterparty: str,
    everything: bool,
    form: str,
) -> None:
    """List the open claims."""
    from beancount_posguard.desk import needs_person  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415

    books = open_books(ledger)
    chosen = [
        claim
        for claim in sorted(books.claims, key=lambda one: one.id)
        if (everything or claim.stage in stages or (not stages and claim.is_open))
        and (not kinds or claim.kind in kinds)
        and (not acquirer or claim.acquirer == acquirer)
    ]
    rows = [row for claim in chosen for row in view.rows(claim) if counterparty in {"", row["counterparty"]}]
    if form == "json":
        print_json(rows)
    elif form == "csv":
        print_csv([row | _flat(row["legs"]) for row in rows], (*_CLAIM_COLUMNS, *_SIDES))
    else:
        _print_claims(rows)
    shown = {row["id"] for row in rows}
    finish(LOOK if any(claim.id in shown and needs_person(claim, books.as_of) for claim in chosen) else DONE)


def _flat(legs: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    return {
        side: "; ".join(f"{leg['amount']} {leg['date']} {leg['ref']}".strip() for leg in lines)
        for side, lines in legs.items()
    }


def _print_claims(rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        click.echo("No such claim.")
        return
    columns = ("id", "kind", "with", "open", "of", "found", "deadline", "stage")
    print_table(
        [
            (
                row["id"],
                view.kind_title(row["kind"]),
                row["acquirer"] if row["counterparty"] == "acquirer" else row["counterparty"],
                row["balance"],
                f"{row['amount']} {row['currency']}",
                row["detected"],
                row["deadline"],
                row["stage"],
            )
            for row in rows
        ],
        columns,
        right=["open", "of"],
    )
    for line in _totals(rows):
        click.echo(line)


def _totals(rows: Iterable[dict[str, Any]]) -> list[str]:
    """Return one sentence per counterparty, direction and currency; what is owed never nets against what one owes."""
    sums: dict[tuple[str, str, bool], tuple[int, Decimal]] = {}
    for row in rows:
        balance = Decimal(row["balance"])
        if balance:
            key = (row["counterparty"], row["currency"], balance > 0)
            count, total = sums.get(key, (0, Decimal(0)))
            sums[key] = (count + 1, total + abs(balance))
    words = {True: "owed to you", False: "owed by you"}
    return [
        f"{who}: {total} {currency} {words[to_us]} ({count})"
        for (who, currency, to_us), (count, total) in sorted(sums.items())
    ]


@lingo.command()
@ledger_option
@lingo.argument("wanted", metavar="ID")
@lingo.option("--why", "explain", is_flag=True, help="Also say by which rule each line belongs to it.")
@format_option
def show(ledger: Path, wanted: str, explain: bool, form: str) -> None:
    """Show the claim ID: its slips side by side, why it is one, what happened, what is left, what to do next.

    The ID may be cut to its last characters: K7QX2.
    """
    from beancount_posguard.desk import find_claim, needs_person, next_step, relative  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415

    books = open_books(ledger)
    claim = find_claim(books, wanted)
    source = f"{relative(books, claim.file)}:{claim.line}"
    whole = {**view.whole(claim), "source": source, "next": next_step(claim, strict=bool(books.docket.policy.people))}
    if explain and claim.id in books.survey.events:
        from beancount_posguard.reasons import reasons  # noqa: PLC0415

        whole["reasons"] = [one._asdict() for one in reasons(books.survey.events[claim.id])]
    if form == "json":
        print_json(whole)
    elif form == "csv":
        rows = [row | _flat(row["legs"]) for row in view.rows(claim)]
        print_csv(rows, (*_CLAIM_COLUMNS, *_SIDES))
    else:
        _print_claim(whole)
    finish(LOOK if needs_person(claim, books.as_of) else DONE)


def _print_claim(claim: dict[str, Any]) -> None:
    def line(text: str = "") -> None:
        click.echo(printable(text))

    line(f"{claim['id']}  {view.kind_title(claim['kind'])}  ({claim['acquirer']}, {claim['stage']})")
    line(claim["why"])
    deadline = f", deadline {claim['deadline']}" if claim["deadline"] else ""
    line(f"Found on {claim['detected']}{deadline}; its slip stands at {claim['source']}.")
    line()
    print_table(
        [
            (side, leg["amount"], leg["date"], leg["ref"], leg["source"])
            for side in _SIDES
            for leg in claim["legs"][side] or [{"amount": "–", "date": "", "ref": "", "source": ""}]
        ],
        ("says", f"amount {claim['currency']}", "date", "reference", "where"),
        right=[f"amount {claim['currency']}"],
    )
    if "reasons" in claim:
        line()
        rows = [(one["rule"], one["about"], one["text"]) for one in claim["reasons"]]
        print_table(rows, ("rule", "about", "because"))
    line()
    for part in claim["parts"]:
        line(_money_left(part, claim["currency"]))
    for text in (*_due_line(claim["due"]), *_evidence_lines(claim)):
        line(text)
    line()
    print_table(
        [(event["date"], event["what"], event["amount"], event["by"], event["text"]) for event in claim["history"]],
        ("date", "what happened", "amount", "by", "note"),
        right=["amount"],
    )
    line()
    line(f"Next: {claim['next']}")


def _due_line(due: dict[str, str] | None) -> list[str]:
    if due is None:
        return []
    return [f"By {due['day']}: {due['what']}; lost without it: {due['lost']} ({due['source']}, {due['confidence']})"]


def _evidence_lines(claim: dict[str, Any]) -> list[str]:
    on_file = [f"On file: {one['what']} ({one['path']})" for one in claim["evidence"]]
    short = claim["id"].rpartition("-")[2]
    lacks = [f"Needed before it is prepared: {', '.join(claim['lacks'])} (posguard attach {short} FILE --as …)"]
    return [*on_file, *(lacks if claim["lacks"] else [])]


def _money_left(part: dict[str, str], currency: str) -> str:
    amount, balance = Decimal(part["amount"]), Decimal(part["balance"])
    owed = "owed to you by" if (balance or amount) > 0 else "owed by you to"
    who = {"none": "somebody not known yet"}.get(part["counterparty"], f"the {part['counterparty']}")
    return f"{abs(balance)} of {abs(amount)} {currency} open, {owed} {who}"
