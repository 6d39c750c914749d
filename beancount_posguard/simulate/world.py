"""A simulated shop in memory: its files, the ledger they make, and the truth about them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from beancount_posguard.legs import Source
from beancount_posguard.money import ZERO
from beancount_posguard.simulate import faults as table
from beancount_posguard.simulate import gaps as missing_files
from beancount_posguard.simulate import ledger, truth
from beancount_posguard.simulate.chance import Dice, dice_for
from beancount_posguard.simulate.events import Event
from beancount_posguard.simulate.honest import CONFOUNDERS
from beancount_posguard.simulate.noise import damaged
from beancount_posguard.simulate.payouts import Payout, bank_files, go_wrong, payouts
from beancount_posguard.simulate.presets import PRESETS
from beancount_posguard.simulate.printing import File, Press, Row, number
from beancount_posguard.simulate.shop import DAY, Shop, open_shop
from beancount_posguard.simulate.story import Batch, Plan, Tale
from beancount_posguard.simulate.timing import Arrivals

#: A Monday before two holidays and two make-up days.
START = date(2026, 9, 7)

#: The longest a story goes on: a hold tried after it has lapsed, a second chargeback, a holiday on top.
_LONGEST_STORY = 60 * DAY

#: Faults per event, in the middle of what is usual.
USUAL = Decimal("0.002")


@dataclass(frozen=True)
class World:
    """A shop, its days and its files. ``files`` are all that came, in order of days and sides."""

    plan: Plan
    files: tuple[File, ...]
    truth: Mapping[str, Any]

    @property
    def shop(self) -> Shop:
        """The merchant."""
        return self.plan.shop

    @cached_property
    def days(self) -> list[date]:
        """The days on which anything came."""
        return sorted({file.day for file in self.files})

    def head_text(self) -> str:
        """Return the ledger without batches: options, contracts, accounts."""
        return ledger.head(self.shop, date(self.plan.start.year, 1, 1))

    def batch_texts(
        self,
        upto: date | None = None,
        order_seed: int | None = None,
        *,
        split: bool = False,
        digest: ledger.Digest = ledger.digest_of,
    ) -> Iterator[str]:
        """Yield one transaction after the other; see :meth:`ledger_text`."""
        dice = Dice(order_seed) if order_seed is not None else None
        texts = (
            text
            for file in self.files
            if upto is None or file.day <= upto
            for text in ledger.transactions(
                ledger.entries(file, self.shop, split=split), digest, dice.shuffle if dice else None
            )
        )
        if dice is None:
            yield from texts
            return
        shuffled = list(texts)
        dice.shuffle(shuffled)
        yield from shuffled

    def ledger_text(self, upto: date | None = None, order_seed: int | None = None, split: bool = False) -> str:
        """Return the whole ledger as text.

        Args:
            upto: leave out what came after this day.
            order_seed: shuffle transactions and their postings with this seed; None keeps the order of days.
            split: cut every batch of several lines into two transactions.
        """
        return self.head_text() + "\n" + "\n".join(self.batch_texts(upto, order_seed, split=split))


def simulate(
    seed: int,
    days: int,
    preset: str = "retail",
    faults: Decimal | float | str = USUAL,
    *,
    start: date = START,
    kinds: Collection[str] | None = None,
    damage: Decimal | float | str = 0,
    missing: int = 0,
    volume: int = 100,
) -> World:
    """Simulate a shop.

    Args:
        seed: the same seed gives the same bytes.
        days: how many days of sales; files dated after the last day do not come.
        preset: one of :data:`~beancount_posguard.simulate.presets.PRESETS`.
        faults: share of events that go wrong, 0 to 1.
        start: the first day.
        kinds: the kinds to plant, all by default.
        damage: share of the till's and the statements' lines whose references are damaged, 0 to 1.
        missing: how many files never come.
        volume: how busy the shop is, in percent.

    Raises:
        ValueError: for a value out of range; it says what was expected.
    """
    plan = _plan(seed, days, preset, _share("faults", faults), start, kinds, volume)
    lost = _share("damage", damage)
    gaps = missing_files.choose(plan, missing)
    tale = Tale(plan, lambda event: missing_files.touches(event, plan.shop, gaps))
    tale.unclosed = frozenset(
        batch for batch in tale.unclosed if not missing_files.touches_batch(*batch, plan.shop, gaps)
    )
    events = [*tale.events()]
    press = Press(
        plan.shop, plan.start, plan.end, number(events, plan.shop, start, plan.dice("numbers")), plan.dice("lone")
    )
    for event in events:
        press.print(event, tale.unclosed)
    files = [*press.files()]
    paid = [
        payout
        for one in plan.shop.acquirers
        for payout in payouts(one, [file for file in files if _is_statement(file, one.name)], plan.end)
    ]
    go_wrong(plan, paid, lambda payout: missing_files.touches_payout(payout, gaps))
    files = sorted([*files, *bank_files(plan, paid)], key=lambda file: file.day)
    came = [file for file in files if not any(gap.holds(file) for gap in gaps)]
    teller = _Teller(plan, events, came, paid, tale.unclosed, gaps)
    told = teller.truth()
    ruined = damaged(came, lost, plan.dice("damage"))
    told["damaged"] = ruined
    truth.allow_for_damage(told["events"], came, Arrivals(came), plan.end)
    return World(plan, tuple(came), told)


def _is_statement(file: File, acquirer: str) -> bool:
    return file.source is Source.SETTLEMENT and file.acquirer == acquirer


def _plan(
    seed: int, days: int, preset: str, faults: Decimal, start: date, kinds: Collection[str] | None, volume: int
) -> Plan:
    if preset not in PRESETS:
        raise ValueError(f"there is no preset {preset!r}; expected one of {', '.join(PRESETS)}")
    if not 1 <= days <= 3660:  # noqa: PLR2004  # ten years
        raise ValueError(f"{days} days; expected 1 to 3660")
    if volume < 1:
        raise ValueError(f"volume {volume}; expected a percentage of at least 1")
    wanted = set(table.KINDS if kinds is None else kinds)
    strangers = sorted(wanted - set(table.KINDS))
    if strangers:
        raise ValueError(f"there is no kind {strangers[0]!r}; expected some of {', '.join(table.KINDS)}")
    chosen = PRESETS[preset]
    shop = open_shop(chosen, start, days, dice_for(seed, "shop"))
    return Plan(seed, chosen, shop, start, days, faults, wanted, volume)


def _share(name: str, value: Decimal | float | str) -> Decimal:
    try:
        share = Decimal(str(value))
    except InvalidOperation:
        share = Decimal(-1)
    if not 0 <= share <= 1:
        raise ValueError(f"{name} {value}; expected a share from 0 to 1, such as 0.002")
    return share


class _Teller:
    """Writes the truth of one world."""

    def __init__(
        self,
        plan: Plan,
        events: list[Event],
        files: list[File],
        paid: list[Payout],
        unclosed: Collection[Batch],
        gaps: tuple[missing_files.Gap, ...],
    ) -> None:
        self._plan = plan
        self._events = events
        self._files = files
        self._paid = paid
        self._unclosed = unclosed
        self._gaps = gaps
        self._arrivals = Arrivals(files)
        wanted = {event.id for event in events if event.plant or event.shape in CONFOUNDERS}
        self._legs = _legs_of(files, wanted)

    def truth(self) -> dict[str, Any]:
        plan = self._plan
        events = [*self._slips(), *self._batches(), *self._payouts()]
        return {
            "seed": str(plan.seed),
            "preset": next(name for name, one in PRESETS.items() if one is plan.preset),
            "start": f"{plan.start}",
            "end": f"{plan.end}",
            "faults": str(plan.faults),
            "counts": {"events": len(self._events)} | dict(sorted(self._count().items())),
            "pending": self._pending(),
            "events": sorted(events, key=lambda one: (one["date"], one["event_id"])),
            "confounders": [*self._confounders()],
            "missing_files": [
                {"source": gap.source.value, "acquirer": gap.acquirer, "terminal": gap.terminal, "day": f"{gap.day}"}
                for gap in self._gaps
            ],
            "uncertain": [*self._uncertain()],
        }

    def _count(self) -> Counter[str]:
        """Count the legs of each source."""
        found: Counter[str] = Counter()
        for file in self._files:
            found[file.source.value] += len(file.legs)
        return found

    def _slips(self) -> Iterator[dict[str, Any]]:
        plan = self._plan
        for event in self._events:
            if event.plant is None or event.plant.kind == "uncertain":
                continue
            acquirer = plan.shop.acquirer(event.terminal)
            one = truth.label(event, acquirer, self._legs[event.id], self._arrivals, plan.end)
            truth.resolve(one, acquirer, event.card.type, plan.dice("ending", event.id))
            yield one

    def _batches(self) -> Iterator[dict[str, Any]]:
        plan = self._plan
        (plant,) = (one for one in table.BATCH_FAULTS if one.kind == "B2")
        for file in self._files:
            if file.source is not Source.TERMINAL or (file.terminal, file.day) not in self._unclosed:
                continue
            rows = _with_money(file)
            if not rows:
                continue
            acquirer = plan.shop.by_name[file.acquirer]
            one = truth.batch_label(plant, file, acquirer, rows, self._arrivals)
            truth.resolve(one, acquirer, "credit", plan.dice("ending", one["event_id"]))
            yield one

    def _payouts(self) -> Iterator[dict[str, Any]]:
        deposits = {row.event: row for file in self._files if file.source is Source.BANK for row in file.legs}
        for payout in self._paid:
            if payout.plant is None:
                continue
            one = truth.payout_label(payout, deposits.get(payout.id), self._arrivals, self._plan.end)
            truth.resolve(one, payout.acquirer, "credit", self._plan.dice("ending", payout.id))
            yield one

    def _confounders(self) -> Iterator[dict[str, Any]]:
        for event in self._events:
            if event.plant is None and event.shape in CONFOUNDERS:
                yield {
                    "event_id": event.id,
                    "story": event.shape,
                    "what": CONFOUNDERS[event.shape],
                    "date": f"{event.day}",
                    "rrns": sorted({row.rrn for rows in self._legs[event.id].values() for row in rows if row.rrn}),
                }
        for one in self._plan.shop.terminals:
            if one.instead_of:
                yield {
                    "event_id": f"T-{one.id}",
                    "story": "terminal-swap",
                    "what": f"terminal {one.id} took the place of {one.instead_of}",
                    "date": f"{one.since}",
                    "rrns": [],
                }

    def _uncertain(self) -> Iterator[dict[str, Any]]:
        pairs: defaultdict[str, list[Event]] = defaultdict(list)
        for event in self._events:
            if event.plant and event.plant.kind == "uncertain":
                pairs[event.plant.pair].append(event)
        for pair, events in pairs.items():
            lines = [row for event in events for row in self._legs[event.id].get("settlement", ())]
            yield {
                "pair": pair,
                "what": truth.UNCERTAIN_TEXT,
                "amount": truth.money(events[0].approved),
                "date": f"{events[0].day}",
                "statement": f"{self._plan.shop.acquirer(events[0].terminal).due(events[0].when)}" if lines else None,
                "candidates": [
                    truth.key_of(row) for event in events for row in self._legs[event.id].get("terminal", ())
                ],
            }

    def _pending(self) -> dict[str, str]:
        """Return what was told on one side and will be told on the other only after the last day."""
        end = self._plan.end
        till = clearing = ZERO
        for event in self._events:
            if end - event.day > _LONGEST_STORY:
                continue
            acquirer = self._plan.shop.acquirer(event.terminal)
            till += truth.open_at(event, "till", acquirer, end)
            clearing += truth.open_at(event, "clearing", acquirer, end)
        return {"till": truth.money(till), "clearing": truth.money(clearing)}


def _with_money(file: File) -> list[Row]:
    """Return the slips of a batch that leave anything: a sale and its void leave nothing to be settled."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in file.rows:
        sums[row.event] += row.money
    return [row for row in file.rows if row.money and sums[row.event]]


def _legs_of(files: list[File], wanted: Collection[str]) -> Mapping[str, dict[str, list[Row]]]:
    """Return the legs of the ``wanted`` events by source."""
    found: dict[str, dict[str, list[Row]]] = {name: {} for name in wanted}
    for file in files:
        for row in file.legs:
            if row.event in found:
                found[row.event].setdefault(file.source.value, []).append(row)
    return found
