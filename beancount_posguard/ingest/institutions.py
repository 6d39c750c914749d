"""Which institutions are known: the profiles beside the user's ledger, then those shipped.

Adding an institution is adding a folder. A folder ``importers/`` beside the user's ledger is looked at first, in the
same format.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

from beancount_posguard.ingest import toml
from beancount_posguard.ingest.errors import ProfileError
from beancount_posguard.ingest.language import parse_profile
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.toml import Entry
from beancount_posguard.words import _

FILE = "profile.toml"

CATALOGUE = "posguard_importers"


def load_profiles(beside: Path | None = None) -> list[Profile]:
    """Return the profiles in the folder ``importers/`` under ``beside`` (the ledger's folder), then those shipped.

    A name counts once: a user's own profile replaces the one of that name in the catalogue.

    Raises:
        ProfileError: for a profile that does not say what it must, with its file and key.
    """
    found: dict[str, Profile] = {}
    shipped = [*_shipped()]
    bases = _Bases(shipped)
    for text, origin, own in [*_of_user(beside), *shipped]:
        profile = read_profile(text, origin, own=own, bases=bases)
        found.setdefault(profile.name, profile)
    return [*found.values()]


class _Bases:
    """The shipped profiles as TOML, by name: what ``extends`` may build on."""

    def __init__(self, shipped: Iterable[tuple[str, str, bool]] | None = None) -> None:
        self._shipped = shipped

    def data(self, name: str) -> dict[str, Any]:
        """Return the tables of the profile ``name``, itself extended; a ValueError lists the names there are."""
        known = {
            Path(origin).parent.name: text
            for text, origin, _ in (_shipped() if self._shipped is None else self._shipped)
        }
        if name not in known:
            raise ValueError(_("one of {known}").format(known=", ".join(sorted(known))))
        return self.extended(tomllib.loads(known[name]))

    def extended(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return ``data`` laid over what it extends: tables are merged, all else is replaced."""
        base = data.pop("extends", None)
        return data if base is None else _merged(self.data(toml.text(base)), data)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {key: value for key, value in over.items() if isinstance(value, dict) and isinstance(base.get(key), dict)}
    return {**base, **over, **{key: _merged(base[key], value) for key, value in both.items()}}


def _of_user(beside: Path | None) -> Iterable[tuple[str, str, bool]]:
    # Other importers may live in that folder too: only what holds a profile is ours.
    for path in sorted(beside.glob(f"importers/*/{FILE}")) if beside else ():
        yield path.read_text("utf-8"), f"importers/{path.parent.name}/{FILE}", True


def _shipped() -> Iterable[tuple[str, str, bool]]:
    for place in sorted(resources.files(CATALOGUE).iterdir(), key=lambda one: one.name):
        profile = place / FILE
        if profile.is_file():
            yield profile.read_text("utf-8"), f"{CATALOGUE}/{place.name}/{FILE}", False


def read_profile(text: str, origin: str, *, own: bool = False, bases: _Bases | None = None) -> Profile:
    """Read one profile from TOML ``text``; ``origin`` names it in messages.

    Raises:
        ProfileError: naming the key, what it holds and what it should.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(origin, None, str(error), "TOML") from error
    base = data.get("extends")
    try:
        data = (bases or _Bases()).extended(data)
    except ValueError as error:
        raise ProfileError(origin, None, _("extends: {base!r}").format(base=base), str(error)) from error
    return parse_profile(Entry(data, origin), origin, own=own)
