"""packet, legal-file: papers that are whole, can be made again to the byte, and let nothing through."""

from __future__ import annotations

import re
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from beancount_posguard.ingest.cards import is_card

if TYPE_CHECKING:
    from tests.cli.conftest import Shop


def png(size: int = 0) -> bytes:
    """Return a picture of one dot, made ``size`` bytes larger by a chunk that no reader looks at."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    junk = chunk(b"juNk", b"x" * size) if size else b""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + junk
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND", b"")
    )


def plain(page: Path) -> str:
    """Return a page without what only concerns its looks."""
    return re.sub(r"<td class=(?:keep|long)>", "<td>", page.read_text("utf-8"))


def ask(shop: Shop, claim: str, *files: tuple[str, str, bytes]) -> None:
    """Take X1 to its submission on the 9th with some files: what each is, its name, its content."""
    shop.run("verify", claim, "--date", shop.day)
    for what, name, content in files:
        path = shop.folder / name
        path.write_bytes(content)
        shop.run("attach", claim, str(path), "--as", what, "--checked", "--date", shop.day)
    lacks = [one for one in ("slip", "batch-slip") if one not in {what for what, _, _ in files}]
    shop.run(
        "prepare", claim, "--route", "presentment", "--waive", " ".join(lacks), "--note", "lost", "--date", shop.day
    )
    shop.run("submit", claim, "--reference", "F-12", "--date", shop.day)


SLIP = ("slip", "slip.png", png())


class TestPacket:
    def test_the_application_has_everything_and_is_the_same_every_time(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        ask(shop, x1, SLIP)
        first, second = shop.folder / "1.html", shop.folder / "2.html"
        told = shop.run("packet", x1, "--output", str(first), code=1)
        assert "It goes without batch-slip." in told.stderr
        shop.run("packet", x1, "--output", str(second), code=1)
        assert first.read_bytes() == second.read_bytes()
        text = plain(first)
        for expected in (
            f"<h1>差错处理申请 {x1}</h1>",
            "<td>898310012345678</td>",
            "<td>差错类型</td><td>X1 成功未清算</td>",
            "<td>98765432 / 000001 / 000001</td><td>100000000001</td><td>消费</td><td class=n>128.00</td>",
            "<td>收单机构</td><td class=n>128.00</td><td class=n>0.00</td><td class=n>128.00</td>",
            "按“请款”处理差额 128.00 CNY",
            "经办：li，2026-11-09",
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

    def test_not_of_what_the_customer_pays(self, shop: Shop) -> None:
        a2 = shop.id_of("A2")
        shop.run("verify", a2, "--date", shop.day)
        waived = ("--waive", "slip consent", "--note", "by phone")
        shop.run("prepare", a2, "--route", "top-up", *waived, "--date", shop.day)
        told = shop.run("packet", a2, "--output", str(shop.folder / "x.html"), code=2)
        assert f"{a2} goes by top-up, of which the acquirer is asked nothing" in told.stderr
        assert f"posguard notify {a2}" in told.stderr
        assert not (shop.folder / "x.html").exists()

    def test_not_with_a_file_that_was_changed(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        ask(shop, x1, SLIP)
        (kept,) = (shop.folder / "evidence" / x1).iterdir()
        kept.write_bytes(b"other")
        told = shop.run("packet", x1, "--output", str(shop.folder / "x.html"), code=2)
        assert "was changed after it was attached" in told.stderr

    def test_not_larger_than_acquirers_take(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        # In base64 8.5 MB become 11.3.
        ask(
            shop,
            x1,
            ("slip", "slip.png", png(6_000_000)),
            ("ticket", "t.png", png(2_500_000)),
            ("other", "o.txt", b"x"),
        )
        told = shop.run("packet", x1, "--output", str(shop.folder / "x.html"), code=2).stderr
        assert "the paper has 10.8 MB, the acquirer takes no more than 10; the largest exhibits are" in told
        assert re.search(
            r"are 2026-11-09\.slip\.\w{8}\.png \(5\.7 MB\), 2026-11-09\.ticket\.\w{8}\.png \(2\.4 MB\)", told
        )
        assert not (shop.folder / "x.html").exists()

    def test_texts_are_printed_and_other_files_named(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        ask(shop, x1, ("cashier", "c.txt", "我<b>没".encode()), ("reply", "r.docx", b"PK\x03\x04\xff"))
        shop.run("packet", x1, "--lang", "en", "--output", str(shop.folder / "x.html"), code=1)
        text = plain(shop.folder / "x.html")
        assert "<pre>我&lt;b&gt;没</pre>" in text
        assert re.search(
            r"other side's answer.*: enclosed as 2026-11-09\.reply\.\w{8}\.docx", text.replace("&#x27;", "'")
        )

    def test_an_ending_that_is_no_paper(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        ask(shop, x1)
        assert "ends in .html or .pdf" in shop.run("packet", x1, "--output", "x.doc", code=2).stderr

    def test_what_was_imported_is_named_with_its_digest(self, shop: Shop) -> None:
        digest = "ab" * 32
        text = shop.imports.read_text().replace(
            '  batch: "000001"\n', f'  batch: "000001"\n  posguard-file: "t.csv"\n  posguard-sha256: "{digest}"\n'
        )
        shop.imports.write_text(text)
        x1 = shop.id_of("X1")
        ask(shop, x1)
        shop.run("packet", x1, "--output", str(shop.folder / "x.html"), code=1)
        assert f"<p><code>{digest}  t.csv</code></p>" in (shop.folder / "x.html").read_text("utf-8")

    def test_a_fee_is_worked_out_line_by_line(self, shop: Shop) -> None:
        # 128.00 at 0.60 % is 0.768, rounded 0.77; 1.40 was charged, 0.63 too much. (A debit card would have paid 0.64.)
        text = shop.ledger.read_text()
        shop.ledger.write_text(text.replace("  bank: ", '  fee: "debit 0.50%; credit 0.60%"\n  bank: '))
        lines = (
            shop.imports.read_text()
            .replace(
                '    rrn: "100000000009"\n    date: "2026-11-05"\n',
                '    rrn: "100000000009"\n    date: "2026-11-05"\n    card-type: "credit"\n    fee: "3.06"\n',
            )
            .replace(
                "  Assets:POS:ChinaUMS:Payout  10.00 CNY",
                "  Assets:POS:ChinaUMS:Payout  6.94 CNY\n  Expenses:POS:Fees  3.06 CNY",
            )
        )
        shop.imports.write_text(lines)
        with shop.imports.open("a") as file:
            file.write('\n2026-11-10 * "ChinaUMS" "Statement 2026-11-10"\n  posguard-source: "settlement"\n')
        a9 = shop.id_of("A9")
        shop.run("verify", a9, "--date", "2026-11-11")
        words = ("--waive", "tariff", "--note", "it is in the ledger", "--date", "2026-11-11")
        shop.run("prepare", a9, "--route", "fee", *words)
        shop.run("packet", a9, "--lang", "en", "--output", str(shop.folder / "x.html"), code=1)
        # 10.00 at 0.60 % is 0.06; 3.06 were charged.
        text = plain(shop.folder / "x.html")
        assert (
            "<td>credit</td><td class=n>10.00</td><td class=n>3.06</td><td class=n>0.06</td><td class=n>3.00</td>"
            in text
        )

    def test_a_fee_is_held_against_the_tariff_of_its_day(self, shop: Shop) -> None:
        # 1000.00 at 0.60 % is 6.00 on the statement of the 6th; 9.00 was charged. From the 7th on 5.00 would be right.
        later = '\n2026-11-07 custom "posguard-acquirer" "ChinaUMS"\n  fee: "credit 0.50%"\n'
        text = shop.ledger.read_text().replace("  bank: ", '  fee: "credit 0.60%"\n  bank: ')
        shop.ledger.write_text(text + later)
        place = '    rrn: "100000000009"\n    date: "2026-11-05"\n'
        lines = (
            shop.imports.read_text().replace("  10.00 CNY", "  1000.00 CNY").replace("  -10.00 CNY", "  -1000.00 CNY")
        )
        lines = lines.replace(place, place + '    card-type: "credit"\n    fee: "9.00"\n')
        lines = lines.replace("Payout  1000.00 CNY", "Payout  991.00 CNY\n  Expenses:POS:Fees  9.00 CNY")
        shop.imports.write_text(lines + '\n2026-11-10 * "ChinaUMS" ""\n  posguard-source: "settlement"\n')
        a9 = shop.id_of("A9")
        shop.run("verify", a9, "--date", "2026-11-11")
        words = ("--waive", "tariff", "--note", "it is in the ledger", "--date", "2026-11-11")
        shop.run("prepare", a9, "--route", "fee", *words)
        shop.run("packet", a9, "--lang", "en", "--output", str(shop.folder / "x.html"), code=1)
        text = plain(shop.folder / "x.html")
        assert "by the contract 6.00: the acquirer owes 3.00 CNY" in text
        assert "<td class=n>9.00</td><td class=n>6.00</td><td class=n>3.00</td>" in text

    def test_numbers_side_by_side_are_no_card(self, shop: Shop) -> None:
        # 403165981166 and 479806 would be, as one number of 18 digits, a card's.
        rrn, auth = "403165981166", "479806"
        assert is_card(rrn + auth)
        text = shop.imports.read_text().replace("100000000001", rrn)
        shop.imports.write_text(text.replace('    trace: "000001"\n', f'    trace: "000001"\n    auth: "{auth}"\n'))
        x1 = shop.id_of("X1")
        ask(shop, x1)
        shop.run("packet", x1, "--output", str(shop.folder / "x.html"), code=1)
        assert f"<td>{rrn} / {auth}</td>" in plain(shop.folder / "x.html")

    def test_who_sent_it_back_the_same_day_did_not_check_it(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        shop.run("verify", x1, "--date", shop.day)
        prepare = ("prepare", x1, "--route", "presentment", "--waive", "slip batch-slip", "--date", shop.day)
        paper = ("packet", x1, "--lang", "en", "--output", str(shop.folder / "x.html"))
        shop.run(*prepare, "--note", "lost")
        shop.run("approve", x1, "--by", "wang", "--date", shop.day)
        shop.run(*paper, code=1)
        assert f"Checked by wang, {shop.day}" in plain(shop.folder / "x.html")
        shop.run("return", x1, "--by", "wang", "--note", "the wrong route", "--date", shop.day)
        shop.run(*paper, code=1)
        assert "Checked by wang" not in plain(shop.folder / "x.html")
        shop.run(*prepare, "--note", "lost as well")
        shop.run(*paper, code=1)
        assert "Checked by wang" not in plain(shop.folder / "x.html")

    def test_what_was_added_since_nobody_checked(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        shop.run("verify", x1, "--date", shop.day)
        words = ("--waive", "slip batch-slip", "--note", "lost", "--date", shop.day)
        shop.run("prepare", x1, "--route", "presentment", *words)
        shop.run("approve", x1, "--by", "wang", "--date", shop.day)
        paper = ("packet", x1, "--lang", "en", "--output", str(shop.folder / "x.html"))
        shop.run(*paper, code=1)
        assert "Checked by wang" in plain(shop.folder / "x.html")
        (shop.folder / "o.txt").write_text("something else")
        shop.run("attach", x1, str(shop.folder / "o.txt"), "--as", "other", "--checked", "--date", shop.day)
        shop.run(*paper, code=1)
        assert "Checked by wang" not in plain(shop.folder / "x.html")

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


class TestPdf:
    """The same paper as PDF; WeasyPrint needs the system's Pango and a font."""

    @pytest.fixture(autouse=True)
    def _needs(self, require_in_ci: Callable[[bool, str], None]) -> None:
        try:
            import weasyprint  # noqa: F401, PLC0415  # whether it can be had
        except (ImportError, OSError) as error:
            require_in_ci(False, f"no PDF without WeasyPrint and Pango ({error})")

    def test_it_is_the_same_in_another_process_and_carries_what_no_page_shows(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        ask(shop, x1, SLIP, ("reply", "r.docx", b"PK\x03\x04\xff answer"))
        first, second = shop.folder / "1.pdf", shop.folder / "2.pdf"
        shop.run("packet", x1, "--output", str(first), code=1)
        process = shop.start("packet", x1, "--output", str(second))
        _out, told = process.communicate(timeout=60)
        assert process.returncode == 1, told
        assert first.read_bytes() == second.read_bytes()
        assert first.read_bytes().startswith(b"%PDF-")
        ((name, kept),) = PdfReader(first).attachments.items()
        assert re.fullmatch(r"2026-11-09\.reply\.\w{8}\.docx", name)
        assert kept == [b"PK\x03\x04\xff answer"]

    def test_a_picture_that_cannot_be_read_is_no_gap_in_the_paper(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        ask(shop, x1, ("slip", "slip.png", b"\x89PNG no picture"))
        told = shop.run("packet", x1, "--output", str(shop.folder / "x.pdf"), code=2)
        assert "the PDF would lack something: Failed to load image at 'data:…'" in told.stderr
        assert not (shop.folder / "x.pdf").exists()


def test_without_weasyprint_it_says_what_to_install(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    x1 = shop.id_of("X1")
    ask(shop, x1)
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    told = shop.run("packet", x1, "--output", str(shop.folder / "x.pdf"), code=2).stderr
    assert "pip install 'beancount-posguard[pdf]'" in told
    assert "or write .html and print it" in told


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
        assert "<p>128.00 CNY; still open: 128.00 CNY</p>" in text
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

    def test_it_has_every_part(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        ask(shop, x1, SLIP)
        shop.run("acknowledge", x1, "--case", "U-7", "--date", "2026-11-10")
        file = shop.folder / "x.html"
        shop.run("legal-file", x1, "--lang", "en", "--output", str(file))
        text = plain(file)
        titles = re.findall(r"<h2>([^<]+)</h2>", text)
        assert titles == [
            *("Why advice is asked for", "Facts", "Sum", "Calculation", "What happened, day by day", "Demands made"),
            *("What they answered", "The lines themselves", "Exhibits", "Digests (SHA-256)"),
        ]
        # Known on the 6th of November 2026; the ordinary limitation is three years.
        assert "3 years from 2026-11-06: 2029-11-06 (to be confirmed by the lawyer)" in text
        assert "<td>Their case number</td><td>U-7</td>" in text
        assert "<td>2026-11-03</td><td>the trade</td>" in text

    def test_a_crime_is_a_reason(self, shop: Shop) -> None:
        x1 = shop.id_of("X1")
        shop.run("verify", x1, "--cause", "FRAUD_INT", "--date", shop.day)
        shop.run("legal-file", x1, "--lang", "en", "--output", str(shop.folder / "x.html"))
        assert "its cause is FRAUD_INT: a crime is suspected" in (shop.folder / "x.html").read_text("utf-8")
