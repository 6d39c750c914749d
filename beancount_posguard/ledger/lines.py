"""The postings of batches -> legs.

This is done for every slip of every year, and most of its time goes into fetching what lies scattered in memory. So a
posting is fetched once, with all that it says, and what is fetched is checked by class: the rows of many slips with the
same metadata keys, a column as a whole. A leg keeps the posting's own metadata and is asked for a field only when
somebody needs it; the few fields that everybody needs stay as columns of the sheet.

Where anything is wrong the postings are read once more line by line, so that each fault names its own line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import compress, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from beancount_posguard.ledger.errors import PosguardError, at
from beancount_posguard.ledger.words import stranger
from beancount_posguard.legs import COLUMNS, HOLD_KINDS, SLIP_KEYS, Kind, Leg, Sheet, Source, Status
from beancount_posguard.money import ZERO, parse_amount
from beancount_posguard.words import N_, _

if TYPE_CHECKING:
    from beancount.core.data import Posting

T = TypeVar("T")

_KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}
_STATUSES: Mapping[str, Status] = {status.value: status for status in Status}

_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PAN_DIGITS = 13


def _lines_of(form: str) -> re.Pattern[str]:
    """Return what matches one value of ``form`` or a column of them, one on each line."""
    return re.compile(rf"(?:{form})(?:\n(?:{form}))*+", re.ASCII)


_TIMES = _lines_of(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?")
_FIGURES = _lines_of(r"-?\d{1,12}(?:\.\d{1,8})?")
_FOREIGN = _lines_of(r"[A-Z]{3} -?\d{1,12}(?:\.\d{1,4})?")
_CARDS = _lines_of(r"\d{0,6}[*xX ]*\d{0,4}")

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

#: How many postings are collected: enough for classes of some size, few enough to stay in the processor's cache.
_AT_ONCE = 300

#: Sources whose legs stand as credits on the guarantee account.
_CREDITED = frozenset({Source.SETTLEMENT, Source.BANK})


class Lines:
    """Reads postings into legs; what cannot be read goes to ``faults``."""

    def __init__(self, faults: list[PosguardError]) -> None:
        self._faults = faults
        self._classes = _Classes()
        self._waiting: list[_Run] = []
        self._postings = 0

    def check_keys(self, meta: _Facts, entry: object) -> None:
        """Note a key of ours that does not exist; what else stands there is read all the same."""
        unknown = stranger(tuple(meta))
        if unknown:
            message = _(
                "posguard: unknown key {stranger!r}; keys that start with 'posguard-' are ours: see the docs"
            ).format(stranger=unknown)
            self.note(at(meta, message, entry))

    def note(self, fault: PosguardError) -> None:
        """Note ``fault`` after those of the lines before it."""
        self.finish()
        self._faults.append(fault)

    def add(self, sheet: Sheet, postings: Sequence[Posting], currency: str, *, memos: bool = False) -> None:
        """Add one leg for each posting to ``sheet``; :meth:`finish` takes back those of which anything is wrong.

        A posting that cannot be read becomes a fault of its own.
        """
        if not postings:
            return
        run = _Run(sheet, len(sheet.legs), postings, currency, memos)
        self._waiting.append(run)
        try:
            self._read_run(run)
        except (TypeError, ValueError):
            run.broken = sheet.broken = True
            sheet.legs.extend([None] * len(postings))  # type: ignore[list-item]  # filled or taken out by finish
        self._postings += len(postings)
        if self._postings >= _AT_ONCE:
            self.finish()

    def finish(self) -> None:
        """Check all that waits, and read those once more line by line where anything is wrong."""
        waiting, self._waiting, self._postings = self._waiting, [], 0
        broken = self._classes.check()
        for run in waiting:
            if run.broken or not broken.isdisjoint(run.classes):
                self._read_lines(run)

    # -- all at once ---------------------------------------------------------------------------------------------

    def _read_run(self, run: _Run) -> None:
        """Read all postings of ``run``; what they say besides is checked later, with others of their class.

        Raises:
            TypeError, ValueError: if anything is wrong with any of them; nothing is changed then.
        """
        sheet, currency = run.sheet, run.currency
        metas: list[_Facts] = [posting.meta or _NO_FACTS for posting in run.postings]
        amounts: Sequence[Any]
        amounts, currencies = zip(*[posting.units for posting in run.postings], strict=True)  # None: a TypeError
        if currencies.count(currency) != len(currencies):
            raise ValueError(currencies)
        run.classes, rows = self._classes.sort(metas)
        told = [one.plain or one.told[one.words(row)] for one, row in zip(run.classes, rows, strict=True)]
        if not run.memos and any(compress(amounts, [one.still for one in told])):
            raise ValueError(_STILL)
        amounts = _signed(sheet.head.source, amounts)
        sheet.legs += _legs(run, told, amounts, metas)
        sheet.total += sum(amounts, ZERO)
        said = {key for one in set(run.classes) for key in one.keys}
        for key in COLUMNS[sheet.head.source]:
            sheet.columns[key] += [facts.get(key) for facts in metas] if key in said else [None] * len(metas)
        for one, row in zip(run.classes, rows, strict=True):
            one.rows.append(row)

    # -- line by line --------------------------------------------------------------------------------------------

    def _read_lines(self, run: _Run) -> None:
        """Read a run in which something may be wrong, and name each line that cannot be read."""
        sheet = run.sheet
        for place, posting in enumerate(run.postings, start=run.place):
            facts = posting.meta or _NO_FACTS
            sheet.legs[place] = None  # type: ignore[call-overload]  # taken out where it cannot be read
            try:
                self.check_keys(facts, sheet.entry)
                sheet.legs[place] = _read(posting, facts, run)
            except (TypeError, ValueError) as error:
                sheet.broken = True
                self.note(at(facts or sheet.head.facts, f"posguard: {_said(error, facts)}", sheet.entry))


def _read(posting: Posting, facts: _Facts, run: _Run) -> Leg:
    one, row = _Class(tuple(facts)), tuple(facts.values())
    one.check([row])
    told = one.told[one.words(row)]
    amount, unit = posting.units  # type: ignore[misc]  # None ends in a TypeError
    if unit != run.currency:
        raise ValueError(_("an amount in {here}; expected {currency}").format(here=unit, currency=run.currency))
    (leg,) = _legs(run, [told], _signed(run.sheet.head.source, [amount]), [facts])
    if amount and told.still and not run.memos:
        raise ValueError(_(_STILL).format(kind=leg.kind.value, status=leg.status.value))
    return leg


def _signed(source: Source, amounts: Sequence[Any]) -> Sequence[Any]:
    """Return the ``amounts`` of postings signed from the merchant's side."""
    return [-amount for amount in amounts] if source in _CREDITED else amounts


def _legs(run: _Run, told: Sequence[_Told], amounts: Sequence[Any], metas: Sequence[_Facts]) -> Iterable[Leg]:
    """Return the legs of one run; the signs tell the kinds that no word does."""
    head = run.sheet.head
    positive, negative = (Kind.DEPOSIT, Kind.DEPOSIT) if head.source is Source.BANK else (Kind.SALE, Kind.REFUND)
    kinds, statuses, days, _still = zip(*told, strict=True)
    # Nearly always no line says more than its amount.
    plain = not any(kinds) and min(amounts) >= ZERO
    signed = (kind or (negative if amount < ZERO else positive) for kind, amount in zip(kinds, amounts, strict=True))
    return map(
        _leg,
        zip(
            repeat(head),
            repeat(positive) if plain else signed,
            statuses,
            (day or head.date for day in days) if any(days) else repeat(head.date),
            amounts,
            repeat(run.currency),
            metas,
            repeat(run.memos),
            strict=False,
        ),
    )


@dataclass(eq=False)
class _Run:
    """Postings of one batch on one account, whose legs belong in the sheet from ``place`` on; ``memos`` are holds."""

    sheet: Sheet
    place: int
    postings: Sequence[Posting]
    currency: str
    memos: bool
    classes: Sequence[_Class] = ()
    broken: bool = False


class _Told(NamedTuple):
    """What a slip's own words say; ``still`` lines move no money."""

    kind: Kind | None
    status: Status
    date: date | None
    still: bool


class _Class:
    """The postings with one set of keys: ``rows`` are the values of those that wait to be checked.

    ``fetch`` takes a row from metadata with these keys in any order, and raises a KeyError where one is not there.
    ``told`` understands those ``words`` of a row that choose how it is read; ``plain`` is what all tell that have none.
    """

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.rows: list[tuple[Any, ...]] = []
        self.fetch = _from_facts(keys)
        places = {key: place for place, key in enumerate(keys)}
        self._checked = [(key, places[key]) for key in _CHECKS if key in places]
        self._texts = [places[key] for key in _TEXTS if key in places and key not in {*_CHECKS, "card"}]
        self._card = places.get("card")
        choosing = [key for key in _WORDS if key in places]
        self.words = _from_row([places[key] for key in choosing])
        self.told = _Readings(choosing)
        self.plain = None if choosing else self.told[()]

    def check(self, rows: Iterable[Sequence[Any]]) -> None:
        """Check what ``rows`` say.

        Raises:
            TypeError, ValueError: if anything is wrong with any of them.
        """
        columns = list(zip(*rows, strict=True))
        for key, place in self._checked:
            _check_column(columns[place], *_CHECKS[key])
        for place in self._texts:
            "".join(columns[place])  # the quickest way to find one that is no text: a TypeError
        if self._card is not None:
            _check_column(columns[self._card], _CARDS, _check_card)


class _Classes(dict[tuple[str, ...], _Class]):
    """All classes by their keys."""

    def __init__(self) -> None:
        super().__init__()
        self._latest: dict[int, _Class] = {}

    def __missing__(self, keys: tuple[str, ...]) -> _Class:
        one = self[keys] = _Class(keys)
        return one

    def sort(self, metas: Iterable[_Facts]) -> tuple[list[_Class], list[tuple[Any, ...]]]:
        """Return the class of each line and, in that class's order, what it says.

        A line nearly always has the keys of the latest one with as many: to ask for those is quicker than to list its.
        """
        latest = self._latest
        classes, rows = [], []
        for facts in metas:
            try:
                one = latest[len(facts)]
                row = one.fetch(facts)
            except KeyError:
                one = latest[len(facts)] = self[tuple(facts)]
                row = one.fetch(facts)
            classes.append(one)
            rows.append(row)
        return classes, rows

    def check(self) -> set[_Class]:
        """Check the rows that wait, and return the classes in which anything is wrong."""
        broken: set[_Class] = set()
        for one in self.values():
            rows, one.rows = one.rows, []
            try:
                if rows:
                    one.check(rows)
            except (TypeError, ValueError):
                broken.add(one)
            if rows and stranger(one.keys):
                broken.add(one)
        return broken


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


def _from_facts(keys: Sequence[str]) -> Callable[[_Facts], tuple[Any, ...]]:
    """Return what takes the values of ``keys`` as a row, however many they are."""
    return itemgetter(*keys) if len(keys) > 1 else lambda facts: tuple([facts[key] for key in keys])


def _from_row(places: Sequence[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Return what takes the values at ``places`` of a row as a shorter one."""
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))


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
    if not isinstance(value, str) or not _is_column([value], _TIMES):
        raise ValueError(_("time: {value!r}; expected HH:MM or HH:MM:SS").format(value=value))


def _check_figure(value: object) -> None:
    if not isinstance(value, str):
        raise ValueError(_('{value!r}: expected a figure in quotes, such as "0.64"').format(value=value))  # noqa: TRY004
    parse_amount(value)


def _check_foreign(value: object) -> None:
    if not isinstance(value, str) or not _is_column([value], _FOREIGN):
        raise ValueError(_("foreign: {value!r}; expected currency and amount, such as USD 18.20").format(value=value))


def _check_card(value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(value)  # as of all that is no text
    if sum(map(str.isdigit, value)) >= _PAN_DIGITS:
        raise ValueError(_("card: expected a masked number, at most the first six and last four digits"))


#: Words whose form must be right, whatever else the slip says: how nearly all look, and what refuses a wrong one.
_CHECKS: Mapping[str, tuple[re.Pattern[str], Callable[[object], None]]] = {
    "time": (_TIMES, _check_time),
    "fee": (_FIGURES, _check_figure),
    "amount": (_FIGURES, _check_figure),
    "tip": (_FIGURES, _check_figure),
    "foreign": (_FOREIGN, _check_foreign),
}


def _check_column(values: Sequence[Any], usual: re.Pattern[str], check: Callable[[object], None]) -> None:
    """Check all ``values`` of a column, at once where they look as usual.

    Raises:
        ValueError: if one of them is wrong.
    """
    if not _is_column(values, usual):
        for value in values:
            check(value)


def _is_column(values: Sequence[Any], form: re.Pattern[str]) -> bool:
    try:
        text = "\n".join(values)
    except TypeError:
        return False
    return text.count("\n") == len(values) - 1 and form.fullmatch(text) is not None


def _said(error: Exception, facts: Mapping[str, Any]) -> str:
    if isinstance(error, ValueError):
        return str(error)
    if wrong := no_text(facts):
        return wrong
    return _("a posting on a guarantee account needs a plain amount and metadata that are texts in quotes")
