"""Claims as plain objects for JSON: what the command line prints and the page in Fava receives."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from beancount_posguard.claims.claim import Claim, LegRef, Part
from beancount_posguard.claims.deadlines import Due
from beancount_posguard.claims.evidence import missing
from beancount_posguard.kinds import KINDS, KindInfo
from beancount_posguard.legs import Source
from beancount_posguard.text import figure
from beancount_posguard.words import _, either

#: A claim that moved no money still is one row: with nobody, about nothing.
_NO_PART = Part("none", "", "", Decimal(0), Decimal(0))


def kind_title(code: str) -> str:
    """Return a kind's code and names, as in ``X1 成功未清算 approved, not settled``; the English only who reads it."""
    name = KINDS.get(code)
    return either(f"{code} {name.zh}", f"{code} {name.zh} {name.en}") if name else code


def legs(claim: Claim) -> dict[str, list[dict[str, str]]]:
    """Return the legs of ``claim`` by side, every side named, amounts as text and days ISO."""
    sides: dict[str, list[dict[str, str]]] = {source.value: [] for source in Source}
    for leg in claim.legs:
        sides[leg.side].append(_leg(leg))
    return sides


def _leg(leg: LegRef) -> dict[str, str]:
    return {"amount": figure(leg.amount), "date": leg.date.isoformat(), "ref": leg.ref, "source": leg.source}


def _part(part: Part) -> dict[str, str]:
    return {
        "counterparty": part.counterparty,
        "remedy": part.remedy,
        "amount": figure(part.amount),
        "balance": figure(part.balance),
    }


def _due(due: Due | None) -> dict[str, str] | None:
    if due is None:
        return None
    spoken = {"what": _(due.what), "lost": _(due.lost), "source": _(due.source)}
    return {key: str(value) for key, value in (due._asdict() | spoken).items()}


def rows(claim: Claim) -> list[dict[str, Any]]:
    """Return one object per part of ``claim``, with the keys others build on."""
    return [
        {
            "id": claim.id,
            "kind": claim.kind,
            "acquirer": claim.acquirer,
            "counterparty": part.counterparty,
            "remedy": part.remedy,
            "currency": claim.currency,
            "amount": figure(part.amount),
            "balance": figure(part.balance),
            "detected": claim.detected.isoformat(),
            "deadline": claim.deadline.isoformat() if claim.deadline else None,
            "stage": claim.stage,
            "legs": legs(claim),
        }
        for part in claim.parts or (_NO_PART,)
    ]


def whole(claim: Claim) -> Mapping[str, Any]:
    """Return everything about ``claim`` as one object."""
    name = KINDS.get(claim.kind, KindInfo("", "", ""))
    return {
        "id": claim.id,
        "kind": claim.kind,
        "kind_zh": name.zh,
        "kind_en": name.en,
        "acquirer": claim.acquirer,
        "currency": claim.currency,
        "stage": claim.stage,
        "detected": claim.detected.isoformat(),
        "deadline": claim.deadline.isoformat() if claim.deadline else None,
        "why": str(claim.why),
        "balance": figure(claim.balance),
        "due": _due(claim.due),
        "evidence": [exhibit._asdict() | {"day": exhibit.day.isoformat()} for exhibit in claim.exhibits],
        "lacks": missing(claim.kind, (leg.side for leg in claim.legs), claim.exhibits),
        "parts": [_part(part) | {"account": part.account} for part in claim.parts],
        "legs": legs(claim),
        "history": [
            {
                "date": event.date.isoformat(),
                "what": event.what,
                "by": event.by,
                "text": str(event.text),
                "amount": None if event.amount is None else figure(event.amount),
            }
            for event in claim.history
        ],
    }
