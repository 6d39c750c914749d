"""Money: one way to read it, one way to round it. No float ever touches an amount."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from beancount_posguard.words import _

CENT = Decimal("0.01")
ZERO = Decimal(0)

# Twelve digits before the point are what ISO 8583 field 4 can carry; more is damage or an attack.
_PLAIN = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,8})?", re.ASCII)


def minor(amount: Decimal) -> Decimal:
    """Round ``amount`` half up to the minor unit (two decimals), the only rounding there is."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@lru_cache(maxsize=4096)
def figure(text: str) -> Decimal:
    """Return the amount that ``text``, known to be one, says: a ledger's fees are few, each told many times."""
    return Decimal(text)


def parse_amount(text: str) -> Decimal:
    """Read a plain decimal number such as ``-36.00``.

    Raises:
        ValueError: for anything else: NaN, exponents, thousands separators, full-width digits.
    """
    if not _PLAIN.fullmatch(text):
        raise ValueError(
            _("{text!r} is no amount: expected digits with an optional sign and decimal point, like 128.00").format(
                text=text
            )
        )
    return Decimal(text)
