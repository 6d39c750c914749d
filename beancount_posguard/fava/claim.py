"""One claim as the page shows it: the chain with its break, the lines side by side, what was done, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from beancount_posguard.claims import names
from beancount_posguard.claims.claim import Claim, LegRef
from beancount_posguard.claims.deadlines import reached
from beancount_posguard.claims.evidence import EXHIBITS, missing
from beancount_posguard.claims.fold import CORRECTIONS
from beancount_posguard.claims.steps import STEPS
from beancount_posguard.fava.loaded import Loaded
from beancount_posguard.fava.page import kind_name, owed, stage_name
from beancount_posguard.ledger.exhibits import altered
from beancount_posguard.legs import Kind, Status
from beancount_posguard.money import ZERO
from beancount_posguard.reasons import Reason, reasons
from beancount_posguard.reports.packet import is_for_acquirer
from beancount_posguard.words import N_, _, either


class Node(NamedTuple):
    """One place of the chain: what all its lines say together; ``judged`` tells whether it says anything here."""

    side: str
    title: str
    amount: Decimal
    lines: int
    said: str
    judged: bool


class Link(NamedTuple):
    """What lies between two places: ``gap`` is what the later one says more (less: negative); None if not compared."""

    gap: Decimal | None
    text: str


class Line(NamedTuple):
    """One line of one side, with where it stands."""

    side: str
    title: str
    amount: Decimal
    said: str
    date: date
    ref: str
    file: str
    line: str


class Event(NamedTuple):
    """One line of the history: ``tone`` is ``money``, ``step`` or ``found``."""

    date: date
    what: str
    by: str
    text: str
    amount: Decimal | None
    tone: str


class Paper(NamedTuple):
    """One file on the claim; ``wrong`` says how it is not as it was attached."""

    title: str
    path: str
    name: str
    date: date
    by: str
    wrong: str


_SIDES: Mapping[str, str] = {
    "sale": N_("Till"),
    "terminal": N_("Terminal"),
    "settlement": N_("Statement"),
    "bank": N_("Bank"),
}

#: What is compared: the two sides, and with whom a claim is that stands between them.
_LINKS: Sequence[tuple[str, str, frozenset[str]]] = (
    ("sale", "terminal", frozenset({"customer", "none"})),
    ("terminal", "settlement", frozenset({"acquirer", "none"})),
    ("settlement", "bank", frozenset()),
)

#: What a line that moved no money calls itself.
_SAID: Mapping[str, str] = {
    Status.DECLINED.value: N_("declined"),
    Status.TIMEOUT.value: N_("timed out"),
    Status.VOIDED.value: N_("voided"),
    Status.REVERSED.value: N_("reversed"),
    Status.PENDING.value: N_("pending"),
    Kind.PREAUTH.value: N_("hold"),
    Kind.PREAUTH_VOID.value: N_("hold released"),
}

#: What is known of the slips, as their lines say it.
_FACTS: Mapping[str, str] = {
    "card": N_("card"),
    "card-type": N_("kind of card"),
    "terminal": N_("terminal"),
    "cashier": N_("cashier"),
    "store": N_("store"),
    "merchant": N_("merchant id"),
    "time": N_("time"),
}

#: What the history says was done, besides the steps of the table.
_DONE: Mapping[str, str] = {
    "detected": N_("found"),
    "changed": N_("changed"),
    "withdrawn": N_("withdrawn"),
    "attach": N_("file attached"),
    "refund": N_("paid back"),
    "top-up": N_("paid up"),
    "write-off": N_("given up"),
    "reclass": N_("moved to another party"),
    "bounce": N_("refund came back"),
    "raise": N_("raised by hand"),
    "booking": N_("booked by hand"),
}


def _told(key: str, values: Iterable[str]) -> list[str]:
    """Return what the slips say under ``key``, the ledger's own words in the reader's language."""
    return [names.card_type(one) if key == "card-type" else one for one in values]


def exhibit_name(what: str) -> str:
    """Return what a file on a claim is, in the reader's language."""
    return either(*EXHIBITS[what]) if what in EXHIBITS else what


def state(claim: Claim) -> str:
    """Return a token that changes whenever anything is done about ``claim``, and how long its history is."""
    words = (claim.kind, claim.stage, str(claim.balance), str(len(claim.exhibits)))
    return f"{sha256(' '.join(words).encode()).hexdigest()[:16]}-{len(claim.history)}"


def since(claim: Claim, seen: str) -> str:
    """Return what was done about ``claim`` after somebody saw it in the state ``seen``, in a few words."""
    known = seen.rpartition("-")[2]
    events = claim.history[int(known) if known.isdecimal() else 0 :]
    return "; ".join(f"{one.date} {one.what} {one.by}".strip() for one in map(_event, events))


def view(claim: Claim, loaded: Loaded) -> dict[str, Any]:
    """Return all that the claim's template tells."""
    books = loaded.books
    due = claim.due if claim.is_open else None
    nodes = chain(claim)
    return {
        "id": claim.id,
        "state": state(claim),
        "kind": claim.kind,
        "kind_name": kind_name(claim.kind),
        "stage": claim.stage,
        "stage_name": stage_name(claim.stage),
        "acquirer": claim.acquirer,
        "prepared": is_for_acquirer(claim),
        "currency": claim.currency,
        "why": str(claim.why),
        "detected": claim.detected,
        "file": claim.file,
        "line": claim.line,
        "owed": [owed(part, claim.acquirer) for part in claim.parts],
        "nodes": nodes,
        "links": links(claim, nodes),
        "lines": [_line(leg) for leg in claim.legs],
        "facts": {_(_FACTS[key]): _told(key, values) for key, values in claim.facts.items() if key in _FACTS},
        "due": due,
        "confidence": names.confidence(due.confidence) if due else "",
        "left": (due.day - books.as_of).days if due else 0,
        "reached": reached(due, books.as_of) if due else 0,
        "lacks": [exhibit_name(one) for one in _lacks(claim)],
        "papers": _papers(claim, loaded),
        "history": [_event(one) for one in claim.history],
    }


def chain(claim: Claim) -> list[Node]:
    """Return the four places of the chain with what each says in all."""
    nodes = []
    for side, title in _SIDES.items():
        legs = [leg for leg in claim.legs if leg.side == side]
        moved = [leg for leg in legs if not leg.said]
        said = "" if moved or not legs else _said(legs[0].said)
        amount = sum((leg.amount for leg in moved), ZERO)
        nodes.append(Node(side, _(title), amount, len(legs), said, bool(legs)))
    compared = _compared(claim, nodes)
    return [node._replace(judged=node.judged or any(node.side in pair for pair in compared)) for node in nodes]


def _compared(claim: Claim, nodes: Sequence[Node]) -> set[tuple[str, str]]:
    """Return which neighbours are compared: both say something, or the claim is that one of them does not."""
    there = {node.side for node in nodes if node.lines}
    parties = {part.counterparty for part in claim.parts}
    pairs = set()
    for one, other, whose in _LINKS:
        both = {one, other} <= there
        either_one = bool({one, other} & there)
        if both or (either_one and whose & parties and "bank" not in there):
            pairs.add((one, other))
    return pairs


def links(claim: Claim, nodes: Sequence[Node]) -> list[Link]:
    """Return what lies between each two neighbours of ``nodes``."""
    compared = _compared(claim, nodes)
    by_side = {node.side: node for node in nodes}
    made = []
    for one, other, _whose in _LINKS:
        if (one, other) not in compared:
            made.append(Link(None, ""))
            continue
        gap = by_side[other].amount - by_side[one].amount
        text = _("agree") if not gap else _("missing") if (gap < 0) == (by_side[one].amount >= 0) else _("too much")
        made.append(Link(gap, text))
    return made


def _said(words: str) -> str:
    word, _space, amount = words.partition(" ")
    return f"{_(_SAID[word])} {amount}" if word in _SAID else words


def _line(leg: LegRef) -> Line:
    file, _colon, line = leg.source.rpartition(":")
    said = _said(leg.said) if leg.said else ""
    return Line(leg.side, _(_SIDES[leg.side]), leg.amount, said, leg.date, leg.ref, file, line)


def _lacks(claim: Claim) -> list[str]:
    return missing(claim.kind, (leg.side for leg in claim.legs), claim.exhibits)


def _papers(claim: Claim, loaded: Loaded) -> list[Paper]:
    wrong = list(altered(claim, loaded.books.path.parent)) if claim.exhibits else []
    return [
        Paper(
            exhibit_name(one.what),
            one.path,
            Path(one.path).name,
            one.day,
            one.by,
            next((text for text in wrong if text.startswith(f"{one.path} ")), ""),
        )
        for one in claim.exhibits
    ]


def _event(event: Any) -> Event:  # noqa: ANN401  # a claim's event, of the same name
    what = _(STEPS[event.what].done) if event.what in STEPS else names.event(event.what)
    # In English a list's heading "found" is the same word as what was found; in Chinese it is not.
    what = either(names.event(event.what), _(_DONE[event.what])) if event.what in _DONE else what
    tone = "money" if event.what in {*CORRECTIONS, "booking"} else "found" if event.by == "posguard" else "step"
    return Event(event.date, what, "" if event.by == "posguard" else event.by, str(event.text), event.amount, tone)


def why(claim: Claim, loaded: Loaded) -> list[Reason]:
    """Return by which rules the claim is one and its lines belong together; empty for one that was raised by hand."""
    event = loaded.books.survey.events.get(claim.id)
    return reasons(event) if event else []
