"""Legs -> economic events.

Legs are taken in the order in which the books learn of them, day by day, and each joins what is known by then through
the best reference that hits:

1. RRN, the terminal not contradicting;
2. terminal + batch + trace;
3. terminal + trade date + trace;
4. merchant order number;
5. for refunds, the slip they refund + amount, or card + amount.

So an event as of a day depends on nothing dated after it, which is what keeps closed months closed. Within a day the
order is fixed (terminal, till, settlement; originals before the slips that refer to them), so that the order of rows
and files never shows.

What is left with one side silent is looked at once more at the end of each day: a line whose reference is lost or
damaged joins the slip that it agrees with in enough, if on both sides there is no other it could be. Exact twins, as
many lines as slips, join too: the money is clear though not which is which. Amount and date alone never join anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from beancount_posguard.contract import LATE_COMPLETION
from beancount_posguard.legs import (
    APPROVED,
    PREAUTH,
    REFUND,
    SALE,
    SETTLEMENT,
    TERMINAL,
    TILL,
    Kind,
    Leg,
    Sheet,
    Source,
    Status,
)
from beancount_posguard.matching.lacking import lacks
from beancount_posguard.matching.near import compatible, corroborated, same_elsewhere, unmistakable

Group = list[Leg]

#: What a spreadsheet makes of a long number (1.03412E+11): no reference, every line of the file has it.
_SHEET = "E+"

#: An event of one leg for each side, and one of more.
_ALL, _MANY = 3, 4

#: A slip that says one of these itself is not covered by its batch's scopes, a line that does may be another slip's.
_OWN = ("terminal", "batch", "order", "merchant")
_OTHERS = ("order", "merchant")

#: What a terminal has opened of which nothing is known.
_NOWHERE: Mapping[str, Group] = {}

#: What a line is that repeats a slip.
_MONEY = frozenset({SALE, REFUND})

#: How a try ends that moves no money.
_CAME_TO_NOTHING = frozenset({Status.DECLINED, Status.TIMEOUT})

#: References start over: RRN and trace numbers come back after about a month at the earliest.
REUSE = timedelta(days=31)

#: A completion may come late; a day on either side of the term is clocks and cut-offs.
_LATE_COMPLETION = timedelta(days=int(LATE_COMPLETION.value) + 2)

#: Kinds that belong to another slip's event, in the order in which they can refer to each other. A hold does where it
#: names the one that it increases.
_FOLLOWERS = (
    PREAUTH,
    Kind.COMPLETION,
    Kind.TIP,
    Kind.PREAUTH_VOID,
    Kind.VOID,
    Kind.COMPLETION_VOID,
    Kind.REVERSAL,
)
_RANK = {kind: rank for rank, kind in enumerate(_FOLLOWERS, start=1)}
_ORDER = {TERMINAL: 0, TILL: 1, SETTLEMENT: 2}


class Grouping(NamedTuple):
    """All events, and the lines that stood alone until the day on which their slip became certain.

    ``elsewhere`` are those (by ``id``) whose line is under another terminal's number; ``odd`` are those that
    are more than approved lines of one RRN, terminal, trade day and amount.
    """

    groups: list[Group]
    waited: list[tuple[Group, date]]
    elsewhere: frozenset[int] = frozenset()
    odd: frozenset[int] = frozenset()


def group_legs(sheets: Iterable[Sheet]) -> Grouping:
    """Join the legs of ``sheets`` (in date order) into events; bank sheets are left to the payouts."""
    index = _Index()
    relevant = (sheet for sheet in sheets if sheet.head.source in _ORDER)
    for day, known in groupby(relevant, key=lambda sheet: sheet.head.date):
        for source, same in groupby(
            sorted(known, key=lambda sheet: _ORDER[sheet.head.source]), key=lambda sheet: sheet.head.source
        ):
            index.add(source, list(same))
        index.close(day)
    groups = [group for group in index.groups if group]
    # Adopted lines left theirs empty.
    return Grouping(groups, index.waited, frozenset(index.elsewhere), frozenset(index.odd))


class _Index:
    """Where each reference leads: to the event that brought it first."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self._rrn: dict[str, Group] = {}
        # Trade date -> terminal -> RRN -> event whose first slip, of that day and terminal, brought it and has a trace.
        self._brought: defaultdict[date, defaultdict[Any, dict[str, Group]]] = defaultdict(lambda: defaultdict(dict))
        self._rrn_at: dict[tuple[str, str], Group] = {}
        # (terminal, batch) and (terminal, trade date) -> trace -> event; one scope serves a whole batch of slips.
        self._scopes: defaultdict[tuple[str, object], dict[str, Group]] = defaultdict(dict)
        self._orders: dict[str, Group] = {}
        self._refunds: defaultdict[tuple[object, ...], list[Group]] = defaultdict(list)
        # Events by the trade date of the slip that opened them, and those that no slip has joined yet.
        self._slips_of: defaultdict[date, list[Group]] = defaultdict(list)
        self._orphans: defaultdict[date, list[Group]] = defaultdict(list)
        self._holds: defaultdict[str, list[Group]] = defaultdict(list)
        self._touched: set[date] = set()
        self._adopted: dict[int, Group] = {}
        self.waited: list[tuple[Group, date]] = []
        self.elsewhere: set[int] = set()
        self.odd: set[int] = set()

    def add(self, source: Source, sheets: Sequence[Sheet]) -> None:
        """Add one day's sheets of one source."""
        followers: list[Leg] = []
        for sheet in sheets:
            for leg in self._open(sheet) if source is TERMINAL else self._complete(sheet):
                self._touched.add(leg.date)
                kind = leg.kind
                if kind is SALE or source is TILL or kind not in _RANK or _is_first_hold(leg):
                    self._add(leg)
                else:
                    followers.append(leg)
        # The money before its memo: the memo says less, and finds the money by its references.
        for leg in sorted(followers, key=lambda one: (_RANK[one.kind], one.is_memo, _natural(one))):
            self._follow(leg)

    def _open(self, sheet: Sheet) -> list[Leg]:
        """Open an event for each plain new sale of a terminal's batch and return the slips that need a closer look.

        This is what nearly every slip is, so it is done with the batch's own scopes at hand.
        """
        head = sheet.head.facts
        terminal, batch = head.get("terminal"), head.get("batch")
        if not terminal or not batch:
            return sheet.legs
        rest: list[Leg] = []
        by_batch = self._scopes[terminal, batch]
        day = date.min
        for leg, rrn, trace, own in zip(
            sheet.legs, sheet.column("rrn"), sheet.column("trace"), sheet.say(_OWN), strict=True
        ):
            if leg.date is not day:
                day = leg.date
                self._touched.add(day)
                slips, by_day, by_rrn = self._slips_of[day], self._scopes[terminal, day], self._brought[day][terminal]
            sound = rrn and trace and leg.kind is SALE and not own and _SHEET not in rrn
            group = [leg]
            if not sound or trace in by_batch or trace in by_day or self._rrn.setdefault(rrn, group) is not group:
                rest.append(leg)
                continue
            if leg.status is not APPROVED:
                self.odd.add(id(group))
            self.groups.append(group)
            slips.append(group)
            by_rrn[rrn] = by_batch[trace] = by_day[trace] = group
        return rest

    def _complete(self, sheet: Sheet) -> Iterator[Leg]:
        """Add each line of a plain slip, of its trade day and terminal, to its event, and yield all others in turn.

        This is what nearly every line is.
        """
        source, shared = sheet.head.source, sheet.head.facts.get("terminal")
        day, brought = date.min, self._brought[date.min]
        for leg, rrn, terminal, other in zip(
            sheet.legs, sheet.column("rrn"), sheet.column("terminal"), sheet.say(_OTHERS), strict=True
        ):
            if leg.date is not day:
                day = leg.date
                self._touched.add(day)
                brought = self._brought[day]
            group = brought.get(terminal or shared, _NOWHERE).get(rrn)
            kind = leg.kind
            if group and kind in _MONEY and not other and group[-1].head.source is not source:
                if leg.amount != group[0].amount or leg.status is not APPROVED or kind is not SALE:
                    self.odd.add(id(group))
                group.append(leg)
            else:
                yield leg

    def _add(self, leg: Leg) -> None:
        facts, head = leg.facts, leg.head
        # A common case first: the next source's line for a known RRN, of the same trade day and terminal.
        group = self._rrn.get(facts.get("rrn", ""))
        if group and group[-1].head.source is not head.source:
            first = group[0]
            terminal = facts.get("terminal") or head.facts.get("terminal")
            theirs = first.facts.get("terminal") or first.head.facts.get("terminal")
            if leg.date == first.date and terminal == theirs and "trace" in first.facts and "order" not in facts:
                group.append(leg)
                self.odd.add(id(group))
                return
        group = self._find(leg)
        if group is None:
            group = [leg]
            self._list(leg, group)
        else:
            group.append(leg)
        self.odd.add(id(group))
        if head.source is not SETTLEMENT or id(group) not in self.elsewhere:
            self._learn(leg, group)  # else what it says of the terminal would lead astray

    def close(self, day: date) -> None:
        """End ``day``: let lines without a sound reference join the slip that can only be theirs."""
        for traded in sorted(self._touched & self._orphans.keys()):
            orphans = [group for group in self._orphans[traded] if not _has(group, TERMINAL)]
            for source in (TILL, SETTLEMENT):
                lines = [group for group in orphans if _has(group, source) and len(group) == 1]
                if lines:
                    self._adopt(lines, self._slips_of[traded], source, day)
            self._orphans[traded] = [group for group in orphans if group]
        self._touched.clear()

    def _adopt(self, lines: Sequence[Group], slips: Sequence[Group], source: Source, day: date) -> None:
        """Join each of ``lines`` with the only event it can complete, and each class of twins.

        An event lacks the slips of this trade day of which ``source`` has said nothing, or the rest that a subsidy's
        line or the other half of a pair brings.
        """
        lacking = self._lacking(lines, slips, source)
        by_line = [
            (line, [one for one in lacking.get(line[0].amount, ()) if compatible(line[0], one[1])]) for line in lines
        ]
        for line, candidates in by_line:
            if source is SETTLEMENT and not candidates:
                self._adopt_by_moment(line, slips, day)
                continue
            if source is SETTLEMENT:
                candidates = _believed(line, candidates)  # noqa: PLW2901  # from here on only these count
            alike = [
                other
                for other, theirs in by_line
                if any(
                    group is one
                    for group, _ in (_believed(other, theirs) if source is SETTLEMENT else theirs)
                    for one, _ in candidates
                )
            ]
            if not line or len(alike) != len(candidates) or not _one_class(alike, [slip for _, slip in candidates]):
                continue
            adopters = sorted((group for group, _ in candidates), key=_name)
            for one, group in zip(sorted(alike, key=_name), adopters, strict=True):
                self._join(one, group, day)

    def _lacking(
        self, lines: Sequence[Group], slips: Sequence[Group], source: Source
    ) -> Mapping[Decimal, list[tuple[Group, Leg]]]:
        """Return by amount what those ``slips`` lack that ``lines`` could complete, each with the slip it repeats."""
        traded = lines[0][0].date
        sought = {line[0].amount for line in lines}
        lacking: defaultdict[Decimal, list[tuple[Group, Leg]]] = defaultdict(list)
        for group in self._untold(slips, source):
            if id(group) in self.odd or group[0].amount in sought:
                for amount, slip in lacks(group, source):
                    if slip.date == traded:
                        lacking[amount].append((group, slip))
        return lacking

    def _untold(self, slips: Iterable[Group], source: Source) -> list[Group]:
        """Return those of ``slips`` of which ``source`` may not have said all: of nearly every slip it has.

        A plain event has one line for each side, all of its slip's amount: it lacks that amount or nothing.
        """
        odd = self.odd
        return [
            group
            for group in slips
            if (
                not _is_told(group, source)
                if id(group) in odd
                else len(group) < _ALL and group[-1].head.source is not source
            )
        ]

    def _adopt_by_moment(self, line: Group, slips: Sequence[Group], day: date) -> None:
        """Join a line with the only slip of its card, moment and terminal.

        An unsettled slip takes it whatever its amount; a settled one only as its exact double, which is then a claim,
        or as what takes it back. Last comes a try that was refused or timed out, settled all the same.
        """
        slips = _bearers(line[0].get("card"), slips)
        same = [group for group in slips if (slip := _only_approval(group)) and _is_its(line[0], slip)]
        unsettled = [group for group in same if not _has(group, SETTLEMENT) and _same_way(line[0], group)]
        settled = [] if unsettled else [group for group in same if _repeats(line[0], group)]
        found = unsettled or settled or [group for group in slips if _was_tried(line[0], group)]
        if len(found) == 1:
            self._join(line, found[0], day)

    def _join(self, line: Group, slip: Group, day: date) -> None:
        """Make ``line`` part of the slip's event from ``day`` on.

        A slip that has only come today finds the line waiting. Where both were known before, the line stood alone until
        today and is known to the event from today.
        """
        for leg in line:
            known = leg
            if leg.head.date != day and any(one.head.date < day for one in slip):
                known = leg._replace(head=replace(leg.head, date=day))
                self.waited.append(([leg], day))
            slip.append(known)
            self.odd.add(id(slip))
            self._learn(known, slip)
        self._adopted[id(line)] = slip
        line.clear()

    def _follow(self, leg: Leg) -> None:
        """Add a slip that belongs to another one's event: by that one's reference, else by its own."""
        group = self._original(leg) or self._find(leg) or self._same_batch(leg)
        if group is None:
            group = []
            self._list(leg, group)
        group.append(leg)
        self.odd.add(id(group))
        self._learn(leg, group)

    def _list(self, leg: Leg, group: Group) -> None:
        """Note a new event: one that a slip opened, or one that waits for its slip."""
        self.groups.append(group)
        known = self._slips_of if leg.head.source is TERMINAL else self._orphans
        known[leg.date].append(group)

    def _list_slip(self, leg: Leg, group: Group) -> None:
        """Note an event under the day of a later slip of it too, such as a hold's completion."""
        if leg.date == group[0].date or leg.head.source is not TERMINAL:
            return
        known = self._slips_of[leg.date]
        if all(one is not group for one in known):
            known.append(group)

    def _find(self, leg: Leg) -> Group | None:
        facts, head = leg.facts, leg.head.facts
        terminal = facts.get("terminal") or head.get("terminal")
        group = None
        rrn = facts.get("rrn")
        if rrn in self._rrn:
            group = self._by_rrn(rrn, terminal)
            if group is not None and _another(leg, group):
                group = None
            if group is None and leg.head.source is SETTLEMENT:
                group = self._elsewhere(leg)
        if group is None and terminal:
            group = self._by_trace(facts.get("trace"), terminal, facts.get("batch") or head.get("batch"), leg.date)
        if group is None and "order" in facts:
            group = self._now(self._orders.get(facts["order"]))
        if group is None and leg.kind is REFUND:
            group = self._refund(leg)
        return None if group is None or _reused(leg, group) else group

    def _by_rrn(self, rrn: str, terminal: str | None) -> Group | None:
        group = self._now(self._rrn.get(rrn))
        if group is None or not terminal:
            return group
        bearers = [one for one in group if one.facts.get("rrn") == rrn] or group
        stated = {one.get("terminal") for one in bearers} - {""}
        if not stated or terminal in stated:
            return group
        return self._now(self._rrn_at.get((rrn, terminal)))

    def _elsewhere(self, line: Leg) -> Group | None:
        """Return the unsettled event that has all of ``line`` but its terminal (or merchant)."""
        group = self._now(self._rrn[line.facts["rrn"]])
        slip = _only_approval(group) if group else None
        if group is None or slip is None or slip.head.acquirer != line.head.acquirer:
            return None
        if _has(group, SETTLEMENT) or not same_elsewhere(line, slip):
            return None
        self.elsewhere.add(id(group))
        return group

    def _by_trace(self, trace: str | None, terminal: str, batch: object, day: object) -> Group | None:
        if not trace:
            return None
        group = self._scopes[terminal, batch].get(trace) if batch else None
        return self._now(self._scopes[terminal, day].get(trace) if group is None else group)

    def _now(self, group: Group | None) -> Group | None:
        """Return where an event's legs are now: those of an adopted line are with its slip."""
        return self._adopted[id(group)] if group is not None and not group else group

    def _original(self, leg: Leg) -> Group | None:
        facts = leg.facts
        terminal = leg.get("terminal")
        rrn = facts.get("orig-rrn")
        group = self._by_rrn(rrn, terminal) if rrn else None
        if group is None and terminal:
            day = facts.get("orig-date") or leg.date
            group = self._by_trace(facts.get("orig-trace"), terminal, leg.get("batch"), day)
        if group is None and leg.kind in {Kind.COMPLETION, Kind.PREAUTH_VOID}:
            group = self._hold(leg)
        return None if group is None or _reused(leg, group) else group

    def _hold(self, leg: Leg) -> Group | None:
        """Return the one hold of the same card that ``leg`` names, whichever terminal and day it was made on."""
        found = [
            group
            for group in self._holds.get(leg.get("card"), ())
            if group and not _reused(leg, group) and _names(leg, group[0])
        ]
        return found[0] if len(found) == 1 else None

    def _same_batch(self, leg: Leg) -> Group | None:
        """Return the one slip of the same batch, card and amount that a void without a reference can mean."""
        batch, card = leg.get("batch"), leg.get("card")
        if leg.kind not in {Kind.VOID, Kind.REVERSAL} or not (batch and card and leg.amount):
            return None
        found = [
            group
            for group in self._scopes[leg.get("terminal"), batch].values()
            if len(group) == 1 and group[0].amount == -leg.amount and group[0].get("card") == card
        ]
        return found[0] if len(found) == 1 else None

    def _refund(self, leg: Leg) -> Group | None:
        """Return the first event that expects this refund: only its other side has spoken so far."""
        known = (self._now(group) for key in _refund_keys(leg) for group in self._refunds.get(key, ()))
        return next((group for group in known if group and _expects(group, leg)), None)

    def _learn(self, leg: Leg, group: Group) -> None:
        facts, head = leg.facts, leg.head.facts
        self._list_slip(leg, group)
        terminal = facts.get("terminal") or head.get("terminal")
        rrn = facts.get("rrn")
        if rrn and _SHEET not in str(rrn):
            self._learn_rrn(rrn, terminal, leg, group)
        trace = facts.get("trace")
        if trace and terminal:
            self._scopes[terminal, leg.date][trace] = group
            batch = facts.get("batch") or head.get("batch")
            if batch:
                self._scopes[terminal, batch][trace] = group
        if "order" in facts:
            self._orders[facts["order"]] = group
        if leg.kind is PREAUTH and "card" in facts:
            holds = self._holds[facts["card"]]
            if all(one is not group for one in holds):
                holds.append(group)
        elif leg.kind is REFUND:
            self._expect_refund(leg, group)

    def _expect_refund(self, leg: Leg, group: Group) -> None:
        for key in _refund_keys(leg):
            if all(one is not group for one in self._refunds[key]):
                self._refunds[key].append(group)

    def _learn_rrn(self, rrn: str, terminal: str | None, leg: Leg, group: Group) -> None:
        """Learn an RRN: a new one, or one that leads elsewhere already and came back later or from another terminal."""
        known = self._rrn.setdefault(rrn, group)
        if not known:
            self._rrn[rrn] = group
        elif known is not group:
            if _reused(leg, known):
                first = known[0]
                self._brought[first.date][first.get("terminal")].pop(rrn, None)
                self._rrn[rrn] = group
            elif terminal:
                self._rrn_at[rrn, terminal] = group
        elif group[0] is leg and leg.head.source is TERMINAL and "trace" in leg.facts:
            self._brought[leg.date][terminal][rrn] = group


def _names(leg: Leg, hold: Leg) -> bool:
    """Tell whether a completion or release says that it belongs to ``hold``."""
    said = leg.facts.get("orig-trace")
    return said == hold.get("trace") if said else bool(leg.get("auth")) and leg.get("auth") == hold.get("auth")


def _has(group: Group, source: Source) -> bool:
    return any(leg.head.source is source for leg in group)


def _bearers(card: str, slips: Iterable[Group]) -> list[Group]:
    """Return the events of which a slip is of this card."""
    found = {
        id(group): group for group in slips for leg in group if leg.head.source is TERMINAL and leg.get("card") == card
    }
    return [*found.values()]


def _is_told(group: Group, source: Source) -> bool:
    """Tell at little cost that ``source`` has said all of an event of one slip."""
    if not group or len(group) >= _MANY:
        return not group
    first = group[0]
    if len(group) == 1 and first.status in _CAME_TO_NOTHING:
        return first.kind is not PREAUTH
    told = False
    for leg in group[1:]:
        if leg.head.source is TERMINAL:
            return False
        told = told or (leg.head.source is source and leg.amount == first.amount)
    return told


def _only_approval(group: Group) -> Leg | None:
    """Return the approved slip of an event that has just one, apart from memos."""
    slips = [leg for leg in group if leg.head.source is TERMINAL and leg.amount and not leg.is_memo]
    return slips[0] if len(slips) == 1 else None


def _is_its(line: Leg, slip: Leg) -> bool:
    return line.date == slip.date and compatible(line, slip) and unmistakable(line, slip)


def _same_way(line: Leg, group: Group) -> bool:
    slip = _only_approval(group)
    return slip is not None and (slip.amount > 0) is (line.amount > 0)


def _repeats(line: Leg, group: Group) -> bool:
    """Tell whether a line says once more what the event's slip says, or takes just that back."""
    slip = _only_approval(group)
    back = line.kind in {Kind.REVERSAL, Kind.VOID}
    return slip is not None and line.amount == (-slip.amount if back else slip.amount)


def _was_tried(line: Leg, group: Group) -> bool:
    """Tell whether an event is but a try that came to nothing, and the line says that it was just this one."""
    return all(leg.status in _CAME_TO_NOTHING for leg in group if leg.head.source is TERMINAL) and any(
        leg.claimed == line.amount and _is_its(line, leg) for leg in group if leg.head.source is TERMINAL
    )


def _believed(line: Group, candidates: Sequence[tuple[Group, Leg]]) -> list[tuple[Group, Leg]]:
    """Return the candidates that an acquirer's line agrees with in enough: a bare line does not make them doubtful.

    A till's line agrees in so little that any other line near it leaves a doubt.
    """
    return [one for one in candidates if line and corroborated(line[0], one[1])]


def _one_class(lines: Sequence[Group], slips: Sequence[Leg]) -> bool:
    """Tell whether every line goes with every slip: one pair, or twins that nothing tells apart."""
    return bool(lines) and all(
        line and compatible(line[0], slip) and corroborated(line[0], slip) for line in lines for slip in slips
    )


def _name(group: Group) -> tuple[str, ...]:
    return _natural(group[0])


def _another(leg: Leg, group: Group) -> bool:
    """Tell whether the event has a line of this source already that is plainly another slip's."""
    return any(
        one.head.source is leg.head.source
        and any(one.get(key) and leg.get(key) and one.get(key) != leg.get(key) for key in ("trace", "auth"))
        and one.kind is leg.kind
        for one in group
    )


def _reused(leg: Leg, group: Group) -> bool:
    """Tell whether a reference came back for something new rather than for this event."""
    first = group[0]
    if abs(leg.date - first.date) <= REUSE:
        return False
    if first.kind is not PREAUTH:
        return True
    if leg.kind in {Kind.COMPLETION, Kind.PREAUTH_VOID} and leg.get("card") == first.get("card") != "":
        return abs(leg.date - first.date) > _LATE_COMPLETION
    return all(abs(leg.date - one.date) > REUSE for one in group)


def _is_first_hold(leg: Leg) -> bool:
    """Tell whether this is a hold that increases no other."""
    return leg.kind is PREAUTH and "orig-rrn" not in leg.facts and "orig-trace" not in leg.facts


def _expects(group: Group, leg: Leg) -> bool:
    """Tell whether ``leg`` can be the other side of a refund that is in the books of one side only."""
    if any(one.head.source is leg.head.source for one in group):
        return False
    return not any(
        one.facts.get(key) and leg.facts.get(key) and one.facts[key] != leg.facts[key]
        for one in group
        for key in ("rrn", "trace")
    )


def _refund_keys(leg: Leg) -> list[tuple[object, ...]]:
    """Return what a refund is known by besides its own references, best first."""
    amount = abs(leg.amount)
    keys: list[tuple[object, ...]] = []
    if rrn := leg.facts.get("orig-rrn"):
        keys.append(("rrn", rrn, amount))
    if trace := leg.facts.get("orig-trace"):
        keys.append(("trace", leg.get("terminal"), trace, amount))
    if card := leg.facts.get("card"):
        keys.append(("card", card, amount))
    return keys


def _natural(leg: Leg) -> tuple[str, ...]:
    said = leg.facts.get
    return str(said("date", "")), str(said("time", "")), str(said("trace", "")), str(said("rrn", "")), str(leg.amount)
