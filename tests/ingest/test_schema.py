"""The published schema says what the reader of profiles takes, no more and no less."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from beancount_posguard.ingest.errors import ProfileError
from beancount_posguard.ingest.institutions import read_profile
from beancount_posguard.ingest.schema import schema

CATALOGUE = Path(__file__).resolve().parents[2] / "importers"
LEAST = {
    "": 'name = "a"\ntitle = "a"\nsource = "bank"\ncurrency = "CNY"\n[detect]\ncolumns = []\n',
    "records": '[[records]]\nis = "a"\n',
    "facts": '[[facts]]\nin = "name"\npattern = "a"\n',
    "extract": '[[extract]]\nfrom = ["memo"]\npattern = "a"\n',
    "rules": "[[rules]]\n",
    "totals": '[[totals]]\npattern = "(?P<gross>a)"\n',
    "columns.date": '[columns.date]\nnames = ["a"]\n',
    "sums.by-kind.fee": "[sums.by-kind.fee]\n",
    "signs.amount-indicator": '[signs.amount-indicator]\ncolumn = "a"\n',
}
PLAIN = ["file", "detect", "cells", "amount", "sums", "signs", "rows", "footer", "checks"]


def asked_for(path: str) -> set[str]:
    """Return the keys that the reader names when it finds one that it does not know in the table ``path``."""
    table = LEAST.get(path) or f"[{path}]\n"
    text = f"{LEAST['']}{table}nonsense = 1\n"
    if path in {"", "detect"}:
        text = LEAST[""].replace("[detect]", "[detect]\nnonsense = 1") if path else f"nonsense = 1\n{LEAST['']}"
    with pytest.raises(ProfileError) as caught:
        read_profile(text, "a/profile.toml")
    assert "nonsense: an unknown key" in str(caught.value)
    return set(str(caught.value).split("expected one of ")[1].rstrip(".").split(", "))


def keys(path: str) -> set[str]:
    node: dict[str, Any] = schema()
    for part in filter(None, path.split(".")):
        node = node["properties"][part]
        node = node.get("items", node)
        node = node["anyOf"][1] if "anyOf" in node else node
    return set(node["properties"])


@pytest.mark.parametrize("path", [*LEAST, *PLAIN])
def test_the_schema_has_the_readers_keys(path: str) -> None:
    assert keys(path) == asked_for(path)


def complaints(value: Any, node: dict[str, Any], path: str) -> Iterator[str]:  # noqa: ANN401  # TOML
    """Yield what in ``value`` the schema does not allow: the part of JSON Schema that ours uses."""
    if "anyOf" in node:
        found = [[*complaints(value, one, path)] for one in node["anyOf"]]
        yield from () if [] in found else found[0]
    elif "enum" in node:
        if value not in node["enum"]:
            yield f"{path}: {value!r}"
    elif node["type"] == "object" and isinstance(value, dict):
        known = node.get("properties", {})
        for key, one in value.items():
            more = known.get(key, node.get("additionalProperties"))
            if more is False:
                yield f"{path}.{key}: unknown"
            else:
                yield from complaints(one, more, f"{path}.{key}")
    elif node["type"] == "array" and isinstance(value, list):
        for one in value:
            yield from complaints(one, node["items"], path) if node["items"].get("type") != "array" else ()
    elif not isinstance(value, {"string": str, "integer": int, "boolean": bool}.get(node["type"], ())):
        yield f"{path}: {value!r}"


@pytest.mark.parametrize("path", sorted(CATALOGUE.glob("*/profile.toml")), ids=lambda path: path.parent.name)
def test_every_profile_of_the_catalogue_keeps_to_it(path: Path) -> None:
    assert [*complaints(tomllib.loads(path.read_text("utf-8")), schema(), "")] == []


def test_the_schema_complains() -> None:
    assert [*complaints({"name": 1, "file": {"x": 1}, "kinds": {"a": "b"}}, schema(), "")] == [
        ".name: 1",
        ".file.x: unknown",
        ".kinds.a: 'b'",
    ]
