"""Python's cycle collector, paused while a survey is made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the cycle collector from walking the whole ledger while records are made: it takes a quarter of the time.

    It must stay off until the records are gone, or it starts with a walk over all of them.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_freeze_count() == 0:  # else somebody's objects are frozen for good
            # What is left of the survey stays: to the oldest generation with it, or the collector's first act is a walk
            # over all of it.
            gc.freeze()
            gc.unfreeze()
        if running:
            gc.enable()
