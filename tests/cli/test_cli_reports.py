"""report, lessons: figures that equal the ledger's."""

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


def test_a_ledger_without_card_business_has_no_day(shop: Shop) -> None:
    shop.imports.write_text("")
    shop.claims.write_text("")
    told = shop.run("report", "ageing")
    assert "no card business yet" in told.stderr
    assert "0001" not in told.output
    shop.run("report", "ageing", "--format", "html", "--out", str(shop.folder / "a.html"))
    text = plain(shop.folder / "a.html")
    assert "no card business yet" in text
    assert "0001-01-01" not in text


def test_pages_escape_everything() -> None:
    text = page("en", "<t>", [paragraph("<p>"), table(("<h>",), [("<c>", '"&')])])
    for raw in ("<t>", "<h>", "<c>"):
        assert raw not in text
    assert "<p>&lt;p&gt;</p>" in text
    assert "default-src 'none'" in text
