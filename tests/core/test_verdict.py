"""The judge's last step alone: an event as of a day, its kind, and what moves where.

Each case is one event written down by hand: the lines of each side and the judged remainders, with dST = S - T on the
till, dTA = T - A on clearing, and statement minus deposit on payout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from beancount_posguard.calendars import parse_lag
from beancount_posguard.contract import Contract
from beancount_posguard.legs import Head, Kind, Leg, Source, Status
from beancount_posguard.verdict import Move, View, close_in_time, kind_of, lapse, moves_of

DAY = date(2026, 11, 3)

CONTRACT = Contract(
    name="X",
    since=date(2026, 1, 1),
    merchants=(),
    till="Assets:Till",
    clearing="Assets:Clearing",
    payout="Assets:Payout",
    bank="Assets:Bank:Shop",
    guarantees="Assets:Guarantees",
    fees="Expenses:Fees",
    income="Income:Sales",
    claims_customer="Assets:Claims:Customer",
    owed_customer="Liabilities:Claims:Customer",
    claims_acquirer="Assets:Claims:Acquirer",
    owed_acquirer="Liabilities:Claims:Acquirer",
    claims_chargeback="Assets:Claims:Chargeback",
    suspense="Assets:Suspense",
    write_off="Expenses:WriteOff",
    currency="CNY",
    settles=parse_lag("T+1", cutoff_allowed=True),
    pays=parse_lag("T+1", cutoff_allowed=False),
    grace=1,
    fee=None,
    hold_days=30,
    hold_cap=Decimal("1.15"),
    day_ends="",
    tolerance=Decimal(0),
    rounding="Expenses:Rounding",
    fx_within=Decimal(0),
    fx="Expenses:FX",
    file="main.beancount",
    line=1,
)


def leg(source: Source, number: str, kind: Kind, status: Status, day: date, facts: dict[str, str]) -> Leg:
    currency = "HOLD.CNY" if kind in {Kind.PREAUTH, Kind.PREAUTH_VOID} and source is Source.TERMINAL else "CNY"
    return Leg(Head(source, "X", day, {}), kind, status, day, Decimal(number), currency, facts)


def sale(number: str, kind: Kind = Kind.SALE, day: date = DAY, **facts: str) -> Leg:
    return leg(Source.SALE, number, kind, Status.APPROVED, day, facts)


def slip(number: str, kind: Kind = Kind.SALE, status: Status = Status.APPROVED, day: date = DAY, **facts: str) -> Leg:
    return leg(Source.TERMINAL, number, kind, status, day, facts)


def line(number: str, kind: Kind = Kind.SALE, status: Status = Status.APPROVED, **facts: str) -> Leg:
    return leg(Source.SETTLEMENT, number, kind, status, DAY, facts)


def tendered(number: str) -> Leg:
    told = sale("0", amount=number, tender="cash")
    told.head.account = "Assets:Cash"
    return told


def record(number: str, **facts: str) -> Leg:
    return leg(Source.SALE, "0", Kind.PREAUTH, Status.APPROVED, DAY, {"amount": number, **facts})


def deposit(number: str, account: str = "") -> Leg:
    told = leg(Source.BANK, number, Kind.DEPOSIT, Status.APPROVED, DAY, {})
    told.head.account = account
    return told


def hold(number: str) -> Leg:
    return slip(number, Kind.PREAUTH)


def completion(number: str) -> Leg:
    return slip(number, Kind.COMPLETION)


DECLINED = slip("0", status=Status.DECLINED, amount="58.00")
TIMED_OUT = slip("0", status=Status.TIMEOUT, amount="58.00")
VOIDED = slip("0", status=Status.VOIDED, amount="58.00")


REMAINDERS = ("till", "clearing", "fees", "payout")


def view(*legs: Leg, day: date = DAY, **judged: Any) -> View:  # noqa: ANN401  # a remainder, a flag or a kind
    """Return the event; remainders are written as texts."""
    amounts: dict[str, Any] = {key: Decimal(one) if key in REMAINDERS else one for key, one in judged.items()}
    return View(legs, day, CONTRACT, **amounts)


#: What the hold of 100.00 of 3 November allows: completion up to 115.00, until 3 December.
LAST = date(2026, 12, 3)

KIND_CASES: dict[str, tuple[str, View]] = {
    # In order, or worth a look.
    "agreed": ("OK", view(sale("9"), slip("9"), line("9"))),
    "in order though late": ("B1", view(sale("9"), slip("9"), line("9"), late=True)),
    "late and short is no mere delay": ("A4", view(sale("9"), slip("9"), line("8"), clearing="1", late=True)),
    "hold forgotten": ("G4", view(hold("100"), day=LAST + timedelta(days=1))),
    "hold on its last day": ("OK", view(hold("100"), day=LAST)),
    "hold released": ("OK", view(hold("100"), slip("-100", Kind.PREAUTH_VOID), day=LAST + timedelta(days=9))),
    "hold whose release was declined": (
        "G4",
        view(hold("100"), slip("-100", Kind.PREAUTH_VOID, Status.DECLINED), day=LAST + timedelta(days=1)),
    ),
    "hold completed": ("OK", view(hold("100"), completion("90"), day=LAST + timedelta(days=9))),
    "hold declined": (
        "OK",
        view(slip("0", Kind.PREAUTH, Status.DECLINED, amount="100"), day=LAST + timedelta(days=9)),
    ),
    "hold of the till only": ("OK", view(sale("0", Kind.PREAUTH, amount="100"), day=LAST + timedelta(days=9))),
    "lapsed hold with a paid sale": (
        "OK",
        view(sale("9"), hold("100"), slip("9"), line("9"), day=LAST + timedelta(days=1)),
    ),
    "completed at the cap": ("OK", view(sale("115"), hold("100"), completion("115"))),
    "completed above the cap": ("G1", view(sale("115.01"), hold("100"), completion("115.01"))),
    "completed without a hold": ("OK", view(sale("115.01"), completion("115.01"))),
    "cap is rounded half up": ("OK", view(sale("0.12"), hold("0.10"), completion("0.12"))),  # 0.115 is 0.12
    "several holds add up": ("OK", view(sale("200"), hold("100"), hold("100"), completion("200"))),
    "paid to another account": ("P5", view(line("9"), deposit("9", account="Assets:Other"))),
    "paid below the account": ("OK", view(line("9"), deposit("9", account="Assets:Bank:Shop:Basic"))),
    "paid to an account of a like name": ("P5", view(line("9"), deposit("9", account="Assets:Bank:Shops"))),
    "short on another account": ("P1", view(line("9"), deposit("8", account="Assets:Other"), payout="1")),
    "under another's number": ("E6", view(sale("9"), slip("9"), line("9"), elsewhere="Assets:Clearing")),
    "short under another's number": (
        "A4",
        view(sale("9"), slip("9"), line("8"), elsewhere="Assets:Clearing", clearing="1"),
    ),
    "on the next day's list": (
        "B4",
        view(sale("9", day=DAY + timedelta(days=1), time="10:00"), slip("9", time="10:10"), line("9")),
    ),
    "eleven minutes apart": (
        "OK",
        view(sale("9", day=DAY + timedelta(days=1), time="10:00"), slip("9", time="10:10:01"), line("9")),
    ),
    "no time of day": ("OK", view(sale("9", day=DAY + timedelta(days=1)), slip("9", time="10:10"), line("9"))),
    "two days late was asked for": (
        "OK",
        view(sale("9", day=DAY + timedelta(days=2), time="10:00"), slip("9", time="10:00"), line("9")),
    ),
    "converted": ("A10", view(sale("9"), slip("9"), line("8", foreign="USD 1"), clearing="1")),
    "converted into too much": ("A10", view(sale("9"), slip("9"), line("10", foreign="USD 1"), clearing="-1")),
    "the slip alone was converted": ("A4", view(sale("9"), slip("9", foreign="USD 1"), line("8"), clearing="1")),
    "converted, and in two lines": (
        "A4",
        view(sale("9"), slip("9"), line("4", foreign="USD 1"), line("4"), clearing="1"),
    ),
    "converted, and the till differs too": (
        "MIX",
        view(sale("7"), slip("9"), line("8", foreign="USD 1"), till="-2", clearing="1"),
    ),
    "rung up as cash": ("Y6", view(tendered("9"), slip("9"), line("9"), till="-9")),
    "a refund rung up as cash": ("Y6", view(tendered("-9"), slip("-9"), line("-9"), till="9")),
    "cash of another amount": ("E2", view(tendered("8"), slip("9"), line("9"), till="-9", till_judged=True)),
    "part in cash": ("A1", view(tendered("4"), sale("5"), slip("9"), line("9"), till="-4")),
    "old record of a hold": ("G8", view(record("80"), hold("100"), day=DAY + timedelta(days=2))),
    "record of a hold within the grace": ("OK", view(record("80"), hold("100"), day=DAY + timedelta(days=1))),
    "record written anew": ("OK", view(record("80"), record("100"), hold("100"), day=DAY + timedelta(days=2))),
    "a record of each increase": (
        "OK",
        view(record("80"), record("20"), hold("80"), hold("20"), day=DAY + timedelta(days=2)),
    ),
    "record on another card": (
        "G8",
        view(record("100", card="9999"), slip("100", Kind.PREAUTH, card="1234"), day=DAY + timedelta(days=2)),
    ),
    "record with another expiry": (
        "G8",
        view(
            record("100", expires="2026-11-30"),
            slip("100", Kind.PREAUTH, expires="2026-12-03"),
            day=DAY + timedelta(days=2),
        ),
    ),
    "old record of a released hold": (
        "OK",
        view(record("80"), hold("100"), slip("-100", Kind.PREAUTH_VOID), day=DAY + timedelta(days=2)),
    ),
    "retrieval last": ("D1", view(sale("9"), slip("9"), line("9"), line("0", Kind.RETRIEVAL))),
    "retrieval answered": ("OK", view(sale("9"), slip("9"), line("0", Kind.RETRIEVAL), line("9"))),
    "retrieval of a short line": (
        "A4",
        view(sale("9"), slip("9"), line("8"), line("0", Kind.RETRIEVAL), clearing="1"),
    ),
    # Deposits.
    "deposit over": ("P2", view(line("9"), deposit("10"), payout="-1")),
    "deposit missing": ("P3", view(line("9"), payout="9")),
    "deposit short": ("P1", view(line("9"), deposit("8"), payout="1")),
    "batch not closed": ("B2", view(sale("9"), slip("9"), clearing="9", whole_batch=True)),
    # Holds.
    "sale on a hold": ("Y3", view(sale("100"), hold("100"), till="100", day=LAST)),
    "sale on a lapsed hold": ("G3", view(sale("100"), hold("100"), till="100", day=LAST + timedelta(days=1))),
    "sale on a released hold": (
        "E3",
        view(sale("100"), hold("100"), slip("-100", Kind.PREAUTH_VOID), till="100"),
    ),
    "bill of the hold's last day": (
        "G3",
        view(sale("100", day=LAST), hold("100"), till="100", day=LAST + timedelta(days=2)),
    ),
    "bill of the day after": (
        "G5",
        view(sale("100", day=LAST + timedelta(days=1)), hold("100"), till="100", day=LAST + timedelta(days=2)),
    ),
    "one bill in time, one too late": (
        "G3",
        view(
            sale("60", day=LAST),
            sale("40", day=LAST + timedelta(days=1)),
            hold("100"),
            till="100",
            day=LAST + timedelta(days=2),
        ),
    ),
    "refund on a hold": ("E3", view(sale("-100", Kind.REFUND), hold("100"), till="-100")),
    "hold beside part of a payment": ("A2", view(sale("100"), hold("100"), slip("40"), till="60")),
    "settled sale on a hold": (
        "A5",
        view(sale("100"), hold("100"), line("100"), till="100", clearing="-100"),
    ),
    "completed twice": (
        "G6",
        view(sale("90"), hold("100"), completion("90"), completion("90"), till="-90"),
    ),
    "completed once too high": ("G2", view(sale("90"), hold("100"), completion("95"), till="-5")),
    "completed in two, short": (
        "G2",
        view(sale("90"), hold("100"), completion("40"), completion("40"), till="10"),
    ),
    "completed, and sold again": ("G7", view(sale("90"), slip("90"), slip("90"), till="-90", twin=Kind.COMPLETION)),
    "twin of a completion, yet short": ("A2", view(sale("90"), slip("80"), till="10", twin=Kind.COMPLETION)),
    "bill above the cap": ("G1", view(sale("130"), hold("100"), completion("115"), till="15")),
    "bill above what was completed": ("G2", view(sale("130"), hold("100"), completion("114.99"), till="15.01")),
    "keyed as sale, meant as hold": ("Y4", view(sale("0", Kind.PREAUTH, amount="100"), slip("100"), till="-100")),
    "hold of the till, and short": ("E3", view(sale("100", Kind.PREAUTH), till="100")),
    # Chargebacks and deductions.
    "chargeback": (
        "D2",
        view(sale("9"), slip("9"), line("9"), line("-9", Kind.CHARGEBACK), clearing="9"),
    ),
    "chargeback beside a line too high": (
        "A3",
        view(sale("9"), slip("9"), line("12"), line("-1", Kind.CHARGEBACK), clearing="-2"),
    ),
    "deduction": ("P4", view(line("-5", Kind.ADJUSTMENT), clearing="5")),
    "fee nobody announced": ("P4", view(line("-5", Kind.FEE), clearing="5")),
    "credit nobody explained": ("E1", view(line("5", Kind.ADJUSTMENT), clearing="-5")),
    "charged back in two parts": (
        "D2",
        view(sale("9"), slip("9"), line("9"), line("-4", Kind.CHARGEBACK), line("-5", Kind.CHARGEBACK), clearing="9"),
    ),
    "charged back again": (
        "D3",
        view(
            sale("9"),
            slip("9"),
            line("9"),
            line("-9", Kind.CHARGEBACK),
            line("9", Kind.CHARGEBACK_REVERSAL),
            line("-9", Kind.CHARGEBACK),
            clearing="9",
        ),
    ),
    "second chargeback": (
        "D3",
        view(sale("9"), slip("9"), line("9"), line("-9", Kind.SECOND_CHARGEBACK), clearing="9"),
    ),
    "charged back as fraud": (
        "D4",
        view(sale("9"), slip("9"), line("9"), line("-9", Kind.CHARGEBACK, reason="10.4"), clearing="9"),
    ),
    "charged back for the goods": (
        "D2",
        view(sale("9"), slip("9"), line("9"), line("-9", Kind.CHARGEBACK, reason="13.1"), clearing="9"),
    ),
    "fraud of the second stage": (
        "D3",
        view(sale("9"), slip("9"), line("9"), line("-9", Kind.SECOND_CHARGEBACK, reason="fraud"), clearing="9"),
    ),
    "fraud that was given back": (
        "OK",
        view(
            sale("9"),
            slip("9"),
            line("9"),
            line("-9", Kind.CHARGEBACK, reason="10.4"),
            line("9", Kind.CHARGEBACK_REVERSAL),
        ),
    ),
    "chargeback given back twice": (
        "E5",
        view(
            sale("9"),
            slip("9"),
            line("9"),
            line("-9", Kind.CHARGEBACK),
            line("9", Kind.CHARGEBACK_REVERSAL),
            line("9", Kind.CHARGEBACK_REVERSAL),
            clearing="-9",
        ),
    ),
    "more than the chargeback given back": (
        "A3",
        view(
            sale("9"),
            slip("9"),
            line("9"),
            line("-9", Kind.CHARGEBACK),
            line("12", Kind.CHARGEBACK_REVERSAL),
            clearing="-3",
        ),
    ),
    "deduction beside a line": ("E1", view(line("9"), line("-5", Kind.FEE), clearing="-4")),
    "deduction from a slip": ("A4", view(slip("9"), line("4", Kind.ADJUSTMENT), clearing="5")),
    "deduction from a sale": ("A5", view(sale("9"), line("9", Kind.ADJUSTMENT), till="9", clearing="-9")),
    "line without a slip": ("E1", view(line("9"), clearing="-9")),
    "line with a sale alone": ("A5", view(sale("9"), line("9"), till="9", clearing="-9")),
    "line with a sale of another amount": ("MIX", view(sale("9"), line("8"), till="9", clearing="-8")),
    # No money on the slip.
    "offline, not honoured": ("X6", view(sale("9"), slip("9", mode="offline"), clearing="9")),
    "offline, declined later": (
        "X6",
        view(sale("9"), slip("0", status=Status.DECLINED, mode="offline", amount="9"), till="9"),
    ),
    "offline, settled in part": ("A4", view(sale("9"), slip("9", mode="offline"), line("8"), clearing="1")),
    "offline and online": ("X1", view(sale("9"), slip("4", mode="offline"), slip("5"), clearing="9")),
    "offline, only the fee is wrong": ("A9", view(sale("9"), slip("9", mode="offline"), fees="1")),
    "offline, outcome unknown": (
        "X7",
        view(sale("9"), slip("0", status=Status.TIMEOUT, mode="offline", amount="9"), till="9"),
    ),
    "timed out": ("X7", view(sale("58"), TIMED_OUT, till="58")),
    "timed out, then declined": ("X7", view(sale("58"), TIMED_OUT, DECLINED, till="58")),
    "timed out, then reversed": ("E3", view(sale("58"), TIMED_OUT, slip("0", status=Status.REVERSED), till="58")),
    "timed out, then voided": ("E3", view(sale("58"), TIMED_OUT, VOIDED, till="58")),
    "timed out, then approved": ("A2", view(sale("58"), TIMED_OUT, slip("50"), till="8")),
    "timed out without a sale, settled": ("X4", view(TIMED_OUT, line("58"), clearing="-58")),
    "timed out, settled": ("A5", view(sale("58"), TIMED_OUT, line("58"), till="58", clearing="-58")),
    "no slip": ("E3", view(sale("9"), till="9")),
    "declined": ("E3", view(sale("58"), DECLINED, till="58")),
    "declined, yet settled": ("X4", view(DECLINED, line("58"), clearing="-58")),
    "declined, in a line of both ways": ("A3", view(DECLINED, line("58"), line("-58"), clearing="-1")),
    "voided, yet settled": ("X3", view(VOIDED, line("58"), clearing="-58")),
    "voided by a slip of its own": (
        "X3",
        view(slip("58"), slip("-58", Kind.VOID), line("58"), clearing="-58"),
    ),
    "reversed by a slip of its own": (
        "X3",
        view(slip("58"), slip("-58", Kind.REVERSAL), line("58"), clearing="-58"),
    ),
    "completion voided": (
        "X3",
        view(completion("58"), slip("-58", Kind.COMPLETION_VOID), line("58"), clearing="-58"),
    ),
    "reversed, yet settled": (
        "X3",
        view(slip("0", status=Status.REVERSED, amount="58"), line("58"), clearing="-58"),
    ),
    "sold and refunded, one settled": (
        "A3",
        view(slip("58"), slip("-58", Kind.REFUND), line("58"), clearing="-58"),
    ),
    "settled and taken back": ("X2", view(slip("58"), line("58"), line("-58"), clearing="58")),
    "settled as reversed": (
        "X2",
        view(slip("58"), line("0", status=Status.REVERSED), clearing="58"),
    ),
    "settled as voided": ("X2", view(slip("58"), line("0", status=Status.VOIDED), clearing="58")),
    "settled as declined": ("A4", view(slip("58"), line("0", status=Status.DECLINED), clearing="58")),
    "settled and taken back in part": ("A4", view(slip("58"), line("58"), line("-8"), clearing="8")),
    "refund settled and taken back": (
        "X2",
        view(slip("-58", Kind.REFUND), line("-58", Kind.REFUND), line("58"), clearing="-58"),
    ),
    # Keyed the wrong way.
    "sale keyed as refund": ("Y1", view(sale("9"), slip("-9", Kind.REFUND), till="18")),
    "refund keyed as sale": ("Y2", view(sale("-9", Kind.REFUND), slip("9"), till="-18")),
    "sale keyed as another refund": ("A2", view(sale("9"), slip("-8", Kind.REFUND), till="17")),
    "refund keyed as another sale": ("A1", view(sale("-9", Kind.REFUND), slip("8"), till="-17")),
    "voided and refunded": ("Y5", view(sale("-9", Kind.REFUND), slip("-18"), till="9", twin=Kind.VOID)),
    # Twice.
    "twin of a sale": ("E4", view(slip("9"), till="-9", till_judged=True, twin=Kind.SALE)),
    "twin of a sale, short": ("A2", view(sale("9"), slip("8"), till="1", twin=Kind.SALE)),
    "approved twice in a minute": (
        "E4",
        view(sale("9"), slip("9", time="10:00"), slip("9", time="10:01"), till="-9"),
    ),
    "approved three times": (
        "E4",
        view(sale("9"), *(slip("9", time=f"10:0{minute}") for minute in range(3)), till="-18"),
    ),
    "approved twice, hours apart": (
        "A7",
        view(sale("9"), slip("9", time="10:00"), slip("9", time="14:00"), till="-9"),
    ),
    "approved twice, and something else": (
        "A7",
        view(sale("9"), slip("9", time="10:00"), slip("9", time="10:01"), slip("1"), till="-10"),
    ),
    "split payment above the sale": ("A7", view(sale("9"), slip("5"), slip("5"), till="-1")),
    "split payment below the sale": ("A7", view(sale("9"), slip("4"), slip("4"), till="1")),
    "settled twice": ("E5", view(slip("9"), line("9"), line("9"), clearing="-9")),
    "two slips, settled for more": ("A3", view(slip("4"), slip("5"), line("5"), line("5"), clearing="-1")),
    "one line of two in the customer's favour": ("A3", view(slip("9"), line("11"), line("-1"), clearing="-1")),
    "sale and refund, three lines": (
        "E5",
        view(slip("9"), slip("-1", Kind.REFUND), line("9"), line("9"), line("-1"), clearing="-9"),
    ),
    "refund settled twice": (
        "A4",
        view(slip("-9", Kind.REFUND), line("-9", Kind.REFUND), line("-9", Kind.REFUND), clearing="9"),
    ),
    # One side silent.
    "refund not processed": ("X5", view(slip("-9", Kind.REFUND), clearing="-9")),
    "refund processed in part": ("A3", view(slip("-9", Kind.REFUND), line("-8", Kind.REFUND), clearing="-1")),
    "slip without a sale": ("E2", view(slip("9"), till="-9", till_judged=True)),
    "refund without a sale": ("E2", view(slip("-9", Kind.REFUND), till="9", till_judged=True)),
    "till not judged yet": ("X1", view(slip("9"), clearing="9")),
    "slip without a sale, and not settled": ("E2", view(slip("9"), till="-9", clearing="9", till_judged=True)),
    "approved, not settled": ("X1", view(sale("9"), slip("9"), clearing="9", till_judged=True)),
    "wrong on both sides": ("MIX", view(sale("9"), slip("8"), line("7"), till="1", clearing="1")),
    # Amounts that differ.
    "approved in part": ("A6", view(sale("9"), slip("5", response="10"), till="4")),
    "approved in part, yet too much": ("A1", view(sale("9"), slip("10", response="10"), till="-1")),
    "another response": ("A2", view(sale("9"), slip("5", response="00"), till="4")),
    "short by the tip": ("A8", view(sale("10", tip="1"), slip("9"), till="1")),
    "settled without the tip": ("A8", view(sale("10"), slip("10", tip="1"), line("9"), clearing="1")),
    "above by the tip": ("A8", view(sale("9"), slip("10", tip="1"), till="-1")),
    "short by less than the tip": ("A2", view(sale("9.50"), slip("9", tip="1"), till="0.50")),
    "no tip was given": ("A9", view(sale("9", tip="0"), slip("9"), line("9"), fees="1")),
    "charged too much": ("A1", view(sale("9"), slip("10"), till="-1")),
    "charged too little": ("A2", view(sale("9"), slip("8"), till="1")),
    "settled for more": ("A3", view(sale("9"), slip("9"), line("10"), clearing="-1")),
    "settled for less": ("A4", view(sale("9"), slip("9"), line("8"), clearing="1")),
    "fee too high": ("A9", view(sale("9"), slip("9"), line("9"), fees="0.10")),
    "fee too low": ("A9", view(sale("9"), slip("9"), line("9"), fees="-0.10")),
    # Sums that cancel, amounts of exactly one, words that sort behind each other.
    "refund voided, yet settled": (
        "X3",
        view(slip("0", Kind.REFUND, Status.VOIDED), line("-1", Kind.REFUND), clearing="1"),
    ),
    "one, voided, yet settled": ("X3", view(VOIDED, line("1"), clearing="-1")),
    "one, settled and taken back": ("X2", view(slip("1"), line("1"), line("-1"), clearing="1")),
    "refund of one, settled and taken back": (
        "X2",
        view(slip("-1", Kind.REFUND), line("-1", Kind.REFUND), line("1"), clearing="-1"),
    ),
    "one, voided and refunded": ("Y5", view(sale("-1", Kind.REFUND), slip("-2"), till="1", twin=Kind.VOID)),
    "one kept, though voided": ("Y5", view(sale("1"), slip("2"), till="-1", twin=Kind.VOID)),
    "slip of one without a sale": ("E2", view(slip("1"), till="-1", till_judged=True)),
    "refund of one without a sale": ("E2", view(slip("-1", Kind.REFUND), till="1", till_judged=True)),
    "completed one short": ("G2", view(sale("91"), hold("100"), completion("90"), till="1")),
    "completed one above": ("G2", view(sale("89"), hold("100"), completion("90"), till="-1")),
    "bill one above the cap": ("G1", view(sale("116"), hold("100"), completion("115"), till="1")),
    "capped, the rest paid and more": (
        "G2",
        view(sale("130"), hold("100"), completion("115"), slip("15.50"), till="-0.50"),
    ),
    "capped, the rest paid, settled short": (
        "A4",
        view(sale("130"), hold("100"), completion("115"), slip("15"), line("129"), clearing="1"),
    ),
    "completions that cancel, without a hold": ("G2", view(sale("9"), completion("5"), completion("-5"), till="9")),
    "fee too low by one": ("A9", view(sale("9"), slip("9"), line("9"), fees="-1")),
    "sold and refunded everywhere, one settled": (
        "A3",
        view(sale("9"), sale("-9", Kind.REFUND), slip("9"), slip("-9", Kind.REFUND), line("9"), clearing="-9"),
    ),
    "sale keyed as a larger refund": ("A2", view(sale("9"), slip("-10", Kind.REFUND), till="19")),
    "refund keyed as a larger sale": ("A1", view(sale("-9", Kind.REFUND), slip("10"), till="-19")),
    "sold and refunded, one slip, not settled": (
        "X1",
        view(sale("9"), sale("-9", Kind.REFUND), slip("5"), till="-5", clearing="5"),
    ),
    "slip without a sale, settled and taken back": (
        "X2",
        view(slip("5"), line("9"), line("-9"), till="-5", clearing="5", till_judged=True),
    ),
    "three slips that make twice the sale": (
        "A7",
        view(sale("9"), *(slip(number, time="10:00") for number in ("10", "12", "-4")), till="-9"),
    ),
    "three small slips that make twice the sale": (
        "A7",
        view(sale("9"), *(slip(number, time="10:00") for number in ("5", "2", "11")), till="-9"),
    ),
    "said to be online, not settled": ("X1", view(sale("9"), slip("9", mode="online"), clearing="9")),
    # Neighbours that a hair more or less would take for another kind.
    "hold of today": ("OK", view(hold("100"))),
    "settled for more beside a declined line": (
        "A3",
        view(slip("9"), line("10"), line("0", status=Status.DECLINED), clearing="-1"),
    ),
    "two slips settled in one line for more": ("A3", view(slip("4"), slip("5"), line("10"), clearing="-1")),
    "refund whose slips cancel": (
        "A7",
        view(sale("-9", Kind.REFUND), slip("5", time="10:00"), slip("-5", time="10:00"), till="-9"),
    ),
    "approved twice, less a little": (
        "A7",
        view(sale("9"), *(slip(number, time="10:00") for number in ("9", "9", "-1")), till="-8"),
    ),
    "chargeback made good, charged too much": (
        "A1",
        view(sale("9"), slip("10"), line("19"), line("-9", Kind.CHARGEBACK), till="-1"),
    ),
    "approved in part, settled for less": ("A4", view(sale("5"), slip("5", response="10"), line("4"), clearing="1")),
    "response after 10": ("A2", view(sale("9"), slip("5", response="11"), till="4")),
    "line taken back, no slip": ("A2", view(sale("9"), line("9"), line("-9"), till="9")),
    "voided for more than it was, yet settled": (
        "A3",
        view(slip("5"), slip("-9", Kind.VOID), line("5"), clearing="-9"),
    ),
    "slip short, settled for more than the sale": (
        "MIX",
        view(sale("9"), slip("8"), line("10"), till="1", clearing="-2"),
    ),
    # Two kinds hold: the one that stands first names it.
    "above the cap, and asked for": (
        "G1",
        view(sale("120"), hold("100"), completion("120"), line("120"), line("0", Kind.RETRIEVAL)),
    ),
    "late, and asked for": ("D1", view(sale("9"), slip("9"), line("9"), line("0", Kind.RETRIEVAL), late=True)),
    "asked for, settled in two lines": ("D1", view(slip("9"), line("5"), line("4"), line("0", Kind.RETRIEVAL))),
    "statement of refunds, nothing collected": ("P2", view(line("-9", Kind.REFUND), payout="-9")),
    "sold after a completion, charged back twice": (
        "G7",
        view(
            slip("9"),
            *(line("9"), line("-9", Kind.CHARGEBACK), line("9", Kind.CHARGEBACK_REVERSAL), line("-9", Kind.CHARGEBACK)),
            till="-9",
            clearing="9",
            twin=Kind.COMPLETION,
        ),
    ),
    "hold keyed as an offline sale": (
        "Y4",
        view(sale("0", Kind.PREAUTH, amount="9"), slip("9", mode="offline"), till="-9", clearing="9"),
    ),
    "offline declined, then timed out": (
        "X6",
        view(sale("9"), slip("0", status=Status.DECLINED, mode="offline", amount="9"), TIMED_OUT, till="9"),
    ),
    "sale keyed as refund, settled and taken back": (
        "X2",
        view(
            sale("9"),
            slip("-9", Kind.REFUND),
            line("-9", Kind.REFUND),
            line("9", Kind.REVERSAL),
            till="18",
            clearing="-9",
        ),
    ),
    "slip without a sale, settled twice": (
        "E5",
        view(slip("9"), line("9"), line("9"), till="-9", clearing="-9", till_judged=True),
    ),
    "approved in part, settled short": (
        "MIX",
        view(sale("9"), slip("5", response="10"), line("4"), till="4", clearing="1"),
    ),
    "approved without the tip, in part": ("A6", view(sale("10", tip="1"), slip("9", response="10"), till="1")),
    "capped, short by the tip": ("A8", view(sale("125", tip="10"), hold("100"), completion("115"), till="10")),
    # One side of a bound.
    "bill after the first day of a raised hold": (
        "G5",
        view(
            sale("100", day=LAST + timedelta(days=1)),
            hold("100"),
            slip("50", Kind.PREAUTH, day=DAY + timedelta(days=7)),
            till="100",
            day=LAST + timedelta(days=2),
        ),
    ),
    "refund on a lapsed hold": (
        "E3",
        view(
            sale("-100", Kind.REFUND, day=LAST + timedelta(days=1)),
            hold("100"),
            till="-100",
            day=LAST + timedelta(days=2),
        ),
    ),
    "chargeback given back in part": (
        "D2",
        view(
            sale("9"),
            slip("9"),
            line("9"),
            line("-9", Kind.CHARGEBACK),
            line("4", Kind.CHARGEBACK_REVERSAL),
            clearing="5",
        ),
    ),
    "settled short, a reversal of no chargeback": (
        "A4",
        view(sale("9"), slip("9"), line("4"), line("1", Kind.CHARGEBACK_REVERSAL), clearing="4"),
    ),
    "charged back twice, more given back": (
        "A3",
        view(
            sale("9"),
            slip("9"),
            *(line("9"), line("-9", Kind.CHARGEBACK), line("9", Kind.CHARGEBACK_REVERSAL)),
            *(line("-9", Kind.CHARGEBACK), line("10", Kind.CHARGEBACK_REVERSAL)),
            clearing="-1",
        ),
    ),
    "charged too much, charged back twice, all given back": (
        "A1",
        view(
            sale("9"),
            slip("10"),
            *(line("10"), line("-10", Kind.CHARGEBACK), line("10", Kind.CHARGEBACK_REVERSAL)),
            *(line("-10", Kind.CHARGEBACK), line("10", Kind.CHARGEBACK_REVERSAL)),
            till="-1",
        ),
    ),
    "fraud, more given back": (
        "A3",
        view(
            sale("9"),
            slip("9"),
            *(line("9"), line("-9", Kind.CHARGEBACK, reason="10.4"), line("10", Kind.CHARGEBACK_REVERSAL)),
            clearing="-1",
        ),
    ),
    "charged too much, fraud given back": (
        "A1",
        view(
            sale("9"),
            slip("10"),
            *(line("10"), line("-10", Kind.CHARGEBACK, reason="10.4"), line("10", Kind.CHARGEBACK_REVERSAL)),
            till="-1",
        ),
    ),
    "tip on a line and on a slip of its own": (
        "A8",
        view(sale("10", tip="1"), slip("9"), slip("1", Kind.TIP), line("9"), clearing="1"),
    ),
    "completed above the cap, below the bill": ("G2", view(sale("130"), hold("100"), completion("120"), till="10")),
    "bill at the cap, part given back": (
        "G2",
        view(sale("115"), hold("100"), completion("115"), slip("-10", Kind.REFUND), till="10"),
    ),
    "bill below the cap, part given back": (
        "G2",
        view(sale("110"), hold("100"), completion("115"), slip("-10", Kind.REFUND), till="5"),
    ),
    "one try voided, the next settled short": ("A4", view(sale("9"), VOIDED, slip("9"), line("8"), clearing="1")),
    "two lines for one slip, the sale is more": ("A2", view(sale("10"), slip("9"), line("5"), line("4"), till="1")),
    "two lines for one slip, short": ("A4", view(slip("9"), line("5"), line("3"), clearing="1")),
    "refund settled as a sale": (
        "A3",
        view(sale("-9", Kind.REFUND), slip("-9", Kind.REFUND), line("1"), clearing="-10"),
    ),
    "completed in two, settled short": (
        "A4",
        view(sale("100"), hold("100"), completion("60"), completion("40"), line("99"), clearing="1"),
    ),
    "meant as hold, given back, one settled": (
        "A3",
        view(sale("0", Kind.PREAUTH, amount="9"), slip("9"), slip("-9", Kind.REFUND), line("9"), clearing="-9"),
    ),
    "slip above sale and line": ("A5", view(sale("9"), slip("10"), line("9"), till="-1", clearing="1")),
    "declined refund, yet settled": (
        "X4",
        view(slip("0", Kind.REFUND, Status.DECLINED, amount="9"), line("-9", Kind.REFUND), clearing="9"),
    ),
}


@pytest.mark.parametrize(("kind", "event"), KIND_CASES.values(), ids=KIND_CASES)
def test_kind(kind: str, event: View) -> None:
    assert kind_of(event) == kind


#: The cap is a rounded figure: its cases hold for these amounts only.
ROUNDED = {
    "above the cap, and asked for",
    "completed above the cap",
    "completed above the cap, below the bill",
    "cap is rounded half up",
    "bill above the cap",
    "bill one above the cap",
    "bill above what was completed",
}


def thousandth_of(facts: Mapping[str, str]) -> dict[str, str]:
    return {key: str(Decimal(text) / 1000) if key in {"tip", "amount"} else text for key, text in facts.items()}


def thousandth(event: View) -> View:
    """Return ``event`` with a thousandth of each amount."""
    small = {name: getattr(event, name) / 1000 for name in REMAINDERS}
    legs = [one._replace(amount=one.amount / 1000, facts=thousandth_of(one.facts)) for one in event.legs]
    return replace(event, legs=legs, **small)


@pytest.mark.parametrize("name", [name for name in KIND_CASES if name not in ROUNDED])
def test_the_kind_does_not_depend_on_how_much_it_is(name: str) -> None:
    kind, event = KIND_CASES[name]
    assert kind_of(thousandth(event)) == kind


def event(**remainders: str) -> View:
    return view(sale("9"), slip("9"), day=DAY, **remainders)


def moved(kind: str, **remainders: str) -> dict[tuple[str, ...], str]:
    return {tuple(move): str(amount) for move, amount in moves_of(event(**remainders), kind).items()}


def test_what_stays_on_the_till_is_the_customers() -> None:
    assert moved("A2", till="1") == {("Assets:Till", "Assets:Claims:Customer", "customer", "top-up"): "1"}
    assert moved("A1", till="-1") == {("Assets:Till", "Liabilities:Claims:Customer", "customer", "refund"): "-1"}


def test_what_stays_on_clearing_is_the_acquirers() -> None:
    assert moved("A4", clearing="1") == {("Assets:Clearing", "Assets:Claims:Acquirer", "acquirer", "claim"): "1"}
    assert moved("A3", clearing="-1") == {
        ("Assets:Clearing", "Liabilities:Claims:Acquirer", "acquirer", "credit-adjustment"): "-1"
    }


def test_what_stays_on_payout_and_fees_is_the_acquirers() -> None:
    assert moved("P1", payout="1") == {("Assets:Payout", "Assets:Claims:Acquirer", "acquirer", "trace-payout"): "1"}
    assert moved("P2", payout="-1") == {
        ("Assets:Payout", "Liabilities:Claims:Acquirer", "acquirer", "trace-payout"): "-1"
    }
    assert moved("A9", fees="0.10") == {
        ("Expenses:Fees", "Assets:Claims:Acquirer", "acquirer", "fee-correction"): "0.10"
    }


def test_every_side_moves_its_own_part() -> None:
    assert moved("MIX", till="1", clearing="-2", fees="3", payout="4") == {
        ("Assets:Till", "Assets:Claims:Customer", "customer", "top-up"): "1",
        ("Assets:Clearing", "Liabilities:Claims:Acquirer", "acquirer", "credit-adjustment"): "-2",
        ("Expenses:Fees", "Assets:Claims:Acquirer", "acquirer", "claim"): "3",
        ("Assets:Payout", "Assets:Claims:Acquirer", "acquirer", "claim"): "4",
    }


def test_moves_stand_in_the_order_of_the_chain() -> None:
    sources = [move[0] for move in moved("MIX", payout="4", fees="3", clearing="-2", till="1")]
    assert sources == ["Assets:Till", "Assets:Clearing", "Expenses:Fees", "Assets:Payout"]


def test_what_is_known_of_an_event_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        event().till = Decimal(1)  # type: ignore[misc]  # what must not be done


@pytest.mark.parametrize("kind", ["MIX", "OK", "B1", "E3", "A7", "A8", "G2"])
def test_the_sign_chooses_the_remedy_of_a_kind_that_points_both_ways(kind: str) -> None:
    assert [move.remedy for move in moves_of(event(till="1", clearing="1"), kind)] == ["top-up", "claim"]
    assert [move.remedy for move in moves_of(event(till="-1", clearing="-1"), kind)] == ["refund", "credit-adjustment"]


@pytest.mark.parametrize(("kind", "remedy"), [("E4", "refund"), ("X6", "top-up"), ("E2", "find-sale")])
def test_any_other_kind_has_its_own_remedy_on_the_till(kind: str, remedy: str) -> None:
    assert [move.remedy for move in moves_of(event(till="1"), kind)] == [remedy]
    assert [move.remedy for move in moves_of(event(till="-1"), kind)] == [remedy]


@pytest.mark.parametrize("kind", ["E4", "X6"])
def test_an_acquirer_is_never_told_to_refund_or_top_up(kind: str) -> None:
    assert [move.remedy for move in moves_of(event(clearing="1"), kind)] == ["claim"]
    assert [move.remedy for move in moves_of(event(clearing="-1"), kind)] == ["credit-adjustment"]


def test_a_wrong_slip_moves_the_till_against_clearing_and_nobody_owes() -> None:
    assert moved("A5", till="9", clearing="-9") == {("Assets:Till", "Assets:Clearing", "none", "correct-books"): "9"}


@pytest.mark.parametrize(("kind", "remedy"), [("E1", "find-slip"), ("Y3", "complete-hold")])
def test_where_nobody_owes_yet_the_money_waits_in_suspense(kind: str, remedy: str) -> None:
    assert moved(kind, till="1", clearing="-2") == {
        ("Assets:Till", "Assets:Suspense", "none", remedy): "1",
        ("Assets:Clearing", "Assets:Suspense", "none", remedy): "-2",
    }


CENT_OFF = replace(CONTRACT, tolerance=Decimal("0.01"))


@pytest.mark.parametrize(
    ("sold", "approved", "settled", "kind"),
    [
        ("9", "9", "8.99", "A11"),
        ("9", "9", "9.01", "A11"),
        ("-9", "-9", "-8.99", "A11"),
        ("9", "9.01", "9.01", "A11"),
        ("9.01", "9", "8.99", "A11"),
        ("9", "9", "8.98", "A4"),
        ("9.02", "9", "8.99", "MIX"),
        ("0.01", "0.01", "0", "X1"),
        ("0.01", "-0.01", "-0.01", "Y1"),
    ],
)
def test_a_difference_within_the_tolerance_is_rounding(sold: str, approved: str, settled: str, kind: str) -> None:
    till, clearing = Decimal(sold) - Decimal(approved), Decimal(approved) - Decimal(settled)
    lines = [line(settled)] if Decimal(settled) else []
    found = View([sale(sold), slip(approved), *lines], DAY, CENT_OFF, till=till, clearing=clearing)
    assert kind_of(found) == kind


def test_a_fee_or_a_deposit_is_never_rounding() -> None:
    even = View([sale("9"), slip("9"), line("9")], DAY, CENT_OFF)
    assert kind_of(replace(even, fees=Decimal("0.01"))) == "A9"
    assert kind_of(replace(even, payout=Decimal("0.01"))) == "P3"


def test_a_sale_of_another_tender_moves_from_where_it_was_booked() -> None:
    found = View([tendered("9"), slip("9"), line("8")], DAY, CONTRACT, till=Decimal(-9), clearing=Decimal(1))
    assert moves_of(found, "Y6") == {
        Move("Assets:Till", "Assets:Cash", "none", "correct-books"): Decimal(-9),
        Move("Assets:Clearing", "Assets:Claims:Acquirer", "acquirer", "claim"): Decimal(1),
    }


def test_rounding_goes_to_its_own_account_and_nobody_owes() -> None:
    found = View([slip("9"), line("8.99")], DAY, CENT_OFF, clearing=Decimal("0.01"))
    assert moves_of(found, "A11") == {Move("Assets:Clearing", "Expenses:Rounding", "none", "none"): Decimal("0.01")}


@pytest.mark.parametrize(
    ("settled", "target", "who"),
    [
        ("98", "Expenses:FX", "none"),
        ("102", "Expenses:FX", "none"),
        ("97.99", "Assets:Claims:Acquirer", "acquirer"),
        ("102.01", "Liabilities:Claims:Acquirer", "acquirer"),
    ],
)
def test_the_merchant_bears_a_conversion_as_far_as_the_contract_says(settled: str, target: str, who: str) -> None:
    terms = replace(CONTRACT, fx_within=Decimal("0.02"))
    rest = 100 - Decimal(settled)
    found = View([slip("100"), line(settled, foreign="USD 14")], DAY, terms, clearing=rest)
    assert kind_of(found) == "A10"
    ((move, amount),) = moves_of(found, "A10").items()
    assert (move.target, move.counterparty, amount) == (target, who, rest)


def test_a_chargeback_takes_its_claim_to_its_own_account() -> None:
    chargeback = ("Assets:Clearing", "Assets:Claims:Chargeback", "acquirer", "representment")
    assert moved("D2", clearing="9") == {chargeback: "9"}
    assert moved("D2", clearing="-9") == {
        ("Assets:Clearing", "Liabilities:Claims:Acquirer", "acquirer", "representment"): "-9"
    }
    assert moved("D2", till="1", clearing="9") == {
        ("Assets:Till", "Assets:Claims:Customer", "customer", "representment"): "1",
        chargeback: "9",
    }
    for kind in ("D3", "D4"):
        ((_, account, _, _),) = moved(kind, clearing="9")
        assert account == "Assets:Claims:Chargeback"


@pytest.mark.parametrize(("kind", "remedy"), [("G1", "keep-consent"), ("G4", "release-hold"), ("D1", "answer")])
def test_what_is_only_noted_moves_nothing_but_is_there(kind: str, remedy: str) -> None:
    assert moved(kind) == {("Assets:Guarantees", "Assets:Guarantees", "none", remedy): "0"}


def test_a_noted_kind_with_money_out_of_place_moves_it() -> None:
    assert moved("G1", till="15") == {("Assets:Till", "Assets:Claims:Customer", "customer", "top-up"): "15"}


@pytest.mark.parametrize("kind", ["OK", "B1"])
def test_what_is_in_order_moves_nothing(kind: str) -> None:
    assert moved(kind) == {}


@pytest.mark.parametrize(
    ("one", "other", "close"),
    [
        ("10:00:00", "10:15:00", True),
        ("10:00:00", "10:15:01", False),
        ("10:15:01", "10:00:00", False),
        ("23:59:00", "00:01:00", False),
    ],
)
def test_a_double_swipe_is_one_within_fifteen_minutes(one: str, other: str, close: bool) -> None:
    assert close_in_time(slip("9", time=one), slip("9", time=other)) is close


def test_two_days_are_no_double_swipe() -> None:
    one, other = slip("9", time="10:00"), slip("9", time="10:00", day=date(2026, 11, 4))
    assert not close_in_time(one, other)
    assert not close_in_time(other, one)


def test_a_hold_lapses_after_its_days() -> None:
    assert lapse(hold("100"), CONTRACT) == LAST


def test_the_totals_of_each_side_leave_memos_out() -> None:
    mixed = view(sale("1"), sale("2"), slip("4"), slip("8"), hold("100"), line("16"), line("32"), deposit("64"))
    assert [str(one) for one in (mixed.sold, mixed.approved, mixed.settled)] == ["3", "12", "48"]
    assert [str(one.amount) for one in mixed.deposits] == ["64"]


def test_a_move_says_where_from_where_to_who_and_what_next() -> None:
    assert Move._fields == ("source", "target", "counterparty", "remedy")


def test_an_unjudged_event_is_in_order() -> None:
    plain = View([], DAY, CONTRACT)
    assert {plain.till, plain.clearing, plain.fees, plain.payout} == {Decimal(0)}
    assert not any([plain.till_judged, plain.late, plain.whole_batch, plain.twin])


@pytest.mark.parametrize(
    ("kind", "link", "account"),
    [
        ("A2", "till", "Assets:Claims:Customer"),
        ("A4", "clearing", "Assets:Claims:Acquirer"),
        ("P1", "payout", "Assets:Claims:Acquirer"),
        ("D2", "clearing", "Assets:Claims:Chargeback"),
    ],
)
def test_a_cent_is_owed_as_a_thousand_is(kind: str, link: str, account: str) -> None:
    (owed,) = moved(kind, **{link: "0.01"})
    assert owed[1] == account
    (owing,) = moved(kind, **{link: "-0.01"})
    assert owing[1].startswith("Liabilities:Claims:")


def test_a_hold_that_was_raised_later_lapses_with_its_first_day() -> None:
    raised = slip("50", Kind.PREAUTH, day=date(2026, 11, 10))
    assert kind_of(view(hold("100"), raised, day=LAST + timedelta(days=1))) == "G4"
