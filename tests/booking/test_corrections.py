"""Corrections: each one balances, goes to where the money is seen next, and refuses what does not fit the claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beancount_posguard.booking.corrections import (
    Found,
    Order,
    RefusedError,
    bounce,
    order_id,
    raise_claim,
    reclass,
    refund,
    top_up,
    write_off,
)
from beancount_posguard.claims.claim import Claim, LegRef, Part
from beancount_posguard.kinds import KINDS
from tests.contracts import CONTRACT

if TYPE_CHECKING:
    from beancount.core.data import Transaction

Act = Callable[..., Any]

NO_SALES = replace(CONTRACT, till="Income:Sales")
ID = "PG-20261103-K7QX2"
DETECTED = date(2026, 11, 7)
DAY = date(2026, 11, 12)
SLIP = {"rrn": "103412345678", "trace": "000045", "card": "622202******1234", "terminal": "98765432", "auth": "471120"}


def claim(part: Part, stage: str = "verified") -> Claim:
    return Claim(
        id=ID,
        kind="A1",
        acquirer="ChinaUMS",
        currency="CNY",
        parts=(part,),
        detected=DETECTED,
        deadline=None,
        stage=stage,
        legs=(LegRef("terminal", Decimal("128.00"), date(2026, 11, 3), "103412345678", "pos-imports.beancount:41"),),
        history=(),
        why="",
        file="pos-imports.beancount",
        line=41,
    )


OWED_TO_CUSTOMER = Part("customer", "Liabilities:Claims:Customer", "refund", Decimal("-100.00"), Decimal("-100.00"))
CUSTOMER_OWES = Part("customer", "Assets:Claims:Customer", "top-up", Decimal("40.00"), Decimal("40.00"))
ACQUIRER_OWES = Part("acquirer", "Assets:Claims:Acquirer:ChinaUMS", "claim", Decimal("900.00"), Decimal("900.00"))
PAID = CUSTOMER_OWES._replace(balance=Decimal(0))
CHARGED_BACK = ACQUIRER_OWES._replace(account="Assets:Claims:Chargeback")
OWED_TO_ACQUIRER = Part(
    "acquirer", "Liabilities:Claims:Acquirer:ChinaUMS", "return", Decimal("-8.00"), Decimal("-8.00")
)


def order(amount: str | None = None, via: str = "card", fee: str = "0", **more: str) -> Order:
    figure = None if amount is None else Decimal(amount)
    return Order(figure, "CNY", DAY, "li", via=via, note="", refs=more, fee=Decimal(fee))


def moved(entry: Transaction) -> dict[str, str]:
    return {posting.account: str(posting.units) for posting in entry.postings}


def test_a_refund_by_card_goes_to_the_till_where_its_slip_will_come() -> None:
    entry = refund(claim(OWED_TO_CUSTOMER), OWED_TO_CUSTOMER, CONTRACT, order(), SLIP)
    assert moved(entry) == {"Assets:POS:Till": "-100.00 CNY", "Liabilities:Claims:Customer": "100.00 CNY"}
    assert entry.postings[0].meta == {
        "kind": "refund",
        "orig-rrn": "103412345678",
        "orig-trace": "000045",
        "card": "622202******1234",
        "terminal": "98765432",
    }
    assert (entry.date, entry.flag, entry.payee, entry.narration) == (DAY, "*", "ChinaUMS", f"refund {ID} by card")
    assert entry.links == {ID}
    assert entry.tags == frozenset()
    said = {key: entry.meta[key] for key in ("posguard-claim", "posguard-step", "by", "merchant")}
    assert said == {"posguard-claim": ID, "posguard-step": "refund", "by": "li", "merchant": "898310012345678"}
    assert len(entry.meta["posguard-id"]) == 16


def test_the_new_slip_is_remembered_when_it_is_known() -> None:
    refs = {"trace": "000077", "rrn": "104412340000", "terminal": "98765433", "auth": "471121"}
    entry = refund(claim(OWED_TO_CUSTOMER), OWED_TO_CUSTOMER, CONTRACT, order("36.00", **refs), SLIP)
    assert moved(entry) == {"Assets:POS:Till": "-36.00 CNY", "Liabilities:Claims:Customer": "36.00 CNY"}
    assert entry.postings[0].meta is not None
    assert {key: entry.postings[0].meta[key] for key in refs} == refs
    assert entry.postings[0].meta["orig-rrn"] == "103412345678"


def test_in_a_shop_without_sale_records_the_card_route_is_the_income_the_terminal_credits() -> None:
    entry = refund(claim(OWED_TO_CUSTOMER), OWED_TO_CUSTOMER, NO_SALES, order(), SLIP)
    assert moved(entry) == {"Income:Sales": "-100.00 CNY", "Liabilities:Claims:Customer": "100.00 CNY"}


@pytest.mark.parametrize(
    ("via", "account"),
    [
        ("card", "Assets:POS:Till"),
        ("cash", "Assets:Cash"),
        ("transfer", "Assets:Bank:CCB"),
        ("payout", "Assets:POS:ChinaUMS:Payout"),
        ("Assets:WeChat", "Assets:WeChat"),
    ],
)
def test_a_top_up_lands_where_it_is_seen_next(via: str, account: str) -> None:
    entry = top_up(claim(CUSTOMER_OWES), CUSTOMER_OWES, CONTRACT, order(via=via), SLIP)
    assert moved(entry) == {account: "40.00 CNY", "Assets:Claims:Customer": "-40.00 CNY"}
    assert entry.narration == f"top-up {ID} by {via}"
    assert (entry.postings[0].meta or {}).get("kind") == ("sale" if via == "card" else None)


def test_an_acquirer_that_keeps_its_fee_pays_the_rest() -> None:
    entry = top_up(claim(ACQUIRER_OWES), ACQUIRER_OWES, CONTRACT, order("600.00", "payout", "3.60"))
    assert moved(entry) == {
        "Assets:POS:ChinaUMS:Payout": "596.40 CNY",
        "Expenses:POS:Fees": "3.60 CNY",
        "Assets:Claims:Acquirer:ChinaUMS": "-600.00 CNY",
    }


def test_an_acquirer_takes_back_what_it_overpaid_less_the_fee_it_returns() -> None:
    entry = refund(claim(OWED_TO_ACQUIRER), OWED_TO_ACQUIRER, CONTRACT, order(None, "payout", "0.05"))
    assert moved(entry) == {
        "Assets:POS:ChinaUMS:Payout": "-7.95 CNY",
        "Expenses:POS:Fees": "-0.05 CNY",
        "Liabilities:Claims:Acquirer:ChinaUMS": "8.00 CNY",
    }


def test_what_is_given_up_is_an_expense() -> None:
    entry = write_off(claim(ACQUIRER_OWES), ACQUIRER_OWES, CONTRACT, order("300.00"))
    assert moved(entry) == {"Expenses:POS:WriteOff": "300.00 CNY", "Assets:Claims:Acquirer:ChinaUMS": "-300.00 CNY"}
    assert entry.narration == f"write-off {ID}"


#: What an amount or fee of money is not.
NO_MONEY = "expected a positive amount with at most two decimals, like 128.00"


@pytest.mark.parametrize(
    ("part", "act", "wanted", "message"),
    [
        (
            OWED_TO_CUSTOMER,
            refund,
            order("100.01"),
            f"{ID}: 100.01 CNY is more than the 100.00 CNY that is open with the customer",
        ),
        (
            OWED_TO_CUSTOMER,
            top_up,
            order(),
            f"{ID}: the open 100.00 CNY is what you owe: book what you pay with refund",
        ),
        (
            CUSTOMER_OWES,
            refund,
            order(),
            f"{ID}: the open 40.00 CNY is owed to you: book what comes in with top-up",
        ),
        (
            OWED_TO_CUSTOMER,
            write_off,
            order(),
            (
                f"{ID}: the open 100.00 CNY is what you owe, which nobody can give up but the other side: "
                "pay it with refund"
            ),
        ),
        (PAID, top_up, order(), f"{ID}: nothing is open with the customer"),
        (PAID, refund, order(), f"{ID}: nothing is open with the customer"),
        (CUSTOMER_OWES, top_up, order("0.001"), f"amount 0.001: {NO_MONEY}"),
        (CUSTOMER_OWES, top_up, order("-1.00"), f"amount -1.00: {NO_MONEY}"),
        (CUSTOMER_OWES, top_up, order("0"), f"amount 0: {NO_MONEY}"),
        (CUSTOMER_OWES, top_up, order("NaN"), f"amount NaN: {NO_MONEY}"),
        (CUSTOMER_OWES, top_up, order("Infinity"), f"amount Infinity: {NO_MONEY}"),
        (CUSTOMER_OWES, top_up, replace(order(), currency="USD"), f"{ID} is in CNY; USD cannot settle it"),
        (
            CUSTOMER_OWES,
            top_up,
            replace(order(), on=date(2026, 11, 6)),
            f"{ID} was found on 2026-11-07; 2026-11-06 is before that: give the date on which it was paid",
        ),
        (CUSTOMER_OWES, top_up, replace(order(), by=" "), "who books this? say it with --by or POSGUARD_BY"),
        (
            CUSTOMER_OWES,
            top_up,
            order(via="cheque"),
            "'cheque' is no way to pay: expected card, transfer, payout, cash or an account's name",
        ),
        (
            CUSTOMER_OWES,
            top_up,
            order(via="Assets:Claims:Customer"),
            f"{ID}: Assets:Claims:Customer is the claim's own account; name the one where the money goes",
        ),
        (
            CUSTOMER_OWES,
            top_up,
            order(fee="0.10"),
            f"{ID}: only an acquirer keeps a fee, so it needs payout or transfer",
        ),
        (
            ACQUIRER_OWES,
            top_up,
            order("5.00", "payout", "5.00"),
            f"{ID}: the fee 5.00 must be less than the amount 5.00",
        ),
        (ACQUIRER_OWES, top_up, order("5.00", "payout", "0.001"), f"fee 0.001: {NO_MONEY}"),
    ],
)
def test_what_does_not_fit_the_claim_is_refused(part: Part, act: Act, wanted: Order, message: str) -> None:
    with pytest.raises(RefusedError) as caught:
        act(claim(part), part, CONTRACT, wanted)
    assert str(caught.value) == message


@pytest.mark.parametrize("stage", ["withdrawn", "closed", "dismissed"])
def test_a_finished_claim_takes_no_money(stage: str) -> None:
    with pytest.raises(RefusedError, match=f"^{ID} is {stage}; nothing can be booked on it$"):
        top_up(claim(CUSTOMER_OWES, stage), CUSTOMER_OWES, CONTRACT, order())


def test_the_day_of_detection_itself_is_early_enough() -> None:
    assert top_up(claim(CUSTOMER_OWES), CUSTOMER_OWES, CONTRACT, replace(order(), on=DETECTED)).date == DETECTED


def test_one_decision_has_one_id_whoever_books_it() -> None:
    one = claim(CUSTOMER_OWES)
    same = order_id("top-up", one, CUSTOMER_OWES, CONTRACT, order("5.00"))
    assert order_id("top-up", one, CUSTOMER_OWES, CONTRACT, replace(order("5"), by="wang", note="again")) == same
    different = [
        order("5.01"),
        order(),
        order("5.00", "cash"),
        order("5.00", reference="V-2"),
        replace(order("5.00"), on=date(2026, 11, 13)),
    ]
    ids = {order_id("top-up", one, CUSTOMER_OWES, CONTRACT, other) for other in different} | {
        same,
        order_id("refund", one, CUSTOMER_OWES, CONTRACT, order("5.00")),
        order_id("top-up", replace(one, id="PG-20261103-AAAAA"), CUSTOMER_OWES, CONTRACT, order("5.00")),
        order_id("top-up", one, ACQUIRER_OWES, CONTRACT, order("5.00")),
    }
    assert len(ids) == len(different) + 4


@given(
    st.decimals("0.01", "900.00", places=2),
    st.decimals("0.00", "900.00", places=2),
    st.sampled_from(["payout", "transfer"]),
)
def test_every_correction_balances_and_never_takes_more_than_is_open(amount: Decimal, fee: Decimal, via: str) -> None:
    wanted = replace(order(via=via), amount=amount, fee=fee)
    try:
        entry = top_up(claim(ACQUIRER_OWES), ACQUIRER_OWES, CONTRACT, wanted)
    except RefusedError:
        assert fee >= amount
        return
    numbers = [posting.units.number for posting in entry.postings if posting.units and posting.units.number is not None]
    assert len(numbers) == len(entry.postings)
    assert sum(numbers) == 0
    assert numbers[-1] == -amount


FOUND = Found("A9", "acquirer", Decimal("12.00"), "CNY", "fees", DAY, "li", "tariff says 0.50 %", "letter 7")


@pytest.mark.parametrize(
    ("kind", "party", "amount", "account"),
    [
        ("D2", "acquirer", "0.50", "Assets:Claims:Chargeback"),
        ("D3", "acquirer", "1.00", "Assets:Claims:Chargeback"),
        ("D4", "acquirer", "12.00", "Assets:Claims:Chargeback"),
        ("D2", "acquirer", "-12.00", "Liabilities:Claims:Acquirer:ChinaUMS"),
        ("D2", "customer", "12.00", "Assets:Claims:Customer"),
        ("D1", "acquirer", "12.00", "Assets:Claims:Acquirer:ChinaUMS"),
        ("A9", "acquirer", "12.00", "Assets:Claims:Acquirer:ChinaUMS"),
    ],
)
def test_what_the_issuer_took_back_waits_by_itself_from_paper_too(
    kind: str, party: str, amount: str, account: str
) -> None:
    found = replace(FOUND, kind=kind, counterparty=party, amount=Decimal(amount))
    assert moved(raise_claim(CONTRACT, found))[account] == f"{amount} CNY"


UNKNOWN = Part("none", "Assets:POS:Suspense", "find-slip", Decimal("-66.60"), Decimal("-66.60"))


def balanced(entry: Transaction) -> bool:
    return sum(Decimal(str(posting.units).split()[0]) for posting in entry.postings) == 0


@pytest.mark.parametrize(
    ("part", "to", "amount", "expected"),
    [
        (
            ACQUIRER_OWES,
            "customer",
            None,
            {"Assets:Claims:Customer": "900.00 CNY", ACQUIRER_OWES.account: "-900.00 CNY"},
        ),
        (
            ACQUIRER_OWES,
            "customer",
            "300",
            {"Assets:Claims:Customer": "300.00 CNY", ACQUIRER_OWES.account: "-300.00 CNY"},
        ),
        (
            ACQUIRER_OWES,
            "Assets:Claims:Employee",
            None,
            {"Assets:Claims:Employee": "900.00 CNY", ACQUIRER_OWES.account: "-900.00 CNY"},
        ),
        (UNKNOWN, "customer", None, {"Liabilities:Claims:Customer": "-66.60 CNY", UNKNOWN.account: "66.60 CNY"}),
        (
            UNKNOWN,
            "acquirer",
            None,
            {"Liabilities:Claims:Acquirer:ChinaUMS": "-66.60 CNY", UNKNOWN.account: "66.60 CNY"},
        ),
        (UNKNOWN, "sale", None, {"Income:Sales": "-66.60 CNY", UNKNOWN.account: "66.60 CNY"}),
        (
            OWED_TO_CUSTOMER,
            "unclaimed",
            None,
            {"Liabilities:UnclaimedOverages": "-100.00 CNY", OWED_TO_CUSTOMER.account: "100.00 CNY"},
        ),
    ],
)
def test_what_is_open_moves_to_who_owes_it(part: Part, to: str, amount: str | None, expected: dict[str, str]) -> None:
    entry = reclass(claim(part), part, CONTRACT, order(amount, via=to))
    assert moved(entry) == expected
    assert balanced(entry)


@pytest.mark.parametrize(
    ("part", "to", "amount", "message"),
    [
        (ACQUIRER_OWES, "unclaimed", None, f"{ID}: only what you owe can be left unclaimed; this is owed to you"),
        (ACQUIRER_OWES, "acquirer", None, f"{ID}: it stands on Assets:Claims:Acquirer:ChinaUMS already"),
        (
            ACQUIRER_OWES,
            "nobody",
            None,
            (
                "'nobody' is nobody to turn to: "
                "expected customer, acquirer, employee, sale, unclaimed, overage or an account's name"
            ),
        ),
        (
            ACQUIRER_OWES,
            "customer",
            "900.01",
            f"{ID}: 900.01 CNY is more than the 900.00 CNY that is open with the acquirer",
        ),
        (PAID, "acquirer", None, f"{ID}: nothing is open with the customer"),
    ],
)
def test_what_does_not_move(part: Part, to: str, amount: str | None, message: str) -> None:
    with pytest.raises(RefusedError) as caught:
        reclass(claim(part), part, CONTRACT, order(amount, via=to))
    assert str(caught.value) == message


def test_a_refund_that_bounced_is_owed_again() -> None:
    paid = OWED_TO_CUSTOMER._replace(balance=Decimal(0))
    entry = bounce(claim(paid, "settled"), paid, CONTRACT, order(via="transfer"), Decimal(100))
    assert moved(entry) == {"Assets:Bank:CCB": "100.00 CNY", "Liabilities:Claims:Customer": "-100.00 CNY"}
    assert balanced(entry)


@pytest.mark.parametrize(
    ("wanted", "repaid", "message"),
    [
        (order(), "0", f"{ID}: 0 CNY cannot come back; 0 was refunded"),
        (order("100.01"), "100", f"{ID}: 100.01 CNY cannot come back; 100 was refunded"),
        (order("-1"), "100", f"amount -1: {NO_MONEY}"),
        (order("NaN"), "100", f"amount NaN: {NO_MONEY}"),
        (
            order(via="Liabilities:Claims:Customer"),
            "100",
            f"{ID}: Liabilities:Claims:Customer is the claim's own account; name the one where the money goes",
        ),
        (replace(order("30.00"), currency="USD"), "100", f"{ID} is in CNY; USD cannot settle it"),
        (
            replace(order(), on=date(2026, 11, 6)),
            "100",
            f"{ID} was found on 2026-11-07; 2026-11-06 is before that: give the date on which it was paid",
        ),
    ],
)
def test_nothing_bounces_but_what_was_refunded(wanted: Order, repaid: str, message: str) -> None:
    with pytest.raises(RefusedError) as caught:
        bounce(claim(OWED_TO_CUSTOMER), OWED_TO_CUSTOMER, CONTRACT, wanted, Decimal(repaid))
    assert str(caught.value) == message


def test_nothing_bounces_on_a_finished_claim() -> None:
    with pytest.raises(RefusedError, match=f"^{ID} is closed; reopen it first$"):
        bounce(claim(OWED_TO_CUSTOMER, "closed"), OWED_TO_CUSTOMER, CONTRACT, order(), Decimal(100))


@pytest.mark.parametrize(
    ("kind", "part", "account"),
    [
        ("A4", ACQUIRER_OWES, "Expenses:POS:WriteOff"),
        ("A9", ACQUIRER_OWES, "Expenses:POS:Fees"),
        ("D2", CHARGED_BACK, "Expenses:POS:ChargebackLoss"),
        ("D3", CHARGED_BACK, "Expenses:POS:ChargebackLoss"),
    ],
)
def test_what_is_given_up_goes_where_it_belongs(kind: str, part: Part, account: str) -> None:
    entry = write_off(replace(claim(part), kind=kind), part, CONTRACT, order())
    assert moved(entry) == {account: "900.00 CNY", part.account: "-900.00 CNY"}


def test_a_claim_from_paper_books_both_sides() -> None:
    entry = raise_claim(CONTRACT, FOUND)
    assert moved(entry) == {"Assets:Claims:Acquirer:ChinaUMS": "12.00 CNY", "Expenses:POS:Fees": "-12.00 CNY"}
    [link] = entry.links
    assert link.startswith("PG-20261112-")
    assert len(link) == len(ID)
    wanted = {
        "posguard-claim": link,
        "posguard-step": "raise",
        "posguard-kind": "A9",
        "posguard-counterparty": "acquirer",
        "by": "li",
        "reference": "letter 7",
        "note": "tariff says 0.50 %",
    }
    assert {key: entry.meta[key] for key in wanted} == wanted


@pytest.mark.parametrize(
    ("counterparty", "amount", "account"),
    [
        ("customer", "5.00", "Assets:Claims:Customer"),
        ("customer", "-5.00", "Liabilities:Claims:Customer"),
        ("acquirer", "-5.00", "Liabilities:Claims:Acquirer:ChinaUMS"),
        ("none", "5.00", "Assets:POS:Suspense"),
        ("none", "-5.00", "Assets:POS:Suspense"),
    ],
)
def test_the_sign_says_who_owes(counterparty: str, amount: str, account: str) -> None:
    entry = raise_claim(CONTRACT, replace(FOUND, counterparty=counterparty, amount=Decimal(amount)))
    assert moved(entry)[account] == f"{amount} CNY"


def test_the_same_finding_is_one_claim_and_another_is_not() -> None:
    def id_of(found: Found) -> str:
        return str(raise_claim(CONTRACT, found).meta["posguard-claim"])

    assert id_of(FOUND) == id_of(replace(FOUND, by="wang", note="x"))
    others = [
        replace(FOUND, reference="letter 8"),
        replace(FOUND, amount=Decimal("12.01")),
        replace(FOUND, on=date(2026, 11, 13)),
        replace(FOUND, kind="A4"),
    ]
    assert len({id_of(FOUND), *map(id_of, others)}) == 5


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (replace(FOUND, kind="Z9"), f"'Z9' is no kind: expected one of {', '.join(KINDS)}"),
        (
            replace(FOUND, counterparty="nobody"),
            "'nobody' is no counterparty: expected customer, acquirer, none (none: not known yet)",
        ),
        (replace(FOUND, amount=Decimal(0)), f"amount 0: {NO_MONEY}"),
        (replace(FOUND, amount=Decimal("NaN")), f"amount NaN: {NO_MONEY}"),
        (replace(FOUND, amount=Decimal("1.001")), f"amount 1.001: {NO_MONEY}"),
        (replace(FOUND, currency="USD"), "the contract with ChinaUMS is in CNY, not USD"),
        (
            replace(FOUND, against="fee"),
            "'fee' is no account: expected till, payout, bank, fees, income or an account's name",
        ),
        (
            replace(FOUND, against="Assets:POS:ChinaUMS:Clearing"),
            "what is left on Assets:POS:ChinaUMS:Clearing is found by itself; raise a claim for what no account shows",
        ),
        (replace(FOUND, by=""), "who books this? say it with --by or POSGUARD_BY"),
    ],
)
def test_a_finding_with_a_wrong_word_is_refused(found: Found, message: str) -> None:
    with pytest.raises(RefusedError) as caught:
        raise_claim(CONTRACT, found)
    assert str(caught.value) == message


# Every way in which money of a claim is put right, each with its two sides, worked out by hand. ------------------

TILL, BANK, PAYOUT, FEES, CASH = (
    "Assets:POS:Till",
    "Assets:Bank:CCB",
    "Assets:POS:ChinaUMS:Payout",
    "Expenses:POS:Fees",
    "Assets:Cash",
)

#: what happened -> what books it, on which part, with which order, and both sides.
ROWS: dict[str, tuple[Act, Part, Order, dict[str, str]]] = {
    "refund keyed on the terminal": (
        refund,
        OWED_TO_CUSTOMER,
        order(),
        {OWED_TO_CUSTOMER.account: "100.00", TILL: "-100.00"},
    ),
    "top-up by card": (top_up, CUSTOMER_OWES, order(), {TILL: "40.00", CUSTOMER_OWES.account: "-40.00"}),
    "top-up by transfer": (
        top_up,
        CUSTOMER_OWES,
        order(via="transfer"),
        {BANK: "40.00", CUSTOMER_OWES.account: "-40.00"},
    ),
    "top-up in cash": (top_up, CUSTOMER_OWES, order(via="cash"), {CASH: "40.00", CUSTOMER_OWES.account: "-40.00"}),
    "the acquirer accepts 600 of 900": (
        top_up,
        ACQUIRER_OWES,
        order("600.00", "payout", "3.60"),
        {PAYOUT: "596.40", FEES: "3.60", ACQUIRER_OWES.account: "-600.00"},
    ),
    "and transfers what is left of it": (
        top_up,
        ACQUIRER_OWES,
        order("600.00", "transfer", "3.60"),
        {BANK: "596.40", FEES: "3.60", ACQUIRER_OWES.account: "-600.00"},
    ),
    "and keeps no fee": (
        top_up,
        ACQUIRER_OWES,
        order("600.00", "payout"),
        {PAYOUT: "600.00", ACQUIRER_OWES.account: "-600.00"},
    ),
    "credit adjustment, its fee given back": (
        refund,
        OWED_TO_ACQUIRER,
        order(None, "payout", "0.05"),
        {OWED_TO_ACQUIRER.account: "8.00", PAYOUT: "-7.95", FEES: "-0.05"},
    ),
    "credit adjustment, its fee kept": (
        refund,
        OWED_TO_ACQUIRER,
        order(None, "payout"),
        {OWED_TO_ACQUIRER.account: "8.00", PAYOUT: "-8.00"},
    ),
    "rejected, the customer owes it": (
        reclass,
        ACQUIRER_OWES,
        order(via="customer"),
        {"Assets:Claims:Customer": "900.00", ACQUIRER_OWES.account: "-900.00"},
    ),
    "rejected, an employee owes it": (
        reclass,
        ACQUIRER_OWES,
        order(via="employee"),
        {"Assets:Claims:Employee": "900.00", ACQUIRER_OWES.account: "-900.00"},
    ),
    "it was the employee's own money": (
        reclass,
        OWED_TO_CUSTOMER,
        order(via="employee"),
        {OWED_TO_CUSTOMER.account: "100.00", "Assets:Claims:Employee": "-100.00"},
    ),
    "what seemed a sale was none": (
        reclass,
        ACQUIRER_OWES,
        order(via="sale"),
        {"Income:Sales": "900.00", ACQUIRER_OWES.account: "-900.00"},
    ),
    "exactly what is open": (
        refund,
        OWED_TO_CUSTOMER,
        order("100.00", "cash"),
        {OWED_TO_CUSTOMER.account: "100.00", CASH: "-100.00"},
    ),
    "write-off of the rest": (
        write_off,
        ACQUIRER_OWES,
        order("300.00"),
        {"Expenses:POS:WriteOff": "300.00", ACQUIRER_OWES.account: "-300.00"},
    ),
    "found: it was a sale": (reclass, UNKNOWN, order(via="sale"), {UNKNOWN.account: "66.60", "Income:Sales": "-66.60"}),
    "unknown, verified: the customer's": (
        reclass,
        UNKNOWN,
        order(via="customer"),
        {UNKNOWN.account: "66.60", "Liabilities:Claims:Customer": "-66.60"},
    ),
    "the cardholder cannot be found": (
        reclass,
        OWED_TO_CUSTOMER,
        order(via="unclaimed"),
        {OWED_TO_CUSTOMER.account: "100.00", "Liabilities:UnclaimedOverages": "-100.00"},
    ),
    "and the right to it is gone": (
        reclass,
        OWED_TO_CUSTOMER,
        order(via="overage"),
        {OWED_TO_CUSTOMER.account: "100.00", "Income:POS:Overages": "-100.00"},
    ),
    "chargeback won": (
        top_up,
        CHARGED_BACK,
        order("500.00", "payout"),
        {PAYOUT: "500.00", CHARGED_BACK.account: "-500.00"},
    ),
    "chargeback lost": (
        write_off,
        CHARGED_BACK,
        order("400.00"),
        {"Expenses:POS:ChargebackLoss": "400.00", CHARGED_BACK.account: "-400.00"},
    ),
}


@pytest.mark.parametrize("what", ROWS)
def test_what_is_put_right_has_two_sides_that_balance(what: str) -> None:
    act, part, wanted, sides = ROWS[what]
    entry = act(claim(part), part, CONTRACT, wanted)
    assert moved(entry) == {account: f"{amount} CNY" for account, amount in sides.items()}
    assert sum(Decimal(amount) for amount in sides.values()) == 0
    assert balanced(entry)


def test_a_fee_claim_that_was_rejected_is_a_fee() -> None:
    entry = write_off(replace(claim(ACQUIRER_OWES), kind="A9"), ACQUIRER_OWES, CONTRACT, order("9.40"))
    assert moved(entry) == {FEES: "9.40 CNY", ACQUIRER_OWES.account: "-9.40 CNY"}


def test_a_refund_on_the_terminal_that_bounced() -> None:
    paid = OWED_TO_CUSTOMER._replace(balance=Decimal(0))
    entry = bounce(claim(paid, "settled"), paid, CONTRACT, order(), Decimal(100))
    assert moved(entry) == {TILL: "100.00 CNY", OWED_TO_CUSTOMER.account: "-100.00 CNY"}
    assert balanced(entry)


#: Less than one either way: no figure of a claim is so small that its sign does not count.
OWES_HALF = CUSTOMER_OWES._replace(balance=Decimal("0.50"), amount=Decimal("0.50"))
OWED_HALF = OWED_TO_CUSTOMER._replace(balance=Decimal("-0.50"), amount=Decimal("-0.50"))


@pytest.mark.parametrize(
    ("part", "account", "amount"),
    [(OWES_HALF, ACQUIRER_OWES.account, "0.50"), (OWED_HALF, OWED_TO_ACQUIRER.account, "-0.50")],
)
def test_a_few_cents_move_the_right_way(part: Part, account: str, amount: str) -> None:
    entry = reclass(claim(part), part, CONTRACT, order(via="acquirer"))
    assert moved(entry)[account] == f"{amount} CNY"
    assert balanced(entry)


def test_a_few_cents_are_paid_by_whom_they_are_owed() -> None:
    assert moved(top_up(claim(OWES_HALF), OWES_HALF, CONTRACT, order()))[TILL] == "0.50 CNY"
    with pytest.raises(RefusedError, match=r"the open 0\.50 CNY is what you owe"):
        top_up(claim(OWED_HALF), OWED_HALF, CONTRACT, order())


@pytest.mark.parametrize(("amount", "account"), [("0.50", ACQUIRER_OWES.account), ("-0.50", OWED_TO_ACQUIRER.account)])
def test_a_few_cents_from_paper_stand_with_whom_they_belong_to(amount: str, account: str) -> None:
    assert moved(raise_claim(CONTRACT, replace(FOUND, amount=Decimal(amount))))[account] == f"{amount} CNY"


def test_an_id_is_the_same_for_ever() -> None:
    """It was worked out apart: sha256sum of the words on lines, fd53a2ca..., its low 25 bits in fives, lowest first."""
    entry = raise_claim(CONTRACT, replace(FOUND, reference="letter 8"))
    assert entry.links == {"PG-20261112-AP87N"}


def test_a_correction_is_of_no_line_yet() -> None:
    entry = top_up(claim(CUSTOMER_OWES), CUSTOMER_OWES, CONTRACT, order())
    assert (entry.meta["filename"], entry.meta["lineno"]) == ("<posguard>", 0)


def test_the_id_of_a_decision_is_known_before_it_is_booked() -> None:
    part = ACQUIRER_OWES
    moves = order(via="customer")
    moved_on = reclass(claim(part), part, CONTRACT, moves)
    assert order_id("reclass", claim(part), part, CONTRACT, moves) == moved_on.meta["posguard-id"]
    paid = OWED_TO_CUSTOMER._replace(balance=Decimal(0))
    again = bounce(claim(paid, "settled"), paid, CONTRACT, order(via="transfer"), Decimal(100))
    assert order_id("bounce", claim(paid), paid, CONTRACT, order(via="transfer")) == again.meta["posguard-id"]
    given_up = write_off(claim(part), part, CONTRACT, order(via=""))
    assert order_id("write-off", claim(part), part, CONTRACT, order(via="")) == given_up.meta["posguard-id"]


def test_what_a_customer_does_not_pay_is_written_off() -> None:
    entry = write_off(replace(claim(CUSTOMER_OWES), kind="E3"), CUSTOMER_OWES, CONTRACT, order(via=""))
    assert moved(entry) == {"Expenses:POS:WriteOff": "40.00 CNY", CUSTOMER_OWES.account: "-40.00 CNY"}


@pytest.mark.parametrize(
    ("against", "account"),
    [("till", TILL), ("payout", PAYOUT), ("bank", "Assets:Bank:CCB"), ("fees", FEES), ("income", "Income:Sales")],
)
def test_a_claim_from_paper_is_against_an_account_of_the_contract(against: str, account: str) -> None:
    assert moved(raise_claim(CONTRACT, replace(FOUND, against=against)))[account] == "-12.00 CNY"


def test_moves_say_which_step_they_are_and_who_took_it() -> None:
    moved_on = reclass(claim(ACQUIRER_OWES), ACQUIRER_OWES, CONTRACT, order(via="customer"))
    paid = OWED_TO_CUSTOMER._replace(balance=Decimal(0))
    again = bounce(claim(paid, "settled"), paid, CONTRACT, order(via="transfer"), Decimal(100))
    by_hand = raise_claim(CONTRACT, FOUND)
    for entry, step, narration in (
        (moved_on, "reclass", f"reclass {ID} to customer"),
        (again, "bounce", f"bounce {ID} by transfer"),
        (by_hand, "raise", f"raise {by_hand.meta['posguard-claim']} A9 by hand"),
    ):
        assert (entry.meta["posguard-step"], entry.meta["by"], entry.narration) == (step, "li", narration)
        assert len(entry.meta["posguard-id"]) == 16
        assert entry.links == {entry.meta["posguard-claim"]}


def test_a_part_of_a_refund_can_bounce() -> None:
    entry = bounce(claim(OWED_TO_CUSTOMER), OWED_TO_CUSTOMER, CONTRACT, order("30.00", via="transfer"), Decimal(100))
    assert moved(entry) == {"Assets:Bank:CCB": "30.00 CNY", OWED_TO_CUSTOMER.account: "-30.00 CNY"}


@pytest.mark.parametrize("currency", ["AUD", "USD"])
def test_no_other_currency_settles_a_claim(currency: str) -> None:
    with pytest.raises(RefusedError, match=f"is in CNY; {currency} cannot settle it"):
        top_up(claim(CUSTOMER_OWES), CUSTOMER_OWES, CONTRACT, replace(order(), currency=currency))
    with pytest.raises(RefusedError, match=f"is in CNY, not {currency}"):
        raise_claim(CONTRACT, replace(FOUND, currency=currency))


@pytest.mark.parametrize(
    ("fee", "message"),
    [("-0.10", "fee -0.10: expected a positive amount"), ("5.01", "the fee 5.01 must be less than the amount 5.00")],
)
def test_a_fee_is_between_nothing_and_the_amount(fee: str, message: str) -> None:
    with pytest.raises(RefusedError) as caught:
        top_up(claim(ACQUIRER_OWES), ACQUIRER_OWES, CONTRACT, order("5.00", "payout", fee))
    assert message in str(caught.value)


def test_what_rounds_up_has_too_many_decimals_too() -> None:
    with pytest.raises(RefusedError, match=r"amount 0\.006: expected a positive amount with at most two decimals"):
        top_up(claim(CUSTOMER_OWES), CUSTOMER_OWES, CONTRACT, order("0.006"))


def test_thousandths_of_a_dinar_are_paid_as_they_stand_open() -> None:
    part = CUSTOMER_OWES._replace(amount=Decimal("0.305"), balance=Decimal("0.305"))
    dinars = replace(claim(part), currency="KWD")
    contract = replace(CONTRACT, currency="KWD")
    for asked in (None, "0.305"):
        entry = top_up(dinars, part, contract, replace(order(asked, "cash"), currency="KWD"))
        assert set(moved(entry).values()) == {"0.305 KWD", "-0.305 KWD"}
    with pytest.raises(RefusedError, match=r"amount 0\.3004"):
        top_up(dinars, part, contract, replace(order("0.3004", "cash"), currency="KWD"))


def test_the_merchant_of_the_slip_comes_before_the_contracts() -> None:
    slip = SLIP | {"merchant": "898310099999999"}
    assert (
        refund(claim(OWED_TO_CUSTOMER), OWED_TO_CUSTOMER, CONTRACT, order(), slip).meta["merchant"] == slip["merchant"]
    )


def test_where_nobody_names_a_merchant_none_is_written() -> None:
    contract = replace(CONTRACT, merchants=())
    assert "merchant" not in refund(claim(OWED_TO_CUSTOMER), OWED_TO_CUSTOMER, contract, order(), SLIP).meta


def test_what_is_given_up_has_no_slip() -> None:
    entry = write_off(claim(CUSTOMER_OWES), CUSTOMER_OWES, CONTRACT, order(via="card"))
    assert entry.postings[0].meta is None
    assert "merchant" not in entry.meta


@pytest.mark.parametrize(
    ("step", "part", "wanted", "digest"),
    [
        ("top-up", CUSTOMER_OWES, order(via="cash", reference="V-2"), "a6e68421f73fdc3a"),
        ("reclass", ACQUIRER_OWES, order("300.00", via="customer"), "b80b431e84b56816"),
    ],
)
def test_what_was_booked_is_known_by_every_later_version(step: str, part: Part, wanted: Order, digest: str) -> None:
    """Worked out apart, as ``printf 'PG-…\\ntop-up\\nall\\nAssets:Cash\\n2026-11-12\\nfrom=…\\n…' | sha256sum``."""
    assert order_id(step, claim(part), part, CONTRACT, wanted) == digest


def test_a_claim_from_paper_is_known_by_every_later_version() -> None:
    """As above, of the claim's id, ``raise``, ``12``, the claim's account and the day."""
    assert raise_claim(CONTRACT, replace(FOUND, reference="letter 8")).meta["posguard-id"] == "e9bae4d79d7135ce"


@pytest.mark.parametrize("part", [OWED_TO_CUSTOMER, ACQUIRER_OWES])
@pytest.mark.parametrize("to", ["customer", "acquirer"])
def test_a_part_that_was_moved_still_knows_the_order_that_moved_it(part: Part, to: str) -> None:
    wanted = order(via=to)
    before = order_id("reclass", claim(part), part, CONTRACT, wanted)
    moved_on = part._replace(balance=Decimal(0))
    assert order_id("reclass", claim(moved_on), moved_on, CONTRACT, wanted) == before


def test_what_a_person_decided_stays_as_it_was_said() -> None:
    with pytest.raises(FrozenInstanceError):
        order().by = "wang"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        FOUND.by = "wang"  # type: ignore[misc]
