"""Workbooks: their worksheets, and each cell as the text that a person sees in it.

Numbers come out in plain digits, dates and times in ISO form.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from beancount_posguard.ingest import limits
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.packed import BROKEN, WHOLE, Opened
from beancount_posguard.words import _

#: What a spreadsheet shows of a number, and all that its file format keeps.
_SIGNIFICANT = 15

_MIDNIGHT = time()


def worksheets(name: str, opened: Opened, start: bytes) -> dict[str, Any]:
    """Return the worksheets by name, first sheet first, packed as the library keeps them.

    Raises:
        IngestError: for a workbook that is damaged, locked or swells beyond the :mod:`limits`.
    """
    # Imported here: only spreadsheets need it.
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

    _refuse_swelling(name, opened, start)
    try:
        with opened() as stream, CalamineWorkbook.from_filelike(stream) as book:
            return {sheet: book.get_sheet_by_index(index) for index, sheet in enumerate(book.sheet_names)}
    except CalamineError as error:
        raise IngestError(
            name,
            None,
            _("a workbook that does not open ({error})").format(error=error),
            _("an .xls or .xlsx"),
            WHOLE,
        ) from error


def _refuse_swelling(name: str, opened: Opened, start: bytes) -> None:
    if not start.startswith(b"PK"):
        return
    try:
        with opened() as stream, zipfile.ZipFile(stream) as archive:
            size = sum(one.file_size for one in archive.infolist())
    except BROKEN as error:
        raise IngestError(name, None, _("a damaged workbook"), _("an .xlsx that opens"), WHOLE) from error
    if size > limits.LARGEST:
        raise IngestError(
            name,
            None,
            _("{size:,} bytes once unpacked").format(size=size),
            _("at most {largest:,}").format(largest=limits.LARGEST),
        )


def shown(cell: Any) -> str:  # noqa: ANN401  # a spreadsheet cell
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
