"""Hold the judge's claims for one simulated shop against its labels.

Faults are counted by name: what was missed, false claims, wrong counterparties, wrong amounts, wrong kinds, and claims
made before or after their day. What the judge shows as uncertain is neither found nor missed and is counted apart.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"

from beancount import loader

from beancount_posguard.judging.events import Event
from beancount_posguard.legs import Kind, Leg, Source
from beancount_posguard.matching.groups import group_legs
from beancount_posguard.money import ZERO
from beancount_posguard.simulate import World
from beancount_posguard.survey import Survey, survey
from beancount_posguard.verdict import Moment

PLUGIN = 'plugin "beancount_posguard"'

#: A pair whose statement came so long before the last one has been looked at.
_SEEN_BY = timedelta(days=10)

Key = tuple[str, ...]
Label = dict[str, Any]


@dataclass
class Score:
    """What came of one or more worlds; every counter names its cases.

    ``uncertain`` counts the planted faults that are shown as uncertain, ``parts`` the batches claimed without a slip
    that is, ``doubts`` all lines that are. ``pairs`` counts what nobody could know: two slips and one bare line.
    ``joined`` counts the lines that were joined with another one.
    """

    events: int = 0
    planted: int = 0
    found: int = 0
    uncertain: int = 0
    parts: int = 0
    pairs: int = 0
    joined: int = 0
    doubts: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    cases: list[str] = field(default_factory=list)

    def fault(self, what: str, case: str) -> None:
        """Count one fault and remember where it was."""
        self.counts[what] += 1
        self.cases.append(f"{what}: {case}")

    def add(self, other: Score) -> None:
        """Take another score in."""
        self.events += other.events
        self.planted += other.planted
        self.found += other.found
        self.uncertain += other.uncertain
        self.parts += other.parts
        self.pairs += other.pairs
        self.joined += other.joined
        self.doubts += other.doubts
        self.counts.update(other.counts)
        self.cases.extend(other.cases)


def score(world: World) -> Score:
    """Judge ``world``'s ledger and hold the claims against its truth."""
    text = world.ledger_text().replace(PLUGIN, "")
    entries, errors, _ = loader.load_string(text)
    if errors:
        raise SystemExit(f"the simulated ledger is broken: {errors[0].message}")
    result = survey(entries, "main.beancount")
    strange = [one.message for one in result.errors]
    found = Score(events=world.truth["counts"]["events"], doubts=len(_unsure(result)))
    for message in strange:
        found.fault("input fault", message)
    labels = [label for label in world.truth["events"] if label["supported"]]
    other = {key for label in world.truth["events"] if not label["supported"] for key in _label_keys(label)}
    by_key = {key: label for label in labels for key in _label_keys(label)}
    claimed: dict[str, list[tuple[str, Event]]] = {}
    kinds_of: dict[str, set[str]] = {}
    for name, event in result.events.items():
        keys = {key for leg in event.legs for key in _leg_keys(leg)}
        if keys & other:
            continue  # what the ledger cannot show
        named = {by_key[key]["event_id"] for key in keys if key in by_key}
        if not named:
            found.fault("false claim", f"{name} {event.moments[-1].kind} {_why(result, name)}")
        for one in named:
            kinds_of.setdefault(one, set()).update(moment.kind for moment in event.moments)
            if _with_money(event):
                claimed.setdefault(one, []).append((name, event))
    _crossed(found, world, result)
    shared = {id(event) for events in claimed.values() for _, event in events if _labels_of(event, by_key) > 1}
    for label in labels:
        events = claimed.get(label["event_id"])
        if events:
            exact = not any(id(event) in shared for _, event in events)
            _compare(found, label, events, _left_open(label, events, result), exact=exact)
    _missed(found, labels, set(claimed), result)
    _picked(found, world, result)
    _unnoted(found, labels, kinds_of, result, world.truth["end"])
    _rounded(found, labels, result, exact=not world.truth["damaged"])
    return found


def _rounded(found: Score, labels: Iterable[Label], result: Survey, *, exact: bool) -> None:
    """Hold the months' roundings against the differences of a fen that were planted."""
    expected: dict[tuple[str, str], Decimal] = {}
    for label in labels:
        if label["rounded_on"]:
            month = (label["acquirer"], label["rounded_on"][:7])
            expected[month] = expected.get(month, Decimal(0)) + Decimal(label["dTA"])
    actual = {(one.acquirer, one.month): sum(one.moves.values(), Decimal(0)) for one in result.judgement.roundings}
    for month, amount in actual.items():
        found.planted += 1
        found.found += 1
        if exact and amount != expected.get(month):
            found.fault("wrong amount", f"rounding of {' '.join(month)}: {amount} for {expected.get(month)}")
    for (acquirer, name), amount in expected.items():
        over = any(one.acquirer == acquirer and one.month > name for one in result.judgement.roundings)
        if exact and amount and over and (acquirer, name) not in actual:
            found.fault("missed", f"rounding of {acquirer} {name}: {amount}")


def _with_money(event: Event) -> list[Moment]:
    """Return the moments of an event that are no mere notes."""
    return [moment for moment in event.moments if any(moment.moves.values())]


def _unnoted(found: Score, labels: Iterable[Label], kinds_of: Mapping[str, set[str]], result: Survey, end: str) -> None:
    """Count the notes without money: those that must be there by ``end``, and those that are."""
    for label in labels:
        if label["noted"] and label["noted_from"] <= end:
            found.planted += 1
            if label["kind"] in kinds_of.get(label["event_id"], ()):
                found.found += 1
            elif _is_doubted(label, result):
                found.uncertain += 1
            else:
                found.fault("missed", f"{label['event_id']} {label['kind']} {label['what']} (a note)")


def _is_doubted(label: Label, result: Survey) -> bool:
    """Tell whether a line of the event, or one just like it, is shown as uncertain."""
    lines = [doubt.leg for doubt in result.judgement.doubts]
    doubtful = {key for leg in lines for key in _leg_keys(leg)}
    alike = {(leg.amount, leg.date.isoformat()) for leg in lines}
    # A till's line that was booked on another day keeps its hour.
    moments = {(leg.get("terminal"), leg.get("time"), leg.amount) for leg in lines if leg.get("time")}
    legs = [leg for legs in label["legs"].values() for leg in legs]
    amounts = [Decimal(leg.get("amount", "0")) for leg in legs]
    return bool(_label_keys(label) & doubtful) or any(
        (amount, leg.get("date")) in alike or (leg.get("terminal"), leg.get("time"), amount) in moments
        for leg, amount in zip(legs, amounts, strict=True)
    )


def _labels_of(event: Event, by_key: Mapping[Key, Label]) -> int:
    keys = {key for leg in event.legs for key in _leg_keys(leg)}
    return len({by_key[key]["event_id"] for key in keys if key in by_key})


def _crossed(found: Score, world: World, result: Survey) -> None:
    """Count the lines that were joined, and every event that holds lines of two.

    A line is known by what it says, damaged as it is. Lines that say the same may be any of them; one that says nothing
    of its own may be anybody's and should have been joined with none.
    """
    whose: defaultdict[Key, set[str]] = defaultdict(set)
    for file in world.files:
        for row in file.rows:
            facts = {**row._asdict(), "time": f"{row.when:%H:%M:%S}"}
            whose[_said(file.source.value, facts, row.amount)].add(row.event)
    for group in group_legs(result.sheets).groups:
        if len(group) < 2:  # noqa: PLR2004  # nothing was joined
            continue
        found.joined += len(group)
        facts_of = [{key: leg.get(key) for key in _SAID} for leg in group]
        owners = [
            whose[_said(leg.source.value, facts, leg.claimed)] for leg, facts in zip(group, facts_of, strict=True)
        ]
        if not set.intersection(*owners):
            where = ", ".join(f"{leg.source.value} {leg.amount} of {leg.date} {leg.get('time')}" for leg in group)
            found.fault("false match", f"{[sorted(one) for one in owners]}: {where}")


_SAID = ("terminal", "time", "trace", "rrn", "ticket", "reference")


def _said(source: str, facts: Mapping[str, Any], amount: Decimal) -> Key:
    return (source, f"{abs(amount):.2f}", *(str(facts[key]) for key in _SAID))


def _left_open(label: Label, events: Sequence[tuple[str, Event]], result: Survey) -> Decimal:
    """Return what a batch's claim leaves out because a bare line may have settled it: that is uncertain, not owed.

    One line cannot explain two things: were the slip claimed too, its money could come twice.
    """
    claimed = {key for _, event in events for leg in event.legs for key in _leg_keys(leg)}
    doubtful = {(doubt.leg.amount, doubt.leg.date.isoformat()) for doubt in result.judgement.doubts}
    slips = label["legs"].get("terminal", ()) if label["kind"] == "B2" else ()
    left = [slip for slip in slips if claimed.isdisjoint(_keys(slip))]
    return sum((Decimal(slip["amount"]) for slip in left if (Decimal(slip["amount"]), slip["date"]) in doubtful), ZERO)


def _compare(found: Score, label: Label, events: list[tuple[str, Event]], left_open: Decimal, *, exact: bool) -> None:
    """Hold all claims made for one planted event against its label: a damaged line may have made two of one."""
    kinds = {event.moments[-1].kind for _, event in events}
    names = ", ".join(name for name, _ in events)
    case = f"{names} is {'+'.join(sorted(kinds))}, {label['event_id']} is {label['kind']}"
    steps = label["kind_history"]
    if len(events) == 1 and not kinds & {label["kind"], "OK", "B1", *(step["kind"] for step in steps)}:
        found.fault("wrong kind", case)
    if not exact or label["late"] or label["kind"] in {"A5", "B1"}:
        return
    if not steps:
        early = not label["earliest_flag"] or _first_day(events) < label["earliest_flag"]
        if early and any(any(event.moments[-1].moves.values()) for _, event in events) and not label["gathered"]:
            found.fault("false claim", f"{case}, and nobody owes by then")
        return
    whose = {one["link"]: "none" if steps[-1]["kind"] == "Y3" else one["counterparty"] for one in label["components"]}
    sums = [(whose[one["link"]], Decimal(steps[-1].get(one["link"], "0"))) for one in label["components"]]
    if left_open:
        found.parts += 1
        sums.append(("acquirer", -left_open))
    expected = _amounts(sums)
    parts = [part for _, event in events for part in event.moments[-1].moves.items()]
    actual = _amounts((move.counterparty, amount) for move, amount in parts)
    if set(expected) != set(actual):
        found.fault("wrong counterparty", f"{case}: {actual} for {expected}")
    elif expected != actual:
        found.fault("wrong amount", f"{case}: {actual} for {expected}")
    first = _first_day(events)
    if label["earliest_flag"] and label["kind"] != "E1" and first < label["earliest_flag"]:
        found.fault("too early", f"{case}: {first}, may be flagged from {label['earliest_flag']}")
    elif label["expected_detect_on"] and first > label["expected_detect_on"]:
        found.fault("too late", f"{case}: {first}, expected {label['expected_detect_on']}")


def _first_day(events: Iterable[tuple[str, Event]]) -> str:
    return min(_with_money(event)[0].day for _, event in events).isoformat()


def _missed(found: Score, labels: Iterable[Label], seen: set[str], result: Survey) -> None:
    for label in labels:
        if not label["expected_detect_on"] or _is_small_fee(label):
            continue
        found.planted += 1
        if label["event_id"] in seen:
            found.found += 1
        elif _is_doubted(label, result):
            found.uncertain += 1
        else:
            found.fault("missed", f"{label['event_id']} {label['kind']} {label['what']}")


def _picked(found: Score, world: World, result: Survey) -> None:
    """Count the planted pairs of which one slip is settled and nobody can know which, and those not shown as such."""
    shown = {(doubt.leg.amount, doubt.leg.date.isoformat()) for doubt in result.judgement.doubts}
    last = max((sheet.head.date for sheet in result.sheets if sheet.head.source is Source.SETTLEMENT), default=None)
    for pair in world.truth["uncertain"]:
        # The slips' absence is seen on the statement after the one that settles one of them, and its days of grace.
        if pair["statement"] is None or last is None or last <= date.fromisoformat(pair["statement"]) + _SEEN_BY:
            continue
        found.pairs += 1
        if (Decimal(pair["amount"]), pair["date"]) not in shown:
            found.fault("silent pick", f"{pair['pair']}: {pair['amount']} of {pair['date']}")


def _is_small_fee(label: Label) -> bool:
    """Tell whether the fee is claimed with its like at the end of the month, if they come to enough."""
    return label["kind"] == "A9" and all(Decimal(one["amount"]) < 1 for one in label["components"])


def _amounts(parts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: Counter[str] = Counter()
    for who, amount in parts:
        sums[who] += amount  # type: ignore[assignment]  # a counter of money
    return {who: Decimal(amount) for who, amount in sums.items() if amount}


def _label_keys(label: Label) -> set[Key]:
    if label["event_id"].startswith("P-"):
        return {("statement", label["acquirer"], leg["date"]) for leg in label["legs"].get("settlement", ())}
    return {key for legs in label["legs"].values() for leg in legs for key in _keys(leg)}


def _leg_keys(leg: Leg) -> set[Key]:
    facts = {key: leg.get(key) for key in ("rrn", "trace", "terminal", "time", "ticket", "reference")}
    facts["amount"] = str(leg.claimed)
    if leg.kind is Kind.PAYOUT:
        return {("statement", leg.head.acquirer, leg.date.isoformat())}
    return set(_keys({**facts, "date": leg.date.isoformat()}))


def _keys(facts: Mapping[str, str]) -> Iterator[Key]:
    if facts.get("time") and facts.get("terminal"):
        # What a damaged line still says, and one slip has only once.
        yield (
            "moment",
            facts["terminal"],
            facts["date"],
            facts["time"],
            f"{abs(Decimal(facts.get('amount', '0'))):.2f}",
        )
    if facts.get("rrn"):
        yield ("rrn", facts["rrn"])
    if facts.get("trace") and facts.get("terminal"):
        yield ("trace", facts["terminal"], facts["date"], facts["trace"])
    if facts.get("ticket") and not facts.get("rrn"):
        yield ("ticket", facts["date"], facts["ticket"])
    if facts.get("reference"):
        yield ("reference", facts["reference"])


def _unsure(result: Survey) -> set[tuple[str, int]]:
    """Return where the lines stand that could belong to more than one slip."""
    return {doubt.leg.where for doubt in result.judgement.doubts}


def _why(result: Survey, name: str) -> str:
    return next((str(claim.why) for claim in result.claims if claim.id == name), "")
