"""The tour runs to its end, and leaves books without a message."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from beancount_posguard.ledger.books import open_books

BIN = Path(sys.executable).parent
ENV = {key: value for key, value in os.environ.items() if key not in {"BEANCOUNT_FILE", "POSGUARD_BY"}}

pytestmark = pytest.mark.skipif(shutil.which("sh") is None, reason="the tour is a shell script")


def take_tour(shop: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", shop / "tour.sh", folder],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env=ENV | {"PATH": f"{BIN}{os.pathsep}{ENV['PATH']}", "LC_ALL": "C"},  # as bare as a shell can be
    )


@pytest.fixture(scope="module")
def toured(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("a tour") / "shop"
    take_tour(shop, folder)
    done = take_tour(shop, folder)  # a second tour replaces the first
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return folder, done.stdout


def test_the_last_check_finds_the_books_in_order(toured: tuple[Path, str]) -> None:
    folder, told = toured

    checked = subprocess.run(
        [BIN / "bean-check", folder / "main.beancount"], check=False, capture_output=True, encoding="utf-8", env=ENV
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    assert told.count("$ bean-check main.beancount") == 2
    assert "24 messages in all" in told  # 25 planted, of which the late line withdrew its own
    assert told.rindex("the books are in order") > told.rindex("$ bean-check")


def test_the_overcharge_is_refunded_and_the_shortfall_topped_up(toured: tuple[Path, str]) -> None:
    claims = {claim.kind: claim for claim in open_books(toured[0] / "main.beancount").claims}

    assert (claims["A1"].stage, claims["A4"].stage) == ("closed", "resolving")
    assert claims["A1"].balance == claims["A4"].balance == 0
    assert "new" not in {claim.stage for claim in claims.values()}


def test_the_numbered_stops_are_all_there(toured: tuple[Path, str]) -> None:
    assert re.findall(r"^(\d+)\. ", toured[1], re.MULTILINE) == [str(number) for number in range(1, 16)]


def test_a_folder_that_is_no_tour_is_left_alone(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")

    done = take_tour(shop, tmp_path)

    assert done.returncode == 2
    assert "not from an earlier tour" in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "keep"
