"""The committed exports are what the story writes, and the story keeps its own promises."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest


def test_the_story_writes_the_committed_exports_byte_for_byte(shop: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, shop / "story.py", tmp_path], check=True)

    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in (shop / "exports").iterdir()}
    assert written == committed


def test_the_exports_stay_small_enough_to_keep_in_the_repository(shop: Path) -> None:
    assert sum(path.stat().st_size for path in (shop / "exports").iterdir()) < 400_000


def test_every_working_day_has_its_statement_and_no_other_day_has(shop: Path) -> None:
    days = {path.stem.split("_")[1] for path in (shop / "exports").glob("898310012345678_*")}

    assert {"20260920", "20261010"} <= days  # worked in exchange for the holidays
    assert not {"20260919", "20260925", "20260926", "20260927", "20261001", "20261007", "20261011"} & days
    assert (
        len(days) == 22
    )  # 4 + 6 in the weeks to 27 Sept, 3 + 3 around National Day, 5, 2; less 14 Sept: counted by hand


@pytest.mark.parametrize(
    ("card", "amount", "fee"),
    [
        ("借记卡", "128.00", "0.64"),
        ("借记卡", "4000.00", "20.00"),
        ("借记卡", "5880.00", "20.00"),
        ("贷记卡", "128.00", "0.77"),
        ("贷记卡", "-36.00", "-0.22"),
        ("贷记卡", "12.50", "0.08"),  # 0.075, half up
    ],
)
def test_fees_follow_the_contract(story: ModuleType, card: str, amount: str, fee: str) -> None:
    assert story.fee(card, Decimal(amount)) == Decimal(fee)


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2026, 9, 18), date(2026, 9, 20)),
        (date(2026, 9, 24), date(2026, 9, 28)),
        (date(2026, 9, 30), date(2026, 10, 8)),
        (date(2026, 10, 9), date(2026, 10, 10)),
        (date(2026, 10, 10), date(2026, 10, 12)),
    ],
)
def test_the_story_knows_the_make_up_days(story: ModuleType, day: date, following: date) -> None:
    assert story.next_working(day) == following


def test_every_kind_is_planted_once(story: ModuleType) -> None:
    kinds = [fault.kind for fault in story.FAULTS]

    assert len(kinds) == len(set(kinds)) == 23


def test_cards_are_masked(story: ModuleType) -> None:
    cards = {event.card for event in story.month()}

    assert all(len(card) == 16 and card[6:12] == "******" for card in cards)


def test_no_planted_amount_is_sold_by_chance_on_the_same_day(story: ModuleType) -> None:
    # Else a test that finds a claim by day and amount could find the wrong slip.
    names = {fault.kind for fault in story.FAULTS}
    ordinary = {(event.day, ring.amount) for event in story.month() if event.name not in names for ring in event.rings}

    planted = {
        (fault.event.day, part.amount)
        for fault in story.FAULTS
        for part in (*fault.event.rings, *fault.event.slips, *fault.event.lines)
    }
    assert not planted & ordinary
