"""The life of a claim: one table for the plugin's checks, the command line, ``show``'s next step and the docs.

A step changes how far a claim is and never its money. Four stages are no steps: a claim is ``resolving``, ``settled``
or ``written-off`` when its balance is zero, and ``withdrawn`` when the late line arrived and explained everything.

What a step needs stands beside it: the stages it starts from, who may take it, what must be said with it
(:mod:`beancount_posguard.claims.said`) and what must hold (:mod:`beancount_posguard.claims.guards`). What moves money
stands in :data:`BOOKINGS`, with the stages at which it may be booked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from beancount_posguard.claims.names import event
from beancount_posguard.words import _, both, either, either_of


class Stage(NamedTuple):
    """One stage: its Chinese name, and what to do there. ``{id}`` is the claim's short id, ``{money}`` the booking."""

    zh: str
    next: str


STAGES: Mapping[str, Stage] = {
    "new": Stage("待核实", "Compare slip, statement and till, then: posguard verify {id}"),
    "verified": Stage("已核实", "{remedy}; {prepare}when the money moves: {money}"),
    "prepared": Stage(
        "已备件", "Somebody else looks at it: posguard approve {id}; or sends it back: posguard return {id}"
    ),
    "returned": Stage("已退回", "Mend what the checker found, then: posguard prepare {id}"),
    "approved": Stage("已批准", "Send it: posguard submit {id}; or, where the money goes at once: {money}"),
    "submitted": Stage("已提交", "Wait for the other side's case number, then: posguard acknowledge {id}"),
    "acknowledged": Stage("已受理", "Wait for the answer, then: posguard accept {id}, or reject, or info"),
    "info-requested": Stage("待补件", "Attach what they ask for, then: posguard submit {id}"),
    "accepted": Stage("已同意", "Wait for the money; when it moves: {money}"),
    "part-accepted": Stage(
        "部分同意", "When the money moves: {money}; for the rest: posguard appeal, reroute or write-off {id}"
    ),
    "rejected": Stage("已拒绝", "posguard appeal {id}, or reroute to who owes it, or legal, or write-off --request"),
    "appealed": Stage("已申诉", "Wait for their case number, then: posguard acknowledge {id}; or accept, or reject"),
    "rerouted": Stage("已转向", "Prepare the demand on the new party: posguard prepare {id}"),
    "legal": Stage("法律程序", "When it is decided: posguard accept {id}, or reject"),
    "expired": Stage("已超期", "posguard reroute {id} to who owes it, or legal, or write-off --request"),
    "write-off-requested": Stage("待核销", "Somebody else gives it up: posguard write-off {id}"),
    "resolving": Stage("资金在途", "Import the next files: the money is not seen yet. Once it is: posguard close {id}"),
    "settled": Stage("已结清", "Nothing is open: posguard close {id}"),
    "written-off": Stage("已核销", "Nothing is open: posguard close {id}"),
    "withdrawn": Stage("已撤回", "Nothing: it is done"),
    "closed": Stage("已结案", "Nothing: it is done"),
    "dismissed": Stage("已排除", "Nothing: it is done"),
}


def stage_name(code: str) -> str:
    """Return what the reader calls a stage; English readers know it by its code."""
    return either(STAGES[code].zh, code) if code in STAGES else code


#: The demand is out: the other side has it, and must be told if nothing is owed after all.
OUT = frozenset({"submitted", "acknowledged", "info-requested", "appealed", "legal"})
#: All is done, or was never to be done.
FINISHED = frozenset({"withdrawn", "closed", "dismissed"})
#: No money is open and somebody may close it.
RESTED = frozenset({"resolving", "settled", "written-off", "withdrawn"})
_OPEN = frozenset(STAGES) - FINISHED - RESTED
_REFUSED = frozenset({"rejected", "part-accepted"})

#: Who may do what; a person may have several roles. A cashier and an auditor take no step.
MAKER = frozenset({"maker", "checker", "manager", "owner"})
CHECKER = frozenset({"checker", "manager", "owner"})
MANAGER = frozenset({"manager", "owner"})
LEGAL = frozenset({"manager", "owner", "legal"})
ANYONE = frozenset({"cashier", "supervisor", "maker", "checker", "manager", "owner", "legal"})


class Step(NamedTuple):
    """One step: from which stages, to which (empty: it stays), who, what must and may be said, and what must hold.

    ``stays`` are the stages that it does not leave all the same, ``partly`` where it leads when only a part is meant.
    """

    sources: frozenset[str]
    to: str
    roles: frozenset[str]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    guards: tuple[str, ...]
    done: str
    meaning: str
    stays: frozenset[str] = frozenset()
    partly: str = ""


def _from(*stages: str) -> frozenset[str]:
    return frozenset(stages)


STEPS: Mapping[str, Step] = {
    "raise": Step(
        frozenset(), "new", MAKER, ("by", "note"), (), (),
        "raised", "Open a claim that only paper shows.",
    ),
    "verify": Step(
        _from("new"), "verified", MAKER, ("by",), ("cause", "note"), ("two-sources",),
        "verified", "Say that two independent sources confirm the claims (双重核实).",
    ),
    "dismiss": Step(
        _from("new", "verified"), "dismissed", MAKER, ("by", "note"), (), ("zero", "second-eye"),
        "dismissed", "Say that the claims are none; they must have no money open.",
    ),
    "prepare": Step(
        _from("verified", "returned", "rerouted"), "prepared", MAKER, ("by", "route"), ("part", "waive", "note"),
        ("money", "route", "in-time", "evidence"),
        "prepared", "Choose the way the money is to be asked for or given back; the evidence must be complete.",
    ),
    "approve": Step(
        _from("prepared", "write-off-requested"), "approved", CHECKER, ("by", "evidence"), ("note",),
        ("not-the-maker", "not-the-cashier", "unchanged", "not-twice", "advice"),
        "approved", "Approve what somebody else prepared, as it is (复核).", _from("write-off-requested"),
    ),
    "return": Step(
        _from("prepared", "approved", "write-off-requested"), "returned", CHECKER, ("by", "note"), (), (),
        "returned", "Send a prepared claim back to who prepared it, and say why.",
    ),
    "submit": Step(
        _from("prepared", "approved", "info-requested"), "submitted", MAKER, ("by",), ("reference", "note"),
        ("approved", "in-time"),
        "submitted", "Say that the demand was sent, or that what was asked for was answered.",
    ),
    "acknowledge": Step(
        _from("submitted", "appealed"), "acknowledged", ANYONE, ("by", "case"), ("by-date", "note"), (),
        "acknowledged", "Write down the other side's case number (受理).",
    ),
    "info": Step(
        _from("submitted", "acknowledged", "appealed"), "info-requested", MAKER, ("by", "note"), ("by-date",), (),
        "noted as asked for more", "The other side asks for more (补件); its notice says by when.",
    ),
    "accept": Step(
        _from("submitted", "acknowledged", "appealed", "legal"), "accepted", MAKER, ("by",),
        ("amount", "by-date", "waive", "note"), ("answered", "within", "plan"),
        "accepted", "The other side agrees, to all of it or to a part.", frozenset(), "part-accepted",
    ),
    "reject": Step(
        _from("submitted", "acknowledged", "appealed", "legal"), "rejected", MAKER, ("by", "note"),
        ("by-date", "waive"), ("answered",),
        "rejected", "The other side refuses, and why.",
    ),
    "appeal": Step(
        _REFUSED, "appealed", MAKER, ("by", "note"), ("by-date",), ("money", "in-time"),
        "appealed", "Ask again with better grounds (申诉).",
    ),
    "reroute": Step(
        _REFUSED | {"expired"}, "rerouted", CHECKER, ("by", "note"), ("to",), ("money",),
        "rerouted", "Turn to the party who owes it then; its money moves to that party's account.",
    ),
    "legal": Step(
        _OPEN - {"new", "legal", "write-off-requested"}, "legal", LEGAL, ("by", "note"), ("by-date",), ("money",),
        "handed to the lawyer", "Hand it over for legal advice, and say what the advice is.",
    ),
    "advise": Step(
        _OPEN - {"new"} | RESTED, "", LEGAL, ("by", "note"), ("reference",), (),
        "noted with the advice", "Write down legal advice without handing the claims over.",
    ),
    "expire": Step(
        _OPEN - {"new", "expired", "write-off-requested"}, "expired", MAKER, ("by",), ("note",), ("money", "too-late"),
        "expired", "The time to ask has passed without an answer.",
    ),
    "request-write-off": Step(
        _REFUSED | {"verified", "expired", "legal"}, "write-off-requested", MAKER, ("by", "note"), (),
        ("money", "hopeless", "advice"),
        "waiting to be given up", "Ask that somebody else gives up what is left.",
    ),
    "withdraw": Step(
        _OPEN - {"new"}, "withdrawn", MAKER, ("by", "note"), (), ("zero",),
        "withdrawn", "Tell the other side that nothing is owed after all.",
    ),
    "notify": Step(
        _OPEN | RESTED, "", ANYONE, ("by", "channel", "template", "outcome"), ("note",), (),
        "told", "The customer was told; never their number or address.",
    ),
    "note": Step(
        frozenset(STAGES), "", ANYONE, ("by", "note"), ("measure",), (),
        "noted", "Write down something about the claims.",
    ),
    "close": Step(
        RESTED, "closed", MAKER, ("by",), ("cause", "measure", "note"),
        ("zero", "arrived", "second-eye", "cause", "informed", "advice"),
        "closed", "Everything about the claims is done: no money open, the customer told, the cause known.",
    ),
    "reopen": Step(
        _from("closed", "dismissed"), "verified", MANAGER, ("by", "note"), (), (),
        "reopened", "Take up a closed or dismissed claim again.",
    ),
}  # fmt: skip


class Booking(NamedTuple):
    """What moves money on a claim: at which stages, who may book it, and whether it gives something away."""

    sources: frozenset[str]
    roles: frozenset[str]
    gives: bool
    meaning: str


#: Nothing is given away before somebody looked; what comes in is booked when it comes.
BOOKINGS: Mapping[str, Booking] = {
    "refund": Booking(_OPEN - {"new"}, MAKER, gives=True, meaning="Pay back what is owed."),
    "top-up": Booking(_OPEN, MAKER, gives=False, meaning="Book what was paid up."),
    "write-off": Booking(_OPEN - {"new"}, MAKER, gives=True, meaning="Give up what will not come."),
    "reclass": Booking(_OPEN - {"new"}, MAKER, gives=True, meaning="Move what is open to whose it is."),
    "bounce": Booking(
        _OPEN | {"resolving", "settled"}, MAKER, gives=False, meaning="A refund came back: it is owed again."
    ),
}


def steps_at(stage: str) -> list[str]:
    """Return the steps that can be taken at ``stage``, in the table's order; their guards may refuse them yet."""
    return [name for name, step in STEPS.items() if stage in step.sources]


def bookings_at(stage: str) -> list[str]:
    """Return the corrections that can be booked at ``stage``, in the table's order."""
    return [name for name, booking in BOOKINGS.items() if stage in booking.sources]


def misplaced(booking: str, stage: str) -> str:
    """Return why ``booking`` cannot be booked at ``stage``, as a clause after the claim's id; empty where it can."""
    if booking not in BOOKINGS or stage in BOOKINGS[booking].sources:
        return ""
    if stage == "new":
        return _("is new: nobody has looked at it yet; verify it before you book a {booking} (posguard verify)").format(
            booking=event(booking)
        )
    return _("is {stage}; nothing is open that a {booking} could be booked on").format(
        stage=stage_name(stage), booking=event(booking)
    )


#: More stages than this are not counted up in a sentence.
_FEW = 8


def refusal(name: str, stage: str, said: Mapping[str, object]) -> str:
    """Return why step ``name`` cannot be taken at ``stage``, as a clause after the claim's id; empty where it can.

    ``said`` holds what the person gave, by key; a missing or blank required key is a reason. What must hold besides is
    the guards' business.
    """
    step = STEPS.get(name)
    if step is None:
        return _("has no step {name!r}; expected one of {steps}").format(name=name, steps=", ".join(STEPS))
    if stage not in step.sources:
        if not step.sources:
            text = _("is {stage}; {step} needs a claim that is not there yet")
        elif len(step.sources) > _FEW:
            text = _("is {stage}, where {step} is not possible; possible are {steps}")
            return text.format(stage=stage_name(stage), step=name, steps=both(steps_at(stage)))
        else:
            text = _("is {stage}; {step} needs a claim that is {sources}")
        sources = either_of(stage_name(one) for one in STAGES if one in step.sources)
        return text.format(stage=stage_name(stage), step=name, sources=sources)
    missing = [key for key in step.required if not str(said.get(key) or "").strip()]
    if missing:
        return _("cannot take the step {step} without {missing}").format(step=name, missing=both(missing))
    return ""
