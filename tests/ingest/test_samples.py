"""Real files of providers come out at the totals counted from them by hand."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import read_file
from bench.conformance import SAMPLES, Verdict, verdicts

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


@pytest.mark.parametrize("one", [*verdicts()] if SAMPLES.is_dir() else [], ids=lambda one: one.file)
def test_every_sample_is_as_expected(one: Verdict) -> None:
    assert one.ok, one.why
