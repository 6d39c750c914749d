"""What an event still lacks from one source: the slips of which it has not spoken, or the rest that it left.

Both the matcher, which joins a line to the slip it repeats, and the rivals, which look for the lines that could be the
missing one, ask this. An event of one slip lacks all of it; one of a sale and its void, of which the till told the
sale, lacks the void.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.legs import APPROVED, PREAUTH, TERMINAL, TILL, Leg, Source
from beancount_posguard.money import ZERO


class Lack(NamedTuple):
    """An amount that a line of the source would bring, and the slip that it would repeat."""

    amount: Decimal
    slip: Leg


def lacks(group: Sequence[Leg], source: Source) -> list[Lack]:
    """Return what an event lacks from ``source``; nothing where a slip of it is no plain approval."""
    mine: list[Leg] = []
    said: list[Decimal] = []
    for leg in group:
        if leg.head.source is TERMINAL:
            mine.append(leg)
        elif leg.head.source is source and leg.amount and not leg.is_memo:
            said.append(leg.amount)
    if len(mine) == 1 and mine[0].kind is PREAUTH and source is TILL and not said:
        return [Lack(mine[0].claimed, mine[0])]  # a sale rung up as a hold
    slips = [leg for leg in mine if leg.amount and not leg.is_memo]
    amounts = [leg.amount for leg in slips]
    if not slips or said == amounts or any(leg.status is not APPROVED for leg in slips):
        return []
    untold = _untold(slips, said)
    rest = sum(amounts, ZERO) - sum(said, ZERO)
    found = [Lack(slip.amount, slip) for slip in untold or ()]
    if rest and len(found) != 1:
        # A subsidy's line, the other half of a pair, or one line for several slips.
        found.append(Lack(rest, next((slip for slip in slips if slip.amount == rest), slips[0])))
    return found


def _untold(slips: Iterable[Leg], said: Iterable[Decimal]) -> list[Leg] | None:
    """Return the slips that no line repeats; None where a line repeats no slip, so that slips cannot be told apart."""
    left = list(slips)
    for amount in said:
        repeated = next((place for place, slip in enumerate(left) if slip.amount == amount), None)
        if repeated is None:
            return None
        left.pop(repeated)
    return left
