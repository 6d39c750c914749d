"""Fees and payouts, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_posguard.legs import Kind, Source, Status
from beancount_posguard.simulate.payouts import payouts
from beancount_posguard.simulate.presets import Bank
from beancount_posguard.simulate.printing import File, Row, charged
from beancount_posguard.simulate.shop import Acquirer

NOON = datetime(2026, 9, 9, 12)  # noqa: DTZ001  # local time


def row(amount: str, card_type: str = "credit", fee: str | None = None) -> Row:
    money = Decimal(amount)
    kind = Kind.SALE if money > 0 else Kind.REFUND
    own = None if fee is None else Decimal(fee)
    return Row("E1", kind, Status.APPROVED, money, NOON, card_type=card_type, fee=own)


def fees(rows: Sequence[Row], acquirer: Acquirer) -> list[str]:
    return [f"{one.fee:.2f}" for one in charged(rows, acquirer)]


def test_fees_are_rounded_half_up_slip_by_slip(acquirer: Acquirer) -> None:
    # 0.50 % of 15.00 is 0.075; 0.60 % of 12.50 is 0.075; of 5880.00 by debit no more than 20.00; 1.80 % of 100.00.
    rows = [row("15.00", "debit"), row("12.50"), row("5880.00", "debit"), row("100.00", "foreign")]
    assert fees(rows, acquirer) == ["0.08", "0.08", "20.00", "1.80"]


def test_a_refund_gives_its_fee_back_or_not(acquirer: Acquirer) -> None:
    keeps = replace(acquirer, bank=replace(acquirer.bank, refund_fee_back=False))
    assert fees([row("-36.00")], acquirer) == ["-0.22"]
    assert fees([row("-36.00")], keeps) == ["0.00"]


def test_a_fee_that_is_given_stays(acquirer: Acquirer) -> None:
    assert fees([row("100.00", fee="3.21")], acquirer) == ["3.21"]


def test_fees_rounded_on_the_sum_are_shared_out(acquirer: Acquirer) -> None:
    # Three times 0.60 % of 9.00 is 0.162, rounded 0.16: one line of 0.06 and two of 0.05.
    by_batch = replace(acquirer, bank=replace(acquirer.bank, rounds_by_batch=True))
    assert sorted(fees([row("9.00")] * 1 + [row("9.00"), row("9.00")], by_batch)) == ["0.05", "0.05", "0.06"]


@settings(deadline=None)
@given(st.lists(st.integers(1, 2_000_000), min_size=1, max_size=60))
def test_shared_fees_are_less_than_a_fen_off(fens: list[int]) -> None:
    by_batch = Acquirer(Bank("ChinaUMS", "银联商务", rounds_by_batch=True), ("1",))
    rows = [row(f"{Decimal(fen).scaleb(-2)}") for fen in fens]
    done = [*charged(rows, by_batch)]
    exact = [Decimal(fen) * 6 / 100_000 for fen in fens]
    total = sum((one.fee or Decimal(0) for one in done), Decimal(0))
    assert abs(total - sum(exact)) <= Decimal("0.005")
    assert all(abs((one.fee or Decimal(0)) - right) < Decimal("0.01") for one, right in zip(done, exact, strict=True))


def statement(day: date, *nets: str) -> File:
    return File(Source.SETTLEMENT, day, "ChinaUMS", rows=[row(net, fee="0.00") for net in nets])


def test_each_statement_is_paid_on_the_next_working_day(acquirer: Acquirer) -> None:
    found = [*payouts(acquirer, [statement(date(2026, 9, 24), "10.00")], date(2026, 10, 31))]
    assert [(one.due, one.net, one.days) for one in found] == [
        (date(2026, 9, 28), Decimal("10.00"), (date(2026, 9, 24),))
    ]
    assert found[0].period == (date(2026, 9, 23), date(2026, 9, 23))


def test_a_mondays_statement_tells_of_the_weekend(acquirer: Acquirer) -> None:
    (found,) = payouts(acquirer, [statement(date(2026, 9, 14), "10.00")], date(2026, 9, 30))
    assert found.due == date(2026, 9, 15)
    assert found.period == (date(2026, 9, 11), date(2026, 9, 13))


def test_a_weekend_is_paid_at_once(acquirer: Acquirer) -> None:
    daily = replace(acquirer, bank=replace(acquirer.bank, settles="D+1 cutoff 23:00 calendar none"))
    files = [statement(date(2026, 9, day), "10.00") for day in (11, 12, 13, 14)]
    found = [*payouts(daily, files, date(2026, 9, 30))]
    # The statements of Friday, Saturday and Sunday are paid on Monday the 14th; they tell of the 10th to the 12th.
    assert [(one.due, one.net) for one in found] == [
        (date(2026, 9, 14), Decimal("30.00")),
        (date(2026, 9, 15), Decimal("10.00")),
    ]
    assert found[0].period == (date(2026, 9, 10), date(2026, 9, 12))


def test_a_negative_day_is_carried(acquirer: Acquirer) -> None:
    files = [statement(date(2026, 9, 15), "20.00", "-25.00"), statement(date(2026, 9, 16), "30.00")]
    found = [*payouts(acquirer, files, date(2026, 9, 30))]
    assert [(one.due, one.net, one.days) for one in found] == [
        (date(2026, 9, 17), Decimal("25.00"), (date(2026, 9, 15), date(2026, 9, 16)))
    ]
    assert found[0].period == (date(2026, 9, 14), date(2026, 9, 15))


def test_several_merchants_are_paid_by_one_deposit(acquirer: Acquirer) -> None:
    files = [statement(date(2026, 9, 15), "20.00"), statement(date(2026, 9, 15), "7.00")]
    assert [one.net for one in payouts(acquirer, files, date(2026, 9, 30))] == [Decimal("27.00")]


def test_what_is_due_after_the_end_does_not_come(acquirer: Acquirer) -> None:
    assert [*payouts(acquirer, [statement(date(2026, 9, 15), "20.00")], date(2026, 9, 15))] == []
