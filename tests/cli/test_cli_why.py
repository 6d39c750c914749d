"""``show --why`` and ``explain``: the judge gives its reasons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from beancount_posguard.cli.main import main

LEDGER = """
option "operating_currency" "CNY"
plugin "beancount_posguard"
2026-01-01 open Assets:POS:Till
2026-01-01 open Assets:POS:ChinaUMS:Clearing
2026-01-01 open Assets:POS:ChinaUMS:Payout
2026-01-01 open Assets:Bank
2026-01-01 open Income:Sales
2026-01-01 open Expenses:POS:Fees
2026-01-01 custom "posguard-acquirer" "ChinaUMS"
  till: Income:Sales

2026-11-03 * "terminal"
  posguard-source: "terminal"
  terminal: "98765432"
  batch: "000123"
  Assets:POS:ChinaUMS:Clearing  58.00 CNY
    rrn: "103412345678"
    trace: "000045"
    card: "622202******1234"
    time: "14:03:22"
  Assets:POS:ChinaUMS:Clearing  19.90 CNY
    rrn: "203412345679"
    trace: "000046"
  Assets:POS:ChinaUMS:Clearing  19.90 CNY
    rrn: "303412345680"
    trace: "000047"
  Income:Sales
2026-11-04 * "statement"
  posguard-source: "settlement"
  terminal: "98765432"
  Assets:POS:ChinaUMS:Clearing  -50.00 CNY
    card: "622202******1234"
    time: "14:03:22"
    date: "2026-11-03"
  Assets:POS:ChinaUMS:Clearing  -19.90 CNY
    rrn: "203412345679"
    date: "2026-11-03"
  Assets:POS:ChinaUMS:Clearing  -19.90 CNY
    rrn: "303412345680"
    date: "2026-11-03"
  Assets:POS:ChinaUMS:Payout
2026-11-05 * "bank"
  posguard-source: "bank"
  Assets:POS:ChinaUMS:Payout  -69.90 CNY
    period-from: "2026-11-03"
    period-to: "2026-11-03"
  Assets:Bank
2026-11-06 * "statement"
  posguard-source: "settlement"
  Assets:POS:ChinaUMS:Clearing  0.00 CNY
    status: "declined"
    amount: "1.00"
  Assets:POS:ChinaUMS:Payout  0.00 CNY
2026-11-09 * "bank"
  posguard-source: "bank"
  Assets:POS:ChinaUMS:Payout  0.00 CNY
  Assets:Bank  0.00 CNY
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "main.beancount"
    path.write_text(LEDGER, encoding="utf-8")
    return path


def answer(ledger: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--ledger", str(ledger), *words])
    return done.exit_code, done.output


def claim(ledger: Path, kind: str) -> str:
    found = json.loads(answer(ledger, "claims", "--kind", kind, "--format", "json")[1])
    assert len(found) == 1
    return str(found[0]["id"])


def test_why_names_the_verdicts_rule_and_each_lines(ledger: Path) -> None:
    _, text = answer(ledger, "show", claim(ledger, "A4"), "--why", "--format", "json")
    reasons = [(one["rule"], one["about"], one["text"]) for one in json.loads(text)["reasons"]]
    assert reasons[0][:2] == ("A4", "verdict")
    assert "dTA = 8.00" in reasons[0][2]
    assert reasons[1] == ("N2", "settlement 50.00 of 2026-11-03", "no sound reference; agrees in card, time, terminal")


def test_without_the_question_nobody_is_told_why(ledger: Path) -> None:
    assert "reasons" not in json.loads(answer(ledger, "show", claim(ledger, "A4"), "--format", "json")[1])


def test_twins_are_one_explanation_and_two_ways(ledger: Path) -> None:
    code, text = answer(ledger, "explain", claim(ledger, "P1"), "--format", "json")
    found = json.loads(text)
    # 89.80 promised, 69.90 paid: 19.90 is missing, and two lines are just that.
    assert (found["gap"], found["explanations"], found["ways"]) == ("19.90", 1, 2)
    assert (found["search"], found["bound"]) == ("exhausted", "up to 3 lines of 3")
    assert code == 1


def test_explain_says_what_it_cannot_explain(ledger: Path) -> None:
    code, text = answer(ledger, "explain", claim(ledger, "A4"))
    assert code == 2
    assert "no payout of a statement" in text
