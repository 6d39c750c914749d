"""A verdict in a sentence, for a person: what each side says, and who owes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from beancount_posguard.kinds import KINDS
from beancount_posguard.legs import Leg, Source
from beancount_posguard.verdict import Move, total

#: What each side says it did, for money that comes in and for money that goes out.
_VERBS = {
    Source.SALE: ("sold", "refund booked,"),
    Source.TERMINAL: ("approved", "refund approved,"),
    Source.SETTLEMENT: ("settled", "refund settled,"),
    Source.BANK: ("paid", "taken,"),
}


def sentence(kind: str, moves: Mapping[Move, Decimal], legs: Sequence[Leg], currency: str) -> str:
    """Return one sentence: ``sold 128.00, approved 1280.00, settled 1280.00: the merchant owes the customer …``."""
    said = []
    for source, verbs in _VERBS.items():
        spoken = [leg for leg in legs if leg.source is source and not leg.is_memo]
        if spoken:
            said.append(f"{verbs[total(spoken) < 0]} {_figure(spoken)}")
        elif source is Source.TERMINAL and any(leg.is_memo for leg in legs):
            said.append("only a hold approved")
    owed = [_owed(move, amount, currency) for move, amount in moves.items()]
    return f"{', '.join(said)}: {'; '.join(owed) or KINDS[kind].en}"


def _figure(legs: Sequence[Leg]) -> str:
    amounts = sorted((leg.amount for leg in legs if leg.amount), reverse=True)
    if not amounts:
        return f"nothing ({', '.join(sorted({leg.status.value for leg in legs}))})"
    if len(amounts) == 1:
        return f"{amounts[0]:.2f}"
    listed = " ".join(f"{amount:+.2f}" for amount in amounts[:4])
    more = " …" if len(amounts) > 4 else ""  # noqa: PLR2004  # what fits in a line
    return f"{total(legs):.2f} ({listed}{more})"


def _owed(move: Move, amount: Decimal, currency: str) -> str:
    figure = f"{abs(amount):.2f} {currency}"
    if move.remedy == "correct-books":
        return f"the slip is wrong by {figure}, the money is right"
    if move.counterparty == "none":
        return f"{figure} to be explained"
    if amount > 0:
        return f"the {move.counterparty} owes {figure}"
    return f"the merchant owes the {move.counterparty} {figure}"
