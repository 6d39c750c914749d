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
from beancount_posguard.money import CENT, ZERO, minor
from beancount_posguard.verdict import Link, Moment, Move

#: Both ways of rounding a fee, per slip and per batch, stay within this for each slip.
_HALF_CENT = Decimal("0.005")

#: Below this a fee too high is gathered with its like in the month's claim.
_SMALL = Decimal("1.00")

#: A fee against its tariff: what claims for itself, and the exact and the rounded part that add up over the month.
_Audit = tuple[Decimal, Decimal, Decimal]
_NOTHING: _Audit = (ZERO, ZERO, ZERO)

#: Card type, amount and fee as the line says them.
_Row = tuple[str | None, Decimal, str | None]


@dataclass
class _Drift:
    """A month's small differences: over the exact tariff, and over the tariff rounded half up for each slip."""

    slips: int = 0
    exact: Decimal = ZERO
    rounded: Decimal = ZERO
    lines: list[Leg] = field(default_factory=list)


class Fees:
    """What every line paid over its tariff; ``dear`` holds by the identity of its facts what is enough for a claim."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._audits: dict[Tariff, _Audits] = {}
        self.dear: dict[int, Decimal] = {}

    def audit(self, sheets: Sequence[Sheet]) -> list[Event]:
        """Hold every line's fee against the tariff.

        A fee too high by enough is noted for its own event; what is too high by little on many slips becomes one
        claim a month, with its lines. An acquirer may round each slip or the batch; both stay within half a cent a
        slip, and what a month's lines are over that bound together is no rounding.
        """
        months: dict[tuple[str, int, int], _Drift] = {}
        for sheet in sheets:
            if sheet.head.source is Source.SETTLEMENT and not sheet.head.correction:
                terms = self._windows.terms(sheet.head.acquirer, sheet.head.date)
                if terms.fee is not None:
                    month = (terms.name, sheet.head.date.year, sheet.head.date.month)
                    self._hold_against(sheet, terms.fee, months.setdefault(month, _Drift()))
        return [event for month, drift in sorted(months.items()) if (event := self._fee_event(month, drift))]

    def over(self, line: Leg) -> Decimal:
        """Return by how much the line's fee exceeds the tariff, where it is enough for a claim of its own."""
        return self.dear.get(id(line.facts), ZERO)

    def _hold_against(self, sheet: Sheet, tariff: Tariff, month: _Drift) -> None:
        fees = sheet.column("fee")
        amounts = [line.amount for line in sheet.legs]
        rows = zip(sheet.column("card-type"), amounts, fees, strict=True)
        known = self._audits.setdefault(tariff, _Audits(tariff))
        audits = list(map(known.__getitem__, rows))
        month.slips += len(fees) - fees.count(None)
        month.exact += sum([exact for _, exact, _ in audits], ZERO)
        for line, (over, _, rounded) in zip(sheet.legs, audits, strict=True):
            if over:
                self.dear[id(line.facts)] = over
                month.slips -= 1
            elif rounded:
                month.lines.append(line)
                month.rounded += rounded

    def _fee_event(self, month: tuple[str, int, int], drift: _Drift) -> Event | None:
        if drift.exact <= max(CENT, _HALF_CENT * drift.slips) or not drift.rounded:
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


class _Audits(dict[_Row, _Audit]):
    """What is over the tariff in each row; with a price list few are different, and each is worked out once."""

    def __init__(self, tariff: Tariff) -> None:
        super().__init__()
        self._tariff = tariff

    def __missing__(self, row: _Row) -> _Audit:
        card, amount, fee = row
        found = self[row] = _NOTHING if fee is None else _audit(self._tariff, card or "", amount, Decimal(fee))
        return found


def _audit(tariff: Tariff, card: str, amount: Decimal, fee: Decimal) -> _Audit:
    """Hold ``fee`` against all that the tariff allows on ``amount``; a refund's may be given back or kept."""
    exact = tariff.exact(card, amount)
    most = minor(exact) if exact is not None else max(tariff.expected(card, amount), default=None)
    if most is None:
        return _NOTHING
    over = fee - (max(most, ZERO) if amount < ZERO else most)
    if over >= _SMALL:
        return over, ZERO, ZERO
    if exact is None or amount < ZERO:
        return _NOTHING
    return ZERO, fee - exact, max(over, ZERO)
