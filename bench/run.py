"""Measure what matters to a shop laptop, as ratios: the plugin against Beancount's own load, and imports.

Run with ``make bench``; ``python -m bench.run 1000 10000`` measures other sizes. Times are processor time, the plugin's
the best of several rounds. Every row is measured in processes of its own, so that none depends on those before it, and
is the middle one of them by its ratio: other work on the machine slows down a load and a plugin unevenly. ``first``
is the plugin's first run, the one a person waits for, ``growth`` how much dearer a slip is than in the row above (1.00
is linear), ``peak`` what the first run takes beyond the most that the load took.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"

from beancount import loader

from beancount_posguard.plugin import run
from beancount_posguard.simulate import simulate
from bench.imports import measure_imports
from bench.shop import FAULTS, ledger

SIZES = (1_000, 10_000, 100_000)
PROCESSES = 3
ROUNDS = 5

P = ParamSpec("P")
T = TypeVar("T")

#: How many events a day of the simulated chain has.
_CHAIN_DAY = 282
_PLUGIN = 'plugin "beancount_posguard"\n'


def _chain(events: int) -> str:
    """Return the ledger of a simulated chain: till, terminal, acquirer and bank, each event told three times."""
    days = max(5, round(events / _CHAIN_DAY))
    return simulate(1, days, "chain", "0.01", damage="0.02").ledger_text().replace(_PLUGIN, "")


WORLDS: Mapping[str, tuple[str, Callable[[int], str]]] = {
    "plain": (f"a shop of two sides, {FAULTS:.1%} faults, menu prices", ledger),
    "chain": ("a chain of four sides, 1 % faults of all kinds, 2 % of the keys damaged", _chain),
}


class Row(NamedTuple):
    """What was measured of one ledger; times in seconds of processor time, ``peak`` in bytes."""

    load: float
    best: float
    first: float
    claims: int
    peak: int


def main() -> None:
    """Print the figures of the plugin, then of the importers."""
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    for name, (title, _) in WORLDS.items():
        _print_table(name, title, sizes)
    measure_imports()


def _print_table(name: str, title: str, sizes: list[int] | tuple[int, ...]) -> None:
    print(f"\nPlugin over Beancount's own load: {title}")
    print(
        f"{'slips':>8} {'load s':>8} {'plugin s':>9} {'first s':>8} {'ratio':>7} {'us/slip':>8} {'growth':>7} "
        f"{'claims':>7} {'peak MB':>8}"
    )
    before = 0.0
    for size in sizes:
        row = middle_of(name, size)
        each = row.best / size * 1e6
        growth = f"{each / before:.2f}" if before else "-"
        before = each
        print(
            f"{size:>8} {row.load:>8.2f} {row.best:>9.3f} {row.first:>8.3f} {row.best / row.load:>7.1%} {each:>8.2f} "
            f"{growth:>7} {row.claims:>7} {row.peak / 1e6:>8.0f}",
            flush=True,
        )


def write(name: str, size: int, path: str) -> None:
    """Write the ledger of the world ``name`` with ``size`` slips."""
    Path(path).write_text(WORLDS[name][1](size), encoding="utf-8")


def measure(path: str) -> Row:
    """Measure the ledger at ``path``, in a process that has done nothing else."""
    load, (entries, errors, options) = _timed(lambda: loader.load_file(path))
    if errors:
        raise SystemExit(f"the bench's own ledger is broken: {errors}")
    loaded = _peak()
    first, (added, _) = _timed(lambda: run(entries, options))
    peak = _peak() - loaded
    best = min(first, *(_timed(lambda: run(entries, options))[0] for _ in range(ROUNDS)))
    claims = sum("posguard" in (getattr(entry, "tags", None) or ()) for entry in added)
    return Row(load, best, first, claims, peak)


def middle_of(name: str, size: int) -> Row:
    """Return what the middle one, by its ratio, of several processes measures of one ledger, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/main.beancount"
        _alone(write, name, size, path)
        rows = [_alone(measure, path) for _ in range(PROCESSES)]
    return sorted(rows, key=lambda row: row.best / row.load)[PROCESSES // 2]


def _alone(work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Do ``work`` in a process of its own: what was made and freed before leaves no gaps in its memory."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(work, *args, **named).result()


def _peak() -> int:
    """Return the most memory this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


if __name__ == "__main__":
    main()
