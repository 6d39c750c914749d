"""Honest stories, told by hand-set scenes; how many come on which day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest

from beancount_posguard.legs import Kind, Source
from beancount_posguard.simulate.chance import dice_for
from beancount_posguard.simulate.events import Event
from beancount_posguard.simulate.gaps import Gap, touches
from beancount_posguard.simulate.honest import STORIES, Scene
from beancount_posguard.simulate.shop import Acquirer, Card, Shop, Terminal
from beancount_posguard.simulate.story import crowd

MakeSale = Callable[..., Event]
TERMINAL = Terminal("98765432", "898310012345678", "总店", "ChinaUMS")


def tell(shape: str, when: str, acquirer: Acquirer, seed: int = 0) -> tuple[Event, ...]:
    return STORIES[shape](
        Scene(
            "E000001",
            dice_for(seed),
            TERMINAL,
            acquirer,
            Card("622575******1234", "credit", "招商银行"),
            "01",
            datetime.fromisoformat(when),
            Decimal("90.00"),
            None,
        )
    )


def statements(event: Event, acquirer: Acquirer) -> list[str]:
    return [f"{acquirer.due(event.slips[line.slip].when):%m-%d}" for line in event.lines if line.slip is not None]


def test_a_void_in_its_batch_may_not_be_shown_at_all(acquirer: Acquirer) -> None:
    (event,) = tell("void-netted", "2026-11-03 12:00:00", acquirer)
    assert event.lines == ()


def test_a_void_over_the_cut_off_is_always_shown(acquirer: Acquirer) -> None:
    (event,) = tell("void-netted", "2026-11-03 22:59:30", acquirer)
    assert statements(event, acquirer) == ["11-04", "11-05"]
    (event,) = tell("void-over-cut-off", "2026-11-03 12:00:00", acquirer)
    assert statements(event, acquirer) == ["11-04", "11-05"]


@pytest.mark.parametrize(
    ("when", "statement"),
    [
        ("2026-11-03 12:00:00", date(2026, 11, 5)),  # due on Wednesday, a day late on Thursday
        ("2026-11-05 12:00:00", None),  # due on Friday; Monday would be too late
    ],
)
def test_a_line_is_late_only_within_the_grace(acquirer: Acquirer, when: str, statement: date | None) -> None:
    (event,) = tell("late-in-time", when, acquirer)
    assert event.lines[0].on == statement


@pytest.mark.parametrize("seed", range(40))
def test_a_hold_is_completed_up_to_its_cap(acquirer: Acquirer, seed: int) -> None:
    (event,) = tell("hold-over", "2026-11-03 12:00:00", acquirer, seed)
    hold, completion = event.slips
    assert hold.amount < completion.amount <= hold.amount * Decimal("1.15")
    assert event.sold == event.approved == event.settled == completion.amount


def test_a_promotion_pays_the_rest(acquirer: Acquirer) -> None:
    (event,) = tell("subsidy", "2026-11-03 12:00:00", acquirer)
    assert [(line.kind, f"{line.amount:.2f}") for line in event.lines] == [
        (Kind.SALE, "81.00"),
        (Kind.ADJUSTMENT, "9.00"),
    ]


def test_an_open_hold_is_let_go_before_it_lapses(acquirer: Acquirer) -> None:
    for seed in range(20):
        (event,) = tell("hold-open", "2026-11-03 12:00:00", acquirer, seed)
        hold, void = event.slips
        assert void.amount == -hold.amount
        assert 15 <= (void.when.date() - hold.when.date()).days <= 25


@pytest.mark.parametrize("shape", sorted(set(STORIES) - {"hold-open", "hold-void", "declined"}))
def test_every_story_is_told_alike_by_all(acquirer: Acquirer, shape: str) -> None:
    for event in tell(shape, "2026-11-03 12:00:00", acquirer):
        assert event.sold == event.approved == event.settled


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        (date(2026, 9, 18), 100),  # a Friday
        (date(2026, 9, 19), 130),  # a Saturday
        (date(2026, 9, 20), 100),  # a Sunday that is worked
        (date(2026, 9, 25), 160),  # a Friday that is a holiday
        (date(2026, 10, 10), 100),  # a Saturday that is worked
    ],
)
def test_more_come_on_weekends_and_most_on_holidays(day: date, percent: int) -> None:
    assert crowd(day) == percent


@pytest.mark.parametrize(
    ("source", "day", "touched"),
    [
        (Source.SALE, date(2026, 11, 3), True),
        (Source.SALE, date(2026, 11, 4), False),
        (Source.TERMINAL, date(2026, 11, 3), True),
        (Source.TERMINAL, date(2026, 11, 2), False),
        (Source.SETTLEMENT, date(2026, 11, 4), True),
        (Source.SETTLEMENT, date(2026, 11, 5), False),
    ],
)
def test_an_event_is_touched_by_a_missing_file(
    make_sale: MakeSale, acquirer: Acquirer, source: Source, day: date, *, touched: bool
) -> None:
    shop = Shop("Shop", ("总店",), (acquirer,), (TERMINAL,), ())
    event = make_sale("2026-11-03 12:00:00", "100.00")
    assert touches(event, shop, [Gap(source, "", "", day)]) is touched
    # What is missing from a statement would have stood there.
    assert touches(event._replace(lines=()), shop, [Gap(source, "", "", day)]) is touched


def test_without_missing_files_nothing_is_touched(make_sale: MakeSale, acquirer: Acquirer) -> None:
    shop = Shop("Shop", ("总店",), (acquirer,), (TERMINAL,), ())
    assert not touches(make_sale("2026-11-03 12:00:00", "100.00"), shop, [])
