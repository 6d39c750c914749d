"""Claims made by hand, and people speaking of them, without a ledger around."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from beancount.core.amount import Amount
from beancount.core.data import Custom, Document, Posting, Transaction
from beancount.parser.grammar import ValueType

from beancount_posguard.claims.case import Found, State
from beancount_posguard.claims.claim import Claim, LegRef
from beancount_posguard.claims.deadlines import Clock
from beancount_posguard.claims.fold import Docket, Spoken, fold, place_of
from beancount_posguard.claims.policy import Person, Policy, Setting

X1, A1 = "PG-20261103-XXXXX", "PG-20261103-AAAAA"
ACQUIRER, CUSTOMER = "Assets:Claims:Acquirer:ChinaUMS", "Liabilities:Claims:Customer"
FOUND_ON = dt.date(2026, 11, 6)


def day(text: str) -> dt.date:
    """``11-09`` is a day of 2026."""
    return dt.date.fromisoformat(f"2026-{text}")


class Office:
    """A ledger's claims and what its people wrote; each word returns the errors it causes, as text."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.limits: list[Setting] = []
        self.found: list[Found] = []
        self.written: list[Any] = []
        self.seen: dict[str, str] = {}
        self.now = "11-09"

    def person(self, name: str, *roles: str, cashier: str = "", since: str = "01-01") -> None:
        self.people.append(Person(day(since), name, frozenset(roles), cashier))

    def limit(self, name: str, value: str, since: str = "01-01") -> None:
        self.limits.append(Setting(day(since), name, Decimal(value)))

    def claim_on_acquirer(self, amount: str, name: str = X1, **facts: tuple[str, ...]) -> str:
        """An X1: sold and approved, not settled."""
        return self.add(name, "X1", ACQUIRER, "acquirer", "claim", Decimal(amount), ("sale", "terminal"), facts)

    def owed_to_customer(self, amount: str, name: str = A1, **facts: tuple[str, ...]) -> str:
        """An A1: the customer paid too much."""
        legs = ("sale", "terminal", "settlement")
        return self.add(name, "A1", CUSTOMER, "customer", "refund", -Decimal(amount), legs, facts)

    def add(
        self,
        name: str,
        kind: str,
        account: str,
        party: str,
        remedy: str,
        amount: Decimal,
        sides: Sequence[str],
        facts: dict[str, tuple[str, ...]],
    ) -> str:
        trade = dt.date(2026, 11, 3)
        self.found.append(
            Found(
                id=name,
                kind=kind,
                acquirer="ChinaUMS",
                currency="CNY",
                detected=FOUND_ON,
                deadline=trade + dt.timedelta(days=60),
                legs=tuple(LegRef(side, abs(amount), trade, "1", "pos.beancount:1") for side in sides),
                why="",
                file="pos.beancount",
                line=1,
                clock=Clock(trade, trade, FOUND_ON),
                states=(State(FOUND_ON, kind, {account: (party, remedy, amount)}),),
                facts={key.replace("_", "-"): values for key, values in facts.items()},
            )
        )
        return name

    def changes(self, name: str, on: str, kind: str, amount: str) -> None:
        """From a day on the plugin knows another amount."""
        (old,) = (one for one in self.found if one.id == name)
        ((account, (party, remedy, _)),) = old.states[0].amounts.items()
        state = State(day(on), kind, {account: (party, remedy, Decimal(amount))})
        self.found[self.found.index(old)] = Found(**{**old.__dict__, "states": (*old.states, state)})

    def sides(self, name: str, *sides: str) -> None:
        """Let only these sides tell of a claim."""
        (old,) = (one for one in self.found if one.id == name)
        legs = tuple(LegRef(side, Decimal(1), dt.date(2026, 11, 3), "1", "pos.beancount:1") for side in sides)
        self.found[self.found.index(old)] = Found(**{**old.__dict__, "legs": legs})

    def never_due(self, name: str) -> None:
        """Take a claim's deadline away."""
        (old,) = (one for one in self.found if one.id == name)
        self.found[self.found.index(old)] = Found(**{**old.__dict__, "deadline": None})

    def see(self, claim: str, on: str) -> None:
        """Say when the money of what is booked on a claim was seen; empty for not yet."""
        self.seen[claim] = on

    def errors(self) -> str:
        """Return what is wrong with all that was written."""
        return "\n".join(error.message for error in fold(self.docket)[1])

    @property
    def docket(self) -> Docket:
        return Docket(
            tuple(self.found),
            tuple(self._spoken()),
            {},
            {ACQUIRER: "acquirer", CUSTOMER: "customer", "Assets:Claims:Customer": "customer"},
            Policy(tuple(self.people), tuple(self.limits)),
            "",
            {
                place_of(one.meta): day(self.seen[claim]) if self.seen[claim] else dt.date.max
                for one in self.written
                if isinstance(one, Transaction) and (claim := one.meta["__claim"]) in self.seen
            },
        )

    def _spoken(self) -> list[Spoken]:
        entries = sorted(self.written, key=lambda one: one.date)
        return [Spoken(one.meta["__claim"], one) for one in entries]

    def step(self, claim: str, step: str, by: str = "li", on: str = "", **said: str) -> str:
        """Write a step; return why it does not fit, or nothing."""
        words = {key.replace("_", "-"): text for key, text in said.items()}
        if step == "approve":
            words.setdefault("evidence", self.docket.digest(claim, day(on or self.now)))
        meta = {"filename": "c", "lineno": len(self.written), "by": by, **words}
        values = [ValueType(claim, str), ValueType(step, str)]
        return self._write(claim, Custom(meta, day(on or self.now), "posguard-claim", values))

    def book(self, claim: str, step: str, amount: str, account: str, by: str = "li", on: str = "") -> str:
        """Write a correction of ``amount`` as it is posted on the claim's account."""
        meta = {"filename": "c", "lineno": len(self.written), "posguard-claim": claim, "posguard-step": step, "by": by}
        posting = Posting(account, Amount(Decimal(amount), "CNY"), None, None, None, None)
        none: frozenset[str] = frozenset()
        entry = Transaction(meta, day(on or self.now), "*", None, "", none, none, [posting])
        return self._write(claim, entry)

    def attach(self, claim: str, what: str, content: str = "0", on: str = "") -> str:
        meta = {
            "filename": "c",
            "lineno": len(self.written),
            "posguard-claim": claim,
            "posguard-evidence": what,
            "posguard-sha256": content * 64,
            "by": "li",
        }
        return self._write(claim, Document(meta, day(on or self.now), ACQUIRER, f"evidence/{what}.jpg", None, None))

    def _write(self, claim: str, entry: Any) -> str:  # noqa: ANN401  # any directive
        entry.meta["__claim"] = claim
        self.written.append(entry)
        _, errors = fold(self.docket)
        wrong = [error.message for error in errors if error.entry is entry]
        if wrong:
            self.written.remove(entry)  # as a person would after reading the error
        return wrong[0] if wrong else ""

    def claim(self, name: str) -> Claim:
        claims, errors = fold(self.docket)
        assert errors == []
        (found,) = (one for one in claims if one.id == name)
        return found

    def stage(self, name: str) -> str:
        return self.claim(name).stage


@pytest.fixture
def office() -> Office:
    return Office()
