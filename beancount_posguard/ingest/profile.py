"""What one institution's export looks like and means, as data: ``importers/<name>/profile.toml``.

Adding an institution is adding a folder. ``docs/importing.md`` explains every key; an unknown key is an error that
names the keys there are. A folder ``importers/`` beside the user's ledger is looked at first, in the same format.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone, tzinfo
from decimal import Decimal
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from beancount_posguard.ingest import toml
from beancount_posguard.ingest.cells import BLANKS, MINOR, Amounts, fold, moment_pattern, parse_moment
from beancount_posguard.ingest.errors import ProfileError
from beancount_posguard.ingest.toml import Entry
from beancount_posguard.ingest.zones import zone
from beancount_posguard.legs import SIGN, SLIP_KEYS, Kind, Source, Status
from beancount_posguard.money import parse_amount
from beancount_posguard.words import _

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
    "net-currency": "the currency of fee and net where it is not the amount's",
    "rate": "what one unit of the currency is worth in the net's",
    "zone": "the time zone of the row's times",
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

#: Stands before the name of a column that serves no role but is asked for by its name.
RAW = "="

FILE = "profile.toml"
CATALOGUE = "posguard_importers"


class Column(NamedTuple):
    """One role: the names its column may have, and what its cells may need.

    ``pad`` is the width to which plain digits are filled up with leading zeros (spreadsheets eat them); a value that
    is longer serves as ``longer`` instead. With ``first`` every named column is looked at, row by row, and the first
    filled cell counts; with ``join`` all of them, a blank between two. ``pick`` keeps what its first group finds in a
    cell, ``empty`` are texts that mean nothing in this column, ``value`` stands in every row that says nothing.
    """

    names: tuple[str, ...]
    pad: int = 0
    longer: str = ""
    first: bool = False
    join: bool = False
    pick: re.Pattern[str] | None = None
    empty: tuple[str, ...] = ()
    value: str = ""


class Meaning(NamedTuple):
    """What a type word means. ``kind`` None leaves it to the sign, ``sign`` None to the kind."""

    kind: Kind | None
    sign: int | None
    skip: bool


class RecordType(NamedTuple):
    """One type of record: known by its cell ``at`` (0-based), it is a row, or part of what surrounds the rows.

    ``names`` are its columns where the file does not name them itself.
    """

    at: int
    pattern: re.Pattern[str]
    part: str
    names: tuple[str, ...]


class Layout(NamedTuple):
    """How the bytes become rows. ``fixed`` is (name, width in bytes) per field, empty for tables with a header."""

    encodings: tuple[str, ...]
    delimiters: tuple[str, ...]
    quote: str
    strict: bool
    header_within: int
    header_lines: int
    fixed: tuple[tuple[str, int], ...]
    gap: int
    sheets: bool
    sheet: str
    names: tuple[str, ...]
    min_cells: int
    ragged: bool
    overflow: str
    end: str
    reader: str
    member: re.Pattern[str]
    beside: re.Pattern[str]
    records: tuple[RecordType, ...]


class Total(NamedTuple):
    """A figure that the file states about itself, found by the named groups of ``pattern``.

    ``where`` is the part of the file to look at, ``kinds`` the rows it is about (empty: all), ``column`` the column
    that it adds up where that is not the rows' own amount; ``way`` keeps to what came in or what went out,
    ``scale`` is the unit of the figures where it is not the rows'.
    """

    where: str
    pattern: re.Pattern[str]
    kinds: frozenset[str]
    column: str
    currencies: bool
    way: str
    scale: Decimal | None


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


class Attach(NamedTuple):
    """Rows of ``kind`` say something about the one other row with the same value of ``by``: fee, or what is empty."""

    kind: Kind
    by: str
    give: tuple[str, ...]


class Test(NamedTuple):
    """One condition of a rule: what a cell of ``column`` must be."""

    column: str
    holds: Callable[[str], bool]


class Rule(NamedTuple):
    """What a row means when all ``tests`` hold; ``meaning`` or ``status`` None leaves it to the words."""

    tests: tuple[Test, ...]
    meaning: Meaning | None
    status: Status | None
    skip: bool


class Term(NamedTuple):
    """A column in a sum, added or taken away."""

    column: str
    sign: int


#: role -> the columns that make it up.
Sums = Mapping[str, tuple[Term, ...]]


class Signs(NamedTuple):
    """How signs are told. ``amount`` and ``fee`` are styles, the indicators columns whose words give a sign."""

    amount: str
    fee: str
    indicators: Mapping[str, tuple[str, Mapping[str, int]]]


class Checks(NamedTuple):
    """How severe a broken promise is (``refuse``, ``warn``, ``off``), and by how much sums may differ."""

    net: str
    totals: str
    balance: str
    payout: str
    tolerance: Decimal
    payout_key: str


class Clock(NamedTuple):
    """Whose time the file states and whose the shop keeps; ``here`` None leaves times as they are printed."""

    there: str
    here: tzinfo | None
    names: Mapping[str, str]


@dataclass(frozen=True)
class Profile:
    """One institution's export, ready to be read. ``origin`` is the file it stands in, for messages."""

    name: str
    title: str
    version: str
    proof: str
    source: Source
    acquirer: str
    currency: str
    priority: int
    origin: str
    own: bool
    layout: Layout
    name_pattern: re.Pattern[str]
    text_pattern: re.Pattern[str]
    columns: Mapping[str, Column]
    signature: tuple[str, ...]
    required: tuple[str, ...]
    filled: tuple[str, ...]
    without: frozenset[str]
    ignore: frozenset[str]
    empty: tuple[str, ...]
    strip: str
    kinds: Mapping[str, Meaning]
    rules: tuple[Rule, ...]
    statuses: Mapping[str, Status | None]
    tenders: Mapping[str, bool]
    card_types: Mapping[str, str]
    currencies: Mapping[str, str]
    date_layouts: tuple[str, ...]
    dates: tuple[re.Pattern[str], ...]
    times: tuple[re.Pattern[str], ...]
    clock: Clock
    amounts: Mapping[str, Amounts]
    minor: bool
    sums: Sums
    kind_sums: Mapping[Kind, Sums]
    net_kinds: frozenset[Kind]
    signs: Signs
    facts: tuple[Fact, ...]
    extracts: tuple[Extract, ...]
    attach: tuple[Attach, ...]
    acquirers: Mapping[str, re.Pattern[str]]
    drop: re.Pattern[str]
    stop: re.Pattern[str]
    keep: re.Pattern[str]
    footer: Footer
    totals: tuple[Total, ...]
    checks: Checks

    @cached_property
    def known_names(self) -> frozenset[str]:
        """Every column name the profile has heard of, whether it reads that column or not."""
        return self.ignore.union(*(column.names for column in self.columns.values()), self.by_name)

    @cached_property
    def by_name(self) -> frozenset[str]:
        """The columns, folded, that sums, rules, signs and totals ask for by their name."""
        in_sums = (
            term.column for sums in (self.sums, *self.kind_sums.values()) for terms in sums.values() for term in terms
        )
        in_rules = (test.column for rule in self.rules for test in rule.tests)
        in_signs = (column for column, _ in self.signs.indicators.values())
        in_totals = (total.column for total in self.totals)
        asked = {*in_sums, *in_rules, *in_signs, *in_totals}
        return frozenset(column.removeprefix(RAW) for column in asked if column.startswith(RAW))

    @cached_property
    def ambiguous_dates(self) -> bool:
        """Whether one text may be two days: a day first in one layout, a month first in another."""
        sample = {"Y": "2001", "y": "01", "m": "02", "d": "03", "b": "Feb", "H": "04", "M": "05", "S": "06",
                  "I": "04", "p": "AM", "z": "+00:00", "Z": "UTC"}  # fmt: skip
        read = (
            parse_moment(re.sub("%(.)", lambda one: sample[one[1]], layout), [pattern])[:3]
            for layout in self.date_layouts
            for pattern in self.dates
            if pattern.fullmatch(re.sub("%(.)", lambda one: sample[one[1]], layout))
        )
        return any(day != (2001, 2, 3) and None not in day for day in read)

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
    shipped = [*_shipped()]
    bases = _Bases(shipped)
    for text, origin, own in [*_of_user(beside), *shipped]:
        profile = read_profile(text, origin, own=own, bases=bases)
        found.setdefault(profile.name, profile)
    return [*found.values()]


class _Bases:
    """The shipped profiles as TOML, by name: what ``extends`` may build on."""

    def __init__(self, shipped: Iterable[tuple[str, str, bool]] | None = None) -> None:
        self._shipped = shipped

    def data(self, name: str) -> dict[str, Any]:
        """Return the tables of the profile ``name``, itself extended; a ValueError lists the names there are."""
        known = {
            Path(origin).parent.name: text
            for text, origin, _ in (_shipped() if self._shipped is None else self._shipped)
        }
        if name not in known:
            raise ValueError(_("one of {known}").format(known=", ".join(sorted(known))))
        return self.extended(tomllib.loads(known[name]))

    def extended(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return ``data`` laid over what it extends: tables are merged, all else is replaced."""
        base = data.pop("extends", None)
        return data if base is None else _merged(self.data(toml.text(base)), data)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {key: value for key, value in over.items() if isinstance(value, dict) and isinstance(base.get(key), dict)}
    return {**base, **over, **{key: _merged(base[key], value) for key, value in both.items()}}


def _of_user(beside: Path | None) -> Iterable[tuple[str, str, bool]]:
    # Other importers may live in that folder too: only what holds a profile is ours.
    for path in sorted(beside.glob(f"importers/*/{FILE}")) if beside else ():
        yield path.read_text("utf-8"), f"importers/{path.parent.name}/{FILE}", True


def _shipped() -> Iterable[tuple[str, str, bool]]:
    for place in sorted(resources.files(CATALOGUE).iterdir(), key=lambda one: one.name):
        profile = place / FILE
        if profile.is_file():
            yield profile.read_text("utf-8"), f"{CATALOGUE}/{place.name}/{FILE}", False


def read_profile(text: str, origin: str, *, own: bool = False, bases: _Bases | None = None) -> Profile:
    """Read one profile from TOML ``text``; ``origin`` names it in messages.

    Raises:
        ProfileError: naming the key, what it holds and what it should.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(origin, None, str(error), "TOML") from error
    base = data.get("extends")
    try:
        data = (bases or _Bases()).extended(data)
    except ValueError as error:
        raise ProfileError(origin, None, _("extends: {base!r}").format(base=base), str(error)) from error
    return _profile(Entry(data, origin), origin, own=own)


def _role(value: Any) -> str:  # noqa: ANN401  # TOML, here and below
    if value not in ROLES:
        raise ValueError(_("one of {roles}").format(roles=", ".join(ROLES)))
    return str(value)


def _roles(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(map(_role, toml.texts(value)))


def _one_of(words: Mapping[str, T]) -> Callable[[Any], T]:
    def read(value: Any) -> T:  # noqa: ANN401
        if not isinstance(value, str) or value not in words:
            raise ValueError(_("one of {words}").format(words=", ".join(words)))
        return words[value]

    return read


def _same(*words: str) -> Callable[[Any], str]:
    return _one_of({word: word for word in words})


_KINDS = {kind.value: Meaning(kind, SIGN[kind], skip=False) for kind in Kind} | {
    SKIP: Meaning(None, None, skip=True),
    BY_SIGN: Meaning(None, None, skip=False),
}
_STATUSES: dict[str, Status | None] = {status.value: status for status in Status} | {SKIP: None}
_TENDERS = {"card": True, "other": False}
_SOURCES = {source.value: source for source in Source}
_CARD_TYPE = _same("debit", "credit", "foreign")
_SEVERITY = _same("refuse", "warn", "off")

#: The codes that read what is no table: ``ingest/standards``.
READERS = ("", "camt", "mt940", "ofx", "bai2")
#: What ``[signs]`` may say of amounts and of fees.
AMOUNT_STYLES = ("by kind", "signed", "inverted")
FEE_STYLES = ("cost", "negative", "difference")


def _kind(value: Any) -> Meaning:  # noqa: ANN401
    """Read ``"refund"``, or ``"-reversal"``: a kind with the sign that this word gives it."""
    text = toml.text(value)
    sign = {"+": 1, "-": -1}.get(text[:1])
    meaning = _one_of(_KINDS)(text if sign is None else text[1:])
    return meaning if sign is None else meaning._replace(sign=sign)


def _words(table: Entry, read: Callable[[Any], T]) -> dict[str, T]:
    """Return ``word = meaning`` pairs, words folded; ``meaning = [words]`` would need TOML keys in every language."""
    return {fold(word): meaning for word, meaning in table.items(read).items()}


def _columns(columns: Entry) -> dict[str, Column]:
    return {role: _column(columns, role) for role in columns.unread()}


def _column(columns: Entry, role: str) -> Column:
    """Read ``role = ["name", …]``, or a table where the column needs more than names."""
    if role not in ROLES:
        raise columns.error(role, _("an unknown role"), _("one of {roles}").format(roles=", ".join(ROLES)))
    if columns.holds(role, list):
        return Column(columns.take(role, toml.folded))
    table = columns.table(role)
    column = Column(
        names=table.take("names", toml.folded, ()),
        pad=table.take("pad", toml.count, 0),
        longer=table.take("longer", _role, ""),
        first=table.take("first", toml.truth, default=False),
        join=table.take("join", toml.truth, default=False),
        pick=table.take("pick", _group, _NEVER),
        empty=table.take("empty", toml.texts, ()),
        value=table.take("value", toml.text, ""),
    )
    table.done()
    return column if column.pick is not _NEVER else column._replace(pick=None)


def _group(value: Any) -> re.Pattern[str]:  # noqa: ANN401
    found = toml.pattern(value)
    if not found.groups:
        raise ValueError(_("a pattern with a group in parentheses"))
    return found


def _fixed(value: Any) -> tuple[tuple[str, int], ...]:  # noqa: ANN401
    fields = []
    for field in toml.a(list, value):
        match field:
            case [str() as name, int() as width] if 0 < width <= toml.LARGEST_COUNT:
                fields.append((name, width))
            case _:
                raise ValueError(_('fields such as ["终端号", 8], the width in bytes'))
    return tuple(fields)


def _delimiters(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    found = toml.texts(value)
    if not found or any(one not in BLANKS and (len(one) != 1 or one in "\r\n\0") for one in found):
        raise ValueError(_("single characters, or {words}").format(words=", ".join(BLANKS)))
    return found


def _quote(value: Any) -> str:  # noqa: ANN401
    found = toml.text(value)
    if len(found) > 1 or found in {"\r", "\n", "\0", " "}:
        raise ValueError(_("one character, or an empty text where nothing is quoted"))
    return found


def _currency(value: Any) -> str:  # noqa: ANN401
    found = toml.text(value)
    if not (len(found) == 3 and found.isascii() and found.isalpha() and found.isupper()):  # noqa: PLR2004  # ISO 4217
        raise ValueError(_("a code of three letters such as CNY; XXX for the contract's"))
    return found


def _layouts(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    layouts = toml.texts(value)
    _moments(value)
    return layouts


def _moments(value: Any) -> tuple[re.Pattern[str], ...]:  # noqa: ANN401
    return tuple(map(moment_pattern, value))


def _letters(value: Any) -> Mapping[str, int]:  # noqa: ANN401
    letters = {toml.text(letter): toml.whole(sign) for letter, sign in toml.a(dict, value).items()}
    if any(len(letter) != 1 or sign not in {1, -1} for letter, sign in letters.items()):
        raise ValueError(_("letters with 1 or -1, such as { C = 1, D = -1 }"))
    return letters


def _scale(value: Any) -> Decimal:  # noqa: ANN401
    return MINOR if value == "minor" else parse_amount(toml.text(value))


def _sign(value: Any) -> int:  # noqa: ANN401
    if value not in {1, -1} or isinstance(value, bool):
        raise ValueError("1 or -1")
    return int(value)


_CONDITIONS: Mapping[str, Callable[[str], bool]] = {
    "filled": bool,
    "empty": lambda cell: not cell,
    "zero": lambda cell: not re.search("[1-9]", cell),
    "nonzero": lambda cell: bool(re.search("[1-9]", cell)),
    "positive": lambda cell: bool(re.search("[1-9]", cell)) and not cell.startswith(("-", "(")),
    "negative": lambda cell: bool(re.search("[1-9]", cell)) and cell.startswith(("-", "(")),
}


def _condition(value: Any) -> Callable[[str], bool]:  # noqa: ANN401
    """Read ``"nonzero"`` and the like, or a pattern between slashes."""
    text = toml.text(value)
    if len(text) > 1 and text[0] == text[-1] == "/":
        search = re.compile(text[1:-1]).search
        return lambda cell: search(cell) is not None
    return _one_of({**_CONDITIONS, "/pattern/": bool})(text)


def _rule(table: Entry) -> Rule:
    when = table.table("when").items(_condition)
    tests = tuple(Test(_column_name(column), holds) for column, holds in when.items())
    kind = table.take("kind", _kind, _UNTOLD)
    status = table.take("status", _same(*_STATUSES), "")
    table.done()
    meaning = None if kind is _UNTOLD else kind
    return Rule(tests, meaning, _STATUSES.get(status), skip=status == SKIP or kind.skip)


_UNTOLD = Meaning(None, None, skip=False)


def _column_name(name: str) -> str:
    """Return a role as it is, any other column's name folded and marked as such."""
    return name if name in ROLES or not name else f"{RAW}{fold(name)}"


def _terms(value: Any) -> tuple[Term, ...]:  # noqa: ANN401
    """Read ``["Net Credit", "-Net Debit"]``: columns to add, and with a dash to take away."""
    return tuple(
        Term(_column_name(text.removeprefix("-")), -1 if text.startswith("-") else 1) for text in toml.texts(value)
    )


def _sums(table: Entry) -> Sums:
    return {role: table.take(role, _terms, ()) for role in SUMMED if table.holds(role, list)}


#: What ``[sums]`` may make up of several columns.
SUMMED = ("amount", "fee", "net", "tip")


def _kind_sums(table: Entry) -> tuple[dict[Kind, Sums], frozenset[Kind]]:
    """Return the sums by kind, and the kinds whose amounts are in the net's currency."""
    found = {}
    paid = set()
    for word in table.unread():
        if word not in _KIND_WORDS:
            raise table.error(
                word, _("an unknown kind"), _("one of {kind_words}").format(kind_words=", ".join(_KIND_WORDS))
            )
        sums = table.table(word)
        found[Kind(word)] = _sums(sums)
        _declare(sums, SUMMED)
        if sums.take("in-net-currency", toml.truth, default=False):
            paid.add(Kind(word))
        sums.done()
    return found, frozenset(paid)


_KIND_WORDS = [kind.value for kind in Kind]


def _declare(table: Entry, keys: Iterable[str]) -> None:
    """Name ``keys`` in the complaint about an unknown one."""
    for key in keys:
        table.knows(key)


def _signs(table: Entry) -> Signs:
    indicators = {}
    for role in ("amount", "fee", "balance"):
        one = table.table(f"{role}-indicator")
        if one.unread():
            column = _column_name(one.take("column", toml.text))
            indicators[role] = (column, _words(one.table("words"), _sign))
        else:
            _declare(one, ("column", "words"))
        one.done()
    signs = Signs(
        table.take("amount", _same(*AMOUNT_STYLES), AMOUNT_STYLES[0]),
        table.take("fee", _same(*FEE_STYLES), FEE_STYLES[0]),
        indicators,
    )
    table.done()
    return signs


def _checks(table: Entry) -> Checks:
    checks = Checks(
        net=table.take("net", _SEVERITY, "refuse"),
        totals=table.take("totals", _SEVERITY, "refuse"),
        balance=table.take("balance", _SEVERITY, "refuse"),
        payout=table.take("payout", _SEVERITY, "refuse"),
        tolerance=table.take("tolerance", lambda value: parse_amount(toml.text(value)), Decimal(0)),
        payout_key=table.take("payout-key", _role, ""),
    )
    table.done()
    return checks


def _zone(value: Any) -> tzinfo:  # noqa: ANN401
    return zone(toml.text(value))


#: Stands for: times are left as they are printed.
_NOWHERE: tzinfo = timezone(timedelta(0), "nowhere")


def _clock(cells: Entry) -> Clock:
    here: tzinfo = cells.take("local", _zone, _NOWHERE)
    return Clock(
        there=cells.take("zone", toml.text, ""),
        here=None if here is _NOWHERE else here,
        names=cells.table("zones").items(toml.text),
    )


def _profile(top: Entry, origin: str, *, own: bool) -> Profile:
    file, cells, amount, rows = (top.table(key) for key in ("file", "cells", "amount", "rows"))
    detect, sums = top.table("detect"), top.table("sums")
    profile = Profile(
        name=top.take("name", toml.text),
        title=top.take("title", toml.text),
        version=top.take("version", toml.text, ""),
        proof=top.take("proof", toml.text, ""),
        source=top.take("source", _one_of(_SOURCES)),
        acquirer=top.take("acquirer", toml.text, ""),
        currency=top.take("currency", _currency),
        priority=top.take("priority", toml.whole, 0),
        origin=origin,
        own=own,
        layout=_layout(file, top.tables("records")),
        name_pattern=file.take("name", toml.pattern, _ANY),
        text_pattern=detect.take("text", toml.pattern, _ANY),
        columns=_columns(top.table("columns")),
        signature=detect.take("columns", _roles),
        required=top.take("required", _roles, ()),
        filled=rows.take("filled", _roles, ()),
        without=detect.take("without", toml.names, frozenset()),
        ignore=top.take("ignore", toml.names, frozenset()),
        empty=cells.take("empty", toml.texts, ()),
        strip=cells.take("strip", toml.text, ""),
        kinds=_words(top.table("kinds"), _kind),
        rules=tuple(map(_rule, top.tables("rules"))),
        statuses=_words(top.table("statuses"), _one_of(_STATUSES)),
        tenders=_words(top.table("tenders"), _one_of(_TENDERS)),
        card_types=_words(top.table("card-types"), _CARD_TYPE),
        currencies=_words(top.table("currencies"), _currency),
        date_layouts=(dates := cells.take("dates", _layouts, tuple(DATES))),
        dates=_moments(dates),
        times=_moments(cells.take("times", _layouts, tuple(TIMES))),
        clock=_clock(cells),
        amounts=(amounts := _amounts(amount)),
        minor=amounts["amount"].scale is MINOR,
        sums=_sums(sums),
        kind_sums=(kind_sums := _kind_sums(sums.table("by-kind")))[0],
        net_kinds=kind_sums[1],
        signs=_signs(top.table("signs")),
        facts=tuple(map(_fact, top.tables("facts"))),
        extracts=tuple(map(_extract, top.tables("extract"))),
        attach=tuple(map(_attach, top.tables("attach"))),
        acquirers=top.table("acquirers").items(toml.pattern),
        drop=rows.take("drop", toml.pattern, _NEVER),
        stop=rows.take("stop", toml.pattern, _NEVER),
        keep=rows.take("keep", toml.pattern, _ANY),
        footer=_footer(top.table("footer")),
        totals=tuple(map(_total, top.tables("totals"))),
        checks=_checks(top.table("checks")),
    )
    for role in (*profile.signature, *profile.required, *profile.filled):
        if role not in profile.columns:
            raise top.error(
                "columns", _("no {role}").format(role=role), _("every role under detect.columns and required")
            )
    top.take("notes", toml.text, "")
    top.take("extends", toml.text, "")
    _declare(sums, SUMMED)
    for table in (file, cells, amount, rows, detect, sums, top):
        table.done()
    return profile


_ANY, _NEVER = re.compile(""), re.compile(r"(?!)")


def _layout(file: Entry, records: list[Entry]) -> Layout:
    return Layout(
        encodings=file.take("encodings", toml.encodings, ("utf-8-sig", "gb18030")),
        delimiters=file.take("delimiters", _delimiters, (",",)),
        quote=file.take("quote", _quote, '"'),
        strict=file.take("strict", toml.truth, default=True),
        header_within=file.take("header_within", toml.place, 30),
        header_lines=file.take("header_lines", toml.place, 1),
        fixed=file.take("layout", _fixed, ()),
        gap=file.take("gap", toml.count, 1),
        sheets=file.take("sheets", toml.truth, default=True),
        sheet=file.take("sheet", toml.text, ""),
        names=file.take("names", toml.texts, ()),
        min_cells=file.take("min_cells", toml.count, 0),
        ragged=file.take("ragged", toml.truth, default=False),
        overflow=fold(file.take("overflow", toml.text, "")),
        end=file.take("end", toml.text, ""),
        reader=file.take("reader", _same(*READERS), ""),
        member=file.take("member", toml.pattern, _ANY),
        beside=file.take("beside", toml.pattern, _NEVER),
        records=tuple(map(_record, records)),
    )


#: What a record type may be a part of.
PARTS = ("row", "header", "head", "foot", "drop")


def _record(table: Entry) -> RecordType:
    record = RecordType(
        at=table.take("at", toml.place, 1) - 1,
        pattern=table.take("is", toml.pattern),
        part=table.take("as", _same(*PARTS), "row"),
        names=table.take("names", toml.texts, ()),
    )
    table.done()
    return record


def _amounts(amount: Entry) -> dict[str, Amounts]:
    """Return how each money column prints: the scale is the file's, letters are the column's."""
    scale = amount.take("scale", _scale, Decimal(1))
    decimal = amount.take("decimal", _same(".", ","), ".")
    usual: tuple[str, ...] = (",",) if decimal == "." else (".", "'", " ")
    thousands: tuple[str, ...] = amount.take("thousands", toml.texts, usual)
    loose = amount.take("loose", toml.truth, default=False)
    letters = amount.table("letters").items(_letters)
    return {role: Amounts(letters.get(role, {}), scale, decimal, thousands, loose) for role in MONEY}


#: The roles whose cells are amounts.
MONEY = ("amount", "credit", "debit", "fee", "net", "balance", "tip", "rate")


def _fact(table: Entry) -> Fact:
    fact = Fact(table.take("in", _same("name", "head", "foot")), table.take("pattern", toml.pattern))
    table.done()
    return fact


def _extract(table: Entry) -> Extract:
    extract = Extract(table.take("from", _roles), table.take("pattern", toml.pattern))
    table.done()
    return extract


def _attach(table: Entry) -> Attach:
    attach = Attach(Kind(table.take("kind", _same(*_KIND_WORDS))), table.take("by", _role), table.take("give", _roles))
    table.done()
    return attach


#: What a footer can state.
FIGURES = ("count", "gross", "fee", "net")


def _footer(table: Entry) -> Footer:
    footer = Footer(
        table.take("rows", toml.pattern, _NEVER),
        {key: table.take(key, toml.pattern) for key in FIGURES if table.holds(key, str)},
    )
    _declare(table, FIGURES)
    table.done()
    return footer


#: What ``[[totals]]`` may find: the figures, fees charged and returned apart, and an account's balances.
STATED = (*FIGURES, "charged", "returned", "opening", "closing")


#: Stands for: the unit of the rows.
_SAME = Decimal(0)


def _some(value: Any) -> frozenset[str]:  # noqa: ANN401
    return frozenset(toml.texts(value))


def _total(table: Entry) -> Total:
    total = Total(
        where=table.take("in", _same("head", "foot", "beside"), "foot"),
        pattern=table.take("pattern", toml.pattern),
        kinds=table.take("kinds", _some, frozenset()),
        column=_column_name(table.take("column", toml.text, "")),
        currencies=table.take("per-currency", toml.truth, default=False),
        way=table.take("in-or-out", _same("in", "out"), ""),
        scale=table.take("scale", _scale, _SAME) or None,
    )
    named = {*total.pattern.groupindex}
    if not named & {*STATED} or named - {*STATED, "currency"}:
        raise table.error(
            "pattern",
            repr(total.pattern.pattern),
            _("named groups among {stated} and currency").format(stated=", ".join(STATED)),
        )
    table.done()
    return total
