"""refund, top-up, write-off, raise: the money goes where it should, once, and never too much."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from beancount import loader
from beancount.core.data import Transaction

if TYPE_CHECKING:
    from tests.cli.conftest import Shop


def show(shop: Shop, claim: str) -> dict[str, Any]:
    rows = json.loads(shop.run("claims", "--all", "--format", "json", code=1).stdout)
    found: dict[str, Any] = next(row for row in rows if row["id"] == claim)
    return found


def balance(shop: Shop, account: str) -> Decimal:
    entries, _, _ = loader.load_file(str(shop.ledger))
    return sum(
        (
            posting.units.number
            for entry in entries
            if isinstance(entry, Transaction)
            for posting in entry.postings
            if posting.account == account and posting.units and posting.units.number is not None
        ),
        Decimal(0),
    )


def test_a_refund_by_card(shop: Shop) -> None:
    a1 = shop.id_of("A1")
    shop.look("A1")
    before = shop.claims.read_text()
    told = shop.run("refund", a1[-5:], "--via", "card", "--trace", "000077", "--date", shop.day, "--note", "sorry")
    lines = told.stdout.splitlines()
    assert lines[0] == f'2026-11-09 * "ChinaUMS" "refund {a1} by card" ^{a1}'
    assert lines[4:] == [
        '  by: "li"',
        '  merchant: "898310012345678"',
        '  note: "sorry"',
        "  Assets:POS:Till              -180.00 CNY",
        '    kind: "refund"',
        '    orig-rrn: "100000000002"',
        '    orig-trace: "000002"',
        '    card: "622202******2222"',
        '    terminal: "98765432"',
        '    trace: "000077"',
        "  Liabilities:Claims:Customer   180.00 CNY",
    ]
    assert shop.claims.read_text() == f"{before}\n{told.stdout}"
    assert (show(shop, a1)["balance"], show(shop, a1)["stage"]) == ("0.00", "resolving")
    assert balance(shop, "Liabilities:Claims:Customer") == 0


def test_the_refunds_own_slip_settles_it_for_good(shop: Shop) -> None:
    a1 = shop.id_of("A1")
    shop.look("A1")
    shop.run("refund", a1, "--via", "card", "--trace", "000077", "--terminal", "98765432", "--date", shop.day)
    with shop.imports.open("a") as file:
        file.write("""
2026-11-09 * "ChinaUMS" "Terminal 98765432 batch 000003"
  posguard-source: "terminal"
  merchant: "898310012345678"
  terminal: "98765432"
  batch: "000003"
  Assets:POS:ChinaUMS:Clearing  -180.00 CNY
    kind: "refund"
    trace: "000077"
    rrn: "100000000077"
  Assets:POS:Till  180.00 CNY

2026-11-12 * "ChinaUMS" "Terminal 98765432 batch 000004"
  posguard-source: "terminal"
  terminal: "98765432"
  Assets:POS:Till  0.00 CNY
""")
    rows = json.loads(shop.run("claims", "--all", "--format", "json", code=1).stdout)
    assert sorted({row["kind"] for row in rows}) == ["A1", "A2", "MIX", "X1"]
    assert (show(shop, a1)["balance"], show(shop, a1)["stage"]) == ("0.00", "settled")
    assert balance(shop, "Assets:POS:Till") == 0


@pytest.mark.parametrize(("fee", "payout"), [("-0.90", "-179.10"), ("0.00", "-180.00")])
def test_a_refund_goes_all_the_way_with_its_fee_given_back_or_kept(shop: Shop, fee: str, payout: str) -> None:
    """Keyed, in the terminal's export, on the statement, taken off a deposit: nothing is left on the way."""
    a1 = shop.id_of("A1")
    shop.look("A1")
    shop.run("refund", a1, "--via", "card", "--trace", "000077", "--terminal", "98765432", "--date", shop.day)
    with shop.imports.open("a") as file:
        file.write(f"""
2026-11-09 * "ChinaUMS" "Terminal 98765432 batch 000003"
  posguard-source: "terminal"
  terminal: "98765432"
  batch: "000003"
  Assets:POS:ChinaUMS:Clearing  -180.00 CNY
    kind: "refund"
    trace: "000077"
    rrn: "100000000077"
  Assets:POS:Till

2026-11-10 * "ChinaUMS" "Statement 2026-11-10"
  posguard-source: "settlement"
  Assets:POS:ChinaUMS:Clearing  180.00 CNY
    kind: "refund"
    rrn: "100000000077"
    date: "2026-11-09"
    fee: "{fee}"
  Assets:POS:ChinaUMS:Payout  {payout} CNY
  Expenses:POS:Fees  {fee} CNY

2026-11-11 * "ChinaUMS" "taken off the deposit"
  Assets:POS:ChinaUMS:Payout  {payout.removeprefix("-")} CNY
    reference: "CCB-9"
  Assets:Bank:CCB
""")
    assert balance(shop, "Expenses:POS:Fees") == Decimal(fee)
    # X1 128 and MIX 10 as before; the first bank line tells that the 300 and the 10 of two statements never came.
    assert balance(shop, "Assets:Claims:Acquirer:ChinaUMS") == Decimal("448.00")
    assert balance(shop, "Assets:POS:ChinaUMS:Payout") == 0
    assert balance(shop, "Liabilities:Claims:Customer") == balance(shop, "Assets:POS:Till") == 0
    assert (show(shop, a1)["balance"], show(shop, a1)["stage"]) == ("0.00", "settled")


@pytest.mark.parametrize(
    ("via", "account"),
    [
        ("cash", "Assets:Cash"),
        ("transfer", "Assets:Bank:CCB"),
        ("payout", "Assets:POS:ChinaUMS:Payout"),
        ("Assets:WeChat", "Assets:WeChat"),
    ],
)
def test_a_top_up_in_parts(shop: Shop, via: str, account: str) -> None:
    x1 = shop.id_of("X1")
    before = balance(shop, account)
    shop.run("top-up", x1, "--via", via, "--amount", "100.00 CNY", "--date", shop.day)
    assert (show(shop, x1)["balance"], show(shop, x1)["stage"]) == ("28.00", "new")
    shop.run("top-up", x1, "--via", via, "--amount", "28", "--date", shop.day)
    assert (show(shop, x1)["balance"], show(shop, x1)["stage"]) == ("0.00", "new")  # nobody has looked at it
    shop.look("X1")
    assert show(shop, x1)["stage"] == ("resolving" if via == "payout" else "settled")
    assert balance(shop, account) - before == Decimal("128.00")


def test_the_acquirer_keeps_its_fee(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    shop.run("top-up", x1, "--via", "payout", "--fee", "0.64", "--date", shop.day)
    assert show(shop, x1)["balance"] == "0.00"
    assert balance(shop, "Expenses:POS:Fees") == Decimal("0.64")


def test_a_correction_goes_where_the_contract_of_its_day_says(shop: Shop) -> None:
    with shop.ledger.open("a") as file:
        file.write("2026-01-01 open Expenses:POS:Later CNY\n")
        file.write('2026-11-12 custom "posguard-acquirer" "ChinaUMS"\n  write-off: Expenses:POS:Later\n')
    shop.look("X1")
    words = ("write-off", shop.id_of("X1"), "--amount", "8.00", "--note", "too small", "--dry-run", "--date")
    assert "Expenses:POS:WriteOff " in shop.run(*words, "2026-11-11").stdout
    assert "Expenses:POS:Later " in shop.run(*words, "2026-11-12").stdout


def test_a_write_off(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    told = shop.run("write-off", x1, "--amount", "8.00", "--date", shop.day, code=2).stderr
    assert f"{x1} is new: nobody has looked at it yet; verify it before you book a write-off" in told
    shop.look("X1")
    shop.run("write-off", x1, "--amount", "8.00", "--note", "too small", "--date", shop.day)
    assert show(shop, x1)["balance"] == "120.00"
    assert balance(shop, "Expenses:POS:WriteOff") == Decimal("8.00")


def test_a_claim_with_two_sides_asks_which(shop: Shop) -> None:
    mix = shop.id_of("MIX")
    told = shop.run("top-up", mix, "--via", "cash", "--date", shop.day, code=2)
    assert "say which with --part: " in told.stderr
    assert "customer (10.00 CNY)" in told.stderr
    shop.run("top-up", mix, "--part", "customer", "--via", "cash", "--date", shop.day)
    assert balance(shop, "Assets:Cash") == Decimal("10.00")
    shop.run("top-up", mix, "--via", "payout", "--date", shop.day)
    again = shop.run("top-up", mix, "--via", "payout", "--date", shop.day)
    assert "nothing to do, this top-up stands at pos-claims.beancount:" in again.stdout
    assert "is with" in shop.run("top-up", mix, "--part", "bank", "--via", "cash", "--date", shop.day, code=2).stderr


def test_the_same_command_twice_books_once_and_says_so(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    words = ["top-up", x1, "--via", "cash", "--amount", "50.00", "--date", shop.day]
    shop.run(*words)
    once = shop.claims.read_bytes()
    told = shop.run(*words, "--by", "wang", "--note", "again")
    assert told.stdout == f"{x1}: nothing to do, this top-up stands at pos-claims.beancount:3\n"
    assert "--reference" in told.stderr
    assert shop.claims.read_bytes() == once
    shop.run(*words, "--reference", "V-2")
    assert show(shop, x1)["balance"] == "28.00"


def test_all_that_is_open_can_be_booked_twice_without_harm(shop: Shop) -> None:
    a1 = shop.id_of("A1")
    shop.look("A1")
    shop.run("refund", a1, "--via", "card", "--date", shop.day)
    once = shop.claims.read_bytes()
    assert "nothing to do" in shop.run("refund", a1, "--via", "card", "--date", shop.day).stdout
    assert "nothing is open" in shop.run("refund", a1, "--via", "card", "--date", "2026-11-10", code=2).stderr
    assert shop.claims.read_bytes() == once


def test_a_dry_run_shows_exactly_what_would_be_written(shop: Shop) -> None:
    shop.look("A1")
    before = shop.bytes()
    words = ["refund", shop.id_of("A1"), "--via", "card", "--date", shop.day]
    dry = shop.run(*words, "--dry-run")
    assert dry.stderr == f"Nothing was written; this would go to {shop.claims}\n"
    assert shop.bytes() == before
    wet = shop.run(*words)
    assert wet.stdout == dry.stdout
    assert shop.claims.read_text().endswith(dry.stdout)


@pytest.mark.parametrize(
    ("kind", "words", "message"),
    [
        (
            "A1",
            ["refund", "--via", "cash", "--amount", "180.01"],
            "180.01 CNY is more than the 180.00 CNY that is open",
        ),
        ("A1", ["top-up", "--via", "cash"], "is what you owe: book what you pay with refund"),
        ("X1", ["refund", "--via", "cash"], "is owed to you: book what comes in with top-up"),
        ("A1", ["write-off"], "nobody can give up but the other side"),
        ("X1", ["top-up", "--via", "cash", "--amount", "1.001"], "at most two decimals"),
        ("X1", ["top-up", "--via", "cash", "--amount", "-5"], "expected a positive amount"),
        ("X1", ["top-up", "--via", "cash", "--amount", "NaN"], "'NaN' is no amount"),
        ("X1", ["top-up", "--via", "cash", "--amount", "1e2"], "'1e2' is no amount"),
        ("X1", ["top-up", "--via", "cash", "--amount", "１２"], "is no amount"),
        ("X1", ["top-up", "--via", "cash", "--amount", "5 USD"], "is in CNY; USD cannot settle it"),
        ("X1", ["top-up", "--via", "cheque"], "'cheque' is no way to pay"),
        ("X1", ["top-up", "--via", "Assets:Nowhere"], "account Assets:Nowhere is not open on 2026-11-09"),
        ("X1", ["top-up", "--via", "card", "--trace", "12 34"], "trace 12 34: expected the letters and digits"),
        ("X1", ["top-up"], "Missing option '--via'"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    shop: Shop, kind: str, words: list[str], message: str
) -> None:
    claim = shop.id_of(kind)
    before = shop.claims.read_bytes()
    told = shop.run(words[0], claim, *words[1:], "--date", shop.day, code=2)
    assert message in told.stderr
    assert told.stdout == ""
    assert shop.claims.read_bytes() == before


def test_money_before_the_claim_was_found_is_refused(shop: Shop) -> None:
    told = shop.run("refund", shop.id_of("A1"), "--via", "cash", "--date", "2026-11-04", code=2)
    assert "was found on 2026-11-05; 2026-11-04 is before that" in told.stderr


def test_a_closed_claim_takes_no_money(shop: Shop) -> None:
    a1 = shop.id_of("A1")
    shop.look("A1")
    shop.run("refund", a1, "--via", "cash", "--date", shop.day)
    shop.inform(a1)
    shop.run("close", a1, "--cause", "OP_KEY", "--date", shop.day)
    told = shop.run("refund", a1, "--via", "cash", "--amount", "1.00", "--date", shop.day, code=2)
    assert f"{a1} is closed; nothing can be booked on it" in told.stderr


def test_a_claim_from_paper(shop: Shop) -> None:
    words = ["raise", "--kind", "a9", "--counterparty", "acquirer", "--amount", "12.00", "--against", "fees"]
    words += ["--note", "tariff says 0.50 percent", "--reference", "letter 7", "--date", shop.day]
    dry = shop.run(*words, "-n")
    told = shop.run(*words)
    assert told.stdout == dry.stdout
    a9 = shop.id_of("A9")
    assert (show(shop, a9)["amount"], show(shop, a9)["stage"]) == ("12.00", "new")
    assert "nothing to do, this raise stands at" in shop.run(*words).stdout
    assert "rests on no line at all" in shop.run("verify", a9, "--date", shop.day, code=2).stderr
    shop.run("verify", a9, "--note", "worked out again", "--date", shop.day)
    shop.run("top-up", a9, "--via", "payout", "--date", shop.day)
    assert show(shop, a9)["balance"] == "0.00"


def test_a_chargeback_from_paper_waits_and_is_lost_where_others_do(shop: Shop) -> None:
    with shop.ledger.open("a") as file:
        file.write("2026-01-01 open Assets:Claims:Chargeback\n2026-01-01 open Expenses:POS:ChargebackLoss\n")
    words = ["raise", "--kind", "D2", "--counterparty", "acquirer", "--amount", "268.00", "--against", "payout"]
    shop.run(*words, "--note", "their letter", "--date", shop.day)
    assert balance(shop, "Assets:Claims:Chargeback") == Decimal("268.00")
    d2 = shop.id_of("D2")
    shop.run("verify", d2, "--note", "the letter", "--date", shop.day)
    shop.run("write-off", d2, "--date", shop.day)
    assert balance(shop, "Assets:Claims:Chargeback") == 0
    assert balance(shop, "Expenses:POS:ChargebackLoss") == Decimal("268.00")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--amount", "0"], "expected a positive amount"),
        (["--amount", "1.00 USD"], "is in CNY, not USD"),
        (["--acquirer", "Nobody"], "no acquirer is called Nobody; the ledger has ChinaUMS"),
        (["--against", "Assets:POS:ChinaUMS:Clearing"], "is found by itself"),
        (["--against", "fee"], "'fee' is no account"),
        (["--kind", "Z1"], "'Z1' is not one of"),
    ],
)
def test_a_finding_that_makes_no_sense_is_refused(shop: Shop, words: list[str], message: str) -> None:
    usual = {"--kind": "A9", "--counterparty": "acquirer", "--amount": "1.00", "--against": "fees", "--note": "x"}
    usual |= dict([words])
    flat = [word for pair in usual.items() for word in pair]
    assert message in shop.run("raise", *flat, "--date", shop.day, code=2).stderr
    assert shop.claims.read_text() == "; what people decided\n"


def test_people_who_pay_at_the_same_time_do_not_pay_too_much(shop: Shop) -> None:
    a1 = shop.id_of("A1")
    shop.look("A1")
    words = ["refund", a1, "--via", "cash", "--amount", "100.00", "--date", shop.day]
    running = [shop.start(*words, "--reference", f"V-{number}") for number in range(3)]
    ends = [(process.communicate(), process.returncode) for process in running]
    assert sorted(code for _, code in ends) == [0, 2, 2]
    for (_, err), code in ends:
        assert code == 0 or "100.00 CNY is more than the 80.00 CNY that is open" in err
    assert show(shop, a1)["balance"] == "-80.00"


def refused(shop: Shop, claim: str) -> None:
    """Take a claim on the acquirer to its refusal."""
    shop.run("verify", claim, "--date", shop.day)
    waive = ("--waive", "slip batch-slip", "--note", "lost")
    shop.run("prepare", claim, "--route", "application", *waive, "--date", shop.day)
    shop.run("submit", claim, "--date", shop.day)
    shop.run("reject", claim, "--waive", "reply", "--note", "no trace of it, on the phone", "--date", shop.day)


def test_what_the_acquirer_refuses_is_asked_of_the_customer(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    refused(shop, x1)
    told = shop.run("reroute", x1, "--to", "customer", "--note", "the void was right", "--date", shop.day)
    assert f'"{x1}" "reroute"' in told.stdout
    assert balance(shop, "Assets:Claims:Acquirer:ChinaUMS") == Decimal("10.00")  # of MIX
    assert show(shop, x1)["stage"] == "rerouted"
    rows = json.loads(shop.run("claims", "--kind", "X1", "--format", "json").stdout)
    assert {row["counterparty"]: row["balance"] for row in rows} == {"acquirer": "0.00", "customer": "128.00"}
    again = shop.run("reroute", x1, "--to", "customer", "--note", "the void was right", "--date", shop.day)
    assert "nothing to do" in again.stdout
    shop.run("prepare", x1, "--route", "top-up", "--waive", "slip batch-slip", "--note", "lost", "--date", shop.day)
    shop.run("top-up", x1, "--via", "card", "--date", shop.day)
    assert show(shop, x1)["balance"] == "0.00"
    assert json.loads(shop.run("check", "--format", "json", code=1).stdout)["counts"]["input"] == 0


def test_a_reroute_needs_a_refusal_first(shop: Shop) -> None:
    before = shop.claims.read_bytes()
    told = shop.run("reroute", shop.id_of("X1"), "--to", "customer", "--note", "x", "--date", shop.day, code=2)
    assert "is new; reroute needs a claim that is part-accepted or rejected or expired" in told.stderr
    assert shop.claims.read_bytes() == before


def test_nobody_writes_what_the_ledger_would_call_wrong(shop: Shop) -> None:
    """A correction is held to the rules before it is written, not by bean-check afterwards."""
    with shop.ledger.open("a") as file:
        file.write('2026-01-01 custom "posguard" "person" "li" "maker"\n')
    shop.look("A1")
    before = shop.claims.read_bytes()
    told = shop.run("refund", shop.id_of("A1"), "--via", "cash", "--date", shop.day, code=2).stderr
    assert "is about 180.00 CNY; alone li gives away no more than 50 in 30 days" in told
    assert shop.claims.read_bytes() == before


def test_a_refund_comes_back(shop: Shop) -> None:
    a1 = shop.id_of("A1")
    shop.look("A1")
    shop.run("refund", a1, "--via", "transfer", "--date", shop.day)
    shop.run("bounce", a1, "--via", "transfer", "--date", "2026-11-11")
    assert show(shop, a1)["balance"] == "-180.00"
    assert "nothing to do" in shop.run("bounce", a1, "--via", "transfer", "--date", "2026-11-11").stdout
    shop.run("refund", a1, "--via", "cash", "--date", "2026-11-12")
    assert (show(shop, a1)["balance"], show(shop, a1)["stage"]) == ("0.00", "settled")
    told = shop.run("bounce", a1, "--via", "cash", "--amount", "180.01", "--date", "2026-11-12", code=2)
    assert "180.01 CNY cannot come back; 180.00 was refunded" in told.stderr


def test_what_was_moved_to_another_party_was_not_paid_back(shop: Shop) -> None:
    with shop.ledger.open("a") as file:
        file.write("2026-01-01 open Liabilities:Claims:Acquirer:ChinaUMS CNY\n")
    a1 = shop.id_of("A1")
    shop.look("A1")
    shop.run("assign", a1, "--to", "acquirer", "--date", shop.day)
    told = shop.run("bounce", a1, "--via", "transfer", "--part", "customer", "--date", shop.day, code=2)
    assert "0.00 was refunded" in told.stderr
    shop.run("refund", a1, "--via", "transfer", "--date", shop.day)
    # Only one of the two parts was paid back: it goes without saying which is meant, and twice books once.
    shop.run("bounce", a1, "--via", "transfer", "--date", "2026-11-11")
    assert "nothing to do" in shop.run("bounce", a1, "--via", "transfer", "--date", "2026-11-11").stdout
    assert balance(shop, "Liabilities:Claims:Acquirer:ChinaUMS") == Decimal("-180.00")
    assert balance(shop, "Liabilities:Claims:Customer") == 0


def test_money_for_a_cardholder_who_cannot_be_found_stays_a_debt(shop: Shop) -> None:
    with shop.ledger.open("a") as file:
        file.write("2026-01-01 open Liabilities:UnclaimedOverages CNY\n")
    a1 = shop.id_of("A1")
    shop.look("A1")
    shop.run("assign", a1, "--to", "unclaimed", "--note", "three letters came back", "--date", shop.day)
    assert balance(shop, "Liabilities:UnclaimedOverages") == Decimal("-180.00")
    assert show(shop, a1)["stage"] == "settled"


def test_what_nobody_can_be_found_for_is_kept_only_on_advice(shop: Shop) -> None:
    with shop.ledger.open("a") as file:
        file.write("2026-01-01 open Income:POS:Overages CNY\n")
    a1 = shop.id_of("A1")
    shop.look("A1")
    words = ("assign", a1, "--to", "overage", "--note", "three years are over", "--date", shop.day)
    assert "becomes income only once a lawyer says that the right to it is gone" in shop.run(*words, code=2).stderr
    shop.run("advise", a1, "--note", "the claim has lapsed", "--date", shop.day)
    shop.run(*words)
    assert balance(shop, "Income:POS:Overages") == Decimal("-180.00")


def test_what_the_acquirer_refuses_an_employee_may_owe(shop: Shop) -> None:
    with shop.ledger.open("a") as file:
        file.write("2026-01-01 open Assets:Claims:Employee CNY\n")
    x1 = shop.id_of("X1")
    refused(shop, x1)
    shop.run("reroute", x1, "--to", "employee", "--note", "the batch was left open", "--date", shop.day)
    assert balance(shop, "Assets:Claims:Employee") == Decimal("128.00")
    assert (show(shop, x1)["stage"], "owed to you by an employee" in shop.run("show", x1).stdout) == ("rerouted", True)
    shop.run("top-up", x1, "--via", "cash", "--part", "employee", "--date", shop.day)
    assert show(shop, x1)["stage"] == "settled"


def test_a_write_off_is_asked_for_and_then_given_up(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    refused(shop, x1)
    shop.run("write-off", x1, "--request", "--note", "not worth a lawyer", "--date", shop.day)
    assert show(shop, x1)["stage"] == "write-off-requested"
    shop.run("write-off", x1, "--by", "wang", "--date", shop.day)
    assert show(shop, x1)["stage"] == "written-off"
    assert balance(shop, "Expenses:POS:WriteOff") == Decimal("128.00")
    shop.run("close", x1, "--cause", "ACQ_POST", "--date", shop.day)
    told = shop.run("write-off", x1, "--request", "--amount", "1", "--note", "x", code=2).stderr
    assert "--request asks for all that is open" in told
