"""The command as a whole: quick to answer, clear when it refuses, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from beancount_posguard.cli import review
from beancount_posguard.cli.main import main

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

LOOKING = ["init", "import", "no-file", "identify", "profile", "check", "claims", "show", "explain"]
STEPPING = [
    *("verify", "dismiss", "prepare", "approve", "return", "submit", "acknowledge", "info", "accept", "reject"),
    *("appeal", "legal", "advise", "expire", "withdraw", "note", "close", "reopen"),
]
BOOKING = [
    "refund",
    "top-up",
    "write-off",
    "reroute",
    "assign",
    "bounce",
    "contact",
    "notify",
    "calendar",
    "packet",
    "legal-file",
    "report",
    "lessons",
    "close-month",
    "purge",
]
VERBS = [*LOOKING, "route", "raise", "attach", *STEPPING, *BOOKING, "simulate"]


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from beancount_posguard.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "heavy = {'beancount', 'rich', 'fava', 'beangulp', 'holidays', 'filelock', 'python_calamine'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, encoding="utf-8")
    assert done.stdout.endswith("heavy: []\n")
    for verb in VERBS:
        assert f"\n  {verb} " in done.stdout


def test_every_verb_explains_itself() -> None:
    assert [*main.commands] == VERBS
    for verb in VERBS:
        result = CliRunner().invoke(main, [verb, "--help"])
        assert result.exit_code == 0
        assert result.output.startswith(f"Usage: posguard {verb}") or "Usage:" in result.output


def test_the_version_is_the_packages() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"beancount-posguard {version('beancount-posguard')}\n"


def test_without_a_ledger_it_asks_for_one(tmp_path: Path) -> None:
    none = CliRunner(env={"BEANCOUNT_FILE": ""}).invoke(main, ["check"])
    assert (none.exit_code, none.stdout) == (2, "")
    assert "which ledger? Give --ledger FILE or set BEANCOUNT_FILE" in none.stderr
    missing = CliRunner().invoke(main, ["--ledger", str(tmp_path / "no.beancount"), "check"])
    assert missing.exit_code == 2
    assert "there is no ledger at" in missing.stderr


def test_the_ledger_may_be_named_before_or_after_the_verb(shop: Shop) -> None:
    elsewhere = str(shop.folder / "no.beancount")
    shop.run("--ledger", str(shop.ledger), "claims", code=1, BEANCOUNT_FILE=elsewhere)
    shop.run("claims", "--ledger", str(shop.ledger), code=1, BEANCOUNT_FILE=elsewhere)
    shop.run("claims", code=2, BEANCOUNT_FILE=elsewhere)


def test_a_fault_of_ours_is_one_sentence_and_a_traceback_only_on_demand(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("oops 6222021234567890128")

    monkeypatch.setattr(review, "_as_of", broken)
    result = shop.run("check", code=2)
    [sentence] = result.stderr.strip().splitlines()[-1:]
    assert sentence.startswith(
        "Error: internal error (KeyError: 'oops 622202******0128'); run again with POSGUARD_DEBUG=1"
    )
    debug = CliRunner(env=shop.environment | {"POSGUARD_DEBUG": "1"}).invoke(main, ["check"])
    assert isinstance(debug.exception, KeyError)


def test_an_unreadable_file_is_named(shop: Shop) -> None:
    shop.claims.unlink()
    shop.claims.mkdir()
    result = shop.run("verify", "--all", code=2)
    assert "does not include pos-claims.beancount" in result.stderr or "pos-claims.beancount" in result.stderr


def test_a_card_number_typed_by_mistake_is_not_repeated(shop: Shop) -> None:
    for words in (["show", "6222021234567890128"], ["verify", "--all", "--date", "6222021234567890128"]):
        result = shop.run(*words, code=2)
        assert "6222021234567890128" not in result.output
        assert "622202******0128" in result.output


@pytest.mark.parametrize("words", [["no-such-verb"], ["refund"], ["verify"], ["claims", "--kind", "Z9"], ["--bad"]])
def test_wrong_usage_is_exit_2(shop: Shop, words: list[str]) -> None:
    assert shop.run(*words, code=2).stdout == ""


def test_a_console_without_chinese_is_served(shop: Shop) -> None:
    shop.environment |= {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    for form, wanted in (("text", "A1 \\u591a\\u5237"), ("csv", "A1,ChinaUMS"), ("json", '"kind": "A1"')):
        process = shop.start("claims", "--format", form)
        out, err = process.communicate()
        assert (process.returncode, err) == (1, "")
        assert wanted in out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_reader_who_has_seen_enough_is_no_error(shop: Shop) -> None:
    process = shop.start("claims", "--format", "csv")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 1


def test_as_a_module_it_is_the_same_command(shop: Shop) -> None:
    process = shop.start("--version")
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert out == f"beancount-posguard {version('beancount-posguard')}\n"
