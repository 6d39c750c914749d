"""What the card networks' codes mean, as dated data with source and confidence.

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
