"""What the claims of a ledger add up to, as rows: causes, gaps, measures, ages, fees, holds, deadlines, acquirers.

Every report is a list of rows with the same keys. Amounts are gross and in the claims' currency: what is owed to the
shop never nets against what it owes. Days are counted from the ledger, never from a clock. What is concluded, and from
how many slips, is :mod:`beancount_posguard.reports.prevention`'s; here it becomes text and figures.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from beancount_posguard.claims import names
from beancount_posguard.claims.causes import CAUSES
from beancount_posguard.claims.claim import Claim
from beancount_posguard.claims.deadlines import reached
from beancount_posguard.claims.steps import stage_name
from beancount_posguard.kinds import KINDS
from beancount_posguard.legs import Sheet
from beancount_posguard.money import ZERO, minor
from beancount_posguard.reports import prevention
from beancount_posguard.reports.exposure import PLACES, SEVERAL, UNKNOWN, Exposure, exposure
from beancount_posguard.reports.holds import LATEST, Hold, hold_list
from beancount_posguard.reports.prevention import (
    Finding,
    amount,
    cause_of,
    measure_of,
    real,
    trade_of,
    usual_measure,
)
from beancount_posguard.words import N_, _, either

if TYPE_CHECKING:
    from beancount_posguard.survey import Survey

Row = dict[str, Any]


class Business(NamedTuple):
    """What the reports are made of: the claims, the slips they happened among, the open holds, the last known day."""

    claims: Sequence[Claim]
    exposure: Exposure
    holds: Sequence[Hold]
    as_of: date


class Report(NamedTuple):
    """One report: what it tells, its columns, and what makes its rows."""

    about: str
    columns: tuple[str, ...]
    rows: Callable[[Business], list[Row]]


def business(found: Survey, sheets: Sequence[Sheet] = ()) -> Business:
    """Return what the reports need of a survey.

    Args:
        found: the survey.
        sheets: the ledger's batches, where the survey was kept without them (:mod:`beancount_posguard.recent`).
    """
    exposed = exposure(found.sheets or sheets, found.settings.shifts)
    return Business(found.claims, exposed, hold_list(found.holds, found.as_of), found.as_of)


#: By what claims can be counted.
GROUPINGS = (N_("cause"), N_("kind"), *PLACES)

#: The sentence of each finding of :mod:`beancount_posguard.reports.prevention`.
FINDINGS: Mapping[str, str] = {
    "": "",
    "few": N_("too few to tell"),
    "above": N_("more than chance"),
    "chance": N_("may be chance"),
    "close": N_("closer than chance"),
    "long": N_("a longer run than chance"),
    "no-after": N_("nothing to compare with yet"),
    "no-before": N_("nothing to compare with"),
    "more": N_("more than before"),
    "fewer": N_("fewer than before"),
    "too-early": N_("too few to tell: not even none at all would prove it yet"),
    "no-proof": N_("no change proved"),
}


def said(finding: Finding) -> str:
    """Return the words of ``finding``."""
    return _(FINDINGS[finding.key]) if finding.key else ""


#: Columns that hold codes, or sentences of a table, and how each is told to a reader.
_SPOKEN: Mapping[str, Callable[[str], str]] = {
    "with": names.party,
    "stage": stage_name,
    "what": _,
    "lost": _,
    "source": _,
}


def in_words(column: str, value: object) -> object:
    """Return what stands under ``column`` as a reader wants it; programs get it as it is."""
    return _SPOKEN[column](value) if column in _SPOKEN and isinstance(value, str) and value else value


def name_of(name: str, by: str) -> str:
    """Return what a group is called, those without a name too."""
    if name == SEVERAL:
        return _("(several)")
    return name if name != UNKNOWN else _("(none yet)") if by == "cause" else _("(none)")


def title(name: str) -> str:
    """Return what a cause or kind is called."""
    known = CAUSES.get(name) or KINDS.get(name)
    return either(known.zh, known.en) if known else ""


def _plain(value: float | None, places: int = 2) -> str:
    """Print a rate or ratio; empty where there is none."""
    if value is None:
        return ""
    return "∞" if math.isinf(value) else f"{value:.{places}f}"


def _percent(value: float) -> str:
    return f"{value * 100:.1f} %"


def counted(one: Business, by: str) -> list[Row]:
    """Return how often and for how much, the most frequent first; ``share`` adds up from the first."""
    rows: list[Row] = []
    for group in prevention.pareto(one.claims, by, one.exposure):
        low, high = group.interval or (None, None)
        row: Row = {
            by: name_of(group.name, by),
            "what": title(group.name),
            "claims": len(group.claims),
            "amount": group.amount,
            "currency": group.currency,
            "share": _percent(group.share),
            "slips": group.slips,
            "rate": _plain(group.rate, 1),
            "low": _plain(low, 1),
            "high": _plain(high, 1),
            "chance": "" if group.most is None else group.most,
            "finding": said(group.finding),
            "measures": group.measures,
            "todo": _todo(group) if by == "cause" else "",
        }
        rows.append({key: row[key] for key in columns_of(by)})
    return rows


_COUNTED = (N_("claims"), N_("amount"), N_("currency"), N_("share"), N_("slips"), N_("rate"), N_("low"), N_("high"))


def columns_of(by: str) -> tuple[str, ...]:
    """Return the columns of the report on causes, counted ``by`` something."""
    if by == "cause":
        return (by, N_("what"), *_COUNTED, N_("measures"), N_("todo"))
    return (by, N_("what"), *_COUNTED) if by == "kind" else (by, *_COUNTED, N_("chance"), N_("finding"))


def _todo(group: prevention.Group) -> str:
    """Return what is missing: a cause that came back without anybody doing something about it."""
    if group.name in CAUSES and len(group.claims) > 1 and not group.measures and CAUSES[group.name].measure:
        return _("no measure yet; usual: {measure}").format(measure=usual_measure(group.name))
    return ""


def _causes(one: Business) -> list[Row]:
    return counted(one, "cause")


def _gaps(one: Business) -> list[Row]:
    chart = prevention.gaps(one.claims, one.exposure)
    limits = {"low": "" if chart.low is None else chart.low, "high": "" if chart.high is None else chart.high}
    return [
        {
            "day": point.day,
            "id": point.claim.id,
            "kind": point.claim.kind,
            "cause": cause_of(point.claim),
            "slips": point.slips,
            "days": point.days,
            **limits,
            "finding": said(point.finding),
        }
        for point in chart.points
    ]


def _measures(one: Business) -> list[Row]:
    return [_measure(effect) for effect in prevention.effects(one.claims, one.exposure, one.as_of)]


def _measure(effect: prevention.Effect) -> Row:
    ratio = effect.ratio
    return {
        "measure": effect.measure,
        "cause": effect.cause,
        "since": effect.since,
        "until": effect.until,
        "before": effect.before,
        "slips before": effect.slips_before,
        "after": effect.after,
        "slips after": effect.slips_after,
        "ratio": _plain(ratio.value) if ratio else "",
        "low": _plain(ratio.interval.low) if ratio else "",
        "high": _plain(ratio.interval.high) if ratio else "",
        "p": _plain(ratio.p, 3) if ratio else "",
        "finding": said(effect.finding),
    }


_AGES = ((7, N_("up to 7 days")), (30, N_("8 to 30")), (60, N_("31 to 60")), (10**6, N_("over 60")))


def _ageing(one: Business) -> list[Row]:
    sums: dict[tuple[int, str, str, str], tuple[int, Decimal]] = {}
    for claim in one.claims:
        age = (one.as_of - claim.detected).days
        band = next(number for number, (most, _) in enumerate(_AGES) if age <= most)
        for part in claim.parts:
            if part.balance:
                way = _("owed to you") if part.balance > 0 else _("owed by you")
                key = (band, part.counterparty, way, claim.currency)
                count, total = sums.get(key, (0, ZERO))
                sums[key] = (count + 1, total + abs(part.balance))
    return [
        {"age": _(_AGES[band][1]), "with": who, "way": way, "claims": count, "open": total, "currency": currency}
        for (band, who, way, currency), (count, total) in sorted(sums.items())
    ]


def _fees(one: Business) -> list[Row]:
    sums: dict[tuple[str, str, str], list[Claim]] = defaultdict(list)
    for claim in real(one.claims):
        if claim.kind == "A9":
            sums[claim.acquirer, f"{trade_of(claim):%Y-%m}", claim.currency].append(claim)
    return [
        {
            "acquirer": name,
            "month": month,
            "claims": len(group),
            "overcharged": sum((amount(one) for one in group), ZERO),
            "open": sum((one.balance for one in group), ZERO),
            "currency": currency,
        }
        for (name, month, currency), group in sorted(sums.items())
    ]


def _holds(one: Business) -> list[Row]:
    return [
        {
            "lapses": hold.lapses,
            "left": hold.left,
            "day": hold.day,
            "age": hold.age,
            "amount": hold.amount,
            "currency": hold.currency,
            "acquirer": hold.acquirer,
            "terminal": hold.terminal,
            "card": hold.card,
            "ref": hold.ref,
            "todo": hold_todo(hold),
        }
        for hold in one.holds
    ]


def hold_todo(hold: Hold) -> str:
    """Return what to do about an open hold today; empty while it is young."""
    if hold.left < 0:
        return _("lapsed; only a late completion by the acquirer is left, until day {day}").format(day=LATEST)
    if not hold.alarm:
        return ""
    return _("day {day} has come: complete it (预授权完成) or release it (预授权撤销)").format(day=hold.alarm)


def _deadlines(one: Business) -> list[Row]:
    rows: list[Row] = []
    for claim in one.claims:
        if claim.due and claim.is_open:
            due = claim.due
            rows.append(
                {
                    "due": due.day,
                    "left": (due.day - one.as_of).days,
                    "reached": f"{reached(due, one.as_of)} %",
                    "id": claim.id,
                    "stage": claim.stage,
                    "what": due.what,
                    "lost": due.lost,
                    "open": claim.balance,
                    "currency": claim.currency,
                    "source": due.source,
                }
            )
    return sorted(rows, key=lambda row: (row["due"], row["id"]))


def _acquirers(one: Business) -> list[Row]:
    groups: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in real(one.claims):
        if any(part.counterparty == "acquirer" for part in claim.parts):
            groups[claim.acquirer, claim.currency].append(claim)
    slips = one.exposure.by.get("acquirer", {})
    return [_acquirer(name, currency, group, slips.get(name, 0)) for (name, currency), group in sorted(groups.items())]


def _acquirer(name: str, currency: str, claims: Sequence[Claim], slips: int) -> Row:
    parts = [part for claim in claims for part in claim.parts if part.counterparty == "acquirer" and part.amount > 0]
    answered = [claim for claim in claims if claim.last("accept") or claim.last("reject")]
    days = [_days_to_answer(claim) for claim in answered]
    return {
        "acquirer": name,
        "claims": len(claims),
        "slips": slips,
        "claimed": sum((part.amount for part in parts), ZERO),
        "open": sum((part.balance for part in parts), ZERO),
        "currency": currency,
        "asked": sum(bool(claim.last("submit")) for claim in claims),
        "accepted": sum(bool(claim.last("accept")) for claim in claims),
        "rejected": sum(bool(claim.last("reject")) for claim in claims),
        "days to answer": minor(Decimal(sum(days)) / len(days)) if days else "",
    }


def _days_to_answer(claim: Claim) -> int:
    asked = next((one.on for one in claim.taken if one.step == "submit"), claim.detected)
    answer = next(one.on for one in claim.taken if one.step in {"accept", "reject"})
    return (answer - asked).days


def lessons(claims: Sequence[Claim]) -> list[Row]:
    """Return what each closed claim taught, the dearest first."""
    rows: list[Row] = []
    for claim in claims:
        closing = claim.last("close")
        if claim.stage != "closed" or closing is None:
            continue
        cause = cause_of(claim)
        lost = sum((abs(event.amount) for event in claim.history if event.what == "write-off" and event.amount), ZERO)
        rows.append(
            {
                "id": claim.id,
                "kind": claim.kind,
                "cause": cause,
                "why": title(cause),
                "days to detect": (claim.detected - trade_of(claim)).days,
                "days to close": (closing.on - claim.detected).days,
                "amount": amount(claim),
                "lost": lost,
                "currency": claim.currency,
                "measure": measure_of(claim) or _no_measure(cause),
            }
        )
    return sorted(rows, key=lambda row: (-row["lost"], -row["amount"], row["id"]))


def _no_measure(cause: str) -> str:
    usual = usual_measure(cause)
    return _("none; usual: {measure}").format(measure=usual) if usual else _("none")


def figures_of(columns: Iterable[str], rows: Sequence[Row]) -> list[str]:
    """Return the columns in which figures stand, in every row; ``lost`` is a sum here and a right there."""
    return [column for column in columns if column in _NUMBERS and all(_is_figure(row.get(column)) for row in rows)]


def _is_figure(value: object) -> bool:
    return not isinstance(value, str) or not value or value[0].isdigit() or value == "∞"


#: The columns that hold figures.
_NUMBERS = frozenset(
    {
        *(
            "claims",
            "amount",
            "open",
            "left",
            "claimed",
            "overcharged",
            "lost",
            "asked",
            "accepted",
            "rejected",
            "slips",
        ),
        *(
            "rate",
            "low",
            "high",
            "chance",
            "days",
            "before",
            "after",
            "slips before",
            "slips after",
            "ratio",
            "p",
        ),
        *("share", "measures", "reached", "days to detect", "days to close", "days to answer"),
    }
)

REPORTS: Mapping[str, Report] = {
    "causes": Report(N_("why claims happened, the most frequent cause first"), columns_of("cause"), _causes),
    "gaps": Report(
        N_("how many slips went well between two mismatches"),
        (N_("day"), "id", N_("kind"), N_("cause"), N_("slips"), N_("days"), N_("low"), N_("high"), N_("finding")),
        _gaps,
    ),
    "measures": Report(
        N_("what became of a cause after a measure"),
        (
            N_("measure"),
            N_("cause"),
            N_("since"),
            N_("until"),
            N_("before"),
            N_("slips before"),
            N_("after"),
            N_("slips after"),
            N_("ratio"),
            N_("low"),
            N_("high"),
            N_("p"),
            N_("finding"),
        ),
        _measures,
    ),
    "ageing": Report(
        N_("what is open, by age and counterparty"),
        (N_("age"), N_("with"), N_("way"), N_("claims"), N_("open"), N_("currency")),
        _ageing,
    ),
    "fees": Report(
        N_("fees above the tariff, by month"),
        (N_("acquirer"), N_("month"), N_("claims"), N_("overcharged"), N_("open"), N_("currency")),
        _fees,
    ),
    "holds": Report(
        N_("open holds, the one that lapses first at the top"),
        (
            N_("lapses"),
            N_("left"),
            N_("day"),
            N_("age"),
            N_("amount"),
            N_("currency"),
            N_("acquirer"),
            N_("terminal"),
            N_("card"),
            N_("ref"),
            N_("todo"),
        ),
        _holds,
    ),
    "deadlines": Report(
        N_("the next deadline of each open claim, the nearest first"),
        (
            N_("due"),
            N_("left"),
            N_("reached"),
            "id",
            N_("stage"),
            N_("what"),
            N_("lost"),
            N_("open"),
            N_("currency"),
            N_("source"),
        ),
        _deadlines,
    ),
    "acquirers": Report(
        N_("how the acquirers answer"),
        (
            N_("acquirer"),
            N_("claims"),
            N_("slips"),
            N_("claimed"),
            N_("open"),
            N_("currency"),
            N_("asked"),
            N_("accepted"),
            N_("rejected"),
            N_("days to answer"),
        ),
        _acquirers,
    ),
}
LESSONS = (
    "id",
    N_("kind"),
    N_("cause"),
    N_("why"),
    N_("days to detect"),
    N_("days to close"),
    N_("amount"),
    N_("lost"),
    N_("currency"),
    N_("measure"),
)
