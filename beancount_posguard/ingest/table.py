"""A file cut into what stands above its rows, its rows, and what stands below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from beancount_posguard.ingest.cells import PADDING, fold
from beancount_posguard.ingest.columns import Chunk, Grid, filled, places_of
from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.locate import Spot, joined_header, record_type
from beancount_posguard.ingest.profile import Profile, RecordType
from beancount_posguard.ingest.readers import Document, Record
from beancount_posguard.ingest.sorter import Sorter
from beancount_posguard.words import _

T = TypeVar("T")


Numbered = tuple[Sequence[int], Sequence[Record]]


class Table:
    """A file cut into what stands above its rows, its rows, and what stands below them, as far as it has been read.

    ``head`` and ``foot`` grow while :meth:`chunks` is read; ``foot`` holds (row number, cells by role, joined text) per
    row, ``dropped`` counts rows the profile leaves out, ``strangers`` are names in the header that the profile has
    never heard of, ``passed`` and ``failed`` the promises that code for a standard format has looked at.
    """

    def __init__(self, profile: Profile, document: Document, spot: Spot) -> None:
        self.file = document.name
        self.head: list[Record] = []
        self.strangers: tuple[str, ...] = ()
        self.passed: Sequence[str] = ()
        self.failed: Sequence[str] = ()
        self._dropped = 0
        self._profile = profile
        self._document = document
        self._spot = spot
        self._header: Record = ()
        self._rows: Sorter | None = None
        self._typed_foot: list[tuple[int, Record]] = []

    @property
    def foot(self) -> Sequence[tuple[int, Mapping[str, str], str]]:
        """The rows met so far that state something about the file."""
        return [*self._rows.foot, *map(self._rows.stated, self._typed_foot)] if self._rows else ()

    @property
    def dropped(self) -> int:
        """How many rows the profile left out so far."""
        return self._dropped + (self._rows.dropped if self._rows else 0)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows, every column under its role. There is at least one chunk, though it may be empty.

        Raises:
            IngestError: for a missing column, a row with too few or too many cells, rows below the totals.
        """
        spoken = self._document.spoken(self._profile.layout.reader) if self._profile.layout.reader else None
        if spoken:
            self.passed, self.failed = spoken.passed, spoken.failed
        parts = self._parts(_counted(self._spot.records()))
        first = next(parts, ((), ()))
        header = self._header
        places = places_of(self._profile, self._document, header)
        columns = Grid(self._profile, header, places)
        self._rows = rows = Sorter(self._profile, self.file, header, places)
        ignored = self._profile.known_names if self._spot.header >= 0 else set(map(fold, header))
        self.strangers = tuple(
            cell.strip(PADDING)
            for index, cell in enumerate(header)
            if index not in columns.taken and fold(cell) and fold(cell) not in ignored
        )
        for numbers, records in chain([first], parts):
            rows.take_all(numbers, records)
            chunk = columns.chunk(self.file, rows)
            cells, dropped = filled(self._profile, chunk.cells)
            self._dropped += dropped
            yield Chunk(cells, chunk.unread)

    def _parts(self, records: Iterator[Numbered]) -> Iterator[Numbered]:
        """Yield the rows, having put the header and what stands around them aside."""
        layout, at = self._profile.layout, self._spot.header
        if layout.end:
            records = _ended(self.file, records, layout.end)
        if layout.records:
            yield from self._by_type(records)
            return
        if at < 0:
            self._header = layout.names or [name for name, _ in layout.fixed]
            yield from records
            return
        begin = at + layout.header_lines
        first = _at_least(begin, records)
        self._header = joined_header(first, at, layout.header_lines)
        self.head += first[:at]
        body = range(begin + 1, len(first) + 1), first[begin:]
        # A header that fills a piece of its own makes no chunk.
        yield from chain([body] if body[1] else [], records)

    def _by_type(self, records: Iterator[Numbered]) -> Iterator[Numbered]:
        """Sort records by the type that one of their cells names, and bring rows into one order of columns."""
        layout, at = self._profile.layout, self._spot.header
        union = [*dict.fromkeys(name for record in layout.records if record.part == "row" for name in record.names)]
        if at >= 0:
            first = _at_least(at + 1, records)
            self._header = first[at]
            records = chain([(range(1, len(first) + 1), first)], records)
        else:
            self._header = union
        header = [*map(fold, self._header)]
        for numbers, chunk in records:
            kept: list[int] = []
            body: list[Record] = []
            for number, record in zip(numbers, chunk, strict=True):
                if not any(map(str.strip, record)):
                    continue
                kind = self._type_of(number, record)
                if kind.part == "row":
                    kept.append(number)
                    body.append(_in_order(kind, record, union, self.file, number) if at < 0 else record)
                elif kind.part == "foot":
                    self._typed_foot.append((number, record))
                elif kind.part == "head":
                    self.head.append(record)
                elif kind.part == "header" and [*map(fold, record)] != header:
                    found = _("a second header with other columns")
                    raise IngestError(self.file, number, found, _("one set of columns per file"))
                else:
                    self._dropped += kind.part == "drop"
            yield kept, body

    def _type_of(self, number: int, record: Record) -> RecordType:
        kind = record_type(self._profile, record)
        if kind is None:
            shown = ", ".join(one.pattern.pattern for one in self._profile.layout.records)
            raise IngestError(
                self.file,
                number,
                _("a record {record}").format(record=quote(record[0])),
                _("one of the types {types}").format(types=shown),
                _("If it is right, add it to [[records]] of {origin}.").format(origin=self._profile.origin),
            )  # fmt: skip
        return kind


def _counted(records: Iterator[Sequence[Record]]) -> Iterator[Numbered]:
    """Give the records the numbers a person counts."""
    done = 0
    for chunk in records:
        yield range(done + 1, done + len(chunk) + 1), chunk
        done += len(chunk)


def _at_least(count: int, records: Iterator[Numbered]) -> list[Record]:
    """Return the first chunks of ``records``, at least so many records if there are."""
    first: list[Record] = []
    for _number, chunk in records:
        first += chunk
        if len(first) > count:
            break
    return first


def _ended(file: str, records: Iterator[Numbered], end: str) -> Iterator[Numbered]:
    """Yield the records before the end marker, which must be the last thing in the file."""
    held: list[tuple[int, Record]] = []
    for numbers, chunk in records:
        held += zip(numbers, chunk, strict=True)
        last = next((place for place in range(len(held) - 1, -1, -1) if any(map(str.strip, held[place][1]))), 0)
        if last:
            yield [number for number, _ in held[:last]], [record for _, record in held[:last]]
            held = held[last:]
    number, record = held[0] if held else (1, ("nothing",))
    if not held or not any(record) or record[0].strip(PADDING) != end:
        found = quote(record[0]) if any(record) and held else "nothing"
        raise IngestError(
            file,
            number,
            _("{found} as the last line").format(found=found),
            end,
            _("The file was cut short: download it again."),
        )


def _in_order(kind: RecordType, record: Record, union: Sequence[str], file: str, number: int) -> Record:
    if len(record) < len(kind.names):
        raise IngestError(
            file,
            number,
            _("{n} cells").format(n=len(record)),
            _("{n} in a record of this type").format(n=len(kind.names)),
        )
    cells = dict(zip(kind.names, record, strict=False))
    return [cells.get(name, "") for name in union]
