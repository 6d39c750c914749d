"""One claim's folder while the ledger is read in date order: what is known and was done up to a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.claims import evidence
from beancount_posguard.claims.claim import Claim, Event, LegRef, Part, Taken, part_of
from beancount_posguard.claims.deadlines import Clock, Last, earliest, next_due
from beancount_posguard.claims.evidence import Exhibit
from beancount_posguard.claims.policy import Policy, Register
from beancount_posguard.claims.routes import Standing
from beancount_posguard.claims.steps import OUT, STEPS
from beancount_posguard.contract import Contract
from beancount_posguard.money import ZERO
from beancount_posguard.words import Late

#: Per account: counterparty, remedy, amount signed from the merchant's side.
Amounts = Mapping[str, tuple[str, str, Decimal]]


class State(NamedTuple):
    """What the plugin knew of a claim from ``since`` on."""

    since: date
    kind: str
    amounts: Amounts


@dataclass
class Found:
    """A claim as the plugin found it: its movements and what they show.

    ``clock`` says from when its time counts, ``contracts`` are those with its acquirer, oldest first.
    """

    id: str
    kind: str
    acquirer: str
    currency: str
    detected: date
    deadline: date | None
    legs: Sequence[LegRef]
    why: str | Late
    file: str
    line: int
    states: tuple[State, ...]
    clock: Clock
    events: list[Event] = field(default_factory=list)
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contracts: Sequence[Contract] = ()


class Booked(NamedTuple):
    """One correction on a claim account: ``amount`` as posted there.

    ``seen`` is the day on which its money was seen where it was to be seen next: ``date.max`` while it is not.
    """

    step: str
    by: str
    on: date
    account: str
    amount: Decimal
    seen: date = date.min


class Case:
    """The folder itself. ``day`` moves on as the ledger is read; nothing after it is known yet."""

    def __init__(
        self,
        found: Found,
        policy: Policy,
        register: Register,
        accounts: Mapping[str, str],
        others: Sequence[Found] = (),
    ) -> None:
        self.found = found
        self.others = others
        self.policy = policy
        self.register = register
        self.stage = "new"
        self.entered = found.detected
        self.booked: list[Booked] = []
        self.taken: list[Taken] = []
        self.exhibits: list[Exhibit] = []
        self.events = list(found.events)
        self.day = date.min
        self._parties = accounts

    # Money ------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """What the plugin knew on the day."""
        known = [state for state in self.found.states if state.since <= self.day]
        return known[-1] if known else State(date.min, self.found.kind, {})

    def balances(self) -> dict[str, Decimal]:
        """Return what is open on each account on the day."""
        sums = {account: amount for account, (_, _, amount) in self.state.amounts.items()}
        for one in self.booked:
            sums[one.account] = sums.get(one.account, ZERO) + one.amount
        return sums

    @property
    def balance(self) -> Decimal:
        """What is open in all, gross."""
        return sum((abs(amount) for amount in self.balances().values()), ZERO)

    def parts(self) -> list[Part]:
        """Return the components on the day."""
        return [self._part(account, balance) for account, balance in self.balances().items()]

    def _part(self, account: str, balance: Decimal) -> Part:
        if account in self.state.amounts:
            party, remedy, amount = self.state.amounts[account]
            return Part(party, account, remedy, amount, balance)
        came = sum((one.amount for one in self.booked if one.account == account and one.step in RECLASSED), ZERO)
        return Part(self._parties.get(account, "none"), account, "top-up" if came > 0 else "refund", came, balance)

    @property
    def amount(self) -> Decimal:
        """The most that was ever claimed, all parts together: what limits are about."""
        states = (state for state in self.found.states if state.since <= self.day)
        return max((sum((abs(one[2]) for one in state.amounts.values()), ZERO) for state in states), default=ZERO)

    def was_with(self, party: str) -> bool:
        """Tell whether money of this claim was moved to an account of ``party``."""
        return any(self._parties.get(one.account) == party for one in self.booked)

    # How far ----------------------------------------------------------------------------------------------------

    def current(self) -> str:
        """Return the stage on the day, with what the money says where it says more than the last step."""
        if self.balance or self.stage in {"dismissed", "closed", "withdrawn"}:
            return self.stage
        moved = any(amount for _, _, amount in self.state.amounts.values())
        if not moved and not self.booked and self.state.kind in {"OK", "B1"}:
            return self.stage if self.stage in OUT else "withdrawn"
        if self.booked:
            return self._rested()
        return "settled" if self.stage == "verified" and not moved else self.stage

    def _rested(self) -> str:
        """Return the stage of a claim that corrections brought to zero."""
        if self.stage == "new":
            return "new"  # whoever paid, nobody has looked at it yet
        if any(one.seen == date.max or one.seen > self.day for one in self.booked):
            return "resolving"
        return "written-off" if self.booked[-1].step == "write-off" else "settled"

    def last(self, step: str) -> Taken | None:
        """Return the last time ``step`` was taken."""
        return next((one for one in reversed(self.taken) if one.step == step), None)

    def since(self, step: str) -> list[Taken]:
        """Return what was done after ``step`` was last taken, in order; nothing if it never was."""
        for number in range(len(self.taken) - 1, -1, -1):
            if self.taken[number].step == step:
                return self.taken[number + 1 :]
        return []

    # What was decided -------------------------------------------------------------------------------------------

    def part(self, wanted: str = "") -> Part | None:
        """Return the component that is asked about; without a name as :meth:`Claim.part_of` has it."""
        return self.claim().part_of(wanted)

    def prepared(self) -> tuple[str, str, Decimal]:
        """Return route, party and open amount of what was prepared last, the amount as it is on the day."""
        said = (self.last("prepare") or _NOTHING).said
        part = self.part(said.get("part", ""))
        return said.get("route", ""), part.counterparty if part else "none", abs(part.balance) if part else ZERO

    def digest(self) -> str:
        """Return what an approval given on the day would be bound to."""
        route, party, amount = self.prepared()
        return evidence.digest(self.exhibits, amount, route, party)

    def approvers(self) -> list[str]:
        """Return who approved what was prepared last (or asked to be given up), and was not sent back."""
        start = max(
            (n for n, one in enumerate(self.taken) if one.step in {"prepare", "return", "request-write-off"}),
            default=-1,
        )
        return [one.by for one in self.taken[start + 1 :] if one.step == "approve"] if start >= 0 else []

    @property
    def about(self) -> frozenset[str]:
        """The cashier, terminal and card of the claim, for which sums are counted as for people."""
        return frozenset(f"{key} {one}" for key in _COUNTED for one in self.found.facts.get(key, ()))

    def linked(self, on: date) -> int:
        """Return how many claims of the window have its card, or its cashier and kind; itself counts."""
        first = on - timedelta(days=int(self.policy.limit("days", on)))
        recent = (one for one in self.others if first < one.detected <= on and one.id != self.found.id)
        return 1 + sum(_is_linked(one, self.found) for one in recent)

    def covers(self, name: str, amount: Decimal, on: date) -> bool:
        """Tell whether ``name`` may approve ``amount`` alone, with what they approved alone before."""
        if not self.policy.strict(on):
            return True
        window = int(self.policy.limit("days", on))
        if self.linked(on) > self.policy.limit("linked", on):
            return False
        ceiling = self.policy.ceiling(name, on)
        return self.register.total(name, on, window, self.about, ceiling) + amount <= ceiling

    def together(self, names: Sequence[str], on: date) -> bool:
        """Tell whether those who approved may do so together, whatever the amount: two, one of them a manager."""
        highest = max((self.policy.ceiling(one, on) for one in names), default=ZERO)
        return len(set(names)) > 1 and highest >= self.policy.limit("manager", on)

    def standing(self, wanted: str = "") -> Standing | None:
        """Return what a route for a component is judged by, or None where there is no such component."""
        part = self.part(wanted)
        return standing_of(self.claim(), part) if part else None

    def _last_day(self, parts: Sequence[Part]) -> Last | None:
        """Return the last day for what is open, or for all where nothing is."""
        if self.found.deadline is None:
            return None
        remedies = [part.remedy for part in parts if part.balance] or [part.remedy for part in parts]
        return earliest(remedies, self.found.clock, self.found.contracts)

    def claim(self) -> Claim:
        """Return the claim as it stands on the day."""
        one, parts = self.found, tuple(self.parts())
        stage = self.current()
        latest = next((taken for taken in reversed(self.taken) if taken.step not in _NOT_STEPS), None)
        notice = latest.said.get("by-date", "") if latest and stage == self.stage else ""
        asked = part_of(parts, (self.last("prepare") or _NOTHING).said.get("part", ""))
        due = next_due(
            stage, self.entered, notice, self._last_day(parts), detected=one.detected, contracts=one.contracts,
            party=asked.counterparty if asked else "none",
        )  # fmt: skip
        return Claim(
            id=one.id, kind=self.state.kind, acquirer=one.acquirer, currency=one.currency, parts=parts,
            detected=one.detected, deadline=due.day if due else one.deadline, stage=stage, legs=one.legs,
            history=tuple(sorted(self.events, key=lambda event: event.date)), why=one.why, file=one.file, line=one.line,
            due=due, taken=tuple(self.taken), exhibits=tuple(self.exhibits), facts=one.facts,
        )  # fmt: skip


_NOTHING = Taken("", "", date.min, {})
_COUNTED = ("cashier", "terminal", "card")


def _is_linked(one: Found, other: Found) -> bool:
    """Tell whether two claims may be one person's doing: of one card, or of one cashier and kind."""
    card = set(one.facts.get("card", ())) & set(other.facts.get("card", ()))
    cashier = set(one.facts.get("cashier", ())) & set(other.facts.get("cashier", ()))
    return bool(card or (cashier and one.kind == other.kind))


#: Transactions that move a claim from one counterparty's account to another's.
RECLASSED = frozenset({"reclass", "booking"})
_NOT_STEPS = frozenset(name for name, step in STEPS.items() if not step.to)
_UNDER_WAY = OUT | {"prepared", "approved"}
_EFFECTIVE = frozenset({"accepted", "part-accepted"})


def standing_of(claim: Claim, part: Part) -> Standing:
    """Return what a route for ``part`` is judged by."""
    flags: dict[str, str] = {}
    route = ""
    for one in claim.taken:
        route = one.said.get("route", route)
        if one.step == "submit" and route:
            flags.setdefault(route, "raised")
        elif one.step == "accept" and route:
            flags[route] = "effective"
    for event in claim.history:
        if event.what == "refund" and part.counterparty == "customer":
            flags["refund"] = "effective"
    dates = [leg.date for leg in claim.legs]
    prepared = claim.last("prepare")
    asked = prepared.said.get("route", "") if prepared and claim.stage in _UNDER_WAY else ""
    return Standing(
        party=part.counterparty,
        amount=part.balance,
        trade=min(dates, default=claim.detected),
        card_types=frozenset(claim.facts.get("card-type", ())),
        flags=flags,
        active=asked,
        hold=sum((Decimal(amount) for amount in claim.facts.get("hold", ())), ZERO),
    )
