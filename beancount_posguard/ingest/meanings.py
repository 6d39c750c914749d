"""What the words of a row mean: its kind, its status, its currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import compress
from typing import NamedTuple, TypeVar

from beancount_posguard.ingest.cells import fold
from beancount_posguard.ingest.columns import Cells
from beancount_posguard.ingest.profile import Meaning, Profile, Rule
from beancount_posguard.legs import Status
from beancount_posguard.words import _, listed

T = TypeVar("T")


class Meanings:
    """Tells what the words of a file mean; ``facts`` are what it says once."""

    def __init__(self, profile: Profile, facts: Mapping[str, str]) -> None:
        self._profile = profile
        self._facts = facts
        self.more = _("If the word is right, add it to {origin}.").format(origin=profile.origin)

    def ruled(self, cells: Cells) -> list[Rule | None]:
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

    def decided(
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
            return self.words(cells, role, words, bare)
        open_ = [one is None for one in decided]
        rest = iter(self.words(cells.keep(open_), role, words, bare))
        return [next(rest) if one is None else one for one in decided]

    def words(self, cells: Cells, role: str, words: Mapping[str, T], bare: T) -> list[T]:
        """Return what each cell of ``role`` means; without such a column every row means the empty word."""
        if role not in cells:
            return [words.get("", bare)] * len(cells)
        expected = _("one of {words}").format(words=listed(word or _("(empty)") for word in words))
        return cells.parsed(role, lambda text: words[fold(text)], expected, self.more)

    def currencies(self, cells: Cells) -> list[str]:
        """Return each row's currency: its own, the file's, or the profile's."""
        profile = self._profile
        told = self._facts.get("currency", "")
        bare = profile.currencies.get(fold(told), told) or profile.currency
        if "currency" not in cells:
            return [bare] * len(cells)
        return self.code(cells, "currency", {"": bare, **profile.currencies})

    def code(self, cells: Cells, role: str, words: Mapping[str, str]) -> list[str]:
        """Return currencies: the profile's words, else any code of three letters."""

        def parse(text: str) -> str:
            code = words.get(fold(text), text.upper())
            if fold(text) not in words and not (len(code) == 3 and code.isascii() and code.isalpha()):  # noqa: PLR2004
                raise ValueError(text)
            return code

        if len(words) > 1 and not self._profile.currencies.get("*"):
            return self.words(cells, role, words, "")
        return cells.parsed(role, parse, _("a currency such as CNY"), self.more)


class Rows(NamedTuple):
    """Rows that count, with what is known of each: parallel columns."""

    cells: Cells
    meanings: Sequence[Meaning]
    statuses: Sequence[Status]
    currencies: Sequence[str]
    amounts: Sequence[Decimal]

    def keep(self, wanted: Sequence[bool]) -> Rows:
        """Return the rows that are ``wanted``."""
        if all(wanted):
            return self
        return Rows(self.cells.keep(wanted), *(kept_of(column, wanted) for column in self[1:]))  # type: ignore[arg-type]


def kept_of(values: Iterable[T], wanted: Sequence[bool]) -> list[T]:
    """Return those of ``values`` that are ``wanted``."""
    return [*compress(values, wanted)]
