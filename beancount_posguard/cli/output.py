"""Results on stdout: a table for people, CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import click

from beancount_posguard.ingest.cards import redact
from beancount_posguard.text import figure
from beancount_posguard.words import _

Row = Mapping[str, object]

#: With these a spreadsheet takes a cell for a formula; a plain number may begin so too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)

#: What would move the cursor, change colours or turn the reading direction.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

#: Where nobody looks at the width, a line may be as long as it needs to be.
_WIDE = 400


def print_json(value: object) -> None:
    """Print ``value``; amounts become strings and days ISO."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    click.echo(json.dumps(value, ensure_ascii=ascii_only, indent=2, default=_spell))


def print_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """Print ``rows`` under ``columns``; text that a spreadsheet would run gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_safe(row.get(column)) for column in columns] for row in rows)
    click.echo(out.getvalue(), nl=False)


def print_table(rows: Iterable[Sequence[object]], columns: Sequence[str], *, right: Iterable[str] = ()) -> None:
    """Print a table for people, the columns named in ``right`` flush right.

    Columns are named in English, marked with ``N_``, and headed in the reader's language.
    """
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415  # rich is for those who look at a table
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    flush = frozenset(right)
    for column in columns:
        table.add_column(_(column), justify="right" if column in flush else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(_spell(cell))) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        click.echo(line.rstrip())


def printable(text: str) -> str:
    """Return ``text`` without what could drive a terminal, and without full card numbers."""
    return redact(_CONTROL.sub("�", text))


def printable_lines(text: str) -> str:
    """Return ``text`` line by line without what could drive a terminal."""
    return "".join(f"{printable(line)}\n" for line in text.splitlines())


def _spell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return figure(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _safe(value: object) -> str:
    text = _spell(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
