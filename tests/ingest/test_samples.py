"""Real files of providers come out at the totals counted from them by hand."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import identify, read_file

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="third-party samples are not here")

OURS = [
    "unionpay/INN15090588ZM_802310048993424",
    "bank_cn_corporate/icbc_corporate_historydetail.csv",
    "bank_cn_corporate/ccb_corporate_14col.csv",
    "bank_cn_corporate/boc_corporate_bilingual_header.csv",
]


def expected(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text("utf-8"))[name]
    return told


@pytest.mark.parametrize("name", OURS)
def test_totals(name: str, profiles: list[Profile]) -> None:
    told = expected(name)
    reading = read_file(SAMPLES / name, profiles)
    summary = reading.summary()
    assert (summary["profile"], summary["rows"], summary["by_kind"]) == (told["preset"], told["rows"], told["by_kind"])
    assert [summary["currency"]] == told["currency"]
    for kind, amounts in told["gross_by_kind"].items():
        assert reading.gross_by_kind[kind] == {"CNY": Decimal(amounts["CNY"])}
    for key, total in (("fee", "fee_total"), ("net", "net_total")):
        if total in told:
            assert Decimal(summary[key]) == Decimal(told[total]["CNY"])
    assert summary["control"].split()[0] == told["control"].split()[0]


def test_unionpays_own_first_row(profiles: list[Profile]) -> None:
    told = expected(OURS[0])["first_row"]
    (batch,) = read_file(SAMPLES / OURS[0], profiles).batches
    (slip,) = [one for one in batch.slips if one.row == 1]
    assert (slip.facts["trace"], slip.facts["terminal"]) == (told["stan"], told["tid"])
    assert f"{slip.date.isoformat()}T{slip.facts['time']}+08:00" == told["time"]
    assert [str(one) for one in (slip.amount, slip.fee, slip.net)] == [told["gross"], told["fee"], told["net"]]


def test_the_deposits_period(profiles: list[Profile]) -> None:
    batches = read_file(SAMPLES / OURS[1], profiles).batches
    (slip,) = [slip for batch in batches for slip in batch.slips]
    assert (slip.facts["period-from"], slip.facts["period-to"], slip.facts["fee"]) == (
        "2026-04-16",
        "2026-04-16",
        "79.36",
    )


def every_other() -> list[Path]:
    found = [path for path in SAMPLES.rglob("*") if path.is_file()] if SAMPLES.is_dir() else []
    return sorted(path for path in found if str(path.relative_to(SAMPLES)) not in OURS)


@pytest.mark.parametrize("path", every_other(), ids=lambda path: path.name)
def test_files_of_others_are_left(path: Path, profiles: list[Profile]) -> None:
    """Files outside the catalogue are named as not ours or refused, and never read as something else."""
    assert identify(path, profiles).refused
