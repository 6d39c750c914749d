"""What happened, as each side will tell it: rings of the till, slips of the terminal, lines of the statement.

An :class:`Event` is one economic event before anything is printed: its parts refer to each other by their place in the
event, so that a fault can be a pure function from a perfect event to a wrong one. Amounts are signed from the
merchant's side (a refund is negative); a hold carries its positive amount and its void the negative one, and neither
moves money. Numbers (trace, RRN, ticket) are given later, by :mod:`beancount_posguard.simulate.printing`.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.legs import SIGN, Kind, Status
from beancount_posguard.money import ZERO
from beancount_posguard.simulate.shop import Card, Terminal

#: Which slip of which event: (event id, place of the slip in it).
SlipRef = tuple[str, int]


class Ring(NamedTuple):
    """A line of the till. ``slip`` counts the event's slips, None where the cashier's line names none.

    ``day`` is the business day it is booked on where that is not the day it was rung; ``cash`` marks a line that no
    card paid: it stands in the till's export and never becomes a leg. A ``hold`` is the till's record of one: no money.
    """

    amount: Decimal
    when: datetime
    slip: int | None = 0
    day: date | None = None
    cash: bool = False
    hold: bool = False
    tip: Decimal = ZERO

    @property
    def money(self) -> Decimal:
        """What it says was paid by card."""
        return ZERO if self.cash or self.hold else self.amount

    @property
    def known(self) -> date:
        """The day of the file that brings it."""
        return self.day or self.when.date()


class Slip(NamedTuple):
    """A line of the terminal's journal; ``of`` names the slip it voids, completes, increases or refunds.

    ``response`` is the code of an answer that was no plain yes, ``offline`` that the terminal did not ask.
    """

    kind: Kind
    amount: Decimal
    when: datetime
    status: Status = Status.APPROVED
    of: SlipRef | None = None
    tip: Decimal = ZERO
    response: str = ""
    offline: bool = False

    @property
    def money(self) -> Decimal:
        """What it moves: nothing unless it is approved and no hold. A tip is part of the amount."""
        return self.amount if self.status is Status.APPROVED and SIGN[self.kind] != 0 else ZERO


class Line(NamedTuple):
    """A line of the acquirer's statement.

    ``slip`` counts the event's slips; None where there is none behind it, and then ``when`` is the trade's moment.
    ``on`` is the statement's day where it is not the one promised, ``fee`` the fee where it is not the tariff's,
    ``terminal`` the terminal it names where that is not the event's. A ``bare`` line has lost every reference.
    ``reason`` is the code of a chargeback, ``foreign`` the amount in the card's currency where it was converted.
    """

    kind: Kind
    amount: Decimal
    slip: int | None = 0
    on: date | None = None
    fee: Decimal | None = None
    terminal: str = ""
    when: datetime | None = None
    bare: bool = False
    reason: str = ""
    foreign: str = ""

    @property
    def money(self) -> Decimal:
        """What it moves; a request for documents moves nothing."""
        return self.amount if SIGN[self.kind] != 0 else ZERO


class Plant(NamedTuple):
    """What was done on purpose, and what a perfect bookkeeper would say of it.

    ``kind`` is its code, ``cause`` and ``remedy`` are the words of the truth file. ``late`` says that a later line puts
    it right. ``supported`` tells whether the ledger can show it and the plugin names it today; ``why`` what is lacking
    where not, and ``looks_like`` the kinds under which its money shows then. What is ``noted`` is shown without money.
    ``pair`` names the two events of a pair whose errors cancel out.
    """

    kind: str
    what: str
    cause: str
    remedy: str
    late: bool = False
    noted: bool = False
    supported: bool = True
    why: str = ""
    looks_like: tuple[str, ...] = ()
    pair: str = ""


class Event(NamedTuple):
    """One economic event. ``shape`` names its honest story, ``plant`` the fault, if any.

    ``order`` is the merchant's order number, where till and terminal share one.
    """

    id: str
    shape: str
    terminal: Terminal
    card: Card
    cashier: str
    when: datetime
    rings: tuple[Ring, ...]
    slips: tuple[Slip, ...]
    lines: tuple[Line, ...]
    plant: Plant | None = None
    order: str = ""

    @property
    def day(self) -> date:
        """The day it began."""
        return self.when.date()

    @property
    def sold(self) -> Decimal:
        """S: what the till rang up as paid by card."""
        return sum((ring.money for ring in self.rings), ZERO)

    @property
    def approved(self) -> Decimal:
        """T: what the terminal approved."""
        return sum((slip.money for slip in self.slips), ZERO)

    @property
    def settled(self) -> Decimal:
        """A: what the acquirer's statements say, fees left out."""
        return sum((line.money for line in self.lines), ZERO)


def moment(event: Event, line: Line) -> datetime:
    """Return when the trade behind ``line`` was made."""
    if line.slip is not None:
        return event.slips[line.slip].when
    return line.when or event.when
