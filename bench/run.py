"""Measure what matters to a shop laptop, as ratios: the plugin against Beancount's own load, and imports.

Run with ``make bench``; ``python -m bench.run 1000 10000`` measures other sizes. Times are processor time, the best
of three; the first run of the plugin is shown apart, because it is the one a person waits for.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"

from beancount import loader

from beancount_posguard.plugin import run
from bench.imports import measure_imports
from bench.shop import FAULTS, ledger

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 3


def main() -> None:
    """Print the figures of the plugin, then of the importers."""
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    print(f"Plugin over Beancount's own load, two sides, {FAULTS:.1%} faults, menu prices")
    print(f"{'slips':>8} {'load s':>8} {'plugin s':>9} {'first s':>8} {'ratio':>7} {'us/slip':>8} {'claims':>7}")
    for size in sizes:
        _plugin(size)
    measure_imports()


def _plugin(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "main.beancount"
        path.write_text(ledger(size), encoding="utf-8")
        load, (entries, errors, options) = _timed(lambda: loader.load_file(str(path)))
        if errors:
            raise SystemExit(f"the bench's own ledger is broken: {errors[0]}")
        first, (added, _) = _timed(lambda: run(entries, options))
        best = min(_timed(lambda: run(entries, options))[0] for _ in range(ROUNDS))
        claims = sum("posguard" in (getattr(entry, "tags", None) or ()) for entry in added)
        each = best / size * 1e6
        print(f"{size:>8} {load:>8.2f} {best:>9.3f} {first:>8.3f} {best / load:>7.1%} {each:>8.2f} {claims:>7}")


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


if __name__ == "__main__":
    main()
