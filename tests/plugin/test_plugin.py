"""The plugin as Beancount runs it: what it adds, what it says, and that it never breaks a load."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Open, Transaction

import beancount_posguard
from beancount_posguard.survey import survey

CONTRACT = """
option "operating_currency" "CNY"
plugin "beancount_posguard"
2026-01-01 open Assets:POS:Till
2026-01-01 open Assets:POS:ChinaUMS:Clearing
2026-01-01 open Assets:POS:ChinaUMS:Payout
2026-01-01 open Assets:Bank
2026-01-01 open Assets:Cash
2026-01-01 open Income:Sales
2026-01-01 open Expenses:POS:Fees
2026-01-01 custom "posguard-acquirer" "ChinaUMS"
"""

#: A sale of 128.00 keyed as 1280.00, settled as keyed; the terminal's files of the next days have come.
OVERCHARGE = """
2026-11-03 * "till"
  posguard-source: "sale"
  Assets:POS:Till  128.00 CNY
    rrn: "103412345678"
  Income:Sales
2026-11-03 * "terminal"
  posguard-source: "terminal"
  terminal: "98765432"
  batch: "000123"
  Assets:POS:ChinaUMS:Clearing  1280.00 CNY
    rrn: "103412345678"
    trace: "000045"
    card: "622202******1234"
  Assets:POS:Till
2026-11-04 * "statement"
  posguard-source: "settlement"
  Assets:POS:ChinaUMS:Clearing  -1280.00 CNY
    rrn: "103412345678"
    terminal: "98765432"
    date: "2026-11-03"
  Assets:POS:ChinaUMS:Payout
"""

LATER_TERMINAL = """
2026-11-05 * "terminal"
  posguard-source: "terminal"
  terminal: "98765432"
  batch: "000125"
  Assets:POS:ChinaUMS:Clearing  0.00 CNY
    status: "declined"
    amount: "9.90"
    trace: "000099"
  Income:Sales  0.00 CNY
"""

Loaded = tuple[list[Any], list[Any]]
Load = Callable[[str], Loaded]


@pytest.fixture
def load() -> Load:
    def run(text: str) -> Loaded:
        entries, errors, _ = loader.load_string(text, dedent=False)
        return entries, errors

    return run


def claim_entries(entries: list[Any]) -> list[Transaction]:
    return [entry for entry in entries if isinstance(entry, Transaction) and "posguard" in entry.tags]


def balance(entries: list[Any], account: str) -> Decimal:
    postings = (one for entry in entries if isinstance(entry, Transaction) for one in entry.postings)
    return sum((one.units.number or Decimal(0) for one in postings if one.account == account and one.units), Decimal(0))


def test_a_new_claim_is_an_error_at_its_slip_until_somebody_has_looked(load: Load) -> None:
    text = CONTRACT + OVERCHARGE + LATER_TERMINAL
    entries, errors = load(text)
    (claim,) = claim_entries(entries)
    slip = text.splitlines().index("  Assets:POS:ChinaUMS:Clearing  1280.00 CNY") + 1
    assert [error.source["lineno"] for error in errors] == [slip]
    assert claim.meta["posguard-claim"] in errors[0].message

    step = f'\n2026-11-06 custom "posguard-claim" "{claim.meta["posguard-claim"]}" "verify"\n  by: "li"\n'
    assert load(text + step)[1] == []


def test_a_plugin_line_that_stands_twice_books_once(load: Load) -> None:
    twice = CONTRACT.replace('plugin "beancount_posguard"\n', 'plugin "beancount_posguard"\n' * 2)
    assert twice != CONTRACT
    entries, errors = load(twice + OVERCHARGE + LATER_TERMINAL)
    assert len(claim_entries(entries)) == len(errors) == 1
    assert balance(entries, "Liabilities:Claims:Customer") == Decimal("-1152.00")
    assert balance(entries, "Assets:POS:Till") == 0


def test_what_is_padded_is_no_slip_to_who_reads_the_loaded_ledger(load: Load) -> None:
    padded = """
2026-01-01 open Equity:Opening
2026-01-01 pad Assets:POS:Till Equity:Opening
2026-01-02 balance Assets:POS:Till  30.00 CNY
"""
    entries, errors = load(CONTRACT + padded + OVERCHARGE + LATER_TERMINAL)
    (claim,) = claim_entries(entries)
    assert len(errors) == 1
    assert [one.id for one in survey(entries, "").claims] == [claim.meta["posguard-claim"]]


def test_a_refund_brings_the_claim_account_to_zero(load: Load) -> None:
    text = CONTRACT + OVERCHARGE + LATER_TERMINAL
    (claim,) = claim_entries(load(text)[0])
    name = claim.meta["posguard-claim"]
    settled = f"""
2026-11-06 custom "posguard-claim" "{name}" "verify"
  by: "li"
2026-11-07 * "refund in cash" ^{name}
  posguard-claim: "{name}"
  posguard-step: "refund"
  Liabilities:Claims:Customer  1152.00 CNY
  Assets:Cash
"""
    entries, errors = load(text + settled)
    assert errors == []
    assert balance(entries, "Liabilities:Claims:Customer") == 0
    assert balance(entries, "Assets:POS:Till") == 0


def test_a_refund_by_card_is_guarded_until_its_slip_comes(load: Load) -> None:
    text = CONTRACT + OVERCHARGE + LATER_TERMINAL
    (claim,) = claim_entries(load(text)[0])
    name = claim.meta["posguard-claim"]
    refund = f"""
2026-11-06 custom "posguard-claim" "{name}" "verify"
  by: "li"
2026-11-06 * "refund by card" ^{name}
  posguard-claim: "{name}"
  posguard-step: "refund"
  Assets:POS:Till  -1152.00 CNY
    kind: "refund"
    orig-rrn: "103412345678"
    card: "622202******1234"
  Liabilities:Claims:Customer
"""
    later = LATER_TERMINAL.replace("2026-11-05", "2026-11-10").replace("000125", "000130")
    entries, errors = load(text + refund + later)
    lost = claim_entries(entries)[-1]
    assert (lost.meta["posguard-kind"], lost.date.isoformat()) == ("E3", "2026-11-10")
    assert balance(entries, "Liabilities:Claims:Customer") == Decimal("-1152.00")
    assert len(errors) == 1

    slip = """
2026-11-07 * "terminal"
  posguard-source: "terminal"
  terminal: "98765432"
  batch: "000127"
  Assets:POS:ChinaUMS:Clearing  -1152.00 CNY
    kind: "refund"
    rrn: "103412349999"
    trace: "000300"
    orig-rrn: "103412345678"
  Assets:POS:Till
"""
    entries, errors = load(text + refund + slip + later)
    assert errors == []
    assert balance(entries, "Assets:POS:Till") == 0
    assert len(claim_entries(entries)) == 1


def test_a_claim_is_known_by_any_of_its_legs(load: Load) -> None:
    """A bookkeeper verified an orphan under the id its settlement line gave; then the terminal's file came."""
    statement = "2026-11-04" + OVERCHARGE.split("2026-11-04")[1]
    (first,) = [
        entry
        for entry in claim_entries(load(CONTRACT + statement + LATER_TERMINAL)[0])
        if entry.meta["posguard-kind"] == "E1"
    ]
    name = first.meta["posguard-claim"]
    step = f'\n2026-11-06 custom "posguard-claim" "{name}" "verify"\n  by: "li"\n'
    _, errors = load(CONTRACT + OVERCHARGE + LATER_TERMINAL + step)
    assert errors == []


def test_generated_entries_stand_at_no_real_place_and_open_what_they_need(load: Load) -> None:
    entries, _ = load(CONTRACT + OVERCHARGE + LATER_TERMINAL)
    (claim,) = claim_entries(entries)
    assert claim.meta["filename"] == "<posguard>"
    opened = [entry for entry in entries if isinstance(entry, Open) and entry.meta["filename"] == "<posguard>"]
    assert [entry.account for entry in opened] == ["Liabilities:Claims:Customer"]


def test_without_a_contract_nothing_is_done(load: Load) -> None:
    text = (CONTRACT + OVERCHARGE + LATER_TERMINAL).replace('2026-01-01 custom "posguard-acquirer" "ChinaUMS"\n', "")
    entries, errors = load(text)
    assert (claim_entries(entries), errors) == ([], [])


def test_a_failure_of_ours_is_an_error_and_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr("beancount_posguard.plugin.survey", broken)
    entries, errors = beancount_posguard.guard([], {"filename": "main.beancount"})
    assert entries == []
    assert "no such luck" in errors[0].message
    assert errors[0].source == {"filename": "main.beancount", "lineno": 1}


def test_a_configuration_string_is_refused(load: Load) -> None:
    text = CONTRACT.replace('plugin "beancount_posguard"', 'plugin "beancount_posguard" "{}"')
    assert "takes no configuration" in load(text)[1][0].message


@pytest.mark.parametrize("word", ["new", "none"])
def test_the_report_setting_chooses_what_is_an_error(load: Load, word: str) -> None:
    setting = f'2026-01-01 custom "posguard" "report" "{word}"\n'
    entries, errors = load(CONTRACT + setting + OVERCHARGE + LATER_TERMINAL)
    assert len(claim_entries(entries)) == 1
    assert len(errors) == (1 if word == "new" else 0)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_time_is_a_slip_of_the_pen(load: Load, day: str) -> None:
    _, errors = load(CONTRACT + OVERCHARGE.replace("2026-11-04", day) + LATER_TERMINAL)
    assert any(f"{day}; expected a day from" in error.message for error in errors)
    assert not any("posguard failed" in error.message for error in errors)
