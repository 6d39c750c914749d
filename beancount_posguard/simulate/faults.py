"""What goes wrong: one small function per kind, from a perfect event to a wrong one, and one table of them all.

A bend knows only the event and its acquirer. What befalls a whole batch or a deposit has its label here and is done by
:mod:`beancount_posguard.simulate.story` and :mod:`beancount_posguard.simulate.payouts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.legs import Kind, Status
from beancount_posguard.money import CENT, minor
from beancount_posguard.simulate.chance import Dice
from beancount_posguard.simulate.events import Event, Line, Plant, Ring, Slip
from beancount_posguard.simulate.honest import CAP
from beancount_posguard.simulate.shop import DAY, Acquirer

#: No amount is keyed beyond this.
MOST = Decimal(50_000)

_NOTHING = Decimal("0.00")


class Twist(NamedTuple):
    """What a bend may use besides the event: dice, the contract, the last day of the simulation."""

    dice: Dice
    acquirer: Acquirer
    end: date


Bend = Callable[[Event, Twist], Event]


class Fault(NamedTuple):
    """One way to go wrong: its label, the honest stories it can befall, and how it bends one of them."""

    plant: Plant
    shapes: frozenset[str]
    bend: Bend


def _amounts(event: Event, slip: Decimal | None = None, line: Decimal | None = None) -> Event:
    """Return the event with another amount on its only slip and its only line; None leaves it as it is."""
    if slip is not None:
        event = event._replace(slips=(event.slips[0]._replace(amount=slip),))
    if line is not None:
        event = event._replace(lines=(event.lines[0]._replace(amount=line),))
    return event


def _less(amount: Decimal, dice: Dice) -> Decimal:
    """Return a part of ``amount`` to be missing: at least two fen, and less than all of it."""
    return max(minor(amount * dice.randint(5, 70) / 100), 2 * CENT)


# -- amount ----------------------------------------------------------------------------------------------------------


def _times_ten(event: Event, twist: Twist) -> Event:
    del twist
    return _amounts(event, event.sold * 10, event.sold * 10)


def _tenth(event: Event, twist: Twist) -> Event:
    del twist
    tenth = minor(event.sold / 10)
    return _amounts(event, tenth, tenth)


def _settle_over(event: Event, twist: Twist) -> Event:
    return _amounts(event, line=event.sold + _less(event.sold, twist.dice))


def _settle_under(event: Event, twist: Twist) -> Event:
    return _amounts(event, line=event.sold - _less(event.sold, twist.dice))


def _rest_late(event: Event, twist: Twist) -> Event:
    line = event.lines[0]
    rest = _less(line.amount, twist.dice)
    return event._replace(
        lines=(line._replace(amount=line.amount - rest), line._replace(amount=rest, on=_after_claim(event, twist)))
    )


def _slip_only(event: Event, twist: Twist) -> Event:
    return _amounts(event, slip=event.sold + _less(event.sold, twist.dice))


def _mixed(event: Event, twist: Twist) -> Event:
    approved = event.sold - _less(event.sold, twist.dice)
    return _amounts(event, approved, approved - _less(approved, twist.dice))


def _fee_over(event: Event, twist: Twist) -> Event:
    line = event.lines[0]
    right = twist.acquirer.tariff_fee(event.card.type, line.amount)
    return event._replace(lines=(line._replace(fee=right + twist.dice.fen(100, 500)),))


def _fee_a_little_over(event: Event, twist: Twist) -> Event:
    line = event.lines[0]
    right = twist.acquirer.tariff_fee(event.card.type, line.amount)
    return event._replace(lines=(line._replace(fee=right + twist.dice.fen(2, 99)),))


def _partly_approved(event: Event, twist: Twist) -> Event:
    part = event.sold - _less(event.sold, twist.dice)
    bent = _amounts(event, part, part)
    return bent._replace(slips=(bent.slips[0]._replace(response="10"),))


def _split_wrong(event: Event, twist: Twist) -> Event:
    """Pay one ticket with two slips that do not come to it."""
    slip, line = event.slips[0], event.lines[0]
    one = event.sold - _less(event.sold, twist.dice)
    two = max(minor((event.sold - one) / 2), CENT)
    other = slip._replace(amount=two, when=slip.when + timedelta(seconds=80))
    return event._replace(
        order=f"T{event.id[1:]}",
        slips=(slip._replace(amount=one), other),
        lines=(line._replace(amount=one), line._replace(amount=two, slip=1)),
    )


def _tip_not_keyed(event: Event, twist: Twist) -> Event:
    tip = minor(event.sold * twist.dice.choice((10, 15, 18)) / 100)
    return event._replace(rings=(event.rings[0]._replace(amount=event.sold + tip, tip=tip),))


def _tip_not_rung(event: Event, twist: Twist) -> Event:
    del twist
    return event._replace(rings=(event.rings[0]._replace(amount=event.sold - event.slips[0].tip),))


def _tip_not_settled(event: Event, twist: Twist) -> Event:
    del twist
    return _amounts(event, line=event.sold - event.slips[0].tip)


def _converted(event: Event, twist: Twist) -> Event:
    permille = twist.dice.choice((-3, -2, 2, 3))
    shift = minor(event.sold * permille / 1000) or CENT * permille
    return _amounts(event, line=event.sold + shift)


def _rounded(event: Event, twist: Twist) -> Event:
    return _amounts(event, line=event.sold + twist.dice.choice((CENT, -CENT)))


# -- type ------------------------------------------------------------------------------------------------------------


def _sale_as_refund(event: Event, twist: Twist) -> Event:
    del twist
    slip, line = event.slips[0], event.lines[0]
    return event._replace(
        slips=(slip._replace(kind=Kind.REFUND, amount=-event.sold),),
        lines=(line._replace(kind=Kind.REFUND, amount=-event.sold),),
    )


def _refund_as_sale(event: Event, twist: Twist) -> Event:
    del twist
    slip, line = event.slips[0], event.lines[0]
    return event._replace(
        slips=(slip._replace(kind=Kind.SALE, amount=-event.sold, of=None),),
        lines=(line._replace(kind=Kind.SALE, amount=-event.sold),),
    )


def _sale_as_hold(event: Event, twist: Twist) -> Event:
    del twist
    return event._replace(slips=(event.slips[0]._replace(kind=Kind.PREAUTH),), lines=())


def _sale_as_hold_completed(event: Event, twist: Twist) -> Event:
    """Key the sale as a hold and complete the hold when somebody notices, some days later."""
    held = _sale_as_hold(event, twist)
    when = event.slips[0].when + (twist.acquirer.grace + twist.dice.randint(3, 9)) * DAY
    completion = Slip(Kind.COMPLETION, event.sold, when, of=(event.id, 0))
    return held._replace(slips=(*held.slips, completion), lines=(Line(Kind.COMPLETION, event.sold, slip=1),))


def _hold_as_sale(event: Event, twist: Twist) -> Event:
    """Charge at once what should have been held."""
    del twist
    hold = event.slips[0]
    rung = Ring(hold.amount, hold.when - timedelta(seconds=30), hold=True)
    return event._replace(slips=(hold._replace(kind=Kind.SALE),), rings=(rung,), lines=(Line(Kind.SALE, hold.amount),))


def _void_and_refund(event: Event, twist: Twist) -> Event:
    """Undo the sale twice, once as a void and once as a refund."""
    del twist
    void = event.slips[1]
    refund = Slip(Kind.REFUND, void.amount, void.when + timedelta(minutes=6), of=(event.id, 0))
    return event._replace(
        slips=(*event.slips, refund), lines=(*event.lines, Line(Kind.REFUND, void.amount, slip=len(event.slips)))
    )


def _rung_as_cash(event: Event, twist: Twist) -> Event:
    """Take the card and press cash: the line names the slip all the same."""
    del twist
    return event._replace(rings=(event.rings[0]._replace(cash=True),))


# -- status ----------------------------------------------------------------------------------------------------------


def _not_settled(event: Event, twist: Twist) -> Event:
    del twist
    return event._replace(lines=())


def _offline_refused(event: Event, twist: Twist) -> Event:
    del twist
    return event._replace(slips=(event.slips[0]._replace(offline=True),), lines=())


def _settled_late(event: Event, twist: Twist) -> Event:
    return event._replace(lines=(event.lines[0]._replace(on=_after_claim(event, twist)),))


def _after_claim(event: Event, twist: Twist) -> date:
    """Return a statement day on which the event's claim has been filed already."""
    acquirer = twist.acquirer
    window = max(acquirer.due(slip.when) for slip in event.slips) + acquirer.grace * DAY
    return acquirer.statement_after(acquirer.statement_after(window) + twist.dice.randint(0, 4) * DAY)


def _reversed(event: Event, twist: Twist) -> Event:
    line = event.lines[0]
    back = line._replace(kind=Kind.REVERSAL, amount=-line.amount)
    if twist.dice.chance(300):
        acquirer = twist.acquirer
        back = back._replace(on=acquirer.statement_after(acquirer.due(event.slips[0].when)))
    return event._replace(lines=(line, back))


def _void_ignored(event: Event, twist: Twist) -> Event:
    del twist
    return event._replace(lines=(Line(Kind.SALE, event.slips[0].amount),))


def _void_late(event: Event, twist: Twist) -> Event:
    lines = (Line(Kind.SALE, event.slips[0].amount), Line(Kind.VOID, event.slips[1].amount, slip=1))
    return event._replace(lines=(lines[0], lines[1]._replace(on=_after_claim(event, twist))))


def _declined_settled(event: Event, twist: Twist) -> Event:
    """Decline the slip; the customer pays cash, and the acquirer settles all the same."""
    del twist
    return event._replace(
        slips=(event.slips[0]._replace(status=Status.DECLINED),),
        rings=(event.rings[0]._replace(cash=True, slip=None),),
    )


def _unknown(event: Event, twist: Twist) -> Event:
    del twist
    return event._replace(slips=(event.slips[0]._replace(status=Status.TIMEOUT),), lines=())


# -- existence -------------------------------------------------------------------------------------------------------


def _line_alone(event: Event, twist: Twist) -> Event:
    del twist
    line = event.lines[0]._replace(slip=None, when=event.slips[0].when)
    return event._replace(rings=(), slips=(), lines=(line,))


def _no_sale(event: Event, twist: Twist) -> Event:
    del twist
    return event._replace(rings=())


def _sale_found(event: Event, twist: Twist) -> Event:
    """Book the sale days later, when it was already asked for."""
    late = event.slips[0].when.date() + (twist.acquirer.grace + twist.dice.randint(2, 6)) * DAY
    return event._replace(rings=(event.rings[0]._replace(day=late),))


def _sale_alone(event: Event, twist: Twist) -> Event:
    del twist
    return event._replace(rings=(event.rings[0]._replace(slip=None),), slips=(), lines=())


def _charged_twice(event: Event, twist: Twist) -> Event:
    """Swipe the same card for the same amount again, three minutes later: both go through."""
    del twist
    last = len(event.slips) - 1
    again = event.slips[last]._replace(when=event.slips[last].when + timedelta(minutes=3))
    line = event.lines[-1]._replace(slip=last + 1)
    return event._replace(slips=(*event.slips, again), lines=(*event.lines, line))


def _settled_twice(event: Event, twist: Twist) -> Event:
    again = event.lines[0]
    if twist.dice.chance(300):
        again = again._replace(on=twist.acquirer.statement_after(twist.acquirer.due(event.slips[0].when)))
    return event._replace(lines=(*event.lines, again))


def _other_terminal(event: Event, twist: Twist) -> Event:
    return event._replace(lines=(event.lines[0]._replace(terminal=f"{twist.dice.randint(10_000_000, 19_999_999)}"),))


def _other_day(event: Event, twist: Twist) -> Event:
    del twist
    return event._replace(rings=(event.rings[0]._replace(day=event.rings[0].when.date() + DAY),))


# -- hold ------------------------------------------------------------------------------------------------------------


def _not_written_anew(event: Event, twist: Twist) -> Event:
    """Keep the front desk's record of the hold as it was before the increase."""
    del twist
    hold = event.slips[0]
    bill = [ring for ring in event.rings if not ring.hold]
    return event._replace(rings=(Ring(hold.amount, hold.when - timedelta(seconds=30), hold=True), *bill))


def _stays_on(event: Event, twist: Twist) -> bool:
    """Tell whether the hold is still open when its old record is seen: on the day after the grace."""
    increased, completed = (slip.when.date() for slip in event.slips[1:3])
    return completed > increased + (twist.acquirer.grace + 1) * DAY


def _over_cap(event: Event, twist: Twist) -> Event:
    bill = minor(event.slips[0].amount * CAP) + twist.dice.fen(1, 20_000)
    return _bill(event, bill, bill)


def _bill(event: Event, rung: Decimal, completed: Decimal) -> Event:
    """Return the completed hold with another bill and another completion."""
    return event._replace(
        rings=(event.rings[0]._replace(amount=rung),),
        slips=(*event.slips[:-1], event.slips[-1]._replace(amount=completed)),
        lines=(event.lines[0]._replace(amount=completed),),
    )


def _not_the_bill(event: Event, twist: Twist) -> Event:
    bill = event.sold
    return _bill(event, bill, bill - _less(bill, twist.dice))


def _not_completed(event: Event, twist: Twist) -> Event:
    del twist
    return event._replace(slips=event.slips[:-1], lines=(), rings=(event.rings[0]._replace(slip=0),))


def _not_released(event: Event, twist: Twist) -> Event:
    del twist
    return event._replace(slips=event.slips[:1])


def _expired(event: Event, twist: Twist) -> Event:
    """Try to complete a hold that is no longer valid: the terminal refuses."""
    late = event.slips[0].when + (twist.acquirer.hold_days + 1 + twist.dice.randint(0, 3)) * DAY
    refused = event.slips[-1]._replace(when=late, status=Status.DECLINED)
    ring = event.rings[0]._replace(when=late - timedelta(seconds=40))
    return event._replace(rings=(ring,), slips=(*event.slips[:-1], refused), lines=())


def _completed_and_sold(event: Event, twist: Twist) -> Event:
    del twist
    done = event.slips[-1]
    sale = Slip(Kind.SALE, done.amount, done.when + timedelta(minutes=7))
    return event._replace(
        slips=(*event.slips, sale), lines=(*event.lines, Line(Kind.SALE, done.amount, slip=len(event.slips)))
    )


# -- dispute ---------------------------------------------------------------------------------------------------------


def _asked_for(event: Event, twist: Twist) -> Event:
    return event._replace(lines=(*event.lines, _dispute(event, twist, Kind.RETRIEVAL, event.sold, 9)))


def _charged_back(event: Event, twist: Twist) -> Event:
    return event._replace(lines=(*event.lines, _dispute(event, twist, Kind.CHARGEBACK, -event.sold, 20)))


def _charged_back_as_fraud(event: Event, twist: Twist) -> Event:
    chargeback = _dispute(event, twist, Kind.CHARGEBACK, -event.sold, 20)
    return event._replace(lines=(*event.lines, chargeback._replace(reason=twist.dice.choice(_FRAUD))))


#: Why a cardholder's bank takes money back that was spent by somebody else: Visa's, Mastercard's code, or a word.
_FRAUD = ("10.1", "10.4", "4837", "4870", "盗刷")


def _charged_back_twice(event: Event, twist: Twist) -> Event:
    """Take the money back, give it back, take it again: as a second chargeback, or as a chargeback like the first."""
    first = _dispute(event, twist, Kind.CHARGEBACK, -event.sold, 12)
    won = _dispute(event, twist, Kind.CHARGEBACK_REVERSAL, event.sold, 19)
    kind = Kind.SECOND_CHARGEBACK if twist.dice.chance(700) else Kind.CHARGEBACK
    return event._replace(lines=(*event.lines, first, won, _dispute(event, twist, kind, -event.sold, 26)))


def _dispute(event: Event, twist: Twist, kind: Kind, amount: Decimal, days: int) -> Line:
    day = twist.acquirer.statement_after(event.slips[0].when.date() + days * DAY)
    return Line(kind, amount, on=day, fee=_NOTHING)


# -- the table -------------------------------------------------------------------------------------------------------

_SALE = frozenset({"sale"})
_REFUND = frozenset({"refund"})
_VOID = frozenset({"void-pair", "void-netted"})
_HOLD = frozenset({"hold"})
_TIP = frozenset({"tip"})


def _blind(kind: str, what: str, cause: str, remedy: str, why: str, *looks_like: str) -> Plant:
    """Return the label of a kind that the ledger cannot show, or that the plugin does not name yet."""
    return Plant(kind, what, cause, remedy, supported=False, why=why, looks_like=looks_like)


FAULTS: tuple[Fault, ...] = (
    Fault(Plant("A1", "keyed with a digit too many", "OP_KEY", "refund"), _SALE, _times_ten),
    Fault(Plant("A2", "keyed with a digit too few", "OP_KEY", "top-up"), _SALE, _tenth),
    Fault(Plant("A3", "settled for more than approved", "ACQ_POST", "credit-adjustment"), _SALE, _settle_over),
    Fault(Plant("A4", "settled for less than approved", "ACQ_POST", "claim"), _SALE, _settle_under),
    Fault(Plant("A4", "settled in part, the rest after the claim", "ACQ_POST", "claim", late=True), _SALE, _rest_late),
    Fault(Plant("A5", "the terminal's journal shows another amount", "SYS_TERM", "correct-books"), _SALE, _slip_only),
    Fault(Plant("A9", "charged more than the tariff", "ACQ_FEE", "fee-correction"), _SALE, _fee_over),
    Fault(Plant("A9", "charged a little more than the tariff", "ACQ_FEE", "fee-correction"), _SALE, _fee_a_little_over),
    Fault(Plant("MIX", "keyed short, and settled for less again", "UNK", "split"), _SALE, _mixed),
    Fault(Plant("Y1", "a sale keyed as a refund", "OP_TYPE", "top-up"), _SALE, _sale_as_refund),
    Fault(Plant("Y2", "a refund keyed as a sale", "OP_TYPE", "refund"), _REFUND, _refund_as_sale),
    Fault(Plant("Y3", "a sale keyed as a hold", "OP_TYPE", "complete-hold"), _SALE, _sale_as_hold),
    Fault(
        Plant("Y3", "a sale keyed as a hold, completed days later", "OP_TYPE", "complete-hold", late=True),
        _SALE,
        _sale_as_hold_completed,
    ),
    Fault(Plant("X1", "approved, on no statement", "ACQ_POST", "claim"), _SALE, _not_settled),
    Fault(Plant("B1", "on a statement after the claim was filed", "ACQ_POST", "none", late=True), _SALE, _settled_late),
    Fault(Plant("X2", "reversed by the acquirer alone", "SYS_NET", "claim"), _SALE, _reversed),
    Fault(Plant("X3", "voided, settled all the same", "ACQ_POST", "credit-adjustment"), _VOID, _void_ignored),
    Fault(
        Plant("X3", "voided; the void's line comes after the claim", "ACQ_POST", "credit-adjustment", late=True),
        _VOID,
        _void_late,
    ),
    Fault(Plant("X4", "declined, settled all the same", "SYS_NET", "credit-adjustment"), _SALE, _declined_settled),
    Fault(Plant("X5", "a refund on no statement", "ACQ_POST", "resubmit-refund"), _REFUND, _not_settled),
    Fault(
        Plant("X5", "a refund settled after the claim", "ACQ_POST", "resubmit-refund", late=True),
        _REFUND,
        _settled_late,
    ),
    Fault(Plant("E1", "on a statement, on no slip", "UNK", "find-slip"), _SALE, _line_alone),
    Fault(Plant("E2", "charged, nothing rung up", "OP_KEY", "find-sale"), _SALE, _no_sale),
    Fault(Plant("E2", "rung up days after it was asked for", "OP_KEY", "find-sale", late=True), _SALE, _sale_found),
    Fault(Plant("E3", "rung up as paid by card, no slip", "OP_KEY", "top-up"), _SALE, _sale_alone),
    Fault(Plant("E4", "the same card charged again within minutes", "OP_DUP", "refund"), _SALE, _charged_twice),
    Fault(Plant("E5", "one approval settled twice", "ACQ_POST", "credit-adjustment"), _SALE, _settled_twice),
    Fault(Plant("A6", "approved for a part (response 10)", "OP_KEY", "top-up"), _SALE, _partly_approved),
    Fault(Plant("A7", "two slips that do not come to their ticket", "OP_KEY", "top-up"), _SALE, _split_wrong),
    Fault(Plant("A8", "the till has a tip, the slip has none", "OP_TIP", "top-up"), _SALE, _tip_not_keyed),
    Fault(Plant("A8", "the slip has a tip, the till has none", "OP_TIP", "refund"), _TIP, _tip_not_rung),
    Fault(Plant("A8", "the tip is not settled", "ACQ_POST", "claim"), _TIP, _tip_not_settled),
    Fault(
        Plant("Y4", "a hold keyed as a sale", "OP_TYPE", "refund"), frozenset({"hold-open", "hold-void"}), _hold_as_sale
    ),
    Fault(
        Plant("Y5", "undone twice, as a void and as a refund", "OP_TYPE", "top-up"),
        frozenset({"void-pair"}),
        _void_and_refund,
    ),
    Fault(Plant("X6", "approved offline, refused later", "SYS_NET", "top-up"), _SALE, _offline_refused),
    Fault(Plant("X7", "timed out, never reversed", "SYS_NET", "inquiry"), _SALE, _unknown),
    Fault(Plant("G1", "completed for more than 115 %", "OP_HOLD", "top-up", noted=True), _HOLD, _over_cap),
    Fault(Plant("G2", "completed for less than the bill", "OP_KEY", "top-up"), _HOLD, _not_the_bill),
    Fault(
        Plant("G3", "never completed, the bill rung up", "OP_HOLD", "late-completion"),
        _HOLD,
        _not_completed,
    ),
    Fault(
        Plant("G4", "never released", "OP_HOLD", "release-hold", noted=True), frozenset({"hold-void"}), _not_released
    ),
    Fault(Plant("G6", "completed twice", "OP_DUP", "refund"), _HOLD, _charged_twice),
    Fault(Plant("G7", "completed, and sold once more", "OP_DUP", "refund"), _HOLD, _completed_and_sold),
    Fault(Plant("D1", "the issuer asks for the slip", "CUST", "answer", noted=True), _SALE, _asked_for),
    Fault(Plant("Y6", "paid by card, rung up as cash", "OP_TYPE", "correct-books"), _SALE, _rung_as_cash),
    Fault(
        Plant("G8", "the front desk's record of the hold is stale", "OP_HOLD", "new-leg", noted=True),
        frozenset({"hold-increased"}),
        _not_written_anew,
    ),
    Fault(Plant("A10", "converted at another rate", "ACQ_POST", "claim"), frozenset({"converted"}), _converted),
    Fault(Plant("A11", "settled one fen off", "ACQ_POST", "none"), _SALE, _rounded),
    Fault(Plant("E6", "settled under another terminal", "MAP", "correct-number", noted=True), _SALE, _other_terminal),
    Fault(Plant("B4", "rung up on the wrong business day", "OP_BATCH", "correct-date", noted=True), _SALE, _other_day),
    Fault(Plant("D2", "charged back", "CUST", "representment"), _SALE, _charged_back),
    Fault(Plant("D3", "charged back, won, charged back again", "CUST", "final-answer"), _SALE, _charged_back_twice),
    Fault(Plant("D4", "charged back as fraud", "FRAUD_EXT", "representment"), _SALE, _charged_back_as_fraud),
    Fault(Plant("G5", "billed when the hold had expired", "OP_HOLD", "re-authorise"), _HOLD, _expired),
    # From here on: what the ledger cannot show, or the plugin does not name yet.
)

#: A line of the statement by which the acquirer takes something off.
DEDUCTION = Plant("P4", "taken off by the acquirer, unannounced", "ACQ_POST", "claim")

#: What can go wrong with all slips of one terminal's day at once.
BATCH_FAULTS: tuple[Plant, ...] = (
    Plant("B2", "a batch of which nothing is settled", "OP_BATCH", "close-batch"),
    _blind("B3", "the batch's totals differ from the statement's", "SYS_TERM", "claim", "no file has the totals", "X1"),
)

#: What can go wrong with a deposit.
DEPOSIT_FAULTS: tuple[Plant, ...] = (
    Plant("P1", "a deposit short of its statements", "ACQ_POST", "trace-payout"),
    Plant("P2", "a deposit over its statements", "ACQ_POST", "trace-payout"),
    Plant("P3", "a deposit that never came", "ACQ_POST", "trace-payout"),
    _blind("P4", "rent taken off a deposit", "ACQ_POST", "trace-payout", "no line says what was taken off", "P1"),
    Plant("P5", "a deposit sent to another account of the shop", "MAP", "correct-account", noted=True),
    _blind("P5", "a deposit sent to a stranger", "MAP", "trace-payout", "that account is not in the books", "P3"),
)

#: Every kind there is, and those the plugin names today.
PLANTS: tuple[Plant, ...] = (*(fault.plant for fault in FAULTS), DEDUCTION, *BATCH_FAULTS, *DEPOSIT_FAULTS)
KINDS: tuple[str, ...] = tuple(dict.fromkeys(plant.kind for plant in PLANTS))
SUPPORTED: tuple[str, ...] = tuple(dict.fromkeys(plant.kind for plant in PLANTS if plant.supported))


def fits(fault: Fault, event: Event, twist: Twist) -> bool:
    """Tell whether ``fault`` can befall ``event``: its story fits and its amounts leave room."""
    if event.shape not in fault.shapes or event.plant is not None:
        return False
    amounts = [*(ring.amount for ring in event.rings), *(slip.amount for slip in event.slips)]
    if any(abs(amount) < _LEAST for amount in amounts):
        return False
    room = _ROOM.get((fault.plant.kind, fault.plant.late))
    return room is None or room(event, twist)


#: Two in a thousand of this is no rounding.
_CONVERTIBLE = Decimal(20)

#: Below this an error would be lost in rounding.
_LEAST = Decimal(5)

#: What some kinds ask for besides.
_ROOM: Mapping[tuple[str, bool], Callable[[Event, Twist], bool]] = {
    ("A1", False): lambda event, _: event.sold * 10 <= MOST,
    # At night a sale may belong to the day before, and nobody can tell a mistake from it.
    ("B4", False): lambda event, _: event.when.hour in range(7, 19),
    ("G8", False): _stays_on,
    # What is less than two fen is rounding.
    ("A10", False): lambda event, _: event.sold >= _CONVERTIBLE,
    # Past its validity an uncompleted hold becomes another kind (G3): a long simulation plants only completed ones.
    ("Y3", False): lambda event, twist: twist.end <= event.day + twist.acquirer.hold_days * DAY,
}


def befall(fault: Fault, event: Event, twist: Twist) -> Event:
    """Return ``event`` gone wrong by ``fault``, and labelled."""
    return fault.bend(event, twist)._replace(plant=fault.plant)


def cancel_out(one: Event, other: Event, twist: Twist) -> tuple[Event, Event]:
    """Return two wrong events of one day, made of two plain sales, whose errors cancel out in every total."""
    by = minor(min(one.sold, other.sold) * twist.dice.randint(10, 60) / 100)
    codes = twist.dice.choice((("A1", "A2"), ("A3", "A4"), ("E1", "X1")))
    if codes[0] == "A1":
        bent = _amounts(one, one.sold + by, one.sold + by), _amounts(other, other.sold - by, other.sold - by)
    elif codes[0] == "A3":
        bent = _amounts(one, line=one.sold + by), _amounts(other, line=other.sold - by)
    else:
        alone = other.lines[0]._replace(slip=None, when=one.slips[0].when)
        bent = one._replace(rings=(), slips=(), lines=(alone,)), _not_settled(other, twist)
    pair = f"{one.id}+{other.id}"
    first, second = (
        event._replace(plant=_label(code)._replace(what="one of two errors that cancel out", pair=pair))
        for event, code in zip(bent, codes, strict=True)
    )
    return first, second


def _label(kind: str) -> Plant:
    return next(fault.plant for fault in FAULTS if fault.plant.kind == kind)
