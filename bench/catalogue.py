"""Write the pages that are made from the catalogue: ``docs/catalogue.md`` and ``docs/profile.schema.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from beancount_posguard.ingest.institutions import load_profiles
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.schema import schema
from beancount_posguard.legs import Source

ROOT = Path(__file__).resolve().parents[1]
PAGE, SCHEMA = ROOT / "docs" / "catalogue.md", ROOT / "docs" / "profile.schema.json"

_INTRO = """# The catalogue

What `posguard import` reads. This page is made from the folders in `importers/` by `make catalogue`; do not edit it.
*Proof* says what each profile was tried on: one that rests on a list of columns may meet a word it does not know, and
then refuses the file and names the word. How to write one: [Importing](importing.md#profiles).
"""

_CHAPTERS = {
    Source.SALE: "The till's sale lists",
    Source.TERMINAL: "Terminals and their portals",
    Source.SETTLEMENT: "Statements of acquirers and payment providers",
    Source.BANK: "Bank statements",
}


def page() -> str:
    """Return the catalogue page."""
    profiles = sorted(load_profiles(), key=lambda one: one.name)
    chapters = (
        _chapter(title, [one for one in profiles if one.source is source]) for source, title in _CHAPTERS.items()
    )
    return "\n".join([_INTRO, *chapters])


def _chapter(title: str, profiles: Iterable[Profile]) -> str:
    rows = (f"| `{one.name}` | {_cell(one.title)} | {_cell(one.proof)} |" for one in profiles)
    return "\n".join([f"## {title}", "", "| profile | file | proof |", "|---|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def schema_text() -> str:
    """Return the JSON Schema of profiles as the file holds it."""
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write both files."""
    PAGE.write_text(page(), "utf-8")
    SCHEMA.write_text(schema_text(), "utf-8")


if __name__ == "__main__":
    main()
