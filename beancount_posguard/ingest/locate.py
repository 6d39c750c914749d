"""Where the rows of a file are, if it is of a profile's kind.

A header is found by the names it must hold, not by its place: columns move, gain neighbours and change their
parentheses from year to year.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

from beancount_posguard.ingest import limits
from beancount_posguard.ingest.cells import BLANKS, PADDING, fold
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.profile import Profile, RecordType
from beancount_posguard.ingest.readers import Container, Document, Record
from beancount_posguard.ingest.standards import READERS
from beancount_posguard.words import _, listed


class Spot(NamedTuple):
    """Where a profile found its header: the records in chunks, and the header's index in them (-1: no header)."""

    records: Callable[[], Iterator[Sequence[Record]]]
    header: int


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
        for begin in range(0, len(spoken.rows), limits.CHUNK):
            yield spoken.rows[begin : begin + limits.CHUNK]

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
        types = [(row, record) for row in rows if (record := record_type(profile, row)) and record.part == "row"]
        return any(len(row) >= len(record.names) for row, record in types)
    known = profile.name_pattern.pattern or profile.text_pattern.pattern
    least = 1 if layout.ragged else len(layout.names)
    full = [row for row in rows if len(row) >= len(layout.names)]
    return bool(known) and bool(full) and any(len(row) >= least for row in rows)


def record_type(profile: Profile, row: Record) -> RecordType | None:
    """Return the first type of record that ``row`` is of, or None."""
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
        names = {fold(cell) for cell in joined_header(rows, index, profile.layout.header_lines)}
        if all(not names.isdisjoint(alternatives) for alternatives in wanted):
            return None if names & profile.without else index
    return None


def joined_header(rows: Sequence[Record], index: int, count: int) -> Record:
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
            best = (had, listed(profile.columns[role].names[0] for role in lacking))
    return best
