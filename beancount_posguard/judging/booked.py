"""What a person has booked as corrected, and when its money was seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from beancount_posguard.legs import Head, Sheet, Source
from beancount_posguard.matching.groups import Group


def seen_on(sheets: Sequence[Sheet], groups: Sequence[Group], payouts: Sequence[Group]) -> dict[tuple[str, int], date]:
    """Return by its place when the money of each correction was seen next, ``date.max`` where it is not yet.

    What a person books on the till comes back in the terminal's export, what is booked on payout in the bank's.
    """
    booked = [sheet.head for sheet in sheets if sheet.head.correction]
    if not booked:
        return {}
    found = {_place(head): date.max for head in booked}
    for group in (*groups, *payouts):
        for leg in group:
            if leg.head.correction:
                following = Source.BANK if leg.source is Source.SETTLEMENT else Source.TERMINAL
                days = [one.head.date for one in group if one.source is following and one.amount]
                found[_place(leg.head)] = min(days, default=date.max)
    return found


def _place(head: Head) -> tuple[str, int]:
    return str(head.facts.get("filename", "")), int(head.facts.get("lineno") or 0)
