"""Holds: what a completion sets free, and those that still can be completed or released."""

from __future__ import annotations

from beancount_posguard.booking.claims import HoldRest
from beancount_posguard.judging.events import Judgement, OpenHold, known_on
from beancount_posguard.judging.windows import Windows
from beancount_posguard.matching.groups import Group
from beancount_posguard.verdict import View, lapse, total


def note_hold(result: Judgement, windows: Windows, group: Group, acquirer: str) -> None:
    """Note the rest of a hold that its completion sets free."""
    memos = [leg for leg in group if leg.is_memo]
    if not memos:
        return
    rest = total(memos)
    if len(memos) > 1 and rest:
        last = max(memos, key=known_on)
        result.holds.append(HoldRest(last.head.date, acquirer, rest, last.currency, last.where))
    _note_open_hold(result, windows, group, acquirer)


def _note_open_hold(result: Judgement, windows: Windows, group: Group, acquirer: str) -> None:
    """Note a hold that can still be completed or released, or lapsed without either."""
    first = group[0]
    view = View(group, first.date, windows.terms(acquirer, first.date))
    if view.hold_waits:
        last_day = lapse(view.holds[0], windows.terms(acquirer, view.holds[0].date))
        result.open_holds.append(OpenHold(tuple(view.holds), acquirer, last_day))
