"""What must be on file before a claim is prepared, and the digest that an approval is bound to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from beancount_posguard.words import either


class Exhibit(NamedTuple):
    """One file on a claim: what it is (a word of :data:`EXHIBITS`), its path relative to the ledger, its SHA-256."""

    what: str
    path: str
    sha256: str
    day: date
    by: str


EXHIBITS: Mapping[str, tuple[str, str]] = {
    "slip": ("签购单", "signed merchant copy of the slip"),
    "ticket": ("收银小票", "till ticket with the right amount"),
    "statement": ("清算单", "the acquirer's statement line"),
    "bank": ("银行流水", "the bank's line"),
    "tariff": ("费率合同", "the tariff in the contract"),
    "batch-slip": ("批次结算单", "settlement slip of the batch"),
    "void-slip": ("撤销单", "slip of the void"),
    "decline-slip": ("失败单", "slip of the declined try, or the terminal's log"),
    "refund-slip": ("退货单", "slip of the refund"),
    "hold-slip": ("预授权单", "slip of the hold"),
    "terms": ("入住登记/条款", "signed registration card or terms"),
    "notice": ("争议通知", "the notice of the dispute"),
    "consent": ("客户同意书", "the customer's written consent"),
    "cashier": ("收银员说明", "the cashier's statement"),
    "delivery": ("交付证明", "proof of what was delivered, once or twice"),
    "complaint": ("客户投诉", "the customer's complaint"),
    "reply": ("回复", "the other side's answer"),
    "advice": ("法律意见", "legal advice"),
    "account": ("账户证明", "identity and account of a payee"),
    "other": ("其他", "anything else"),
}


def exhibit_name(code: str) -> str:
    """Return what the reader calls an exhibit, always with the code that ``attach --as`` takes."""
    return either(f"{EXHIBITS[code][0]} {code}", code) if code in EXHIBITS else code


class Need(NamedTuple):
    """One thing needed: an exhibit's word, and the side whose imported line proves it as well (empty: none does)."""

    what: str
    side: str = ""


_SLIP, _TICKET, _LINE, _BANK = (
    Need("slip"),
    Need("ticket", "sale"),
    Need("statement", "settlement"),
    Need("bank", "bank"),
)

NEEDED: Mapping[str, tuple[Need, ...]] = {
    "A1": (_TICKET, _SLIP),
    "A2": (_TICKET, _SLIP, Need("consent")),
    "A3": (_SLIP, _LINE),
    "A4": (_SLIP, _LINE),
    "A9": (_LINE, Need("tariff")),
    "A10": (_SLIP, _LINE),
    "A6": (_TICKET, _SLIP),
    "A7": (_TICKET, _SLIP),
    "A8": (_TICKET, _SLIP),
    "MIX": (_TICKET, _SLIP, _LINE),
    "Y1": (_TICKET, _SLIP, Need("cashier")),
    "Y2": (_TICKET, _SLIP, Need("cashier")),
    "Y3": (_TICKET, Need("hold-slip"), Need("cashier")),
    "Y4": (_TICKET, Need("hold-slip"), Need("cashier")),
    "Y5": (Need("void-slip"), Need("refund-slip")),
    "Y6": (_TICKET, _SLIP),
    "X1": (_SLIP, Need("batch-slip")),
    "X2": (_SLIP, _LINE),
    "X3": (Need("void-slip"), _LINE),
    "X4": (Need("decline-slip"), _LINE),
    "X5": (Need("refund-slip"),),
    "X6": (_SLIP,),
    "X7": (Need("decline-slip"),),
    "E1": (_LINE,),
    "E2": (_SLIP,),
    "E3": (_TICKET,),
    "E4": (_SLIP, Need("delivery")),
    "E5": (_SLIP, _LINE),
    "E6": (_SLIP, _LINE),
    "B2": (Need("batch-slip"),),
    "B3": (Need("batch-slip"), _LINE),
    "B4": (_TICKET, _SLIP),
    "G1": (_TICKET, Need("hold-slip"), _SLIP, Need("terms")),
    "G2": (_TICKET, Need("hold-slip"), _SLIP, Need("terms")),
    "G3": (_TICKET, Need("hold-slip"), Need("terms")),
    "G4": (Need("hold-slip"),),
    "G5": (_TICKET, Need("hold-slip"), Need("terms")),
    "G8": (Need("hold-slip"),),
    "G6": (_TICKET, _SLIP),
    "G7": (_TICKET, _SLIP),
    "P1": (_LINE, _BANK),
    "P2": (_LINE, _BANK),
    "P3": (_LINE,),
    "P4": (_LINE, _BANK),
    "P5": (_LINE, _BANK),
    "D1": (Need("notice"), _SLIP),
    "D2": (Need("notice"), _SLIP, Need("delivery")),
    "D3": (Need("notice"), _SLIP, Need("delivery")),
    "D4": (Need("notice"), _SLIP, Need("delivery")),
}


def missing(kind: str, sides: Iterable[str], exhibits: Sequence[Exhibit]) -> list[str]:
    """Return the exhibits' words that a claim of ``kind`` still needs.

    Args:
        kind: the claim's kind.
        sides: the sides of which a line is in the ledger.
        exhibits: what is on file.
    """
    there, on_file = frozenset(sides), {one.what for one in exhibits}
    return [need.what for need in NEEDED.get(kind, ()) if need.what not in on_file and need.side not in there]


def digest(exhibits: Iterable[Exhibit], amount: Decimal, route: str, party: str) -> str:
    """Return what an approval is bound to: 16 hex digits over the files, the amount, the route and the party."""
    words = [f"{amount:.2f}", route, party, *sorted(f"{one.what} {one.sha256}" for one in exhibits)]
    return sha256("\n".join(words).encode()).hexdigest()[:16]
