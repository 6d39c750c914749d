"""Which days' files have come from whom, which are missing, and whether what they said about themselves adds up."""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from beancount_posguard.claims.names import side
from beancount_posguard.fava.loaded import Loaded
from beancount_posguard.ledger.receipts import Calendar, Receipt, Where
from beancount_posguard.legs import Sheet, Source
from beancount_posguard.money import ZERO
from beancount_posguard.survey import Survey
from beancount_posguard.words import N_, _

_DAY = timedelta(days=1)
_MONTH = re.compile(r"\d{4}-\d\d", re.ASCII)

#: The states of a day, with what they mean: for the legend, and for who points at one.
STATES: Mapping[str, str] = {
    "came": N_("file came"),
    "broken": N_("file cannot be trusted"),
    "missing": N_("missing, lines wait for it"),
    "none": N_("said to have none"),
    "quiet": N_("no file, nothing waits for it"),
    "awaited": N_("not yet"),
}

#: What is shown of a month without any file: nothing is known against its days.
_BEFORE = ""


class Month(NamedTuple):
    """The month that is shown, and its neighbours as ``YYYY-MM``; empty where nothing is known of them."""

    name: str
    first: date
    last: date
    before: str
    after: str


class Cell(NamedTuple):
    """One day of one source: its state (a key of :data:`STATES`, or empty), its lines, and where its batch stands."""

    day: date
    state: str
    text: str
    lines: int = 0
    file: str = ""
    line: int = 0


class Line(NamedTuple):
    """One source over a month."""

    title: str
    cells: Sequence[Cell]


class Missing(NamedTuple):
    """A day for which a file is missing, how many slips wait for it, and what a form calls it."""

    title: str
    day: date
    waiting: int
    value: str


class File(NamedTuple):
    """One imported file: what it said about itself, and what is wrong with it (empty: it adds up)."""

    name: str
    title: str
    first: date
    last: date
    batches: int
    rows: int
    gross: Decimal | None
    fee: Decimal | None
    net: Decimal | None
    wrong: Sequence[str]
    file: str
    line: int


def month_of(asked: str, found: Survey) -> Month:
    """Return the month called ``asked`` (``YYYY-MM``), or without one the last of which there is a file, or a batch."""
    # What was booked by hand, such as a refund that the next deposit brings, is no file.
    days = sorted({sheet.head.date for sheet in found.sheets if "posguard-receipt" in sheet.head.facts})
    last = days[-1] if days else max(found.as_of, date(2000, 1, 1))
    shown = last
    if _MONTH.fullmatch(asked) and 1 <= int(asked[5:]) <= 12 and int(asked[:4]):  # noqa: PLR2004  # months
        shown = date.fromisoformat(f"{asked}-01")
    first = shown.replace(day=1)
    end = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    before = f"{first - _DAY:%Y-%m}" if days and first > days[0] else ""
    after = f"{end + _DAY:%Y-%m}" if end < last else ""
    return Month(f"{first:%Y-%m}", first, end, before, after)


def lines(found: Survey, month: Month) -> list[Line]:
    """Return one line for everybody whose files are known by day, in the chain's order."""
    batches: dict[tuple[Where, date], list[Sheet]] = defaultdict(list)
    for sheet in found.sheets:
        if "posguard-receipt" in sheet.head.facts:
            batches[_whose(sheet), sheet.head.date].append(sheet)
    order = list(Source)
    known = sorted(found.arrivals.calendars(), key=lambda one: (order.index(one.whose.source), one.whose[1:]))
    missing = {(Where(*one[:3]), one.day) for one in found.judgement.missing}
    return [_line(one, month, batches, missing) for one in known]


def _line(
    known: Calendar,
    month: Month,
    batches: Mapping[tuple[Where, date], Sequence[Sheet]],
    missing: Iterable[tuple[Where, date]],
) -> Line:
    whole = known.whose._replace(terminal="")
    waited = {day for whose, day in missing if whose in {known.whose, whole}}
    days = [month.first + step * _DAY for step in range((month.last - month.first).days + 1)]
    # A line that does not name its terminal may stand in a batch of its own.
    cells = [
        _cell(day, known, waited, [*batches.get((known.whose, day), ())] or [*batches.get((whole, day), ())])
        for day in days
    ]
    return Line(title_of(known.whose), cells)


def _cell(day: date, known: Calendar, waited: Iterable[date], sheets: Sequence[Sheet]) -> Cell:
    state = _state(day, known, waited)
    count = sum(len(sheet.legs) for sheet in sheets)
    text = " · ".join(word for word in (day.isoformat(), _(STATES[state]) if state else "") if word)
    if not sheets:
        return Cell(day, state, text)
    names = sorted({str(sheet.head.facts.get("posguard-file", "")) for sheet in sheets} - {""})
    text = " · ".join([text, _("{n} lines").format(n=count), *names])
    facts = sheets[0].head.facts
    return Cell(day, state, text, count, str(facts["filename"]), int(facts["lineno"]))


def _state(day: date, known: Calendar, waited: Iterable[date]) -> str:
    if day in known.broken:
        return "broken"
    if day in known.came:
        return "came"
    if day in known.declared:
        return "none"
    if day in waited:
        return "missing"
    if not known.came or day < min(known.came):
        return _BEFORE
    return "quiet" if day < max(known.came) else "awaited"


def missing(found: Survey) -> list[Missing]:
    """Return the files that lines wait for, the oldest first."""
    return [
        Missing(title_of(whose := Where(*one[:3])), one.day, count, _value(whose, one.day))
        for one, count in sorted(found.judgement.missing.items(), key=lambda pair: (pair[0].day, pair[0][:3]))
    ]


def _value(whose: Where, day: date) -> str:
    return f"{whose.source.value}|{whose.terminal or whose.acquirer}|{day}"


def files(loaded: Loaded, month: Month) -> list[File]:
    """Return the files with a batch in ``month``, the newest first."""
    found = loaded.survey
    wrong: dict[tuple[str, int], list[str]] = defaultdict(list)
    for error in found.errors:
        wrong[str(error.source["filename"]), int(error.source["lineno"])].append(error.message)
    groups: dict[tuple[str, str], list[Sheet]] = defaultdict(list)
    for sheet in found.sheets:
        facts = sheet.head.facts
        if "posguard-receipt" in facts and month.first <= sheet.head.date <= month.last:
            groups[str(facts.get("posguard-file", "")), str(facts.get("posguard-sha256", ""))].append(sheet)
    made = [_file(name, group, wrong) for (name, _digest), group in groups.items()]
    return sorted(made, key=lambda one: (one.last, one.first, one.name), reverse=True)


def _file(name: str, sheets: Sequence[Sheet], wrong: Mapping[tuple[str, int], Sequence[str]]) -> File:
    first = sheets[0].head.facts
    receipts = [one for sheet in sheets if (one := _receipt(sheet.head.facts)) is not None]
    places = [(str(sheet.head.facts["filename"]), int(sheet.head.facts["lineno"])) for sheet in sheets]
    fees = [one.fee for one in receipts if one.fee is not None]
    nets = [one.net for one in receipts if one.net is not None]
    return File(
        name=name or _("(no name)"),
        title=", ".join(sorted({title_of(_whose(sheet)) for sheet in sheets})),
        first=min(sheet.head.date for sheet in sheets),
        last=max(sheet.head.date for sheet in sheets),
        batches=len(sheets),
        rows=sum(one.rows for one in receipts),
        gross=sum((one.gross for one in receipts), ZERO) if receipts else None,
        fee=sum(fees, ZERO) if fees else None,
        net=sum(nets, ZERO) if nets else None,
        wrong=[message for place in places for message in wrong.get(place, ())],
        file=str(first["filename"]),
        line=int(first["lineno"]),
    )


def _receipt(facts: Mapping[str, Any]) -> Receipt | None:
    try:
        return Receipt.parse(facts["posguard-receipt"])
    except ValueError:
        return None  # it stands among the errors


def _whose(sheet: Sheet) -> Where:
    head = sheet.head
    acquirer = "" if head.source is Source.SALE else head.acquirer
    return Where(head.source, acquirer, str(head.facts.get("terminal", "")))


def title_of(whose: Where) -> str:
    """Return whose files they are, in words."""
    return " ".join(word for word in (side(whose.source.value), whose.acquirer, whose.terminal) if word)
