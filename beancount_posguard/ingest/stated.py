"""What a file says once: in its name, above its rows and below them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from beancount_posguard.ingest.columns import named
from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.profile import Fact, Profile
from beancount_posguard.ingest.table import Table
from beancount_posguard.words import _

_DAYS = ("day", "from", "to")


def name_facts(profile: Profile, name: str) -> tuple[dict[str, str], dict[str, date]]:
    """Return what the file's name says: facts, and the days among them (``day``, ``from``, ``to``).

    Raises:
        IngestError: for a day the calendar does not have.
    """
    patterns = [profile.name_pattern, *(fact.pattern for fact in profile.facts if fact.where == "name")]
    return _stated(patterns, [name], name)


def file_facts(profile: Profile, table: Table) -> tuple[dict[str, str], dict[str, date]]:
    """Return what the file says once: in its name, above its rows and below them, as far as it has been read.

    Raises:
        IngestError: for a day the calendar does not have.
    """
    facts, days = name_facts(profile, table.file)
    texts = {"head": [" ".join(row) for row in table.head], "foot": [text for _, _, text in table.foot]}
    for where, lines in texts.items():
        more, more_days = _stated(_patterns(profile.facts, where), lines, table.file)
        facts.update(more)
        days.update(more_days)
    return facts, days


def _patterns(facts: Iterable[Fact], where: str) -> list[object]:
    return [fact.pattern for fact in facts if fact.where == where]


def _stated(patterns: Sequence[object], texts: Sequence[str], name: str) -> tuple[dict[str, str], dict[str, date]]:
    found: dict[str, str] = {}
    for pattern in patterns:
        for text in texts:
            found.update(named(pattern, text))  # type: ignore[arg-type]
    days = {key: _stated_day(found.pop(key), name) for key in _DAYS if key in found}
    return found, days


def _stated_day(text: str, name: str) -> date:
    digits = "".join(one for one in text if one.isdigit())
    try:
        return date.fromisoformat(digits if len(digits) > 6 else f"20{digits}")  # noqa: PLR2004  # YYMMDD
    except ValueError:
        raise IngestError(
            name, None, _("{text} as a day").format(text=quote(text)), _("a day such as 20261103")
        ) from None
