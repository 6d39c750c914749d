"""The same import through beangulp's command line and through Fava's own code."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import beangulp
import pytest
from beancount import loader
from beancount.parser import parser, printer
from click.testing import CliRunner
from fava.core import FavaLedger

from beancount_posguard.contract import Contract
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.importer import PosguardImporter, import_file, importers
from beancount_posguard.ingest.institutions import load_profiles
from beancount_posguard.ingest.profile import Profile

CATALOGUE = Path(__file__).resolve().parents[2] / "importers"
SLIPS = CATALOGUE / "cn_pos_terminal" / "98765432-20261103.csv"
STATEMENT = CATALOGUE / "chinaums_statement" / "898310012345678_20261104.csv"

MAIN = """
plugin "beancount.plugins.auto_accounts"
2026-01-01 custom "posguard-acquirer" "ChinaUMS"
  merchant: "898310012345678 802310048993424"
2026-01-01 custom "fava-option" "import-config" "import.py"
2026-01-01 custom "fava-option" "import-dirs" "exports"
"""

CONFIG = """
from pathlib import Path
from beancount_posguard.ingest.importer import importers
CONFIG = importers(Path(__file__).parent / "main.beancount")
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "main.beancount").write_text(MAIN, "utf-8")
    (tmp_path / "import.py").write_text(CONFIG, "utf-8")
    (tmp_path / "exports").mkdir()
    for path in (SLIPS, STATEMENT):
        (tmp_path / "exports" / path.name).write_bytes(path.read_bytes())
    return tmp_path


def ingest(shop: Path, *words: str) -> str:
    """Run beangulp's command line; the files stand in the shop's exports folder."""
    program = beangulp.Ingest(importers(shop / "main.beancount"))
    result = CliRunner().invoke(program.cli, [*words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def texts(entries: list[Any]) -> list[str]:
    return [printer.format_entry(entry) for entry in entries]


@pytest.fixture
def direct(profiles: list[Profile], contracts: list[Contract]) -> Callable[[Path], list[str]]:
    return lambda path: texts(list(import_file(path, [], contracts, profiles).entries))


def test_names_are_unique_and_identify_is_strict(shop: Path) -> None:
    found = importers(shop / "main.beancount")
    assert len({one.name for one in found}) == len(found) == len(load_profiles())
    known = {one.name: one.identify(str(SLIPS)) for one in found}
    assert all(type(value) is bool for value in known.values())
    assert [name for name, value in known.items() if value] == ["posguard.cn_pos_terminal"]


def test_extract_gives_what_import_file_gives(shop: Path, direct: Callable[[Path], list[str]]) -> None:
    out = ingest(shop, "extract", str(shop / "exports"), "--existing", str(shop / "main.beancount"))
    entries, errors, _ = parser.parse_string("\n".join(line for line in out.splitlines() if not line.startswith("*")))
    assert not errors
    assert sorted(texts(entries)) == sorted([*direct(SLIPS), *direct(STATEMENT)])


def test_extract_knows_what_the_ledger_has(shop: Path) -> None:
    out = ingest(shop, "extract", str(shop / "exports" / SLIPS.name), "--existing", str(shop / "main.beancount"))
    with (shop / "main.beancount").open("a", encoding="utf-8") as ledger:
        ledger.write(out)
    again = ingest(shop, "extract", str(shop / "exports" / SLIPS.name), "--existing", str(shop / "main.beancount"))
    assert "Assets" not in again


def test_files_that_overlap_in_one_run(shop: Path) -> None:
    """Beangulp extracts all files before it adds any of them to the ledger's entries."""
    text = SLIPS.read_text("utf-8").splitlines()
    (shop / "exports" / "0-morning.csv").write_text("\n".join(text[:3]) + "\n", "utf-8")
    out = ingest(shop, "extract", str(shop / "exports"), "--existing", str(shop / "main.beancount"))
    assert out.count('auth: "471121"') == 1  # the second slip; statements have no authorisation codes
    assert 'posguard-known: "2 rows"' in out


def test_archive_places_the_file_under_its_account(shop: Path) -> None:
    (shop / "documents").mkdir()
    ingest(shop, "archive", str(shop / "exports"), "--destination", str(shop / "documents"))
    found = sorted(str(path.relative_to(shop / "documents")) for path in (shop / "documents").rglob("*.csv"))
    assert found == [
        "Assets/POS/ChinaUMS/Clearing/2026-11-03.98765432-20261103.csv",
        "Assets/POS/ChinaUMS/Payout/2026-11-04.898310012345678_20261104.csv",
    ]


def test_favas_import_page(shop: Path, direct: Callable[[Path], list[str]]) -> None:
    ledger = FavaLedger(str(shop / "main.beancount"))
    files = {one.basename: one for one in ledger.ingest.import_data()}
    (info,) = files[SLIPS.name].importers
    assert (info.importer_name, info.account) == ("posguard.cn_pos_terminal", "Assets:POS:ChinaUMS:Clearing")
    assert info.date.isoformat() == "2026-11-03"
    entries = ledger.ingest.extract(files[SLIPS.name].name, info.importer_name)
    assert texts(list(entries)) == direct(SLIPS)
    assert ledger.ingest.errors == ()


def test_a_refused_file_says_why(shop: Path) -> None:
    bad = shop / "exports" / SLIPS.name
    bad.write_text(bad.read_text("utf-8").replace("退货", "退菜"), "utf-8")
    (importer,) = [one for one in importers(shop / "main.beancount") if one.identify(str(bad))]
    assert importer.account(str(bad)) == "Assets:POS"
    assert importer.date(str(bad)) is None
    with pytest.raises(IngestError, match="row 3: found '退菜'"):
        importer.extract(str(bad), [])


def test_messages_are_logged(shop: Path, caplog: pytest.LogCaptureFixture) -> None:
    sales = CATALOGUE / "sales_register" / "sales-20261103-20261104.csv"
    (importer,) = [one for one in importers(shop / "main.beancount") if one.identify(str(sales))]
    with caplog.at_level(logging.WARNING, logger="posguard"):
        importer.extract(str(sales), [])
    assert "3 lines (1 微信, 2 现金), 53.50 CNY, left alone" in caplog.text


def test_contracts_come_from_the_ledger_that_is_there(shop: Path) -> None:
    found: list[PosguardImporter] = importers()
    (importer,) = [one for one in found if one.identify(str(SLIPS))]
    entries, _, _ = loader.load_file(str(shop / "main.beancount"))
    assert len(importer.extract(str(SLIPS), entries)) == 1
    assert importer.account(str(SLIPS)) == "Assets:POS"
