"""CAMT.052, .053 and .054 (ISO 20022): bank statements and notifications as XML.

An entry is one booking of the account; the payments inside a batch booking are told in its text. ``CdtDbtInd`` is the
direction of the booking, also where ``RvslInd`` marks a reversal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.spoken import Balance, Entry, Spoken, amount, balanced, table
from beancount_posguard.words import _

_MESSAGE = re.compile(rb"camt\.05[234]\.\d{3}\.\d\d|<(?:\w+:)?(?:BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn))\b")
_STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
#: Opening and closing balances, the booked ones before those in between.
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


def knows(content: bytes) -> bool:
    """Tell whether ``content`` is a CAMT message."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and bool(_MESSAGE.search(content[:4096]))


def read(file: str, content: bytes) -> Spoken:
    """Return the entries of every statement in ``content``.

    Raises:
        IngestError: for XML that is broken or declares entities, a message without a statement, a missing amount.
    """
    root = _parsed(file, content)
    statements = [one for one in root.iter() if _name(one) in _STATEMENTS and _one(one, "Acct") is not None]
    if not statements:
        raise IngestError(file, None, _("a message without a statement"), _("at least one Stmt, Rpt or Ntfctn"))
    entries: list[Entry] = []
    passed: list[str] = []
    failed: list[str] = []
    for statement in statements:
        made = _text(statement, "CreDtTm")[:10]
        mine = [_entry(file, one, made) for one in _children(statement, "Ntry")]
        kept, lost = balanced(_balance(file, statement, _OPENING), mine, _balance(file, statement, _CLOSING))
        entries += mine
        passed += kept
        failed += lost
    return table(entries, passed, failed)


def _parsed(file: str, content: bytes) -> ET.Element:
    # A document type could make a few bytes swell to gigabytes; no bank sends one.
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise IngestError(file, None, _("XML with a document type"), _("XML without one"))
    try:
        return ET.fromstring(content)  # noqa: S314  # entities are refused above
    except (ET.ParseError, ValueError, LookupError, RecursionError) as error:
        raise IngestError(
            file, None, _("XML that does not read ({error})").format(error=error), _("a complete CAMT message")
        ) from error


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _children(element: ET.Element, *path: str) -> Iterator[ET.Element]:
    if not path:
        yield element
        return
    for child in element:
        if _name(child) == path[0]:
            yield from _children(child, *path[1:])


def _one(element: ET.Element, *path: str) -> ET.Element | None:
    return next(_children(element, *path), None)


def _text(element: ET.Element, *path: str) -> str:
    found = _one(element, *path)
    return (found.text or "").strip() if found is not None else ""


def _all_texts(elements: Iterable[ET.Element]) -> str:
    return " ".join(dict.fromkeys(text for one in elements if (text := (one.text or "").strip())))


def _entry(file: str, entry: ET.Element, made: str) -> Entry:
    money, sign = _signed(file, entry)
    details = [*_children(entry, "NtryDtls", "TxDtls")]
    incoming = sign > 0
    party = "Dbtr" if incoming else "Cdtr"
    parties = (
        one
        for detail in details
        for path in (("RltdPties", party, "Nm"), ("RltdPties", party, "Pty", "Nm"))
        for one in _children(detail, *path)
    )
    texts = [one for detail in details for one in _children(detail, "RmtInf", "Ustrd")]
    texts += [one for detail in details for one in _children(detail, "RmtInf", "Strd", "CdtrRefInf", "Ref")]
    own = [*_children(entry, "AddtlNtryInf")]
    codes = [_text(entry, "BkTxCd", "Domn", *path) for path in (("Cd",), ("Fmly", "Cd"), ("Fmly", "SubFmlyCd"))]
    return Entry(
        day=_day(entry) or made,
        amount=money.amount * sign,
        currency=money.currency,
        party=_all_texts(parties),
        text=_all_texts(texts) or _all_texts(own),
        reference=_text(entry, "AcctSvcrRef") or _text(entry, "NtryRef"),
        code="-".join(filter(None, codes)),
    )


def _day(entry: ET.Element) -> str:
    for kind in ("BookgDt", "ValDt"):
        for form in ("Dt", "DtTm"):
            if text := _text(entry, kind, form):
                return text[:10]
    return ""


def _signed(file: str, element: ET.Element) -> tuple[Balance, int]:
    found = _one(element, "Amt")
    indicator = _text(element, "CdtDbtInd")
    if found is None or indicator not in {"CRDT", "DBIT"}:
        raise IngestError(file, None, _("an entry or balance without amount and direction"), _("Amt, and CRDT or DBIT"))
    money = Balance(amount(found.text or "", file, None), found.get("Ccy", ""))
    return money, 1 if indicator == "CRDT" else -1


def _balance(file: str, statement: ET.Element, codes: tuple[str, ...]) -> Balance | None:
    for code in codes:
        for one in _children(statement, "Bal"):
            if _text(one, "Tp", "CdOrPrtry", "Cd") == code:
                money, sign = _signed(file, one)
                return Balance(money.amount * sign, money.currency)
    return None
