"""Records sorted into slips, rows that state totals, and lines to drop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from beancount_posguard.ingest.cells import PADDING, fold
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.readers import Record
from beancount_posguard.words import _

#: A note below the totals (who printed it, when) fills no more cells than this.
_NOTE = 2


class Sorter:
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
