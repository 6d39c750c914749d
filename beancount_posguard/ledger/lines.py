"""The postings of batches -> legs.

This is done for every slip of every year, and most of its time goes into fetching what lies scattered in memory. So
postings are read by class: slips with the same metadata keys are fetched all at once, column by column, and a column is
checked as a whole. A leg keeps the posting's own metadata and is asked for a field only when somebody needs it; the few
fields that everybody needs stay as columns of the sheet.

A class in which anything is wrong is read once more line by line, so that each fault names its own line.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import chain, groupby, repeat
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from beancount_posguard.ledger.errors import PosguardError, at
from beancount_posguard.ledger.words import KnownShapes
from beancount_posguard.legs import COLUMNS, HOLD_KINDS, HOLD_PREFIX, SLIP_KEYS, Kind, Leg, Sheet, Source, Status
from beancount_posguard.money import ZERO, parse_amount
from beancount_posguard.words import N_, _

if TYPE_CHECKING:
    from beancount.core.data import Posting

T = TypeVar("T")

_KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}
_STATUSES: Mapping[str, Status] = {status.value: status for status in Status}

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_FOREIGN = re.compile(r"[A-Z]{3} -?\d{1,12}(?:\.\d{1,4})?", re.ASCII)
_PAN_DIGITS = 13
#: Days outside these years are a slip of the pen, and calendars end.
YEARS = range(1980, 2200)
_STILL = N_(
    "a {kind} line with status {status!r} moves no money; expected a zero posting with the figure under amount:"
)
#: What must be a text in quotes: a reference that is a number has lost its zeros.
_TEXTS = tuple(
    key for key in SLIP_KEYS if key not in {"date", "orig-date", "period-from", "period-to", "kind", "status"}
)
#: Words that choose how a line is read.
_WORDS = ("kind", "status", "date")
_NO_FACTS: Mapping[str, Any] = {}

#: As Leg(...) does, without its way round through a function of Python's.
_leg = partial(tuple.__new__, Leg)

_Facts = Mapping[str, Any]

#: Keys, source and currency: what is the same for all slips that are read at once.
_Class = tuple[tuple[str, ...], Source, str]

#: How many postings are collected: enough for classes of some size, few enough to stay in the processor's cache.
_AT_ONCE = 1000

#: Sources whose legs stand as credits on the guarantee account.
_CREDITED = frozenset({Source.SETTLEMENT, Source.BANK})


class Lines:
    """Reads postings into legs; what cannot be read goes to ``faults``."""

    def __init__(self, faults: list[PosguardError]) -> None:
        self._faults = faults
        self._shapes = KnownShapes()
        self._known: dict[str, set[object]] = {}
        self._waiting: defaultdict[_Class, list[_Run]] = defaultdict(list)
        self._postings = 0
        self._choices: dict[tuple[str, ...], _Choice] = {}

    def check_keys(self, meta: _Facts, entry: object) -> None:
        """Note a key of ours that does not exist; what else stands there is read all the same."""
        stranger = self._shapes.stranger(meta)
        if stranger:
            message = _(
                "posguard: unknown key {stranger!r}; keys that start with 'posguard-' are ours: see the docs"
            ).format(stranger=stranger)
            self.note(at(meta, message, entry))

    def note(self, fault: PosguardError) -> None:
        """Note ``fault`` after those of the lines before it."""
        self.finish()
        self._faults.append(fault)

    def add(self, sheet: Sheet, postings: Sequence[Posting], currency: str) -> None:
        """Make room in ``sheet`` for one leg for each posting; :meth:`finish` puts them there.

        A posting that cannot be read becomes a fault of its own.
        """
        metas: list[_Facts] = [posting.meta or _NO_FACTS for posting in postings]
        first, place = len(sheet.legs), 0
        nothing = [None] * len(postings)
        sheet.legs.extend(nothing)  # type: ignore[arg-type]  # filled or taken out when they are read
        for column in map(sheet.columns.__getitem__, COLUMNS):
            column.extend(nothing)
        source = sheet.head.source
        for shape, same in groupby(map(tuple, metas)):
            end = place + len(list(same))
            run = _Run(self._postings + place, sheet, first + place, postings[place:end], metas[place:end], currency)
            self._waiting[shape, source, currency].append(run)
            place = end
        self._postings += len(postings)
        if self._postings >= _AT_ONCE:
            self.finish()

    def finish(self) -> None:
        """Read all that waits."""
        waiting, self._waiting, self._postings = self._waiting, defaultdict(list), 0
        broken: list[_Run] = []
        for same, runs in waiting.items():
            try:
                self._read_class(same, runs)
            except (TypeError, ValueError):
                broken.extend(runs)
        for run in sorted(broken, key=lambda one: one.number):
            self._read_lines(run)

    # -- a class at once -----------------------------------------------------------------------------------------

    def _read_class(self, same: _Class, runs: Sequence[_Run]) -> None:
        """Read all ``runs`` of one class.

        Raises:
            TypeError, ValueError: if anything is wrong with any of them; nothing is changed then.
        """
        shape, source, currency = same
        metas = list(chain.from_iterable([run.metas for run in runs]))
        rows = [facts.values() for facts in metas]
        columns: dict[str, Sequence[Any]] = dict(zip(shape, zip(*rows, strict=True), strict=True))
        choice = self._choice(shape, metas[0])
        self._check(choice, columns)
        units = [posting.units for run in runs for posting in run.postings]
        amounts, currencies = zip(*units, strict=True)  # None ends in a TypeError
        if set(currencies) != {currency}:
            raise ValueError(currencies)
        if source in _CREDITED:
            amounts = tuple([-amount for amount in amounts])
        heads = list(chain.from_iterable([repeat(run.sheet.head, len(run.metas)) for run in runs]))
        kinds = _implied(source, amounts)
        statuses: Iterable[Status] = repeat(Status.APPROVED)
        dates = [head.date for head in heads]
        if choice.words:
            told = [choice.readings[row] for row in zip(*(columns[key] for key in choice.words), strict=True)]
            if _moves_money(currency) and any(one.still and amount for one, amount in zip(told, amounts, strict=True)):
                raise ValueError(_STILL)
            kinds = [one.kind or by_sign for one, by_sign in zip(told, kinds, strict=True)]
            statuses = [one.status for one in told]
            dates = [one.date or day for one, day in zip(told, dates, strict=True)]
        fields = zip(heads, kinds, statuses, dates, amounts, repeat(currency), metas, strict=False)
        _put(runs, list(map(_leg, fields)), {key: columns[key] for key in COLUMNS if key in columns})

    def _check(self, choice: _Choice, columns: Mapping[str, Sequence[Any]]) -> None:
        for key in choice.checked:
            known = self._known.setdefault(key, set())
            for value in set(columns[key]) - known:
                _CHECKS[key](value)
                known.add(value)
        for key in choice.texts:
            "".join(columns[key])  # the quickest way to find one that is no text: a TypeError
        for card in columns.get("card", ()):
            if len(card) - card.count("*") >= _PAN_DIGITS:
                _check_card(card)

    def _choice(self, shape: tuple[str, ...], facts: _Facts) -> _Choice:
        choice = self._choices.get(shape)
        if choice is None:
            if self._shapes.stranger(facts):
                raise ValueError(shape)
            choice = self._choices[shape] = _Choice(shape)
        return choice

    # -- line by line --------------------------------------------------------------------------------------------

    def _read_lines(self, run: _Run) -> None:
        """Read a run in which something may be wrong, and name each line that cannot be read."""
        sheet = run.sheet
        for place, (posting, facts) in enumerate(zip(run.postings, run.metas, strict=True), start=run.place):
            try:
                self.check_keys(facts, sheet.entry)
                leg = self._read(posting, facts, run)
                _put([run._replace(place=place, metas=[facts])], [leg], {key: [facts.get(key)] for key in COLUMNS})
            except (TypeError, ValueError) as error:
                sheet.broken = True
                self.note(at(facts or sheet.head.facts, f"posguard: {_said(error, facts)}", sheet.entry))

    def _read(self, posting: Posting, facts: _Facts, run: _Run) -> Leg:
        choice = _Choice(tuple(facts))
        self._check(choice, {key: [value] for key, value in facts.items()})
        told = choice.readings[tuple(facts[key] for key in choice.words)]
        amount: Any
        amount, currency = posting.units  # type: ignore[misc]  # None ends in a TypeError
        if currency != run.currency:
            raise ValueError(_("an amount in {here}; expected {currency}").format(here=currency, currency=run.currency))
        head = run.sheet.head
        if head.source in _CREDITED:
            amount = -amount
        kind = told.kind or _implied(head.source, [amount])[0]
        if amount and told.still and _moves_money(currency):
            raise ValueError(_(_STILL).format(kind=kind.value, status=told.status.value))
        return Leg(head, kind, told.status, told.date or head.date, amount, currency, facts)


class _Run(NamedTuple):
    """Postings that stand together on one account and have the same metadata keys.

    ``number`` counts the postings that wait, ``place`` is where in the sheet their legs belong.
    """

    number: int
    sheet: Sheet
    place: int
    postings: Sequence[Posting]
    metas: Sequence[_Facts]
    currency: str


def _put(runs: Iterable[_Run], legs: Sequence[Leg], columns: Mapping[str, Sequence[Any]]) -> None:
    """Put the legs of ``runs``, one after the other, where they belong."""
    start = 0
    for run in runs:
        end = start + len(run.metas)
        there = slice(run.place, run.place + end - start)
        run.sheet.legs[there] = legs[start:end]
        for key, values in columns.items():
            run.sheet.columns[key][there] = values[start:end]
        start = end


def _moves_money(currency: str) -> bool:
    """Tell whether legs in ``currency`` are no memos of holds."""
    return not currency.startswith(HOLD_PREFIX)


class _Told(NamedTuple):
    """What a slip's own words say; ``still`` lines move no money."""

    kind: Kind | None
    status: Status
    date: date | None
    still: bool


class _Choice:
    """What must be looked at in postings with one set of keys; ``words`` are those that choose the reading."""

    def __init__(self, shape: Sequence[str]) -> None:
        self.checked = [key for key in _CHECKS if key in shape]
        self.texts = [key for key in _TEXTS if key in shape]
        self.words = [key for key in _WORDS if key in shape]
        self.readings = _Readings(self.words)


class _Readings(dict[tuple[object, ...], _Told]):
    """What the words of a line say; the slips of a ledger say the same few things, each understood once."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__()
        self._words = words

    def __missing__(self, row: tuple[object, ...]) -> _Told:
        said = dict(zip(self._words, row, strict=True))
        kind = _word("kind", said.get("kind"), _KINDS)
        status = _word("status", said.get("status"), _STATUSES) or Status.APPROVED
        still = status is not Status.APPROVED or kind in HOLD_KINDS
        told = self[row] = _Told(kind, status, _day(said.get("date")), still)
        return told


def _implied(source: Source, amounts: Iterable[Decimal]) -> list[Kind]:
    """Return the kinds that the signs tell where no word does."""
    positive, negative = (Kind.DEPOSIT, Kind.DEPOSIT) if source is Source.BANK else (Kind.SALE, Kind.REFUND)
    return [negative if amount < ZERO else positive for amount in amounts]


def no_text(facts: Mapping[str, Any]) -> str:
    """Say which reference of ``facts`` is no text; empty where all are."""
    wrong = next((key for key in _TEXTS if key in facts and not isinstance(facts[key], str)), "")
    return wrong and _("{key}: {value}; expected a text in quotes, or it loses its zeros").format(
        key=wrong, value=facts[wrong]
    )


def _word(key: str, word: object, words: Mapping[str, T]) -> T | None:
    if word is None:
        return None
    if not isinstance(word, str) or word not in words:
        raise ValueError(
            _("{key}: {word!r}; expected one of {words}").format(key=key, word=word, words=", ".join(words))
        )
    return words[word]


def _day(told: object) -> date | None:
    if told is None:
        return None
    day = told if isinstance(told, date) else _from_iso(told)
    check_day(day)
    return day


def _from_iso(told: object) -> date:
    try:
        if isinstance(told, str) and _ISO.fullmatch(told):
            return date.fromisoformat(told)
    except ValueError:
        pass
    raise ValueError(_("date: {told!r}; expected a day such as 2026-11-03").format(told=told))


def check_day(day: date) -> None:
    """Refuse a day that calendars do not reach.

    Raises:
        ValueError: saying what was expected.
    """
    if day.year not in YEARS:
        raise ValueError(
            _("date: {day}; expected a day from {first} to {last}").format(day=day, first=YEARS[0], last=YEARS[-1])
        )


def _check_time(value: object) -> None:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError(_("time: {value!r}; expected HH:MM or HH:MM:SS").format(value=value))


def _check_figure(value: object) -> None:
    if not isinstance(value, str):
        raise ValueError(_('{value!r}: expected a figure in quotes, such as "0.64"').format(value=value))  # noqa: TRY004
    parse_amount(value)


def _check_foreign(value: object) -> None:
    if not isinstance(value, str) or not _FOREIGN.fullmatch(value):
        raise ValueError(_("foreign: {value!r}; expected currency and amount, such as USD 18.20").format(value=value))


def _check_card(value: object) -> None:
    if not isinstance(value, str) or sum(map(str.isdigit, value)) >= _PAN_DIGITS:
        raise ValueError(_("card: expected a masked number, at most the first six and last four digits"))


#: Words whose form must be right, whatever else the slip says.
_CHECKS: Mapping[str, Callable[[object], None]] = {
    "time": _check_time,
    "fee": _check_figure,
    "amount": _check_figure,
    "tip": _check_figure,
    "foreign": _check_foreign,
}


def _said(error: Exception, facts: Mapping[str, Any]) -> str:
    if isinstance(error, ValueError):
        return str(error)
    if wrong := no_text(facts):
        return wrong
    return _("a posting on a guarantee account needs a plain amount and metadata that are texts in quotes")
