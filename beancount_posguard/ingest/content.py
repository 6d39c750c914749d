"""What some rows of a file say, and what of the rest of it must be known to read them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.booking.lines import Line
from beancount_posguard.ingest.attach import Attached
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.reversals import Settled
from beancount_posguard.legs import Kind, Slip, Source

#: What all slips of a batch share, by source: it stands on the transaction and never on the posting.
SHARED: Mapping[Source, tuple[str, ...]] = {
    Source.SALE: ("store",),
    Source.TERMINAL: ("merchant", "terminal", "batch"),
    Source.SETTLEMENT: ("merchant", "payout"),
    Source.BANK: (),
}


class Place(NamedTuple):
    """Which batch a slip belongs to: its day, at the bank who sent the money, and what the batch's slips share."""

    day: date
    payer: str
    shared: tuple[str, ...]


class Counted(NamedTuple):
    """A row in the file's own figures: what it prints, booked or not. ``paid`` is the currency of fee and net."""

    kind: Kind
    amount: Decimal
    currency: str
    fee: Decimal | None
    net: Decimal | None
    paid: str
    payout: str
    row: int


class Columns(NamedTuple):
    """Those rows as parallel columns: adding up a hundred thousand of them must not make an object of each."""

    kinds: Sequence[Kind] = ()
    amounts: Sequence[Decimal] = ()
    currencies: Sequence[str] = ()
    fees: Sequence[Decimal | None] = ()
    nets: Sequence[Decimal | None] = ()
    paid: Sequence[str] = ()
    payouts: Sequence[str] = ()
    numbers: Sequence[int] = ()

    def rows(self) -> Iterable[Counted]:
        """Return the rows one by one."""
        return map(Counted, *self)


@dataclass(frozen=True)
class Content:
    """What some rows of a file say.

    ``slips`` are booked, each at its :class:`Place` in ``places`` and in the order of ``keys``; ``moved`` of them moved
    money; payouts and ``lines`` are not booked. ``counted`` are the rows of a file of slips as the file prints them.
    ``skipped`` counts rows without money by their word, ``broken`` are the promises that single rows break, ``tips``
    what was keyed on top of the amounts, ``orphans`` counts reversals without their original,
    ``ambiguous`` tells of days that could be read in two ways.
    """

    slips: Sequence[Slip]
    places: Sequence[Sequence[object]]
    keys: Sequence[tuple[object, ...]]
    moved: int
    lines: Sequence[Line]
    counted: Columns
    skipped: Counter[str]
    balances: Sequence[tuple[int, Decimal, Decimal, str]]
    nets: bool
    warnings: Sequence[str]
    broken: Sequence[IngestError]
    sums: Mapping[str, Sequence[Decimal]]
    tips: Sequence[Decimal]
    orphans: int
    ambiguous: bool
    has_cards: bool


class LookAgainError(Exception):
    """These rows cancel others, which may stand anywhere in the file: all of it must be looked at first."""


class Survey(NamedTuple):
    """What the file as a whole says, needed to read any part of it.

    ``facts`` and ``days`` are what it says once. ``layouts`` are the ways to read the dates of a column that fit all of
    it, ``settled`` what voids and reversals make of the rows they are about, by row number, and ``orphans`` the
    reversals without their original, ``attached`` what rows say about other rows; where these are None the rows at hand
    are the whole file. ``memory`` are the days and times read so far, which the next rows are likely to have as well.
    """

    facts: Mapping[str, str]
    days: Mapping[str, date]
    layouts: Mapping[str, Sequence[re.Pattern[str]]] | None = None
    settled: Mapping[int, Settled] | None = None
    orphans: frozenset[int] = frozenset()
    attached: Attached | None = None
    memory: dict[str, dict[str, tuple[date | None, str, str]]] | None = None
