"""The days and times of rows: read in the layouts that fit a whole column, and told by the shop's clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from operator import itemgetter

from beancount_posguard.ingest.cells import Moment, nearest, parse_moment
from beancount_posguard.ingest.columns import Cells
from beancount_posguard.ingest.content import Survey
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.zones import zone
from beancount_posguard.legs import Source
from beancount_posguard.words import N_, _


class Moments:
    """Reads days and times; ``ambiguous`` counts the columns whose days could be read in two ways."""

    def __init__(self, profile: Profile, survey: Survey) -> None:
        self._profile = profile
        self._survey = survey
        self._days = survey.days
        self.ambiguous = 0

    def dates_and_times(self, cells: Cells) -> tuple[list[date], list[str]]:
        """Return each row's trade day and local time."""
        days, clocks = self.column(cells, "date"), self.column(cells, "time")
        stated = self._days.get("day") if "date" not in cells and "time" not in cells else None
        dates: list[date | None] = [*map(_FIRST, days)]
        times: list[str] = [*map(_SECOND, clocks)]
        if None in set(dates):
            dates = [day or other or stated for day, (other, _, _) in zip(dates, clocks, strict=True)]
        if None in set(dates) and "settled" in cells:
            dates = [day or spare for day, (spare, _, _) in zip(dates, self.column(cells, "settled"), strict=True)]
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

    def column(self, cells: Cells, role: str) -> Sequence[tuple[date | None, str, str]]:
        """Return day, local time and zone of each cell of ``role``; what a cell does not tell is None or empty."""
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
        self.ambiguous += role == "date" and two_ways(fit, cells.get(role))
        return [*fit, *patterns]

    def book_days(self, cells: Cells, dates: Sequence[date]) -> Sequence[date]:
        """Return the day each row is booked on: its clearing date in a statement, else its own."""
        if "settled" in cells:
            settled = self.column(cells, "settled")
            pending = "day" not in self._days and self._profile.source is Source.SETTLEMENT
            for index, (day, _clock, _zone) in enumerate(settled):
                if day is None and "settled" in self._profile.signature and pending:
                    raise cells.error(index, "settled", _("a date such as 2026-11-03"))
            return [day or own for (day, _, _), own in zip(settled, dates, strict=True)]
        if self._profile.source is Source.SETTLEMENT and "day" in self._days:
            return [self._days["day"]] * len(cells)
        return dates


#: The roles that hold dates.
DATED = ("date", "settled", "orig-date")


def date_roles(profile: Profile) -> tuple[str, ...]:
    """Return the roles whose dates can be read in more than one way."""
    return tuple(role for role in DATED if role in profile.columns) if profile.ambiguous_dates else ()


def fitting(patterns: Sequence[re.Pattern[str]], texts: Iterable[str]) -> list[re.Pattern[str]]:
    """Return those of ``patterns`` that read every one of ``texts``."""
    wanted = {text for text in texts if text}
    return [pattern for pattern in patterns if all(_is_moment(text, pattern) for text in wanted)]


def two_ways(patterns: Sequence[re.Pattern[str]], texts: Iterable[str]) -> bool:
    """Tell whether two of ``patterns``, which both read all of ``texts``, make different days of one."""
    if len(patterns) < 2:  # noqa: PLR2004
        return False
    return any(len({parse_moment(text, [one])[:3] for one in patterns}) > 1 for text in {*texts} if text)


#: So many days and times of a column are remembered from one piece of a file to the next.
_REMEMBERED = 20_000


_FIRST, _SECOND = itemgetter(0), itemgetter(1)


_ZONE = N_("a time zone such as Asia/Shanghai, UTC or +08:00")


def _is_moment(text: str, pattern: re.Pattern[str]) -> bool:
    try:
        parse_moment(text, [pattern])
    except ValueError:
        return False
    return True
