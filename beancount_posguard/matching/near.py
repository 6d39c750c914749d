"""Lines whose reference is lost or damaged: what they still say, and whether it is enough.

Two lines *contradict* each other where both state something that one slip has only once and the two differ. Lines
that do not contradict each other are *compatible*: they could be the same slip, and nothing is claimed for either
while nobody knows. Compatible lines that also agree in enough are *corroborated*; together with uniqueness on both
sides that joins them (:mod:`beancount_posguard.matching.groups`). Amount and date, which both must share anyway, never
count as agreement: with menu prices half of all slips share them with another one of the day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from beancount_posguard.legs import Leg, Source

#: What one slip has only once.
_IDENTITY = ("trace", "auth", "terminal", "batch", "order", "merchant")

#: A damaged reference is believed from this length on: one edit in six digits is another number.
_LONG = 12

#: The till's clock and the terminal's differ by no more than this, in seconds; a statement repeats the terminal's.
_SALE_CLOCK = 10 * 60
_LINE_CLOCK = 2 * 60


def compatible(one: Leg, other: Leg) -> bool:
    """Tell whether two lines of different sources could be the same slip."""
    if not consistent(one, other):
        return False
    return Source.SALE not in {one.source, other.source} or _apart(one, other) in range(_SALE_CLOCK + 1)


def consistent(one: Leg, other: Leg) -> bool:
    """Tell whether two lines could speak of the same slip, at whatever hour each was written."""
    for key in _IDENTITY:
        mine = one.get(key)
        theirs = other.get(key) if mine else ""
        if theirs and mine != theirs and mine.lstrip("0") != theirs.lstrip("0"):
            return False
    if not cards_fit(one.get("card"), other.get("card")):
        return False
    mine, theirs = one.get("rrn"), other.get("rrn")
    return not (mine and theirs) or same_reference(mine, theirs)


def agreements(line: Leg, slip: Leg) -> list[str]:
    """Return the names of the things in which two compatible lines agree."""
    return [name for name, agree in _AGREEMENTS.items() if agree(line, slip)]


def corroborated(line: Leg, slip: Leg) -> bool:
    """Tell whether ``line`` and the terminal's ``slip``, already compatible, agree in enough to be the same.

    The till's line must agree in the time and one thing more; an acquirer's in two things that belong to the slip
    itself and weigh four together.
    """
    if line.source is Source.SALE:
        near = bool(line.get("time")) and _apart(line, slip) in range(_SALE_CLOCK + 1)
        return near and any(agree(line, slip) for agree in _AGREEMENTS.values())
    agreeing = agreements(line, slip)
    weight = sum(_WEIGHT[name] for name in agreeing)
    return weight >= _ENOUGH and len([name for name in agreeing if name != "terminal"]) > 1


def unmistakable(line: Leg, slip: Leg) -> bool:
    """Tell whether a line is the slip's whatever its amount: the same whole card, moment and terminal."""
    return all(agree(line, slip) for agree in (_full_card, _same_moment, _equal("terminal")))


def same_elsewhere(line: Leg, slip: Leg) -> bool:
    """Tell whether a statement's line is the slip in all but terminal and merchant: under another's number.

    Reference, trace, day and amount must be the same, and card, moment or authorisation besides.
    """
    if not all(_equal(key)(line, slip) for key in ("rrn", "trace")):
        return False
    if (line.date, line.amount) != (slip.date, slip.amount) or not cards_fit(line.get("card"), slip.get("card")):
        return False
    mine, theirs = line.get("auth"), slip.get("auth")
    if (mine and theirs and mine != theirs) or _apart(line, slip) > _LINE_CLOCK:
        return False
    return any(agree(line, slip) for agree in (_full_card, _same_moment, _equal("auth")))


def elsewhere(line: Leg, slip: Leg) -> bool:
    """Tell whether a line says the slip's whole card and moment, and nothing but its terminal speaks against it."""
    if line.date != slip.date or not (_full_card(line, slip) and _same_moment(line, slip)):
        return False
    said = ((line.get(key), slip.get(key)) for key in ("trace", "auth", "order"))
    mine, theirs = line.get("rrn"), slip.get("rrn")
    return all(not one or not other or one == other for one, other in said) and (
        not (mine and theirs) or same_reference(mine, theirs)
    )


def same_reference(one: str, other: str) -> bool:
    """Tell whether two references can be one: equal but for leading zeros, a spreadsheet's rounding, or one edit."""
    if one.lstrip("0") == other.lstrip("0"):
        return True
    for number, whole in ((one, other), (other, one)):
        if "E+" in number.upper():
            return _rounded(number, whole)
    return min(len(one), len(other)) >= _LONG - 1 and _one_edit(one, other)


def _rounded(number: str, whole: str) -> bool:
    """Tell whether ``1.03412E+11`` is what a spreadsheet makes of ``whole``."""
    mantissa, _, exponent = number.upper().partition("E+")
    digits = mantissa.replace(".", "").rstrip("0")
    stripped = whole.lstrip("0")
    if not (digits.isdigit() and exponent.isdigit() and stripped.isdigit()):
        return False
    return len(stripped) == int(exponent) + 1 and abs(int(stripped[: len(digits)]) - int(digits)) <= 1


def _one_edit(one: str, other: str) -> bool:
    """Tell whether one letter was lost, added or changed, or two neighbours swapped (Damerau distance 1)."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, theirs = one[start:], other[start:]
    return (
        rest[1:] == theirs[1:]
        or rest[1:] == theirs
        or rest == theirs[1:]
        or (rest[:2] == theirs[:2][::-1] and rest[2:] == theirs[2:])
    )


def cards_fit(one: str, other: str) -> bool:
    """Tell whether two masked cards can be one card: the same last four, and first six where both show them."""
    if not one or not other:
        return True
    if one[-4:] != other[-4:]:
        return False
    return not (one[:6].isdigit() and other[:6].isdigit()) or one[:6] == other[:6]


def _apart(one: Leg, other: Leg) -> int:
    """Return by how many seconds the two lines' times differ, 0 where one has none."""
    mine, theirs = one.get("time"), other.get("time")
    return abs(seconds(mine) - seconds(theirs)) if mine and theirs else 0


def seconds(time: str) -> int:
    """Return the second of the day of ``HH:MM`` or ``HH:MM:SS``; 0 for an empty text."""
    hours, minutes, rest = ([int(part) for part in time.split(":")] + [0, 0, 0])[:3] if time else (0, 0, 0)
    return (hours * 60 + minutes) * 60 + rest


def _equal(key: str) -> Callable[[Leg, Leg], bool]:
    return lambda one, other: bool(one.get(key)) and one.get(key).lstrip("0") == other.get(key).lstrip("0")


def _near_rrn(one: Leg, other: Leg) -> bool:
    return bool(one.get("rrn") and other.get("rrn"))  # compatible already means near


def _full_card(one: Leg, other: Leg) -> bool:
    return len(one.get("card")) > 4 and one.get("card") == other.get("card")  # noqa: PLR2004  # more than the last four


def _last_four(one: Leg, other: Leg) -> bool:
    return bool(one.get("card") and other.get("card")) and not _full_card(one, other)


def _same_moment(one: Leg, other: Leg) -> bool:
    return bool(one.get("time") and other.get("time")) and _apart(one, other) <= _LINE_CLOCK


_AGREEMENTS: Mapping[str, Callable[[Leg, Leg], bool]] = {
    "rrn": _near_rrn,
    "trace": _equal("trace"),
    "auth": _equal("auth"),
    "card": _full_card,
    "last four": _last_four,
    "time": _same_moment,
    "terminal": _equal("terminal"),
    "cashier": _equal("cashier"),
}
_WEIGHT = {"rrn": 2, "trace": 2, "auth": 2, "card": 2, "time": 2, "last four": 1, "terminal": 1, "cashier": 0}
_ENOUGH = 4
