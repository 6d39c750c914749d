"""What honestly happens in a shop: one small function per story, from an ordinary sale to a hold that grows.

Most stories other than the plain sale are *confounders*: they look like a mismatch and are none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.legs import Kind, Status
from beancount_posguard.money import minor
from beancount_posguard.simulate.chance import Dice
from beancount_posguard.simulate.events import Event, Line, Ring, Slip, SlipRef
from beancount_posguard.simulate.shop import DAY, Acquirer, Card, Terminal

#: A completion may exceed its hold by this much.
CAP = Decimal("1.15")

_LONGEST_STAY = 9


class Sold(NamedTuple):
    """An earlier sale that can be given back: its slip, how much of it, and to which card."""

    ref: SlipRef
    amount: Decimal
    card: Card


class Scene(NamedTuple):
    """Where and when a story begins: everything a story needs to be told."""

    id: str
    dice: Dice
    terminal: Terminal
    acquirer: Acquirer
    card: Card
    cashier: str
    when: datetime
    amount: Decimal
    earlier: Sold | None

    def after(self, **lag: int) -> datetime:
        """Return a moment after the beginning."""
        return self.when + timedelta(**lag)

    def rung(self, slip: datetime) -> datetime:
        """Return when the till rang up what was then paid by the slip of this moment."""
        return slip - timedelta(seconds=self.dice.randint(15, 55))

    def event(self, shape: str, *parts: Ring | Slip | Line, card: Card | None = None) -> Event:
        """Return the event with these parts."""
        return Event(
            self.id,
            shape,
            self.terminal,
            card or self.card,
            self.cashier,
            self.when,
            tuple(part for part in parts if isinstance(part, Ring)),
            tuple(part for part in parts if isinstance(part, Slip)),
            tuple(part for part in parts if isinstance(part, Line)),
        )


#: A story may make several events: two purchases, two cards for one ticket.
Story = Callable[[Scene], tuple[Event, ...]]


def _sale(scene: Scene) -> tuple[Event, ...]:
    amount, when = scene.amount, scene.when
    rung = Ring(amount, scene.rung(when))
    return (scene.event("sale", rung, Slip(Kind.SALE, amount, when), Line(Kind.SALE, amount)),)


def _void(scene: Scene, shape: str, when: datetime, *, shown: bool) -> tuple[Event, ...]:
    amount = scene.amount
    back = when + timedelta(seconds=scene.dice.randint(70, 300))
    lines: tuple[Line, ...] = (Line(Kind.SALE, amount), Line(Kind.VOID, -amount, slip=1))
    if not shown and scene.acquirer.due(when) == scene.acquirer.due(back):
        lines = ()
    return (
        scene._replace(when=when).event(
            shape,
            Ring(amount, scene.rung(when)),
            Ring(-amount, back - timedelta(seconds=20), slip=1),
            Slip(Kind.SALE, amount, when),
            Slip(Kind.VOID, -amount, back, of=(scene.id, 0)),
            *lines,
        ),
    )


def _void_pair(scene: Scene) -> tuple[Event, ...]:
    return _void(scene, "void-pair", scene.when, shown=True)


def _void_netted(scene: Scene) -> tuple[Event, ...]:
    return _void(scene, "void-netted", scene.when, shown=False)


def _void_over_cut_off(scene: Scene) -> tuple[Event, ...]:
    """Sell in the last minute of the acquirer's day and void in the next one: the two lines come a day apart."""
    cutoff = scene.acquirer.settles_lag.cutoff
    if not cutoff:
        return _void_pair(scene)
    last = datetime.combine(scene.when.date(), datetime.strptime(cutoff, "%H:%M").time())  # noqa: DTZ007  # local
    return _void(scene, "void-over-cut-off", last - timedelta(seconds=scene.dice.randint(1, 60)), shown=True)


def _refund(scene: Scene) -> tuple[Event, ...]:
    earlier = scene.earlier
    if earlier is None:
        return _sale(scene)
    part = scene.dice.randint(2, 8) if scene.dice.chance(400) else 10
    amount = max(minor(earlier.amount * part / 10), Decimal("0.01"))
    return (
        scene.event(
            "refund",
            Ring(-amount, scene.rung(scene.when)),
            Slip(Kind.REFUND, -amount, scene.when, of=earlier.ref),
            Line(Kind.REFUND, -amount),
            card=earlier.card,
        ),
    )


def _declined(scene: Scene) -> tuple[Event, ...]:
    slip = Slip(Kind.SALE, scene.amount, scene.when, Status.DECLINED)
    return (scene.event("declined", slip, Ring(scene.amount, scene.after(minutes=2), slip=None, cash=True)),)


def _retried(scene: Scene) -> tuple[Event, ...]:
    tries = scene.dice.randint(1, 2)
    paid = scene.after(seconds=50 * tries)
    failed = [Slip(Kind.SALE, scene.amount, scene.after(seconds=50 * n), Status.DECLINED) for n in range(tries)]
    return (
        scene.event(
            "retried",
            Ring(scene.amount, scene.rung(scene.when), slip=tries),
            *failed,
            Slip(Kind.SALE, scene.amount, paid),
            Line(Kind.SALE, scene.amount, slip=tries),
        ),
    )


def _timeout_retried(scene: Scene) -> tuple[Event, ...]:
    """No answer came, the terminal reversed what it had asked for, the next try went through."""
    amount = scene.amount
    return (
        scene.event(
            "timeout-retried",
            Ring(amount, scene.rung(scene.when), slip=2),
            Slip(Kind.SALE, amount, scene.when, Status.TIMEOUT),
            Slip(Kind.REVERSAL, -amount, scene.after(seconds=61), Status.REVERSED, of=(scene.id, 0)),
            Slip(Kind.SALE, amount, scene.after(seconds=95)),
            Line(Kind.SALE, amount, slip=2),
        ),
    )


def _split_cash(scene: Scene) -> tuple[Event, ...]:
    # Some tills print the card's slip on every line of the ticket.
    named = 0 if scene.dice.chance(500) else None
    cash = Ring(minor(scene.amount / 2), scene.rung(scene.when), slip=named, cash=True)
    (sale,) = _sale(scene)
    return (sale._replace(shape="split-cash", rings=(*sale.rings, cash)),)


def _split_cards(scene: Scene) -> tuple[Event, ...]:
    (one,) = _sale(scene)
    other = scene._replace(id=f"{scene.id}b", card=_another(scene), when=scene.after(seconds=75), amount=scene.amount)
    (two,) = _sale(other)
    return (one._replace(shape="split-cards"), two._replace(shape="split-cards"))


def _another(scene: Scene) -> Card:
    card = scene.card
    return card._replace(number=f"{card.number[:-4]}{(int(card.number[-4:]) + 1709) % 10000:04}")


def _twins(scene: Scene) -> tuple[Event, ...]:
    """The same guest buys the same again some minutes later: two purchases, two tickets."""
    (one,) = _sale(scene)
    lag = scene.dice.randint(3, 9)
    (two,) = _sale(scene._replace(id=f"{scene.id}b", when=scene.after(minutes=lag)))
    return (one._replace(shape="twins"), two._replace(shape="twins"))


def _late_in_time(scene: Scene) -> tuple[Event, ...]:
    """The line comes one statement later, still within the days of grace (an offline slip uploaded next day)."""
    acquirer = scene.acquirer
    due = acquirer.due(scene.when)
    later = acquirer.settles_on(due)
    (sale,) = _sale(scene)
    if later > due + acquirer.grace * DAY:
        return (sale,)
    return (sale._replace(shape="late-in-time", lines=(Line(Kind.SALE, scene.amount, on=later),)),)


def _subsidy(scene: Scene) -> tuple[Event, ...]:
    """The acquirer pays a tenth itself, as a promotion, on a line of its own under the same reference."""
    gift = minor(scene.amount / 10)
    (sale,) = _sale(scene)
    rest = Line(Kind.SALE, scene.amount - gift)
    return (sale._replace(shape="subsidy", lines=(rest, Line(Kind.ADJUSTMENT, gift, fee=Decimal("0.00")))),)


def _converted(scene: Scene) -> tuple[Event, ...]:
    """A foreign card whose holder pays in another currency: the statement's line says how much that was."""
    card = Card(f"453242******{scene.card.number[-4:]}", "foreign", "境外发卡行")
    (sale,) = _sale(scene._replace(card=card))
    abroad = f"USD {minor(scene.amount * 100 / scene.dice.randint(690, 730))}"
    return (sale._replace(shape="converted", lines=(sale.lines[0]._replace(foreign=abroad),)),)


def _tip(scene: Scene) -> tuple[Event, ...]:
    """The guest adds a tip on the slip; the terminal adjusts the sale before its batch is closed."""
    tip = minor(scene.amount * scene.dice.choice((10, 15, 18)) / 100)
    amount = scene.amount + tip
    (sale,) = _sale(scene._replace(amount=amount))
    return (sale._replace(shape="tip", slips=(Slip(Kind.SALE, amount, scene.when, tip=tip),)),)


def _stay(scene: Scene) -> datetime:
    """Return when the guest leaves: a few days later in the morning, most after one or two nights."""
    nights = 1
    while nights < _LONGEST_STAY and scene.dice.chance(500):
        nights += 1
    morning = datetime.combine(scene.when.date() + nights * DAY, datetime.min.time())
    return morning + timedelta(minutes=scene.dice.randint(7 * 60, 12 * 60), seconds=scene.dice.randrange(60))


def _held(scene: Scene) -> Decimal:
    return Decimal(scene.dice.randint(3, 30) * 100).quantize(Decimal("0.01"))


def _completed(scene: Scene, shape: str, held: Decimal, bill: Decimal, *increments: Slip) -> tuple[Event, ...]:
    leaves = _stay(scene)
    return (
        scene.event(
            shape,
            Slip(Kind.PREAUTH, held, scene.when),
            *increments,
            Slip(Kind.COMPLETION, bill, leaves, of=(scene.id, 0)),
            Ring(bill, scene.rung(leaves), slip=1 + len(increments)),
            Line(Kind.COMPLETION, bill, slip=1 + len(increments)),
        ),
    )


def _hold(scene: Scene) -> tuple[Event, ...]:
    held = _held(scene)
    return _completed(scene, "hold", held, minor(held * scene.dice.randint(300, 1000) / 1000))


def _hold_over(scene: Scene) -> tuple[Event, ...]:
    """Complete for more than was held, up to the last fen that is allowed."""
    held = _held(scene)
    bill = min(minor(held * scene.dice.randint(1010, 1160) / 1000), minor(held * CAP))
    return _completed(scene, "hold-over", held, bill)


def _hold_increased(scene: Scene) -> tuple[Event, ...]:
    held, more = _held(scene), Decimal("200.00")
    increment = Slip(Kind.PREAUTH, more, scene.after(minutes=95), of=(scene.id, 0))
    bill = minor((held + more) * scene.dice.randint(700, 1000) / 1000)
    (event,) = _completed(scene, "hold-increased", held, bill, increment)
    if scene.dice.chance(500):
        return (event,)
    # The front desk keeps a record of the hold, and writes it anew when it is increased.
    first = Ring(held, scene.rung(scene.when), hold=True)
    anew = Ring(held + more, scene.rung(increment.when), slip=1, hold=True)
    return (event._replace(rings=(first, anew, *event.rings)),)


def _hold_void(scene: Scene) -> tuple[Event, ...]:
    held = _held(scene)
    void = Slip(Kind.PREAUTH_VOID, -held, scene.after(minutes=scene.dice.randint(5, 25)), of=(scene.id, 0))
    return (scene.event("hold-void", Slip(Kind.PREAUTH, held, scene.when), void),)


def _hold_open(scene: Scene) -> tuple[Event, ...]:
    """Hold a deposit for something weeks away; it is let go before it expires, if the simulation lasts so long."""
    held = _held(scene)
    weeks = scene.after(days=scene.dice.randint(15, scene.acquirer.hold_days - 5))
    void = Slip(Kind.PREAUTH_VOID, -held, weeks.replace(hour=12), of=(scene.id, 0))
    return (scene.event("hold-open", Slip(Kind.PREAUTH, held, scene.when), void),)


STORIES: Mapping[str, Story] = {
    "sale": _sale,
    "void-pair": _void_pair,
    "void-netted": _void_netted,
    "void-over-cut-off": _void_over_cut_off,
    "refund": _refund,
    "declined": _declined,
    "retried": _retried,
    "timeout-retried": _timeout_retried,
    "split-cash": _split_cash,
    "split-cards": _split_cards,
    "twins": _twins,
    "late-in-time": _late_in_time,
    "subsidy": _subsidy,
    "converted": _converted,
    "tip": _tip,
    "hold": _hold,
    "hold-over": _hold_over,
    "hold-increased": _hold_increased,
    "hold-void": _hold_void,
    "hold-open": _hold_open,
}

#: Stories that look like a mismatch, with what must not be taken for one.
CONFOUNDERS: Mapping[str, str] = {
    "void-pair": "voided in its batch; the statement shows both lines",
    "void-netted": "voided in its batch; the statement shows neither line",
    "void-over-cut-off": "sold before the cut-off and voided after it; the lines come a statement apart",
    "refund": "given back later, in part or in full; netted in the payout",
    "declined": "declined, paid in cash",
    "retried": "declined, then approved",
    "timeout-retried": "timed out, reversed, then approved",
    "split-cash": "one ticket, part by card and part in cash",
    "split-cards": "one ticket, two cards",
    "twins": "the same card buys the same twice within minutes",
    "late-in-time": "settled a statement late and within the grace",
    "subsidy": "the acquirer pays a part on a line of its own",
    "converted": "paid in another currency, settled in our own as approved",
    "tip": "a tip adjusted onto the slip",
    "hold": "a hold completed for the bill",
    "hold-over": "a hold completed for up to 115 %",
    "hold-increased": "a hold that was increased, then completed",
    "hold-void": "a hold that was let go",
    "hold-open": "a hold that stays open for weeks, within its validity",
}
