"""The rules that are data: routes, evidence, deadlines, and that no kind or remedy is without."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from beancount_posguard.claims.deadlines import Due, Last, next_due, reached, reminders
from beancount_posguard.claims.evidence import EXHIBITS, NEEDED, Exhibit, digest, missing
from beancount_posguard.claims.routes import EXCLUSIONS, ROUTES, Standing, advice, refusal
from beancount_posguard.kinds import KINDS

TRADE = date(2026, 11, 3)
SIXTY = Last(date(2027, 1, 2), "请款 on credit cards", "UnionPay", "medium")


def standing(
    party: str,
    amount: str,
    card: str = "",
    flags: dict[str, str] | None = None,
    active: str = "",
    hold: str = "0",
) -> Standing:
    return Standing(party, Decimal(amount), TRADE, frozenset({card} - {""}), flags or {}, active, Decimal(hold))


@pytest.mark.parametrize(
    ("route", "where", "on", "message"),
    [
        ("refund", standing("customer", "-10"), TRADE, ""),
        ("void", standing("customer", "-10"), TRADE, ""),
        ("void", standing("customer", "-10"), date(2026, 11, 4), "a void is possible on the day itself only"),
        ("refund", standing("customer", "10"), TRADE, "it gives money back, but here it is owed to you"),
        ("presentment", standing("acquirer", "-10"), TRADE, "it brings money, but here you owe it"),
        ("presentment", standing("customer", "10"), TRADE, "it is no way to settle with the customer"),
        ("presentment", standing("acquirer", "10", card="credit"), TRADE, ""),
        ("presentment", standing("acquirer", "10", card="debit"), TRADE, "a debit card's issuer takes no 请款 (9408)"),
        ("representment", standing("acquirer", "10", card="credit"), TRADE, ""),
        ("representment", standing("acquirer", "10", card="debit"), TRADE, "takes no 再请款 (9409)"),
        ("application", standing("acquirer", "0"), TRADE, "nothing is open"),
        ("application", standing("acquirer", "10", active="presentment"), TRADE, "presentment is under way"),
        ("presentment", standing("acquirer", "10", active="presentment"), TRADE, ""),
        ("adjustment", standing("customer", "-10", flags={"refund": "effective"}), TRADE, "(9401)"),
        ("adjustment", standing("customer", "-10", flags={"refund": "raised"}), TRADE, ""),
        ("refund", standing("customer", "-10", flags={"adjustment": "raised"}), TRADE, "(9401)"),
        ("adjustment", standing("acquirer", "-10", flags={"presentment": "raised"}), TRADE, "(2169)"),
        ("presentment", standing("acquirer", "10", flags={"adjustment": "raised"}), TRADE, "(2169)"),
        ("adjustment", standing("acquirer", "-10", flags={"chargeback": "raised"}), TRADE, "(2168)"),
        ("application", standing("acquirer", "10"), date(2027, 10, 29), ""),  # day 360
        ("application", standing("acquirer", "10"), date(2027, 10, 30), "older than 360 days"),
        ("completion", standing("none", "115", hold="100"), TRADE, ""),
        (
            "completion",
            standing("none", "115.01", hold="100"),
            TRADE,
            "more than 115 % of the hold of 100 (9106)",
        ),
        ("completion", standing("none", "10"), date(2027, 1, 2), ""),  # day 60
        ("completion", standing("none", "10"), date(2027, 1, 3), "later than day 60 (9229)"),
        ("wire", standing("none", "10"), TRADE, "'wire' is no route; expected one of void, refund"),
    ],
)
def test_routes(route: str, where: Standing, on: date, message: str) -> None:
    told = refusal(route, where, on)
    assert message in told
    assert bool(message) == bool(told)


def test_exclusions_hold_from_their_day_on() -> None:
    before = EXCLUSIONS[0].since.replace(year=2012)
    old = Standing("customer", Decimal(-10), before, frozenset(), {"refund": "effective"}, "")
    assert refusal("adjustment", old, before) == ""


@pytest.mark.parametrize(
    ("route", "on", "message"),
    [
        ("presentment", date(2027, 1, 2), "prefers for credit cards (9100)"),
        ("presentment", date(2027, 1, 3), ""),
        ("completion", date(2026, 12, 3), ""),
        ("completion", date(2026, 12, 4), "30 days are over: a late completion (9229)"),
        ("application", date(2027, 5, 3), "fetch it from history"),
    ],
)
def test_advice(route: str, on: date, message: str) -> None:
    told = advice(route, standing("acquirer", "10", card="credit"), on)
    assert message in told
    assert bool(message) == bool(told)


def test_the_tables_speak_the_same_words() -> None:
    assert {rule.route for rule in EXCLUSIONS} <= set(ROUTES)
    assert {need.what for needs in NEEDED.values() for need in needs} <= set(EXHIBITS)
    assert set(KINDS) - set(NEEDED) == {"A5", "A11", "B1", "OK"}  # where nobody owes anything


def exhibit(what: str, content: str = "0") -> Exhibit:
    return Exhibit(what, f"evidence/{what}", content * 64, TRADE, "li")


def test_an_imported_line_is_proof_too() -> None:
    assert missing("A1", ["terminal"], []) == ["ticket", "slip"]
    assert missing("A1", ["sale", "terminal"], []) == ["slip"]
    assert missing("A1", [], [exhibit("ticket"), exhibit("slip")]) == []
    assert missing("OK", [], []) == []


def test_the_digest_is_of_everything_that_is_approved() -> None:
    files = [exhibit("slip"), exhibit("ticket")]
    first = digest(files, Decimal(10), "refund", "customer")
    others = [
        digest(files[:1], Decimal(10), "refund", "customer"),
        digest([exhibit("slip", "1"), files[1]], Decimal(10), "refund", "customer"),
        digest([exhibit("other"), files[1]], Decimal(10), "refund", "customer"),
        digest(files, Decimal("10.01"), "refund", "customer"),
        digest(files, Decimal(10), "transfer", "customer"),
        digest(files, Decimal(10), "refund", "acquirer"),
    ]
    assert len({first, *others}) == 7
    assert digest(files[::-1], Decimal("10.00"), "refund", "customer") == first


def test_the_notice_wins() -> None:
    due = next_due("info-requested", TRADE, "2026-11-09", SIXTY, detected=TRADE)
    assert due is not None
    assert (due.day, due.source) == (date(2026, 11, 9), "the notice")


def test_before_the_demand_the_remedy_counts_and_after_it_the_answer() -> None:
    before = next_due("prepared", TRADE, "", SIXTY, detected=TRADE)
    # Wednesday 30 September: National Day takes 1 to 7 October, so two working days end on Friday 9 October.
    after = next_due("submitted", date(2026, 9, 30), "", SIXTY, detected=TRADE)
    assert before is not None
    assert after is not None
    assert (before.day, before.what) == (date(2027, 1, 2), "your demand")
    assert (after.day, after.what) == (date(2026, 10, 9), "the case number")


@pytest.mark.parametrize("stage", ["settled", "closed", "withdrawn", "dismissed", "rejected"])
def test_nothing_is_due_where_nothing_is_lost(stage: str) -> None:
    assert next_due(stage, TRADE, "", SIXTY, detected=TRADE) is None


def test_reminders() -> None:
    due = Due(date(2026, 11, 20), "", "", "", "", date(2026, 11, 10))
    assert reminders(due) == [(50, date(2026, 11, 15)), (80, date(2026, 11, 18)), (100, date(2026, 11, 20))]
    assert [reached(due, date(2026, 11, day)) for day in (14, 15, 17, 18, 20, 25)] == [0, 50, 50, 80, 100, 100]


def test_reminders_of_a_day_that_is_over() -> None:
    due = Due(date(2026, 11, 1), "", "", "", "", date(2026, 11, 10))
    assert {day for _, day in reminders(due)} == {date(2026, 11, 10)}
