"""Every sample of the catalogue becomes exactly the entries that stand beside it, and they hold in a real ledger.

The figures below were added up by hand from the samples; ``<sample>.beancount`` holds the entries word for word.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction  # noqa: TC002  # kept plain, as in the package
from beancount.parser import printer

from beancount_posguard.contract import Contract
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.importer import import_file
from beancount_posguard.ingest.known import Known
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import identify
from beancount_posguard.ledger.contracts import read_contracts
from bench.catalogue import PAGE, SCHEMA, page, schema_text

CONTRACT = (Path(__file__).parent / "contract.beancount").read_text("utf-8")
CATALOGUE = Path(__file__).resolve().parents[2] / "importers"
SAMPLES = sorted(path for path in CATALOGUE.glob("*/*") if path.suffix not in {".toml", ".beancount", ".py", ".pyc"})

FIGURES = {
    "INN26110488ZM_898310012345678": {
        "profile": "unionpay_zm",
        "rows": 3,
        "by_kind": {"completion": 1, "refund": 1, "sale": 1},
        "gross": "542.00",
        "fee": "2.67",
        "net": "539.33",
        "control": "ok (net = gross - fee)",
    },
    "898310012345678_20261104.csv": {
        "profile": "chinaums_statement",
        "rows": 3,
        "by_kind": {"completion": 1, "refund": 1, "sale": 1},
        "gross": "542.00",
        "fee": "2.67",
        "net": "539.33",
        "control": "ok (net = gross - fee)",
    },
    "statement-15-columns.csv": {
        "profile": "chinaums_statement",
        "rows": 3,
        "by_kind": {"sale": 2, "void": 1},
        "gross": "88.00",
        "fee": "0.53",
        "net": "87.47",
        "control": "ok (net = gross - fee, footer count, footer gross, footer fee, footer net)",
    },
    "98765432-20261103.csv": {
        "profile": "cn_pos_terminal",
        "rows": 7,
        "by_kind": {"completion": 1, "preauth": 1, "refund": 1, "sale": 3, "void": 1},
        "gross": "542.00",
        "fee": None,
        "net": None,
        "control": "ok (footer count, footer gross)",
    },
    "icbc-historydetail.csv": {
        "profile": "cn_bank_corporate",
        "rows": 4,
        "by_kind": {"credit": 2, "debit": 2},
        "gross": "-2600.00",
        "fee": None,
        "net": None,
        "control": "ok (running balance)",
    },
    "ccb-14-columns.csv": {
        "profile": "cn_bank_corporate",
        "rows": 2,
        "by_kind": {"credit": 1, "debit": 1},
        "gross": "-2660.67",
        "fee": None,
        "net": None,
        "control": "ok (running balance)",
    },
    "boc-bilingual.csv": {
        "profile": "cn_bank_corporate",
        "rows": 2,
        "by_kind": {"credit": 1, "debit": 1},
        "gross": "-1660.67",
        "fee": None,
        "net": None,
        "control": "ok (running balance)",
    },
    "sales-20261103-20261104.csv": {
        "profile": "sales_register",
        "rows": 3,
        "by_kind": {"refund": 1, "sale": 2},
        "gross": "542.00",
        "fee": None,
        "net": None,
        "control": "none in file",
    },
}


#: profile, rows, kinds, gross, fee, net, currency: added up by hand from the samples.
FIGURES_IN_SHORT = {
    # 128 - 36; 0.10 + 0.05 + 0.64 + 0.10; 127.21 - 36.10 - 1.11 - 90.00
    "settlement_detail_report_batch_7.csv": (
        "adyen_settlement_detail 4 fee:1,payout:1,refund:1,sale:1 92.00 0.89 0.00 EUR"
    ),
    "payments_accounting_report_2026_11_04.csv": "adyen_payments_accounting 1 sale:1 128.00 0.79 127.21 EUR",
    "alipay-20261103.csv": "alipay_trade 3 refund:1,sale:2 58.00 0.35 - CNY",
    "alipay-account-20261103.csv": "alipay_account 3 fee:1,payout:1,sale:1 58.00 - - CNY",
    "allinpay-20261103.csv": "allinpay_bill 2 refund:1,sale:1 92.00 0.46 91.54 CNY",
    "ftp-bill.csv": "allinpay_ftp 2 refund:1,sale:1 92.00 0.46 - CNY",
    "report.bai2": "bai2 2 credit:1,debit:1 59.29 - - USD",  # 1059.29 - 1000
    "statement.xml": "camt053 2 credit:1,debit:1 50.00 - - EUR",  # 90 - 40
    "payments.csv": "clover 2 sale:2 130.00 - - USD",  # 128 and a tip of 2; the other one failed
    "icbc-card.csv": "cn_bank_retail 2 credit:1,debit:1 71.54 - - CNY",  # 91.54 - 20
    "bocom-debit.csv": "cn_bank_retail_bocom 2 credit:1,debit:1 71.54 - - CNY",
    "citic-card.csv": "cn_bank_retail_citic 2 credit:1,debit:1 71.54 - - CNY",
    "cmb-debit.csv": "cn_bank_retail_signed 2 credit:1,debit:1 -908.46 - - CNY",  # 91.54 - 1000
    "bank.csv": "csv_bank 2 credit:1,debit:1 -911.67 - - EUR",  # 88.33 - 1000
    "bank-columns.csv": "csv_bank_columns 2 credit:1,debit:1 -911.67 - - XXX",
    "bank-comma.csv": "csv_bank_columns_comma 2 credit:1,debit:1 -911.67 - - EUR",
    "bank-dc.csv": "csv_bank_dc 2 credit:1,debit:1 -911.67 - - XXX",
    "konto.csv": "csv_bank_dk 2 credit:1,debit:1 91.61 - - XXX",  # 1091.61 - 1000
    "dianyin-20261104.txt": "dianyin 2 refund:1,sale:1 92.00 0.46 - CNY",
    "lcsw_20261103.csv": "lcsw 2 refund:1,sale:1 92.00 0.55 - CNY",  # 0.77 - 0.22
    "leshua-20261103.txt": "leshua 2 refund:1,sale:1 92.00 0.46 91.54 CNY",
    "settlement.csv": "mollie 3 fee:1,refund:1,sale:1 92.00 - - EUR",
    "statement.sta": "mt940 2 credit:1,debit:1 50.00 - - EUR",
    "statement.ofx": "ofx 2 credit:1,debit:1 59.29 - - USD",
    "activity.csv": "paypal_activity 2 refund:1,sale:1 1092.00 31.67 1060.33 EUR",
    "STL-20261103.csv": "paypal_stl 3 payout:1,refund:1,sale:1 92.00 2.60 - EUR",
    "payment_transactions.csv": "shopify_payments 3 refund:1,sale:2 102.00 3.61 98.39 EUR",
    "payouts.csv": "shopify_payouts 1 payout:1 0.00 3.21 88.79 EUR",
    "transactions-20261103.csv": "square 2 refund:1,sale:1 1092.00 32.71 1059.29 USD",
    "balance.csv": "stripe_balance 3 payout:1,refund:1,sale:1 92.00 2.17 0.00 EUR",
    "payout.csv": "stripe_payout_reconciliation 4 fee:1,payout:1,refund:1,sale:1 92.00 2.17 0.00 EUR",
    "transactions-report.csv": "sumup 3 payout:1,sale:2 130.50 1.77 128.73 XXX",  # cash is counted, and not booked
    "wechatpay-20261103.csv": "wechatpay_trade 3 refund:1,sale:2 136.50 0.819 - CNY",  # 0.768 + 0.219 - 0.168
    "wechatpay-fundflow-20261103.csv": "wechatpay_fundflow 4 fee:1,payout:1,refund:1,sale:1 100.00 - - CNY",
    "account-statement.csv": "zettle 4 fee:1,payout:1,refund:1,sale:1 92.00 - - XXX",
}

#: What else those files promise; the rest only keeps gross - fee = net, or promises nothing.
CONTROLS = {
    "settlement_detail_report_batch_7.csv": "ok (net = gross - fee, rows = payout)",
    "payout.csv": "ok (net = gross - fee, rows = payout)",
    "alipay-20261103.csv": (
        "ok (stated count (sale), stated gross (sale), stated count (refund), stated gross (refund))"
    ),
    "statement.xml": "ok (opening + entries = closing)",
    "statement.sta": "ok (opening + entries = closing)",
    "report.bai2": "ok (account control total)",
    "bank-comma.csv": "ok (opening + lines = closing)",
    "dianyin-20261104.txt": "ok (stated count)",
    "bank.csv": "ok (running balance)",
    "account-statement.csv": "ok (running balance)",
}


def in_full(short: str) -> dict[str, object]:
    """Return a line of :data:`FIGURES_IN_SHORT` as the summary has it."""
    profile, rows, kinds, *sums, currency = short.split()
    by_kind = {kind: int(count) for kind, count in (one.split(":") for one in kinds.split(","))}
    gross, fee, net = (None if one == "-" else one for one in sums)
    return {
        "profile": profile, "rows": int(rows), "by_kind": by_kind, "gross": gross, "fee": fee, "net": net,
        "currency": currency,
    }  # fmt: skip


@pytest.mark.parametrize("name", FIGURES_IN_SHORT)
def test_figures_in_short(name: str, profiles: list[Profile]) -> None:
    (sample,) = (path for path in SAMPLES if path.name == name)
    summary = identify(sample, profiles).summary()
    control = str(summary.pop("control"))
    assert summary == {"file": name, "refused": None, **in_full(FIGURES_IN_SHORT[name])}
    assert control == CONTROLS.get(name, control)
    assert not control.startswith("fails")


def test_every_sample_has_its_figures() -> None:
    assert {path.name for path in SAMPLES} == {*FIGURES, *FIGURES_IN_SHORT}


def test_every_profile_has_a_sample() -> None:
    assert {path.parent.name for path in SAMPLES} == {path.parent.name for path in CATALOGUE.glob("*/profile.toml")}


@pytest.mark.parametrize("sample", [path for path in SAMPLES if path.name in FIGURES], ids=lambda path: path.name)
def test_figures(sample: Path, profiles: list[Profile]) -> None:
    expected = {"file": sample.name, "currency": "CNY", "refused": None, **FIGURES[sample.name]}
    assert identify(sample, profiles).summary() == expected


#: Files of payouts alone: figures to compare, nothing to book.
FIGURES_ONLY = {"payouts.csv"}
BOOKED = [path for path in SAMPLES if path.name not in FIGURES_ONLY]


@pytest.mark.parametrize("name", FIGURES_ONLY)
def test_payouts_alone_are_not_booked(name: str, profiles: list[Profile]) -> None:
    (sample,) = (path for path in SAMPLES if path.name == name)
    with pytest.raises(IngestError, match="found payouts alone"):
        import_file(sample, [], contracts_for(sample), profiles)


@pytest.mark.parametrize("sample", BOOKED, ids=lambda path: path.name)
def test_golden_entries(sample: Path, profiles: list[Profile]) -> None:
    golden = sample.with_name(f"{sample.name}.beancount").read_text("utf-8")
    assert printed(import_file(sample, [], contracts_for(sample), profiles).entries) == golden


@pytest.mark.parametrize("sample", BOOKED, ids=lambda path: path.name)
def test_golden_entries_hold_in_a_ledger(sample: Path) -> None:
    """They parse, balance, and the plugin finds every receipt and part in order."""
    golden = sample.with_name(f"{sample.name}.beancount").read_text("utf-8")
    _, errors, _ = loader.load_string(f"{LEDGER}\n{contract_for(sample)}\n{golden}")
    assert not [error.message for error in errors if "posguard" not in error.message]
    assert not [error.message for error in errors if "receipt" in error.message or "part" in error.message]


@pytest.mark.parametrize("name", ["wechatpay_fundflow", "wechatpay_trade"])
def test_a_wechat_bill_cut_in_a_row_is_refused(tmp_path: Path, profiles: list[Profile], name: str) -> None:
    """Its totals are at the end and lost; half a row must not pass for one: 128.00 would be booked as 1."""
    (sample,) = (path for path in SAMPLES if path.parent.name == name)
    lines = sample.read_text("utf-8-sig").splitlines()
    path = tmp_path / sample.name
    for end in range(1, lines[0].count(",") + 1):
        path.write_text("\n".join([lines[0], lines[1].rsplit(",", end)[0]]), "utf-8")
        assert identify(path, profiles).refused, path.read_text("utf-8")


def test_a_hold_in_a_statement_is_counted_and_not_booked(tmp_path: Path, profiles: list[Profile]) -> None:
    """Nobody settles a hold: on the guarantees' account a statement's posting would be an input fault."""
    (sample,) = (path for path in SAMPLES if path.parent.name == "adyen_payments_accounting")
    head, received, *rest = sample.read_text("utf-8").splitlines()
    held = received.replace("Received", "Authorised").replace("EUR,128.00,,,,", "EUR,-128.00,,128.00,,")
    path = tmp_path / sample.name
    path.write_text("\n".join([head, received, held, *rest, ""]), "utf-8")
    assert identify(path, profiles).by_kind == {"preauth": 1, "sale": 1}
    booked = import_file(path, [], contracts_for(sample), profiles)
    without = import_file(sample, [], contracts_for(sample), profiles)
    assert [entry.postings for entry in booked.entries] == [entry.postings for entry in without.entries]
    assert "rows that are no slips, left alone: 1 Received, 1 SentForSettle, 1 preauth" in booked.messages


def test_a_statement_of_holds_alone_says_so(tmp_path: Path, profiles: list[Profile]) -> None:
    """On a shop's first day nothing is settled yet: to speak of payouts would be wrong."""
    (sample,) = (path for path in SAMPLES if path.parent.name == "adyen_payments_accounting")
    head, received, *_ = sample.read_text("utf-8").splitlines()
    held = received.replace("Received", "Authorised").replace("EUR,128.00,,,,", "EUR,-128.00,,128.00,,")
    path = tmp_path / sample.name
    path.write_text(f"{head}\n{held}\n", "utf-8")
    with pytest.raises(IngestError, match="found holds alone"):
        import_file(path, [], contracts_for(sample), profiles)


def test_a_corrected_row_of_an_acquirers_own_number_is_said(tmp_path: Path, profiles: list[Profile]) -> None:
    """WeChat gives no trace and no RRN; its own number tells which payment it is all the same."""
    (sample,) = (path for path in SAMPLES if path.parent.name == "wechatpay_fundflow")
    known = Known(import_file(sample, [], contracts_for(sample), profiles).entries)
    path = tmp_path / sample.name
    lines = sample.read_text("utf-8-sig").splitlines()
    path.write_text("\n".join([lines[0], lines[1].replace("128.00", "129.00")]), "utf-8")
    told = import_file(path, known, contracts_for(sample), profiles)
    assert len(told.entries) == 1
    assert told.messages[-1].startswith("slips that another file brought with another amount, time or status: 1, ")


LEDGER = """
plugin "beancount.plugins.auto_accounts"
plugin "beancount_posguard"
"""

#: The acquirer and the currency of a folder's samples; all others are booked under the tests' own contract.
ACQUIRERS = {
    "adyen_payments_accounting": ("Adyen", "EUR"),
    "alipay_account": ("Alipay", "CNY"),
    "alipay_trade": ("Alipay", "CNY"),
    "adyen_settlement_detail": ("Adyen", "EUR"),
    "bai2": ("Square", "USD"),
    "camt053": ("Adyen", "EUR"),
    "clover": ("Clover", "USD"),
    "csv_bank": ("Stripe", "EUR"),
    "csv_bank_columns": ("Stripe", "EUR"),
    "csv_bank_columns_comma": ("Stripe", "EUR"),
    "csv_bank_dc": ("Stripe", "EUR"),
    "csv_bank_dk": ("Zettle", "DKK"),
    "lcsw": ("SaoBei", "CNY"),
    "leshua": ("Leshua", "CNY"),
    "mollie": ("Mollie", "EUR"),
    "mt940": ("Adyen", "EUR"),
    "ofx": ("Square", "USD"),
    "paypal_activity": ("PayPal", "EUR"),
    "paypal_stl": ("PayPal", "EUR"),
    "shopify_payments": ("Shopify", "EUR"),
    "shopify_payouts": ("Shopify", "EUR"),
    "square": ("Square", "USD"),
    "stripe_balance": ("Stripe", "EUR"),
    "stripe_payout_reconciliation": ("Stripe", "EUR"),
    "sumup": ("SumUp", "EUR"),
    "wechatpay_fundflow": ("WeChatPay", "CNY"),
    "wechatpay_trade": ("WeChatPay", "CNY"),
    "zettle": ("Zettle", "EUR"),
}


def contract_for(sample: Path) -> str:
    """Return the contract under which ``sample`` is booked."""
    if sample.parent.name not in ACQUIRERS:
        return CONTRACT
    name, currency = ACQUIRERS[sample.parent.name]
    return f'2026-01-01 custom "posguard-acquirer" "{name}"\n  currency: "{currency}"\n'


def contracts_for(sample: Path) -> list[Contract]:
    """Return that contract, read."""
    entries, _, _ = loader.load_string(contract_for(sample))
    found, errors = read_contracts(entries)
    assert not errors
    return found


def printed(entries: Iterable[Transaction]) -> str:
    return "\n".join(printer.format_entry(entry) for entry in entries)


def test_the_catalogue_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: make catalogue"


def test_the_published_schema_is_current() -> None:
    assert SCHEMA.read_text("utf-8") == schema_text(), "run: make catalogue"
