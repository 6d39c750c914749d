"""Day by day: who comes, what happens, and what goes wrong.

The calendar says how many come; the preset, which stories they make; then the faults befall perfect events. Every day
has dice of its own, so that one day's faults do not disturb the next day's sales.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.calendars import Calendar
from beancount_posguard.legs import Kind
from beancount_posguard.simulate import faults
from beancount_posguard.simulate.chance import Dice, Urn, dice_for
from beancount_posguard.simulate.events import Event, Line, Plant
from beancount_posguard.simulate.honest import CONFOUNDERS, STORIES, Scene, Sold
from beancount_posguard.simulate.presets import Preset
from beancount_posguard.simulate.shop import DAY, Shop, Terminal

#: One terminal's day: what a terminal sends as one batch.
Batch = tuple[str, date]

#: A batch or a deposit stands for many slips: it goes wrong so many times as often as one slip.
LUMP_FACTOR = 4

#: How far back a refund may reach, in sales.
_REMEMBERED = 600

#: From this day of a simulation on two errors are planted that cancel out, and two slips for one bare line.
_FIRST_PAIR, _FIRST_DOUBT = 3, 5
_EVERY = 30

UNCERTAIN = Plant(
    "uncertain",
    "two slips of one amount, and one line without any reference: one of them is not settled",
    "ACQ_POST",
    "claim",
    supported=False,
    why="which of the two is settled cannot be known",
)


class Plan(NamedTuple):
    """What is simulated: the seed, the days, and how much of it goes wrong."""

    seed: object
    preset: Preset
    shop: Shop
    start: date
    days: int
    faults: Decimal
    kinds: Collection[str]
    volume: int

    @property
    def end(self) -> date:
        """The last day."""
        return self.start + (self.days - 1) * DAY

    def each_day(self) -> list[date]:
        """Return all days."""
        return [self.start + n * DAY for n in range(self.days)]

    def dice(self, *place: object) -> Dice:
        """Return the dice of one place in this simulation."""
        return dice_for(self.seed, *place)


class Tale:
    """Tells a plan: all its events, in the order in which they begin.

    ``spoils`` says of an event whether one of its files is missing: such an event is left as it is.
    """

    def __init__(self, plan: Plan, spoils: Callable[[Event], bool]) -> None:
        self._plan = plan
        self._spoils = spoils
        self._stories = Urn(plan.preset.stories)
        self._hours = Urn(plan.preset.hours)
        self._odd = [shape for shape in CONFOUNDERS if plan.preset.stories.get(shape)]
        self._sold: dict[str, deque[Sold]] = {}
        self._number = 0
        self._deck: list[faults.Fault] = []
        self.unclosed = self._unclosed()

    def _unclosed(self) -> frozenset[Batch]:
        """Choose the batches that are never closed (B2)."""
        plan = self._plan
        if "B2" not in plan.kinds or not plan.faults:
            return frozenset()
        share = min(plan.faults * LUMP_FACTOR, Decimal(1))
        return frozenset(
            (terminal.id, day)
            for day in plan.each_day()
            for terminal in plan.shop.at_work(day)
            if plan.dice("batch", terminal.id, day).happens(share)
        )

    def events(self) -> Iterator[Event]:
        """Yield every event."""
        for day in self._plan.each_day():
            honest = [event for terminal in self._plan.shop.at_work(day) for event in self._day(terminal, day)]
            honest += self._oddity(day)
            told = self._go_wrong(day, honest)
            for event in told:
                self._remember(event)
            yield from told

    # -- what happens ------------------------------------------------------------------------------------------------

    def _day(self, terminal: Terminal, day: date) -> Iterator[Event]:
        plan = self._plan
        dice = plan.dice("sales", terminal.id, day)
        mean = plan.preset.per_terminal * crowd(day) * plan.volume // 10_000
        for _ in range(dice.count(mean)):
            yield from self._tell(self._stories.draw(dice), dice, terminal, day)

    def _oddity(self, day: date) -> list[Event]:
        """Tell one odd story a day besides those that come by chance, each in its turn."""
        plan = self._plan
        dice = plan.dice("oddity", day)
        shape = self._odd[(day - plan.start).days % len(self._odd)]
        return [*self._tell(shape, dice, dice.choice(plan.shop.at_work(day)), day)]

    def _tell(self, shape: str, dice: Dice, terminal: Terminal, day: date) -> tuple[Event, ...]:
        shop = self._plan.shop
        self._number += 1
        scene = Scene(
            id=f"E{self._number:06}",
            dice=dice,
            terminal=terminal,
            acquirer=shop.acquirer(terminal),
            card=dice.choice(shop.cards),
            cashier=f"0{dice.randint(1, 4)}",
            when=self._when(dice, day),
            amount=self._amount(dice),
            earlier=self._earlier(dice, terminal) if shape == "refund" else None,
        )
        return STORIES[shape](scene)

    def _when(self, dice: Dice, day: date) -> datetime:
        hour = self._hours.draw(dice)
        # Nothing begins after 23:40: whatever follows within minutes stays on its day.
        minute = dice.randrange(40 if hour == 23 else 60)  # noqa: PLR2004
        return datetime.combine(day, time(hour, minute, dice.randrange(60)))

    def _amount(self, dice: Dice) -> Decimal:
        preset = self._plan.preset
        if dice.chance(preset.point_share):
            return Decimal(dice.choice(preset.points)).scaleb(-2)
        mark = dice.randrange(len(preset.curve) - 1)
        return dice.fen(preset.curve[mark], preset.curve[mark + 1])

    def _earlier(self, dice: Dice, terminal: Terminal) -> Sold | None:
        """Take a sale of this store that is given back now; each is given back once."""
        sold = self._sold.get(terminal.store)
        if not sold:
            return None
        place = dice.randrange(len(sold))
        chosen = sold[place]
        del sold[place]
        return chosen

    def _remember(self, event: Event) -> None:
        if event.shape == "sale" and event.plant is None and self._may_go_wrong(event):
            sold = self._sold.setdefault(event.terminal.store, deque(maxlen=_REMEMBERED))
            sold.append(Sold((event.id, 0), event.sold, event.card))

    # -- what goes wrong ---------------------------------------------------------------------------------------------

    def _go_wrong(self, day: date, events: Sequence[Event]) -> list[Event]:
        plan = self._plan
        told = list(events)
        if not plan.faults:
            return told
        dice = plan.dice("faults", day)
        free = [place for place, event in enumerate(told) if self._may_go_wrong(event)]
        dice.shuffle(free)
        wanted = sum(dice.happens(plan.faults) for _ in told)
        if (day + DAY).day == 1:
            wanted = max(wanted, 1)  # the last day of a month is where a slip in the calendar would show
        for _ in range(wanted):
            self._one_fault(dice, told, free)
        self._several(day, dice, told, free)
        return told

    def _may_go_wrong(self, event: Event) -> bool:
        days = {slip.when.date() for slip in event.slips}
        batches = {(self._plan.shop.standing(event.terminal, day).id, day) for day in days}
        return not self._spoils(event) and self.unclosed.isdisjoint(batches)

    def _one_fault(self, dice: Dice, told: list[Event], free: list[int]) -> None:
        """Let the next fault of the deck that fits befall an event of the day; where none does, deal anew."""
        if not self._dealt(dice, told, free):
            self._deck = self._new_deck(dice)
            self._dealt(dice, told, free)

    def _dealt(self, dice: Dice, told: list[Event], free: list[int]) -> bool:
        """Let a fault of the deck befall an event, and tell whether one could."""
        for number in range(len(self._deck) - 1, -1, -1):
            fault = self._deck[number]
            for place in free:
                twist = self._twist(dice, told[place])
                if faults.fits(fault, told[place], twist):
                    bent = faults.befall(fault, told[place], twist)
                    if not self._may_go_wrong(bent):
                        continue
                    told[place] = bent
                    free.remove(place)
                    del self._deck[number]
                    return True
        return False

    def _new_deck(self, dice: Dice) -> list[faults.Fault]:
        """Return every fault once that this shop can have, shuffled: each kind comes up before any comes twice."""
        plan = self._plan
        shapes = {shape for shape, weight in plan.preset.stories.items() if weight}
        deck = [
            fault for fault in faults.FAULTS if fault.plant.kind in plan.kinds and not fault.shapes.isdisjoint(shapes)
        ]
        dice.shuffle(deck)
        return deck

    def _twist(self, dice: Dice, event: Event) -> faults.Twist:
        return faults.Twist(dice, self._plan.shop.acquirer(event.terminal), self._plan.end)

    def _several(self, day: date, dice: Dice, told: list[Event], free: list[int]) -> None:
        """Plant what takes two slips: errors that cancel out, two slips for one bare line, unequal batch totals."""
        number = (day - self._plan.start).days % _EVERY
        kinds = self._plan.kinds
        if number == _FIRST_PAIR and {"A1", "A2", "A3", "A4", "E1", "X1"} <= set(kinds):
            self._two(told, free, lambda one, two: faults.cancel_out(one, two, self._twist(dice, one)))
        if number == _FIRST_DOUBT:
            self._two(told, free, _doubtful)
        lumps = min(self._plan.faults * LUMP_FACTOR, Decimal(1))
        if "P4" in kinds and free and dice.happens(lumps):
            told.append(self._deduction(dice, told[free[0]]))
        if "B3" in kinds and dice.happens(lumps):
            self._two(told, free, _unequal_totals)

    def _deduction(self, dice: Dice, near: Event) -> Event:
        """Return a line by which the acquirer takes something off, on the statement of the sale ``near``."""
        self._number += 1
        taken = -dice.fen(2_000, 30_000)
        line = Line(Kind.ADJUSTMENT, taken, slip=None, when=near.when, fee=Decimal("0.00"))
        return near._replace(
            id=f"E{self._number:06}", shape="deduction", rings=(), slips=(), lines=(line,), plant=faults.DEDUCTION
        )

    def _two(self, told: list[Event], free: list[int], bend: Callable[[Event, Event], tuple[Event, Event]]) -> None:
        """Bend two plain sales of one terminal."""
        plain = [place for place in free if told[place].shape == "sale" and told[place].sold >= Decimal(5)]
        for one in plain:
            for two in plain:
                if one != two and told[one].terminal == told[two].terminal:
                    told[one], told[two] = bend(told[one], told[two])
                    free[:] = [place for place in free if place not in {one, two}]
                    return


def crowd(day: date) -> int:
    """Return how many come, in percent of a working day: more on weekends, most on holidays."""
    if Calendar("CN").is_working(day):
        return 100
    return 130 if day.isoweekday() > 5 else 160  # noqa: PLR2004  # Saturday and Sunday


def _doubtful(one: Event, two: Event) -> tuple[Event, Event]:
    """Make two sales of one amount of which one is settled, by a line that does not say which."""
    amount = one.sold
    two = two._replace(
        rings=(two.rings[0]._replace(amount=amount),),
        slips=(two.slips[0]._replace(amount=amount),),
        lines=(),
        plant=UNCERTAIN._replace(pair=f"{one.id}+{two.id}"),
    )
    bare = one._replace(lines=(one.lines[0]._replace(bare=True),))
    return bare._replace(plant=UNCERTAIN._replace(pair=f"{one.id}+{two.id}")), two


def _unequal_totals(one: Event, two: Event) -> tuple[Event, Event]:
    plant = next(plant for plant in faults.BATCH_FAULTS if plant.kind == "B3")._replace(pair=f"{one.id}+{two.id}")
    return one._replace(lines=(), plant=plant), two._replace(lines=(), plant=plant)
