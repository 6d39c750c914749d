"""The claim desk in Fava: one page that shows what needs a person, each claim, and what can be done about it.

A ledger gets it by one line::

    2026-01-01 custom "fava-extension" "beancount_posguard.fava"

The page computes nothing that the command line does not: it calls the same functions. This module is what Fava sees;
no exception leaves it, because one would keep Fava from starting.
"""

from __future__ import annotations

import ast
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from fava.ext import FavaExtensionBase, FavaExtensionError
from flask import request
from flask_babel import get_locale

from beancount_posguard.fava import claim as shown
from beancount_posguard.fava import frame, papers, writing
from beancount_posguard.fava.guard import endpoint
from beancount_posguard.fava.loaded import Keeper, Loaded
from beancount_posguard.words import _, best, speaking

if TYPE_CHECKING:
    from fava.core import FavaLedger
    from flask import Response
    from markupsafe import Markup

#: What the second value of the directive may say: a name of a header that a reverse proxy sets to who is logged in.
OPTIONS = ("user-header",)


class PosGuardClaims(FavaExtensionBase):
    """The extension. Its name is part of the page's address and the stem of its JavaScript and template files."""

    has_js_module = True

    def __init__(self, ledger: FavaLedger, config: str | None = None) -> None:
        super().__init__(ledger)
        self.options, self.config_error = _options(config)
        self._keeper = Keeper()

    @property
    def report_title(self) -> str:  # type: ignore[override]  # Fava has a constant there, which knows one language
        """The page's name, beside which Fava's sidebar shows it."""
        with self.speaking():
            return _("POS claims")

    def after_load_file(self) -> None:
        """Tell on Fava's page of errors what is wrong with our line in the ledger."""
        if self.config_error:
            where: dict[str, str | int] = {"filename": self.ledger.beancount_file_path, "lineno": 1}
            self.ledger.extensions.errors.append(FavaExtensionError(where, self.config_error, None))

    @property
    def loaded(self) -> Loaded:
        """What the ledger holds now."""
        return self._keeper.of(self.ledger)

    def speaking(self) -> AbstractContextManager[None]:
        """Speak the reader's language, which is Fava's, while a request is answered."""
        return speaking(best([str(get_locale() or "")]))

    def content(self) -> Markup:
        """Return the page; the template asks for it."""
        with self.speaking():
            return frame.page(self)

    @endpoint("badge")
    def badge(self) -> int:
        """Return how many things need a person, for the sidebar."""
        return len(self.loaded.matters)

    @endpoint("preview", "PUT")
    def preview(self) -> dict[str, Any]:
        """Return what a form would write."""
        return writing.preview(self)

    @endpoint("act", "PUT")
    def act(self) -> dict[str, Any]:
        """Write what a form asks for."""
        return writing.write(self)

    @endpoint("why")
    def why(self) -> list[dict[str, str]]:
        """Return by which rules the claim ``id`` is one."""
        claim = self.loaded.claims.get(request.args.get("id", ""))
        reasons = shown.why(claim, self.loaded) if claim else []
        return [
            {"rule": one.rule, "about": frame.masked(str(one.about)), "text": frame.masked(str(one.text))}
            for one in reasons
        ]

    @endpoint("paper")
    def paper(self) -> Response:
        """Return a page about the claim ``id`` to be printed."""
        return papers.paper(self)

    @endpoint("calendar")
    def calendar(self) -> Response:
        """Return the deadlines for one's own calendar."""
        return papers.deadlines(self)


def _options(config: Any) -> tuple[dict[str, str], str]:  # noqa: ANN401  # a ledger may hold anything there
    """Return the options of the directive's second value, and what is wrong with it (empty: nothing)."""
    expected = _('posguard: fava-extension "beancount_posguard.fava": expected {options} or no second value')
    expected = expected.format(options="\"{'user-header': 'X-Forwarded-User'}\"")
    if not config:
        return {}, ""
    try:
        options = ast.literal_eval(str(config))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return {}, f"{expected}, found {str(config)[:80]!r}"
    if not isinstance(options, dict) or not all(isinstance(one, str) for pair in options.items() for one in pair):
        return {}, f"{expected}, found {str(config)[:80]!r}"
    stranger = next((key for key in options if key not in OPTIONS), None)
    return (options, "") if stranger is None else ({}, f"{expected}, found {stranger!r}")
