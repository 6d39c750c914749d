"""Text that others wrote, made safe to stand in a ledger; amounts, made ready to be read.

What a bank or a terminal prints ends up in narrations, metadata and HTML pages. Fava's journal does not escape
narrations, so nothing that could be markup is let in.
"""

from __future__ import annotations

import re
from decimal import Decimal

from beancount_posguard.money import CENT

_UNSAFE = re.compile(r'[<>&"\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]+')
_BLANKS = re.compile(r"\s+")


def plain(text: str) -> str:
    r"""Return ``text`` on one line, with markup, quotes, backslashes, control and direction characters as blanks."""
    if text.isalnum():
        return text  # most cells are ids
    return _BLANKS.sub(" ", _UNSAFE.sub(" ", text)).strip()


def figure(amount: Decimal) -> str:
    """Print ``amount`` in plain digits with at least two decimals and no trailing zeros after them.

    More decimals than two are kept: some acquirers state fees in tenths of a cent.
    """
    return f"{two_decimals(amount):f}"


def two_decimals(amount: Decimal) -> Decimal:
    """Return the same value with at least two decimals, never ``-0.00``."""
    if amount.as_tuple().exponent == -2:  # noqa: PLR2004  # cents, the ordinary case, need no work
        return amount or CENT * 0
    cents = amount.quantize(CENT)
    return (cents if cents == amount else amount.normalize()) or CENT * 0
