"""Slips -> batches: which slips make one transaction, in which order, and for which days each batch speaks.

The order of a file's rows never shows: slips and batches are sorted by what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from operator import lt
from typing import NamedTuple

from beancount_posguard.ingest.slips import SHARED, Content, Place
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


def make_batches(origin: Origin, content: Content) -> list[Batch]:
    """Return the batches of a file, one per group and day, deposits one by one; an empty file makes one empty batch."""
    groups: dict[object, list[Slip]] = {}
    places: dict[object, Place] = {}
    alone = origin.source is Source.BANK
    for index, (place, slip) in enumerate(_ordered(content)):
        key: object = index if alone else place
        group = groups.get(key)
        if group is None:
            groups[key], places[key] = [slip], Place._make(place)
        else:
            group.append(slip)
    batches = []
    for key, slips in groups.items():
        place = places[key]
        facts = {name: value for name, value in zip(SHARED[origin.source], place.shared, strict=True) if value}
        batches.append(_batch(origin, place.day, facts, slips, place.payer))
    return batches


def _batch(origin: Origin, day: date, facts: Mapping[str, str], slips: Iterable[Slip], payer: str = "") -> Batch:
    return Batch(origin.source, day, facts, tuple(slips), origin.file, origin.sha256, origin.profile, 1, 1, payer=payer)


def _ordered(content: Content) -> list[tuple[Sequence[object], Slip]]:
    """Return the slips by what they say: by day, time and references first, by all the rest where these agree."""
    pairs = [*zip(content.places, content.slips, strict=True)]
    keys = content.keys
    if all(map(lt, keys, islice(keys, 1, None))):
        return pairs
    order = sorted(range(len(pairs)), key=keys.__getitem__)
    done: list[tuple[Sequence[object], Slip]] = []
    begin = 0
    for end in range(1, len(order) + 1):
        if end < len(order) and keys[order[end]] == keys[order[begin]]:
            continue
        run = [pairs[index] for index in order[begin:end]]
        done += sorted(run, key=_full_key) if len(run) > 1 else run
        begin = end
    return done


def _full_key(pair: tuple[Sequence[object], Slip]) -> tuple[object, ...]:
    (_, payer, shared), slip = pair
    return slip.kind, slip.status, slip.amount, [*slip.facts.items()], payer, shared


def spans(origin: Origin, content: Content, batches: Sequence[Batch]) -> dict[Scope, Span]:
    """Return the first and last day the file speaks for, by scope.

    An export is made over a range of days: those between its first and its last row are covered, also where nothing
    happened, and so are days it names itself. Lines that are not ours count, they show that the file reaches so far.
    """
    days: dict[Scope, list[date]] = {}
    for batch in batches:
        days.setdefault(scope(batch), []).append(batch.date)
    for line in content.lines:
        place = tuple(line.facts.get(key, "") for key in SCOPE[origin.source])
        days.setdefault(place, []).append(line.date)
    stated = [content.days[key] for key in ("from", "to") if key in content.days]
    if not days and (stated or "day" in content.days):
        place = tuple(content.facts.get(key, "") for key in SCOPE[origin.source])
        days[place] = [*stated] or [content.days["day"]]
    return {place: (min([*found, *stated]), max([*found, *stated])) for place, found in days.items()}


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
