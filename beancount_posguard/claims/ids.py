"""Claim ids: made from what a slip is, never from where it stands or when it was read.

``PG-20261103-K7QX2`` is the trade date of the anchor leg and five letters of a digest over its natural key. Every leg
of a claim has such an id of its own; a ledger may speak of the claim by any of them, so that a claim keeps its name
when a file that comes late shows an earlier leg.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from beancount_posguard.legs import Leg, Source

#: No I, L, O, U: nobody mistakes them on paper or on the phone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 5

_NATURAL = (
    "merchant", "terminal", "batch", "trace", "rrn", "auth", "order", "ticket", "reference", "period-from", "period-to",
    "payout", "time",
)  # fmt: skip

#: Where the trade date stands in a natural key.
_DAY = 2

#: The slip is what a person holds in hand, so it gives the claim its name and its place.
_ANCHOR = {Source.TERMINAL: 0, Source.SALE: 1, Source.SETTLEMENT: 2, Source.BANK: 3}


def natural_key(leg: Leg) -> tuple[str, ...]:
    """Return what makes this leg this leg, whatever file or row it stands in."""
    mine, shared = leg.facts, leg.head.facts
    said = [shared.get(key) if (own := mine.get(key)) is None else own for key in _NATURAL]
    facts = ["" if word is None else str(word) for word in said]
    acquirer = "" if leg.source is Source.SALE else leg.head.acquirer
    return (leg.source.value, acquirer, leg.date.isoformat(), leg.kind.value, _plain(leg), leg.currency, *facts)


def _plain(leg: Leg) -> str:
    return f"{leg.claimed:f}".rstrip("0").rstrip(".")


def in_order(legs: Iterable[Leg], rank: Callable[[Leg], Any]) -> list[Leg]:
    """Return ``legs`` by ``rank``; what shares a rank by natural key, which is dear and asked for only then."""
    ranks: defaultdict[Any, list[Leg]] = defaultdict(list)
    for leg in legs:
        ranks[rank(leg)].append(leg)
    ordered = (ranks[place] for place in sorted(ranks))
    return [leg for same in ordered for leg in (same if len(same) == 1 else sorted(same, key=natural_key))]


def anchor(legs: Iterable[Leg]) -> Leg:
    """Return the leg that gives a claim its name: a slip before a sale before a statement's or a bank's line."""
    return first_of(in_order(legs, _anchored))


def first_of(ordered: Iterable[Leg]) -> Leg:
    """Return the anchor of legs whose lines of one source and day are in order already, which is not dear."""
    return min(ordered, key=_anchored)


def _anchored(leg: Leg) -> tuple[int, bool, date]:
    return _ANCHOR[leg.head.source], leg.is_memo, leg.head.date


def claim_id(key: Sequence[str], ordinal: int = 0) -> str:
    """Return the id made from a leg's natural ``key``; ``ordinal`` tells apart what nothing else does."""
    words = [*key, *([str(ordinal)] if ordinal else [])]
    number = int.from_bytes(sha256("\n".join(words).encode()).digest()[:8])
    code = "".join([ALPHABET[number >> shift & 31] for shift in range(0, 5 * _LENGTH, 5)])
    return f"PG-{key[_DAY].replace('-', '')}-{code}"
