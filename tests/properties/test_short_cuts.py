"""The short ways of the judge are short ways: whoever goes the long one arrives at the same claims."""

from __future__ import annotations

from typing import Any

import pytest
from beancount import loader

from beancount_posguard import judge
from beancount_posguard.judging import clean, follow
from beancount_posguard.matching import groups
from beancount_posguard.simulate import simulate
from beancount_posguard.survey import Survey, survey

WORLDS = [("retail", 1), ("restaurant", 2), ("hotel", 3), ("chain", 4)]


def entries_of(preset: str, seed: int) -> list[Any]:
    world = simulate(seed, 14, preset, "0.1", damage="0.1", volume=20)
    entries, errors, _ = loader.load_string(world.ledger_text().replace('plugin "beancount_posguard"', ""))
    assert errors == []
    return entries


def said(result: Survey) -> list[object]:
    """Return all that a survey says that does not depend on the order of events."""
    return [*result.movements, *result.findings, [(one.id, one.why) for one in result.claims], result.judgement.waiting]


@pytest.fixture(params=WORLDS, ids=lambda one: str(one[0]))
def entries(request: pytest.FixtureRequest) -> list[Any]:
    return entries_of(*request.param)


def test_each_world_has_claims_to_lose(entries: list[Any]) -> None:
    assert survey(entries, "main.beancount").movements


def test_following_every_event_finds_the_same(entries: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    short = said(survey(entries, "main.beancount"))
    monkeypatch.setattr(clean.Clean, "_is_plain", lambda _self, _group: False)  # the short way itself
    monkeypatch.setattr(judge, "says_nothing", lambda _legs: False)
    monkeypatch.setattr(judge, "sold_at_once", lambda _legs: False)
    monkeypatch.setattr(follow, "can_be_noted", lambda _legs, _terms: True)
    assert said(survey(entries, "main.beancount")) == short


def test_joining_every_line_the_long_way_finds_the_same(entries: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    short = said(survey(entries, "main.beancount"))
    monkeypatch.setattr(groups._Index, "_complete", lambda _self, sheet: sheet.legs)  # noqa: SLF001  # as above
    assert said(survey(entries, "main.beancount")) == short
