"""On which day a sale belongs, whatever hour the shop closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from beancount_posguard.calendars import parse_lag
from beancount_posguard.contract import Contract
from beancount_posguard.ledger.contracts import read_contracts
from beancount_posguard.legs import Head, Kind, Leg, Source, Status
from beancount_posguard.money import ZERO
from beancount_posguard.places import on_wrong_day

TUESDAY = date(2026, 11, 3)


@pytest.fixture(scope="module")
def terms() -> Contract:
    from beancount.parser import parser  # noqa: PLC0415  # only this fixture reads a ledger

    entries, _, _ = parser.parse_string('2026-01-01 custom "posguard-acquirer" "ChinaUMS"')
    (contract,), errors = read_contracts(entries)
    assert errors == []
    assert contract.settles == parse_lag("T+1 cutoff 23:00 calendar CN", cutoff_allowed=True)
    return contract


def leg(source: Source, day: date, time: str, *, correction: bool = False) -> Leg:
    head = Head(source, "ChinaUMS", day, {}, correction=correction)
    return Leg(head, Kind.SALE, Status.APPROVED, day, ZERO, "CNY", {"time": time} if time else {})


@pytest.mark.parametrize(
    ("booked", "time", "ends", "wrong"),
    [
        (0, "14:00", "", False),
        (1, "14:00", "", True),
        (-1, "14:00", "", True),
        # At night nobody knows, unless the contract says so.
        (-1, "05:59", "", False),
        (-1, "06:00", "", True),
        (1, "19:59", "", True),
        (1, "20:00", "", False),
        # The day ends at four in the morning: what was paid before is of the evening before.
        (-1, "03:59", "04:00", False),
        (-1, "04:00", "04:00", True),
        (0, "04:00", "04:00", False),
        (1, "23:59", "04:00", True),
        # The day ends at ten in the evening: what was paid after is of the next day.
        (1, "22:00", "22:00", False),
        (1, "21:59", "22:00", True),
        (-1, "00:30", "22:00", True),
    ],
)
def test_the_day_of_a_sale(terms: Contract, booked: int, time: str, ends: str, *, wrong: bool) -> None:
    sale = leg(Source.SALE, TUESDAY + timedelta(days=booked), time)
    assert on_wrong_day(sale, leg(Source.TERMINAL, TUESDAY, time), replace(terms, day_ends=ends)) is wrong


def test_what_a_person_booked_is_on_its_day(terms: Contract) -> None:
    sale = leg(Source.SALE, TUESDAY + timedelta(days=1), "14:00", correction=True)
    assert not on_wrong_day(sale, leg(Source.TERMINAL, TUESDAY, "14:00"), terms)
