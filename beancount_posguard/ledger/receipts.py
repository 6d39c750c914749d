"""What each file said about itself: checked against the ledger, and remembered as the days that have arrived."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from beancount.core.data import Custom

from beancount_posguard.ledger.errors import PosguardError, at
from beancount_posguard.ledger.words import NO_FILE
from beancount_posguard.legs import Leg, Sheet, Source
from beancount_posguard.money import ZERO, figure, parse_amount
from beancount_posguard.words import _

_RECEIPT = re.compile(
    r"(?P<rows>\d+) rows, gross (?P<gross>\S+) (?P<currency>\S+)"
    r"(?:, fee (?P<fee>\S+) (?P=currency))?(?:, net (?P<net>\S+) (?P=currency))?",
    re.ASCII,
)
_PART = re.compile(r"(?P<part>[1-9]\d*) of (?P<parts>[1-9]\d*)", re.ASCII)
_KNOWN = re.compile(r"\d+ rows", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DAY = timedelta(days=1)
#: No export covers more days than this; a longer period is a slip of the pen.
_LONGEST = 3 * 366


class Receipt(NamedTuple):
    """What the file stated for the rows of one transaction."""

    rows: int
    gross: Decimal
    fee: Decimal | None
    net: Decimal | None

    @classmethod
    def parse(cls, text: object) -> Receipt:
        """Read ``2 rows, gross 92.00 CNY, fee 0.46 CNY, net 91.54 CNY``.

        Raises:
            ValueError: saying what was expected.
        """
        match = _RECEIPT.fullmatch(text) if isinstance(text, str) else None
        if not match:
            raise ValueError(
                _("posguard-receipt: {text!r}; expected 'N rows, gross X CUR[, fee X CUR][, net X CUR]'").format(
                    text=text
                )
            )
        figures = (parse_amount(match[key]) if match[key] else None for key in ("fee", "net"))
        return cls(int(match["rows"]), parse_amount(match["gross"]), *figures)


#: Covers the days of a source before it left its first receipt: nothing is known against them.
_ALWAYS = date.min

#: Whose file is there but cannot be trusted to be whole; no terminal is called so.
BROKEN = "<broken>"

_Scope = tuple[Source, str, str]


@dataclass
class Arrivals:
    """Which days of which source have arrived, and since when that is known.

    A source covers the days of its receipts; before its first receipt, or where it leaves none, every day counts as
    covered. A file that closes a gap does so from its own date on, so that it changes nothing that was judged before.
    """

    _dates: defaultdict[tuple[Source, str], list[date]] = field(default_factory=lambda: defaultdict(list))
    _known: defaultdict[_Scope, dict[date, date]] = field(default_factory=lambda: defaultdict(dict))
    _first: dict[_Scope, date] = field(default_factory=dict)
    _broken: set[tuple[Source, str, date]] = field(default_factory=set)

    def arrive(self, source: Source, acquirer: str, day: date) -> None:
        """Note a batch dated ``day``; batches come in date order."""
        dates = self._dates[source, acquirer]
        if not dates or dates[-1] != day:
            dates.append(day)

    def cover(self, source: Source, acquirer: str, terminal: str, days: Mapping[date, date]) -> None:
        """Note that a file brought ``days`` (each with the day since which that is known)."""
        for scope in {terminal, ""}:
            key = (source, acquirer, scope)
            known = self._known[key]
            for day, since in days.items():
                known[day] = min(since, known.get(day, since))
            self._first[key] = min([*days.values(), self._first.get(key, date.max)])

    def declare(self, source: Source, scope: str, day: date) -> None:
        """Note that there truly is no file for ``day``: of one terminal or acquirer, or of the source as a whole."""
        for key, known in self._known.items():
            if key[0] is source and scope in {"", key[1], key[2]}:
                known[day] = _ALWAYS

    def mistrust(self, source: Source, acquirer: str, day: date) -> None:
        """Note that the batch of ``day`` could not be read or added up: what it lacks proves nothing."""
        self._broken.add((source, acquirer, day))

    def first_after(self, source: Source, acquirer: str, day: date) -> date | None:
        """Return the day of the first batch strictly after ``day``, if it has come."""
        dates = self._dates.get((source, acquirer), [])
        place = bisect_right(dates, day)
        return dates[place] if place < len(dates) else None

    def calendars(self) -> Iterator[Calendar]:
        """Yield, for everybody whose files are known by day, which days have come."""
        for (source, acquirer, terminal), known in self._known.items():
            whole = not any(key[:2] == (source, acquirer) and key[2] for key in self._known)
            if terminal or whole:
                yield Calendar(
                    Where(source, acquirer, terminal),
                    frozenset(day for day, since in known.items() if since != _ALWAYS),
                    frozenset(day for day, since in known.items() if since == _ALWAYS),
                    frozenset(day for source_, whose, day in self._broken if (source_, whose) == (source, acquirer)),
                )

    def covered(self, where: Where, day: date, as_of: date) -> tuple[date | None, str]:
        """Return since when the file for ``day`` is there, judging not before ``as_of``.

        None where it never came, with whose it is: a terminal id, or "" for the source as a whole.
        """
        if (where.source, where.acquirer, day) in self._broken:
            return None, BROKEN
        since, whose = self._since((where.source, where.acquirer, where.terminal), day), where.terminal
        if where.terminal and (where.source, where.acquirer, where.terminal) not in self._first:
            since, whose = self._since((where.source, where.acquirer, ""), day), ""
        if not where.terminal:
            # The line does not say which terminal it means: any one with a gap on this day may have it.
            for key in self._first:
                if key[:2] == (where.source, where.acquirer) and key[2] and self._has_gap(key, day, as_of):
                    since, whose = self._since(key, day), key[2]
                    break
        return (None, whose) if since is None else (max(since, as_of), whose)

    def _since(self, key: _Scope, day: date) -> date | None:
        if key not in self._first or day < self._first[key]:
            return _ALWAYS
        return self._known[key].get(day)

    def _has_gap(self, key: _Scope, day: date, as_of: date) -> bool:
        since = self._since(key, day)
        if since is not None and since <= as_of:
            return False
        return any(later > day and known <= as_of for later, known in self._known[key].items())


class Where(NamedTuple):
    """Whose file is asked for; ``terminal`` is empty where the line does not say or the source has none."""

    source: Source
    acquirer: str
    terminal: str = ""


class Calendar(NamedTuple):
    """The days of one source: those whose file came, those said to have none, those whose file cannot be trusted."""

    whose: Where
    came: frozenset[date]
    declared: frozenset[date]
    broken: frozenset[date]


def read_arrivals(
    sheets: Iterable[Sheet], entries: Iterable[Any], acquirers: Sequence[str]
) -> tuple[Arrivals, list[PosguardError]]:
    """Read the receipts of ``sheets`` and the ``posguard-no-file`` directives of ``entries``."""
    arrivals = Arrivals()
    errors: list[PosguardError] = []
    files: defaultdict[tuple[str, Source, str], list[Sheet]] = defaultdict(list)
    whole: defaultdict[str, list[Sheet]] = defaultdict(list)
    for sheet in sheets:
        head = sheet.head
        acquirer = "" if head.source is Source.SALE else head.acquirer
        if not head.correction:
            arrivals.arrive(head.source, acquirer, head.date)
        wrong = check_receipt(sheet) if "posguard-receipt" in head.facts else []
        errors.extend(wrong)
        if wrong or sheet.broken:
            arrivals.mistrust(head.source, acquirer, head.date)
        if "posguard-receipt" in head.facts:
            digest = str(head.facts.get("posguard-sha256") or id(sheet))
            files[digest, head.source, acquirer].append(sheet)
            whole[digest].append(sheet)  # one file may tell of several acquirers
    for same in whole.values():
        errors.extend(_check_parts(same))
    for (_digest, source, acquirer), same in files.items():
        days = _days(same)
        for terminal in {str(sheet.head.facts.get("terminal", "")) for sheet in same}:
            arrivals.cover(source, acquirer, terminal, days)
    errors.extend(_no_files(arrivals, entries, acquirers))
    return arrivals, errors


def _days(sheets: Sequence[Sheet]) -> dict[date, date]:
    """Return all days one file covers, from its first to its last or as wide as it says, and since when each is known.

    A day is known to be covered when the file's next batch is booked.
    """
    booked = sorted({sheet.head.date for sheet in sheets})
    told = list(booked)
    for sheet in sheets:
        for key in ("posguard-from", "posguard-to"):
            value = sheet.head.facts.get(key)
            if value is None:
                continue
            try:
                told.append(value if isinstance(value, date) else date.fromisoformat(str(value)))
            except ValueError:
                continue
    first, last = min(told), max(told)
    if first == last:
        return {first: booked[0]}
    days = [first + step * _DAY for step in range(min((last - first).days, _LONGEST) + 1)]
    return {day: booked[min(bisect_left(booked, day), len(booked) - 1)] for day in days}


def check_receipt(sheet: Sheet) -> list[PosguardError]:
    """Add the postings of ``sheet`` up against its receipt; every difference is an error at the transaction."""
    facts = sheet.head.facts
    try:
        receipt = Receipt.parse(facts["posguard-receipt"])
        _check_words(facts)
    except ValueError as error:
        return [at(facts, f"posguard: {error}", sheet.entry)]
    memos = [leg for leg in sheet.legs if leg.is_memo] if sheet.memos else []
    gross = sheet.total - sum([leg.amount for leg in memos], ZERO)
    rows = len(sheet.legs) - _mirrored(memos, sheet.legs)
    found: list[tuple[str, object, object]] = [("rows", receipt.rows, rows), ("gross", receipt.gross, gross)]
    if receipt.fee is not None:
        fee = sum(map(figure, filter(None, sheet.column("fee"))), ZERO)
        found.append(("fee", receipt.fee, fee))
    if receipt.net is not None and sheet.lump is not None:
        found.append(("net", receipt.net, sheet.lump))
    return [
        at(
            facts,
            _(
                "posguard: the receipt says {name} {said}, the postings give {counted}: "
                "a line was lost, doubled or edited after the import"
            ).format(name=_(name), said=said, counted=counted),
            sheet.entry,
        )
        for name, said, counted in found
        if said != counted
    ]


def _mirrored(memos: Sequence[Leg], legs: Sequence[Leg]) -> int:
    """Count the memos that only mirror a money line of the same slip: a completion stands on two accounts."""
    if not memos:
        return 0
    money = {leg.get("trace") for leg in legs if not leg.is_memo and leg.get("trace")}
    return sum(leg.get("trace") in money for leg in memos)


def _check_words(facts: Mapping[str, Any]) -> None:
    digest = facts.get("posguard-sha256")
    if digest is not None and not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
        raise ValueError(_("posguard-sha256: {digest!r}; expected 64 hexadecimal digits").format(digest=digest))
    for key, form, expected in (
        ("posguard-part", _PART, "'1 of 2'"),
        ("posguard-known", _KNOWN, "'4 rows'"),
    ):
        value = facts.get(key)
        if value is not None and not (isinstance(value, str) and form.fullmatch(value)):
            raise ValueError(_("{key}: {value!r}; expected {expected}").format(key=key, value=value, expected=expected))
    for key in ("posguard-from", "posguard-to"):
        value = facts.get(key)
        if value is None or isinstance(value, date):
            continue
        try:
            date.fromisoformat(str(value))
        except ValueError:
            raise ValueError(
                _("{key}: {value!r}; expected a day such as 2026-11-03").format(key=key, value=value)
            ) from None


def _check_parts(sheets: Sequence[Sheet]) -> list[PosguardError]:
    """Check that a file's transactions are all there, each once."""
    errors: list[PosguardError] = []
    seen: dict[int, Sheet] = {}
    parts = 1
    for sheet in sheets:
        match = _PART.fullmatch(str(sheet.head.facts.get("posguard-part", "1 of 1")))
        if not match or "posguard-sha256" not in sheet.head.facts:
            return errors
        part, parts = int(match["part"]), int(match["parts"])
        if part in seen:
            errors.append(
                at(
                    sheet.head.facts,
                    _("posguard: part {part} of this file stands twice").format(part=part),
                    sheet.entry,
                )
            )
        seen.setdefault(part, sheet)
    lost = sorted(set(range(1, parts + 1)) - set(seen))
    if lost:
        first = sheets[0]
        text = ", ".join(map(str, lost[:5]))
        errors.append(
            at(
                first.head.facts,
                _("posguard: part {text} of {parts} of this file is missing").format(text=text, parts=parts),
                first.entry,
            )
        )
    return errors


def _no_files(arrivals: Arrivals, entries: Iterable[Any], acquirers: Sequence[str]) -> list[PosguardError]:
    errors = []
    for entry in entries:
        if isinstance(entry, Custom) and entry.type == NO_FILE:
            try:
                source, scope = declared([value.value for value in entry.values or ()], acquirers)
            except ValueError as error:
                errors.append(at(entry.meta, f"{NO_FILE}: {error}", entry))
            else:
                arrivals.declare(source, scope, entry.date)
    return errors


def declared(values: Sequence[Any], acquirers: Sequence[str]) -> tuple[Source, str]:
    """Read the values of a ``posguard-no-file``: whose files they are; an empty name means all of the source.

    Raises:
        ValueError: saying what was expected.
    """
    if not values or len(values) > 2 or not all(isinstance(value, str) for value in values):  # noqa: PLR2004
        raise ValueError(_('expected a source and what it is of, such as "terminal" "98765432" or "bank" "ChinaUMS"'))
    names = {source.value: source for source in Source}
    if values[0] not in names:
        raise ValueError(_("{value!r}; expected one of {names}").format(value=values[0], names=", ".join(names)))
    source, scope = names[values[0]], values[1] if len(values) > 1 else ""
    if source in {Source.SETTLEMENT, Source.BANK} and scope and scope not in acquirers:
        raise ValueError(
            _("{scope!r} is no acquirer of this ledger; expected one of {acquirers}").format(
                scope=scope, acquirers=", ".join(acquirers)
            )
        )
    return source, scope
