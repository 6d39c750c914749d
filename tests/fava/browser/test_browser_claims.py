"""The page in a real browser: the whole way of a claim by clicking, two people at once, keys, drops, looks."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Route

    from tests.fava.browser.conftest import Meet, Serve

DAY = "2026-11-09"
#: Fava's own notes, among them that a file has changed.
NOTE = ".notifications:not(.posguard-toasts) li"


def written(folder: Path) -> str:
    return (folder / "pos-claims.beancount").read_text()


def test_the_whole_way_of_a_claim_by_clicking(serve: Serve, meet: Meet) -> None:
    server = serve()
    li = meet(server.home)
    page = li.page
    page.goto(server.home.replace("extension/PosGuardClaims", "income_statement"))
    badge = page.wait_for_selector("aside .posguard-number")
    assert badge
    assert badge.inner_text() == "4"  # four claims that nobody has looked at
    page.click('aside a[href*="PosGuardClaims"]')
    page.click("tbody tr:has-text('customer charged too much') td:nth-child(4)")
    page.wait_for_selector("dialog#posguard-claim[open]")
    assert "180.00" in page.inner_text(".posguard-link.broken")

    form = li.form("verify").fill(cause="OP_KEY", note="ticket and slip compared", by="li", on=DAY)
    assert '"verify"' in form.preview()
    form.send()
    assert "Written to pos-claims.beancount." in li.flash()
    assert page.inner_text("#posguard-claim .posguard-badge") == "verified"
    page.wait_for_function("document.querySelector('aside .posguard-number').textContent === '3'")

    form = li.form("refund")
    assert page.input_value('form[data-action="refund"] [name="by"]') == "li"  # remembered
    assert page.input_value('form[data-action="refund"] [name="amount"]') == "180.00"
    form.fill(via="cash", on=DAY)
    assert "Assets:Cash" in form.preview()
    form.send()
    li.form("notify").fill(channel="counter", outcome="told", on=DAY).send()
    li.form("close").fill(measure="the amount is read back", on=DAY).send()
    assert page.inner_text("#posguard-claim .posguard-badge") == "closed"
    assert server.desk.claim("A1").stage == "closed"
    assert page.locator(".posguard-history li").count() == 5  # found, verified, paid back, told, closed

    page.keyboard.press("Escape")
    page.wait_for_selector("dialog#posguard-claim", state="detached")
    assert page.locator("tbody tr[data-claim]").count() == 3
    assert page.locator(NOTE).count() == 0  # our own write is no news


def test_what_a_form_lacks_is_said_at_the_field(serve: Serve, meet: Meet) -> None:
    server = serve()
    li = meet(server.home)
    li.open(server.desk.claim("A1").id)
    form = li.form("note").fill(by="li")
    form.submit()
    assert form.message() == "Please fill in: Note"
    assert li.page.get_attribute('form[data-action="note"] [name="note"]', "aria-invalid") == "true"
    form.fill(note="x", on="2026-11-01").submit()  # before the claim was found
    li.expected.append("409")
    li.page.wait_for_function("document.querySelector('form[data-action=note] .posguard-alert.bad')")
    assert "is before that" in form.message()


def test_cancel_forgets_what_was_typed_but_not_who_types(serve: Serve, meet: Meet) -> None:
    server = serve()
    li = meet(server.home)
    li.open(server.desk.claim("A1").id)
    li.form("note").fill(by="li", note="x").send()
    li.form("note").fill(note="y")
    li.page.click('form[data-action="note"] [data-part="cancel"]')
    li.form("note")
    assert li.page.input_value('form[data-action="note"] [name="note"]') == ""
    assert li.page.input_value('form[data-action="note"] [name="by"]') == "li"


def test_two_people_at_once(serve: Serve, meet: Meet) -> None:
    server = serve()
    claim = server.desk.claim("A1").id
    li, wang = meet(server.home), meet(server.home)
    li.open(claim)
    wang.open(claim)
    hers = wang.form("note").fill(note="the customer called", by="wang", on=DAY)
    lost = "I would verify it too"
    li.form("verify").fill(by="li", on=DAY).send()

    wang.expected.append("409")
    hers.submit()
    wang.page.wait_for_selector("text=Meanwhile somebody else worked on")
    assert "verified li" in hers.message()
    assert "the customer called" not in written(server.desk.path.parent)
    wang.page.click("text=Look again")
    wang.page.wait_for_selector("#posguard-claim .posguard-badge:has-text('verified')")
    assert wang.page.input_value('form[data-action="note"] [name="note"]') == "the customer called"
    wang.page.wait_for_selector('form[data-action="note"]:not([hidden])')
    hers.send()
    text = written(server.desk.path.parent)
    assert text.count('"verify"') == 1
    assert text.count('note: "the customer called"') == 1

    zhao = meet(server.home)
    x1 = server.desk.claim("X1").id
    zhao.open(x1)
    late = zhao.form("verify").fill(note=lost, by="zhao", on=DAY)
    li.open(x1)
    li.form("verify").fill(by="li", on=DAY).send()
    zhao.expected.append("409")
    late.submit()
    zhao.page.click("text=Look again")
    zhao.page.wait_for_selector("text=You had typed")  # verify is not offered any more; the text is not lost
    assert lost in zhao.flash()


def test_a_double_click_writes_once(serve: Serve, meet: Meet) -> None:
    server = serve()
    li = meet(server.home)
    li.open(server.desk.claim("A1").id)
    form = li.form("note").fill(note="once", by="li", on=DAY)
    form.preview()
    li.page.dblclick('form[data-action="note"] button[type=submit]')
    li.page.wait_for_selector(".posguard-flash .posguard-alert.good")
    assert written(server.desk.path.parent).count('note: "once"') == 1


def test_a_file_is_dropped_on_the_claim(serve: Serve, meet: Meet) -> None:
    server = serve()
    li = meet(server.home)
    claim = server.desk.claim("A1").id
    li.open(claim)
    content = base64.b64encode(b"ticket 20.00").decode()
    li.page.evaluate(
        """content => {
            const data = new DataTransfer();
            data.items.add(new File([atob(content)], "ticket.txt", { type: "text/plain" }));
            document.querySelector(".posguard-dropzone").dispatchEvent(
                new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
        }""",
        content,
    )
    form = li.form_opened("attach").fill(what="ticket", by="li", on=DAY)
    assert "evidence/" in form.preview()
    form.send()
    assert "✓ till ticket" in li.page.inner_text(".posguard-evidence")
    (kept,) = (server.desk.path.parent / "evidence" / claim).iterdir()
    assert kept.read_bytes() == b"ticket 20.00"


def test_the_keyboard_alone_is_enough(serve: Serve, meet: Meet) -> None:
    server = serve()
    li = meet(server.home)
    li.go()
    page = li.page
    page.focus("th[data-sort]:has-text('Open')")
    page.keyboard.press("Enter")
    opens = page.locator("tbody tr td:nth-child(3)").all_inner_texts()
    assert [one.split()[0] for one in opens] == ["10.00", "40.00", "128.00", "180.00"]  # MIX: two parts of 10.00
    first = page.locator("tbody tr[data-claim] a").first
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog#posguard-claim[open]")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog#posguard-claim", state="detached")
    page.go_back()
    page.wait_for_selector("dialog#posguard-claim[open]")


def test_favas_header_filters_the_list_and_keeps_it_alive(serve: Serve, meet: Meet) -> None:
    server = serve()
    li = meet(server.home)
    li.go("?filter=posguard-kind%3A%22MIX%22")
    assert li.page.locator("tbody tr[data-claim]").count() == 1
    li.page.click("tbody tr[data-claim] td:nth-child(4)")
    li.page.wait_for_selector("dialog#posguard-claim[open]")
    assert "filter=" in li.page.url


def test_read_only_is_shown_and_offers_nothing(serve: Serve, meet: Meet) -> None:
    server = serve(read_only=True)
    li = meet(server.home)
    li.open(server.desk.claim("A1").id)
    assert "read-only" in li.page.inner_text(".posguard-actions")
    assert li.page.locator("#posguard-claim button").count() == 0


def test_under_a_prefix_by_favas_own_program(serve: Serve, meet: Meet, fava: Callable[..., str]) -> None:
    server = serve()
    home = f"{fava(server.desk.path, '--prefix', '/books')}/books{server.desk.home}"
    li = meet(home)
    li.go()
    li.page.click("tbody tr:has-text('customer charged too much') td:nth-child(4)")
    li.page.wait_for_selector("dialog#posguard-claim[open]")
    assert "/books/" in li.page.url
    li.form("verify").fill(by="li", on=DAY).send()
    assert server.desk.claim("A1").stage == "verified"
    li.page.wait_for_timeout(300)
    assert li.page.locator(NOTE).count() == 0


def test_favas_note_of_our_own_write_goes_even_if_it_is_quicker_than_the_answer(serve: Serve, meet: Meet) -> None:
    server = serve()
    li = meet(server.home)
    li.open(server.desk.claim("A1").id)

    def answer_late(route: Route) -> None:
        answer = route.fetch()
        li.page.wait_for_selector(NOTE)
        route.fulfill(response=answer)

    li.page.route("**/act", answer_late)
    li.form("verify").fill(by="li", on=DAY).send()
    assert server.desk.claim("A1").stage == "verified"
    assert li.page.locator(NOTE).count() == 0


def test_dark_is_dark(serve: Serve, meet: Meet) -> None:
    server = serve()
    li = meet(server.home, color_scheme="dark")
    li.open(server.desk.claim("A1").id)
    shade = li.page.evaluate("getComputedStyle(document.querySelector('#posguard-claim')).backgroundColor")
    red, green, blue = (int(one) for one in shade[4:-1].split(","))
    assert max(red, green, blue) < 80


def test_on_a_phone_a_claim_fills_the_screen_and_nothing_sticks_out(serve: Serve, meet: Meet) -> None:
    server = serve()
    li = meet(server.home, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    li.go()
    assert li.page.evaluate("document.querySelector('article').scrollWidth <= 390")
    li.page.tap("tbody tr:has-text('MIX') a")
    li.page.wait_for_selector("dialog#posguard-claim[open]")
    box = li.page.locator("#posguard-claim").bounding_box()
    assert box
    assert (box["x"], box["width"]) == (0, 390)
    outside = """() => [...document.querySelectorAll('.posguard-body :is(section, details, form, button, p)')]
        .filter(one => one.getBoundingClientRect().right > 390).map(one => one.className)"""
    assert li.page.evaluate(outside) == []


def test_chinese_by_the_readers_browser(serve: Serve, meet: Meet) -> None:
    server = serve()
    li = meet(server.home, locale="zh-CN")
    li.open(server.desk.claim("A1").id)
    text = li.page.inner_text("#posguard-claim")
    assert "多刷" in text
    assert "待核实" in text
    li.form("note").fill(by="李").submit()
    assert "请填写：备注" in li.page.inner_text('form[data-action="note"]')
