"""Forms: what they write is what they showed, once, by a page of ours only, and never over somebody else's work."""

from __future__ import annotations

import base64
import json
import re
import threading
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fava.conftest import Desk, Open

DAY = "2026-11-09"
#: A picture of one black point, in which nothing can be read.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
PAN = "6222021234567890128"  # passes the check digit; nobody's


def form(desk: Desk, action: str, kind: str, **said: object) -> dict[str, Any]:
    """Return what the form ``action`` on the claim of a kind sends, as the page shows it now."""
    claim = desk.claim(kind).id
    found = re.search(r'data-seen="([^"]+)"', desk.get(claim=claim))
    assert found
    words = {key.replace("_", "-"): value for key, value in said.items()}
    return {"action": action, "claim": claim, "seen": found[1], "said": {"by": "li", "on": DAY, **words}}


def claims_file(desk: Desk) -> Path:
    return desk.path.with_name("pos-claims.beancount")


def test_a_preview_writes_nothing_and_the_form_writes_just_that(desk: Desk) -> None:
    before = claims_file(desk).read_text()
    said = form(desk, "verify", "A1", cause="OP_KEY", note="compared")
    told = desk.data("preview", said)
    assert claims_file(desk).read_text() == before
    assert told["target"] == "pos-claims.beancount"
    assert told["entries"] == (
        f'2026-11-09 custom "posguard-claim" "{said["claim"]}" "verify"\n'
        '  by: "li"\n  cause: "OP_KEY"\n  note: "compared"\n'
    )
    assert desk.data("act", said)["entries"] == told["entries"]
    assert claims_file(desk).read_text() == f"{before}\n{told['entries']}"
    assert desk.claim("A1").stage == "verified"


def test_fava_shows_the_new_stage_at_once(desk: Desk) -> None:
    desk.data("act", form(desk, "verify", "A1"))
    assert "3 Nobody has looked yet" in desk.text()


def test_the_whole_way_of_a_refund(desk: Desk) -> None:
    desk.data("act", form(desk, "verify", "A1", cause="OP_KEY"))
    told = desk.data("act", form(desk, "refund", "A1", via="cash"))
    assert re.search(r"Assets:Cash +-180.00 CNY", told["entries"])
    assert re.search(r"Liabilities:Claims:Customer +180.00 CNY", told["entries"])
    assert desk.claim("A1").balance == 0
    desk.data("act", form(desk, "notify", "A1", channel="phone", outcome="told"))
    desk.data("act", form(desk, "close", "A1", measure="read it back"))
    assert desk.claim("A1").stage == "closed"


def test_a_part_is_paid_back(desk: Desk) -> None:
    desk.data("act", form(desk, "verify", "A1"))
    desk.data("act", form(desk, "refund", "A1", via="cash", amount="80.00"))
    assert str(desk.claim("A1").balance) == "100.00"


def test_a_refund_of_what_was_assigned_can_come_back(opened: Open) -> None:
    desk = opened()
    with desk.path.open("a") as file:
        file.write("2026-01-01 open Liabilities:Claims:Acquirer:ChinaUMS CNY\n")
    desk.data("act", form(desk, "verify", "A1"))
    desk.data("act", form(desk, "assign", "A1", to="acquirer"))
    offered = re.compile(r'data-opens="bounce"')
    assert not offered.search(desk.get(claim=desk.claim("A1").id))  # nothing was paid back yet
    desk.data("act", form(desk, "refund", "A1", amount="100", via="transfer", part="acquirer"))
    assert offered.search(desk.get(claim=desk.claim("A1").id))
    desk.data("act", form(desk, "bounce", "A1", via="transfer", part="acquirer"))
    assert {one.counterparty: one.balance for one in desk.claim("A1").parts} == {"customer": 0, "acquirer": -180}


def test_money_goes_to_an_account_that_is_named(desk: Desk) -> None:
    told = desk.data("preview", form(desk, "top-up", "A2", account="Assets:WeChat"))
    assert re.search(r"Assets:WeChat +40.00 CNY", told["entries"])


def test_a_form_that_is_half_filled_in_is_told_what_it_lacks(desk: Desk) -> None:
    assert "Who does it" in desk.data("preview", form(desk, "verify", "A1", by=""))["refused"]
    assert "is no amount" in desk.data("preview", form(desk, "top-up", "A2", via="cash", amount="12."))["refused"]
    assert "verify it before" in desk.data("preview", form(desk, "refund", "A1", via="card"))["refused"]


def test_what_the_desk_refuses_is_told_and_nothing_is_written(desk: Desk) -> None:
    before = claims_file(desk).read_text()
    assert "verify it before" in desk.error("act", form(desk, "refund", "A1", via="card"), 409)
    assert "is new; close needs" in desk.error("act", form(desk, "close", "A1"), 409)
    assert claims_file(desk).read_text() == before


def test_the_same_form_twice_writes_once(desk: Desk) -> None:
    said = form(desk, "verify", "A1")
    desk.data("act", said)
    again = desk.data("act", said)  # a double click: the claim has changed since it was shown, by this very form
    assert again["already"] == "verified"
    desk.data("act", form(desk, "note", "A1", note="x"))
    refund = form(desk, "refund", "A1", via="cash")
    desk.data("act", refund)
    assert desk.data("act", refund)["already"].startswith("pos-claims.beancount:")
    assert claims_file(desk).read_text().count('"refund"') == 1


def test_two_at_the_same_time_book_once(desk: Desk) -> None:
    desk.data("act", form(desk, "verify", "A1"))
    said = form(desk, "refund", "A1", via="cash")
    answers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(desk.app.test_client().put(desk.home + "act", json=said).status_code)
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert claims_file(desk).read_text().count('"refund"') == 1


def test_somebody_who_saw_the_claim_before_is_told_what_happened_meanwhile(desk: Desk) -> None:
    hers = form(desk, "note", "A1", note="the customer called", by="wang")
    desk.data("act", form(desk, "verify", "A1"))
    answer = desk.put("act", hers)
    assert answer.status_code == 409
    told = json.loads(answer.text)
    assert told["conflict"] is True
    assert "2026-11-09 verified li" in told["error"]
    assert "the customer called" not in claims_file(desk).read_text()
    desk.data("act", form(desk, "note", "A1", note="the customer called", by="wang"))
    assert "the customer called" in claims_file(desk).read_text()


def test_what_does_not_fit_any_more_is_told_with_what_happened(desk: Desk) -> None:
    desk.data("act", form(desk, "verify", "A1"))
    late = form(desk, "refund", "A1", via="cash", amount="100")  # of the 180.00 that the page shows
    desk.data("act", form(desk, "refund", "A1", via="transfer", amount="90"))
    answer = json.loads(desk.put("act", late).text)
    assert answer["conflict"] is True
    assert "Meanwhile somebody else worked on" in answer["error"]
    assert desk.claim("A1").balance == 90


def test_the_same_step_by_somebody_else_is_no_double_click(desk: Desk) -> None:
    hers = form(desk, "verify", "A1", note="I called them", by="wang")
    desk.data("act", form(desk, "verify", "A1"))
    assert "verified li" in desk.error("act", hers, 409)  # or what she wrote would be lost in silence


def test_what_an_editor_saved_meanwhile_is_kept_and_seen(desk: Desk) -> None:
    said = form(desk, "verify", "A1")
    with claims_file(desk).open("a") as file:
        file.write(f'\n2026-11-08 custom "posguard-claim" "{said["claim"]}" "note"\n  by: "zhao"\n  note: "mine"\n')
    assert "zhao" in desk.error("act", said, 409)
    desk.data("act", form(desk, "verify", "A1"))
    assert 'note: "mine"' in claims_file(desk).read_text()


def test_errors_that_are_new_after_a_write_are_told(desk: Desk) -> None:
    said = {
        "action": "raise",
        "claim": "",
        "said": {
            "by": "li", "on": DAY, "kind": "A9", "counterparty": "acquirer", "acquirer": "ChinaUMS", "amount": "12.00",
            "against": "fees", "note": "the tariff says 0.50 %",
        },
    }  # fmt: skip
    told = desk.data("act", said)
    assert len(told["errors"]) == 1  # a claim that nobody has looked at is one
    assert told["claim"] in told["errors"][0]


def test_a_notice_is_shown_to_be_sent_and_only_its_name_is_written(opened: Open) -> None:
    shop = (
        '2026-01-01 custom "fava-extension" "beancount_posguard.fava"\n'
        '2026-01-01 custom "posguard" "shop-name" "Bluestone Tea"\n'
        '2026-01-01 custom "posguard" "shop-phone" "021-5550100"\n'
    )
    desk = opened(shop)
    said = form(desk, "notify", "A1", channel="sms", lang="en", until="2026-11-12")
    told = desk.data("preview", said)
    assert "Bluestone Tea: on 2026-11-03 card *2222 was overcharged CNY 180.00" in told["notice"]
    assert 'template: "overcharge-sms-en/' in told["entries"]
    assert "2222" not in told["entries"]


# Evidence ----------------------------------------------------------------------------------------------------------


def test_a_file_is_kept_under_its_digest(desk: Desk) -> None:
    content = b"ticket 20.00"
    said = form(
        desk, "attach", "A1", what="ticket", name="..\\..\\ticket.txt", content=base64.b64encode(content).decode()
    )
    told = desk.data("act", said)
    assert told["target"] == "pos-claims.beancount"  # where the entry is, not the file it names
    digest = sha256(content).hexdigest()
    assert digest in told["entries"]
    claim = desk.claim("A1")
    kept = desk.path.parent / "evidence" / claim.id / f"2026-11-09.ticket.{digest[:8]}.txt"
    assert kept.read_bytes() == content
    page = desk.get(claim=claim.id)
    assert "✓ till ticket with the right amount" in " ".join(re.sub(r"<[^>]+>", " ", page).split())
    (link,) = re.findall(r'href="([^"]+document/[^"]+)"', page)
    assert desk.client.get(link.replace("&amp;", "&"), buffered=True).data == content


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ({"what": "ticket"}, 400, "Which file"),
        ({"what": "ticket", "name": "a.txt", "content": "§"}, 400, "base64"),
        ({"what": "ticket", "name": "a.txt", "content": ""}, 409, "empty"),
        ({"what": "nothing", "name": "a.txt", "content": "eA=="}, 409, "no exhibit"),
        ({"what": "ticket", "name": "a.txt", "content": base64.b64encode(PAN.encode()).decode()}, 409, "card number"),
        ({"what": "slip", "name": "a.png", "content": PICTURE}, 409, "checked"),
    ],
)
def test_a_file_that_must_not_be_kept_is_refused(desk: Desk, said: dict[str, str], status: int, why: str) -> None:
    assert why in desk.error("act", form(desk, "attach", "A1", **said), status)
    assert not (desk.path.parent / "evidence").exists()


# Strict input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"action": "delete"}, "expected one of verify"),
        ({"action": 7}, "expected a text"),
        ({"said": "x"}, "expected one of"),
        ({"said": {"on": DAY}}, "Who does it"),
        ({"said": {"by": " ", "on": DAY}}, "Who does it"),
        ({"said": {"by": "li"}}, "is no day"),
        ({"said": {"by": "li", "on": "2026-02-30"}}, "is no day"),
        ({"said": {"by": "li", "on": "20261109"}}, "is no day"),
        ({"said": {"by": "li", "on": DAY, "amount": "1"}}, "verify takes no 'amount'"),
        ({"said": {"by": "li", "on": DAY, "evidence": "0" * 16}}, "verify takes no 'evidence'"),
        ({"said": {"by": "li", "on": DAY, "note": ["x"]}}, "expected a text"),
        ({"said": {"by": "li", "on": DAY, "note": "x" * 2001}}, "no more than 2000"),
        ({"said": {"by": "l" * 81, "on": DAY}}, "no more than 80"),
    ],
)
def test_what_no_form_of_ours_sends_is_refused(desk: Desk, change: dict[str, Any], why: str) -> None:
    assert why in desk.error("act", form(desk, "verify", "A1") | change, 400)


@pytest.mark.parametrize("amount", ["NaN", "1e3", "1_000", "１２", "Infinity", "0x1", "1,000.00", "--1"])
def test_only_plain_figures_are_amounts(desk: Desk, amount: str) -> None:
    assert "is no amount" in desk.error("act", form(desk, "top-up", "A2", via="cash", amount=amount), 400)


def test_a_card_number_never_reaches_the_ledger_or_an_answer(desk: Desk) -> None:
    answer = desk.put("act", form(desk, "note", "A1", note=f"card {PAN}"))
    assert answer.status_code == 409
    assert PAN not in answer.text
    assert PAN not in claims_file(desk).read_text()
    answer = desk.put("act", form(desk, "note", "A1", note="x") | {"action": PAN})
    assert PAN not in answer.text


def test_markup_is_written_as_blanks_and_shown_as_text(desk: Desk) -> None:
    desk.data("act", form(desk, "note", "A1", note='<img src=x onerror="alert(1)">', by="<b>li"))
    assert "<img" not in claims_file(desk).read_text()
    assert "<img" not in desk.get(claim=desk.claim("A1").id)


# Who may write -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_a_page_of_another_site_writes_nothing(desk: Desk, headers: dict[str, str]) -> None:
    before = claims_file(desk).read_text()
    for endpoint in ("act", "preview"):
        assert "another site" in desk.error(endpoint, form(desk, "verify", "A1"), 403, **headers)
    assert claims_file(desk).read_text() == before


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin", "Origin": "https://proxied"}]
)
def test_a_page_of_ours_may(desk: Desk, headers: dict[str, str]) -> None:
    assert desk.put("act", form(desk, "verify", "A1"), **headers).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_html_form_can_send_is_refused(desk: Desk, kind: str) -> None:
    said = json.dumps(form(desk, "verify", "A1"))
    answer = desk.client.put(desk.home + "act", data=said, content_type=kind)
    assert answer.status_code == 415
    assert desk.claim("A1").stage == "new"


@pytest.mark.parametrize("said", ["[]", "7", '"x"', "{", ""])
def test_what_is_no_json_object_is_refused(desk: Desk, said: str) -> None:
    answer = desk.client.put(desk.home + "act", data=said, content_type="application/json")
    assert answer.status_code == 400
    assert "JSON object" in answer.text


def test_a_request_that_is_too_large_is_refused_unread(desk: Desk) -> None:
    answer = desk.client.put(desk.home + "act", data=b" " * (15 * 1024 * 1024 + 1), content_type="application/json")
    assert answer.status_code == 413


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_no_other_verb_acts(desk: Desk, method: str) -> None:
    answer = getattr(desk.client, method)(desk.home + "act", json=form(desk, "verify", "A1"))
    assert answer.status_code == 404


def test_who_is_logged_in_at_a_proxy_counts_whatever_the_form_says(opened: Open) -> None:
    config = "{'user-header': 'Remote-User'}"
    desk = opened(f'2026-01-01 custom "fava-extension" "beancount_posguard.fava" "{config}"\n')
    claim = desk.claim("A1")
    said = {"action": "note", "claim": claim.id, "seen": "", "said": {"by": "boss", "on": DAY, "note": "x"}}
    assert "Nobody is logged in" in desk.error("preview", said, 403)
    told = json.loads(desk.put("preview", said, **{"Remote-User": "wang"}).text)["data"]
    assert 'by: "wang"' in told["entries"]
