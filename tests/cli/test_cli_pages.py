"""Reports as pages: whole, safe, the same every time, in the reader's language."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from beancount_posguard.reports.figures import REPORTS

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

VOID = {"meta", "img", "br"}


class Outline(HTMLParser):
    """Insists that every tag is closed in its turn, and keeps what is loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loaded += [f"{tag} {key}={value}" for key, value in attrs if key in {"src", "href", "onload", "onclick"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(shop: Shop, *words: str) -> str:
    return shop.run("report", *words, "--format", "html").stdout


@pytest.mark.parametrize("name", [*REPORTS])
def test_every_report_is_a_whole_page_that_loads_nothing(shop: Shop, name: str) -> None:
    text = page(shop, name)
    outline = Outline()
    outline.feed(text)
    assert (outline.open, outline.loaded) == ([], [])
    assert "default-src 'none'" in text
    assert "As of 2026-11-06; 5 slips from 2026-11-03 to 2026-11-05" in text
    assert page(shop, name) == text


def test_it_is_written_where_one_says(shop: Shop) -> None:
    file = shop.folder / "causes.html"
    told = shop.run("report", "causes", "--format", "html", "--out", str(file))
    assert f"written to {file}" in told.stderr
    assert file.read_text("utf-8") == page(shop, "causes")
    assert "--out is for" in shop.run("report", "causes", "--out", str(file), code=2).stderr


def test_the_page_shows_the_figures_of_the_report(shop: Shop) -> None:
    text = page(shop, "causes", "--by", "kind")
    # X1 is one of 5 slips: 2000 in 10,000; exact limits of one are 0.0253 and 5.572.
    cells = re.search(r"<td class=keep>X1</td>.*</tr>", text)
    assert cells
    assert re.findall(r">([^<]+)<", cells[0]) == [
        *("X1", "approved, not settled", "1", "128.00", "100.0 %", "2000.0", "50.6 – 11143.3"),
    ]
    assert "<th class=n>amount CNY</th>" in text


def test_few_are_called_few(shop: Shop) -> None:
    with shop.imports.open("a") as file:
        file.write(
            '\n2026-11-06 * "ChinaUMS" "Terminal 98765433 batch 000001"\n  posguard-source: "terminal"\n'
            '  terminal: "98765433"\n  batch: "000001"\n  Assets:POS:ChinaUMS:Clearing  10.00 CNY\n'
            '    rrn: "100000000031"\n  Assets:POS:Till  -10.00 CNY\n'
        )
    text = page(shop, "causes", "--by", "terminal")
    assert "Fewer than 5 mismatches in all: too few to tell one place from another." in text
    assert "too few to tell</td>" in text


def test_what_others_wrote_is_escaped_and_cards_are_masked(shop: Shop) -> None:
    evil = "<script>alert(1)</script>"
    shop.imports.write_text(shop.imports.read_text().replace('  terminal: "98765432"', f'  terminal: "{evil}"'))
    with shop.ledger.open("a") as file:
        file.write('2026-01-01 custom "posguard" "shop-name" "Tea <b> 6222021234567890128"\n')
    text = page(shop, "causes", "--by", "terminal")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "Tea &lt;b&gt; 622202******0128" in text


def test_without_claims_there_is_nothing_to_report(shop: Shop) -> None:
    shop.imports.write_text("; nothing\n")
    for name in REPORTS:
        assert re.search(r"Nothing to report|No (fee|hold|measure)", page(shop, name)), name


#: What stays as it is in Chinese: ids, codes, amounts, what the shop wrote, and the names of statistics.
KEPT = re.compile(r"PG-\d{8}-\w{5}|[A-Z]\d+\b|MIX|CNY|[A-Z]+_[A-Z]+|ChinaUMS|posguard [\w -]+|--\w+|\bp\b")


@pytest.mark.parametrize("name", [*REPORTS])
def test_a_page_in_chinese_has_no_english_left(shop: Shop, name: str) -> None:
    text = shop.run("--lang", "zh", "report", name, "--format", "html").stdout
    assert '<html lang="zh">' in text
    shown = re.sub(r"<(style|title)>.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL)
    assert re.findall(r"[A-Za-z]{2,}", KEPT.sub(" ", shown)) == []


def test_places_and_causes_in_chinese_too(shop: Shop) -> None:
    for kind, verb in (("A1", "refund"), ("A2", "top-up")):
        claim = shop.id_of(kind)
        shop.run("verify", claim, "--note", "compared", "--date", "2026-11-10")
        shop.run(verb, claim, "--via", "cash", "--date", "2026-11-10")
        shop.inform(claim, "2026-11-10")
        shop.run("close", claim, "--cause", "OP_KEY", "--note", "seen", "--date", "2026-11-10")
    text = shop.run("--lang", "zh", "report", "causes", "--format", "html").stdout
    assert "重复发生，且无人登记整改措施" in text
    shown = re.sub(r"<(style|title)>.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL)
    assert re.findall(r"[A-Za-z]{2,}", KEPT.sub(" ", shown)) == []
