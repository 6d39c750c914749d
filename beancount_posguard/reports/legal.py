"""The file for a lawyer: why advice is asked for, what happened, what was demanded, the sum, the limitation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from beancount_posguard.claims import names
from beancount_posguard.claims.claim import Claim, Taken
from beancount_posguard.claims.policy import Policy
from beancount_posguard.claims.steps import STAGES
from beancount_posguard.money import ZERO
from beancount_posguard.reports import papers
from beancount_posguard.reports.html import heading, paragraph, table
from beancount_posguard.reports.papers import Folder
from beancount_posguard.text import figure
from beancount_posguard.words import _, either, speaking

#: Days before a deadline from which it is near.
_NEAR = 14

#: Years from knowing to the end of the ordinary limitation (PRC Civil Code 188; medium).
_LIMITATION = 3

#: What asks the other side for something: each written demand may start the limitation anew (unverified).
_DEMANDS = frozenset({"submit", "appeal", "notify"})


def triggers(claim: Claim, policy: Policy, as_of: date) -> list[str]:
    """Return why legal advice should be asked for, as sentences; none where it need not be."""
    total = sum((abs(part.amount) for part in claim.parts), ZERO)
    limit = policy.limit("legal", as_of)
    refused = sum(one.step == "reject" for one in claim.taken)
    fighting = claim.stage in {"rejected", "appealed", "legal"}
    near = fighting and claim.due is not None and (claim.due.day - as_of).days <= _NEAR
    fraud = next((one.said["cause"] for one in claim.taken if one.said.get("cause", "").startswith("FRAUD")), "")
    reasons = [
        (
            total >= limit,
            _("it is about {total} {currency}; the limit is {limit}").format(
                total=figure(total), currency=claim.currency, limit=figure(limit)
            ),
        ),
        (refused > 1, _("it was rejected {n} times").format(n=refused)),
        (near, _("its next deadline is {day}").format(day=claim.due.day if claim.due else "")),
        (bool(fraud), _("its cause is {cause}: a crime is suspected").format(cause=fraud)),
        (claim.last("legal") is not None, _("it was handed over by a person")),
    ]
    return [text for holds, text in reasons if holds]


def legal_file(folder: Folder, language: str) -> str:
    """Return the file for a lawyer as a page in ``language``; what is refused is told in the reader's.

    Raises:
        RefusedError: when a file on the claim was changed or is gone.
    """
    papers.require_unchanged(folder)
    with speaking(language):
        return _page(folder)


def _page(folder: Folder) -> str:
    claim = folder.claim
    title = _("File for legal advice {id}").format(id=claim.id)
    reasons = triggers(claim, folder.policy, folder.as_of)
    body = [
        heading(title, 1),
        table((), _head(folder), kind="facts"),
        heading(_("Why advice is asked for")),
        *([paragraph(text) for text in reasons] or [paragraph(_("none"))]),
        *papers.facts(folder),
        *_sum(claim),
        *papers.calculation(folder),
        *_chronology(claim),
        *_demands(claim),
        *_answers(claim),
        *papers.lines(folder),
        *papers.exhibits(folder),
    ]
    return papers.whole_page(title, body)


def _head(folder: Folder) -> list[tuple[str, str]]:
    claim = folder.claim
    acknowledged = claim.last("acknowledge")
    rows = [
        (_("Merchant"), folder.shop.get("shop-name", "")),
        (_("Against"), ", ".join(_party(part.counterparty, claim) for part in claim.parts)),
        (_("Claim"), f"{claim.id} ({either(STAGES[claim.stage].zh, claim.stage)})"),
        (_("Their case number"), acknowledged.said["case"] if acknowledged else ""),
        (_("Next deadline"), f"{claim.due.day}: {_(claim.due.lost)}" if claim.due else ""),
        (_("Limitation"), _limitation(claim)),
        (_("As of"), folder.as_of.isoformat()),
    ]
    return [(key, text) for key, text in rows if text]


def _party(code: str, claim: Claim) -> str:
    return claim.acquirer if code == "acquirer" else names.party(code)


def _limitation(claim: Claim) -> str:
    """Return when the ordinary limitation ends, counted from the day the difference was known."""
    known = claim.detected
    try:
        end = known.replace(year=known.year + _LIMITATION)
    except ValueError:  # known on 29 February
        end = known.replace(year=known.year + _LIMITATION, day=28)
    text = _("{years} years from {known}: {end} (to be confirmed by the lawyer)")
    return text.format(years=_LIMITATION, known=known, end=end)


def _sum(claim: Claim) -> Iterator[str]:
    yield heading(_("Sum"))
    whole, rest = (_total(part.amount for part in claim.parts), _total(part.balance for part in claim.parts))
    text = _("{amount} {currency}; still open: {rest} {currency}")
    yield paragraph(text.format(amount=figure(whole), rest=figure(rest), currency=claim.currency))


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(map(abs, amounts), ZERO)


def _chronology(claim: Claim) -> Iterator[str]:
    yield heading(_("What happened, day by day"))
    slips = {leg.date for leg in claim.legs}
    rows = [(day.isoformat(), _("the trade"), "", "", "") for day in sorted(slips)[:1]]
    rows += [
        (
            one.date.isoformat(),
            names.event(one.what),
            "" if one.amount is None else figure(one.amount),
            one.by,
            str(one.text),
        )
        for one in claim.history
    ]
    yield table((_("Date"), _("What"), _("Amount"), _("By"), _("Note")), rows, [2])


def _demands(claim: Claim) -> Iterator[str]:
    yield heading(_("Demands made"))
    rows = [
        (one.on.isoformat(), names.event(one.step), one.by, _detail(one)) for one in claim.taken if one.step in _DEMANDS
    ]
    yield table((_("Date"), _("What"), _("By"), _("Note")), rows) if rows else paragraph(_("none"))


def _answers(claim: Claim) -> Iterator[str]:
    yield heading(_("What they answered"))
    steps = {"acknowledge", "info", "accept", "reject"}
    rows = [
        (one.on.isoformat(), names.event(one.step), one.by, _detail(one)) for one in claim.taken if one.step in steps
    ]
    yield table((_("Date"), _("What"), _("Noted by"), _("Note")), rows) if rows else paragraph(_("none"))


def _detail(one: Taken) -> str:
    keys = ("reference", "case", "amount", "by-date", "channel", "outcome", "note")
    return "; ".join(one.said[key] for key in keys if one.said.get(key))
