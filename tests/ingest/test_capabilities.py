"""The table of what the profile language can say: every row names a key there is, a profile, and a test that runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from beancount_posguard.ingest.schema import schema

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/importing.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| `(\w+)` \| `(\w+)` \|$", PAGE, re.MULTILINE)
TESTS = {
    name
    for path in (ROOT / "tests/ingest").glob("*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
}


def keys(table: object) -> set[str]:
    """Return every key of the language, however deep."""
    if isinstance(table, list):
        return {key for one in table for key in keys(one)}
    if not isinstance(table, dict):
        return set()
    return {*table.get("properties", {})} | {key for one in table.values() for key in keys(one)}


def test_the_table_is_whole() -> None:
    assert [int(row[0]) for row in ROWS] == [*range(1, 29)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_row_holds(row: tuple[str, ...]) -> None:
    _, _, told, profile, test = row
    assert (ROOT / "importers" / profile / "profile.toml").is_file()
    assert test in TESTS
    words = {word for one in re.findall("`([^`]+)`", told) for word in re.findall(r"[a-z][a-z_-]*", one)}
    assert words <= keys(schema())
