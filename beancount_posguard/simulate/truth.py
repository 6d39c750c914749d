"""The truth about a simulated shop: what is wrong, who owes, when it can be seen, and how it ends.

Every figure is worked out from the legs as they were told, not from what a fault was meant to do, and by no code that
the detector uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from beancount_posguard.legs import Source
from beancount_posguard.money import ZERO, minor
from beancount_posguard.simulate import ledger
from beancount_posguard.simulate.chance import Dice, Urn
from beancount_posguard.simulate.events import Event, Plant, moment
from beancount_posguard.simulate.payouts import Payout
from beancount_posguard.simulate.printing import File, Row
from beancount_posguard.simulate.shop import DAY, Acquirer
from beancount_posguard.simulate.timing import Arrivals, Step, Told, overcharge, steps, told

#: Kinds for which nobody is known to owe: the money waits, or only a record is wrong.
_NOBODY = frozenset({"E1", "Y3", "Y6", "A5", "A11", "B1"})

#: Fees that are over by less than this are no claims of their own: a month's are gathered in one.
SMALL_FEE = Decimal("1.00")

#: How a claim ends. What the shop owes it pays.
_ENDINGS = Urn({"accepted": 70, "partial": 15, "rejected": 15})

UNCERTAIN_TEXT = "two slips of one amount and one bare line: one of them is settled, which cannot be known"

Label = dict[str, Any]


def money(amount: Decimal) -> str:
    """Return an amount as the truth file writes it."""
    return f"{amount + ZERO:.2f}"


# -- events ----------------------------------------------------------------------------------------------------------


def label(event: Event, acquirer: Acquirer, legs: Mapping[str, Sequence[Row]], arrivals: Arrivals, end: date) -> Label:
    """Return what is true of a planted event; ``legs`` are its lines by source."""
    plant = event.plant
    assert plant is not None  # noqa: S101  # only planted events are labelled
    found = {link: _steps(event, link, acquirer, arrivals, end) for link in ("till", "clearing", "fees")}
    settled_fee = sum((overcharge(event, acquirer, line.amount, line.fee) for line in event.lines), ZERO)
    parts = {"till": event.sold - event.approved, "clearing": event.approved - event.settled, "fees": settled_fee}
    lapse = event.day + (acquirer.hold_days + 1) * DAY
    if plant.late:
        parts = {link: _worst(steps_of, parts[link]) for link, steps_of in found.items()}
    return {
        "event_id": event.id,
        "kind": plant.kind,
        "what": plant.what,
        "acquirer": acquirer.name,
        "date": f"{event.day}",
        "S": money(event.sold),
        "T": money(event.approved),
        "A": money(event.settled),
        "dST": money(event.sold - event.approved),
        "dTA": money(event.approved - event.settled),
        **_common(plant, parts, found, acquirer, lapse if lapse <= end else None),
        **_alone(event, acquirer),
        "noted_from": f"{_noted_from(event, acquirer, lapse)}" if plant.noted else None,
        "legs": {source: [key_of(row) for row in rows] for source, rows in legs.items() if rows},
    }


def _alone(event: Event, acquirer: Acquirer) -> Label:
    """Return from when on a line without a slip may be asked for: it tells its day, and not when it was due.

    Nothing for other events.
    """
    if event.slips or event.rings:
        return {}
    (line,) = event.lines
    when = moment(event, line)
    first = max(line.on or acquirer.due(when), when.date() + (acquirer.grace + 1) * DAY)
    return {"earliest_flag": f"{first}"}


def _noted_from(event: Event, acquirer: Acquirer, lapse: date) -> date:
    """Return the day on which what moves no money is there to be seen."""
    assert event.plant is not None  # noqa: S101  # only planted events are labelled
    if event.plant.kind == "G8":
        return event.slips[1].when.date() + (acquirer.grace + 1) * DAY
    if event.plant.kind == "B4":
        return max(ring.known for ring in event.rings)
    if event.plant.kind == "E6":
        return max(line.on or acquirer.due(moment(event, line)) for line in event.lines)
    days = [line.on for line in event.lines if line.on]
    if days:
        return days[0]
    return event.slips[-1].when.date() if len(event.slips) > 1 else lapse


def open_at(event: Event, link: str, acquirer: Acquirer, end: date) -> Decimal:
    """Return what of an event's final remainder on ``link`` differs from what is told by ``end``."""
    by_end = sum((one.amount for one in told(event, link, acquirer, end)), ZERO)
    return by_end - sum((one.amount for one in told(event, link, acquirer, date.max)), ZERO)


def _steps(event: Event, link: str, acquirer: Acquirer, arrivals: Arrivals, end: date) -> list[Step]:
    return steps(told(event, link, acquirer, end), link, acquirer.name, acquirer.grace, arrivals)


def _worst(found: Sequence[Step], last: Decimal) -> Decimal:
    """Return the largest remainder a late line leaves for a while."""
    return max((step.amount for step in found), key=abs, default=last)


def _common(
    plant: Plant,
    parts: Mapping[str, Decimal],
    found: Mapping[str, Sequence[Step]],
    acquirer: Acquirer,
    lapse: date | None = None,
) -> Label:
    """Return the part of a label that slips, batches and deposits share.

    ``lapse`` is the first day on which a hold can no longer be completed, where the simulation lasts so long.
    """
    small = ZERO < parts.get("fees", ZERO) < SMALL_FEE and not parts["till"] and not parts["clearing"]
    rounded = plant.kind == "A11"
    rounded_on = next((f"{one[0].day}" for one in found.values() if one), None) if rounded else None
    if small or rounded:
        found = {}
    history = _history(plant, found)
    if plant.kind == "G3":
        history = _lapsing(history, lapse)
    if plant.kind == "D3":
        history = _taken_again(history)
    first = [steps_of[0] for steps_of in found.values() if steps_of]
    components = [
        {"link": link, "amount": money(amount), "counterparty": _who(plant.kind, link)}
        for link, amount in parts.items()
        if amount
    ]
    who = {one["counterparty"] for one in components}
    return {
        "components": components,
        "counterparty": who.pop() if len(who) == 1 else "both" if who else "none",
        "earliest_flag": f"{min(step.window for step in first) + DAY}" if first else None,
        "expected_detect_on": f"{min(step.day for step in first)}" if first else None,
        "kind_history": history,
        "supported": plant.supported,
        "why_unsupported": plant.why,
        "looks_like": [*plant.looks_like],
        "gathered": small or rounded,
        "rounded_on": rounded_on,
        "late": plant.late,
        "noted": plant.noted,
        "pair": plant.pair,
        "root_cause": plant.cause,
        "remedy": plant.remedy,
        "grace_days": acquirer.grace,
    }


def _who(kind: str, link: str) -> str:
    if kind in _NOBODY and link != "fees":
        return "none"
    return "customer" if link == "till" else "acquirer"


def _history(plant: Plant, found: Mapping[str, Sequence[Step]]) -> list[Label]:
    """Return under which kind and with which remainders the event stands, from which day on."""
    days = sorted({step.day for steps_of in found.values() for step in steps_of})
    history: list[Label] = []
    for day in days:
        now = {
            link: next((step.amount for step in reversed(steps_of) if step.day <= day), ZERO)
            for link, steps_of in found.items()
        }
        history.append(
            {"on": f"{day}", "kind": _kind_then(plant, now)}
            | {link: money(amount) for link, amount in now.items() if amount}
        )
    return history


def _lapsing(history: Sequence[Label], lapse: date | None) -> list[Label]:
    """Return the history of a bill whose hold is not completed: it waits (Y3) until the hold has lapsed (G3)."""
    waiting = [one | {"kind": "Y3"} for one in history if lapse is None or one["on"] < f"{lapse}"]
    if not waiting or lapse is None:
        return waiting or [*history]
    return [*waiting, waiting[-1] | {"kind": "G3", "on": f"{lapse}"}]


def _taken_again(history: Sequence[Label]) -> list[Label]:
    """Return the history of two chargebacks: until the first is given back it is nothing but a chargeback (D2)."""
    returned = next((place for place, one in enumerate(history) if "clearing" not in one), len(history))
    return [one | {"kind": "D2"} if place < returned else one for place, one in enumerate(history)]


def _kind_then(plant: Plant, now: Mapping[str, Decimal]) -> str:
    """Return the kind that the judged part shows: the whole one, a part of it, or that all is well again."""
    if not any(now.values()):
        return "OK" if plant.kind in {"E2", "Y3"} else "B1"
    if plant.kind == "B1":
        return "X1"
    if plant.kind not in {"MIX", "A5"} or (now["till"] and now["clearing"]):
        return plant.kind
    if now["till"]:
        return "A1" if now["till"] < 0 else "A2"
    return "A3" if now["clearing"] < 0 else "A4"


def key_of(row: Row) -> Label:
    """Return how a line can be found again: what it said before anything was damaged."""
    key = {
        "rrn": row.rrn,
        "trace": row.trace,
        "terminal": row.terminal,
        "date": f"{row.when:%Y-%m-%d}",
        "time": f"{row.when:%H:%M:%S}",
        "amount": money(row.amount),
        "kind": row.kind.value,
        "status": row.status.value,
        "ticket": row.ticket,
        "reference": row.reference,
    }
    return {name: value for name, value in key.items() if value}


def allow_for_damage(labels: Iterable[Label], files: Iterable[File], arrivals: Arrivals, end: date) -> None:
    """Change what is asked for where the references that a perfect bookkeeper would need are lost.

    A cash ticket that names no slip any more is not booked as one that does: nothing tells it from other cash tickets.
    A statement's line under another terminal's number, its reference damaged, is doubtful, and no sooner than the slip
    is overdue.
    """
    damaged = [(file.source, row) for file in files for row in file.rows if row.damage]
    unnamed = {row.event for _, row in damaged if row.cash and not row.names_slip}
    unclear = {row.event for source, row in damaged if source is Source.SETTLEMENT}
    for one in labels:
        if one["kind"] == "Y6" and one["event_id"] in unnamed:
            one |= {"supported": False, "why_unsupported": "the cash ticket names no slip any more"}
            one["looks_like"] = ["E2"]
        elif one["kind"] == "E6" and one["event_id"] in unclear:
            due = date.fromisoformat(one["noted_from"]) + one["grace_days"] * DAY
            judged = arrivals.after(Source.SETTLEMENT, one["acquirer"], due) or end + DAY
            one["noted_from"] = f"{judged}"


# -- batches and deposits --------------------------------------------------------------------------------------------


def batch_label(plant: Plant, file: File, acquirer: Acquirer, rows: Sequence[Row], arrivals: Arrivals) -> Label:
    """Return what is true of a batch of which nothing is settled."""
    said = [Told(Source.TERMINAL, row.money, file.day, acquirer.due(row.when)) for row in rows]
    total = sum((one.amount for one in said), ZERO)
    found = {"clearing": steps(said, "clearing", acquirer.name, acquirer.grace, arrivals)}
    return {
        "event_id": f"B-{file.terminal}-{file.day:%Y%m%d}",
        "kind": plant.kind,
        "what": plant.what,
        "acquirer": acquirer.name,
        "date": f"{file.day}",
        "T": money(total),
        "A": money(ZERO),
        "dST": money(ZERO),
        "dTA": money(total),
        **_common(plant, {"clearing": total}, found, acquirer),
        "legs": {Source.TERMINAL.value: [key_of(row) | {"batch": file.batch} for row in rows]},
    }


def payout_label(found: Payout, row: Row | None, arrivals: Arrivals, end: date) -> Label:
    """Return what is true of a deposit that is not what its statements come to."""
    plant = found.plant
    assert plant is not None  # noqa: S101  # only planted deposits are labelled
    acquirer = found.acquirer
    paid = found.paid or ZERO
    said = [
        Told(Source.SETTLEMENT, found.net if day == found.days[-1] else ZERO, day, acquirer.paid_on(day))
        for day in found.days
    ]
    if row is not None:
        said.append(Told(Source.BANK, -paid, found.due, found.due))
    rest = found.net - paid
    judged = {
        "payout": steps([one for one in said if one.known <= end], "payout", acquirer.name, acquirer.grace, arrivals)
    }
    return {
        "event_id": f"P-{found.id}",
        "kind": plant.kind,
        "what": plant.what,
        "acquirer": acquirer.name,
        "date": f"{found.due}",
        "net": money(found.net),
        "paid": money(paid),
        **_common(plant, {"payout": rest}, judged, acquirer),
        "noted_from": f"{found.due}" if plant.noted else None,
        "legs": {
            Source.SETTLEMENT.value: [{"date": f"{day}"} for day in found.days],
            **({Source.BANK.value: [key_of(row)]} if row is not None else {}),
        },
    }


# -- how it ends -----------------------------------------------------------------------------------------------------


def resolve(one: Label, acquirer: Acquirer, card_type: str, dice: Dice) -> None:
    """Add to a label how its claim ends and what that does to the accounts, from detection to the last posting."""
    if one["late"] or one["rounded_on"] or not one["components"]:
        one["resolution"], one["final_effect"] = "none", {}
        return
    drawn = _ENDINGS.draw(dice)
    part = dice.randint(20, 80)
    owing = all(Decimal(part["amount"]) < 0 for part in one["components"]) or one["counterparty"] == "none"
    ending = "accepted" if owing else drawn
    effect: dict[str, Decimal] = {}
    recovered = ZERO
    for component in one["components"]:
        amount = Decimal(component["amount"])
        share = {"accepted": amount, "rejected": ZERO}.get(ending, minor(amount * part / 100))
        share = amount if amount < 0 else share
        recovered += max(share, ZERO)
        for account, change in _ending(one["kind"], component["link"], amount, share, acquirer, card_type):
            effect[account] = effect.get(account, ZERO) + change
    one["resolution"] = f"partial {money(recovered)}" if ending == "partial" else ending
    one["final_effect"] = {account: money(change) for account, change in sorted(effect.items()) if change}


def _ending(
    kind: str, link: str, amount: Decimal, share: Decimal, acquirer: Acquirer, card_type: str
) -> Iterator[tuple[str, Decimal]]:
    """Yield what a component's claim leaves on each account: ``share`` of ``amount`` came, the rest is given up."""
    source = {
        "till": ledger.TILL,
        "clearing": ledger.clearing(acquirer.name),
        "fees": ledger.FEES,
        "payout": ledger.payout(acquirer.name),
    }[link]
    yield source, -amount
    if kind == "Y6":
        yield "Assets:Cash", amount
        return
    if kind == "A5":
        # Only the record is wrong: the difference goes from the till to the acquirer's side, where it ends.
        return
    fee = acquirer.tariff_fee(card_type, share) if link == "clearing" or kind == "Y3" else ZERO
    yield ledger.BANK, share - fee
    yield ledger.FEES, fee
    yield ledger.WRITE_OFF, amount - share
