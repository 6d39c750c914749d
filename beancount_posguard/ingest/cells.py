"""Single cells: names and words folded to one spelling, amounts, dates and times.

Everything here is made once per profile and applied once per distinct text of a column, so that a file of a hundred
thousand rows parses each date and each word a single time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.money import ZERO, parse_amount
from beancount_posguard.text import two_decimals

#: What providers put around a value so that spreadsheets leave it alone, or just to fill a column.
PADDING = " \t\r\n\u3000\xa0\ufeff\u200b`'"

_BILINGUAL = re.compile(r"(.+?)\[[^\]]*\]")
_CURRENCY_SIGN = re.compile(r"^([+-]?)(?:¥|￥|RMB|CNY)\s*", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)


def fold(name: str) -> str:
    """Return a column name or word in the one spelling in which names are compared.

    Full and half width, case, blanks, byte order marks and a translation in brackets (``交易金额[ Trade Amount ]``)
    make no difference.
    """
    plain = "".join(unicodedata.normalize("NFKC", name).strip(PADDING + '"').split()).casefold()
    match = _BILINGUAL.fullmatch(plain)
    return match[1] if match else plain


class Amounts(NamedTuple):
    """How a file prints amounts: letters that stand for a sign, and the unit one printed unit is worth."""

    letters: Mapping[str, int]
    scale: Decimal

    def parse(self, text: str) -> Decimal:
        """Return the amount a cell states, in currency units; an empty cell is zero.

        Raises:
            ValueError: for anything but plain digits with an optional sign, point, thousands separators or sign letter.
        """
        sign = 1
        if self.letters and text[:1] in self.letters:
            sign, text = self.letters[text[0]], text[1:].strip()
        if not text:
            return ZERO
        if not text[0].isdigit():
            text = _CURRENCY_SIGN.sub(r"\1", text)
        if "," in text:
            if not _THOUSANDS.fullmatch(text):
                raise ValueError("separators that are not in thousands")
            text = text.replace(",", "")
        return two_decimals(parse_amount(text) * self.scale * sign)


class Moment(NamedTuple):
    """What a date or time cell says: any part may be missing."""

    year: int | None
    month: int | None
    day: int | None
    time: str

    def on(self, resolve: Callable[[int, int], date]) -> date | None:
        """Return the date, letting ``resolve`` find the year where the cell names none."""
        if self.month is None or self.day is None:
            return None
        return resolve(self.month, self.day) if self.year is None else date(self.year, self.month, self.day)


_PARTS = {
    "%Y": r"(?P<Y>\d{4})",
    "%y": r"(?P<y>\d\d)",
    "%H": r"(?P<H>[01]?\d|2[0-3])",
    "%M": r"(?P<M>[0-5]\d)",
    "%S": r"(?P<S>[0-5]\d)",
}
#: Months and days may lack their zero only where a separator says where they end.
_LOOSE = {"%m": r"(?P<m>\d{1,2})", "%d": r"(?P<d>\d{1,2})"}
_TIGHT = {"%m": r"(?P<m>\d\d)", "%d": r"(?P<d>\d\d)", "%H": r"(?P<H>[01]\d|2[0-3])"}
_DIRECTIVE = re.compile(r"%.")


def moment_pattern(layout: str) -> re.Pattern[str]:
    """Turn a layout such as ``%Y-%m-%d %H:%M:%S`` into a pattern.

    Raises:
        ValueError: for a directive other than ``%Y %y %m %d %H %M %S``.
    """
    spaced = re.search(r"%[md][^%]+%|%H[^%]+%", layout) is not None
    known = {**_PARTS, **(_LOOSE if spaced else _TIGHT)}
    out, done = "", 0
    for match in _DIRECTIVE.finditer(layout):
        if match[0] not in known:
            raise ValueError(f"{match[0]!r} in {layout!r}; expected %Y %y %m %d %H %M %S")
        out += re.escape(layout[done : match.start()]) + known[match[0]]
        done = match.end()
    return re.compile(out + re.escape(layout[done:]), re.ASCII)


def parse_moment(text: str, patterns: Sequence[re.Pattern[str]]) -> Moment:
    """Return what ``text`` says by the first of ``patterns`` that fits all of it.

    Raises:
        ValueError: when none fits, or the calendar has no such day.
    """
    for pattern in patterns:
        match = pattern.fullmatch(text)
        if match:
            return _moment(match.groupdict())
    raise ValueError("in no known form")


def _moment(parts: Mapping[str, str]) -> Moment:
    year = int(parts["Y"]) if "Y" in parts else 2000 + int(parts["y"]) if "y" in parts else None
    month, day = (int(parts[key]) if key in parts else None for key in "md")
    if month is not None and day is not None:
        date(year or 2000, month, day)  # 2000 has a 29 February; where the year is known it is checked as it stands
    clock = ":".join(parts[key].zfill(2) for key in "HMS" if key in parts)
    return Moment(year, month, day, clock)


def nearest(month: int, day: int, anchor: date) -> date:
    """Return the date with this month and day that is closest to ``anchor``.

    Raises:
        ValueError: for 30 February and the like.
    """
    return min(_candidates(month, day, anchor), key=lambda one: abs(one - anchor))


def latest(month: int, day: int, anchor: date) -> date:
    """Return the last date with this month and day that is not after ``anchor``.

    Raises:
        ValueError: for 30 February and the like.
    """
    return max(one for one in _candidates(month, day, anchor) if one <= anchor)


def _candidates(month: int, day: int, anchor: date) -> list[date]:
    """Return the day in the years around ``anchor``; 29 February may be up to eight years away."""
    date(2000, month, day)
    found = []
    for year in range(anchor.year - 8, anchor.year + 9):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    return found
