"""The bank formats that are read by code: each turned into a table, which a profile then reads as any other.

A reader's table has the columns :data:`~beancount_posguard.ingest.spoken.HEADER`; amounts are signed as the account's
owner sees them, dates are ISO.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from beancount_posguard.ingest import bai2, camt, mt940, ofx
from beancount_posguard.ingest.spoken import Spoken


class Standard(NamedTuple):
    """One format: whether some bytes are of it, and how they are read (name, content)."""

    knows: Callable[[bytes], bool]
    read: Callable[[str, bytes], Spoken]


READERS: Mapping[str, Standard] = {
    "camt": Standard(camt.knows, camt.read),
    "mt940": Standard(mt940.knows, mt940.read),
    "ofx": Standard(ofx.knows, ofx.read),
    "bai2": Standard(bai2.knows, bai2.read),
}
