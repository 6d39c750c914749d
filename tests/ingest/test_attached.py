"""Rows that say something about other rows: fees below their sale, payouts that name their sales; and cash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from beancount import loader

from beancount_posguard.ingest import limits
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.importer import import_file
from beancount_posguard.ingest.institutions import read_profile
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import Reading, read_file
from beancount_posguard.ledger.contracts import read_contracts
from beancount_posguard.legs import Kind

LANGUAGE = """
name = "fees"
title = "fees"
source = "settlement"
currency = "EUR"
[detect]
columns = ["date", "type", "amount", "reference"]
[columns]
date = ["day"]
type = ["what"]
amount = ["amount"]
net = ["net"]
reference = ["id"]
payout = ["payout"]
settled = ["paid on"]
tender = ["how"]
[signs]
amount = "signed"
fee = "difference"
[[attach]]
kind = "fee"
by = "reference"
give = ["fee"]
[[attach]]
kind = "payout"
by = "reference"
give = ["payout", "settled"]
[tenders]
"" = "card"
"cash" = "other"
[kinds]
"sale" = "sale"
"refund" = "refund"
"fee" = "fee"
"payout" = "payout"
"""
HEADER = "day,what,amount,net,id,payout,paid on,how"


Read = Callable[..., Reading]


@pytest.fixture(params=[1, 1000], ids=["row by row", "at once"])
def read(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Return a function that reads rows under :data:`HEADER`, in pieces of one row and all at once."""
    monkeypatch.setattr(limits, "PIECE", 16 if request.param == 1 else limits.PIECE)
    monkeypatch.setattr(limits, "CHUNK", request.param)

    def go(*rows: str) -> Reading:
        path = tmp_path / "fees.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
        return read_file(path, [read_profile(LANGUAGE, "fees/profile.toml")])

    return go


def slips(reading: Reading) -> list[tuple[str, ...]]:
    return [
        (slip.facts.get("reference", ""), str(slip.amount), str(slip.fee), str(slip.net))
        for batch in reading.batches
        for slip in batch.slips
    ]


def test_a_fee_row_joins_the_one_row_it_is_for(read: Read) -> None:
    reading = read("2026-11-03,fee,-0.39,-0.39,9071,,,", "2026-11-03,sale,128.00,128.00,9071,,,")
    assert slips(reading) == [("9071", "128.00", "0.39", "127.61")]
    assert reading.by_kind == {"fee": 1, "sale": 1}


def test_two_fee_rows_add_up(read: Read) -> None:
    fees = (f"2026-11-03,fee,-{fee},-{fee},9071,,," for fee in ("0.39", "0.10"))
    assert slips(read("2026-11-03,sale,128.00,128.00,9071,,,", *fees)) == [("9071", "128.00", "0.49", "127.51")]


def test_a_fee_row_that_may_be_for_two_stays_its_own(read: Read) -> None:
    reading = read(
        "2026-11-03,sale,128.00,128.00,9071,,,",
        "2026-11-03,refund,-36.00,-36.00,9071,,,",
        "2026-11-03,fee,-0.39,-0.39,9071,,,",
        "2026-11-03,fee,-0.11,-0.11,7,,,",
    )
    (batch,) = reading.batches
    fees = sorted(str(slip.fee) for slip in batch.slips if slip.kind is Kind.FEE)
    assert (len(batch.slips), fees) == (4, ["0.11", "0.39"])


def test_a_payout_row_tells_which_payout_a_sale_is_in(read: Read) -> None:
    reading = read(
        "2026-11-03,sale,128.00,126.23,T1,,,",
        "2026-11-03,payout,-126.23,-126.23,T1,952000,2026-11-05,",
        "2026-11-04,sale,10.00,10.00,T2,,,",
    )
    assert [(batch.date.isoformat(), batch.facts.get("payout")) for batch in reading.batches] == [
        ("2026-11-04", None),
        ("2026-11-05", "952000"),
    ]


def test_payouts_that_disagree_tell_nothing(read: Read) -> None:
    reading = read(
        "2026-11-03,sale,128.00,126.23,T1,,,",
        "2026-11-03,payout,-100.00,-100.00,T1,952000,2026-11-05,",
        "2026-11-03,payout,-26.23,-26.23,T1,952001,2026-11-06,",
    )
    (batch,) = reading.batches
    assert (batch.date.isoformat(), batch.facts) == ("2026-11-03", {})


def test_cash_in_a_statement_is_counted_and_not_booked(read: Read) -> None:
    reading = read("2026-11-03,sale,128.00,126.23,T1,,,", "2026-11-03,sale,2.50,2.50,T2,,,cash")
    assert slips(reading) == [("T1", "128.00", "1.77", "126.23")]
    assert (reading.by_kind, str(reading.totals["EUR"].gross)) == ({"sale": 2}, "130.50")
    assert [(line.label, str(line.amount)) for line in reading.lines] == [("cash", "2.50")]


def test_a_wrong_attach_names_its_key(profiles: list[Profile]) -> None:
    assert any(profile.attach for profile in profiles)
    for key, right, wrong in (
        ("kind", '"fee"', '"cost"'),
        ("by", '"reference"', '"hue"'),
        ("give", '["fee"]', '["hue"]'),
    ):
        text = LANGUAGE.replace(f"{key} = {right}", f"{key} = {wrong}", 1)
        with pytest.raises(IngestError, match=rf"fees/profile\.toml: found attach\.{key}.*expected one of"):
            read_profile(text, "fees/profile.toml")


TWO = """
2026-01-01 custom "posguard-acquirer" "WeChatPay"
2026-01-01 custom "posguard-acquirer" "{name}"
  currency: "EUR"
"""


@pytest.mark.parametrize(("name", "taken"), [("SumUp", True), ("Other", False)])
def test_a_file_goes_to_the_contract_of_its_own_acquirer(
    profiles: list[Profile],
    name: str,
    taken: bool,
) -> None:
    """The report names no merchant; SumUp's own goes to SumUp, however many contracts there are."""
    entries, _, _ = loader.load_string(TWO.format(name=name))
    contracts, _ = read_contracts(entries)
    sample = Path(__file__).resolve().parents[2] / "importers" / "sumup" / "transactions-report.csv"
    if not taken:
        with pytest.raises(IngestError, match="Other, WeChatPay could be"):
            import_file(sample, [], contracts, profiles)
        return
    result = import_file(sample, [], contracts, profiles)
    assert [entry.payee for entry in result.entries] == ["SumUp"]
    assert "1 lines (1 CASH), 2.50 EUR, left alone: nobody owes them" in result.messages
