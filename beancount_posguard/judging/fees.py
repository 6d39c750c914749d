"""Fees against the tariff: what is too high by enough for a claim, and the month's many that are so by little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from beancount_posguard.contract import Tariff
from beancount_posguard.judging.events import Event
from beancount_posguard.judging.windows import Windows
from beancount_posguard.legs import Leg, Sheet, Source
from beancount_posguard.money import ZERO, figure
from beancount_posguard.verdict import Link, Moment, Move

#: Below this a fee too high is gathered with its like in the month's claim.
_SMALL = Decimal("1.00")


@dataclass
class _Drift:
    """A month's small differences: over the exact tariff, and over the tariff rounded half up for each slip.

    ``unit`` is what fees are rounded to.
    """

    unit: Decimal
    slips: int = 0
    exact: Decimal = ZERO
    rounded: Decimal = ZERO
    lines: list[Leg] = field(default_factory=list)


class Fees:
    """What every line paid over its tariff; ``dear`` holds by the identity of its facts what is enough for a claim."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self.dear: dict[int, Decimal] = {}

    def audit(self, sheets: Sequence[Sheet]) -> list[Event]:
        """Hold every line's fee against the tariff.

        A fee too high by enough is noted for its own event; what is too high by little on many slips becomes one
        claim a month, with its lines. An acquirer may round each slip or the batch; both stay within half a minor unit
        a slip, and what a month's lines are over that bound together is no rounding.
        """
        months: dict[tuple[str, int, int], _Drift] = {}
        for sheet in sheets:
            if sheet.head.source is Source.SETTLEMENT and not sheet.head.correction:
                terms = self._windows.terms(sheet.head.acquirer, sheet.head.date)
                if terms.fee is not None:
                    month = (terms.name, sheet.head.date.year, sheet.head.date.month)
                    self._hold_against(sheet, terms.fee, months.setdefault(month, _Drift(terms.fee.unit)))
        return [event for month, drift in sorted(months.items()) if (event := self._fee_event(month, drift))]

    def over(self, line: Leg) -> Decimal:
        """Return by how much the line's fee exceeds the tariff, where it is enough for a claim of its own."""
        return self.dear.get(id(line.facts), ZERO)

    def _hold_against(self, sheet: Sheet, tariff: Tariff, month: _Drift) -> None:
        half = tariff.unit / 2
        for line, card, told in zip(sheet.legs, sheet.column("card-type"), sheet.column("fee"), strict=True):
            if told is None:
                continue
            fee, exact = figure(told), tariff.exact(card, line.amount)
            if exact is None or fee - exact >= half:
                over = _over(tariff, card or "", line.amount, fee)
                if over >= _SMALL:
                    self.dear[id(line.facts)] = over
                    continue
                if exact is not None and over > ZERO <= line.amount:
                    month.lines.append(line)
                    month.rounded += over
            month.slips += 1
            if exact is not None and line.amount >= ZERO:
                month.exact += fee - exact

    def _fee_event(self, month: tuple[str, int, int], drift: _Drift) -> Event | None:
        if drift.exact <= max(drift.unit, drift.unit / 2 * drift.slips) or not drift.rounded:
            return None
        acquirer, year, number = month
        last = date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)
        terms = self._windows.terms(acquirer, last)
        day = self._windows.first_after(Source.SETTLEMENT, acquirer, last + timedelta(days=terms.grace))
        if day is None:
            return None
        move = Move(terms.fees, terms.claims_acquirer, "acquirer", "fee-correction")
        event = Event(drift.lines, acquirer, (Link.FEES,))
        event.moments.append(Moment(day, "A9", {move: drift.rounded}, tuple(drift.lines)))
        return event


def _over(tariff: Tariff, card: str, amount: Decimal, fee: Decimal) -> Decimal:
    """Return by how much ``fee`` exceeds all that the tariff allows on ``amount``; a refund's may be given or kept."""
    most = max(tariff.expected(card, amount), default=None)
    if most is None:
        return ZERO
    return fee - (max(most, ZERO) if amount < ZERO else most)
