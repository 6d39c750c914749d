"""init: a ledger that works, and nothing that stood there touched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from beancount import loader
from click.testing import CliRunner, Result

from beancount_posguard.cli.main import main

FILES = [
    ".gitignore",
    "documents/README",
    "exports/README",
    "import.py",
    "importers/README",
    "main.beancount",
    "pos-claims.beancount",
    "pos-imports.beancount",
]


def run(*words: str, code: int = 0, typed: str = "") -> Result:
    result = CliRunner().invoke(main, ["init", *words], input=typed)
    assert result.exit_code == code, result.output
    return result


def bean_check(folder: Path) -> None:
    script = "from beancount.scripts.check import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "--no-cache", str(folder / "main.beancount")],
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--no-sales"],
        ["--acquirer", "Lakala", "--merchant", "898310012345678", "--bank", "Assets:Bank:ICBC", "--title", "茶 & 饼"],
        ["--fee", "debit 0.50% max 20.00; credit 0.60%", "--settles", "D+1 calendar none", "--currency", "HKD"],
        ["--bank", "Assets:Cash", "--since", "2020-05-01"],
    ],
)
def test_the_new_ledger_passes_bean_check(tmp_path: Path, words: list[str]) -> None:
    folder = tmp_path / "books"
    run(str(folder), "--yes", *words)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == FILES
    bean_check(folder)
    assert CliRunner().invoke(main, ["--ledger", str(folder / "main.beancount"), "check"]).exit_code == 0


def test_the_answers_stand_in_the_contract(tmp_path: Path) -> None:
    run(
        str(tmp_path), "-y", "--acquirer", "Lakala", "--merchant", "111 222", "--bank", "Assets:Bank:ICBC", "--no-sales"
    )
    entries, errors, options = loader.load_file(str(tmp_path / "main.beancount"))
    assert errors == []
    assert options["title"] == "My shop"
    [contract] = [entry for entry in entries if getattr(entry, "type", "") == "posguard-acquirer"]
    said = {key: value for key, value in contract.meta.items() if key not in {"filename", "lineno"}}
    assert said == {
        "merchant": "111 222",
        "till": "Income:Sales",
        "bank": "Assets:Bank:ICBC",
        "currency": "CNY",
        "settles": "T+1 cutoff 23:00 calendar CN",
    }


def test_questions_are_asked_and_enter_takes_the_usual_answer(tmp_path: Path) -> None:
    result = run(str(tmp_path / "a"), typed="Tea House\n\n898310012345678\n\nAssets:Bank:CCB\n\n\n")
    assert "The acquirer, as part of an account's name [ChinaUMS]" in result.output
    text = (tmp_path / "a" / "main.beancount").read_text(encoding="utf-8")
    assert 'option "title" "Tea House"' in text
    assert '  merchant: "898310012345678"\n' in text
    assert "open Assets:Bank:CCB" in text


def test_nothing_that_stands_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "import.py").write_text("mine")
    told = run(str(tmp_path), "--yes", code=2)
    assert "holds import.py already; nothing was written" in told.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["import.py"]
    assert (tmp_path / "import.py").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--settles", "soon"], "settles: 'soon': expected 'T+<days>'"),
        (["--fee", "0.5"], "fee part '0.5'"),
        (["--acquirer", "银联"], "expected one name in quotes that can be part of an account"),
        (["--bank", "Assets:Bank 2026-01-01 open Assets:X"], "is no account; expected a name such as"),
        (["--currency", "yuan"], "yuan"),
        (["--since", "yesterday"], "is no day"),
    ],
)
def test_an_answer_that_cannot_stand_is_refused_before_anything_is_written(
    tmp_path: Path, words: list[str], message: str
) -> None:
    assert message in run(str(tmp_path / "books"), "--yes", *words, code=2).stderr
    assert not (tmp_path / "books").exists()


def test_hostile_answers_are_harmless(tmp_path: Path) -> None:
    run(str(tmp_path), "--yes", "--title", 'A"\n2026-01-01 open Assets:Evil\n;<script>')
    entries, errors, options = loader.load_file(str(tmp_path / "main.beancount"))
    assert errors == []
    assert options["title"] == "A 2026-01-01 open Assets:Evil ; script"
    assert all(getattr(entry, "account", "") != "Assets:Evil" for entry in entries)
