"""What needs a person: one list for ``posguard check``, the page in Fava and the number beside its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from beancount_posguard.claims import view
from beancount_posguard.claims.causes import CAUSES, cause_title
from beancount_posguard.claims.claim import Claim
from beancount_posguard.claims.deadlines import is_escalated, reached
from beancount_posguard.claims.steps import FINISHED, MANAGER, stage_name
from beancount_posguard.desk import is_near, is_overdue, is_stirred, relative
from beancount_posguard.ledger.books import Books
from beancount_posguard.ledger.errors import PosguardError
from beancount_posguard.ledger.exhibits import altered
from beancount_posguard.reports.figures import hold_todo
from beancount_posguard.reports.holds import alarming, hold_list
from beancount_posguard.reports.prevention import repeated
from beancount_posguard.text import figure
from beancount_posguard.words import _

#: Every kind of matter, the urgent first.
ORDER = (
    *(
        "ledger",
        "input",
        "missing-file",
        "new",
        "overdue",
        "stirred",
        "near",
        "hold",
        "evidence",
        "uncertain",
        "repeated",
        "waiting",
    ),
)


class Matter(NamedTuple):
    """One thing to look at: a word of :data:`ORDER`, where it stands (relative to the ledger), what it says.

    ``claim`` is the id of the claim it is about, if it is about one.
    """

    matter: str
    file: str
    line: int
    text: str
    claim: str = ""


def matters_of(books: Books) -> list[Matter]:
    """Return everything that is to be looked at, the urgent first, then by place."""
    found = [Matter(one.kind, relative(books, one.file), one.line, str(one.text)) for one in books.findings]
    for claim in books.claims:
        found += _about(claim, books)
    found += _about_holds(books)
    found += _about_causes(books)
    for error in books.errors:
        if not isinstance(error, PosguardError):  # ours are among the findings
            source = error.source or {}
            file, line = str(source.get("filename") or ""), int(source.get("lineno") or 0)
            found.append(Matter("ledger", relative(books, file), line, error.message))
    return sorted(found, key=lambda one: (ORDER.index(one.matter), one.file, one.line))


def _about(claim: Claim, books: Books) -> Iterable[Matter]:
    file = relative(books, claim.file)
    name = f"{claim.id} {view.kind_title(claim.kind)}"
    if claim.stage == "new":
        yield Matter("new", file, claim.line, name, claim.id)
    if is_overdue(claim, books.as_of):
        yield Matter("overdue", file, claim.line, _late(name, claim, books), claim.id)
    if is_stirred(claim):
        text = _("{name}: {stage}, yet {balance} {currency} are open again: posguard reopen {id}").format(
            name=name,
            stage=stage_name(claim.stage),
            balance=figure(claim.balance),
            currency=claim.currency,
            id=claim.id,
        )
        yield Matter("stirred", file, claim.line, text, claim.id)
    if claim.due and is_near(claim, books.as_of):
        text = _("{name}: {part} % of the time is over; by {day}: {what}").format(
            name=name, part=reached(claim.due, books.as_of), day=claim.due.day, what=_(claim.due.what)
        )
        yield Matter("near", file, claim.line, text, claim.id)
    if claim.exhibits and claim.stage not in FINISHED:
        for wrong in altered(claim, books.path.parent):
            yield Matter("evidence", file, claim.line, f"{claim.id}: {wrong}", claim.id)


def _late(name: str, claim: Claim, books: Books) -> str:
    """Return what is said of an overdue claim: after some days it goes to the managers of the ledger."""
    if claim.due is None or not is_escalated(claim.due, books.as_of):
        return name
    policy, today = books.docket.policy, books.as_of
    known = (policy.person(one.name, today) for one in policy.people)
    managers = sorted({one.name for one in known if one and one.roles & MANAGER})
    text = _("{name}: due on {day}, take it to the manager")
    if managers:
        text = _("{name}: due on {day}, take it to {managers}")
    return text.format(name=name, day=claim.due.day, managers=", ".join(managers))


def _about_holds(books: Books) -> Iterable[Matter]:
    for hold in alarming(hold_list(books.survey.holds, books.as_of)):
        text = _("{amount:.2f} {currency} held since {day}, lapses on {lapses}: {hold}").format(
            amount=hold.amount, currency=hold.currency, day=hold.day, lapses=hold.lapses, hold=hold_todo(hold)
        )
        yield Matter("hold", relative(books, hold.file), hold.line, text)


def _about_causes(books: Books) -> Iterable[Matter]:
    for cause, claims in repeated(books.claims):
        last = claims[-1]
        text = _(
            "{cause}: {n} claims and no measure; usual: {measure}. "
            "Decide what is done: posguard note {id} --measure TEXT --note TEXT"
        ).format(cause=cause_title(cause), n=len(claims), measure=_(CAUSES[cause].measure), id=last.id)
        yield Matter("repeated", relative(books, last.file), last.line, text, last.id)
