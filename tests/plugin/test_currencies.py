"""Currencies whose minor unit is not a hundredth: yen have none, dinars have thousandths."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from beancount import loader
from beancount.core.data import Transaction

CONTRACT = """
plugin "beancount_posguard"
2026-01-01 custom "posguard-acquirer" "Bank"
  till: Income:Sales
  currency: "{currency}"
  fee: "credit 3.25%"
2026-01-01 open Income:Sales
2026-01-01 open Assets:POS:Bank:Clearing
2026-01-01 open Assets:POS:Bank:Payout
2026-01-01 open Expenses:POS:Fees
"""


def batch(day: str, number: int, slips: list[tuple[str, str, str]], currency: str) -> str:
    """Write a terminal's batch of ``day`` and the next day's statement, with slips of amount, settled and fee."""
    lines = [f'{day} * "terminal"', '  posguard-source: "terminal"', f'  batch: "{number}"', '  terminal: "11111111"']
    for place, (amount, _, _) in enumerate(slips):
        lines += [f"  Assets:POS:Bank:Clearing  {amount} {currency}", f'    rrn: "{number}{place:06d}"']
    lines += ["  Income:Sales", f'{day[:-2]}{int(day[-2:]) + 1:02d} * "statement"', '  posguard-source: "settlement"']
    for place, (_, settled, fee) in enumerate(slips):
        lines += [
            f"  Assets:POS:Bank:Clearing  -{settled} {currency}",
            f'    rrn: "{number}{place:06d}"',
            f'    fee: "{fee}"',
            '    card-type: "credit"',
        ]
    fees = sum(Decimal(fee) for _, _, fee in slips)
    return "\n".join([*lines, f"  Expenses:POS:Fees  {fees} {currency}", "  Assets:POS:Bank:Payout"]) + "\n"


def load(currency: str, *batches: tuple[str, list[tuple[str, str, str]]]) -> tuple[list[Transaction], list[Any]]:
    text = CONTRACT.format(currency=currency)
    text += "".join(batch(day, 100000 + number, slips, currency) for number, (day, slips) in enumerate(batches))
    entries, errors, _ = loader.load_string(text, dedent=False)
    return [one for one in entries if isinstance(one, Transaction) and "posguard" in one.tags], errors


def test_a_thousandth_is_named_as_booked() -> None:
    slips = [("12.805", "12.500", "0.406"), ("5.000", "4.999", "0.162")]  # 3.25 % each
    claims, errors = load("KWD", ("2026-10-12", slips), ("2026-10-14", [("2.000", "2.000", "0.065")]))
    assert sorted(str(one.postings[0].units) for one in claims) == ["0.001 KWD", "0.305 KWD"]
    said = "".join(f"{one.narration} {one.meta['posguard-why']} {one.meta['posguard-legs']}" for one in claims)
    assert ": 0.305 KWD detected" in said
    assert "approved 12.805, settled 12.50: the acquirer owes 0.305 KWD" in said
    assert "approved 5.00, settled 4.999: the acquirer owes 0.001 KWD" in said
    assert "settlement 4.999 2026-10-13" in said
    assert any("the acquirer owes 0.001 KWD" in error.message for error in errors)


def test_a_fee_rounded_to_whole_yen_is_no_difference() -> None:
    # 3.25 % of 1,000 is 32.50, rounded half up 33: 0.50 above the exact fee on each slip.
    slips = [("1000", "1000", "33")] * 4
    assert load("JPY", ("2026-10-12", slips), ("2026-11-09", [("2000", "2000", "65")])) == ([], [])


def test_a_fee_above_what_rounding_to_yen_explains_is_claimed_in_whole_yen() -> None:
    # 3.25 % of 1,000 rounds to 33: each of the four slips paid a yen too much.
    slips = [("1000", "1000", "34")] * 4
    claims, _ = load("JPY", ("2026-10-12", slips), ("2026-11-09", [("2000", "2000", "65")]))
    owed = [posting.units for claim in claims for posting in claim.postings if "Claims" in posting.account]
    assert [str(one) for one in owed] == ["1 JPY"] * 4
