"""Bytes become records: encodings, quoting, fixed widths, spreadsheets, and files that are cut short."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from itertools import chain
from pathlib import Path

import openpyxl
import pytest

from beancount_posguard.ingest import limits
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.readers import Container, Document

ENCODINGS = ("utf-8-sig", "gb18030")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_are_tried_in_order(encoding: str) -> None:
    document = Document("a.csv", "终端号,金额\n1,2\n".encode(encoding))
    assert [*chain(*document.delimited(ENCODINGS, ",", '"'))] == [["终端号", "金额"], ["1", "2"]]


def test_bytes_in_no_encoding_are_refused() -> None:
    with pytest.raises(IngestError, match=r"a\.csv: found bytes in no encoding"):
        Document("a.csv", b"\xff\xff\xff").text(ENCODINGS)


def test_a_quote_that_never_closes_is_a_file_cut_short() -> None:
    with pytest.raises(IngestError, match=r"row 2: .*Download the file again"):
        [*Document("a.csv", b'a,b\n"1,2\n').delimited(ENCODINGS, ",", '"')]


def test_without_quoting_a_quote_is_a_character() -> None:
    assert [*Document("a.txt", b'a|"b\n').delimited(ENCODINGS, "|", "")] == [[["a", '"b']]]


def test_fixed_width_counts_bytes() -> None:
    document = Document("a", "南门 0045\r\n北   0046\r\n".encode("gb18030"))
    assert [*document.fixed((4, 4), "gb18030")] == [[("南门", "0045"), ("北  ", "0046")]]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"ab 12\nab 1\n", "row 2: found a line of 4 bytes"),
        (b"abx12\n", "row 1: found fields that run into each other"),
    ],
)
def test_fixed_width_refuses_other_lines(content: bytes, found: str) -> None:
    with pytest.raises(IngestError, match=found):
        [*Document("a", content).fixed((2, 2), "gb18030")]


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_typed_cells_come_out_as_a_person_sees_them() -> None:
    content = workbook(
        [103412345678, 128.1, 0.1 + 0.2, "000045", None, True, 3],
        [date(2026, 11, 3), datetime(2026, 11, 3, 14, 3, 22), time(9, 5), 1e15, -36],  # noqa: DTZ001
    )
    document = Document("slips.xls", content)
    assert document.container is Container.SHEET
    assert [*document.sheet(document.sheets[0])] == [
        [
            ["103412345678", "128.1", "0.3", "000045", "", "TRUE", "3"],
            ["2026-11-03", "2026-11-03 14:03:22", "09:05:00", "1000000000000000", "-36", "", ""],
        ]
    ]


def test_a_damaged_workbook_is_refused() -> None:
    with pytest.raises(IngestError, match="a damaged workbook"):
        _ = Document("a.xlsx", workbook(["a"])[:200]).sheets
    with pytest.raises(IngestError, match="a workbook that does not open"):
        _ = Document("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600).sheets


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(["a" * 100]))
    monkeypatch.setattr(limits, "LARGEST", 50)
    with pytest.raises(IngestError, match="once unpacked"):
        _ = Document("a.xlsx", path.read_bytes()).sheets
    with pytest.raises(IngestError, match="expected at most 50"):
        Document.load(path)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="expected a file that can be read"):
        Document.load(tmp_path / "none.csv")


def test_content_decides_not_the_extension() -> None:
    assert Document("a.xls", "终端号\t金额\n".encode()).container is Container.TEXT
    assert Document("a.csv", b"\x00\x01").container is Container.OTHER
