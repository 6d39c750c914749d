"""Working days and settlement lags: T+1 after a cut-off, make-up working weekends included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from beancount_posguard.words import _

DAY = timedelta(days=1)

_LAG = re.compile(
    r"(?P<unit>[TD])\+(?P<days>\d{1,2})"
    r"(?: cutoff (?P<cutoff>(?:[01]\d|2[0-3]):[0-5]\d))?"
    r"(?: calendar (?P<calendar>\w+))?"
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one country, or of nobody in particular (``none``: every day works)."""

    country: str

    def is_working(self, day: date) -> bool:
        """Tell whether banks work on ``day``."""
        return self.country == "none" or _is_working(self.country, day)


@lru_cache(maxsize=8192)
def _is_working(country: str, day: date) -> bool:
    return bool(_holidays(country).is_working_day(day))


@lru_cache(maxsize=16)
def _holidays(country: str) -> Any:  # noqa: ANN401  # the type is the late import's
    # Imported here: it costs a tenth of a second, and only a ledger with a contract needs it.
    import holidays  # noqa: PLC0415

    return holidays.country_holidays(country)


@lru_cache(maxsize=16)
def _supported(country: str) -> bool:
    if country == "none":
        return True
    try:
        _holidays(country)
    except NotImplementedError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Lag:
    """How long a promise takes: ``days`` working days (``T``) or calendar days (``D``) after the business day."""

    working: bool
    days: int
    cutoff: str
    calendar: Calendar

    def business_day(self, day: date, time: str) -> date:
        """Return the day a trade counts for: at or after the cut-off it is the next one."""
        return day + DAY if self.cutoff and time >= self.cutoff else day

    def after(self, day: date) -> date:
        """Return the due date of business day ``day``; with ``T`` it never falls on a day off."""
        if not self.working:
            return day + self.days * DAY
        due = day
        for _turn in range(self.days):
            due += DAY
            while not self.calendar.is_working(due):
                due += DAY
        while not self.calendar.is_working(due):
            due += DAY
        return due


def parse_lag(text: str, *, cutoff_allowed: bool) -> Lag:
    """Read ``T+1 cutoff 23:00 calendar CN``; cut-off and calendar may be left out (none, CN).

    Raises:
        ValueError: saying what was expected.
    """
    match = _LAG.fullmatch(" ".join(text.split()))
    if not match or (match["cutoff"] and not cutoff_allowed):
        cutoff = " [cutoff HH:MM]" if cutoff_allowed else ""
        form = f"'T+<days>' or 'D+<days>'{cutoff} [calendar <country>|none]"
        raise ValueError(_("{text!r}: expected {form}").format(text=text, form=form))
    country = match["calendar"] or "CN"
    if not _supported(country):
        raise ValueError(
            _("{text!r}: no calendar for {country!r}; expected a country code such as CN, or none").format(
                text=text, country=country
            )
        )
    return Lag(match["unit"] == "T", int(match["days"]), match["cutoff"] or "", Calendar(country))
