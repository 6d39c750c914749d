"""What slips say in words and ids: cleaned, masked, and found in free texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from beancount_posguard.ingest.cards import all_masked, mask, redact
from beancount_posguard.ingest.cells import latest
from beancount_posguard.ingest.columns import Cells, named
from beancount_posguard.ingest.errors import quote
from beancount_posguard.ingest.meanings import Meanings
from beancount_posguard.ingest.moments import Moments
from beancount_posguard.ingest.printed import Printed
from beancount_posguard.ingest.profile import Extract, Profile, Term
from beancount_posguard.legs import SLIP_KEYS
from beancount_posguard.money import parse_amount
from beancount_posguard.text import figure, plain, two_decimals
from beancount_posguard.words import _


class Texts:
    """Reads what slips say in words and ids; to ``warnings`` goes what a free text cannot mean."""

    def __init__(
        self,
        profile: Profile,
        facts: Mapping[str, str],
        readers: tuple[Meanings, Printed, Moments],
        warnings: list[str],
    ) -> None:
        self._profile = profile
        self._facts = facts
        self._meanings, self._printed, self._moments = readers
        self._warnings = warnings

    def facts(self, cells: Cells, dates: Sequence[date], clocks: Sequence[str]) -> dict[str, Sequence[str]]:
        """Return what the slips say under :data:`SLIP_KEYS`, column by column, cleaned and masked."""
        columns: dict[str, Sequence[str]] = {}
        for key in SLIP_KEYS:
            if key == "time":
                columns[key] = clocks
            elif key in cells and key in _SPECIAL:
                columns[key] = _SPECIAL[key](self, cells)
            elif key in cells and key not in _APART and key != "tip":
                told = cells.parsed(key, _free, "a text") if key in FREE_TEXTS else _clean(cells, key)
                columns[key] = [text or self._facts[key] for text in told] if key in self._facts else told
            elif key == "tip" and self._has_tips(cells):
                tips = self._printed.summed(
                    cells, self._profile.sums, key, lambda part: self._printed.money(part, "tip")
                )
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
        return self._meanings.words(cells, "card-type", {"": "", **self._profile.card_types}, "")

    def _orig_dates(self, cells: Cells) -> list[str]:
        return [day.isoformat() if day else "" for day, _, _ in self._moments.column(cells, "orig-date")]

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


#: Read apart from the rest: they are the slip itself, or need more than cleaning.
_APART = frozenset({"date", "time", "kind", "status", "amount", "fee", "card", "card-type", "orig-date"})

#: Free text, in which a card number may hide; the other keys are declared ids.
FREE_TEXTS = frozenset({"store", "cashier", "memo"})

_SPECIAL: Mapping[str, Callable[[Texts, Cells], Sequence[str]]] = {
    "card": Texts._cards,  # noqa: SLF001  # the table belongs to the class
    "card-type": Texts._card_types,  # noqa: SLF001
    "orig-date": Texts._orig_dates,  # noqa: SLF001
}


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
