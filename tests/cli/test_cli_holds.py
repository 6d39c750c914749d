"""Open holds: their age, the two days on which to look, and what check says of them. And causes that come back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

HOLDS = """
2026-11-07 open Assets:POS:ChinaUMS:Guarantees HOLD.CNY
2026-11-07 open Equity:Guarantees HOLD.CNY

2026-11-07 * "ChinaUMS" "Terminal 98765432 batch 000003"
  posguard-source: "terminal"
  terminal: "98765432"
  batch: "000003"
  Assets:POS:ChinaUMS:Guarantees  500.00 HOLD.CNY
    kind: "preauth"
    rrn: "100000000021"
    card: "622202******7777"
  Assets:POS:ChinaUMS:Guarantees  300.00 HOLD.CNY
    kind: "preauth"
    rrn: "100000000022"
    trace: "000022"
    card: "622202******8888"
  Assets:POS:ChinaUMS:Guarantees  -300.00 HOLD.CNY
    kind: "preauth-void"
    rrn: "100000000023"
    orig-rrn: "100000000022"
    orig-trace: "000022"
    card: "622202******8888"
  Equity:Guarantees  -500.00 HOLD.CNY
"""


def after(shop: Shop, day: str) -> list[dict[str, Any]]:
    """Return the open holds when the last file is of ``day``."""
    with shop.imports.open("a") as file:
        file.write(HOLDS)
        file.write(f'\n{day} * "Till"\n  posguard-source: "sale"\n  Assets:POS:Till 1.00 CNY\n  Income:Sales\n')
    found: list[dict[str, Any]] = json.loads(shop.run("report", "holds", "--format", "json").stdout)
    return found


def matters(shop: Shop, what: str, code: int = 1) -> list[str]:
    told = json.loads(shop.run("check", "--format", "json", code=code).stdout)
    return [one["text"] for one in told["findings"] if one["matter"] == what]


@pytest.mark.parametrize(
    ("day", "age", "left", "alarm"),
    # A hold of 7 November lapses on 7 December; day 20 is the 27th, day 27 the 4th.
    [("2026-11-26", 19, 11, ""), ("2026-11-27", 20, 10, "day 20"), ("2026-12-03", 26, 4, "day 20"),
     ("2026-12-04", 27, 3, "day 27"), ("2026-12-07", 30, 0, "day 27")],
)  # fmt: skip
def test_holds_alarm_on_day_20_and_27(shop: Shop, day: str, age: int, left: int, alarm: str) -> None:
    (hold,) = after(shop, day)
    assert (hold["amount"], hold["card"], hold["ref"]) == ("500.00", "622202******7777", "100000000021")
    assert (hold["lapses"], hold["age"], hold["left"]) == ("2026-12-07", age, left)
    assert hold["todo"].startswith(alarm)
    assert bool(hold["todo"]) is bool(alarm)
    assert len(matters(shop, "hold")) == bool(alarm)


def test_a_lapsed_hold_says_what_is_left_to_do(shop: Shop) -> None:
    (hold,) = after(shop, "2026-12-08")
    assert hold["left"] == -1
    assert "late completion" in hold["todo"]
    assert matters(shop, "hold") == []


def test_after_day_60_nothing_can_be_done(shop: Shop) -> None:
    assert after(shop, "2027-01-07") == []


def test_another_term_moves_the_days_in_proportion(shop: Shop) -> None:
    text = shop.ledger.read_text()
    shop.ledger.write_text(text.replace("  bank: Assets:Bank:CCB\n", '  bank: Assets:Bank:CCB\n  hold-days: "15"\n'))
    # Two thirds of 15 days are 10: the 17th.
    (hold,) = after(shop, "2026-11-17")
    assert (hold["lapses"], hold["todo"][:6]) == ("2026-11-22", "day 10")


def test_a_repeated_cause_is_a_matter_until_a_measure_is_noted(shop: Shop) -> None:
    for kind, verb in (("A1", "refund"), ("A2", "top-up")):
        shop.look(kind)
        claim = shop.id_of(kind)
        shop.run(verb, claim, "--via", "cash", "--date", "2026-11-10")
        shop.inform(claim, "2026-11-10")
        shop.run("close", claim, "--cause", "OP_KEY", "--date", "2026-11-10")
    (told,) = matters(shop, "repeated")
    assert told.startswith("OP_KEY 金额输错 keyed amount wrong: 2 claims and no measure; usual: connect till")
    words = ("--note", "agreed with the staff", "--measure", "amounts are read back")
    shop.run("note", shop.id_of("A2"), *words, "--date", "2026-11-11")
    assert matters(shop, "repeated") == []
    (effect,) = json.loads(shop.run("report", "measures", "--format", "json").stdout)
    assert (effect["cause"], effect["since"], effect["before"], effect["slips before"]) == (
        "OP_KEY",
        "2026-11-11",
        3,
        5,
    )


def test_shifts_are_the_ledgers(shop: Shop) -> None:
    shop.imports.write_text(shop.imports.read_text().replace('    trace: "000002"\n', '    time: "14:20:00"\n'))
    row = json.loads(shop.run("report", "causes", "--by", "shift", "--format", "json").stdout)[-1]
    assert (row["shift"], row["slips"]) == ("14:00-22:00", 1)
    with shop.ledger.open("a") as file:
        file.write('2026-01-01 custom "posguard" "shift" "early" "06:00"\n')
        file.write('2026-01-01 custom "posguard" "shift" "late" "14:30"\n')
    names = [
        row["shift"] for row in json.loads(shop.run("report", "causes", "--by", "shift", "--format", "json").stdout)
    ]
    assert "early" in names
    with shop.ledger.open("a") as file:
        file.write('2026-01-01 custom "posguard" "shift" "night" "24:00"\n')
    assert "expected a name and when it begins" in matters(shop, "input", code=2)[0]
