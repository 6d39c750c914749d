"""Which statements a deposit pays."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from beancount_posguard.legs import Head, Kind, Leg, Sheet, Source, Status
from beancount_posguard.matching.payouts import Payouts, Promise, match_payouts

NOVEMBER = date(2026, 11, 1)


def day(number: int) -> date:
    return NOVEMBER + timedelta(days=number - 1)


def statement(number: int, net: str, traded: int | None = None, step: str = "") -> Sheet:
    facts = {"posguard-step": step} if step else {}
    head = Head(Source.SETTLEMENT, "X", day(number), facts, correction=bool(step))
    sheet = Sheet(head, None, lump=Decimal(net))
    if not step:
        trade = day(traded or number - 1)
        sheet.legs.append(Leg(head, Kind.SALE, Status.APPROVED, trade, Decimal(net), "CNY", {}))
    return sheet


def deposit(number: int, amount: str, **facts: str) -> Sheet:
    head = Head(Source.BANK, "X", day(number), {})
    named = {key.replace("_", "-"): value for key, value in facts.items()}
    leg = Leg(head, Kind.DEPOSIT, Status.APPROVED, day(number), Decimal(amount), "CNY", named)
    return Sheet(head, None, legs=[leg])


def match(*sheets: Sheet) -> Payouts:
    next_day = lambda day: day + timedelta(days=1)  # noqa: E731  # settled and paid a day later
    return match_payouts(sheets, "CNY", Promise(next_day, next_day))


def shares(found: Payouts) -> list[list[str]]:
    return [[str(leg.amount) for leg in group] for group in found.groups]


def test_a_deposit_pays_the_statements_of_its_period() -> None:
    found = match(
        statement(3, "50.00"),
        statement(4, "70.00"),
        deposit(5, "120.00", period_from="2026-11-02", period_to="2026-11-03"),
    )
    assert shares(found) == [["50.00", "50.00"], ["70.00", "70.00"]]


def test_what_is_short_stands_on_the_statement_that_was_not_paid() -> None:
    found = match(
        statement(3, "50.00"),
        statement(4, "70.00"),
        deposit(5, "70.00", period_from="2026-11-02", period_to="2026-11-03"),
    )
    assert shares(found) == [["50.00"], ["70.00", "70.00"]]


def test_an_odd_gap_stands_on_the_last_statement() -> None:
    found = match(
        statement(3, "50.00"),
        statement(4, "70.00"),
        deposit(5, "115.00", period_from="2026-11-02", period_to="2026-11-03"),
    )
    assert shares(found) == [["50.00", "50.00"], ["70.00", "65.00"]]


def test_without_a_period_the_only_run_that_fits_is_meant() -> None:
    found = match(statement(3, "50.00"), statement(4, "70.00"), statement(5, "30.00"), deposit(6, "100.00"))
    assert shares(found) == [["50.00"], ["70.00", "70.00"], ["30.00", "30.00"]]


def test_two_runs_that_fit_are_two_explanations_and_neither_is_taken() -> None:
    found = match(statement(3, "50.00"), statement(4, "50.00"), deposit(9, "50.00"))
    assert shares(found) == [["50.00"], ["50.00"], ["50.00"]]
    assert [count for _, count in found.ambiguous] == [2]


def test_of_equal_statements_the_one_due_that_day_is_paid() -> None:
    found = match(statement(3, "50.00"), statement(4, "50.00"), deposit(5, "50.00"))
    assert shares(found) == [["50.00"], ["50.00", "50.00"]]


def test_a_deposit_that_fits_nothing_is_held_against_the_statement_due_that_day() -> None:
    found = match(statement(3, "50.00"), statement(4, "70.00"), deposit(5, "69.00"))
    assert shares(found) == [["50.00"], ["70.00", "69.00"]]


def test_the_rest_of_a_short_deposit_can_come_later() -> None:
    period = {"period_from": "2026-11-02", "period_to": "2026-11-02"}
    found = match(statement(3, "50.00"), deposit(4, "45.00", **period), deposit(6, "5.00"))
    assert shares(found) == [["50.00", "45.00", "5.00"]]


def test_a_negative_day_is_carried_into_the_next_deposit() -> None:
    found = match(statement(3, "-20.00"), statement(4, "70.00"), deposit(5, "50.00"))
    assert shares(found) == [["-20.00", "-20.00"], ["70.00", "70.00"]]


def test_a_deposit_may_bring_along_what_the_acquirer_owed() -> None:
    found = match(
        statement(3, "50.00"),
        statement(4, "128.00", step="top-up"),
        deposit(5, "178.00", period_from="2026-11-02", period_to="2026-11-02"),
    )
    assert shares(found) == [["50.00", "50.00"], ["128.00", "128.00"]]


@pytest.mark.parametrize("known", [3, 4])
def test_a_payout_id_decides(known: int) -> None:
    first, second = statement(3, "50.00"), statement(4, "50.00")
    {3: first, 4: second}[known].head.facts = {"payout": "PO-1"}
    found = match(first, second, deposit(5, "50.00", payout="PO-1"))
    assert [len(group) for group in found.groups] == ([2, 1] if known == 3 else [1, 2])
    assert found.ambiguous == []


def test_a_deposit_sees_nothing_that_comes_after_it() -> None:
    found = match(deposit(3, "50.00"), statement(4, "50.00"))
    assert shares(found) == [["50.00"], ["50.00"]]
