"""A merchant with known faults, and the truth about them.

Written from the domain reference and not from the matcher: nothing here imports what judges.
"""

from __future__ import annotations

from beancount_posguard.simulate.faults import KINDS, SUPPORTED
from beancount_posguard.simulate.presets import PRESETS
from beancount_posguard.simulate.world import START, USUAL, World, simulate

__all__ = ["KINDS", "PRESETS", "START", "SUPPORTED", "USUAL", "World", "simulate"]
