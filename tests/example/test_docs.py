"""What the documentation shows is what the program does."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Transaction
from beancount.parser import printer

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

Balance = Callable[[list[Any], str], Decimal]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)")


def blocks(page: Path, language: str) -> list[str]:
    return [text for word, text in _FENCE.findall(page.read_text("utf-8")) if word == language]


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in _LINK.findall(page.read_text("utf-8")):
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(there), f"{page.name} links to {target}#{anchor}"


class TestWorkedExample:
    ledger, entry, correction, later = blocks(ROOT / "docs" / "worked-example.md", "beancount")
    message = blocks(ROOT / "docs" / "worked-example.md", "")[0]

    def test_the_plugin_adds_the_entry_shown_and_reports_it(self, tmp_path: Path) -> None:
        path = tmp_path / "main.beancount"
        path.write_text(self.ledger, "utf-8")

        entries, errors, _ = loader.load_file(str(path))

        claims = [one for one in entries if isinstance(one, Transaction) and "posguard" in one.tags]
        assert [_squeezed(printer.format_entry(one)) for one in claims] == [_squeezed(self.entry)]
        assert [f"main.beancount:{error.source['lineno']}: {error.message}".split() for error in errors] == [
            self.message.split()
        ]

    def test_in_the_end_every_promise_is_kept(self, tmp_path: Path, balance: Balance) -> None:
        path = tmp_path / "main.beancount"
        path.write_text(f"{self.ledger}\n{self.correction}\n{self.later}", "utf-8")

        entries, errors, _ = loader.load_file(str(path))

        assert errors == []
        ends = {
            "Assets:POS:Till": "0",
            "Assets:POS:ChinaUMS:Clearing": "0",
            "Liabilities:Claims:Customer": "0",
            "Assets:POS:ChinaUMS:Payout": "-1119.22",
            "Income:Sales": "-154.00",
            "Expenses:POS:Fees": "0.90",
        }
        assert {account: balance(entries, account) for account in ends} == {
            account: Decimal(amount) for account, amount in ends.items()
        }


def _squeezed(entry: str) -> list[list[str]]:
    """An entry without what the printer aligns."""
    return [line.split() for line in entry.strip().splitlines()]


def test_the_profile_shown_is_a_valid_one() -> None:
    from beancount_posguard.ingest.profile import read_profile  # noqa: PLC0415  # only this test reads profiles

    (text,) = blocks(ROOT / "docs" / "importing.md", "toml")

    profile = read_profile(text, "importers/corner_bank_pos/profile.toml")
    assert profile.name == tomllib.loads(text)["name"]
