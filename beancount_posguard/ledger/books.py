"""A ledger opened for work: its entries, its claims, and where posguard writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from beancount_posguard.claims.claim import Claim
from beancount_posguard.claims.fold import Docket
from beancount_posguard.contract import Contract
from beancount_posguard.ledger.load import load
from beancount_posguard.recent import forget, survey_of, whole
from beancount_posguard.survey import Finding, Survey


@dataclass(frozen=True)
class Paths:
    """Where posguard appends and keeps files, as absolute paths."""

    imports: Path
    claims: Path
    documents: Path
    evidence: Path
    notices: Path
    private: Path


@dataclass(frozen=True)
class Books:
    """A loaded ledger and what it says about its guarantees."""

    path: Path
    entries: list[Any]
    errors: list[Any]
    options: dict[str, Any]
    contracts: Sequence[Contract]
    settings: Paths
    #: In which language posguard writes there.
    language: str
    claims: Sequence[Claim]
    findings: Sequence[Finding]
    as_of: date
    docket: Docket
    shop: Mapping[str, str]
    survey: Survey = field(default_factory=Survey)


def open_books(path: Path) -> Books:
    """Load the ledger at ``path`` and survey it; what is wrong with it stands in ``errors`` and ``findings``.

    Raises:
        OSError: when the file cannot be read.
    """
    path = path.resolve(strict=True)
    with whole():
        loaded = load(path)
        result = survey_of(loaded[0], str(path))
    forget(str(path))
    return books_of(path, loaded, result)


def books_of(path: Path, loaded: tuple[list[Any], list[Any], dict[str, Any]], result: Survey) -> Books:
    """Return the books of a ledger that is loaded already.

    Args:
        path: its main file, absolute.
        loaded: entries, errors and options, as Beancount's loader returns them.
        result: what its entries say.
    """
    entries, errors, options = loaded
    folder, names = path.parent, result.settings
    places = Paths(**{one.name: folder / getattr(names, one.name) for one in fields(Paths)})
    return Books(
        path=path,
        entries=entries,
        errors=errors,
        options=options,
        contracts=result.contracts,
        settings=places,
        language=result.settings.language,
        claims=result.claims,
        findings=result.findings,
        as_of=result.as_of,
        survey=result,
        docket=result.docket,
        shop=result.settings.shop,
    )
