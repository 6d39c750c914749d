"""kill -9 at all that a command does to the disk: the ledger loads, nothing is half there, and once more ends well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is a Unix signal")

KILLER = Path(__file__).with_name("killer.py")

SHOP = """
2026-01-01 custom "posguard" "shop-name" "Bluestone Tea"
2026-01-01 custom "posguard" "shop-phone" "021-5550100"
2026-01-01 custom "posguard" "shop-email" "shop@example.com"
2026-01-01 custom "posguard" "shop-contact" "Li"
2026-01-01 custom "posguard" "limit" "contact" "0"
"""

TERMINAL = """\
终端号,批次号,凭证号,交易日期,交易时间,交易类型,交易金额,卡号,参考号,授权码,交易状态
98765432,000009,000091,2026-11-07,10:00:00,消费,10.00,622202******1111,100000000091,,交易成功
"""


def kill(shop: Shop, tmp_path: Path, *words: str) -> dict[str, Any]:
    work = tmp_path.with_name(f"{tmp_path.name}-killed") / "shop"
    command = ["--ledger", "{here}/main.beancount", *words]
    done = subprocess.run(
        [sys.executable, str(KILLER), str(shop.folder), str(work), json.dumps(command)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"PYTHONUTF8": "1", "POSGUARD_BY": "li"},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["code"] == 0, found["output"]
    assert found["wrong"] == []
    return found


def named(found: dict[str, Any]) -> set[str]:
    """Return the files that were put in their places, by name."""
    return {point.removeprefix("before os.rename .") for point in found["points"] if "os.rename" in point}


def test_steps(shop: Shop, tmp_path: Path) -> None:
    found = kill(shop, tmp_path, "verify", "--all", "--cause", "OP_KEY", "--date", shop.day)
    # Two locks, a new file written in two pieces, flushed, put in place, and the folder flushed.
    assert len(found["points"]) >= 8
    assert len(named(found)) == 1


def test_corrections(shop: Shop, tmp_path: Path) -> None:
    shop.look("A1")
    kill(shop, tmp_path, "refund", shop.id_of("A1"), "--via", "card", "--date", shop.day)


def test_a_reroute_is_a_step_and_a_booking_or_neither(shop: Shop, tmp_path: Path) -> None:
    x1 = shop.id_of("X1")
    shop.look("X1")
    waive = ("--waive", "slip batch-slip", "--note", "lost")
    shop.run("prepare", x1, "--route", "application", *waive, "--date", shop.day)
    shop.run("submit", x1, "--date", shop.day)
    shop.run("reject", x1, "--waive", "reply", "--note", "no", "--date", shop.day)
    kill(shop, tmp_path, "reroute", x1, "--to", "customer", "--note", "reversed", "--date", shop.day)


def test_a_claim_from_paper(shop: Shop, tmp_path: Path) -> None:
    words = ("--kind", "A9", "--counterparty", "acquirer", "--amount", "5.00", "--against", "fees", "--note", "tariff")
    kill(shop, tmp_path, "raise", *words, "--date", shop.day)


def test_a_file_and_its_line_in_the_ledger(shop: Shop, tmp_path: Path) -> None:
    (shop.folder / "slip.txt").write_text("a slip")
    found = kill(shop, tmp_path, "attach", shop.id_of("X1"), "{here}/slip.txt", "--as", "slip", "--date", shop.day)
    assert len(named(found)) == 2
    assert sum("os.mkdir" in point for point in found["points"]) >= 2  # evidence/ and the claim's own folder


def test_a_letter_and_its_note(shop: Shop, tmp_path: Path) -> None:
    with shop.ledger.open("a") as file:
        file.write(SHOP)
    a1 = shop.id_of("A1")
    shop.run("verify", a1, "--cause", "OP_KEY", "--date", shop.day)
    words = ("--channel", "e-mail", "--until", "2026-11-20", "--to", "ye@example.com", "--output", "{here}/letter.eml")
    assert len(named(kill(shop, tmp_path, "notify", a1, *words, "--date", shop.day))) == 2


def test_a_contact(shop: Shop, tmp_path: Path) -> None:
    words = ("--name", "Ms Ye", "--phone", "021 5550 123", "--date", shop.day)
    found = kill(shop, tmp_path, "contact", shop.id_of("A1"), *words)
    assert len(named(found)) == 2  # the folder's .gitignore comes first


def test_a_purge(shop: Shop, tmp_path: Path) -> None:
    with shop.ledger.open("a") as file:
        file.write(SHOP)
    a1 = shop.id_of("A1")
    shop.run("contact", a1, "--name", "Ms Ye", "--date", shop.day)
    shop.look("A1")
    shop.run("refund", a1, "--via", "cash", "--date", shop.day)
    shop.inform(a1)
    shop.run("close", a1, "--cause", "OP_KEY", "--date", shop.day)
    kill(shop, tmp_path, "purge", "--date", "2026-12-09")


def test_an_import_and_the_copies_of_its_files(shop: Shop, tmp_path: Path) -> None:
    (shop.folder / "exports").mkdir()
    (shop.folder / "exports" / "98765432.csv").write_text(TERMINAL, "utf-8")
    found = kill(shop, tmp_path, "import", "{here}/exports")
    assert len(named(found)) == 2


def test_a_month(shop: Shop, tmp_path: Path) -> None:
    shop.run("verify", "--all", "--date", shop.day)
    with shop.imports.open("a") as file:
        file.write(
            '2026-12-04 * "Till"\n  posguard-source: "sale"\n  Assets:POS:Till 1.00 CNY\n    rrn: "100000000099"\n'
            "  Income:Sales\n"
        )
    assert len(named(kill(shop, tmp_path, "close-month", "2026-11"))) == 1
