"""Whether the files on a claim still are what was attached."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from beancount_posguard.claims.claim import Claim
from beancount_posguard.words import _


def altered(claim: Claim, folder: Path) -> Iterable[str]:
    """Yield, for each file of ``claim`` that is not as it was attached, what is wrong and what to do.

    Args:
        claim: the claim with its exhibits.
        folder: the ledger's, to which their paths are relative.
    """
    for exhibit in claim.exhibits:
        path = folder / exhibit.path
        if not path.is_file():
            yield _("{path} is gone; put it back or attach it again").format(path=exhibit.path)
        elif sha256(path.read_bytes()).hexdigest() != exhibit.sha256:
            yield _("{path} was changed after it was attached; put the old one back").format(path=exhibit.path)
