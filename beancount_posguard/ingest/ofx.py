"""OFX 1 (SGML without end tags) and OFX 2 (XML): bank and card statements as home banking downloads them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.packed import WHOLE
from beancount_posguard.ingest.spoken import Entry, Spoken, amount, table
from beancount_posguard.words import N_, _

_TAG = re.compile(r"<(/?)([A-Za-z0-9._]+)(/?)>([^<]*)")
_STATEMENTS = {"STMTRS", "CCSTMTRS", "INVSTMTRS"}
_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)


def knows(content: bytes) -> bool:
    """Tell whether ``content`` is OFX of either generation."""
    begin = content[:4096].upper()
    return b"OFXHEADER" in begin or b"<OFX>" in begin


def read(file: str, content: bytes) -> Spoken:
    """Return the transactions of every statement in ``content``.

    Raises:
        IngestError: for an error the bank answered with, a file without a statement, a row without day or amount.
    """
    tags = [*_tags(_decoded(content))]
    for name, text, open_ in tags:
        if open_ and name == "SEVERITY" and text.upper() == "ERROR":
            raise IngestError(
                file, None, _("an error the bank answered with{why}").format(why=_why(tags)), _("a statement"), _AGAIN
            )
    if not any(open_ and name in _STATEMENTS for name, _, open_ in tags):
        raise IngestError(file, None, _("a file without a statement"), _("a bank or card statement"), _AGAIN)
    if ("OFX", False) not in {(name, open_) for name, _, open_ in tags}:
        raise IngestError(file, None, _("no </OFX>"), _("a file that ends with it"), WHOLE)
    return table(_entries(file, tags), [], [])


_AGAIN = N_("Download the statement again.")

_Tag = tuple[str, str, bool]


def _decoded(content: bytes) -> str:
    head = content[:1024].upper()
    names = ("utf-8-sig", "latin-1") if b"UTF-8" in head or b"<?XML" in head else ("utf-8-sig", "cp1252", "latin-1")
    for name in names:
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    return ""


def _tags(text: str) -> Iterator[_Tag]:
    """Yield (name, text, whether it opens) for every tag."""
    for close, name, empty, value in _TAG.findall(text):
        yield name.upper(), html.unescape(value).strip(), not close
        if empty:
            yield name.upper(), "", False


def _why(tags: list[_Tag]) -> str:
    message = next((text for name, text, open_ in tags if open_ and name == "MESSAGE" and text), "")
    return f": {quote(message)}" if message else ""


def _entries(file: str, tags: list[_Tag]) -> Iterator[Entry]:
    currency = ""
    row: dict[str, str] | None = None
    count = 0
    for name, text, open_ in tags:
        if name == "STMTTRN" and open_:
            row = {}
            count += 1
        elif name == "STMTTRN":
            if row is not None:
                yield _entry(file, count, row, currency)
            row = None
        elif row is not None and open_:
            # The payee's and the account's own tags come after the row's: the first of a name is the row's.
            row.setdefault(name, text)
        elif open_ and name == "CURDEF":
            currency = text
        elif open_ and name in _STATEMENTS:
            currency = ""


def _entry(file: str, number: int, row: dict[str, str], currency: str) -> Entry:
    day = _DAY.match(row.get("DTPOSTED", "") or row.get("DTUSER", ""))
    if day is None:
        raise IngestError(
            file,
            number,
            _("{text} as DTPOSTED").format(text=quote(row.get("DTPOSTED", ""))),
            _("a day such as 20261103"),
        )
    return Entry(
        day="-".join(day.groups()),
        amount=amount(row.get("TRNAMT", ""), file, number),
        currency=currency,
        party=row.get("NAME", ""),
        text=row.get("MEMO", "") or row.get("NAME", ""),
        reference=row.get("FITID", ""),
        code=row.get("TRNTYPE", ""),
    )
