"""Charts as inline SVG: drawn from figures that others worked out, in the page's own colours, without any script.

Every function takes rows with their labels ready to read and returns one ``<svg>``. Coordinates are whole or half
units of a drawing 720 wide; colours and dark mode are the page's (:mod:`beancount_posguard.reports.html`), by class:
``worse``, ``better``, ``few`` and none. Everything is escaped; the same rows give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple
from unicodedata import east_asian_width

WIDE, LABEL, ROW = 720, 190, 26
_PLOT = WIDE - LABEL - 110
_TALL = 220
_LEFT, _BOTTOM = 46, 26


class Bar(NamedTuple):
    """One bar: ``text`` stands behind it; ``share`` (0 to 1) adds up from the first, or is None."""

    label: str
    value: float
    text: str
    sign: str = ""
    share: float | None = None


class Span(NamedTuple):
    """One value with its interval; ``high`` may be infinite. ``text`` stands at the right."""

    label: str
    value: float
    low: float
    high: float
    text: str
    sign: str = ""


class Pair(NamedTuple):
    """Two amounts, one to the left and one to the right of a middle line, with their texts."""

    label: str
    left: float
    right: float
    left_text: str
    right_text: str


class Course(NamedTuple):
    """Something under way: ``done`` of ``whole`` days, with the days to look at it."""

    label: str
    done: float
    whole: float
    marks: Sequence[float]
    text: str
    sign: str = ""


class Dot(NamedTuple):
    """One point of a course over time; ``label`` is shown when it is pointed at."""

    label: str
    value: float
    sign: str = ""


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Return bars, the longest as long as there is room, and where shares are given the line that adds them up."""
    most = max((row.value for row in rows), default=0) or 1
    room = _PLOT - 60 if _shared(rows) else _PLOT
    shapes: list[str] = []
    for number, row in enumerate(rows):
        y = number * ROW
        width = row.value / most * room
        shapes += [
            _text(LABEL - 8, y + 17, _cut(row.label), "label"),
            f'<rect class="bar {row.sign}" x="{LABEL}" y="{y + 5}" width="{_n(width)}" height="{ROW - 10}" rx="2"/>',
            _text(LABEL + width + 6, y + 17, row.text, "value"),
        ]
    shapes += _adding(rows)
    return _svg(title, len(rows) * ROW + (18 if _shared(rows) else 4), shapes)


def _shared(rows: Sequence[Bar]) -> bool:
    return len(rows) > 1 and all(row.share is not None for row in rows)


def _adding(rows: Sequence[Bar]) -> Iterator[str]:
    """Yield the line of the added-up shares, at the right side of the bars' room."""
    if not _shared(rows):
        return
    x0, width = WIDE - 130, 112
    bottom = len(rows) * ROW
    yield f'<path class="grid" d="M{x0} 0V{bottom}M{x0 + width / 2} 0V{bottom}M{x0 + width} 0V{bottom}"/>'
    points = [(x0 + (row.share or 0) * width, number * ROW + ROW / 2) for number, row in enumerate(rows)]
    yield f'<polyline class="line" points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in points)}"/>'
    for x, y in points:
        yield f'<circle class="dot" cx="{_n(x)}" cy="{_n(y)}" r="2.5"/>'
    for part in (0, 50, 100):
        yield _text(x0 + part / 100 * width, bottom + 14, f"{part} %", "tick")


def spans(title: str, rows: Sequence[Span], *, middle: float | None = None) -> str:
    """Return each value with its interval as a line. With ``middle`` the scale is a ratio's: logarithmic around it."""
    scale = _ratio_scale(rows) if middle is not None else _plain_scale(rows)
    height = len(rows) * ROW
    shapes: list[str] = []
    for x, text in scale.ticks:
        kind = "axis" if middle is not None and text == _short(middle) else "grid"
        shapes += [f'<path class="{kind}" d="M{_n(x)} 0V{height}"/>', _text(x, height + 14, text, "tick")]
    for number, row in enumerate(rows):
        y = number * ROW + ROW / 2
        low, high = scale.at(row.low), scale.at(row.high)
        shapes += [
            _text(LABEL - 8, y + 4, _cut(row.label), "label"),
            _whisker(low, high, y, row),
            *(
                [f'<circle class="dot {row.sign}" cx="{_n(scale.at(row.value))}" cy="{_n(y)}" r="4"/>']
                if math.isfinite(row.value)
                else []
            ),
            _text(LABEL + _PLOT + 12, y + 4, row.text, "value"),
        ]
    return _svg(title, height + 18, shapes)


def _whisker(low: float, high: float, y: float, row: Span) -> str:
    end = "" if math.isinf(row.high) else f"M{_n(high)} {_n(y - 4)}v8"
    path = f"M{_n(low)} {_n(y)}H{_n(high)}M{_n(low)} {_n(y - 4)}v8{end}"
    return f'<path class="whisker {row.sign}" d="{path}"/>'


class _Scale(NamedTuple):
    """Where values lie, and the ticks as (place, text)."""

    low: float
    high: float
    log: bool
    ticks: Sequence[tuple[float, str]] = ()

    def at(self, value: float) -> float:
        """Return the place of ``value``; what lies beyond an end is put there."""
        value = min(max(value, self.low), self.high)
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return LABEL + share * _PLOT


def _plain_scale(rows: Sequence[Span]) -> _Scale:
    most = max((row.high for row in rows if math.isfinite(row.high)), default=1) or 1
    step = _step(most)
    scale = _Scale(0, max(most, step), log=False)
    count = int(most / step)
    return scale._replace(ticks=[(scale.at(number * step), _short(number * step)) for number in range(count + 1)])


def _ratio_scale(rows: Sequence[Span]) -> _Scale:
    ends = [end for row in rows for end in (row.low, row.high) if 0 < end < math.inf]
    high = min(max([4.0, *ends]), 100.0)
    low = max(min([0.25, *ends]), 0.01)
    scale = _Scale(low, high, log=True)
    ticks = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 10, 20, 100)
    return scale._replace(ticks=[(scale.at(tick), _short(tick)) for tick in ticks if low <= tick <= high])


def pairs(title: str, rows: Sequence[Pair], heads: tuple[str, str]) -> str:
    """Return amounts to both sides of a middle line, on one scale; ``heads`` name the sides."""
    most = max((max(row.left, row.right) for row in rows), default=0) or 1
    half = (WIDE - LABEL) / 2
    room = half - 90
    middle = LABEL + half
    height = len(rows) * ROW + 22
    shapes = [
        _text(middle - 8, 13, heads[0], "end"),
        _text(middle + 8, 13, heads[1], "value"),
        f'<path class="axis" d="M{_n(middle)} 4V{height}"/>',
    ]
    for number, row in enumerate(rows, start=1):
        y = number * ROW - 4
        left, right = row.left / most * room, row.right / most * room
        shapes += [
            _text(LABEL - 8, y + 17, _cut(row.label), "label"),
            f'<rect class="bar worse" x="{_n(middle - left)}" y="{y + 5}" width="{_n(left)}" height="{ROW - 10}"/>',
            f'<rect class="bar" x="{_n(middle)}" y="{y + 5}" width="{_n(right)}" height="{ROW - 10}"/>',
            _text(middle - left - 6, y + 17, row.left_text, "end"),
            _text(middle + right + 6, y + 17, row.right_text, "value"),
        ]
    return _svg(title, height + 2, shapes)


def courses(title: str, rows: Sequence[Course]) -> str:
    """Return how far each thing is: a track for the whole time, what has passed of it, and the days to look."""
    shapes: list[str] = []
    for number, row in enumerate(rows):
        y = number * ROW
        whole = row.whole or 1
        width = min(max(row.done / whole, 0), 1) * _PLOT
        marks = "".join(f"M{_n(LABEL + mark / whole * _PLOT)} {y + 3}v{ROW - 6}" for mark in row.marks)
        shapes += [
            _text(LABEL - 8, y + 17, _cut(row.label), "label"),
            f'<rect class="track" x="{LABEL}" y="{y + 7}" width="{_n(_PLOT)}" height="{ROW - 14}" rx="2"/>',
            f'<rect class="bar {row.sign}" x="{LABEL}" y="{y + 7}" width="{_n(width)}" height="{ROW - 14}" rx="2"/>',
            *([f'<path class="mark" d="{marks}"/>'] if marks else []),
            _text(LABEL + _PLOT + 8, y + 17, row.text, "value"),
        ]
    return _svg(title, len(rows) * ROW + 4, shapes)


class Level(NamedTuple):
    """A level line: ``kind`` is ``mean`` or ``limit``."""

    value: float
    name: str
    kind: str


def dots(title: str, rows: Sequence[Dot], levels: Sequence[Level]) -> str:
    """Return a course of points, in order, with level lines."""
    most = max([*(row.value for row in rows), *(level.value for level in levels)], default=1) or 1
    step = _step(most)
    top = math.ceil(most / step) * step
    width = WIDE - _LEFT - 90

    def place(value: float) -> float:
        return _TALL - _BOTTOM - value / top * (_TALL - _BOTTOM - 10)

    shapes: list[str] = []
    for number in range(int(top / step) + 1):
        y = place(number * step)
        shapes += [
            f'<path class="grid" d="M{_LEFT} {_n(y)}h{width}"/>',
            _text(_LEFT - 6, y + 4, _short(number * step), "end"),
        ]
    for level in levels:
        y = place(level.value)
        shapes += [
            f'<path class="{level.kind}" d="M{_LEFT} {_n(y)}h{width}"/>',
            _text(_LEFT + width + 6, y + 4, level.name, "value"),
        ]
    gap = width / max(len(rows), 1)
    points = [(_LEFT + (number + 0.5) * gap, place(row.value)) for number, row in enumerate(rows)]
    shapes.append(f'<polyline class="line" points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in points)}"/>')
    for (x, y), row in zip(points, rows, strict=True):
        name = f"<title>{escape(row.label)}</title>"
        shapes.append(f'<circle class="dot {row.sign}" cx="{_n(x)}" cy="{_n(y)}" r="3.5">{name}</circle>')
    if rows:
        shapes += [
            _text(points[0][0], _TALL - 8, rows[0].label, "value"),
            *([_text(points[-1][0], _TALL - 8, rows[-1].label, "end")] if len(rows) > 1 else []),
        ]
    return _svg(title, _TALL, shapes)


def _svg(title: str, height: float, shapes: Iterable[str]) -> str:
    inside = "\n".join(shapes)
    return (
        f'<svg class="chart" viewBox="0 0 {WIDE} {_n(height)}" role="img" aria-label="{escape(title)}">\n'
        f"{inside}\n</svg>"
    )


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}">{escape(text)}</text>' if text else ""


def _n(value: float) -> str:
    """Print a coordinate with one decimal at most: the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")


def _short(value: float) -> str:
    return f"{value:.10g}"


def _step(most: float) -> float:
    """Return a round step of which two to five make ``most``."""
    power = 10.0 ** math.floor(math.log10(most))
    return next((part * power for part in (0.2, 0.5, 1) if most / (part * power) <= 5), power)  # noqa: PLR2004  # as said


#: How many columns a label may take, a Chinese character two of them.
_COLUMNS = 25


def _cut(text: str) -> str:
    """Return as much of ``text`` as there is room for."""
    used, out = 0, ""
    for one in text:
        used += 2 if east_asian_width(one) in "WF" else 1
        if used > _COLUMNS:
            return f"{out[:-1]}…"
        out += one
    return out
