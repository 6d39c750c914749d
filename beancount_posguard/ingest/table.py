"""Where the rows of a file are, and which column serves as what.

A header is found by the names it must hold, not by its place: columns move, gain neighbours and change their
parentheses from year to year. A column serves one role, the first in the profile's order that knows its name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress, islice
from typing import NamedTuple, TypeVar

from beancount_posguard.ingest.cells import PADDING, fold
from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.profile import RAW, Column, Profile, RecordType
from beancount_posguard.ingest.readers import BLANKS, Container, Document, Record
from beancount_posguard.ingest.standards import READERS

T = TypeVar("T")

#: The characters among which a header must be found: far more than any preamble takes.
_BEGINNING = 256 * 1024

#: A note below the totals (who printed it, when) fills no more cells than this.
_NOTE = 2


class Spot(NamedTuple):
    """Where a profile found its header: the records, and the header's index in them (-1: no header)."""

    records: Callable[[], Sequence[Record]]
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
        found = f"{quote(cell) if cell else 'an empty cell'} under {self.titles.get(role, role)}"
        return IngestError(self.file, self.numbers[index], found, expected, hint)

    def keep(self, wanted: Sequence[bool]) -> Cells:
        """Return the rows that are ``wanted``."""
        if all(wanted):
            return self
        columns = {role: [*compress(cells, wanted)] for role, cells in self.columns.items()}
        return Cells(self.file, [*compress(self.numbers, wanted)], columns, self.titles, self.plain)


@dataclass(frozen=True)
class Table:
    """A file cut into what stands above its rows, its rows, and what stands below them.

    ``foot`` holds (row number, cells by role, joined text) per row; ``strangers`` are names in the header that the
    profile has never heard of; ``unread`` are the cells of the columns that serve no role.
    """

    cells: Cells
    head: Sequence[Record]
    foot: Sequence[tuple[int, Mapping[str, str], str]]
    dropped: int
    strangers: tuple[str, ...]
    unread: Sequence[Sequence[str]]
    passed: Sequence[str] = ()
    failed: Sequence[str] = ()


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
    if document.container is not Container.TEXT or not READERS[profile.layout.reader].knows(document.content):
        return None

    def records() -> Sequence[Record]:
        spoken = document.spoken(profile.layout.reader)
        return [spoken.header, *spoken.rows]

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
    beginning = text or document.content[:_BEGINNING].decode(profile.layout.encodings[-1], "replace")
    return profile.text_pattern.search(beginning[:_BEGINNING]) is not None


def _locate_sheet(profile: Profile, document: Document) -> Spot | None:
    layout = profile.layout
    wanted = layout.sheet
    found = [
        (rows, header)
        for place, (name, rows) in enumerate(document.worksheets.items(), start=1)
        if wanted in {"", name, str(place)} and (header := _header(profile, rows[: layout.header_within])) is not None
    ]
    if not found:
        return None

    def records() -> Sequence[Record]:
        if len(found) > 1:
            raise IngestError(
                document.name,
                None,
                f"{len(found)} worksheets of this kind",
                "one per file",
                "Save each worksheet as a file of its own.",
            )
        return found[0][0]

    return Spot(records, found[0][1])


def _locate_text(profile: Profile, document: Document) -> Spot | None:
    layout = profile.layout
    try:
        text = document.text(layout.encodings)
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
        return [BLANKS[delimiter].split(line.strip()) for line in text[:_BEGINNING].splitlines()[:count]]
    reader = csv.reader(
        io.StringIO(text[:_BEGINNING], newline=""),
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
        rows = [row for sheet in document.sheets for row in sheet[: profile.layout.header_within]]
    elif document.container is Container.TEXT and _has_header(profile):
        text = document.text(profile.layout.encodings)
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


class _Parts(NamedTuple):
    """A file's records by what they are; ``body`` are rows with their numbers."""

    header: Record
    numbers: Sequence[int]
    body: Sequence[Record]
    head: Sequence[Record]
    foot: Sequence[tuple[int, Record]]
    dropped: int


def _parts(profile: Profile, document: Document, spot: Spot) -> _Parts:
    """Tell header, rows and what surrounds them apart."""
    layout, records = profile.layout, spot.records()
    if layout.end:
        records = _ended(document.name, records, layout.end)
    if layout.records:
        return _by_type(profile, document.name, records, spot.header)
    if spot.header < 0:
        header: Record = layout.names or [name for name, _ in layout.fixed]
        return _Parts(header, range(1, len(records) + 1), records, (), (), 0)
    begin = spot.header + layout.header_lines
    header = _joined(records, spot.header, layout.header_lines)
    return _Parts(header, range(begin + 1, len(records) + 1), records[begin:], records[: spot.header], (), 0)


def _ended(file: str, records: Sequence[Record], end: str) -> Sequence[Record]:
    """Return the records before the end marker, which must be the last thing in the file."""
    last = next((index for index in range(len(records) - 1, -1, -1) if any(map(str.strip, records[index]))), -1)
    if last < 0 or records[last][0].strip(PADDING) != end:
        found = quote(records[last][0]) if last >= 0 else "nothing"
        raise IngestError(
            file, max(last + 1, 1), f"{found} as the last line", end, "The file was cut short: download it again."
        )
    return records[:last]


def _by_type(profile: Profile, file: str, records: Sequence[Record], at: int) -> _Parts:
    """Sort records by the type that one of their cells names, and bring rows into one order of columns."""
    layout = profile.layout
    union = [*dict.fromkeys(name for record in layout.records if record.part == "row" for name in record.names)]
    header: Record = records[at] if at >= 0 else union
    numbers: list[int] = []
    body: list[Record] = []
    head: list[Record] = []
    foot: list[tuple[int, Record]] = []
    dropped = 0
    for number, record in enumerate(records, start=1):
        if not any(map(str.strip, record)):
            continue
        kind = _record_type(profile, record)
        if kind is None:
            shown = ", ".join(one.pattern.pattern for one in layout.records)
            raise IngestError(file, number, f"a record {quote(record[0])}", f"one of the types {shown}",
                              f"If it is right, add it to [[records]] of {profile.origin}.")  # fmt: skip
        if kind.part == "row":
            numbers.append(number)
            body.append(_in_order(kind, record, union, file, number) if at < 0 else record)
        elif kind.part == "foot":
            foot.append((number, record))
        elif kind.part == "head":
            head.append(record)
        elif kind.part == "header" and [*map(fold, record)] != [*map(fold, header)]:
            raise IngestError(file, number, "a second header with other columns", "one set of columns per file")
        else:
            dropped += kind.part == "drop"
    return _Parts(header, numbers, body, head, foot, dropped)


def _in_order(kind: RecordType, record: Record, union: Sequence[str], file: str, number: int) -> Record:
    if len(record) < len(kind.names):
        raise IngestError(file, number, f"{len(record)} cells", f"{len(kind.names)} in a record of this type")
    cells = dict(zip(kind.names, record, strict=False))
    return [cells.get(name, "") for name in union]


def read_table(profile: Profile, document: Document, spot: Spot) -> Table:
    """Cut ``document`` into head, rows and foot, and give every column its role.

    Raises:
        IngestError: for a missing column, a row with too few or too many cells, rows below the totals.
    """
    parts = _parts(profile, document, spot)
    header = parts.header
    places = _places(profile, document, header)
    rows = _Rows(profile, document.name, header, places)
    rows.take_all(parts.numbers, parts.body)
    for number, record in parts.foot:
        rows.below(number, record)
    titles = {role: " or ".join(header[index].strip(PADDING) for index in found) for role, found in places.items()}
    grid = [*zip(*rows.records, strict=True)] if rows.records else [()] * len(header)
    empty = profile.empty
    columns: dict[str, Sequence[str]] = {}
    plain = set()
    for role, found in places.items():
        column = profile.columns[role]
        trimmed = [_trimmed(grid[index], (*empty, *column.empty), profile.strip) for index in found]
        columns[role] = _column(column, [cells for cells, _ in trimmed], len(rows.records))
        if len(found) == 1 and trimmed[0][1] and not column.pick and not column.value:
            plain.add(role)
    _overflow(profile, columns)
    # A role that takes another's long values is only as plain as that one.
    plain -= {column.longer for role, column in profile.columns.items() if column.longer and role not in plain}
    by_name = {fold(cell): index for index, cell in reversed([*enumerate(header)])}
    for name in profile.by_name & by_name.keys():
        columns[f"{RAW}{name}"], _ = _trimmed(grid[by_name[name]], empty, profile.strip)
        titles[f"{RAW}{name}"] = header[by_name[name]].strip(PADDING)
    taken = {index for found in places.values() for index in found} | {
        by_name[name] for name in profile.by_name & by_name.keys()
    }
    ignored = profile.known_names if spot.header >= 0 else set(map(fold, header))
    strangers = tuple(
        cell.strip(PADDING)
        for index, cell in enumerate(header)
        if index not in taken and fold(cell) and fold(cell) not in ignored
    )
    unread = [grid[index] for index in range(rows.needed) if index not in taken]
    cells = Cells(document.name, rows.numbers, columns, titles, frozenset(plain))
    cells, dropped = _filled(profile, cells)
    spoken = document.spoken(profile.layout.reader) if profile.layout.reader else None
    return Table(
        cells,
        parts.head,
        rows.foot,
        rows.dropped + parts.dropped + dropped,
        strangers,
        unread,
        spoken.passed if spoken else (),
        spoken.failed if spoken else (),
    )


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
                f"no column {profile.columns[role].names[0]}",
                f"one of the names {', '.join(profile.columns[role].names)}",
                f"If the provider renamed it, add the name to [columns] of {profile.origin}.",
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
        if not self._profile.layout.min_cells and {*map(len, records)} <= {self._width}:
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
                "a row below the totals",
                "totals as the last rows of the file",
                "Were several exports joined? Import each as it was downloaded.",
            )
        self.below(number, record)

    def below(self, number: int, record: Record) -> None:
        """Take ``record`` as one that states something about the file."""
        by_role = {
            role: record[found[0]].strip(PADDING)
            for role, found in self._places.items()
            if found and found[0] < len(record)
        }
        self.foot.append((number, by_role, " ".join(cell for cell in record if cell.strip(PADDING))))

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
                f"{len(record)} cells",
                f"{self.needed}, as the header has",
                "The file may be cut short, or a text in it holds the separator: download it again.",
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
    if joined.isalnum() and not any(one in joined for one in empty):
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
