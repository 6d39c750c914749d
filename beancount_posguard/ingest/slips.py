"""What the rows of a table mean: slips, lines that are not ours, and what the file says in all.

Columns are read one after the other, each distinct text once; rows are put together only at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import repeat

from beancount_posguard.booking.lines import Line
from beancount_posguard.ingest.attach import Attached
from beancount_posguard.ingest.cards import all_masked, holds_card, is_open, redact
from beancount_posguard.ingest.columns import Cells, Chunk
from beancount_posguard.ingest.content import SHARED, Columns, Content, LookAgainError, Survey
from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.fees import Fees
from beancount_posguard.ingest.meanings import Meanings, Rows, kept_of
from beancount_posguard.ingest.moments import Moments
from beancount_posguard.ingest.printed import Printed
from beancount_posguard.ingest.profile import Meaning, Profile
from beancount_posguard.ingest.reversals import CANCELLED, Row, settle
from beancount_posguard.ingest.texts import FREE_TEXTS, Texts
from beancount_posguard.legs import HOLD_KINDS, Kind, Slip, Source, Status
from beancount_posguard.money import ZERO
from beancount_posguard.text import figure, plain, two_decimals
from beancount_posguard.words import _

#: Amounts that are postings have no more decimals than the currency.
_CENTS = -2

_NOTHING = two_decimals(ZERO)


def money(slip: Slip) -> Decimal:
    """Return what ``slip`` moves, signed from the merchant's side: nothing unless it is approved and no hold."""
    return slip.amount if slip.status is Status.APPROVED and slip.kind not in HOLD_KINDS else ZERO


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


class _Reader:
    """Reads some rows by one profile."""

    def __init__(self, profile: Profile, chunk: Chunk, survey: Survey, *, alone: bool) -> None:
        self._profile = profile
        self._chunk = chunk
        self._alone = alone
        self._survey = survey
        self._orphans = 0
        self._all_approved = False
        self._warnings: list[str] = []
        self._broken: list[IngestError] = []
        self._meanings = meanings = Meanings(profile, survey.facts)
        self._printed = printed = Printed(profile, meanings)
        self._fees = Fees(profile, meanings, printed, self._broken)
        self._moments = moments = Moments(profile, survey)
        self._texts = Texts(profile, survey.facts, (meanings, printed, moments), self._warnings)

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
            sums={
                one.column: self._printed.money(cells, one.column)
                for one in self._profile.totals
                if one.column in cells
            },
            tips=self._printed.tips,
            orphans=self._orphans,
            ambiguous=bool(self._moments.ambiguous),
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

    def _attached(self, rows: Rows, kinds: Sequence[Kind], signed: Sequence[Decimal]) -> Attached | None:
        """Return what rows of the file say about other rows of it."""
        if not self._profile.attach or self._survey.attached is not None:
            return self._survey.attached
        attached = Attached(self._profile)
        attached.gather(rows.cells, kinds, rows.statuses, signed)
        attached.count(rows.cells, kinds)
        return attached

    # Which rows count

    def _rows(self) -> tuple[Rows, Counter[str]]:
        """Return the rows that count, what they mean, and how many others each word set aside."""
        cells, profile = self._chunk.cells, self._profile
        rules = self._meanings.ruled(cells)
        meanings = self._meanings.decided(
            cells, "type", rules, [rule and rule.meaning for rule in rules],
            profile.kinds, Meaning(None, None, skip=False),
        )  # fmt: skip
        statuses: list[Status | None] = self._meanings.decided(
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
        told = kept_of(meanings, wanted)
        states = [status for status, keep in zip(statuses, wanted, strict=True) if keep and status]
        currencies = self._meanings.currencies(kept)
        if profile.net_kinds:
            rows = Rows(kept, told, states, currencies, ())
            pairs = zip(told, currencies, self._fees.paid(rows), strict=True)
            currencies = [paid if one.kind in profile.net_kinds else currency for one, currency, paid in pairs]
        return Rows(kept, told, states, currencies, self._printed.amounts(kept, told, currencies)), skipped

    def _mine(self, rows: Rows) -> list[bool]:
        """Tell which rows are slips: card tenders, an acquirer's deposits, else all."""
        profile, cells = self._profile, rows.cells
        if profile.tenders:
            return self._meanings.words(cells, "tender", profile.tenders, bare=True)
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

    def _signed(self, rows: Rows) -> tuple[list[Kind], list[Status], list[Decimal]]:
        """Return kind, status and signed amount of each row, voids and reversals joined to their originals."""
        kinds, signed = self._unsettled(rows)
        if Kind.REVERSAL not in kinds and not any(one in rows.statuses for one in CANCELLED):
            return kinds, [*rows.statuses], signed
        if not self._alone and self._survey.settled is None:
            raise LookAgainError
        return self._settled(rows, kinds, signed)

    def _unsettled(self, rows: Rows) -> tuple[list[Kind], list[Decimal]]:
        """Return kind and signed amount of each row as it stands."""
        meanings, amounts = rows.meanings, rows.amounts
        told = {id(one): one for one in meanings}.values()
        printed = self._printed.keep_sign
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

    def _refuse_negative(self, rows: Rows, signed: Sequence[Decimal]) -> None:
        if self._printed.keep_sign:
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
        self, rows: Rows, kinds: Sequence[Kind], signed: Sequence[Decimal]
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
        self, rows: Rows, kinds: Sequence[Kind] | None = None, signed: Sequence[Decimal] | None = None
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

    # Slips

    def _booked(
        self, rows: Rows, mine: Sequence[bool]
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
        dates, clocks = self._moments.dates_and_times(cells)
        self._all_approved = approved = {*map(id, states)} == {id(Status.APPROVED)}
        if approved and Kind.PREAUTH not in kinds and Kind.PREAUTH_VOID not in kinds:
            moved: Sequence[Decimal] = signed
        else:
            moved = [
                amount if state is Status.APPROVED and kind not in HOLD_KINDS else ZERO
                for amount, kind, state in zip(signed, kinds, states, strict=True)
            ]
        paid = self._fees.paid(rows)
        fees, nets = self._fees.fees_and_nets(rows, moved, paid)
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
        apart = self._profile.source is Source.SETTLEMENT and not _APART.isdisjoint(kinds)
        if attached:
            fees, nets = attached.fees(cells, kinds, fees, nets)
        if apart:
            signed, fees = _fees_apart(kinds, signed, fees)
        columns = self._texts.facts(cells, dates, clocks)
        nothing = [""] * len(cells)
        order = [columns.get(name, nothing) for name in _ORDER]
        shared = [columns.pop(name, nothing) for name in SHARED[self._profile.source]]
        payers = [redact(plain(text)) for text in cells.get("payer")] if "payer" in cells else nothing
        book_days = self._moments.book_days(cells, dates)
        places: Sequence[Sequence[object]] = _places(book_days, payers, shared)
        in_order: Sequence[tuple[object, ...]] = [*zip(book_days, dates, *order, strict=True)]
        facts = _told(columns, len(cells))
        slips = [*map(Slip, kinds, states, signed, rows.currencies, dates, fees, nets, facts, cells.numbers)]
        if apart or not all(mine):
            away = attached.given_away(cells, kinds) if attached else repeat(False)
            all_ = zip(kinds, away, mine or repeat(True), strict=False)
            left = _LEFT if self._profile.source is Source.SETTLEMENT else {Kind.PAYOUT}
            ours = [kind not in left and not gone and own for kind, gone, own in all_]
            slips, places, in_order = kept_of(slips, ours), kept_of(places, ours), kept_of(in_order, ours)
        return slips, places, in_order, counted

    def _refuse_fractions(self, cells: Cells, signed: Sequence[Decimal]) -> None:
        """Refuse an amount with more decimals than can be booked; nothing is rounded here."""
        told = {id(one): one for one in signed}.values()
        if any(amount.as_tuple().exponent < _CENTS for amount in told):  # type: ignore[operator]
            index = next(index for index, one in enumerate(signed) if one.as_tuple().exponent < _CENTS)  # type: ignore[operator]
            raise cells.error(index, "amount", _("an amount such as 128.00"))

    # Lines that are not ours

    def _lines(self, rows: Rows) -> list[Line]:
        cells = rows.cells
        signed: Sequence[Decimal] = rows.amounts
        if not self._profile.is_bank:
            _, _, signed = self._signed(rows._replace(statuses=[Status.APPROVED] * len(cells)))
        dates, clocks = self._moments.dates_and_times(cells)
        facts = _told(self._texts.facts(cells, dates, clocks), len(cells))
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

    def _balances(self, rows: Rows) -> list[tuple[int, Decimal, Decimal, str]]:
        """Return (row, amount, balance after it, currency) where every row states a balance."""
        cells = rows.cells
        if "balance" not in cells or "" in cells.get("balance") or self._profile.checks.balance == "off":
            return []
        try:
            balances = self._printed.money(cells, "balance")
        except IngestError as error:
            self._broken.append(error)
            return []
        if "balance" in self._profile.signs.indicators:
            signs = self._printed.indicated(cells, "balance")
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
        free = (cells.get(role) for role in ("payer", "payee", *FREE_TEXTS) if role in cells)
        texts = (text for column in (*free, *self._chunk.unread) for text in set(column))
        return cards or any(map(holds_card, texts))


#: What a statement tells and nobody settles: it is counted and not booked.
_LEFT = frozenset({Kind.PAYOUT, *HOLD_KINDS})
#: Those, and the fees in rows of their own.
_APART = frozenset({Kind.FEE, *_LEFT})

#: After the days, what the slips of a file are put in order by; only where all of it agrees does the rest count.
_ORDER = ("time", "terminal", "trace", "rrn")


def _places(days: Sequence[date], payers: Sequence[str], shared: Sequence[Sequence[str]]) -> list[Sequence[object]]:
    """Return each row's :class:`Place`, as a plain tuple; equal ones are mostly one and the same object."""
    if len({*payers}) == 1 and all(len({*column}) == 1 for column in shared):
        rest = (payers[0], tuple(column[0] for column in shared))
        by_day = {day: (day, *rest) for day in {*days}}
        return [*map(by_day.__getitem__, days)]
    together = zip(*shared, strict=True) if shared else repeat(())
    return [*zip(days, payers, together, strict=False)]


def _takes(kind: Kind, sign: int) -> bool:
    """Tell whether a row of ``kind`` takes away, money or hold."""
    return sign < 0 or kind is Kind.PREAUTH_VOID


def _fees_apart(
    kinds: Sequence[Kind], signed: Sequence[Decimal], fees: Sequence[Decimal | None]
) -> tuple[list[Decimal], list[Decimal | None]]:
    """Make a statement's fee rows what they are: a cost, and no money that a terminal ever guaranteed."""
    costs = [-amount if kind is Kind.FEE else fee for kind, amount, fee in zip(kinds, signed, fees, strict=True)]
    return [_NOTHING if kind is Kind.FEE else amount for kind, amount in zip(kinds, signed, strict=True)], costs


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
