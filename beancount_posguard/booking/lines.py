"""Rows of a bank or till export that are no slips, booked against an account the user names.

They become plain transactions without any word of ours: the rent in the bank's file, the day's cash in the till's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from beancount.core.amount import Amount
from beancount.core.data import EMPTY_SET, Posting, Transaction

from beancount_posguard.contract import Contract
from beancount_posguard.ledger.words import GENERATED
from beancount_posguard.legs import Source
from beancount_posguard.text import two_decimals


class Line(NamedTuple):
    """A row that is no slip of ours: a tender other than cards, a bank line that is no acquirer's deposit.

    ``amount`` is signed as money in (+) or out (-); ``label`` says what or who it was, ``text`` what for.
    """

    date: date
    amount: Decimal
    currency: str
    label: str
    text: str
    facts: Mapping[str, str]
    row: int


#: The account whose statement such a line is, and where the user's account stands then.
OWN: Mapping[Source, tuple[str, int]] = {Source.BANK: ("bank", 1), Source.SALE: ("income", -1)}

#: What a line keeps of its row: enough to be known again.
KEPT = ("reference", "ticket", "store", "time")

#: With one of these a till's line of another tender names a card slip all the same: evidence of a wrong key.
_NAMING = ("rrn", "trace", "order")
_SLIP = ("terminal", "batch", "trace", "rrn", "order", "cashier")


def own_account(source: Source, contract: Contract) -> tuple[str, int]:
    """Return the account that a line of ``source`` moves, and the sign that turns the line's amount into a posting."""
    role, sign = OWN[source]
    return str(getattr(contract, role)), sign


def line_entry(line: Line, source: Source, contract: Contract, account: str, numbers: Iterator[int]) -> Transaction:
    """Return ``line`` booked on the bank account (or on income) against ``account``."""
    own, sign = own_account(source, contract)
    meta: dict[str, object] = {"filename": GENERATED, "lineno": next(numbers)}
    meta |= {key: line.facts[key] for key in KEPT if key in line.facts}
    if source is Source.SALE and any(line.facts.get(key) for key in _NAMING):
        meta |= {"tender": line.label or "other"} | {key: line.facts[key] for key in _SLIP if line.facts.get(key)}
    moved = line.amount * sign
    postings = [
        Posting(one, Amount(two_decimals(amount), line.currency), None, None, None, None)
        for one, amount in ((own, moved), (account, -moved))
    ]
    return Transaction(meta, line.date, "*", line.label or None, line.text, EMPTY_SET, EMPTY_SET, postings)
