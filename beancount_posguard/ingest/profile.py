"""What one institution's export looks like and means, as data: ``importers/<name>/profile.toml``.

Adding an institution is adding a folder. ``docs/importing.md`` explains every key; an unknown key is an error that
names the keys there are. A folder ``importers/`` beside the user's ledger is looked at first, in the same format.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from beancount_posguard.ingest.cells import Amounts, fold, moment_pattern
from beancount_posguard.ingest.errors import ProfileError
from beancount_posguard.legs import SIGN, SLIP_KEYS, Kind, Source, Status
from beancount_posguard.money import parse_amount

T = TypeVar("T")

#: What a column may serve as, besides the keys a slip may have.
ROLES: Mapping[str, str] = {
    **SLIP_KEYS,
    "settled": "the statement's clearing date",
    "type": "what happened, in the words under [kinds]",
    "tender": "how the customer paid, in the words under [tenders]",
    "credit": "money in",
    "debit": "money out",
    "net": "what is paid out for the row",
    "balance": "the account's balance after the row",
    "currency": "in the words under [currencies]",
    "payer": "who sent the money",
    "payee": "who got the money",
    "tip": "a tip keyed on top of the amount",
}

#: A word that means: this row is no slip; leave it alone and count it.
SKIP = "skip"
#: A word that means: the sign of the amount tells a sale from a refund.
BY_SIGN = "by sign"

#: The forms in which dates and times are read unless a profile says otherwise. A date column may hold a time as well
#: and the other way round: some banks put both into one column.
DATES = [
    day + clock
    for day in ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
    for clock in ("", " %H:%M:%S", " %H:%M")
]
TIMES = ["%H:%M:%S", "%H%M%S", "%H:%M", *(layout for layout in DATES if "%H" in layout), "%Y%m%d%H%M%S"]

FILE = "profile.toml"
CATALOGUE = "posguard_importers"


class Column(NamedTuple):
    """One role: the names its column may have, and what its cells may need.

    ``pad`` is the width to which plain digits are filled up with leading zeros (spreadsheets eat them); a value that
    is longer serves as ``longer`` instead. With ``first`` every named column is looked at, row by row, and the first
    filled cell counts.
    """

    names: tuple[str, ...]
    pad: int = 0
    longer: str = ""
    first: bool = False


class Meaning(NamedTuple):
    """What a type word means. ``kind`` None leaves it to the sign, ``sign`` None to the kind."""

    kind: Kind | None
    sign: int | None
    skip: bool


class Layout(NamedTuple):
    """How the bytes become rows. ``fixed`` is (name, width in bytes) per field, empty for tables with a header."""

    encodings: tuple[str, ...]
    delimiters: tuple[str, ...]
    quote: str
    header_within: int
    fixed: tuple[tuple[str, int], ...]
    sheets: bool


class Footer(NamedTuple):
    """Rows below the slips that state totals; each pattern finds one figure in a row's joined text."""

    rows: re.Pattern[str]
    figures: Mapping[str, re.Pattern[str]]


class Fact(NamedTuple):
    """Something the file says once: in its name, above its header, or below its rows."""

    where: str
    pattern: re.Pattern[str]


class Extract(NamedTuple):
    """What a free text tells: named groups become slip keys (``period_from`` → ``period-from``)."""

    roles: tuple[str, ...]
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Profile:
    """One institution's export, ready to be read. ``origin`` is the file it stands in, for messages."""

    name: str
    title: str
    source: Source
    currency: str
    priority: int
    origin: str
    own: bool
    layout: Layout
    name_pattern: re.Pattern[str]
    columns: Mapping[str, Column]
    signature: tuple[str, ...]
    required: tuple[str, ...]
    without: frozenset[str]
    ignore: frozenset[str]
    empty: tuple[str, ...]
    kinds: Mapping[str, Meaning]
    statuses: Mapping[str, Status | None]
    tenders: Mapping[str, bool]
    card_types: Mapping[str, str]
    currencies: Mapping[str, str]
    dates: tuple[re.Pattern[str], ...]
    times: tuple[re.Pattern[str], ...]
    amounts: Mapping[str, Amounts]
    facts: tuple[Fact, ...]
    extracts: tuple[Extract, ...]
    acquirers: Mapping[str, re.Pattern[str]]
    drop: re.Pattern[str]
    footer: Footer

    @cached_property
    def known_names(self) -> frozenset[str]:
        """Every column name the profile has heard of, whether it reads that column or not."""
        return self.ignore.union(*(column.names for column in self.columns.values()))

    @property
    def is_bank(self) -> bool:
        """Whether rows are lines of a bank account, of which only some are an acquirer's deposits."""
        return self.source is Source.BANK


def load_profiles(beside: Path | None = None) -> list[Profile]:
    """Return the profiles in the folder ``importers/`` under ``beside`` (the ledger's folder), then those shipped.

    A name counts once: a user's own profile replaces the one of that name in the catalogue.

    Raises:
        ProfileError: for a profile that does not say what it must, with its file and key.
    """
    found: dict[str, Profile] = {}
    for text, origin, own in [*_of_user(beside), *_shipped()]:
        profile = read_profile(text, origin, own=own)
        found.setdefault(profile.name, profile)
    return [*found.values()]


def _of_user(beside: Path | None) -> Iterable[tuple[str, str, bool]]:
    # Other importers may live in that folder too: only what holds a profile is ours.
    for path in sorted(beside.glob(f"importers/*/{FILE}")) if beside else ():
        yield path.read_text("utf-8"), f"importers/{path.parent.name}/{FILE}", True


def _shipped() -> Iterable[tuple[str, str, bool]]:
    for place in sorted(resources.files(CATALOGUE).iterdir(), key=lambda one: one.name):
        profile = place / FILE
        if profile.is_file():
            yield profile.read_text("utf-8"), f"{CATALOGUE}/{place.name}/{FILE}", False


def read_profile(text: str, origin: str, *, own: bool = False) -> Profile:
    """Read one profile from TOML ``text``; ``origin`` names it in messages.

    Raises:
        ProfileError: naming the key, what it holds and what it should.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(origin, None, str(error), "TOML") from error
    return _profile(_Table(data, origin), origin, own=own)


class _Table:
    """A TOML table that is read key by key, so that what is left over is known to be a mistake."""

    def __init__(self, data: Mapping[str, Any], origin: str, path: str = "") -> None:
        self._data = dict(data)
        self._known: list[str] = []
        self._origin = origin
        self._path = path

    def take(self, key: str, read: Callable[[Any], T], default: T | None = None) -> T:
        """Return what ``read`` makes of ``key``; without a default the key must be there."""
        self._known.append(key)
        if key not in self._data:
            if default is None:
                raise self.error(key, "nothing", "a value")
            return default
        value = self._data.pop(key)
        try:
            return read(value)
        except ProfileError:
            raise
        except (ValueError, re.error) as error:
            raise self.error(key, repr(value), str(error)) from None

    def table(self, key: str) -> _Table:
        """Return the table under ``key``, empty where it is left out."""
        return self.take(
            key, lambda value: _Table(_a(dict, value), self._origin, f"{self._path}{key}."), self._none(key)
        )

    def tables(self, key: str) -> list[_Table]:
        """Return the list of tables under ``key``."""
        return self.take(
            key,
            lambda value: [_Table(_a(dict, one), self._origin, f"{self._path}{key}.") for one in _a(list, value)],
            [],
        )

    def unread(self) -> list[str]:
        """Return the keys not read yet."""
        return [*self._data]

    def holds(self, key: str, kind: type) -> bool:
        """Tell whether ``key`` is there with a value of ``kind``."""
        return isinstance(self._data.get(key), kind)

    def items(self, read: Callable[[Any], T]) -> dict[str, T]:
        """Return every key with what ``read`` makes of its value."""
        return {key: self.take(key, read) for key in self.unread()}

    def done(self) -> None:
        """Complain about keys that nothing asked for."""
        for key in self._data:
            raise self.error(key, "an unknown key", f"one of {', '.join(self._known)}")

    def error(self, key: str, found: str, expected: str) -> ProfileError:
        """Return the error for ``key``."""
        return ProfileError(self._origin, None, f"{self._path}{key}: {found}", expected)

    def _none(self, key: str) -> _Table:
        return _Table({}, self._origin, f"{self._path}{key}.")


def _a(kind: type[T], value: Any) -> T:  # noqa: ANN401  # TOML
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(_TYPES[kind])
    return value


_TYPES: Mapping[type, str] = {
    str: "a text in quotes",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


def _text(value: Any) -> str:  # noqa: ANN401  # TOML, here and below
    return _a(str, value)


def _whole(value: Any) -> int:  # noqa: ANN401
    return _a(int, value)


def _truth(value: Any) -> bool:  # noqa: ANN401
    return _a(bool, value)


def _texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(_text(one) for one in _a(list, value))


def _pattern(value: Any) -> re.Pattern[str]:  # noqa: ANN401
    return re.compile(_text(value))


def _folded(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(map(fold, _texts(value)))


def _names(value: Any) -> frozenset[str]:  # noqa: ANN401
    return frozenset(_folded(value))


def _role(value: Any) -> str:  # noqa: ANN401
    if value not in ROLES:
        raise ValueError(f"one of {', '.join(ROLES)}")
    return str(value)


def _roles(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(map(_role, _texts(value)))


def _one_of(words: Mapping[str, T]) -> Callable[[Any], T]:
    def read(value: Any) -> T:  # noqa: ANN401
        if not isinstance(value, str) or value not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return words[value]

    return read


_KINDS = {kind.value: Meaning(kind, SIGN[kind], skip=False) for kind in Kind} | {
    SKIP: Meaning(None, None, skip=True),
    BY_SIGN: Meaning(None, None, skip=False),
}
_STATUSES: dict[str, Status | None] = {status.value: status for status in Status} | {SKIP: None}
_TENDERS = {"card": True, "other": False}
_CARD_TYPES = {word: word for word in ("debit", "credit", "foreign")}
_SOURCES = {source.value: source for source in Source}
_WHERE = {word: word for word in ("name", "head", "foot")}


def _kind(value: Any) -> Meaning:  # noqa: ANN401
    """Read ``"refund"``, or ``"-reversal"``: a kind with the sign that this word gives it."""
    text = _text(value)
    sign = {"+": 1, "-": -1}.get(text[:1])
    meaning = _one_of(_KINDS)(text if sign is None else text[1:])
    return meaning if sign is None else meaning._replace(sign=sign)


def _words(table: _Table, read: Callable[[Any], T]) -> dict[str, T]:
    """Return ``word = meaning`` pairs, words folded; ``meaning = [words]`` would need TOML keys in every language."""
    return {fold(word): meaning for word, meaning in table.items(read).items()}


def _columns(columns: _Table) -> dict[str, Column]:
    return {role: _column(columns, role) for role in columns.unread()}


def _column(columns: _Table, role: str) -> Column:
    """Read ``role = ["name", …]``, or a table where the column needs more than names."""
    if role not in ROLES:
        raise columns.error(role, "an unknown role", f"one of {', '.join(ROLES)}")
    if columns.holds(role, list):
        return Column(columns.take(role, _folded))
    table = columns.table(role)
    column = Column(
        table.take("names", _folded),
        table.take("pad", _whole, 0),
        table.take("longer", _role, ""),
        table.take("first", _truth, default=False),
    )
    table.done()
    return column


def _fixed(value: Any) -> tuple[tuple[str, int], ...]:  # noqa: ANN401
    return tuple((_text(name), _whole(width)) for name, width in _a(list, value))


def _moments(value: Any) -> tuple[re.Pattern[str], ...]:  # noqa: ANN401
    return tuple(map(moment_pattern, _texts(value)))


def _letters(value: Any) -> Mapping[str, int]:  # noqa: ANN401
    letters = {_text(letter): _whole(sign) for letter, sign in _a(dict, value).items()}
    if any(len(letter) != 1 or sign not in {1, -1} for letter, sign in letters.items()):
        raise ValueError("letters with 1 or -1, such as { C = 1, D = -1 }")
    return letters


def _scale(value: Any) -> Decimal:  # noqa: ANN401
    return parse_amount(_text(value))


def _profile(top: _Table, origin: str, *, own: bool) -> Profile:
    file, cells, amount, rows = (top.table(key) for key in ("file", "cells", "amount", "rows"))
    detect = top.table("detect")
    profile = Profile(
        name=top.take("name", _text),
        title=top.take("title", _text),
        source=top.take("source", _one_of(_SOURCES)),
        currency=top.take("currency", _text),
        priority=top.take("priority", _whole, 0),
        origin=origin,
        own=own,
        layout=_layout(file),
        name_pattern=file.take("name", _pattern, _ANY),
        columns=_columns(top.table("columns")),
        signature=detect.take("columns", _roles),
        required=top.take("required", _roles, ()),
        without=detect.take("without", _names, frozenset()),
        ignore=top.take("ignore", _names, frozenset()),
        empty=cells.take("empty", _texts, ()),
        kinds=_words(top.table("kinds"), _kind),
        statuses=_words(top.table("statuses"), _one_of(_STATUSES)),
        tenders=_words(top.table("tenders"), _one_of(_TENDERS)),
        card_types=_words(top.table("card-types"), _one_of(_CARD_TYPES)),
        currencies=_words(top.table("currencies"), _text),
        dates=cells.take("dates", _moments, _moments(DATES)),
        times=cells.take("times", _moments, _moments(TIMES)),
        amounts=_amounts(amount),
        facts=tuple(map(_fact, top.tables("facts"))),
        extracts=tuple(map(_extract, top.tables("extract"))),
        acquirers=top.table("acquirers").items(_pattern),
        drop=rows.take("drop", _pattern, _NEVER),
        footer=_footer(top.table("footer")),
    )
    for role in (*profile.signature, *profile.required):
        if role not in profile.columns:
            raise top.error("columns", f"no {role}", "every role under detect.columns and required")
    top.take("proof", _text, "")
    top.take("notes", _text, "")
    for table in (file, cells, amount, rows, detect, top):
        table.done()
    return profile


_ANY, _NEVER = re.compile(""), re.compile(r"(?!)")


def _layout(file: _Table) -> Layout:
    return Layout(
        encodings=file.take("encodings", _texts, ("utf-8-sig", "gb18030")),
        delimiters=file.take("delimiters", _texts, (",",)),
        quote=file.take("quote", _text, '"'),
        header_within=file.take("header_within", _whole, 30),
        fixed=file.take("layout", _fixed, ()),
        sheets=file.take("sheets", _truth, default=True),
    )


def _amounts(amount: _Table) -> dict[str, Amounts]:
    """Return how each money column prints: the scale is the file's, letters are the column's."""
    scale = amount.take("scale", _scale, Decimal(1))
    letters = amount.table("letters").items(_letters)
    return {role: Amounts(letters.get(role, {}), scale) for role in MONEY}


#: The roles whose cells are amounts.
MONEY = ("amount", "credit", "debit", "fee", "net", "balance", "tip")


def _fact(table: _Table) -> Fact:
    fact = Fact(table.take("in", _one_of(_WHERE)), table.take("pattern", _pattern))
    table.done()
    return fact


def _extract(table: _Table) -> Extract:
    extract = Extract(table.take("from", _roles), table.take("pattern", _pattern))
    table.done()
    return extract


#: What a footer can state.
FIGURES = ("count", "gross", "fee", "net")


def _footer(table: _Table) -> Footer:
    footer = Footer(
        table.take("rows", _pattern, _NEVER),
        {key: table.take(key, _pattern) for key in FIGURES if table.holds(key, str)},
    )
    table.done()
    return footer
