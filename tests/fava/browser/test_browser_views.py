"""The views in a real browser: reached by clicking and by address, on a telephone, hidden, in Chinese, in the dark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright._impl._api_structures import FilePayload

    from tests.fava.browser.conftest import Meet, Serve

VIEWS = ("", "?view=statements", "?view=prevention")
EXPORT = (
    "终端号,批次号,凭证号,交易类型,交易日期,交易时间,卡号,交易金额,参考号,授权码,状态\n"
    "98765432,000007,000071,消费,20261107,101502,622202******1111,12.50,100000000071,471120,成功\n"
)


def test_every_view_by_clicking_with_the_number_in_the_sidebar(serve: Serve, meet: Meet) -> None:
    server = serve()
    li = meet(server.home)
    li.page.goto(server.home.replace("extension/PosGuardClaims/", "journal/"))
    # A click while Fava still fetches its first page is undone when that page arrives.
    li.page.wait_for_selector("article .journal li.transaction")
    li.page.click("aside a:has-text('POS claims')")
    li.page.wait_for_selector("aside .posguard-number:text-is('4')")
    for tab, heading in (("Statements", "What has come"), ("Prevention", "By kind"), ("Claims", "Open claims")):
        li.page.click(f".posguard-tabs a:has-text('{tab}')")
        li.page.wait_for_selector(f"#posguard :is(h2, h3):has-text('{heading}')")
    li.page.wait_for_selector(".posguard-charts svg")


def test_a_file_is_imported_after_a_look_at_what_it_brings(serve: Serve, meet: Meet) -> None:
    server = serve()
    imports = server.desk.path.with_name("pos-imports.beancount")
    before = imports.read_text("utf-8")
    li = meet(server.home)
    li.go("?view=statements")
    li.page.press("[data-opens=import]", "Enter")
    files: list[FilePayload] = [
        {"name": "terminal.csv", "mimeType": "text/csv", "buffer": EXPORT.encode("gb18030")},
        {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"Dear Sirs,\n"},
    ]
    li.page.set_input_files("form[data-action=import] [type=file]", files)
    li.page.wait_for_selector("[data-part=summary]:has-text('terminal.csv: cn_pos_terminal, 1 rows, gross 12.50')")
    assert "letter.txt: not ours, left" in li.page.inner_text("[data-part=summary]")
    assert imports.read_text("utf-8") == before
    li.page.click("form[data-action=import] button[type=submit]")
    li.page.wait_for_selector(".posguard-flash :text('written to pos-imports.beancount')")
    assert imports.read_text("utf-8").count("100000000071") == 1
    assert li.page.inner_text(".posguard-days").count("98765432")


@pytest.mark.parametrize("view", VIEWS)
def test_on_a_phone_only_tables_scroll_sideways(serve: Serve, meet: Meet, view: str) -> None:
    li = meet(serve().home, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    li.go(view)
    assert li.page.evaluate("(one => one.scrollWidth <= one.clientWidth)(document.querySelector('article'))")


@pytest.mark.parametrize("view", [*VIEWS, "claim"])
def test_amounts_are_hidden_from_who_looks_over_the_shoulder(serve: Serve, meet: Meet, view: str) -> None:
    server = serve(incognito=True)
    li = meet(server.home)
    li.go(f"?claim={server.desk.claim('A1').id}" if view == "claim" else view)
    text = li.page.inner_text("#posguard")
    assert not re.search(r"\b(180|200|20|128|40)\.00\b", text)
    assert "XX.XX" in text or view == "?view=statements"


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_in_chinese_has_no_english_left(serve: Serve, meet: Meet, view: str) -> None:
    li = meet(serve().home, locale="zh-CN")
    li.go(view)
    li.page.evaluate("document.querySelector('.posguard-charts')?.remove()")  # Fava's own axis says "Nov"
    text = li.page.inner_text("#posguard")
    # Commands stay as they are typed.
    text = re.sub(r"posguard [a-z-]+( --?[a-z-]+)*", " ", text)
    # Names of accounts, acquirers, files and codes stay as they are.
    text = re.sub(r"[A-Z][\w-]*(:[A-Z][\w-]*)+|PG-\S+|ChinaUMS|CNY|[A-Z_]{1,8}\d*\b|\S+\.\w{3,9}\b", " ", text)
    assert re.findall(r"[A-Za-z]{3,}", text) == []


@pytest.mark.parametrize("config", ["{{", "foo(1)", "{'a': true}", "[1]", "{'user': 'x'}"])
def test_a_wrong_option_is_told_among_the_errors_and_the_page_works(serve: Serve, meet: Meet, config: str) -> None:
    server = serve(f'2026-01-01 custom "fava-extension" "beancount_posguard.fava" "{config}"\n')
    li = meet(server.home)
    li.page.goto(server.home.replace("extension/PosGuardClaims/", "errors/"))
    li.page.wait_for_selector("article :text('posguard: fava-extension')")
    li.go()
    assert li.page.locator("tr[data-claim]").count() == 4
