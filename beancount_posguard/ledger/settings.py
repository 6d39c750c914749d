"""``custom "posguard"`` settings, and words of our namespace that nobody knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from beancount.core.data import Custom

from beancount_posguard.claims.policy import LIMITS, ROLES, Person, Policy, Setting
from beancount_posguard.ledger.errors import PosguardError, at
from beancount_posguard.ledger.words import DIRECTIVES, SETTING
from beancount_posguard.money import parse_amount
from beancount_posguard.words import LANGUAGES, N_, _

REPORTS = ("new", "overdue", "files", "uncertain")
_PATHS = ("imports", "claims", "documents", "evidence", "notices", "private")
#: What a notice says about the shop.
_SHOP = ("shop-name", "shop-phone", "shop-contact", "shop-email", "smtp")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


@dataclass(frozen=True)
class Settings:
    """Where posguard appends and keeps files (relative to the ledger), what is an error, who may do what.

    ``language`` is that of the text posguard writes into the books, whoever reads them.
    """

    imports: str = "pos-imports.beancount"
    claims: str = "pos-claims.beancount"
    documents: str = "documents"
    evidence: str = "evidence"
    notices: str = "notices"
    private: str = "private"
    language: str = LANGUAGES[0]
    report: frozenset[str] = field(default_factory=lambda: frozenset(REPORTS))
    policy: Policy = field(default_factory=Policy)
    shop: Mapping[str, str] = field(default_factory=dict)
    shifts: tuple[tuple[str, str], ...] = ()


def read_settings(entries: Iterable[Any]) -> tuple[Settings, list[PosguardError]]:
    """Read the settings; the last of a name holds. A broken one is an error at its line and changes nothing."""
    reader = _Reader()
    errors: list[PosguardError] = []
    for entry in entries:
        if not isinstance(entry, Custom) or not entry.type.startswith(SETTING):
            continue
        if entry.type not in DIRECTIVES:
            known = ", ".join(sorted(DIRECTIVES))
            errors.append(
                at(
                    entry.meta,
                    _("unknown directive {type!r}; expected one of {known}").format(type=entry.type, known=known),
                    entry,
                )
            )
        elif entry.type == SETTING:
            try:
                reader.read(entry)
            except ValueError as error:
                errors.append(at(entry.meta, f"posguard: {error}", entry))
    return reader.settings(), errors


class _Reader:
    """Collects settings in date order."""

    def __init__(self) -> None:
        self._chosen: dict[str, Any] = {}
        self._shop: dict[str, str] = {}
        self._people: list[Person] = []
        self._limits: list[Setting] = []
        self._shifts: dict[str, str] = {}

    def settings(self) -> Settings:
        policy = Policy(tuple(self._people), tuple(self._limits))
        return Settings(**self._chosen, policy=policy, shop=self._shop, shifts=tuple(self._shifts.items()))

    def read(self, entry: Custom) -> None:
        """Take one directive.

        Raises:
            ValueError: saying what was expected.
        """
        values = [value.value for value in entry.values or ()]
        name = values[0] if values and isinstance(values[0], str) else ""
        if len(values) < 2 or not name or not all(isinstance(value, str) for value in values):  # noqa: PLR2004
            raise ValueError(_('expected a setting and its value in quotes, such as "report" "new overdue"'))
        read = _READERS.get(name)
        if read is None:
            raise ValueError(
                _("unknown setting {name!r}; expected one of {names}").format(name=name, names=", ".join(_READERS))
            )
        read(self, entry, values[1:])

    def _report(self, _entry: Custom, values: list[str]) -> None:
        words = _only(values, "report").split()
        stranger = next((word for word in words if word not in REPORTS and word != "none"), None)
        if stranger or not words or ("none" in words and len(words) > 1):
            raise ValueError(
                _("report: {value!r}; expected 'none' or some of {reports}").format(
                    value=values[0], reports=" ".join(REPORTS)
                )
            )
        self._chosen["report"] = frozenset(words) - {"none"}

    def _language(self, _entry: Custom, values: list[str]) -> None:
        if _only(values, "language") not in LANGUAGES:
            raise ValueError(
                _("language: {value!r}; expected one of {names}").format(value=values[0], names=", ".join(LANGUAGES))
            )
        self._chosen["language"] = values[0]

    def _path(self, entry: Custom, values: list[str]) -> None:
        name = entry.values[0].value
        if not _only(values, name).strip():
            raise ValueError(_("{name}: expected a path relative to the ledger").format(name=name))
        self._chosen[name] = values[0]

    def _about_shop(self, entry: Custom, values: list[str]) -> None:
        name = entry.values[0].value
        self._shop[name] = _only(values, name)

    def _person(self, entry: Custom, values: list[str]) -> None:
        if len(values) != 2 or not values[0].strip():  # noqa: PLR2004  # name and roles
            raise ValueError(_('person: expected a name and roles, such as "person" "li" "maker"'))
        roles = frozenset(values[1].split())
        stranger = next((role for role in sorted(roles) if role not in ROLES and role != "none"), None)
        if stranger or not roles:
            raise ValueError(
                _("person: {value!r}; expected 'none' or some of {roles}").format(
                    value=values[1], roles=" ".join(ROLES)
                )
            )
        cashier = str(entry.meta.get("cashier") or "")
        self._people.append(Person(entry.date, values[0], roles - {"none"}, cashier))

    def _limit(self, entry: Custom, values: list[str]) -> None:
        if len(values) != 2 or values[0] not in LIMITS:  # noqa: PLR2004  # name and number
            raise ValueError(
                _('limit: expected one of {limits} and a number, such as "limit" "checker" "1000"').format(
                    limits=", ".join(LIMITS)
                )
            )
        number = parse_amount(values[1])
        in_days = values[0] in _LIMIT_SHOWN
        if number < (values[0] == "days") or (in_days and number != number.to_integral_value()):
            raise ValueError(
                _("limit {name}: {value!r}; expected {expected}").format(
                    name=values[0], value=values[1], expected=_(_LIMIT_SHOWN.get(values[0], N_("no less than zero")))
                )
            )
        self._limits.append(Setting(entry.date, values[0], number))

    def _shift(self, _entry: Custom, values: list[str]) -> None:
        if len(values) != 2 or not values[0].strip() or not _CLOCK.fullmatch(values[1]):  # noqa: PLR2004  # name and time
            raise ValueError(_('shift: expected a name and when it begins, such as "shift" "early" "06:00"'))
        self._shifts[values[0]] = values[1]


def _only(values: list[str], name: str) -> str:
    if len(values) != 1:
        raise ValueError(_('{name}: expected one value in quotes, such as "report" "new overdue"').format(name=name))
    return values[0]


_LIMIT_SHOWN: Mapping[str, str] = dict.fromkeys(("days", "contact"), N_("a whole number of days"))
_READERS: Mapping[str, Callable[[_Reader, Custom, list[str]], None]] = {
    "report": _Reader._report,  # noqa: SLF001  # its own methods
    "language": _Reader._language,  # noqa: SLF001
    **dict.fromkeys(_PATHS, _Reader._path),  # noqa: SLF001
    "person": _Reader._person,  # noqa: SLF001
    "shift": _Reader._shift,  # noqa: SLF001
    "limit": _Reader._limit,  # noqa: SLF001
    **dict.fromkeys(_SHOP, _Reader._about_shop),  # noqa: SLF001
}
