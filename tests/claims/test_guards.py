"""Every guard lets the right thing pass and stops the wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beancount_posguard.claims.guards import GUARDS
from beancount_posguard.claims.steps import STEPS

if TYPE_CHECKING:
    from tests.claims.conftest import Office

CUSTOMER, ACQUIRER = "Liabilities:Claims:Customer", "Assets:Claims:Acquirer:ChinaUMS"


def staffed(office: Office) -> None:
    """The smallest office with four eyes and more."""
    office.person("li", "maker")
    office.person("wang", "checker")
    office.person("chen", "manager")
    office.person("zhao", "owner")
    office.person("gu", "auditor")
    office.person("kim", "cashier", cashier="C7")


def prepared(office: Office, claim: str, route: str = "application", **said: str) -> None:
    assert office.step(claim, "verify", on="11-07") == ""
    words = {"waive": "slip batch-slip", "note": "lost"} | said
    assert office.step(claim, "prepare", route=route, on="11-08", **words) == ""


def submitted(office: Office, amount: str = "100") -> str:
    x1 = office.claim_on_acquirer(amount)
    prepared(office, x1)
    assert office.step(x1, "submit") == ""
    return x1


def test_zero(office: Office) -> None:
    x1 = office.claim_on_acquirer("100")
    assert "still has money open; dismiss needs a balance of zero" in office.step(x1, "dismiss", note="no")
    assert office.book(x1, "top-up", "-100", ACQUIRER, on="11-07") == ""
    assert office.stage(x1) == "settled"


def test_money(office: Office) -> None:
    x1 = submitted(office)
    assert office.step(x1, "reject", note="no") == ""
    office.changes(x1, "11-10", "A5", "0")
    assert "has no money open; there is nothing to appeal" in office.step(x1, "appeal", note="yes", on="11-11")
    assert office.step(x1, "appeal", note="yes") == ""  # on the 9th it was open still


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ("refund", "it gives money back, but here it is owed to you"),
        ("top-up", "it is no way to settle with the acquirer"),
        ("presentment", "a debit card's issuer takes no 请款 (9408)"),
    ],
)
def test_route(office: Office, route: str, message: str) -> None:
    x1 = office.claim_on_acquirer("100", card_type=("debit",))
    office.step(x1, "verify")
    assert message in office.step(x1, "prepare", route=route, waive="slip batch-slip", note="lost")
    assert office.step(x1, "prepare", route="application", waive="slip batch-slip", note="lost") == ""


def test_evidence(office: Office) -> None:
    x1 = office.claim_on_acquirer("100")
    office.step(x1, "verify")
    assert "lacks slip and batch-slip: attach it" in office.step(x1, "prepare", route="application")
    assert office.attach(x1, "slip") == ""
    assert "lacks batch-slip: attach it" in office.step(x1, "prepare", route="application")
    assert "say why with a note" in office.step(x1, "prepare", route="application", waive="batch-slip")
    assert office.step(x1, "prepare", route="application", waive="batch-slip", note="roll ran out") == ""


def test_in_time(office: Office) -> None:
    x1 = office.claim_on_acquirer("100")  # 60 days from 3 November: 2 January
    office.step(x1, "verify")
    late = office.step(x1, "prepare", route="application", waive="slip batch-slip", note="lost", on="12-31")
    assert late == ""
    other = office.claim_on_acquirer("100", "PG-20261103-YYYYY")
    office.step(other, "verify")
    office.step(other, "prepare", route="application", waive="slip batch-slip", note="lost")
    office.step(other, "submit")
    office.step(other, "acknowledge", case="7")
    office.step(other, "info", note="the slip, please", by_date="2026-11-20")
    assert "is too late for it: your answer was due on 2026-11-20 (the notice)" in office.step(
        other, "submit", on="11-21"
    )
    assert office.step(other, "submit", on="11-20") == ""


def test_too_late(office: Office) -> None:
    x1 = submitted(office)
    office.step(x1, "acknowledge", case="7", by_date="2026-11-20")
    assert "has time until 2026-11-20; it cannot be expired on 2026-11-20" in office.step(x1, "expire", on="11-20")
    assert office.step(x1, "expire", on="11-21") == ""


def test_not_the_maker(office: Office) -> None:
    x1 = office.claim_on_acquirer("100")
    prepared(office, x1)
    assert "was prepared by li; somebody else must approve it" in office.step(x1, "approve")
    assert office.step(x1, "approve", by="wang") == ""


def test_not_the_cashier(office: Office) -> None:
    staffed(office)
    office.person("sun", "checker", cashier="C8")
    a1 = office.owed_to_customer("100", cashier=("C8",))
    prepared(office, a1, "refund")
    assert "was rung up by sun; nobody approves their own slip" in office.step(a1, "approve", by="sun")
    assert office.step(a1, "approve", by="wang") == ""


def test_unchanged(office: Office) -> None:
    x1 = office.claim_on_acquirer("100")
    prepared(office, x1)
    assert "is not what was approved" in office.step(x1, "approve", by="wang", evidence="0123456789abcdef")


def test_an_approval_is_void_once_the_evidence_changes(office: Office) -> None:
    x1 = office.claim_on_acquirer("100")
    prepared(office, x1)
    assert office.step(x1, "approve", by="wang") == ""
    assert office.attach(x1, "slip") == ""
    assert "has changed since it was approved" in office.step(x1, "submit")
    assert office.step(x1, "return", by="wang", note="slip found") == ""
    assert office.step(x1, "prepare", route="application", waive="batch-slip", note="lost") == ""
    assert office.step(x1, "approve", by="wang") == ""
    assert office.step(x1, "submit") == ""


def test_an_approval_is_void_once_the_amount_changes(office: Office) -> None:
    x1 = office.claim_on_acquirer("100")
    prepared(office, x1)
    assert office.step(x1, "approve", by="wang") == ""
    office.changes(x1, "11-12", "A4", "60")
    assert "has changed since it was approved" in office.step(x1, "submit", on="11-12")
    assert office.step(x1, "submit", on="11-11") == ""  # before the change it was what was approved
    assert office.claim(x1).stage == "submitted"  # and what was right stays right


def test_approved(office: Office) -> None:
    staffed(office)
    x1 = office.claim_on_acquirer("100")
    prepared(office, x1)
    assert "is about 100 CNY; somebody must approve it first" in office.step(x1, "submit")
    small = office.claim_on_acquirer("50", "PG-20261103-YYYYY")
    prepared(office, small)
    assert office.step(small, "submit") == ""


def test_a_shop_of_one_may_submit_what_it_prepared(office: Office) -> None:
    assert office.stage(submitted(office, "5000")) == "submitted"


def test_not_twice_and_two_above_the_managers_limit(office: Office) -> None:
    staffed(office)
    x1 = office.claim_on_acquirer("12000")
    prepared(office, x1)
    assert office.step(x1, "approve", by="chen") == ""
    assert office.stage(x1) == "prepared"  # it waits for the second
    assert "was approved by chen already; a second person must" in office.step(x1, "approve", by="chen")
    assert office.step(x1, "approve", by="zhao") == ""
    assert office.stage(x1) == "approved"


@pytest.mark.parametrize(
    ("amount", "by", "stage"),
    [
        ("1000", "wang", "approved"),
        ("1000.01", "wang", "prepared"),
        ("1000.01", "chen", "approved"),
        ("10000", "chen", "approved"),
        ("10000.01", "zhao", "prepared"),
    ],
)
def test_the_bands(office: Office, amount: str, by: str, stage: str) -> None:
    staffed(office)
    x1 = office.claim_on_acquirer(amount)
    prepared(office, x1)
    assert office.step(x1, "approve", by=by) == ""
    assert office.stage(x1) == stage


def test_what_somebody_else_answers_for_is_not_counted(office: Office) -> None:
    staffed(office)
    for name, by, stage in (("1", "wang", "prepared"), ("1", "chen", "approved"), ("2", "wang", "approved")):
        claim = f"PG-20261103-0000{name}"
        if not any(one.id == claim for one in office.found):
            prepared(office, office.claim_on_acquirer({"1": "1500", "2": "1000"}[name], claim))
        assert office.step(claim, "approve", by=by) == ""
        assert office.stage(claim) == stage


def test_two_checkers_are_no_manager(office: Office) -> None:
    staffed(office)
    office.person("sun", "checker")
    x1 = office.claim_on_acquirer("5000")
    prepared(office, x1)
    office.step(x1, "approve", by="wang")
    office.step(x1, "approve", by="sun")
    assert office.stage(x1) == "prepared"


def test_sums_of_thirty_days_count(office: Office) -> None:
    staffed(office)
    for name, on, stage in (("1", "11-09", "approved"), ("2", "11-10", "prepared"), ("3", "12-09", "approved")):
        claim = office.claim_on_acquirer("600", f"PG-20261103-0000{name}")
        prepared(office, claim)
        assert office.step(claim, "approve", by="wang", on=on) == ""
        # 600 and 600 are more than a checker's 1000; the second does not count, and the first is out after 30 days.
        assert office.stage(claim) == stage


def test_a_limit_can_be_set_from_a_day_on(office: Office) -> None:
    staffed(office)
    office.limit("checker", "50", since="11-10")
    for name, on, stage in (("1", "11-09", "approved"), ("2", "11-10", "prepared")):
        claim = office.claim_on_acquirer("100", f"PG-20261103-0000{name}")
        prepared(office, claim)
        office.step(claim, "approve", by="wang", on=on)
        assert office.stage(claim) == stage


def test_within_and_plan(office: Office) -> None:
    x1 = submitted(office)
    assert "has 100 CNY open with the acquirer; 100.01 is more than that" in office.step(x1, "accept", amount="100.01")
    assert "say with a note what is to become of the rest" in office.step(x1, "accept", amount="60.00")
    assert office.step(x1, "accept", amount="60.00", note="the rest is appealed") == ""
    assert office.stage(x1) == "part-accepted"


def test_all_of_it_is_accepted(office: Office) -> None:
    x1 = submitted(office)
    assert office.step(x1, "accept", amount="100") == ""
    assert office.stage(x1) == "accepted"


def test_hopeless(office: Office) -> None:
    x1 = office.claim_on_acquirer("50.01")
    office.step(x1, "verify")
    message = office.step(x1, "request-write-off", note="old")
    assert "was never asked for; 50.01 CNY is given up only once rejected or expired" in message
    small = office.claim_on_acquirer("50", "PG-20261103-YYYYY")
    office.step(small, "verify")
    assert office.step(small, "request-write-off", note="small") == ""


def test_advice(office: Office) -> None:
    x1 = submitted(office, "10000")
    office.step(x1, "reject", note="no")
    assert "from 10000 on legal advice is needed first" in office.step(x1, "request-write-off", note="no")
    assert "legal advice is needed first" in office.book(x1, "write-off", "-10000", ACQUIRER)
    office.step(x1, "legal", note="not worth it", on="11-10")
    assert office.step(x1, "request-write-off", note="no", on="11-10") == ""


def test_cause_and_informed(office: Office) -> None:
    a1 = office.owed_to_customer("100")
    office.book(a1, "refund", "100", CUSTOMER, on="11-07")
    assert "has no cause yet" in office.step(a1, "close")
    assert "concerns a customer, whom nobody has told" in office.step(a1, "close", cause="OP_KEY")
    told = {"channel": "sms", "template": "overcharge-sms-zh/1"}
    assert office.step(a1, "notify", outcome="failed", **told) == ""
    assert "whom nobody has told" in office.step(a1, "close", cause="OP_KEY")
    assert office.step(a1, "notify", outcome="delivered", **told) == ""
    assert office.step(a1, "close", cause="OP_KEY") == ""
    assert office.stage(a1) == "closed"


def test_a_cause_named_before_is_enough(office: Office) -> None:
    x1 = office.claim_on_acquirer("100")
    office.step(x1, "verify", cause="ACQ_POST", on="11-07")
    office.book(x1, "top-up", "-100", ACQUIRER, on="11-08")
    assert office.step(x1, "close") == ""


def test_every_guard_has_its_test() -> None:
    names = {name.replace("-", "_") for name in GUARDS}
    tests = " ".join(name for name in globals() if name.startswith("test_"))
    assert [name for name in sorted(names) if name not in tests] == []


class TestPeople:
    """Who may do what, where people are configured."""

    @pytest.mark.parametrize(
        ("by", "message"),
        [
            ("gu", "cannot take the step verify by gu, who is auditor; it needs checker or maker or manager or owner"),
            ("kim", "who is cashier"),
            ("lee", "cannot be handled by lee, whom the ledger does not know; it has chen, gu, kim, li, wang, zhao"),
        ],
    )
    def test_the_wrong_person(self, office: Office, by: str, message: str) -> None:
        staffed(office)
        x1 = office.claim_on_acquirer("100")
        assert message in office.step(x1, "verify", by=by)
        assert office.step(x1, "verify", by="li") == ""

    def test_a_maker_does_not_approve(self, office: Office) -> None:
        staffed(office)
        office.person("sun", "maker")
        x1 = office.claim_on_acquirer("100")
        prepared(office, x1)
        assert "who is maker; it needs checker or manager or owner" in office.step(x1, "approve", by="sun")

    def test_rules_begin_with_the_first_person(self, office: Office) -> None:
        office.person("wang", "checker", since="11-10")
        x1 = office.claim_on_acquirer("100")
        assert office.step(x1, "verify", by="li") == ""
        assert "whom the ledger does not know" in office.step(x1, "note", by="li", note="x", on="11-10")

    def test_who_left_does_nothing_more(self, office: Office) -> None:
        staffed(office)
        office.person("li", since="11-10")
        x1 = office.claim_on_acquirer("100")
        assert office.step(x1, "verify", on="11-09") == ""
        assert "by li, who is nothing" in office.step(x1, "note", note="x", on="11-10")


class TestGivingAway:
    """Refunds and write-offs, where people are configured."""

    def test_a_small_refund_needs_nobody_but_pieces_add_up(self, office: Office) -> None:
        staffed(office)
        a1 = office.owed_to_customer("80")
        assert office.book(a1, "refund", "30", CUSTOMER, on="11-08") == ""
        message = office.book(a1, "refund", "30", CUSTOMER)
        assert "is about 30 CNY; alone li gives away no more than 50 in 30 days: prepare it" in message
        assert office.book(a1, "refund", "20", CUSTOMER) == ""

    def test_a_larger_refund_needs_an_approval(self, office: Office) -> None:
        staffed(office)
        a1 = office.owed_to_customer("80")
        assert "prepare it and have it approved" in office.book(a1, "refund", "80", CUSTOMER)
        prepared(office, a1, "refund")
        assert "prepare it and have it approved" in office.book(a1, "refund", "80", CUSTOMER)
        assert office.step(a1, "approve", by="wang") == ""
        assert office.book(a1, "refund", "80", CUSTOMER) == ""
        assert office.stage(a1) == "settled"

    def test_what_changed_after_the_approval_is_not_paid(self, office: Office) -> None:
        staffed(office)
        a1 = office.owed_to_customer("80")
        prepared(office, a1, "refund")
        office.step(a1, "approve", by="wang")
        office.changes(a1, "11-10", "A1", "-300")
        assert "has changed since it was approved" in office.book(a1, "refund", "300", CUSTOMER, on="11-10")

    def test_money_that_comes_in_needs_no_approval(self, office: Office) -> None:
        staffed(office)
        x1 = office.claim_on_acquirer("9000")
        assert office.book(x1, "top-up", "-9000", ACQUIRER) == ""

    def test_a_write_off_needs_two(self, office: Office) -> None:
        staffed(office)
        x1 = office.claim_on_acquirer("500")
        assert "ask for it with posguard write-off --request" in office.book(x1, "write-off", "-500", ACQUIRER)
        prepared(office, x1)
        office.step(x1, "approve", by="chen")
        office.step(x1, "submit")
        office.step(x1, "reject", note="no")
        office.step(x1, "request-write-off", note="not worth it")
        assert "somebody else must book it" in office.book(x1, "write-off", "-500", ACQUIRER)
        office.person("sun", "maker")
        assert "who may not approve" in office.book(x1, "write-off", "-500", ACQUIRER, by="sun")
        assert office.book(x1, "write-off", "-500", ACQUIRER, by="wang") == ""
        assert office.stage(x1) == "written-off"

    def test_a_large_write_off_needs_three(self, office: Office) -> None:
        staffed(office)
        x1 = office.claim_on_acquirer("1000.01")
        prepared(office, x1)
        office.step(x1, "approve", by="chen")
        office.step(x1, "submit")
        office.step(x1, "reject", note="no")
        office.step(x1, "request-write-off", note="not worth it")
        assert "more than zhao gives up alone" in office.book(x1, "write-off", "-1000.01", ACQUIRER, by="zhao")
        assert office.step(x1, "approve", by="chen") == ""
        assert office.stage(x1) == "write-off-requested"
        assert office.book(x1, "write-off", "-1000.01", ACQUIRER, by="zhao") == ""


def test_steps_take_only_their_words(office: Office) -> None:
    x1 = office.claim_on_acquirer("100")
    assert "verify takes no 'route'; expected some of by, cause, note" in office.step(x1, "verify", route="refund")
    assert "unknown key 'bye'; expected some of by" in office.step(x1, "verify", bye="x")
    assert "cause: 'OP_KEYS'; expected one of OP_KEY" in office.step(x1, "verify", cause="OP_KEYS")
    assert STEPS["verify"].done == "verified"


@pytest.mark.parametrize("text", ["20.11.2026", "2026-11-31", "20261120", "soon"])
def test_days_are_days(office: Office, text: str) -> None:
    x1 = submitted(office)
    assert f"by-date: {text!r} is no day" in office.step(x1, "acknowledge", case="7", by_date=text)


@pytest.mark.parametrize("text", ["-5.00", "0", "NaN", "1e3", "a"])
def test_amounts_are_amounts(office: Office, text: str) -> None:
    x1 = submitted(office)
    assert "amount: " in office.step(x1, "accept", amount=text)


def test_a_demand_that_is_out_is_withdrawn_by_a_person(office: Office) -> None:
    x1 = submitted(office)
    office.changes(x1, "11-10", "B1", "0")
    assert office.stage(x1) == "submitted"
    assert office.claim(x1).is_open
    assert office.step(x1, "withdraw", note="the line came", on="11-11") == ""
    assert office.stage(x1) == "withdrawn"
    assert office.step(x1, "close", on="11-11") == ""


def test_the_late_line_does_not_undo_a_step_taken_before(office: Office) -> None:
    x1 = office.claim_on_acquirer("100")
    office.changes(x1, "11-12", "B1", "0")
    assert office.step(x1, "verify", on="11-10") == ""
    assert office.stage(x1) == "withdrawn"
