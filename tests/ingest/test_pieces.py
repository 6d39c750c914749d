"""A large file is read piece by piece: whatever the size of the pieces, it says the same."""

from __future__ import annotations

import gzip
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from beancount_posguard.ingest import limits
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.institutions import read_profile
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import Reading, identify
from beancount_posguard.ingest.readers import Document

CATALOGUE = Path(__file__).resolve().parents[2] / "importers"
SAMPLES = sorted(path for path in CATALOGUE.glob("*/*") if path.suffix not in {".toml", ".beancount", ".py", ".pyc"})

HEADER = "商户号,终端号,批次号,凭证号,参考号,卡号,交易类型,交易状态,交易金额,交易日期,交易时间,原凭证号"


def row(trace: int, kind: str = "消费", status: str = "交易成功", original: str = "") -> str:
    slip = f"{trace:06d},1034{trace:08d},622202******1234,{kind},{status},128.00,2026-11-03,14:03:22,{original}"
    return f"898310012345678,98765432,000123,{slip}"


def in_pieces(monkeypatch: pytest.MonkeyPatch, size: int, rows: int) -> None:
    """Make pieces of ``size`` bytes and ``rows`` rows; nothing is read at once."""
    monkeypatch.setattr(limits, "PIECE", size)
    monkeypatch.setattr(limits, "AT_ONCE", 0)
    monkeypatch.setattr(limits, "CHUNK", rows)


def said(reading: Reading) -> Reading:
    """Return what ``reading`` says, its profile left out."""
    return replace(reading, profile=None)


@pytest.mark.parametrize("size", [40, 1000])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_every_sample_says_the_same_in_pieces(
    sample: Path, size: int, profiles: list[Profile], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = identify(sample, profiles)
    in_pieces(monkeypatch, size, 1 if size == 40 else 3)
    assert said(identify(sample, profiles)) == said(whole)


@pytest.mark.parametrize("size", [60, 400])
def test_a_void_finds_its_sale_in_another_piece(
    tmp_path: Path, size: int, profiles: list[Profile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sale that was voided and its void row come to nothing; a voided sale without one is evidence only.

    A reversal gives back what the sale before it took; one without its sale is told.
    """
    lines = [
        HEADER,
        row(1, status="已撤销"),
        row(2, status="已撤销"),
        *(row(trace) for trace in range(3, 9)),
        row(9, "消费撤销", original="000001"),
        row(10, "消费冲正", original="000003"),
        row(11, "消费冲正", original="000999"),
    ]
    path = tmp_path / "slips.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    whole = identify(path, profiles)
    in_pieces(monkeypatch, size, 2)
    pieces = identify(path, profiles)
    assert said(pieces) == said(whole)
    # 1 and 9 cancel, 2 never counted, 3 to 8 are six sales, 10 and 11 take 128.00 each.
    assert pieces.summary()["gross"] == "512.00"
    assert any(one.startswith("1 reversals without their original") for one in pieces.warnings)


def test_without_keeping_rows_the_figures_are_the_same(profiles: list[Profile]) -> None:
    for sample in SAMPLES:
        kept, counted = identify(sample, profiles), identify(sample, profiles, keep=False)
        assert counted.summary() == kept.summary()
        assert not counted.batches


DAYS = """
name = "days"
title = "days"
source = "terminal"
currency = "CNY"
[detect]
columns = ["date", "amount"]
[columns]
date = ["day"]
amount = ["amount"]
[cells]
dates = ["%d/%m/%Y", "%m/%d/%Y"]
[kinds]
"" = "sale"
"""


@pytest.mark.parametrize("rows", [1, 100])
def test_one_day_tells_how_all_are_written(tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last row can only be month first, so the first one is 4 March and not 3 April."""
    path = tmp_path / "days.csv"
    path.write_text("day,amount\n03/04/2026,1.00\n03/25/2026,1.00\n", "utf-8")
    in_pieces(monkeypatch, 12, rows)
    reading = identify(path, [read_profile(DAYS, "days")])
    assert [batch.date.isoformat() for batch in reading.batches] == ["2026-03-04", "2026-03-25"]


@pytest.mark.parametrize(("day", "told"), [("03/04/2026", True), ("04/04/2026", False), ("03/25/2026", False)])
def test_dates_that_could_be_read_in_two_ways_are_told(tmp_path: Path, day: str, told: bool) -> None:
    path = tmp_path / "days.csv"
    path.write_text(f"day,amount\n{day},1.00\n04/04/2026,1.00\n", "utf-8")
    reading = identify(path, [read_profile(DAYS, "days")])
    assert any("they are read as %d/%m/%Y: compare one" in one for one in reading.warnings) is told


def test_memory_does_not_grow_with_the_file(tmp_path: Path, profiles: list[Profile]) -> None:
    """Ten times the rows, and about the same memory at its height: in a file, and in an archive."""
    heights = []
    for count in (3_000, 30_000):
        text = "\n".join([HEADER, *(row(trace) for trace in range(count))]) + "\n"
        path = tmp_path / f"{count}.csv.gz"
        path.write_bytes(gzip.compress(text.encode(), 1))
        with pytest.MonkeyPatch.context() as patch:
            in_pieces(patch, 64 * 1024, 500)
            tracemalloc.start()
            assert identify(path, profiles, keep=False).rows == count
            heights.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert heights[1] < heights[0] * 1.3


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "slips.csv"
    path.write_text(f"{HEADER}\n{row(1)}\n", "utf-8")
    document = Document.load(path)
    with path.open("a") as file:
        file.write("\n")
    with pytest.raises(IngestError, match="a file that changes while it is read"):
        document.require_unchanged()
