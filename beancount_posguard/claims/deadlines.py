"""By when a claim must be on its way: dated rules, each with its source and how sure it is.

What a notice says comes first, then the contract, then the networks' rules of this table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from beancount_posguard.contract import HOLD_DAYS, LATE_COMPLETION, Contract
from beancount_posguard.terms import Term
from beancount_posguard.words import N_


class Limit(NamedTuple):
    """How long ``remedy`` may be asked for: ``term``, from ``since`` on, the day of the text it is from.

    ``source`` says where the number comes from, ``lost`` what it costs. ``networks`` are those of the card for which
    it holds; without any it holds where no row names the card's network.
    """

    remedy: str
    since: date
    term: Term
    source: str
    confidence: str
    lost: str = "the right to have it put right this way"
    networks: tuple[str, ...] = ()


#: UnionPay's texts are of 2013 and 2015. Where a text bears no day, its rule is taken to hold since then too.
_2013 = date(2013, 1, 1)

_TRADE_40, _TRADE_60, _TRADE_180 = (Term(days, anchor="trade") for days in (40, 60, 180))
_NOTICE_20, _NOTICE_30, _NOTICE_45 = (Term(days, anchor="notice") for days in (20, 30, 45))

_AS_CLAIM = "as a claim on the acquirer"
_PRESENTMENT = "UnionPay prefers 请款 on credit cards within 60 days (9100)"

LIMITS: tuple[Limit, ...] = (
    Limit("claim", _2013, _TRADE_60, _PRESENTMENT, "medium", "请款 on credit cards"),
    Limit("top-up", _2013, _TRADE_60, _AS_CLAIM, "medium", "the best chance that the customer pays"),
    Limit("split", _2013, _TRADE_60, _PRESENTMENT, "medium", "请款 on credit cards"),
    Limit("fee-correction", _2013, _TRADE_60, _AS_CLAIM, "low"),
    Limit(
        "refund",
        _2013,
        _TRADE_180,
        "UnionPay refund with record: up to 180 days",
        "medium",
        "the refund to the card",
    ),
    Limit(
        "credit-adjustment",
        _2013,
        _TRADE_40,
        "network fee rises with delay, bands around day 26 to 40",
        "low",
        "the lower network fee",
    ),
    Limit(
        "resubmit-refund",
        _2013,
        _TRADE_40,
        "a cardholder's dispute follows an unprocessed refund",
        "low",
        "peace with the cardholder",
    ),
    Limit(
        "complete-hold",
        HOLD_DAYS.since,
        Term(int(HOLD_DAYS.value), anchor="trade"),
        HOLD_DAYS.source,
        HOLD_DAYS.confidence,
        "the hold",
    ),
    Limit(
        "late-completion",
        LATE_COMPLETION.since,
        Term(int(LATE_COMPLETION.value), anchor="trade"),
        LATE_COMPLETION.source,
        LATE_COMPLETION.confidence,
        "the late completion; then only the customer can pay",
    ),
    Limit(
        "release-hold",
        _2013,
        Term(1, anchor="notice"),
        "Visa and Mastercard: within 24 hours of knowing",
        "high",
        "the guest's patience",
    ),
    Limit(
        "inquiry",
        _2013,
        _TRADE_180,
        "UnionPay inquiry: up to 180 days, 360 at the most",
        "high",
        "the answer from the records",
    ),
    Limit(
        "answer",
        _2013,
        _NOTICE_20,
        "UnionPay 调单: an older text gives 20 days, others 13 working days",
        "low",
        "the right to 再请款",
    ),
    Limit("re-authorise", _2013, _TRADE_60, _AS_CLAIM, "medium", "the best chance that the customer pays"),
    Limit(
        "final-answer",
        _2013,
        _NOTICE_20,
        "UnionPay through a provider: 20 days to the final answer",
        "medium",
        "the money",
    ),
    Limit(
        "representment",
        _2013,
        _NOTICE_30,
        "Visa, Discover, and UnionPay through a provider: 30 days, JCB a few more; acquirers often give 1 to 7",
        "medium",
        "the money",
        ("UnionPay", "Visa", "Discover", "JCB"),
    ),
    Limit(
        "representment",
        _2013,
        _NOTICE_45,
        "Mastercard second presentment: 45 days; acquirers often give 1 to 7",
        "medium",
        "the money",
        ("Mastercard",),
    ),
    Limit(
        "representment",
        _2013,
        _NOTICE_20,
        "American Express: 20 days; a provider gives 14",
        "low",
        "the money",
        ("Amex",),
    ),
    Limit(
        "representment",
        _2013,
        _NOTICE_20,
        "the card's network is not known: the shortest of them, American Express, gives 20 days",
        "low",
        "the money",
    ),
    Limit(
        "close-batch",
        _2013,
        _TRADE_60,
        "late presentment may be charged back up to 60 days from the trade (4536)",
        "low",
    ),
    Limit("find-slip", _2013, _TRADE_60, _AS_CLAIM, "low"),
    Limit("find-sale", _2013, _TRADE_60, _AS_CLAIM, "low"),
    Limit("trace-payout", _2013, _TRADE_60, _AS_CLAIM, "low"),
)

#: What a contract may give time for. How long a hold can be completed has a key of its own, ``hold-days``.
LIMITED = tuple(dict.fromkeys(one.remedy for one in LIMITS if one.remedy != "complete-hold"))

#: Where a day comes from that the contract names.
CONTRACT = N_("the contract")


class Clock(NamedTuple):
    """From which days the time of a claim is counted, one for each of :data:`~beancount_posguard.terms.ANCHORS`.

    ``network`` is the card's, empty where nothing tells it.
    """

    trade: date
    clearing: date
    notice: date
    network: str = ""

    def start(self, anchor: str) -> date:
        """Return the day of ``anchor``."""
        start: date = getattr(self, anchor)
        return start


class Last(NamedTuple):
    """The last day for a remedy, what is lost after it, where it comes from and how sure it is."""

    day: date
    lost: str
    source: str
    confidence: str


def in_force(contracts: Sequence[Contract], day: date) -> Contract | None:
    """Return which of one acquirer's ``contracts``, oldest first, counts on a day: the first one also before it."""
    return next((one for one in reversed(contracts) if one.since <= day), contracts[0] if contracts else None)


def deadline(remedy: str, clock: Clock, contracts: Sequence[Contract] = ()) -> Last | None:
    """Return the last day for ``remedy``, or None where no right is lost by waiting.

    Args:
        remedy: its word.
        clock: from when the time is counted.
        contracts: those with the acquirer, oldest first.
    """
    limit = _limit(remedy, clock, contracts)
    if limit is None:
        return None
    start = clock.start(limit.term.anchor)
    day = limit.term.last_day(start, _country(contracts, start))
    return Last(day, limit.lost, limit.source, limit.confidence)


def earliest(remedies: Iterable[str], clock: Clock, contracts: Sequence[Contract] = ()) -> Last | None:
    """Return the first of the last days for ``remedies``, or None where no right is lost by waiting."""
    found = (deadline(remedy, clock, contracts) for remedy in remedies)
    return min((one for one in found if one), key=lambda one: one.day, default=None)


def _limit(remedy: str, clock: Clock, contracts: Sequence[Contract]) -> Limit | None:
    """Return the rule in force on the day from which it counts: the contract's own, else the network's."""
    usual = _usual(remedy, clock)
    if usual is None:
        return None
    for contract in reversed(contracts):
        term = _own(remedy, contract)
        anchor = term.anchor if term and term.anchor else usual.term.anchor
        if contract is contracts[0] or contract.since <= clock.start(anchor):
            return _by_contract(usual, contract, term._replace(anchor=anchor)) if term else usual
    return usual


def _by_contract(usual: Limit, contract: Contract, term: Term) -> Limit:
    return usual._replace(since=contract.since, term=term, source=CONTRACT, confidence="high")


def _usual(remedy: str, clock: Clock) -> Limit | None:
    """Return the network's rule; one that names the network comes before one that names none, a later before an old."""
    rules = (
        one
        for one in LIMITS
        if one.remedy == remedy
        and one.since <= clock.start(one.term.anchor)
        and (not one.networks or clock.network in one.networks)
    )
    return max(rules, key=lambda one: (bool(one.networks), one.since), default=None)


def _own(remedy: str, contract: Contract) -> Term | None:
    """Return what ``contract`` itself gives for ``remedy``."""
    if remedy != "complete-hold":
        return contract.limits.get(remedy)
    return Term(contract.hold_days) if contract.hold_days != int(HOLD_DAYS.value) else None


def _country(contracts: Sequence[Contract], day: date) -> str:
    contract = in_force(contracts, day)
    return contract.settles.calendar.country if contract else "CN"


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
    """How long an answer is waited for at a stage: ``what`` for, and by which word a contract's ``answers`` names it.

    ``ours`` is whether the answer is the merchant's own.
    """

    term: Term
    what: str
    word: str
    ours: bool = False


#: What counts without other terms in the contract.
WAITS: Mapping[str, Wait] = {
    "submitted": Wait(Term(2, working=True), "the case number", "case-number"),
    "acknowledged": Wait(Term(15, working=True), "the outcome", "outcome"),
    "info-requested": Wait(Term(5, working=True), "your answer", "information", ours=True),
    "appealed": Wait(Term(15, working=True), "the outcome of the appeal", "appeal"),
    "accepted": Wait(Term(15, working=True), "the money", "money"),
    "part-accepted": Wait(Term(15, working=True), "the money", "money"),
}
#: What a contract's ``answers`` may speak of.
ANSWERS = tuple(dict.fromkeys(one.word for one in WAITS.values()))
_DEFAULT = N_("service level without contract terms")

#: The deadline of the remedy counts until the demand is out.
_BEFORE = frozenset({"new", "verified", "prepared", "returned", "approved", "rerouted"})


def next_due(
    stage: str,
    entered: date,
    notice: str,
    last: Last | None,
    *,
    detected: date,
    contracts: Sequence[Contract] = (),
    party: str = "acquirer",
) -> Due | None:
    """Return the next deadline of a claim at ``stage``, or None where nothing is lost by waiting.

    Args:
        stage: the claim's stage.
        entered: the day on which it came there.
        notice: the day that the other side's notice names, ISO; empty without one. It wins.
        last: the last day for the remedy.
        detected: the day on which the claim was found.
        contracts: those with the acquirer, oldest first; their calendar says which days are worked.
        party: who is asked; a contract with the acquirer binds nobody else.
    """
    if notice:
        what = WAITS[stage].what if stage in WAITS else N_("your next step")
        return Due(date.fromisoformat(notice), what, N_("what the notice says"), N_("the notice"), "high", entered)
    if stage in _BEFORE and last:
        return Due(last.day, N_("your demand"), last.lost, last.source, last.confidence, detected)
    if stage in WAITS:
        return _awaited(WAITS[stage], entered, contracts, party)
    return None


def _awaited(wait: Wait, entered: date, contracts: Sequence[Contract], party: str) -> Due:
    contract = in_force(contracts, entered)
    own = contract.answers.get(wait.word) if contract and party == "acquirer" else None
    day = (own or wait.term).last_day(entered, _country(contracts, entered))
    source, confidence = (CONTRACT, "high") if own else (_DEFAULT, "low")
    lost = N_("their hearing you: they decide without your answer") if wait.ours else N_("nothing yet: remind them")
    return Due(day, wait.what, lost, source, confidence, entered)


def is_binding(due: Due, stage: str) -> bool:
    """Tell whether nothing can be done any more after the day of ``due``, the deadline of a claim at ``stage``.

    An uncertain limit is a reminder, as the other side may still say yes; and so is the day of the other side's own
    answer: who waits for it in vain may go on.
    """
    theirs = stage in WAITS and not WAITS[stage].ours and due.source == CONTRACT
    return due.confidence != "low" and not theirs


#: When to remind, in parts of the time given.
REMINDERS = (50, 80, 100)


#: So many days after the time is over the claim goes to who answers for it.
ESCALATE = 5


def is_escalated(due: Due, today: date) -> bool:
    """Tell whether a claim has waited so long past its time that whoever handles it should not handle it alone."""
    return (today - due.day).days >= ESCALATE


def reminders(due: Due) -> list[tuple[int, date]]:
    """Return the days on which to remind, as (percent of the time, day), the last one being the due day itself."""
    whole = max((due.day - due.since).days, 0)
    return [(part, due.since + timedelta(days=-(-whole * part // 100))) for part in REMINDERS]


def reached(due: Due, today: date) -> int:
    """Return the last of :data:`REMINDERS` that has come by ``today``, or 0."""
    return max((part for part, day in reminders(due) if day <= today), default=0)
