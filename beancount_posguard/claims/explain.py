"""A verdict in a sentence, for a person: what each side says, and who owes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from beancount_posguard.claims.names import party, status
from beancount_posguard.kinds import KINDS
from beancount_posguard.legs import Kind, Leg, Source
from beancount_posguard.money import ZERO
from beancount_posguard.text import figure, two_decimals
from beancount_posguard.verdict import Move, total
from beancount_posguard.words import N_, _, either, listed, ngettext

#: What each side says it did, for money that comes in and for money that goes out.
_VERBS = {
    Source.SALE: (N_("sold {figure}"), N_("refund booked, {figure}")),
    Source.TERMINAL: (N_("approved {figure}"), N_("refund approved, {figure}")),
    Source.SETTLEMENT: (N_("settled {figure}"), N_("refund settled, {figure}")),
    Source.BANK: (N_("paid {figure}"), N_("taken, {figure}")),
}


#: A line of the acquirer's that belongs to no slip.
_BY_ITSELF = frozenset({Kind.ADJUSTMENT, Kind.FEE})


def sentence(kind: str, moves: Mapping[Move, Decimal], legs: Sequence[Leg], currency: str) -> str:
    """Return one sentence: ``sold 128.00, approved 1280.00, settled 1280.00: the merchant owes the customer …``."""
    said = [text for source in _VERBS if (text := _said(source, legs))]
    if kind == "A9":
        said = [*said, *_fees(legs, sum(moves.values(), ZERO))]
    owed = [_owed(kind, move, amount, currency) for move, amount in moves.items() if amount]
    what = either("；", "; ").join(owed) or _(KINDS[kind].note) or KINDS[kind].name
    return f"{either('，', ', ').join(said)}{either('：', ': ')}{what}"


def _said(source: Source, legs: Sequence[Leg]) -> str:
    """Return what one source says it did; empty where it says nothing."""
    spoken = [leg for leg in legs if leg.head.source is source and not leg.is_memo]
    if source is Source.SALE:
        spoken = [leg for leg in spoken if not leg.head.account]  # of another tender
    if not spoken:
        return _("only a hold approved") if source is Source.TERMINAL and any(leg.is_memo for leg in legs) else ""
    if source is Source.SALE and all(leg.kind is Kind.PREAUTH for leg in spoken):
        held = sum((leg.claimed for leg in spoken), ZERO)
        return _("the till has a hold of {figure} and no sale").format(figure=figure(held))
    if source is Source.SETTLEMENT and all(leg.kind in _BY_ITSELF for leg in spoken):
        sum_ = total(spoken)
        text = _("deducted {figure} for no slip") if sum_ < 0 else _("credited {figure} for no slip")
        return text.format(figure=figure(abs(sum_)))
    return _(_VERBS[source][total(spoken) < 0]).format(figure=_figure(spoken))


def _fees(legs: Sequence[Leg], over: Decimal) -> list[str]:
    """Return the fee that was taken and the contract's, where the lines tell."""
    fees = [Decimal(leg.facts["fee"]) for leg in legs if leg.source is Source.SETTLEMENT and "fee" in leg.facts]
    if not fees or not over:
        return []
    taken = sum(fees, ZERO)
    text = ngettext("fee {taken}, by the contract {due}", "fees on {n} lines {taken}, by the contract {due}", len(fees))
    return [text.format(n=len(fees), taken=figure(taken), due=figure(taken - over))]


def _figure(legs: Sequence[Leg]) -> str:
    amounts = sorted((leg.amount for leg in legs if leg.amount), reverse=True)
    if not amounts:
        return _("nothing ({statuses})").format(
            statuses=listed(map(status, sorted({leg.status.value for leg in legs})))
        )
    if len(amounts) == 1:
        return figure(amounts[0])
    first = " ".join(f"{two_decimals(amount):+f}" for amount in amounts[:4])
    more = " …" if len(amounts) > 4 else ""  # noqa: PLR2004  # what fits in a line
    return f"{figure(total(legs))} ({first}{more})"


#: What is the matter where only the books are wrong.
_BOOKS = {
    "A5": N_("the slip is wrong by {money}, the money is right"),
    "A10": N_("{money} is the conversion's, which the contract leaves with the merchant"),
    "Y6": N_("{money} of a card sale is booked as another tender; the money is right"),
    "E6": N_("{money} stands on another acquirer's clearing account"),
}


def _owed(kind: str, move: Move, amount: Decimal, currency: str) -> str:
    money = f"{figure(abs(amount))} {currency}"
    if kind in _BOOKS and move.remedy == "correct-books":
        return _(_BOOKS[kind]).format(money=money)
    if move.counterparty == "none":
        return _("{money} to be explained").format(money=money)
    text = _("the {party} owes {money}") if amount > 0 else _("the merchant owes the {party} {money}")
    return text.format(party=party(move.counterparty), money=money)
