"""Every guard lets the right thing pass and stops the wrong one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from beancount_posguard.claims.guards import GUARDS
from beancount_posguard.claims.steps import BOOKINGS, STEPS

if TYPE_CHECKING:
    from tests.claims.conftest import Office

#: A refusal that came by phone, and an agreement.
NO = {"waive": "reply", "note": "they said no on the phone"}
YES = {"waive": "reply", "note": "they agreed on the phone"}

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


def advised(office: Office, claim: str) -> None:
    assert office.step(claim, "advise", by="chen", note="no objection") == ""


def submitted(office: Office, amount: str = "100") -> str:
    x1 = office.claim_on_acquirer(amount)
    prepared(office, x1)
    assert office.step(x1, "submit") == ""
    return x1


def test_zero(office: Office) -> None:
    x1 = office.claim_on_acquirer("100")
    assert "still has money open; dismiss needs a balance of zero" in office.step(x1, "dismiss", note="no")
    assert office.book(x1, "top-up", "-100", ACQUIRER, on="11-07") == ""
    assert office.stage(x1) == "new"  # it was paid, but nobody has looked at it
    assert office.step(x1, "verify", on="11-08") == ""
    assert office.stage(x1) == "settled"


def test_money(office: Office) -> None:
    x1 = submitted(office)
    assert office.step(x1, "reject", **NO) == ""
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


def test_a_refused_claim_expires_with_its_remedys_day(office: Office) -> None:
    """Nothing is due once they refused, but the time to ask again runs on: 60 days from 3 November."""
    x1 = submitted(office)
    assert office.step(x1, "reject", **NO) == ""
    assert "has time until 2027-01-02; it cannot be expired on 2026-12-31" in office.step(x1, "expire", on="12-31")
    office.never_due(x1)
    assert "has no deadline that could have passed" in office.step(x1, "expire", on="12-31")


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
    advised(office, x1)
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
    advised(office, x1)
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
    assert office.attach(x1, "reply") == ""
    assert "has 100 CNY open with the acquirer; 100.01 is more than that" in office.step(x1, "accept", amount="100.01")
    assert "say with a note what is to become of the rest" in office.step(x1, "accept", amount="60.00")
    assert office.step(x1, "accept", amount="60.00", note="the rest is appealed") == ""
    assert office.stage(x1) == "part-accepted"


def test_all_of_it_is_accepted(office: Office) -> None:
    x1 = submitted(office)
    assert office.step(x1, "accept", amount="100", **YES) == ""
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
    office.step(x1, "reject", **NO)
    assert "from 10000 on legal advice is needed first" in office.step(x1, "request-write-off", note="no")
    assert "legal advice is needed first" in office.book(x1, "write-off", "-10000", ACQUIRER)
    office.step(x1, "legal", note="not worth it", on="11-10")
    assert office.step(x1, "request-write-off", note="no", on="11-10") == ""


def test_advice_before_an_approval_and_a_close(office: Office) -> None:
    x1 = office.claim_on_acquirer("10000")
    prepared(office, x1)
    assert "legal advice is needed first" in office.step(x1, "approve", by="wang")
    assert office.step(x1, "advise", by="gu", note="ask by letter") == ""
    assert office.step(x1, "approve", by="wang") == ""
    other = office.claim_on_acquirer("10000", "PG-20261103-YYYYY")
    office.step(other, "verify", cause="ACQ_POST")
    office.book(other, "top-up", "-10000", ACQUIRER)
    assert "legal advice is needed first" in office.step(other, "close", on="11-10")
    assert office.step(other, "advise", note="nothing to fear", on="11-10") == ""
    assert office.step(other, "close", on="11-10") == ""


def test_cause_and_informed(office: Office) -> None:
    a1 = office.owed_to_customer("100")
    office.step(a1, "verify", on="11-06")
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


def test_a_paid_claim_is_resolving_until_its_money_is_seen(office: Office) -> None:
    a1 = office.owed_to_customer("100")
    office.step(a1, "verify", cause="OP_KEY", on="11-07")
    office.book(a1, "refund", "100", CUSTOMER, on="11-08")
    office.step(a1, "notify", channel="sms", template="x/1", outcome="sent", on="11-08")
    office.see(a1, "11-12")
    assert office.stage(a1) == "settled"
    assert "waits for its money to be seen" in office.step(a1, "close", on="11-11")  # as it was known on the 11th
    assert office.step(a1, "close", on="11-12") == ""
    office.see(a1, "")
    assert "waits for its money to be seen" in office.errors()


def test_verify_needs_a_second_source_or_a_word(office: Office) -> None:
    e1 = office.claim_on_acquirer("100")
    office.sides(e1, "settlement")
    assert "rests on the settlement alone; compare it with a second source" in office.step(e1, "verify")
    assert office.attach(e1, "statement") == ""  # the same source once more
    assert "rests on the settlement alone" in office.step(e1, "verify")
    assert office.attach(e1, "slip") == ""
    assert office.step(e1, "verify") == ""
    paper = office.claim_on_acquirer("100", "PG-20261103-YYYYY")
    office.sides(paper)
    assert "rests on no line at all" in office.step(paper, "verify")
    assert office.step(paper, "verify", note="the letter says so") == ""


def test_an_answer_to_the_appeal_is_a_new_one(office: Office) -> None:
    x1 = submitted(office)
    assert "lacks their answer: attach it" in office.step(x1, "reject", note="no")
    assert "say with a note how they gave it" in office.step(x1, "accept", waive="reply")
    assert office.attach(x1, "reply", on="11-10") == ""
    assert office.step(x1, "reject", note="no", on="11-10") == ""
    assert office.step(x1, "appeal", note="look again", on="11-11") == ""
    assert "lacks their answer" in office.step(x1, "reject", note="no", on="11-12")
    assert office.attach(x1, "reply", "1", on="11-12") == ""
    assert office.step(x1, "reject", note="no", on="11-12") == ""


def test_above_the_makers_limit_somebody_else_closes(office: Office) -> None:
    staffed(office)
    for name, amount, by in (("PG-20261103-00001", "50", "li"), ("PG-20261103-00002", "50.01", "wang")):
        claim = office.claim_on_acquirer(amount, name)
        office.step(claim, "verify", cause="ACQ_POST", on="11-07")
        office.book(claim, "top-up", f"-{amount}", ACQUIRER, on="11-08")
        refused = office.step(claim, "close") if by != "li" else ""
        assert ("was settled by li; above 50 CNY somebody else must close it" in refused) is (by == "wang")
        assert office.step(claim, "close", by=by) == ""


def test_sums_on_one_card_count_whoever_approves(office: Office) -> None:
    staffed(office)
    office.person("sun", "checker")
    for name, by, card, stage in (
        ("1", "wang", "621226******1111", "approved"),
        ("2", "sun", "621226******1111", "prepared"),  # 600 and 600 on one card are more than a checker's 1000
        ("3", "sun", "621226******2222", "approved"),
        ("4", "chen", "621226******1111", "approved"),
    ):
        claim = office.claim_on_acquirer("600", f"PG-20261103-0000{name}", card=(card,))
        prepared(office, claim)
        assert office.step(claim, "approve", by=by) == ""
        assert office.stage(claim) == stage


@pytest.mark.parametrize(("claims", "stage"), [(3, "approved"), (4, "prepared")])
def test_more_than_three_claims_on_one_card_need_two(office: Office, claims: int, stage: str) -> None:
    staffed(office)
    names = [
        office.claim_on_acquirer("10", f"PG-20261103-0000{number}", card=("621226******1111",))
        for number in range(claims)
    ]
    prepared(office, names[0])
    assert office.step(names[0], "approve", by="wang") == ""
    assert office.stage(names[0]) == stage


def test_one_cashiers_claims_of_one_kind_are_linked(office: Office) -> None:
    staffed(office)
    mine = [office.claim_on_acquirer("10", f"PG-20261103-0000{n}", cashier=("C1",)) for n in range(3)]
    office.owed_to_customer("10", "PG-20261103-00009", cashier=("C1",))  # another kind
    office.claim_on_acquirer("10", "PG-20261103-00008", cashier=("C2",))  # somebody else's
    prepared(office, mine[0])
    assert office.step(mine[0], "approve", by="wang") == ""
    assert office.stage(mine[0]) == "approved"


# Each guard once more, in the smallest story that breaks it: without the guard the step passes. ------------


def _verified(office: Office, amount: str = "100") -> str:
    x1 = office.claim_on_acquirer(amount)
    assert office.step(x1, "verify", cause="ACQ_POST", on="11-07") == ""
    return x1


def _paid(office: Office, amount: str = "100") -> str:
    x1 = _verified(office, amount)
    assert office.book(x1, "top-up", f"-{amount}", ACQUIRER, on="11-08") == ""
    return x1


def _prepared(office: Office, amount: str = "100") -> str:
    x1 = office.claim_on_acquirer(amount)
    prepared(office, x1)
    return x1


def _unseen(office: Office) -> str:
    x1 = _paid(office)
    office.see(x1, "")
    return x1


def _untold(office: Office) -> str:
    a1 = office.owed_to_customer("100")
    assert office.step(a1, "verify", cause="OP_KEY", on="11-07") == ""
    assert office.book(a1, "refund", "100", CUSTOMER, on="11-08") == ""
    return a1


def _one_sided(office: Office) -> str:
    x1 = office.claim_on_acquirer("100")
    office.sides(x1, "settlement")
    return x1


def _shut(office: Office) -> str:
    x1 = submitted(office)
    assert office.step(x1, "reject", **NO) == ""
    office.changes(x1, "11-09", "A5", "0")
    return x1


def _asked(office: Office) -> str:
    x1 = submitted(office)
    assert office.step(x1, "info", note="the slip", by_date="2026-11-20") == ""
    return x1


def _rung_up(office: Office) -> str:
    office.person("li", "maker")
    office.person("wang", "checker", cashier="C8")
    x1 = office.claim_on_acquirer("100", cashier=("C8",))
    prepared(office, x1)
    return x1


def _staffed_prepared(office: Office) -> str:
    staffed(office)
    return _prepared(office)


def _once_approved(office: Office) -> str:
    staffed(office)
    x1 = _prepared(office, "9999")
    office.limit("manager", "5000")
    assert office.step(x1, "approve", by="chen") == ""
    return x1


def _answered(office: Office) -> str:
    x1 = submitted(office)
    assert office.attach(x1, "reply") == ""
    return x1


def _uncaused(office: Office) -> str:
    x1 = office.claim_on_acquirer("100")
    assert office.step(x1, "verify", on="11-07") == ""
    assert office.book(x1, "top-up", "-100", ACQUIRER, on="11-08") == ""
    return x1


def _paid_by_li(office: Office) -> str:
    staffed(office)
    return _paid(office)


#: guard -> where the claim stands, the step that it stops, and what is said with it.
BREAKS: dict[str, tuple[Callable[[Office], str], str, dict[str, str]]] = {
    "two-sources": (_one_sided, "verify", {}),
    "second-eye": (_paid_by_li, "close", {}),
    "arrived": (_unseen, "close", {}),
    "answered": (submitted, "reject", {"note": "no"}),
    "zero": (_verified, "dismiss", {"note": "none"}),
    "money": (_shut, "appeal", {"note": "again"}),
    "route": (_verified, "prepare", {"route": "refund", "waive": "slip batch-slip", "note": "lost"}),
    "evidence": (_verified, "prepare", {"route": "application"}),
    "in-time": (_asked, "submit", {"on": "11-21"}),
    "too-late": (_asked, "expire", {}),
    "not-the-maker": (_prepared, "approve", {"by": "li"}),
    "not-the-cashier": (_rung_up, "approve", {"by": "wang"}),
    "not-twice": (_once_approved, "approve", {"by": "chen"}),
    "unchanged": (_prepared, "approve", {"by": "wang", "evidence": "0123456789abcdef"}),
    "approved": (_staffed_prepared, "submit", {}),
    "within": (_answered, "accept", {"amount": "100.01"}),
    "plan": (_answered, "accept", {"amount": "60.00"}),
    "hopeless": (_verified, "request-write-off", {"note": "old"}),
    "advice": (lambda office: _prepared(office, "10000"), "approve", {"by": "wang"}),
    "cause": (_uncaused, "close", {}),
    "informed": (_untold, "close", {}),
}


def test_every_guard_is_broken_here() -> None:
    assert set(BREAKS) == set(GUARDS)
    assert all(guard in STEPS[step].guards for guard, (_, step, _) in BREAKS.items())


@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_stops_its_step_and_nothing_else_does(
    office: Office, guard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing, step, said = BREAKS[guard]
    claim = standing(office)
    assert office.step(claim, step, **said) != ""
    monkeypatch.setitem(GUARDS, guard, GUARDS[guard]._replace(check=lambda *_: ""))
    assert office.step(claim, step, **said) == ""


@pytest.mark.parametrize("name", BOOKINGS)
def test_nothing_is_booked_where_the_table_has_it_not(office: Office, name: str) -> None:
    """All bookings at all stages that a claim is at here, by the table and by the ledger alike."""
    for stage, made in {"new": _one_sided, "verified": _verified, "settled": _paid, "submitted": submitted}.items():
        fresh = type(office)()
        claim = made(fresh)
        assert fresh.stage(claim) == stage
        amount = "10" if name == "bounce" else "-10"
        assert ("; nothing is open" in (said := fresh.book(claim, name, amount, ACQUIRER)) or "is new:" in said) is (
            stage not in BOOKINGS[name].sources
        )


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
        assert office.step(a1, "verify", on="11-07") == ""
        assert office.book(a1, "refund", "30", CUSTOMER, on="11-08") == ""
        message = office.book(a1, "refund", "30", CUSTOMER)
        assert "is about 30 CNY; alone li gives away no more than 50 in 30 days: prepare it" in message
        assert office.book(a1, "refund", "20", CUSTOMER) == ""

    def test_a_larger_refund_needs_an_approval(self, office: Office) -> None:
        staffed(office)
        a1 = office.owed_to_customer("80")
        assert "is new: nobody has looked at it yet; verify it before" in office.book(a1, "refund", "80", CUSTOMER)
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
        prepared(office, x1)
        assert "ask for it with posguard write-off --request" in office.book(x1, "write-off", "-500", ACQUIRER)
        office.step(x1, "approve", by="chen")
        office.step(x1, "submit")
        office.step(x1, "reject", **NO)
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
        office.step(x1, "reject", **NO)
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
