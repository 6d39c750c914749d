"""Whatever stands in a file, it is read or refused with a sentence: no traceback, no half import, no card number."""

from __future__ import annotations

import io
import random
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beancount_posguard.ingest import bai2, camt, mt940, ofx
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import Reading, identify, look
from beancount_posguard.ingest.readers import Document
from beancount_posguard.ingest.toml import Entry

CATALOGUE = Path(__file__).resolve().parents[2] / "importers"
SAMPLES = sorted(path for path in CATALOGUE.glob("*/*") if path.suffix not in {".toml", ".beancount", ".py", ".pyc"})

#: What breaks readers: separators, quotes, signs, other scripts' digits, controls, huge numbers, markup, formulas.
PIECES = [
    b"", b",", b";", b"\t", b"|", b'"', b"'", b"`", b"\x00", b"\r", b"\n", b"\xff\xfe", b"\xef\xbb\xbf", b"-", b"--",
    b"1E-80000000", b"9" * 40, b"NaN", b"\xd9\xa1\xd9\xa2", b"=cmd|'/c'!A1",
    b"<script>", b"&a;", b"%s%n", b"0000-00-00",
    b"2026-02-30", b":61:", b"<STMTTRN>", b"88,", b"99,", b"\x1f\x8b", b"PK\x03\x04",
]  # fmt: skip

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def whole(reading: Reading) -> bool:
    """Tell whether ``reading`` is complete, or a refusal that says so in a sentence."""
    if reading.rows is None:
        return bool(reading.refused) and not reading.batches and "expected" in str(reading.refused)
    booked = sum(len(batch.slips) for batch in reading.batches)
    return booked <= reading.rows + len(reading.lines)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_damaged_exports(sample: Path, tmp_path: Path, profiles: list[Profile]) -> None:
    """Cut, doubled, overwritten, and with hostile pieces put in at places that the seed chooses."""
    dice = random.Random(sample.name)  # noqa: S311  # the same damage every time
    content = sample.read_bytes()
    path = tmp_path / sample.name
    for _ in range(12):
        damaged = bytearray(content)
        for _ in range(dice.randrange(1, 4)):
            place = dice.randrange(len(damaged) + 1)
            damaged[place : place + dice.choice((0, 1, 5, 200))] = dice.choice(PIECES)
        path.write_bytes(bytes(damaged))
        assert whole(identify(path, profiles))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_exports_that_were_cut_short(sample: Path, tmp_path: Path, profiles: list[Profile]) -> None:
    content = sample.read_bytes()
    path = tmp_path / sample.name
    for part in (0.1, 0.4, 0.7, 0.95):
        path.write_bytes(content[: int(len(content) * part)])
        assert whole(identify(path, profiles))


@QUICK
@given(content=st.binary(max_size=300), name=st.sampled_from(["a.csv", "lcsw.csv", "allinpay.csv", "a.zip", "a.xml"]))
def test_any_bytes(content: bytes, name: str, tmp_path: Path, profiles: list[Profile]) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert whole(identify(path, profiles))


LINES = st.lists(st.text(alphabet=":6128FCDREUR0123456789,.-/?\nNTRF<>OFXBAMT&;", max_size=40), max_size=12)


@QUICK
@given(lines=LINES)
def test_bank_formats(lines: list[str]) -> None:
    text = "\n".join(lines).encode()
    for reader, head in (
        (mt940.read, b":20:X\n:60F:C261104EUR1,00\n:61:"),
        (ofx.read, b"<OFX><STMTRS><CURDEF>USD<STMTTRN><DTPOSTED>20261105<TRNAMT>"),
        (bai2.read, b"01,a,b,261105,\n02,a,b,1,261105,,USD,2/\n16,142,"),
        (camt.read, b"<Document><Stmt><Acct/><Ntry>"),
    ):
        try:
            reader("a", head + text)
        except IngestError:
            continue


@QUICK
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    ),
    key=st.sampled_from(["file", "columns", "kinds", "rules", "sums", "signs", "totals", "records", "cells", "amount"]),
)
def test_any_profile(value: object, key: str) -> None:
    from beancount_posguard.ingest import language  # noqa: PLC0415  # only this test reads tables alone

    data = {"name": "a", "title": "a", "source": "bank", "currency": "CNY", "detect": {"columns": []}, key: value}
    try:
        language.parse_profile(Entry(data, "a/profile.toml"), "a/profile.toml", own=True)
    except IngestError:
        return


def test_a_superscript_is_no_number() -> None:
    """BAI2: so many funds follow as this field counts."""
    text = "01,a,b,261105,\n02,a,b,1,261105,,USD,2/\n03,1,USD,010,1,,/\n16,142,100,D,²,1/\n49,101,1/\n"
    text += "98,1,1,1/\n99,1,1,1/\n"
    assert [entry[1] for entry in bai2.read("a", text.encode()).rows] == ["1.00"]


def test_an_archive_whose_member_has_no_name(profiles: list[Profile]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", "x")
    nameless = out.getvalue().replace(b"a", b"\x00")
    assert whole(look(Document("a.zip", nameless), profiles))


def test_a_workbook_packed_in_a_way_nobody_knows(profiles: list[Profile]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "x")
    future = out.getvalue().replace(b"PK\x01\x02\x14\x03\x14", b"PK\x01\x02\x14\x03\x9a")
    assert future != out.getvalue()
    assert "a damaged workbook" in str(look(Document("a.xlsx", future), profiles).refused)


@pytest.mark.parametrize(
    "wrong",
    [
        'delimiters = [",,"]', "delimiters = []", 'delimiters = ["\\n"]', 'quote = "ab"', 'encodings = ["base64"]',
        'encodings = ["utf-99"]', "encodings = []", "header_lines = 0", "header_within = -1", "min_cells = 99999999999",
        'layout = [["a", 99999999999]]', "gap = -1",
    ],
)  # fmt: skip
def test_a_profile_that_no_file_could_be_read_by(wrong: str) -> None:
    """It is told its key and what is allowed before any file is opened."""
    from beancount_posguard.ingest.institutions import read_profile  # noqa: PLC0415

    text = f'name = "a"\ntitle = "a"\nsource = "bank"\ncurrency = "CNY"\ndetect.columns = []\n[file]\n{wrong}\n'
    key = wrong.split(" ", 1)[0]
    with pytest.raises(IngestError, match=rf"a/profile\.toml: found file\.{key}: .*; expected \w"):
        read_profile(text, "a/profile.toml")


@pytest.mark.parametrize(
    "card", ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "４１１１１１１１１１１１１１１１"]
)
def test_no_card_number_gets_out(card: str, tmp_path: Path, profiles: list[Profile]) -> None:
    """In a card column, a memo, a word nobody knows, and the file's own name."""
    path = tmp_path / "4111111111111111.csv"
    header = "商户号,终端号,批次号,凭证号,参考号,卡号,交易类型,交易金额,交易日期,交易时间"
    for row in (
        f"898310012345678,98765432,000123,000045,103412345678,{card},消费,128.00,2026-11-03,14:03:22",
        f"898310012345678,98765432,000123,000045,103412345678,,{card},128.00,2026-11-03,14:03:22",
        f"898310012345678,98765432,000123,000045,103412345678,,消费,{card},2026-11-03,14:03:22",
    ):
        path.write_text(f"{header}\n{row}\n", "utf-8")
        shown = repr(identify(path, profiles))
        assert not re.search(r"4111[\s-]?1111[\s-]?1111|４１１１１１１１", shown.replace("******", ""))
