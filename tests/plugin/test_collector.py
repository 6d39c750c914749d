"""Python's cycle collector around a survey."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from beancount_posguard.collector import collector_paused


@pytest.fixture(autouse=True)
def collector_running() -> Iterator[None]:
    gc.enable()
    yield
    gc.unfreeze()
    gc.enable()


def test_it_rests_meanwhile_and_runs_again() -> None:
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_one_that_was_off_stays_off() -> None:
    gc.disable()
    with collector_paused():
        pass
    assert not gc.isenabled()


def test_it_runs_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="broken"), collector_paused():
        raise ValueError("broken")
    assert gc.isenabled()


def test_what_was_made_is_not_walked_over_at_once() -> None:
    with collector_paused():
        kept = [[number] for number in range(5000)]
    assert not {id(one) for one in kept} & {id(one) for one in gc.get_objects(generation=0)}
    assert {id(one) for one in kept} <= {id(one) for one in gc.get_objects(generation=2)}


def test_what_the_program_has_frozen_stays_frozen() -> None:
    gc.freeze()
    with collector_paused():
        pass
    assert gc.get_freeze_count()
