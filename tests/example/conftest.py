"""The example shop for tests: its folder, and its story as a module."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from beancount.core.data import Transaction

from beancount_posguard.ledger.books import Books, open_books

SHOP = Path(__file__).parents[2] / "example-ledger"


@pytest.fixture(scope="session")
def shop() -> Path:
    return SHOP


@pytest.fixture(scope="session")
def story() -> ModuleType:
    spec = importlib.util.spec_from_file_location("story", SHOP / "story.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["story"] = module  # a NamedTuple looks its own module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the main file of a copy of the shop with all exports imported."""
    folder = tmp_path_factory.mktemp("example") / "shop"
    shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns("exports"))
    ledger = folder / "main.beancount"
    posguard = Path(sys.executable).with_name("posguard")
    done = subprocess.run(
        [posguard, "--ledger", ledger, "import", SHOP / "exports"],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert done.returncode in {0, 1}, done.stderr + done.stdout
    return ledger


@pytest.fixture(scope="session")
def books(imported: Path) -> Books:
    return open_books(imported)


@pytest.fixture
def balance() -> Callable[[list[Any], str], Decimal]:
    """Return what sums an account's postings, claim movements included."""
    return _balance


def _balance(entries: list[Any], account: str) -> Decimal:
    total = Decimal(0)
    for entry in entries:
        for posting in entry.postings if isinstance(entry, Transaction) else ():
            if posting.account == account and posting.units and posting.units.number:
                total += posting.units.number
    return total
