"""The page about claims says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from beancount_posguard.claims.diagram import diagram, fill

DOCS = Path(__file__).parents[2] / "docs"
#: A block of a page that is made from the code.
BLOCK = re.compile(r"<!-- (\w+): made from the code -->")


@pytest.mark.parametrize(("page", "language"), [("claims.md", "en"), ("claims.zh-CN.md", "zh")])
def test_the_page_is_current(page: str, language: str) -> None:
    text = (DOCS / page).read_text("utf-8")

    assert fill(text, language) == text, f"run: python -m beancount_posguard.claims.diagram docs/{page}"


def test_both_pages_have_the_same_tables() -> None:
    english, chinese = (BLOCK.findall((DOCS / page).read_text("utf-8")) for page in ("claims.md", "claims.zh-CN.md"))

    assert english == chinese
    assert len(english) > 10


def test_a_stale_block_is_noticed() -> None:
    stale = "<!-- roles: made from the code -->\n| nobody |\n<!-- end -->"

    assert "`auditor`" in fill(stale)
    assert "nobody" not in fill(stale).partition("|")[0]


def test_the_diagram_draws_the_way() -> None:
    lines = diagram().splitlines()

    assert "    new --> verified: verify" in lines
    assert "    info_requested --> submitted: submit" in lines
    assert not any("note" in line for line in lines)
