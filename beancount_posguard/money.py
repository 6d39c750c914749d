"""Money: one way to read it, one way to round it. No float ever touches an amount."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from beancount_posguard.words import _

CENT = Decimal("0.01")
ZERO = Decimal(0)

#: ISO 4217 currencies whose minor unit is not a hundredth.
_MINOR_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF",
                     "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}  # fmt: skip

# Twelve digits before the point are what ISO 8583 field 4 can carry; more is damage or an attack.
_PLAIN = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,8})?", re.ASCII)


def minor_unit(currency: str) -> Decimal:
    """Return what one minor unit of ``currency`` is worth in it."""
    return Decimal(1).scaleb(-_MINOR_DIGITS.get(currency, 2))


def minor(amount: Decimal, unit: Decimal = CENT) -> Decimal:
    """Round ``amount`` half up to the minor ``unit``, the only rounding there is."""
    return amount.quantize(unit, ROUND_HALF_UP)


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
