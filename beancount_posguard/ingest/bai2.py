"""BAI2: the cash management format of American banks; comma separated records, amounts in cents."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.spoken import Entry, Spoken, table
from beancount_posguard.money import ZERO
from beancount_posguard.text import figure
from beancount_posguard.words import _

_FILE = re.compile(rb"\s*01,[^,\r\n]*,[^,\r\n]*,\d{6},")
_LONGEST = 12


def knows(content: bytes) -> bool:
    """Tell whether ``content`` begins with a BAI2 file header."""
    return bool(_FILE.match(content))


def read(file: str, content: bytes) -> Spoken:
    """Return the transactions of every account in ``content``.

    Raises:
        IngestError: for an amount, type code or date that is none.
    """
    state = _State(file)
    for number, fields in _records(content):
        handle = _HANDLERS.get(fields[0])
        if handle is None:
            raise IngestError(
                file,
                number,
                _("a record {record}").format(record=quote(fields[0])),
                _("one of {handlers}").format(handlers=", ".join(_HANDLERS)),
            )
        handle(state, number, fields)
    if not state.ended:
        raise IngestError(
            file, None, _("no file trailer 99"), _("a whole file"), _("It was cut short: download it again.")
        )
    return table(state.entries, state.passed, state.failed)


def _records(content: bytes) -> list[tuple[int, list[str]]]:
    """Return each record's fields with its line; an 88 continues the one before it."""
    records: list[tuple[int, list[str]]] = []
    for number, line in enumerate(content.decode("latin-1").splitlines(), start=1):
        text = line.strip()
        if not text:
            continue
        if text.startswith("88,") and records:
            # An account's summary goes on field by field, a transaction's text as text.
            more = text[3:].rstrip("/")
            records[-1][1].extend(_in_fours(more) if records[-1][1][0] == "03" else [more])
        else:
            fields = text.rstrip("/").split(",")
            records.append((number, fields[:3] + _in_fours(",".join(fields[3:])) if fields[0] == "03" else fields))
    return records


def _in_fours(text: str) -> list[str]:
    """Return a line's fields filled up to a multiple of four: what a summary takes."""
    fields = text.split(",")
    while len(fields) > 4 and not fields[-1] and len(fields) % 4:  # noqa: PLR2004
        fields.pop()
    return fields + [""] * (-len(fields) % 4)


class _Account(NamedTuple):
    currency: str
    amounts: list[Decimal]


class _State:
    """What has been read so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.entries: list[Entry] = []
        self.passed: list[str] = []
        self.failed: list[str] = []
        self.ended = False
        self._day = ""
        self._currency = "USD"
        self._account = _Account("USD", [])

    def group(self, number: int, fields: list[str]) -> None:
        """02: a group, its day and currency."""
        day = fields[4] if len(fields) > 4 else ""  # noqa: PLR2004  # the as-of date
        if not re.fullmatch(r"\d{6}", day, re.ASCII):
            raise IngestError(self.file, number, _("{day} as the day").format(day=quote(day)), "YYMMDD")
        self._day = f"20{day[:2]}-{day[2:4]}-{day[4:]}"
        self._currency = (fields[6] if len(fields) > 6 else "") or "USD"  # noqa: PLR2004

    def account(self, number: int, fields: list[str]) -> None:
        """03: an account, with summary amounts that its trailer adds up."""
        currency = (fields[2] if len(fields) > 2 else "") or self._currency  # noqa: PLR2004
        self._account = _Account(currency, [])
        for code, text in _summaries(fields[3:]):
            if code.strip() and text.strip():
                self._account.amounts.append(self._cents(number, text))

    def transaction(self, number: int, fields: list[str]) -> None:
        """16: a transaction; types 1xx to 3xx come in, 4xx to 6xx go out."""
        code = fields[1] if len(fields) > 2 else ""  # noqa: PLR2004
        if not re.fullmatch(r"[1-6]\d\d|9\d\d", code, re.ASCII):
            raise IngestError(
                self.file, number, _("{code} as a type").format(code=quote(code)), _("a code such as 142 or 475")
            )
        cents = self._cents(number, fields[2])
        self._account.amounts.append(cents)
        money = cents.scaleb(-2) * (1 if code < "400" else -1)
        rest = _after_funds(fields)
        self.entries.append(
            Entry(
                day=self._day,
                amount=money,
                currency=self._account.currency,
                text=" ".join(rest[2:]).strip(),
                reference=rest[0] if rest else "",
                code=code,
            )
        )

    def trailer(self, number: int, fields: list[str]) -> None:
        """49: what the account's amounts come to."""
        if len(fields) < 2 or not fields[1].strip():  # noqa: PLR2004
            return
        stated, ours = self._cents(number, fields[1]), sum(self._account.amounts, ZERO)
        if stated == ours:
            self.passed.append(_("account control total"))
        else:
            self.failed.append(
                _("an account control total of {stated} != {ours}").format(
                    stated=figure(stated.scaleb(-2)), ours=figure(ours.scaleb(-2))
                )
            )

    def end(self, _: int, __: list[str]) -> None:
        """99: the file is whole."""
        self.ended = True

    def nothing(self, _: int, __: list[str]) -> None:
        """Pass over a record that says nothing of money."""

    def _cents(self, number: int, text: str) -> Decimal:
        text = text.strip()
        if not re.fullmatch(rf"[+-]?\d{{1,{_LONGEST}}}", text, re.ASCII):
            raise IngestError(self.file, number, quote(text), _("an amount in cents"))
        return Decimal(text)


def _summaries(fields: list[str]) -> list[tuple[str, str]]:
    """Return (type, amount) of an account's summaries: four fields each, and a line may end before the fourth."""
    found = []
    place = 0
    while place + 1 < len(fields):
        found.append((fields[place], fields[place + 1]))
        place += 4
    return found


def _after_funds(fields: list[str]) -> list[str]:
    """Return what stands behind the funds type, which may bring fields of its own."""
    funds = fields[3] if len(fields) > 3 else ""  # noqa: PLR2004
    if funds == "S":
        return fields[7:]
    if funds == "V":
        return fields[6:]
    if funds == "D" and len(fields) > 4 and fields[4].isascii() and fields[4].isdigit():  # noqa: PLR2004
        return fields[5 + 2 * min(int(fields[4][:3]), 100) :]
    return fields[4:]


_HANDLERS = {
    "01": _State.nothing,
    "02": _State.group,
    "03": _State.account,
    "16": _State.transaction,
    "49": _State.trailer,
    "98": _State.nothing,
    "99": _State.end,
}
