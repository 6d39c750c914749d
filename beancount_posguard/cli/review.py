"""Looking: check, claims, show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from beancount_posguard.claims import names, view
from beancount_posguard.claims.evidence import exhibit_name
from beancount_posguard.claims.steps import STAGES, STEPS, stage_name
from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import DONE, LOOK, WRONG, finish, format_option, ledger_option, say
from beancount_posguard.cli.output import print_csv, print_json, print_table, printable
from beancount_posguard.kinds import KINDS
from beancount_posguard.words import N_, _, listed

if TYPE_CHECKING:
    from beancount_posguard.ledger.books import Books
    from beancount_posguard.matters import Matter

#: What `check` counts: what it is called, what to do, and the exit code it stands for.
_MATTERS: dict[str, tuple[str, str, int]] = {
    "ledger": (N_("errors of the ledger itself"), N_("run bean-check and mend them first"), WRONG),
    "input": (N_("lines that cannot be read"), N_("mend or re-import the files"), WRONG),
    "missing-file": (N_("files that have not come"), N_("posguard import them, or say that there are none"), LOOK),
    "new": (N_("claims nobody has looked at"), N_("posguard claims --stage new, then posguard verify"), LOOK),
    "overdue": (N_("claims past their deadline"), N_("posguard show, then ask for the money"), LOOK),
    "stirred": (N_("claims that were done, on which money is open again"), N_("posguard reopen"), LOOK),
    "near": (N_("claims whose time runs out"), N_("posguard show, then do what is due"), LOOK),
    "hold": (
        N_("open holds whose time runs out"),
        N_("complete or release them on the terminal; posguard report holds"),
        LOOK,
    ),
    "evidence": (N_("files on claims that were changed or are gone"), N_("put the old ones back"), LOOK),
    "uncertain": (N_("pairings with several explanations"), N_("add the missing references to the slips"), LOOK),
    "repeated": (N_("causes that came back without a measure"), N_("decide what is done, and record it"), LOOK),
    "waiting": (N_("lines whose time has not run out"), N_("nothing yet"), DONE),
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
#: What is left of a claim's part, by its party and by whether it is owed to the merchant.
_LEFT: dict[tuple[str, bool], str] = {
    ("customer", True): N_("{balance} of {amount} {currency} open, owed to you by the customer"),
    ("customer", False): N_("{balance} of {amount} {currency} open, owed by you to the customer"),
    ("acquirer", True): N_("{balance} of {amount} {currency} open, owed to you by the acquirer"),
    ("acquirer", False): N_("{balance} of {amount} {currency} open, owed by you to the acquirer"),
    ("employee", True): N_("{balance} of {amount} {currency} open, owed to you by an employee"),
    ("none", True): N_("{balance} of {amount} {currency} open, owed to you by somebody not known yet"),
    ("none", False): N_("{balance} of {amount} {currency} open, owed by you to somebody not known yet"),
}
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
        text = _("as of {day}; {n} open claims") if as_of else _("no card business yet; {n} open claims")
        say(text.format(day=as_of, n=_count_open(books)))
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
        click.echo(_("Nothing needs you."))
        return
    print_table(
        [(counts[key], _(name), _(todo)) for key, (name, todo, _code) in _MATTERS.items() if counts[key]],
        (N_("how many"), N_("what"), N_("what to do")),
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
        click.echo(_("No such claim."))
        return
    columns = (
        N_("id"), N_("kind"), N_("with"), N_("open"), N_("of"), N_("found"), N_("deadline"), N_("stage"),
    )  # fmt: skip
    print_table(
        [
            (
                row["id"],
                view.kind_title(row["kind"]),
                row["acquirer"] if row["counterparty"] == "acquirer" else names.party(row["counterparty"]),
                row["balance"],
                f"{row['amount']} {row['currency']}",
                row["detected"],
                row["deadline"],
                stage_name(row["stage"]),
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
    texts = {
        (True, True): _("{who}: {total} {currency} owed to you ({n})"),
        (True, False): _("{who}: {total} {currency} owed by you ({n})"),
        (False, True): _("not known yet by whom: {total} {currency} owed to you ({n})"),
        (False, False): _("not known yet to whom: {total} {currency} owed by you ({n})"),
    }
    return [
        texts[who != "none", to_us].format(who=names.party(who), total=total, currency=currency, n=count)
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

    line(f"{claim['id']}  {view.kind_title(claim['kind'])}  ({claim['acquirer']}, {stage_name(claim['stage'])})")
    line(claim["why"])
    if claim["deadline"]:
        text = _("Found on {day}, deadline {deadline}; its slip stands at {source}.")
    else:
        text = _("Found on {day}; its slip stands at {source}.")
    line(text.format(day=claim["detected"], deadline=claim["deadline"], source=claim["source"]))
    line()
    amount = _("amount {currency}").format(currency=claim["currency"])
    print_table(
        [
            (names.side(side), leg["amount"], leg["date"], leg["ref"], leg["source"])
            for side in _SIDES
            for leg in claim["legs"][side] or [{"amount": "–", "date": "", "ref": "", "source": ""}]
        ],
        (N_("says"), amount, N_("date"), N_("reference"), N_("where")),
        right=[amount],
    )
    if "reasons" in claim:
        line()
        rows = [(one["rule"], one["about"], one["text"]) for one in claim["reasons"]]
        print_table(rows, (N_("rule"), N_("about"), N_("because")))
    line()
    for part in claim["parts"]:
        line(_money_left(part, claim["currency"]))
    for text in (*_due_line(claim["due"]), *_evidence_lines(claim)):
        line(text)
    line()
    print_table(
        [
            (event["date"], names.event(event["what"]), event["amount"], event["by"], event["text"])
            for event in claim["history"]
        ],
        (N_("date"), N_("what happened"), N_("amount"), N_("by"), N_("note")),
        right=["amount"],
    )
    line()
    line(_("Next: {next}").format(next=claim["next"]))


def _due_line(due: dict[str, str] | None) -> list[str]:
    if due is None:
        return []
    sure = names.confidence(due["confidence"])
    text = _("By {day}: {what}; lost without it: {lost} ({source}, {confidence})")
    return [text.format(**due | {"confidence": sure})]


def _evidence_lines(claim: dict[str, Any]) -> list[str]:
    texts = [
        _("On file: {what} ({path})").format(what=exhibit_name(one["what"]), path=one["path"])
        for one in claim["evidence"]
    ]
    if claim["lacks"] and claim["stage"] in {"new", *STEPS["prepare"].sources}:
        lacks = listed(exhibit_name(one) for one in claim["lacks"])
        text = _("Needed before it is prepared: {lacks} (posguard attach {id} FILE --as …)")
        texts.append(text.format(lacks=lacks, id=claim["id"].rpartition("-")[2]))
    return texts


def _money_left(part: dict[str, str], currency: str) -> str:
    amount, balance = Decimal(part["amount"]), Decimal(part["balance"])
    owed_to_us = (balance or amount) > 0
    text = _(_LEFT.get((part["counterparty"], owed_to_us), _LEFT["none", owed_to_us]))
    return text.format(balance=abs(balance), amount=abs(amount), currency=currency)
