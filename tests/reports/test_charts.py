"""Charts: what is drawn is what was given, and nothing else gets in."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import pytest

from beancount_posguard.reports.charts import (
    Bar,
    Course,
    Dot,
    Level,
    Pair,
    Span,
    bars,
    courses,
    dots,
    pairs,
    spans,
)


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  # our own


def widths(svg: str, kind: str = "bar") -> list[float]:
    found = [one for one in drawn(svg).iter("rect") if one.get("class", "").split()[0] == kind]
    return [float(one.get("width", "")) for one in found]


def test_bars_are_as_long_as_their_values() -> None:
    first, second = widths(bars("t", [Bar("a", 10, "10"), Bar("b", 4, "4")]))
    assert second / first == pytest.approx(0.4, abs=0.001)


def test_shares_add_up_to_the_right_edge() -> None:
    svg = bars("t", [Bar("a", 3, "3", "", 0.75), Bar("b", 1, "1", "", 1.0)])
    line = drawn(svg).find("polyline")
    assert line is not None
    (x1, _), (x2, _) = (point.split(",") for point in line.get("points", "").split())
    # The scale runs from 590 to 702.
    assert (float(x1), float(x2)) == (590 + 0.75 * 112, 702)


def test_a_ratio_stands_on_a_logarithmic_scale_around_one() -> None:
    svg = spans("t", [Span("half", 0.5, 0.25, 1, ""), Span("double", 2, 1, 4, "")], middle=1)
    places = [float(one.get("cx", "")) for one in drawn(svg).iter("circle")]
    (axis,) = (one for one in drawn(svg).iter("path") if one.get("class") == "axis")
    middle = float(re.findall(r"M([\d.]+)", axis.get("d", ""))[0])
    assert middle - places[0] == pytest.approx(places[1] - middle)


def test_an_endless_interval_has_no_end_and_an_endless_value_no_dot() -> None:
    svg = spans("t", [Span("none before", math.inf, 2, math.inf, "∞")], middle=1)
    assert "circle" not in svg
    assert "inf" not in svg
    (whisker,) = (one for one in drawn(svg).iter("path") if one.get("class", "").startswith("whisker"))
    assert whisker.get("d", "").count("v8") == 1


def test_amounts_on_both_sides_have_one_scale() -> None:
    left, right = widths(pairs("t", [Pair("x", 50, 100, "50", "100")], ("a", "b")))
    assert right == pytest.approx(2 * left)


def test_a_course_is_never_longer_than_its_track() -> None:
    svg = courses("t", [Course("x", 15, 30, (20, 27), ""), Course("late", 40, 30, (), "")])
    track = widths(svg, "track")[0]
    assert widths(svg) == [track / 2, track]
    (marks,) = (one for one in drawn(svg).iter("path") if one.get("class") == "mark")
    first = float(re.findall(r"M([\d.]+)", marks.get("d", ""))[0])
    assert first == 190 + track * 20 / 30


def test_points_hang_where_their_values_are() -> None:
    svg = dots("t", [Dot("a", 0), Dot("b", 100)], [Level(50, "mean", "mean")])
    low, high = (float(one.get("cy", "")) for one in drawn(svg).iter("circle"))
    (mean,) = (one for one in drawn(svg).iter("path") if one.get("class") == "mean")
    assert float(re.findall(r"M46 ([\d.]+)", mean.get("d", ""))[0]) == (low + high) / 2


@pytest.mark.parametrize("rows", [[], [Bar("a", 0, "0")]])
def test_nothing_can_be_drawn(rows: list[Bar]) -> None:
    assert drawn(bars("t", rows)).tag == "svg"
    assert drawn(dots("t", [], [])).tag == "svg"
    assert drawn(spans("t", [])).tag == "svg"
    assert drawn(pairs("t", [], ("a", "b"))).tag == "svg"


def test_everything_is_escaped_and_long_names_are_cut() -> None:
    svg = bars('"><script>', [Bar("<script>alert(1)</script>", 1, "<b>")])
    assert "<script" not in svg
    assert "<b>" not in svg
    assert (
        drawn(bars("t", [Bar("一二三四五六七八九十一二三四五", 1, "")])).findtext("text") == "一二三四五六七八九十一…"
    )
