"""Where the rows of a file are, and which column serves as what.

A header is found by the names it must hold, not by its place: columns move, gain neighbours and change their
parentheses from year to year. A column serves one role, the first in the profile's order that knows its name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from typing import NamedTuple, TypeVar

from beancount_posguard.ingest.cells import PADDING, fold
from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.profile import Column, Profile
from beancount_posguard.ingest.readers import Container, Document, Record

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

    ``titles`` says what the file calls the column of a role, for messages.
    """

    file: str
    numbers: Sequence[int]
    columns: Mapping[str, Sequence[str]]
    titles: Mapping[str, str]

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
        return [known[text] for text in cells]

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
        return Cells(self.file, [*compress(self.numbers, wanted)], columns, self.titles)


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


def locate(profile: Profile, document: Document) -> Spot | None:
    """Return where ``profile`` finds its rows in ``document``, or None when the file is not of its kind."""
    layout = profile.layout
    if not profile.name_pattern.search(document.name):
        return None
    if layout.fixed:
        return _locate_fixed(profile, document)
    if document.container is Container.SHEET and layout.sheets:
        return _locate_sheet(profile, document)
    if document.container is Container.TEXT:
        return _locate_text(profile, document)
    return None


def _locate_fixed(profile: Profile, document: Document) -> Spot | None:
    widths = [width for _, width in profile.layout.fixed]
    if document.container is not Container.TEXT:
        return None
    return Spot(lambda: document.fixed(widths, profile.layout.encodings[-1]), -1)


def _locate_sheet(profile: Profile, document: Document) -> Spot | None:
    found = [
        (rows, header)
        for rows in document.sheets
        if (header := _header(profile, rows[: profile.layout.header_within])) is not None
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
    for delimiter in layout.delimiters:
        # Only the beginning is split here: other profiles may know the rest better.
        header = _header(profile, _beginning(text, delimiter, layout.quote, layout.header_within))
        if header is not None:
            return Spot(lambda mark=delimiter: document.delimited(layout.encodings, mark, layout.quote), header)  # type: ignore[misc]
    return None


def _beginning(text: str, delimiter: str, quote: str, count: int) -> list[list[str]]:
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


def _header(profile: Profile, rows: Iterable[Record]) -> int | None:
    """Return the index of the first of ``rows`` that has a name for each role of the profile's signature."""
    wanted = [profile.columns[role].names for role in profile.signature]
    for index, row in enumerate(rows):
        names = {fold(cell) for cell in row}
        if all(not names.isdisjoint(alternatives) for alternatives in wanted):
            return None if names & profile.without else index
    return None


def missing(profile: Profile, document: Document) -> tuple[int, str]:
    """Return how many names of the profile's signature the file has at best, and the names it lacks then."""
    if document.container is Container.SHEET:
        rows = [row for sheet in document.sheets for row in sheet[: profile.layout.header_within]]
    elif document.container is Container.TEXT and not profile.layout.fixed:
        text = document.text(profile.layout.encodings)
        rows = [
            row
            for delimiter in profile.layout.delimiters
            for row in _beginning(text, delimiter, profile.layout.quote, profile.layout.header_within)
        ]
    else:
        rows = []
    best = (0, "")
    for row in rows:
        names = {fold(cell) for cell in row}
        lacking = [role for role in profile.signature if names.isdisjoint(profile.columns[role].names)]
        had = len(profile.signature) - len(lacking)
        if had > best[0]:
            best = (had, ", ".join(profile.columns[role].names[0] for role in lacking))
    return best


def read_table(profile: Profile, document: Document, spot: Spot) -> Table:
    """Cut ``document`` into head, rows and foot, and give every column its role.

    Raises:
        IngestError: for a missing column, a row with too few or too many cells, rows below the totals.
    """
    records = spot.records()
    if spot.header < 0:
        header: Record = [name for name, _ in profile.layout.fixed]
    else:
        header = records[spot.header]
    places = _places(profile, document, header)
    rows = _Rows(profile, document.name, header, places)
    for number, record in enumerate(records[spot.header + 1 :], start=spot.header + 2):
        rows.take(number, record)
    titles = {role: " or ".join(header[index].strip(PADDING) for index in found) for role, found in places.items()}
    columns = {
        role: _column(profile.columns[role], [_trimmed(rows.records, index, profile.empty) for index in found])
        for role, found in places.items()
    }
    _overflow(profile, columns)
    taken = {index for found in places.values() for index in found}
    ignored = profile.known_names if spot.header >= 0 else set(map(fold, header))
    strangers = tuple(
        cell.strip(PADDING)
        for index, cell in enumerate(header)
        if index not in taken and fold(cell) and fold(cell) not in ignored
    )
    unread = [[record[index] for record in rows.records] for index in range(rows.needed) if index not in taken]
    cells = Cells(document.name, rows.numbers, columns, titles)
    return Table(cells, records[: max(spot.header, 0)], rows.foot, rows.dropped, strangers, unread)


def _places(profile: Profile, document: Document, header: Record) -> dict[str, list[int]]:
    """Return the column indices of each role the file has, the preferred name first."""
    names: dict[str, int] = {}
    for index, cell in enumerate(header):
        names.setdefault(fold(cell), index)
    places: dict[str, list[int]] = {}
    for role, column in profile.columns.items():
        found = [name for name in column.names if name in names]
        if found:
            places[role] = [names.pop(name) for name in (found if column.first else found[:1])]
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
        self.records: list[Record] = []
        self.numbers: list[int] = []
        self.foot: list[tuple[int, Mapping[str, str], str]] = []
        self.dropped = 0
        self._file = file
        self._width = len(header)
        self.needed = max((index + 1 for index, cell in enumerate(header) if cell.strip()), default=0)
        self._places = places
        self._drop, self._footer = profile.drop, profile.footer.rows
        self._marks: dict[str, str] = {}

    def take(self, number: int, record: Record) -> None:
        """Put one record where it belongs."""
        first = record[0] if record else ""
        if not first or first.isspace():
            first = next((cell for cell in record if cell and not cell.isspace()), "")
            if not first:
                return
        mark = self._marks.get(first)
        if mark is None:
            mark = self._marks[first] = self._mark(first.strip(PADDING))
        if mark == "drop":
            self.dropped += 1
        elif mark == "foot" or self.foot:
            self._below(number, record, mark)
        else:
            if len(record) != self._width:
                self._check_width(number, record)
            self.records.append(record)
            self.numbers.append(number)

    def _mark(self, first: str) -> str:
        return "drop" if self._drop.search(first) else "foot" if self._footer.search(first) else "row"

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
        by_role = {
            role: record[found[0]].strip(PADDING) for role, found in self._places.items() if found[0] < len(record)
        }
        self.foot.append((number, by_role, " ".join(filled)))

    def _check_width(self, number: int, record: Record) -> None:
        if len(record) < self.needed or any(cell.strip() for cell in record[self._width :]):
            raise IngestError(
                self._file,
                number,
                f"{len(record)} cells",
                f"{self.needed}, as the header has",
                "The file may be cut short, or a text in it holds the separator: download it again.",
            )


def _trimmed(records: Sequence[Record], index: int, empty: Sequence[str]) -> list[str]:
    cells = [record[index].strip(PADDING) for record in records]
    return ["" if cell in empty else cell for cell in cells] if not set(empty).isdisjoint(cells) else cells


def _column(column: Column, found: Sequence[Sequence[str]]) -> Sequence[str]:
    cells = found[0]
    for other in found[1:]:
        cells = [cell or spare for cell, spare in zip(cells, other, strict=True)]
    if not column.pad:
        return cells
    padded = {cell: cell.zfill(column.pad) if cell.isdigit() else cell for cell in set(cells)}
    return [padded[cell] for cell in cells]


def _overflow(profile: Profile, columns: dict[str, Sequence[str]]) -> None:
    """Move values too long for their role to the role they can only mean (a platform serial under 流水号)."""
    for role, column in profile.columns.items():
        if not column.longer or role not in columns:
            continue
        cells = columns[role]
        if all(len(cell) <= column.pad for cell in set(cells)):
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
