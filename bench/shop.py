"""A shop's ledger of any size, as text: terminal batches and statements, with a few faults."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from beancount.parser import parser

from beancount_posguard.calendars import parse_lag
from beancount_posguard.contract import Contract, Tariff
from beancount_posguard.ledger.contracts import read_contracts
from beancount_posguard.money import ZERO

PRICES = [Decimal(price) for price in ("9.90", "12.00", "15.00", "18.00", "19.90", "26.00", "28.00", "35.00", "58.00")]
SLIPS_A_DAY = 274
FAULTS = 0.005

_LAG = parse_lag("T+1 cutoff 23:00 calendar CN", cutoff_allowed=True)
_TARIFF = Tariff.parse("debit 0.50% max 20.00; credit 0.60%")

_HEAD = """\
option "title" "Bench"
option "operating_currency" "CNY"
2020-01-01 open Assets:POS:ChinaUMS:Clearing
2020-01-01 open Assets:POS:ChinaUMS:Payout
2020-01-01 open Expenses:POS:Fees
2020-01-01 open Income:Sales
2020-01-01 custom "posguard-acquirer" "ChinaUMS"
  merchant: "898310012345678"
  till: Income:Sales
  settles: "T+1 cutoff 23:00 calendar CN"
  fee: "debit 0.50% max 20.00; credit 0.60%"
"""


def contracts() -> list[Contract]:
    """Return the shop's contracts as a ledger would hold them."""
    entries, _, _ = parser.parse_string(_HEAD)
    return read_contracts(entries)[0]


class Sold(NamedTuple):
    """One slip as the terminal has it."""

    day: date
    number: int
    amount: Decimal
    card: str
    kind: str
    time: str


def ledger(slips: int, seed: int = 1) -> str:
    """Return a ledger in which both sides tell of ``slips`` slips, half a percent of them wrongly."""
    dice = random.Random(seed)
    lines = [_HEAD]
    due: dict[date, list[Sold]] = {}
    for day, batch in _days(slips, dice):
        lines.append(_terminal(day, batch))
        for sold in batch:
            if dice.random() > FAULTS / 2:
                due.setdefault(_LAG.after(day), []).append(sold)
    lines.extend(_statement(day, rows, dice) for day, rows in sorted(due.items()))
    return "\n".join(lines)


def _days(slips: int, dice: random.Random) -> Iterator[tuple[date, list[Sold]]]:
    day, number = date(2020, 1, 2), 0
    while number < slips:
        batch = []
        for _ in range(min(SLIPS_A_DAY, slips - number)):
            number += 1
            seconds = dice.randrange(9 * 3600, 22 * 3600)
            time = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
            card = f"622202******{dice.randrange(10000):04d}"
            batch.append(Sold(day, number, dice.choice(PRICES), card, dice.choice(("debit", "credit")), time))
        yield day, batch
        day += timedelta(days=1)


def _facts(sold: Sold) -> str:
    return (
        f'    trace: "{sold.number % 1000000:06d}"\n    rrn: "{103400000000 + sold.number}"\n'
        f'    card: "{sold.card}"\n    card-type: "{sold.kind}"\n    time: "{sold.time}"\n'
    )


def _terminal(day: date, batch: list[Sold]) -> str:
    total = sum((sold.amount for sold in batch), ZERO)
    head = (
        f'{day} * "ChinaUMS" "Terminal 98765432 batch {day:%y%m%d}"\n  posguard-source: "terminal"\n'
        f'  merchant: "898310012345678"\n  terminal: "98765432"\n  batch: "{day:%y%m%d}"\n'
        f'  posguard-receipt: "{len(batch)} rows, gross {total} CNY"\n'
    )
    rows = (
        f'  Assets:POS:ChinaUMS:Clearing  {sold.amount} CNY\n{_facts(sold)}    auth: "{sold.number % 999983:06d}"\n'
        for sold in batch
    )
    return head + "".join(rows) + f"  Income:Sales  {-total} CNY\n"


def _statement(day: date, rows: list[Sold], dice: random.Random) -> str:
    gross, fees, text = ZERO, ZERO, []
    for sold in rows:
        amount = sold.amount - (1 if dice.random() < FAULTS / 2 else 0)
        fee = _TARIFF.expected(sold.kind, amount)[0]
        gross, fees = gross + amount, fees + fee
        text.append(
            f'  Assets:POS:ChinaUMS:Clearing  {-amount} CNY\n{_facts(sold)}    terminal: "98765432"\n'
            f'    date: "{sold.day}"\n    fee: "{fee}"\n'
        )
    head = (
        f'{day} * "ChinaUMS" "Statement {day}"\n  posguard-source: "settlement"\n  merchant: "898310012345678"\n'
        f'  posguard-receipt: "{len(rows)} rows, gross {gross} CNY, fee {fees} CNY, net {gross - fees} CNY"\n'
    )
    tail = f"  Assets:POS:ChinaUMS:Payout  {gross - fees} CNY\n  Expenses:POS:Fees  {fees} CNY\n"
    return head + "".join(text) + tail
