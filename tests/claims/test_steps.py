"""The table of steps: what can be done when."""

from __future__ import annotations

import pytest

from beancount_posguard.claims.steps import STAGES, STEPS, refusal

SAID = {"by": "li", "note": "seen"}


@pytest.mark.parametrize(
    ("step", "stage", "zero"),
    [
        ("verify", "new", False),
        ("dismiss", "new", True),
        ("dismiss", "verified", True),
        ("close", "settled", True),
        ("reopen", "closed", True),
        ("reopen", "dismissed", True),
        *(("note", stage, False) for stage in STAGES),
    ],
)
def test_what_is_allowed(step: str, stage: str, zero: bool) -> None:
    assert refusal(step, stage, balance_is_zero=zero, said=SAID) == ""


@pytest.mark.parametrize(
    ("step", "stage", "zero", "said", "message"),
    [
        ("verify", "verified", False, SAID, "is verified; verify needs a claim that is new"),
        ("dismiss", "closed", True, SAID, "is closed; dismiss needs a claim that is new or verified"),
        ("dismiss", "new", False, SAID, "still has money open"),
        ("close", "verified", False, SAID, "is verified; close needs a claim that is settled"),
        ("verify", "new", False, {}, "cannot take the step verify without by"),
        ("note", "new", False, {"by": "li", "note": " "}, "without note"),
        ("raise", "new", False, SAID, "raise needs a claim that is not there yet"),
        ("approve", "new", False, SAID, "has no step 'approve'; expected one of raise, verify"),
    ],
)
def test_what_is_refused_and_why(step: str, stage: str, zero: bool, said: dict[str, str], message: str) -> None:
    assert message in refusal(step, stage, balance_is_zero=zero, said=said)


def test_the_table_knows_only_stages_that_exist() -> None:
    for step in STEPS.values():
        assert step.sources <= set(STAGES)
        assert step.to in {"", *STAGES}
