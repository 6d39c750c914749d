"""What one line of one source says: the leg, its source, kind, status and keys.

A *leg* is one slip as one source tells it: the till's sale line, the terminal's approval, the acquirer's
settlement line, the bank's deposit. Amounts are :class:`~decimal.Decimal` in the units of the leg's currency and
signed from the merchant's side: a sale is positive in every source, a refund negative, whatever sign the posting has
on the guarantee account.

Nothing here knows Beancount, files or screens.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from itertools import repeat
from typing import Any, Final, NamedTuple


class Source(str, Enum):
    """Who speaks. The order is the order of the chain, from slip to bank."""

    __hash__ = str.__hash__  # Enum's own is written in Python, and these are looked up for every slip

    SALE = "sale"
    TERMINAL = "terminal"
    SETTLEMENT = "settlement"
    BANK = "bank"


class Kind(str, Enum):
    """What kind of line it is, in the words a ledger may use under ``kind:``."""

    __hash__ = str.__hash__  # Enum's own is written in Python, and these are looked up for every slip

    SALE = "sale"
    REFUND = "refund"
    VOID = "void"
    REVERSAL = "reversal"
    PREAUTH = "preauth"
    PREAUTH_VOID = "preauth-void"
    COMPLETION = "completion"
    COMPLETION_VOID = "completion-void"
    TIP = "tip"
    CHARGEBACK = "chargeback"
    SECOND_CHARGEBACK = "second-chargeback"
    CHARGEBACK_REVERSAL = "chargeback-reversal"
    RETRIEVAL = "retrieval"
    ADJUSTMENT = "adjustment"
    FEE = "fee"
    PAYOUT = "payout"
    DEPOSIT = "deposit"


class Status(str, Enum):
    """How the line ended. Only an approved line is money."""

    __hash__ = str.__hash__  # Enum's own is written in Python, and these are looked up for every slip

    APPROVED = "approved"
    DECLINED = "declined"
    TIMEOUT = "timeout"
    VOIDED = "voided"
    REVERSED = "reversed"
    PENDING = "pending"


#: Members by names of their own, for what is asked of every slip: Python 3.11 goes through Enum's own code to look one
#: up, which takes longer than all else in a comparison.
TILL: Final = Source.SALE
TERMINAL: Final = Source.TERMINAL
SETTLEMENT: Final = Source.SETTLEMENT
BANK: Final = Source.BANK
SALE: Final = Kind.SALE
REFUND: Final = Kind.REFUND
PREAUTH: Final = Kind.PREAUTH
APPROVED: Final = Status.APPROVED

#: The sign of each kind from the merchant's side; 0 moves no money, None takes the sign the file prints.
SIGN: Mapping[Kind, int | None] = {
    Kind.SALE: 1,
    Kind.REFUND: -1,
    Kind.VOID: -1,
    Kind.REVERSAL: None,
    Kind.PREAUTH: 0,
    Kind.PREAUTH_VOID: 0,
    Kind.COMPLETION: 1,
    Kind.COMPLETION_VOID: -1,
    Kind.TIP: None,
    Kind.CHARGEBACK: -1,
    Kind.SECOND_CHARGEBACK: -1,
    Kind.CHARGEBACK_REVERSAL: 1,
    Kind.RETRIEVAL: 0,
    Kind.ADJUSTMENT: None,
    Kind.FEE: -1,
    Kind.PAYOUT: -1,
    Kind.DEPOSIT: 1,
}

#: The commodity of a hold is the money's with this in front; it moves nothing.
HOLD_PREFIX = "HOLD."

HOLD_KINDS = frozenset({Kind.PREAUTH, Kind.PREAUTH_VOID})

#: Lines by which the issuer takes money back.
TAKEN_BACK = frozenset({Kind.CHARGEBACK, Kind.SECOND_CHARGEBACK})

#: What a slip may say of itself, as metadata of its posting or (when all slips share it) of the transaction.
#: Values are strings; ``date``, ``orig-date`` and the period may be Beancount dates too.
SLIP_KEYS: Mapping[str, str] = {
    "merchant": "merchant id (MID, DE42)",
    "terminal": "terminal id (TID, DE41)",
    "batch": "terminal batch number",
    "trace": "trace / STAN as printed on the slip (凭证号, DE11)",
    "rrn": "retrieval reference number (参考号, DE37)",
    "auth": "authorisation code (授权码, DE38)",
    "card": "masked card: at most first six and last four digits",
    "card-type": "debit, credit or foreign: chooses the tariff",
    "date": "trade date where it differs from the transaction's date",
    "time": "local time of the trade, HH:MM or HH:MM:SS",
    "kind": "sale, refund, void, preauth, completion, …",
    "status": "approved (default), declined, timeout, voided, reversed, pending",
    "amount": "the amount of a line that moves no money (declined, timed out)",
    "tip": "the part of the amount that is a tip",
    "response": "response code (DE39); 10 is a partial approval",
    "mode": "offline where the terminal approved without asking",
    "fee": "the acquirer's fee on this slip; positive is a cost",
    "order": "merchant order number",
    "ticket": "the till's ticket number",
    "store": "store or till name",
    "cashier": "cashier number or initials",
    "reference": "the provider's or bank's own serial number",
    "orig-trace": "trace of the slip this one voids, completes or refunds",
    "orig-rrn": "RRN of the slip this one voids, completes or refunds",
    "orig-date": "trade date of that slip",
    "period-from": "first clearing day a deposit pays",
    "period-to": "last clearing day a deposit pays",
    "expires": "the last day on which a hold can be completed, as its paper says",
    "reason": "why a chargeback was made: the network's code, or a word",
    "foreign": "the amount in the card's currency where the slip was converted, such as USD 18.20",
    "payout": "payout id shared by a statement and its deposit",
    "memo": "the bank's text",
}


#: The fields that are asked of every slip of a source. A sheet keeps them as columns.
COLUMNS: Mapping[Source, Sequence[str]] = {
    Source.SALE: ("rrn", "terminal", "order", "merchant"),
    Source.TERMINAL: ("rrn", "trace", "terminal", "batch", "order", "merchant"),
    Source.SETTLEMENT: ("rrn", "terminal", "order", "merchant", "fee", "card-type"),
    Source.BANK: (),
}


@dataclass(slots=True, eq=False)
class Head:
    """What all slips of one batch share, and where the batch stands.

    ``date`` is the day the batch is booked on, which is also the day from which its lines are known. ``on_till`` says
    whether a terminal batch takes its slips off the till; ``correction`` marks what a person booked for a claim, which
    is no file of anybody's; ``account`` is where a bank's batch says that the money arrived, or a sale of
    another tender.
    """

    source: Source
    acquirer: str
    date: dt.date
    facts: Mapping[str, Any]
    on_till: bool = False
    correction: bool = False
    account: str = ""


class Leg(NamedTuple):
    """One slip as one source tells it.

    ``amount`` is signed from the merchant's side and is zero for a line that moved no money; ``date`` is the trade
    date. ``facts`` are the slip's own words (:data:`SLIP_KEYS`), with ``filename`` and ``lineno`` of the slip.
    ``is_memo`` is a hold, kept in a commodity of its own (:data:`HOLD_PREFIX`).
    """

    head: Head
    kind: Kind
    status: Status
    date: dt.date
    amount: Decimal
    currency: str
    facts: Mapping[str, Any]
    is_memo: bool = False

    def get(self, key: str) -> str:
        """Return what the slip says under ``key``, else what its batch says, else an empty string."""
        value = self.facts.get(key)
        if value is None:
            value = self.head.facts.get(key)
        return "" if value is None else str(value)

    @property
    def source(self) -> Source:
        """The source that tells this leg."""
        return self.head.source

    @property
    def known(self) -> dt.date:
        """The day from which the books know this leg."""
        return self.head.date

    @property
    def claimed(self) -> Decimal:
        """What the line says, also where it moved no money: the amount of a hold or of a declined slip."""
        if self.amount:
            return self.amount
        return Decimal(self.facts.get("amount", "0"))

    @property
    def where(self) -> tuple[str, int]:
        """File and line of the slip."""
        facts = self.facts if "filename" in self.facts else self.head.facts
        return str(facts.get("filename", "")), int(facts.get("lineno", 0))


@dataclass(slots=True, eq=False)
class Sheet:
    """One booked batch: its legs, whether holds are among them, and the lump on payout where it is a statement.

    ``total`` is the sum of its legs.

    ``columns`` holds what the legs say under each of :data:`COLUMNS`, as far as the reader had it at hand.
    ``broken`` says that not all of it could be read, so that nothing can be concluded from what it lacks; ``entry`` is
    the transaction that holds it, of which nothing is asked here.
    """

    head: Head
    entry: Any
    legs: list[Leg] = field(default_factory=list)
    memos: bool = False
    broken: bool = False
    lump: Decimal | None = None
    total: Decimal = Decimal(0)
    columns: defaultdict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def column(self, key: str) -> list[Any]:
        """Return what each leg itself says under ``key``, None where it says nothing."""
        values = self.columns[key]
        if len(values) != len(self.legs):
            values = self.columns[key] = [leg.facts.get(key) for leg in self.legs]
        return values

    def say(self, keys: Iterable[str]) -> Iterable[bool]:
        """Tell of each leg whether it says anything itself under one of ``keys``."""
        said = [column for column in map(self.column, keys) if column.count(None) < len(column)]
        if not said:
            return repeat(False, len(self.legs))
        return [any(value is not None for value in row) for row in zip(*said, strict=True)]

    def close_gaps(self) -> None:
        """Take out the places of lines that could not be read."""
        self.legs = [leg for leg in self.legs if leg is not None]
        self.total = sum([leg.amount for leg in self.legs], Decimal(0))
        self.columns.clear()


class Slip(NamedTuple):
    """One row of an export, read but not yet booked.

    ``amount`` is signed by kind (a hold carries its positive amount); ``fee`` and ``net`` are None where the file has
    no such column; ``facts`` holds :data:`SLIP_KEYS` as strings, card numbers already masked; ``row`` is the row's
    number in its file, 1-based, for messages.
    """

    kind: Kind
    status: Status
    amount: Decimal
    currency: str
    date: dt.date
    fee: Decimal | None
    net: Decimal | None
    facts: Mapping[str, str]
    row: int


class Batch(NamedTuple):
    """Slips of one file that are booked as one transaction.

    ``date`` is the transaction's date (terminal: trade day of the batch; settlement: the statement's clearing date;
    bank: value date; sale: business day); ``facts`` is what all slips share; ``part`` of ``parts`` counts the
    transactions one file makes. ``days`` are the first and last day the batch speaks for when that is more than its
    date, ``known`` counts rows that the ledger had already, ``payer`` sent a deposit.
    """

    source: Source
    date: dt.date
    facts: Mapping[str, str]
    slips: tuple[Slip, ...]
    file: str
    sha256: str
    profile: str
    part: int
    parts: int
    days: tuple[dt.date, dt.date] | None = None
    known: int = 0
    payer: str = ""
