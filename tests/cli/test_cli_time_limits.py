"""The contract's own times, as the bookkeeper reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

BANK = "  bank: Assets:Bank:CCB\n"


def promise(shop: Shop, *lines: str) -> None:
    text = shop.ledger.read_text("utf-8")
    shop.ledger.write_text(text.replace(BANK, BANK + "".join(f"  {line}\n" for line in lines)), "utf-8")


def shown(shop: Shop, claim: str, code: int = 0) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(shop.run("show", claim, "--format", "json", code=code).stdout)["due"]
    return told


def test_the_contracts_times_are_shown_from_the_demand_to_the_answer(shop: Shop) -> None:
    promise(shop, 'time-limits: "claim 45 days"', 'answers: "case-number 1 working day; outcome 3 working days"')
    shop.look("X1")
    claim = shop.id_of("X1")

    text = shop.run("show", claim).stdout
    # The trade is of 3 November: 27 days are left of it, and 18 of December.
    assert "By 2026-12-18: your demand; lost without it: 请款 on credit cards (the contract, high)" in text
    spoken = shop.run("--lang", "zh", "show", claim).stdout
    assert [one for one in spoken.splitlines() if "2026-12-18" in one and "（合同，把握高）" in one]

    waived = ("--waive", "batch-slip slip", "--note", "the portal shows it")
    shop.run("prepare", claim, "--route", "presentment", *waived, "--date", "2026-11-10")
    shop.run("approve", claim, "--date", "2026-11-10", "--by", "wang")
    shop.run("submit", claim, "--date", "2026-11-13")
    # Friday the 13th, and a weekend.
    assert (shown(shop, claim)["day"], shown(shop, claim)["source"]) == ("2026-11-16", "the contract")
    shop.run("acknowledge", claim, "--case", "17", "--date", "2026-11-16")
    (row,) = (
        one for one in json.loads(shop.run("report", "deadlines", "--format", "json").stdout) if one["id"] == claim
    )
    assert (row["due"], row["source"]) == ("2026-11-19", "the contract")
    calendar = shop.run("calendar").stdout
    assert "DTSTART;VALUE=DATE:20261119" in calendar
    assert "the contract (high)" in calendar

    shop.run("info", claim, "--by-date", "2026-12-24", "--note", "letter 3", "--date", "2026-11-17")
    assert (shown(shop, claim)["day"], shown(shop, claim)["source"]) == ("2026-12-24", "the notice")


def test_after_the_contracts_day_a_demand_is_late(shop: Shop) -> None:
    promise(shop, 'time-limits: "top-up 7 working days from notice"')
    shop.look("A2")
    claim = shop.id_of("A2")
    # Found on Thursday 5 November: 6, 9, 10, 11, 12, 13, 16.
    words = ("prepare", claim, "--route", "top-up", "--waive", "slip ticket consent", "--note", "seen", "--date")
    late = shop.run(*words, "2026-11-17", code=2).output
    assert "too late for it: your demand was due on 2026-11-16 (the contract); take the step expire" in late
    shop.run(*words, "2026-11-16")


def test_what_is_raised_by_hand_has_the_contracts_time_too(shop: Shop) -> None:
    promise(shop, 'time-limits: "fee-correction 10 days"')
    words = ("--kind", "A9", "--amount", "12.00 CNY", "--counterparty", "acquirer", "--against", "fees")
    shop.run("raise", *words, "--reference", "letter 7", "--note", "0.50 %", "--date", "2026-11-12")
    shop.run("verify", shop.id_of("A9"), "--note", "the letter says so", "--date", "2026-11-12")
    told = shown(shop, shop.id_of("A9"))
    assert (told["day"], told["source"]) == ("2026-11-22", "the contract")


def test_the_next_deadline_is_that_of_what_is_open(shop: Shop) -> None:
    promise(shop, 'time-limits: "claim 10 days; top-up 40 days"')
    shop.look("MIX")
    claim = shop.id_of("MIX")
    assert shown(shop, claim)["day"] == "2026-11-13"
    shop.run("top-up", claim, "--part", "acquirer", "--via", "payout", "--date", "2026-11-10")
    assert shown(shop, claim)["day"] == "2026-12-13"


@pytest.mark.parametrize(("time", "day"), [("11:59:00", "2026-11-13"), ("12:00:00", "2026-11-14")])
def test_the_clearing_day_is_that_of_the_contracts_cutoff(shop: Shop, time: str, day: str) -> None:
    days = "0" if time >= "12:00" else "1"  # so that the statement of the 4th decides both
    promise(shop, 'time-limits: "claim 10 days from clearing"', f'settles: "T+{days} cutoff 12:00 calendar CN"')
    text = shop.imports.read_text("utf-8")
    timed = text.replace('    trace: "000001"\n', f'    trace: "000001"\n    time: "{time}"\n')
    shop.imports.write_text(timed, "utf-8")
    assert shown(shop, shop.id_of("X1"), code=1)["day"] == day


CHARGED_BACK = """
2026-11-09 * "ChinaUMS" "Statement 2026-11-09"
  posguard-source: "settlement"
  Assets:POS:ChinaUMS:Clearing  20.00 CNY
    rrn: "100000000003"
    kind: "chargeback"
    date: "2026-11-09"
    SAID
  Assets:POS:ChinaUMS:Payout  -20.00 CNY
"""


@pytest.mark.parametrize(
    ("card", "said", "day"),
    [
        ("622202******3333", "", "2026-12-09"),  # 30 days: 21 of November are left
        ("378282******3333", "", "2026-11-29"),
        ("555555******3333", "", "2026-12-09"),  # two brands: the shorter
        ("555555******3333", 'card-type: "foreign"', "2026-12-24"),
        ("******3333", "", "2026-11-29"),
        ("622202******3333", 'card: "401288******3333"', "2026-11-29"),  # they say different things: not known
    ],
)
def test_the_cards_network_gives_the_time_to_answer_a_chargeback(shop: Shop, card: str, said: str, day: str) -> None:
    text = shop.imports.read_text("utf-8")
    shop.imports.write_text(text.replace("622202******3333", card) + CHARGED_BACK.replace("SAID", said), "utf-8")
    told = json.loads(shop.run("claims", "--kind", "D2", "--format", "json", code=1).stdout)
    assert {one["deadline"] for one in told if one["remedy"] == "representment"} == {day}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('time-limits: "claims 45 days"', "'claims' is not known; expected one of claim, top-up,"),
        ('answers: "outcome soon"', "part 'outcome soon': expected '<name> <number> [working] days', joined by ';'"),
    ],
)
def test_a_clause_that_cannot_be_read_is_the_first_thing_to_mend(shop: Shop, line: str, message: str) -> None:
    promise(shop, line)
    told = shop.run("check", code=2).stdout
    assert "main.beancount:4" in told
    assert message in told
