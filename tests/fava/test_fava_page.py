"""The page of claims: what it lists, what it adds up, and that nothing of ours can break Fava."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import pytest

from beancount_posguard.fava import page
from beancount_posguard.matters import ORDER

if TYPE_CHECKING:
    from tests.fava.conftest import Desk, Open

EXTENSION = '2026-01-01 custom "fava-extension" "beancount_posguard.fava"\n'


def _row(page: str, claim: str) -> str:
    found = re.search(rf'<tr data-claim="{claim}".*?</tr>', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_the_page_lists_the_open_claims_with_who_owes_how_much(desk: Desk) -> None:
    shown = desk.get()
    x1 = desk.claim("X1")
    # Found on 6 November, the ledger's last day; 60 days from the trade of 3 November are over on 2 January.
    assert _row(shown, x1.id) == (
        f"X1 approved, not settled ChinaUMS owes you 128.00 CNY 2026-11-06 0 d 2027-01-02 57 d left new {x1.id}"
    )
    assert "the customer owes you ChinaUMS owes you 10.00 CNY 10.00 CNY" in _row(shown, desk.claim("MIX").id)
    assert "you owe the customer 180.00 CNY" in _row(shown, desk.claim("A1").id)


def test_the_totals_are_the_ledgers(desk: Desk) -> None:
    page = desk.text()
    assert "owed to you 138.00 CNY Assets:Claims:Acquirer:ChinaUMS = 2 claims" in page  # X1 128.00, MIX 10.00
    assert "owed to you 50.00 CNY Assets:Claims:Customer = 2 claims" in page  # A2 40.00, MIX 10.00
    assert "owed by you 180.00 CNY Liabilities:Claims:Customer = 1 claim" in page  # A1


def test_money_on_a_claim_account_that_no_claim_knows_is_told(opened: Open) -> None:
    stray = (
        '2026-01-01 open Assets:Claims:Customer CNY\n2026-11-04 * "by hand"\n'
        "  Assets:Claims:Customer  7.00 CNY\n  Assets:Cash  -7.00 CNY\n"
    )
    page = opened(EXTENSION + stray).text()
    assert "57.00 CNY Assets:Claims:Customer 7.00 of it in no claim" in page


def test_what_needs_a_person_is_counted_on_the_page_and_in_the_sidebar(desk: Desk) -> None:
    # Four claims nobody has looked at; the terminal's and till's files of 4 November are not due: nothing was settled.
    assert "4 Nobody has looked yet" in desk.text()
    assert json.loads(desk.get("badge"))["data"] == 4


@pytest.mark.parametrize(
    ("filters", "kinds"),
    [
        ({"account": "Liabilities:Claims:Customer"}, {"A1"}),
        ({"account": "Assets:Claims"}, {"A2", "MIX", "X1"}),
        ({"filter": 'posguard-kind:"MIX"'}, {"MIX"}),
        ({"time": "2026-11-05"}, {"A1", "A2", "MIX"}),  # the customer's part of MIX shows a day before the other
        ({"time": "2025"}, set()),
        ({}, {"A1", "A2", "MIX", "X1"}),
    ],
)
def test_favas_own_filters_choose_the_claims(desk: Desk, filters: dict[str, str], kinds: set[str]) -> None:
    page = desk.get(**filters)
    found = set(re.findall(r'<tr data-claim="([^"]+)"', page))
    assert {claim.kind for claim in desk.books.claims if claim.id in found} == kinds


@pytest.mark.parametrize("filters", [{"time": "garbage"}, {"filter": "((a"}, {"account": "((("}])
def test_a_filter_that_cannot_be_read_is_no_fault_of_ours(
    desk: Desk, filters: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    text = desk.text(**filters)
    assert "Fava's filters cannot be read" in html.unescape(text)
    assert "please report it" not in text
    assert not caplog.records


@pytest.mark.parametrize("config", ["{{", "foo(1)", "{'a': true}", "{a: 1}", "[1]", "{'x': 'y'}", "(" * 300])
def test_a_broken_second_value_is_an_error_on_favas_page_and_no_more(opened: Open, config: str) -> None:
    desk = opened(f'2026-01-01 custom "fava-extension" "beancount_posguard.fava" "{config}"\n')
    assert any("user-header" in error.message for error in desk.ledger.errors)
    assert "Open claims" in desk.text()


def test_a_sound_second_value_is_no_error(opened: Open) -> None:
    desk = opened('2026-01-01 custom "fava-extension" "beancount_posguard.fava" "{\'user-header\': \'Remote-User\'}"\n')
    assert not [error for error in desk.ledger.errors if "fava-extension" in error.message]


def test_a_ledger_without_a_contract_says_what_to_write(opened: Open) -> None:
    page = opened(main='option "title" "Beancount"\n').text()
    assert "No contract with an acquirer yet" in page


def test_a_failure_of_ours_is_told_on_our_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("6222021234567890128 <b>")

    monkeypatch.setattr("beancount_posguard.fava.loaded.survey_of", broken)
    page = desk.text()
    assert "This page could not be made" in page
    assert "LookupError" in page
    assert "6222021234567890128" not in page  # no full card number, wherever it comes from
    answer = desk.client.get(desk.home + "badge")
    assert answer.status_code == 500
    assert "LookupError" in json.loads(answer.text)["error"]
    assert caplog.text.count("LookupError") >= 2
    assert "6222021234567890128" not in caplog.text


def test_the_style_stands_in_the_page_so_that_it_is_never_seen_bare(desk: Desk) -> None:
    page = desk.get(partial="true")
    assert page.count("<style>") == 1
    assert page.index(".posguard-dialog {") < page.index("</style>") < page.index('id="posguard"')
    assert "stylesheet" not in page


def test_the_module_is_served(desk: Desk) -> None:
    module = desk.client.get("/beancount/extension_js_module/PosGuardClaims.js", buffered=True)
    assert module.status_code == 200
    assert "// @ts-check" in module.text


def test_nothing_changes_on_get(desk: Desk) -> None:
    extension = desk.ledger.extensions.get_extension("PosGuardClaims")
    assert extension
    assert {method for _, method in extension.endpoints} <= {"GET", "PUT"}


def test_amounts_are_masked_where_fava_shows_none(opened: Open) -> None:
    desk = opened(incognito=True)
    assert "XXX.XX CNY" in desk.text()
    a2 = desk.claim("A2")
    # What sorts a column and what Fava's own charts mask is not read by anybody.
    shown = [desk.text(), desk.text(claim=a2.id), desk.get("why", id=a2.id), desk.text(view="statements")]
    for amount in ("128.00", "180.00", "40.00", "60.00"):
        assert all(amount not in one for one in shown), amount


def test_every_matter_has_a_card() -> None:
    assert {*ORDER, "near", "approval"} - {"waiting"} == set(page._CARDS)  # noqa: SLF001  # shown only where it is so


def test_two_readers_of_two_languages_read_each_their_own(desk: Desk) -> None:
    def ask(language: str) -> str:
        headers = {"Accept-Language": language}
        return desk.client.get(desk.home, headers=headers).text

    assert "Nobody has looked yet" in ask("en")
    chinese = ask("zh-CN")
    assert "待核实" in chinese
    assert "成功未清算" in chinese
    assert "未结案件" in chinese
    assert "Nobody" not in chinese
    assert "Nobody has looked yet" in ask("en")


def test_the_ledger_can_choose_the_language(opened: Open) -> None:
    assert "未结案件" in opened(EXTENSION + '2026-01-01 custom "fava-option" "language" "zh"\n').text()


def test_the_pages_name_is_said_in_the_readers_language(desk: Desk) -> None:
    assert "POS claims" in desk.client.get(desk.home).text
    assert "POS差错" in desk.client.get(desk.home, headers={"Accept-Language": "zh"}).text
