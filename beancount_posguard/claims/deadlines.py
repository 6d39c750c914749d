"""By when a claim must be on its way: dated defaults, each with its source and how sure it is.

The contract, and the reply-by date on a notice, override every number here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from beancount_posguard.calendars import Calendar, Lag
from beancount_posguard.contract import HOLD_DAYS, LATE_COMPLETION
from beancount_posguard.words import N_


class Limit(NamedTuple):
    """``days`` calendar days after ``anchor``; ``source`` says where the number comes from, ``lost`` what it costs.

    The anchor is the ``trade`` or the ``notice``: the day on which the books learnt of what is to be answered.
    """

    days: int
    source: str
    confidence: str
    lost: str = "the right to have it put right this way"
    anchor: str = "trade"


LIMITS: Mapping[str, Limit] = {
    "claim": Limit(60, "UnionPay prefers 请款 on credit cards within 60 days (9100)", "medium", "请款 on credit cards"),
    "top-up": Limit(60, "as a claim on the acquirer", "medium", "the best chance that the customer pays"),
    "split": Limit(60, "UnionPay prefers 请款 on credit cards within 60 days (9100)", "medium", "请款 on credit cards"),
    "fee-correction": Limit(60, "as a claim on the acquirer", "low"),
    "refund": Limit(180, "UnionPay refund with record: up to 180 days", "medium", "the refund to the card"),
    "credit-adjustment": Limit(
        40, "network fee rises with delay, bands around day 26 to 40", "low", "the lower network fee"
    ),
    "resubmit-refund": Limit(
        40, "a cardholder's dispute follows an unprocessed refund", "low", "peace with the cardholder"
    ),
    "complete-hold": Limit(int(HOLD_DAYS.value), HOLD_DAYS.source, HOLD_DAYS.confidence, "the hold"),
    "late-completion": Limit(
        int(LATE_COMPLETION.value),
        LATE_COMPLETION.source,
        LATE_COMPLETION.confidence,
        "the late completion; then only the customer can pay",
    ),
    "release-hold": Limit(
        1, "Visa and Mastercard: within 24 hours of knowing", "high", "the guest's patience", anchor="notice"
    ),
    "inquiry": Limit(180, "UnionPay inquiry: up to 180 days, 360 at the most", "high", "the answer from the records"),
    "answer": Limit(
        20, "UnionPay 调单: an older text gives 20 days, others 13 working days", "low", "the right to 再请款", "notice"
    ),
    "re-authorise": Limit(60, "as a claim on the acquirer", "medium", "the best chance that the customer pays"),
    "final-answer": Limit(
        20, "UnionPay through a provider: 20 days to the final answer", "medium", "the money", "notice"
    ),
    "representment": Limit(
        30,
        "Visa and UnionPay through a provider: 30 days; Mastercard 45; acquirers often give 1 to 7",
        "medium",
        "the money",
        "notice",
    ),
    "close-batch": Limit(60, "late presentment may be charged back up to 60 days from the trade (4536)", "low"),
    "find-slip": Limit(60, "as a claim on the acquirer", "low"),
    "find-sale": Limit(60, "as a claim on the acquirer", "low"),
    "trace-payout": Limit(60, "as a claim on the acquirer", "low"),
}


def deadline(remedy: str, trade: date, notice: date, hold_days: int) -> date | None:
    """Return the last day for ``remedy``, or None where no right is lost by waiting.

    Args:
        remedy: its word.
        trade: the day of the trade.
        notice: the day on which the books learnt of it.
        hold_days: how long the contract's holds can be completed.
    """
    limit = LIMITS.get(remedy)
    if limit is None:
        return None
    days = hold_days if remedy == "complete-hold" else limit.days
    return {"trade": trade, "notice": notice}[limit.anchor] + timedelta(days=days)


class Due(NamedTuple):
    """A claim's one next deadline: ``what`` is due on ``day``, counted from ``since``; ``lost`` what it costs.

    ``source`` and ``confidence`` say where the day comes from and how sure it is. All texts are English, and looked up
    by whoever shows them: a reader may speak another language than the program that read the ledger.
    """

    day: date
    what: str
    lost: str
    source: str
    confidence: str
    since: date


class Wait(NamedTuple):
    """How many working days the other side is given at a stage, and what for."""

    days: int
    what: str


#: What counts without other terms in the contract.
WAITS: Mapping[str, Wait] = {
    "submitted": Wait(2, "the case number"),
    "acknowledged": Wait(15, "the outcome"),
    "info-requested": Wait(5, "your answer"),
    "appealed": Wait(15, "the outcome of the appeal"),
    "accepted": Wait(15, "the money"),
    "part-accepted": Wait(15, "the money"),
}
_DEFAULT = N_("service level without contract terms")

#: The deadline of the remedy counts until the demand is out.
_BEFORE = frozenset({"new", "verified", "prepared", "returned", "approved", "rerouted"})


def next_due(
    stage: str, entered: date, notice: str, remedy_day: date | None, remedy: str, *, detected: date, country: str = "CN"
) -> Due | None:
    """Return the next deadline of a claim at ``stage``, or None where nothing is lost by waiting.

    Args:
        stage: the claim's stage.
        entered: the day on which it came there.
        notice: the day that the other side's notice names, ISO; empty without one. It wins.
        remedy_day: the last day for the remedy.
        remedy: the remedy's word.
        detected: the day on which the claim was found.
        country: whose working days count.
    """
    if notice:
        what = WAITS[stage].what if stage in WAITS else N_("your next step")
        return Due(date.fromisoformat(notice), what, N_("what the notice says"), N_("the notice"), "high", entered)
    if stage in _BEFORE and remedy_day:
        limit = LIMITS.get(remedy, LIMITS["claim"])
        return Due(remedy_day, N_("your demand"), limit.lost, limit.source, limit.confidence, detected)
    if stage in WAITS:
        wait = WAITS[stage]
        day = Lag(working=True, days=wait.days, cutoff="", calendar=Calendar(country)).after(entered)
        return Due(day, wait.what, N_("nothing yet: remind them"), _DEFAULT, "low", entered)
    return None


#: When to remind, in parts of the time given.
REMINDERS = (50, 80, 100)


#: So many days after the time is over the claim goes to who answers for it.
ESCALATE = 5


def is_escalated(due: Due, today: date) -> bool:
    """Tell whether a claim has waited so long past its time that whoever handles it should not handle it alone."""
    return today >= due.day + timedelta(days=ESCALATE)


def reminders(due: Due) -> list[tuple[int, date]]:
    """Return the days on which to remind, as (percent of the time, day), the last one being the due day itself."""
    whole = max((due.day - due.since).days, 0)
    return [(part, due.since + timedelta(days=-(-whole * part // 100))) for part in REMINDERS]


def reached(due: Due, today: date) -> int:
    """Return the last of :data:`REMINDERS` that has come by ``today``, or 0."""
    return max((part for part, day in reminders(due) if day <= today), default=0)
