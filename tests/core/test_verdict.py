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

from beancount_posguard.legs import Head, Kind, Leg, Source, Status
from beancount_posguard.verdict import Move, View, can_be_noted, close_in_time, kind_of, lapse, moves_of
from tests.contracts import CONTRACT

DAY, TOMORROW, DAY_AFTER = date(2026, 11, 3), date(2026, 11, 4), date(2026, 11, 5)


def leg(source: Source, number: str, kind: Kind, status: Status, day: date, facts: dict[str, str]) -> Leg:
    memo = kind in {Kind.PREAUTH, Kind.PREAUTH_VOID} and source is Source.TERMINAL
    return Leg(
        Head(source, "X", day, {}), kind, status, day, Decimal(number), "HOLD.CNY" if memo else "CNY", facts, memo
    )


def sale(number: str, kind: Kind = Kind.SALE, day: date = DAY, **facts: str) -> Leg:
    return leg(Source.SALE, number, kind, Status.APPROVED, day, facts)


def slip(number: str, kind: Kind = Kind.SALE, status: Status = Status.APPROVED, day: date = DAY, **facts: str) -> Leg:
    return leg(Source.TERMINAL, number, kind, status, day, facts)


def line(number: str, kind: Kind = Kind.SALE, status: Status = Status.APPROVED, **facts: str) -> Leg:
    return leg(Source.SETTLEMENT, number, kind, status, DAY, facts)


def of(acquirer: str, one: Leg) -> Leg:
    """Return the line as one of another acquirer's batch, or of nobody's."""
    one.head.acquirer = acquirer
    return one


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


def expiring(said: str, *held: str) -> View:
    """Return a record of a hold and the parts of the hold, each with its expiry, when the record should be new."""
    holds = [slip("100", Kind.PREAUTH, expires=day) for day in held]
    return view(record(str(100 * len(holds)), expires=said), *holds, day=DAY_AFTER)


DECLINED = slip("0", status=Status.DECLINED, amount="58.00")
TIMED_OUT = slip("0", status=Status.TIMEOUT, amount="58.00")
VOIDED = slip("0", status=Status.VOIDED, amount="58.00")


REMAINDERS = ("till", "clearing", "fees", "payout")


def view(*legs: Leg, day: date = DAY, **judged: Any) -> View:  # noqa: ANN401  # a remainder, a flag or a kind
    """Return the event; remainders are written as texts."""
    amounts: dict[str, Any] = {key: Decimal(one) if key in REMAINDERS else one for key, one in judged.items()}
    return View(legs, day, CONTRACT, **amounts)


#: What the hold of 100.00 of 3 November allows: completion up to 115.00, until 3 December.
LAST, LAPSED = date(2026, 12, 3), date(2026, 12, 4)

#: The till's time and the slip's of a sale that is on the next day's list.
NEXT_LIST = sale("9", day=TOMORROW, time="10:00"), slip("9", time="10:10")

KIND_CASES: dict[str, tuple[str, View]] = {
    # In order, or worth a look.
    "agreed": ("OK", view(sale("9"), slip("9"), line("9"))),
    "in order though late": ("B1", view(sale("9"), slip("9"), line("9"), late=True)),
    "late and short is no mere delay": ("A4", view(sale("9"), slip("9"), line("8"), clearing="1", late=True)),
    "hold forgotten": ("G4", view(hold("100"), day=LAPSED)),
    "hold on its last day": ("OK", view(hold("100"), day=LAST)),
    "hold released": ("OK", view(hold("100"), slip("-100", Kind.PREAUTH_VOID), day=LAST + timedelta(days=9))),
    "hold whose release was declined": (
        "G4",
        view(hold("100"), slip("-100", Kind.PREAUTH_VOID, Status.DECLINED), day=LAPSED),
    ),
    "hold completed": ("OK", view(hold("100"), completion("90"), day=LAST + timedelta(days=9))),
    "hold declined": (
        "OK",
        view(slip("0", Kind.PREAUTH, Status.DECLINED, amount="100"), day=LAST + timedelta(days=9)),
    ),
    "hold of the till only": ("OK", view(sale("0", Kind.PREAUTH, amount="100"), day=LAST + timedelta(days=9))),
    "lapsed hold with a paid sale": (
        "OK",
        view(sale("9"), hold("100"), slip("9"), line("9"), day=LAPSED),
    ),
    "completed at the cap": ("OK", view(sale("115"), hold("100"), completion("115"))),
    "completed above the cap": ("G1", view(sale("115.01"), hold("100"), completion("115.01"))),
    "completed without a hold": ("OK", view(sale("115.01"), completion("115.01"))),
    "cap is rounded half up": ("OK", view(sale("0.12"), hold("0.10"), completion("0.12"))),  # 0.115 is 0.12
    "several holds add up": ("OK", view(sale("200"), hold("100"), hold("100"), completion("200"))),
    "paid to another account": ("P5", view(line("9"), deposit("9", account="Assets:Other"))),
    "paid below the account": ("OK", view(line("9"), deposit("9", account="Assets:Bank:CCB:Basic"))),
    "paid to an account of a like name": ("P5", view(line("9"), deposit("9", account="Assets:Bank:CCBs"))),
    "short on another account": ("P1", view(line("9"), deposit("8", account="Assets:Other"), payout="1")),
    "under another's number": ("E6", view(sale("9"), slip("9"), line("9"), elsewhere="Assets:Clearing")),
    "short under another's number": (
        "A4",
        view(sale("9"), slip("9"), line("8"), elsewhere="Assets:Clearing", clearing="1"),
    ),
    "on the next day's list": ("B4", view(*NEXT_LIST, line("9"))),
    "on the next day's list, settled late": ("B4", view(*NEXT_LIST, line("9"), late=True)),
    "on the next day's list, under another's number": ("E6", view(*NEXT_LIST, line("9"), elsewhere=CONTRACT.clearing)),
    "on the next day's list, well within the grace": (
        "B4",
        replace(view(*NEXT_LIST, line("9")), contract=replace(CONTRACT, grace=2)),
    ),
    "more on the next day's list, not judged": ("OK", view(NEXT_LIST[0], slip("8", time="10:10"))),
    "less on the next day's list, not judged": ("OK", view(NEXT_LIST[0], slip("10", time="10:10"))),
    "two sales on the next day's list": (
        "OK",
        view(NEXT_LIST[0], sale("1", day=TOMORROW, time="10:00"), slip("10", time="10:10")),
    ),
    "two slips for a sale on the next day's list": (
        "OK",
        view(NEXT_LIST[0], slip("8", time="10:10"), slip("1", time="10:10")),
    ),
    "a hold's record and a sale on the next day's list": ("B4", view(record("9"), *NEXT_LIST)),
    "eleven minutes apart": (
        "OK",
        view(sale("9", day=TOMORROW, time="10:00"), slip("9", time="10:10:01"), line("9")),
    ),
    "no time of day": ("OK", view(sale("9", day=TOMORROW), slip("9", time="10:10"), line("9"))),
    "two days late was asked for": (
        "OK",
        view(sale("9", day=DAY_AFTER, time="10:00"), slip("9", time="10:00"), line("9")),
    ),
    "converted": ("A10", view(sale("9"), slip("9"), line("8", foreign="USD 1"), clearing="1")),
    "converted into too much": ("A10", view(sale("9"), slip("9"), line("10", foreign="USD 1"), clearing="-1")),
    "refund converted": (
        "A10",
        view(sale("-9", Kind.REFUND), slip("-9", Kind.REFUND), line("-8", Kind.REFUND, foreign="USD 1"), clearing="-1"),
    ),
    "converted, the other way round": ("A4", view(sale("9"), slip("9"), line("-9", foreign="USD 1"), clearing="18")),
    "converted, and declined": (
        "A4",
        view(sale("9"), slip("9"), line("0", status=Status.DECLINED, foreign="USD 1"), clearing="9"),
    ),
    "refund converted, and declined": (
        "A3",
        view(slip("-9", Kind.REFUND), line("0", status=Status.DECLINED, foreign="USD 1"), clearing="-9"),
    ),
    "two slips converted in one line": ("A4", view(slip("4"), slip("5"), line("8", foreign="USD 1"), clearing="1")),
    "converted, short by the tip": (
        "A8",
        view(sale("9"), slip("9", tip="1"), line("8", foreign="USD 1"), clearing="1"),
    ),
    "converted without a slip": ("E1", view(line("8", foreign="USD 1"), clearing="-8")),
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
    "one rung up as cash": ("Y6", view(tendered("1"), slip("1"), till="-1")),
    "a refund of one rung up as cash": ("Y6", view(tendered("-1"), slip("-1"), till="1")),
    "rung up as cash, the till not judged": ("X1", view(tendered("9"), slip("9"), clearing="9")),
    "tried by card, rung up as cash": ("Y6", view(sale("0"), tendered("9"), slip("9"), till="-9")),
    "cash of less": ("E2", view(tendered("8"), slip("9"), line("9"), till="-9", till_judged=True)),
    "cash of more": ("E2", view(tendered("10"), slip("9"), line("9"), till="-9", till_judged=True)),
    "two cash sales, one slip": ("E2", view(tendered("9"), tendered("9"), slip("9"), till="-9", till_judged=True)),
    "a cash sale, two slips": ("E2", view(tendered("9"), slip("9"), slip("1"), till="-10", till_judged=True)),
    "a cash sale besides": ("A1", view(tendered("9"), sale("5"), slip("9"), till="-4")),
    "part in cash": ("A1", view(tendered("4"), sale("5"), slip("9"), line("9"), till="-4")),
    "old record of a hold": ("G8", view(record("80"), hold("100"), day=DAY_AFTER)),
    "record of a hold on its day": ("OK", view(record("80"), hold("100"))),
    "record of a hold within the grace": ("OK", view(record("80"), hold("100"), day=TOMORROW)),
    "record written anew": ("OK", view(record("80"), record("100"), hold("100"), day=DAY_AFTER)),
    "a record of each increase": (
        "OK",
        view(record("80"), record("20"), hold("80"), hold("20"), day=DAY_AFTER),
    ),
    "record on another card": (
        "G8",
        view(record("100", card="9999"), slip("100", Kind.PREAUTH, card="1234"), day=DAY_AFTER),
    ),
    "record with an earlier expiry": ("G8", expiring("2026-11-30", "2026-12-03")),
    "record with a later expiry": ("G8", expiring("2026-12-31", "2026-12-03")),
    "record with the expiry": ("OK", expiring("2026-12-03", "2026-12-03")),
    "record without an expiry": ("OK", expiring("", "2026-12-03")),
    "record with an expiry the terminal does not say": ("OK", expiring("2026-11-30", "")),
    "record of the whole with the expiry of the increase": (
        "OK",
        expiring("2026-12-10", "2026-12-03", "2026-12-10"),
    ),
    "old record of a released hold": (
        "OK",
        view(record("80"), hold("100"), slip("-100", Kind.PREAUTH_VOID), day=DAY_AFTER),
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
    "sale on a lapsed hold": ("G3", view(sale("100"), hold("100"), till="100", day=LAPSED)),
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
        view(sale("100", day=LAPSED), hold("100"), till="100", day=LAST + timedelta(days=2)),
    ),
    "one bill in time, one too late": (
        "G3",
        view(
            sale("60", day=LAST),
            sale("40", day=LAPSED),
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
            sale("100", day=LAPSED),
            hold("100"),
            slip("50", Kind.PREAUTH, day=DAY + timedelta(days=7)),
            till="100",
            day=LAST + timedelta(days=2),
        ),
    ),
    "refund on a lapsed hold": (
        "E3",
        view(
            sale("-100", Kind.REFUND, day=LAPSED),
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


def converted(settled: str) -> View:
    """Return a slip of 100 settled in another currency by an acquirer whose rate may be off by two percent."""
    found = view(slip("100"), line(settled, foreign="USD 14"), clearing=str(100 - Decimal(settled)))
    return replace(found, contract=replace(CONTRACT, fx_within=Decimal("0.02")))


def under(clearing: str) -> View:
    """Return an event in order whose line is on another ``clearing`` account."""
    return view(sale("9"), slip("9"), line("9"), elsewhere=clearing)


#: The contract's words for its accounts.
ROLES = {account: role for role, account in vars(CONTRACT).items() if isinstance(account, str)}


def moved(event: View, kind: str) -> list[str]:
    """Return each movement as ``amount source > target: counterparty, remedy``."""
    return [
        f"{amount} {ROLES[move.source]} > {ROLES.get(move.target, move.target)}: {move.counterparty}, {move.remedy}"
        for move, amount in moves_of(event, kind).items()
    ]


MOVES: dict[str, tuple[str, View, list[str]]] = {
    # What stays on the till is the customer's.
    "charged too little": ("A2", event(till="1"), ["1 till > claims_customer: customer, top-up"]),
    "charged too much": ("A1", event(till="-1"), ["-1 till > owed_customer: customer, refund"]),
    "completed above the cap, short": ("G1", event(till="15"), ["15 till > claims_customer: customer, top-up"]),
    # What stays on clearing, payout and fees is the acquirer's.
    "settled for less": ("A4", event(clearing="1"), ["1 clearing > claims_acquirer: acquirer, claim"]),
    "settled for more": ("A3", event(clearing="-1"), ["-1 clearing > owed_acquirer: acquirer, credit-adjustment"]),
    "deposit short": ("P1", event(payout="1"), ["1 payout > claims_acquirer: acquirer, trace-payout"]),
    "deposit over": ("P2", event(payout="-1"), ["-1 payout > owed_acquirer: acquirer, trace-payout"]),
    "fee too high": ("A9", event(fees="0.10"), ["0.10 fees > claims_acquirer: acquirer, fee-correction"]),
    # Every side moves its own part, in the order of the chain.
    "all": (
        "MIX",
        event(payout="4", fees="3", clearing="-2", till="1"),
        [
            "1 till > claims_customer: customer, top-up",
            "-2 clearing > owed_acquirer: acquirer, credit-adjustment",
            "3 fees > claims_acquirer: acquirer, claim",
            "4 payout > claims_acquirer: acquirer, claim",
        ],
    ),
    # What a chargeback took has an account of its own.
    "charged back": ("D2", event(clearing="9"), ["9 clearing > claims_chargeback: acquirer, representment"]),
    "charged back again": ("D3", event(clearing="9"), ["9 clearing > claims_chargeback: acquirer, final-answer"]),
    "charged back as fraud": ("D4", event(clearing="9"), ["9 clearing > claims_chargeback: acquirer, representment"]),
    "given back": ("D2", event(clearing="-9"), ["-9 clearing > owed_acquirer: acquirer, representment"]),
    "charged back beside the till": (
        "D2",
        event(till="1", clearing="9"),
        [
            "1 till > claims_customer: customer, representment",
            "9 clearing > claims_chargeback: acquirer, representment",
        ],
    ),
    # Nobody owes, or nobody yet.
    "slip wrong": ("A5", event(till="9", clearing="-9"), ["9 till > clearing: none, correct-books"]),
    "line without a slip": (
        "E1",
        event(till="1", clearing="-2"),
        ["1 till > suspense: none, find-slip", "-2 clearing > suspense: none, find-slip"],
    ),
    "sale on a hold": (
        "Y3",
        event(till="1", clearing="-2"),
        ["1 till > suspense: none, complete-hold", "-2 clearing > suspense: none, complete-hold"],
    ),
    "rounded": ("A11", event(clearing="0.01"), ["0.01 clearing > rounding: none, none"]),
    "rung up as cash": (
        "Y6",
        view(tendered("9"), slip("9"), line("8"), till="-9", clearing="1"),
        ["-9 till > Assets:Cash: none, correct-books", "1 clearing > claims_acquirer: acquirer, claim"],
    ),
    "rung up as cash, settled for more": (
        "Y6",
        view(tendered("9"), slip("9"), line("10"), till="-9", clearing="-1"),
        ["-9 till > Assets:Cash: none, correct-books", "-1 clearing > owed_acquirer: acquirer, credit-adjustment"],
    ),
    # The merchant bears a conversion as far as the contract says.
    "converted, less": ("A10", converted("98"), ["2 clearing > fx: none, correct-books"]),
    "converted, a little less": ("A10", converted("99"), ["1 clearing > fx: none, correct-books"]),
    "converted, more": ("A10", converted("102"), ["-2 clearing > fx: none, correct-books"]),
    "converted, too little": ("A10", converted("97.99"), ["2.01 clearing > claims_acquirer: acquirer, claim"]),
    "converted, too much": (
        "A10",
        converted("102.01"),
        ["-2.01 clearing > owed_acquirer: acquirer, credit-adjustment"],
    ),
    # A line of another acquirer of the shop moves to where its slip is not.
    "under an acquirer before": (
        "E6",
        under("Assets:POS:Another:Clearing"),
        ["9 clearing > Assets:POS:Another:Clearing: none, correct-books"],
    ),
    "under an acquirer behind": (
        "E6",
        under("Assets:POS:Other:Clearing"),
        ["9 clearing > Assets:POS:Other:Clearing: none, correct-books"],
    ),
    # What is only noted moves nothing, but is there.
    "under another's number": ("E6", under(CONTRACT.clearing), ["0 guarantees > guarantees: none, correct-number"]),
    "completed above the cap": ("G1", event(), ["0 guarantees > guarantees: none, keep-consent"]),
    "hold not released": ("G4", event(), ["0 guarantees > guarantees: none, release-hold"]),
    "old record of a hold": ("G8", event(), ["0 guarantees > guarantees: none, new-leg"]),
    "asked for": ("D1", event(), ["0 guarantees > guarantees: none, answer"]),
    "on another day's list": ("B4", event(), ["0 guarantees > guarantees: none, correct-date"]),
    "on another account": ("P5", event(), ["0 guarantees > guarantees: none, correct-account"]),
    # What is in order.
    "agreed": ("OK", event(), []),
    "settled late": ("B1", event(), []),
}


@pytest.mark.parametrize(("kind", "event", "moves"), MOVES.values(), ids=MOVES)
def test_moves(kind: str, event: View, moves: list[str]) -> None:
    assert moved(event, kind) == moves


def remedies(kind: str, **remainders: str) -> list[str]:
    return [move.remedy for move in moves_of(event(**remainders), kind)]


@pytest.mark.parametrize("kind", ["A10", "MIX", "OK", "B1", "E3", "A7", "A8", "G2"])
def test_the_sign_chooses_the_remedy_of_a_kind_that_points_both_ways(kind: str) -> None:
    assert remedies(kind, till="1", clearing="1") == ["top-up", "claim"]
    assert remedies(kind, till="-1", clearing="-1") == ["refund", "credit-adjustment"]


@pytest.mark.parametrize(("kind", "remedy"), [("E4", "refund"), ("X6", "top-up"), ("E2", "find-sale")])
def test_any_other_kind_has_its_own_remedy_on_the_till(kind: str, remedy: str) -> None:
    assert remedies(kind, till="1") == remedies(kind, till="-1") == [remedy]


@pytest.mark.parametrize("kind", ["E4", "X6"])
def test_an_acquirer_is_never_told_to_refund_or_top_up(kind: str) -> None:
    assert remedies(kind, clearing="1") == ["claim"]
    assert remedies(kind, clearing="-1") == ["credit-adjustment"]


@pytest.mark.parametrize(
    ("kind", "link", "account"),
    [
        ("A2", "till", "claims_customer"),
        ("A4", "clearing", "claims_acquirer"),
        ("P1", "payout", "claims_acquirer"),
        ("D2", "clearing", "claims_chargeback"),
    ],
)
def test_a_cent_is_owed_as_a_thousand_is(kind: str, link: str, account: str) -> None:
    (owed,) = moved(event(**{link: "0.01"}), kind)
    assert owed.startswith(f"0.01 {link} > {account}: ")
    (owing,) = moved(event(**{link: "-0.01"}), kind)
    assert owing.startswith(f"-0.01 {link} > owed_")


TOLERANT = replace(CONTRACT, tolerance=Decimal("0.02"))


@pytest.mark.parametrize(
    ("sold", "approved", "settled", "kind"),
    [
        # Each side says nearly the same.
        ("9", "9", "8.98", "A11"),
        ("9", "9", "9.02", "A11"),
        ("-9", "-9", "-8.98", "A11"),
        ("9", "9.02", "9.02", "A11"),
        ("9.02", "9", "8.98", "A11"),
        ("0.50", "0.49", "0.49", "A11"),
        ("-0.50", "-0.49", "-0.49", "A11"),
        ("", "9", "8.98", "A11"),
        # One link differs by more.
        ("9", "9", "8.97", "A4"),
        ("9.03", "9", "8.98", "MIX"),
        # A side is silent, or says the opposite.
        ("0.02", "0.02", "0", "X1"),
        ("-0.02", "-0.02", "0", "X5"),
        ("0", "0.01", "0.01", "E2"),
        ("0.01", "-0.01", "-0.01", "Y1"),
        ("-0.01", "0.01", "0.01", "Y2"),
        ("0.01", "0.01", "-0.01", "A4"),
    ],
)
def test_a_difference_within_the_tolerance_is_rounding(sold: str, approved: str, settled: str, kind: str) -> None:
    till = Decimal(sold) - Decimal(approved) if sold else Decimal(0)
    sales = [sale(number) for number in (sold,) if number and Decimal(number)]
    lines = [line(number) for number in (settled,) if Decimal(number)]
    clearing = Decimal(approved) - Decimal(settled)
    legs = [*sales, slip(approved), *lines]
    assert kind_of(View(legs, DAY, TOLERANT, till=till, clearing=clearing, till_judged=bool(sold))) == kind


def test_a_fee_or_a_deposit_is_never_rounding() -> None:
    even = View([sale("9"), slip("9"), line("9")], DAY, TOLERANT)
    assert kind_of(replace(even, fees=Decimal("0.01"))) == "A9"
    assert kind_of(replace(even, payout=Decimal("0.01"))) == "P3"


def test_what_is_known_of_an_event_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        event().till = Decimal(1)  # type: ignore[misc]  # what must not be done


#: Events in order, and whether one of them could still be worth a look.
NOTABLE: dict[str, tuple[bool, list[Leg]]] = {
    "nothing": (False, []),
    "sale alone, of nobody's": (False, [of("", sale("9"))]),
    "agreed": (False, [sale("9"), slip("9"), line("9")]),
    "deposit that tells no account": (False, [line("9"), deposit("9")]),
    "hold": (True, [hold("100")]),
    "asked for": (True, [line("9"), line("0", Kind.RETRIEVAL)]),
    "deposit on another account": (True, [line("9"), deposit("9", account="Assets:Other")]),
    "deposit on the contract's account": (False, [line("9"), deposit("9", account=CONTRACT.bank)]),
    "deposit of the day after": (False, [line("9"), deposit("9")._replace(date=TOMORROW)]),
    "sale of another tender": (False, [slip("9"), tendered("9")]),
    "sale of the day after": (True, [slip("9"), sale("9", day=TOMORROW)]),
    "slip of the day before": (True, [sale("9", day=TOMORROW), slip("9")]),
    "of two acquirers": (True, [slip("9"), of("Other", line("9"))]),
    "of a till that serves them all": (False, [of("", sale("9")), slip("9"), line("9")]),
    "of nobody known": (False, [of("", slip("9")), of("", line("9"))]),
    "of a slip that names nobody": (False, [of("", slip("9")), line("9")]),
    "two slips and no line": (False, [slip("9", terminal="1"), slip("9", terminal="2")]),
    "of two terminals": (True, [slip("9", terminal="1"), line("9", terminal="2")]),
    "of two merchants": (True, [slip("9", merchant="1"), line("9", merchant="2")]),
    "of one terminal": (False, [slip("9", terminal="1"), line("9", terminal="1")]),
    "of a sale that names another terminal": (
        False,
        [sale("9", terminal="2"), slip("9", terminal="1"), line("9", terminal="1")],
    ),
    "of a merchant that the slip does not name": (False, [slip("9"), line("9", merchant="2")]),
}


@pytest.mark.parametrize(("notable", "legs"), NOTABLE.values(), ids=NOTABLE)
def test_what_could_still_be_noted(notable: bool, legs: list[Leg]) -> None:
    assert can_be_noted(legs, CONTRACT) is notable


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
    one, other = slip("9", time="10:00"), slip("9", time="10:00", day=TOMORROW)
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


def test_a_hold_that_was_raised_later_lapses_with_its_first_day() -> None:
    raised = slip("50", Kind.PREAUTH, day=date(2026, 11, 10))
    assert kind_of(view(hold("100"), raised, day=LAPSED)) == "G4"
