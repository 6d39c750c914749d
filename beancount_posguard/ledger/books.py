"""A ledger opened for work: its entries, its claims, and where posguard writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from beancount import loader

from beancount_posguard.claims.claim import Claim
from beancount_posguard.contract import Contract
from beancount_posguard.survey import Finding, survey


@dataclass(frozen=True)
class Paths:
    """Where posguard appends, as absolute paths."""

    imports: Path
    claims: Path
    documents: Path


@dataclass(frozen=True)
class Books:
    """A loaded ledger and what it says about its guarantees."""

    path: Path
    entries: list[Any]
    errors: list[Any]
    options: dict[str, Any]
    contracts: Sequence[Contract]
    settings: Paths
    claims: Sequence[Claim]
    findings: Sequence[Finding]
    as_of: date


def open_books(path: Path) -> Books:
    """Load the ledger at ``path`` and survey it; what is wrong with it stands in ``errors`` and ``findings``.

    Raises:
        OSError: when the file cannot be read.
    """
    path = path.resolve(strict=True)
    entries, errors, options = loader.load_file(str(path))
    result = survey(entries, str(path))
    folder, names = path.parent, result.settings
    places = Paths(folder / names.imports, folder / names.claims, folder / names.documents)
    return Books(
        path=path,
        entries=entries,
        errors=errors,
        options=options,
        contracts=result.contracts,
        settings=places,
        claims=result.claims,
        findings=result.findings,
        as_of=result.as_of,
    )
