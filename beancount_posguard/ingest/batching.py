"""Slips -> batches: which slips make one transaction, in which order, and for which days each batch speaks.

The order of a file's rows never shows: slips and batches are sorted by what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from operator import lt
from typing import NamedTuple

from beancount_posguard.booking.lines import Line
from beancount_posguard.ingest.content import SHARED, Content, Place
from beancount_posguard.legs import Batch, Slip, Source

#: What must agree for one batch to say anything about the days between two others.
SCOPE: Mapping[Source, tuple[str, ...]] = {
    Source.SALE: ("store",),
    Source.TERMINAL: ("merchant", "terminal"),
    Source.SETTLEMENT: ("merchant",),
    Source.BANK: (),
}

Scope = tuple[str, ...]
Span = tuple[date, date]


class Origin(NamedTuple):
    """Which file the batches are from, and how it was read."""

    source: Source
    file: str
    sha256: str
    profile: str


def scope(batch: Batch) -> Scope:
    """Return whose days ``batch`` tells of: a terminal's, a merchant's, a store's, the bank account's."""
    return tuple(batch.facts.get(key, "") for key in SCOPE[batch.source])


class _Group:
    """The slips of one place, with what they are put in order by."""

    def __init__(self) -> None:
        self.slips: list[Slip] = []
        self.keys: list[tuple[object, ...]] = []
        self._in_order = True

    def add(self, slips: Sequence[Slip], keys: Sequence[tuple[object, ...]]) -> None:
        """Take up more slips; most files have them in order already."""
        begin = max(len(self.keys) - 1, 0)
        self.slips += slips
        self.keys += keys
        new = self.keys[begin:]
        self._in_order = self._in_order and all(map(lt, new, islice(new, 1, None)))

    def ordered(self) -> Sequence[Slip]:
        """Return the slips by what they say: by time and references first, by all the rest where these agree."""
        if self._in_order:
            return self.slips
        return [slip for _, slip in sorted(zip(self.keys, self.slips, strict=True), key=_full_key)]


class Booked:
    """What the pieces of a file bring to be booked. Without ``keep`` the slips are only counted, by day and place."""

    def __init__(self, *, keep: bool = True) -> None:
        self._keep = keep
        self.groups: dict[Place, _Group] = {}
        self.lines: list[Line] = []
        self.line_days: dict[Scope, Span] = {}

    def add(self, source: Source, content: Content) -> None:
        """Take up some more rows of the file."""
        for line in content.lines:
            where = tuple(line.facts.get(key, "") for key in SCOPE[source])
            first, last = self.line_days.get(where, (line.date, line.date))
            self.line_days[where] = (min(first, line.date), max(last, line.date))
        if self._keep:
            self.lines += content.lines
        for place, begin, end in _runs(content.places):
            group = self.groups.setdefault(Place._make(place), _Group())
            if self._keep:
                group.add(content.slips[begin:end], content.keys[begin:end])


def _runs(places: Sequence[Sequence[object]]) -> Iterator[tuple[Sequence[object], int, int]]:
    """Yield each place with the rows that stand there together, as begin and end."""
    begin, last = 0, places[0] if places else ()
    for index, place in enumerate(places):
        if place is not last:
            yield last, begin, index
            begin, last = index, place
    if places:
        yield last, begin, len(places)


def make_batches(origin: Origin, booked: Booked) -> list[Batch]:
    """Return the batches of a file, one per group and day, deposits one by one; an empty file makes one empty batch."""
    batches = []
    alone = origin.source is Source.BANK
    for place, group in booked.groups.items():
        slips = group.ordered()
        facts = _facts(origin, place)
        apart: Iterable[Iterable[Slip]] = ((slip,) for slip in slips) if alone else (slips,)
        batches += [_batch(origin, place.day, facts, together, place.payer) for together in apart]
    return batches


def _facts(origin: Origin, place: Place) -> dict[str, str]:
    """Return what the slips of one place share."""
    return {name: value for name, value in zip(SHARED[origin.source], place.shared, strict=True) if value}


def _batch(origin: Origin, day: date, facts: Mapping[str, str], slips: Iterable[Slip], payer: str = "") -> Batch:
    return Batch(origin.source, day, facts, tuple(slips), origin.file, origin.sha256, origin.profile, 1, 1, payer=payer)


def _full_key(pair: tuple[tuple[object, ...], Slip]) -> tuple[object, ...]:
    key, slip = pair
    return *key, slip.kind, slip.status, slip.amount, [*slip.facts.items()]


def spans(origin: Origin, booked: Booked, stated: Mapping[str, date], facts: Mapping[str, str]) -> dict[Scope, Span]:
    """Return the first and last day the file speaks for, by scope; ``stated`` and ``facts`` are what it says once.

    An export is made over a range of days: those between its first and its last row are covered, also where nothing
    happened, and so are days it names itself. Lines that are not ours count, they show that the file reaches so far.
    """
    days: dict[Scope, list[date]] = {}
    for place in booked.groups:
        shared = _facts(origin, place)
        days.setdefault(tuple(shared.get(key, "") for key in SCOPE[origin.source]), []).append(place.day)
    for where, span in booked.line_days.items():
        days.setdefault(where, []).extend(span)
    ends = [stated[key] for key in ("from", "to") if key in stated]
    if not days and (ends or "day" in stated):
        where = tuple(facts.get(key, "") for key in SCOPE[origin.source])
        days[where] = [*ends] or [stated["day"]]
    return {where: (min([*found, *ends]), max([*found, *ends])) for where, found in days.items()}


def closing(
    origin: Origin, spans: Mapping[Scope, Span], batches: Sequence[Batch], scope: Callable[[Batch], Scope] = scope
) -> list[Batch]:
    """Return an empty batch for each scope whose last day the file covers without a slip on it."""
    last: dict[Scope, date] = {}
    for batch in batches:
        place = scope(batch)
        last[place] = max(batch.date, last.get(place, batch.date))
    return [_empty(origin, to, place) for place, (_, to) in spans.items() if place not in last or last[place] < to]


def _empty(origin: Origin, day: date, place: Scope) -> Batch:
    """Return a batch without slips; a bank's says in place of the sender whose deposits did not come."""
    facts = {key: value for key, value in zip(SCOPE[origin.source], place, strict=False) if value}
    return _batch(origin, day, facts, (), payer=place[0] if origin.source is Source.BANK and place else "")


def number(
    batches: Iterable[Batch], spans: Mapping[Scope, Span], scope: Callable[[Batch], Scope] = scope
) -> tuple[Batch, ...]:
    """Sort ``batches`` and number them as parts of their file.

    The first batch of a scope says since which day the file covers it, if that is before the batch; days between two
    batches of one file are covered without saying so.
    """
    ordered = sorted(batches, key=lambda one: (one.date, [*one.facts.items()], _first(one)))
    begun: set[Scope] = set()
    numbered = []
    for part, batch in enumerate(ordered, start=1):
        place = scope(batch)
        begin = spans[place][0] if place in spans and place not in begun else batch.date
        begun.add(place)
        days = (begin, batch.date) if begin < batch.date else None
        numbered.append(batch._replace(part=part, parts=len(ordered), days=days))
    return tuple(numbered)


def _first(batch: Batch) -> tuple[object, ...]:
    """Order batches that agree in all they share: deposits of one day."""
    slip = batch.slips[0] if batch.slips else None
    if slip is None:
        return (1, batch.payer)
    get = slip.facts.get
    return (0, get("time", ""), get("reference", ""), slip.amount, batch.payer, [*slip.facts.items()])
