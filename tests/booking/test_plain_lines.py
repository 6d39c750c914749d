"""Rows that are no slips: booked on the bank or on income, against the account the user names."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

import pytest
from beancount.parser import parser, printer

from beancount_posguard.booking.lines import Line, line_entry, own_account
from beancount_posguard.ledger.contracts import read_contracts
from beancount_posguard.legs import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beancount_posguard.contract import Contract

DAY = date(2026, 11, 3)


LEDGER = """
2026-01-01 custom "posguard-acquirer" "ChinaUMS"
  merchant: "898310012345678"
"""


@pytest.fixture
def contract() -> Contract:
    entries, _, _ = parser.parse_string(LEDGER)
    [found], errors = read_contracts(entries)
    assert not errors
    return found


def line(amount: str = "-1500", label: str = "现金", facts: Mapping[str, str] | None = None) -> Line:
    return Line(DAY, Decimal(amount), "CNY", label, "rent", facts or {}, 7)


def said(one: Line, source: Source, contract: Contract) -> dict[str, object]:
    """Return the metadata that the entry of a line has, but for its place."""
    entry = line_entry(one, source, contract, "Assets:Cash", count(41))
    return {key: value for key, value in entry.meta.items() if key not in {"filename", "lineno"}}


def test_a_row_of_the_bank_is_money_in_or_out_of_the_bank(contract: Contract) -> None:
    entry = line_entry(line(label="房东"), Source.BANK, contract, "Expenses:Rent", count(41))
    assert [row.split() for row in printer.format_entry(entry).splitlines()] == [
        ["2026-11-03", "*", '"房东"', '"rent"'],
        ["Assets:Bank", "-1500.00", "CNY"],
        ["Expenses:Rent", "1500.00", "CNY"],
    ]
    assert (entry.meta["filename"], entry.meta["lineno"]) == ("<posguard>", 41)
    assert (entry.tags, entry.links) == (frozenset(), frozenset())


def test_a_row_of_the_till_is_income(contract: Contract) -> None:
    entry = line_entry(line("36.5"), Source.SALE, contract, "Assets:Cash", count(1))
    assert [(one.account, str(one.units)) for one in entry.postings] == [
        ("Income:Sales", "-36.50 CNY"),
        ("Assets:Cash", "36.50 CNY"),
    ]


def test_which_account_a_row_moves(contract: Contract) -> None:
    assert own_account(Source.BANK, contract) == ("Assets:Bank", 1)
    assert own_account(Source.SALE, contract) == ("Income:Sales", -1)


def test_a_row_without_a_label_has_no_payee(contract: Contract) -> None:
    assert line_entry(line(label=""), Source.BANK, contract, "Assets:Cash", count(1)).payee is None


def test_a_row_keeps_what_it_is_known_again_by(contract: Contract) -> None:
    kept = {"reference": "A1", "ticket": "T1", "store": "南门店", "time": "14:03"}
    assert said(line(facts=kept | {"memo": "x", "cashier": "02"}), Source.SALE, contract) == kept


SLIP = {"terminal": "98765432", "batch": "000103", "cashier": "02"}


@pytest.mark.parametrize("naming", ["rrn", "trace", "order"])
def test_a_till_row_of_another_tender_that_names_a_slip_says_so(naming: str, contract: Contract) -> None:
    facts = SLIP | {naming: "103412345678", "card": "622202******1234"}
    expected = SLIP | {naming: "103412345678", "tender": "现金"}
    assert said(line(facts=facts), Source.SALE, contract) == expected
    assert said(line(facts=facts, label=""), Source.SALE, contract) == expected | {"tender": "other"}
    assert said(line(facts=facts), Source.BANK, contract) == {}


def test_a_till_row_that_names_no_slip_is_no_evidence(contract: Contract) -> None:
    assert said(line(facts=SLIP | {"rrn": "", "trace": ""}), Source.SALE, contract) == {}


def test_an_empty_word_of_a_slip_is_left_out(contract: Contract) -> None:
    facts = {"rrn": "103412345678", "trace": "", "batch": ""}
    assert said(line(facts=facts), Source.SALE, contract) == {"rrn": "103412345678", "tender": "现金"}
