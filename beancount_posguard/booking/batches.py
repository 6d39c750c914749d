"""Imported batches as Beancount transactions: one posting per slip, balanced by construction.

``docs/ledger-language.md`` is the grammar. All metadata are strings: Fava's import page refuses or loses anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from beancount.core.amount import Amount
from beancount.core.data import EMPTY_SET, Posting, Transaction

from beancount_posguard.booking.claims import HOLD_EQUITY
from beancount_posguard.contract import Contract
from beancount_posguard.ledger.words import GENERATED
from beancount_posguard.legs import HOLD_KINDS, HOLD_PREFIX, SLIP_KEYS, Batch, Kind, Slip, Source, Status
from beancount_posguard.money import ZERO, minor
from beancount_posguard.text import figure, plain, two_decimals
from beancount_posguard.words import _, in_books

#: The account a source's legs stand on.
_LEGS_ON: Mapping[Source, str] = {
    Source.SALE: "till",
    Source.TERMINAL: "clearing",
    Source.SETTLEMENT: "clearing",
    Source.BANK: "payout",
}

#: The sources that tell what leaves that account; their postings have the other sign than the merchant's view.
_LEAVING = frozenset({Source.SETTLEMENT, Source.BANK})

#: Where the other side of a batch's gross goes; a statement's is split into payout and fees.
_AGAINST: Mapping[Source, str] = {Source.SALE: "income", Source.TERMINAL: "till", Source.BANK: "bank"}

#: Kinds that need no word: the sign tells them.
_IMPLIED: Mapping[Source, Kind] = dict.fromkeys(Source, Kind.SALE) | {Source.BANK: Kind.DEPOSIT}

_NOTHING = two_decimals(ZERO)


class Sums(NamedTuple):
    """What a batch's money-moving slips come to; ``fee`` and ``net`` are None where the file is silent."""

    gross: Decimal
    fee: Decimal | None
    net: Decimal | None


def sums(slips: Iterable[Slip]) -> Sums:
    """Add up ``slips`` from the merchant's side.

    A net in tenths of a cent counts as it is booked, its fee in cents: a receipt that nobody could pay would be broken.
    """
    gross, fees, nets = ZERO, [], []
    for slip in slips:
        moved = slip.amount if _moves(slip) else ZERO
        gross += moved
        if slip.fee is not None:
            fees.append(slip.fee)
        if slip.net is not None:
            nets.append(slip.net if slip.net == minor(slip.net) else moved - minor(slip.fee or ZERO))
    return Sums(gross, sum(fees, ZERO) if fees else None, sum(nets, ZERO) if nets else None)


def _moves(slip: Slip) -> bool:
    return slip.status is Status.APPROVED and slip.kind not in HOLD_KINDS


def batch_entry(batch: Batch, contract: Contract, number: int) -> Transaction:
    """Return ``batch`` as the transaction that books it under ``contract``; ``number`` orders the entries."""
    totals = sums(batch.slips)
    meta = {"filename": GENERATED, "lineno": number, **_batch_meta(batch, contract, totals)}
    payee, narration = _title(batch, contract)
    legs = leg_postings(batch, contract)
    postings = [*legs, *_other_side(batch, contract, legs, totals)]
    return Transaction(meta, batch.date, "*", payee, narration, EMPTY_SET, EMPTY_SET, postings)


def leg_postings(batch: Batch, contract: Contract) -> list[Posting]:
    """Return one posting per slip of ``batch``, in order."""
    account, currency = getattr(contract, _LEGS_ON[batch.source]), contract.currency
    implied = _IMPLIED[batch.source]
    postings = []
    for slip in batch.slips:
        if slip.kind in HOLD_KINDS and batch.source is not Source.SALE:
            units = Amount(slip.amount if slip.status is Status.APPROVED else _NOTHING, HOLD_PREFIX + currency)
            postings.append(Posting(contract.guarantees, units, None, None, None, _slip_meta(slip, batch, implied)))
            continue
        amount = slip.amount if _moves(slip) else _NOTHING  # the till's record of a hold is no money
        units = Amount(-amount if batch.source in _LEAVING else amount, currency)
        postings.append(Posting(account, units, None, None, None, _slip_meta(slip, batch, implied)))
    return postings


def _slip_meta(slip: Slip, batch: Batch, implied: Kind) -> dict[str, str]:
    """Return what a slip says of itself: what the sign does not tell first, then its keys in their order."""
    meta: dict[str, str] = {}
    if slip.kind is not implied:
        meta["kind"] = slip.kind.value
    if slip.status is not Status.APPROVED:
        meta["status"] = slip.status.value
    if slip.status is not Status.APPROVED or (slip.kind in HOLD_KINDS and batch.source is Source.SALE):
        meta["amount"] = figure(abs(slip.amount))
    facts = slip.facts
    for key in SLIP_KEYS:
        value = facts.get(key)
        if value:
            meta[key] = value
        elif key == "date" and slip.date != batch.date:
            meta[key] = slip.date.isoformat()
        elif key == "fee" and slip.fee is not None:
            meta[key] = figure(slip.fee)
    return meta


def _other_side(batch: Batch, contract: Contract, legs: Sequence[Posting], totals: Sums) -> list[Posting]:
    ended = _ended_holds(batch, contract)
    holds = sum((_number(leg) for leg in (*legs, *ended) if leg.account == contract.guarantees), ZERO)
    postings = []
    if batch.source is Source.SETTLEMENT:
        # Fees stated in tenths of a cent are charged in cents, slip by slip: nothing of them stays on payout.
        fee = sum((minor(slip.fee) for slip in batch.slips if slip.fee), ZERO)
        if legs:
            postings.append(_posting(contract.payout, totals.gross - fee, contract.currency))
        if fee:
            postings.append(_posting(contract.fees, fee, contract.currency))
    elif any(leg.account != contract.guarantees for leg in legs):
        amount = totals.gross if batch.source is Source.BANK else -totals.gross
        postings.append(_posting(getattr(contract, _AGAINST[batch.source]), amount, contract.currency))
    postings += ended
    if holds:
        postings.append(_posting(HOLD_EQUITY, -holds, HOLD_PREFIX + contract.currency))
    return postings


#: What the memo of an ended hold repeats of its slip.
_MEMO_KEYS = ("trace", "rrn", "time", "orig-trace", "orig-rrn", "orig-date")


def _ended_holds(batch: Batch, contract: Contract) -> list[Posting]:
    """Return the memos by which completions end their holds: the same slip once more, on the guarantees account.

    A slip without a trace number gets none: nothing could tell its memo from a hold of its own.
    """
    if batch.source is not Source.TERMINAL:
        return []
    return [
        Posting(
            contract.guarantees,
            Amount(-slip.amount, HOLD_PREFIX + contract.currency),
            None, None, None,
            {"kind": slip.kind.value, **{key: slip.facts[key] for key in _MEMO_KEYS if slip.facts.get(key)}},
        )
        for slip in batch.slips
        if slip.kind is Kind.COMPLETION and _moves(slip) and "trace" in slip.facts
    ]  # fmt: skip


def _number(leg: Posting) -> Decimal:
    return (leg.units.number if leg.units else None) or ZERO


def _posting(account: str, amount: Decimal, currency: str) -> Posting:
    return Posting(account, Amount(two_decimals(amount), currency), None, None, None, None)


def _batch_meta(batch: Batch, contract: Contract, totals: Sums) -> dict[str, str]:
    meta = {"posguard-source": batch.source.value, **batch.facts}
    meta |= {
        "posguard-profile": batch.profile,
        "posguard-file": plain(batch.file),
        "posguard-sha256": batch.sha256,
    }
    if batch.parts > 1:
        meta["posguard-part"] = f"{batch.part} of {batch.parts}"
    if batch.known:
        meta["posguard-known"] = f"{batch.known} rows"
    if batch.days:
        meta["posguard-from"], meta["posguard-to"] = (day.isoformat() for day in batch.days)
    meta["posguard-receipt"] = _receipt(batch, contract.currency, totals)
    return meta


def _receipt(batch: Batch, currency: str, totals: Sums) -> str:
    parts = [f"{len(batch.slips)} rows", f"gross {figure(totals.gross)} {currency}"]
    parts += [
        f"{name} {figure(value)} {currency}"
        for name, value in (("fee", totals.fee), ("net", totals.net))
        if value is not None
    ]
    return ", ".join(parts)


def _title(batch: Batch, contract: Contract) -> tuple[str, str]:
    """Return payee and narration, in the ledger's language."""
    with in_books():
        return _payee_and_narration(batch, contract)


def _payee_and_narration(batch: Batch, contract: Contract) -> tuple[str, str]:
    facts = batch.facts
    if batch.source is Source.BANK:
        return batch.payer or contract.name, _bank_title(batch)
    if batch.source is Source.TERMINAL:
        title = _("Terminal {terminal} batch {batch}") if "batch" in facts else _("Terminal {terminal}")
    elif batch.source is Source.SETTLEMENT:
        title = _("Statement {day}")
    else:
        title = _("Till {store} {day}")
    said = {key: facts.get(key, "") for key in ("terminal", "batch", "store")}
    return contract.name, " ".join(title.format(**said, day=batch.date.isoformat()).split())


def _bank_title(batch: Batch) -> str:
    if not batch.slips:
        return _("No deposits")
    return batch.slips[0].facts.get("memo") or _("Deposit")
