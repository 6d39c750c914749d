"""Lines of fixed width: fields of so many bytes, with blanks between them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from beancount_posguard.ingest import limits
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.packed import WHOLE, Opened
from beancount_posguard.words import _

Record = Sequence[str]


def fixed(name: str, opened: Opened, widths: Sequence[int], encoding: str, gap: int) -> Iterator[list[Record]]:
    """Yield the rows of a fixed-width file: fields of ``widths`` bytes with ``gap`` blanks between two of them.

    Raises:
        IngestError: for a line of another length (a file cut short) or without its blanks (another layout).
    """
    length = sum(widths) + gap * (len(widths) - 1)
    unpack = struct.Struct((gap * "x").join(f"{width}s" for width in widths)).unpack
    gaps = _gaps(widths, gap)
    rows: list[Record] = []
    for number, line in _lines(opened):
        if len(line) != length:
            raise IngestError(
                name,
                number,
                _("a line of {n} bytes").format(n=len(line)),
                _("{length} bytes").format(length=length),
                WHOLE,
            )
        if bytes(map(line.__getitem__, gaps)).strip(b" "):
            raise IngestError(name, number, _("fields that run into each other"), _("a blank between two fields"))
        try:
            rows.append(tuple([cell.decode(encoding) for cell in unpack(line)]))
        except UnicodeDecodeError as error:
            raise IngestError(
                name,
                number,
                _("a field cut inside a character"),
                _("{encoding} text").format(encoding=encoding),
            ) from error
        if len(rows) == limits.CHUNK:
            yield rows
            rows = []
    if rows:
        yield rows


def _lines(opened: Opened) -> Iterator[tuple[int, bytes]]:
    """Yield the numbered lines as bytes, without their ends and without the empty ones at the end of the file."""
    blank: list[tuple[int, bytes]] = []
    with opened() as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield from blank
                blank = []
                yield number, line.removesuffix(b"\n").removesuffix(b"\r")
            else:
                blank.append((number, line.removesuffix(b"\n").removesuffix(b"\r")))


def _gaps(widths: Sequence[int], gap: int) -> list[int]:
    """Return where the blanks between the fields are."""
    places: list[int] = []
    place = 0
    for width in widths[:-1]:
        place += width
        places += range(place, place + gap)
        place += gap
    return places
