"""Slips are counted by who speaks of them, and what the terminal never says is asked of the till."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from beancount_posguard.legs import Head, Kind, Leg, Sheet, Source, Status
from beancount_posguard.reports.exposure import SHIFTS, exposure

DAY = date(2026, 9, 1)


def sheet(source: Source, *slips: dict[str, str], correction: bool = False) -> Sheet:
    head = Head(source, "ChinaUMS", DAY, {"terminal": "A"} if source is Source.TERMINAL else {}, correction=correction)
    legs = [
        Leg(head, Kind.SALE, Status(facts.pop("status", "approved")), DAY, Decimal(1), "CNY", facts) for facts in slips
    ]
    return Sheet(head, None, legs)


def test_the_terminal_counts_and_declined_slips_do_not() -> None:
    terminal = sheet(
        Source.TERMINAL, {"time": "09:00:00"}, {"time": "15:00:00"}, {"time": "15:01:00", "status": "declined"}
    )
    found = exposure([terminal, sheet(Source.SALE, {"cashier": "1"}, {"cashier": "2"}, {"cashier": "2"})])
    assert found.total == 2
    assert found.by["terminal"] == {"A": 2}
    assert found.by["shift"] == {"06:00-14:00": 1, "14:00-22:00": 1}
    assert found.by["cashier"] == {"1": 1, "2": 2}  # the till's, for the terminal does not know
    assert found.by["store"] == {"": 2}


def test_without_a_terminal_the_next_one_speaks() -> None:
    assert exposure([sheet(Source.SETTLEMENT, {}), sheet(Source.SALE, {}, {})]).total == 2
    assert exposure([sheet(Source.SETTLEMENT, {})]).total == 1
    assert exposure([]).total == 0


def test_what_a_person_booked_is_no_slip() -> None:
    assert exposure([sheet(Source.TERMINAL, {}, correction=True)]).total == 0


def test_the_shops_shifts_come_in_the_order_of_the_day() -> None:
    assert exposure([], [("late", "14:30"), ("early", "06:00")]).shifts == (("early", "06:00"), ("late", "14:30"))
    assert exposure([]).shifts == SHIFTS
