"""Events -> files: every slip gets its numbers, every side writes down what it saw, a day's lines make a day's file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from beancount_posguard.legs import HOLD_KINDS, SIGN, Kind, Source, Status
from beancount_posguard.money import CENT, ZERO, minor
from beancount_posguard.simulate.chance import Dice
from beancount_posguard.simulate.events import Event, Line, Ring, SlipRef, moment
from beancount_posguard.simulate.shop import DAY, Acquirer, Shop
from beancount_posguard.simulate.story import Batch

#: Cancelling and failing slips carry no authorisation code of their own.
_NO_AUTH = frozenset({Kind.REFUND, Kind.VOID, Kind.REVERSAL, Kind.PREAUTH_VOID})

#: Reference numbers run through all twelve digits in steps that share no factor with their count: none comes twice.
_RRN_COUNT, _RRN_STEP = 10**12, 618_033_988_751


class Numbers(NamedTuple):
    """What the terminal prints on a slip so that it can be found again."""

    batch: str
    trace: str
    rrn: str
    auth: str


class Row(NamedTuple):
    """One line of one file. ``amount`` is signed from the merchant's side, also where no money moved.

    ``event`` tells the simulator whose line it is; ``damage`` what was done to its references. ``party`` is the card's
    issuer, or who stands on the other side of a bank line; ``cash`` marks a line that is no card business.
    """

    event: str
    kind: Kind
    status: Status
    amount: Decimal
    when: datetime
    terminal: str = ""
    trace: str = ""
    rrn: str = ""
    auth: str = ""
    card: str = ""
    card_type: str = ""
    party: str = ""
    cashier: str = ""
    ticket: str = ""
    orig_trace: str = ""
    orig_rrn: str = ""
    fee: Decimal | None = None
    tip: Decimal = ZERO
    response: str = ""
    mode: str = ""
    order: str = ""
    cash: bool = False
    reference: str = ""
    period: tuple[date, date] | None = None
    reason: str = ""
    foreign: str = ""
    memo: str = ""
    damage: str = ""

    @property
    def money(self) -> Decimal:
        """What the line moves."""
        return self.amount if self.status is Status.APPROVED and SIGN[self.kind] != 0 else ZERO

    @property
    def is_hold(self) -> bool:
        """Whether it tells of a hold."""
        return self.kind in HOLD_KINDS

    @property
    def names_slip(self) -> bool:
        """Whether it still says anything by which a slip can be found."""
        return bool(self.rrn or self.trace or self.order)


@dataclass(slots=True, eq=False)
class File:
    """One download: one day of a store's till, of a terminal, of a merchant's statement or of the bank account."""

    source: Source
    day: date
    acquirer: str = ""
    merchant: str = ""
    store: str = ""
    terminal: str = ""
    batch: str = ""
    bank: str = "ICBC"
    rows: list[Row] = field(default_factory=list)

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        day = f"{self.day:%Y%m%d}"
        return {
            Source.SALE: f"sales-{self.store}-{day}",
            Source.TERMINAL: f"{self.terminal}-{day}",
            Source.SETTLEMENT: f"{self.merchant}_{day}",
            Source.BANK: f"{self.bank}-{self.acquirer}-{day}" if self.acquirer else f"{self.bank}-{day}",
        }[self.source]

    @property
    def legs(self) -> list[Row]:
        """The lines that become legs: what was paid in cash does not."""
        return [row for row in self.rows if not row.cash]


#: The order of the chain, in which a day's files are told.
ORDER: Mapping[Source, int] = {source: place for place, source in enumerate(Source)}


def number(events: Iterable[Event], shop: Shop, start: date, dice: Dice) -> dict[SlipRef, Numbers]:
    """Number every slip: traces run on through the days, a terminal makes one batch a day."""
    due: defaultdict[str, list[tuple[datetime, SlipRef, Kind, Status]]] = defaultdict(list)
    for event in events:
        for place, slip in enumerate(event.slips):
            terminal = shop.standing(event.terminal, slip.when.date())
            due[terminal.id].append((slip.when, (event.id, place), slip.kind, slip.status))
    rrn = dice.randrange(_RRN_COUNT)
    printed: dict[SlipRef, Numbers] = {}
    for terminal in shop.terminals:
        trace, batch = dice.randrange(900_000), dice.randint(100, 900)
        for when, ref, kind, status in sorted(due[terminal.id]):
            trace = trace % 999_999 + 1
            rrn = (rrn + _RRN_STEP) % _RRN_COUNT
            approved = status is Status.APPROVED and kind not in _NO_AUTH
            printed[ref] = Numbers(
                batch_number(batch, when.date(), start),
                f"{trace:06}",
                "" if status is Status.TIMEOUT else f"{rrn:012}",
                f"{dice.randrange(1_000_000):06}" if approved else "",
            )
    return printed


def batch_number(first: int, day: date, start: date) -> str:
    """Return a terminal's batch number of ``day``."""
    return f"{first + (day - start).days:06}"


class Press:
    """Prints events into files, day by day and side by side."""

    def __init__(self, shop: Shop, start: date, end: date, numbers: Mapping[SlipRef, Numbers], dice: Dice) -> None:
        self._shop = shop
        self._start, self._end = start, end
        self._numbers = numbers
        self._dice = dice
        self._files: dict[tuple[Source, date, str], File] = {}
        self._open()

    def _open(self) -> None:
        """Open every file there will be, so that a day without lines has its empty one."""
        shop = self._shop
        day = self._start
        while day <= self._end:
            for store in shop.stores:
                self._add(File(Source.SALE, day, store=store))
            for one in shop.at_work(day):
                self._add(
                    File(
                        Source.TERMINAL, day, one.acquirer, one.merchant, one.store, one.id,
                    )
                )  # fmt: skip
            for acquirer in shop.acquirers:
                statement = acquirer.settles_on(day)
                for merchant in acquirer.merchants:
                    self._add(File(Source.SETTLEMENT, statement, acquirer.name, merchant))
            day += DAY

    def _add(self, file: File) -> None:
        scope = file.store if file.source is Source.SALE else file.terminal or file.merchant
        if file.day <= self._end:
            self._files.setdefault((file.source, file.day, scope), file)

    def _file(self, source: Source, day: date, scope: str) -> File | None:
        """Return the file of a day; None after the end of the simulation."""
        if day > self._end:
            return None
        return self._files[source, day, scope]

    def print(self, event: Event, unclosed: Collection[Batch]) -> None:
        """Write the event into the files of all who saw it."""
        for ring in event.rings:
            self._ring(event, ring)
        for place in range(len(event.slips)):
            self._slip(event, place)
        for line in event.lines:
            if line.slip is None or self.batch(event, line.slip) not in unclosed:
                self._line(event, line)

    def batch(self, event: Event, place: int) -> Batch:
        """Return the batch of one of the event's slips."""
        day = event.slips[place].when.date()
        return self._shop.standing(event.terminal, day).id, day

    def _ring(self, event: Event, ring: Ring) -> None:
        file = self._file(Source.SALE, ring.known, event.terminal.store)
        if file is None:
            return
        numbers = self._numbers[event.id, ring.slip] if ring.slip is not None else _NONE
        kind = Kind.PREAUTH if ring.hold else Kind.SALE if ring.amount > 0 else Kind.REFUND
        file.rows.append(
            Row(
                event.id,
                kind,
                Status.APPROVED,
                ring.amount,
                ring.when,
                terminal=self.batch(event, ring.slip)[0] if ring.slip is not None else "",
                trace=numbers.trace,
                rrn=numbers.rrn,
                cashier=event.cashier,
                tip=ring.tip,
                order=event.order,
                cash=ring.cash,
            )
        )

    def _slip(self, event: Event, place: int) -> None:
        slip = event.slips[place]
        terminal, day = self.batch(event, place)
        file = self._file(Source.TERMINAL, day, terminal)
        if file is None:
            return
        numbers = self._numbers[event.id, place]
        origin = self._numbers[slip.of] if slip.of else _NONE
        file.batch = numbers.batch
        file.rows.append(
            Row(
                event.id,
                slip.kind,
                slip.status,
                slip.amount,
                slip.when,
                terminal=terminal,
                trace=numbers.trace,
                rrn=numbers.rrn,
                auth=numbers.auth,
                card=event.card.number,
                card_type=event.card.type,
                party=event.card.issuer,
                cashier=event.cashier,
                orig_trace=origin.trace,
                orig_rrn=origin.rrn,
                tip=slip.tip,
                response=slip.response,
                mode="offline" if slip.offline else "",
                order=event.order,
            )
        )

    def _line(self, event: Event, line: Line) -> None:
        acquirer = self._shop.acquirer(event.terminal)
        when = moment(event, line)
        file = self._file(Source.SETTLEMENT, line.on or acquirer.due(when), event.terminal.merchant)
        if file is None:
            return
        numbers = self._numbers[event.id, line.slip] if line.slip is not None else self._lone()
        terminal = self.batch(event, line.slip)[0] if line.slip is not None else event.terminal.id
        row = Row(
            event.id,
            line.kind,
            Status.APPROVED,
            line.amount,
            when,
            terminal=line.terminal or terminal,
            trace=numbers.trace,
            rrn=numbers.rrn,
            card=event.card.number,
            card_type=event.card.type,
            party=event.card.issuer,
            fee=line.fee,
            reason=line.reason,
            foreign=line.foreign,
        )
        file.rows.append(_bare(row) if line.bare else row)

    def _lone(self) -> Numbers:
        """Return the numbers of a line without a slip; its RRN lies outside the run of the others."""
        dice = self._dice
        return Numbers("", f"{dice.randint(950_000, 999_998):06}", f"{dice.randrange(_RRN_COUNT):012}", "")

    def files(self) -> Iterator[File]:
        """Yield till, terminal and settlement files in order, lines in time order, tickets and fees filled in."""
        for _, file in sorted(self._files.items(), key=lambda one: (one[0][1], ORDER[one[0][0]], one[0][2])):
            file.rows.sort(key=lambda row: (row.when, row.trace, row.event))
            if file.source is Source.SALE:
                till = chr(ord("A") + self._shop.stores.index(file.store))
                file.rows = [
                    row._replace(ticket=f"{till}{file.day:%m%d}-{place:03}") for place, row in enumerate(file.rows, 1)
                ]
            if file.source is Source.SETTLEMENT:
                file.rows = [*charged(file.rows, self._shop.by_name[file.acquirer])]
            yield file


_NONE = Numbers("", "", "", "")


def _bare(row: Row) -> Row:
    """Return the line without anything that could tell its slip."""
    midnight = row.when.replace(hour=0, minute=0, second=0)
    return row._replace(when=midnight, terminal="", trace="", rrn="", auth="", card="", damage="all references lost")


def charged(rows: Sequence[Row], acquirer: Acquirer) -> Iterator[Row]:
    """Fill in the fees of a statement: each rounded half up, or their sum alone where the acquirer does so."""
    open_rows = [row for row in rows if row.fee is None]
    if not acquirer.bank.rounds_by_batch:
        fees = {id(row): acquirer.tariff_fee(row.card_type, row.amount) for row in open_rows}
    else:
        fees = _shared(open_rows, acquirer)
    for row in rows:
        yield row if row.fee is not None else row._replace(fee=fees[id(row)])


def _shared(rows: Sequence[Row], acquirer: Acquirer) -> dict[int, Decimal]:
    """Round the sum of the fees and share it out by fen, so that no line is a whole fen off its exact fee."""
    exact = [acquirer.exact_fee(row.card_type, row.amount) for row in rows]
    floors = [one.quantize(CENT, ROUND_FLOOR) for one in exact]
    left = int((minor(sum(exact, ZERO)) - sum(floors, ZERO)) / CENT)
    by_rest = sorted(range(len(rows)), key=lambda place: (floors[place] - exact[place], place))
    for place in by_rest[:left]:
        floors[place] += CENT
    return {id(row): fee for row, fee in zip(rows, floors, strict=True)}
