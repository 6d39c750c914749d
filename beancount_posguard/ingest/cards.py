"""Card numbers: never more than the first six and the last four digits.

Two situations, two functions. In a column that the profile declares to hold cards, :func:`mask` keeps what may be
kept of whatever stands there. In any other text, :func:`redact` looks for what can only be a card number: 13 to 19
digits that begin like a card and pass the Luhn test, even when blanks, dashes or full-width digits hide them.
Columns declared to hold other ids (references, orders, merchants) are not looked at: long serial numbers pass the
Luhn test one time in ten.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_HEAD, _TAIL = 6, 4
_SHORTEST, _LONGEST = 13, 19
_STARS = "*" * 6

#: How cards begin (ISO/IEC 7812): UnionPay 62, 60 and 81 and the older 9558; Visa 4; Mastercard 51-55 and 22-27;
#: American Express, JCB and Diners 3; Maestro 50 and 56-69.
_ISSUER = re.compile(r"4|5|6|81|9558|2[2-7]|3[04-9]")

_DIGITS = re.compile(r"\d+")
#: What a spreadsheet makes of a card number: rounded, and its end lost.
_ROUNDED = re.compile(r"\s*\d(?:\.\d+)?E\+?\d+\s*", re.IGNORECASE)
#: Lines of cells that are masked our way, or empty.
_MASKED = re.compile(r"(?:[0-9]{6}\*{6}[0-9]{4})?(?:\n(?:[0-9]{6}\*{6}[0-9]{4})?)*+")
#: All but digits and the signs that stand for hidden ones.
_NO_MASK = re.compile(r"[^\d*xX#.•●]")
# Digits of any script with at most one blank or dash between two of them; shorter ones cannot hide a card.
_CLUSTER = re.compile(r"\d(?:[\s\-‐-―－]?\d){12,}")


def mask(text: str) -> str:
    """Return a card column's cell as ``622202******1234``, as far as its digits are known; empty if it has none.

    Masks of every style come out alike (``622202*********1234``, ``6222-02XX-XXXX-1234``), so that two sources that
    mean one card say the same.
    """
    if _canonical(text):
        return text
    if _ROUNDED.fullmatch(text):
        return ""
    bare = _NO_MASK.sub("", _western(text))
    groups = _DIGITS.findall(bare)
    if not groups:
        return ""
    if len(groups) == 1:
        return _mask_run(bare, groups[0])
    head = groups[0] if bare.startswith(groups[0]) else ""
    tail = groups[-1] if bare.endswith(groups[-1]) else ""
    return f"{head[:_HEAD]}{_STARS}{tail[-_TAIL:]}"


def all_masked(cells: Sequence[str]) -> bool:
    """Tell whether a whole card column is masked our way already, or empty: one look in place of one at each cell."""
    return _MASKED.fullmatch("\n".join(cells)) is not None


def _western(text: str) -> str:
    """Return ``text`` with the digits of every script as 0 to 9."""
    return text if text.isascii() else "".join(str(unicodedata.decimal(one, one)) for one in text)


def _canonical(text: str) -> bool:
    """Tell whether ``text`` is already masked our way: most cells are."""
    return (
        len(text) == _HEAD + len(_STARS) + _TAIL
        and text.isascii()
        and text[6:12] == _STARS
        and (text[:6].isdigit() and text[12:].isdigit())
    )


def _mask_run(bare: str, digits: str) -> str:
    """Mask a cell that has one run of digits: a whole number, its beginning or its end."""
    if bare.startswith(digits) and not bare.endswith(digits):
        return digits[:_HEAD] + _STARS
    if len(digits) > _HEAD + _TAIL and bare.startswith(digits):
        return f"{digits[:_HEAD]}{_STARS}{digits[-_TAIL:]}"
    return _STARS + digits[-_TAIL:]


def is_card(digits: str) -> bool:
    """Tell whether a run of ASCII digits is a card number in full."""
    return _SHORTEST <= len(digits) <= _LONGEST and bool(_ISSUER.match(digits)) and _luhn(digits)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004  # the digit sum of a number up to 18
    return total % 10 == 0


def is_open(cell: str) -> bool:
    """Tell whether a card column's ``cell`` shows more digits than may be kept, whatever they begin with."""
    return any(len(run) > _HEAD + _TAIL for run in _DIGITS.findall(_NO_MASK.sub("", _western(cell))))


def holds_card(text: str) -> bool:
    """Tell whether ``text`` has a full card number in it."""
    return redact(text) != text


def redact(text: str) -> str:
    """Return ``text`` with every full card number in it masked; other long numbers stay as they are."""
    if len(text) < _SHORTEST:
        return text
    return _CLUSTER.sub(lambda match: _redact_cluster(match[0]), text)


def _redact_cluster(cluster: str) -> str:
    """Mask the cards in digits that blanks and dashes cut into groups, wherever a card starts at a group."""
    groups = list(_DIGITS.finditer(cluster))
    out, done, start = [], 0, 0
    while start < len(groups):
        end = _card_end(groups, start)
        if end is None:
            start += 1
            continue
        begin = groups[start].start()
        out += [cluster[done:begin], mask(cluster[begin : groups[end].end()])]
        done, start = groups[end].end(), end + 1
    return "".join([*out, cluster[done:]])


def _card_end(groups: list[re.Match[str]], start: int) -> int | None:
    """Return the index of the group that ends a card beginning at group ``start``, the longest reading first."""
    digits, ends = "", []
    for index in range(start, len(groups)):
        digits += _western(groups[index][0])
        if len(digits) > _LONGEST:
            break
        if is_card(digits):
            ends.append(index)
    return ends[-1] if ends else None
