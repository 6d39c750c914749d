"""From files to new entries: which contract, what is known already, and that the way files are cut never shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Transaction  # noqa: TC002  # kept plain, as in the package
from beancount.parser import printer
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_posguard.booking.batches import sums
from beancount_posguard.contract import Contract
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.importer import ImportResult, import_file
from beancount_posguard.ingest.known import Known
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.legs import Status

Put = Callable[..., Path]

SLIPS = "商户号,终端号,批次号,凭证号,参考号,交易类型,交易金额,交易日期,交易时间"
STATEMENT = "清算日期,交易日期,交易时间,终端号,交易金额,清算金额,手续费,参考号,交易类型,商户号"
BANK = "凭证号,交易时间,对方单位,对方账号,转入金额,转出金额,余额,用途,摘要,附言"
SALES = "营业日期,时间,小票号,门店,收银员,金额,支付方式,类型,终端号,凭证号,参考号"


def slip(trace: int, day: int = 3, amount: str = "10.00", merchant: str = "898310012345678") -> str:
    return f"{merchant},98765432,{day:06},{trace:06},{103412000000 + trace},消费,{amount},2026-11-{day:02},14:00:00"


def line(rrn: int, fee: str = "0.06", merchant: str = "898310012345678") -> str:
    net = {"0.06": "9.94", "0.05": "9.95"}[fee]
    return f"2026-11-04,2026-11-03,14:00:00,98765432,10.00,{net},{fee},{103412000000 + rrn},消费,{merchant}"


@pytest.fixture
def take(put: Put, profiles: list[Profile], contracts: list[Contract]) -> Callable[..., ImportResult]:
    def take(
        *lines: str,
        existing: Sequence[Any] | Known = (),
        name: str = "a.csv",
        terms: Sequence[Contract] = contracts,
        other_lines: str | None = None,
    ) -> ImportResult:
        return import_file(put(name, *lines), existing, terms, profiles, other_lines)

    return take


Take = Callable[..., ImportResult]


def reloaded(entries: Sequence[Transaction]) -> list[Any]:
    """Return the entries as a ledger gives them back."""
    text = "\n".join(printer.format_entry(entry) for entry in entries)
    loaded, errors, _ = loader.load_string('plugin "beancount.plugins.auto_accounts"\n' + text)
    assert not errors
    return list(loaded)


def traces(entries: Sequence[Transaction], key: str = "trace") -> Counter[str]:
    metas = (posting.meta or {} for entry in entries for posting in entry.postings)
    return Counter(meta[key] for meta in metas if key in meta)


# What is known already


def test_the_same_file_brings_nothing(take: Take) -> None:
    first = take(SLIPS, slip(1), slip(2))
    again = take(SLIPS, slip(1), slip(2), existing=reloaded(first.entries), name="renamed.csv")
    assert len(first.entries) == 1
    assert again.entries == []
    assert again.messages == ["this very file is in the ledger already; nothing to do"]


def test_files_without_rows_differ_by_their_names_alone(take: Take) -> None:
    first = take(SLIPS, name="98765432-20261103.csv")
    second = take(SLIPS, name="98765432-20261104.csv", existing=reloaded(first.entries))
    other = take(SLIPS, name="98765433-20261103.csv", existing=reloaded(first.entries))
    told = [(entry.date.day, entry.meta["terminal"]) for one in (first, second, other) for entry in one.entries]
    assert told == [(3, "98765432"), (4, "98765432"), (3, "98765433")]
    assert len({one.entries[0].meta["posguard-sha256"] for one in (first, second, other)}) == 3
    again = take(SLIPS, name="98765432-20261103.csv", existing=reloaded(first.entries))
    assert again.entries == []
    assert again.messages == ["this very file is in the ledger already; nothing to do"]
    copy = take(SLIPS, name="98765432-20261103 (1).csv", existing=reloaded(first.entries))
    assert copy.messages == again.messages


def test_an_overlapping_file_brings_only_new_rows(take: Take) -> None:
    first = take(SLIPS, slip(1), slip(2), slip(3, day=4))
    second = take(SLIPS, slip(2), slip(3, day=4), slip(4, day=4), slip(5, day=5), existing=reloaded(first.entries))
    assert traces(second.entries) == Counter(["000004", "000005"])
    assert [entry.meta.get("posguard-known") for entry in second.entries] == ["1 rows", None]
    assert [entry.meta["posguard-part"] for entry in second.entries] == ["1 of 2", "2 of 2"]
    assert [entry.meta["posguard-receipt"] for entry in second.entries] == ["1 rows, gross 10.00 CNY"] * 2
    assert "2 of 4 rows are in the ledger already" in second.messages


def test_the_same_rows_in_other_bytes_bring_nothing(take: Take) -> None:
    first = take(SLIPS, slip(1), slip(2))
    again = take(SLIPS, slip(2), slip(1), existing=reloaded(first.entries))
    assert again.entries == []
    assert again.messages == ["2 of 2 rows are in the ledger already"]


@pytest.mark.parametrize(("have", "bring", "new"), [(0, 2, 2), (1, 2, 1), (2, 2, 0), (2, 3, 1), (3, 1, 0)])
def test_rows_that_are_alike_are_counted(take: Take, have: int, bring: int, new: int) -> None:
    existing = reloaded(take(SLIPS, *[slip(1)] * have, slip(9)).entries)
    result = take(SLIPS, *[slip(1)] * bring, slip(8), existing=existing)
    assert traces(result.entries) == Counter({"000008": 1, "000001": new} if new else {"000008": 1})


def test_a_sale_and_its_refund_are_no_twins(take: Take) -> None:
    first = take(SLIPS, slip(1))
    second = take(SLIPS, slip(1).replace("消费", "退货"), existing=reloaded(first.entries))
    assert len(second.entries) == 1


def test_a_slip_settled_twice_stays_two(take: Take) -> None:
    first = take(STATEMENT, line(1))
    second = take(STATEMENT, line(1).replace("2026-11-04", "2026-11-05"), existing=reloaded(first.entries))
    assert len(second.entries) == 1


def test_a_statement_in_tenths_of_a_cent_keeps_its_receipt(take: Take, contracts: list[Contract]) -> None:
    """Two slips of 10.00 at 0.065 come to 9.935 each; 0.07 is charged for each, and 19.86 is what the bank can pay."""
    fine = [line(one).replace("9.94,0.06", "9.935,0.065") for one in (1, 2)]
    (entry,) = take(STATEMENT, *fine).entries
    assert entry.meta["posguard-receipt"] == "2 rows, gross 20.00 CNY, fee 0.13 CNY, net 19.86 CNY"
    paid = [one.units for one in entry.postings if one.account == contracts[0].payout]
    assert [str(one) for one in paid] == ["19.86 CNY"]
    assert not [
        error.message
        for error in loader.load_string(
            'plugin "beancount.plugins.auto_accounts"\nplugin "beancount_posguard"\n'
            + (Path(__file__).parent / "contract.beancount").read_text("utf-8")
            + printer.format_entry(entry)
        )[1]
        if "receipt" in error.message
    ]


def test_a_declined_row_in_tenths_of_a_cent_brings_no_money(take: Take) -> None:
    (slip,) = take(STATEMENT, line(1)).reading.batches[0].slips
    declined = slip._replace(status=Status.DECLINED, fee=Decimal("0.065"), net=Decimal("-0.065"))
    assert sums([declined]) == (Decimal(0), Decimal("0.065"), Decimal("-0.07"))


def test_another_fee_for_a_known_row_is_said(take: Take) -> None:
    first = take(STATEMENT, line(1))
    second = take(STATEMENT, line(1, fee="0.05"), existing=reloaded(first.entries))
    assert second.entries == []
    assert any(message.startswith("row 2: fee 0.05, but 0.06 at ") for message in second.messages)


def changed(result: ImportResult) -> list[str]:
    return [message for message in result.messages if message.startswith("slips that another file brought")]


def test_a_corrected_slip_is_booked_and_said(take: Take) -> None:
    """Both count, because nobody but a person knows which of the two is true: it must not go by without a word."""
    first = take(SLIPS, slip(1), slip(2))
    second = take(SLIPS, slip(1, amount="10.01"), slip(2), existing=reloaded(first.entries))
    assert traces(second.entries) == Counter(["000001"])
    (said,) = changed(second)
    assert said.startswith(
        "slips that another file brought with another amount, time or status: 1, the first in row 2, known from "
    )
    third = take(SLIPS, slip(1, amount="10.01"), slip(3), existing=reloaded([*first.entries, *second.entries]))
    assert not changed(third)


def test_a_slip_that_was_voided_since_is_said(take: Take) -> None:
    head = SLIPS + ",交易状态"
    first = take(head, slip(1) + ",交易成功")
    second = take(head, slip(1) + ",已撤销", existing=reloaded(first.entries))
    assert len(changed(second)) == 1


def test_a_slip_that_moved_no_money_before_is_not_said(take: Take) -> None:
    """A time-out that came through after all: the row of before is evidence, and no money is booked twice."""
    head = SLIPS + ",交易状态"
    first = take(head, slip(1) + ",超时")
    assert not changed(take(head, slip(1) + ",交易成功", existing=reloaded(first.entries)))


def test_rows_that_tell_no_slip_apart_are_not_said(take: Take) -> None:
    first = take("商户号,终端号,凭证号,交易类型,交易金额,交易日期", "898310012345678,98765432,,消费,10.00,2026-11-03")
    other = "898310012345678,98765432,,消费,11.00,2026-11-03"
    again = take("商户号,终端号,凭证号,交易类型,交易金额,交易日期", other, existing=reloaded(first.entries))
    assert not changed(again)


def test_deposits_of_one_reference_are_not_said(take: Take) -> None:
    """A bank may print the merchant's number on every one of a day's deposits."""
    first = take(BANK, "M1,2026-11-05 08:30:00,银联商务,1,9.94,,9.94,结算,,")
    second = take(BANK, "M1,2026-11-05 12:30:00,银联商务,1,5.00,,14.94,结算,,", existing=reloaded(first.entries))
    assert len(second.entries) == 1
    assert not changed(second)


def test_files_of_one_run_are_compared_too(take: Take) -> None:
    known = Known()
    known.add(take(SLIPS, slip(1), existing=known).entries)
    assert not changed(take(SLIPS, slip(2), existing=known))
    known.add(take(SLIPS, slip(3), existing=known).entries)
    assert changed(take(SLIPS, slip(3, amount="10.01"), existing=known))


def test_a_transaction_that_was_not_kept_comes_again(take: Take) -> None:
    lines = (SLIPS, slip(1), slip(2, day=4), slip(3, day=5))
    first, second, third = take(*lines).entries
    again = take(*lines, existing=reloaded([first, third]))
    assert [printer.format_entry(entry) for entry in again.entries] == [printer.format_entry(second)]


def test_an_index_can_be_kept_between_files(take: Take) -> None:
    known = Known()
    known.add(take(SLIPS, slip(1), existing=known).entries)
    second = take(SLIPS, slip(1), slip(2), existing=known)
    assert traces(second.entries) == Counter(["000002"])


@given(
    rows=st.lists(st.tuples(st.integers(1, 6), st.integers(3, 5)), min_size=1, max_size=10),
    cuts=st.tuples(st.integers(0, 10), st.integers(0, 10)),
)
@settings(max_examples=25, deadline=None)
def test_however_a_month_is_cut_into_files(
    rows: list[tuple[int, int]],
    cuts: tuple[int, int],
    profiles: list[Profile],
    contracts: list[Contract],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """One file, or two that may overlap: the ledger ends up with the same slips."""
    folder = tmp_path_factory.mktemp("cut")
    # Rows that are alike stay in one file: a provider prints a slip once per file.
    lines = sorted(slip(trace, day) for trace, day in rows)
    low, high = min(cuts), max(cuts)
    part = lines.index(lines[min(low, len(lines) - 1)])
    until = len(lines) - lines[::-1].index(lines[min(high, len(lines) - 1)])

    def taken(*files: list[str]) -> Counter[tuple[str, ...]]:
        known, found = Known(), Counter[tuple[str, ...]]()
        for number, file in enumerate(file for file in files if file):
            path = folder / f"{number}.csv"
            path.write_text("\n".join([SLIPS, *file]), "utf-8")
            entries = import_file(path, known, contracts, profiles).entries
            known.add(entries)
            for entry in entries:
                found.update((str(entry.date), (leg.meta or {})["trace"]) for leg in entry.postings if leg.meta)
        return found

    assert taken(lines[:until], lines[part:]) == taken(lines)


# Lines that are not card business


def test_other_lines_of_a_bank(take: Take) -> None:
    lines = (
        BANK,
        "B1,2026-11-05 08:30:00,银联商务,1,9.94,,109.94,1103-1103费0.06元,,",
        "B2,2026-11-05 09:00:00,物业<b>,2,,50.00,59.94,房租,,",
    )
    plain = take(*lines)
    assert len(plain.entries) == 1
    assert "1 other line, -50.00 CNY, left alone; --other-lines ACCOUNT books them" in plain.messages
    booked = take(*lines, existing=reloaded(plain.entries), other_lines="Expenses:Unsorted")
    (entry,) = booked.entries
    assert (entry.payee, entry.narration, entry.meta["reference"]) == ("物业 b", "房租", "B2")
    assert [(leg.account, str(leg.units)) for leg in entry.postings] == [
        ("Assets:Bank", "-50.00 CNY"),
        ("Expenses:Unsorted", "50.00 CNY"),
    ]
    ledger = reloaded([*plain.entries, entry._replace(narration="rent", payee="landlord")])
    assert take(*lines, existing=ledger, other_lines="Expenses:Unsorted").entries == []


def test_other_tenders_of_the_till(take: Take) -> None:
    lines = (
        SALES,
        "2026-11-03,14:00:00,T1,南门店,01,5.00,现金,销售,,,",
        "2026-11-03,14:01:00,T2,南门店,01,5.00,现金,销售,,,",
        "2026-11-03,14:02:00,T3,南门店,01,10.00,银行卡,销售,98765432,1,",
    )
    result = take(*lines, other_lines="Assets:Cash")
    cash = [entry for entry in result.entries if "posguard-source" not in entry.meta]
    assert [[(leg.account, str(leg.units)) for leg in entry.postings] for entry in cash] == [
        [("Income:Sales", "-5.00 CNY"), ("Assets:Cash", "5.00 CNY")]
    ] * 2
    assert "2 other lines booked against Assets:Cash, 0 known" in result.messages
    assert take(*lines, existing=reloaded(result.entries), other_lines="Assets:Cash").entries == []


# Which contract


@pytest.fixture
def two(contracts: list[Contract]) -> list[Contract]:
    first = replace(contracts[0], merchants=("898310012345678",))
    second = replace(
        first, name="Allinpay", merchants=("898310099999999",), clearing="Assets:POS:Allinpay:Clearing",
        payout="Assets:POS:Allinpay:Payout",
    )  # fmt: skip
    return [first, second]


def test_the_merchant_chooses_the_contract(take: Take, two: list[Contract]) -> None:
    (entry,) = take(SLIPS, slip(1, merchant="898310099999999"), terms=two).entries
    assert entry.payee == "Allinpay"
    assert entry.postings[0].account == "Assets:POS:Allinpay:Clearing"


def test_one_file_of_two_merchants(take: Take, two: list[Contract]) -> None:
    entries = take(STATEMENT, line(1), line(2, merchant="898310099999999"), terms=two).entries
    assert [(entry.payee, entry.meta["posguard-part"]) for entry in entries] == [
        ("ChinaUMS", "1 of 2"),
        ("Allinpay", "2 of 2"),
    ]


def test_a_terminal_without_slips_is_of_the_merchant_it_had_before(take: Take, two: list[Contract]) -> None:
    before = reloaded(take(SLIPS, slip(1, merchant="898310099999999"), terms=two).entries)
    (entry,) = take(SLIPS, name="98765432-20261104.csv", terms=two, existing=before).entries
    assert (entry.payee, entry.date.day) == ("Allinpay", 4)
    with pytest.raises(IngestError, match="a terminal batch that names no merchant"):
        take(SLIPS, name="98765433-20261104.csv", terms=two, existing=before)


def test_a_stranger_merchant_refuses_the_file(take: Take, two: list[Contract]) -> None:
    with pytest.raises(
        IngestError, match=r"found merchant 111111111111111; expected a merchant of Allinpay .*, ChinaUMS"
    ):
        take(SLIPS, slip(1, merchant="111111111111111"), terms=two)


def test_the_only_contract_without_merchant_ids_takes_all(take: Take, contracts: list[Contract]) -> None:
    terms = [replace(contracts[0], merchants=())]
    assert len(take(SLIPS, slip(1, merchant="111111111111111"), terms=terms).entries) == 1


@pytest.mark.parametrize(
    ("payer", "name"), [("通联支付网络服务股份有限公司", "Allinpay"), ("银联商务股份有限公司", "ChinaUMS")]
)
def test_the_sender_chooses_the_contract_of_a_deposit(take: Take, two: list[Contract], payer: str, name: str) -> None:
    entry, *_ = take(BANK, f"B1,2026-11-05 08:30:00,{payer},1,9.94,,9.94,结算,,", terms=two).entries
    assert entry.postings[0].account == f"Assets:POS:{name}:Payout"


def test_a_merchant_id_in_the_memo_chooses_first(take: Take, two: list[Contract]) -> None:
    entry, *_ = take(BANK, "B1,2026-11-05 08:30:00,银联商务,1,9.94,,9.94,898310099999999结算,,", terms=two).entries
    assert entry.postings[0].account == "Assets:POS:Allinpay:Payout"


def test_a_deposit_of_an_acquirer_without_contract_is_refused(take: Take) -> None:
    with pytest.raises(IngestError, match=r"found a bank batch of 拉卡拉支付; .*none of ChinaUMS could be"):
        take(BANK, "B1,2026-11-05 08:30:00,拉卡拉支付,1,9.94,,9.94,结算,,")


def test_one_bank_statement_speaks_for_all_who_pay_into_the_account(take: Take, two: list[Contract]) -> None:
    deposit = "B1,2026-11-05 08:30:00,银联商务,1,9.94,,109.94,结算,,"
    rent = "B2,2026-11-09 09:00:00,物业,2,,50.00,59.94,房租,,"
    entries = take(BANK, deposit, rent, terms=two).entries
    assert [(str(entry.date), entry.payee, len(entry.postings), entry.meta["posguard-part"]) for entry in entries] == [
        ("2026-11-05", "银联商务", 2, "1 of 3"),
        ("2026-11-09", "Allinpay", 0, "2 of 3"),
        ("2026-11-09", "ChinaUMS", 0, "3 of 3"),
    ]
    assert [entry.meta.get("posguard-from") for entry in entries] == [None, "2026-11-05", None]


def test_a_ledger_takes_a_file_of_two_acquirers_as_one(take: Take, two: list[Contract]) -> None:
    """The plugin counts the parts of a file over all contracts, those without a deposit too."""
    lines = (
        "B1,2026-11-05 08:30:00,银联商务,1,9.94,,109.94,结算,,",
        "B2,2026-11-09 09:00:00,物业,2,,50.00,59.94,房租,,",
    )
    entries = take(BANK, *lines, terms=two).entries
    contracts = (
        'plugin "beancount.plugins.auto_accounts"\nplugin "beancount_posguard"\n'
        '2026-01-01 custom "posguard-acquirer" "ChinaUMS"\n2026-01-01 custom "posguard-acquirer" "Allinpay"'
    )
    for kept, faults in ((entries, 0), (entries[:2], 1)):
        text = "\n".join(printer.format_entry(entry) for entry in kept)
        _, errors, _ = loader.load_string(f"{contracts}\n{text}")
        assert sum("is missing" in error.message for error in errors) == faults


def test_another_bank_account_is_not_spoken_for(take: Take, two: list[Contract]) -> None:
    apart = [two[0], replace(two[1], bank="Assets:Bank:CCB")]
    deposit = "B1,2026-11-05 08:30:00,银联商务,1,9.94,,109.94,结算,,"
    assert len(take(BANK, deposit, terms=apart).entries) == 1
    with pytest.raises(IngestError, match="found no deposit of an acquirer; expected at least one"):
        take(BANK, deposit.replace("银联商务", "某客户"), terms=apart)


def test_a_ledger_without_contracts(take: Take) -> None:
    with pytest.raises(IngestError, match="found a ledger without a contract; expected a posguard-acquirer directive"):
        take(SLIPS, slip(1), terms=[])


def test_no_merchant_and_two_contracts(take: Take, two: list[Contract]) -> None:
    header, row = SLIPS.removeprefix("商户号,"), slip(1).split(",", 1)[1]
    with pytest.raises(
        IngestError, match=r"a terminal batch that names no merchant; .* and Allinpay, ChinaUMS could be"
    ):
        take(header, row, terms=two)


def test_a_till_that_two_acquirers_share(take: Take, two: list[Contract]) -> None:
    (entry,) = take(SALES, "2026-11-03,14:00:00,T1,店,01,5.00,刷卡,销售,,,", terms=two).entries
    assert entry.postings[0].account == "Assets:POS:Till"


def test_a_contract_without_sale_records_takes_none(take: Take, contracts: list[Contract]) -> None:
    terms = [replace(contracts[0], till="Income:Sales")]
    with pytest.raises(IngestError, match="found sales, though the till of ChinaUMS is Income:Sales"):
        take(SALES, "2026-11-03,14:00:00,T1,店,01,5.00,刷卡,销售,,,", terms=terms)


def test_another_currency_is_refused(take: Take, contracts: list[Contract]) -> None:
    with pytest.raises(IngestError, match="row 2: found an amount in CNY; expected HKD, the currency of ChinaUMS"):
        take(SLIPS, slip(1), terms=[replace(contracts[0], currency="HKD")])


def test_cards_in_the_file_are_said(take: Take) -> None:
    result = take(SLIPS + ",卡号", slip(1) + ",6222021234567894")
    assert traces(result.entries, "card") == Counter(["622202******7894"])
    assert "full card numbers" in result.messages[0]
    assert "6222021234567894" not in "".join([*map(printer.format_entry, result.entries), *result.messages])


def test_rows_that_are_no_slips_are_said(take: Take) -> None:
    result = take(SLIPS, slip(1), slip(2).replace("消费", "签到"), slip(3).replace("消费", "查询"))
    assert result.messages == ["rows that are no slips, left alone: 1 查询, 1 签到"]


def test_a_file_kept_in_part_that_reads_otherwise_now_is_refused(take: Take) -> None:
    """Rows of the missing part came with another file meanwhile: the parts no longer fit what is in the ledger."""
    lines = (SLIPS, slip(1), slip(2, day=4))
    kept = take(*lines).entries[:1]
    other = take(SLIPS, slip(2, day=4), slip(3, day=4), existing=reloaded(kept)).entries
    with pytest.raises(IngestError, match="found 1 of this file's 2 transactions in the ledger; expected all of them"):
        take(*lines, existing=reloaded([*kept, *other]))
