"""The bank formats that are read by code: each turned into a table, which a profile then reads as any other.

A reader's table has the columns :data:`HEADER`; amounts are signed as the account's owner sees them, dates are ISO.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

HEADER = ("date", "amount", "currency", "party", "text", "reference", "code")


class Spoken(NamedTuple):
    """What a file in one of these formats says: its rows, and which of its own promises it keeps."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    passed: Sequence[str]
    failed: Sequence[str]


class Standard(NamedTuple):
    """One format: whether some bytes are of it, and how they are read (name, content)."""

    knows: Callable[[bytes], bool]
    read: Callable[[str, bytes], Spoken]


READERS: Mapping[str, Standard] = {}
