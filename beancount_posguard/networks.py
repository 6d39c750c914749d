"""What the card networks' codes and card numbers mean, as dated data with source and confidence.

UnionPay's own codes for fraud are not public: its chargebacks count as fraud only where a word says so.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple


class Reasons(NamedTuple):
    """Reason codes that mean fraud: those of one network that ``pattern`` fits as a whole, from ``since`` on."""

    network: str
    pattern: re.Pattern[str]
    since: date
    source: str
    confidence: str


FRAUD: tuple[Reasons, ...] = (
    Reasons("Visa", re.compile(r"10\.[1-5]"), date(2018, 4, 15), "Visa's dispute category 10, fraud", "medium"),
    Reasons(
        "Mastercard",
        re.compile(r"48(37|40|49|63|70|71)"),
        date(2016, 1, 1),
        "Mastercard's fraud-related chargebacks",
        "medium",
    ),
    Reasons("Amex", re.compile(r"F(10|14|24|29|30|31)"), date(2016, 1, 1), "American Express's codes F", "medium"),
    Reasons("any", re.compile(r"fraud|fraudulent|盗刷|欺诈|伪卡", re.IGNORECASE), date(2016, 1, 1), "the word", "high"),
)


def is_fraud(reason: str) -> bool:
    """Tell whether a chargeback's ``reason`` (a code, or a word) means that the cardholder did not take part."""
    return any(one.pattern.fullmatch(reason.strip()) for one in FRAUD)


class Digits(NamedTuple):
    """Cards of ``network``: their numbers begin as ``pattern`` says, from ``since`` on.

    ``foreign`` is whether that holds for foreign cards alone.
    """

    network: str
    pattern: re.Pattern[str]
    foreign: bool
    since: date
    source: str
    confidence: str


_ISSUER = "ISO/IEC 7812 issuer numbers, as the network publishes its ranges"

#: The first row that fits counts.
DIGITS: tuple[Digits, ...] = (
    Digits("UnionPay", re.compile(r"62"), False, date(2013, 1, 1), _ISSUER, "high"),
    Digits("Visa", re.compile(r"4"), False, date(2013, 1, 1), _ISSUER, "high"),
    Digits("Mastercard", re.compile(r"5[1-5]"), True, date(2013, 1, 1), _ISSUER, "high"),
    Digits(
        "Mastercard",
        re.compile(r"222[1-9]|22[3-9]|2[3-6]|27[01]|2720"),
        True,
        date(2016, 10, 14),
        "Mastercard's second series of numbers",
        "high",
    ),
    Digits(
        "UnionPay",
        re.compile(r"5[1-5]"),
        False,
        date(2013, 1, 1),
        "Chinese cards of two brands clear at home",
        "medium",
    ),
    Digits("Amex", re.compile(r"3[47]"), False, date(2013, 1, 1), _ISSUER, "high"),
    Digits("JCB", re.compile(r"35(2[89]|[3-8])"), False, date(2013, 1, 1), _ISSUER, "high"),
    Digits("Discover", re.compile(r"6011|64[4-9]|65"), False, date(2013, 1, 1), _ISSUER, "high"),
)


#: The first digits are shown: a bare last four tells nothing.
_FIRST = re.compile(r"\d{4}(?=\d\d|.*[*xX])")


def network_of(card: str, on: date, *, foreign: bool) -> str:
    """Return the network of a masked ``card`` on a day, or nothing where its visible digits do not tell.

    Args:
        card: the number as the ledger has it, first digits first.
        on: the day of the trade.
        foreign: whether a line says that the card is foreign.
    """
    if not _FIRST.match(card):
        return ""
    fits = (
        one.network for one in DIGITS if one.since <= on and (foreign or not one.foreign) and one.pattern.match(card)
    )
    return next(fits, "")
