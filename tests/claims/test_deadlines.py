"""By when something is due: the notice before the contract, the contract before the networks' dated rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import pytest
from beancount.parser import parser

from beancount_posguard.claims import deadlines
from beancount_posguard.claims.deadlines import ANSWERS, LIMITS, WAITS, Clock, Due, Last, deadline, earliest, next_due
from beancount_posguard.contract import Contract
from beancount_posguard.ledger.contracts import read_contracts
from beancount_posguard.terms import Term

if TYPE_CHECKING:
    from tests.claims.conftest import Office

TRADE = date(2026, 11, 3)
NOTICE = date(2026, 11, 20)
CLOCK = Clock(TRADE, date(2026, 11, 4), NOTICE)
LATER = "2026-11-10"  # after the trade, before the notice


def contracts(*terms: str) -> Sequence[Contract]:
    """Return one contract for each of ``terms``: its date, then its lines."""
    text = "".join(f'{one[:10]} custom "posguard-acquirer" "ChinaUMS"\n  {one[11:]}\n' for one in terms)
    entries, errors, _ = parser.parse_string(text)
    made, wrong = read_contracts(entries)
    assert not [*errors, *wrong]
    return made


def due(remedy: str, *terms: str, clock: Clock = CLOCK) -> str:
    """Return last day and source for a remedy under ``terms``."""
    last = deadline(remedy, clock, contracts(*terms))
    return f"{last.day} {last.source}" if last else ""


# Dated rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trade", "notice", "claim", "answer"),
    [
        # The new row is of 15 November: both older, one between, both from its day on.
        ("2026-11-03", "2026-11-14", "2027-01-02", "2026-12-04"),
        ("2026-11-03", "2026-11-15", "2027-01-02", "2026-11-20"),
        ("2026-11-15", "2026-11-15", "2026-11-25", "2026-11-20"),
    ],
)
def test_a_later_row_changes_only_what_is_counted_from_its_day_on(
    trade: str, notice: str, claim: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = date(2026, 11, 15)
    made_up = (
        deadlines.Limit("answer", since, Term(5, anchor="notice"), "made up", "high"),
        deadlines.Limit("claim", since, Term(10, anchor="trade"), "made up", "high"),
    )
    monkeypatch.setattr(deadlines, "LIMITS", (*made_up, *LIMITS))  # the order of the rows does not matter
    clock = Clock(date.fromisoformat(trade), date.fromisoformat(trade), date.fromisoformat(notice))

    told = [deadline(remedy, clock) for remedy in ("claim", "answer")]

    assert [str(one.day) if one else "" for one in told] == [claim, answer]


def test_before_the_first_row_no_rule_is_known() -> None:
    old = date(2012, 12, 31)
    assert deadline("claim", Clock(old, old, old)) is None
    assert deadline("claim", Clock(date(2013, 1, 1), old, old)) is not None


def test_where_nothing_is_lost_nothing_is_due() -> None:
    assert due("correct-books") == ""


@pytest.mark.parametrize(
    ("network", "day", "confidence"),
    [
        ("UnionPay", "2026-12-20", "medium"),
        ("Visa", "2026-12-20", "medium"),
        ("Mastercard", "2027-01-04", "medium"),
        ("Amex", "2026-12-10", "low"),
        ("", "2026-12-10", "low"),
    ],
)
def test_the_network_gives_the_time_for_a_representment(network: str, day: str, confidence: str) -> None:
    last = deadline("representment", CLOCK._replace(network=network))
    assert last is not None
    assert (str(last.day), last.confidence) == (day, confidence)


def test_a_rule_for_the_network_comes_before_a_later_one_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    later = deadlines.Limit("representment", date(2026, 1, 1), Term(1, anchor="notice"), "made up", "high")
    monkeypatch.setattr(deadlines, "LIMITS", (*LIMITS, later))
    told = [deadline("representment", CLOCK._replace(network=network)) for network in ("Visa", "")]
    assert [str(one.day) if one else "" for one in told] == ["2026-12-20", "2026-11-21"]


def test_every_row_says_what_it_must() -> None:
    assert {one.term.anchor for one in LIMITS} <= {"trade", "clearing", "notice"}
    assert {one.confidence for one in LIMITS} <= {"high", "medium", "low"}
    assert all(one.source and one.lost for one in LIMITS)
    keys = [(one.remedy, one.since, network) for one in LIMITS for network in one.networks or ("",)]
    assert len(keys) == len(set(keys))


# The contract's own ---------------------------------------------------------------------------------------------------

OLD = '2026-01-01 time-limits: "claim 45 days; representment 7 working days"'


def test_the_contract_comes_before_the_network() -> None:
    assert due("claim") == "2027-01-02 UnionPay prefers 请款 on credit cards within 60 days (9100)"
    assert due("claim", OLD) == "2026-12-18 the contract"
    last = deadline("claim", CLOCK, contracts(OLD))
    assert last == Last(date(2026, 12, 18), "请款 on credit cards", "the contract", "high")


def test_what_the_contract_does_not_name_has_the_networks_time() -> None:
    assert due("refund", OLD) == "2027-05-02 UnionPay refund with record: up to 180 days"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("claim 10 days", "2026-11-13"),  # as the network's: from the trade
        ("claim 10 days from trade", "2026-11-13"),
        ("claim 10 days from clearing", "2026-11-14"),
        ("claim 10 days from notice", "2026-11-30"),
        ("claim 10 days from notice inclusive", "2026-11-29"),
        # 4, 5, 6, 9, 10, 11, 12, 13, 16, 17 November: no holiday, two weekends.
        ("claim 10 working days", "2026-11-17"),
    ],
)
def test_the_contract_says_from_when_and_in_what_days(text: str, day: str) -> None:
    assert due("claim", f'2026-01-01 time-limits: "{text}"') == f"{day} the contract"


def test_working_days_over_a_holiday() -> None:
    monday = Clock(date(2026, 9, 25), date(2026, 9, 26), date(2026, 9, 28))
    # 29, 30 September; National Day is 1 to 7 October; 8, 9, Saturday the 10th (worked), 12, 13 October.
    assert due("representment", OLD, clock=monday) == "2026-10-13 the contract"
    everyday = f'{OLD}\n  settles: "T+1 calendar none"'
    assert due("representment", everyday, clock=monday) == "2026-10-05 the contract"


@pytest.mark.parametrize(
    ("remedy", "terms", "day"),
    [
        # The trade is of 3 November, the notice of the 20th.
        ("claim", f'{LATER} time-limits: "claim 20 days"', "2026-12-18"),
        ("claim", '2026-11-03 time-limits: "claim 20 days"', "2026-11-23"),
        ("representment", f'{LATER} time-limits: "representment 3 days"', "2026-11-23"),
        ("claim", f'{LATER} time-limits: "claim 20 days from notice"', "2026-12-10"),
        # Another key leaves the clause as it was; a clause replaces the whole of the one before.
        ("claim", '2026-11-01 grace: "2 days"', "2026-12-18"),
        ("claim", '2026-11-01 time-limits: "refund 90 days"', "2027-01-02"),
        ("claim", '2026-11-01 time-limits: "none"', "2027-01-02"),
    ],
)
def test_new_terms_count_from_their_day_on(remedy: str, terms: str, day: str) -> None:
    assert due(remedy, OLD, terms).partition(" ")[0] == day


def test_the_first_terms_count_for_earlier_days_too() -> None:
    assert due("claim", '2026-11-10 time-limits: "claim 45 days"') == "2026-12-18 the contract"


def test_how_long_a_hold_can_be_completed_is_hold_days() -> None:
    assert due("complete-hold").startswith("2026-12-03 UnionPay holds")
    assert due("complete-hold", '2026-01-01 hold-days: "7"') == "2026-11-10 the contract"


def test_of_several_remedies_the_first_day_counts() -> None:
    last = earliest(["top-up", "claim", "correct-books"], CLOCK, contracts(OLD))
    assert last is not None
    assert (str(last.day), last.source) == ("2026-12-18", "the contract")
    assert earliest(["correct-books"], CLOCK) is None


# Answers --------------------------------------------------------------------------------------------------------------

QUICK = '2026-01-01 answers: "case-number 1 working day; outcome 10 days; money 5 working days; information 3 days"'


def awaited(stage: str, entered: str, *terms: str, party: str = "acquirer", notice: str = "") -> Due:
    told = next_due(
        stage,
        date.fromisoformat(entered),
        notice,
        None,
        detected=TRADE,
        contracts=contracts(*terms),
        party=party,
    )
    assert told is not None
    return told


@pytest.mark.parametrize(
    ("stage", "day"),
    [
        ("submitted", "2026-10-08"),  # the first working day after National Day
        ("acknowledged", "2026-10-10"),
        ("info-requested", "2026-10-03"),
        ("accepted", "2026-10-13"),  # 8, 9, 10, 12, 13
        ("part-accepted", "2026-10-13"),
    ],
)
def test_the_contract_says_how_long_the_acquirer_may_take(stage: str, day: str) -> None:
    told = awaited(stage, "2026-09-30", QUICK)
    assert (str(told.day), told.source, told.confidence) == (day, "the contract", "high")


def test_an_answer_that_the_contract_does_not_name_is_a_service_level() -> None:
    told = awaited("appealed", "2026-11-02", QUICK)
    # Fifteen working days without a holiday are three weeks.
    assert (str(told.day), told.confidence) == ("2026-11-23", "low")


def test_a_contract_with_the_acquirer_does_not_bind_a_customer() -> None:
    assert str(awaited("submitted", "2026-11-02", QUICK, party="customer").day) == "2026-11-04"
    assert awaited("submitted", "2026-11-02", QUICK, party="customer").confidence == "low"


def test_answers_count_for_steps_from_their_day_on() -> None:
    slow = '2026-11-10 answers: "case-number 9 days"'
    assert [str(awaited("submitted", day, QUICK, slow).day) for day in ("2026-11-09", "2026-11-10")] == [
        "2026-11-10",
        "2026-11-19",
    ]


def test_the_notice_comes_before_the_contract() -> None:
    told = awaited("acknowledged", "2026-11-02", QUICK, notice="2026-11-30")
    assert (str(told.day), told.source) == ("2026-11-30", "the notice")


def test_a_day_of_the_contract_closes_our_way_and_not_theirs() -> None:
    ours, theirs = (awaited(stage, "2026-11-02", QUICK) for stage in ("info-requested", "part-accepted"))
    assert deadlines.is_binding(ours, "info-requested")
    assert not deadlines.is_binding(theirs, "part-accepted")
    assert deadlines.is_binding(awaited("part-accepted", "2026-11-02", notice="2026-11-09"), "part-accepted")
    assert not deadlines.is_binding(awaited("info-requested", "2026-11-02"), "info-requested")


def part_accepted(office: Office, money: str) -> str:
    """Return a claim of which 60.00 of 100.00 was accepted on 9 November, under a contract that names ``money``."""
    x1 = office.claim_on_acquirer("100")
    office.found[0].contracts = contracts(f'2026-01-01 answers: "{money}"')
    said = {"route": "application", "waive": "slip batch-slip", "note": "lost"}
    for step, words in (("verify", {}), ("prepare", said), ("submit", {})):
        assert office.step(x1, step, **words) == ""
    assert office.attach(x1, "reply") == ""
    assert office.step(x1, "accept", amount="60.00", note="the rest is appealed") == ""
    return x1


def test_who_waits_in_vain_for_the_acquirers_money_may_still_appeal(office: Office) -> None:
    x1 = part_accepted(office, "money 2 working days; information 3 days")
    claim = office.claim(x1)
    assert claim.due
    assert (str(claim.due.day), claim.due.source) == ("2026-11-11", "the contract")
    assert office.step(x1, "appeal", note="look again", on="11-20") == ""

    assert office.step(x1, "info", note="the slip", on="11-20") == ""
    assert "your answer was due on 2026-11-23 (the contract)" in office.step(x1, "submit", on="11-24")
    assert office.step(x1, "submit", on="11-23") == ""


def test_the_acquirers_clause_is_for_the_part_that_was_asked_for(office: Office) -> None:
    a1 = office.owed_to_customer("100")
    office.found[0].contracts = contracts(QUICK)
    said = {"route": "refund", "waive": "ticket slip", "note": "lost"}
    for step, words in (("verify", {}), ("prepare", said), ("submit", {})):
        assert office.step(a1, step, **words) == ""
    due_then = office.claim(a1).due
    assert due_then
    assert (str(due_then.day), due_then.confidence) == ("2026-11-11", "low")  # two working days after the 9th


def test_each_stage_that_waits_has_its_word() -> None:
    assert {one.word for one in WAITS.values()} == set(ANSWERS)
    assert ANSWERS == ("case-number", "outcome", "information", "appeal", "money")
