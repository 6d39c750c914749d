"""One claim on the page: the chain and its break, the lines, what can be done and what not."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from beancount_posguard.claims.steps import BOOKINGS, STEPS
from beancount_posguard.fava import forms
from beancount_posguard.fava.claim import chain, links

if TYPE_CHECKING:
    from tests.fava.conftest import Desk, Open


def _buttons(page: str) -> list[str]:
    return re.findall(r'<button type="button" class="[^"]*" data-opens="([^"]+)"', page)


@pytest.mark.parametrize(
    ("kind", "amounts", "gaps"),
    [
        # sold, approved, settled, in the bank; None: not compared. The bank's file has not come.
        ("X1", ["128.00", "128.00", "0", "0"], ["0", "-128.00", None]),
        ("A1", ["20.00", "200.00", "200.00", "0"], ["180.00", "0", None]),
        ("A2", ["60.00", "20.00", "20.00", "0"], ["-40.00", "0", None]),
        ("MIX", ["100.00", "90.00", "80.00", "0"], ["-10.00", "-10.00", None]),
    ],
)
def test_the_chain_shows_each_amount_and_where_it_breaks(
    desk: Desk, kind: str, amounts: list[str], gaps: list[str | None]
) -> None:
    claim = desk.claim(kind)
    nodes = chain(claim)
    assert [node.amount for node in nodes] == [Decimal(one) for one in amounts]
    assert [link.gap for link in links(claim, nodes)] == [None if one is None else Decimal(one) for one in gaps]


def test_a_claim_is_shown_by_its_address(desk: Desk) -> None:
    x1 = desk.claim("X1")
    page = desk.text(claim=x1.id)
    assert "sold 128.00, approved 128.00: the acquirer owes 128.00 CNY" in page
    assert "128.00 missing" in page
    assert "Till 128.00 2026-11-03 100000000001 pos-imports.beancount:3" in page
    assert "ChinaUMS owes you 128.00 CNY Assets:Claims:Acquirer:ChinaUMS" in page
    assert "By 2027-01-02: your demand 57 d left" in page
    assert "2026-11-06 found 128.00" in page


def test_an_unknown_claim_is_told(desk: Desk) -> None:
    assert "There is no claim PG-20260101-AAAAA in this ledger." in desk.text(claim="PG-20260101-AAAAA")


def test_the_forms_are_what_the_state_table_allows(desk: Desk) -> None:
    a1 = desk.claim("A1")  # new, 180.00 owed by the shop: no money is given back before somebody looked
    assert _buttons(desk.get(claim=a1.id)) == ["verify", "notify", "note", "attach"]


def test_what_stands_against_a_step_is_said(desk: Desk) -> None:
    a1 = desk.claim("A1")
    assert "Not possible now Dismiss still has money open" in desk.text(claim=a1.id)


def test_what_usually_comes_next_stands_first(opened: Open) -> None:
    desk = opened()
    a1 = desk.claim("A1")
    verify = {"action": "verify", "claim": a1.id, "seen": "", "said": {"by": "li", "on": "2026-11-09"}}
    assert desk.error("act", verify, 409)  # it was not seen as it is
    verify["seen"] = _seen(desk, a1.id)
    desk.data("act", verify)
    assert _buttons(desk.get(claim=a1.id))[0] == "refund"


def _seen(desk: Desk, claim: str) -> str:
    found = re.search(r'data-seen="([^"]+)"', desk.get(claim=claim))
    assert found
    return found[1]


def test_every_step_and_booking_has_a_button() -> None:
    bookings = {"assign" if name == "reclass" else name for name in BOOKINGS}
    assert set(STEPS) | bookings | {"attach", "import", "no-file"} == set(forms.LABELS)


def test_why_the_lines_belong_together(desk: Desk) -> None:
    x1 = desk.claim("X1")
    told = json.loads(desk.get("why", id=x1.id))["data"]
    assert [one["rule"] for one in told] == ["X1", "R1"]
    assert json.loads(desk.get("why", id="PG-nobody"))["data"] == []


def test_read_only_offers_nothing_and_says_so(opened: Open) -> None:
    desk = opened(read_only=True)
    page = desk.get(claim=desk.claim("X1").id)
    assert "read-only" in page
    assert _buttons(page) == []
    said = {"action": "note", "claim": desk.claim("X1").id, "said": {}}
    assert desk.put("act", said).status_code == 401
    assert desk.put("preview", said).status_code == 401


def test_the_papers_of_a_claim_are_shown_without_scripts(desk: Desk) -> None:
    x1 = desk.claim("X1")
    page = desk.get(claim=x1.id)
    assert "name=legal-file" in page
    assert "name=packet" not in page  # there is no application before it is prepared
    ready = {"route": "presentment", "waive": "slip batch-slip", "note": "x"}
    for action, more in (("verify", {}), ("prepare", ready)):
        said = {"by": "li", "on": "2026-11-09", **more}
        desk.data("act", {"action": action, "claim": x1.id, "seen": _seen(desk, x1.id), "said": said})
    assert "name=packet" in desk.get(claim=x1.id)
    for name in ("packet", "legal-file"):
        answer = desk.client.get(desk.home + "paper", query_string={"name": name, "id": x1.id})
        assert answer.status_code == 200
        assert x1.id in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for wrong in ({"name": "packet", "id": "PG-nobody"}, {"name": "nothing", "id": x1.id}):
        assert desk.client.get(desk.home + "paper", query_string=wrong).status_code == 404


def test_the_deadlines_go_into_a_calendar(desk: Desk) -> None:
    answer = desk.client.get(desk.home + "calendar")
    assert answer.mimetype == "text/calendar"
    assert answer.text.count("BEGIN:VEVENT") == 4  # each of the four open claims has one


def test_who_is_not_logged_in_sees_the_claim_and_why_nothing_can_be_done(opened: Open) -> None:
    config = "{'user-header': 'Remote-User'}"
    desk = opened(f'2026-01-01 custom "fava-extension" "beancount_posguard.fava" "{config}"\n')
    x1 = desk.claim("X1").id
    page = desk.get(claim=x1)
    assert "Nobody is logged in" in page
    assert _buttons(page) == []
    page = desk.client.get(desk.home, query_string={"claim": x1}, headers={"Remote-User": "wang"}).text
    assert "verify" in _buttons(page)
    assert "as wang" in page
    assert 'name="by"' not in page


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "借记卡"), ("en", "debit")])
def test_the_kind_of_card_is_said_in_the_readers_language(opened: Open, language: str, word: str) -> None:
    imports = opened().path.with_name("pos-imports.beancount")
    text = imports.read_text("utf-8")
    imports.write_text(text.replace('    trace: "000001"\n', '    trace: "000001"\n    card-type: "debit"\n'), "utf-8")
    desk = opened()
    address = f"{desk.home}?claim={desk.claim('X1').id}"
    page = desk.client.get(address, headers={"Accept-Language": language}, buffered=True).text
    told = {one: f"</span> {one}</span>" in page for one in ("debit", "借记卡")}
    assert told == {one: one == word for one in told}
