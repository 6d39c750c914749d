"""Whole simulated shops: what holds for every one of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Posting, Transaction
from beancount.parser import parser

from beancount_posguard.legs import Source
from beancount_posguard.simulate import KINDS, PRESETS, SUPPORTED, World, simulate
from beancount_posguard.simulate.honest import CONFOUNDERS
from beancount_posguard.simulate.printing import File

MakeWorld = Callable[..., World]
Event = Mapping[str, Any]
PRESET_NAMES = sorted(PRESETS)


def money(texts: Iterable[str]) -> Decimal:
    return sum(map(Decimal, texts), Decimal(0))


def total(world: World, source: Source) -> Decimal:
    return sum((row.money for file in world.files if file.source is source for row in file.legs), Decimal(0))


# -- the same seed, the same bytes -----------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, two = (simulate(7, 12, "chain", "0.05", damage="0.05", missing=0) for _ in range(2))
    assert one.ledger_text() == two.ledger_text()
    assert json.dumps(one.truth) == json.dumps(two.truth)


def test_the_hash_seed_makes_no_difference() -> None:
    script = (
        "import hashlib, json; from beancount_posguard.simulate import simulate; w = simulate(7, 20, 'chain', '0.05', "
        "damage='0.05', missing=2); print(hashlib.sha256((w.ledger_text() + json.dumps(w.truth)).encode()).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_another_seed_gives_another_shop() -> None:
    assert simulate(7, 5).ledger_text() != simulate(8, 5).ledger_text()


def test_faults_do_not_disturb_the_sales(make_world: MakeWorld) -> None:
    # The till's cash lines and the tickets' number stay; only planted events differ.
    quiet, loud = make_world(3, 10, "retail", 0), make_world(3, 10, "retail", "0.05")
    times = [{row.when for file in world.files for row in file.rows} for world in (quiet, loud)]
    assert len(times[0] & times[1]) > 0.9 * len(times[0])


# -- shops without faults --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_without_faults_every_event_is_told_alike(make_world: MakeWorld, preset: str) -> None:
    world = make_world(11, 40, preset, 0)
    told: defaultdict[str, Counter[Source]] = defaultdict(Counter)
    last: dict[str, date] = {}
    for file in world.files:
        for row in file.legs:
            told[row.event][file.source] += row.money  # type: ignore[assignment]  # a counter of money
            last[row.event] = max(file.day, last.get(row.event, file.day), row.when.date())
    settled = [event for event, day in last.items() if (world.plan.end - day).days > 10 and event[0] == "E"]
    assert len(settled) > 400
    for event in settled:
        sides = told[event]
        assert sides[Source.SALE] == sides[Source.TERMINAL] == sides[Source.SETTLEMENT], event


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_without_faults_there_is_nothing_to_tell(make_world: MakeWorld, preset: str) -> None:
    truth = make_world(11, 40, preset, 0).truth
    assert truth["events"] == []
    assert truth["uncertain"] == []
    assert truth["missing_files"] == []


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_every_confounder_of_the_shop_is_there(make_world: MakeWorld, preset: str) -> None:
    truth = make_world(11, 40, preset, 0).truth
    there = {one["story"] for one in truth["confounders"]}
    own = {story for story in CONFOUNDERS if PRESETS[preset].stories.get(story)}
    assert there == own | {"terminal-swap"}


def test_all_confounders_appear_somewhere() -> None:
    assert {story for preset in PRESETS.values() for story, weight in preset.stories.items() if weight} == {
        "sale",
        *CONFOUNDERS,
    }


def test_payouts_are_merged_carried_and_shared() -> None:
    # A restaurant's Monday deposit pays three statements; the chain's pays two merchants at once.
    deposits = [
        row for file in simulate(2, 12, "restaurant", 0).files if file.source is Source.BANK for row in file.legs
    ]
    spans = {(row.period[1] - row.period[0]).days for row in deposits if row.period}
    assert spans == {0, 2}
    chain = simulate(2, 12, "chain", 0, volume=20)
    by_day = Counter(file.day for file in chain.files if file.source is Source.SETTLEMENT)
    assert set(by_day.values()) == {3}
    payers = {row.party for file in chain.files if file.source is Source.BANK for row in file.legs}
    assert len(payers) == 2


# -- the truth -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_the_truth_balances(make_world: MakeWorld, preset: str) -> None:
    for one in make_world(5, 60, preset, "0.03").truth["events"]:
        if "S" in one:
            assert money([one["S"]]) - money([one["A"]]) == money([one["dST"], one["dTA"]]), one
        assert money(one["final_effect"].values()) == 0, one


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_the_faults_are_all_that_the_books_are_off_by(make_world: MakeWorld, preset: str) -> None:
    kinds = tuple(kind for kind in KINDS if kind != "B2")
    world = make_world(5, 60, preset, "0.03", kinds=kinds)
    truth = world.truth
    events = [one for one in truth["events"] if "dST" in one]
    off_till = total(world, Source.SALE) - total(world, Source.TERMINAL)
    assert off_till == money(one["dST"] for one in events) + money([truth["pending"]["till"]])
    # Of two uncertain slips one is not settled: its amount is off too.
    off_clearing = total(world, Source.TERMINAL) - total(world, Source.SETTLEMENT)
    assert off_clearing == (
        money(one["dTA"] for one in events)
        + money(one["amount"] for one in truth["uncertain"])
        + money([truth["pending"]["clearing"]])
    )


def test_deposits_are_off_by_their_faults(make_world: MakeWorld) -> None:
    world = make_world(5, 60, "retail", "0.1", kinds=("P1", "P2", "P3", "P5"))
    statements = [file for file in world.files if file.source is Source.SETTLEMENT]
    paid = {day: one["paid"] for one in world.truth["events"] for day in [one["date"]]}
    assert len(paid) > 5
    net = {file.day: sum((row.money - (row.fee or 0) for row in file.rows), Decimal(0)) for file in statements}
    for one in world.truth["events"]:
        days = [date.fromisoformat(leg["date"]) for leg in one["legs"]["settlement"]]
        owed = sum((net[day] for day in days), Decimal(0))
        assert money([one["net"]]) == owed
        assert money(part["amount"] for part in one["components"]) == owed - money([one["paid"]])


def test_an_unclosed_batch_is_on_no_statement(make_world: MakeWorld) -> None:
    world = make_world(5, 30, "retail", "0.05", kinds=("B2",))
    batches = world.truth["events"]
    assert batches
    settled = {row.rrn for file in world.files if file.source is Source.SETTLEMENT for row in file.rows}
    for one in batches:
        slips = one["legs"]["terminal"]
        assert len(slips) > 5
        assert settled.isdisjoint(slip["rrn"] for slip in slips)
        assert money(slip["amount"] for slip in slips) == money([one["dTA"]])
        # A sale that was voided again leaves nothing to be settled.
        assert "void" not in {slip["kind"] for slip in slips}


def test_a_ticket_is_known_by_its_number(make_world: MakeWorld) -> None:
    rows = [row for file in make_world(5, 60, "chain", "0.03").files if file.source is Source.SALE for row in file.rows]
    assert len({(row.ticket, row.when.date()) for row in rows}) == len(rows)


def test_no_slip_is_wrong_twice(make_world: MakeWorld) -> None:
    events = make_world(22, 60, "retail", "0.03", volume=100).truth["events"]
    slips = Counter(leg["rrn"] for one in events for leg in one["legs"].get("terminal", ()) if "rrn" in leg)
    assert len(slips) > 300
    assert set(slips.values()) == {1}


def test_every_kind_appears_over_a_few_seeds(make_world: MakeWorld) -> None:
    seen = {
        one["kind"]
        for preset in PRESET_NAMES
        for seed in (5, 6)
        for one in make_world(seed, 60, preset, "0.1").truth["events"]
    }
    assert seen == set(KINDS)


def test_a_label_says_all_that_a_score_needs(make_world: MakeWorld) -> None:
    for one in make_world(5, 60, "retail", "0.03").truth["events"]:
        assert one["kind"] in KINDS
        assert one["supported"] == (one["kind"] in SUPPORTED) or one["kind"] in {"P4", "P5"}
        assert one["supported"] or one["why_unsupported"]
        if one["expected_detect_on"]:
            assert one["date"] < one["earliest_flag"] <= one["expected_detect_on"] <= "2026-11-05"
            assert one["kind_history"][0]["on"] == one["expected_detect_on"]
        assert one["root_cause"]
        assert one["remedy"]
        assert one["legs"]


def test_the_resolution_ends_the_claim(make_world: MakeWorld) -> None:
    endings = Counter(one["resolution"].split()[0] for one in make_world(5, 60, "retail", "0.05").truth["events"])
    assert set(endings) == {"accepted", "partial", "rejected", "none"}


def test_known_legs_are_in_the_files(make_world: MakeWorld) -> None:
    world = make_world(5, 60, "hotel", "0.03")
    rrns = {(file.source.value, row.rrn, f"{row.amount:.2f}") for file in world.files for row in file.legs if row.rrn}
    for one in world.truth["events"]:
        if one["event_id"].startswith("P-"):
            continue
        for source, legs in one["legs"].items():
            assert all((source, leg["rrn"], leg["amount"]) in rrns for leg in legs if "rrn" in leg)


def test_pairs_cancel_out_and_month_ends_are_hit(make_world: MakeWorld) -> None:
    truth = make_world(5, 60, "retail", "0.001").truth
    pairs = [one for one in truth["events"] if one["pair"] and one["kind"] != "B3"]
    by_pair = defaultdict(list)
    for one in pairs:
        by_pair[one["pair"]].append(one)
    assert by_pair
    for two in by_pair.values():
        assert len(two) == 2
        assert money(part["amount"] for one in two for part in one["components"]) == 0
        assert two[0]["date"] == two[1]["date"]
    assert {"2026-09-30", "2026-10-31"} <= {one["date"] for one in truth["events"]}


def test_an_uncertain_pair_has_two_slips_and_one_bare_line(make_world: MakeWorld) -> None:
    world = make_world(5, 60, "retail", "0.001")
    (first, *_) = world.truth["uncertain"]
    assert len(first["candidates"]) == 2
    assert len({one["amount"] for one in first["candidates"]}) == 1
    bare = [
        row
        for file in world.files
        if file.source is Source.SETTLEMENT and f"{file.day}" == first["statement"]
        for row in file.rows
        if not (row.rrn or row.trace or row.terminal or row.card)
    ]
    assert [f"{row.amount:.2f}" for row in bare] == [first["amount"]]


# -- files that never came, references that were lost ----------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_missing_files_are_missing_and_told(make_world: MakeWorld, preset: str) -> None:
    whole, world = make_world(9, 40, preset, "0.03"), make_world(9, 40, preset, "0.03", missing=4)
    gaps = world.truth["missing_files"]
    assert {gap["source"] for gap in gaps} == {source.value for source in Source}
    for gap in gaps:
        assert not [file for file in world.files if is_of(file, gap)]
        assert [file for file in whole.files if is_of(file, gap)]


def is_of(file: File, gap: Mapping[str, str]) -> bool:
    if file.source.value != gap["source"] or f"{file.day}" != gap["day"]:
        return False
    whose = {file.acquirer, ""} if file.source is not Source.BANK else {gap["acquirer"]}
    return gap["acquirer"] in whose and gap["terminal"] in {"", file.terminal}


def test_a_short_simulation_cannot_lose_files() -> None:
    with pytest.raises(ValueError, match="simulate more days"):
        simulate(1, 15, missing=1)


def test_damage_takes_references_and_nothing_else(make_world: MakeWorld) -> None:
    whole, hurt = make_world(4, 40, "retail", 0), make_world(4, 40, "retail", 0, damage="0.02")
    damaged = hurt.truth["damaged"]
    assert {one["damage"] for one in damaged} == {
        "rrn lost",
        "rrn mistyped",
        "rrn in scientific notation",
        "rrn and trace lost",
    }
    lines = whole.truth["counts"]["sale"] + whole.truth["counts"]["settlement"]
    assert 0.01 < len(damaged) / lines < 0.03
    for source in Source:
        assert total(whole, source) == total(hurt, source)
    before, after = ([row for file in world.files for row in file.rows] for world in (whole, hurt))
    changed = [(one, two) for one, two in zip(before, after, strict=True) if one != two]
    assert len(changed) == len(damaged)
    assert all(
        one._replace(rrn="", trace="", damage="") == two._replace(rrn="", trace="", damage="") for one, two in changed
    )


# -- the ledger ------------------------------------------------------------------------------------------------------


def parsed(text: str) -> list[Transaction]:
    entries, errors, _ = parser.parse_string(text)
    assert not errors
    return [entry for entry in entries if isinstance(entry, Transaction)]


def postings(text: str) -> Counter[tuple[str, ...]]:
    return Counter(
        (f"{entry.date}", posting.account, f"{posting.units}", str(sorted(words(posting.meta))))
        for entry in parsed(text)
        for posting in entry.postings
        if words(posting.meta)
    )


def number(posting: Posting) -> Decimal:
    assert posting.units is not None
    assert posting.units.number is not None
    return posting.units.number


def words(meta: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in (meta or {}).items() if key not in {"filename", "lineno"}]


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_beancount_has_nothing_to_say_against_the_ledger(make_world: MakeWorld, preset: str) -> None:
    text = make_world(5, 60, preset, "0.03").ledger_text().replace('plugin "beancount_posguard"', "")
    entries, errors, _ = loader.load_string(text)
    assert errors == []
    assert len(entries) > 200


def test_a_receipt_says_what_the_postings_come_to(make_world: MakeWorld) -> None:
    for entry in parsed(make_world(5, 60, "hotel", "0.03").ledger_text(upto=date(2026, 9, 20))):
        if "tender" in entry.meta:
            continue  # no batch: a sale in cash that names a slip
        moved = [one for one in entry.postings if one.account.split(":")[-1] in {"Till", "Clearing", "Payout"}]
        legs = [one for one in moved if words(one.meta)]
        sign = -1 if entry.meta["posguard-source"] in {"settlement", "bank"} else 1
        gross = sum((number(one) for one in legs), Decimal(0)) * sign
        assert f"gross {gross + 0:.2f} CNY" in entry.meta["posguard-receipt"]
        if entry.meta["posguard-source"] == "settlement" and legs:
            fees = money(one.meta["fee"] for one in legs if one.meta)
            assert entry.meta["posguard-receipt"].endswith(f"fee {fees:.2f} CNY, net {gross - fees:.2f} CNY")
            assert [number(one) for one in moved if one.account.endswith("Payout")] == [gross - fees]


def test_a_day_adds_to_the_ledger_and_changes_nothing(make_world: MakeWorld) -> None:
    world = make_world(5, 60, "retail", "0.03")
    day = world.days[20]
    before, after = [*world.batch_texts(upto=world.days[19])], [*world.batch_texts(upto=day)]
    assert after[: len(before)] == before
    assert after[len(before) :]
    assert all(text.startswith(f"{day}") for text in after[len(before) :])
    assert world.ledger_text(upto=day) == world.head_text() + "\n" + "\n".join(after)


def test_shuffled_and_split_ledgers_say_the_same(make_world: MakeWorld) -> None:
    world = make_world(5, 60, "hotel", "0.03")
    upto = date(2026, 9, 13)
    plain, shuffled = world.ledger_text(upto), world.ledger_text(upto, order_seed=1)
    split = world.ledger_text(upto, split=True)
    assert plain != shuffled != world.ledger_text(upto, order_seed=2)
    assert shuffled == world.ledger_text(upto, order_seed=1)
    assert postings(plain) == postings(shuffled) == postings(split)
    assert len(parsed(split)) > len(parsed(plain)) * 3 // 2


def test_no_full_card_number_is_in_the_ledger(make_world: MakeWorld) -> None:
    cards = {row.card for file in make_world(5, 60, "chain", "0.03").files for row in file.rows if row.card}
    assert cards
    assert all(len(card) == 16 and card[6:12] == "******" for card in cards)


# -- what cannot be simulated ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"preset": "kiosk"}, "no preset 'kiosk'; expected one of retail"),
        ({"days": 0}, "0 days; expected 1 to 3660"),
        ({"faults": "2"}, "faults 2; expected a share from 0 to 1"),
        ({"faults": "many"}, "faults many; expected a share from 0 to 1"),
        ({"damage": -1}, "damage -1; expected a share from 0 to 1"),
        ({"volume": 0}, "volume 0; expected a percentage"),
        ({"kinds": ("Z9",)}, "no kind 'Z9'; expected some of A1"),
    ],
)
def test_what_cannot_be_simulated_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        simulate(**{"seed": 1, "days": 5, **given})
