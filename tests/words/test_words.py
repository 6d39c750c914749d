from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest
from click.testing import CliRunner

from beancount_posguard import words
from beancount_posguard.cli.lingo import folded, width
from beancount_posguard.cli.main import main


@pytest.mark.parametrize(
    ("tags", "language"),
    [
        (["zh_CN.UTF-8"], "zh"),
        (["zh-Hans"], "zh"),
        (["zh"], "zh"),
        (["fr_FR.UTF-8", "zh_CN"], "zh"),
        (["fr_FR.UTF-8"], "en"),
        (["C.UTF-8", "zh_CN"], "en"),
        (["POSIX"], "en"),
        (["en_GB", "zh"], "en"),
        ([""], "en"),
        ([], "en"),
    ],
)
def test_the_first_language_that_is_spoken_counts(tags: list[str], language: str) -> None:
    assert words.best(tags) == language


def test_what_is_chosen_ends_with_its_block() -> None:
    assert words.language() == "en"
    with words.speaking("zh"):
        assert words.language() == "zh"
        assert words._("Usage:") == "用法："
        with words.speaking(""):
            assert words.language() == "zh"
        with words.speaking("en"):
            assert words._("Usage:") == "Usage:"
    assert words.language() == "en"


def test_what_is_said_late_is_put_together_once_for_each_language() -> None:
    put_together: list[str] = []

    def say() -> str:
        put_together.append(words.language())
        return words.either("晚", "late")

    sentence = words.Late(say)
    for spoken, text in [("en", "late"), ("zh", "晚"), ("en", "late"), ("zh", "晚")]:
        with words.speaking(spoken):
            assert str(sentence) == text
    assert put_together == ["en", "zh"]


def test_another_thread_reads_its_own_language() -> None:
    heard: list[str] = []
    with words.speaking("zh"):
        thread = threading.Thread(target=lambda: heard.append(words.language()))
        thread.start()
        thread.join()
    assert heard == ["en"]


def test_a_sentence_without_translation_stays_english() -> None:
    with words.speaking("zh"):
        assert words._("nobody says this") == "nobody says this"
        assert words._("") == ""
        assert words.ngettext("{n} such", "{n} suches", 2) == "{n} suches"


@pytest.mark.parametrize(
    ("environment", "first"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "用法："),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "Usage:"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "用法："),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh:en"}, "用法："),
        ({"LANG": "C.UTF-8"}, "Usage:"),
    ],
)
def test_the_environment_chooses(environment: dict[str, str], first: str) -> None:
    names = ("LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE")
    rest = {key: value for key, value in os.environ.items() if key not in names}
    done = subprocess.run(
        [sys.executable, "-m", "beancount_posguard", "claims", "--help"],
        env=rest | {"PYTHONUTF8": "1"} | environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.startswith(first)


def test_lang_counts_for_one_command_line() -> None:
    assert CliRunner().invoke(main, ["--lang", "zh", "--help"]).output.startswith("用法：")
    assert "LANGUAGE" not in os.environ
    assert words.language() == "en"
    assert CliRunner().invoke(main, ["--help"]).output.startswith("Usage:")


def test_wide_characters_take_two_columns_and_lines_hold() -> None:
    assert width("posguard 请款") == 13
    assert folded("核实以后，再请款。", 10) == ["核实以后，", "再请款。"]
    assert folded("对方要求补件", 7) == ["对方要", "求补件"]
    assert folded("用 posguard verify 核实", 16) == ["用 posguard", "verify 核实"]


def test_no_help_page_is_wider_than_its_screen() -> None:
    for name in [[], *([one] for one in main.commands)]:
        page = CliRunner().invoke(main, ["--lang", "zh", *name, "--help"], terminal_width=80).output
        wide = [line for line in page.splitlines() if width(line) > 80 and "[" not in line]
        assert not wide


@pytest.mark.parametrize(
    ("items", "chinese", "english"),
    [
        ([], "", ""),
        (["a"], "a", "a"),
        (["a", "b"], "a或b", "a or b"),
        (["a", "b", "c"], "a、b或c", "a or b or c"),
    ],
)
def test_the_last_of_several_is_joined_by_a_word(items: list[str], chinese: str, english: str) -> None:
    assert words.either_of(items) == english
    assert words.both(items) == english.replace(" or ", " and ")
    with words.speaking("zh"):
        assert words.either_of(items) == chinese
        assert words.both(items) == chinese.replace("或", "和")
