"""Four merchants, as data: who they are, what they sell, when people come, and which odd things happen there.

The figures are the defaults of the fault-injection chapter of the domain reference: assumptions, not measurements.
Weights are whole numbers; amounts are in fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: The curve of a shop's free amounts: eleven marks in fen, from the least through every tenth to the most. Between two
#: marks every amount is as likely as another. This one has the median 66.70 and the spread of many shops.
CURVE = (100, 1850, 2870, 3950, 5180, 6670, 8590, 11270, 15470, 24010, 168_000)

#: Price points: of which a shop with a price list draws six in ten.
POINTS = (990, 1990, 2800, 5800, 9800, 12800)

#: When people come: hour and weight. The last hours reach over the cut-off at 23:00.
SHOP_HOURS = {8: 2, 9: 3, 10: 5, 11: 6, 12: 6, 13: 4, 14: 5, 15: 6, 16: 6, 17: 5, 18: 5, 19: 5, 20: 4, 21: 2, 22: 1}
MEAL_HOURS = {11: 4, 12: 9, 13: 6, 14: 2, 17: 4, 18: 9, 19: 9, 20: 6, 21: 4, 22: 3, 23: 1}
DESK_HOURS = {7: 4, 8: 6, 9: 5, 10: 4, 11: 4, 12: 3, 14: 4, 15: 5, 16: 4, 18: 3, 20: 2, 22: 1, 23: 1}

#: How often each story happens, in a thousand events. See :mod:`beancount_posguard.simulate.honest`.
_COMMON = {
    "sale": 880,
    "void-pair": 12,
    "void-netted": 12,
    "void-over-cut-off": 3,
    "refund": 28,
    "declined": 10,
    "retried": 12,
    "timeout-retried": 2,
    "split-cash": 8,
    "split-cards": 8,
    "twins": 8,
    "late-in-time": 3,
    "subsidy": 4,
    "converted": 6,
}


@dataclass(frozen=True)
class Place:
    """One store: its name, its acquirer, its merchant id, and how many terminals stand there."""

    name: str
    acquirer: str
    merchant: str
    terminals: int


@dataclass(frozen=True)
class Bank:
    """An acquirer's side of the contract, in the words of the ledger; ``payer`` is who its deposits come from.

    ``refund_fee_back`` tells whether a refund brings its fee back, ``rounds_by_batch`` whether fees are rounded on the
    statement's sum and not slip by slip.
    """

    name: str
    payer: str
    settles: str = "T+1 cutoff 23:00 calendar CN"
    pays: str = "T+1 calendar CN"
    fee: str = "debit 0.50% max 20.00; credit 0.60%; foreign 1.80%"
    refund_fee_back: bool = True
    rounds_by_batch: bool = False


@dataclass(frozen=True)
class Preset:
    """One kind of merchant. ``per_terminal`` is the mean number of events a terminal has on a working day."""

    title: str
    places: tuple[Place, ...]
    banks: tuple[Bank, ...]
    per_terminal: int
    hours: Mapping[int, int]
    stories: Mapping[str, int] = field(default_factory=lambda: _COMMON)
    points: tuple[int, ...] = POINTS
    point_share: int = 600
    curve: tuple[int, ...] = CURVE


_UMS = Bank("ChinaUMS", "银联商务股份有限公司客户备付金")

PRESETS: Mapping[str, Preset] = {
    "retail": Preset(
        title="Corner shop",
        places=(Place("总店", "ChinaUMS", "898310012345678", 2),),
        banks=(_UMS,),
        per_terminal=45,
        hours=SHOP_HOURS,
    ),
    # Statements come every day, payouts on working days only: one deposit pays a whole weekend.
    "restaurant": Preset(
        title="Restaurant",
        places=(Place("餐厅", "ChinaUMS", "898310058122001", 2),),
        banks=(Bank("ChinaUMS", _UMS.payer, settles="D+1 cutoff 23:00 calendar none"),),
        per_terminal=40,
        hours=MEAL_HOURS,
        stories=_COMMON | {"sale": 780, "tip": 100},
        points=(3800, 6800, 8800, 12800, 16800),
        point_share=150,
        curve=(1200, 4200, 6300, 8400, 11200, 14600, 19300, 26000, 35500, 52000, 390_000),
    ),
    # The acquirer keeps its fee on refunds.
    "hotel": Preset(
        title="Hotel",
        places=(Place("前台", "ChinaUMS", "898310070110009", 2),),
        banks=(Bank("ChinaUMS", _UMS.payer, refund_fee_back=False),),
        per_terminal=24,
        hours=DESK_HOURS,
        stories=_COMMON
        | {"sale": 480, "hold": 300, "hold-over": 40, "hold-void": 60, "hold-increased": 40, "hold-open": 10},
        points=(28800, 39800, 49800, 58800),
        point_share=500,
        curve=(1500, 6800, 12800, 19900, 28800, 36800, 45800, 56800, 72000, 98000, 680_000),
    ),
    # Two acquirers; the first pays two stores with one deposit, the second has no cut-off and
    # rounds its fees on the whole statement.
    "chain": Preset(
        title="Tea chain",
        places=(
            Place("南门店", "ChinaUMS", "898310012340001", 2),
            Place("北门店", "ChinaUMS", "898310012340002", 2),
            Place("机场店", "Lakala", "822310054110003", 1),
        ),
        banks=(
            _UMS,
            Bank(
                "Lakala",
                "拉卡拉支付股份有限公司备付金",
                settles="T+1 calendar CN",
                fee="debit 0.48% max 18.00; all 0.58%",
                rounds_by_batch=True,
            ),
        ),
        per_terminal=50,
        hours=SHOP_HOURS,
    ),
}
