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
from beancount_posguard.words import _

#: What providers put around a value so that spreadsheets leave it alone, or just to fill a column.
PADDING = " \t\r\n\u3000\xa0\ufeff\u200b`'"

#: Delimiters that are no one character: a run of blanks, or one of two and more (or a TAB) where cells hold blanks.
BLANKS: Mapping[str, re.Pattern[str]] = {"blanks": re.compile(r"\s+"), "wide blanks": re.compile(r" *\t\s*|\s{2,}")}

_BILINGUAL = re.compile(r"(.+?)\[[^\]]*\]")
_CURRENCY_SIGN = re.compile(r"^([+-]?)(?:[¥￥$€£]|RMB|[A-Z]{2}\$|[A-Z]{3}(?=[\s\d.-]))\s*")
_CURRENCY_BEHIND = re.compile(r"\s*(?:[€£$]|(?<=\d)\s+[A-Z]{3})$")


def fold(name: str) -> str:
    """Return a column name or word in the one spelling in which names are compared.

    Full and half width, case, blanks, byte order marks and a translation in brackets (``交易金额[ Trade Amount ]``)
    make no difference.
    """
    plain = "".join(unicodedata.normalize("NFKC", name).strip(PADDING + '"').split()).casefold()
    match = _BILINGUAL.fullmatch(plain)
    return match[1] if match else plain


#: The scale of amounts printed in the minor units of their own currency (yen have none).
MINOR = Decimal(0)


class Amounts(NamedTuple):
    """How a file prints amounts: letters that stand for a sign, and the unit one printed unit is worth.

    ``loose`` takes thousands separators wherever they stand (``1,00.00``).
    """

    letters: Mapping[str, int]
    scale: Decimal
    decimal: str = "."
    thousands: tuple[str, ...] = (",",)
    loose: bool = False

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
        if not (text[0].isdigit() and text[-1].isdigit()):
            text, turned = _bare(text)
            sign *= turned
        text = self._point(text)
        return two_decimals(parse_amount(text) * (self.scale or 1) * sign)

    def _point(self, text: str) -> str:
        """Return ``text`` with a point for decimals and nothing between thousands."""
        whole, mark, cents = text.partition(self.decimal)
        for one in self.thousands:
            if one in whole:
                if not self.loose and not _grouped(whole, one):
                    raise ValueError(_("separators that are not in thousands"))
                whole = whole.replace(one, "")
                break
        return f"{whole}.{cents}" if mark else whole


def _grouped(whole: str, mark: str) -> bool:
    first, *rest = whole.lstrip("+-").split(mark)
    return 1 <= len(first) <= 3 and all(len(group) == 3 for group in rest)  # noqa: PLR2004  # thousands


def _bare(text: str) -> tuple[str, int]:
    """Take currency signs off, and say with -1 that parentheses or a sign behind the digits turn the amount."""
    turned = 1
    if text[0] == "(" and text[-1] == ")":
        text, turned = text[1:-1].strip(), -1
    text = _CURRENCY_SIGN.sub(r"\1", text)
    text = _CURRENCY_BEHIND.sub("", text)
    if text[-1:] in {"-", "+"} and text[:1].isdigit():
        text, turned = text[:-1].strip(), turned * (-1 if text[-1] == "-" else 1)
    return text, turned


class Moment(NamedTuple):
    """What a date or time cell says: any part may be missing."""

    year: int | None
    month: int | None
    day: int | None
    time: str
    zone: str = ""

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
    "%S": r"(?P<S>[0-5]\d)(?:\.\d+)?",
    "%I": r"(?P<H>0?[1-9]|1[0-2])",
    "%p": r"(?P<p>[AaPp][Mm])",
    "%z": r"(?P<z>Z|[+-]\d\d:?(?:\d\d)?)",
    "%Z": r"(?P<z>[A-Z]{3,4})",
    "%b": r"(?P<b>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Months and days may lack their zero only where a separator says where they end.
_LOOSE = {"%m": r"(?P<m>\d{1,2})", "%d": r"(?P<d>\d{1,2})"}
_TIGHT = {"%m": r"(?P<m>\d\d)", "%d": r"(?P<d>\d\d)", "%H": r"(?P<H>[01]\d|2[0-3])"}
_DIRECTIVE = re.compile(r"%.")


def moment_pattern(layout: str) -> re.Pattern[str]:
    """Turn a layout such as ``%Y-%m-%d %H:%M:%S`` into a pattern.

    Raises:
        ValueError: for a directive other than ``%Y %y %m %b %d %H %I %p %M %S %z %Z``.
    """
    spaced = re.search(r"%[md][^%]+%|%H[^%]+%", layout) is not None
    known = {**_PARTS, **(_LOOSE if spaced else _TIGHT)}
    out, done = "", 0
    for match in _DIRECTIVE.finditer(layout):
        if match[0] not in known:
            raise ValueError(
                _("{match!r} in {layout!r}; expected %Y %y %m %b %d %H %I %p %M %S %z %Z").format(
                    match=match[0], layout=layout
                )
            )
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
    raise ValueError(_("in no known form"))


def _moment(parts: Mapping[str, str]) -> Moment:
    year = int(parts["Y"]) if "Y" in parts else 2000 + int(parts["y"]) if "y" in parts else None
    month, day = (int(parts[key]) if key in parts else None for key in "md")
    if "b" in parts:
        month = _MONTHS.index(parts["b"]) + 1
    if month is not None and day is not None:
        date(year or 2000, month, day)  # 2000 has a 29 February; where the year is known it is checked as it stands
    if "p" in parts:
        parts = {**parts, "H": str(int(parts["H"]) % 12 + 12 * (parts["p"].lower() == "pm"))}
    clock = ":".join(parts[key].zfill(2) for key in "HMS" if key in parts)
    return Moment(year, month, day, clock, parts.get("z", ""))


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
