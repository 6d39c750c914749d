"""Voids and reversals inside one file: which slip each one cancels, so that the batch's total comes out right.

Portals print a cancelled sale in two ways: as a row that says it was voided *and* a void row, or as the first alone.
Where the cancelling row is in the file both rows count and come to zero, as they do on the terminal's own totals;
where it is not, the cancelled row is kept as evidence without money. A reversal takes the opposite sign of what it
reverses, and no money at all where that slip never counted (it timed out).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from beancount_posguard.legs import HOLD_KINDS, Kind, Status
from beancount_posguard.money import ZERO

_CANCELLING = frozenset({Kind.VOID, Kind.REVERSAL, Kind.COMPLETION_VOID, Kind.PREAUTH_VOID})
#: Statuses that say a slip was cancelled.
CANCELLED = frozenset({Status.VOIDED, Status.REVERSED})


Key = tuple[object, ...]


@dataclass(slots=True)
class Row:
    """One row's part in it. ``open_sign`` says that nothing in the file tells the sign of ``amount`` yet."""

    kind: Kind
    status: Status
    amount: Decimal
    open_sign: bool
    terminal: str
    trace: str
    rrn: str
    orig_trace: str
    orig_rrn: str
    card: str

    @property
    def is_cancelling(self) -> bool:
        """Whether this row may cancel another."""
        return self.kind in _CANCELLING and self.status is Status.APPROVED


#: What is decided of a row: kind, status and signed amount.
Settled = tuple[Kind, Status, Decimal]


class Sought:
    """The rows of a large file that its voids and reversals may be about, gathered piece by piece.

    First every piece is shown to :meth:`seek`, then every piece to :meth:`gather`; what is kept is all that
    :func:`settle` could look at, and nothing else.
    """

    def __init__(self) -> None:
        self._keys: set[Key] = set()
        self._rows: list[tuple[int, Row]] = []

    def seek(self, rows: Iterable[Row]) -> None:
        """Learn what the cancelling ones among ``rows`` look for."""
        for row in rows:
            if row.is_cancelling:
                self._keys.update(key for key, said in (*_told(row), *_shared(row)) if said)

    def gather(self, numbers: Sequence[int], rows: Sequence[Row]) -> None:
        """Keep those of ``rows`` that are looked for, and those that look."""
        self._rows += [
            (number, row)
            for number, row in zip(numbers, rows, strict=True)
            if row.is_cancelling or not self._keys.isdisjoint(_keys(row))
        ]

    def settled(self) -> tuple[dict[int, Settled], frozenset[int]]:
        """Return what becomes of each row by its number, and the reversals without their original."""
        rows = [row for _, row in self._rows]
        index = _Index(rows)
        orphans = frozenset(
            number
            for number, row in self._rows
            if row.kind is Kind.REVERSAL and row.is_cancelling and index.original(row) is None
        )
        settle(rows)
        return {number: (row.kind, row.status, row.amount) for number, row in self._rows}, orphans


def settle(rows: Sequence[Row]) -> int:
    """Decide status and sign of cancelled and cancelling ``rows`` in place.

    Returns:
        How many reversals have no original in the file; they are taken as money going back to the customer.
    """
    cancelling = [row for row in rows if row.is_cancelling]
    if not cancelling:
        return 0
    index = _Index(rows)
    orphans = 0
    cancelled: list[Row] = []
    for row in sorted(cancelling, key=lambda one: one.kind is Kind.REVERSAL):
        original = index.original(row)
        if original is not None:
            cancelled.append(original)
        if row.kind is Kind.REVERSAL:
            orphans += original is None
            _reverse(row, original)
    for row in cancelled:
        if row.status in CANCELLED:
            row.status = Status.APPROVED
    return orphans


def _reverse(row: Row, original: Row | None) -> None:
    if original is not None and original.status not in {Status.APPROVED, *CANCELLED}:
        row.status = Status.REVERSED
    elif original is not None and original.kind in HOLD_KINDS:
        row.kind, row.amount = Kind.PREAUTH_VOID, -abs(row.amount)
    elif row.open_sign:
        gave = original is not None and original.amount < ZERO
        row.amount = abs(row.amount) if gave else -abs(row.amount)


def _keys(row: Row) -> Iterator[Key]:
    """Yield that under which ``row`` is found."""
    if row.trace:
        yield ("trace", row.terminal, row.trace)
    if row.rrn:
        yield ("rrn", row.rrn)
    if row.card:
        yield ("card", row.terminal, row.card, abs(row.amount))


def _told(row: Row) -> tuple[tuple[Key, str], ...]:
    """Return under what ``row`` says its original is found, each with the word it says it by."""
    return (("trace", row.terminal, row.orig_trace), row.orig_trace), (("rrn", row.orig_rrn), row.orig_rrn)


def _shared(row: Row) -> tuple[tuple[Key, str], ...]:
    """Return what ``row`` may have in common with its original."""
    return (
        (("rrn", row.rrn), row.rrn),
        (("trace", row.terminal, row.trace), row.trace),
        (("card", row.terminal, row.card, abs(row.amount)), row.card),
    )


class _Index:
    """Finds slips by what a cancelling row may say about its original, best reference first."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._known: dict[Key, list[Row]] = {}
        for row in rows:
            for key in _keys(row):
                self._known.setdefault(key, []).append(row)

    def original(self, row: Row) -> Row | None:
        """Return the slip that ``row`` cancels, or None when the file does not have it or it could be several."""
        # A row that names its original means no other, even if the file does not have it.
        where = _told(row) if row.orig_trace or row.orig_rrn else _shared(row)
        return next((found for key, said in where if said and (found := self._one(key, row))), None)

    def _one(self, key: Key, row: Row) -> Row | None:
        """Return the one other slip under ``key``; of a sale and its void, the one that can still be cancelled."""
        found = [other for other in self._known.get(key, ()) if other is not row and other.kind is not Kind.REVERSAL]
        if row.kind is not Kind.REVERSAL:
            found = [other for other in found if other.kind not in _CANCELLING]
        elif len(found) > 1:
            found = [other for other in found if other.kind in _CANCELLING] or found
        return found[0] if len(found) == 1 else None
