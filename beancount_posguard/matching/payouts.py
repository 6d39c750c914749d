"""Statements and deposits: which lump on the payout account a bank line pays.

Structure first: a deposit that names a payout id or a period pays the statements of that payout or period; one that
names nothing pays the statements due on its day if they add up to it, else the only run of consecutive open statements
with exactly its sum, else what is due on its day, more or less. Deposits are taken in date order and see only what was
known by then.

A deposit that pays several statements is split into one share each, so that each statement stays one event and what
is short or over stands on one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.legs import Kind, Leg, Sheet, Source, Status
from beancount_posguard.matching.groups import Group
from beancount_posguard.money import ZERO

#: How far back a deposit without a period may reach; more open statements than this are a broken chain, not a payout.
_REACH = 40
#: A period of more days than this is a misprint.
_LONGEST = 62


@dataclass(slots=True, eq=False)
class _Open:
    """A statement's lump and what of it is still to come."""

    group: Group
    lump: Leg
    days: tuple[date, date]
    rest: Decimal
    correction: bool


@dataclass(frozen=True)
class Payouts:
    """Events of the payout link, and the deposits that could pay more than one set of statements."""

    groups: list[Group]
    ambiguous: list[tuple[Leg, int]]


class Promise(NamedTuple):
    """When the acquirer settles a clearing day on a statement, and when it pays a statement."""

    settled: Callable[[date], date]
    paid: Callable[[date], date]


def match_payouts(sheets: Iterable[Sheet], currency: str, promise: Promise) -> Payouts:
    """Join one acquirer's statements and deposits by what it promised."""
    result = Payouts([], [])
    still: list[_Open] = []
    ordered = sorted(sheets, key=lambda one: (one.head.date, one.head.source is Source.BANK))
    for sheet in ordered:
        if sheet.head.source is Source.BANK:
            for deposit in sorted(sheet.legs, key=_natural):
                _pay(deposit, still, result, promise)
        elif sheet.lump:
            opened = _opened(sheet, sheet.lump, currency)
            still.append(opened)
            result.groups.append(opened.group)
    return result


def _opened(sheet: Sheet, amount: Decimal, currency: str) -> _Open:
    lump = Leg(sheet.head, Kind.PAYOUT, Status.APPROVED, sheet.head.date, amount, currency, sheet.head.facts)
    trades = [leg.date for leg in sheet.legs]
    days = (min(trades), max(trades)) if trades else (lump.date, lump.date)
    return _Open([lump], lump, days, amount, correction=not sheet.legs)


def _natural(leg: Leg) -> tuple[str, ...]:
    return (leg.get("period-from"), leg.get("reference"), leg.get("time"), str(leg.amount))


def _pay(deposit: Leg, still: list[_Open], result: Payouts, promise: Promise) -> None:
    chosen, explanations = _choose(deposit, still, promise)
    if not chosen:
        result.groups.append([deposit])
        if explanations > 1:
            result.ambiguous.append((deposit, explanations))
        return
    for one, share in _shares(deposit.amount, chosen):
        one.group.append(deposit._replace(amount=share))
        one.rest -= share
    still[:] = [one for one in still if one.rest]


def _choose(deposit: Leg, still: Sequence[_Open], promise: Promise) -> tuple[list[_Open], int]:
    payout = deposit.get("payout")
    if payout and (named := [one for one in still if one.lump.get("payout") == payout]):
        return named, 1
    if covered := _of_period(deposit, still, promise):
        return covered, 1
    expected = [one for one in still if promise.paid(one.lump.date) == deposit.date and not one.correction]
    if expected and sum((one.rest for one in expected), ZERO) == deposit.amount:
        return expected, 1
    runs = list(_runs(deposit.amount, still[-_REACH:]))
    if len(runs) == 1:
        return runs[0], 1
    return ([], len(runs)) if runs else (expected, 0)


def _of_period(deposit: Leg, still: Sequence[_Open], promise: Promise) -> list[_Open]:
    """Return the open statements of the deposit's period, which names clearing days.

    The contract tells on which statement a clearing day is settled; where there is none of that day, the trades on the
    statements tell, and last their own dates.
    """
    first, last = parse_day(deposit.get("period-from")), parse_day(deposit.get("period-to"))
    if first is None or last is None or not 0 <= (last - first).days <= _LONGEST:
        return []
    statements = [one for one in still if not one.correction]
    settled = {promise.settled(first + timedelta(days=step)) for step in range((last - first).days + 1)}
    covered = (
        [one for one in statements if one.lump.date in settled]
        or [one for one in statements if first <= one.days[0] and one.days[1] <= last]
        or [one for one in statements if first <= one.lump.date <= last]
    )
    if not covered:
        return []
    gap = deposit.amount - sum((one.rest for one in covered), ZERO)
    return covered + (_filling(gap, [one for one in still if one not in covered and one.correction]) if gap else [])


def _filling(gap: Decimal, corrections: Sequence[_Open]) -> list[_Open]:
    """Return the booked corrections that this deposit pays along: all of them or the only one that fits."""
    if sum((one.rest for one in corrections), ZERO) == gap:
        return list(corrections)
    fitting = [one for one in corrections if one.rest == gap]
    return fitting if len(fitting) == 1 else []


def _runs(amount: Decimal, still: Sequence[_Open]) -> Iterator[list[_Open]]:
    for start in range(len(still)):
        total = ZERO
        for end in range(start, len(still)):
            total += still[end].rest
            if total == amount:
                yield list(still[start : end + 1])


def _shares(amount: Decimal, chosen: Sequence[_Open]) -> list[tuple[_Open, Decimal]]:
    """Split ``amount``: in full while it lasts; a gap of exactly one statement leaves that one unpaid."""
    gap = sum((one.rest for one in chosen), ZERO) - amount
    unpaid = [one for one in chosen if gap and one.rest == gap]
    if len(unpaid) == 1 and len(chosen) > 1:
        return [(one, one.rest) for one in chosen if one is not unpaid[0]]
    *full, last = chosen
    return [*((one, one.rest) for one in full), (last, last.rest - gap)]


def parse_day(text: str) -> date | None:
    """Return the day that ``text`` names in ISO form, if it does."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
