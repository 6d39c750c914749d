"""MT940 and MT942 (SWIFT): bank statements as tagged lines, in the dialects banks have made of them.

``RC`` takes money away and ``RD`` brings it back: they reverse a credit and a debit. What stands in field 86 is kept as
it is; the codes of the structured dialects (``?20``, ``/EREF/``) are taken out of it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.spoken import Balance, Entry, Spoken, amount, balanced, table
from beancount_posguard.words import _

_BEGIN = re.compile(rb"(?:^|\n|\})\s*:(?:20|940\d?):", re.ASCII)
_LINES = re.compile(rb"(?:^|\n)\s*:(?:60F|60M|61|25|28C?|34F|13D?|62F):", re.ASCII)
_TAG = re.compile(r":(\d\d[A-Z]?):")
_LINE = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4}|\s{4})?\s*(?P<sign>R?[CD])(?P<funds>[A-Z])?\s*"
    r"(?P<amount>\d{1,15}(?:,\d{0,8})?)(?P<kind>[A-Z][A-Z0-9]{3})?(?P<reference>[^\n]*)",
    re.ASCII,
)
_BALANCE = re.compile(r"(?P<sign>[CD])(?P<day>\d{6})?(?P<currency>[A-Z]{3})(?P<amount>[\d.,]+)", re.ASCII)
_SIGNS = {"C": 1, "D": -1, "RC": -1, "RD": 1}
_NAMES = re.compile(r"\?3[23]([^?\n]*)|/NAME/([^/\n]*)|/(?:BENM|ORDP)//NAME/([^/\n]*)")
_CODES = re.compile(r"\?\d\d|\n")


def knows(content: bytes) -> bool:
    """Tell whether ``content`` has the tags of a statement."""
    begin = content[:8192]
    return bool(_BEGIN.search(begin)) and bool(_LINES.search(begin))


class _Field(NamedTuple):
    tag: str
    text: str
    line: int


class _Statement:
    """One statement as it is being read."""

    def __init__(self) -> None:
        self.opening: Balance | None = None
        self.closing: Balance | None = None
        self.entries: list[Entry] = []
        self.currency = ""
        self.open_text = False
        self.ended = False


def read(file: str, content: bytes) -> Spoken:
    """Return the entries of every statement in ``content``.

    Raises:
        IngestError: for a file without a statement, and for a line 61 or a balance that is none.
    """
    statements: list[_Statement] = []
    for field in _fields(_decoded(content)):
        if field.tag == "20" or not statements:
            statements.append(_Statement())
        _read(file, field, statements[-1])
    if not any(one.entries or one.opening or one.closing for one in statements):
        raise IngestError(file, None, _("a file without a statement"), _("balances or entries (:60F:, :61:)"))
    passed: list[str] = []
    failed: list[str] = []
    for one in statements:
        kept, lost = balanced(one.opening, one.entries, one.closing)
        passed += kept
        failed += lost
        if one.opening and one.entries and not one.closing:
            # Of an entry at the cut end only a part of its amount may be left.
            failed.append(_("a statement without its closing balance != one at its end (:62F:)"))
    entries = [entry._replace(currency=entry.currency or one.currency) for one in statements for entry in one.entries]
    return table(entries, passed, failed)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _fields(text: str) -> list[_Field]:
    """Return the tagged fields; a line without a tag continues the field before it."""
    fields: list[_Field] = []
    lines = text.replace("\r", "").split("\n")
    for number, line in enumerate(lines, start=1):
        line = re.sub(r"^\{.*?\{4:|^\s+(?=:\d\d)", "", line)  # noqa: PLW2901  # the envelope, and indented tags
        match = _TAG.match(line)
        if match:
            fields.append(_Field(match[1], line[match.end() :], number))
        elif line.startswith("-}") or (line.strip() == "-" and _ends(lines, number)):
            fields.append(_Field("-", "", number))
        elif fields and line.strip():
            last = fields[-1]
            fields[-1] = last._replace(text=f"{last.text}\n{line}")
    return fields


def _ends(lines: list[str], number: int) -> bool:
    """Tell whether the dash in line ``number`` ends a statement: banks also break a text before a dash of its own."""
    following = next((line for line in lines[number:] if line.strip()), ":")
    return following.lstrip().startswith((":", "{", "0000"))


def _read(file: str, field: _Field, into: _Statement) -> None:
    match field.tag:
        case "60F" | "60M":
            balance = _balance(file, field)
            into.opening = into.opening or balance
            into.currency = balance.currency
        case "62F" | "62M":
            into.closing = _balance(file, field)
            into.open_text = False
        case "61" if into.ended:
            raise IngestError(
                file, field.line, _("an entry behind a statement's end"), _("a statement's :20: before it")
            )
        case "61":
            into.entries.append(_entry(file, field))
            into.open_text = True
        case "86" if into.open_text and into.entries:
            into.entries[-1] = _with_text(into.entries[-1], field.text)
        case "-":
            into.open_text, into.ended = False, True


def _balance(file: str, field: _Field) -> Balance:
    match = _BALANCE.match(field.text.strip())
    if match is None:
        raise IngestError(
            file, field.line, _("{text} as a balance").format(text=quote(field.text)), _("one such as C261103EUR128,00")
        )
    money = amount(match["amount"], file, field.line)
    return Balance(money * _SIGNS[match["sign"]], match["currency"])


def _entry(file: str, field: _Field) -> Entry:
    text = field.text.lstrip()
    match = _LINE.match(text)
    if match is None:
        raise IngestError(
            file, field.line, _("{text} as an entry").format(text=quote(text)), _("one such as 2611031103C128,00NTRF")
        )
    value = amount(match["amount"], file, field.line) * _SIGNS[match["sign"]]
    rest = match["reference"].strip()
    reference = rest.split("//")[-1] or rest
    more = text[match.end() :].strip()
    return Entry(
        day=_day(file, field.line, match["value"]),
        amount=Decimal(value),
        currency="",
        text=more.replace("\n", " "),
        reference="" if reference == "NONREF" else reference,
        code=match["kind"] or "",
    )


def _day(file: str, line: int, text: str) -> str:
    """Return YYMMDD as ISO; banks that reckon with months of 30 days book on 30 February: its last day."""
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:])
    if month == 2 and day in {29, 30}:  # noqa: PLR2004
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        day = min(day, 29 if leap else 28)
    if not (1 <= month <= 12 and 1 <= day <= 31):  # noqa: PLR2004
        raise IngestError(file, line, _("{text} as a day").format(text=quote(text)), "YYMMDD")
    return f"{year:04}-{month:02}-{day:02}"


def _with_text(entry: Entry, text: str) -> Entry:
    names = [name for groups in _NAMES.findall(text) for name in groups if name.strip()]
    told = " ".join(_CODES.sub(" ", text).split())
    return entry._replace(party=entry.party or " ".join(names).strip(), text=" ".join(filter(None, [entry.text, told])))
