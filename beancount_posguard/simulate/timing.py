"""When a mismatch can be seen: the documented rule, applied to what each side told.

A link of the chain is judged on the first file of the deciding source that is dated strictly after the latest due day
plus the grace. The deciding source is the side that is silent, or, where both have spoken, the one that closes the
link. What a later line brings nearer to zero moves on that line's own day; what it enlarges waits for its own window.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.legs import Source
from beancount_posguard.money import ZERO
from beancount_posguard.simulate.events import Event, moment
from beancount_posguard.simulate.printing import File
from beancount_posguard.simulate.shop import DAY, Acquirer

#: The links of the chain with the source that opens and the source that closes each.
LINKS: Mapping[str, tuple[Source, Source]] = {
    "till": (Source.SALE, Source.TERMINAL),
    "clearing": (Source.TERMINAL, Source.SETTLEMENT),
    "fees": (Source.TERMINAL, Source.SETTLEMENT),
    "payout": (Source.SETTLEMENT, Source.BANK),
}


class Told(NamedTuple):
    """One side's word on a link: which side, how much is left open (+) or closed (-), since when, due when."""

    source: Source
    amount: Decimal
    known: date
    due: date


class Step(NamedTuple):
    """From ``day`` on ``amount`` is left on the link; ``window`` is the last day on which it was still in time."""

    day: date
    window: date
    amount: Decimal


class Arrivals:
    """The days on which files of each source came, as a whole and per acquirer."""

    def __init__(self, files: Iterable[File]) -> None:
        days: dict[tuple[Source, str], set[date]] = {}
        for file in files:
            days.setdefault((file.source, file.acquirer), set()).add(file.day)
        self._days = {key: sorted(found) for key, found in days.items()}

    def after(self, source: Source, acquirer: str, day: date) -> date | None:
        """Return the first day strictly after ``day`` on which a file came; None where none did."""
        scope = acquirer if source in {Source.TERMINAL, Source.SETTLEMENT} else ""
        days = self._days.get((source, scope), [])
        place = bisect_right(days, day)
        return days[place] if place < len(days) else None


def told(event: Event, link: str, acquirer: Acquirer, end: date) -> list[Told]:
    """Return what each side says about ``link`` by ``end``, in the order in which it becomes known."""
    found: list[Told] = []
    if link == "till":
        rings = (ring for ring in event.rings if not ring.cash or ring.slip is not None)
        found = [Told(Source.SALE, ring.money, ring.known, ring.when.date()) for ring in rings]
        for slip in event.slips:
            day = slip.when.date()
            found.append(Told(Source.TERMINAL, -slip.money, day, day))
    else:
        for slip in event.slips:
            amount = slip.money if link == "clearing" else ZERO
            found.append(Told(Source.TERMINAL, amount, slip.when.date(), acquirer.due(slip.when)))
        for line in event.lines:
            due = acquirer.due(moment(event, line))
            amount = -line.money if link == "clearing" else overcharge(event, acquirer, line.amount, line.fee)
            found.append(Told(Source.SETTLEMENT, amount, line.on or due, due))
    return sorted((one for one in found if one.known <= end), key=lambda one: one.known)


def overcharge(event: Event, acquirer: Acquirer, amount: Decimal, fee: Decimal | None) -> Decimal:
    """Return what a line's fee is over the tariff, zero for a fee that is the tariff's or less.

    On money that goes back no fee may be charged; whether one is given back is the acquirer's business.
    """
    if fee is None:
        return ZERO
    allowed = acquirer.tariff_fee(event.card.type, amount) if amount > 0 else ZERO
    return max(fee - allowed, ZERO)


def steps(said: Sequence[Told], link: str, acquirer: str, grace: int, arrivals: Arrivals) -> list[Step]:
    """Return the days on which the rest of a link is judged, and what it is then."""
    opening, closing = LINKS[link]
    found: list[Step] = []
    judged = ZERO
    for place, last in enumerate(said):
        if place + 1 < len(said) and said[place + 1].known == last.known:
            continue
        known = said[: place + 1]
        until = said[place + 1].known if place + 1 < len(said) else None
        rest = sum((one.amount for one in known), ZERO)
        if found and abs(rest) < abs(judged):
            judged = rest
            found.append(Step(last.known, last.known, rest))
            continue
        spoken = {one.source for one in known}
        deciding = closing if opening in spoken else opening
        window = max(one.due for one in known) + grace * DAY
        arrival = arrivals.after(deciding, acquirer, window)
        day = max(arrival, last.known) if arrival else None
        if rest == judged or day is None or (until is not None and until <= day):
            continue
        judged = rest
        found.append(Step(day, window, rest))
    return found
