"""Why mismatches happen, where, and what was done about it: the reports of the command line, on the page."""

from __future__ import annotations

import re

from flask import current_app
from markupsafe import Markup

from beancount_posguard.fava.loaded import Loaded
from beancount_posguard.reports.figures import REPORTS
from beancount_posguard.reports.pages import report_body, report_name

#: What is shown first.
FIRST = "causes"

#: Money in a report: coordinates of a drawing have one decimal at most.
_MONEY = re.compile(r"\d[\d,]*\.\d\d(?!\d)")


def names() -> dict[str, str]:
    """Return the reports there are, with their titles."""
    return {name: report_name(name) for name in REPORTS}


def body(name: str, loaded: Loaded) -> Markup:
    """Return the report ``name`` as HTML, money masked where Fava shows no numbers."""
    text = report_body(name, loaded.business)
    if current_app.config["INCOGNITO"]:
        text = _MONEY.sub(lambda found: re.sub(r"\d", "X", found[0]), text)
    return Markup(text)  # noqa: S704  # the pieces escape what they are given
