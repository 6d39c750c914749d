"""The small shop of the command line's tests, opened in Fava.

What is wrong in it, worked out by hand, is told in ``tests/cli/conftest.py``, which holds the same ledger: X1 128.00
(the acquirer owes), A1 180.00 (the shop owes a customer), A2 40.00 (a customer owes), MIX 10.00 and 10.00 (both owe).
The file of 2026-11-05 never came, and none of the bank; nothing is due from it yet.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from fava.application import create_app

from beancount_posguard.claims.claim import Claim
from beancount_posguard.ledger.books import Books, open_books

if TYPE_CHECKING:
    from fava.core import FavaLedger
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


def _small_shop() -> ModuleType:
    spec = importlib.util.spec_from_file_location("small_shop", Path(__file__).parents[1] / "cli" / "conftest.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SMALL = _small_shop()
EXTENSION = '2026-01-01 custom "fava-extension" "beancount_posguard.fava"\n'


class Desk:
    """A ledger shown by Fava, asked without a browser."""

    def __init__(self, ledger: Path, app: Flask) -> None:
        self.path = ledger
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.home = "/beancount/extension/PosGuardClaims/"

    @property
    def ledger(self) -> FavaLedger:
        """What Fava holds."""
        one: FavaLedger = self.app.config["LEDGERS"].ledgers[0]
        return one

    @property
    def books(self) -> Books:
        """The ledger as it stands on disk."""
        return open_books(self.path)

    def claim(self, kind: str) -> Claim:
        """Return the only claim of a kind, as it stands on disk."""
        (found,) = (one for one in self.books.claims if one.kind == kind)
        return found

    def get(self, address: str = "", **query: str) -> str:
        """Return a page of ours, which must be there."""
        response = self.client.get(self.home + address, query_string=query, buffered=True)
        assert response.status_code == 200, response.text
        return response.text

    def text(self, address: str = "", **query: str) -> str:
        """Return the words of a page of ours, without markup and in single blanks."""
        page = self.get(address, **{"partial": "true", **query})
        page = page.replace("<wbr>", "")
        page = re.sub(r"<(script|style|pre)\b.*?</\1>", " ", page, flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", page).split())

    def put(self, endpoint: str, said: object, **headers: str) -> TestResponse:
        """Send what a form of ours would send."""
        return self.client.put(self.home + endpoint, json=said, headers=headers)

    def data(self, endpoint: str, said: object) -> Any:  # noqa: ANN401  # JSON
        """Return the answer to what a form sent, which must be taken."""
        response = self.put(endpoint, said)
        assert response.status_code == 200, response.text
        return json.loads(response.text)["data"]

    def error(self, endpoint: str, said: object, status: int, **headers: str) -> str:
        """Return the sentence by which something was refused."""
        response = self.put(endpoint, said, **headers)
        assert response.status_code == status, response.text
        return str(json.loads(response.text)["error"])


Open = Callable[..., Desk]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Return what opens a ledger in Fava: the small shop, with text put before or instead of it."""

    def open_(before: str = EXTENSION, main: str = "", claims: str = "", **options: bool) -> Desk:
        ledger = tmp_path / "main.beancount"
        if not ledger.exists():
            ledger.write_text(before + (main or SMALL.MAIN), "utf-8")
            (tmp_path / "pos-imports.beancount").write_text(SMALL.IMPORTS, "utf-8")
            (tmp_path / "pos-claims.beancount").write_text(claims or SMALL.CLAIMS, "utf-8")
        app = create_app([str(ledger)], load=True, poll_watcher=True, **options)
        app.testing = True
        return Desk(ledger, app)

    return open_


@pytest.fixture
def desk(opened: Open) -> Desk:
    return opened()
