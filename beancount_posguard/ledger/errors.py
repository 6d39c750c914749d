"""Errors in the shape Beancount, bean-check and Fava all accept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class PosguardError(NamedTuple):
    """One thing a person must look at; ``source`` holds exactly a file name and a line (Fava reads no more)."""

    source: dict[str, Any]
    message: str
    entry: Any


def at(meta: Mapping[str, Any] | None, message: str, entry: Any = None) -> PosguardError:  # noqa: ANN401  # any directive
    """Return an error standing at the file and line of ``meta``."""
    meta = meta or {}
    return PosguardError(
        {"filename": str(meta.get("filename", "")), "lineno": int(meta.get("lineno") or 0)}, message, entry
    )
