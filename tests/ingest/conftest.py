"""What the tests of the ingest engine share: the catalogue, a contract, and a way to put a file down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from beancount import loader

from beancount_posguard.contract import Contract
from beancount_posguard.ingest.institutions import load_profiles
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ledger.contracts import read_contracts

CONTRACT = Path(__file__).parent / "contract.beancount"

Put = Callable[..., Path]


@pytest.fixture(scope="session")
def profiles() -> list[Profile]:
    return load_profiles()


@pytest.fixture(scope="session")
def contracts() -> list[Contract]:
    entries, _, _ = loader.load_file(str(CONTRACT))
    found, errors = read_contracts(entries)
    assert not errors
    return found


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Return a function that writes lines to a file of the given name and returns its path."""

    def write(name: str, *lines: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
        return path

    return write
