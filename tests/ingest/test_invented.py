"""Three institutions that nobody has heard of, each a folder alone; the figures were added up by hand.

Their profiles were written from ``docs/importing.md`` and nothing else.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.institutions import load_profiles
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import identify, read_file
from beancount_posguard.legs import Kind

BESIDE = Path(__file__).parent / "invented"
FIXED = "harbour_fixed/HC20261104.dat"
RECORDS = "quay_records/quay.txt"
FEN = "delta_fen/delta.csv"


@pytest.fixture(scope="module")
def known() -> list[Profile]:
    """Return the invented institutions and the whole catalogue: none may take the other's files."""
    return load_profiles(BESIDE)


# A sale of 128.00 (fee 0.77) and a refund of 36.00 (no fee); where there are three, another sale of 50.00 (fee 0.30).
@pytest.mark.parametrize(
    ("file", "rows", "gross", "fee", "control"),
    [
        (FIXED, 2, "92.00", "0.77", "none in file"),
        (RECORDS, 3, "142.00", "1.07", "ok (stated count, stated gross, stated fee)"),
        (FEN, 3, "142.00", "1.07", "none in file"),
    ],
)
def test_the_folder_is_enough(  # one argument per figure
    known: list[Profile], file: str, rows: int, gross: str, fee: str, control: str
) -> None:
    told = identify(BESIDE / "importers" / file, known).summary()
    assert (told["refused"], told["profile"]) == (None, file.split("/", maxsplit=1)[0])
    assert (told["rows"], told["by_kind"]["refund"], told["gross"], told["fee"]) == (rows, 1, gross, fee)
    assert told["control"] == control


def test_what_the_fixed_line_says(known: list[Profile]) -> None:
    (batch,) = read_file(BESIDE / "importers" / FIXED, known).batches
    assert batch.date.isoformat() == "2026-11-04", "the clearing day of the file's name"
    sale, refund = batch.slips
    assert (sale.kind, sale.amount, sale.date.isoformat()) == (Kind.SALE, Decimal("128.00"), "2026-11-03")
    assert (refund.kind, refund.amount) == (Kind.REFUND, Decimal("-36.00"))
    assert (sale.facts["store"], refund.facts["store"]) == ("港口一店", "港口二店")
    assert sale.facts["rrn"] == "103400000101"


def test_what_the_header_record_says_is_the_batchs(known: list[Profile]) -> None:
    (batch,) = read_file(BESIDE / "importers" / RECORDS, known).batches
    assert (batch.date.isoformat(), batch.facts) == ("2026-11-04", {"merchant": "898310012345678"})
    assert batch.slips[2].facts["orig-trace"] == "000201"
    assert batch.slips[0].facts["time"] == "14:03:22"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (FIXED, b" 04 ", b" 05 ", "row 2: found '05' under code; expected one of 01, 04"),
        (FIXED, b" 00000077", b" 0000077", "row 1: found a line of 99 bytes; expected 100 bytes"),
        (RECORDS, b"T|3|142.00", b"T|3|142.01", "142.01"),
        (RECORDS, b"T|3|", b"T|4|", "4"),
        (RECORDS, b"R|000203", b"X|000203", "row 4: found a record 'X'"),
        (FEN, "退货".encode(), "退款".encode(), "row 4: found '退款' under 交易类型; expected one of 消费, 退货"),
        (FEN, b",,12800,", b",1,12800,", "row 2: found '1' under 借方金额(分); expected money in or money out"),
    ],
)
def test_what_does_not_fit_is_refused(  # what is changed, and what is told
    known: list[Profile], tmp_path: Path, file: str, old: bytes, new: bytes, told: str
) -> None:
    content = (BESIDE / "importers" / file).read_bytes()
    assert content.count(old) == 1
    path = tmp_path / Path(file).name
    path.write_bytes(content.replace(old, new))
    with pytest.raises(IngestError) as refused:
        read_file(path, known)
    assert told in str(refused.value)
