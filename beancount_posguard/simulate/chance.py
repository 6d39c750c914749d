"""Chance in whole numbers, so that a seed gives the same shop on every machine and no float comes near an amount."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Dice(random.Random):
    """Python's generator, seeded by text, with the draws a shop needs."""

    def chance(self, permille: int) -> bool:
        """Return True ``permille`` times in a thousand."""
        return self.randrange(1000) < permille

    def happens(self, share: Decimal) -> bool:
        """Return True with probability ``share`` (0 to 1), to a millionth."""
        return self.randrange(1_000_000) < share * 1_000_000

    def count(self, mean: int) -> int:
        """Return a count with this mean and variance, as a Poisson count has, never below zero."""
        return max(0, self.getrandbits(4 * mean).bit_count() - mean) if mean > 0 else 0

    def fen(self, first: int, last: int) -> Decimal:
        """Return an amount from ``first`` to ``last`` fen."""
        return Decimal(self.randint(first, last)).scaleb(-2)


def dice_for(*place: object) -> Dice:
    """Return the dice of one place in the simulation, such as (seed, "sales", day).

    Places do not disturb each other: a fault more leaves tomorrow's sales as they were.
    """
    dice = Dice()
    dice.seed("/".join(map(str, place)), version=2)
    return dice


class Urn(Generic[T]):
    """Things to draw, each with its whole-number weight."""

    def __init__(self, weights: Mapping[T, int]) -> None:
        self._things: Sequence[T] = [thing for thing, weight in weights.items() if weight]
        self._steps = list(accumulate(weight for weight in weights.values() if weight))

    def __bool__(self) -> bool:
        return bool(self._things)

    def draw(self, dice: Dice) -> T:
        """Return one of the things."""
        place = dice.randrange(self._steps[-1])
        return next(thing for thing, step in zip(self._things, self._steps, strict=True) if place < step)
