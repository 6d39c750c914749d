"""contact and purge: how customers are reached lies beside the ledger, never in it, and goes when its time is over."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from email import message_from_bytes
from typing import TYPE_CHECKING

import pytest

from beancount_posguard.cli import skeleton

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shop

WHO = ("--name", "Ms Ye", "--phone", "+86 21 5550 123", "--email", "ye@example.com")
SHOP = """
2026-01-01 custom "posguard" "shop-name" "Bluestone Tea"
2026-01-01 custom "posguard" "shop-phone" "021-5550100"
2026-01-01 custom "posguard" "shop-email" "shop@example.com"
2026-01-01 custom "posguard" "shop-contact" "Li"
"""


def file(shop: Shop) -> Path:
    return shop.folder / "private" / "contacts.json"


def keep(shop: Shop, kind: str = "A1") -> str:
    claim = shop.id_of(kind)
    shop.run("contact", claim, *WHO, "--date", shop.day)
    return claim


def finished(shop: Shop, claim: str, on: str) -> None:
    """Take A1 to its end."""
    shop.run("verify", claim, "--date", shop.day)
    shop.run("refund", claim, "--via", "cash", "--date", shop.day)
    shop.inform(claim)
    shop.run("close", claim, "--cause", "OP_KEY", "--date", on)


def test_it_is_kept_beside_the_ledger_and_not_in_it(shop: Shop) -> None:
    before = shop.bytes()
    claim = keep(shop)
    assert shop.bytes() == before  # nothing in the ledger's own folder changed
    assert json.loads(file(shop).read_text("utf-8")) == {
        claim: {"name": "Ms Ye", "phone": "+86 21 5550 123", "email": "ye@example.com", "since": shop.day}
    }
    assert shop.run("contact", claim[-5:]).stdout == f"{claim}  Ms Ye  +86 21 5550 123  ye@example.com  {shop.day}\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_only_its_owner_reads_it(shop: Shop) -> None:
    keep(shop)
    keep(shop, "A2")
    assert stat.S_IMODE(file(shop).stat().st_mode) == 0o600
    assert stat.S_IMODE(file(shop).parent.stat().st_mode) == 0o700


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_git_leaves_it_out_in_any_ledger(shop: Shop) -> None:
    subprocess.run(["git", "init", "-q", shop.folder], check=True)
    keep(shop)
    seen = subprocess.run(
        ["git", "-C", shop.folder, "status", "--porcelain", "-uall"], check=True, capture_output=True, encoding="utf-8"
    ).stdout
    assert "main.beancount" in seen
    assert "private" not in seen


def test_a_new_ledger_names_it_in_its_gitignore() -> None:
    assert "\nprivate/\n" in skeleton._IGNORE  # noqa: SLF001  # what posguard init writes


def test_one_word_may_change_and_all_may_go(shop: Shop) -> None:
    claim = keep(shop)
    other = keep(shop, "A2")
    shop.run("contact", claim, "--phone", "021 5550 999", "--date", "2026-11-10")
    kept = json.loads(file(shop).read_text("utf-8"))
    assert kept[claim] == {"name": "Ms Ye", "phone": "021 5550 999", "email": "ye@example.com", "since": "2026-11-10"}
    assert shop.run("contact", claim, "--forget").stdout == f"{claim}: forgotten, removed from contacts.json\n"
    assert list(json.loads(file(shop).read_text("utf-8"))) == [other]
    assert shop.run("contact", claim, code=1).stdout == f"{claim}: nothing is kept\n"
    assert shop.run("contact", claim, "--forget").stdout == f"{claim}: nothing is kept\n"


def test_a_dry_run_writes_nothing(shop: Shop) -> None:
    told = shop.run("contact", shop.id_of("A1"), *WHO, "-n")
    assert "Nothing was written; this would go to" in told.stderr
    assert not (shop.folder / "private").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--phone", "soon"], "soon is no phone number"),
        (["--email", "ye at example"], "ye at example is no e-mail address"),
        (["--name", "6222 0212 3456 7890 128"], "name holds a full card number"),
        (["--phone", "6222021234567890128"], "phone holds a full card number"),
        (["--forget", "--name", "x"], "--forget removes all of it"),
    ],
)
def test_what_is_no_contact(shop: Shop, words: list[str], message: str) -> None:
    assert message in shop.run("contact", shop.id_of("A1"), *words, code=2).stderr
    assert not (shop.folder / "private").exists()


def test_a_file_that_somebody_spoiled_is_left_alone(shop: Shop) -> None:
    claim = keep(shop)
    for spoiled in ("{", "[]", '{"PG-1": {"street": "x"}}'):
        file(shop).write_text(spoiled)
        assert "is not as posguard writes it" in shop.run("contact", claim, *WHO, code=2).stderr
        assert file(shop).read_text() == spoiled


def test_notify_finds_it_and_the_ledger_does_not_know(shop: Shop) -> None:
    with shop.ledger.open("a") as ledger:
        ledger.write(SHOP)
    claim = keep(shop)
    shop.run("verify", claim, "--cause", "OP_KEY", "--date", shop.day)
    sms = shop.run("notify", claim, "--channel", "sms", "--until", "2026-11-20", "--date", shop.day)
    assert "To: Ms Ye, +86 21 5550 123" in sms.stderr
    letter = shop.folder / "x.eml"
    words = ("--channel", "e-mail", "--until", "2026-11-20", "--output", str(letter))
    shop.run("notify", claim, *words, "--date", shop.day)
    assert message_from_bytes(letter.read_bytes())["To"] == "ye@example.com"
    shop.run("notify", claim, "--channel", "phone", "--date", shop.day)
    letter.unlink()
    again = shop.run("notify", claim, *words, "--date", shop.day)
    assert "nothing to do, it is there already" in again.stdout
    assert not letter.exists()  # nobody gets it twice
    for secret in ("Ms Ye", "5550 123", "ye@example.com"):
        assert secret not in shop.claims.read_text()


def test_what_is_over_is_purged_and_named(shop: Shop) -> None:
    """A1 was done on 9 November: 180 days end on 8 May."""
    a1, a2 = keep(shop), keep(shop, "A2")
    finished(shop, a1, shop.day)
    early = shop.run("purge", "--date", "2027-05-08")
    assert early.stdout == "Nothing to remove: 2 kept, each within its time.\n"
    dry = shop.run("purge", "--date", "2027-05-09", "-n", code=1)
    assert a1 in dry.stdout
    assert "2026-11-09" in dry.stdout
    assert "2027-05-08" in dry.stdout
    assert len(json.loads(file(shop).read_text("utf-8"))) == 2
    told = shop.run("purge", "--date", "2027-05-09")
    assert told.stdout == dry.stdout
    assert "1 removed, 1 kept." in told.stderr
    assert list(json.loads(file(shop).read_text("utf-8"))) == [a2]
    assert "Nothing to remove: 1 kept" in shop.run("purge", "--date", "2030-01-01").stdout  # A2 is open still


def test_the_policy_of_the_day_it_was_done_counts(shop: Shop) -> None:
    with shop.ledger.open("a") as ledger:
        ledger.write('2026-01-01 custom "posguard" "limit" "contact" "10"\n')
        ledger.write('2026-11-10 custom "posguard" "limit" "contact" "1000"\n')
    finished(shop, keep(shop), shop.day)
    assert "Nothing to remove" in shop.run("purge", "--date", "2026-11-19").stdout
    assert "2026-11-19" in shop.run("purge", "--date", "2026-11-20").stdout


def test_a_claim_that_is_no_more_leaves_nothing_behind(shop: Shop) -> None:
    claim = keep(shop)
    file(shop).write_text(file(shop).read_text().replace(claim, "PG-20200101-00000"))
    assert "no claim of this ledger" in shop.run("purge", "--date", shop.day).stdout
    assert json.loads(file(shop).read_text()) == {}
