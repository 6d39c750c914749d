"""Where mismatches come from, whether that is more than chance, and whether a measure helped.

Pure figures: every function returns plain values, and says "too few to tell" where a conclusion would be a guess. The
text of a finding is in the reader's language; its ``sign`` is for programs and colours.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.claims.causes import CAUSES
from beancount_posguard.claims.claim import Claim
from beancount_posguard.money import ZERO
from beancount_posguard.reports.exposure import PLACES, SEVERAL, UNKNOWN, Exposure, place_of
from beancount_posguard.reports.stats import (
    Interval,
    Ratio,
    binomial_at_least,
    binomial_at_most,
    gap_limits,
    most_by_chance,
    poisson_interval,
    rate_ratio,
)
from beancount_posguard.words import _

#: How often chance alone may raise an alarm, over all groups of a report together.
RISK = 0.01
#: Below this many mismatches in all, or in one group, nothing is concluded of a group.
FEWEST, FEWEST_HERE = 5, 3
#: How often chance alone may pass for the effect of a measure.
PROOF = 0.05
#: A g-chart's limits are drawn from as many gaps; each of the two may be crossed by chance this often.
GAPS, GAP_RISK = 8, 0.005
#: Rates are told per this many slips.
PER = 10_000


class Finding(NamedTuple):
    """A conclusion: ``sign`` is ``worse``, ``better``, ``same``, ``few`` or empty; the words are elsewhere."""

    sign: str
    key: str


def amount(claim: Claim) -> Decimal:
    """Return what ``claim`` is or was about, all parts together."""
    return sum((abs(part.amount) for part in claim.parts), ZERO)


def cause_of(claim: Claim) -> str:
    """Return the last cause recorded on ``claim``, or an empty string."""
    return next((one.said["cause"] for one in reversed(claim.taken) if one.said.get("cause")), "")


def measure_of(claim: Claim) -> str:
    """Return the last measure recorded on ``claim``, or an empty string."""
    return next((one.said["measure"] for one in reversed(claim.taken) if one.said.get("measure")), "")


def real(claims: Iterable[Claim]) -> list[Claim]:
    """Return the claims that were any: not dismissed, and not merely late."""
    return [claim for claim in claims if claim.stage not in {"dismissed", "withdrawn"}]


def trade_of(claim: Claim) -> date:
    """Return the day of the slip, or of the finding where no line is known."""
    return min((leg.date for leg in claim.legs), default=claim.detected)


# -- by cause, kind and place ------------------------------------------------------------------------------------------


class Group(NamedTuple):
    """The mismatches of one cause, kind or place in one currency.

    ``share`` adds up from the most frequent; ``slips`` are those of the place (of the whole shop for a cause or kind),
    ``rate`` and ``interval`` (95 %, exact) are per :data:`PER` of them. ``most`` is what chance alone brings at most,
    None where that cannot be said.
    """

    name: str
    claims: Sequence[Claim]
    currency: str
    amount: Decimal
    share: float
    slips: int
    rate: float | None
    interval: Interval | None
    most: int | None
    finding: Finding
    measures: int


def pareto(claims: Sequence[Claim], by: str, exposed: Exposure) -> list[Group]:
    """Return the groups of ``claims``, the most frequent first, those without a name last among their like.

    Args:
        claims: all of a ledger's.
        by: ``cause``, ``kind``, or one of :data:`~beancount_posguard.reports.exposure.PLACES`.
        exposed: the slips.
    """
    groups: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in real(claims):
        groups[_name(claim, by, exposed), claim.currency].append(claim)
    whole = sum(map(len, groups.values()))
    chances = _chances(groups, by, exposed)
    found, so_far = [], 0
    for (name, currency), group in sorted(
        groups.items(), key=lambda one: (-len(one[1]), one[0][0] in {UNKNOWN, SEVERAL}, one[0])
    ):
        so_far += len(group)
        slips = _slips(name, by, exposed)
        rate, interval = _rate(len(group), slips)
        most, finding = chances.get(name, (None, Finding("", "")))
        row = Group(
            name, group, currency, sum(map(amount, group), ZERO), so_far / whole, slips, rate, interval, most, finding,
            sum(bool(measure_of(claim)) for claim in group),
        )  # fmt: skip
        found.append(row)
    return found


def _slips(name: str, by: str, exposed: Exposure) -> int:
    """Return among how many slips these happened; 0 where nobody can say."""
    if by not in PLACES:
        return exposed.total
    return 0 if name in {UNKNOWN, SEVERAL} else exposed.by.get(by, {}).get(name, 0)


def _name(claim: Claim, by: str, exposed: Exposure) -> str:
    if by == "cause":
        return cause_of(claim)
    return claim.kind if by == "kind" else place_of(claim, by, exposed.shifts)


def _rate(count: int, slips: int) -> tuple[float | None, Interval | None]:
    if not slips:
        return None, None
    low, high = poisson_interval(count)
    return count * PER / slips, Interval(low * PER / slips, high * PER / slips)


def _chances(
    groups: Mapping[tuple[str, str], Sequence[Claim]], by: str, exposed: Exposure
) -> dict[str, tuple[int | None, Finding]]:
    """Return, for each place of a name, what chance brings at most, and whether there is more.

    Given all mismatches, those of one place are binomial with the place's share of the slips where no place is worse
    than another. The risk of a false alarm is divided by the number of places (Bonferroni).
    """
    slips = {name: count for name, count in exposed.by.get(by, {}).items() if name != UNKNOWN and count}
    if by not in PLACES or len(slips) < 2:  # noqa: PLR2004  # one place cannot be worse than another
        return {}
    counts: dict[str, int] = defaultdict(int)
    for (name, _currency), group in groups.items():
        counts[name] += len(group)
    events, total = sum(counts.get(name, 0) for name in slips), sum(slips.values())
    found: dict[str, tuple[int | None, Finding]] = {}
    for name, count in slips.items():
        if events < FEWEST:
            found[name] = None, Finding("few", "few")
            continue
        most = most_by_chance(events, count / total, RISK / len(slips))
        here = counts.get(name, 0)
        worse = here > most and here >= FEWEST_HERE
        found[name] = most, Finding("worse", "above") if worse else Finding("same", "chance")
    return found


# -- the slips between two mismatches ----------------------------------------------------------------------------------


class Gap(NamedTuple):
    """One mismatch on a g-chart: how many slips, and days, passed since the one before (since the first slip)."""

    claim: Claim
    day: date
    slips: int
    days: int
    finding: Finding


class Gaps(NamedTuple):
    """A g-chart: its points, and where enough of them are there its mean and limits, in slips.

    ``since`` are the slips after the last mismatch, of which no one has gone wrong yet.
    """

    points: Sequence[Gap]
    mean: float | None
    low: int | None
    high: int | None
    since: int
    finding: Finding


#: Of a deposit, or a dispute, there is no slip at which it went wrong.
_NO_SLIP = ("P", "D")


def gaps(claims: Sequence[Claim], exposed: Exposure) -> Gaps:
    """Return the g-chart of all mismatches that began with a slip, in the order of their slips."""
    moments = sorted(
        (exposed.until(trade_of(claim), min(claim.facts.get("time", ("",)))), trade_of(claim), claim.id, claim)
        for claim in real(claims)
        if not claim.kind.startswith(_NO_SLIP)
    )
    if not moments or not exposed.moments:
        return Gaps((), None, None, None, exposed.total, Finding("few", "few"))
    mean = low = high = None
    if len(moments) >= GAPS:
        mean = max(moments[-1][0] / len(moments), 1.0)
        low, high = gap_limits(mean, GAP_RISK)
    points, before, day_before = [], 0, exposed.moments[0][0]
    for place, day, _id, claim in moments:
        slips = max(place - before, 0)
        points.append(Gap(claim, day, slips, (day - day_before).days, _gap_finding(slips, low, high)))
        before, day_before = place, day
    since = max(exposed.total - before, 0)
    now = Finding("better", "long") if high is not None and since > high else _gap_finding(math.inf, low, None)
    return Gaps(points, mean, low, high, since, now)


def _gap_finding(slips: float, low: int | None, high: int | None) -> Finding:
    if low is None:
        return Finding("few", "few")
    if slips <= low:
        return Finding("worse", "close")
    if high is not None and slips > high:
        return Finding("better", "long")
    return Finding("same", "chance")


# -- before and after a measure ----------------------------------------------------------------------------------------


class Effect(NamedTuple):
    """What became of a cause after a measure: counts and slips on both sides, and the ratio of the rates (95 %).

    ``until`` ends the later side: mismatches of the days after it may not have been found yet.
    """

    cause: str
    measure: str
    since: date
    until: date
    before: int
    slips_before: int
    after: int
    slips_after: int
    ratio: Ratio | None
    finding: Finding


def effects(claims: Sequence[Claim], exposed: Exposure, as_of: date) -> list[Effect]:
    """Return one row for each measure that was recorded, the newest last."""
    first: dict[tuple[str, str], date] = {}
    for claim in claims:
        for one in claim.taken:
            if one.said.get("measure") and cause_of(claim):
                key = (cause_of(claim), one.said["measure"])
                first[key] = min(first.get(key, one.on), one.on)
    return [
        _effect(cause, measure, since, claims, exposed, as_of)
        for (cause, measure), since in sorted(first.items(), key=lambda one: (one[1], one[0]))
    ]


def _effect(cause: str, measure: str, since: date, claims: Sequence[Claim], exposed: Exposure, as_of: date) -> Effect:
    mine = [claim for claim in real(claims) if _is_of(claim, cause)]
    lag = max(((claim.detected - trade_of(claim)).days for claim in mine), default=0)
    until = as_of - timedelta(days=lag)
    start = exposed.days[0] if exposed.days else since
    before = sum(trade_of(claim) <= since for claim in mine)
    after = sum(since < trade_of(claim) <= until for claim in mine)
    slips = exposed.between(start, since), exposed.between(since + timedelta(days=1), until)
    ratio = rate_ratio(before, slips[0], after, slips[1]) if all(slips) and before + after else None
    finding = _effect_finding(before, after, slips, ratio)
    return Effect(cause, measure, since, until, before, slips[0], after, slips[1], ratio, finding)


def _is_of(claim: Claim, cause: str) -> bool:
    """Tell whether a claim counts for ``cause``: it is recorded, or nothing is and the kind is one it shows as."""
    return (cause_of(claim) or (cause if claim.kind in CAUSES[cause].kinds.split() else "")) == cause


def _effect_finding(before: int, after: int, slips: tuple[int, int], ratio: Ratio | None) -> Finding:
    if ratio is None:
        return Finding("few", "no-after" if not slips[1] else "no-before")
    share = slips[1] / sum(slips)
    if binomial_at_least(after, before + after, share) <= PROOF:
        return Finding("worse", "more")
    if ratio.p <= PROOF:
        return Finding("better", "fewer")
    # Could any outcome have proved it? If not even "none at all" could, the question came too early.
    if binomial_at_most(0, before, share) > PROOF:
        return Finding("few", "too-early")
    return Finding("same", "no-proof")


# -- what nobody has answered ------------------------------------------------------------------------------------------


class Repeated(NamedTuple):
    """A cause that came back without anybody recording a measure, with its claims."""

    cause: str
    claims: Sequence[Claim]


def repeated(claims: Iterable[Claim]) -> list[Repeated]:
    """Return the causes recorded on more than one claim of which none says what is done about it."""
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in real(claims):
        if cause_of(claim):
            groups[cause_of(claim)].append(claim)
    return [
        Repeated(cause, group)
        for cause, group in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))
        if len(group) > 1 and CAUSES[cause].measure and not any(map(measure_of, group))
    ]


def usual_measure(cause: str) -> str:
    """Return what usually helps against ``cause``, in the reader's language; empty for a stranger."""
    return _(CAUSES[cause].measure) if cause in CAUSES and CAUSES[cause].measure else ""
