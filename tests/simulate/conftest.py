"""Simulated shops, made once, and the smallest of shops for figures worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, partial

import pytest

from beancount_posguard.legs import Kind
from beancount_posguard.simulate import World, simulate
from beancount_posguard.simulate.events import Event, Line, Ring, Slip
from beancount_posguard.simulate.presets import Bank
from beancount_posguard.simulate.shop import Acquirer, Card, Terminal

MakeWorld = Callable[..., World]
MakeSale = Callable[..., Event]


@pytest.fixture(scope="session")
def make_world() -> MakeWorld:
    """Return ``simulate`` for a quiet shop, which remembers what it has made."""
    return lru_cache(maxsize=None)(partial(simulate, volume=40))


@pytest.fixture(scope="session")
def acquirer() -> Acquirer:
    """T+1 with the cut-off at 23:00, one day of grace; debit 0.50 % at most 20.00, credit 0.60 %."""
    return Acquirer(Bank("ChinaUMS", "银联商务"), ("898310012345678",))


@pytest.fixture(scope="session")
def make_sale() -> MakeSale:
    """Return a function that makes a perfect sale: ``make_sale("2026-09-21 14:00:00", "128.00")``."""

    def sale(when: str, amount: str, card_type: str = "credit") -> Event:
        money, moment = Decimal(amount), datetime.fromisoformat(when)
        return Event(
            "E000001",
            "sale",
            Terminal("98765432", "898310012345678", "总店", "ChinaUMS"),
            Card("622575******1234", card_type, "招商银行"),
            "01",
            moment,
            (Ring(money, moment),),
            (Slip(Kind.SALE, money, moment),),
            (Line(Kind.SALE, money),),
        )

    return sale
