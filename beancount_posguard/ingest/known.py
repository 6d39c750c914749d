"""What the ledger has already: files by their digest, rows by what identifies them, counted.

Beangulp's own comparison takes a sale and a refund of the same amount for duplicates. Here a row is known by its
references, day, time, amount and kind, and rows are counted: a file with k rows that are exactly alike, of which the
ledger has m, brings max(0, k - m) new ones. So two purchases that look the same stay two, a file that overlaps an
earlier one adds only what is new, and the work grows with the number of rows and not with its square.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from beancount.core.amount import Amount
from beancount.core.data import Posting, Transaction

from beancount_posguard.booking.batches import leg_postings
from beancount_posguard.booking.lines import KEPT, Line, own_account
from beancount_posguard.contract import Contract
from beancount_posguard.ingest.batching import SCOPE
from beancount_posguard.legs import Batch, Slip, Source
from beancount_posguard.words import _

#: The keys that make a row this row. Texts that may be printed differently another day (fee, clerk, card type) are
#: left out; a bank's memo counts, because its lines may have nothing else.
_IDENTITY = (
    "date", "merchant", "terminal", "batch", "trace", "rrn", "card", "time", "kind", "status", "amount", "order",
    "ticket", "store", "reference", "memo",
)  # fmt: skip

#: What a corrected export may print anew about the same slip. The rest of its key, with a number that a terminal, a
#: till or an acquirer gives, still tells which slip it is. A bank may give many deposits one reference.
_CORRECTED = frozenset({"card", "time", "status", "amount", "memo"})
_COUNTED = ("trace", "rrn", "ticket", "reference")

_PART = re.compile(r"(\d+) of (\d+)")

Key = tuple[object, ...]


class _Row(NamedTuple):
    """Where a known row stands, which fee it has there, and which file brought it."""

    place: str
    fee: str
    sha256: str


class Known:
    """An index of the imported files, rows and lines of a ledger. It grows with :meth:`add`, entry by entry."""

    def __init__(self, entries: Iterable[Any] = ()) -> None:
        self._rows: defaultdict[Key, list[_Row]] = defaultdict(list)
        self._days: defaultdict[Key, set[str]] = defaultdict(set)
        self._parts: defaultdict[str, set[int]] = defaultdict(set)
        self._totals: dict[str, int] = {}
        self._plain: list[Transaction] = []
        self._lines: Counter[Key] = Counter()
        self._slips: defaultdict[Key, list[Key]] | None = None
        #: Under which merchant id a terminal's last batch came.
        self.merchants: dict[str, str] = {}
        self.add(entries)

    def add(self, entries: Iterable[Any]) -> None:
        """Take up what ``entries`` (any directives) bring."""
        for entry in entries:
            if isinstance(entry, Transaction):
                if "posguard-source" in entry.meta:
                    self._add_batch(entry)
                else:
                    self._plain.append(entry)

    def _add_batch(self, entry: Transaction) -> None:
        meta = entry.meta
        source, digest = str(meta["posguard-source"]), str(meta.get("posguard-sha256", ""))
        place = f"{meta.get('filename', '')}:{meta.get('lineno', '')}"
        for posting in entry.postings:
            if posting.meta and posting.units is not None:
                row = _Row(place, str(posting.meta.get("fee", "")), digest)
                key = _row_key(source, entry.date, meta, posting)
                if self._slips is not None and key not in self._rows:
                    self._slips[_slip_key(key)].append(key)
                self._rows[key].append(row)
        self._days[_day_key(source, entry.date, meta)].add(digest)
        if "terminal" in meta and "merchant" in meta:
            self.merchants[str(meta["terminal"])] = str(meta["merchant"])
        match = _PART.fullmatch(str(meta.get("posguard-part", "1 of 1")))
        if digest and match:
            self._parts[digest].add(int(match[1]))
            self._totals[digest] = int(match[2])

    def file(self, sha256: str) -> KnownFile:
        """Return what the ledger knows of the rows of one file."""
        return KnownFile(self, sha256)

    def parts(self, sha256: str) -> tuple[frozenset[int], int]:
        """Return which of a file's transactions the ledger has, and how many the file makes (0: file unknown)."""
        return frozenset(self._parts.get(sha256, ())), self._totals.get(sha256, 0)

    def rows(self, key: Key, besides: str) -> list[_Row]:
        """Return the known rows with ``key`` that another file than ``besides`` brought."""
        return [row for row in self._rows.get(key, ()) if row.sha256 != besides]

    def alike(self, key: Key) -> list[Key]:
        """Return the keys of known rows about the slip of ``key``. The first question indexes them."""
        if self._slips is None:
            self._slips = defaultdict(list)
            for known in self._rows:
                self._slips[_slip_key(known)].append(known)
        return self._slips.get(_slip_key(key), [])

    def has_day(self, batch: Batch) -> bool:
        """Tell whether another file spoke for the day of ``batch``: for its terminal, store or merchant."""
        files = self._days.get(_day_key(batch.source.value, batch.date, batch.facts), set())
        return bool(files - {batch.sha256})

    def line_count(self, key: Key) -> int:
        """Return how often the ledger has a line that is no slip. The first question indexes them."""
        for entry in self._plain:
            for posting in entry.postings:
                number, currency = posting.units or (None, "")
                if number is not None:
                    words = (entry.meta, entry.payee, entry.narration)
                    self._lines[_line_key(posting.account, entry.date, number, currency, *words)] += 1
        self._plain = []
        return self._lines[key]


class KnownFile:
    """Tells the new rows of one file from those that other files have brought, each known row used up once."""

    def __init__(self, known: Known, sha256: str) -> None:
        self._known = known
        self._sha256 = sha256
        self._used: Counter[Key] = Counter()
        self._new: list[tuple[Slip, Key]] = []
        self._fees: list[str] = []

    @property
    def parts(self) -> tuple[frozenset[int], int]:
        """Which of this file's transactions the ledger has, and how many the file makes (0: file unknown)."""
        return self._known.parts(self._sha256)

    def fresh(self, batch: Batch, contract: Contract) -> Batch | None:
        """Return ``batch`` with its new slips only, or None when the ledger has it all."""
        if not batch.slips:
            return None if self._known.has_day(batch) else batch
        legs = leg_postings(batch, contract)
        slips = tuple(slip for slip, leg in zip(batch.slips, legs, strict=True) if not self._is_known(batch, slip, leg))
        if len(slips) == len(batch.slips):
            return batch
        return batch._replace(slips=slips, known=len(batch.slips) - len(slips)) if slips else None

    def _is_known(self, batch: Batch, slip: Slip, leg: Posting) -> bool:
        key = _row_key(batch.source.value, batch.date, batch.facts, leg)
        rows = self._known.rows(key, self._sha256)
        place = self._used[key]
        if place >= len(rows):
            if batch.source is not Source.BANK and any(_value(key, name) for name in _COUNTED):
                self._new.append((slip, key))
            return False
        self._used[key] += 1
        fee = (leg.meta or {}).get("fee", "")
        if fee and rows[place].fee and fee != rows[place].fee:
            self._fees.append(
                _("row {row}: fee {fee}, but {known} at {place}; the ledger's stays").format(
                    row=slip.row, fee=fee, known=rows[place].fee, place=rows[place].place
                )
            )
        return True

    @property
    def notes(self) -> list[str]:
        """What a person should know of the rows, once all batches were asked for."""
        twice = [(slip, row) for slip, key in self._new if (row := self._otherwise(key))]
        if not twice:
            return self._fees
        text = _(
            "slips that another file brought with another amount, time or status: {n}, the first in row {row}, "
            "known from {known}. Both are booked. If this file corrects that one, take the transactions of both out "
            "of the ledger and import this file again"
        )
        slip, row = twice[0]
        return [*self._fees, text.format(n=len(twice), row=slip.row, known=row.place)]

    def _otherwise(self, key: Key) -> _Row | None:
        """Return a row of money about the slip of ``key`` that another file brought and this one does not repeat."""
        for other in self._known.alike(key):
            units = other[_UNITS]
            rows = self._known.rows(other, self._sha256)[self._used[other] :]
            if other != key and rows and isinstance(units, Amount) and units.number:
                return rows[0]
        return None

    def is_new(self, line: Line, source: Source, contract: Contract) -> bool:
        """Tell whether ``line`` is not booked yet."""
        account, sign = own_account(source, contract)
        key = _line_key(account, line.date, line.amount * sign, line.currency, line.facts, line.label, line.text)
        self._used[key] += 1
        return self._used[key] > self._known.line_count(key)


def _row_key(source: str, day: date, shared: Mapping[str, Any], posting: Posting) -> Key:
    """Return what identifies a row; a statement's date counts, for one slip may be settled twice."""
    own = posting.meta or {}
    values = [own.get(key) or shared.get(key) for key in _IDENTITY]
    return (source, day, str(own.get("date") or day), posting.account, posting.units, *values)


#: Where in a row's key the money stands, and where the first of :data:`_IDENTITY`.
_UNITS, _FIRST = 4, 5


def _slip_key(key: Key) -> Key:
    """Return what of a row's key stays the same when the slip is printed anew."""
    kept = [value for name, value in zip(_IDENTITY, key[_FIRST:], strict=True) if name not in _CORRECTED]
    return (*key[:_UNITS], *kept)


def _value(key: Key, name: str) -> object:
    return key[_FIRST + _IDENTITY.index(name)]


def _day_key(source: str, day: date, facts: Mapping[str, Any]) -> Key:
    return (source, day, *(facts.get(key, "") for key in _SCOPE.get(source, ())))


_SCOPE = {source.value: keys for source, keys in SCOPE.items()}


def _line_key(
    account: str,
    day: date,
    amount: Decimal,
    currency: str,
    facts: Mapping[str, Any],
    payee: str | None,
    text: str | None,
) -> Key:
    """Return what identifies a line: its references, or its words where it has none (words may be edited)."""
    kept = tuple(str(facts.get(key, "")) for key in KEPT)
    words = () if kept[0] or kept[1] else (payee or "", text or "")
    return (account, day, amount, currency, kept, words)
