"""The page of claims: what needs a person, what is open and with whom, and what the ledger's accounts say to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from beancount_posguard.claims.claim import Claim, Part
from beancount_posguard.claims.steps import STAGES
from beancount_posguard.desk import is_near, is_overdue
from beancount_posguard.fava.loaded import Loaded
from beancount_posguard.kinds import KINDS
from beancount_posguard.matters import Matter
from beancount_posguard.money import ZERO
from beancount_posguard.text import figure
from beancount_posguard.words import N_, _, either

#: How many lines of one matter the page lists before it says that there are more.
LISTED = 4


class Owed(NamedTuple):
    """One part of a claim in words: who owes whom, and how much is open and was claimed, both positive.

    ``tone`` is ``us`` where it is owed to the shop, ``them`` where the shop owes it, else empty.
    """

    text: str
    open: Decimal
    claimed: Decimal
    account: str
    tone: str


class Row(NamedTuple):
    """One claim as the table shows it. ``age`` is in days up to the ledger's last day, ``left`` until the deadline."""

    id: str
    kind: str
    kind_name: str
    owed: Sequence[Owed]
    open: Decimal
    currency: str
    detected: date
    age: int
    deadline: date | None
    left: int | None
    urgency: str
    stage: str
    stage_name: str


class Card(NamedTuple):
    """One matter that needs a person: how many, a few of them, and how urgent it is."""

    matter: str
    title: str
    todo: str
    urgency: str
    number: int
    listed: Sequence[Item]


class Item(NamedTuple):
    """One line of a card: about a claim, or about a place in the ledger."""

    text: str
    claim: str
    file: str
    line: int


class Total(NamedTuple):
    """What is open on one claim account, by the claims and by the ledger; ``rest`` is in the ledger but in no claim."""

    account: str
    text: str
    claims: int
    open: Decimal
    ledger: Decimal
    rest: Decimal
    currency: str


#: The matters in the page's order: title, what to do, urgency.
_CARDS: Mapping[str, tuple[str, str, str]] = {
    "ledger": (N_("Errors of the ledger itself"), N_("Mend them first; the rest may follow from them."), "bad"),
    "input": (N_("Lines that cannot be read"), N_("Mend them, or import the files again."), "bad"),
    "overdue": (N_("Past their deadline"), N_("Ask at once; the right to it may be lost."), "bad"),
    "stirred": (N_("Done, yet money is open again"), N_("Something came later: reopen them."), "bad"),
    "near": (N_("Deadline near"), N_("Most of the time is over."), "soon"),
    "new": (N_("Nobody has looked yet"), N_("Compare slip, statement and till, then verify."), "soon"),
    "approval": (N_("Waiting for approval"), N_("Somebody else must look at it."), "soon"),
    "missing-file": (N_("Files that have not come"), N_("Import them, or say that there are none."), "soon"),
    "hold": (N_("Holds running out"), N_("Complete or release them on the terminal."), "soon"),
    "evidence": (N_("Evidence changed or gone"), N_("Put the old files back."), "bad"),
    "uncertain": (N_("Uncertain pairings"), N_("A reference on the slip would decide it."), "calm"),
    "repeated": (N_("Causes that came back"), N_("Decide what is done about them, and note it as a measure."), "calm"),
}

#: The matters that are a claim as it stands; the others say what they are about.
_CLAIMS = frozenset({"new", "overdue", "stirred", "near", "approval"})


def kind_name(code: str) -> str:
    """Return the name of a kind in the reader's language."""
    name = KINDS.get(code)
    return either(name.zh, name.en) if name else code


def stage_name(stage: str) -> str:
    """Return the name of a stage in the reader's language."""
    return either(STAGES[stage].zh, stage.replace("-", " ")) if stage in STAGES else stage


def owed(part: Part, acquirer: str) -> Owed:
    """Return one part in words."""
    who = {"customer": _("the customer"), "acquirer": acquirer, "bank": _("the bank")}.get(part.counterparty, "")
    to_us = (part.balance or part.amount) > 0
    if part.remedy == "correct-books":
        text, tone = _("nobody owes"), ""
    elif not who:
        text, tone = _("to be explained"), ""
    elif to_us:
        text, tone = _("{who} owes you").format(who=who), "us"
    else:
        text, tone = _("you owe {who}").format(who=who), "them"
    return Owed(text, abs(part.balance), abs(part.amount), part.account, tone)


def rows(claims: Iterable[Claim], loaded: Loaded) -> list[Row]:
    """Return the table's rows, the one with the nearest deadline first."""
    made = [_row(claim, loaded) for claim in claims]
    return sorted(made, key=lambda row: (row.deadline is None, row.deadline or date.max, row.id))


def _row(claim: Claim, loaded: Loaded) -> Row:
    as_of = loaded.books.as_of
    urgency = "bad" if is_overdue(claim, as_of) else "soon" if is_near(claim, as_of) else ""
    deadline = claim.deadline if claim.is_open else None
    return Row(
        id=claim.id,
        kind=claim.kind,
        kind_name=kind_name(claim.kind),
        owed=[owed(part, claim.acquirer) for part in claim.parts],
        open=claim.balance,
        currency=claim.currency,
        detected=claim.detected,
        age=(as_of - claim.detected).days,
        deadline=deadline,
        left=(deadline - as_of).days if deadline else None,
        urgency=urgency,
        stage=claim.stage,
        stage_name=stage_name(claim.stage),
    )


def cards(matters: Sequence[Matter], loaded: Loaded) -> list[Card]:
    """Return what needs a person as cards, the urgent ones first, those of which there is nothing left out."""
    made = []
    for name, (title, todo, urgency) in _CARDS.items():
        about = [one for one in matters if one.matter == name]
        if about:
            items = [_item(one, loaded) for one in about[:LISTED]]
            made.append(Card(name, _(title), _(todo), urgency, len(about), items))
    return made


def _item(matter: Matter, loaded: Loaded) -> Item:
    claim = loaded.claims.get(matter.claim)
    file = str(Path(loaded.books.path.parent, matter.file)) if matter.file else ""
    if claim is None or matter.matter not in _CLAIMS:
        return Item(str(matter.text), matter.claim, file, matter.line)
    open_ = f"{figure(claim.balance)} {claim.currency}" if claim.balance else ""
    text = " ".join(word for word in (claim.kind, kind_name(claim.kind), open_) if word)
    return Item(text, claim.id, file, matter.line)


def totals(claims: Sequence[Claim], loaded: Loaded) -> list[Total]:
    """Return one line for each claim account on which anything is open, in ``claims`` or in the ledger."""
    sums: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for claim in claims:
        for part in claim.parts:
            if part.balance:
                count, total = sums.get((part.account, claim.currency), (0, ZERO))
                sums[part.account, claim.currency] = (count + 1, total + part.balance)
    ledger, accounts = loaded.on_accounts, loaded.books.docket.accounts
    lines = []
    for account, currency in sorted({*sums, *(key for key, amount in ledger.items() if amount)}):
        count, total = sums.get((account, currency), (0, ZERO))
        on_it = ledger.get((account, currency), ZERO)
        text = _("owed to you") if (total or on_it) > 0 else _("owed by you")
        if accounts[account] == "none":
            text = _("to be explained")
        lines.append(Total(account, text, count, abs(total), abs(on_it), on_it - total, currency))
    return lines
