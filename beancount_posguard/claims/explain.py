"""A verdict in a sentence, for a person: what each side says, and who owes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from beancount_posguard.kinds import KINDS
from beancount_posguard.legs import Kind, Leg, Source
from beancount_posguard.money import ZERO
from beancount_posguard.verdict import Move, total

#: What each side says it did, for money that comes in and for money that goes out.
_VERBS = {
    Source.SALE: ("sold", "refund booked,"),
    Source.TERMINAL: ("approved", "refund approved,"),
    Source.SETTLEMENT: ("settled", "refund settled,"),
    Source.BANK: ("paid", "taken,"),
}


#: A line of the acquirer's that belongs to no slip.
_BY_ITSELF = frozenset({Kind.ADJUSTMENT, Kind.FEE})


def sentence(kind: str, moves: Mapping[Move, Decimal], legs: Sequence[Leg], currency: str) -> str:
    """Return one sentence: ``sold 128.00, approved 1280.00, settled 1280.00: the merchant owes the customer …``."""
    said = [text for source in _VERBS if (text := _said(source, legs))]
    if kind == "A9":
        said = [*said, *_fees(legs, sum(moves.values(), ZERO))]
    owed = [_owed(move, amount, currency) for move, amount in moves.items() if amount]
    return f"{', '.join(said)}: {'; '.join(owed) or KINDS[kind].note or KINDS[kind].en}"


def _said(source: Source, legs: Sequence[Leg]) -> str:
    """Return what one source says it did; empty where it says nothing."""
    spoken = [leg for leg in legs if leg.source is source and not leg.is_memo]
    if not spoken:
        return "only a hold approved" if source is Source.TERMINAL and any(leg.is_memo for leg in legs) else ""
    if source is Source.SALE and all(leg.kind is Kind.PREAUTH for leg in spoken):
        return f"the till has a hold of {sum((leg.claimed for leg in spoken), ZERO):.2f} and no sale"
    if source is Source.SETTLEMENT and all(leg.kind in _BY_ITSELF for leg in spoken):
        sum_ = total(spoken)
        return f"{'deducted' if sum_ < 0 else 'credited'} {abs(sum_):.2f} for no slip"
    return f"{_VERBS[source][total(spoken) < 0]} {_figure(spoken)}"


def _fees(legs: Sequence[Leg], over: Decimal) -> list[str]:
    """Return the fee that was taken and the contract's, where the lines tell."""
    fees = [Decimal(leg.facts["fee"]) for leg in legs if leg.source is Source.SETTLEMENT and "fee" in leg.facts]
    if not fees or not over:
        return []
    taken = sum(fees, ZERO)
    what = "fee" if len(fees) == 1 else f"fees on {len(fees)} lines"
    return [f"{what} {taken:.2f}, by the contract {taken - over:.2f}"]


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
