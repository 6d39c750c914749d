"""A TOML table read key by key, so that whatever is left over is known to be a mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from beancount_posguard.ingest.cells import fold
from beancount_posguard.ingest.errors import ProfileError
from beancount_posguard.words import N_, _

T = TypeVar("T")

#: No file has more columns, no header stands deeper, no field is wider.
LARGEST_COUNT = 10_000


class Entry:
    """One table of a profile. ``done`` complains about keys that nothing asked for."""

    def __init__(self, data: Mapping[str, Any], origin: str, path: str = "") -> None:
        self._data = dict(data)
        self._known: list[str] = []
        self._origin = origin
        self._path = path

    def take(self, key: str, read: Callable[[Any], T], default: T | None = None) -> T:
        """Return what ``read`` makes of ``key``; without a default the key must be there."""
        self._known.append(key)
        if key not in self._data:
            if default is None:
                raise self.error(key, "nothing", "a value")
            return default
        value = self._data.pop(key)
        try:
            return read(value)
        except ProfileError:
            raise
        except (ValueError, re.error) as error:
            raise self.error(key, repr(value), str(error)) from None

    def table(self, key: str) -> Entry:
        """Return the table under ``key``, empty where it is left out."""
        return self.take(key, lambda value: Entry(a(dict, value), self._origin, f"{self._path}{key}."), self._none(key))

    def tables(self, key: str) -> list[Entry]:
        """Return the list of tables under ``key``."""
        return self.take(
            key,
            lambda value: [Entry(a(dict, one), self._origin, f"{self._path}{key}.") for one in a(list, value)],
            [],
        )

    def knows(self, key: str) -> None:
        """Name ``key`` among those there are, though it is read elsewhere."""
        if key not in self._known:
            self._known.append(key)

    def unread(self) -> list[str]:
        """Return the keys not read yet."""
        return [*self._data]

    def holds(self, key: str, kind: type) -> bool:
        """Tell whether ``key`` is there with a value of ``kind``."""
        return isinstance(self._data.get(key), kind)

    def items(self, read: Callable[[Any], T]) -> dict[str, T]:
        """Return every key with what ``read`` makes of its value."""
        return {key: self.take(key, read) for key in self.unread()}

    def done(self) -> None:
        """Complain about keys that nothing asked for."""
        for key in self._data:
            raise self.error(key, _("an unknown key"), _("one of {known}").format(known=", ".join(self._known)))

    def error(self, key: str, found: str, expected: str) -> ProfileError:
        """Return the error for ``key``."""
        return ProfileError(self._origin, None, f"{self._path}{key}: {found}", expected)

    def _none(self, key: str) -> Entry:
        return Entry({}, self._origin, f"{self._path}{key}.")


def a(kind: type[T], value: Any) -> T:  # noqa: ANN401  # TOML
    """Return ``value`` where it is of ``kind``; a ValueError says what it should be."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(_TYPES[kind])
    return value


_TYPES: Mapping[type, str] = {
    str: N_("a text in quotes"),
    int: N_("a whole number"),
    bool: N_("true or false"),
    list: "a list",
    dict: "a table",
}


def text(value: Any) -> str:  # noqa: ANN401  # TOML, here and below
    """Read a text."""
    return a(str, value)


def whole(value: Any) -> int:  # noqa: ANN401
    """Read a whole number."""
    return a(int, value)


def count(value: Any) -> int:  # noqa: ANN401
    """Read a whole number that counts cells, rows or characters."""
    found = a(int, value)
    if not 0 <= found <= LARGEST_COUNT:
        raise ValueError(_("a whole number from {least} to {most}").format(least=0, most=LARGEST_COUNT))
    return found


def place(value: Any) -> int:  # noqa: ANN401
    """Read a whole number that counts from one."""
    if not count(value):
        raise ValueError(_("a whole number from {least} to {most}").format(least=1, most=LARGEST_COUNT))
    return int(value)


def encodings(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Read a list of text encodings."""
    found = texts(value)
    for one in found:
        try:
            is_text = "x".encode(one).decode(one) == "x"
        except (LookupError, ValueError):
            is_text = False
        if not is_text:
            raise ValueError(_("text encodings such as utf-8-sig or gb18030, which {word} is not").format(word=one))
    if not found:
        raise ValueError(_("at least one encoding"))
    return found


def truth(value: Any) -> bool:  # noqa: ANN401
    """Read true or false."""
    return a(bool, value)


def texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Read a list of texts."""
    return tuple(text(one) for one in a(list, value))


def pattern(value: Any) -> re.Pattern[str]:  # noqa: ANN401
    """Read a regular expression."""
    return re.compile(text(value))


def folded(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Read a list of column names or words, folded."""
    return tuple(map(fold, texts(value)))


def names(value: Any) -> frozenset[str]:  # noqa: ANN401
    """Read a set of column names, folded."""
    return frozenset(folded(value))
