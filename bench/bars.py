"""Every bar the judge is held to, in one table: ``make score`` prints it after the worlds.

``python -m bench.bars`` takes the figures of the last ``python -m bench.score`` from its log, and measures the rest:
the invariants (``tests/properties``), the explanation of deposits, and the plugin's time over Beancount's own load.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from math import comb, prod
from pathlib import Path
from statistics import median
from time import process_time
from typing import NamedTuple

from beancount_posguard.matching.gap import Answer, Gap, Line, explain
from bench.run import WORLDS, middle_of
from bench.score import SORTS, logged, tree_state
from bench.scoring import Score

#: A menu: with round prices many sets of lines come to the same sum.
_PRICES = (6, 8, 9, 12, 12, 15, 15, 18, 18, 22, 25, 28, 32, 36, 38, 48, 58, 68, 88, 128)
_FEE = Decimal("0.006")

#: How many events it takes to say that something never happens.
_EVENTS = 1_000_000

_WRONG = ("false match", "false claim", "wrong counterparty", "wrong amount", "silent pick")


class Bar(NamedTuple):
    """One bar: what is asked, what was measured, and whether it holds."""

    name: str
    asked: str
    measured: str
    holds: bool


class Deposit(NamedTuple):
    """A deposit: the lines of its statement, those it lacks, and how that was explained."""

    lines: tuple[Line, ...]
    missing: tuple[Line, ...]
    answer: Answer
    seconds: float

    @property
    def is_told(self) -> bool:
        """Tell whether what is missing is among the explanations."""
        wanted = sorted((line.net, line.fee) for line in self.missing)
        sets = [sorted((line.net, line.fee) for line, count in one for _ in range(count)) for one in self.answer.sets]
        return wanted in sets and self.answer.exhausted

    @property
    def is_picked(self) -> bool:
        """Tell whether fewer ways are counted than the twins of the missing lines alone make."""
        sizes = Counter((line.net, line.fee) for line in self.lines)
        lacking = Counter((line.net, line.fee) for line in self.missing)
        twins = prod(comb(sizes[value], count) for value, count in lacking.items())
        return self.answer.ways < twins or not self.is_told


def deposit(seed: int, slips: int = 200) -> Deposit:
    """Return a deposit of ``slips`` slips that lacks one to three: of a menu's prices, every other one of any price."""
    dice = random.Random(seed)
    lines = []
    for number in range(slips):
        gross = Decimal(dice.choice(_PRICES)) if seed % 2 else Decimal(dice.randint(500, 50_000)) / 100
        lines.append(Line(gross, (gross * _FEE).quantize(Decimal("0.01")), f"{number:06}"))
    missing = tuple(dice.sample(lines, dice.randint(1, 3)))
    fee = sum((line.fee for line in missing), Decimal(0)) if dice.random() < 0.5 else None  # noqa: PLR2004  # a coin
    began = process_time()
    answer = explain(Gap(sum((line.net for line in missing), Decimal(0)), fee), lines)
    return Deposit(tuple(lines), missing, answer, process_time() - began)


def _right(log: Path) -> Iterator[Bar]:
    """Yield the bars of the worlds that were judged at this state of the tree."""
    sums = {sort: Score() for sort in SORTS}
    for name, one in logged(log, tree_state()):
        sums[name.sort].add(one)
    events = sum(one.events for one in sums.values())
    for wrong in _WRONG:
        count = sum(one.counts.get(wrong, 0) for one in sums.values())
        yield Bar(wrong, f"0 over {_EVENTS:,} events", f"{count} over {events:,}", count == 0 and events >= _EVENTS)
    for sort, asked in (("clean", Decimal("0.999")), ("damaged", Decimal("0.97"))):
        one = sums[sort]
        share = Decimal(one.found) / one.planted if one.planted else Decimal(0)
        unsure = f"{one.uncertain} uncertain of {one.planted:,}"
        yield Bar(f"recall, {sort} references", f"at least {asked:.1%}", f"{share:.2%}, {unsure}", share >= asked)
    claims = sum(sums["faultless"].counts.values())
    quiet = sums["faultless"].events
    yield Bar("claims in faultless shops", "0", f"{claims} over {quiet:,}", claims == 0 and quiet > 0)


def _invariants() -> Iterator[Bar]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/properties"], capture_output=True, text=True, check=False
    )
    broken = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    told = f"{len(broken)} broken" if broken or done.returncode else "all hold"
    yield Bar("same bytes, closed months", "every property", told, done.returncode == 0)


def _explained(deposits: int = 200) -> Iterator[Bar]:
    found = [deposit(seed) for seed in range(deposits)]
    middle = median(one.seconds for one in found) * 1000
    yield Bar("explain 200 slips, 1 to 3 missing", "at most 250 ms, median", f"{middle:.0f} ms", middle <= 250)  # noqa: PLR2004
    picked = sum(one.is_picked for one in found)
    told = sum(len(one.answer.sets) > 1 for one in found)
    yield Bar("one explanation picked of several", "0", f"{picked} of {told} that have several", picked == 0)


def _fast(slips: int = 100_000) -> Iterator[Bar]:
    for name in WORLDS:
        row = middle_of(name, slips)
        share = row.best / row.load
        yield Bar(f"plugin over load, {slips:,} slips, {name}", "at most 20 %", f"{share:.1%}", share <= 0.2)  # noqa: PLR2004


def main() -> int:
    """Print the table; 1 where a bar does not hold."""
    held = True
    print(f"\n{'bar':<46}{'asked':<26}{'measured':<44}")
    for bar in chain(_right(Path(".score.jsonl")), _explained(), _invariants(), _fast()):
        print(f"{bar.name:<46}{bar.asked:<26}{bar.measured:<44}{'holds' if bar.holds else 'DOES NOT HOLD'}", flush=True)
        held = held and bar.holds
    print("mutation testing: make mutants; what survives is explained in bench/mutants.md")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
