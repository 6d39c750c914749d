"""Every sample of the catalogue becomes exactly the entries that stand beside it, and they hold in a real ledger.

The figures below were added up by hand from the samples; ``<sample>.beancount`` holds the entries word for word.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction  # noqa: TC002  # kept plain, as in the package
from beancount.parser import printer

from beancount_posguard.contract import Contract
from beancount_posguard.ingest.importer import import_file
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import identify

CONTRACT = (Path(__file__).parent / "contract.beancount").read_text("utf-8")
CATALOGUE = Path(__file__).resolve().parents[2] / "importers"
SAMPLES = sorted(path for path in CATALOGUE.glob("*/*") if path.suffix not in {".toml", ".beancount", ".py", ".pyc"})

FIGURES = {
    "INN26110488ZM_898310012345678": {
        "profile": "unionpay_zm",
        "rows": 3,
        "by_kind": {"completion": 1, "refund": 1, "sale": 1},
        "gross": "542.00",
        "fee": "2.67",
        "net": "539.33",
        "control": "ok (net = gross - fee)",
    },
    "898310012345678_20261104.csv": {
        "profile": "chinaums_statement",
        "rows": 3,
        "by_kind": {"completion": 1, "refund": 1, "sale": 1},
        "gross": "542.00",
        "fee": "2.67",
        "net": "539.33",
        "control": "ok (net = gross - fee)",
    },
    "statement-15-columns.csv": {
        "profile": "chinaums_statement",
        "rows": 3,
        "by_kind": {"sale": 2, "void": 1},
        "gross": "88.00",
        "fee": "0.53",
        "net": "87.47",
        "control": "ok (net = gross - fee, footer count, footer gross, footer fee, footer net)",
    },
    "98765432-20261103.csv": {
        "profile": "cn_pos_terminal",
        "rows": 7,
        "by_kind": {"completion": 1, "preauth": 1, "refund": 1, "sale": 3, "void": 1},
        "gross": "542.00",
        "fee": None,
        "net": None,
        "control": "ok (footer count, footer gross)",
    },
    "icbc-historydetail.csv": {
        "profile": "cn_bank_corporate",
        "rows": 4,
        "by_kind": {"credit": 2, "debit": 2},
        "gross": "-2600.00",
        "fee": None,
        "net": None,
        "control": "ok (running balance)",
    },
    "ccb-14-columns.csv": {
        "profile": "cn_bank_corporate",
        "rows": 2,
        "by_kind": {"credit": 1, "debit": 1},
        "gross": "-2660.67",
        "fee": None,
        "net": None,
        "control": "ok (running balance)",
    },
    "boc-bilingual.csv": {
        "profile": "cn_bank_corporate",
        "rows": 2,
        "by_kind": {"credit": 1, "debit": 1},
        "gross": "-1660.67",
        "fee": None,
        "net": None,
        "control": "ok (running balance)",
    },
    "sales-20261103-20261104.csv": {
        "profile": "sales_register",
        "rows": 3,
        "by_kind": {"refund": 1, "sale": 2},
        "gross": "542.00",
        "fee": None,
        "net": None,
        "control": "none in file",
    },
}


def test_every_sample_has_its_figures() -> None:
    assert {path.name for path in SAMPLES} == set(FIGURES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_figures(sample: Path, profiles: list[Profile]) -> None:
    expected = {"file": sample.name, "currency": "CNY", "refused": None, **FIGURES[sample.name]}
    assert identify(sample, profiles).summary() == expected


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_golden_entries(sample: Path, profiles: list[Profile], contracts: list[Contract]) -> None:
    golden = sample.with_name(f"{sample.name}.beancount").read_text("utf-8")
    assert printed(import_file(sample, [], contracts, profiles).entries) == golden


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_golden_entries_hold_in_a_ledger(sample: Path) -> None:
    """They parse, balance, and the plugin finds every receipt and part in order."""
    golden = sample.with_name(f"{sample.name}.beancount").read_text("utf-8")
    _, errors, _ = loader.load_string(f"{LEDGER}\n{golden}")
    assert not [error.message for error in errors if "posguard" not in error.message]
    assert not [error.message for error in errors if "receipt" in error.message or "part" in error.message]


LEDGER = f"""
plugin "beancount.plugins.auto_accounts"
plugin "beancount_posguard"
{CONTRACT}
"""


def printed(entries: Iterable[Transaction]) -> str:
    return "\n".join(printer.format_entry(entry) for entry in entries)
