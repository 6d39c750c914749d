"""Files -> the ledger that importing them gives, written by hand in the ledger's language.

One transaction per file, one posting per line; a bank's file makes one transaction per deposit. Nothing here asks the
importer: the text is what ``docs/ledger-language.md`` says it must be.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.legs import HOLD_KINDS, Kind, Source, Status
from beancount_posguard.money import CENT, ZERO
from beancount_posguard.simulate.printing import File, Row
from beancount_posguard.simulate.shop import Acquirer, Shop

TILL, INCOME, FEES, BANK, HOLDS = (
    "Assets:POS:Till",
    "Income:Sales",
    "Expenses:POS:Fees",
    "Assets:Bank:ICBC",
    "Equity:Guarantees",
)
OWED_BY_CUSTOMER, OWED_TO_CUSTOMER = "Assets:Claims:Customer", "Liabilities:Claims:Customer"
SUSPENSE, WRITE_OFF, CHARGEBACKS = "Assets:POS:Suspense", "Expenses:POS:WriteOff", "Assets:Claims:Chargeback"

PROFILES = {
    Source.SALE: "sales_register",
    Source.TERMINAL: "cn_pos_terminal",
    Source.SETTLEMENT: "chinaums_statement",
    Source.BANK: "cn_bank_corporate",
}

#: Differences up to this are rounding, by all contracts.
TOLERANCE = CENT

#: Gives the digest of a file by its stem; without real files a digest of its name will do.
Digest = Callable[[str], str]


def digest_of(stem: str) -> str:
    """Return a digest that stands for a file that was never written."""
    return hashlib.sha256(stem.encode()).hexdigest()


def clearing(acquirer: str) -> str:
    """Return the account of what is approved and not yet on a statement."""
    return f"Assets:POS:{acquirer}:Clearing"


def payout(acquirer: str) -> str:
    """Return the account of what is on a statement and not yet in the bank."""
    return f"Assets:POS:{acquirer}:Payout"


def guarantees(acquirer: str) -> str:
    """Return the account of the open holds."""
    return f"Assets:POS:{acquirer}:Guarantees"


def owed_by(acquirer: str) -> str:
    """Return the account of what the acquirer owes."""
    return f"Assets:Claims:Acquirer:{acquirer}"


def owed_to(acquirer: str) -> str:
    """Return the account of what is owed to the acquirer."""
    return f"Liabilities:Claims:Acquirer:{acquirer}"


# -- the main file ---------------------------------------------------------------------------------------------------


def head(shop: Shop, since: date) -> str:
    """Return options, contracts and accounts; accounts open on ``since``."""
    own = [TILL, INCOME, FEES, BANK, OWED_BY_CUSTOMER, OWED_TO_CUSTOMER, SUSPENSE, WRITE_OFF, CHARGEBACKS]
    own += ["Assets:Bank:CCB", "Assets:Cash", "Equity:Opening"]
    memo = [HOLDS]
    for one in shop.acquirers:
        own += [clearing(one.name), payout(one.name), owed_by(one.name), owed_to(one.name)]
        memo.append(guarantees(one.name))
    opens = [f"{since} open {account} CNY\n" for account in own]
    opens += [f"{since} open {account} HOLD.CNY\n" for account in memo]
    return (
        f'option "title" "{shop.title}"\noption "operating_currency" "CNY"\n\nplugin "beancount_posguard"\n\n'
        + "\n".join(contract(one, since) for one in shop.acquirers)
        + "\n"
        + "".join(opens)
    )


def contract(acquirer: Acquirer, since: date) -> str:
    """Return the contract as a directive."""
    bank = acquirer.bank
    return (
        f'{since} custom "posguard-acquirer" "{bank.name}"\n'
        f'  merchant: "{" ".join(acquirer.merchants)}"\n'
        f"  bank:     {BANK}\n"
        f'  settles:  "{bank.settles}"\n'
        f'  pays:     "{bank.pays}"\n'
        f'  grace:    "{acquirer.grace} day"\n'
        f'  fee:      "{bank.fee}"\n'
        f'  tolerance: "{TOLERANCE}"\n'
    )


# -- batches ---------------------------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """One transaction to be: what stands above its postings, and its lines."""

    file: File
    rows: Sequence[Row]
    payee: str
    narration: str
    acquirer: str


def entries(file: File, shop: Shop, *, split: bool = False) -> list[Entry]:
    """Return the transactions a file makes; with ``split`` each of several lines is cut into two."""
    if file.source is Source.BANK:
        made = [*_deposits(file, shop)]
    else:
        payee = file.acquirer or shop.acquirers[0].name
        made = [Entry(file, file.legs, payee, _narration(file), payee)]
    if split:
        made = [half for one in made for half in _halves(one)]
    return made


def _halves(entry: Entry) -> Iterator[Entry]:
    middle = len(entry.rows) // 2
    if middle:
        yield entry._replace(rows=entry.rows[:middle])
    yield entry._replace(rows=entry.rows[middle:])


def _narration(file: File) -> str:
    if file.source is Source.TERMINAL:
        return f"Terminal {file.terminal} batch {file.batch}" if file.batch else f"Terminal {file.terminal}"
    if file.source is Source.SETTLEMENT:
        return f"Statement {file.day}"
    return f"Till {file.store} {file.day}"


def _deposits(file: File, shop: Shop) -> Iterator[Entry]:
    """Yield one transaction per deposit, and an empty one for each acquirer that paid nothing."""
    paid = set()
    for row in file.legs:
        name = next(one.name for one in shop.acquirers if one.bank.payer == row.party)
        paid.add(name)
        yield Entry(file, [row], row.party, row.memo, name)
    for one in shop.acquirers:
        if one.name not in paid and not file.acquirer:
            yield Entry(file, [], one.name, "No deposits", one.name)


def transactions(made: Sequence[Entry], digest: Digest, shuffle: Callable[[list[str]], None] | None) -> Iterator[str]:
    """Yield the text of one file's transactions; ``shuffle`` changes the order of their postings."""
    for part, entry in enumerate(made, 1):
        postings = [_leg(row, entry) for row in entry.rows]
        postings += _other_side(entry)
        if shuffle:
            shuffle(postings)
        yield _title(entry, digest, part, len(made)) + "".join(postings)
    for row in made[0].file.rows if made else ():
        if row.cash and row.names_slip:
            yield _tendered(row, made[0].file)


def _tendered(row: Row, file: File) -> str:
    """Return a sale that was rung up as cash though it names a slip, as importing the till's list books it."""
    facts = {"tender": "cash", "ticket": row.ticket, "store": file.store, "time": f"{row.when:%H:%M:%S}"}
    facts |= {"terminal": row.terminal, "trace": row.trace, "rrn": row.rrn, "order": row.order}
    said = "".join(f'  {key}: "{value}"\n' for key, value in facts.items() if value)
    return f'{file.day} * "现金" ""\n{said}  {INCOME}  {-row.amount:.2f} CNY\n  Assets:Cash  {row.amount:.2f} CNY\n'


def _title(entry: Entry, digest: Digest, part: int, parts: int) -> str:
    file = entry.file
    meta = [("posguard-source", file.source.value)]
    if entry.rows or file.source is not Source.TERMINAL:
        meta.append(("merchant", file.merchant))
    meta += [("terminal", file.terminal), ("batch", file.batch)]
    if file.source is Source.SALE:
        meta.append(("store", file.store))
    meta += [
        ("posguard-profile", PROFILES[file.source]),
        ("posguard-file", f"{file.stem}.csv"),
        ("posguard-sha256", digest(file.stem)),
        ("posguard-part", f"{part} of {parts}" if parts > 1 else ""),
        ("posguard-receipt", _receipt(entry)),
    ]
    said = "".join(f'  {key}: "{value}"\n' for key, value in meta if value)
    return f'{file.day} * "{entry.payee}" "{entry.narration}"\n{said}'


def _receipt(entry: Entry) -> str:
    gross = sum((row.money for row in entry.rows), ZERO)
    text = f"{len(entry.rows)} rows, gross {gross:.2f} CNY"
    if entry.file.source is Source.SETTLEMENT and entry.rows:
        fees = _fees(entry.rows)
        text += f", fee {fees:.2f} CNY, net {gross - fees:.2f} CNY"
    return text


def _fees(rows: Iterable[Row]) -> Decimal:
    return sum((row.fee or ZERO for row in rows), ZERO)


def _leg(row: Row, entry: Entry) -> str:
    source = entry.file.source
    if row.is_hold and source is Source.TERMINAL:
        amount = row.amount if row.status is Status.APPROVED else ZERO
        text = f"  {guarantees(entry.acquirer)}  {amount:.2f} HOLD.CNY\n"
    else:
        account = {Source.SALE: TILL, Source.BANK: payout(entry.acquirer)}.get(source, clearing(entry.acquirer))
        sign = 1 if source in {Source.SALE, Source.TERMINAL} else -1
        text = f"  {account}  {row.money * sign + ZERO:.2f} CNY\n"
    return text + "".join([f'    {key}: "{value}"\n' for key, value in _facts(row, source) if value])


def _facts(row: Row, source: Source) -> list[tuple[str, str]]:
    """Return what stands under the posting of a line, in the order of the grammar."""
    facts: list[tuple[str, str]] = []
    if row.kind not in {Kind.SALE, Kind.DEPOSIT}:
        facts.append(("kind", row.kind.value))
    if row.status is not Status.APPROVED:
        facts.append(("status", row.status.value))
    if not row.money and not (row.is_hold and source is Source.TERMINAL and row.status is Status.APPROVED):
        facts.append(("amount", f"{abs(row.amount):.2f}"))
    if source is not Source.TERMINAL:
        facts.append(("terminal", row.terminal))
    facts += [("trace", row.trace), ("rrn", row.rrn), ("auth", row.auth)]
    if source in {Source.TERMINAL, Source.SETTLEMENT}:
        facts += [("card", row.card), ("card-type", row.card_type)]
    if source is Source.SETTLEMENT:
        facts.append(("date", f"{row.when:%Y-%m-%d}"))
    time = f"{row.when:%H:%M:%S}"
    facts.append(("time", "" if time == "00:00:00" else time))
    if row.fee is not None:
        facts.append(("fee", f"{row.fee + ZERO:.2f}"))
    facts += [("tip", f"{row.tip:.2f}" if row.tip else ""), ("response", row.response), ("mode", row.mode)]
    facts += [("order", row.order), ("ticket", row.ticket), ("cashier", row.cashier)]
    facts += [("orig-trace", row.orig_trace), ("orig-rrn", row.orig_rrn)]
    if source is Source.BANK:
        facts.append(("reference", row.reference))
    if row.period:
        facts += [("period-from", f"{row.period[0]}"), ("period-to", f"{row.period[1]}")]
    return [*facts, ("reason", row.reason), ("foreign", row.foreign), ("memo", row.memo)]


def _other_side(entry: Entry) -> list[str]:
    """Return what balances the legs: what the batch's lines come to, and the holds that end."""
    rows, source = entry.rows, entry.file.source
    gross = sum((row.money for row in rows), ZERO)
    if source is Source.SETTLEMENT:
        fees = _fees(rows)
        if not rows:
            return []
        postings = [f"  {payout(entry.acquirer)}  {gross - fees:.2f} CNY\n"]
        return postings + ([f"  {FEES}  {fees:.2f} CNY\n"] if fees else [])
    if source is Source.BANK:
        return [f"  Assets:Bank:{entry.file.bank}  {gross:.2f} CNY\n"] if rows else []
    against = INCOME if source is Source.SALE else TILL
    moved = any(not row.is_hold for row in rows) or (rows and source is Source.SALE)
    postings = [f"  {against}  {-gross + ZERO:.2f} CNY\n"] if moved else []
    return postings + (_holds(entry) if source is Source.TERMINAL else [])


def _holds(entry: Entry) -> list[str]:
    """Return the memos by which completions end their holds, and the other side of all memos."""
    ended = [row for row in entry.rows if row.kind is Kind.COMPLETION and row.money]
    opened = [row for row in entry.rows if row.kind in HOLD_KINDS and row.status is Status.APPROVED]
    account = guarantees(entry.acquirer)
    postings = [
        f'  {account}  {-row.amount:.2f} HOLD.CNY\n    kind: "completion"\n    trace: "{row.trace}"\n'
        f'    rrn: "{row.rrn}"\n    time: "{row.when:%H:%M:%S}"\n    orig-trace: "{row.orig_trace}"\n'
        f'    orig-rrn: "{row.orig_rrn}"\n'
        for row in ended
    ]
    total = sum((row.amount for row in opened), ZERO) - sum((row.amount for row in ended), ZERO)
    return [*postings, f"  {HOLDS}  {-total + ZERO:.2f} HOLD.CNY\n"] if total else postings
