"""A small shop with four mismatches, and a way to talk to ``posguard`` about it.

What went wrong on 2026-11-03, worked out by hand (T+1, one day of grace, no bank statement yet):

========== ====== ======== ======= ==== ==========================================
RRN        sold   approved settled kind who owes
========== ====== ======== ======= ==== ==========================================
…001       128.00 128.00   –       X1   the acquirer 128.00
…002        20.00 200.00   200.00  A1   the shop 180.00 to the customer
…003        60.00  20.00    20.00  A2   the customer 40.00
…004       100.00  90.00    80.00  MIX  the customer 10.00, the acquirer 10.00
========== ====== ======== ======= ==== ==========================================
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from beancount_posguard.cli.main import main

MAIN = """\
option "operating_currency" "CNY"
plugin "beancount_posguard"

2026-01-01 custom "posguard-acquirer" "ChinaUMS"
  merchant: "898310012345678"
  bank: Assets:Bank:CCB

2026-01-01 open Assets:POS:Till CNY
2026-01-01 open Assets:POS:ChinaUMS:Clearing CNY
2026-01-01 open Assets:POS:ChinaUMS:Payout CNY
2026-01-01 open Assets:Bank:CCB CNY
2026-01-01 open Assets:Cash CNY
2026-01-01 open Assets:WeChat CNY
2026-01-01 open Income:Sales CNY
2026-01-01 open Expenses:POS:Fees CNY
2026-01-01 open Expenses:POS:WriteOff CNY

include "pos-imports.beancount"
include "pos-claims.beancount"
"""

IMPORTS = """\
2026-11-03 * "Till"
  posguard-source: "sale"
  Assets:POS:Till  128.00 CNY
    rrn: "100000000001"
  Assets:POS:Till  20.00 CNY
    rrn: "100000000002"
  Assets:POS:Till  60.00 CNY
    rrn: "100000000003"
  Assets:POS:Till  100.00 CNY
    rrn: "100000000004"
  Income:Sales  -308.00 CNY

2026-11-03 * "ChinaUMS" "Terminal 98765432 batch 000001"
  posguard-source: "terminal"
  merchant: "898310012345678"
  terminal: "98765432"
  batch: "000001"
  Assets:POS:ChinaUMS:Clearing  128.00 CNY
    rrn: "100000000001"
    trace: "000001"
    card: "622202******1111"
  Assets:POS:ChinaUMS:Clearing  200.00 CNY
    rrn: "100000000002"
    trace: "000002"
    card: "622202******2222"
  Assets:POS:ChinaUMS:Clearing  20.00 CNY
    rrn: "100000000003"
    trace: "000003"
    card: "622202******3333"
  Assets:POS:ChinaUMS:Clearing  90.00 CNY
    rrn: "100000000004"
    trace: "000004"
    card: "622202******4444"
  Assets:POS:Till  -438.00 CNY

2026-11-04 * "ChinaUMS" "Statement 2026-11-04"
  posguard-source: "settlement"
  Assets:POS:ChinaUMS:Clearing  -200.00 CNY
    rrn: "100000000002"
    date: "2026-11-03"
  Assets:POS:ChinaUMS:Clearing  -20.00 CNY
    rrn: "100000000003"
    date: "2026-11-03"
  Assets:POS:ChinaUMS:Clearing  -80.00 CNY
    rrn: "100000000004"
    date: "2026-11-03"
  Assets:POS:ChinaUMS:Payout  300.00 CNY

2026-11-05 * "Till"
  posguard-source: "sale"
  Assets:POS:Till  10.00 CNY
    rrn: "100000000009"
  Income:Sales  -10.00 CNY

2026-11-05 * "ChinaUMS" "Terminal 98765432 batch 000002"
  posguard-source: "terminal"
  terminal: "98765432"
  batch: "000002"
  Assets:POS:ChinaUMS:Clearing  10.00 CNY
    rrn: "100000000009"
    trace: "000009"
  Assets:POS:Till  -10.00 CNY

2026-11-06 * "ChinaUMS" "Statement 2026-11-06"
  posguard-source: "settlement"
  Assets:POS:ChinaUMS:Clearing  -10.00 CNY
    rrn: "100000000009"
    date: "2026-11-05"
  Assets:POS:ChinaUMS:Payout  10.00 CNY
"""

CLAIMS = "; what people decided\n"


class Shop:
    """The shop's folder, and the command line on its ledger; ``day`` is when people act in these tests."""

    day = "2026-11-09"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / "main.beancount"
        self.claims = folder / "pos-claims.beancount"
        self.imports = folder / "pos-imports.beancount"
        self.environment = {"BEANCOUNT_FILE": str(self.ledger), "POSGUARD_BY": "li", "PYTHONUTF8": "1"}

    def run(self, *words: str, code: int = 0, **environment: str) -> Result:
        """Run ``posguard`` in this process and insist on its exit code."""
        result = CliRunner(env=self.environment | environment).invoke(main, [*words])
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    def look(self, *kinds: str) -> None:
        """Verify the claims of some kinds, without which nothing is given away on them."""
        chosen = [word for kind in kinds for word in ("--kind", kind)]
        self.run("verify", *chosen, "--date", self.day)

    def inform(self, claim: str, day: str = "") -> None:
        """Write down that the customer was told at the counter, without whose word no claim on them is closed."""
        words = ("--channel", "counter", "--template", "spoken/1", "--outcome", "told", "--date", day or self.day)
        self.run("notify", claim, *words)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Run ``posguard`` as a process of its own."""
        command = [sys.executable, "-m", "beancount_posguard", *words]
        return subprocess.Popen(
            command,
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            cwd=self.folder,
        )

    def id_of(self, kind: str) -> str:
        """Return the id of the shop's only claim of ``kind``."""
        output = CliRunner(env=self.environment).invoke(main, ["claims", "--kind", kind, "--all", "--format", "csv"])
        ids = {line.partition(",")[0] for line in output.stdout.splitlines()[1:]}
        assert len(ids) == 1
        return ids.pop()

    def bytes(self) -> dict[str, bytes]:
        """Return every file with what is in it."""
        return {path.name: path.read_bytes() for path in sorted(self.folder.iterdir()) if path.is_file()}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("BEANCOUNT_DISABLE_LOAD_CACHE", "1")
    made = Shop(tmp_path)
    made.ledger.write_text(MAIN)
    made.imports.write_text(IMPORTS)
    made.claims.write_text(CLAIMS)
    return made
