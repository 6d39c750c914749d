"""``custom "posguard"`` settings, and words of our namespace that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from beancount.core.data import Custom

from beancount_posguard.ledger.errors import PosguardError, at
from beancount_posguard.ledger.words import DIRECTIVES, SETTING

REPORTS = ("new", "overdue", "files", "uncertain")
_PATHS = ("imports", "claims", "documents")


@dataclass(frozen=True)
class Settings:
    """Where posguard appends (relative to the ledger) and which findings are errors."""

    imports: str = "pos-imports.beancount"
    claims: str = "pos-claims.beancount"
    documents: str = "documents"
    report: frozenset[str] = field(default_factory=lambda: frozenset(REPORTS))


def read_settings(entries: Iterable[Any]) -> tuple[Settings, list[PosguardError]]:
    """Read the settings; the last of a name holds. A broken one is an error at its line and changes nothing."""
    chosen: dict[str, Any] = {}
    errors: list[PosguardError] = []
    for entry in entries:
        if not isinstance(entry, Custom) or not entry.type.startswith(SETTING):
            continue
        if entry.type not in DIRECTIVES:
            known = ", ".join(sorted(DIRECTIVES))
            errors.append(at(entry.meta, f"unknown directive {entry.type!r}; expected one of {known}", entry))
        elif entry.type == SETTING:
            try:
                name, value = _setting(entry)
            except ValueError as error:
                errors.append(at(entry.meta, f"posguard: {error}", entry))
                continue
            chosen[name] = value
    return Settings(**chosen), errors


def _setting(entry: Custom) -> tuple[str, Any]:
    values = [value.value for value in entry.values or ()]
    if len(values) != 2 or not all(isinstance(value, str) for value in values):  # noqa: PLR2004  # name and value
        raise ValueError('expected a setting and its value in quotes, such as "report" "new overdue"')
    name, value = values
    if name in _PATHS:
        if not value.strip():
            raise ValueError(f"{name}: expected a path relative to the ledger")
        return name, value
    if name != "report":
        raise ValueError(f"unknown setting {name!r}; expected one of {', '.join(['report', *_PATHS])}")
    words = value.split()
    stranger = next((word for word in words if word not in REPORTS and word != "none"), None)
    if stranger or not words or ("none" in words and len(words) > 1):
        raise ValueError(f"report: {value!r}; expected 'none' or some of {' '.join(REPORTS)}")
    return name, frozenset(words) - {"none"}
