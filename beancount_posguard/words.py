"""What people read, in their own language: gettext catalogues, and whose language counts where.

Two languages are spoken. The *reader's* is chosen for one run or one request (:func:`speaking`) and comes, when nobody
chose, from ``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES`` or ``LANG``: screens, help and errors follow it. The *ledger's* is
set by the ledger itself (``custom "posguard" "language" "zh"``): text that becomes part of the books follows it, so
that the same files give the same bytes on every machine.

English is the language of the source and needs no catalogue. The others lie in ``locale/``, as ``.po`` files that
people edit and ``.mo`` files that are compiled from them when the package is built (see CONTRIBUTING.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

#: The languages there are, English first.
LANGUAGES = ("en", "zh")
DOMAIN = "posguard"
FOLDER = Path(__file__).parent / "locale"

#: As gettext asks them: the first that says anything counts.
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")

_chosen: ContextVar[str] = ContextVar("posguard-language", default="")


def _(message: str) -> str:
    """Return ``message`` in the reader's language, or as it stands where there is no translation."""
    # What gettext keeps under the empty message is the catalogue's header.
    return _catalogue(_chosen.get() or _ambient()).gettext(message) if message else message


def ngettext(one: str, many: str, number: int) -> str:
    """Return the form for ``number`` of a sentence that counts, in the reader's language."""
    return _catalogue(_chosen.get() or _ambient()).ngettext(one, many, number)


def pgettext(context: str, message: str) -> str:
    """Return ``message`` where the same English means two things; ``context`` says which of them."""
    return _catalogue(_chosen.get() or _ambient()).pgettext(context, message)


def N_(message: str) -> str:  # noqa: N802  # gettext's own name for it
    """Mark text in a table for translation; whoever shows it calls :func:`_` then."""
    return message


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802  # as N_
    """Mark a sentence that counts; whoever shows it calls :func:`ngettext` then."""
    return one, many


def language() -> str:
    """Return the reader's language, one of :data:`LANGUAGES`."""
    return _chosen.get() or _ambient()


def either(zh: str, en: str) -> str:
    """Return the one of a table's two names that the reader wants."""
    return zh if language() == "zh" else en


_in_books: ContextVar[str] = ContextVar("posguard-language-of-the-books", default=LANGUAGES[0])


@contextmanager
def writing(wanted: str) -> Iterator[None]:
    """Write ``wanted``, the ledger's own language, where :func:`in_books` asks for it, while the block runs."""
    token = _in_books.set(wanted)
    try:
        yield
    finally:
        _in_books.reset(token)


@contextmanager
def in_books() -> Iterator[None]:
    """Speak the ledger's language while the block runs: what is said in it becomes part of the books."""
    with speaking(_in_books.get()):
        yield


class Late:
    """A sentence that is put together when it is first read in a language, whoever reads it then.

    What ``say`` speaks of does not change.
    """

    def __init__(self, say: Callable[[], str]) -> None:
        self._say = say
        self._said: dict[str, str] = {}

    def __str__(self) -> str:
        spoken = language()
        if spoken not in self._said:
            self._said[spoken] = self._say()
        return self._said[spoken]

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, (Late, str)) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))


def listed(items: Iterable[str]) -> str:
    """Return ``items`` one after the other, as the reader's language separates them."""
    return either("、", ", ").join(items)


def both(items: Iterable[str]) -> str:
    """Return ``items`` as things that all hold: ``slip and ticket``."""
    return _joined([*items], "和", " and ")


def either_of(items: Iterable[str]) -> str:
    """Return ``items`` as things of which one is enough: ``maker or checker``."""
    return _joined([*items], "或", " or ")


def _joined(items: list[str], zh: str, en: str) -> str:
    """Join by ``en``; in Chinese by ``zh`` before the last one and by ``、`` before the others."""
    if language() == "zh" and len(items) > 1:
        return f"{'、'.join(items[:-1])}{zh}{items[-1]}"
    return en.join(items)


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """Speak ``wanted``, one of :data:`LANGUAGES`, while the block runs; empty leaves it as it is."""
    token = _chosen.set(wanted or _chosen.get())
    try:
        yield
    finally:
        _chosen.reset(token)


def speak(wanted: str) -> None:
    """Speak ``wanted`` from here on, until the :func:`speaking` around it ends."""
    _chosen.set(wanted)


def best(tags: Iterable[str]) -> str:
    """Return the first language of ``tags`` (``zh_CN.UTF-8``, ``zh-Hans``, ``en``, ``C``) that is spoken here."""
    for tag in tags:
        name = tag.replace("_", "-").partition("-")[0].partition(".")[0].lower()
        if name in LANGUAGES:
            return name
        if name in {"c", "posix"}:
            break
    return LANGUAGES[0]


@cache
def _ambient() -> str:
    """Return the language of the environment, asked once: a server's threads must not differ in it."""
    said = next((os.environ[name] for name in _VARIABLES if os.environ.get(name)), "")
    return best(said.split(":"))


@cache
def _catalogue(name: str) -> NullTranslations:
    path = FOLDER / name / "LC_MESSAGES" / f"{DOMAIN}.mo"
    if name == LANGUAGES[0] or not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        return GNUTranslations(file)
