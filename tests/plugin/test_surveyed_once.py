"""A command that opens the books surveys them once: while Beancount loads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from beancount import loader

from beancount_posguard import plugin, recent
from beancount_posguard.ledger.books import open_books
from beancount_posguard.survey import Survey, survey

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(loader, "_load_file", loader._uncached_load_file)  # noqa: SLF001  # leave no cache behind
    path = tmp_path / "main.beancount"
    case = next(path for path in sorted(GOLDEN.iterdir()) if path.name.startswith("x1-"))
    path.write_text((case / "ledger.beancount").read_text(encoding="utf-8"), encoding="utf-8")
    return path


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []

    def count(entries: list[object], name: str) -> Survey:
        calls.append(name)
        return survey(entries, name)

    for module in (plugin, recent):
        monkeypatch.setattr(module, "survey", count)
    return calls


def test_open_books_survey_once_and_have_lines_and_events(ledger: Path, counted: list[str]) -> None:
    books = open_books(ledger)
    assert counted == [str(ledger)]
    assert books.survey.sheets
    assert books.survey.events
    assert [claim.id for claim in books.claims] == list(books.survey.events)


def test_books_without_the_plugin_are_surveyed_all_the_same(ledger: Path, counted: list[str]) -> None:
    ledger.write_text(ledger.read_text(encoding="utf-8").replace('plugin "beancount_posguard"', ""), encoding="utf-8")
    books = open_books(ledger)
    assert counted == [str(ledger)]
    assert books.claims
    assert books.survey.events


def test_nothing_is_kept_of_books_that_were_opened(ledger: Path) -> None:
    open_books(ledger)
    assert str(ledger) not in recent._RESULTS  # noqa: SLF001  # what must be gone
