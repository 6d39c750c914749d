"""A claim of each family taken through its whole way by the command line alone, in the example shop.

Each way is a transcript: who did what on which day, and where the claim stood after it. Four eyes are on: there are
people, and each does only what their role allows.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from beancount_posguard.claims.fold import fold
from beancount_posguard.cli.main import main
from beancount_posguard.ledger.books import Books, open_books

Balance = Callable[[list[Any], str], Decimal]

PEOPLE = """
2026-01-01 custom "posguard" "person" "li" "maker"
2026-01-01 custom "posguard" "person" "wang" "checker"
2026-01-01 custom "posguard" "person" "chen" "manager"
2026-01-01 custom "posguard" "person" "gu" "legal"
2026-01-01 custom "posguard" "shop-name" "青石茶舍"
2026-01-01 custom "posguard" "shop-phone" "021-5550100"
"""

#: kind -> what was done: day, who, the words ("@" is the claim), the stage after it (empty: the ledger knows nothing).
WAYS: dict[str, list[tuple[str, str, str, str]]] = {
    # In full: charged 1280.00 for 128.00; 1152.00 is more than a checker approves alone.
    "A1": [
        ("10-20", "li", "verify @ --cause OP_KEY", "verified"),
        ("10-20", "li", "attach @ slip.jpg --as slip --checked", "verified"),
        ("10-20", "li", "prepare @ --route refund", "prepared"),
        ("10-20", "wang", "approve @", "prepared"),
        ("10-20", "chen", "approve @", "approved"),
        ("10-20", "li", "refund @ --via card", "resolving"),
        ("10-20", "li", "notify @ --channel sms", "resolving"),
        ("10-21", "wang", "close @ --measure read-back --note slip-is-signed", "closed"),
    ],
    # In part: of 54.00 the acquirer gives 40.00 less its fee; 14.00 are given up.
    "A4": [
        ("10-20", "li", "verify @ --cause ACQ_POST", "verified"),
        ("10-20", "li", "attach @ slip.jpg --as slip --checked", "verified"),
        ("10-20", "li", "prepare @ --route application", "prepared"),
        ("10-20", "wang", "approve @", "approved"),
        ("10-20", "li", "submit @ --reference F-1", "submitted"),
        ("10-21", "li", "acknowledge @ --case U-1", "acknowledged"),
        ("10-22", "li", "attach @ answer.txt --as reply", "acknowledged"),
        ("10-22", "li", "accept @ --amount 40.00 --note rest-given-up", "part-accepted"),
        ("10-23", "li", "top-up @ --via payout --amount 40.00 --fee 0.24", "part-accepted"),
        ("10-23", "li", "write-off @ --request --note small", "write-off-requested"),
        ("10-23", "wang", "write-off @", "resolving"),
        ("10-24", "li", "close @ --note on-the-portal", "closed"),
    ],
    # Paid by the customer, in cash.
    "Y1": [
        ("10-20", "li", "verify @ --cause OP_TYPE", "verified"),
        ("10-20", "li", "prepare @ --route top-up --waive slip,cashier --note lost", "prepared"),
        ("10-20", "wang", "return @ --note ask-the-cashier", "returned"),
        ("10-20", "li", "attach @ cashier.txt --as cashier", "returned"),
        ("10-20", "li", "prepare @ --route top-up --waive slip --note lost", "prepared"),
        ("10-20", "wang", "approve @", "approved"),
        ("10-21", "li", "notify @ --channel phone", "approved"),
        ("10-21", "li", "top-up @ --via cash", "settled"),
        ("10-21", "wang", "close @", "closed"),
    ],
    # Rejected twice: the customer owes it after all.
    "X1": [
        ("10-20", "li", "verify @ --cause SYS_NET", "verified"),
        ("10-20", "li", "prepare @ --route application --waive slip,batch-slip --note lost", "prepared"),
        ("10-20", "wang", "approve @", "approved"),
        ("10-20", "li", "submit @", "submitted"),
        ("10-21", "li", "reject @ --waive reply --note reversed-they-said", "rejected"),
        ("10-21", "li", "appeal @ --note slip-signed", "appealed"),
        ("10-22", "li", "acknowledge @ --case U-2", "acknowledged"),
        ("10-23", "li", "reject @ --waive reply --note reversed-they-said", "rejected"),
        ("10-23", "wang", "reroute @ --to customer --note reversed-in-time", "rerouted"),
        ("10-23", "li", "prepare @ --route top-up --waive slip,batch-slip --note lost", "prepared"),
        ("10-24", "li", "notify @ --channel sms --until 2026-11-10", "prepared"),
        ("10-24", "li", "top-up @ --via transfer", "settled"),
        ("10-24", "chen", "close @", "closed"),
    ],
    # A line without a slip turns out to be a sale that nobody rang up.
    "E1": [
        ("10-20", "li", "verify @ --cause OP_KEY --note the-till-ticket-was-found", "verified"),
        ("10-20", "li", "prepare @ --route application", "prepared"),
        ("10-20", "wang", "approve @", "approved"),
        ("10-20", "li", "assign @ --to sale --note ticket-found", "settled"),
        ("10-20", "wang", "close @", "closed"),
    ],
    # The acquirer asks for more before it collects the batch.
    "B2": [
        ("10-20", "li", "verify @ --cause OP_BATCH --note on-no-statement", "verified"),
        ("10-20", "li", "attach @ slip.jpg --as batch-slip --checked", "verified"),
        ("10-20", "li", "prepare @ --route batch", "prepared"),
        ("10-20", "wang", "approve @", "approved"),
        ("10-20", "li", "submit @", "submitted"),
        ("10-21", "li", "info @ --note terminal-log --by-date 2026-10-23", "info-requested"),
        ("10-22", "li", "submit @ --note log-sent", "submitted"),
        ("10-22", "li", "acknowledge @ --case U-3", "acknowledged"),
        ("10-23", "li", "accept @ --waive reply --note by-telephone", "accepted"),
        ("10-26", "li", "top-up @ --via payout", "resolving"),
        ("10-26", "wang", "close @ --measure automatic-close --note on-the-portal", "closed"),
    ],
    # Refused, taken to a lawyer, paid.
    "P1": [
        ("10-20", "li", "verify @ --cause ACQ_POST", "verified"),
        ("10-20", "li", "prepare @ --route trace", "prepared"),
        ("10-20", "chen", "approve @", "approved"),
        ("10-20", "li", "submit @", "submitted"),
        ("10-21", "li", "reject @ --waive reply --note offset", "rejected"),
        ("10-22", "gu", "legal @ --note no-right-to-offset", "legal"),
        ("10-26", "li", "accept @ --waive reply --note by-telephone", "accepted"),
        ("10-27", "li", "top-up @ --via transfer", "settled"),
        ("10-27", "wang", "close @", "closed"),
    ],
    # A completion keyed too high, small enough for its maker: verified, told, given back, closed.
    "G2": [
        ("10-20", "li", "verify @ --cause OP_KEY", "verified"),
        ("10-20", "li", "contact @ --name Ye --phone 021-5550123", ""),
        ("10-20", "li", "refund @ --via card", "resolving"),
        ("10-20", "li", "notify @ --channel sms", "resolving"),
        ("10-21", "li", "close @ --measure read-back --note slip-is-signed", "closed"),
    ],
    # A chargeback answered: 168.00 come back, the other 100.00 are lost. Wang has approved enough this month.
    "D2": [
        ("10-20", "li", "verify @ --cause CUST", "verified"),
        ("10-20", "li", "attach @ answer.txt --as notice", "verified"),
        ("10-20", "li", "attach @ slip.jpg --as slip --checked", "verified"),
        ("10-20", "li", "prepare @ --route representment --waive delivery --note eaten-here", "prepared"),
        ("10-20", "chen", "approve @", "approved"),
        ("10-20", "li", "submit @ --reference R-1", "submitted"),
        ("10-21", "li", "acknowledge @ --case U-4 --by-date 2026-11-10", "acknowledged"),
        ("10-22", "li", "attach @ reply.txt --as reply", "acknowledged"),
        ("10-22", "li", "accept @ --amount 168.00 --note the-rest-is-lost", "part-accepted"),
        ("10-23", "li", "top-up @ --via payout --amount 168.00", "part-accepted"),
        ("10-23", "li", "write-off @ --request --note arbitration-costs-more", "write-off-requested"),
        ("10-23", "wang", "approve @", "write-off-requested"),  # more than Chen gives up alone in thirty days
        ("10-23", "chen", "write-off @", "resolving"),
        ("10-26", "li", "close @ --note on-the-portal --measure terms-on-the-slip", "closed"),
    ],
    # The missing line came the day after the demand was sent.
    "B1": [
        ("10-15", "li", "verify @ --cause ACQ_POST", "withdrawn"),
        ("10-15", "li", "prepare @ --route application --waive slip,batch-slip --note lost", "withdrawn"),
        ("10-15", "chen", "approve @", "withdrawn"),
        ("10-15", "li", "submit @", "submitted"),
        ("10-16", "li", "withdraw @ --note it-came", "withdrawn"),
        ("10-16", "li", "close @", "closed"),
    ],
}


@pytest.fixture
def office(imported: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    # Beancount's cache names the files of the folder it was made in.
    shutil.copytree(imported.parent, folder, ignore=shutil.ignore_patterns(".*"))
    with (folder / "main.beancount").open("a", encoding="utf-8") as file:
        file.write(PEOPLE)
    (folder / "slip.jpg").write_bytes(b"\xff\xd8\xff\xe0 a slip")
    (folder / "answer.txt").write_text("We agree to 40.00.")
    (folder / "reply.txt").write_text("The issuer takes 168.00 back.")
    (folder / "cashier.txt").write_text("I chose the wrong menu.")
    return folder / "main.beancount"


def test_the_ways_of_ten_claims(office: Path, balance: Balance) -> None:
    """One test, because every way goes through the same books."""
    names = {claim.kind: claim.id for claim in open_books(office).claims}
    for kind, steps in WAYS.items():
        for day, who, words, _ in steps:
            by = () if words.startswith("contact") else ("--by", who)
            run(office, names[kind], words, *by, "--date", f"2026-{day}")

    books = open_books(office)
    assert [finding for finding in books.findings if finding.kind == "input"] == []
    for kind, steps in WAYS.items():
        assert stages(books, names[kind]) == [stage for *_, stage in steps if stage], kind
    others = [claim for claim in books.claims if claim.kind not in WAYS]
    assert {claim.stage for claim in others} == {"new"}
    assert all(claim.balance == 0 for claim in books.claims if claim.kind in WAYS)
    # What they left behind, by hand. Chargeback: 268.00 less 168.00 are lost. Write-off: A4 14.00. Suspense: E1's 66.60
    # are gone, Y3's 488.00 wait.
    assert balance(books.entries, "Assets:Claims:Chargeback") == 0
    assert balance(books.entries, "Expenses:POS:ChargebackLoss") == Decimal("100.00")
    assert balance(books.entries, "Expenses:POS:WriteOff") == Decimal("14.00")
    assert balance(books.entries, "Assets:POS:Suspense") == Decimal("488.00")
    # Acquirer: claimed 1159.20 less A4 54.00, X1 312.00, B2 415.80, P1 200.00.
    assert balance(books.entries, "Assets:Claims:Acquirer:ChinaUMS") == Decimal("177.40")


def run(office: Path, claim: str, words: str, *more: str) -> None:
    command = [claim if word == "@" else word.replace(",", " ") for word in words.split()]
    if command[0] == "attach":
        command[2] = str(office.parent / command[2])
    told = CliRunner(env={"BEANCOUNT_FILE": str(office)}).invoke(main, [*command, *more])
    assert told.exit_code == 0, (words, told.output)


def stages(books: Books, name: str) -> list[str]:
    """Return where the claim stood after each thing that was written about it; a reroute writes two."""
    docket = books.docket
    mine = [one for one in docket.spoken if one.claim == name]
    found = []
    for number in range(1, len(mine) + 1):
        claims, _ = fold(docket, mine[:number])
        found += [claim.stage for claim in claims if claim.id == name]
    rerouted = [number for number, stage in enumerate(found[1:], 1) if stage == found[number - 1] == "rerouted"]
    return [stage for number, stage in enumerate(found) if number not in rerouted]
