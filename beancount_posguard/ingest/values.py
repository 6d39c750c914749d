"""What a single value in a profile may be: a role, a kind, a currency, a condition, a sign.

Each function takes what TOML holds under a key, and raises a ValueError that tells what should stand there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import tzinfo
from decimal import Decimal
from typing import Any, TypeVar

from beancount_posguard.ingest import toml
from beancount_posguard.ingest.cells import BLANKS, MINOR, fold, moment_pattern
from beancount_posguard.ingest.profile import BY_SIGN, RAW, ROLES, SKIP, Meaning, Term
from beancount_posguard.ingest.zones import zone
from beancount_posguard.legs import SIGN, Kind, Source, Status
from beancount_posguard.money import parse_amount
from beancount_posguard.words import _

T = TypeVar("T")


def role(value: Any) -> str:  # noqa: ANN401  # TOML, here and below
    """Read what a column may serve as: one of :data:`~beancount_posguard.ingest.profile.ROLES`."""
    if value not in ROLES:
        raise ValueError(_("one of {roles}").format(roles=", ".join(ROLES)))
    return str(value)


def roles(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Read several roles."""
    return tuple(map(role, toml.texts(value)))


def one_of(words: Mapping[str, T]) -> Callable[[Any], T]:
    """Return what reads one of ``words`` and gives what it stands for."""

    def read(value: Any) -> T:  # noqa: ANN401
        if not isinstance(value, str) or value not in words:
            raise ValueError(_("one of {words}").format(words=", ".join(words)))
        return words[value]

    return read


def same(*words: str) -> Callable[[Any], str]:
    """Return what reads one of ``words`` and gives it as it stands."""
    return one_of({word: word for word in words})


KINDS = {kind.value: Meaning(kind, SIGN[kind], skip=False) for kind in Kind} | {
    SKIP: Meaning(None, None, skip=True),
    BY_SIGN: Meaning(None, None, skip=False),
}


STATUSES: dict[str, Status | None] = {status.value: status for status in Status} | {SKIP: None}


TENDERS = {"card": True, "other": False}


SOURCES = {source.value: source for source in Source}


CARD_TYPE = same("debit", "credit", "foreign")

SEVERITY = same("refuse", "warn", "off")


def kind(value: Any) -> Meaning:  # noqa: ANN401
    """Read ``"refund"``, or ``"-reversal"``: a kind with the sign that this word gives it."""
    text = toml.text(value)
    sign = {"+": 1, "-": -1}.get(text[:1])
    meaning = one_of(KINDS)(text if sign is None else text[1:])
    return meaning if sign is None else meaning._replace(sign=sign)


def group(value: Any) -> re.Pattern[str]:  # noqa: ANN401
    """Read a pattern that has a group."""
    found = toml.pattern(value)
    if not found.groups:
        raise ValueError(_("a pattern with a group in parentheses"))
    return found


def fixed(value: Any) -> tuple[tuple[str, int], ...]:  # noqa: ANN401
    """Read the fields of a line of fixed width: name, and width in bytes."""
    fields = []
    for field in toml.a(list, value):
        match field:
            case [str() as name, int() as width] if 0 < width <= toml.LARGEST_COUNT:
                fields.append((name, width))
            case _:
                raise ValueError(_('fields such as ["终端号", 8], the width in bytes'))
    return tuple(fields)


def delimiters(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Read what may stand between two cells, in the order it is tried."""
    found = toml.texts(value)
    if not found or any(one not in BLANKS and (len(one) != 1 or one in "\r\n\0") for one in found):
        raise ValueError(_("single characters, or {words}").format(words=", ".join(BLANKS)))
    return found


def quote(value: Any) -> str:  # noqa: ANN401
    """Read the quoting character; empty where nothing is quoted."""
    found = toml.text(value)
    if len(found) > 1 or found in {"\r", "\n", "\0", " "}:
        raise ValueError(_("one character, or an empty text where nothing is quoted"))
    return found


def currency(value: Any) -> str:  # noqa: ANN401
    """Read a currency code in capitals."""
    found = toml.text(value)
    if not (len(found) == 3 and found.isascii() and found.isalpha() and found.isupper()):  # noqa: PLR2004  # ISO 4217
        raise ValueError(_("a code of three letters such as CNY; XXX for the contract's"))
    return found


def layouts(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Read the forms of dates or times, such as ``%Y-%m-%d``; each is known to compile."""
    layouts = toml.texts(value)
    moments(value)
    return layouts


def moments(value: Any) -> tuple[re.Pattern[str], ...]:  # noqa: ANN401
    """Return the patterns of such forms."""
    return tuple(map(moment_pattern, value))


def letters(value: Any) -> Mapping[str, int]:  # noqa: ANN401
    """Read which letter beside an amount gives which sign."""
    letters = {toml.text(letter): toml.whole(sign) for letter, sign in toml.a(dict, value).items()}
    if any(len(letter) != 1 or sign not in {1, -1} for letter, sign in letters.items()):
        raise ValueError(_("letters with 1 or -1, such as { C = 1, D = -1 }"))
    return letters


def scale(value: Any) -> Decimal:  # noqa: ANN401
    """Read the unit of the file's amounts, in the currency's own unit; ``minor`` is the currency's smallest."""
    return MINOR if value == "minor" else parse_amount(toml.text(value))


def sign(value: Any) -> int:  # noqa: ANN401
    """Read 1 or -1."""
    if value not in {1, -1} or isinstance(value, bool):
        raise ValueError("1 or -1")
    return int(value)


CONDITIONS: Mapping[str, Callable[[str], bool]] = {
    "filled": bool,
    "empty": lambda cell: not cell,
    "zero": lambda cell: not re.search("[1-9]", cell),
    "nonzero": lambda cell: bool(re.search("[1-9]", cell)),
    "positive": lambda cell: bool(re.search("[1-9]", cell)) and not cell.startswith(("-", "(")),
    "negative": lambda cell: bool(re.search("[1-9]", cell)) and cell.startswith(("-", "(")),
}


def condition(value: Any) -> Callable[[str], bool]:  # noqa: ANN401
    """Read ``"nonzero"`` and the like, or a pattern between slashes."""
    text = toml.text(value)
    if len(text) > 1 and text[0] == text[-1] == "/":
        search = re.compile(text[1:-1]).search
        return lambda cell: search(cell) is not None
    return one_of({**CONDITIONS, "/pattern/": bool})(text)


def column_name(name: str) -> str:
    """Return a role as it is, any other column's name folded and marked as such."""
    return name if name in ROLES or not name else f"{RAW}{fold(name)}"


def terms(value: Any) -> tuple[Term, ...]:  # noqa: ANN401
    """Read ``["Net Credit", "-Net Debit"]``: columns to add, and with a dash to take away."""
    return tuple(
        Term(column_name(text.removeprefix("-")), -1 if text.startswith("-") else 1) for text in toml.texts(value)
    )


KIND_WORDS = [kind.value for kind in Kind]


def time_zone(value: Any) -> tzinfo:  # noqa: ANN401
    """Read a time zone."""
    return zone(toml.text(value))


def some(value: Any) -> frozenset[str]:  # noqa: ANN401
    """Read a set of texts."""
    return frozenset(toml.texts(value))
