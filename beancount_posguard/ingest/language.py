"""The language of profiles: which tables and keys there are, and what each becomes.

An unknown key is an error that names the keys there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any, TypeVar

from beancount_posguard.ingest import toml, values
from beancount_posguard.ingest.cells import MINOR, Amounts, fold
from beancount_posguard.ingest.profile import (
    DATES,
    ROLES,
    SKIP,
    TIMES,
    Attach,
    Checks,
    Clock,
    Column,
    Extract,
    Fact,
    Footer,
    Layout,
    Meaning,
    Profile,
    RecordType,
    Rule,
    Signs,
    Sums,
    Test,
    Total,
)
from beancount_posguard.ingest.toml import Entry
from beancount_posguard.legs import Kind
from beancount_posguard.money import parse_amount
from beancount_posguard.words import _

T = TypeVar("T")

#: The codes that read what is no table: ``ingest/standards``.
READERS = ("", "camt", "mt940", "ofx", "bai2")

#: What ``[signs]`` may say of amounts and of fees.
AMOUNT_STYLES = ("by kind", "signed", "inverted")

FEE_STYLES = ("cost", "negative", "difference")


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
        longer=table.take("longer", values.role, ""),
        first=table.take("first", toml.truth, default=False),
        join=table.take("join", toml.truth, default=False),
        pick=table.take("pick", values.group, _NEVER),
        empty=table.take("empty", toml.texts, ()),
        value=table.take("value", toml.text, ""),
    )
    table.done()
    return column if column.pick is not _NEVER else column._replace(pick=None)


def _rule(table: Entry) -> Rule:
    when = table.table("when").items(values.condition)
    tests = tuple(Test(values.column_name(column), holds) for column, holds in when.items())
    kind = table.take("kind", values.kind, _UNTOLD)
    status = table.take("status", values.same(*values.STATUSES), "")
    table.done()
    meaning = None if kind is _UNTOLD else kind
    return Rule(tests, meaning, values.STATUSES.get(status), skip=status == SKIP or kind.skip)


_UNTOLD = Meaning(None, None, skip=False)


def _sums(table: Entry) -> Sums:
    return {role: table.take(role, values.terms, ()) for role in SUMMED if table.holds(role, list)}


#: What ``[sums]`` may make up of several columns.
SUMMED = ("amount", "fee", "net", "tip")


def _kind_sums(table: Entry) -> tuple[dict[Kind, Sums], frozenset[Kind]]:
    """Return the sums by kind, and the kinds whose amounts are in the net's currency."""
    found = {}
    paid = set()
    for word in table.unread():
        if word not in values.KIND_WORDS:
            raise table.error(
                word, _("an unknown kind"), _("one of {kind_words}").format(kind_words=", ".join(values.KIND_WORDS))
            )
        sums = table.table(word)
        found[Kind(word)] = _sums(sums)
        _declare(sums, SUMMED)
        if sums.take("in-net-currency", toml.truth, default=False):
            paid.add(Kind(word))
        sums.done()
    return found, frozenset(paid)


def _declare(table: Entry, keys: Iterable[str]) -> None:
    """Name ``keys`` in the complaint about an unknown one."""
    for key in keys:
        table.knows(key)


def _signs(table: Entry) -> Signs:
    indicators = {}
    for role in ("amount", "fee", "balance"):
        one = table.table(f"{role}-indicator")
        if one.unread():
            column = values.column_name(one.take("column", toml.text))
            indicators[role] = (column, _words(one.table("words"), values.sign))
        else:
            _declare(one, ("column", "words"))
        one.done()
    signs = Signs(
        table.take("amount", values.same(*AMOUNT_STYLES), AMOUNT_STYLES[0]),
        table.take("fee", values.same(*FEE_STYLES), FEE_STYLES[0]),
        indicators,
    )
    table.done()
    return signs


def _checks(table: Entry) -> Checks:
    checks = Checks(
        net=table.take("net", values.SEVERITY, "refuse"),
        totals=table.take("totals", values.SEVERITY, "refuse"),
        balance=table.take("balance", values.SEVERITY, "refuse"),
        payout=table.take("payout", values.SEVERITY, "refuse"),
        tolerance=table.take("tolerance", lambda value: parse_amount(toml.text(value)), Decimal(0)),
        payout_key=table.take("payout-key", values.role, ""),
    )
    table.done()
    return checks


#: Stands for: times are left as they are printed.
_NOWHERE: tzinfo = timezone(timedelta(0), "nowhere")


def _clock(cells: Entry) -> Clock:
    here: tzinfo = cells.take("local", values.time_zone, _NOWHERE)
    return Clock(
        there=cells.take("zone", toml.text, ""),
        here=None if here is _NOWHERE else here,
        names=cells.table("zones").items(toml.text),
    )


def parse_profile(top: Entry, origin: str, *, own: bool) -> Profile:
    """Return the profile that the tables under ``top`` say; ``origin`` names its file in messages.

    Raises:
        ProfileError: naming the key, what it holds and what it should.
    """
    file, cells, amount, rows = (top.table(key) for key in ("file", "cells", "amount", "rows"))
    detect, sums = top.table("detect"), top.table("sums")
    profile = Profile(
        name=top.take("name", toml.text),
        title=top.take("title", toml.text),
        version=top.take("version", toml.text, ""),
        proof=top.take("proof", toml.text, ""),
        source=top.take("source", values.one_of(values.SOURCES)),
        acquirer=top.take("acquirer", toml.text, ""),
        currency=top.take("currency", values.currency),
        priority=top.take("priority", toml.whole, 0),
        origin=origin,
        own=own,
        layout=_layout(file, top.tables("records")),
        name_pattern=file.take("name", toml.pattern, _ANY),
        text_pattern=detect.take("text", toml.pattern, _ANY),
        columns=_columns(top.table("columns")),
        signature=detect.take("columns", values.roles),
        required=top.take("required", values.roles, ()),
        filled=rows.take("filled", values.roles, ()),
        without=detect.take("without", toml.names, frozenset()),
        ignore=top.take("ignore", toml.names, frozenset()),
        empty=cells.take("empty", toml.texts, ()),
        strip=cells.take("strip", toml.text, ""),
        kinds=_words(top.table("kinds"), values.kind),
        rules=tuple(map(_rule, top.tables("rules"))),
        statuses=_words(top.table("statuses"), values.one_of(values.STATUSES)),
        tenders=_words(top.table("tenders"), values.one_of(values.TENDERS)),
        card_types=_words(top.table("card-types"), values.CARD_TYPE),
        currencies=_words(top.table("currencies"), values.currency),
        date_layouts=(dates := cells.take("dates", values.layouts, tuple(DATES))),
        dates=values.moments(dates),
        times=values.moments(cells.take("times", values.layouts, tuple(TIMES))),
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
        delimiters=file.take("delimiters", values.delimiters, (",",)),
        quote=file.take("quote", values.quote, '"'),
        strict=file.take("strict", toml.truth, default=True),
        header_within=file.take("header_within", toml.place, 30),
        header_lines=file.take("header_lines", toml.place, 1),
        fixed=file.take("layout", values.fixed, ()),
        gap=file.take("gap", toml.count, 1),
        sheets=file.take("sheets", toml.truth, default=True),
        sheet=file.take("sheet", toml.text, ""),
        names=file.take("names", toml.texts, ()),
        min_cells=file.take("min_cells", toml.count, 0),
        ragged=file.take("ragged", toml.truth, default=False),
        overflow=fold(file.take("overflow", toml.text, "")),
        end=file.take("end", toml.text, ""),
        reader=file.take("reader", values.same(*READERS), ""),
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
        part=table.take("as", values.same(*PARTS), "row"),
        names=table.take("names", toml.texts, ()),
    )
    table.done()
    return record


def _amounts(amount: Entry) -> dict[str, Amounts]:
    """Return how each money column prints: the scale is the file's, letters are the column's."""
    scale = amount.take("scale", values.scale, Decimal(1))
    decimal = amount.take("decimal", values.same(".", ","), ".")
    usual: tuple[str, ...] = (",",) if decimal == "." else (".", "'", " ")
    thousands: tuple[str, ...] = amount.take("thousands", toml.texts, usual)
    loose = amount.take("loose", toml.truth, default=False)
    letters = amount.table("letters").items(values.letters)
    return {role: Amounts(letters.get(role, {}), scale, decimal, thousands, loose) for role in MONEY}


#: The roles whose cells are amounts.
MONEY = ("amount", "credit", "debit", "fee", "net", "balance", "tip", "rate")


def _fact(table: Entry) -> Fact:
    fact = Fact(table.take("in", values.same("name", "head", "foot")), table.take("pattern", toml.pattern))
    table.done()
    return fact


def _extract(table: Entry) -> Extract:
    extract = Extract(table.take("from", values.roles), table.take("pattern", toml.pattern))
    table.done()
    return extract


def _attach(table: Entry) -> Attach:
    attach = Attach(
        Kind(table.take("kind", values.same(*values.KIND_WORDS))),
        table.take("by", values.role),
        table.take("give", values.roles),
    )
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


def _total(table: Entry) -> Total:
    total = Total(
        where=table.take("in", values.same("head", "foot", "beside"), "foot"),
        pattern=table.take("pattern", toml.pattern),
        kinds=table.take("kinds", values.some, frozenset()),
        column=values.column_name(table.take("column", toml.text, "")),
        currencies=table.take("per-currency", toml.truth, default=False),
        way=table.take("in-or-out", values.same("in", "out"), ""),
        scale=table.take("scale", values.scale, _SAME) or None,
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
