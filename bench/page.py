"""Measure how long the page in Fava takes once the ledger is loaded: ``python -m bench.page [events]``.

The shop is a simulated chain of four sides: 10,000 events, each told by till, terminal and acquirer, of which 2 % went
wrong. The ledger is loaded anew before each first page, as after every change of a file; times are wall time, the best
of several rounds, and hold on an idle machine only.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"

from fava.application import create_app

from beancount_posguard.simulate import simulate

EVENTS = 10_000
ROUNDS = 5
#: The bar: from the loaded ledger to the page, in milliseconds.
BAR = 300

_EVENTS_A_DAY = 282
_EXTENSION = '2020-01-01 custom "fava-extension" "beancount_posguard.fava"\n'
_HOME = "/extension/PosGuardClaims/"


def main() -> None:
    """Print what each view takes, in milliseconds."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    shop = simulate(1, max(5, round(events / _EVENTS_A_DAY)), "chain", "0.02")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "main.beancount")
        path.write_text(shop.ledger_text() + _EXTENSION, "utf-8")
        app = create_app([str(path)], load=True, poll_watcher=True)
        ledger = app.config["LEDGERS"].ledgers[0]
        client = app.test_client()
        (home,) = (f"/{slug}{_HOME}" for slug, _ in app.config["LEDGERS"].items())
        loaded = ledger.extensions.get_extension("PosGuardClaims").loaded
        claim = next(one.id for one in loaded.books.claims if one.is_open)
        still_open = sum(one.is_open for one in loaded.books.claims)
        print(f"{events} events, {len(loaded.books.claims)} claims, {still_open} of them open")
        print(f"{'loading the ledger':34} {_best(ledger.load_file):7.0f} ms")

        def first(query: str) -> Callable[[], object]:
            return lambda: client.get(f"{home}?partial=true{query}")

        views = {
            "claims": "",
            "a claim": f"&claim={claim}",
            "statements": "&view=statements",
            "prevention": "&view=prevention",
        }
        for name, query in views.items():
            fresh = _best(first(query), before=ledger.load_file)
            again = _best(first(query))
            bar = f"   (bar: {BAR} ms)" if name == "claims" else ""
            print(f"{name + ', first after a load':34} {fresh:7.0f} ms{bar}")
            print(f"{name + ', again':34} {again:7.0f} ms")
        print(f"{'number in the sidebar':34} {_best(lambda: client.get(f'{home}badge')):7.0f} ms")


def _best(work: Callable[[], object], before: Callable[[], object] | None = None) -> float:
    """Return the shortest of several runs, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        if before:
            before()
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


if __name__ == "__main__":
    main()
