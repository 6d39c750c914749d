"""Each fault, on one perfect sale of 100.00: what the sides say of it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_posguard.legs import Kind, Status
from beancount_posguard.simulate import KINDS, SUPPORTED
from beancount_posguard.simulate.chance import dice_for
from beancount_posguard.simulate.events import Event, Line, Ring, Slip
from beancount_posguard.simulate.faults import FAULTS, Fault, Twist, befall, cancel_out, fits
from beancount_posguard.simulate.shop import Acquirer

MakeSale = Callable[..., Event]
HUNDRED = Decimal("100.00")
NOON = datetime(2026, 9, 21, 12)  # noqa: DTZ001  # local time, a Monday


def fault_of(kind: str, *, late: bool = False, what: str = "") -> Fault:
    return next(one for one in FAULTS if one.plant.kind == kind and one.plant.late is late and what in one.plant.what)


@pytest.fixture
def twist(acquirer: Acquirer) -> Twist:
    return Twist(dice_for("test"), acquirer, date(2026, 10, 10))


@pytest.fixture
def sale(make_sale: MakeSale) -> Event:
    event: Event = make_sale("2026-09-21 12:00:00", "100.00")
    return event


@pytest.fixture
def refund(sale: Event) -> Event:
    return sale._replace(
        shape="refund",
        rings=(Ring(-HUNDRED, NOON),),
        slips=(Slip(Kind.REFUND, -HUNDRED, NOON, of=("E000000", 0)),),
        lines=(Line(Kind.REFUND, -HUNDRED),),
    )


@pytest.fixture
def void(sale: Event) -> Event:
    slip = Slip(Kind.VOID, -HUNDRED, NOON + timedelta(minutes=2), of=("E000001", 0))
    return sale._replace(
        shape="void-pair",
        rings=(*sale.rings, Ring(-HUNDRED, NOON, slip=1)),
        slips=(*sale.slips, slip),
        lines=(*sale.lines, Line(Kind.VOID, -HUNDRED, slip=1)),
    )


@pytest.fixture
def hold(sale: Event) -> Event:
    """A hold of 200.00, completed two days later for the bill of 100.00."""
    leaves = NOON + timedelta(days=2)
    return sale._replace(
        shape="hold",
        rings=(Ring(HUNDRED, leaves, slip=1),),
        slips=(Slip(Kind.PREAUTH, 2 * HUNDRED, NOON), Slip(Kind.COMPLETION, HUNDRED, leaves, of=("E000001", 0))),
        lines=(Line(Kind.COMPLETION, HUNDRED, slip=1),),
    )


def sides(event: Event) -> tuple[str, str, str]:
    return f"{event.sold:.2f}", f"{event.approved:.2f}", f"{event.settled:.2f}"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("A1", ("100.00", "1000.00", "1000.00")),
        ("A2", ("100.00", "10.00", "10.00")),
        ("Y1", ("100.00", "-100.00", "-100.00")),
        ("Y3", ("100.00", "0.00", "0.00")),
        ("X1", ("100.00", "100.00", "0.00")),
        ("X2", ("100.00", "100.00", "0.00")),
        ("X4", ("0.00", "0.00", "100.00")),
        ("X6", ("100.00", "100.00", "0.00")),
        ("X7", ("100.00", "0.00", "0.00")),
        ("E1", ("0.00", "0.00", "100.00")),
        ("E2", ("0.00", "100.00", "100.00")),
        ("E3", ("100.00", "0.00", "0.00")),
        ("E4", ("100.00", "200.00", "200.00")),
        ("E5", ("100.00", "100.00", "200.00")),
        ("E6", ("100.00", "100.00", "100.00")),
        ("Y6", ("0.00", "100.00", "100.00")),
        ("D1", ("100.00", "100.00", "100.00")),
        ("D2", ("100.00", "100.00", "0.00")),
        ("D3", ("100.00", "100.00", "0.00")),
    ],
)
def test_what_a_fault_does_to_a_sale(sale: Event, twist: Twist, kind: str, expected: tuple[str, str, str]) -> None:
    bent = befall(fault_of(kind), sale, twist)
    assert sides(bent) == expected
    assert bent.plant
    assert bent.plant.kind == kind


@pytest.mark.parametrize(("kind", "sign"), [("A3", 1), ("A4", -1)])
def test_a_statement_may_say_more_or_less(sale: Event, twist: Twist, kind: str, sign: int) -> None:
    bent = befall(fault_of(kind), sale, twist)
    assert bent.sold == bent.approved == HUNDRED
    assert (bent.settled - HUNDRED) * sign >= Decimal("0.02")


def test_a_wrong_slip_leaves_the_money_right(sale: Event, twist: Twist) -> None:
    bent = befall(fault_of("A5"), sale, twist)
    assert bent.sold == bent.settled == HUNDRED
    assert bent.approved > HUNDRED


def test_mixed_is_short_on_both_sides(sale: Event, twist: Twist) -> None:
    bent = befall(fault_of("MIX"), sale, twist)
    assert HUNDRED > bent.approved > bent.settled > 0


@pytest.mark.parametrize(("what", "least", "most"), [("more than the tariff", 160, 560), ("a little more", 62, 159)])
def test_a_fee_too_high(sale: Event, twist: Twist, what: str, least: int, most: int) -> None:
    # The tariff says 0.60 % of 100.00; a fee 1.00 and more over it is a claim of its own.
    fault = fault_of("A9", what=f"charged {what}")
    fee = befall(fault, sale, twist).lines[0].fee
    assert fee is not None
    assert Decimal(least) / 100 <= fee <= Decimal(most) / 100


def test_what_a_fault_does_to_a_refund(refund: Event, twist: Twist) -> None:
    assert sides(befall(fault_of("Y2"), refund, twist)) == ("-100.00", "100.00", "100.00")
    assert sides(befall(fault_of("X5"), refund, twist)) == ("-100.00", "-100.00", "0.00")


def test_what_a_fault_does_to_a_void(void: Event, twist: Twist) -> None:
    assert sides(befall(fault_of("X3"), void, twist)) == ("0.00", "0.00", "100.00")
    assert sides(befall(fault_of("Y5"), void, twist)) == ("0.00", "-100.00", "-100.00")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("G3", ("100.00", "0.00", "0.00")),
        ("G5", ("100.00", "0.00", "0.00")),
        ("G6", ("100.00", "200.00", "200.00")),
        ("G7", ("100.00", "200.00", "200.00")),
    ],
)
def test_what_a_fault_does_to_a_hold(hold: Event, twist: Twist, kind: str, expected: tuple[str, str, str]) -> None:
    assert sides(befall(fault_of(kind), hold, twist)) == expected


def test_over_the_cap_all_sides_agree(hold: Event, twist: Twist) -> None:
    bent = befall(fault_of("G1"), hold, twist)
    assert bent.sold == bent.approved == bent.settled
    assert bent.sold > Decimal("230.00")  # 115 % of 200.00


def test_an_expired_hold_is_refused(hold: Event, twist: Twist) -> None:
    bent = befall(fault_of("G5"), hold, twist)
    assert bent.slips[-1].status is Status.DECLINED
    assert (bent.slips[-1].when.date() - bent.day).days > 30


def test_a_late_line_comes_after_the_claim(sale: Event, twist: Twist) -> None:
    # Due on 22 September, grace to the 23rd, claimed with the statement of the 24th.
    for _ in range(20):
        line = befall(fault_of("B1", late=True), sale, twist).lines[0]
        assert line.on
        assert line.on > date(2026, 9, 24)


def test_a_late_rest_makes_the_sum_right(sale: Event, twist: Twist) -> None:
    bent = befall(fault_of("A4", late=True), sale, twist)
    assert len(bent.lines) == 2
    assert bent.settled == HUNDRED


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(500, 400_000), st.integers(500, 400_000))
def test_two_errors_cancel_out(seed: int, one: int, other: int) -> None:
    from beancount_posguard.simulate.presets import Bank  # noqa: PLC0415  # fixtures cannot feed hypothesis
    from beancount_posguard.simulate.shop import Card, Terminal  # noqa: PLC0415

    acquirer = Acquirer(Bank("ChinaUMS", "银联商务"), ("898310012345678",))
    events = [
        Event(
            f"E{fen}",
            "sale",
            Terminal("98765432", "898310012345678", "总店", "ChinaUMS"),
            Card("622575******1234", "credit", "招商银行"),
            "01",
            NOON,
            (Ring(Decimal(fen).scaleb(-2), NOON),),
            (Slip(Kind.SALE, Decimal(fen).scaleb(-2), NOON),),
            (Line(Kind.SALE, Decimal(fen).scaleb(-2)),),
        )
        for fen in (one, other)
    ]
    bent = cancel_out(events[0], events[1], Twist(dice_for(seed), acquirer, date(2026, 10, 10)))
    assert bent[0].plant
    assert bent[1].plant
    assert bent[0].plant.pair == bent[1].plant.pair
    if {bent[0].plant.kind, bent[1].plant.kind} == {"E1", "X1"}:
        assert bent[0].settled == bent[1].approved > 0
    else:
        assert sum(event.sold - event.approved for event in bent) == 0
        assert sum(event.approved - event.settled for event in bent) == 0
        assert all(event.sold != event.approved or event.approved != event.settled for event in bent)


def test_a_fault_keeps_off_what_is_wrong_already(sale: Event, twist: Twist) -> None:
    fault = fault_of("X1")
    assert fits(fault, sale, twist)
    assert not fits(fault, befall(fault, sale, twist), twist)


def test_a_fault_befalls_its_own_stories_only(sale: Event, refund: Event, twist: Twist) -> None:
    assert not fits(fault_of("X1"), refund, twist)
    assert not fits(fault_of("X5"), sale, twist)


def test_small_amounts_are_left_alone(make_sale: MakeSale, twist: Twist) -> None:
    assert not fits(fault_of("A2"), make_sale("2026-09-21 12:00:00", "4.99"), twist)
    assert fits(fault_of("A2"), make_sale("2026-09-21 12:00:00", "5.00"), twist)


def test_an_uncompleted_hold_is_not_planted_where_it_would_expire(sale: Event, twist: Twist) -> None:
    fault = fault_of("Y3")
    assert fits(fault, sale, twist._replace(end=date(2026, 10, 21)))
    assert not fits(fault, sale, twist._replace(end=date(2026, 10, 22)))


def test_every_kind_of_the_taxonomy_is_there() -> None:
    letters = {"A": 11, "Y": 6, "X": 7, "E": 6, "B": 4, "G": 8, "P": 5, "D": 4}
    expected = {f"{letter}{number}" for letter, count in letters.items() for number in range(1, count + 1)} | {"MIX"}
    assert set(KINDS) == expected
    assert set(SUPPORTED) < set(KINDS)


def test_what_is_not_supported_says_why() -> None:
    assert all(one.plant.supported or one.plant.why for one in FAULTS)
