"""A new shop's ledger as files: what ``posguard init`` writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from beancount.core import account as accounts
from beancount.parser import parser

from beancount_posguard.booking.corrections import CASH, CHARGEBACK_LOSS, UNCLAIMED
from beancount_posguard.contract import Contract
from beancount_posguard.ledger.contracts import read_contracts
from beancount_posguard.text import plain


@dataclass(frozen=True)
class Shop:
    """What a newcomer is asked; accounts open on ``since``, ``sales`` tells whether the till keeps records."""

    title: str
    acquirer: str
    merchant: str
    currency: str
    bank: str
    fee: str
    settles: str
    sales: bool
    since: date


#: What each account of the contract is for, in the order of the money's way.
_ACCOUNTS: Mapping[str, str] = {
    "till": "sold, not yet on the terminal",
    "clearing": "approved, not yet on a statement",
    "payout": "on a statement, not yet in the bank",
    "bank": "where the deposits arrive",
    "fees": "what the acquirer keeps",
    "income": "what was sold",
    "claims_customer": "customers owe it",
    "owed_customer": "it is owed to customers",
    "claims_acquirer": "the acquirer owes it",
    "owed_acquirer": "it is owed to the acquirer",
    "claims_chargeback": "what issuers took back, and may give back",
    "suspense": "nobody knows yet who owes whom",
    "write_off": "given up",
}

_MAIN = """\
; {title}. Everything posguard knows stands here and in the two files included below.
; Look at it:  bean-check main.beancount;  posguard check;  fava main.beancount

option "title" "{title}"
option "operating_currency" "{currency}"
option "documents" "documents"

plugin "beancount_posguard"

; What the acquirer promised. Every key: docs/ledger-language.md of beancount-posguard.
{contract}
; The accounts of the card money's way. Till, Clearing and Payout must come back to zero.
{opens}
; Holds (预授权) move no money; they are kept as a memo.
{since} open {guarantees} HOLD.{currency}
{since} open Equity:Guarantees HOLD.{currency}

{since} open Equity:Opening

; Fava's import page: put downloaded files into exports/, then open Import.
{since} custom "fava-option" "import-config" "import.py"
{since} custom "fava-option" "import-dirs" "exports"

include "pos-imports.beancount"
include "pos-claims.beancount"
"""

_IMPORTS = """\
; Imported batches. posguard import appends here; so does Fava's import page.
{since} custom "fava-option" "insert-entry" ".*POS.*"
"""

_CLAIMS = """\
; Steps and corrections of claims. posguard verify, refund, top-up and their like append here.
"""

_IMPORT = '''\
"""For beangulp (python import.py identify exports/) and for Fava's import page."""

from beangulp import Ingest

from beancount_posguard.ingest.importer import importers

CONFIG = importers("main.beancount")

if __name__ == "__main__":
    Ingest(CONFIG)()
'''

_IMPORTERS = """\
Profiles of your own: one folder per institution with a profile.toml in it, in the format that the documentation of
beancount-posguard calls a profile (docs/importing.md). posguard looks here first and into its own catalogue after that.
"""

_EXPORTS = """\
Downloaded files: the till's sale list, the terminals' exports, the acquirer's statements, the bank's statements.
Then: posguard import exports
"""

_DOCUMENTS = """\
The files that were imported, by account and day; posguard import copies them here, and Fava shows them.
"""

_IGNORE = """\
*.picklecache
.*.lock
.*.posguard-new
__pycache__/
# Personal data: how customers are reached.
private/
"""


def files(shop: Shop) -> dict[str, str]:
    """Return the files of a new ledger by relative path.

    Raises:
        ValueError: when an answer cannot stand in the contract; the message says what was expected.
    """
    contract, text = _contract(shop)
    main = _MAIN.format(
        title=plain(shop.title),
        currency=contract.currency,
        contract=text,
        opens=_opens(contract, shop.since),
        since=shop.since,
        guarantees=contract.guarantees,
    )
    return {
        "main.beancount": main,
        "pos-imports.beancount": _IMPORTS.format(since=shop.since),
        "pos-claims.beancount": _CLAIMS,
        "import.py": _IMPORT,
        "importers/README": _IMPORTERS,
        "exports/README": _EXPORTS,
        "documents/README": _DOCUMENTS,
        ".gitignore": _IGNORE,
    }


def _contract(shop: Shop) -> tuple[Contract, str]:
    """Return the contract and its text, read by the same reader that will read it in the ledger."""
    if not accounts.is_valid(shop.bank):
        raise ValueError(f"{shop.bank!r} is no account; expected a name such as Assets:Bank:ICBC")
    values = {
        "merchant": f'"{plain(shop.merchant)}"' if shop.merchant else "",
        "till": "" if shop.sales else "Income:Sales",
        "bank": shop.bank,
        "currency": shop.currency,
        "settles": f'"{plain(shop.settles)}"',
        "fee": f'"{plain(shop.fee)}"' if shop.fee else "",
    }
    keys = "".join(f"  {key + ':':9} {value}\n" for key, value in values.items() if value)
    text = f'{shop.since} custom "posguard-acquirer" "{plain(shop.acquirer)}"\n{keys}'
    entries, faults, _ = parser.parse_string(text)
    contracts, errors = read_contracts(entries)
    for fault in [*faults, *errors]:
        raise ValueError(fault.message)
    return contracts[0], text


def _opens(contract: Contract, since: date) -> str:
    names: dict[str, str] = {}
    for attribute, meaning in _ACCOUNTS.items():
        names.setdefault(getattr(contract, attribute), meaning)
    names.setdefault(CHARGEBACK_LOSS, "chargebacks that were lost")
    names.setdefault(UNCLAIMED, "money whose owner cannot be found")
    names.setdefault(CASH, "refunds and top-ups at the counter")
    width = max(map(len, names))
    return "".join(f"{since} open {name:{width}} {contract.currency}  ; {meaning}\n" for name, meaning in names.items())
