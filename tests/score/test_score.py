"""The judge against simulated truth: twenty thousand events; ``make score`` does the million."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest

from beancount_posguard.simulate import simulate
from bench.scoring import Score, score

#: The seeds are drawn, not chosen; drawn the same each time, so that a failure is everybody's.
DICE = random.Random("a shop that nobody looked at before")  # noqa: S311  # no secret
SEEDS = {preset: DICE.randrange(1_000_000) for preset in ("retail", "restaurant", "hotel", "chain")}


class Kind(NamedTuple):
    """What is wrong with a world."""

    faults: str
    damage: str
    missing: int


WORLDS = {
    "clean references": Kind("0.01", "0", 0),
    "damaged references": Kind("0.01", "0.02", 0),
    "no fault and a missing file": Kind("0", "0", 1),
}


def judged(preset: str, world: str) -> Score:
    kind = WORLDS[world]
    days = 16 if preset == "chain" else 24
    return score(simulate(SEEDS[preset], days, preset, kind.faults, damage=kind.damage, missing=kind.missing))


@pytest.mark.parametrize("preset", SEEDS)
@pytest.mark.parametrize("world", WORLDS)
def test_nothing_is_claimed_wrongly(preset: str, world: str) -> None:
    found = judged(preset, world)
    assert found.cases == []
    assert found.events > 1000
    assert found.planted == found.found + found.uncertain


@pytest.mark.parametrize("preset", SEEDS)
def test_faults_are_found_and_not_only_doubted(preset: str) -> None:
    clean, damaged = judged(preset, "clean references"), judged(preset, "damaged references")
    assert clean.planted > 0
    assert clean.found == clean.planted
    assert damaged.found >= 0.97 * damaged.planted
