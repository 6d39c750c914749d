"""The page about claims says what the code does."""

from __future__ import annotations

from pathlib import Path

from beancount_posguard.claims.diagram import diagram, fill

PAGE = Path(__file__).parents[2] / "docs" / "claims.md"


def test_the_page_is_current() -> None:
    text = PAGE.read_text("utf-8")

    assert fill(text) == text, "run: python -m beancount_posguard.claims.diagram docs/claims.md"


def test_a_stale_block_is_noticed() -> None:
    stale = "<!-- roles: made from the code -->\n| nobody |\n<!-- end -->"

    assert "`auditor`" in fill(stale)
    assert "nobody" not in fill(stale).partition("|")[0]


def test_the_diagram_draws_the_way() -> None:
    lines = diagram().splitlines()

    assert "    new --> verified: verify" in lines
    assert "    info_requested --> submitted: submit" in lines
    assert not any("note" in line for line in lines)
