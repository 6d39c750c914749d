"""Where the rows of a file are, and which column serves as what.

A header is found by the names it must hold, not by its place: columns move, gain neighbours and change their
parentheses from year to year. A column serves one role, the first in the profile's order that knows its name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, compress, islice
from typing import NamedTuple, TypeVar

from beancount_posguard.ingest.cells import BLANKS, PADDING, fold
from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.profile import RAW, Column, Profile, RecordType
from beancount_posguard.ingest.readers import CHUNK, Container, Document, Record
from beancount_posguard.ingest.standards import READERS
from beancount_posguard.words import _

T = TypeVar("T")

#: A note below the totals (who printed it, when) fills no more cells than this.
_NOTE = 2


class Spot(NamedTuple):
    """Where a profile found its header: the records in chunks, and the header's index in them (-1: no header)."""

    records: Callable[[], Iterator[Sequence[Record]]]
    header: int


@dataclass(frozen=True)
class Cells:
    """The slips' cells by role, trimmed, and the number of the row each comes from.

    ``titles`` says what the file calls the column of a role, for messages; ``plain`` are the roles whose cells are
    letters and digits throughout.
    """

    file: str
    numbers: Sequence[int]
    columns: Mapping[str, Sequence[str]]
    titles: Mapping[str, str]
    plain: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.numbers)

    def __contains__(self, role: str) -> bool:
        return role in self.columns

    def get(self, role: str) -> Sequence[str]:
        """Return the cells of ``role``, empty texts where the file has no such column."""
        return self.columns[role] if role in self.columns else [""] * len(self.numbers)

    def parsed(self, role: str, parse: Callable[[str], T], expected: str, hint: str = "") -> list[T]:
        """Return what ``parse`` makes of each cell of ``role``, parsing every distinct text once.

        Raises:
            IngestError: naming the first row whose cell ``parse`` refuses with a ValueError or KeyError.
        """
        cells = self.get(role)
        known: dict[str, T] = {}
        for text in dict.fromkeys(cells):
            try:
                known[text] = parse(text)
            except (ValueError, KeyError):
                raise self.error(cells.index(text), role, expected, hint) from None
        return [*map(known.__getitem__, cells)]

    def error(self, index: int, role: str, expected: str, hint: str = "") -> IngestError:
        """Return the refusal of the cell of ``role`` in the row at ``index``."""
        cell = self.get(role)[index]
        text = _("{cell} under {column}") if cell else _("an empty cell under {column}")
        found = text.format(cell=quote(cell), column=self.titles.get(role, role))
        return IngestError(self.file, self.numbers[index], found, expected, hint)

    def keep(self, wanted: Sequence[bool]) -> Cells:
        """Return the rows that are ``wanted``."""
        if all(wanted):
            return self
        columns = {role: [*compress(cells, wanted)] for role, cells in self.columns.items()}
        return Cells(self.file, [*compress(self.numbers, wanted)], columns, self.titles, self.plain)


class Chunk(NamedTuple):
    """Some of a file's rows, in order; ``unread`` are the cells of the columns that serve no role."""

    cells: Cells
    unread: Sequence[Sequence[str]]


def locate(profile: Profile, document: Document) -> Spot | None:
    """Return where ``profile`` finds its rows in ``document``, or None when the file is not of its kind."""
    layout = profile.layout
    if not profile.name_pattern.search(document.name):
        return None
    if layout.reader:
        return _locate_standard(profile, document)
    if layout.fixed:
        return _locate_fixed(profile, document)
    if document.container is Container.SHEET and layout.sheets and not layout.names:
        return _locate_sheet(profile, document)
    if document.container is Container.TEXT:
        return _locate_text(profile, document)
    return None


def _locate_standard(profile: Profile, document: Document) -> Spot | None:
    if document.container is not Container.TEXT or not READERS[profile.layout.reader].knows(document.start):
        return None

    def records() -> Iterator[Sequence[Record]]:
        spoken = document.spoken(profile.layout.reader)
        yield [spoken.header]
        for begin in range(0, len(spoken.rows), CHUNK):
            yield spoken.rows[begin : begin + CHUNK]

    return Spot(records, 0)


def _locate_fixed(profile: Profile, document: Document) -> Spot | None:
    layout = profile.layout
    widths = [width for _, width in layout.fixed]
    if document.container is not Container.TEXT or not _has_text(profile, document, ""):
        return None
    return Spot(lambda: document.fixed(widths, layout.encodings[-1], layout.gap), -1)


def _has_text(profile: Profile, document: Document, text: str) -> bool:
    """Tell whether the file's beginning holds what the profile's ``detect.text`` looks for."""
    if not profile.text_pattern.pattern:
        return True
    beginning = text or document.start.decode(profile.layout.encodings[-1], "replace")
    return profile.text_pattern.search(beginning) is not None


def _locate_sheet(profile: Profile, document: Document) -> Spot | None:
    layout = profile.layout
    wanted = layout.sheet
    found = [
        (name, header)
        for place, name in enumerate(document.sheets, start=1)
        if wanted in {"", name, str(place)}
        and (header := _header(profile, _top(document, name, layout.header_within))) is not None
    ]
    if not found:
        return None

    def records() -> Iterator[Sequence[Record]]:
        if len(found) > 1:
            raise IngestError(
                document.name,
                None,
                _("{n} worksheets of this kind").format(n=len(found)),
                _("one per file"),
                _("Save each worksheet as a file of its own."),
            )
        return document.sheet(found[0][0])

    return Spot(records, found[0][1])


def _top(document: Document, sheet: str, count: int) -> list[Record]:
    """Return the first rows of a worksheet."""
    return [*chain.from_iterable(document.sheet(sheet, count))]


def _locate_text(profile: Profile, document: Document) -> Spot | None:
    layout = profile.layout
    try:
        text = document.beginning(layout.encodings)
    except IngestError:
        return None
    if not _has_text(profile, document, text):
        return None
    for delimiter in layout.delimiters:
        # Only the beginning is split here: other profiles may know the rest better.
        beginning = _beginning(text, delimiter, layout.quote, layout.header_within)
        if layout.names or any(record.names for record in layout.records):
            header = -1 if _fits(profile, beginning) else None
        else:
            header = _header(profile, beginning)
        if header is not None:
            return Spot(
                partial(document.delimited, layout.encodings, delimiter, layout.quote, strict=layout.strict), header
            )
    return None


def _fits(profile: Profile, rows: Sequence[Record]) -> bool:
    """Tell whether rows without a header have the cells that the profile names."""
    layout = profile.layout
    if layout.records:
        types = [(row, record) for row in rows if (record := _record_type(profile, row)) and record.part == "row"]
        return any(len(row) >= len(record.names) for row, record in types)
    known = profile.name_pattern.pattern or profile.text_pattern.pattern
    least = 1 if layout.ragged else len(layout.names)
    full = [row for row in rows if len(row) >= len(layout.names)]
    return bool(known) and bool(full) and any(len(row) >= least for row in rows)


def _record_type(profile: Profile, row: Record) -> RecordType | None:
    for record in profile.layout.records:
        if record.at < len(row) and record.pattern.search(row[record.at].strip(PADDING)):
            return record
    return None


def _beginning(text: str, delimiter: str, quote: str, count: int) -> list[list[str]]:
    if delimiter in BLANKS:
        return [BLANKS[delimiter].split(line.strip()) for line in text.splitlines()[:count]]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    try:
        return list(islice(reader, count))
    except csv.Error:
        return []


def _header(profile: Profile, rows: Sequence[Record]) -> int | None:
    """Return the index of the first of ``rows`` that has a name for each role of the profile's signature."""
    wanted = [profile.columns[role].names for role in profile.signature]
    if not wanted:
        return None
    for index in range(len(rows)):
        names = {fold(cell) for cell in _joined(rows, index, profile.layout.header_lines)}
        if all(not names.isdisjoint(alternatives) for alternatives in wanted):
            return None if names & profile.without else index
    return None


def _joined(rows: Sequence[Record], index: int, count: int) -> Record:
    """Return the header at ``index``, the names of ``count`` lines put together."""
    if count == 1:
        return rows[index]
    lines = rows[index : index + count]
    width = max(map(len, lines))
    return ["".join(line[place] if place < len(line) else "" for line in lines) for place in range(width)]


def _has_header(profile: Profile) -> bool:
    layout = profile.layout
    return not (layout.fixed or layout.reader or layout.names or any(record.names for record in layout.records))


def missing(profile: Profile, document: Document) -> tuple[float, str]:
    """Return which part of the profile's signature the file has at best, and the names it lacks then."""
    if document.container is Container.SHEET:
        rows = [row for name in document.sheets for row in _top(document, name, profile.layout.header_within)]
    elif document.container is Container.TEXT and _has_header(profile):
        text = document.beginning(profile.layout.encodings)
        rows = [
            row
            for delimiter in profile.layout.delimiters
            for row in _beginning(text, delimiter, profile.layout.quote, profile.layout.header_within)
        ]
    else:
        rows = []
    best = (0.0, "")
    for row in rows if profile.signature else ():
        names = {fold(cell) for cell in row}
        lacking = [role for role in profile.signature if names.isdisjoint(profile.columns[role].names)]
        had = (len(profile.signature) - len(lacking)) / len(profile.signature)
        if had > best[0]:
            best = (had, ", ".join(profile.columns[role].names[0] for role in lacking))
    return best


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
        self._rows: _Rows | None = None
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
        places = _places(self._profile, self._document, header)
        columns = _Columns(self._profile, header, places)
        self._rows = rows = _Rows(self._profile, self.file, header, places)
        ignored = self._profile.known_names if self._spot.header >= 0 else set(map(fold, header))
        self.strangers = tuple(
            cell.strip(PADDING)
            for index, cell in enumerate(header)
            if index not in columns.taken and fold(cell) and fold(cell) not in ignored
        )
        for numbers, records in chain([first], parts):
            rows.take_all(numbers, records)
            chunk = columns.chunk(self.file, rows)
            cells, dropped = _filled(self._profile, chunk.cells)
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
        self._header = _joined(first, at, layout.header_lines)
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
        kind = _record_type(self._profile, record)
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


class _Columns:
    """Turns rows into columns, each under its role."""

    def __init__(self, profile: Profile, header: Record, places: Mapping[str, Sequence[int]]) -> None:
        self._profile = profile
        self._places = places
        self._width = len(header)
        by_name = {fold(cell): index for index, cell in reversed([*enumerate(header)])}
        self._asked = {name: by_name[name] for name in profile.by_name & by_name.keys()}
        self.taken = {*(index for found in places.values() for index in found), *self._asked.values()}
        self._titles = {role: " or ".join(header[index].strip(PADDING) for index in found)
                        for role, found in places.items()}  # fmt: skip
        self._titles |= {f"{RAW}{name}": header[index].strip(PADDING) for name, index in self._asked.items()}

    def chunk(self, file: str, rows: _Rows) -> Chunk:
        """Return the columns of the rows taken last."""
        profile = self._profile
        grid: Sequence[Sequence[str]] = [*zip(*rows.records, strict=True)] if rows.records else [()] * self._width
        columns: dict[str, Sequence[str]] = {}
        plain = set()
        for role, found in self._places.items():
            column = profile.columns[role]
            trimmed = [_trimmed(grid[index], (*profile.empty, *column.empty), profile.strip) for index in found]
            columns[role] = _column(column, [cells for cells, _ in trimmed], len(rows.records))
            if len(found) == 1 and trimmed[0][1] and not column.pick and not column.value:
                plain.add(role)
        _overflow(profile, columns)
        # A role that takes another's long values is only as plain as that one.
        plain -= {column.longer for role, column in profile.columns.items() if column.longer and role not in plain}
        for name, index in self._asked.items():
            columns[f"{RAW}{name}"], _ = _trimmed(grid[index], profile.empty, profile.strip)
        unread = [grid[index] for index in range(rows.needed) if index not in self.taken]
        return Chunk(Cells(file, rows.numbers, columns, self._titles, frozenset(plain)), unread)


def _filled(profile: Profile, cells: Cells) -> tuple[Cells, int]:
    """Leave out the rows that lack what ``rows.filled`` asks for."""
    wanted = [True] * len(cells)
    for role in profile.filled:
        wanted = [keep and bool(cell) for keep, cell in zip(wanted, cells.get(role), strict=True)]
    return cells.keep(wanted), len(wanted) - sum(wanted)


def _places(profile: Profile, document: Document, header: Record) -> dict[str, list[int]]:
    """Return the column indices of each role the file has, the preferred name first."""
    names: dict[str, int] = {}
    for index, cell in enumerate(header):
        names.setdefault(fold(cell), index)
    places: dict[str, list[int]] = {}
    for role, column in profile.columns.items():
        found = [name for name in column.names if name in names]
        if found:
            several = column.first or column.join
            places[role] = [names.pop(name) for name in (found if several else found[:1])]
        elif column.value:
            places[role] = []
    for role in (*profile.signature, *profile.required):
        if role not in places:
            raise IngestError(
                document.name,
                None,
                _("no column {names}").format(names=profile.columns[role].names[0]),
                _("one of the names {names}").format(names=", ".join(profile.columns[role].names)),
                _("If the provider renamed it, add the name to [columns] of {origin}.").format(origin=profile.origin),
            )
    return places


class _Rows:
    """Sorts records into slips, footers and lines to drop."""

    def __init__(self, profile: Profile, file: str, header: Record, places: Mapping[str, Sequence[int]]) -> None:
        self.records: Sequence[Record] = []
        self.numbers: Sequence[int] = []
        self.foot: list[tuple[int, Mapping[str, str], str]] = []
        self.dropped = 0
        self._file = file
        self._width = len(header)
        self.needed = max((index + 1 for index, cell in enumerate(header) if cell.strip()), default=0)
        self._places = places
        self._profile = profile
        self._merge = next((index for index, cell in enumerate(header) if fold(cell) == profile.layout.overflow), -1)
        self._stopped = False
        self._marks: dict[str, str] = {}

    def take_all(self, numbers: Sequence[int], records: Sequence[Record]) -> None:
        """Put all records where they belong; most files are rows from the first to the last."""
        self._marks.clear()
        ordinary = not (self._profile.layout.min_cells or self._stopped or self.foot)
        if ordinary and {*map(len, records)} <= {self._width}:
            firsts = dict.fromkeys(record[0] for record in records)
            if all(first and not first.isspace() and self._mark(first.strip(PADDING)) == "row" for first in firsts):
                self.numbers, self.records = numbers, records
                return
        self.numbers, self.records = [], []
        for number, record in zip(numbers, records, strict=True):
            self._take(number, record)

    def _take(self, number: int, record: Record) -> None:
        first = record[0] if record else ""
        if not first or first.isspace():
            first = next((cell for cell in record if cell and not cell.isspace()), "")
            if not first:
                return
        mark = self._marks.get(first)
        if mark is None:
            mark = self._marks[first] = self._mark(first.strip(PADDING))
        self._stopped = self._stopped or mark == "stop"
        if self._stopped:
            self.below(number, record)
        elif mark == "drop" or len(record) < self._profile.layout.min_cells:
            self.dropped += 1
        elif mark == "foot" or self.foot:
            self._below(number, record, mark)
        else:
            self.records.append(record if len(record) == self._width else self._fitted(number, record))  # type: ignore[attr-defined]
            self.numbers.append(number)  # type: ignore[attr-defined]

    def _mark(self, first: str) -> str:
        profile = self._profile
        if profile.stop.search(first):
            return "stop"
        if profile.drop.search(first):
            return "drop"
        if profile.footer.rows.search(first):
            return "foot"
        return "row" if profile.keep.search(first) else "drop"

    def _below(self, number: int, record: Record, mark: str) -> None:
        filled = [cell for cell in record if cell.strip(PADDING)]
        if mark != "foot" and len(filled) > _NOTE:
            raise IngestError(
                self._file,
                number,
                _("a row below the totals"),
                _("totals as the last rows of the file"),
                _("Were several exports joined? Import each as it was downloaded."),
            )
        self.below(number, record)

    def below(self, number: int, record: Record) -> None:
        """Take ``record`` as one that states something about the file."""
        self.foot.append(self.stated((number, record)))

    def stated(self, numbered: tuple[int, Record]) -> tuple[int, Mapping[str, str], str]:
        """Return a record with its number as what it states: cells by role, and all its text."""
        number, record = numbered
        by_role = {
            role: record[found[0]].strip(PADDING)
            for role, found in self._places.items()
            if found and found[0] < len(record)
        }
        return number, by_role, " ".join(cell for cell in record if cell.strip(PADDING))

    def _fitted(self, number: int, record: Record) -> Record:
        """Return ``record`` with as many cells as the header, or refuse it."""
        more = len(record) - self._width
        if more > 0 and self._merge >= 0:
            # A text that holds the separator, in a file that quotes nothing.
            middle = self._merge + more + 1
            return [*record[: self._merge], " ".join(record[self._merge : middle]), *record[middle:]]
        short = len(record) < self.needed and not self._profile.layout.ragged
        if short or any(cell.strip() for cell in record[self._width :]):
            raise IngestError(
                self._file,
                number,
                _("{n} cells").format(n=len(record)),
                _("{needed}, as the header has").format(needed=self.needed),
                _("The file may be cut short, or a text in it holds the separator: download it again."),
            )
        return [*record[: self._width], *[""] * -more]


#: Joins a column for a look at all its characters at once; a letter, so that letters and digits stay just that.
_JOINT = "x"


def _trimmed(column: Sequence[str], empty: Sequence[str], strip: str) -> tuple[Sequence[str], bool]:
    """Return the cells without what providers put around a value, and empty where they mean nothing.

    The second value tells whether they are letters and digits throughout.
    """
    # One look at the whole column is far cheaper than one at each cell.
    joined = _JOINT.join(column)
    # Bytes tell it in half the time that text needs.
    plain = joined.encode().isalnum() if joined.isascii() else joined.isalnum()
    if plain and not any(one in joined for one in empty):
        return column, True
    if any(one in joined for one in PADDING + strip):
        column = [cell.strip(PADDING + strip) for cell in column]
    if any(one in joined for one in empty):
        column = ["" if cell in empty else cell for cell in column]
    return column, False


def _column(column: Column, found: Sequence[Sequence[str]], count: int) -> Sequence[str]:
    cells: Sequence[str] = found[0] if found else [""] * count
    for other in found[1:]:
        if column.join:
            cells = [f"{cell} {more}".strip() for cell, more in zip(cells, other, strict=True)]
        else:
            cells = [cell or spare for cell, spare in zip(cells, other, strict=True)]
    if column.pick:
        picked = {cell: _picked(column.pick, cell) for cell in set(cells)}
        cells = [*map(picked.__getitem__, cells)]
    if column.pad and min(map(len, cells), default=0) < column.pad:
        cells = [cell.zfill(column.pad) if cell.isdigit() else cell for cell in cells]
    return [cell or column.value for cell in cells] if column.value else cells


def _picked(pattern: re.Pattern[str], cell: str) -> str:
    match = pattern.search(cell)
    return next((one for one in match.groups() if one), "") if match else ""


def _overflow(profile: Profile, columns: dict[str, Sequence[str]]) -> None:
    """Move values too long for their role to the role they can only mean (a platform serial under 流水号)."""
    for role, column in profile.columns.items():
        if not column.longer or role not in columns:
            continue
        cells = columns[role]
        if max(map(len, cells), default=0) <= column.pad:
            continue
        spare = columns.get(column.longer) or [""] * len(cells)
        columns[column.longer] = [
            other or (cell if len(cell) > column.pad else "") for cell, other in zip(cells, spare, strict=True)
        ]
        columns[role] = [cell if len(cell) <= column.pad else "" for cell in cells]


def named(pattern: re.Pattern[str], text: str) -> dict[str, str]:
    """Return the named groups of the first hit of ``pattern`` in ``text``, dashes for underscores."""
    match = pattern.search(text)
    return {key.replace("_", "-"): value for key, value in match.groupdict().items() if value} if match else {}
