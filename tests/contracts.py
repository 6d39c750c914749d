"""The contract that tests of single parts are written under."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from beancount_posguard.calendars import parse_lag
from beancount_posguard.contract import Contract

CONTRACT = Contract(
    name="ChinaUMS",
    since=date(2026, 1, 1),
    merchants=("898310012345678",),
    till="Assets:POS:Till",
    clearing="Assets:POS:ChinaUMS:Clearing",
    payout="Assets:POS:ChinaUMS:Payout",
    bank="Assets:Bank:CCB",
    guarantees="Assets:POS:ChinaUMS:Guarantees",
    fees="Expenses:POS:Fees",
    income="Income:Sales",
    claims_customer="Assets:Claims:Customer",
    owed_customer="Liabilities:Claims:Customer",
    claims_acquirer="Assets:Claims:Acquirer:ChinaUMS",
    owed_acquirer="Liabilities:Claims:Acquirer:ChinaUMS",
    claims_chargeback="Assets:Claims:Chargeback",
    suspense="Assets:POS:Suspense",
    write_off="Expenses:POS:WriteOff",
    currency="CNY",
    settles=parse_lag("T+1", cutoff_allowed=True),
    pays=parse_lag("T+1", cutoff_allowed=False),
    grace=1,
    fee=None,
    hold_days=30,
    hold_cap=Decimal("1.15"),
    day_ends="",
    tolerance=Decimal(0),
    rounding="Expenses:Rounding",
    fx_within=Decimal(0),
    fx="Expenses:FX",
    file="main.beancount",
    line=1,
)
