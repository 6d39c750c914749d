"""The many events that are in order, told at little cost from those that must be judged."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date, timedelta

from beancount_posguard.judging.fees import Fees
from beancount_posguard.judging.numbers import Numbers
from beancount_posguard.judging.windows import Windows
from beancount_posguard.legs import Head, Leg, Source, Status
from beancount_posguard.matching.groups import Group
from beancount_posguard.places import on_wrong_day

#: How many lines an event in order has, where the shop keeps its sales and where not.
_THREE_SIDES, _TWO_SIDES = 3, 2


class Clean:
    """Which events need no judgement."""

    def __init__(
        self, windows: Windows, numbers: Numbers, fees: Fees, *, elsewhere: AbstractSet[int], odd: AbstractSet[int]
    ) -> None:
        self._windows = windows
        self._numbers = numbers
        self._dear = fees.dear
        self._elsewhere = elsewhere
        self._odd = odd
        self._punctual: dict[tuple[Head, Head, Head, date], bool] = {}

    def is_clean(self, group: Group) -> bool:
        """Tell at little cost that an event needs no judgement: one leg a side, all equal, all on time."""
        plain = id(group) not in self._odd and self._is_plain(group)
        return (plain and id(group[-1].facts) not in self._dear) or self._is_in_order(group)

    def _is_plain(self, group: Group) -> bool:
        """Tell whether slip, sale (where the shop keeps them) and line, known to agree, came in their time.

        That depends on their batches and the day alone, so it is worked out once for all slips that share them.
        """
        if len(group) == _THREE_SIDES:
            slip, sale, line = group
        elif len(group) == _TWO_SIDES:
            slip, line = group
            sale = slip
        else:
            return False
        day = slip.date
        batches = (slip.head, sale.head, line.head, day)
        known = self._punctual.get(batches)
        if known is None:
            known = self._punctual[batches] = self._is_punctual(slip, sale, line)
        return known

    def _is_punctual(self, slip: Leg, sale: Leg, line: Leg) -> bool:
        """Tell whether the batches are those of the three sides in their order, each on time at any hour of the day."""
        sources = [leg.source for leg in (slip, sale, line)]
        if sale is slip:
            in_place = sources == [Source.TERMINAL, Source.TERMINAL, Source.SETTLEMENT] and not slip.head.on_till
            other = line
        else:
            in_place = sources == [Source.TERMINAL, Source.SALE, Source.SETTLEMENT] and slip.head.on_till
            other = sale
        if not in_place or line.head.date > min(self._windows.limits_of((slip.head, slip.date))[1:]):
            return False
        return self._in_time(slip, other) and not self._is_under_another(slip, line)

    def _is_in_order(self, group: Group) -> bool:
        """Tell the same for an event of lines in any order and from anywhere."""
        sale = slip = line = None
        for leg in group:
            if leg.status is not Status.APPROVED:
                return False
            source = leg.head.source
            if source is Source.TERMINAL and slip is None:
                slip = leg
            elif source is Source.SETTLEMENT and line is None:
                line = leg
            elif source is Source.SALE and sale is None:
                sale = leg
            else:
                return False
        if slip is None or line is None or slip.amount != line.amount or (sale is None) is slip.head.on_till:
            return False
        if line.head.date > self._windows.limit(slip) or not self._in_time(slip, sale or line):
            return False
        if sale is not None and (
            sale.amount != slip.amount
            or (sale.date != slip.date and on_wrong_day(sale, slip, self._windows.terms(slip.head.acquirer, slip.date)))
        ):
            return False
        if id(group) in self._elsewhere or self._is_under_another(slip, line):
            return False
        return id(line.facts) not in self._dear

    def _is_under_another(self, slip: Leg, line: Leg) -> bool:
        return self._numbers.several and self._numbers.is_under_another(slip, line, line.head.date)

    def _in_time(self, slip: Leg, other: Leg) -> bool:
        """Tell whether nobody had reason to miss the slip, or the sale it belongs to."""
        if slip.head.date == slip.date == other.date and other.source is not Source.SALE:
            return True
        grace = timedelta(days=self._windows.terms(slip.head.acquirer, slip.date).grace)
        last = max(slip.head.date, other.head.date) if other.source is Source.SALE else slip.head.date
        return last <= min(slip.date, other.date) + grace
