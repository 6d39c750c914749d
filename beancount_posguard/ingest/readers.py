"""Bytes -> records: one list of cell texts per row, whatever the container.

The content decides what a file is, never its extension: an ``.xls`` may be tab-separated text. Every reader gives
texts only.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from functools import cached_property
from hashlib import file_digest, sha256
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from beancount_posguard.ingest import fixed_width, limits, packed
from beancount_posguard.ingest.cells import BLANKS
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.packed import BROKEN, WHOLE
from beancount_posguard.ingest.spoken import Spoken
from beancount_posguard.ingest.standards import READERS
from beancount_posguard.ingest.workbooks import shown, worksheets
from beancount_posguard.words import _

Record = Sequence[str]

#: What browsers add to the name of a file that is fetched again.
_COPY = re.compile(r"\s*\(\d+\)(?=\.\w+$)", re.ASCII)


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
            IngestError: when it cannot be read or is larger than :data:`~beancount_posguard.ingest.limits.LARGEST`.
        """
        try:
            size = path.stat().st_size
            if size > limits.LARGEST:
                raise IngestError(
                    path.name,
                    None,
                    _("{size:,} bytes").format(size=size),
                    _("at most {largest:,}").format(largest=limits.LARGEST),
                    _("Split the export."),
                )
            return cls(path.name, path.read_bytes() if size <= limits.AT_ONCE else lambda: path.open("rb"), path)
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
            return self._source[: limits.BEGINNING]
        with self.open() as stream:
            return stream.read(limits.BEGINNING)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the content, in hex: what tells this file from every other."""
        with self.open() as stream:
            return file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # a binary stream

    @property
    def bare_digest(self) -> str:
        """What does so if it is without rows: such a file may say in its name alone whose it is, and of which day."""
        name = _COPY.sub("", self.name)
        return sha256(f"{name}\n{self.digest}".encode()).hexdigest()

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
        except BROKEN:
            return b"[Content_Types]" in self.start or b"xl/" in self.start

    @cached_property
    def members(self) -> list[Document]:
        """The files in an archive, never unpacked to disk; any other file is its own only member.

        Raises:
            IngestError: for an archive that is damaged, locked or swells beyond the :mod:`limits`.
        """
        if self.container is not Container.ARCHIVE:
            return [self]
        inside = packed.members(self.name, self.open, self.start)
        return [Document(name, source) for name, source in inside]

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
                raise IngestError(self.name, None, _("bytes in no encoding it could have"), wanted, WHOLE)
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
            while rows := [*islice(reader, limits.CHUNK)]:
                yield rows  # type: ignore[misc]  # a list of texts is a record
        except csv.Error as error:
            raise IngestError(
                self.name, reader.line_num, str(error), _("complete rows with closed quotes"), WHOLE
            ) from error

    def spoken(self, reader: str) -> Spoken:
        """Return what the code for a standard format makes of the content."""
        if reader not in self._spoken:
            self._spoken[reader] = READERS[reader].read(self.name, self.content)
        return self._spoken[reader]

    # Workbooks

    @cached_property
    def _worksheets(self) -> dict[str, Any]:
        return worksheets(self.name, self.open, self.start)

    @property
    def sheets(self) -> list[str]:
        """The names of the worksheets.

        Raises:
            IngestError: for a workbook that is damaged, locked or swells beyond the :mod:`limits`.
        """
        return [*self._worksheets]

    def sheet(self, name: str, rows: int | None = None) -> Iterator[list[Record]]:
        """Yield the rows of one worksheet, the first ``rows`` of them, some thousands at a time."""
        inside = islice(self._worksheets[name].iter_rows(), rows)
        while chunk := [[*map(shown, row)] for row in islice(inside, limits.CHUNK)]:
            yield chunk  # type: ignore[misc]  # a list of texts is a record

    # Fixed width

    def fixed(self, widths: Sequence[int], encoding: str, gap: int = 1) -> Iterator[list[Record]]:
        """Yield the rows of a fixed-width file: fields of ``widths`` bytes with ``gap`` blanks between two of them.

        Raises:
            IngestError: for a line of another length (a file cut short) or without its blanks (another layout).
        """
        return fixed_width.fixed(self.name, self.open, widths, encoding, gap)


def _state(path: Path | None) -> tuple[int, int] | None:
    """Return what tells a changed file from an unchanged one."""
    if path is None:
        return None
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _pieces(stream: IO[bytes], encoding: str) -> Iterator[str]:
    """Yield the text of ``stream`` piece by piece."""
    decoder = codecs.getincrementaldecoder(encoding)()
    while piece := stream.read(limits.PIECE):
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
