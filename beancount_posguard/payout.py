"""A deposit that is short or over: what of its statement could have been left out, or paid twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from beancount_posguard.judging.events import Event
from beancount_posguard.legs import Kind, Leg, Sheet, Source
from beancount_posguard.matching.gap import Answer, Gap, Line, explain
from beancount_posguard.money import ZERO
from beancount_posguard.verdict import total
from beancount_posguard.words import _


@dataclass(frozen=True)
class Explanation:
    """What a statement promised, what came, and every small set of its lines that makes up the difference."""

    statement: date
    promised: Decimal
    paid: Decimal
    currency: str
    answer: Answer

    @property
    def gap(self) -> Decimal:
        """What is missing; negative where too much came."""
        return self.promised - self.paid


def explain_payout(event: Event, sheets: Sequence[Sheet]) -> Explanation:
    """Explain the payout ``event`` (one statement and its deposits) by the lines of its statement.

    Raises:
        ValueError: where the event is no payout, or nothing is left to explain.
    """
    lumps = [leg for leg in event.legs if leg.kind is Kind.PAYOUT]
    sheet = next((one for one in sheets if lumps and one.head is lumps[0].head), None)
    if sheet is None or sheet.lump is None:
        raise ValueError(_("this is no payout of a statement; explain takes P1, P2 and P3 claims"))
    deposits = [leg for leg in event.legs if leg.source is Source.BANK]
    paid = total(deposits)
    lines = [_line(leg) for leg in sheet.legs if leg.amount]
    answer = explain(Gap(sheet.lump - paid, _fee_gap(lines, deposits)), lines)
    return Explanation(sheet.head.date, sheet.lump, paid, lumps[0].currency, answer)


def _line(leg: Leg) -> Line:
    ref = next((f"{key} {leg.get(key)}" for key in ("rrn", "trace", "order") if leg.get(key)), _("no reference"))
    return Line(leg.amount, Decimal(leg.facts.get("fee", "0")), f"{leg.date} {leg.get('time')} {ref}")


def _fee_gap(lines: Sequence[Line], deposits: Sequence[Leg]) -> Decimal | None:
    """Return how much fee the deposit leaves out, where its memo says what fee it took."""
    told = [leg.facts["fee"] for leg in deposits if "fee" in leg.facts]
    if len(told) != 1:
        return None
    return sum((line.fee for line in lines), ZERO) - Decimal(told[0])
