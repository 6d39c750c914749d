"""Labels worked out by hand: the kinds over time, who owes, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from beancount_posguard.legs import Kind, Source, Status
from beancount_posguard.simulate import truth
from beancount_posguard.simulate.chance import Dice, dice_for
from beancount_posguard.simulate.events import Event, Line, Plant, Slip
from beancount_posguard.simulate.printing import File, Row
from beancount_posguard.simulate.shop import Acquirer
from beancount_posguard.simulate.timing import Arrivals

MakeSale = Callable[..., Event]
DAYS = [date(2026, 11, 2) + timedelta(days=n) for n in range(40)]  # no day off but weekends
END = DAYS[-1]


@pytest.fixture(scope="module")
def arrivals() -> Arrivals:
    files = [File(Source.SALE, day, store="总店") for day in DAYS]
    files += [File(Source.TERMINAL, day, "ChinaUMS") for day in DAYS]
    files += [File(Source.SETTLEMENT, day, "ChinaUMS") for day in DAYS if day.weekday() < 5]
    return Arrivals(files)


def told(event: Event, kind: str, acquirer: Acquirer, arrivals: Arrivals, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    planted = event._replace(plant=Plant(kind, "…", "UNK", "claim", **more))
    return truth.label(planted, acquirer, {}, arrivals, END)


def history(one: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        tuple(f"{key} {value}" if key != "on" else value for key, value in step.items()) for step in one["kind_history"]
    ]


def amounts(event: Event, slip: str, line: str) -> Event:
    return event._replace(
        slips=(event.slips[0]._replace(amount=Decimal(slip)),), lines=(event.lines[0]._replace(amount=Decimal(line)),)
    )


def test_the_tills_part_is_seen_before_the_acquirers(
    make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals
) -> None:
    # Friday the 6th: the till is judged on Sunday; the line is due on Monday, judged with Wednesday's statement.
    one = told(amounts(make_sale("2026-11-06 12:00:00", "100.00"), "90.00", "80.00"), "MIX", acquirer, arrivals)
    assert (one["S"], one["T"], one["A"], one["dST"], one["dTA"]) == ("100.00", "90.00", "80.00", "10.00", "10.00")
    assert history(one) == [
        ("2026-11-08", "kind A2", "till 10.00"),
        ("2026-11-11", "kind MIX", "till 10.00", "clearing 10.00"),
    ]
    assert one["counterparty"] == "both"
    assert (one["earliest_flag"], one["expected_detect_on"]) == ("2026-11-08", "2026-11-08")


def test_a_wrong_slip_looks_like_an_overcharge_first(
    make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals
) -> None:
    one = told(amounts(make_sale("2026-11-06 12:00:00", "68.00"), "86.00", "68.00"), "A5", acquirer, arrivals)
    assert history(one) == [
        ("2026-11-08", "kind A1", "till -18.00"),
        ("2026-11-11", "kind A5", "till -18.00", "clearing 18.00"),
    ]
    assert one["counterparty"] == "none"


def test_a_late_line_is_x1_and_then_b1(make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals) -> None:
    event = make_sale("2026-11-03 12:00:00", "134.00")
    event = event._replace(lines=(event.lines[0]._replace(on=date(2026, 11, 10)),))
    one = told(event, "B1", acquirer, arrivals, late=True)
    assert history(one) == [("2026-11-06", "kind X1", "clearing 134.00"), ("2026-11-10", "kind B1")]
    assert one["components"] == [{"link": "clearing", "amount": "134.00", "counterparty": "none"}]


def test_a_bill_waits_for_its_hold_until_that_lapses(
    make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals
) -> None:
    event = make_sale("2026-11-03 12:00:00", "500.00")
    event = event._replace(slips=(Slip(Kind.PREAUTH, Decimal("500.00"), event.when),), lines=())
    one = told(event, "G3", acquirer, arrivals)
    # Thirty days after the third of November are over on the fourth of December.
    assert history(one) == [("2026-11-05", "kind Y3", "till 500.00"), ("2026-12-04", "kind G3", "till 500.00")]


def test_a_line_alone_may_be_asked_for_at_once(make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals) -> None:
    sale = make_sale("2026-11-06 12:00:00", "66.60")
    line = Line(Kind.SALE, Decimal("66.60"), slip=None, when=sale.when)
    one = told(sale._replace(rings=(), slips=(), lines=(line,)), "E1", acquirer, arrivals)
    # On Monday's statement; a terminal's file that should have the slip has been there since Saturday.
    assert (one["earliest_flag"], one["expected_detect_on"]) == ("2026-11-09", "2026-11-11")
    assert one["counterparty"] == "none"


@pytest.mark.parametrize(("fee", "gathered", "seen"), [("1.59", True, None), ("1.60", False, "2026-11-06")])
def test_small_fees_are_gathered(
    make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals, fee: str, seen: str | None, *, gathered: bool
) -> None:
    # 0.60 % of 100.00 is 0.60: one fen less than 1.00 too much, and 1.00 too much.
    event = make_sale("2026-11-03 12:00:00", "100.00")
    event = event._replace(lines=(event.lines[0]._replace(fee=Decimal(fee)),))
    one = told(event, "A9", acquirer, arrivals)
    assert one["gathered"] is gathered
    assert one["expected_detect_on"] == seen


def ended(one: dict[str, Any], acquirer: Acquirer, ending: str) -> dict[str, str]:
    """Draw until the claim ends as asked for."""
    for number in range(200):
        truth.resolve(one, acquirer, "credit", dice_for(number))
        if one["resolution"].split()[0] == ending:
            effect: dict[str, str] = one["final_effect"]
            return effect
    raise AssertionError(ending)


def test_how_a_claim_on_the_acquirer_ends(make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals) -> None:
    one = told(make_sale("2026-11-03 12:00:00", "128.00")._replace(lines=()), "X1", acquirer, arrivals)
    # The acquirer settles 128.00 less 0.60 %: 0.768, rounded 0.77.
    assert ended(one, acquirer, "accepted") == {
        "Assets:Bank:ICBC": "127.23",
        "Assets:POS:ChinaUMS:Clearing": "-128.00",
        "Expenses:POS:Fees": "0.77",
    }
    assert ended(one, acquirer, "rejected") == {
        "Assets:POS:ChinaUMS:Clearing": "-128.00",
        "Expenses:POS:WriteOff": "128.00",
    }
    partial = ended(one, acquirer, "partial")
    recovered = Decimal(one["resolution"].split()[1])
    assert 0 < recovered < 128
    assert Decimal(partial["Expenses:POS:WriteOff"]) == 128 - recovered
    assert Decimal(partial["Assets:Bank:ICBC"]) + Decimal(partial["Expenses:POS:Fees"]) == recovered


def test_what_the_shop_owes_it_pays(make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals) -> None:
    one = told(amounts(make_sale("2026-11-03 12:00:00", "20.00"), "200.00", "200.00"), "A1", acquirer, arrivals)
    for number in range(30):
        truth.resolve(one, acquirer, "credit", Dice(number))
        assert one["resolution"] == "accepted"
        assert one["final_effect"] == {"Assets:Bank:ICBC": "-180.00", "Assets:POS:Till": "180.00"}


def test_the_two_parts_end_each_for_itself(make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals) -> None:
    # The customer is owed 10.00 and gets them back, whatever the acquirer says about its 30.00.
    one = told(amounts(make_sale("2026-11-03 12:00:00", "100.00"), "110.00", "80.00"), "MIX", acquirer, arrivals)
    assert ended(one, acquirer, "rejected") == {
        "Assets:Bank:ICBC": "-10.00",
        "Assets:POS:ChinaUMS:Clearing": "-30.00",
        "Assets:POS:Till": "10.00",
        "Expenses:POS:WriteOff": "30.00",
    }


def test_a_wrong_slip_moves_no_money(make_sale: MakeSale, acquirer: Acquirer, arrivals: Arrivals) -> None:
    one = told(amounts(make_sale("2026-11-03 12:00:00", "68.00"), "86.00", "68.00"), "A5", acquirer, arrivals)
    assert ended(one, acquirer, "accepted") == {"Assets:POS:ChinaUMS:Clearing": "-18.00", "Assets:POS:Till": "18.00"}


def damaged_file(source: Source, **said: Any) -> File:  # noqa: ANN401  # a row's own fields
    row = Row("E1", Kind.SALE, Status.APPROVED, Decimal(58), datetime(2026, 11, 3, 12, 0), damage="rrn lost", **said)  # noqa: DTZ001  # local time
    return File(source, date(2026, 11, 4), "ChinaUMS", rows=[row])


def allowed(label: dict[str, Any], file: File, arrivals: Arrivals) -> dict[str, Any]:
    one = {"event_id": "E1", "acquirer": "ChinaUMS", "grace_days": 1, "supported": True, "looks_like": []} | label
    truth.allow_for_damage([one], [file], arrivals, END)
    return one


@pytest.mark.parametrize(
    ("said", "supported"),
    [
        ({"cash": True}, False),
        ({"cash": True, "trace": "000123"}, True),
        ({"cash": True, "order": "A-17"}, True),
    ],
)
def test_a_cash_ticket_that_names_no_slip_is_nobodys(
    arrivals: Arrivals, said: dict[str, Any], *, supported: bool
) -> None:
    one = allowed({"kind": "Y6"}, damaged_file(Source.SALE, **said), arrivals)
    assert one["supported"] is supported
    assert one["looks_like"] == ([] if supported else ["E2"])
    assert allowed({"kind": "E3"}, damaged_file(Source.SALE, **said), arrivals)["supported"]
    assert allowed({"kind": "Y6", "event_id": "E2"}, damaged_file(Source.SALE, **said), arrivals)["supported"]


@pytest.mark.parametrize(
    ("source", "day", "noted"),
    [
        # One day of grace after the line's day; then the next statement.
        (Source.SETTLEMENT, "2026-11-04", "2026-11-06"),
        (Source.SETTLEMENT, "2026-11-05", "2026-11-09"),  # a weekend between
        (Source.SETTLEMENT, f"{END}", f"{END + timedelta(days=1)}"),  # no statement comes any more
        (Source.SALE, "2026-11-04", "2026-11-04"),  # the statement's own line is whole
    ],
)
def test_a_damaged_line_elsewhere_is_seen_when_the_slip_is_overdue(
    arrivals: Arrivals, source: Source, day: str, noted: str
) -> None:
    assert allowed({"kind": "E6", "noted_from": day}, damaged_file(source), arrivals)["noted_from"] == noted
