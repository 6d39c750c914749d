"""Keep an imported file beside the ledger, where Beancount and Fava look for documents."""

from __future__ import annotations

import re
from datetime import date
from hashlib import sha256
from pathlib import Path

from beancount_posguard.ingest.cards import redact
from beancount_posguard.ledger.files import put
from beancount_posguard.text import plain

#: What no file system takes, and what would make a name a path.
_UNFIT = re.compile(r'[/\\:*?"<>|\x00-\x1f]+')
_DATED = re.compile(r"\d{4}-\d\d-\d\d\.")
#: File systems count bytes, and the date and a digest are still to be added.
_LONGEST = 180


def kept_name(name: str) -> str:
    """Return a file name that is safe to keep: no path, no card number, no date where beangulp puts its own."""
    clean = _UNFIT.sub("-", redact(plain(name))).strip(". ") or "file"
    while match := _DATED.match(clean):
        clean = clean[match.end() :] or "file"
    stem, dot, ending = clean.rpartition(".")
    room = _LONGEST - len((dot + ending).encode())
    return (stem or ending).encode()[:room].decode(errors="ignore") + (dot + ending if stem else "")


def place_for(documents: Path, account: str, day: date, name: str) -> Path:
    """Return where a file of ``account`` dated ``day`` is kept: ``<documents>/<Account/Path>/<day>.<name>``."""
    return documents.joinpath(*account.split(":"), f"{day.isoformat()}.{kept_name(name)}")


def keep(path: Path, documents: Path, account: str, day: date) -> Path:
    """Copy the file at ``path`` to its place under ``documents`` and return that place.

    A file that is there already is not copied again; another file of the same name is never overwritten, the newcomer
    gets the beginning of its digest into its name.

    Raises:
        OSError: when the copy cannot be written.
    """
    content = path.read_bytes()
    target = place_for(documents, account, day, path.name)
    if target.exists() and target.read_bytes() != content:
        target = target.with_name(f"{target.stem}.{sha256(content).hexdigest()[:8]}{target.suffix}")
    if not target.exists():
        put(target, content)
    return target
