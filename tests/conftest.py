"""All tests read English unless they say otherwise, and the catalogues they read are those of the source."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import settings

from bench.words import compile_all

for _name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
    os.environ.pop(_name, None)
os.environ["LANG"] = "C.UTF-8"
compile_all()

# A busy machine is no defect: an example that is late would fail, or be taken for one that draws other data.
settings.register_profile("posguard", deadline=None)
settings.load_profile("posguard")


@pytest.fixture(scope="session")
def require_in_ci() -> Callable[[bool, str], None]:
    """Return what skips a test on a machine that lacks ``what``, and fails it where the integration must bring it."""

    def require(found: bool, what: str) -> None:
        if not found and os.environ.get("CI"):
            pytest.fail(f"{what}: .ci/run should have installed it")
        if not found:
            pytest.skip(what)

    return require
