"""What a deposit left out: the gap between a statement and its deposit, explained by the statement's lines.

Only the gap is explained, never the whole sum, and only by up to :data:`MOST` lines: with whole-yuan prices the
smallest set of lines that fits is the wrong one up to a third of the time, so every set within the bound is counted and
none is picked. Equal lines are one class: that one of them is missing may be certain though which one is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import comb, prod
from typing import NamedTuple

from beancount_posguard.words import _

#: The most lines an explanation may take; within it the search is exhaustive.
MOST = 3


class Line(NamedTuple):
    """One line of the statement as the gap sees it; signed from the merchant's side."""

    gross: Decimal
    fee: Decimal
    ref: str

    @property
    def net(self) -> Decimal:
        """What the line brings to the deposit."""
        return self.gross - self.fee


class Gap(NamedTuple):
    """What is missing: the net, and the fee where the bank's memo tells it."""

    net: Decimal
    fee: Decimal | None = None


class Answer(NamedTuple):
    """All explanations of a gap within the bound.

    ``sets`` are distinct as money: classes of equal lines, each with how many of the class are missing; ``ways`` counts
    the distinct choices of lines behind them.
    """

    sets: tuple[tuple[tuple[Line, int], ...], ...]
    ways: int
    bound: str
    exhausted: bool = True


def explain(gap: Gap, lines: Iterable[Line], most: int = MOST) -> Answer:
    """Return every set of up to ``most`` of ``lines`` whose net (and fee, where known) is the gap.

    Cost: for n different values of net and fee, n² look-ups at ``most`` = 3.
    """
    classes: dict[tuple[Decimal, Decimal], list[Line]] = {}
    for line in lines:
        classes.setdefault((line.net, line.fee), []).append(line)
    sizes = {value: len(members) for value, members in classes.items()}
    found = sorted(_combinations(gap, sizes, most))
    sets = tuple(tuple((classes[value][0], count) for value, count in sorted(Counter(one).items())) for one in found)
    ways = sum(_ways(one, sizes) for one in found)
    return Answer(sets, ways, _("up to {most} lines of {n}").format(most=most, n=sum(sizes.values())))


_Value = tuple[Decimal, Decimal]


def _combinations(gap: Gap, sizes: Mapping[_Value, int], most: int) -> Iterator[tuple[_Value, ...]]:
    """Yield each multiset of values, in order, that adds up to the gap."""
    values = sorted(sizes)
    by_net: dict[Decimal, list[_Value]] = {}
    for value in values:
        by_net.setdefault(value[0], []).append(value)
    yield from _extend((), gap, values, 0, by_net, sizes, most)


def _extend(
    chosen: tuple[_Value, ...],
    gap: Gap,
    values: Sequence[_Value],
    start: int,
    by_net: Mapping[Decimal, Sequence[_Value]],
    sizes: Mapping[_Value, int],
    left: int,
) -> Iterator[tuple[_Value, ...]]:
    if left == 0:
        return
    # The last line of a set is looked up, not searched.
    for value in by_net.get(gap.net, ()):
        fits = gap.fee is None or value[1] == gap.fee
        if fits and (not chosen or value >= chosen[-1]) and chosen.count(value) < sizes[value]:
            yield (*chosen, value)
    if left == 1:
        return
    for place in range(start, len(values)):
        value = values[place]
        if chosen.count(value) < sizes[value]:
            rest = Gap(gap.net - value[0], None if gap.fee is None else gap.fee - value[1])
            yield from _extend((*chosen, value), rest, values, place, by_net, sizes, left - 1)


def _ways(chosen: Sequence[_Value], sizes: Mapping[_Value, int]) -> int:
    return prod(comb(sizes[value], count) for value, count in Counter(chosen).items())
