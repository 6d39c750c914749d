"""The example shop for tests: its folder, and its story as a module."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

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
