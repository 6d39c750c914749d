"""What the plugin found is handed out again for the same entries only."""

from __future__ import annotations

from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction

from beancount_posguard import recent

LEDGER = """
plugin "beancount_posguard"
2026-01-01 custom "posguard-acquirer" "ChinaUMS"
2026-01-01 open Assets:POS:ChinaUMS:Clearing CNY
2026-01-01 open Assets:POS:ChinaUMS:Payout CNY
2026-01-01 open Assets:POS:Till CNY
2026-01-01 open Assets:Bank CNY
2026-01-01 open Equity:Opening CNY
2026-01-01 pad Assets:Bank Equity:Opening
2026-01-02 balance Assets:Bank 5.00 CNY

2026-11-03 * "ChinaUMS" "batch"
  Assets:POS:ChinaUMS:Clearing   128.00 CNY
    rrn: "103412345678"
  Assets:POS:Till               -128.00 CNY
"""


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("BEANCOUNT_DISABLE_LOAD_CACHE", "1")
    path = tmp_path / "main.beancount"
    path.write_text(LEDGER)
    return str(path)


def test_the_same_entries_are_surveyed_once(ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    entries, _, _ = loader.load_file(ledger)
    calls: list[str] = []
    monkeypatch.setattr(recent, "survey", lambda *args: calls.append(args[1]))
    assert recent.survey_of(entries, ledger).contracts[0].name == "ChinaUMS"
    assert not calls


def test_a_ledger_loaded_anew_is_not_taken_for_the_old_one(ledger: str) -> None:
    first, _, _ = loader.load_file(ledger)
    known = recent.survey_of(first, ledger)
    second, _, _ = loader.load_file(ledger)
    assert recent.survey_of(first, ledger) is not known
    assert recent.survey_of(second, ledger) is not known


def test_an_entry_that_another_plugin_changed_is_surveyed_anew(ledger: str) -> None:
    entries, _, _ = loader.load_file(ledger)
    known = recent.survey_of(entries, ledger)
    changed = [one._replace(narration="x") if isinstance(one, Transaction) else one for one in entries]
    assert recent.survey_of(changed, ledger) is not known


def test_lines_are_not_kept_in_memory(ledger: str) -> None:
    entries, _, _ = loader.load_file(ledger)
    result = recent.survey_of(entries, ledger)
    assert result.sheets == []
    assert not result.judgement.events


def test_only_the_last_few_ledgers_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEANCOUNT_DISABLE_LOAD_CACHE", "1")
    paths = [tmp_path / f"{number}.beancount" for number in range(recent.MOST + 2)]
    for path in paths:
        path.write_text(LEDGER)
        loader.load_file(str(path))
    assert [*recent._RESULTS] == [str(path) for path in paths[2:]]  # noqa: SLF001  # what is kept shows nowhere else
