"""Every entry that corrects a claim: what was paid back, paid up, given up, or found on paper.

A correction posts from the claim's account *to the account where the money will be seen next*. If that is a guarantee
account (a refund keyed on the terminal comes back in the next export), the plugin goes on guarding it there.

All functions here are pure: they look at what they are given, and return a balanced transaction or raise
:class:`RefusedError` with the reason. Amounts are positive and in the claim's currency; who owes whom is the part's
sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from beancount.core import account as accounts
from beancount.core.amount import Amount
from beancount.core.data import Posting, Transaction

from beancount_posguard.claims.claim import Claim, Part
from beancount_posguard.claims.guards import OVERAGES
from beancount_posguard.claims.names import party
from beancount_posguard.claims.steps import FINISHED, stage_name
from beancount_posguard.contract import Contract
from beancount_posguard.kinds import DISPUTED, KINDS
from beancount_posguard.money import CENT, ZERO, minor, minor_unit
from beancount_posguard.text import two_decimals
from beancount_posguard.words import N_, _, in_books

#: Where the money will be seen next: the word a person uses and the contract's account; any account name is one too.
ROUTES: Mapping[str, str] = {"card": "till", "transfer": "bank", "payout": "payout"}
CASH = "Assets:Cash"

#: What the slip of a refund or sale on the terminal says, so that its line is found again in the next export.
SLIP_KEYS = ("terminal", "trace", "rrn", "auth")

#: Against what a claim can be raised, by the contract's own words.
AGAINST: Mapping[str, str] = {"till": "till", "payout": "payout", "bank": "bank", "fees": "fees", "income": "income"}

#: Money that nobody can be found for stays a debt; whether it ever becomes income is for a lawyer to say.
UNCLAIMED = "Liabilities:UnclaimedOverages"

_NO_SLIP: Mapping[str, str] = {}

#: What each correction is called in the books.
_NARRATIONS: Mapping[str, str] = {
    "refund": N_("refund {id} by {via}"),
    "top-up": N_("top-up {id} by {via}"),
    "write-off": N_("write-off {id}"),
    "reclass": N_("reclass {id} to {via}"),
    "bounce": N_("bounce {id} by {via}"),
    "raise": N_("raise {id} {via} by hand"),
}


def _narration(step: str, claim: str, via: str) -> str:
    """Return the narration of a correction, in the ledger's language; of a raised claim ``via`` is the kind."""
    with in_books():
        return _(_NARRATIONS[step]).format(id=claim, via=via)


class RefusedError(ValueError):
    """Nothing was booked; the message says what is wrong and what to do instead."""


@dataclass(frozen=True)
class Order:
    """What a person decided.

    ``amount`` is positive, None for all that is open; ``fee`` is the part of it the acquirer keeps; ``refs`` holds the
    new slip's :data:`SLIP_KEYS` and, under ``reference``, the voucher.
    """

    amount: Decimal | None
    currency: str
    on: date
    by: str
    via: str
    note: str
    refs: Mapping[str, str]
    fee: Decimal = ZERO


class _Rule(NamedTuple):
    """One correction: whether it is for what the merchant owes or is owed, and what else is to be done instead."""

    step: str
    owing: bool
    otherwise: str


_REFUND = _Rule("refund", True, N_("is owed to you: book what comes in with top-up"))
_TOP_UP = _Rule("top-up", False, N_("is what you owe: book what you pay with refund"))
_WRITE_OFF = _Rule(
    "write-off", False, N_("is what you owe, which nobody can give up but the other side: pay it with refund")
)

#: The kind of slip that the terminal prints, by the correction and its route; no other leaves a slip.
_SLIPS: Mapping[tuple[str, str], str] = {("refund", "card"): "refund", ("top-up", "card"): "sale"}


def refund(
    claim: Claim, part: Part, contract: Contract, order: Order, slip: Mapping[str, str] = _NO_SLIP
) -> Transaction:
    """Book what the merchant pays back to a customer or an acquirer.

    Args:
        claim: the claim as it stands.
        part: the part of it that is owed.
        contract: the acquirer's contract, for its accounts.
        order: what was decided; ``order.via`` says how the money goes.
        slip: what the claim's terminal leg says, for a refund by card.

    Raises:
        RefusedError: for anything that does not fit the claim.
    """
    return _correct(_REFUND, claim, part, contract, order, slip)


def top_up(
    claim: Claim, part: Part, contract: Contract, order: Order, slip: Mapping[str, str] = _NO_SLIP
) -> Transaction:
    """Book what a customer or an acquirer pays up; arguments and errors as for :func:`refund`."""
    return _correct(_TOP_UP, claim, part, contract, order, slip)


def write_off(claim: Claim, part: Part, contract: Contract, order: Order) -> Transaction:
    """Give up what is owed to the merchant, as an expense; arguments and errors as for :func:`refund`."""
    return _correct(_WRITE_OFF, claim, part, contract, order, _NO_SLIP)


#: A chargeback that was lost is a loss of its own kind.
CHARGEBACK_LOSS = "Expenses:POS:ChargebackLoss"


def _loss(claim: Claim, part: Part, contract: Contract, _via: str) -> str:
    """Return where what is given up goes: a refused fee claim is a fee after all, a lost chargeback its own loss."""
    if part.account == contract.claims_chargeback:
        return CHARGEBACK_LOSS
    return contract.fees if claim.kind == "A9" else contract.write_off


#: To whom what is open can be moved, as the contract's accounts: for what is owed to the merchant, and by them.
_TO: Mapping[str, tuple[str, str]] = {
    "customer": ("claims_customer", "owed_customer"),
    "acquirer": ("claims_acquirer", "owed_acquirer"),
    "employee": ("claims_employee", "claims_employee"),
    "sale": ("income", "income"),
}


#: Where money goes that nobody can be found for: a debt, or, once a lawyer says that the right to it is gone, income.
_FOR_OWNERLESS: Mapping[str, str] = {"unclaimed": UNCLAIMED, "overage": OVERAGES}


def reclass(claim: Claim, part: Part, contract: Contract, order: Order) -> Transaction:
    """Move what is open from one party's account to another's: rejected, or no longer unknown.

    ``order.via`` says where to: ``customer``, ``acquirer``, ``employee``, ``sale`` (it was a sale after all),
    ``unclaimed`` (the cardholder cannot be found; only for what the merchant owes), ``overage`` (it is the merchant's
    by law) or an account's name. Other arguments and errors as for :func:`refund`.
    """
    _require_open(claim, part, order)
    amount = _amount(claim, part, order).copy_sign(part.balance)
    account = _other_party(claim, part, contract, order.via)
    if account == part.account:
        raise RefusedError(_("{id}: it stands on {account} already").format(id=claim.id, account=account))
    head = _head(claim, part, order, "reclass", account)
    postings = [_posting(account, amount, claim.currency), _posting(part.account, -amount, claim.currency)]
    return _transaction(order, claim.acquirer, _narration("reclass", claim.id, order.via), head, postings)


def order_id(step: str, claim: Claim, part: Part, contract: Contract, order: Order) -> str:
    """Return the ``posguard-id`` under which ``order`` would be booked on ``part``, or was, if it cannot be again.

    Raises:
        RefusedError: where ``order.via`` leads nowhere.
    """
    return _head(claim, part, order, step, _account(step, claim, part, contract, order))["posguard-id"]


def _account(step: str, claim: Claim, part: Part, contract: Contract, order: Order) -> str:
    return _GOES_TO.get(step, _destination)(claim, part, contract, order.via)


def _other_party(claim: Claim, part: Part, contract: Contract, to: str) -> str:
    owing = (part.balance or part.amount).is_signed()
    if to in _TO:
        return str(getattr(contract, _TO[to][owing]))
    if to in _FOR_OWNERLESS:
        if owing:
            return _FOR_OWNERLESS[to]
        raise RefusedError(_("{id}: only what you owe can be left unclaimed; this is owed to you").format(id=claim.id))
    if accounts.is_valid(to):
        return to
    raise RefusedError(
        _("{to!r} is nobody to turn to: expected {names} or an account's name").format(
            to=to, names=", ".join([*_TO, *_FOR_OWNERLESS])
        )
    )


def bounce(claim: Claim, part: Part, contract: Contract, order: Order, repaid: Decimal) -> Transaction:
    """Book that a refund came back: it is owed again.

    ``repaid`` is what was refunded on this part and did not bounce yet. Other arguments and errors as for
    :func:`refund`.
    """
    if claim.stage in FINISHED:
        raise RefusedError(_("{id} is {stage}; reopen it first").format(id=claim.id, stage=stage_name(claim.stage)))
    _require_its_own(claim, order)
    if order.amount is not None:
        _require_money(order.amount, "amount", claim.currency)
    amount = repaid if order.amount is None else order.amount
    if not repaid or amount > repaid:
        raise RefusedError(
            _("{id}: {amount} {currency} cannot come back; {repaid} was refunded").format(
                id=claim.id, amount=amount, currency=claim.currency, repaid=repaid
            )
        )
    account = _destination(claim, part, contract, order.via)
    _require_another(account, claim, part)
    head = _head(claim, part, order, "bounce", account)
    postings = [_posting(account, amount, claim.currency), _posting(part.account, -amount, claim.currency)]
    return _transaction(order, claim.acquirer, _narration("bounce", claim.id, order.via), head, postings)


def _head(claim: Claim, part: Part, order: Order, step: str, account: str) -> dict[str, str]:
    digest = _correction_id(claim.id, step, order, account, {**order.refs, "from": part.account})
    return {"posguard-claim": claim.id, "posguard-step": step, "posguard-id": digest, "by": order.by}


def _destination(_claim: Claim, _part: Part, contract: Contract, via: str) -> str:
    """Return the account that ``via`` means: a word of :data:`ROUTES`, ``cash`` or an account's name."""
    if via == "cash":
        return CASH
    if via in ROUTES:
        return str(getattr(contract, ROUTES[via]))
    if accounts.is_valid(via):
        return via
    raise RefusedError(
        _("{via!r} is no way to pay: expected {routes}, cash or an account's name").format(
            via=via, routes=", ".join(ROUTES)
        )
    )


#: How the account is found that a correction is booked on; every other step says how the money goes.
_GOES_TO: Mapping[str, Callable[[Claim, Part, Contract, str], str]] = {"reclass": _other_party, "write-off": _loss}


def _correction_id(claim: str, step: str, order: Order, account: str, refs: Mapping[str, str]) -> str:
    """Return the digest under which a correction is written once.

    Who wrote it is left out on purpose: two people who book the same refund have paid it once.
    """
    figure = "all" if order.amount is None else str(order.amount.normalize())
    words = [claim, step, figure, account, order.on.isoformat(), *(f"{key}={refs[key]}" for key in sorted(refs))]
    return _digest(words).hex()[:16]


def _correct(
    rule: _Rule, claim: Claim, part: Part, contract: Contract, order: Order, slip: Mapping[str, str]
) -> Transaction:
    _require_open(claim, part, order)
    if part.balance.is_signed() is not rule.owing:
        raise RefusedError(
            _("{id}: the open {left} {currency} {otherwise}").format(
                id=claim.id, left=abs(part.balance), currency=claim.currency, otherwise=_(rule.otherwise)
            )
        )
    amount = _amount(claim, part, order)
    account = _account(rule.step, claim, part, contract, order)
    _require_another(account, claim, part)
    fee = _fee(claim, order, amount).copy_sign(part.balance)
    amount = amount.copy_sign(part.balance)
    head = _head(claim, part, order, rule.step, account)
    kind = _SLIPS.get((rule.step, order.via))
    facts, merchant = _slip_facts(kind, contract, order, slip) if kind else ({}, {})
    postings = [
        _posting(account, amount - fee, claim.currency, facts),
        *([_posting(contract.fees, fee, claim.currency)] if fee else []),
        _posting(part.account, -amount, claim.currency),
    ]
    return _transaction(order, claim.acquirer, _narration(rule.step, claim.id, order.via), head | merchant, postings)


def _require_open(claim: Claim, part: Part, order: Order) -> None:
    if claim.stage in FINISHED:
        raise RefusedError(
            _("{id} is {stage}; nothing can be booked on it").format(id=claim.id, stage=stage_name(claim.stage))
        )
    _require_its_own(claim, order)
    if not part.balance:
        raise RefusedError(
            _("{id}: nothing is open with the {party}").format(id=claim.id, party=party(part.counterparty))
        )


def _require_its_own(claim: Claim, order: Order) -> None:
    """Refuse a day before the claim's and another currency."""
    if order.on < claim.detected:
        raise RefusedError(
            _("{id} was found on {detected}; {on} is before that: give the date on which it was paid").format(
                id=claim.id, detected=claim.detected, on=order.on
            )
        )
    if order.currency != claim.currency:
        raise RefusedError(
            _("{id} is in {currency}; {other} cannot settle it").format(
                id=claim.id, currency=claim.currency, other=order.currency
            )
        )


def _require_another(account: str, claim: Claim, part: Part) -> None:
    if account == part.account:
        raise RefusedError(
            _("{id}: {account} is the claim's own account; name the one where the money goes").format(
                id=claim.id, account=account
            )
        )


def _amount(claim: Claim, part: Part, order: Order) -> Decimal:
    """Return how much of what is open is meant, whoever owes it."""
    left = abs(part.balance)
    if order.amount is None:
        return left
    _require_money(order.amount, "amount", claim.currency)
    if order.amount > left:
        raise RefusedError(
            _("{id}: {amount} {currency} is more than the {left} {currency} that is open with the {party}").format(
                id=claim.id, amount=order.amount, currency=claim.currency, left=left, party=party(part.counterparty)
            )
        )
    return order.amount


def _require_money(amount: Decimal, what: str, currency: str) -> None:
    if not amount.is_finite() or amount <= 0 or amount != minor(amount, min(CENT, minor_unit(currency))):
        raise RefusedError(
            _("{what} {amount}: expected a positive amount with at most two decimals, like 128.00").format(
                what=_(what), amount=amount
            )
        )


def _fee(claim: Claim, order: Order, amount: Decimal) -> Decimal:
    if order.fee == ZERO:
        return ZERO
    _require_money(order.fee, "fee", claim.currency)
    if order.via not in {"payout", "transfer"}:
        raise RefusedError(_("{id}: only an acquirer keeps a fee, so it needs payout or transfer").format(id=claim.id))
    if order.fee >= amount:
        raise RefusedError(
            _("{id}: the fee {fee} must be less than the amount {amount}").format(
                id=claim.id, fee=order.fee, amount=amount
            )
        )
    return order.fee


def _slip_facts(
    kind: str, contract: Contract, order: Order, slip: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is known of the slip to come, and the merchant id, which tells acquirers on one till apart."""
    original = {"orig-rrn": "rrn", "orig-trace": "trace", "card": "card", "terminal": "terminal"}
    facts = {"kind": kind} | {key: slip[source] for key, source in original.items() if slip.get(source)}
    facts |= {key: order.refs[key] for key in SLIP_KEYS if order.refs.get(key)}
    merchant = slip.get("merchant") or next(iter(contract.merchants), "")
    return facts, {"merchant": merchant} if merchant else {}


@dataclass(frozen=True)
class Found:
    """A mismatch that only paper shows.

    ``amount`` is signed from the merchant's side (positive: owed to the merchant); ``against`` is the account that is
    wrong without this claim: a word of :data:`AGAINST` or an account's name.
    """

    kind: str
    counterparty: str
    amount: Decimal
    currency: str
    against: str
    on: date
    by: str
    note: str
    reference: str


#: Which claim account a counterparty has, for what it owes and for what it is owed.
_CLAIM_ACCOUNTS: Mapping[str, tuple[str, str]] = {
    "customer": ("claims_customer", "owed_customer"),
    "acquirer": ("claims_acquirer", "owed_acquirer"),
    "none": ("suspense", "suspense"),
}


def raise_claim(contract: Contract, found: Found) -> Transaction:
    """Open a claim by hand; its id is derived from what was found, so that the same finding is one claim.

    Raises:
        RefusedError: saying which word or figure is wrong and what was expected.
    """
    account, against = _claim_account(contract, found), _against(contract, found)
    words = (contract.name, found.kind, account, str(found.amount.normalize()), against, found.reference)
    claim = f"PG-{found.on:%Y%m%d}-{_code(_digest(words))}"
    refs = {"reference": found.reference} if found.reference else {}
    order = Order(found.amount, found.currency, found.on, found.by, found.against, found.note, refs)
    head = {
        "posguard-claim": claim,
        "posguard-step": "raise",
        "posguard-kind": found.kind,
        "posguard-counterparty": found.counterparty,
        "posguard-id": _correction_id(claim, "raise", order, account, {}),
        "by": found.by,
    }
    postings = [_posting(account, found.amount, found.currency), _posting(against, -found.amount, found.currency)]
    return _transaction(order, contract.name, _narration("raise", claim, found.kind), head, postings)


def _claim_account(contract: Contract, found: Found) -> str:
    if found.kind not in KINDS:
        raise RefusedError(
            _("{kind!r} is no kind: expected one of {kinds}").format(kind=found.kind, kinds=", ".join(KINDS))
        )
    if found.counterparty not in _CLAIM_ACCOUNTS:
        raise RefusedError(
            _("{party!r} is no counterparty: expected {names} (none: not known yet)").format(
                party=found.counterparty, names=", ".join(_CLAIM_ACCOUNTS)
            )
        )
    _require_money(abs(found.amount), "amount", found.currency)
    if found.currency != contract.currency:
        raise RefusedError(
            _("the contract with {name} is in {currency}, not {other}").format(
                name=contract.name, currency=contract.currency, other=found.currency
            )
        )
    if found.kind in DISPUTED and found.counterparty == "acquirer" and found.amount > 0:
        return contract.claims_chargeback  # as one that a line shows; lost, it is a loss of its own
    return str(getattr(contract, _CLAIM_ACCOUNTS[found.counterparty][found.amount.is_signed()]))


def _against(contract: Contract, found: Found) -> str:
    against = str(getattr(contract, AGAINST[found.against])) if found.against in AGAINST else found.against
    if not accounts.is_valid(against):
        raise RefusedError(
            _("{against!r} is no account: expected {names} or an account's name").format(
                against=against, names=", ".join(AGAINST)
            )
        )
    if against == contract.clearing:
        raise RefusedError(
            _("what is left on {against} is found by itself; raise a claim for what no account shows").format(
                against=against
            )
        )
    return against


def _digest(words: Iterable[str]) -> bytes:
    return sha256("\n".join(words).encode()).digest()


def _code(digest: bytes) -> str:
    """Return five letters and digits that are hard to mistake for each other (no I, L, O, U)."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = int.from_bytes(digest[:4])
    return "".join(alphabet[(number >> shift) & 31] for shift in (0, 5, 10, 15, 20))


def _posting(account: str, number: Decimal, currency: str, facts: Mapping[str, str] | None = None) -> Posting:
    return Posting(account, Amount(two_decimals(number), currency), None, None, None, dict(facts) if facts else None)


def _transaction(
    order: Order, payee: str, narration: str, head: dict[str, str], postings: list[Posting]
) -> Transaction:
    if not order.by.strip():
        raise RefusedError(_("who books this? say it with --by or POSGUARD_BY"))
    meta: dict[str, object] = {"filename": "<posguard>", "lineno": 0} | head
    meta |= {key: value for key, value in (("reference", order.refs.get("reference")), ("note", order.note)) if value}
    links = frozenset({head["posguard-claim"]})
    return Transaction(meta, order.on, "*", payee, narration, frozenset(), links, postings)
