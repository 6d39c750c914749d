"""The reports as pages that print well: figures at the top, a chart, the table, and how it was worked out.

Everything is in the reader's language. The figures are those of :mod:`beancount_posguard.reports.figures`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from beancount_posguard.ingest.cards import redact
from beancount_posguard.money import ZERO
from beancount_posguard.reports import prevention
from beancount_posguard.reports.charts import Bar, Course, Dot, Level, Pair, Span, bars, courses, dots, pairs, spans
from beancount_posguard.reports.exposure import PLACES
from beancount_posguard.reports.figures import (
    REPORTS,
    Business,
    Row,
    columns_of,
    counted,
    figures_of,
    in_words,
    name_of,
    said,
    title,
)
from beancount_posguard.reports.holds import alarm_ages
from beancount_posguard.reports.html import figure as drawing
from beancount_posguard.reports.html import heading, page, paragraph, table, tiles
from beancount_posguard.reports.prevention import Finding, Group
from beancount_posguard.reports.stats import poisson_interval
from beancount_posguard.text import figure
from beancount_posguard.words import N_, _, language

#: A limit so many times as high as every gap is left out of the chart.
_ABOVE = 3

#: So many rows make a chart; the rest stands in the table.
_MOST = 14

_TITLES: Mapping[str, str] = {
    "causes": N_("Why mismatches happen"),
    "gaps": N_("Slips between two mismatches"),
    "measures": N_("What the measures brought"),
    "ageing": N_("What is open, by age"),
    "fees": N_("Fees above the tariff"),
    "holds": N_("Open holds"),
    "deadlines": N_("Next deadlines"),
    "acquirers": N_("How the acquirers answer"),
}

#: What a column is called where a page has more room than a terminal.
_HEADS: Mapping[str, str] = {
    "rate": N_("per 10,000 slips"),
    "low": N_("limits"),
    "share": N_("adding up"),
    "chance": N_("by chance at most"),
    "todo": N_("to do"),
    "p": N_("by chance (p)"),
}

_BY: Mapping[str, str] = {
    "cause": N_("By cause"),
    "kind": N_("By kind"),
    "terminal": N_("By terminal"),
    "cashier": N_("By cashier"),
    "shift": N_("By shift"),
    "store": N_("By store"),
    "acquirer": N_("By acquirer"),
}


def report_page(name: str, done: Business, shop: str, grouping: str = "") -> str:
    """Return the report ``name`` as a page.

    Args:
        name: a key of :data:`~beancount_posguard.reports.figures.REPORTS`.
        done: what it is made of.
        shop: what the shop is called, or nothing.
        grouping: for the causes, only this grouping.
    """
    told = _(_TITLES[name])
    body = [heading(told, 1), paragraph(_about(done, shop), "sub")]
    body += _by_page((grouping,), done) if grouping else _PAGES[name](done)
    return _masked(page(language(), f"{told} {shop}".strip(), body))


def report_name(name: str) -> str:
    """Return what a report is called."""
    return _(_TITLES[name])


def report_body(name: str, done: Business) -> str:
    """Return what the page of the report ``name`` shows below its title, to stand on another page."""
    return _masked("\n".join([paragraph(_about(done, ""), "sub"), *_PAGES[name](done)]))


def _masked(text: str) -> str:
    return "\n".join(redact(line) for line in text.split("\n"))


def _about(done: Business, shop: str) -> str:
    days = done.exposure.days
    if done.as_of == date.min:
        text = _("no card business yet")
    elif days is None:
        text = _("As of {day}; no slips yet").format(day=done.as_of)
    else:
        text = _("As of {day}; {slips} slips from {first} to {last}").format(
            day=done.as_of, slips=done.exposure.total, first=days[0], last=days[1]
        )
    return f"{shop} · {text}" if shop else text


def _nothing() -> list[str]:
    return [paragraph(_("Nothing to report."))]


def _head(column: str) -> str:
    return _(_HEADS.get(column, column))


#: Columns of money: where all is in one currency it stands in their heads.
_MONEY = frozenset({"amount", "open", "claimed", "overcharged", "lost"})


def _table(rows: Sequence[Row], columns: Sequence[str], signs: Sequence[str] = (), leave: Sequence[str] = ()) -> str:
    """Return ``rows`` as a table, as narrow as can be.

    A column in which nothing stands is left out, and those in ``leave``; limits share a column; one currency for all
    stands in the heads.
    """
    currencies = {str(row["currency"]) for row in rows if row.get("currency")}
    one = currencies.pop() if len(currencies) == 1 else ""
    hidden = {*leave, "high", *(["currency"] if one else [])}
    shown = [
        column for column in columns if column not in hidden and any(row.get(column) not in {"", None} for row in rows)
    ]
    figures = frozenset(figures_of(shown, rows))
    heads = [f"{_head(column)} {one}".rstrip() if column in _MONEY & figures else _head(column) for column in shown]
    cells = [
        [_limits(row) if column == "low" else _spell(in_words(column, row.get(column))) for column in shown]
        for row in rows
    ]
    flush = [place for place, column in enumerate(shown) if column in figures]
    return table(heads, cells, flush, signs=signs)


def _limits(row: Row) -> str:
    return f"{row['low']} – {row['high']}" if row["low"] not in {"", None} else ""


def _spell(value: object) -> str:
    if isinstance(value, Decimal):
        return figure(value)
    return "" if value is None else str(value)


def _money(sums: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{figure(total)} {currency}" for currency, total in sorted(sums.items())) or "0.00"


def _by_currency(pairs_: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for currency, value in pairs_:
        sums[currency] = sums.get(currency, ZERO) + value
    return sums


# -- causes ------------------------------------------------------------------------------------------------------------


def _causes(done: Business) -> Iterator[str]:
    claims = prevention.real(done.claims)
    if not claims:
        yield from _nothing()
        return
    yield _overall(done)
    yield from _unanswered(done)
    places = [by for by in PLACES if len([name for name in done.exposure.by.get(by, {}) if name]) > 1]
    yield from _by_page(("cause", "kind", *places), done)
    yield heading(_(_TITLES["gaps"]))
    yield from _gaps(done)
    yield heading(_(_TITLES["measures"]))
    yield from _measures(done)


def _overall(done: Business) -> str:
    claims = prevention.real(done.claims)
    total = done.exposure.total
    shown = [
        (_("mismatches"), str(len(claims))),
        (_("amount, all in all"), _money(_by_currency((one.currency, prevention.amount(one)) for one in claims))),
        (_("of it still open"), _money(_by_currency((one.currency, one.balance) for one in claims))),
    ]
    if total:
        low, high = (end * prevention.PER / total for end in poisson_interval(len(claims)))
        rate = len(claims) * prevention.PER / total
        shown.append(
            (_("per 10,000 slips (95 %: {low} to {high})").format(low=_short(low), high=_short(high)), _short(rate))
        )
    return tiles(shown)


def _unanswered(done: Business) -> Iterator[str]:
    missing = prevention.repeated(done.claims)
    if missing:
        yield heading(_("Came back, and nobody has recorded a measure"), 3)
        rows = [
            (one.cause, title(one.cause), str(len(one.claims)), prevention.usual_measure(one.cause)) for one in missing
        ]
        yield table((_("cause"), _("what"), _("claims"), _("usual measure")), rows, [2])


def _by_page(groupings: Iterable[str], done: Business) -> Iterator[str]:
    for by in groupings:
        groups = prevention.pareto(done.claims, by, done.exposure)
        if not groups:
            yield from _nothing()
            return
        yield heading(_(_BY[by]))
        yield drawing(*_group_chart(groups, by))
        signs = [group.finding.sign for group in groups] if by in PLACES else ()
        leave = () if by in PLACES else ("slips", "todo")
        yield _table(counted(done, by), columns_of(by), signs, leave)
        if by in PLACES:
            yield paragraph(_place_note(groups), "note")


def _group_chart(groups: Sequence[Group], by: str) -> tuple[str, str]:
    """Return a chart and its caption: rates with their limits for places, counts for the rest."""
    if by in PLACES:
        rows = [
            Span(name_of(one.name, by), one.rate, *one.interval, _of(len(one.claims), one.slips), one.finding.sign)
            for one in groups[:_MOST]
            if one.rate is not None and one.interval is not None
        ]
        caption = _("Mismatches per 10,000 slips, with exact 95 % limits")
        return spans(caption, rows), caption
    rows_ = [Bar(_named(one, by), len(one.claims), str(len(one.claims)), "", one.share) for one in groups[:_MOST]]
    caption = _("How many, and on the right how they add up")
    return bars(caption, rows_), caption


def _named(group: Group, by: str) -> str:
    return f"{name_of(group.name, by)} {title(group.name)}".strip()


def _of(count: int, slips: int) -> str:
    return _("{count} of {slips}").format(count=count, slips=slips)


def _place_note(groups: Sequence[Group]) -> str:
    if any(one.finding.sign == "few" for one in groups):
        return _("Fewer than {n} mismatches in all: too few to tell one place from another.").format(
            n=prevention.FEWEST
        )
    return _(
        "“More than chance”: all mismatches shared out by the slips would give it as many with less than {risk} over "
        "all places together (exact binomial)."
    ).format(risk=f"{prevention.RISK:.0%}")


# -- over time ---------------------------------------------------------------------------------------------------------


def _gaps(done: Business) -> Iterator[str]:
    chart = prevention.gaps(done.claims, done.exposure)
    if not chart.points:
        yield from _nothing()
        return
    rows = [Dot(f"{one.day} {one.claim.kind}", one.slips, _loud(one.finding)) for one in chart.points]
    levels: list[Level] = []
    if chart.mean is None or chart.low is None or chart.high is None:
        note = _("Fewer than {n} mismatches: too few for limits.").format(n=prevention.GAPS)
    else:
        levels.append(Level(chart.mean, _("mean {n}").format(n=_short(chart.mean)), "mean"))
        if chart.high < _ABOVE * max(one.slips for one in chart.points):
            levels.append(Level(chart.high, _("limit {n}").format(n=chart.high), "limit"))
        if chart.low:
            levels.append(Level(chart.low, "", "limit"))
        note = _gap_note(chart.low, chart.high)
    caption = _("Slips that went well before each mismatch; high is good")
    yield drawing(dots(caption, rows, levels), caption)
    text = _("Since the last one {n} slips went well ({finding}).").format(n=chart.since, finding=said(chart.finding))
    yield paragraph(f"{note} {text}", "note")


def _gap_note(low: int, high: int) -> str:
    risk = f"{prevention.GAP_RISK:.1%}"
    if not low:
        return _(
            "A gap of more than {high} slips comes by chance in {risk} of the cases (exact geometric limit)."
        ).format(high=high, risk=risk)
    return _(
        "Gaps of up to {low} or above {high} slips come by chance in {risk} of the cases each (exact geometric limits)."
    ).format(low=low, high=high, risk=risk)


def _loud(finding: Finding) -> str:
    return finding.sign if finding.sign in {"worse", "better"} else ""


def _gaps_page(done: Business) -> Iterator[str]:
    yield from _gaps(done)
    rows = REPORTS["gaps"].rows(done)
    if rows:
        signs = [_loud(one.finding) for one in prevention.gaps(done.claims, done.exposure).points]
        yield _table(rows, REPORTS["gaps"].columns, signs)


def _measures(done: Business) -> Iterator[str]:
    effects = prevention.effects(done.claims, done.exposure, done.as_of)
    if not effects:
        yield paragraph(_("No measure has been recorded yet: posguard close --measure, or posguard note --measure."))
        return
    rows = [
        Span(
            f"{one.cause} {one.since}",
            ratio.value,
            *ratio.interval,
            said(one.finding) if one.finding.sign != "few" else "",
            _loud(one.finding) or "few",
        )
        for one in effects[:_MOST]
        if (ratio := one.ratio) is not None
    ]
    if rows:
        caption = _("Rate after the measure, as a part of the rate before (1: no change), with exact 95 % limits")
        yield drawing(spans(caption, rows, middle=1), caption)
    shown = [
        row | {side: _of(row[side], row[f"slips {side}"]) for side in ("before", "after")}
        for row in REPORTS["measures"].rows(done)
    ]
    leave = ("until", "slips before", "slips after")
    yield _table(shown, REPORTS["measures"].columns, [_loud(one.finding) for one in effects], leave)
    yield paragraph(
        _(
            "Exact ratio of Poisson rates (conditional binomial test). The last days, of which a mismatch may not have "
            "been found yet, are left out. A measure taken after a bad month looks good by itself: watch the next "
            "months too."
        ),
        "note",
    )


# -- money and time ----------------------------------------------------------------------------------------------------


def _ageing(done: Business) -> Iterator[str]:
    rows = REPORTS["ageing"].rows(done)
    if not rows:
        yield from _nothing()
        return
    parts = [(one.currency, part.balance) for one in done.claims for part in one.parts if part.balance]
    to_us = _by_currency((currency, balance) for currency, balance in parts if balance > 0)
    by_us = _by_currency((currency, -balance) for currency, balance in parts if balance < 0)
    yield tiles([(_("owed to you"), _money(to_us)), (_("owed by you"), _money(by_us))])
    for currency in sorted({*to_us, *by_us}):
        ages: dict[str, list[Decimal]] = {}
        for row in rows:
            if row["currency"] == currency:
                sides = ages.setdefault(row["age"], [ZERO, ZERO])
                sides[row["way"] == _("owed to you")] += row["open"]
        shown = [
            Pair(age, float(left), float(right), _filled(left), _filled(right)) for age, (left, right) in ages.items()
        ]
        caption = _("Open amounts by age, in {currency}").format(currency=currency)
        yield drawing(pairs(caption, shown, (_("owed by you"), _("owed to you"))), caption)
    yield _table(rows, REPORTS["ageing"].columns)


def _filled(value: Decimal) -> str:
    return figure(value) if value else ""


def _fees(done: Business) -> Iterator[str]:
    rows = REPORTS["fees"].rows(done)
    if not rows:
        yield paragraph(_("No fee above the tariff was found."))
        return
    shown = [
        Bar(
            f"{row['month']} {row['acquirer']}",
            float(row["overcharged"]),
            f"{figure(row['overcharged'])} {row['currency']}",
        )
        for row in rows[-_MOST:]
    ]
    caption = _("Charged above the tariff, by month")
    yield drawing(bars(caption, shown), caption)
    yield _table(rows, REPORTS["fees"].columns)


def _holds(done: Business) -> Iterator[str]:
    if not done.holds:
        yield paragraph(_("No hold is open."))
        return
    sums = _by_currency((one.currency, one.amount) for one in done.holds)
    pressing = sum(bool(one.alarm) and one.left >= 0 for one in done.holds)
    yield tiles(
        [
            (_("open holds"), str(len(done.holds))),
            (_("held"), _money(sums)),
            (_("whose time runs out"), str(pressing)),
            (_("lapsed"), str(sum(one.left < 0 for one in done.holds))),
        ]
    )
    signs = ["worse" if one.left < 0 or one.alarm else "" for one in done.holds]
    rows = [
        Course(
            f"{one.day} {figure(one.amount)}",
            one.age,
            (one.lapses - one.day).days,
            alarm_ages((one.lapses - one.day).days, one.day),
            _("{n} days left").format(n=one.left) if one.left >= 0 else _("lapsed"),
            sign,
        )
        for one, sign in zip(done.holds[:_MOST], signs, strict=False)
    ]
    caption = _("Age of each hold; the strokes are the days on which to look at it")
    yield drawing(courses(caption, rows), caption)
    leave = ("left", *(["acquirer"] if len({one.acquirer for one in done.holds}) == 1 else []))
    yield _table(REPORTS["holds"].rows(done), REPORTS["holds"].columns, signs, leave)


_SOON = 7


def _deadlines(done: Business) -> Iterator[str]:
    rows = REPORTS["deadlines"].rows(done)
    if not rows:
        yield from _nothing()
        return
    late = sum(row["left"] < 0 for row in rows)
    soon = sum(0 <= row["left"] <= _SOON for row in rows)
    yield tiles([(_("overdue"), str(late)), (_("within a week"), str(soon)), (_("deadlines in all"), str(len(rows)))])
    known = {claim.id: claim.due for claim in done.claims if claim.due}
    shown = [_course(row, known[row["id"]].since, done.as_of) for row in rows[:_MOST]]
    caption = _("How much of the time given has passed, the nearest first")
    yield drawing(courses(caption, shown), caption)
    yield _table(rows, REPORTS["deadlines"].columns, leave=("left", "reached", "source"))


def _course(row: Row, since: date, as_of: date) -> Course:
    left = row["left"]
    text = _("{n} days left").format(n=left) if left >= 0 else _("{n} days late").format(n=-left)
    whole = (row["due"] - since).days
    return Course(row["id"], (as_of - since).days, whole, (), text, "worse" if left <= _SOON else "")


def _acquirers(done: Business) -> Iterator[str]:
    rows = REPORTS["acquirers"].rows(done)
    if not rows:
        yield from _nothing()
        return
    shown = [
        Span(
            row["acquirer"],
            row["claims"] * prevention.PER / row["slips"],
            *_interval(row),
            _of(row["claims"], row["slips"]),
        )
        for row in rows[:_MOST]
        if row["slips"]
    ]
    if shown:
        caption = _("Mismatches with the acquirer per 10,000 slips, with exact 95 % limits")
        yield drawing(spans(caption, shown), caption)
    yield _table(rows, REPORTS["acquirers"].columns)


def _interval(row: Row) -> tuple[float, float]:
    low, high = poisson_interval(row["claims"])
    return low * prevention.PER / row["slips"], high * prevention.PER / row["slips"]


def _short(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) else "∞"


_PAGES: Mapping[str, Callable[[Business], Iterable[str]]] = {
    "causes": _causes,
    "gaps": _gaps_page,
    "measures": _measures,
    "ageing": _ageing,
    "fees": _fees,
    "holds": _holds,
    "deadlines": _deadlines,
    "acquirers": _acquirers,
}
