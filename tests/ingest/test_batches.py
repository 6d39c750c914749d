"""Batches as entries: the shapes of docs/ledger-language.md, balanced, all metadata texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from beancount.core import interpolate
from beancount.core.data import Transaction  # noqa: TC002  # kept plain, as in the package
from beancount.parser import printer
from hypothesis import given
from hypothesis import strategies as st

from beancount_posguard.booking.batches import batch_entry, sums
from beancount_posguard.contract import Contract
from beancount_posguard.legs import SIGN, Batch, Kind, Slip, Source, Status

DAY = date(2026, 11, 3)


def slip(
    amount: str = "10.00",
    kind: Kind = Kind.SALE,
    status: Status = Status.APPROVED,
    fee: str | None = None,
    facts: Mapping[str, str] | None = None,
    day: date = DAY,
) -> Slip:
    cost = None if fee is None else Decimal(fee)
    net = None if cost is None else Decimal(amount) - cost
    return Slip(kind, status, Decimal(amount), "CNY", day, cost, net, facts or {}, 2)


def batch(source: Source, *slips: Slip, facts: Mapping[str, str] | None = None, **more: object) -> Batch:
    plain = Batch(source, DAY, facts or {}, slips, "a.csv", "0" * 64, "some_profile", 1, 1)
    return plain._replace(**more)  # type: ignore[arg-type]  # names are checked at run time


def entry_of(one: Batch, contract: Contract) -> Transaction:
    return batch_entry(one, contract, 7)


def lines(entry: Transaction) -> list[str]:
    """Return the entry as printed, without the metadata that every batch has and with single blanks."""
    usual = ("posguard-profile", "posguard-file", "posguard-sha256")
    return [
        " ".join(line.split())
        for line in printer.format_entry(entry).splitlines()
        if not line.strip().startswith(usual)
    ]


@pytest.fixture
def contract(contracts: list[Contract]) -> Contract:
    return contracts[0]


def test_a_terminal_batch(contract: Contract) -> None:
    entry = entry_of(
        batch(
            Source.TERMINAL,
            slip("128.00", facts={"trace": "000045"}),
            slip("-36.00", Kind.REFUND, facts={"orig-rrn": "103312345678"}),
            slip("58.00", status=Status.DECLINED),
            facts={"terminal": "98765432", "batch": "000123"},
            part=1,
            parts=2,
            known=4,
        ),
        contract,
    )
    assert lines(entry) == [
        '2026-11-03 * "ChinaUMS" "Terminal 98765432 batch 000123"',
        'posguard-source: "terminal"',
        'terminal: "98765432"',
        'batch: "000123"',
        'posguard-part: "1 of 2"',
        'posguard-known: "4 rows"',
        'posguard-receipt: "3 rows, gross 92.00 CNY"',
        "Assets:POS:ChinaUMS:Clearing 128.00 CNY",
        'trace: "000045"',
        "Assets:POS:ChinaUMS:Clearing -36.00 CNY",
        'kind: "refund"',
        'orig-rrn: "103312345678"',
        "Assets:POS:ChinaUMS:Clearing 0.00 CNY",
        'status: "declined"',
        'amount: "58.00"',
        "Assets:POS:Till -92.00 CNY",
    ]


def test_a_statement(contract: Contract) -> None:
    entry = entry_of(
        batch(
            Source.SETTLEMENT,
            slip("128.00", fee="0.64", day=date(2026, 11, 2)),
            slip("-36.00", Kind.REFUND, fee="-0.18"),
        ),
        contract,
    )
    assert lines(entry) == [
        '2026-11-03 * "ChinaUMS" "Statement 2026-11-03"',
        'posguard-source: "settlement"',
        'posguard-receipt: "2 rows, gross 92.00 CNY, fee 0.46 CNY, net 91.54 CNY"',
        "Assets:POS:ChinaUMS:Clearing -128.00 CNY",
        'date: "2026-11-02"',
        'fee: "0.64"',
        "Assets:POS:ChinaUMS:Clearing 36.00 CNY",
        'kind: "refund"',
        'fee: "-0.18"',
        "Assets:POS:ChinaUMS:Payout 91.54 CNY",
        "Expenses:POS:Fees 0.46 CNY",
    ]


def test_a_deposit(contract: Contract) -> None:
    facts = {"reference": "13523", "memo": "1103-1103费0.46元", "fee": "0.46"}
    entry = entry_of(batch(Source.BANK, slip("91.54", Kind.DEPOSIT, facts=facts), payer="银联商务"), contract)
    assert lines(entry) == [
        '2026-11-03 * "银联商务" "1103-1103费0.46元"',
        'posguard-source: "bank"',
        'posguard-receipt: "1 rows, gross 91.54 CNY"',
        "Assets:POS:ChinaUMS:Payout -91.54 CNY",
        'fee: "0.46"',
        'reference: "13523"',
        'memo: "1103-1103费0.46元"',
        "Assets:Bank 91.54 CNY",
    ]


def test_a_day_of_sales(contract: Contract) -> None:
    entry = entry_of(batch(Source.SALE, slip("128.00"), facts={"store": "南门店"}), contract)
    assert lines(entry) == [
        '2026-11-03 * "ChinaUMS" "Till 南门店 2026-11-03"',
        'posguard-source: "sale"',
        'store: "南门店"',
        'posguard-receipt: "1 rows, gross 128.00 CNY"',
        "Assets:POS:Till 128.00 CNY",
        "Income:Sales -128.00 CNY",
    ]


@pytest.mark.parametrize(
    ("source", "facts", "title"),
    [
        (Source.SALE, {}, "Till 2026-11-03"),
        (Source.TERMINAL, {"terminal": "98765432"}, "Terminal 98765432"),
        (Source.TERMINAL, {}, "Terminal"),
        (Source.SETTLEMENT, {"terminal": "98765432"}, "Statement 2026-11-03"),
        (Source.BANK, {}, "Deposit"),
    ],
)
def test_a_batch_is_called_by_what_its_file_says(
    contract: Contract, source: Source, facts: Mapping[str, str], title: str
) -> None:
    entry = entry_of(batch(source, slip("1.00"), facts=facts), contract)
    assert (entry.payee, entry.narration) == ("ChinaUMS", title)


def test_deposits_of_a_day_are_called_by_the_first_ones_memo(contract: Contract) -> None:
    rows = [slip("1.00", Kind.DEPOSIT, facts={"memo": memo}) for memo in ("1103-1103", "1102-1102")]
    assert entry_of(batch(Source.BANK, *rows), contract).narration == "1103-1103"


def test_a_day_without_deposits_is_booked_as_such(contract: Contract) -> None:
    entry = entry_of(batch(Source.BANK), contract)
    assert (entry.payee, entry.narration, entry.postings) == ("ChinaUMS", "No deposits", [])


def test_an_entry_has_its_place_among_the_generated_ones(contract: Contract) -> None:
    entry = batch_entry(batch(Source.SALE, slip()), contract, 12)
    assert (entry.meta["filename"], entry.meta["lineno"]) == ("<posguard>", 12)


@pytest.mark.parametrize("day", [date(2026, 11, 2), date(2026, 11, 4)])
def test_a_slip_of_another_day_says_which(contract: Contract, day: date) -> None:
    entry = entry_of(batch(Source.SETTLEMENT, slip(), slip(day=day)), contract)
    assert [(leg.meta or {}).get("date") for leg in entry.postings] == [None, day.isoformat(), None]


def test_holds_are_a_memo(contract: Contract) -> None:
    entry = entry_of(
        batch(
            Source.TERMINAL,
            slip("500.00", Kind.PREAUTH, facts={"trace": "000050"}),
            slip("-80.00", Kind.PREAUTH_VOID, facts={"trace": "000052"}),
            slip("60.00", Kind.PREAUTH, Status.DECLINED),
        ),
        contract,
    )
    assert lines(entry)[2:] == [
        'posguard-receipt: "3 rows, gross 0.00 CNY"',
        "Assets:POS:ChinaUMS:Guarantees 500.00 HOLD.CNY",
        'kind: "preauth"',
        'trace: "000050"',
        "Assets:POS:ChinaUMS:Guarantees -80.00 HOLD.CNY",
        'kind: "preauth-void"',
        'trace: "000052"',
        "Assets:POS:ChinaUMS:Guarantees 0.00 HOLD.CNY",
        'kind: "preauth"',
        'status: "declined"',
        'amount: "60.00"',
        "Equity:Guarantees -420.00 HOLD.CNY",
    ]


def test_the_tills_record_of_a_hold_is_no_money(contract: Contract) -> None:
    entry = entry_of(batch(Source.SALE, slip("500.00", Kind.PREAUTH)), contract)
    assert lines(entry)[2:] == [
        'posguard-receipt: "1 rows, gross 0.00 CNY"',
        "Assets:POS:Till 0.00 CNY",
        'kind: "preauth"',
        'amount: "500.00"',
        "Income:Sales 0.00 CNY",
    ]


def test_a_completion_ends_its_hold(contract: Contract) -> None:
    facts = {"trace": "000051", "orig-trace": "000050", "card": "622202******1234"}
    entry = entry_of(batch(Source.TERMINAL, slip("450.00", Kind.COMPLETION, facts=facts)), contract)
    assert lines(entry)[-5:] == [
        "Assets:POS:ChinaUMS:Guarantees -450.00 HOLD.CNY",
        'kind: "completion"',
        'trace: "000051"',
        'orig-trace: "000050"',
        "Equity:Guarantees 450.00 HOLD.CNY",
    ]
    assert 'posguard-receipt: "1 rows, gross 450.00 CNY"' in lines(entry)


def test_the_end_of_a_hold_says_what_finds_the_hold_again(contract: Contract) -> None:
    said = {
        "trace": "000051",
        "rrn": "103312345679",
        "time": "21:04:11",
        "orig-trace": "000050",
        "orig-rrn": "103312345678",
        "orig-date": "2026-11-02",
    }
    slips = slip("450.00", Kind.COMPLETION, facts={**said, "card": "622202******1234", "auth": "471120"})
    memo = entry_of(batch(Source.TERMINAL, slips), contract).postings[2]
    assert (memo.account, memo.meta) == ("Assets:POS:ChinaUMS:Guarantees", {"kind": "completion", **said})


@pytest.mark.parametrize(
    ("source", "one"),
    [
        (Source.TERMINAL, slip("450.00", Kind.COMPLETION, facts={"rrn": "103312345679"})),
        (Source.TERMINAL, slip("450.00", Kind.COMPLETION, Status.DECLINED, facts={"trace": "000051"})),
        (Source.TERMINAL, slip("450.00", facts={"trace": "000051"})),
        (Source.SETTLEMENT, slip("450.00", Kind.COMPLETION, facts={"trace": "000051"})),
    ],
)
def test_nothing_else_ends_a_hold(contract: Contract, source: Source, one: Slip) -> None:
    assert "HOLD.CNY" not in " ".join(lines(entry_of(batch(source, one), contract)))


def test_a_file_without_rows(contract: Contract) -> None:
    entry = entry_of(batch(Source.SETTLEMENT, days=(date(2026, 11, 1), DAY)), contract)
    assert entry.postings == []
    assert lines(entry)[-3:] == [
        'posguard-from: "2026-11-01"',
        'posguard-to: "2026-11-03"',
        'posguard-receipt: "0 rows, gross 0.00 CNY"',
    ]


def test_a_shop_without_sale_records_credits_income(contract: Contract) -> None:
    entry = entry_of(batch(Source.TERMINAL, slip("128.00")), replace(contract, till="Income:Sales"))
    assert lines(entry)[-1] == "Income:Sales -128.00 CNY"


def test_fees_below_a_cent_are_kept_and_charged_in_cents(contract: Contract) -> None:
    """Slip by slip: 0.77 + 0.22 are charged; the slips keep what the file states, and nothing stays on payout."""
    entry = entry_of(
        batch(
            Source.SETTLEMENT, slip("128.00", fee="0.76800"), slip("36.50", fee="0.21900"), slip("0.10", fee="0.0002")
        ),
        contract,
    )
    assert lines(entry)[-2:] == ["Assets:POS:ChinaUMS:Payout 163.61 CNY", "Expenses:POS:Fees 0.99 CNY"]
    assert [line for line in lines(entry) if line.startswith("fee")] == [
        'fee: "0.768"', 'fee: "0.219"', 'fee: "0.0002"',
    ]  # fmt: skip
    assert entry.meta["posguard-receipt"].startswith("3 rows, gross 164.60 CNY, fee 0.9872 CNY")


@pytest.mark.parametrize(
    ("amount", "net", "fee", "status", "counted"),
    [
        ("10.00", "9.935", "0.065", Status.APPROVED, "9.93"),  # 0.07 is charged
        ("10.00", "9.933", "0.064", Status.APPROVED, "9.94"),
        ("10.00", "9.90", "0.065", Status.APPROVED, "9.90"),  # as printed, where it can be paid
        ("10.00", "9.935", None, Status.APPROVED, "10.00"),
        ("10.00", "-0.065", "0.065", Status.DECLINED, "-0.07"),
    ],
)
def test_a_net_that_nobody_can_pay_counts_as_it_is_booked(
    amount: str, net: str, fee: str | None, status: Status, counted: str
) -> None:
    one = slip(amount, fee=fee, status=status)._replace(net=Decimal(net))
    assert sums([one]).net == Decimal(counted)
    assert sums([one, slip("5.00", fee="0.03")]).net == Decimal(counted) + Decimal("4.97")


cents = st.integers(-(10**9), 10**9).map(lambda value: Decimal(value) / 100)


@st.composite
def any_slip(draw: st.DrawFn) -> Slip:
    kind, amount = draw(st.sampled_from(Kind)), draw(cents)
    sign = SIGN[kind]
    signed = amount if sign is None else abs(amount) if sign >= 0 and kind is not Kind.PREAUTH_VOID else -abs(amount)
    fee = draw(st.none() | cents)
    facts = draw(
        st.dictionaries(st.sampled_from(["trace", "rrn", "memo"]), st.text("0123456789", min_size=1, max_size=6))
    )
    return Slip(
        kind, draw(st.sampled_from(Status)), signed, "CNY", DAY, fee, None if fee is None else signed - fee, facts, 2
    )


@given(source=st.sampled_from(Source), slips=st.lists(any_slip(), max_size=6))
def test_every_batch_balances_and_speaks_in_texts(source: Source, slips: list[Slip], contracts: list[Contract]) -> None:
    entry = entry_of(batch(source, *slips), contracts[0])
    assert interpolate.compute_residual(entry.postings).is_empty()  # type: ignore[no-untyped-call]
    every = [entry.meta, *(posting.meta or {} for posting in entry.postings)]
    assert all(isinstance(value, str) for meta in every for key, value in meta.items() if key != "lineno")
    assert entry.meta["filename"] == "<posguard>"
