"""What must hold for a step besides its stage: each guard looks at one thing and says in plain words what is wrong.

A guard returns a clause that follows the claim's id, or nothing. It sees the claim as it was known on the step's
day, so that a step which was right once stays right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.claims import names, routes
from beancount_posguard.claims.case import Case
from beancount_posguard.claims.deadlines import is_binding
from beancount_posguard.claims.evidence import exhibit_name, missing
from beancount_posguard.claims.steps import BOOKINGS, FINISHED, STEPS, misplaced, stage_name
from beancount_posguard.money import ZERO
from beancount_posguard.words import _, both, either_of, listed


class Taking(NamedTuple):
    """A step about to be taken."""

    step: str
    by: str
    on: date
    said: Mapping[str, str]


class Guard(NamedTuple):
    """``holds`` is the condition in words, for the docs; ``check`` returns what is wrong, or nothing."""

    holds: str
    check: Callable[[Case, Taking], str]


#: Which side's word an exhibit is; what is not named speaks for itself.
_SPEAKS_FOR: Mapping[str, str] = {
    "ticket": "sale",
    "statement": "settlement",
    **dict.fromkeys(("slip", "batch-slip", "void-slip", "decline-slip", "refund-slip", "hold-slip"), "terminal"),
}


def _two_sources(case: Case, taking: Taking) -> str:
    told = {leg.side for leg in case.found.legs} | {_SPEAKS_FOR.get(one.what, one.what) for one in case.exhibits}
    if len(told) > 1 or taking.said.get("note"):
        return ""
    alone = both(names.side(one) for one in told)
    text = _("rests on no line at all; attach two sources, or say with a note what bears it out")
    if told:
        text = _(
            "rests on the {side} alone; compare it with a second source, then attach that or say with a note what "
            "bears it out"
        )
    return text.format(side=alone)


def _second_eye(case: Case, taking: Taking) -> str:
    limit = case.policy.limit("maker", taking.on)
    if not case.policy.strict(taking.on) or case.amount <= limit:
        return ""
    did = {one.by for one in case.booked}
    if taking.step == "dismiss" and not did:
        did = {one.by for one in case.taken if one.step == "verify"}
    if did != {taking.by}:
        return ""
    return _("was settled by {by}; above {limit} {currency} somebody else must {step} it").format(
        by=taking.by, limit=limit, currency=case.found.currency, step=names.event(taking.step)
    )


def _arrived(case: Case, taking: Taking) -> str:
    if case.current() != "resolving" or taking.said.get("note"):
        return ""
    return _("waits for its money to be seen; import the next files, or say with a note how you know that it arrived")


def _answered(case: Case, taking: Taking) -> str:
    asked = max((one.on for one in case.taken if one.step in {"submit", "appeal", "legal"}), default=date.min)
    if any(one.what in {"reply", "advice"} and one.day >= asked for one in case.exhibits):
        return ""
    if "reply" in taking.said.get("waive", "").split():
        if taking.said.get("note"):
            return ""
        return _("lacks their answer; to go without, say with a note how they gave it")
    return _(
        "lacks their answer: attach it (posguard attach, --as reply); where there is none on paper, "
        "say --waive reply and how they gave it with a note"
    )


def _zero(case: Case, taking: Taking) -> str:
    if not case.balance:
        return ""
    return _("still has money open; {step} needs a balance of zero: book a correction first").format(
        step=names.event(taking.step)
    )


def _money(case: Case, taking: Taking) -> str:
    return (
        "" if case.balance else _("has no money open; there is nothing to {step}").format(step=names.event(taking.step))
    )


def _route(case: Case, taking: Taking) -> str:
    standing = case.standing(taking.said.get("part", ""))
    if standing is None:
        return _("has no part with the {party}").format(party=names.party(taking.said.get("part", "")))
    no = routes.refusal(taking.said["route"], standing, taking.on)
    return _("cannot go by {route}: {no}").format(route=taking.said["route"], no=no) if no else ""


def _evidence(case: Case, taking: Taking) -> str:
    waived = taking.said.get("waive", "").split()
    if waived and not taking.said.get("note"):
        return _("lacks {waived}; to go without, say why with a note").format(waived=both(map(exhibit_name, waived)))
    lacks = [
        one
        for one in missing(case.state.kind, (leg.side for leg in case.found.legs), case.exhibits)
        if one not in waived
    ]
    if not lacks:
        return ""
    return _("lacks {lacks}: attach it (posguard attach), or waive it and say why").format(
        lacks=both(map(exhibit_name, lacks))
    )


def _in_time(case: Case, taking: Taking) -> str:
    due = case.claim().due
    if due is None or taking.on <= due.day or not is_binding(due, case.current()):
        return ""
    return _("is too late for it: {what} was due on {day} ({source}); take the step expire").format(
        what=_(due.what), day=due.day, source=_(due.source)
    )


def _too_late(case: Case, taking: Taking) -> str:
    due = case.claim().due
    day = due.day if due else case.found.deadline
    if day is None:
        return _("has no deadline that could have passed; give it up or turn to the other party")
    if day < taking.on:
        return ""
    return _("has time until {day}; it cannot be expired on {on}").format(day=day, on=taking.on)


def _maker(case: Case) -> str:
    asked = [one.by for one in case.taken if one.step in {"prepare", "request-write-off"}]
    return asked[-1] if asked else ""


def _not_the_maker(case: Case, taking: Taking) -> str:
    if taking.by != _maker(case):
        return ""
    return _("was prepared by {by}; somebody else must approve it").format(by=taking.by)


def _not_the_cashier(case: Case, taking: Taking) -> str:
    person = case.policy.person(taking.by, taking.on)
    rang = set(case.found.facts.get("cashier", ())) & {taking.by, person.cashier if person else ""} - {""}
    return _("was rung up by {by}; nobody approves their own slip").format(by=taking.by) if rang else ""


def _not_twice(case: Case, taking: Taking) -> str:
    if taking.by not in case.approvers():
        return ""
    return _("was approved by {by} already; a second person must").format(by=taking.by)


def _unchanged(case: Case, taking: Taking) -> str:
    if taking.said["evidence"] == case.digest():
        return ""
    return _(
        "is not what was approved: its evidence and amount are {digest}, not {evidence}; look at it and approve again"
    ).format(digest=case.digest(), evidence=taking.said["evidence"])


def _approved(case: Case, taking: Taking) -> str:
    if case.stage == "info-requested":
        return ""  # what is sent now answers a question about what was approved
    approval = case.last("approve")
    if case.stage == "approved" and approval:
        if approval.said.get("evidence") == case.digest():
            return ""
        return _("has changed since it was approved: prepare and approve it again (return, prepare, approve)")
    amount = case.prepared()[2]
    if not case.policy.strict(taking.on) or amount <= case.policy.limit("maker", taking.on):
        return ""
    return _("is about {amount} {currency}; somebody must approve it first").format(
        amount=amount, currency=case.found.currency
    )


def _within(case: Case, taking: Taking) -> str:
    _route, party, amount = case.prepared()
    said = taking.said.get("amount")
    if said is None or Decimal(said) <= amount:
        return ""
    return _("has {amount} {currency} open with the {party}; {said} is more than that").format(
        amount=amount, currency=case.found.currency, party=names.party(party), said=said
    )


def _plan(case: Case, taking: Taking) -> str:
    said = taking.said.get("amount")
    if said is None or Decimal(said) >= case.prepared()[2] or taking.said.get("note"):
        return ""
    return _("is accepted in part; say with a note what is to become of the rest")


def _hopeless(case: Case, taking: Taking) -> str:
    if case.stage != "verified" or case.balance <= case.policy.limit("maker", taking.on):
        return ""
    return _(
        "was never asked for; {balance} {currency} is given up only once rejected or expired, "
        "not merely because it is old"
    ).format(balance=case.balance, currency=case.found.currency)


def _advice(case: Case, taking: Taking) -> str:
    limit = case.policy.limit("legal", taking.on)
    if case.amount < limit or case.last("legal") or case.last("advise") or _came_in_time(case):
        return ""
    return _(
        "is about {amount} {currency}; from {limit} on legal advice is needed first: write it down (posguard advise), "
        "or hand it over (posguard legal)"
    ).format(amount=case.amount, currency=case.found.currency, limit=limit)


def _cause(case: Case, taking: Taking) -> str:
    if taking.said.get("cause") or any(one.said.get("cause") for one in case.taken) or _came_in_time(case):
        return ""
    return _("has no cause yet; say why it happened with --cause")


def _came_in_time(case: Case) -> bool:
    return case.current() == "withdrawn"


def _informed(case: Case, taking: Taking) -> str:
    del taking
    if not concerns_customer(case) or any(one.said.get("outcome") not in {"", None, "failed"} for one in case.taken):
        return ""
    return _("concerns a customer, whom nobody has told: posguard notify")


def concerns_customer(case: Case) -> bool:
    """Tell whether a customer was ever owed or owing anything."""
    found = (one for state in case.found.states for one in state.amounts.values())
    touched = any(party == "customer" and amount for party, _, amount in found) or case.was_with("customer")
    return touched and not _came_in_time(case)


GUARDS: Mapping[str, Guard] = {
    "two-sources": Guard("two sides tell of it, or a note says what bears it out", _two_sources),
    "second-eye": Guard("above the maker's limit, somebody else settled it", _second_eye),
    "arrived": Guard("its money was seen where it was to be seen next, or a note says how it is known", _arrived),
    "answered": Guard("the other side's answer is on file, or waived with a reason", _answered),
    "zero": Guard("its balance is zero", _zero),
    "money": Guard("money is open", _money),
    "route": Guard("the route is open for this component, and none other is under way", _route),
    "evidence": Guard("what its kind needs is on file, or waived with a reason", _evidence),
    "in-time": Guard("no deadline of one's own, of high or medium confidence, has passed", _in_time),
    "too-late": Guard("its deadline has passed", _too_late),
    "not-the-maker": Guard("somebody else prepared it", _not_the_maker),
    "not-the-cashier": Guard("somebody else rang it up", _not_the_cashier),
    "not-twice": Guard("the same person did not approve it before", _not_twice),
    "unchanged": Guard("the digest approved is that of its evidence, amount and route", _unchanged),
    "approved": Guard("it is approved as it stands, or small enough for its maker", _approved),
    "within": Guard("no more is accepted than is open", _within),
    "plan": Guard("where a part is accepted, a note says what becomes of the rest", _plan),
    "hopeless": Guard("it was rejected or has expired, or is small", _hopeless),
    "advice": Guard("where it is about much, legal advice was taken", _advice),
    "cause": Guard("its cause is recorded", _cause),
    "informed": Guard("the customer was told, where one is concerned", _informed),
}


#: The guards that look at the claim alone: whatever is said with a step and by whom, they answer the same.
_OF_THE_CLAIM = frozenset({"zero", "money", "in-time", "too-late", "approved", "hopeless", "advice", "informed"})


def blocked(case: Case, step: str, on: date) -> str:
    """Return what stands against ``step`` on a day whatever is said with it; empty where it can be tried."""
    taking = Taking(step, "", on, {})
    names = (name for name in STEPS[step].guards if name in _OF_THE_CLAIM)
    return next((why for name in names if (why := GUARDS[name].check(case, taking))), "")


def authority(case: Case, taking: Taking) -> str:
    """Return why ``taking.by`` may not take the step at all; empty where they may, or where no person is configured."""
    if not case.policy.strict(taking.on):
        return ""
    person = case.policy.person(taking.by, taking.on)
    if person is None:
        known = sorted({one.name for one in case.policy.people if one.since <= taking.on})
        return _("cannot be handled by {by}, whom the ledger does not know; it has {known}").format(
            by=taking.by or _("nobody"), known=listed(known)
        )
    allowed = (STEPS.get(taking.step) or BOOKINGS.get(taking.step) or STEPS["raise"]).roles
    if person.roles & allowed:
        return ""
    return _("cannot take the step {step} by {by}, who is {roles}; it needs {allowed}").format(
        step=taking.step,
        by=taking.by,
        roles=both(sorted(person.roles)) or _("nothing"),
        allowed=either_of(sorted(allowed)),
    )


def check(case: Case, taking: Taking) -> str:
    """Return the first thing that stands against a step whose stage and words are right."""
    no = authority(case, taking)
    return no or next((why for name in STEPS[taking.step].guards if (why := GUARDS[name].check(case, taking))), "")


#: What nobody claimed until the right to it was gone. Whether it is gone, and whose it is then, is for a lawyer to say.
OVERAGES = "Income:POS:Overages"


def check_kept(case: Case, accounts: Iterable[str]) -> str:
    """Return what stands against keeping money that is somebody's; empty where it is not kept, or advice was taken."""
    if OVERAGES not in accounts or case.last("legal") or case.last("advise"):
        return ""
    return _(
        "is somebody's money and becomes income only once a lawyer says that the right to it is gone: "
        "write that down first (posguard advise), or leave it unclaimed"
    )


def check_posted(case: Case, on: date, posted: Sequence[tuple[str, Decimal]]) -> str:
    """Return what stands against postings on claim accounts, whoever makes them; empty where nothing does.

    A finished claim takes no money, and no component is overdrawn: what comes off it is no more than is open. What is
    dated before the claim was found is left to the people who know why.
    """
    if on < case.found.detected or not posted:
        return ""
    if case.current() in FINISHED:
        return _("is {current}; reopen it before anything is booked on it").format(current=stage_name(case.current()))
    open_now = case.balances()
    for account, number in posted:
        left = open_now.get(account, ZERO)
        if number * left < 0 and abs(number) > abs(left):
            return _("has {left} {currency} open on {account}; {number} is more than that").format(
                left=abs(left), currency=case.found.currency, account=account, number=abs(number)
            )
    return ""


def check_booking(case: Case, taking: Taking, amount: Decimal) -> str:
    """Return what stands against a correction that takes ``amount`` (positive) off the claims; empty if nothing does.

    What moves from one party's account to another's takes nothing off; what goes to income or elsewhere does. Money
    that comes in needs nobody's approval. What is given away alone is counted against the person's limit over the
    window of days, so that cutting it into pieces does not help.
    """
    no = misplaced(taking.step, case.current()) or authority(case, taking)
    gives = taking.step in BOOKINGS and BOOKINGS[taking.step].gives and amount != 0
    if no or not gives:
        return no
    if taking.step == "write-off" and (no := _advice(case, taking)):
        return no
    if not case.policy.strict(taking.on):
        return ""
    return _write_off(case, taking, amount) if taking.step == "write-off" else _pay(case, taking, amount)


def _alone(case: Case, taking: Taking, amount: Decimal) -> bool:
    days, limit = int(case.policy.limit("days", taking.on)), case.policy.limit("maker", taking.on)
    return case.register.total(taking.by, taking.on, days, case.about, limit) + amount <= limit


_AFTER_APPROVAL = frozenset(
    {"approved", "submitted", "acknowledged", "info-requested", "accepted", "part-accepted", "appealed"}
)


def _pay(case: Case, taking: Taking, amount: Decimal) -> str:
    if case.stage in _AFTER_APPROVAL and case.approvers():
        approval = case.last("approve")
        if case.stage == "approved" and approval and approval.said.get("evidence") != case.digest() and not case.booked:
            return _("has changed since it was approved: prepare and approve it again (return, prepare, approve)")
        return ""
    if _alone(case, taking, amount):
        case.register.add(taking.by, taking.on, amount, case.about)
        return ""
    return _too_much(case, taking, amount, _("prepare it and have it approved"))


def _write_off(case: Case, taking: Taking, amount: Decimal) -> str:
    if case.stage != "write-off-requested":
        if _alone(case, taking, amount):
            case.register.add(taking.by, taking.on, amount, case.about)
            return ""
        return _too_much(case, taking, amount, _("ask for it with posguard write-off --request"))
    if taking.by == _maker(case):
        return _("was asked to be given up by {by}; somebody else must book it").format(by=taking.by)
    if case.policy.ceiling(taking.by, taking.on) == ZERO:
        return _("cannot be given up by {by}, who may not approve").format(by=taking.by)
    others = set(case.approvers()) - {taking.by}
    within = min(case.policy.limit("write-off", taking.on), case.policy.ceiling(taking.by, taking.on))
    days = int(case.policy.limit("days", taking.on))
    if case.register.total(taking.by, taking.on, days, case.about, within) + amount <= within or others:
        case.register.add(taking.by, taking.on, amount, case.about)
        return ""
    money = f"{amount} {case.found.currency}"
    return _("is about {money}, more than {by} gives up alone; have it approved by another first").format(
        money=money, by=taking.by
    )


def _too_much(case: Case, taking: Taking, amount: Decimal, instead: str) -> str:
    limit, days = case.policy.limit("maker", taking.on), case.policy.limit("days", taking.on)
    money = f"{amount} {case.found.currency}"
    return _("is about {money}; alone {by} gives away no more than {limit} in {days} days: {instead}").format(
        money=money, by=taking.by, limit=limit, days=days, instead=instead
    )
