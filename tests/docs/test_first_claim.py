"""The newcomer's page shows what the program prints, command by command, in the example shop; so does the Chinese one.

``python tests/docs/test_first_claim.py`` runs the commands and writes their output into the pages anew.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner

from beancount_posguard.cli.main import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "first-claim.md", ROOT / "docs" / "first-claim.zh-CN.md"]
SHOP = ROOT / "example-ledger"

_BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)

#: How the page makes what stands for the slip in the drawer and for the letter.
_MAKES = re.compile(r"^(?:printf|echo) .*$", re.MULTILINE)


def commands(page: str) -> list[str]:
    return [line[2:] for block in _BLOCK.findall(page) for line in block.splitlines() if line.startswith("$ ")]


_POSGUARD = re.compile(r'posguard (.*?)( 2>&1)?(?: \| (?:(head|tail) -(\d+)|grep -E "([^"]+)"))?')

_EXPORT = re.compile(r"^export (.*)$", re.MULTILINE)


def environment(page: str) -> dict[str, str]:
    """Return the variables that the page says to export, and what keeps the machine's own from being heard."""
    (words,) = _EXPORT.findall(page)
    told = dict(word.split("=", 1) for word in shlex.split(words))
    return {"BEANCOUNT_DISABLE_LOAD_CACHE": "1", "LANGUAGE": "en", **told}


def printed(folder: Path, page: str) -> Iterator[tuple[str, str]]:
    """Run the page's commands one after the other in a copy of the shop; yield each with all it printed."""
    shop = folder / "shop"
    shutil.copytree(SHOP, shop)
    for command in _MAKES.findall(page):
        subprocess.check_call(["sh", "-c", command], cwd=shop)
    variables = environment(page)
    with chdir(shop):
        for command in commands(page):
            match = _POSGUARD.fullmatch(command)
            told = (
                run(variables, *match.groups())
                if match
                else subprocess.check_output(["sh", "-c", command], encoding="utf-8")
            )
            yield command, told.replace(f"{shop.resolve()}{os.sep}", "")


def run(
    variables: dict[str, str], words: str, both: str | None, end: str | None, count: str | None, pattern: str | None
) -> str:
    """Run ``posguard`` with these ``variables`` in this process, and ``head``, ``tail`` or ``grep`` on its stdout."""
    # What LANGUAGE says is heard once in a process.
    spoken = ["--lang", variables["LANGUAGE"], *shlex.split(words)]
    result = CliRunner(env=variables).invoke(main, spoken)
    assert result.exit_code in {0, 1}, f"posguard {words}\n{result.output}"
    if not (end or pattern):
        return result.output
    lines = (result.output if both else result.stdout).splitlines(keepends=True)
    if pattern:
        lines = [line for line in lines if re.search(pattern, line)]
    else:
        lines = lines[: int(count or 0)] if end == "head" else lines[-int(count or 0) :]
    # A pipe lets stderr pass by at once.
    return "".join([*([] if both else [result.stderr]), *lines])


def made(folder: Path, page: str) -> str:
    """Return the page with what its commands print."""
    told = iter([*printed(folder, page)])

    def block(found: re.Match[str]) -> str:
        asked = [line for line in found[0].splitlines() if line.startswith("$ ")]
        return "".join(f"{line}\n{next(told)[1]}" for line in asked)

    return _BLOCK.sub(block, page)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_page_shows_what_is_printed(path: Path, tmp_path: Path) -> None:
    page = path.read_text("utf-8")
    assert len(commands(page)) > 15
    assert made(tmp_path, page) == page, "write it anew: python tests/docs/test_first_claim.py"


def test_both_pages_take_the_same_walk() -> None:
    english, chinese = ([words(command) for command in commands(path.read_text("utf-8"))] for path in PAGES)
    # The Chinese one first sets the language of the books.
    assert chinese[1:] == english


def words(command: str) -> list[str]:
    """Return what a command does: its words without those that are in quotes, and without the packet's language."""
    return [word for word in re.sub(r"([\"']).*?\1", "", command).split() if word not in {"zh", "en"}]


if __name__ == "__main__":
    for one in PAGES:
        with tempfile.TemporaryDirectory() as where:
            one.write_text(made(Path(where), one.read_text("utf-8")), "utf-8")
