"""An event as of a day -> what kind of mismatch it is, who owes, and where the money goes.

The kind is a function of the legs known and of what is judged by then; it may change. What each component moves does
not depend on the kind's name but on its sign: what stays on the till is the customer's, what stays on clearing or
payout the acquirer's. Only three kinds depart from that, each for a stated reason (:data:`_ELSEWHERE`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from beancount_posguard.contract import Contract
from beancount_posguard.kinds import DISPUTED, KINDS
from beancount_posguard.legs import (
    APPROVED,
    BANK,
    PREAUTH,
    SETTLEMENT,
    TAKEN_BACK,
    TERMINAL,
    TILL,
    Kind,
    Leg,
    Source,
    Status,
)
from beancount_posguard.matching.near import cards_fit, seconds
from beancount_posguard.money import ZERO, minor
from beancount_posguard.networks import is_fraud
from beancount_posguard.places import on_other_account, on_wrong_day

#: Approvals of one card and amount this close together are one purchase rung up twice (E4).
DOUBLE_SWIPE = 15 * 60


class Link(Enum):
    """One promise of the chain, named by the account that must come back to zero."""

    __hash__ = object.__hash__  # as legs.Source

    TILL = "till"
    CLEARING = "clearing"
    FEES = "fees"
    PAYOUT = "payout"


#: Whose lines open each link, and whose close it.
SIDES: Mapping[Link, tuple[Source, Source]] = {
    Link.TILL: (Source.SALE, Source.TERMINAL),
    Link.CLEARING: (Source.TERMINAL, Source.SETTLEMENT),
    Link.FEES: (Source.TERMINAL, Source.SETTLEMENT),
    Link.PAYOUT: (Source.SETTLEMENT, Source.BANK),
}


class Move(NamedTuple):
    """``amount`` (signed from the merchant's side) goes from ``source`` account to ``target`` account."""

    source: str
    target: str
    counterparty: str
    remedy: str


class Moment(NamedTuple):
    """What an event looks like from ``day`` on: its kind and all that has been moved for it."""

    day: date
    kind: str
    moves: Mapping[Move, Decimal]
    legs: tuple[Leg, ...]


@dataclass(frozen=True)
class View:
    """What is known and judged of one event on one day.

    ``till``, ``clearing``, ``fees`` and ``payout`` are the judged remainders: dST, dTA, the overcharged fee, and
    statement minus deposit. A link that is not judged yet counts zero. ``elsewhere`` is the clearing account of a line
    that is under another's number; empty for all others.
    """

    legs: Sequence[Leg]
    day: date
    contract: Contract
    till: Decimal = ZERO
    clearing: Decimal = ZERO
    fees: Decimal = ZERO
    payout: Decimal = ZERO
    till_judged: bool = False
    late: bool = False
    whole_batch: bool = False
    twin: Kind | None = None
    elsewhere: str = ""

    @cached_property
    def sales(self) -> list[Leg]:
        """Return the till's lines, those of another tender left out."""
        return [leg for leg in self.legs if leg.head.source is TILL and not leg.head.account]

    @cached_property
    def tendered(self) -> list[Leg]:
        """Return the till's lines of another tender that name a card slip."""
        return [leg for leg in self.legs if leg.head.source is TILL and leg.head.account]

    @cached_property
    def slips(self) -> list[Leg]:
        """Return the terminal's lines, memos of holds left out."""
        return [leg for leg in self.legs if leg.head.source is TERMINAL and not leg.is_memo]

    @cached_property
    def lines(self) -> list[Leg]:
        """Return the acquirer's lines."""
        return [leg for leg in self.legs if leg.head.source is SETTLEMENT]

    @cached_property
    def deposits(self) -> list[Leg]:
        """Return the bank's lines."""
        return [leg for leg in self.legs if leg.head.source is BANK]

    @cached_property
    def sold(self) -> Decimal:
        """S: what the till says."""
        return total(self.sales)

    @cached_property
    def approved(self) -> Decimal:
        """T: what the terminal says."""
        return total(self.slips)

    @cached_property
    def settled(self) -> Decimal:
        """A: what the acquirer says."""
        return total(self.lines)

    @cached_property
    def approvals(self) -> list[Leg]:
        """Return the slips that moved money."""
        return [leg for leg in self.slips if leg.amount]

    @cached_property
    def holds(self) -> list[Leg]:
        """Return the approved holds of the terminal."""
        return [
            leg for leg in self.legs if leg.head.source is TERMINAL and leg.kind is PREAUTH and leg.status is APPROVED
        ]

    @cached_property
    def completions(self) -> list[Leg]:
        """Return the completions that moved money."""
        return [leg for leg in self.approvals if leg.kind is Kind.COMPLETION]

    @cached_property
    def hold_ended(self) -> bool:
        """Whether the hold was completed or released."""
        ended = {Kind.PREAUTH_VOID, Kind.COMPLETION}
        slips = (leg for leg in self.legs if leg.head.source is TERMINAL and leg.status is APPROVED)
        return any(leg.kind in ended for leg in slips)

    @cached_property
    def hold_waits(self) -> bool:
        """Whether an approved hold was neither completed nor released."""
        return bool(self.holds) and not self.hold_ended

    @cached_property
    def hold_lapsed(self) -> bool:
        """Whether the hold can no longer be completed."""
        return bool(self.holds) and self.day > lapse(self.holds[0], self.contract)

    @cached_property
    def billed_late(self) -> bool:
        """Whether the bill came only when the hold could no longer be completed."""
        return all(leg.date > lapse(self.holds[0], self.contract) for leg in self.sales if leg.amount)

    @cached_property
    def hold_cap(self) -> Decimal:
        """The most that the hold could be completed for, rounded half up."""
        return minor(sum((leg.claimed for leg in self.holds), ZERO) * self.contract.hold_cap)

    @cached_property
    def tips(self) -> set[Decimal]:
        """Return the tips that any side names."""
        named = {Decimal(leg.facts["tip"]) for leg in self.legs if "tip" in leg.facts}
        return named | {abs(leg.amount) for leg in self.legs if leg.kind is Kind.TIP}


def lapse(hold: Leg, contract: Contract) -> date:
    """Return the last day on which ``hold`` can be completed."""
    return hold.date + timedelta(days=contract.hold_days)


def total(legs: Sequence[Leg]) -> Decimal:
    """Return the sum of the amounts."""
    return sum((leg.amount for leg in legs), ZERO)


def kind_of(view: View) -> str:
    """Return the kind's code: the first predicate that holds."""
    return next(code for code, holds in (_NOTES if _in_order(view) else _PREDICATES) if holds(view))


def moves_of(view: View, kind: str) -> dict[Move, Decimal]:
    """Return what this verdict moves, by account pair; amounts are signed from the merchant's side."""
    terms = view.contract
    if kind == "A5":
        return {Move(terms.till, terms.clearing, "none", "correct-books"): view.till}
    if kind == "E6" and view.elsewhere != terms.clearing:
        return {Move(terms.clearing, view.elsewhere, "none", "correct-books"): view.settled}
    if kind == "A10" and abs(view.clearing) <= minor(abs(view.approved) * terms.fx_within):
        return {Move(terms.clearing, terms.fx, "none", "correct-books"): view.clearing}
    if kind in NOTED and _in_order(view):
        return {Move(terms.guarantees, terms.guarantees, "none", NOTED[kind]): ZERO}
    moves: dict[Move, Decimal] = {}
    for link, amount in (
        (Link.TILL, view.till),
        (Link.CLEARING, view.clearing),
        (Link.FEES, view.fees),
        (Link.PAYOUT, view.payout),
    ):
        if amount:
            moves[_move(link, amount, view, kind)] = amount
    return moves


def can_be_noted(legs: Sequence[Leg], terms: Contract) -> bool:
    """Tell at little cost whether an event with these ``legs``, in order, could still be :data:`NOTED`."""
    slips: list[Leg] = []
    lines: list[Leg] = []
    for leg in legs:
        source = leg.head.source
        if source is BANK:
            if on_other_account(leg, terms):
                return True
        elif leg.kind in _NOTED_LINES or leg.date != legs[0].date:
            return True
        elif source is TERMINAL:
            slips.append(leg)
        elif source is SETTLEMENT:
            lines.append(leg)
    return bool(slips and lines) and _can_be_elsewhere([*slips, *lines])


def _can_be_elsewhere(legs: Sequence[Leg]) -> bool:
    """Tell whether slips and lines name more than one acquirer, terminal or merchant."""
    if len({leg.head.acquirer for leg in legs} - {""}) > 1:
        return True
    return any(len({leg.get(key) for leg in legs} - {""}) > 1 for key in ("terminal", "merchant"))


def _move(link: Link, amount: Decimal, view: View, kind: str) -> Move:
    terms = view.contract
    source = getattr(terms, link.value)
    remedy = KINDS[kind].remedy
    if kind in _ELSEWHERE:
        return Move(source, getattr(terms, _ELSEWHERE[kind]), "none", remedy)
    if link is Link.TILL and kind == "Y6":
        (booked,) = view.tendered
        return Move(source, booked.head.account, "none", remedy)
    if link is Link.TILL:
        target, by_sign = (terms.claims_customer, "top-up") if amount > 0 else (terms.owed_customer, "refund")
        return Move(source, target, "customer", by_sign if kind in _BY_SIGN else remedy)
    if kind in DISPUTED and amount > 0:
        return Move(source, terms.claims_chargeback, "acquirer", remedy)
    target, by_sign = (terms.claims_acquirer, "claim") if amount > 0 else (terms.owed_acquirer, "credit-adjustment")
    return Move(source, target, "acquirer", by_sign if kind in _BY_SIGN or remedy in {"top-up", "refund"} else remedy)


#: Nobody owes, with the contract's account that takes it: a settled line whose slip is not found (E1), a sale secured
#: by an open hold (Y3), what is too little to ask for (A11).
_ELSEWHERE: Mapping[str, str] = {"E1": "suspense", "Y3": "suspense", "A11": "rounding"}

#: The till's record of an open hold is not what the terminal holds.
STALE = "G8"

#: Worth a person's look though no money is out of place, with what to do.
NOTED: Mapping[str, str] = {
    "G1": "keep-consent",
    "G4": "release-hold",
    STALE: "new-leg",
    "D1": "answer",
    "E6": "correct-number",
    "B4": "correct-date",
    "P5": "correct-account",
}

#: Without a line of these kinds none of them holds.
_NOTED_LINES = frozenset({Kind.PREAUTH, Kind.RETRIEVAL})

#: Kinds that can point either way, so that the sign chooses the remedy.
_BY_SIGN = frozenset({"A10", "Y6", "MIX", "OK", "B1", "E3", "A7", "A8", "G2"})


def _both_way_line(view: View) -> bool:
    if not view.lines or view.settled:
        return False
    return any(leg.amount for leg in view.lines) or any(
        leg.status in {Status.REVERSED, Status.VOIDED} for leg in view.lines
    )


def _voided(view: View) -> bool:
    ended = {Kind.VOID, Kind.REVERSAL, Kind.COMPLETION_VOID}
    return any(leg.kind in ended or leg.status in {Status.VOIDED, Status.REVERSED} for leg in view.slips)


def _charged_twice(view: View) -> bool:
    if view.twin is Kind.SALE:
        return True
    same = [leg for leg in view.approvals if leg.amount == view.sold]
    return len(same) > 1 and view.approved == view.sold * len(same) and close_in_time(same[0], same[1])


def close_in_time(one: Leg, other: Leg) -> bool:
    """Tell whether two approvals of one day stand within :data:`DOUBLE_SWIPE` of each other."""
    if one.date != other.date:
        return False
    return abs(seconds(one.get("time")) - seconds(other.get("time"))) <= DOUBLE_SWIPE


def _settled_twice(view: View) -> bool:
    """Whether more lines came than what they answer: approvals, or chargebacks that were given back."""
    if not view.clearing < 0 < view.approved:
        return False
    brought = [leg for leg in view.lines if leg.amount > 0]
    returned = [leg for leg in brought if leg.kind is Kind.CHARGEBACK_REVERSAL]
    taken = [leg for leg in view.lines if leg.kind in TAKEN_BACK]
    approvals = [leg for leg in view.approvals if leg.amount > 0]
    return len(returned) > len(taken) or len(brought) - len(returned) > len(approvals)


def _taken_again(view: View) -> bool:
    """Whether the issuer took the money back once more after it had been given back."""
    kinds = [leg.kind for leg in view.lines]
    again = kinds.count(Kind.CHARGEBACK) > 1 and Kind.CHARGEBACK_REVERSAL in kinds
    return again or Kind.SECOND_CHARGEBACK in kinds


def _other_tender(view: View) -> bool:
    """Whether the till has the slip's sale under another tender, to the fen."""
    told, slip = _only(view.tendered), _only(view.approvals)
    if not told or not slip or any(leg.amount for leg in view.sales):
        return False
    return told.claimed == slip.amount


def _is_stale(view: View) -> bool:
    """Whether the till's record of an open hold differs from the terminal's though there was time to write it anew."""
    records = [leg for leg in view.sales if leg.kind is Kind.PREAUTH]
    if not records or not view.hold_waits:
        return False
    if view.day <= stale_after([*records, *view.holds], view.contract):
        return False
    held = sum((leg.claimed for leg in view.holds), ZERO)
    last, hold = records[-1], view.holds[-1]
    # A record may say the whole, or each increase by itself.
    if held not in {last.claimed, sum((leg.claimed for leg in records), ZERO)}:
        return True
    expiries = {last.get("expires"), hold.get("expires")} - {""}
    return len(expiries) > 1 or not cards_fit(last.get("card"), hold.get("card"))


def stale_after(holds: Iterable[Leg], contract: Contract) -> date:
    """Return the last day on which a record of ``holds`` may still be old."""
    return max(leg.date for leg in holds) + timedelta(days=contract.grace)


def _is_only_held(view: View) -> bool:
    """Whether the till's bill has nothing to show but an open hold."""
    return view.till > 0 and not view.approvals and not view.lines and view.hold_waits


def _only_settled(view: View) -> bool:
    """Whether the acquirer's lines are all there is."""
    return bool(view.lines) and not view.slips and not view.sales


def _apart_by_a_tip(view: View) -> bool:
    return any(abs(amount) in view.tips for amount in (view.till, view.clearing) if amount)


def _over_cap(view: View) -> bool:
    return bool(view.holds) and any(leg.amount > view.hold_cap for leg in view.completions)


def _capped(view: View) -> bool:
    """Whether the bill was more than the hold allowed and the completion stopped there."""
    return bool(view.holds and view.completions) and total(view.completions) == view.hold_cap < view.sold


def _only(legs: Sequence[Leg]) -> Leg | None:
    """Return the one leg, None where there is none or more than one."""
    return None if legs[1:] else next(iter(legs), None)


def _kinds_are(legs: Sequence[Leg], *kinds: Kind) -> bool:
    return bool(legs) and all(leg.kind in kinds for leg in legs)


def _in_order(view: View) -> bool:
    return not (view.till or view.clearing or view.fees or view.payout)


def _misdated(view: View) -> bool:
    """Whether the one sale is on the list of another day than its slip, and not so late that it was asked for."""
    sale, slip = _only([leg for leg in view.sales if leg.amount]), _only(view.approvals)
    if not sale or not slip or sale.amount != slip.amount:
        return False
    grace = timedelta(days=view.contract.grace)
    return abs(sale.date - slip.date) <= grace and on_wrong_day(sale, slip, view.contract)


def _rounded(view: View) -> bool:
    """Whether nothing differs by more than the contract's tolerance, and each side says nearly the same."""
    most = view.contract.tolerance
    if not most or view.payout or view.fees or abs(view.till) > most or abs(view.clearing) > most:
        return False
    sides = [view.approved, *([view.sold] if view.till else []), *([view.settled] if view.clearing else [])]
    return all(amount > 0 for amount in sides) or all(amount < 0 for amount in sides)


def _converted(view: View) -> bool:
    """Whether one slip is settled by one line that was converted from another currency, as the line says."""
    slip, line = _only(view.approvals), _only(view.lines)
    if not slip or not line or not line.get("foreign"):
        return False
    return slip.amount * line.amount > 0


def _timed_out(view: View) -> bool:
    ends = {leg.status for leg in view.slips}
    return Status.TIMEOUT in ends and not ends & {Status.APPROVED, Status.REVERSED, Status.VOIDED}


def _offline(view: View) -> bool:
    slips = [leg for leg in view.slips if leg.amount or leg.status is Status.DECLINED]
    return bool(slips) and all(leg.get("mode") == "offline" for leg in slips)


_Table = tuple[tuple[str, Callable[[View], bool]], ...]

#: What is asked of an event that is in order: the first that holds names the kind.
_NOTES: _Table = (
    ("G4", lambda v: v.hold_waits and v.hold_lapsed and not v.sales),
    (STALE, _is_stale),
    ("G1", _over_cap),
    ("D1", lambda v: _kinds_are(v.lines[-1:], Kind.RETRIEVAL)),
    ("P5", lambda v: any(on_other_account(leg, v.contract) for leg in v.deposits)),
    ("E6", lambda v: bool(v.elsewhere)),
    ("B4", _misdated),
    ("B1", lambda v: v.late),
    ("OK", lambda _: True),
)

#: What is asked of one that leaves something on an account, in the same way.
_PREDICATES: _Table = (
    ("A11", _rounded),
    ("P2", lambda v: v.payout < 0),
    ("P3", lambda v: bool(v.payout) and not v.deposits),
    ("P1", lambda v: bool(v.payout)),
    ("B2", lambda v: v.whole_batch),
    ("Y3", lambda v: _is_only_held(v) and not v.hold_lapsed),
    ("G5", lambda v: _is_only_held(v) and v.billed_late),
    ("G3", _is_only_held),
    ("G6", lambda v: v.till < 0 and len(v.completions) > 1),
    ("G7", lambda v: v.till < 0 and v.twin is Kind.COMPLETION),
    ("D3", lambda v: v.clearing > 0 and _taken_again(v)),
    ("D4", lambda v: v.clearing > 0 and any(leg.kind in TAKEN_BACK and is_fraud(leg.get("reason")) for leg in v.lines)),
    ("D2", lambda v: v.clearing > 0 and any(leg.kind in TAKEN_BACK for leg in v.lines)),
    ("P4", lambda v: v.clearing > 0 and _only_settled(v) and _kinds_are(v.lines, Kind.ADJUSTMENT, Kind.FEE)),
    ("E1", _only_settled),
    ("Y4", lambda v: v.till < 0 and _kinds_are(v.sales, Kind.PREAUTH)),
    ("X6", lambda v: bool(v.till or v.clearing) and _offline(v) and not v.settled),
    ("X7", lambda v: bool(v.sales) and not v.approvals and not v.lines and _timed_out(v)),
    ("E3", lambda v: bool(v.sales) and not v.approvals and not v.lines),
    ("A5", lambda v: bool(v.sales and v.lines) and v.till + v.clearing == 0 and v.till != 0),
    ("X4", lambda v: bool(v.slips) and not v.approvals and not _voided(v) and v.settled != 0),
    ("X3", lambda v: v.approved == 0 and _voided(v) and v.settled != 0),
    ("X2", lambda v: v.approved != 0 and v.clearing != 0 and _both_way_line(v)),
    ("Y1", lambda v: bool(v.sales) and v.sold > 0 and v.approved == -v.sold),
    ("Y2", lambda v: bool(v.sales) and v.sold < 0 and v.approved == -v.sold),
    ("Y6", lambda v: v.till != 0 and _other_tender(v)),
    ("Y5", lambda v: v.till != 0 and v.twin is Kind.VOID),
    ("E4", lambda v: v.till < 0 and _charged_twice(v)),
    ("X5", lambda v: v.approved < 0 and bool(v.clearing) and not v.lines),
    ("E5", _settled_twice),
    ("E2", lambda v: v.till_judged and not v.sales and v.till != 0),
    ("X1", lambda v: bool(v.clearing) and not v.lines),
    ("MIX", lambda v: bool(v.till and v.clearing)),
    ("A6", lambda v: v.till > 0 and any(leg.get("response") == "10" for leg in v.approvals)),
    ("A8", _apart_by_a_tip),
    ("A10", lambda v: v.clearing != 0 and _converted(v)),
    ("G1", lambda v: v.till > 0 and _capped(v)),
    ("G2", lambda v: v.till != 0 and bool(v.completions)),
    ("A7", lambda v: v.till != 0 and len(v.approvals) > 1),
    ("A1", lambda v: v.till < 0),
    ("A2", lambda v: v.till > 0),
    ("A3", lambda v: v.clearing < 0),
    ("A4", lambda v: v.clearing > 0),
    ("A9", lambda v: v.fees != 0),
)
