"""report, lessons, packet, legal-file: figures that equal the ledger's, pages that can be made again."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from beancount_posguard.reports.html import page, paragraph, table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shop

PNG = b"\x89PNG a slip"


def report(shop: Shop, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shop.run(*words, "--format", "json").stdout)
    return found


def plain(page: Path) -> str:
    """Return a page without what only concerns its looks."""
    return re.sub(r"<td class=(?:keep|long)>", "<td>", page.read_text("utf-8"))


def settle(shop: Shop, claim: str, cause: str, *more: str, via: str = "cash", verb: str = "top-up") -> None:
    shop.run("verify", claim, "--date", shop.day)
    shop.run(verb, claim, "--via", via, "--date", "2026-11-10")
    shop.inform(claim, "2026-11-10")
    shop.run("close", claim, "--cause", cause, *more, "--date", "2026-11-10")


def ask(shop: Shop, claim: str, *, file: Path | None = None) -> None:
    """Take X1 to its submission on the 9th."""
    shop.run("verify", claim, "--date", shop.day)
    if file:
        file.write_bytes(PNG)
        shop.run("attach", claim, str(file), "--as", "slip", "--checked", "--date", shop.day)
    lacks = "batch-slip" if file else "slip batch-slip"
    shop.run("prepare", claim, "--route", "presentment", "--waive", lacks, "--note", "lost", "--date", shop.day)
    shop.run("submit", claim, "--reference", "F-12", "--date", shop.day)


def test_causes_are_counted_and_those_that_come_back_ask_for_a_measure(shop: Shop) -> None:
    settle(shop, shop.id_of("A1"), "OP_KEY", verb="refund")
    settle(shop, shop.id_of("A2"), "OP_KEY")
    first, second = report(shop, "report", "causes")
    assert (first["cause"], first["claims"], first["amount"], first["share"]) == ("OP_KEY", 2, "220.00", "50.0 %")
    assert first["todo"].startswith("no measure yet; usual: connect till and terminal")
    assert (second["cause"], second["claims"], second["amount"], second["share"]) == (
        *("(none yet)", 2, "148.00"),
        "100.0 %",
    )


def test_a_measure_answers_it(shop: Shop) -> None:
    settle(shop, shop.id_of("A1"), "OP_KEY", verb="refund")
    settle(shop, shop.id_of("A2"), "OP_KEY", "--measure", "amounts are read back")
    first = report(shop, "report", "causes")[0]
    assert (first["measures"], first["todo"]) == (1, "")


def test_claims_are_counted_by_other_things_too(shop: Shop) -> None:
    rows = report(shop, "report", "causes", "--by", "kind")
    assert [(row["kind"], row["claims"]) for row in rows] == [("A1", 1), ("A2", 1), ("MIX", 1), ("X1", 1)]
    assert [row["terminal"] for row in report(shop, "report", "causes", "--by", "terminal")] == ["98765432"]
    assert "--by is for" in shop.run("report", "fees", "--by", "kind", code=2).stderr


def test_what_is_open_by_age_adds_up_to_the_claims(shop: Shop) -> None:
    rows = report(shop, "report", "ageing")
    # Found on the 5th and 6th, the last file is of the 6th.
    assert {(row["age"], row["with"], row["way"], row["open"]) for row in rows} == {
        ("up to 7 days", "acquirer", "owed to you", "138.00"),
        ("up to 7 days", "customer", "owed by you", "180.00"),
        ("up to 7 days", "customer", "owed to you", "50.00"),
    }
    listed = json.loads(shop.run("claims", "--format", "json", code=1).stdout)
    assert sum(Decimal(row["open"]) for row in rows) == sum(abs(Decimal(row["balance"])) for row in listed)


def test_an_older_claim_is_in_an_older_band(shop: Shop) -> None:
    with shop.imports.open("a") as file:
        file.write('\n2026-12-06 * "Till"\n  posguard-source: "sale"\n  Assets:POS:Till 1.00 CNY\n  Income:Sales\n')
    assert {row["age"] for row in report(shop, "report", "ageing")} == {"8 to 30", "31 to 60"}


def test_deadlines_come_nearest_first(shop: Shop) -> None:
    ask(shop, shop.id_of("X1"))
    rows = report(shop, "report", "deadlines")
    assert [row["due"] for row in rows] == ["2026-11-11", "2027-01-02", "2027-01-02", "2027-05-02"]
    assert (rows[0]["what"], rows[0]["stage"], rows[0]["left"]) == ("the case number", "submitted", 5)


def test_how_an_acquirer_answers(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    ask(shop, x1)
    shop.run("acknowledge", x1, "--case", "7", "--date", "2026-11-10")
    shop.run(
        "accept",
        x1,
        "--amount",
        "100.00",
        "--waive",
        "reply",
        "--note",
        "the rest is written off",
        "--date",
        "2026-11-16",
    )
    shop.run("top-up", x1, "--via", "payout", "--amount", "100.00", "--date", "2026-11-17")
    (row,) = report(shop, "report", "acquirers")
    assert row == {
        "acquirer": "ChinaUMS",
        "claims": 2,
        "slips": 5,
        "claimed": "138.00",
        "open": "38.00",
        "currency": "CNY",
        "asked": 1,
        "accepted": 1,
        "rejected": 0,
        "days to answer": "7.00",
    }


def test_fees_above_the_tariff(shop: Shop) -> None:
    words = ("--kind", "A9", "--counterparty", "acquirer", "--amount", "12.00", "--against", "fees")
    shop.run("raise", *words, "--note", "0.50 %", "--date", shop.day)
    (row,) = report(shop, "report", "fees")
    assert (row["month"], row["overcharged"], row["open"]) == ("2026-11", "12.00", "12.00")


def test_lessons_are_of_closed_claims(shop: Shop) -> None:
    assert shop.run("lessons").stdout == "Nothing to report.\n"
    a2 = shop.id_of("A2")
    settle(shop, a2, "OP_KEY", "--measure", "amounts are read back")
    (row,) = report(shop, "lessons")
    assert row | {"why": ""} == {
        "id": a2,
        "kind": "A2",
        "cause": "OP_KEY",
        "why": "",
        "days to detect": 2,
        "days to close": 5,
        "amount": "40.00",
        "lost": "0.00",
        "currency": "CNY",
        "measure": "amounts are read back",
    }
    assert "OP_KEY" in shop.run("lessons").stdout


@pytest.mark.parametrize("name", ["causes", "ageing", "fees", "deadlines", "acquirers"])
def test_every_report_has_its_columns(shop: Shop, name: str) -> None:
    from beancount_posguard.reports.figures import REPORTS  # noqa: PLC0415  # only here

    for row in report(shop, "report", name):
        assert tuple(row) == REPORTS[name].columns
    assert shop.run("report", name, "--format", "csv").stdout.splitlines()[0] == ",".join(REPORTS[name].columns)
    shop.run("report", name)


class TestPacket:
    def test_the_application_has_everything_and_is_the_same_every_time(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        ask(shop, x1, file=shop.folder / "slip.png")
        first, second = shop.folder / "1.html", shop.folder / "2.html"
        told = shop.run("packet", x1, "--output", str(first), code=1)
        assert "It goes without batch-slip." in told.stderr
        shop.run("packet", x1, "--output", str(second), code=1)
        assert first.read_bytes() == second.read_bytes()
        text = plain(first)
        for expected in (
            f"<h1>差错处理申请 {x1}</h1>",
            "<td>898310012345678</td>",
            "差错类型: X1 成功未清算",
            "<td>销售单</td><td class=n>128.00</td><td>2026-11-03</td><td>100000000001</td>",
            "<td>差额</td><td class=n>128.00 CNY</td>",
            "并按“请款”处理差额 128.00 CNY",
            '<img src="data:image/png;base64,',
        ):
            assert expected in text
        assert len(re.findall(r"<code>[0-9a-f]{64}  ", text)) == 2  # the slip, and all together
        assert str(shop.folder) not in text

    def test_in_english(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        ask(shop, x1)
        file = shop.folder / "x.html"
        shop.run("packet", x1, "--lang", "en", "--output", str(file), code=1)
        text = file.read_text("utf-8")
        assert "settle the difference of 128.00 CNY by presentment through the acquirer" in text
        assert not re.search(r"[一-鿿]", text)

    def test_not_before_it_is_prepared(self, shop: Shop) -> None:
        told = shop.run("packet", shop.id_of("X1"), "--output", str(shop.folder / "x.html"), code=2)
        assert "is new; prepare it first" in told.stderr
        assert not (shop.folder / "x.html").exists()

    def test_not_with_a_file_that_was_changed(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        ask(shop, x1, file=shop.folder / "slip.png")
        (kept,) = (shop.folder / "evidence" / x1).iterdir()
        kept.write_bytes(b"other")
        told = shop.run("packet", x1, "--output", str(shop.folder / "x.html"), code=2)
        assert "was changed after it was attached" in told.stderr

    def test_not_larger_than_acquirers_take(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        shop.run("verify", x1, "--date", shop.day)
        picture = shop.folder / "slip.png"
        picture.write_bytes(PNG + b"x" * 8_000_000)  # base64 makes it a third larger
        shop.run("attach", x1, str(picture), "--as", "slip", "--checked", "--date", shop.day)
        words = ("--waive", "batch-slip", "--note", "lost")
        shop.run("prepare", x1, "--route", "application", *words, "--date", shop.day)
        told = shop.run("packet", x1, "--output", str(shop.folder / "x.html"), code=2)
        assert "the application is larger than 10485760 bytes" in told.stderr

    def test_hostile_text_is_only_text(self, shop: Shop) -> None:
        with shop.ledger.open("a") as file:
            file.write('2026-01-01 custom "posguard" "shop-name" "<script>alert(1)</script> 6222021234567890128"\n')
        x1 = shop.id_of("X1")
        ask(shop, x1)
        shop.run("packet", x1, "--output", str(shop.folder / "x.html"), code=1)
        text = (shop.folder / "x.html").read_text("utf-8")
        assert "<script" not in text
        assert "&lt;script&gt;" in text
        assert "6222021234567890128" not in text


class TestLegalFile:
    def test_it_tells_the_whole_story(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        ask(shop, x1)
        shop.run("reject", x1, "--waive", "reply", "--note", "no trace", "--date", "2026-11-10")
        shop.run("appeal", x1, "--note", "see slip", "--date", "2026-11-11")
        shop.run("reject", x1, "--waive", "reply", "--note", "no", "--date", "2026-11-12")
        file = shop.folder / "x.html"
        shop.run("legal-file", x1, "--lang", "en", "--output", str(file))
        text = plain(file)
        assert "<p>it was rejected 2 times</p>" in text
        assert "<p>128.00 CNY; Still open: 128.00 CNY</p>" in text
        demands = text[text.index("Demands made") :]
        assert re.findall(r"<td>(2026-11-\d\d)</td><td>(submit|appeal)</td>", demands) == [
            ("2026-11-09", "submit"),
            ("2026-11-11", "appeal"),
        ]
        assert "F-12" in demands

    def test_a_large_sum_is_a_reason(self, shop: Shop) -> None:
        with shop.ledger.open("a") as file:
            file.write('2026-01-01 custom "posguard" "limit" "legal" "128"\n')
        file_ = shop.folder / "x.html"
        shop.run("legal-file", shop.id_of("X1"), "--lang", "en", "--output", str(file_))
        assert "it is about 128.00 CNY; the limit is 128.00" in file_.read_text("utf-8")
        shop.run("legal-file", shop.id_of("A2"), "--lang", "en", "--output", str(file_))
        assert "the limit is" not in file_.read_text("utf-8")


def test_pages_escape_everything() -> None:
    text = page("en", "<t>", [paragraph("<p>"), table(("<h>",), [("<c>", '"&')])])
    for raw in ("<t>", "<h>", "<c>"):
        assert raw not in text
    assert "<p>&lt;p&gt;</p>" in text
    assert "default-src 'none'" in text
