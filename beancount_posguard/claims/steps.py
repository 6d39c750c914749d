"""The steps a person can take with a claim: one table for the command line and the plugin's checks.

A step changes how far a claim is and never its money. The stage ``settled`` is no step: a claim is settled when its
balance is zero. ``withdrawn`` is the plugin's: the late line arrived and explained everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

STAGES = ("new", "verified", "dismissed", "settled", "closed", "withdrawn")


class Step(NamedTuple):
    """One step: from which stages, to which (empty: it stays), what must be said, and whether money may be open."""

    sources: frozenset[str]
    to: str
    required: tuple[str, ...]
    needs_zero: bool
    meaning: str


STEPS: Mapping[str, Step] = {
    "raise": Step(frozenset(), "new", ("by", "note"), False, "open a claim that only paper shows"),
    "verify": Step(frozenset({"new"}), "verified", ("by",), False, "two independent sources confirm the claim"),
    "dismiss": Step(frozenset({"new", "verified"}), "dismissed", ("by", "note"), True, "it is no claim, and why"),
    "note": Step(frozenset(STAGES), "", ("by", "note"), False, "remember something about the claim"),
    "close": Step(frozenset({"settled"}), "closed", ("by",), True, "everything about the claim is done"),
    "reopen": Step(frozenset({"closed", "dismissed"}), "verified", ("by", "note"), False, "it was not done after all"),
}


def refusal(name: str, stage: str, *, balance_is_zero: bool, said: Mapping[str, object]) -> str:
    """Return why step ``name`` cannot be taken at ``stage``, as a clause after the claim's id; empty where it can.

    ``said`` holds what the person gave, by key; a missing or blank required key is a reason.
    """
    step = STEPS.get(name)
    if step is None:
        return f"has no step {name!r}; expected one of {', '.join(STEPS)}"
    if stage not in step.sources:
        return f"is {stage}; {name} needs a claim that is {' or '.join(_in_order(step.sources)) or 'not there yet'}"
    if step.needs_zero and not balance_is_zero:
        return f"still has money open; {name} needs a balance of zero: book a correction first"
    missing = [key for key in step.required if not str(said.get(key) or "").strip()]
    if missing:
        return f"cannot take the step {name} without {' and '.join(missing)}"
    return ""


def _in_order(stages: frozenset[str]) -> list[str]:
    return [stage for stage in STAGES if stage in stages]
