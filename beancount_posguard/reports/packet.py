"""The application to the acquirer: cover letter, facts, calculation, the lines, exhibits, digests. In zh or en."""

from __future__ import annotations

from collections.abc import Iterator

from beancount_posguard.booking.corrections import RefusedError
from beancount_posguard.claims import evidence
from beancount_posguard.claims.claim import Claim, Taken
from beancount_posguard.claims.routes import ROUTES, asks_acquirer, route_name
from beancount_posguard.claims.steps import stage_name
from beancount_posguard.money import ZERO
from beancount_posguard.reports import papers
from beancount_posguard.reports.html import heading, paragraph, signatures, table
from beancount_posguard.reports.papers import Folder
from beancount_posguard.text import figure
from beancount_posguard.words import _, either, speaking


def application(folder: Folder, language: str) -> str:
    """Return the application as a page in ``language``; what is refused is told in the reader's.

    Raises:
        RefusedError: when nothing is prepared, nothing is asked of the acquirer, a file was changed, or the page gets
            larger than acquirers take.
    """
    claim = folder.claim
    prepared = claim.last("prepare")
    if prepared is None:
        raise RefusedError(
            _("{id} is {stage}; prepare it first: posguard prepare {id} --route …").format(
                id=claim.id, stage=stage_name(claim.stage)
            )
        )
    if not is_for_acquirer(claim):
        raise RefusedError(
            _(
                "{id} goes by {route}, of which the acquirer is asked nothing: tell the customer with posguard notify "
                "{id}; the papers for a lawyer are posguard legal-file {id}"
            ).format(id=claim.id, route=route_name(prepared.said["route"]))
        )
    papers.require_unchanged(folder)
    with speaking(language):
        text = _page(folder, prepared)
    papers.require_size(folder, len(text.encode()))
    return text


def _page(folder: Folder, prepared: Taken) -> str:
    title = _("Application for correction {id}").format(id=folder.claim.id)
    body = [
        heading(title, 1),
        *_head(folder),
        *_letter(folder, prepared),
        *papers.facts(folder),
        *papers.calculation(folder),
        *papers.lines(folder),
        *papers.exhibits(folder),
    ]
    return papers.whole_page(title, body)


def _head(folder: Folder) -> Iterator[str]:
    claim = folder.claim
    acknowledged = claim.last("acknowledge")
    shown = {
        _("To"): claim.acquirer,
        _("Merchant"): folder.shop.get("shop-name", ""),
        _("Merchant id"): " ".join(claim.facts.get("merchant", folder.contract.merchants)),
        _("Claim"): claim.id,
        _("Your case number"): acknowledged.said["case"] if acknowledged else "",
        _("Date"): papers.last_day(claim).isoformat(),
    }
    yield table((), [(key, text) for key, text in shown.items() if text], kind="facts")


def _letter(folder: Folder, prepared: Taken) -> Iterator[str]:
    """Yield the covering letter, with lines to sign on."""
    claim, route = folder.claim, ROUTES[prepared.said["route"]]
    part = claim.part_of(prepared.said.get("part", ""))
    amount = f"{figure(abs((part.balance or part.amount) if part else ZERO))} {claim.currency}"
    day = min((leg.date for leg in claim.legs), default=claim.detected)
    yield paragraph(_("Dear Sir or Madam,"), "letter")
    yield paragraph(
        _(
            "When we compared our card business of {day} we found what follows: {why}. The difference is {amount}."
        ).format(day=day, why=claim.why, amount=amount)
    )
    yield paragraph(
        _(
            "Please check the transaction and settle the difference of {amount} by {route}, and answer in writing "
            "under our number {id}. The exhibits are listed below with their digests."
        ).format(amount=amount, route=either(route.zh, route.en), id=claim.id)
    )
    contact = " ".join(filter(None, (folder.shop.get(key, "") for key in ("shop-contact", "shop-phone", "shop-email"))))
    if contact:
        yield paragraph(_("If you need more, please ask: {contact}.").format(contact=contact))
    yield signatures(_signed(claim, prepared))


def _signed(claim: Claim, prepared: Taken) -> list[str]:
    """Return the lines to sign on, with the names of those who prepared and approved it."""
    made = _("Prepared by {name}, {day}").format(name=prepared.by, day=prepared.on)
    approved = _approval(claim, prepared)
    if approved is None:
        return [made, _("Checked by"), _("Seal")]
    return [made, _("Checked by {name}, {day}").format(name=approved.by, day=approved.on), _("Seal")]


def _approval(claim: Claim, prepared: Taken) -> Taken | None:
    """Return the last approval of what is prepared now: not of what was sent back or changed, nor of a write-off."""
    found, asked = None, False
    for one in claim.taken:
        if one.step in {"prepare", "return"}:
            found, asked = None, False
        asked = asked or one.step == "request-write-off"
        if one.step == "approve" and not asked:
            found = one
    return None if found and _changed(claim, prepared, found) else found


def _changed(claim: Claim, prepared: Taken, approved: Taken) -> bool:
    """Tell whether evidence or amount are no longer what was approved; what was sent or booked since is no change."""
    part = claim.part_of(prepared.said.get("part", ""))
    if claim.stage != "approved" or part is None or part.balance != part.amount:
        return False
    now = evidence.digest(claim.exhibits, abs(part.balance), prepared.said["route"], part.counterparty)
    return approved.said.get("evidence") != now


def is_for_acquirer(claim: Claim) -> bool:
    """Tell whether a claim is prepared in a way that asks its acquirer for something."""
    prepared = claim.last("prepare")
    if prepared is None:
        return False
    part = claim.part_of(prepared.said.get("part", ""))
    return asks_acquirer(prepared.said["route"], part.counterparty if part else "")


def lacking(claim: Claim) -> list[str]:
    """Return the exhibits that ``claim`` still needs."""
    return evidence.missing(claim.kind, (leg.side for leg in claim.legs), claim.exhibits)
