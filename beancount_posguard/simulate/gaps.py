"""Files that never came: which, and what that keeps from being judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from beancount_posguard.legs import Source
from beancount_posguard.simulate.events import Event, moment
from beancount_posguard.simulate.payouts import Payout
from beancount_posguard.simulate.printing import File
from beancount_posguard.simulate.shop import DAY, Shop
from beancount_posguard.simulate.story import Plan

#: No file is lost so close to the beginning or the end: others of its source come before and after it.
_MARGIN_BEFORE, _MARGIN_AFTER = 3, 12

_TURNS = (Source.SETTLEMENT, Source.TERMINAL, Source.SALE, Source.BANK)


class Gap(NamedTuple):
    """A missing file: all of a source's files of a day, or those of one acquirer or terminal."""

    source: Source
    acquirer: str
    terminal: str
    day: date

    def holds(self, file: File) -> bool:
        """Tell whether ``file`` is one that never came."""
        return (
            file.source is self.source
            and file.day == self.day
            and self.terminal in {"", file.terminal}
            and (file.source is Source.BANK or self.acquirer in {"", file.acquirer})
        )


def choose(plan: Plan, count: int) -> tuple[Gap, ...]:
    """Choose ``count`` missing files, of each source in turn.

    Raises:
        ValueError: when the simulation is too short to lose that many.
    """
    days = plan.each_day()[_MARGIN_BEFORE:-_MARGIN_AFTER]
    if count > len(days):
        raise ValueError(
            f"{count} missing files in {plan.days} days; expected at most {max(len(days), 0)}: simulate more days"
        )
    dice = plan.dice("gaps")
    chosen = dice.sample(days, count)
    return tuple(_gap(_TURNS[n % len(_TURNS)], day, plan.shop) for n, day in enumerate(chosen))


def _gap(source: Source, day: date, shop: Shop) -> Gap:
    acquirer = shop.acquirers[0]
    if source is Source.SETTLEMENT:
        return Gap(source, acquirer.name, "", acquirer.settles_on(day))
    if source is Source.TERMINAL:
        terminal = next(one for one in shop.at_work(day) if one.acquirer == acquirer.name)
        return Gap(source, acquirer.name, terminal.id, day)
    if source is Source.BANK:
        return Gap(source, acquirer.name, "", acquirer.paid_on(acquirer.settles_on(day)))
    return Gap(source, "", "", day)


def touches(event: Event, shop: Shop, gaps: Sequence[Gap]) -> bool:
    """Tell whether a file that tells of ``event`` is missing, or stands so near that it could decide on it."""
    if not gaps:
        return False
    acquirer = shop.acquirer(event.terminal)
    days = {
        Source.SALE: {ring.known for ring in event.rings} | {slip.when.date() for slip in event.slips},
        Source.TERMINAL: {slip.when.date() for slip in event.slips} | {event.day},
        Source.SETTLEMENT: {line.on or acquirer.due(moment(event, line)) for line in event.lines}
        | {acquirer.due(slip.when) for slip in event.slips},
        Source.BANK: set(),
    }
    return any(gap.day in days[gap.source] for gap in gaps)


def touches_payout(payout: Payout, gaps: Sequence[Gap]) -> bool:
    """Tell whether one of the payout's files is missing."""
    return any(
        (gap.source is Source.SETTLEMENT and gap.day in payout.days)
        or (gap.source is Source.BANK and gap.day == payout.due)
        for gap in gaps
    )


def touches_batch(terminal: str, day: date, shop: Shop, gaps: Sequence[Gap]) -> bool:
    """Tell whether a file is missing that tells of a terminal's day."""
    acquirer = shop.by_name[next(one.acquirer for one in shop.terminals if one.id == terminal)]
    dues = {acquirer.settles_on(day), acquirer.settles_on(day + DAY)}
    return any(
        (gap.source is Source.SETTLEMENT and gap.day in dues)
        or (gap.source in {Source.TERMINAL, Source.SALE} and gap.day == day)
        for gap in gaps
    )
