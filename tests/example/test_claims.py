"""Every mismatch planted in the example shop is found, under its kind, at its slip, for its amount; nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from beancount.core.data import Transaction

from beancount_posguard.claims.claim import Claim
from beancount_posguard.ledger.books import Books

Balance = Callable[[list[Any], str], Decimal]

KINDS = [
    *("A1", "A2", "A3", "A4", "A5", "A9", "MIX"),
    *("Y1", "Y2", "Y3"),
    *("X1", "X2", "X3", "X4", "X5"),
    *("E1", "E2", "E3", "E4", "E5"),
    *("G2", "D2"),
    "B1",
]


def owed(claim: Claim) -> dict[str, Decimal]:
    return {part.counterparty: part.balance for part in claim.parts if part.balance}


def claim_of(books: Books, kind: str) -> Claim:
    (claim,) = (claim for claim in books.claims if claim.kind == kind)
    return claim


@pytest.mark.parametrize("kind", KINDS)
def test_the_planted_fault_is_a_claim_of_its_kind_at_its_slip(books: Books, story: ModuleType, kind: str) -> None:
    (fault,) = (fault for fault in story.FAULTS if fault.kind == kind)
    claim = claim_of(books, kind)

    assert claim.id.startswith(f"PG-{fault.event.day:%Y%m%d}-")
    assert owed(claim) == {who: Decimal(amount) for who, amount in fault.owed.items()}
    printed = story.journal(story.month())
    slips = {printed[kind, number].rrn for number in range(len(fault.event.slips))}
    said = {leg.ref for leg in claim.legs if leg.side == "terminal"}
    # E4 is about the second approval: the first one has its sale.
    assert said == (slips - {printed["E4", 0].rrn} if kind == "E4" else slips)


def test_the_unclosed_batch_is_one_claim_for_all_its_slips(books: Books, story: ModuleType) -> None:
    ((terminal, day),) = story.UNCLOSED
    slips = [
        slip
        for slip in story.journal(story.month()).values()
        if (slip.event.terminal, slip.event.day) == (terminal, day)
    ]

    claim = claim_of(books, "B2")

    assert claim.id.startswith("PG-20261009-")
    assert {leg.ref for leg in claim.legs if leg.side == "terminal"} == {slip.rrn for slip in slips}
    assert owed(claim) == {"acquirer": sum(Decimal(slip.slip.amount) for slip in slips)}


def test_the_short_deposit_is_a_claim_for_what_is_missing(books: Books) -> None:
    claim = claim_of(books, "P1")

    assert owed(claim) == {"acquirer": Decimal("200.00")}
    assert [leg.date for leg in claim.legs if leg.side == "bank"] == [date(2026, 10, 9)]


def test_nothing_else_is_claimed(books: Books) -> None:
    assert sorted(claim.kind for claim in books.claims) == sorted([*KINDS, "B2", "P1"])
    assert books.findings == []


def test_the_late_line_was_claimed_and_withdrew_its_claim(books: Books) -> None:
    late = claim_of(books, "B1")
    moves = [
        (entry.date, entry.meta["posguard-move"])
        for entry in books.entries
        if isinstance(entry, Transaction) and late.id in entry.links and "posguard" in entry.tags
    ]

    # Due on 13 October, one day of grace; the statement of the 15th is the first after that, the line came on the 16th.
    assert moves == [(date(2026, 10, 15), "detected"), (date(2026, 10, 16), "withdrawn")]
    assert late.stage == "withdrawn"


def test_the_guarantee_accounts_hold_only_what_is_not_due_yet(
    books: Books, story: ModuleType, balance: Balance
) -> None:
    events = story.month()
    statements = story.settled(events, story.journal(events))
    last = [event for event in events if event.day == story.LAST]

    # The last day's slips are due on tomorrow's statement, the last statement in tomorrow's deposit.
    assert balance(books.entries, "Assets:POS:Till") == 0
    assert balance(books.entries, "Assets:POS:ChinaUMS:Clearing") == sum(
        Decimal(event.slips[0].amount) for event in last
    )
    assert balance(books.entries, "Assets:POS:ChinaUMS:Payout") == sum(
        line.amount - line.fee for line in statements[story.LAST]
    )


def test_the_bank_account_agrees_with_the_bank(books: Books, story: ModuleType, balance: Balance) -> None:
    events = story.month()
    rows = list(story.bank_rows(story.moved(story.settled(events, story.journal(events)))))

    assert balance(books.entries, "Assets:Bank:ICBC") == Decimal(rows[-1][1][6])


def test_only_the_hold_for_the_party_of_24_october_and_the_mistaken_one_are_open(
    books: Books, balance: Balance
) -> None:
    assert balance(books.entries, "Assets:POS:ChinaUMS:Guarantees") == Decimal("800.00") + Decimal("488.00")
