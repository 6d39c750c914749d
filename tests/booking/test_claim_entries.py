"""The plugin's own entries, each against what the ledger language says of it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from beancount_posguard.booking.claims import (
    HoldRest,
    Movement,
    hold_entry,
    missing_opens,
    movement_entry,
    rounding_entry,
)
from beancount_posguard.rounding import Rounding
from beancount_posguard.verdict import Move
from beancount_posguard.words import speaking, writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beancount.core.data import Transaction

ID = "PG-20261103-K7QX2"
DAY = date(2026, 11, 7)
TILL = Move("Assets:Till", "Assets:Claims:Customer", "customer", "top-up")
CLEARING = Move("Assets:Clearing", "Assets:Claims:Acquirer", "acquirer", "claim")
FEES = Move("Expenses:Fees", "Assets:Claims:Acquirer", "acquirer", "claim")


def movement(
    before: Mapping[Move, str], after: Mapping[Move, str], deadline: date | None = date(2027, 1, 2)
) -> Movement:
    return Movement(
        claim=ID,
        day=DAY,
        kind="X1",
        word="detected",
        acquirer="ChinaUMS",
        currency="CNY",
        before={move: Decimal(amount) for move, amount in before.items()},
        after={move: Decimal(amount) for move, amount in after.items()},
        deadline=deadline,
        legs="terminal 128.00 2026-11-03 pos.beancount:41",
        why="approved and never settled",
    )


def postings(entry: Transaction) -> list[str]:
    return [f"{one.account} {one.units}" for one in entry.postings]


def test_a_claim_is_written_as_the_ledger_language_says() -> None:
    entry = movement_entry(movement({}, {CLEARING: "128.00"}), 7)
    assert (entry.date, entry.flag, entry.payee) == (DAY, "!", "ChinaUMS")
    assert entry.narration == f"{ID} X1 approved, not settled: 128.00 CNY detected"
    assert (entry.tags, entry.links) == (frozenset({"posguard"}), frozenset({ID}))
    assert list(entry.meta.items()) == [
        ("filename", "<posguard>"),
        ("lineno", 7),
        ("posguard-claim", ID),
        ("posguard-kind", "X1"),
        ("posguard-move", "detected"),
        ("posguard-counterparty", "acquirer"),
        ("posguard-remedy", "claim"),
        ("posguard-deadline", "2027-01-02"),
        ("posguard-legs", "terminal 128.00 2026-11-03 pos.beancount:41"),
        ("posguard-why", "approved and never settled"),
    ]
    assert postings(entry) == ["Assets:Claims:Acquirer 128.00 CNY", "Assets:Clearing -128.00 CNY"]


def test_a_claim_without_a_deadline_says_nothing_of_it() -> None:
    assert "posguard-deadline" not in movement_entry(movement({}, {CLEARING: "1"}, deadline=None), 1).meta


def test_each_party_and_remedy_is_named_once() -> None:
    entry = movement_entry(movement({}, {TILL: "1", CLEARING: "2", FEES: "3"}), 1)
    assert entry.meta["posguard-counterparty"] == "customer acquirer"
    assert entry.meta["posguard-remedy"] == "top-up claim"


def test_claim_accounts_come_first_and_each_account_once() -> None:
    entry = movement_entry(movement({}, {TILL: "-1", CLEARING: "2", FEES: "3"}), 1)
    assert postings(entry) == [
        "Assets:Claims:Customer -1 CNY",
        "Assets:Claims:Acquirer 5 CNY",
        "Assets:Till 1 CNY",
        "Assets:Clearing -2 CNY",
        "Expenses:Fees -3 CNY",
    ]


def test_a_change_books_the_difference_only() -> None:
    entry = movement_entry(movement({TILL: "4", CLEARING: "10"}, {TILL: "4", CLEARING: "3"}), 1)
    assert postings(entry) == ["Assets:Claims:Acquirer -7 CNY", "Assets:Clearing 7 CNY"]


def test_a_withdrawal_books_back_and_still_says_what_it_was() -> None:
    entry = movement_entry(replace(movement({CLEARING: "128.00"}, {}), word="withdrawn"), 1)
    assert postings(entry) == ["Assets:Claims:Acquirer -128.00 CNY", "Assets:Clearing 128.00 CNY"]
    assert entry.meta["posguard-counterparty"] == "acquirer"
    assert entry.narration == f"{ID} X1 approved, not settled: 128.00 CNY withdrawn"


def test_a_move_between_guarantee_accounts_is_one_sum_on_each() -> None:
    wrong_slip = Move("Assets:Till", "Assets:Clearing", "none", "correct-books")
    entry = movement_entry(movement({CLEARING: "-9", TILL: "9"}, {wrong_slip: "9"}), 1)
    # Both guarantee accounts stand as they stood; the two claims they had been moved to are empty again.
    assert postings(entry) == ["Assets:Claims:Acquirer 9 CNY", "Assets:Claims:Customer -9 CNY"]


def test_a_noted_finding_has_no_postings() -> None:
    noted = Move("Assets:Guarantees", "Assets:Guarantees", "none", "release-hold")
    entry = movement_entry(movement({}, {noted: "0"}), 1)
    assert postings(entry) == []
    assert entry.narration == f"{ID} X1 approved, not settled detected"


def test_the_amount_of_a_claim_adds_its_parts_whatever_their_sign() -> None:
    assert movement({}, {TILL: "-1", CLEARING: "2"}).amount == Decimal(3)
    assert movement({TILL: "5"}, {TILL: "-1", CLEARING: "2"}).amount == Decimal(3)
    assert movement({TILL: "-5"}, {}).amount == Decimal(5)


def test_the_rest_of_a_hold_leaves_the_guarantees() -> None:
    rest = HoldRest(DAY, "ChinaUMS", Decimal("20.00"), "HOLD.CNY", ("pos.beancount", 41))
    entry = hold_entry(rest, "Assets:Guarantees", 9)
    assert (entry.date, entry.flag, entry.payee) == (DAY, "*", "ChinaUMS")
    assert entry.narration == "the rest of a hold ends with its completion"
    assert entry.meta == {"filename": "<posguard>", "lineno": 9}
    assert (entry.tags, entry.links) == (frozenset(), frozenset())
    assert postings(entry) == ["Assets:Guarantees -20.00 HOLD.CNY", "Equity:Guarantees 20.00 HOLD.CNY"]


def test_accounts_nobody_opened_are_opened_once_on_their_first_day() -> None:
    later = movement_entry(movement({}, {TILL: "1", CLEARING: "1"}), 1)
    earlier = movement_entry(replace(movement({}, {CLEARING: "1"}), day=date(2026, 11, 6)), 2)
    opens = missing_opens([later, earlier], ["Assets:Till"], 3)
    assert [(one.date, one.account, one.meta["lineno"]) for one in opens] == [
        (date(2026, 11, 6), "Assets:Claims:Acquirer", 3),
        (date(2026, 11, 6), "Assets:Clearing", 4),
        (DAY, "Assets:Claims:Customer", 5),
    ]
    assert {(one.meta["filename"], tuple(one.currencies), one.booking) for one in opens} == {("<posguard>", (), None)}


def test_a_movement_cannot_be_changed_once_it_is_told() -> None:
    with pytest.raises(FrozenInstanceError):
        movement({}, {TILL: "1"}).kind = "A1"  # type: ignore[misc]


def test_roundings_of_two_accounts_meet_on_one() -> None:
    till = Move("Assets:Till", "Expenses:Rounding", "none", "correct-books")
    clearing = Move("Assets:Clearing", "Expenses:Rounding", "none", "correct-books")
    back = Move("Assets:Clearing", "Income:Rounding", "none", "correct-books")
    moves = {till: Decimal("0.05"), clearing: Decimal("-0.02"), back: Decimal("0.03")}
    month = Rounding(day=DAY, acquirer="ChinaUMS", month="2026-11", moves=moves, events=3)
    entry = rounding_entry(month, "CNY", 7)
    assert (entry.date, entry.flag, entry.payee) == (DAY, "*", "ChinaUMS")
    assert entry.narration == "A11 rounding 2026-11: 0.06 CNY"
    assert (entry.tags, entry.links) == (frozenset({"posguard"}), frozenset())
    assert entry.meta == {
        "filename": "<posguard>",
        "lineno": 7,
        "posguard-kind": "A11",
        "posguard-why": "3 differences within the contract's tolerance, 0.06 CNY in all",
    }
    assert postings(entry) == [
        "Expenses:Rounding 0.03 CNY",
        "Assets:Till -0.05 CNY",
        "Assets:Clearing -0.01 CNY",
        "Income:Rounding 0.03 CNY",
    ]


def test_one_rounding_is_told_as_one() -> None:
    moves = {Move("Assets:Till", "Expenses:Rounding", "none", "correct-books"): Decimal("-0.02")}
    month = Rounding(day=DAY, acquirer="ChinaUMS", month="2026-11", moves=moves, events=1)
    assert (
        rounding_entry(month, "CNY", 1).meta["posguard-why"]
        == "1 difference within the contract's tolerance, -0.02 CNY in all"
    )


def test_chinese_books_are_written_in_chinese_whoever_reads_them() -> None:
    moves = {Move("Assets:Till", "Expenses:Rounding", "none", "correct-books"): Decimal("0.05")}
    month = Rounding(day=DAY, acquirer="ChinaUMS", month="2026-11", moves=moves, events=2)
    rest = HoldRest(DAY, "ChinaUMS", Decimal("20.00"), "HOLD.CNY", ("pos.beancount", 41))
    with writing("zh"), speaking("en"):
        claim = movement_entry(movement({}, {CLEARING: "128.00"}), 1)
        rounded = rounding_entry(month, "CNY", 1)
        ended = hold_entry(rest, "Assets:Guarantees", 9)
    assert claim.narration == f"{ID} X1 成功未清算：128.00 CNY 发现"
    assert rounded.narration == "A11 尾差 2026-11：0.05 CNY"
    assert rounded.meta["posguard-why"] == "2 笔差额在合同容差之内，共 0.05 CNY"
    assert ended.narration == "预授权余额随完成而解除"
