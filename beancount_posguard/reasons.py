"""Why an event is one event, and why it is of its kind: each answer a rule's id and a sentence.

The rules are those of :mod:`beancount_posguard.matching`: R1 to R5 join by reference, N1 and N2 by what a line without
a sound reference still says, P1 to P3 statements and deposits. The verdict's rule is the kind's code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from beancount_posguard.claims import names
from beancount_posguard.claims.ids import anchor
from beancount_posguard.judging.events import Event
from beancount_posguard.kinds import KINDS
from beancount_posguard.legs import Kind, Leg, Source
from beancount_posguard.matching.near import agreements, unmistakable
from beancount_posguard.verdict import total
from beancount_posguard.words import _, either, listed


class Reason(NamedTuple):
    """One rule that held: its id, what it is about, and why."""

    rule: str
    about: str
    text: str


def reasons(event: Event) -> list[Reason]:
    """Return why ``event`` is of its kind, then why each of its legs belongs to it."""
    last = event.moments[-1]
    first = anchor(event.legs)
    others = (leg for leg in event.legs if leg is not first)
    joins = (_join(leg, first, event.legs, whole_batch=event.whole_batch) for leg in others)
    return [_verdict(last.kind, event.legs), *joins]


def _verdict(kind: str, legs: Sequence[Leg]) -> Reason:
    said = {source: [leg for leg in legs if leg.source is source and not leg.is_memo] for source in Source}
    sums = {source: total(spoken) for source, spoken in said.items()}
    if said[Source.BANK] or any(leg.kind is Kind.PAYOUT for leg in legs):
        figures = _("statement {promised}, deposits {paid}").format(
            promised=f"{sums[Source.SETTLEMENT]:.2f}", paid=f"{sums[Source.BANK]:.2f}"
        )
    else:
        sold, approved, settled = sums[Source.SALE], sums[Source.TERMINAL], sums[Source.SETTLEMENT]
        figures = (
            f"S = {sold:.2f}, T = {approved:.2f}, A = {settled:.2f}, "
            f"dST = {sold - approved:.2f}, dTA = {approved - settled:.2f}"
        )
    rule = _(KINDS[kind].rule) if KINDS[kind].rule else KINDS[kind].name
    return Reason(kind, _("verdict"), f"{rule}{either('：', ': ')}{figures}")


def _join(leg: Leg, first: Leg, legs: Sequence[Leg], *, whole_batch: bool) -> Reason:
    about = _("{side} {amount} of {day}").format(
        side=names.side(leg.source.value), amount=f"{leg.amount or leg.claimed:.2f}", day=leg.date
    )
    if first.kind is Kind.PAYOUT or leg.kind is Kind.PAYOUT or leg.source is Source.BANK:
        return _payout(leg, about)
    for other in [first, *legs]:
        if other is not leg:
            for rule, text in _by_reference(leg, other):
                return Reason(rule, about, text)
    if whole_batch:
        return Reason(
            "B2",
            about,
            _("the same batch {batch} of terminal {terminal}").format(
                batch=leg.get("batch"), terminal=leg.get("terminal")
            ),
        )
    agreeing = agreements(leg, first)
    rule = "N2" if leg.amount != first.amount and unmistakable(leg, first) else "N1"
    return Reason(
        rule,
        about,
        _("no sound reference; agrees in {agreeing}").format(agreeing=listed(map(names.agreement, agreeing)))
        if agreeing
        else _("no sound reference; agrees in nothing but amount and day"),
    )


def _by_reference(leg: Leg, other: Leg) -> Iterator[tuple[str, str]]:
    """Yield the references that ``leg`` and ``other`` share, best first."""
    if leg.get("rrn") and leg.get("rrn") == other.get("rrn"):
        yield "R1", _("the same RRN {rrn}").format(rrn=leg.get("rrn"))
    if leg.get("trace") and leg.get("trace") == other.get("trace") and leg.get("terminal") == other.get("terminal"):
        if leg.get("batch") and leg.get("batch") == other.get("batch"):
            yield (
                "R2",
                _("the same trace {trace} in batch {batch} of terminal {terminal}").format(
                    trace=leg.get("trace"), batch=leg.get("batch"), terminal=leg.get("terminal")
                ),
            )
        yield (
            "R3",
            _("the same trace {trace} of terminal {terminal} on {day}").format(
                trace=leg.get("trace"), terminal=leg.get("terminal"), day=leg.date
            ),
        )
    if leg.get("order") and leg.get("order") == other.get("order"):
        yield "R4", _("the same order {order}").format(order=leg.get("order"))
    for one, original in ((leg, other), (other, leg)):
        for key in ("rrn", "trace"):
            said = one.facts.get(f"orig-{key}")
            if said and said == original.get(key):
                yield (
                    "R5",
                    _("{kind} of the slip with {key} {number}").format(
                        kind=names.line_kind(one.kind.value), key=key, number=said
                    ),
                )


def _payout(leg: Leg, about: str) -> Reason:
    if leg.get("payout"):
        return Reason("P1", about, _("the payout {payout}").format(payout=leg.get("payout")))
    if leg.get("period-from"):
        return Reason(
            "P2",
            about,
            _("pays the clearing days {first} to {last}").format(
                first=leg.get("period-from"), last=leg.get("period-to")
            ),
        )
    return Reason("P3", about, _("the only run of open statements with this sum, or what was due on its day"))
