"""The score's runs: worlds by name, results kept, and taken from the log when they are of the same code."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from bench import score
from bench.score import Name, named

WORLD = Name("retail", 5, 3, "clean")


def test_a_world_is_named_by_preset_seed_days_and_sort() -> None:
    assert named("retail:5:3:clean") == WORLD
    assert str(WORLD) == "retail:5:3:clean"


@pytest.mark.parametrize("wrong", ["retail", "retail:5:3:broken", "kiosk:5:3:clean", "retail:5:3", "retail:x:3:clean"])
def test_what_names_no_world_is_refused(wrong: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="names no world"):
        named(wrong)


def test_a_world_is_judged_once_for_each_state_of_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "score.jsonl"
    for state, lines in (("one", 1), ("one", 1), ("two", 2)):
        monkeypatch.setattr(score, "tree_state", lambda state=state: state)
        ((name, found),) = score.run([WORLD], log, jobs=1)
        assert name == WORLD
        assert found.events > 50
        assert found.cases == []
        written = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        assert [one["world"] for one in written] == [str(WORLD)] * lines


def test_what_is_wrong_fails_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "score.jsonl"
    monkeypatch.setattr(score, "tree_state", lambda: "one")
    arguments = ["1", "3", "--first", "5", "--only", "clean", "--preset", "retail", "--jobs", "1", "--log", str(log)]
    assert score.main(arguments) == 0
    line = json.loads(log.read_text("utf-8"))
    line["score"]["cases"] = ["false claim: made up"]
    log.write_text(json.dumps(line), encoding="utf-8")
    assert score.main(arguments) == 1
