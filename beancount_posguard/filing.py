"""Files on claims: kept beside the ledger under their digest, looked through for card numbers, and watched.

A file lies in ``evidence/<claim>/<day>.<what>.<digest>.<ending>``, and a ``document`` with its SHA-256 stands in the
claims file, so that Fava shows it and nobody can change it unseen.
"""

from __future__ import annotations

import os
import re
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from beancount.core.data import EMPTY_SET, Document

from beancount_posguard import desk
from beancount_posguard.booking.corrections import RefusedError
from beancount_posguard.claims.claim import Claim
from beancount_posguard.claims.evidence import EXHIBITS
from beancount_posguard.claims.steps import FINISHED, stage_name
from beancount_posguard.desk import Outcome
from beancount_posguard.ingest.cards import holds_card
from beancount_posguard.ledger.books import Books
from beancount_posguard.ledger.files import put
from beancount_posguard.ledger.write import append, render
from beancount_posguard.seen import look, names_of
from beancount_posguard.words import _, listed

#: What the card network's platform takes in one application.
LARGEST = 10 * 1024 * 1024

_ENDING = re.compile(r"\.[a-z0-9]{1,8}")


class Paper(NamedTuple):
    """A file to be put on a claim: ``what`` is a word of :data:`EXHIBITS`.

    ``checked`` says that somebody looked at it and no full card number can be read on it.
    """

    path: Path
    what: str
    checked: bool


def attach(ledger: desk.Ledger, wanted: str, paper: Paper, by: str, on: date, *, dry_run: bool = False) -> Outcome:
    """Keep a file and write its ``document`` for the claim ``wanted``. The same file as the same thing is kept once.

    Raises:
        RefusedError: when the file is empty, too large or shows a card number, or the claim is done.
        WriteError: when the directive cannot be written.
        OSError: when the file cannot be read or kept.
    """
    content = paper.path.read_bytes()
    require_fit(paper, content)
    with desk.at_work(ledger, dry_run=dry_run) as books:
        claim = desk.find_claim(books, wanted)
        if claim.stage in FINISHED:
            raise RefusedError(
                _("{id} is {stage}; reopen it before you add to it").format(id=claim.id, stage=stage_name(claim.stage))
            )
        digest = sha256(content).hexdigest()
        there = next((one for one in claim.exhibits if (one.what, one.sha256) == (paper.what, digest)), None)
        if there:
            return Outcome(claim.id, books.settings.claims, "", there.path)
        target = _place(books, claim, paper, digest, on)
        entry = _document(books, claim, paper, digest, by=by, on=on, target=target)
        desk.require_day(claim, "attach", on)
        desk.require_allowed(books, [entry])
        if dry_run:
            return Outcome(claim.id, target, render([entry]))
        _keep(target, content)
        written = append(books.settings.claims, [entry], books)
        return Outcome(claim.id, target, written.text)


def require_fit(paper: Paper, content: bytes) -> None:
    """Refuse a file that must not or cannot be kept.

    Raises:
        RefusedError: saying why and what to do.
    """
    name = paper.path.name
    if paper.what not in EXHIBITS:
        raise RefusedError(
            _("{what!r} is no exhibit; expected one of {exhibits}").format(
                what=paper.what, exhibits=", ".join(EXHIBITS)
            )
        )
    if not content:
        raise RefusedError(_("{name} is empty").format(name=name))
    if len(content) > LARGEST:
        raise RefusedError(
            _("{name} has {n} bytes; the acquirer takes no more than {largest}: scan it smaller").format(
                name=name, n=len(content), largest=LARGEST
            )
        )
    sight = look(content)
    if holds_card(sight.text):
        raise RefusedError(
            _(
                "{name} shows a full card number: cover all but its first six and last four digits, and scan it again"
            ).format(name=name)
        )
    if sight.unseen and not paper.checked:
        raise RefusedError(
            _(
                "nobody but you can see {what} in {name}: look, and if no full card number can be read there "
                "say --checked"
            ).format(what=listed(names_of(sight.unseen)), name=name)
        )


def _place(books: Books, claim: Claim, paper: Paper, digest: str, on: date) -> Path:
    ending = paper.path.suffix.lower()
    safe = ending if _ENDING.fullmatch(ending) else ""
    return books.settings.evidence / claim.id / f"{on.isoformat()}.{paper.what}.{digest[:8]}{safe}"


def _document(books: Books, claim: Claim, paper: Paper, digest: str, *, by: str, on: date, target: Path) -> Document:
    words = desk.plain_words({"by": by})
    meta = {
        "filename": "<posguard>",
        "lineno": 0,
        "posguard-claim": claim.id,
        "posguard-evidence": paper.what,
        "posguard-sha256": digest,
        "posguard-id": sha256(f"{claim.id}\n{paper.what}\n{digest}".encode()).hexdigest()[:16],
        "by": words["by"],
    }
    account = next((part.account for part in claim.parts if part.account), books.contracts[0].clearing)
    relative = Path(os.path.relpath(target, books.settings.claims.parent)).as_posix()
    return Document(meta, on, account, relative, EMPTY_SET, EMPTY_SET)


def _keep(target: Path, content: bytes) -> None:
    """Write ``content`` to its place, whole or not at all; what lies there under the same digest stays."""
    if not target.exists() or target.read_bytes() != content:
        put(target, content)
