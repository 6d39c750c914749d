"""Bytes -> records: one list of cell texts per row, whatever the container.

The content decides what a file is, never its extension: an ``.xls`` may be tab-separated text. Every reader gives
texts only. Where a spreadsheet holds typed cells, numbers come out in the plain digits a person sees there, dates and
times in ISO form.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.spoken import Spoken
from beancount_posguard.ingest.standards import READERS

Record = Sequence[str]

#: Far above a year of the busiest shop's slips, far below what would stop a small machine.
LARGEST = 512 * 1024 * 1024

#: More members than any provider puts into one archive.
_MEMBERS = 1000

#: Delimiters that are no one character: a run of blanks, or one of two and more (or a TAB) where cells hold blanks.
BLANKS: Mapping[str, re.Pattern[str]] = {"blanks": re.compile(r"\s+"), "wide blanks": re.compile(r" *\t\s*|\s{2,}")}

#: What a spreadsheet shows of a number, and all that its file format keeps.
_SIGNIFICANT = 15

_MIDNIGHT = time()


class Container(Enum):
    """What a file's first bytes say it is."""

    TEXT = "text"
    SHEET = "sheet"
    ARCHIVE = "archive"
    OTHER = "other"


@dataclass(frozen=True)
class Document:
    """One file, read once: its name, its bytes, and what they turn out to be."""

    name: str
    content: bytes
    _decoded: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict, repr=False)
    _spoken: dict[str, Spoken] = field(default_factory=dict, repr=False)
    _split: dict[tuple[str, str, str], list[list[str]]] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, path: Path) -> Document:
        """Read the file at ``path``.

        Raises:
            IngestError: when it cannot be read or is larger than :data:`LARGEST`.
        """
        try:
            size = path.stat().st_size
            if size > LARGEST:
                raise IngestError(path.name, None, f"{size:,} bytes", f"at most {LARGEST:,}", "Split the export.")
            return cls(path.name, path.read_bytes())
        except OSError as error:
            raise IngestError(path.name, None, error.strerror or str(error), "a file that can be read") from error

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the content, in hex: what tells this file from every other."""
        return sha256(self.content).hexdigest()

    @cached_property
    def container(self) -> Container:
        """What the content is, whatever the file is called."""
        if self.content.startswith(b"PK\x03\x04"):
            # A workbook is a zip as well; its first member says so.
            return (
                Container.SHEET if b"xl/" in self.content or b"[Content_Types]" in self.content else Container.ARCHIVE
            )
        if self.content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
            return Container.SHEET
        if self.content.startswith(b"\x1f\x8b"):
            return Container.ARCHIVE
        return Container.OTHER if b"\x00" in self.content[:4096] else Container.TEXT

    @cached_property
    def members(self) -> list[Document]:
        """The files in an archive, unpacked in memory; any other file is its own only member.

        Raises:
            IngestError: for an archive that is damaged, locked or swells beyond :data:`LARGEST`.
        """
        if self.container is not Container.ARCHIVE:
            return [self]
        try:
            return self._gunzipped() if self.content.startswith(b"\x1f\x8b") else self._unzipped()
        except (
            zipfile.BadZipFile,
            OSError,
            EOFError,
            zlib.error,
            NotImplementedError,
            ValueError,
            RuntimeError,
        ) as error:
            if isinstance(error, IngestError):
                raise
            raise IngestError(
                self.name, None, f"an archive that does not open ({error})", "a zip or gz", _WHOLE
            ) from error

    def _gunzipped(self) -> list[Document]:
        with gzip.GzipFile(fileobj=io.BytesIO(self.content)) as archive:
            content = archive.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise self._bomb("more than that")
        return [Document(self.name.removesuffix(".gz"), content)]

    def _unzipped(self) -> list[Document]:
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            inside = [one for one in archive.infolist() if not one.is_dir()]
            if sum(one.file_size for one in inside) > LARGEST or len(inside) > _MEMBERS:
                raise self._bomb(f"{len(inside)} members, {sum(one.file_size for one in inside):,} bytes")
            return [Document(_member_name(one), archive.read(one)) for one in inside]

    def _bomb(self, found: str) -> IngestError:
        return IngestError(self.name, None, f"{found} once unpacked", f"at most {_MEMBERS} members, {LARGEST:,} bytes")

    def text(self, encodings: tuple[str, ...]) -> str:
        """Return the content in the first of ``encodings`` that fits all of it.

        Raises:
            IngestError: when none fits.
        """
        if encodings not in self._decoded:
            self._decoded[encodings] = self._decode(encodings)
        return self._decoded[encodings][0]

    def _decode(self, encodings: tuple[str, ...]) -> tuple[str, str]:
        for encoding in encodings:
            try:
                return self.content.decode(encoding), encoding
            except UnicodeDecodeError:
                continue
        raise IngestError(
            self.name, None, "bytes in no encoding it could have", f"text in {' or '.join(encodings)}", _WHOLE
        )

    def delimited(
        self, encodings: tuple[str, ...], delimiter: str, quote: str, *, strict: bool = True
    ) -> list[list[str]]:
        """Return the rows of delimited text; ``quote`` is empty where the provider does not quote.

        Without ``strict`` something may stand between a closing quote and the next delimiter (HSBC puts a TAB there).

        A blank line is an empty row, so that row numbers are those a person counts.

        Raises:
            IngestError: for a quote that never closes (a file cut short) and other broken quoting.
        """
        key = (delimiter, quote, f"{strict}{encodings}")
        if key not in self._split:
            self._split[key] = self._rows(self.text(encodings), delimiter, quote, strict=strict)
        return self._split[key]

    def _rows(self, text: str, delimiter: str, quote: str, *, strict: bool) -> list[list[str]]:
        if delimiter in BLANKS:
            return [BLANKS[delimiter].split(line.strip()) for line in text.splitlines()]
        if not quote or quote not in text:
            lines = text.replace("\r\n", "\n")
            if "\r" not in lines:
                # Without quotes a row is its line: to split it is several times faster than to parse it.
                return [line.split(delimiter) if line else [] for line in lines.removesuffix("\n").split("\n")]
        quoting: dict[str, Any] = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, strict=strict and bool(quote), **quoting
        )
        try:
            return list(reader)
        except csv.Error as error:
            raise IngestError(
                self.name, reader.line_num, str(error), "complete rows with closed quotes", _WHOLE
            ) from error

    def spoken(self, reader: str) -> Spoken:
        """Return what the code for a standard format makes of the content."""
        if reader not in self._spoken:
            self._spoken[reader] = READERS[reader].read(self.name, self.content)
        return self._spoken[reader]

    @property
    def sheets(self) -> list[list[list[str]]]:
        """The rows of every worksheet, first sheet first."""
        return [*self.worksheets.values()]

    @cached_property
    def worksheets(self) -> dict[str, list[list[str]]]:
        """The rows of every worksheet by its name, first sheet first.

        Raises:
            IngestError: for a workbook that is damaged, locked or swells beyond :data:`LARGEST`.
        """
        # Imported here: only spreadsheets need it.
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

        self._refuse_swelling()
        try:
            with CalamineWorkbook.from_filelike(io.BytesIO(self.content)) as book:
                return {
                    name: [
                        [*map(_shown, row)] for row in book.get_sheet_by_index(index).to_python(skip_empty_area=False)
                    ]
                    for index, name in enumerate(book.sheet_names)
                }
        except CalamineError as error:
            raise IngestError(
                self.name, None, f"a workbook that does not open ({error})", "an .xls or .xlsx", _WHOLE
            ) from error

    def _refuse_swelling(self) -> None:
        if not self.content.startswith(b"PK"):
            return
        try:
            with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
                size = sum(one.file_size for one in archive.infolist())
        except zipfile.BadZipFile as error:
            raise IngestError(self.name, None, "a damaged workbook", "an .xlsx that opens", _WHOLE) from error
        if size > LARGEST:
            raise IngestError(self.name, None, f"{size:,} bytes once unpacked", f"at most {LARGEST:,}")

    def fixed(self, widths: Sequence[int], encoding: str, gap: int = 1) -> list[tuple[str, ...]]:
        """Return the rows of a fixed-width file: fields of ``widths`` bytes with ``gap`` blanks between two of them.

        Raises:
            IngestError: for a line of another length (a file cut short) or without its blanks (another layout).
        """
        length = sum(widths) + gap * (len(widths) - 1)
        unpack = struct.Struct((gap * "x").join(f"{width}s" for width in widths)).unpack
        gaps = _gaps(widths, gap)
        rows: list[tuple[str, ...]] = []
        for number, line in enumerate(self.lines, start=1):
            if len(line) != length:
                raise IngestError(self.name, number, f"a line of {len(line)} bytes", f"{length} bytes", _WHOLE)
            if bytes(map(line.__getitem__, gaps)).strip(b" "):
                raise IngestError(self.name, number, "fields that run into each other", "a blank between two fields")
            try:
                rows.append(tuple([cell.decode(encoding) for cell in unpack(line)]))
            except UnicodeDecodeError as error:
                raise IngestError(self.name, number, "a field cut inside a character", f"{encoding} text") from error
        return rows

    @cached_property
    def lines(self) -> list[bytes]:
        """The lines as bytes, without their ends and without the empty ones at the end of the file."""
        lines = self.content.replace(b"\r\n", b"\n").split(b"\n")
        while lines and not lines[-1].strip():
            lines.pop()
        return lines


_WHOLE = "Download the file again: it may have been cut short or damaged."


def _gaps(widths: Sequence[int], gap: int) -> list[int]:
    """Return where the blanks between the fields are."""
    places: list[int] = []
    place = 0
    for width in widths[:-1]:
        place += width
        places += range(place, place + gap)
        place += gap
    return places


def _member_name(member: zipfile.ZipInfo) -> str:
    """Return a member's bare name; what is not marked as UTF-8 is a Chinese Windows' GBK as often as not."""
    name = member.filename
    if not member.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = member.filename
    return name.replace("\\", "/").rsplit("/", 1)[-1]


def _shown(cell: Any) -> str:  # noqa: ANN401  # a spreadsheet cell
    """Return a cell as the text a person sees in it."""
    return cell if isinstance(cell, str) else _SHOWN[type(cell)](cell)


def _number(cell: float) -> str:
    return f"{Decimal(f'{cell:.{_SIGNIFICANT}g}'):f}"


def _moment(cell: datetime) -> str:
    return cell.date().isoformat() if cell.time() == _MIDNIGHT else cell.isoformat(sep=" ", timespec="seconds")


def _length(cell: timedelta) -> str:
    minutes, seconds = divmod(int(cell.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


_SHOWN: dict[type, Callable[[Any], str]] = {
    float: _number,
    int: str,
    bool: lambda cell: str(cell).upper(),
    datetime: _moment,
    date: date.isoformat,
    time: lambda cell: cell.isoformat(timespec="seconds"),
    timedelta: _length,
}
