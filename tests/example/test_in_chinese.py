"""The example shop read by somebody who knows no English."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from beancount_posguard.claims.causes import CAUSES
from beancount_posguard.claims.evidence import EXHIBITS
from beancount_posguard.claims.policy import ROLES
from beancount_posguard.claims.routes import ROUTES
from beancount_posguard.claims.steps import STAGES, STEPS
from beancount_posguard.cli.main import main
from beancount_posguard.kinds import KINDS
from beancount_posguard.ledger.books import Books

Speak = Callable[..., str]

#: What is typed or quoted as it stands: ids, days, options, accounts, files, environment variables, quoted text.
_NAMES = re.compile(
    r"PG-\w+-\w+|(?<![\w-])--?[a-z][\w-]*|[A-Z][A-Za-z]*(?::[\w-]+)+"
    r"|\S+\.(?:beancount|csv|xlsx?|json|html|py|eml|pdf|txt|toml|zip)\S*"
    r"|\b[0-9A-Z]{5}\b|\b[A-Z][A-Z0-9_]+\b|[a-z][a-z-]+(?=（)|（[a-z-]+）|“[^”]*”|\"[^\"]*\"|'[^']*'|\[[^\]]*\]|\{[^}]*\}"
    r"|posguard [a-z-]+(?: [a-z]+)?|bean-check|T\+1[\w :]+|d[ST][TA]"
)
#: Codes and proper names that are the same in every language.
_KNOWN = {
    *CAUSES, *EXHIBITS, *KINDS, *ROLES, *ROUTES, *STAGES, *STEPS,
    "Beancount", "ChinaUMS", "Fava", "Mastercard", "Schema", "Visa", "bookkeeper", "git", "html", "iCalendar",
    "importers", "limit", "pdf", "posguard", "rrn", "smtp",
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z]{2,}(?:-[a-z]+)*")


def english(text: str) -> list[str]:
    return [word for word in _WORD.findall(_NAMES.sub(" ", " ".join(text.split()))) if word not in _KNOWN]


@pytest.fixture
def speak(imported: Path) -> Speak:
    def run(*arguments: str) -> str:
        result = CliRunner(env={"BEANCOUNT_FILE": str(imported)}).invoke(
            main, ["--lang", "zh", *arguments], prog_name="posguard"
        )
        assert result.exit_code in {0, 1}, result.output
        return result.output

    return run


def test_it_finds_english() -> None:
    assert english("PG-20261103-K7QX2 已核实 (ChinaUMS)：posguard verify K7QX2 --by 名称，见 main.beancount:12") == []
    assert english("未结 owed to 客户") == ["owed", "to"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["claims", "--all"],
        ["report", "causes"],
        ["report", "ageing"],
        ["report", "fees"],
        ["report", "holds"],
        ["report", "deadlines"],
        ["report", "acquirers"],
        ["lessons"],
    ],
    ids=" ".join,
)
def test_what_is_printed_is_chinese(speak: Speak, arguments: list[str]) -> None:
    assert english(speak(*arguments)) == []


def test_every_claim_is_shown_in_chinese(speak: Speak, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """The books were read in English: what they say is put together when it is shown."""
    monkeypatch.setattr("beancount_posguard.ledger.books.open_books", lambda _path: books)
    said = {claim.id: english(speak("show", claim.id, "--why")) for claim in books.claims}
    assert {name: words for name, words in said.items() if words} == {}


def test_the_routes_are_chinese(speak: Speak, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beancount_posguard.ledger.books.open_books", lambda _path: books)
    claim = next(one for one in books.claims if one.parts)
    assert english(speak("route", claim.id, "--date", "2026-12-01")) == []


def _pages(group: click.Group, name: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [name]
    for key, command in group.commands.items():
        found += _pages(command, (*name, key)) if isinstance(command, click.Group) else [(*name, key)]
    return found


@pytest.mark.parametrize("page", _pages(main), ids=lambda page: " ".join(page) or "posguard")
def test_help_is_chinese(speak: Speak, page: tuple[str, ...]) -> None:
    commands = {name for path in _pages(main) for name in path}
    assert [word for word in english(speak(*page, "--help")) if word not in commands] == []
