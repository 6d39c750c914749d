"""posguard simulate: the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from beancount import loader
from click.testing import CliRunner, Result

from beancount_posguard.cli.simulate import PRESETS, simulate
from beancount_posguard.simulate import PRESETS as KNOWN


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(simulate, words)
    assert result.exit_code == code, result.output
    return result


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        run("--seed", "4", "--days", "6", "--faults", "0.05", "--out", str(tmp_path / name))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    run("--seed", "5", "--days", "6", "--faults", "0.05", "--out", str(tmp_path / "three"))
    assert contents(tmp_path / "one") != contents(tmp_path / "three")


def test_it_writes_what_a_shop_would_have(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    result = run("--days", "5", "--start", "2026-11-02", "--out", str(folder))
    assert f"Wrote main.beancount, pos-imports.beancount, pos-claims.beancount, truth.json, exports in {folder}" in (
        result.output
    )
    names = {path.name for path in (folder / "exports").iterdir()}
    assert {"sales-总店-20261102.csv", "98765432-20261102.csv", "898310012345678_20261103.csv"} <= names
    assert "ICBC-20261102.csv" in names
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    assert (truth["seed"], truth["preset"], truth["start"], truth["end"]) == ("1", "retail", "2026-11-02", "2026-11-06")
    entries, _, options = loader.load_file(str(folder / "main.beancount"))
    assert [Path(name).name for name in options["include"]] == [
        "main.beancount",
        "pos-claims.beancount",
        "pos-imports.beancount",
    ]
    assert len(entries) > 20


def test_the_ledger_names_the_digests_of_the_downloads(tmp_path: Path) -> None:
    import hashlib  # noqa: PLC0415

    folder = tmp_path / "shop"
    run("--days", "4", "--out", str(folder))
    text = (folder / "pos-imports.beancount").read_text(encoding="utf-8")
    content = (folder / "exports" / "98765432-20260907.csv").read_bytes()
    assert hashlib.sha256(content).hexdigest() in text


def test_parts_can_be_left_out(tmp_path: Path) -> None:
    run("--days", "3", "--no-exports", "--out", str(tmp_path / "a"))
    run("--days", "3", "--no-ledger", "--out", str(tmp_path / "b"))
    assert not (tmp_path / "a" / "exports").exists()
    assert "posguard-source" in (tmp_path / "a" / "pos-imports.beancount").read_text(encoding="utf-8")
    assert (tmp_path / "b" / "exports").is_dir()
    assert "posguard-source" not in (tmp_path / "b" / "pos-imports.beancount").read_text(encoding="utf-8")


def test_nothing_that_stands_there_is_touched(tmp_path: Path) -> None:
    (tmp_path / "truth.json").write_text("mine", encoding="utf-8")
    result = run("--days", "3", "--out", str(tmp_path), code=2)
    assert "truth.json exists; choose an empty folder" in result.output
    assert contents(tmp_path) == {"truth.json": b"mine"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--faults", "2"], "faults 2; expected a share from 0 to 1"),
        (["--damage", "x"], "damage x; expected a share from 0 to 1"),
        (["--kind", "Z9"], "there is no kind 'Z9'"),
        (["--missing", "3", "--days", "10"], "simulate more days"),
        (["--preset", "kiosk"], "Invalid value for '--preset'"),
    ],
)
def test_bad_values_are_refused(tmp_path: Path, words: list[str], said: str) -> None:
    result = run(*words, "--out", str(tmp_path / "shop"), code=2)
    assert said in result.output
    assert not (tmp_path / "shop").exists()


def test_one_kind_can_be_asked_for(tmp_path: Path) -> None:
    run("--days", "20", "--faults", "0.02", "--kind", "X1", "--kind", "A9", "--out", str(tmp_path / "shop"))
    truth = json.loads((tmp_path / "shop" / "truth.json").read_text(encoding="utf-8"))
    assert {one["kind"] for one in truth["events"]} == {"X1", "A9"}


def test_the_command_knows_every_preset() -> None:
    assert set(PRESETS) == set(KNOWN)
