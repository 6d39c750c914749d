"""Where mismatches come from and whether a measure helped: figures worked out by hand, and no conclusion from few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from beancount_posguard.claims.claim import Claim
from beancount_posguard.reports import prevention
from beancount_posguard.reports.exposure import SHIFTS, Exposure, place_of, shift_of

Make = Callable[..., Claim]
Expose = Callable[..., Exposure]
On = Callable[[int], date]


class TestPlaces:
    def test_one_terminal_with_more_than_its_share(self, make: Make, expose: Expose) -> None:
        # Ten mismatches, half of the slips each. A is wrong nine times: P(X >= 9) = 11/1024 = 1.07 %; ten times 0.1 %.
        # With two terminals each may be wrongly accused with 0.5 %, so nine may be chance and ten may not.
        exposed = expose(10, 20, terminal={"A": 100, "B": 100})
        nine = [make(number, terminal="A") for number in range(9)]
        found = {one.name: one for one in prevention.pareto([*nine, make(9, terminal="B")], "terminal", exposed)}
        assert (found["A"].most, found["A"].finding) == (9, ("same", "chance"))
        ten = prevention.pareto([*nine, make(9, terminal="A")], "terminal", exposed)
        assert (ten[0].most, ten[0].finding) == (9, ("worse", "above"))

    def test_more_of_them_where_there_are_more_slips_is_no_finding(self, make: Make, expose: Expose) -> None:
        exposed = expose(10, 20, terminal={"A": 195, "B": 5})
        found = prevention.pareto([make(number, terminal="A") for number in range(10)], "terminal", exposed)
        assert found[0].finding.sign == "same"

    def test_few_prove_nothing(self, make: Make, expose: Expose) -> None:
        exposed = expose(10, 100, terminal={"A": 1, "B": 999})
        four = prevention.pareto([make(number, terminal="A") for number in range(4)], "terminal", exposed)
        assert (four[0].most, four[0].finding) == (None, ("few", "few"))
        # Two of five at a terminal with a thousandth of the slips would be strange, but two are two.
        others = [make(number, terminal="B") for number in range(3)]
        five = prevention.pareto([*others, make(4, terminal="A"), make(5, terminal="A")], "terminal", exposed)
        assert [(one.name, one.finding.sign) for one in five] == [("B", "same"), ("A", "same")]

    def test_one_terminal_alone_is_not_compared(self, make: Make, expose: Expose) -> None:
        (only,) = prevention.pareto([make(1, terminal="A")], "terminal", expose(5, 5, terminal={"A": 25}))
        assert (only.most, only.finding) == (None, ("", ""))

    def test_rates_have_exact_limits(self, make: Make, expose: Expose) -> None:
        # One in 500 is 20 in 10,000; the exact limits of a count of one are 0.0253 and 5.572.
        (one,) = prevention.pareto([make(1)], "kind", expose(10, 50))
        assert (one.name, one.slips, one.rate, one.share) == ("A1", 500, 20, 1)
        assert one.interval is not None
        assert [round(value, 1) for value in one.interval] == [0.5, 111.4]

    def test_those_without_a_place_come_last_and_have_no_rate(self, make: Make, expose: Expose) -> None:
        exposed = expose(10, 10, terminal={"A": 50, "B": 40, "": 10})
        claims = [make(1), make(2, terminal="A B"), make(3, terminal="B")]
        found = prevention.pareto(claims, "terminal", exposed)
        assert [(one.name, one.slips, one.rate is None) for one in found] == [
            ("B", 40, False),
            ("", 0, True),
            ("*", 0, True),
        ]
        assert found[-1].share == 1

    def test_dismissed_and_withdrawn_ones_are_none(self, make: Make, expose: Expose) -> None:
        claims = [replace(make(1), stage="dismissed"), replace(make(2), stage="withdrawn")]
        assert prevention.pareto(claims, "kind", expose(5, 5)) == []


class TestGaps:
    def test_slips_and_days_between(self, make: Make, expose: Expose) -> None:
        # Ten slips a day from 10:00, one a minute: day 0 at 10:04 is the 5th, day 2 at 10:00 the 21st.
        chart = prevention.gaps([make(2, time="10:00"), make(0, time="10:04")], expose(5, 10))
        assert [(one.slips, one.days) for one in chart.points] == [(5, 0), (16, 2)]
        assert (chart.since, chart.mean, chart.finding.sign) == (29, None, "few")

    def test_limits_from_eight_on(self, make: Make, expose: Expose) -> None:
        # The first slip of every tenth day of 60: the mean is (7 * 600 + 1) / 8 = 525.125, so a slip goes well with
        # ln(1-1/525.125) = -0.00190612. ln(0.995) / that = 2.6: up to 2 surprise. ln(0.005) / that = 2779.6.
        claims = [make(10 * number, time="10:00") for number in range(8)]
        chart = prevention.gaps(claims, expose(71, 60))
        assert chart.mean == (70 * 60 + 1) / 8
        assert (chart.low, chart.high) == (2, 2780)
        assert [one.finding.sign for one in chart.points] == ["worse", *["same"] * 7]

    def test_a_long_quiet_time_is_good_news(self, make: Make, expose: Expose) -> None:
        claims = [make(number, time="10:00") for number in range(8)]
        chart = prevention.gaps(claims, expose(60, 60))
        # mean (7 * 60 + 1) / 8 = 52.6; 0.5 % of the gaps are above 277; 3179 slips went well since.
        assert (chart.since, chart.finding) == (60 * 60 - 421, ("better", "long"))

    def test_a_deposit_is_no_slip(self, make: Make, expose: Expose) -> None:
        assert prevention.gaps([make(1, "P1"), make(1, "D2")], expose(5, 5)).points == ()

    def test_without_slips_there_is_no_chart(self, make: Make) -> None:
        assert prevention.gaps([make(1)], Exposure()).points == ()


class TestMeasures:
    def test_it_helped(self, make: Make, expose: Expose, on: On) -> None:
        # Six in the 20 days before, none in the 20 after: (1/2)^6 = 1.6 %.
        claims = [make(number, cause="OP_KEY") for number in range(1, 6)]
        claims.append(make(6, cause="OP_KEY", measure="read back", on=19))
        (found,) = prevention.effects(claims, expose(42, 10), on(41))
        assert (found.before, found.slips_before, found.after, found.slips_after) == (6, 200, 0, 200)
        assert found.until == on(39)  # found two days after the slip, so the last two days are not ripe
        assert found.ratio is not None
        assert found.ratio.value == 0
        assert found.ratio.p == pytest.approx(1 / 64)
        assert found.finding == ("better", "fewer")

    def test_too_early(self, make: Make, expose: Expose, on: On) -> None:
        # Four before; even none after has (1/2)^4 = 6.25 % by chance.
        claims = [make(number, cause="OP_KEY") for number in range(1, 4)]
        claims.append(make(4, cause="OP_KEY", measure="read back", on=19))
        (found,) = prevention.effects(claims, expose(42, 10), on(41))
        assert found.finding == ("few", "too-early")

    def test_no_change(self, make: Make, expose: Expose, on: On) -> None:
        claims = [make(number, cause="OP_KEY") for number in (1, 2, 3, 4, 5, 22, 23, 24, 25)]
        claims.append(make(6, cause="OP_KEY", measure="read back", on=19))
        (found,) = prevention.effects(claims, expose(42, 10), on(41))
        assert (found.before, found.after, found.finding) == (6, 4, ("same", "no-proof"))

    def test_it_got_worse(self, make: Make, expose: Expose, on: On) -> None:
        # One before, nine after: P(X >= 9 of 10) = 11/1024.
        claims = [make(number, cause="OP_KEY") for number in range(21, 30)]
        claims.append(make(6, cause="OP_KEY", measure="read back", on=19))
        (found,) = prevention.effects(claims, expose(42, 10), on(41))
        assert (found.before, found.after, found.finding) == (1, 9, ("worse", "more"))

    def test_a_claim_nobody_has_given_a_cause_counts_by_its_kind(self, make: Make, expose: Expose, on: On) -> None:
        known = make(6, cause="OP_KEY", measure="read back", on=19)
        claims = [known, make(25, "A2"), make(26, "E4"), make(27, "A2", cause="OP_DUP"), make(40, "A2")]
        (found,) = prevention.effects(claims, expose(42, 10), on(41))
        assert (found.before, found.after) == (1, 1)

    def test_nothing_to_compare_with(self, make: Make, expose: Expose, on: On) -> None:
        (found,) = prevention.effects([make(6, cause="OP_KEY", measure="x", on=41)], expose(42, 10), on(41))
        assert (found.ratio, found.finding) == (None, ("few", "no-after"))


def test_a_cause_that_came_back_is_shown_until_a_measure_is_recorded(make: Make) -> None:
    twice = [make(1, cause="OP_KEY"), make(2, cause="OP_KEY"), make(3, cause="OP_DUP")]
    assert [(one.cause, len(one.claims)) for one in prevention.repeated(twice)] == [("OP_KEY", 2)]
    assert prevention.repeated([*twice[1:], make(4, cause="OP_KEY", measure="read back")]) == []
    assert prevention.repeated([replace(one, stage="dismissed") for one in twice]) == []


class TestShifts:
    @pytest.mark.parametrize(
        ("time", "shift"),
        [("06:00:00", "06:00-14:00"), ("13:59:59", "06:00-14:00"), ("14:00", "14:00-22:00"), ("", ""),
         ("22:00:00", "22:00-06:00"), ("05:59:59", "22:00-06:00"), ("00:00", "22:00-06:00")],
    )  # fmt: skip
    def test_a_day_has_three(self, time: str, shift: str) -> None:
        assert shift_of(time, SHIFTS) == shift

    def test_a_claim_about_two_shifts_belongs_to_neither(self, make: Make) -> None:
        assert place_of(make(1, time="09:00 15:00"), "shift", SHIFTS) == "*"
        assert place_of(make(1, time="09:00 10:00"), "shift", SHIFTS) == "06:00-14:00"
        assert place_of(make(1), "cashier", SHIFTS) == ""


def test_slips_between_days_and_up_to_a_moment(expose: Expose, on: On) -> None:
    exposed = expose(3, 10)
    assert exposed.between(on(0), on(1)) == 20
    assert exposed.between(on(2), on(9)) == 10
    assert exposed.between(on(2), on(1)) == 0
    assert exposed.until(on(1), "10:03") == 14
    assert exposed.until(on(1), "") == 11
    assert exposed.days == (on(0), on(2))
    assert Exposure().days is None
