"""How long a contract gives, as it states it: ``claim 45 days; representment 7 working days from notice``."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from beancount_posguard.calendars import Calendar, Lag
from beancount_posguard.words import _

#: The days from which time may be counted: of the trade, the acquirer's business day, and the day on which the books
#: learnt of what is to be answered.
ANCHORS = ("trade", "clearing", "notice")

_LONGEST = 366
_PART = re.compile(
    r"(?P<name>[a-z-]+) (?P<days>\d{1,3}) (?P<working>working )?days?"
    rf"(?: from (?P<anchor>{'|'.join(ANCHORS)}))?(?P<inclusive> inclusive)?",
    re.ASCII,
)


class Term(NamedTuple):
    """So many days: calendar days, or ``working`` days of a country.

    ``anchor`` is one of :data:`ANCHORS`, empty for the usual one. ``inclusive`` counts the anchor's day as the first.
    """

    days: int
    working: bool = False
    anchor: str = ""
    inclusive: bool = False

    def last_day(self, start: date, country: str) -> date:
        """Return the last day of the time that runs from ``start``; ``country`` says whose working days count.

        Where the calendar ends before the time does, it is the calendar's last day.
        """
        calendar = Calendar(country)
        first = self.inclusive and (not self.working or calendar.is_working(start))
        lag = Lag(working=self.working, days=self.days - first, cutoff="", calendar=calendar)
        try:
            return lag.after(start)
        except OverflowError:
            return date.max


@dataclass(frozen=True, slots=True)
class Terms:
    """One clause of a contract: a :class:`Term` for each name it speaks of."""

    terms: tuple[tuple[str, Term], ...] = ()

    def get(self, name: str) -> Term | None:
        """Return the term for ``name``, or None where the clause is silent on it."""
        return dict(self.terms).get(name)

    @classmethod
    def parse(cls, text: str, names: Collection[str], *, anchored: bool) -> Terms:
        """Read ``claim 45 days; representment 7 working days from notice``, or ``none`` for nothing of one's own.

        Args:
            text: the clause.
            names: what it may speak of.
            anchored: whether it may say from which day the time runs.

        Raises:
            ValueError: saying which part is wrong and what is expected.
        """
        if text.strip() == "none":
            return cls()
        terms: dict[str, Term] = {}
        for part in text.split(";"):
            name, term = _term(" ".join(part.split()), names, anchored=anchored)
            if name in terms:
                raise ValueError(_("{name!r} is named twice; keep one").format(name=name))
            terms[name] = term
        return cls(tuple(terms.items()))


#: A clause that says nothing.
SILENT = Terms()


def _term(words: str, names: Collection[str], *, anchored: bool) -> tuple[str, Term]:
    match = _PART.fullmatch(words)
    if not match or (not anchored and (match["anchor"] or match["inclusive"])):
        form = "<name> <number> [working] days"
        form += f" [from {'|'.join(ANCHORS)}] [inclusive]" if anchored else ""
        raise ValueError(
            _("part {words!r}: expected '{form}', joined by ';', or 'none' alone").format(words=words, form=form)
        )
    if match["name"] not in names:
        raise ValueError(
            _("part {words!r}: {name!r} is not known; expected one of {names}").format(
                words=words, name=match["name"], names=", ".join(names)
            )
        )
    if not 0 < int(match["days"]) <= _LONGEST:
        raise ValueError(_("part {words!r}: expected from 1 to {most} days").format(words=words, most=_LONGEST))
    return match["name"], Term(
        int(match["days"]), bool(match["working"]), match["anchor"] or "", bool(match["inclusive"])
    )
