"""attach and route: files are kept under their digest, shown, watched; routes are explained."""

from __future__ import annotations

import json
import zlib
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from beancount import loader
from beancount.core.data import Document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shop

PICTURE = b"\xff\xd8\xff\xe0 a picture of a slip"


def picture(folder: Path, name: str = "IMG 0042.JPG", content: bytes = PICTURE) -> str:
    path = folder / "inbox" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return str(path)


def pdf(shown: bytes) -> bytes:
    body = zlib.compress(b"BT /F1 12 Tf " + shown + b" ET [500 556 556 278 4000 0000 0000 0002] 0 d")
    return b"%PDF-1.4\n1 0 obj\n<<>>\nstream\n" + body + b"\nendstream\nendobj\n%%EOF"


def attach(shop: Shop, claim: str, *words: str, code: int = 0) -> str:
    told = shop.run("attach", claim, *words, "--date", shop.day, code=code)
    return told.stderr if code else told.stdout


def test_a_slip_is_kept_and_stands_in_the_ledger(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    told = attach(shop, x1[-5:], picture(shop.folder), "--as", "slip", "--checked")
    digest = sha256(PICTURE).hexdigest()
    kept = f"evidence/{x1}/2026-11-09.slip.{digest[:8]}.jpg"
    assert (shop.folder / kept).read_bytes() == PICTURE
    assert told.splitlines()[0] == f'2026-11-09 document Assets:Claims:Acquirer:ChinaUMS "{kept}"'
    assert f'  posguard-sha256: "{digest}"' in told
    assert str(shop.folder) not in shop.claims.read_text()
    entries, errors, _ = loader.load_file(str(shop.ledger))
    assert [entry.filename for entry in entries if isinstance(entry, Document)] == [str(shop.folder / kept)]
    assert not [error for error in errors if "Next:" not in error.message]
    shown = json.loads(shop.run("show", x1, "--format", "json", code=1).stdout)
    assert [(one["what"], one["path"]) for one in shown["evidence"]] == [("slip", kept)]
    assert shown["lacks"] == ["batch-slip"]
    text = shop.run("show", x1, code=1).stdout
    assert f"On file: slip ({kept})" in text
    assert f"Needed before it is prepared: batch-slip (posguard attach {x1[-5:]} FILE --as …)" in text


def test_the_same_file_twice_is_kept_once(shop: Shop) -> None:
    x1, file = shop.id_of("X1"), picture(shop.folder)
    attach(shop, x1, file, "--as", "slip", "--checked")
    once = shop.claims.read_bytes()
    assert "nothing to do, it is there already (evidence/" in attach(shop, x1, file, "--as", "slip", "--checked")
    assert shop.claims.read_bytes() == once
    attach(shop, x1, file, "--as", "batch-slip", "--checked")  # one picture of two papers
    attach(shop, shop.id_of("A1"), file, "--as", "slip", "--checked")  # and for two claims
    assert shop.claims.read_text().count(" document ") == 3


def test_a_dry_run_keeps_nothing(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    before = shop.bytes()
    assert " document " in attach(shop, x1, picture(shop.folder), "--as", "slip", "--checked", "-n")
    assert shop.bytes() == before
    assert not (shop.folder / "evidence").exists()


@pytest.mark.parametrize(
    ("name", "content", "words", "message"),
    [
        ("a.jpg", PICTURE, [], "nobody but you can see the picture in a.jpg: look"),
        ("a.txt", b"", ["--checked"], "a.txt is empty"),
        ("a.txt", b"card 6222 0212 3456 7890 128", ["--checked"], "a.txt shows a full card number"),
        ("a.pdf", pdf(b"[(6222021)-3(2345678) 20 (90128)] TJ"), ["--checked"], "a.pdf shows a full card number"),
        ("a.pdf", pdf(b"(card 6222021234567890128) Tj"), ["--checked"], "a.pdf shows a full card number"),
        ("a.pdf", pdf(b"<0041> Tj"), [], "nobody but you can see what is damaged in it in a.pdf"),
        ("big.txt", b"x" * (10 * 1024 * 1024 + 1), [], "the acquirer takes no more than 10485760"),
    ],
)
def test_what_is_not_kept(shop: Shop, name: str, content: bytes, words: list[str], message: str) -> None:
    file = picture(shop.folder, name, content)
    assert message in attach(shop, shop.id_of("X1"), file, "--as", "slip", *words, code=2)
    assert "posguard-evidence" not in shop.claims.read_text()
    assert not (shop.folder / "evidence").exists()


def test_what_can_be_read_needs_no_word_of_anybody(shop: Shop) -> None:
    attach(shop, shop.id_of("X1"), picture(shop.folder, "a.csv", b"a,b\n1,2\n"), "--as", "statement")


def test_a_file_that_was_changed_or_lost_is_an_error_and_stops_the_claim(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    shop.run("verify", x1, "--date", shop.day)
    for what in ("slip", "batch-slip"):
        attach(shop, x1, picture(shop.folder), "--as", what, "--checked")
    shop.run("prepare", x1, "--route", "application", "--date", shop.day)
    (kept,) = (shop.folder / "evidence" / x1).glob("*.slip.*")
    kept.write_bytes(b"another slip")
    told = shop.run("approve", x1, "--by", "wang", "--date", shop.day, code=2).stderr
    assert f"evidence/{x1}/{kept.name} was changed after it was attached; put the old one back" in told
    _, errors, _ = loader.load_file(str(shop.ledger))
    assert [error for error in errors if "was changed after it was attached" in error.message]
    assert json.loads(shop.run("check", "--format", "json", code=1).stdout)["counts"]["evidence"] == 1
    kept.unlink()
    assert "is gone; put it back" in shop.run("submit", x1, "--date", shop.day, code=2).stderr
    kept.write_bytes(PICTURE)
    shop.run("approve", x1, "--by", "wang", "--date", shop.day)
    shop.run("submit", x1, "--date", shop.day)


def test_a_closed_claim_takes_no_file(shop: Shop) -> None:
    a1 = shop.id_of("A1")
    shop.look("A1")
    shop.run("refund", a1, "--via", "cash", "--date", shop.day)
    shop.inform(a1)
    shop.run("close", a1, "--cause", "OP_KEY", "--date", shop.day)
    message = attach(shop, a1, picture(shop.folder), "--as", "slip", "--checked", code=2)
    assert "is closed; reopen it before you add to it" in message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('posguard-evidence: "slipp"', "posguard-evidence: 'slipp'; expected one of slip, ticket"),
        ('posguard-evidence: "slip"', "posguard-sha256: ''; expected 64 hex digits"),
    ],
)
def test_documents_typed_by_hand_are_checked(shop: Shop, line: str, message: str) -> None:
    x1 = shop.id_of("X1")
    picture(shop.folder, "a.jpg")
    with shop.claims.open("a") as file:
        file.write(f'2026-11-09 document Assets:Cash "inbox/a.jpg"\n  posguard-claim: "{x1}"\n  {line}\n')
    _, errors, _ = loader.load_file(str(shop.ledger))
    (found,) = (error for error in errors if "posguard-" in error.message)
    assert message in found.message
    assert found.source["lineno"] == 2


def test_routes_are_explained(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    rows = json.loads(shop.run("route", x1, "--date", shop.day, "--format", "json").stdout)
    told = {row["route"]: (row["open"], row["why"]) for row in rows}
    assert {route for route, (is_open, _) in told.items() if is_open} == {
        *("transfer", "presentment", "application", "fee", "trace", "representment", "batch"),
    }
    assert told["refund"] == (False, "it gives money back, but here it is owed to you")
    assert told["top-up"] == (False, "it is no way to settle with the acquirer")
    assert "presentment" in shop.run("route", x1, "--date", shop.day).stdout
    late = json.loads(shop.run("route", x1, "--date", "2027-11-09", "--format", "json", code=1).stdout)
    assert not any(row["open"] for row in late)
    assert "older than 360 days" in late[-1]["why"]
    assert "has no part with customer" in shop.run("route", x1, "--part", "customer", code=2).stderr
