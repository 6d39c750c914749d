"""Claims and slips made by hand, for figures that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from beancount_posguard.claims.claim import Claim, LegRef, Part, Taken
from beancount_posguard.reports.exposure import SHIFTS, Exposure

START = date(2026, 9, 1)


def day(number: int) -> date:
    """Return the ``number``-th day, the first being 0."""
    return START + timedelta(days=number)


def made(
    number: int, kind: str = "A1", *, cause: str = "", measure: str = "", on: int | None = None, **facts: str
) -> Claim:
    """Return a claim about a slip of day ``number``, found two days later; closed where a cause is said."""
    said = {key: text for key, text in {"cause": cause, "measure": measure}.items() if text}
    taken = (Taken("close", "li", day(number + 3 if on is None else on), said),) if said else ()
    return Claim(
        id=f"PG-{day(number):%Y%m%d}-{number:05d}",
        kind=kind,
        acquirer="ChinaUMS",
        currency="CNY",
        parts=(Part("customer", "Liabilities:Claims:Customer", "refund", Decimal("-10.00"), Decimal(0)),),
        detected=day(number + 2),
        deadline=None,
        stage="closed" if said else "verified",
        legs=(LegRef("terminal", Decimal("10.00"), day(number), "1", "x:1"),),
        history=(),
        why="",
        file="x",
        line=1,
        taken=taken,
        facts={key: tuple(text.split()) for key, text in facts.items()},
    )


def slips(days: int, a_day: int, **by: dict[str, int]) -> Exposure:
    """Return ``a_day`` slips a day from the first day on, one a minute from 10:00."""
    moments = [(day(number), f"10:{minute:02d}") for number in range(days) for minute in range(a_day)]
    return Exposure(len(moments), by, moments, SHIFTS)


@pytest.fixture
def make() -> Callable[..., Claim]:
    return made


@pytest.fixture
def expose() -> Callable[..., Exposure]:
    return slips


@pytest.fixture
def on() -> Callable[[int], date]:
    return day
