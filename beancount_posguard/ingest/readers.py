"""Bytes -> records: one list of cell texts per row, whatever the container.

The content decides what a file is, never its extension: an ``.xls`` may be tab-separated text. Every reader gives
texts only. Where a spreadsheet holds typed cells, numbers come out in the plain digits a person sees there, dates and
times in ISO form.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property
from hashlib import file_digest
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from beancount_posguard.ingest.cells import BLANKS
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.spoken import Spoken
from beancount_posguard.ingest.standards import READERS
from beancount_posguard.words import N_, _

Record = Sequence[str]

#: Far above a year of the busiest shop's slips, far below what would stop a small machine.
LARGEST = 512 * 1024 * 1024

#: What is no larger is read at once, and once; what is, piece by piece.
AT_ONCE = 8 * 1024 * 1024

#: Bytes in a piece, and rows in a chunk where rows are counted: a few thousand rows, small beside what Python needs.
PIECE = 256 * 1024
CHUNK = 2048

#: The bytes among which a header must be found: far more than any preamble takes.
BEGINNING = 256 * 1024

#: More members than any provider puts into one archive.
_MEMBERS = 1000

#: What a spreadsheet shows of a number, and all that its file format keeps.
_SIGNIFICANT = 15

_MIDNIGHT = time()

#: What the libraries say of an archive that is damaged, locked, or packed in a way they do not know.
_BROKEN = (
    zipfile.BadZipFile, OSError, EOFError, zlib.error, lzma.LZMAError, struct.error, ValueError, RuntimeError,
)  # fmt: skip


class Container(Enum):
    """What a file's first bytes say it is."""

    TEXT = "text"
    SHEET = "sheet"
    ARCHIVE = "archive"
    OTHER = "other"


class Document:
    """One file: its name, and its bytes as often as they are asked for.

    A file of ordinary size is read once; a larger one, and a large member of an archive, is read anew from where it
    lies by everything that looks at it, so that it never stands in memory as a whole.
    """

    def __init__(self, name: str, source: bytes | Callable[[], IO[bytes]], path: Path | None = None) -> None:
        self.name = name
        self._source = source
        self.path = path
        self._state = _state(path)
        self._encodings: dict[tuple[str, ...], str] = {}
        self._spoken: dict[str, Spoken] = {}

    @classmethod
    def load(cls, path: Path) -> Document:
        """Return the file at ``path``.

        Raises:
            IngestError: when it cannot be read or is larger than :data:`LARGEST`.
        """
        try:
            size = path.stat().st_size
            if size > LARGEST:
                raise IngestError(
                    path.name,
                    None,
                    _("{size:,} bytes").format(size=size),
                    _("at most {largest:,}").format(largest=LARGEST),
                    _("Split the export."),
                )
            return cls(path.name, path.read_bytes() if size <= AT_ONCE else lambda: path.open("rb"), path)
        except OSError as error:
            raise IngestError(path.name, None, error.strerror or str(error), _("a file that can be read")) from error

    def require_unchanged(self) -> None:
        """Refuse a file that was written to while it was read piece by piece.

        Raises:
            IngestError: when it is not what it was.
        """
        if _state(self.path) != self._state:
            raise IngestError(self.name, None, _("a file that changes while it is read"), _("one that is complete"),
                              _("Wait until the download is done and try again."))  # fmt: skip

    def open(self) -> IO[bytes]:
        """Return the content as a stream from its beginning."""
        return io.BytesIO(self._source) if isinstance(self._source, bytes) else self._source()

    @cached_property
    def content(self) -> bytes:
        """The content as a whole: what is no table cannot be read in pieces."""
        if isinstance(self._source, bytes):
            return self._source
        with self.open() as stream:
            return stream.read()

    @cached_property
    def start(self) -> bytes:
        """The first bytes: enough to tell what the file is."""
        if isinstance(self._source, bytes):
            return self._source[:BEGINNING]
        with self.open() as stream:
            return stream.read(BEGINNING)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the content, in hex: what tells this file from every other."""
        with self.open() as stream:
            return file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # a binary stream

    @cached_property
    def container(self) -> Container:
        """What the content is, whatever the file is called."""
        if self.start.startswith(b"PK\x03\x04"):
            return Container.SHEET if self._is_workbook() else Container.ARCHIVE
        if self.start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
            return Container.SHEET
        if self.start.startswith(b"\x1f\x8b"):
            return Container.ARCHIVE
        return Container.OTHER if b"\x00" in self.start[:4096] else Container.TEXT

    def _is_workbook(self) -> bool:
        """Tell a workbook from other zips by the members that every workbook has."""
        try:
            with self.open() as stream, zipfile.ZipFile(stream) as archive:
                return any(name == "[Content_Types].xml" or name.startswith("xl/") for name in archive.namelist())
        except _BROKEN:
            return b"[Content_Types]" in self.start or b"xl/" in self.start

    @cached_property
    def members(self) -> list[Document]:
        """The files in an archive, never unpacked to disk; any other file is its own only member.

        Raises:
            IngestError: for an archive that is damaged, locked or swells beyond :data:`LARGEST`.
        """
        if self.container is not Container.ARCHIVE:
            return [self]
        try:
            return self._gunzipped() if self.start.startswith(b"\x1f\x8b") else self._unzipped()
        except IngestError:
            raise
        except _BROKEN as error:
            raise IngestError(
                self.name,
                None,
                _("an archive that does not open ({error})").format(error=error),
                _("a zip or gz"),
                _WHOLE,
            ) from error

    def _gunzipped(self) -> list[Document]:
        def unpacked() -> IO[bytes]:
            outer = self.open()
            return io.BufferedReader(_Inside(gzip.GzipFile(fileobj=outer), outer))  # type: ignore[arg-type]  # a stream

        return [self._member(self.name.removesuffix(".gz"), unpacked, LARGEST)]

    def _unzipped(self) -> list[Document]:
        with self.open() as stream, zipfile.ZipFile(stream) as archive:
            inside = [one for one in archive.infolist() if not one.filename.endswith("/")]
        if sum(one.file_size for one in inside) > LARGEST or len(inside) > _MEMBERS:
            raise self._bomb(
                _("{n} members, {size:,} bytes").format(n=len(inside), size=sum(one.file_size for one in inside))
            )

        def opener(member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
            def unpacked() -> IO[bytes]:
                outer = self.open()
                return io.BufferedReader(_Inside(zipfile.ZipFile(outer).open(member), outer))

            return unpacked

        return [self._member(_member_name(one), opener(one), one.file_size) for one in inside]

    def _member(self, name: str, unpacked: Callable[[], IO[bytes]], largest: int) -> Document:
        """Return one member, looked through once: what is damaged or swells is known before anything is read of it."""
        with unpacked() as stream:
            content = stream.read(min(AT_ONCE, largest) + 1)
            if len(content) <= min(AT_ONCE, largest):
                return Document(name, content)
            size = len(content)
            while size <= largest and (piece := stream.read(PIECE)):
                size += len(piece)
        if size > largest:
            raise self._bomb(_("more than that"))
        return Document(name, unpacked)

    def _bomb(self, found: str) -> IngestError:
        return IngestError(
            self.name,
            None,
            _("{found} once unpacked").format(found=found),
            _("at most {members} members, {largest:,} bytes").format(members=_MEMBERS, largest=LARGEST),
        )

    # Text

    def encoding(self, encodings: tuple[str, ...]) -> str:
        """Return the first of ``encodings`` that fits all of the content.

        Raises:
            IngestError: when none fits.
        """
        if encodings not in self._encodings:
            fitting = next((one for one in encodings if self._fits(one)), None)
            if fitting is None:
                wanted = _("text in {encodings}").format(encodings=" or ".join(encodings))
                raise IngestError(self.name, None, _("bytes in no encoding it could have"), wanted, _WHOLE)
            self._encodings[encodings] = fitting
        return self._encodings[encodings]

    def _fits(self, encoding: str) -> bool:
        try:
            with self.open() as stream:
                for _ in _pieces(stream, encoding):
                    pass
        except UnicodeDecodeError:
            return False
        return True

    def text(self, encodings: tuple[str, ...]) -> str:
        """Return all of the content in the first of ``encodings`` that fits; an IngestError where none does."""
        encoding = self.encoding(encodings)
        with self.open() as stream:
            return "".join(_pieces(stream, encoding))

    def beginning(self, encodings: tuple[str, ...]) -> str:
        """Return the beginning of the text; an IngestError where no encoding fits all of it."""
        return codecs.getincrementaldecoder(self.encoding(encodings))().decode(self.start)

    def delimited(
        self, encodings: tuple[str, ...], delimiter: str, quote: str, *, strict: bool = True
    ) -> Iterator[list[Record]]:
        """Yield the rows of delimited text, some thousands at a time; ``quote`` is empty where nothing is quoted.

        Without ``strict`` something may stand between a closing quote and the next delimiter (HSBC puts a TAB there).

        A blank line is an empty row, so that row numbers are those a person counts.

        Raises:
            IngestError: for a quote that never closes (a file cut short) and other broken quoting.
        """
        encoding = self.encoding(encodings)
        with self.open() as stream:
            blocks = _blocks(_pieces(stream, encoding))
            if delimiter in BLANKS:
                split = BLANKS[delimiter].split
                for block in blocks:
                    yield [split(line.strip()) for line in block.splitlines()]
                return
            for block in blocks:
                lines = block.replace("\r\n", "\n")
                if (quote and quote in block) or "\r" in lines:
                    # From here on rows may go over several lines.
                    yield from self._parsed(chain([block], blocks), delimiter, quote, strict=strict)
                    return
                # Without quotes a row is its line: to split it is several times faster than to parse it.
                yield [line.split(delimiter) if line else [] for line in lines.removesuffix("\n").split("\n")]

    def _parsed(self, blocks: Iterable[str], delimiter: str, quote: str, *, strict: bool) -> Iterator[list[Record]]:
        quoting: dict[str, Any] = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
        lines = chain.from_iterable(io.StringIO(block, newline="") for block in blocks)
        reader = csv.reader(lines, delimiter=delimiter, strict=strict and bool(quote), **quoting)
        try:
            while rows := [*islice(reader, CHUNK)]:
                yield rows  # type: ignore[misc]  # a list of texts is a record
        except csv.Error as error:
            raise IngestError(
                self.name, reader.line_num, str(error), _("complete rows with closed quotes"), _WHOLE
            ) from error

    def spoken(self, reader: str) -> Spoken:
        """Return what the code for a standard format makes of the content."""
        if reader not in self._spoken:
            self._spoken[reader] = READERS[reader].read(self.name, self.content)
        return self._spoken[reader]

    # Workbooks

    @cached_property
    def _worksheets(self) -> dict[str, Any]:
        """The worksheets by name, first sheet first, packed as the library keeps them."""
        # Imported here: only spreadsheets need it.
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

        self._refuse_swelling()
        try:
            with self.open() as stream, CalamineWorkbook.from_filelike(stream) as book:
                return {name: book.get_sheet_by_index(index) for index, name in enumerate(book.sheet_names)}
        except CalamineError as error:
            raise IngestError(
                self.name,
                None,
                _("a workbook that does not open ({error})").format(error=error),
                _("an .xls or .xlsx"),
                _WHOLE,
            ) from error

    @property
    def sheets(self) -> list[str]:
        """The names of the worksheets.

        Raises:
            IngestError: for a workbook that is damaged, locked or swells beyond :data:`LARGEST`.
        """
        return [*self._worksheets]

    def sheet(self, name: str, rows: int | None = None) -> Iterator[list[Record]]:
        """Yield the rows of one worksheet, the first ``rows`` of them, some thousands at a time."""
        inside = islice(self._worksheets[name].iter_rows(), rows)
        while chunk := [[*map(_shown, row)] for row in islice(inside, CHUNK)]:
            yield chunk  # type: ignore[misc]  # a list of texts is a record

    def _refuse_swelling(self) -> None:
        if not self.start.startswith(b"PK"):
            return
        try:
            with self.open() as stream, zipfile.ZipFile(stream) as archive:
                size = sum(one.file_size for one in archive.infolist())
        except _BROKEN as error:
            raise IngestError(self.name, None, _("a damaged workbook"), _("an .xlsx that opens"), _WHOLE) from error
        if size > LARGEST:
            raise IngestError(
                self.name,
                None,
                _("{size:,} bytes once unpacked").format(size=size),
                _("at most {largest:,}").format(largest=LARGEST),
            )

    # Fixed width

    def fixed(self, widths: Sequence[int], encoding: str, gap: int = 1) -> Iterator[list[Record]]:
        """Yield the rows of a fixed-width file: fields of ``widths`` bytes with ``gap`` blanks between two of them.

        Raises:
            IngestError: for a line of another length (a file cut short) or without its blanks (another layout).
        """
        length = sum(widths) + gap * (len(widths) - 1)
        unpack = struct.Struct((gap * "x").join(f"{width}s" for width in widths)).unpack
        gaps = _gaps(widths, gap)
        rows: list[Record] = []
        for number, line in self._lines():
            if len(line) != length:
                raise IngestError(
                    self.name,
                    number,
                    _("a line of {n} bytes").format(n=len(line)),
                    _("{length} bytes").format(length=length),
                    _WHOLE,
                )
            if bytes(map(line.__getitem__, gaps)).strip(b" "):
                raise IngestError(
                    self.name, number, _("fields that run into each other"), _("a blank between two fields")
                )
            try:
                rows.append(tuple([cell.decode(encoding) for cell in unpack(line)]))
            except UnicodeDecodeError as error:
                raise IngestError(
                    self.name,
                    number,
                    _("a field cut inside a character"),
                    _("{encoding} text").format(encoding=encoding),
                ) from error
            if len(rows) == CHUNK:
                yield rows
                rows = []
        if rows:
            yield rows

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the numbered lines as bytes, without their ends and without the empty ones at the end of the file."""
        blank: list[tuple[int, bytes]] = []
        with self.open() as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield from blank
                    blank = []
                    yield number, line.removesuffix(b"\n").removesuffix(b"\r")
                else:
                    blank.append((number, line.removesuffix(b"\n").removesuffix(b"\r")))


def _state(path: Path | None) -> tuple[int, int] | None:
    """Return what tells a changed file from an unchanged one."""
    if path is None:
        return None
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _pieces(stream: IO[bytes], encoding: str) -> Iterator[str]:
    """Yield the text of ``stream`` piece by piece."""
    decoder = codecs.getincrementaldecoder(encoding)()
    while piece := stream.read(PIECE):
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _blocks(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the text cut where lines end, the last line with the block before it."""
    ready = ""
    kept: list[str] = []
    for piece in pieces:
        # What ends in a carriage return may go on with a line feed.
        end = max(piece.rfind("\n"), piece.rfind("\r", 0, -1)) + 1
        if not end:
            kept.append(piece)
            continue
        if ready:
            yield ready
        ready, kept = "".join([*kept, piece[:end]]), [piece[end:]]
    if last := "".join([ready, *kept]):
        yield last


class _Inside(io.RawIOBase):
    """What is read out of an archive; closing it closes the archive as well."""

    def __init__(self, inner: IO[bytes], outer: IO[bytes]) -> None:
        super().__init__()
        self._inner, self._outer = inner, outer

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # any writable buffer
        """Fill ``buffer`` and return how far."""
        piece = self._inner.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Close the member and the archive."""
        self._inner.close()
        self._outer.close()
        super().close()


_WHOLE = N_("Download the file again: it may have been cut short or damaged.")


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
