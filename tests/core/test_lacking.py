"""What an event still lacks from a source, worked out by hand from its lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from beancount_posguard.legs import Head, Kind, Leg, Source, Status
from beancount_posguard.matching.lacking import lacks

DAY = date(2026, 11, 3)


def leg(source: Source, number: str, kind: Kind = Kind.SALE, status: Status = Status.APPROVED, **facts: str) -> Leg:
    memo = kind is Kind.PREAUTH
    return Leg(
        Head(source, "X", DAY, {}), kind, status, DAY, Decimal(number), "HOLD.CNY" if memo else "CNY", facts, memo
    )


def slip(number: str, kind: Kind = Kind.SALE, status: Status = Status.APPROVED, **facts: str) -> Leg:
    return leg(Source.TERMINAL, number, kind, status, **facts)


def sale(number: str) -> Leg:
    return leg(Source.SALE, number)


def line(number: str) -> Leg:
    return leg(Source.SETTLEMENT, number)


#: From whom, the event, and (amount, place of the slip in the event) of each thing it lacks.
CASES: dict[str, tuple[Source, list[Leg], list[tuple[str, int]]]] = {
    "a slip alone": (Source.SALE, [slip("9")], [("9", 0)]),
    "the other source does not count": (Source.SALE, [slip("9"), line("9")], [("9", 0)]),
    "all told": (Source.SALE, [slip("9"), sale("9")], []),
    "told for less": (Source.SETTLEMENT, [slip("9"), line("7")], [("2", 0)]),
    "told for more": (Source.SETTLEMENT, [slip("9"), line("10")], [("-1", 0)]),
    "told twice": (Source.SETTLEMENT, [slip("9"), line("9"), line("9")], [("-9", 0)]),
    "a line that moved nothing tells nothing": (Source.SETTLEMENT, [slip("9"), line("0")], [("9", 0)]),
    "sale and void, nothing told": (
        Source.SALE,
        [slip("9"), slip("-9", Kind.VOID)],
        [("9", 0), ("-9", 1)],
    ),
    "sale and void, the sale told": (Source.SALE, [slip("9"), slip("-9", Kind.VOID), sale("9")], [("-9", 1)]),
    "sale and void, the void told": (Source.SALE, [slip("9"), slip("-9", Kind.VOID), sale("-9")], [("9", 0)]),
    "sale and void, both told": (Source.SALE, [slip("9"), slip("-9", Kind.VOID), sale("9"), sale("-9")], []),
    "two slips, nothing told: each of them, or one line for both": (
        Source.SALE,
        [slip("6"), slip("4")],
        [("6", 0), ("4", 1), ("10", 0)],
    ),
    "two slips in one line: neither lacks": (Source.SALE, [slip("6"), slip("4"), sale("10")], []),
    "two slips, told for a part that is no slip's": (Source.SALE, [slip("6"), slip("4"), sale("5")], [("5", 0)]),
    "the rest is one of the slips": (Source.SALE, [slip("6"), slip("4"), sale("1"), sale("5")], [("4", 1)]),
    "two slips alike, one told": (Source.SALE, [slip("5"), slip("5"), sale("5")], [("5", 1)]),
    "a sale rung up as a hold": (Source.SALE, [slip("9", Kind.PREAUTH)], [("9", 0)]),
    "a hold is settled by nobody": (Source.SETTLEMENT, [slip("9", Kind.PREAUTH)], []),
    "a hold that was told": (Source.SALE, [slip("9", Kind.PREAUTH), sale("9")], []),
    "a completion": (Source.SALE, [slip("9", Kind.PREAUTH), slip("8", Kind.COMPLETION)], [("8", 1)]),
    "a line alone": (Source.SALE, [line("9")], []),
    "a declined try": (Source.SALE, [slip("0", status=Status.DECLINED, amount="9")], []),
    "money that is no plain approval": (Source.SALE, [slip("9"), slip("4", status=Status.PENDING)], []),
}


@pytest.mark.parametrize("name", CASES)
def test_an_event_lacks_each_slip_not_told_or_else_the_rest(name: str) -> None:
    source, group, expected = CASES[name]
    found = lacks(group, source)
    assert [(str(one.amount), next(at for at, leg in enumerate(group) if leg is one.slip)) for one in found] == expected
