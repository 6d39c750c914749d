"""What one institution's export looks like and means, read from its ``importers/<name>/profile.toml``.

``docs/importing.md`` explains every key; ``language`` reads them, ``institutions`` finds the profiles there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from beancount_posguard.ingest.cells import Amounts, parse_moment
from beancount_posguard.legs import SLIP_KEYS, Kind, Source, Status

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
