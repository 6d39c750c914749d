"""Where a thing stands besides its money: the day a sale is booked on, the account a deposit arrived on.

Nothing here is about amounts: these are the questions behind B4 and P5, which are asked only of what is in order.
"""

from __future__ import annotations

from datetime import timedelta

from beancount_posguard.contract import DEFAULT_BANK, Contract
from beancount_posguard.legs import Leg
from beancount_posguard.matching.near import seconds

#: The till's clock and the terminal's differ by no more than this, in seconds.
_CLOCK = 10 * 60

#: Between these hours a slip may belong to the day before or after, unless the contract says when the shop's day ends.
_EVENING, _MORNING = "20:00", "06:00"

_DAY = timedelta(days=1)


def on_wrong_day(sale: Leg, slip: Leg, terms: Contract) -> bool:
    """Tell whether the till's list of another day has a sale that was plainly made when the slip was.

    Both must state their time of day, and these must agree: a sale that was paid on another day is no mistake.
    """
    booked = sale.date
    if booked == slip.date or sale.head.correction or slip.head.correction:
        return False
    rung, paid = sale.get("time"), slip.get("time")
    if not rung or not paid or abs(seconds(rung) - seconds(paid)) > _CLOCK:
        return False
    ends = terms.day_ends
    if not ends:
        return _MORNING <= paid < _EVENING
    if ends <= "12:00":
        return booked != (slip.date - _DAY if paid < ends else slip.date)
    return booked != (slip.date + _DAY if paid >= ends else slip.date)


def on_other_account(deposit: Leg, terms: Contract) -> bool:
    """Tell whether a deposit arrived on another account than the one that the contract names, or one below it."""
    account, bank = deposit.head.account, terms.bank
    return bool(account) and bank not in {DEFAULT_BANK, account} and not account.startswith(f"{bank}:")
