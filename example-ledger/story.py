"""The example shop's five weeks, and the files the shop would have downloaded.

A tea shop with a bakery, two card terminals, one acquirer, one bank. The tables below say what happened: which days
were off, what was sold, and above all :data:`FAULTS`, every mismatch planted among the honest slips, and
:data:`CONFOUNDERS`, the odd but honest events that must not be taken for one. The rest of this script tells those
weeks four times: as the till, the terminals, the acquirer and the bank would have told them.

Usage::

    python story.py [DIR]      # DIR is exports/ beside this file unless given

Chance comes from a hash of each slip's own place in the month: every machine and every Python writes the same bytes,
and a planted slip does not disturb the next one. The script stands alone on purpose: it shares no code with the
program that has to find what is planted here.
"""  # noqa: INP001  # a script beside its data, not a package

from __future__ import annotations

import csv
import hashlib
import io
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

MERCHANT = "898310012345678"
SHOP = "青石茶点铺"
FRONT, BACK = "98765432", "98765433"  # the terminal at the counter, and the one in the tea room
FIRST, LAST = date(2026, 9, 14), date(2026, 10, 20)

DAY = timedelta(days=1)
CENT = Decimal("0.01")
CUTOFF = time(23)

# -- the calendar ----------------------------------------------------------------------------------

#: Mid-Autumn and National Day.
HOLIDAYS = frozenset(
    {date(2026, 9, 25), date(2026, 9, 26), date(2026, 9, 27), *(date(2026, 10, day) for day in range(1, 8))}
)
#: The weekend days worked in exchange.
MAKE_UP = frozenset({date(2026, 9, 20), date(2026, 10, 10)})


def works(day: date) -> bool:
    """Tell whether banks work on ``day``."""
    return day in MAKE_UP or (day.isoweekday() <= 5 and day not in HOLIDAYS)  # noqa: PLR2004  # Friday


def next_working(day: date) -> date:
    """Return the first working day after ``day``."""
    day += DAY
    while not works(day):
        day += DAY
    return day


def days(first: date, last: date) -> list[date]:
    """Return every day from ``first`` to ``last``."""
    return [first + n * DAY for n in range((last - first).days + 1)]


# -- chance ----------------------------------------------------------------------------------------


def draw(below: int, *place: object) -> int:
    """Return a number from 0 to ``below`` - 1 that depends on ``place`` alone."""
    text = "/".join(str(part) for part in place)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % below


def digits(count: int, *place: object) -> str:
    """Return ``count`` digits that depend on ``place`` alone, the first of them not zero."""
    least = 10 ** (count - 1)
    return str(least + draw(9 * least, *place))


# -- what the shop sells, and with which cards people pay ------------------------------------------

MENU: Mapping[str, Decimal] = {
    "sesame bun": Decimal("6.50"),
    "egg tart": Decimal("8.00"),
    "fresh mooncake": Decimal("9.90"),
    "red bean cake": Decimal("12.00"),
    "jasmine tea, cup": Decimal("15.00"),
    "scallion bread": Decimal("16.80"),
    "milk tea": Decimal("19.00"),
    "oolong, pot": Decimal("38.00"),
    "longjing, pot": Decimal("58.00"),
    "afternoon tea for two": Decimal("98.00"),
    "mooncake gift box": Decimal("168.00"),
}

DEBIT, CREDIT = "借记卡", "贷记卡"
#: The first six digits of a card: who issued it, and what it is.
ISSUERS: Mapping[str, tuple[str, str]] = {
    "621226": ("工商银行", DEBIT),
    "621700": ("建设银行", DEBIT),
    "622848": ("农业银行", DEBIT),
    "621661": ("中国银行", DEBIT),
    "622575": ("招商银行", CREDIT),
    "625955": ("建设银行", CREDIT),
    "622230": ("工商银行", CREDIT),
}
#: The hours people come; one entry is one chance.
HOURS = (8, 8, 9, 9, 10, 10, 11, 12, 12, 13, 14, 14, 15, 15, 15, 16, 16, 17, 18, 18, 19, 20)


def fee(card_kind: str, amount: Decimal) -> Decimal:
    """Return the fee of the contract: debit 0.50 %, at most 20.00; credit 0.60 %; half up; the amount's sign."""
    exact = min(abs(amount) * 5 / 1000, Decimal(20)) if card_kind == DEBIT else abs(amount) * 6 / 1000
    return exact.quantize(CENT, ROUND_HALF_UP).copy_sign(amount)


# -- how an event is written down ------------------------------------------------------------------

SALE, REFUND, VOID, REVERSAL = "消费", "退货", "消费撤销", "冲正"
HOLD, HOLD_VOID, COMPLETION = "预授权", "预授权撤销", "预授权完成"
OK, FAILED, TIMEOUT = "交易成功", "交易失败", "超时"
CHARGEBACK = "退单"
OUTGOING = frozenset({REFUND, VOID, CHARGEBACK})
RUNG, RUNG_BACK = "销售", "退货"


class Ring(NamedTuple):
    """What the till rang up as paid by card; ``slip`` counts the event's slips, None where the till names none."""

    amount: str
    slip: int | None = 0


class Slip(NamedTuple):
    """A line of the terminal's journal; ``of`` names the slip it voids, completes or refunds: (event name, slip)."""

    kind: str
    amount: str
    status: str = OK
    minutes: int = 0
    of: tuple[str, int] | None = None


class Line(NamedTuple):
    """A line of the acquirer's statement.

    ``slip`` counts the event's slips, None where there is none behind it; ``on`` is the statement's day where it is not
    the one promised; ``fee`` is the fee where it is not the one promised.
    """

    kind: str
    amount: str
    slip: int | None = 0
    on: date | None = None
    fee: str = ""


class Event(NamedTuple):
    """One thing that happened, as each side tells it. ``name`` lets a later slip refer to it."""

    day: date
    time: str
    terminal: str
    card: str
    rings: tuple[Ring, ...]
    slips: tuple[Slip, ...]
    lines: tuple[Line, ...]
    name: str = ""


def event(when: str, terminal: str, card: str, *told: Ring | Slip | Line, name: str = "") -> Event:
    """Write an event down: ``when`` is ``MM-DD HH:MM:SS``, ``card`` the first six and last four digits."""
    day, clock = when.split()
    return Event(
        date.fromisoformat(f"{FIRST.year}-{day}"),
        clock,
        terminal,
        card.replace(" ", "******"),
        tuple(part for part in told if isinstance(part, Ring)),
        tuple(part for part in told if isinstance(part, Slip)),
        tuple(part for part in told if isinstance(part, Line)),
        name or when,
    )


def sold(when: str, terminal: str, card: str, amount: str, name: str = "") -> Event:
    """Write an ordinary card sale down: all sides tell the same."""
    return event(when, terminal, card, Ring(amount), Slip(SALE, amount), Line(SALE, amount), name=name)


# -- what went wrong -------------------------------------------------------------------------------


class Fault(NamedTuple):
    """A planted mismatch: its kind, what happened, and what is owed in the end, *to the shop*, by whom.

    A negative amount the shop owes; with ``none`` nobody is known to owe it yet.
    """

    kind: str
    what: str
    owed: Mapping[str, str]
    event: Event


def fault(kind: str, what: str, owed: Mapping[str, str], planted: Event) -> Fault:
    """Give the planted event its kind as its name."""
    return Fault(kind, what, owed, planted._replace(name=kind))


FAULTS: tuple[Fault, ...] = (
    fault(
        "A1",
        "128.00 keyed as 1280.00",
        {"customer": "-1152.00"},
        event(
            "09-15 10:42:17",
            FRONT,
            "622575 3318",
            Ring("128.00"),
            Slip(SALE, "1280.00"),
            Line(SALE, "1280.00"),
        ),
    ),
    fault(
        "E4",
        "the card was swiped again because no slip came out",
        {"customer": "-76.00"},
        event(
            "09-16 15:08:40",
            FRONT,
            "621700 0425",
            Ring("76.00"),
            Slip(SALE, "76.00"),
            Slip(SALE, "76.00", minutes=3),
            Line(SALE, "76.00"),
            Line(SALE, "76.00", slip=1),
        ),
    ),
    fault(
        "A4",
        "860.00 approved, the statement says 806.00",
        {"acquirer": "54.00"},
        event(
            "09-18 18:21:05",
            FRONT,
            "622230 7781",
            Ring("860.00"),
            Slip(SALE, "860.00"),
            Line(SALE, "806.00"),
        ),
    ),
    fault(
        "E2",
        "charged and settled, but nothing was rung up",
        {"customer": "-35.50"},
        event("09-19 11:15:33", BACK, "622848 6640", Slip(SALE, "35.50"), Line(SALE, "35.50")),
    ),
    fault(
        "A2",
        "156.00 keyed as 15.60",
        {"customer": "140.40"},
        event("09-20 12:40:51", FRONT, "621226 9052", Ring("156.00"), Slip(SALE, "15.60"), Line(SALE, "15.60")),
    ),
    fault(
        "X1",
        "approved, and on no statement",
        {"acquirer": "312.00"},
        event("09-21 19:02:26", FRONT, "625955 1207", Ring("312.00"), Slip(SALE, "312.00")),
    ),
    fault(
        "D2",
        "the cardholder disputes 268.00, and three weeks later the issuer takes them back",
        {"acquirer": "268.00"},
        event(
            "09-21 12:24:31",
            BACK,
            "622230 4417",
            Ring("268.00"),
            Slip(SALE, "268.00"),
            Line(SALE, "268.00"),
            Line(CHARGEBACK, "268.00", on=date(2026, 10, 13), fee="0.00"),
        ),
    ),
    fault(
        "E5",
        "one approval, two lines on the statement",
        {"acquirer": "-96.00"},
        event(
            "09-22 16:33:12",
            BACK,
            "622575 8846",
            Ring("96.00"),
            Slip(SALE, "96.00"),
            Line(SALE, "96.00"),
            Line(SALE, "96.00"),
        ),
    ),
    fault(
        "Y1",
        "a sale of 65.00 rung as a refund: the customer got 65.00 instead of paying them",
        {"customer": "130.00"},
        event("09-23 14:12:08", FRONT, "621661 5530", Ring("65.00"), Slip(REFUND, "65.00"), Line(REFUND, "65.00")),
    ),
    fault(
        "X3",
        "voided two minutes later, settled all the same",
        {"acquirer": "-118.00"},
        event(
            "09-24 17:45:30",
            BACK,
            "625955 4471",
            Ring("118.00"),
            Ring("-118.00", slip=1),
            Slip(SALE, "118.00"),
            Slip(VOID, "118.00", minutes=2, of=("X3", 0)),
            Line(SALE, "118.00"),
        ),
    ),
    fault(
        "A9",
        "35 gift boxes by debit card: 0.50 % charged without the cap of 20.00",
        {"acquirer": "9.40"},
        event(
            "09-25 10:05:44",
            FRONT,
            "621226 2289",
            Ring("5880.00"),
            Slip(SALE, "5880.00"),
            Line(SALE, "5880.00", fee="29.40"),
        ),
    ),
    fault(
        "E3",
        "rung up as paid by card, no slip exists",
        {"customer": "74.80"},
        event("09-26 13:27:19", FRONT, "622848 3106", Ring("74.80", slip=None)),
    ),
    fault(
        "X5",
        "refund approved on the terminal, on no statement",
        {"acquirer": "-168.00"},
        event(
            "09-28 10:31:55",
            FRONT,
            "622230 6015",
            Ring("-168.00"),
            Slip(REFUND, "168.00", of=("gift box", 0)),
        ),
    ),
    fault(
        "A3",
        "29.00 approved, the statement says 92.00",
        {"acquirer": "-63.00"},
        event("09-29 09:18:02", BACK, "621700 7934", Ring("29.00"), Slip(SALE, "29.00"), Line(SALE, "92.00")),
    ),
    fault(
        "Y3",
        "a sale of 488.00 rung as a hold: approved, but no money moves until it is completed",
        {"none": "488.00"},
        event("09-30 18:50:37", FRONT, "622575 9903", Ring("488.00"), Slip(HOLD, "488.00")),
    ),
    fault(
        "X4",
        "declined, the customer paid cash, settled all the same",
        {"acquirer": "-210.00"},
        event("10-02 12:11:46", FRONT, "622848 8127", Slip(SALE, "210.00", FAILED), Line(SALE, "210.00")),
    ),
    fault(
        "MIX",
        "100.00 sold, 90.00 keyed, 80.00 settled",
        {"customer": "10.00", "acquirer": "10.00"},
        event("10-03 15:55:21", BACK, "625955 2760", Ring("100.00"), Slip(SALE, "90.00"), Line(SALE, "80.00")),
    ),
    fault(
        "E1",
        "on the statement, on no slip",
        {"none": "-66.60"},
        event("10-05 16:20:09", FRONT, "621226 4938", Line(SALE, "66.60", slip=None)),
    ),
    fault(
        "G2",
        "a hold of 500.00 for a bill of 436.00, completed with 463.00",
        {"customer": "-27.00"},
        event(
            "10-06 10:15:08",
            BACK,
            "622575 8402",
            Ring("436.00", slip=1),
            Slip(HOLD, "500.00"),
            Slip(COMPLETION, "463.00", minutes=612, of=("G2", 0)),
            Line(COMPLETION, "463.00", slip=1),
        ),
    ),
    fault(
        "A5",
        "68.00 sold and settled; the terminal's journal says 86.00",
        {},
        event("10-10 10:58:14", FRONT, "622575 6127", Ring("68.00"), Slip(SALE, "86.00"), Line(SALE, "68.00")),
    ),
    fault(
        "Y2",
        "a refund of 45.00 rung as a sale: the customer paid twice",
        {"customer": "-90.00"},
        event("10-11 11:36:48", BACK, "621661 1853", Ring("-45.00"), Slip(SALE, "45.00"), Line(SALE, "45.00")),
    ),
    fault(
        "B1",
        "three days late on the statement: claimed as X1, then withdrawn",
        {},
        event(
            "10-12 14:49:03",
            FRONT,
            "622230 3394",
            Ring("134.00"),
            Slip(SALE, "134.00"),
            Line(SALE, "134.00", on=date(2026, 10, 16)),
        ),
    ),
    fault(
        "X2",
        "reversed by the acquirer while the terminal holds an approval",
        {"acquirer": "158.00"},
        event(
            "10-13 19:26:35",
            BACK,
            "621700 5512",
            Ring("158.00"),
            Slip(SALE, "158.00"),
            Line(SALE, "158.00"),
            Line(VOID, "158.00"),
        ),
    ),
)

#: B2: the batch of this terminal and day was never closed, so the acquirer settled none of it.
UNCLOSED: frozenset[tuple[str, date]] = frozenset({(BACK, date(2026, 10, 9))})

#: P1: what is missing from the deposit of this day.
SHORT: Mapping[date, Decimal] = {date(2026, 10, 9): Decimal("200.00")}

# -- what only looks wrong -------------------------------------------------------------------------

CONFOUNDERS: tuple[Event, ...] = (
    # Voided in the same batch: one acquirer file shows nothing, another a pair.
    event(
        "09-14 16:12:29",
        FRONT,
        "622848 7015",
        Ring("38.00"),
        Ring("-38.00", slip=1),
        Slip(SALE, "38.00"),
        Slip(VOID, "38.00", minutes=4, of=("void, not shown", 0)),
        name="void, not shown",
    ),
    event(
        "10-14 13:05:58",
        BACK,
        "622575 2431",
        Ring("57.00"),
        Ring("-57.00", slip=1),
        Slip(SALE, "57.00"),
        Slip(VOID, "57.00", minutes=3, of=("void, shown as a pair", 0)),
        Line(SALE, "57.00"),
        Line(VOID, "57.00", slip=1),
        name="void, shown as a pair",
    ),
    # Declined, tried again with success.
    event(
        "09-17 12:22:10",
        FRONT,
        "621226 6604",
        Ring("46.00", slip=1),
        Slip(SALE, "46.00", FAILED),
        Slip(SALE, "46.00", minutes=1),
        Line(SALE, "46.00", slip=1),
    ),
    event(
        "10-07 17:30:42",
        BACK,
        "625955 9018",
        Ring("113.00", slip=2),
        Slip(SALE, "113.00", FAILED),
        Slip(SALE, "113.00", FAILED, minutes=1),
        Slip(SALE, "113.00", minutes=3),
        Line(SALE, "113.00", slip=2),
    ),
    # No answer came, the terminal reversed it, the next try went through.
    event(
        "09-22 09:47:05",
        FRONT,
        "621661 0872",
        Ring("31.80", slip=2),
        Slip(SALE, "31.80", TIMEOUT),
        Slip(REVERSAL, "31.80", minutes=1, of=("timed out", 0)),
        Slip(SALE, "31.80", minutes=2),
        Line(SALE, "31.80", slip=2),
        name="timed out",
    ),
    # Part of an earlier sale is given back.
    sold("09-16 10:20:31", BACK, "622575 5296", "116.00", name="two pots"),
    event(
        "09-19 14:38:44",
        BACK,
        "622575 5296",
        Ring("-58.00"),
        Slip(REFUND, "58.00", of=("two pots", 0)),
        Line(REFUND, "58.00"),
    ),
    sold("09-26 16:02:13", FRONT, "622230 6015", "168.00", name="gift box"),
    # The same guest buys the same again.
    sold("10-06 15:10:20", FRONT, "621700 3087", "28.00"),
    sold("10-06 15:14:51", FRONT, "621700 3087", "28.00"),
    # After 23:00 it is the next day's business for the acquirer.
    sold("09-17 23:12:36", FRONT, "622575 1140", "206.00"),
    sold("10-15 23:04:07", FRONT, "625955 7726", "94.00"),
    # A hold for a party, completed for less the next day; one let go; one still open, its party is on 24 October.
    event("09-23 11:03:50", BACK, "622230 4059", Slip(HOLD, "600.00"), name="party"),
    event(
        "09-24 20:41:15",
        BACK,
        "622230 4059",
        Ring("552.00"),
        Slip(COMPLETION, "552.00", of=("party", 0)),
        Line(COMPLETION, "552.00"),
    ),
    event(
        "10-08 10:09:28",
        FRONT,
        "625955 6683",
        Slip(HOLD, "300.00"),
        Slip(HOLD_VOID, "300.00", minutes=95, of=("party called off", 0)),
        name="party called off",
    ),
    event("10-17 11:52:03", BACK, "622575 4710", Slip(HOLD, "800.00")),
)

#: What else the bank account saw: day, time, to whom, account, amount, purpose.
OUTGOINGS = (
    (date(2026, 9, 15), "10:02:11", "国家金库", "2200****0018", "1286.40", "税款"),
    (date(2026, 9, 18), "14:20:37", "面粉供应商", "6100****7720", "3420.00", "货款"),
    (date(2026, 9, 30), "09:15:02", "代发工资", "3100****0099", "18200.00", "九月工资"),
    (date(2026, 10, 8), "11:31:54", "物业管理处", "4500****3316", "6800.00", "十月房租"),
    (date(2026, 10, 15), "10:00:25", "国家金库", "2200****0018", "1312.75", "税款"),
    (date(2026, 10, 16), "15:44:19", "茶叶供应商", "6100****2903", "5160.00", "货款"),
)
OPENING_BALANCE = Decimal("84500.00")


# -- the month, slip by slip -----------------------------------------------------------------------


def ordinary(day: date) -> Iterator[Event]:
    """Yield the honest card sales of ``day``: some fifteen, and a third more when people are off."""
    for n in range(13 + draw(5, day) + (0 if works(day) else 5)):
        place = (day, n)
        clock = (HOURS[draw(len(HOURS), "hour", *place)], draw(60, "minute", *place), draw(60, "second", *place))
        prices = list(MENU.values())
        amount = sum(prices[draw(len(prices), "item", item, *place)] for item in range(1 + draw(3, "items", *place)))
        card = list(ISSUERS)[draw(len(ISSUERS), "card", *place)] + " " + digits(4, "holder", *place)
        terminal = (FRONT, FRONT, BACK)[draw(3, "terminal", *place)]
        yield sold("{:%m-%d} {:02}:{:02}:{:02}".format(day, *clock), terminal, card, str(amount), f"{day} {n}")


def moment(happened: Event) -> datetime:
    """Return when an event began."""
    return datetime.combine(happened.day, time.fromisoformat(happened.time))


#: How long a terminal is busy before an event and after its beginning.
BUSY = timedelta(minutes=-2), timedelta(minutes=6)


def collide(candidate: Event, other: Event) -> bool:
    """Tell whether ``other`` keeps the terminal busy at the time of ``candidate``."""
    gap = moment(candidate) - moment(other)
    return candidate.terminal == other.terminal and BUSY[0] < gap < BUSY[1]


def month() -> list[Event]:
    """Return all events in order: the planted ones, and honest sales wherever the terminal was free."""
    kept = [*(planted.event for planted in FAULTS), *CONFOUNDERS]
    for day in days(FIRST, LAST):
        for candidate in ordinary(day):
            if not any(collide(candidate, other) for other in kept if other.day == day):
                kept.append(candidate)
    return sorted(kept, key=moment)


class Printed(NamedTuple):
    """A slip as printed: with its numbers."""

    event: Event
    slip: Slip
    when: datetime
    batch: str
    trace: str
    rrn: str
    auth: str


#: Which slip of which event: (event name, slip).
Journal = Mapping[tuple[str, int], Printed]


def journal(events: Iterable[Event]) -> Journal:
    """Print every slip: traces run on through the weeks, a terminal makes one batch a day."""
    due = [
        (moment(happened) + slip.minutes * timedelta(minutes=1), happened, number)
        for happened in events
        for number, slip in enumerate(happened.slips)
    ]
    traces = {FRONT: 310, BACK: 4126}
    printed: dict[tuple[str, int], Printed] = {}
    for when, happened, number in sorted(due, key=lambda entry: entry[0]):
        slip = happened.slips[number]
        traces[happened.terminal] += 1
        trace = f"{traces[happened.terminal]:06}"
        place = (happened.terminal, happened.name, number)
        printed[happened.name, number] = Printed(
            happened,
            slip,
            when,
            f"{87 + (happened.day - FIRST).days:06}",
            trace,
            "" if slip.status == TIMEOUT else digits(12, "rrn", *place),
            digits(6, "auth", *place) if slip.status == OK and slip.kind not in OUTGOING | {REVERSAL} else "",
        )
    return printed


# -- told by the terminals -------------------------------------------------------------------------

TERMINAL_HEADER = (
    "商户号,终端号,批次号,凭证号,参考号,授权码,卡号,卡类型,交易类型,交易状态,交易金额,交易日期,交易时间,"
    "原凭证号,原参考号,操作员"
)


def terminal_rows(printed: Journal, terminal: str, wanted: Sequence[date]) -> Iterator[list[str]]:
    """Yield one terminal's journal for the days wanted."""
    for entry in printed.values():
        if entry.event.terminal != terminal or entry.event.day not in wanted:
            continue
        original = printed[entry.slip.of] if entry.slip.of else None
        yield [
            MERCHANT,
            terminal,
            entry.batch,
            entry.trace,
            entry.rrn,
            entry.auth,
            entry.event.card,
            ISSUERS[entry.event.card[:6]][1],
            entry.slip.kind,
            entry.slip.status,
            f"{Decimal(entry.slip.amount):.2f}",
            f"{entry.when:%Y-%m-%d}",
            f"{entry.when:%H:%M:%S}",
            original.trace if original else "",
            original.rrn if original else "",
            cashier(entry.event),
        ]


def cashier(happened: Event) -> str:
    """Return who stood at the till."""
    return f"0{1 + draw(3, 'cashier', happened.day, happened.terminal)}"


# -- told by the till ------------------------------------------------------------------------------

TILL_HEADER = "营业日期,时间,小票号,门店,收银员,金额,支付方式,类型,终端号,凭证号,参考号"


class Rung(NamedTuple):
    """A line of the till: card lines name their slip, others nothing."""

    when: datetime
    cashier: str
    amount: Decimal
    tender: str
    slip: tuple[str, str, str]


def rung(events: Iterable[Event], printed: Journal) -> Iterator[Rung]:
    """Yield what was rung up, card and other tenders; a card sale some seconds before its slip."""
    for happened in events:
        for ring in happened.rings:
            entry = None if ring.slip is None else printed[happened.name, ring.slip]
            slip = (happened.terminal, entry.trace, entry.rrn) if entry else ("", "", "")
            when = (entry.when if entry else moment(happened)) - timedelta(
                seconds=15 + draw(40, "till", happened.name, ring.slip)
            )
            yield Rung(when, cashier(happened), Decimal(ring.amount), "银行卡", slip)
        if not happened.rings and any(slip.status == FAILED for slip in happened.slips):
            # The card was refused for good: the guest paid cash.
            yield Rung(
                moment(happened) + 2 * timedelta(minutes=1),
                cashier(happened),
                Decimal(happened.slips[0].amount),
                "现金",
                ("", "", ""),
            )
    for day in days(FIRST, LAST):
        for n in range(3 + draw(4, "cash", day)):
            clock = timedelta(hours=8 + draw(12, "cash hour", day, n), minutes=draw(60, "cash minute", day, n))
            price = list(MENU.values())[draw(6, "cash item", day, n)]
            tender = ("现金", "微信", "微信")[draw(3, "tender", day, n)]
            yield Rung(datetime.combine(day, time()) + clock, "01", price, tender, ("", "", ""))


def till_rows(lines: Sequence[Rung], wanted: Sequence[date]) -> Iterator[list[str]]:
    """Yield the till's lines of the days wanted; tickets are counted by the day."""
    for day in wanted:
        of_day = sorted((line for line in lines if line.when.date() == day), key=lambda line: line.when)
        for number, line in enumerate(of_day, 1):
            yield [
                f"{day}",
                f"{line.when:%H:%M:%S}",
                f"{day:%m%d}-{number:03}",
                "总店",
                line.cashier,
                f"{line.amount:.2f}",
                line.tender,
                RUNG if line.amount > 0 else RUNG_BACK,
                *line.slip,
            ]


# -- told by the acquirer --------------------------------------------------------------------------

STATEMENT_HEADER = (
    "清算日期,交易日期,交易时间,交易金额,终端号,分店简称,清算金额,手续费,流水号,交易类型,参考号,卡号,商户号,商户名称,发卡行,卡类型,商户订单号,"
    "退货订单号,支付类型,实际支付金额,备注,付款附言,钱包优惠金额,商户优惠金额,支付产品"
)


class Settled(NamedTuple):
    """A line of a statement: signed from the shop's side."""

    event: Event
    kind: str
    when: datetime
    amount: Decimal
    fee: Decimal
    trace: str
    rrn: str


def clearing_day(when: datetime) -> date:
    """Return the acquirer's business day: from 23:00 on it is the next one."""
    return when.date() + DAY if when.time() >= CUTOFF else when.date()


def settled(events: Iterable[Event], printed: Journal) -> dict[date, list[Settled]]:
    """Return the lines of every statement by its day."""
    statements = defaultdict(list)
    for happened in events:
        if (happened.terminal, happened.day) in UNCLOSED:
            continue
        for line in happened.lines:
            entry = None if line.slip is None else printed[happened.name, line.slip]
            when = entry.when if entry else moment(happened)
            amount = Decimal(line.amount) * (-1 if line.kind in OUTGOING else 1)
            statements[line.on or next_working(clearing_day(when))].append(
                Settled(
                    happened,
                    line.kind,
                    when,
                    amount,
                    Decimal(line.fee) if line.fee else fee(ISSUERS[happened.card[:6]][1], amount),
                    entry.trace if entry else digits(6, "trace", happened.name),
                    entry.rrn if entry else digits(12, "rrn", happened.name),
                )
            )
    return {day: sorted(lines, key=lambda line: line.when) for day, lines in sorted(statements.items()) if day <= LAST}


def statement_rows(day: date, lines: Iterable[Settled]) -> Iterator[list[str]]:
    """Yield the rows of the statement of ``day``."""
    for line in lines:
        issuer, card_kind = ISSUERS[line.event.card[:6]]
        yield [
            f"{day}",
            f"{line.when:%Y-%m-%d}",
            f"{line.when:%H:%M:%S}",
            f"{line.amount:.2f}",
            line.event.terminal,
            "总店",
            f"{line.amount - line.fee:.2f}",
            f"{line.fee:.2f}",
            line.trace,
            line.kind,
            line.rrn,
            line.event.card,
            MERCHANT,
            SHOP,
            issuer,
            card_kind,
            "",
            "",
            "银行卡",
            f"{line.amount:.2f}",
            "",
            "",
            "0.00",
            "0.00",
            "银行卡收单",
        ]


# -- told by the bank ------------------------------------------------------------------------------

BANK_HEADER = "凭证号,交易时间,对方单位,对方账号,转入金额,转出金额,余额,用途,摘要,附言"


class Moved(NamedTuple):
    """A line of the bank account; ``amount`` is negative when it goes out."""

    when: datetime
    party: str
    account: str
    amount: Decimal
    purpose: str


def deposits(statements: Mapping[date, Sequence[Settled]]) -> Iterator[Moved]:
    """Yield the acquirer's deposits: one for each statement, on the next working day, naming the days it pays."""
    for day, lines in statements.items():
        arrives = next_working(day)
        if arrives > LAST:
            continue
        paid = [clearing for clearing in days(FIRST, day) if next_working(clearing) == day]
        fees = sum(line.fee for line in lines)
        net = sum(line.amount for line in lines) - fees - SHORT.get(arrives, Decimal(0))
        clock = time(9, 20 + draw(30, "deposit", day), draw(60, "deposit second", day))
        yield Moved(
            datetime.combine(arrives, clock),
            "银联商务股份有限公司客户备付金",
            "3100****5178",
            net,
            f"{paid[0]:%m%d}-{paid[-1]:%m%d}费{fees:.2f}元",
        )


def moved(statements: Mapping[date, Sequence[Settled]]) -> list[Moved]:
    """Return all lines of the bank account in order."""
    outgoing = (
        Moved(datetime.combine(day, time.fromisoformat(clock)), party, account, -Decimal(amount), purpose)
        for day, clock, party, account, amount, purpose in OUTGOINGS
    )
    return sorted([*deposits(statements), *outgoing], key=lambda line: line.when)


def bank_rows(lines: Iterable[Moved]) -> Iterator[tuple[date, list[str]]]:
    """Yield the bank's rows with their days, the balance carried along."""
    balance = OPENING_BALANCE
    for number, line in enumerate(lines, 1):
        balance += line.amount
        yield (
            line.when.date(),
            [
                f"ICBC-{number:04}",
                f"{line.when:%Y-%m-%d %H:%M:%S}",
                line.party,
                line.account,
                f"{line.amount:.2f}" if line.amount > 0 else "",
                f"{-line.amount:.2f}" if line.amount < 0 else "",
                f"{balance:.2f}",
                line.purpose,
                "",
                "",
            ],
        )


# -- files -----------------------------------------------------------------------------------------


def sheet(header: str, rows: Iterable[Sequence[str]], encoding: str, title: str = "") -> bytes:
    """Return a CSV file with Windows line ends, as portals write it."""
    text = io.StringIO()
    writer = csv.writer(text)
    if title:
        writer.writerow([title])
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def workbook(header: str, rows: Iterable[Sequence[str]]) -> bytes:
    """Return the smallest xlsx file that holds such a sheet; stored, since compressors differ from Python to Python."""
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row) + "</row>"
        for row in [header.split(","), *rows]
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            member = zipfile.ZipInfo(name)
            member.create_system = 3  # else the bytes would tell the operating system
            archive.writestr(member, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text)
    return file.getvalue()


def weeks() -> Iterator[list[date]]:
    """Yield the weeks from Monday to Sunday, the last one cut off."""
    for monday in days(FIRST, LAST)[::7]:
        yield days(monday, min(monday + 6 * DAY, LAST))


#: The acquirer's portal offers a workbook too; the shop took it once.
AS_WORKBOOK = frozenset({date(2026, 10, 15)})
ENCODINGS = {FRONT: "utf-8", BACK: "gbk"}


def exports() -> Iterator[tuple[str, bytes]]:
    """Yield every file the shop downloaded: name and content."""
    events = month()
    printed = journal(events)
    statements = settled(events, printed)
    till = list(rung(events, printed))
    for week in weeks():
        span = f"{week[0]:%Y%m%d}-{week[-1]:%Y%m%d}"
        yield f"sales-{span}.csv", sheet(TILL_HEADER, till_rows(till, week), "utf-8")
        for terminal, encoding in ENCODINGS.items():
            rows = terminal_rows(printed, terminal, week)
            yield f"{terminal}-{span}.csv", sheet(TERMINAL_HEADER, rows, encoding)
    for day, lines in statements.items():
        rows = statement_rows(day, lines)
        if day in AS_WORKBOOK:
            yield f"{MERCHANT}_{day:%Y%m%d}.xlsx", workbook(STATEMENT_HEADER, rows)
        else:
            yield f"{MERCHANT}_{day:%Y%m%d}.csv", sheet(STATEMENT_HEADER, rows, "gbk")
    account = list(bank_rows(moved(statements)))
    for first, last in ((FIRST, date(2026, 9, 30)), (date(2026, 10, 1), LAST)):
        rows = (row for day, row in account if first <= day <= last)
        yield f"ICBC-{first:%Y%m%d}-{last:%Y%m%d}.csv", sheet(BANK_HEADER, rows, "gbk", "[HISTORYDETAIL]")


def main() -> None:
    """Write the exports."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in exports():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
