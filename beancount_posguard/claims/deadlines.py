"""By when a claim must be on its way: dated defaults, each with its source and how sure it is.

The contract, and the reply-by date on a notice, override every number here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple


class Limit(NamedTuple):
    """``days`` calendar days after the trade; ``source`` says where the number comes from."""

    days: int
    source: str
    confidence: str


LIMITS: Mapping[str, Limit] = {
    "claim": Limit(60, "UnionPay prefers 请款 on credit cards within 60 days (9100)", "medium"),
    "top-up": Limit(60, "UnionPay prefers 请款 on credit cards within 60 days (9100)", "medium"),
    "split": Limit(60, "UnionPay prefers 请款 on credit cards within 60 days (9100)", "medium"),
    "fee-correction": Limit(60, "as a claim on the acquirer", "low"),
    "refund": Limit(180, "UnionPay refund with record: up to 180 days", "medium"),
    "credit-adjustment": Limit(40, "network fee rises with delay, bands around day 26 to 40", "low"),
    "resubmit-refund": Limit(40, "a cardholder's dispute follows an unprocessed refund", "low"),
    "complete-hold": Limit(30, "UnionPay holds can be completed for 30 days (9229, 3290)", "high"),
    "close-batch": Limit(60, "late presentment may be charged back up to 60 days from the trade (4536)", "low"),
    "find-slip": Limit(60, "as a claim on the acquirer", "low"),
    "find-sale": Limit(60, "as a claim on the acquirer", "low"),
    "trace-payout": Limit(60, "as a claim on the acquirer", "low"),
}


def deadline(remedy: str, trade: date, hold_days: int = 30) -> date | None:
    """Return the last day for ``remedy`` on a trade of ``trade``, or None where no right is lost by waiting."""
    limit = LIMITS.get(remedy)
    if limit is None:
        return None
    return trade + timedelta(days=hold_days if remedy == "complete-hold" else limit.days)
