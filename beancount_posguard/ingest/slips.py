"""What the rows of a table mean: slips, lines that are not ours, and what the file says in all.

Columns are read one after the other, each distinct text once; rows are put together only at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import compress
from typing import NamedTuple, TypeVar

from beancount_posguard.booking.lines import Line
from beancount_posguard.ingest.cards import holds_card, is_open, mask, redact
from beancount_posguard.ingest.cells import fold, latest, nearest, parse_moment
from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.profile import Extract, Fact, Meaning, Profile
from beancount_posguard.ingest.reversals import CANCELLED, Row, settle
from beancount_posguard.ingest.table import Cells, Table, named
from beancount_posguard.legs import HOLD_KINDS, SLIP_KEYS, Kind, Slip, Source, Status
from beancount_posguard.money import ZERO, parse_amount
from beancount_posguard.text import figure, plain, two_decimals

T = TypeVar("T")

#: Read apart from the rest: they are the slip itself, or need more than cleaning.
_APART = frozenset({"date", "time", "kind", "status", "amount", "fee", "card", "card-type", "orig-date"})
#: Free text, in which a card number may hide; the other keys are declared ids.
_FREE = frozenset({"store", "cashier", "memo"})
_DAYS = ("day", "from", "to")
#: Amounts that are postings have no more decimals than the currency.
_CENTS = -2


class Booked(NamedTuple):
    """A slip with the day its batch is booked on and, at the bank, who sent the money."""

    day: date
    payer: str
    slip: Slip


@dataclass(frozen=True)
class Content:
    """All that one file says. ``skipped`` counts rows without money by their word, ``days`` are those it names."""

    booked: Sequence[Booked]
    lines: Sequence[Line]
    skipped: Counter[str]
    facts: Mapping[str, str]
    days: Mapping[str, date]
    balances: Sequence[tuple[int, Decimal, Decimal]]
    nets: bool
    warnings: Sequence[str]
    has_cards: bool


def money(slip: Slip) -> Decimal:
    """Return what ``slip`` moves, signed from the merchant's side: nothing unless it is approved and no hold."""
    return slip.amount if slip.status is Status.APPROVED and slip.kind not in HOLD_KINDS else ZERO


def read_content(profile: Profile, table: Table) -> Content:
    """Read every row of ``table``.

    Raises:
        IngestError: for the first cell, word or row that cannot be taken as it stands.
    """
    return _Reader(profile, table).content()


# What a file says once


def name_facts(profile: Profile, name: str) -> tuple[dict[str, str], dict[str, date]]:
    """Return what the file's name says: facts, and the days among them (``day``, ``from``, ``to``).

    Raises:
        IngestError: for a day the calendar does not have.
    """
    patterns = [profile.name_pattern, *(fact.pattern for fact in profile.facts if fact.where == "name")]
    return _stated(patterns, [name], name)


def _file_facts(profile: Profile, table: Table) -> tuple[dict[str, str], dict[str, date]]:
    facts, days = name_facts(profile, table.cells.file)
    texts = {"head": [" ".join(row) for row in table.head], "foot": [text for _, _, text in table.foot]}
    for where, lines in texts.items():
        more, more_days = _stated(_patterns(profile.facts, where), lines, table.cells.file)
        facts.update(more)
        days.update(more_days)
    return facts, days


def _patterns(facts: Iterable[Fact], where: str) -> list[object]:
    return [fact.pattern for fact in facts if fact.where == where]


def _stated(patterns: Sequence[object], texts: Sequence[str], name: str) -> tuple[dict[str, str], dict[str, date]]:
    found: dict[str, str] = {}
    for pattern in patterns:
        for text in texts:
            found.update(named(pattern, text))  # type: ignore[arg-type]
    days = {key: _stated_day(found.pop(key), name) for key in _DAYS if key in found}
    return found, days


def _stated_day(text: str, name: str) -> date:
    digits = "".join(one for one in text if one.isdigit())
    try:
        return date.fromisoformat(digits if len(digits) > 6 else f"20{digits}")  # noqa: PLR2004  # YYMMDD
    except ValueError:
        raise IngestError(name, None, f"{quote(text)} as a day", "a day such as 20261103") from None


class _Reader:
    """Reads one table by one profile."""

    def __init__(self, profile: Profile, table: Table) -> None:
        self._profile = profile
        self._table = table
        self._facts, self._days = _file_facts(profile, table)
        self._warnings: list[str] = []
        self._more = f"If the word is right, add it to {profile.origin}."

    def content(self) -> Content:
        cells, meanings, statuses, skipped = self._counted()
        for role in self._profile.required:
            if "" in cells.get(role):
                raise cells.error([*cells.get(role)].index(""), role, "a value in every row")
        amounts = self._amounts(cells)
        mine = self._mine(cells, amounts)
        others = [not one for one in mine]
        booked = self._booked(cells.keep(mine), _kept(meanings, mine), _kept(statuses, mine), _kept(amounts, mine))
        lines = self._lines(cells.keep(others), _kept(meanings, others), _kept(amounts, others))
        return Content(
            booked=booked,
            lines=lines,
            skipped=skipped,
            facts=self._facts,
            days=self._days,
            balances=self._balances(cells, amounts),
            nets="net" in cells,
            warnings=self._warnings,
            has_cards=self._has_cards(),
        )

    # Which rows count

    def _counted(self) -> tuple[Cells, list[Meaning], list[Status], Counter[str]]:
        """Return the rows that count, what they mean, and how many others each word set aside."""
        cells, profile = self._table.cells, self._profile
        meanings = self._words(cells, "type", profile.kinds, Meaning(None, None, skip=False))
        statuses = self._words(cells, "status", profile.statuses, Status.APPROVED)
        wanted = [not meaning.skip and status is not None for meaning, status in zip(meanings, statuses, strict=True)]
        words = zip(cells.get("type"), cells.get("status"), meanings, wanted, strict=True)
        skipped = Counter(kind if meaning.skip else status for kind, status, meaning, keep in words if not keep)
        kept = [status for status, keep in zip(statuses, wanted, strict=True) if keep and status]
        return cells.keep(wanted), _kept(meanings, wanted), kept, skipped

    def _words(self, cells: Cells, role: str, words: Mapping[str, T], bare: T) -> list[T]:
        """Return what each cell of ``role`` means; without such a column every row means the empty word."""
        if role not in cells:
            return [words.get("", bare)] * len(cells)
        expected = f"one of {', '.join(word or '(empty)' for word in words)}"
        return cells.parsed(role, lambda text: words[fold(text)], expected, self._more)

    def _mine(self, cells: Cells, amounts: Sequence[Decimal]) -> list[bool]:
        """Tell which rows are slips: card tenders, an acquirer's deposits, else all."""
        profile = self._profile
        if profile.tenders:
            return self._words(cells, "tender", profile.tenders, bare=True)
        if not profile.is_bank:
            return [True] * len(cells)
        texts = [f"{payer} {memo}" for payer, memo in zip(cells.get("payer"), cells.get("memo"), strict=True)]
        known = {text: any(one.search(text) for one in profile.acquirers.values()) for text in set(texts)}
        for amount, text, row in zip(amounts, texts, cells.numbers, strict=True):
            if known[text] and amount < ZERO:
                self._warnings.append(
                    f"row {row}: {figure(-amount)} went back to an acquirer; it is left alone, book it by hand"
                )
        return [known[text] and amount > ZERO for amount, text in zip(amounts, texts, strict=True)]

    # Amounts

    def _money(self, cells: Cells, role: str, *, required: bool = False) -> list[Decimal]:
        amounts = self._profile.amounts[role]

        def parse(text: str) -> Decimal:
            amount = amounts.parse(text)
            if required and (not text or amount.as_tuple().exponent < _CENTS):  # type: ignore[operator]
                raise ValueError(text)
            return amount

        return cells.parsed(role, parse, "an amount such as 128.00")

    def _amounts(self, cells: Cells) -> list[Decimal]:
        """Return what each row prints: money in less money out, or one column with what was keyed as a tip on top."""
        if "credit" in cells or "debit" in cells:
            credit, debit = (self._money(cells, role) for role in ("credit", "debit"))
            for index, (plus, minus) in enumerate(zip(credit, debit, strict=True)):
                if plus and minus:
                    raise cells.error(index, "debit", "money in or money out, not both in one row")
            return [plus - minus for plus, minus in zip(credit, debit, strict=True)]
        amounts = self._money(cells, "amount", required=True)
        if "tip" not in cells:
            return amounts
        tips = self._money(cells, "tip")
        if any(tips):
            count = sum(map(bool, tips))
            self._warnings.append(
                f"{count} rows carry a tip, {figure(sum(tips, ZERO))} in all; it is added to the amount"
            )
        return [amount + tip for amount, tip in zip(amounts, tips, strict=True)]

    def _signed(
        self, cells: Cells, meanings: Sequence[Meaning], statuses: Sequence[Status], amounts: Sequence[Decimal]
    ) -> tuple[list[Kind], list[Status], list[Decimal]]:
        """Return kind, status and signed amount of each row, voids and reversals joined to their originals."""
        kinds: list[Kind] = []
        signed: list[Decimal] = []
        loose = False
        for index, (meaning, amount) in enumerate(zip(meanings, amounts, strict=True)):
            kind = meaning.kind or (self._bare_kind(amount))
            sign = meaning.sign
            if sign == 1 and amount < ZERO:
                raise cells.error(index, "amount", f"a positive amount for {quote(cells.get('type')[index])}")
            kinds.append(kind)
            signed.append(amount if sign is None else -abs(amount) if _takes(kind, sign) else abs(amount))
            loose = loose or kind is Kind.REVERSAL
        if not loose and CANCELLED.isdisjoint(statuses):
            return kinds, [*statuses], signed
        return self._settled(cells, meanings, statuses, kinds, signed)

    def _bare_kind(self, amount: Decimal) -> Kind:
        if self._profile.is_bank:
            return Kind.DEPOSIT
        return Kind.REFUND if amount < ZERO else Kind.SALE

    def _settled(
        self,
        cells: Cells,
        meanings: Sequence[Meaning],
        statuses: Sequence[Status],
        kinds: Sequence[Kind],
        signed: Sequence[Decimal],
    ) -> tuple[list[Kind], list[Status], list[Decimal]]:
        roles = ("terminal", "trace", "rrn", "orig-trace", "orig-rrn", "card")
        opened = [
            kind is Kind.REVERSAL and meaning.sign is None and amount > ZERO
            for kind, meaning, amount in zip(kinds, meanings, signed, strict=True)
        ]
        rows = [*map(Row, kinds, statuses, signed, opened, *map(cells.get, roles))]
        orphans = settle(rows)
        if orphans:
            self._warnings.append(
                f"{orphans} reversals without their original in this file; taken as money back to the customer"
            )
        return [row.kind for row in rows], [row.status for row in rows], [row.amount for row in rows]

    def _fees(
        self, cells: Cells, moved: Sequence[Decimal]
    ) -> tuple[Sequence[Decimal | None], Sequence[Decimal | None]]:
        """Return fee (a cost is positive) and net of each row; where both stand there, they must fit the gross."""
        nothing: list[Decimal | None] = [None] * len(cells)
        fees = self._money(cells, "fee") if "fee" in cells else None
        if "net" not in cells:
            return fees or nothing, nothing
        nets = self._money(cells, "net")
        if fees is None:
            return [gross - net for gross, net in zip(moved, nets, strict=True)], nets
        pairs = []
        for index, (gross, fee, net) in enumerate(zip(moved, fees, nets, strict=True)):
            pair = (fee, net) if fee + net == gross else _fitted(gross, fee, net)
            if pair is None:
                shown = f"net {figure(net)} and fee {figure(fee)} for gross {figure(gross)}"
                raise IngestError(
                    cells.file,
                    cells.numbers[index],
                    shown,
                    "gross - fee = net",
                    "Is one of these columns something else in this file?",
                )
            pairs.append(pair)
        return [fee for fee, _ in pairs], [net for _, net in pairs]

    # Days and times

    def _moments(self, cells: Cells) -> tuple[list[date], list[str]]:
        """Return each row's trade day and local time."""
        days, clocks = self._moment(cells, "date"), self._moment(cells, "time")
        dates: list[date] = []
        for index, ((day, _), (other, _)) in enumerate(zip(days, clocks, strict=True)):
            found = day or other
            if found is None:
                raise cells.error(index, "date" if "date" in cells else "time", "a date such as 2026-11-03")
            dates.append(found)
        return dates, [clock or spare for (_, clock), (_, spare) in zip(clocks, days, strict=True)]

    def _moment(self, cells: Cells, role: str) -> list[tuple[date | None, str]]:
        if role not in cells:
            return [(None, "")] * len(cells)
        patterns = self._profile.times if role == "time" else self._profile.dates
        anchor = self._days.get("day")

        def parse(text: str) -> tuple[date | None, str]:
            if not text:
                return None, ""
            moment = parse_moment(text, patterns)
            if moment.month and moment.year is None and anchor is None:
                raise ValueError(text)
            return moment.on(lambda month, day: nearest(month, day, anchor or date.max)), moment.time

        wanted = "a time such as 14:03:22" if role == "time" else "a date such as 2026-11-03"
        if anchor is None:
            wanted += " (with its year: the file's name does not tell it)"
        return cells.parsed(role, parse, wanted)

    # Slips

    def _booked(
        self, cells: Cells, meanings: Sequence[Meaning], statuses: Sequence[Status], amounts: Sequence[Decimal]
    ) -> list[Booked]:
        if not len(cells):
            return []
        kinds, states, signed = self._signed(cells, meanings, statuses, amounts)
        dates, clocks = self._moments(cells)
        currencies = self._currencies(cells)
        moved = [
            amount if state is Status.APPROVED and kind not in HOLD_KINDS else ZERO
            for kind, state, amount in zip(kinds, states, signed, strict=True)
        ]
        fees, nets = self._fees(cells, moved)
        facts = self._slip_facts(cells, dates, clocks)
        slips = map(Slip, kinds, states, signed, currencies, dates, fees, nets, facts, cells.numbers)
        payers = [redact(plain(text)) for text in cells.get("payer")]
        return [*map(Booked, self._book_days(cells, dates), payers, slips)]

    def _book_days(self, cells: Cells, dates: Sequence[date]) -> Sequence[date]:
        """Return the day each row is booked on: its clearing date in a statement, else its own."""
        if "settled" in cells:
            settled = self._moment(cells, "settled")
            for index, (day, _) in enumerate(settled):
                if day is None:
                    raise cells.error(index, "settled", "a date such as 2026-11-03")
            return [day for day, _ in settled if day]
        if self._profile.source is Source.SETTLEMENT and "day" in self._days:
            return [self._days["day"]] * len(cells)
        return dates

    def _currencies(self, cells: Cells) -> list[str]:
        profile = self._profile
        return self._words(cells, "currency", {"": profile.currency, **profile.currencies}, profile.currency)

    def _slip_facts(self, cells: Cells, dates: Sequence[date], clocks: Sequence[str]) -> list[dict[str, str]]:
        """Return what each slip says under :data:`SLIP_KEYS`, cleaned and masked."""
        columns: dict[str, Sequence[str]] = {}
        for key in SLIP_KEYS:
            if key == "time":
                columns[key] = clocks
            elif key in cells and key in _SPECIAL:
                columns[key] = _SPECIAL[key](self, cells)
            elif key in cells and key not in _APART:
                told = cells.parsed(key, _free if key in _FREE else plain, "a text")
                columns[key] = [text or self._facts[key] for text in told] if key in self._facts else told
            elif key in self._facts:
                columns[key] = [self._facts[key]] * len(cells)
        rows = [
            {key: value for key, value in zip(columns, values, strict=True) if value}
            for values in zip(*columns.values(), strict=True)
        ]
        for extract in self._profile.extracts:
            self._extract(extract, cells, dates, rows)
        return rows

    def _cards(self, cells: Cells) -> list[str]:
        return cells.parsed("card", mask, "a card number")

    def _card_types(self, cells: Cells) -> list[str]:
        return self._words(cells, "card-type", {"": "", **self._profile.card_types}, "")

    def _orig_dates(self, cells: Cells) -> list[str]:
        return [day.isoformat() if day else "" for day, _ in self._moment(cells, "orig-date")]

    def _extract(self, extract: Extract, cells: Cells, dates: Sequence[date], rows: Sequence[dict[str, str]]) -> None:
        """Add to ``rows`` what their free texts tell."""
        for index, texts in enumerate(zip(*map(cells.get, extract.roles), strict=True)):
            for key, value in named(extract.pattern, " ".join(texts)).items():
                try:
                    rows[index][key] = _EXTRACTED.get(key, _as_is)(value, dates[index])
                except ValueError:
                    self._warnings.append(
                        f"row {cells.numbers[index]}: {quote(value)} cannot be a {key}; left in the memo"
                    )

    # Lines that are not ours

    def _lines(self, cells: Cells, meanings: Sequence[Meaning], amounts: Sequence[Decimal]) -> list[Line]:
        if not len(cells):
            return []
        approved = [Status.APPROVED] * len(cells)
        if self._profile.is_bank:
            signed = [*amounts]
        else:
            _, _, signed = self._signed(cells, meanings, approved, amounts)
        dates, clocks = self._moments(cells)
        facts = self._slip_facts(cells, dates, clocks)
        lines = map(
            Line,
            dates,
            signed,
            self._currencies(cells),
            self._labels(cells, signed),
            cells.get("memo"),
            facts,
            cells.numbers,
        )
        return [line._replace(text=line.facts.get("memo", "")) for line in lines]

    def _labels(self, cells: Cells, amounts: Sequence[Decimal]) -> list[str]:
        if not self._profile.is_bank:
            return [plain(text) for text in cells.get("tender")]
        pairs = zip(amounts, cells.get("payer"), cells.get("payee"), strict=True)
        return [redact(plain((payee or payer) if amount < ZERO else payer)) for amount, payer, payee in pairs]

    # What the file says in all

    def _balances(self, cells: Cells, amounts: Sequence[Decimal]) -> list[tuple[int, Decimal, Decimal]]:
        """Return (row, amount, balance after it) where every row states a balance."""
        if "balance" not in cells or "" in cells.get("balance"):
            return []
        return [*zip(cells.numbers, amounts, self._money(cells, "balance"), strict=True)]

    def _has_cards(self) -> bool:
        """Tell whether the file itself holds a full card number anywhere but in declared ids."""
        table = self._table
        cards = any(map(is_open, set(table.cells.get("card"))))
        free = (table.cells.get(role) for role in ("payer", "payee", *_FREE))
        texts = (text for column in (*free, *table.unread) for text in set(column))
        around = (*(" ".join(row) for row in table.head), *(text for _, _, text in table.foot))
        return cards or any(map(holds_card, texts)) or any(map(holds_card, around))


_SPECIAL: Mapping[str, Callable[[_Reader, Cells], Sequence[str]]] = {
    "card": _Reader._cards,  # noqa: SLF001  # the table belongs to the class
    "card-type": _Reader._card_types,  # noqa: SLF001
    "orig-date": _Reader._orig_dates,  # noqa: SLF001
}


def _kept(values: Iterable[T], wanted: Sequence[bool]) -> list[T]:
    return [*compress(values, wanted)]


def _takes(kind: Kind, sign: int) -> bool:
    """Tell whether a row of ``kind`` takes away, money or hold."""
    return sign < 0 or kind is Kind.PREAUTH_VOID


def _fitted(gross: Decimal, fee: Decimal, net: Decimal) -> tuple[Decimal, Decimal] | None:
    """Return fee and net with the signs that fit ``gross``: files disagree about how outgoing rows are printed."""
    for fee_sign, net_sign in ((-1, 1), (1, -1), (-1, -1)):
        if fee * fee_sign + net * net_sign == gross:
            return fee * fee_sign, net * net_sign
    return None


def _free(text: str) -> str:
    return redact(plain(text))


def _as_is(text: str, _: date) -> str:
    return plain(text)


def _period_day(text: str, booked: date) -> str:
    """Return a period's MMDD as the last such day up to the deposit."""
    if len(text) != 4:  # noqa: PLR2004  # MMDD
        raise ValueError(text)
    return latest(int(text[:2]), int(text[2:]), booked).isoformat()


def _figure(text: str, _: date) -> str:
    return figure(two_decimals(parse_amount(text)))


_EXTRACTED: Mapping[str, Callable[[str, date], str]] = {
    "period-from": _period_day,
    "period-to": _period_day,
    "fee": _figure,
}
