"""What the rows of a table mean: slips, lines that are not ours, and what the file says in all.

Columns are read one after the other, each distinct text once; rows are put together only at the end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import compress, repeat
from operator import itemgetter
from typing import NamedTuple, TypeVar

from beancount_posguard.booking.lines import Line
from beancount_posguard.ingest.attach import Attached
from beancount_posguard.ingest.cards import all_masked, holds_card, is_open, mask, redact
from beancount_posguard.ingest.cells import Moment, fold, latest, minor_unit, nearest, parse_moment
from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.profile import Extract, Fact, Meaning, Profile, Rule, Sums, Term
from beancount_posguard.ingest.reversals import CANCELLED, Row, Settled, settle
from beancount_posguard.ingest.table import Cells, Chunk, Table, named
from beancount_posguard.ingest.zones import zone
from beancount_posguard.legs import HOLD_KINDS, SLIP_KEYS, Kind, Slip, Source, Status
from beancount_posguard.money import ZERO, parse_amount
from beancount_posguard.text import figure, plain, two_decimals
from beancount_posguard.words import N_, _

T = TypeVar("T")

#: What all slips of a batch share, by source: it stands on the transaction and never on the posting.
SHARED: Mapping[Source, tuple[str, ...]] = {
    Source.SALE: ("store",),
    Source.TERMINAL: ("merchant", "terminal", "batch"),
    Source.SETTLEMENT: ("merchant", "payout"),
    Source.BANK: (),
}

#: Read apart from the rest: they are the slip itself, or need more than cleaning.
_APART = frozenset({"date", "time", "kind", "status", "amount", "fee", "card", "card-type", "orig-date"})
#: Free text, in which a card number may hide; the other keys are declared ids.
_FREE = frozenset({"store", "cashier", "memo"})
_DAYS = ("day", "from", "to")
#: The roles that hold dates.
DATED = ("date", "settled", "orig-date")
#: Amounts that are postings have no more decimals than the currency.
_CENTS = -2
_NOTHING = two_decimals(ZERO)


class Place(NamedTuple):
    """Which batch a slip belongs to: its day, at the bank who sent the money, and what the batch's slips share."""

    day: date
    payer: str
    shared: tuple[str, ...]


class Counted(NamedTuple):
    """A row in the file's own figures: what it prints, booked or not. ``paid`` is the currency of fee and net."""

    kind: Kind
    amount: Decimal
    currency: str
    fee: Decimal | None
    net: Decimal | None
    paid: str
    payout: str
    row: int


class Columns(NamedTuple):
    """Those rows as parallel columns: adding up a hundred thousand of them must not make an object of each."""

    kinds: Sequence[Kind] = ()
    amounts: Sequence[Decimal] = ()
    currencies: Sequence[str] = ()
    fees: Sequence[Decimal | None] = ()
    nets: Sequence[Decimal | None] = ()
    paid: Sequence[str] = ()
    payouts: Sequence[str] = ()
    numbers: Sequence[int] = ()

    def rows(self) -> Iterable[Counted]:
        """Return the rows one by one."""
        return map(Counted, *self)


@dataclass(frozen=True)
class Content:
    """What some rows of a file say.

    ``slips`` are booked, each at its :class:`Place` in ``places`` and in the order of ``keys``; ``moved`` of them moved
    money; payouts and ``lines`` are not booked. ``counted`` are the rows of a file of slips as the file prints them.
    ``skipped`` counts rows without money by their word, ``broken`` are the promises that single rows break, ``tips``
    what was keyed on top of the amounts, ``orphans`` counts reversals without their original,
    ``ambiguous`` tells of days that could be read in two ways.
    """

    slips: Sequence[Slip]
    places: Sequence[Sequence[object]]
    keys: Sequence[tuple[object, ...]]
    moved: int
    lines: Sequence[Line]
    counted: Columns
    skipped: Counter[str]
    balances: Sequence[tuple[int, Decimal, Decimal, str]]
    nets: bool
    warnings: Sequence[str]
    broken: Sequence[IngestError]
    sums: Mapping[str, Sequence[Decimal]]
    tips: Sequence[Decimal]
    orphans: int
    ambiguous: bool
    has_cards: bool


def money(slip: Slip) -> Decimal:
    """Return what ``slip`` moves, signed from the merchant's side: nothing unless it is approved and no hold."""
    return slip.amount if slip.status is Status.APPROVED and slip.kind not in HOLD_KINDS else ZERO


class LookAgainError(Exception):
    """These rows cancel others, which may stand anywhere in the file: all of it must be looked at first."""


class Survey(NamedTuple):
    """What the file as a whole says, needed to read any part of it.

    ``facts`` and ``days`` are what it says once. ``layouts`` are the ways to read the dates of a column that fit all of
    it, ``settled`` what voids and reversals make of the rows they are about, by row number, and ``orphans`` the
    reversals without their original, ``attached`` what rows say about other rows; where these are None the rows at hand
    are the whole file. ``memory`` are the days and times read so far, which the next rows are likely to have as well.
    """

    facts: Mapping[str, str]
    days: Mapping[str, date]
    layouts: Mapping[str, Sequence[re.Pattern[str]]] | None = None
    settled: Mapping[int, Settled] | None = None
    orphans: frozenset[int] = frozenset()
    attached: Attached | None = None
    memory: dict[str, dict[str, tuple[date | None, str, str]]] | None = None


def read_content(profile: Profile, chunk: Chunk, survey: Survey, *, alone: bool = True) -> Content:
    """Read every row of ``chunk``; ``alone`` says that it is all there is.

    Raises:
        IngestError: for the first cell, word or row that cannot be taken as it stands.
        LookAgainError: when the rows can only be understood by others of the file that ``survey`` does not know.
    """
    return _Reader(profile, chunk, survey, alone=alone).content()


def attach(profile: Profile, chunk: Chunk, survey: Survey, attached: Attached, *, learn: bool) -> None:
    """Show the rows of ``chunk`` to ``attached``: what they give (``learn``), or how many there are to give it to."""
    _Reader(profile, chunk, survey, alone=False).attach(attached, learn=learn)


def cancelling(profile: Profile, chunk: Chunk, survey: Survey) -> list[tuple[Sequence[int], Sequence[Row]]]:
    """Return the rows of ``chunk`` as voids and reversals see them, with their numbers: slips, and other lines."""
    return _Reader(profile, chunk, survey, alone=False).as_rows()


def date_roles(profile: Profile) -> tuple[str, ...]:
    """Return the roles whose dates can be read in more than one way."""
    return tuple(role for role in DATED if role in profile.columns) if profile.ambiguous_dates else ()


def fitting(patterns: Sequence[re.Pattern[str]], texts: Iterable[str]) -> list[re.Pattern[str]]:
    """Return those of ``patterns`` that read every one of ``texts``."""
    wanted = {text for text in texts if text}
    return [pattern for pattern in patterns if all(_is_moment(text, pattern) for text in wanted)]


# What a file says once


def name_facts(profile: Profile, name: str) -> tuple[dict[str, str], dict[str, date]]:
    """Return what the file's name says: facts, and the days among them (``day``, ``from``, ``to``).

    Raises:
        IngestError: for a day the calendar does not have.
    """
    patterns = [profile.name_pattern, *(fact.pattern for fact in profile.facts if fact.where == "name")]
    return _stated(patterns, [name], name)


def file_facts(profile: Profile, table: Table) -> tuple[dict[str, str], dict[str, date]]:
    """Return what the file says once: in its name, above its rows and below them, as far as it has been read.

    Raises:
        IngestError: for a day the calendar does not have.
    """
    facts, days = name_facts(profile, table.file)
    texts = {"head": [" ".join(row) for row in table.head], "foot": [text for _, _, text in table.foot]}
    for where, lines in texts.items():
        more, more_days = _stated(_patterns(profile.facts, where), lines, table.file)
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
        raise IngestError(
            name, None, _("{text} as a day").format(text=quote(text)), _("a day such as 20261103")
        ) from None


def two_ways(patterns: Sequence[re.Pattern[str]], texts: Iterable[str]) -> bool:
    """Tell whether two of ``patterns``, which both read all of ``texts``, make different days of one."""
    if len(patterns) < 2:  # noqa: PLR2004
        return False
    return any(len({parse_moment(text, [one])[:3] for one in patterns}) > 1 for text in {*texts} if text)


class _Reader:
    """Reads some rows by one profile."""

    def __init__(self, profile: Profile, chunk: Chunk, survey: Survey, *, alone: bool) -> None:
        self._profile = profile
        self._chunk = chunk
        self._alone = alone
        self._survey = survey
        self._facts, self._days = survey.facts, survey.days
        self._tips: list[Decimal] = []
        self._orphans = 0
        self._ambiguous = 0
        self._all_approved = False
        self._warnings: list[str] = []
        self._broken: list[IngestError] = []
        self._more = _("If the word is right, add it to {origin}.").format(origin=profile.origin)

    def content(self) -> Content:
        rows, skipped = self._rows()
        cells = rows.cells
        for role in self._profile.required:
            if "" in cells.get(role):
                raise cells.error([*cells.get(role)].index(""), role, _("a value in every row"))
        mine = self._mine(rows)
        if self._profile.source is Source.SETTLEMENT:
            # A statement counts what was paid in cash too, though nobody owes it.
            slips, places, keys, counted = self._booked(rows, mine)
        else:
            slips, places, keys, counted = self._booked(rows.keep(mine), [])
        lines = self._lines(rows.keep([not one for one in mine])) if not all(mine) else []
        return Content(
            slips=slips,
            places=places,
            keys=keys,
            moved=len(slips) if self._all_approved else sum(slip.status is Status.APPROVED for slip in slips),
            lines=lines,
            counted=counted,
            skipped=skipped,
            balances=self._balances(rows),
            nets="net" in cells or "net" in self._profile.sums,
            warnings=self._warnings,
            broken=self._broken,
            sums={one.column: self._money(cells, one.column) for one in self._profile.totals if one.column in cells},
            tips=self._tips,
            orphans=self._orphans,
            ambiguous=bool(self._ambiguous),
            has_cards=self._has_cards(),
        )

    def as_rows(self) -> list[tuple[Sequence[int], Sequence[Row]]]:
        """Return the rows as voids and reversals see them: slips, then lines that are none."""
        rows, _ = self._rows()
        mine = self._mine(rows)
        groups = [rows.keep(mine)]
        if not all(mine):
            others = rows.keep([not one for one in mine])
            groups.append(others._replace(statuses=[Status.APPROVED] * len(others.cells)))
        return [(group.cells.numbers, self._plain_rows(group)) for group in groups]

    def attach(self, attached: Attached, *, learn: bool) -> None:
        """Show the rows to ``attached``."""
        rows, _ = self._rows()
        rows = rows.keep(self._mine(rows))
        kinds, signed = self._unsettled(rows)
        if learn:
            attached.gather(rows.cells, kinds, rows.statuses, signed)
        else:
            attached.count(rows.cells, kinds)

    def _attached(self, rows: _Rows, kinds: Sequence[Kind], signed: Sequence[Decimal]) -> Attached | None:
        """Return what rows of the file say about other rows of it."""
        if not self._profile.attach or self._survey.attached is not None:
            return self._survey.attached
        attached = Attached(self._profile)
        attached.gather(rows.cells, kinds, rows.statuses, signed)
        attached.count(rows.cells, kinds)
        return attached

    # Which rows count

    def _rows(self) -> tuple[_Rows, Counter[str]]:
        """Return the rows that count, what they mean, and how many others each word set aside."""
        cells, profile = self._chunk.cells, self._profile
        rules = self._ruled(cells)
        meanings = self._decided(
            cells, "type", rules, [rule and rule.meaning for rule in rules],
            profile.kinds, Meaning(None, None, skip=False),
        )  # fmt: skip
        statuses: list[Status | None] = self._decided(
            cells, "status", rules, [rule and rule.status for rule in rules], profile.statuses, Status.APPROVED
        )
        if not profile.rules and "type" not in cells and "status" not in cells:
            wanted = [not meanings[0].skip] * len(cells) if len(cells) else []
        else:
            wanted = [
                not meaning.skip and status is not None and not (rule and rule.skip)
                for meaning, status, rule in zip(meanings, statuses, rules or repeat(None), strict=False)
            ]
        skipped: Counter[str] = Counter()
        if not all(wanted):
            words = zip(cells.get("type"), cells.get("status"), meanings, wanted, strict=True)
            skipped.update(kind if meaning.skip else status for kind, status, meaning, keep in words if not keep)
        kept = cells.keep(wanted)
        told = _kept(meanings, wanted)
        states = [status for status, keep in zip(statuses, wanted, strict=True) if keep and status]
        currencies = self._currencies(kept)
        if profile.net_kinds:
            rows = _Rows(kept, told, states, currencies, ())
            pairs = zip(told, currencies, self._paid(rows), strict=True)
            currencies = [paid if one.kind in profile.net_kinds else currency for one, currency, paid in pairs]
        return _Rows(kept, told, states, currencies, self._amounts(kept, told, currencies)), skipped

    def _ruled(self, cells: Cells) -> list[Rule | None]:
        """Return the first rule that holds for each row; an empty list where the profile has none."""
        if not self._profile.rules:
            return []
        found: list[Rule | None] = [None] * len(cells)
        for rule in reversed(self._profile.rules):
            holds = [True] * len(cells)
            for test in rule.tests:
                answers = {cell: test.holds(cell) for cell in set(cells.get(test.column))}
                holds = [all_ and answers[cell] for all_, cell in zip(holds, cells.get(test.column), strict=True)]
            found = [rule if one else other for one, other in zip(holds, found, strict=True)]
        return found

    def _decided(
        self,
        cells: Cells,
        role: str,
        rules: Sequence[Rule | None],
        decided: Sequence[T | None],
        words: Mapping[str, T],
        bare: T,
    ) -> list[T]:
        """Return what each row means under ``role``: what a rule decided, else what its word says."""
        if rules:
            decided = [bare if rule and rule.skip else one for rule, one in zip(rules, decided, strict=True)]
        if not any(decided):
            return self._words(cells, role, words, bare)
        open_ = [one is None for one in decided]
        rest = iter(self._words(cells.keep(open_), role, words, bare))
        return [next(rest) if one is None else one for one in decided]

    def _words(self, cells: Cells, role: str, words: Mapping[str, T], bare: T) -> list[T]:
        """Return what each cell of ``role`` means; without such a column every row means the empty word."""
        if role not in cells:
            return [words.get("", bare)] * len(cells)
        expected = _("one of {words}").format(words=", ".join(word or _("(empty)") for word in words))
        return cells.parsed(role, lambda text: words[fold(text)], expected, self._more)

    def _mine(self, rows: _Rows) -> list[bool]:
        """Tell which rows are slips: card tenders, an acquirer's deposits, else all."""
        profile, cells = self._profile, rows.cells
        if profile.tenders:
            return self._words(cells, "tender", profile.tenders, bare=True)
        if not profile.is_bank:
            return [True] * len(cells)
        texts = [f"{payer} {memo}" for payer, memo in zip(cells.get("payer"), cells.get("memo"), strict=True)]
        known = {text: any(one.search(text) for one in profile.acquirers.values()) for text in set(texts)}
        for amount, text, row in zip(rows.amounts, texts, cells.numbers, strict=True):
            if known[text] and amount < ZERO:
                self._warnings.append(
                    _("row {row}: {amount} went back to an acquirer; it is left alone, book it by hand").format(
                        row=row, amount=figure(-amount)
                    )
                )
        return [known[text] and amount > ZERO for amount, text in zip(rows.amounts, texts, strict=True)]

    # Amounts

    def _money(self, cells: Cells, role: str, *, required: bool = False) -> list[Decimal]:
        amounts = self._profile.amounts.get(role, self._profile.amounts["net"])

        def parse(text: str) -> Decimal:
            if required and not text:
                raise ValueError(text)
            return amounts.parse(text)

        return cells.parsed(role, parse, _("an amount such as 128.00"))

    def _amounts(self, cells: Cells, meanings: Sequence[Meaning], currencies: Sequence[str]) -> list[Decimal]:
        """Return what each row prints, with the sign that a column of its own may give it."""
        amounts = self._by_kind(cells, meanings, "amount", self._plain_amounts, currencies)
        signs = self._profile.signs
        if signs.amount == "inverted":
            amounts = [-one for one in amounts]
        if "amount" in signs.indicators:
            turned = self._indicated(cells, "amount")
            amounts = [abs(amount) * sign for amount, sign in zip(amounts, turned, strict=True)]
        return amounts

    def _indicated(self, cells: Cells, role: str) -> list[int]:
        column, words = self._profile.signs.indicators[role]
        return cells.parsed(
            column, lambda text: words[fold(text)], _("one of {words}").format(words=", ".join(words)), self._more
        )

    def _by_kind(
        self,
        cells: Cells,
        meanings: Sequence[Meaning],
        role: str,
        bare: Callable[[Cells], list[Decimal]],
        currencies: Sequence[str],
    ) -> list[Decimal]:
        """Return the amounts of ``role``, each from the columns that its row's kind has them in."""
        special = {kind: sums for kind, sums in self._profile.kind_sums.items() if role in sums}
        if not special:
            found = self._summed(cells, self._profile.sums, role, bare)
        else:
            found = [ZERO] * len(cells)
            groups: dict[Kind | None, list[int]] = {}
            for index, meaning in enumerate(meanings):
                groups.setdefault(meaning.kind if meaning.kind in special else None, []).append(index)
            for kind, indices in groups.items():
                chosen = set(indices)
                part = cells.keep([index in chosen for index in range(len(cells))])
                sums = self._profile.sums if kind is None else special[kind]
                for index, amount in zip(indices, self._summed(part, sums, role, bare), strict=True):
                    found[index] = amount
        if self._profile.minor:
            found = [
                two_decimals(amount * minor_unit(currency)) for amount, currency in zip(found, currencies, strict=True)
            ]
        return found

    def _summed(self, cells: Cells, sums: Sums, role: str, bare: Callable[[Cells], list[Decimal]]) -> list[Decimal]:
        if role not in sums:
            return bare(cells)
        terms = [term for term in sums[role] if term.column in cells]
        if sums[role] and not terms:
            raise IngestError(
                cells.file,
                None,
                _("none of the columns {names}").format(names=_listed(sums[role])),
                _("one of them, as {role}").format(role=role),
                _("If the provider renamed it, change [sums] of {origin}.").format(origin=self._profile.origin),
            )  # fmt: skip
        found = [ZERO] * len(cells)
        for term in terms:
            column = self._money(cells, term.column)
            found = [total + amount * term.sign for total, amount in zip(found, column, strict=True)]
        if role == "amount" and terms and len(cells):
            blank = map("".join, zip(*(cells.get(term.column) for term in terms), strict=True))
            index = next((index for index, text in enumerate(blank) if not text), None)
            if index is not None:
                raise cells.error(index, terms[0].column, _("an amount such as 128.00"))
        return found

    def _plain_amounts(self, cells: Cells) -> list[Decimal]:
        """Return what each row prints: money in less money out, or one column with what was keyed as a tip on top."""
        if "credit" in cells or "debit" in cells:
            credit, debit = (self._money(cells, role) for role in ("credit", "debit"))
            for index, (plus, minus) in enumerate(zip(credit, debit, strict=True)):
                if plus and minus:
                    raise cells.error(index, "debit", _("money in or money out, not both in one row"))
            if "amount" not in cells:
                # A statement may print what went out with a minus already.
                return [plus - abs(minus) for plus, minus in zip(credit, debit, strict=True)]
            return [plus - minus for plus, minus in zip(credit, debit, strict=True)]
        amounts = self._money(cells, "amount", required=True)
        if "tip" not in cells or "tip" in self._profile.sums:
            return amounts
        tips = self._money(cells, "tip")
        self._tips += filter(None, tips)
        return [amount + tip for amount, tip in zip(amounts, tips, strict=True)]

    @property
    def _takes_printed_sign(self) -> bool:
        signs = self._profile.signs
        return signs.amount != "by kind" or "amount" in signs.indicators

    def _signed(self, rows: _Rows) -> tuple[list[Kind], list[Status], list[Decimal]]:
        """Return kind, status and signed amount of each row, voids and reversals joined to their originals."""
        kinds, signed = self._unsettled(rows)
        if Kind.REVERSAL not in kinds and not any(one in rows.statuses for one in CANCELLED):
            return kinds, [*rows.statuses], signed
        if not self._alone and self._survey.settled is None:
            raise LookAgainError
        return self._settled(rows, kinds, signed)

    def _unsettled(self, rows: _Rows) -> tuple[list[Kind], list[Decimal]]:
        """Return kind and signed amount of each row as it stands."""
        meanings, amounts = rows.meanings, rows.amounts
        told = {id(one): one for one in meanings}.values()
        printed = self._takes_printed_sign
        if all(one.kind for one in told):
            kind_of = {id(one): one.kind for one in told}
            kinds = [kind for kind in map(kind_of.__getitem__, map(id, meanings)) if kind]
        else:
            pairs = zip(meanings, amounts, strict=True)
            kinds = [one.kind or self._bare_kind(amount) for one, amount in pairs]
        if all(one.sign == 1 for one in told) and (printed or min(amounts, default=ZERO) >= ZERO):
            return kinds, [*amounts]
        signed = [
            amount
            if meaning.sign is None or (printed and kind not in HOLD_KINDS)
            else -abs(amount)
            if _takes(kind, meaning.sign)
            else amount
            for meaning, kind, amount in zip(meanings, kinds, amounts, strict=True)
        ]
        self._refuse_negative(rows, signed)
        return kinds, signed

    def _refuse_negative(self, rows: _Rows, signed: Sequence[Decimal]) -> None:
        if self._takes_printed_sign:
            return
        for index, (meaning, amount) in enumerate(zip(rows.meanings, signed, strict=True)):
            if meaning.sign == 1 and amount < ZERO:
                word = quote(rows.cells.get("type")[index])
                raise rows.cells.error(index, "amount", _("a positive amount for {word}").format(word=word))

    def _bare_kind(self, amount: Decimal) -> Kind:
        if self._profile.is_bank:
            return Kind.DEPOSIT
        return Kind.REFUND if amount < ZERO else Kind.SALE

    def _settled(
        self, rows: _Rows, kinds: Sequence[Kind], signed: Sequence[Decimal]
    ) -> tuple[list[Kind], list[Status], list[Decimal]]:
        numbers = rows.cells.numbers
        known = self._survey.settled
        if known is None:
            every = self._plain_rows(rows, kinds, signed)
            self._orphans += settle(every)
            return [row.kind for row in every], [row.status for row in every], [row.amount for row in every]
        self._orphans += sum(number in self._survey.orphans for number in numbers)
        plain = zip(kinds, rows.statuses, signed, strict=True)
        settled = [known.get(number, row) for number, row in zip(numbers, plain, strict=True)]
        return [kind for kind, _, _ in settled], [status for _, status, _ in settled], [one for _, _, one in settled]

    def _plain_rows(
        self, rows: _Rows, kinds: Sequence[Kind] | None = None, signed: Sequence[Decimal] | None = None
    ) -> list[Row]:
        """Return the rows as voids and reversals see them, nothing settled yet."""
        if kinds is None or signed is None:
            kinds, signed = self._unsettled(rows)
        roles = ("terminal", "trace", "rrn", "orig-trace", "orig-rrn", "card")
        opened = [
            kind is Kind.REVERSAL and meaning.sign is None and amount > ZERO
            for kind, meaning, amount in zip(kinds, rows.meanings, signed, strict=True)
        ]
        return [*map(Row, kinds, rows.statuses, signed, opened, *map(rows.cells.get, roles))]

    def _paid(self, rows: _Rows) -> list[str]:
        """Return the currency of each row's fee and net."""
        if "net-currency" not in rows.cells:
            return [*rows.currencies]
        words = {"": "", **self._profile.currencies}
        told = self._code(rows.cells, "net-currency", words)
        return [paid or currency for paid, currency in zip(told, rows.currencies, strict=True)]

    def _fees(
        self, rows: _Rows, moved: Sequence[Decimal], paid: Sequence[str]
    ) -> tuple[Sequence[Decimal | None], Sequence[Decimal | None]]:
        """Return fee (a cost is positive) and net of each row; where both stand there, they must fit the gross."""
        nothing: list[Decimal | None] = [None] * len(moved)
        fees, nets = self._column_of(rows, "fee", paid), self._column_of(rows, "net", paid)
        style = self._profile.signs.fee
        if nets is None:
            if fees is not None and style == "negative":
                fees = [-fee for fee in fees]
            return fees or nothing, nothing
        if fees is None or style == "difference":
            return self._differences(rows, moved, nets, paid), nets
        if style == "negative":
            fees = [-fee for fee in fees]
        fixed = style == "negative" or "fee" in self._profile.signs.indicators
        pairs = []
        same = [one == other for one, other in zip(rows.currencies, paid, strict=True)]
        for index, (gross, fee, net) in enumerate(zip(moved, fees, nets, strict=True)):
            if fee + net == gross or not same[index] or abs(fee + net - gross) <= self._profile.checks.tolerance:
                pairs.append((fee, net))
                continue
            pair = None if fixed else _fitted(gross, fee, net)
            if pair is None:
                shown = _("net {net} and fee {fee} for gross {gross}").format(
                    net=figure(net), fee=figure(fee), gross=figure(gross)
                )
                self._broken.append(
                    IngestError(
                        rows.cells.file,
                        rows.cells.numbers[index],
                        shown,
                        _("gross - fee = net"),
                        _("Is one of these columns something else in this file?"),
                    )
                )
            pairs.append(pair or (fee, net))
        return [fee for fee, _ in pairs], [net for _, net in pairs]

    def _column_of(self, rows: _Rows, role: str, paid: Sequence[str]) -> list[Decimal] | None:
        """Return the fees or nets as the file prints them, or None where it has none."""
        profile = self._profile
        special = any(role in sums for sums in profile.kind_sums.values())
        if role not in rows.cells and role not in profile.sums and not special:
            return None
        found = self._by_kind(rows.cells, rows.meanings, role, lambda cells: self._money(cells, role), paid)
        if role in profile.signs.indicators:
            filled = [bool(cell) for cell in rows.cells.get(profile.signs.indicators[role][0])]
            told = iter(self._indicated(rows.cells.keep(filled), role))
            found = [abs(one) * next(told) if full else one for one, full in zip(found, filled, strict=True)]
        return found

    def _differences(
        self, rows: _Rows, moved: Sequence[Decimal], nets: Sequence[Decimal], paid: Sequence[str]
    ) -> list[Decimal | None]:
        """Return gross - net, in one currency or through the rate; where neither is told, the fee is not known."""
        rates = self._money(rows.cells, "rate")
        feeless = {kind for kind, sums in self._profile.kind_sums.items() if sums.get("fee") == ()}
        found: list[Decimal | None] = []
        for gross, net, rate, there, here, meaning in zip(
            moved, nets, rates, rows.currencies, paid, rows.meanings, strict=True
        ):
            if meaning.kind in feeless:
                found.append(ZERO)
            elif there == here:
                found.append(gross - net)
            else:
                found.append(two_decimals(gross * rate - net) if rate else None)
        return found

    # Days and times

    def _moments(self, cells: Cells) -> tuple[list[date], list[str]]:
        """Return each row's trade day and local time."""
        days, clocks = self._moment(cells, "date"), self._moment(cells, "time")
        stated = self._days.get("day") if "date" not in cells and "time" not in cells else None
        dates: list[date | None] = [*map(_FIRST, days)]
        times: list[str] = [*map(_SECOND, clocks)]
        if None in set(dates):
            dates = [day or other or stated for day, (other, _, _) in zip(dates, clocks, strict=True)]
        if None in set(dates) and "settled" in cells:
            dates = [day or spare for day, (spare, _, _) in zip(dates, self._moment(cells, "settled"), strict=True)]
        if None in set(dates):
            raise cells.error(dates.index(None), "date" if "date" in cells else "time", _("a date such as 2026-11-03"))
        if "" in times:
            times = [clock or spare for clock, (_, spare, _) in zip(times, days, strict=True)]
        if self._profile.clock.here is None:
            return dates, times  # type: ignore[return-value]  # None was refused
        zones = [there or other for (_, _, there), (_, _, other) in zip(clocks, days, strict=True)]
        return self._here(cells, dates, times, zones)  # type: ignore[arg-type]

    def _here(
        self, cells: Cells, dates: Sequence[date], times: Sequence[str], zones: Sequence[str]
    ) -> tuple[list[date], list[str]]:
        """Return days and times as the shop's clock shows them; a row without a time keeps its day."""
        clock = self._profile.clock
        column = cells.get("zone")
        known = {
            name: zone(name, clock.names) if name else None
            for name in cells.parsed("zone", lambda text: text if not text or zone(text, clock.names) else "", _ZONE)
        }
        known.update({name: zone(name, clock.names) for name in {*zones, clock.there} if name})
        out_days: list[date] = []
        out_times: list[str] = []
        for day, text, told, name in zip(dates, times, zones, column, strict=True):
            there = known.get(told or name or clock.there)
            if there and text:
                moment = datetime.combine(day, time.fromisoformat(text), there).astimezone(clock.here)
                out_days.append(moment.date())
                out_times.append(moment.time().isoformat("seconds" if text.count(":") > 1 else "minutes"))
            else:
                out_days.append(day)
                out_times.append(text)
        return out_days, out_times

    def _moment(self, cells: Cells, role: str) -> Sequence[tuple[date | None, str, str]]:
        if role not in cells:
            return [(None, "", "")] * len(cells)
        patterns = self._patterns(cells, role)
        anchor = self._days.get("day")

        memory = self._survey.memory
        known = {} if memory is None else memory.setdefault(role, {})

        def parse(text: str) -> tuple[date | None, str, str]:
            found = known.get(text)
            if found is None:
                found = read(text)
                if len(known) < _REMEMBERED:
                    known[text] = found
            return found

        def read(text: str) -> tuple[date | None, str, str]:
            if not text:
                return None, "", ""
            moment: Moment = parse_moment(text, patterns)
            if moment.month and moment.year is None and anchor is None:
                raise ValueError(text)
            return moment.on(lambda month, day: nearest(month, day, anchor or date.max)), moment.time, moment.zone

        wanted = _("a time such as 14:03:22") if role == "time" else _("a date such as 2026-11-03")
        if anchor is None:
            wanted = _("{date} (with its year: the file's name does not tell it)").format(date=wanted)
        return cells.parsed(role, parse, wanted)

    def _patterns(self, cells: Cells, role: str) -> Sequence[re.Pattern[str]]:
        """Return the layouts to read a column by: those that fit all of it come before those that fit a part.

        So a column with a 25th month is known to be month first from its first row on.
        """
        patterns = self._profile.times if role == "time" else self._profile.dates
        if role == "time" or not self._profile.ambiguous_dates:
            return patterns
        told = self._survey.layouts
        fit = fitting(patterns, cells.get(role)) if told is None else told.get(role, ())
        self._ambiguous += role == "date" and two_ways(fit, cells.get(role))
        return [*fit, *patterns]

    # Slips

    def _booked(
        self, rows: _Rows, mine: Sequence[bool]
    ) -> tuple[list[Slip], Sequence[Sequence[object]], Sequence[tuple[object, ...]], Columns]:
        """Return the slips with their places and order, and every row as the file counts it, payouts too.

        Of the rows those are slips that are ``mine``; where it is empty all are.
        """
        cells = rows.cells
        if not len(cells):
            return [], [], [], Columns()
        kinds, states, signed = self._signed(rows)
        self._refuse_fractions(cells, signed)
        attached = self._attached(rows, kinds, signed)
        if attached:
            cells = attached.texts(cells, kinds)
        dates, clocks = self._moments(cells)
        self._all_approved = approved = {*map(id, states)} == {id(Status.APPROVED)}
        if approved and Kind.PREAUTH not in kinds and Kind.PREAUTH_VOID not in kinds:
            moved: Sequence[Decimal] = signed
        else:
            moved = [
                amount if state is Status.APPROVED and kind not in HOLD_KINDS else ZERO
                for amount, kind, state in zip(signed, kinds, states, strict=True)
            ]
        paid = self._paid(rows)
        fees, nets = self._fees(rows, moved, paid)
        key = self._profile.checks.payout_key
        keys = cells.get(key) if key else [""] * len(cells)
        told = (
            signed
            if approved
            else [
                amount if kind in HOLD_KINDS and state is Status.APPROVED else money
                for amount, kind, state, money in zip(signed, kinds, states, moved, strict=True)
            ]
        )
        counted = Columns(kinds, told, rows.currencies, fees, nets, paid, keys, cells.numbers)
        apart = self._profile.source is Source.SETTLEMENT and (Kind.FEE in kinds or Kind.PAYOUT in kinds)
        if attached:
            fees, nets = attached.fees(cells, kinds, fees, nets)
        if apart:
            signed, fees = _fees_apart(kinds, signed, fees)
        columns = self._slip_facts(cells, dates, clocks)
        nothing = [""] * len(cells)
        order = [columns.get(name, nothing) for name in _ORDER]
        shared = [columns.pop(name, nothing) for name in SHARED[self._profile.source]]
        payers = [redact(plain(text)) for text in cells.get("payer")] if "payer" in cells else nothing
        book_days = self._book_days(cells, dates)
        places: Sequence[Sequence[object]] = _places(book_days, payers, shared)
        in_order: Sequence[tuple[object, ...]] = [*zip(book_days, dates, *order, strict=True)]
        facts = _told(columns, len(cells))
        slips = [*map(Slip, kinds, states, signed, rows.currencies, dates, fees, nets, facts, cells.numbers)]
        if apart or not all(mine):
            away = attached.given_away(cells, kinds) if attached else repeat(False)
            all_ = zip(kinds, away, mine or repeat(True), strict=False)
            ours = [kind is not Kind.PAYOUT and not gone and own for kind, gone, own in all_]
            slips, places, in_order = _kept(slips, ours), _kept(places, ours), _kept(in_order, ours)
        return slips, places, in_order, counted

    def _refuse_fractions(self, cells: Cells, signed: Sequence[Decimal]) -> None:
        """Refuse an amount with more decimals than can be booked; nothing is rounded here."""
        told = {id(one): one for one in signed}.values()
        if any(amount.as_tuple().exponent < _CENTS for amount in told):  # type: ignore[operator]
            index = next(index for index, one in enumerate(signed) if one.as_tuple().exponent < _CENTS)  # type: ignore[operator]
            raise cells.error(index, "amount", _("an amount such as 128.00"))

    def _book_days(self, cells: Cells, dates: Sequence[date]) -> Sequence[date]:
        """Return the day each row is booked on: its clearing date in a statement, else its own."""
        if "settled" in cells:
            settled = self._moment(cells, "settled")
            pending = "day" not in self._days and self._profile.source is Source.SETTLEMENT
            for index, (day, _clock, _zone) in enumerate(settled):
                if day is None and "settled" in self._profile.signature and pending:
                    raise cells.error(index, "settled", _("a date such as 2026-11-03"))
            return [day or own for (day, _, _), own in zip(settled, dates, strict=True)]
        if self._profile.source is Source.SETTLEMENT and "day" in self._days:
            return [self._days["day"]] * len(cells)
        return dates

    def _currencies(self, cells: Cells) -> list[str]:
        profile = self._profile
        told = self._facts.get("currency", "")
        bare = profile.currencies.get(fold(told), told) or profile.currency
        if "currency" not in cells:
            return [bare] * len(cells)
        return self._code(cells, "currency", {"": bare, **profile.currencies})

    def _code(self, cells: Cells, role: str, words: Mapping[str, str]) -> list[str]:
        """Return currencies: the profile's words, else any code of three letters."""

        def parse(text: str) -> str:
            code = words.get(fold(text), text.upper())
            if fold(text) not in words and not (len(code) == 3 and code.isascii() and code.isalpha()):  # noqa: PLR2004
                raise ValueError(text)
            return code

        if len(words) > 1 and not self._profile.currencies.get("*"):
            return self._words(cells, role, words, "")
        return cells.parsed(role, parse, _("a currency such as CNY"), self._more)

    def _slip_facts(self, cells: Cells, dates: Sequence[date], clocks: Sequence[str]) -> dict[str, Sequence[str]]:
        """Return what the slips say under :data:`SLIP_KEYS`, column by column, cleaned and masked."""
        columns: dict[str, Sequence[str]] = {}
        for key in SLIP_KEYS:
            if key == "time":
                columns[key] = clocks
            elif key in cells and key in _SPECIAL:
                columns[key] = _SPECIAL[key](self, cells)
            elif key in cells and key not in _APART and key != "tip":
                told = cells.parsed(key, _free, "a text") if key in _FREE else _clean(cells, key)
                columns[key] = [text or self._facts[key] for text in told] if key in self._facts else told
            elif key == "tip" and self._has_tips(cells):
                tips = self._summed(cells, self._profile.sums, key, lambda part: self._money(part, "tip"))
                columns[key] = [figure(tip) if tip else "" for tip in tips]
            elif key in self._facts:
                columns[key] = [self._facts[key]] * len(cells)
        for extract in self._profile.extracts:
            self._extract(extract, cells, dates, columns)
        return columns

    def _has_tips(self, cells: Cells) -> bool:
        return any(term.column in cells for term in self._profile.sums.get("tip", (Term("tip", 1),)))

    def _cards(self, cells: Cells) -> Sequence[str]:
        if all_masked(cells.get("card")):
            return cells.get("card")
        return cells.parsed("card", mask, _("a card number"))

    def _card_types(self, cells: Cells) -> list[str]:
        return self._words(cells, "card-type", {"": "", **self._profile.card_types}, "")

    def _orig_dates(self, cells: Cells) -> list[str]:
        return [day.isoformat() if day else "" for day, _, _ in self._moment(cells, "orig-date")]

    def _extract(
        self, extract: Extract, cells: Cells, dates: Sequence[date], columns: dict[str, Sequence[str]]
    ) -> None:
        """Add to ``columns`` what the rows' free texts tell."""
        texts = [*map(" ".join, zip(*map(cells.get, extract.roles), strict=True))]
        hits = {text: found for text in dict.fromkeys(texts) if (found := named(extract.pattern, text))}
        for index, text in enumerate(texts):
            for key, value in hits.get(text, {}).items():
                try:
                    told = _EXTRACTED.get(key, _as_is)(value, dates[index])
                except ValueError:
                    self._warnings.append(
                        _("row {row}: {value} cannot be a {key}; left in the memo").format(
                            row=cells.numbers[index], value=quote(value), key=key
                        )
                    )
                    continue
                column = [*columns.get(key, [""] * len(cells))] if index < len(cells) else []
                column[index] = told
                columns[key] = column

    # Lines that are not ours

    def _lines(self, rows: _Rows) -> list[Line]:
        cells = rows.cells
        signed: Sequence[Decimal] = rows.amounts
        if not self._profile.is_bank:
            _, _, signed = self._signed(rows._replace(statuses=[Status.APPROVED] * len(cells)))
        dates, clocks = self._moments(cells)
        facts = _told(self._slip_facts(cells, dates, clocks), len(cells))
        lines = map(
            Line, dates, signed, rows.currencies, self._labels(cells, signed), cells.get("memo"), facts, cells.numbers
        )
        return [line._replace(text=line.facts.get("memo", "")) for line in lines]

    def _labels(self, cells: Cells, amounts: Sequence[Decimal]) -> list[str]:
        if not self._profile.is_bank:
            return [plain(text) for text in cells.get("tender")]
        pairs = zip(amounts, cells.get("payer"), cells.get("payee"), strict=True)
        return [redact(plain((payee or payer) if amount < ZERO else payer)) for amount, payer, payee in pairs]

    # What the file says in all

    def _balances(self, rows: _Rows) -> list[tuple[int, Decimal, Decimal, str]]:
        """Return (row, amount, balance after it, currency) where every row states a balance."""
        cells = rows.cells
        if "balance" not in cells or "" in cells.get("balance") or self._profile.checks.balance == "off":
            return []
        try:
            balances = self._money(cells, "balance")
        except IngestError as error:
            self._broken.append(error)
            return []
        if "balance" in self._profile.signs.indicators:
            signs = self._indicated(cells, "balance")
            balances = [abs(one) * sign for one, sign in zip(balances, signs, strict=True)]
        amounts: Sequence[Decimal] = rows.amounts
        if not self._profile.is_bank:
            _, _, amounts = self._signed(rows)
        return [*zip(cells.numbers, amounts, balances, rows.currencies, strict=True)]

    def _has_cards(self) -> bool:
        """Tell whether the rows hold a full card number anywhere but in declared ids."""
        cells = self._chunk.cells
        shown = cells.get("card")
        cards = not all_masked(shown) and any(map(is_open, set(shown)))
        free = (cells.get(role) for role in ("payer", "payee", *_FREE) if role in cells)
        texts = (text for column in (*free, *self._chunk.unread) for text in set(column))
        return cards or any(map(holds_card, texts))


class _Rows(NamedTuple):
    """Rows that count, with what is known of each: parallel columns."""

    cells: Cells
    meanings: Sequence[Meaning]
    statuses: Sequence[Status]
    currencies: Sequence[str]
    amounts: Sequence[Decimal]

    def keep(self, wanted: Sequence[bool]) -> _Rows:
        """Return the rows that are ``wanted``."""
        if all(wanted):
            return self
        return _Rows(self.cells.keep(wanted), *(_kept(column, wanted) for column in self[1:]))  # type: ignore[arg-type]


#: So many days and times of a column are remembered from one piece of a file to the next.
_REMEMBERED = 20_000

_FIRST, _SECOND = itemgetter(0), itemgetter(1)
#: After the days, what the slips of a file are put in order by; only where all of it agrees does the rest count.
_ORDER = ("time", "terminal", "trace", "rrn")
_ZONE = N_("a time zone such as Asia/Shanghai, UTC or +08:00")

_SPECIAL: Mapping[str, Callable[[_Reader, Cells], Sequence[str]]] = {
    "card": _Reader._cards,  # noqa: SLF001  # the table belongs to the class
    "card-type": _Reader._card_types,  # noqa: SLF001
    "orig-date": _Reader._orig_dates,  # noqa: SLF001
}


def _places(days: Sequence[date], payers: Sequence[str], shared: Sequence[Sequence[str]]) -> list[Sequence[object]]:
    """Return each row's :class:`Place`, as a plain tuple; equal ones are mostly one and the same object."""
    if len({*payers}) == 1 and all(len({*column}) == 1 for column in shared):
        rest = (payers[0], tuple(column[0] for column in shared))
        by_day = {day: (day, *rest) for day in {*days}}
        return [*map(by_day.__getitem__, days)]
    together = zip(*shared, strict=True) if shared else repeat(())
    return [*zip(days, payers, together, strict=False)]


def _kept(values: Iterable[T], wanted: Sequence[bool]) -> list[T]:
    return [*compress(values, wanted)]


def _is_moment(text: str, pattern: re.Pattern[str]) -> bool:
    try:
        parse_moment(text, [pattern])
    except ValueError:
        return False
    return True


def _takes(kind: Kind, sign: int) -> bool:
    """Tell whether a row of ``kind`` takes away, money or hold."""
    return sign < 0 or kind is Kind.PREAUTH_VOID


def _fitted(gross: Decimal, fee: Decimal, net: Decimal) -> tuple[Decimal, Decimal] | None:
    """Return fee and net with the signs that fit ``gross``: files disagree about how outgoing rows are printed."""
    for fee_sign, net_sign in ((-1, 1), (1, -1), (-1, -1)):
        if fee * fee_sign + net * net_sign == gross:
            return fee * fee_sign, net * net_sign
    return None


def _fees_apart(
    kinds: Sequence[Kind], signed: Sequence[Decimal], fees: Sequence[Decimal | None]
) -> tuple[list[Decimal], list[Decimal | None]]:
    """Make a statement's fee rows what they are: a cost, and no money that a terminal ever guaranteed."""
    costs = [-amount if kind is Kind.FEE else fee for kind, amount, fee in zip(kinds, signed, fees, strict=True)]
    return [_NOTHING if kind is Kind.FEE else amount for kind, amount in zip(kinds, signed, strict=True)], costs


def _listed(terms: Iterable[Term]) -> str:
    return ", ".join(term.column.removeprefix("=") for term in terms)


def _told(columns: Mapping[str, Sequence[str]], count: int) -> Iterable[dict[str, str]]:
    """Return each row's facts, without those it does not state."""
    full = {key: column for key, column in columns.items() if "" not in column}
    if not full:
        rows: list[dict[str, str]] = [{} for _ in range(count)]
    else:
        keys = [*full]
        rows = [dict(zip(keys, values)) for values in zip(*full.values(), strict=True)]  # noqa: B905  # hot, of one length
    for key, column in columns.items():
        if key in full:
            continue
        for row, value in zip(rows, column, strict=True):
            if value:
                row[key] = value
    if len(full) == len(columns):
        return rows
    places = {key: place for place, key in enumerate(columns)}
    return [dict(sorted(row.items(), key=lambda one: places[one[0]])) for row in rows]


def _clean(cells: Cells, role: str) -> Sequence[str]:
    """Return the ids in a column, safe to stand in a ledger; most columns are as they stand."""
    if role in cells.plain:
        return cells.get(role)
    return cells.parsed(role, plain, "a text")


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
