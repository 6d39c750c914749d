"""The state table: what can be done when, by the table alone."""

from __future__ import annotations

import pytest

from beancount_posguard.claims.guards import GUARDS
from beancount_posguard.claims.policy import ROLES
from beancount_posguard.claims.said import SAID
from beancount_posguard.claims.steps import FINISHED, OUT, STAGES, STEPS, refusal

SAID_ENOUGH = {"by": "li", "note": "seen", "route": "refund", "case": "7", "evidence": "0" * 16}


def test_the_ways_through_the_table() -> None:
    """The way of each claim as the trade knows it, worked out by hand."""
    ways = [
        "new verify prepare approve submit acknowledge accept",
        "new verify prepare return prepare approve submit acknowledge info submit acknowledge reject",
        "rejected appeal acknowledge accept",
        "new verify prepare approve submit acknowledge reject reroute prepare approve submit",
        "new verify prepare approve submit acknowledge reject legal accept",
        "new verify prepare approve submit expire request-write-off",
        "new verify prepare approve submit withdraw",
        "new dismiss reopen prepare",
    ]
    for way in ways:
        stage, *steps = way.split()
        for step in steps:
            assert refusal(step, stage, SAID_ENOUGH) == "", (way, step)
            stage = STEPS[step].to


@pytest.mark.parametrize("stage", STAGES)
def test_a_note_is_always_possible(stage: str) -> None:
    assert refusal("note", stage, SAID_ENOUGH) == ""


@pytest.mark.parametrize(
    ("step", "stage", "said", "message"),
    [
        ("verify", "verified", SAID_ENOUGH, "is verified; verify needs a claim that is new"),
        ("dismiss", "closed", SAID_ENOUGH, "is closed; dismiss needs a claim that is new or verified"),
        (
            "close",
            "verified",
            SAID_ENOUGH,
            "is verified; close needs a claim that is resolving or settled or written-off or withdrawn",
        ),
        ("submit", "verified", SAID_ENOUGH, "is verified; submit needs a claim that is prepared or approved or info-"),
        ("approve", "submitted", SAID_ENOUGH, "is submitted; approve needs a claim that is prepared or write-off-"),
        ("accept", "prepared", SAID_ENOUGH, "is prepared; accept needs a claim that is submitted or"),
        ("verify", "new", {}, "cannot take the step verify without by"),
        ("note", "new", {"by": "li", "note": " "}, "without note"),
        ("prepare", "verified", {"by": "li"}, "without route"),
        ("acknowledge", "submitted", {"by": "li"}, "without case"),
        ("approve", "prepared", {"by": "li"}, "without evidence"),
        ("raise", "new", SAID_ENOUGH, "raise needs a claim that is not there yet"),
        ("aprove", "new", SAID_ENOUGH, "has no step 'aprove'; expected one of raise, verify"),
    ],
)
def test_what_is_refused_and_why(step: str, stage: str, said: dict[str, str], message: str) -> None:
    assert message in refusal(step, stage, said)


def test_the_table_knows_only_what_exists() -> None:
    for step in STEPS.values():
        assert step.sources <= set(STAGES)
        assert step.to in {"", *STAGES}
        assert step.roles <= set(ROLES) - {"auditor"}
        assert set(step.guards) <= set(GUARDS)
        assert {*step.required, *step.optional} <= set(SAID)
    assert set(STAGES) >= FINISHED | OUT


def test_every_stage_and_guard_is_used() -> None:
    reached = {step.to for step in STEPS.values()} - {""}
    unreached = set(STAGES) - reached
    assert unreached == {"part-accepted", "resolving", "settled", "written-off"}  # a part, and what the money tells
    assert "part-accepted" in {step.partly for step in STEPS.values()}
    assert {name for step in STEPS.values() for name in step.guards} == set(GUARDS)


def test_from_every_open_stage_there_is_a_way_out() -> None:
    for stage in set(STAGES) - FINISHED:
        assert any(stage in step.sources and step.to not in {"", stage} for step in STEPS.values()), stage
