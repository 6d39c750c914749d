"""The many events that are in order, told at little cost from those that must be judged."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from operator import attrgetter

from beancount_posguard.judging.fees import Fees
from beancount_posguard.judging.numbers import Numbers
from beancount_posguard.judging.windows import Windows
from beancount_posguard.legs import APPROVED, SETTLEMENT, TERMINAL, TILL, Head, Leg
from beancount_posguard.matching.groups import Group
from beancount_posguard.places import on_wrong_day

#: Whose lines an event in order has, where the shop keeps its sales and where not.
_THREE_SIDES = (TERMINAL, TILL, SETTLEMENT)
_TWO_SIDES = (TERMINAL, SETTLEMENT)

_HEAD = attrgetter("head")


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
        self._punctual: dict[tuple[date | Head, ...], bool] = {}

    def split(self, groups: Iterable[Group]) -> tuple[list[Group], list[Group]]:
        """Tell the events that need no judgement from all others, at little cost."""
        in_order: list[Group] = []
        still_open: list[Group] = []
        for group in groups:
            plain = id(group) not in self._odd and self._is_plain(group)
            clean = (plain and id(group[-1].facts) not in self._dear) or self._is_in_order(group)
            (in_order if clean else still_open).append(group)
        return in_order, still_open

    def _is_plain(self, group: Group) -> bool:
        """Tell whether slip, sale (where the shop keeps them) and line, known to agree, came in their time.

        That depends on their batches and the day alone, so it is worked out once for all slips that share them.
        """
        batches = (group[0].date, *map(_HEAD, group))
        known = self._punctual.get(batches)
        if known is None:
            known = self._punctual[batches] = self._is_punctual(group)
        return known

    def _is_punctual(self, group: Group) -> bool:
        """Tell whether the batches are those of the three sides in their order, each on time at any hour of the day."""
        slip, line = group[0], group[-1]
        sides = _THREE_SIDES if slip.head.on_till else _TWO_SIDES
        if tuple(leg.source for leg in group) != sides:
            return False
        if line.head.date > min(self._windows.limits_of((slip.head, slip.date))[1:]):
            return False
        return self._in_time(slip, group[1]) and not self._is_under_another(slip, line)

    def _is_in_order(self, group: Group) -> bool:
        """Tell the same for an event of lines in any order and from anywhere."""
        sale = slip = line = None
        for leg in group:
            if leg.status is not APPROVED:
                return False
            source = leg.head.source
            if source is TERMINAL and slip is None:
                slip = leg
            elif source is SETTLEMENT and line is None:
                line = leg
            elif source is TILL and sale is None:
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
        if slip.head.date == slip.date == other.date and other.source is not TILL:
            return True
        grace = timedelta(days=self._windows.terms(slip.head.acquirer, slip.date).grace)
        last = max(slip.head.date, other.head.date) if other.source is TILL else slip.head.date
        return last <= min(slip.date, other.date) + grace
