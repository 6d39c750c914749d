"""Rows turned into columns, each under the role that it serves, its cells trimmed.

A column serves one role, the first in the profile's order that knows its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple, TypeVar

from beancount_posguard.ingest.cells import PADDING, fold
from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.profile import RAW, Column, Profile
from beancount_posguard.ingest.readers import Document, Record
from beancount_posguard.ingest.sorter import Sorter
from beancount_posguard.words import _, listed

T = TypeVar("T")


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


class Grid:
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

    def chunk(self, file: str, rows: Sorter) -> Chunk:
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


def filled(profile: Profile, cells: Cells) -> tuple[Cells, int]:
    """Leave out the rows that lack what ``rows.filled`` asks for."""
    wanted = [True] * len(cells)
    for role in profile.filled:
        wanted = [keep and bool(cell) for keep, cell in zip(wanted, cells.get(role), strict=True)]
    return cells.keep(wanted), len(wanted) - sum(wanted)


def places_of(profile: Profile, document: Document, header: Record) -> dict[str, list[int]]:
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
                _("one of the names {names}").format(names=listed(profile.columns[role].names)),
                _("If the provider renamed it, add the name to [columns] of {origin}.").format(origin=profile.origin),
            )
    return places


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
