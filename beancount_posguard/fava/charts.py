"""What the claims look like over time, as Fava's own charts: bars by day, week or month, and a cloud of events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fava.core.charts import DateAndBalanceWithBudget
from fava.core.inventory import SimpleCounterInventory
from fava.internal_api import BarChart

from beancount_posguard.claims.claim import Claim
from beancount_posguard.fava.page import kind_name
from beancount_posguard.money import ZERO
from beancount_posguard.words import _

if TYPE_CHECKING:
    from datetime import date

    from fava.util.date import Interval

#: How many names a chart tells apart; what is rarer is put together.
MOST_NAMES = 8

#: From one claim: which stacks it adds to, of which unit, and how much.
_Stacks = Callable[[Claim], Iterable[tuple[str, str, Decimal]]]


def charts(claims: Sequence[Claim], interval: Interval) -> list[Any]:
    """Return the charts of ``claims``; one without anything in it is left out."""
    real = [claim for claim in claims if claim.stage not in {"dismissed", "withdrawn"}]
    bars = [
        _bars(_("Open by day found"), real, interval, _open),
        _bars(_("Mismatches by kind"), real, interval, lambda claim: [_one(f"{claim.kind} {kind_name(claim.kind)}")]),
        _bars(_("By terminal"), real, interval, lambda claim: _ones(claim, "terminal")),
        _bars(_("By cashier"), real, interval, lambda claim: _ones(claim, "cashier")),
    ]
    return [*(chart for chart in bars if chart.data), *_events(claims)]


def _open(claim: Claim) -> Iterable[tuple[str, str, Decimal]]:
    for part in claim.parts:
        if part.balance:
            yield part.account, claim.currency, part.balance


def _one(name: str) -> tuple[str, str, Decimal]:
    return name, _("claims"), Decimal(1)


def _ones(claim: Claim, fact: str) -> list[tuple[str, str, Decimal]]:
    return [_one(name) for name in claim.facts.get(fact, ())]


def _bars(label: str, claims: Sequence[Claim], interval: Interval, stacks: _Stacks) -> BarChart:
    """Return a bar for each interval in which a claim was found, its stacks by name."""
    by_day: dict[date, dict[str, SimpleCounterInventory]] = {}
    counts: dict[str, int] = defaultdict(int)
    said = [(interval.get_prev(claim.detected), [*stacks(claim)]) for claim in claims]
    for _day, added in said:
        for name, _unit, _number in added:
            counts[name] += 1
    kept = set(sorted(counts, key=lambda name: (-counts[name], name))[:MOST_NAMES])
    for day, added in said:
        for name, unit, number in added:
            stack = by_day.setdefault(day, {}).setdefault(
                name if name in kept else _("others"), SimpleCounterInventory()
            )
            stack.add(unit, number)
    return BarChart(
        label,
        [DateAndBalanceWithBudget(day, _sum(names.values()), names, {}) for day, names in sorted(by_day.items())],
    )


def _sum(stacks: Iterable[SimpleCounterInventory]) -> SimpleCounterInventory:
    whole: dict[str, Decimal] = {}
    for stack in stacks:
        for unit, number in stack.items():
            whole[unit] = whole.get(unit, ZERO) + number
    return SimpleCounterInventory(whole)


def _events(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    points = [
        {"type": event.what, "date": event.date, "description": f"{claim.id} {event.what} {event.by}"}
        for claim in claims
        for event in claim.history
    ]
    return [{"type": "scatterplot", "label": _("What was done"), "data": points}] if points else []
