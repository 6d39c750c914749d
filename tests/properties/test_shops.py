"""What holds for every shop, whatever goes wrong in it.

Hypothesis makes small shops: sales of two weeks of November 2026, each told by till, terminal and statement, with
faults drawn at random. The ledger text is written here from the facts, so what the books must say can be worked out
from the facts again, without asking the plugin.
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from beancount import loader
from beancount.core.data import Transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

DAY = timedelta(days=1)
FIRST = date(2026, 11, 2)  # a Monday; no holidays in China for the rest of the year
WEEKDAYS = [FIRST + n * DAY for n in range(12) if (FIRST + n * DAY).weekday() < 5]
#: Three clean days long after everything else: with their files every link of every event has been judged.
AFTERMATH = [date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)]
CENT = Decimal("0.01")

TILL = "Assets:POS:Till"
CLEARING = "Assets:POS:ChinaUMS:Clearing"
PAYOUT = "Assets:POS:ChinaUMS:Payout"
FEES = "Expenses:POS:Fees"
OWED_BY_CUSTOMER, OWED_TO_CUSTOMER = "Assets:Claims:Customer", "Liabilities:Claims:Customer"
OWED_BY_ACQUIRER, OWED_TO_ACQUIRER = "Assets:Claims:Acquirer:ChinaUMS", "Liabilities:Claims:Acquirer:ChinaUMS"
SUSPENSE = "Assets:POS:Suspense"

HEAD = """\
option "operating_currency" "CNY"
plugin "beancount_posguard"
2026-01-01 open Assets:POS:Till
2026-01-01 open Assets:POS:ChinaUMS:Clearing
2026-01-01 open Assets:POS:ChinaUMS:Payout
2026-01-01 open Assets:POS:ChinaUMS:Guarantees
2026-01-01 open Assets:Bank
2026-01-01 open Equity:Guarantees
2026-01-01 open Expenses:POS:Fees
2026-01-01 open Income:Sales
2026-01-01 custom "posguard-acquirer" "ChinaUMS"
  fee: "debit 0.50%"
"""


class Row(NamedTuple):
    """One slip as one source tells it: ``file`` is the date of its batch, ``amount`` is from the merchant's side."""

    source: str
    file: date
    terminal: str
    amount: Decimal
    fee: Decimal
    facts: tuple[tuple[str, str], ...]

    @property
    def is_hold(self) -> bool:
        return ("kind", "preauth") in self.facts


@dataclass(frozen=True)
class Sale:
    """One economic event of the shop and what became of it.

    ``tampered`` maps a source to the amounts it tells instead of the true one; an empty tuple is a source that is
    silent. ``late`` maps a source to the weekdays its file comes too late by.
    """

    number: int
    day: date
    time: str
    terminal: str
    card: str
    amount: Decimal
    tampered: dict[str, tuple[Decimal, ...]]
    late: dict[str, int]
    held: bool = False
    declined: bool = False
    overcharge: Decimal = Decimal(0)
    unkeyed: str = ""

    def amounts(self, source: str) -> tuple[Decimal, ...]:
        """Return what ``source`` tells of this sale, one amount a line."""
        if source == "terminal" and (self.held or self.declined):
            return ()
        if (source == "settlement" and self.held) or (source == "sale" and self.declined):
            return ()
        return self.tampered.get(source, (self.amount,))


def weekday_after(day: date, steps: int = 1) -> date:
    """Return the ``steps``-th weekday after ``day``."""
    for _ in range(steps):
        day += DAY
        while day.weekday() >= 5:
            day += DAY
    return day


def reference(number: int, digits: int) -> str:
    """Return a reference that no slip of the pen turns into another number's: neighbours differ in many digits."""
    return str(int(hashlib.sha256(str(number).encode()).hexdigest(), 16) % 10**digits).zfill(digits)


def rows_of(sale: Sale) -> Iterable[Row]:
    """Tell ``sale`` as its sources do."""
    statement = weekday_after(sale.day + DAY if sale.time >= "23:00" else sale.day)
    for source, due in (("sale", sale.day), ("terminal", sale.day), ("settlement", statement)):
        file = weekday_after(due, sale.late.get(source, 0)) if sale.late.get(source) else due
        keys = {"rrn": reference(sale.number, 12), "trace": reference(sale.number, 6), "card": sale.card}
        facts = {"date": str(sale.day), "time": sale.time, **({} if sale.unkeyed == source else keys)}
        if source == "terminal" and sale.held:
            yield Row(source, file, sale.terminal, sale.amount, Decimal(0), (*facts.items(), ("kind", "preauth")))
        if source == "terminal" and sale.declined:
            said = (("status", "declined"), ("amount", str(sale.amount)))
            yield Row(source, file, sale.terminal, Decimal(0), Decimal(0), (*facts.items(), *said))
        for ordinal, amount in enumerate(sale.amounts(source)):
            fee = Decimal(0)
            if source == "settlement":
                fee = (amount / 200).quantize(CENT, ROUND_HALF_UP) + (0 if ordinal else sale.overcharge)
                facts |= {"fee": str(fee), "card-type": "debit"}
            yield Row(source, file, sale.terminal, amount, fee, tuple(facts.items()))


Batches = list[list[Row]]


def batches_of(rows: Iterable[Row]) -> Batches:
    """Batch rows as files do: by source and day, the terminal's by terminal too."""
    batches: defaultdict[tuple[date, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        batches[row.file, row.source, row.terminal if row.source == "terminal" else ""].append(row)
    return [batches[key] for key in sorted(batches)]


def posting(account: str, amount: Decimal, currency: str = "CNY", facts: Iterable[tuple[str, str]] = ()) -> str:
    return "\n".join([f"  {account}  {amount} {currency}", *(f'    {key}: "{value}"' for key, value in facts)])


def transaction(rows: Sequence[Row], facts: Iterable[tuple[str, str]] = ()) -> str:
    """Write one batch; what its rows share still stands on each of them, so batches can be cut anywhere."""
    source, file = rows[0].source, rows[0].file
    head = {"posguard-source": source, **dict(facts)}
    lines = [f'{file} * "{source}"', *(f'  {key}: "{value}"' for key, value in head.items())]
    total = sum((row.amount for row in rows if not row.is_hold), Decimal(0))
    fees = sum((row.fee for row in rows), Decimal(0))
    for row in rows:
        where = (("terminal", row.terminal), ("batch", f"{row.terminal[-1]}{row.file:%m%d}"))
        if row.is_hold:
            lines.append(posting("Assets:POS:ChinaUMS:Guarantees", row.amount, "HOLD.CNY", (*row.facts, *where)))
            lines.append(posting("Equity:Guarantees", -row.amount, "HOLD.CNY"))
        elif source == "sale":
            lines.append(posting(TILL, row.amount, facts=row.facts))
        elif source == "terminal":
            lines.append(posting(CLEARING, row.amount, facts=(*row.facts, *where)))
        else:
            lines.append(posting(CLEARING, -row.amount, facts=row.facts))
    others = {
        "sale": [("Income:Sales", -total)],
        "terminal": [(TILL, -total)],
        "settlement": [(PAYOUT, total - fees), (FEES, fees)],
    }
    lines += [posting(account, amount) for account, amount in others[source] if amount or source == "settlement"]
    return "\n".join(lines) + "\n"


def deposits(batches: Batches) -> list[tuple[date, str]]:
    """Pay every statement on the next weekday, each day's into one deposit."""
    nets: defaultdict[date, Decimal] = defaultdict(Decimal)
    for batch in batches:
        if batch[0].source == "settlement":
            nets[weekday_after(batch[0].file)] += sum((row.amount - row.fee for row in batch), Decimal(0))
    head = '{0} * "bank"\n  posguard-source: "bank"\n  Assets:POS:ChinaUMS:Payout  {1} CNY\n  Assets:Bank  {2} CNY\n'
    return [(day, head.format(day, -net, net)) for day, net in sorted(nets.items())]


def ledger(batches: Batches, until: date = date.max, *, bank: bool = False) -> str:
    """Write the ledger of all batches up to ``until``, in date order, so that a shorter one is its beginning."""
    texts = [(batch[0].file, transaction(batch)) for batch in batches]
    texts += deposits(batches) if bank else []
    return HEAD + "\n".join(text for day, text in sorted(texts, key=lambda one: one[0]) if day <= until)


class Books(NamedTuple):
    """A loaded ledger: all entries, those the plugin wrote, and what was reported."""

    entries: list[Any]
    movements: list[Transaction]
    errors: list[str]

    def balances(self, until: date = date.max) -> dict[tuple[str, str], Decimal]:
        """Return all balances that are not zero, at the end of ``until``."""
        sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for entry in self.entries:
            if isinstance(entry, Transaction) and entry.date <= until:
                for one in entry.postings:
                    assert one.units is not None
                    sums[one.account, one.units.currency] += one.units.number or Decimal(0)
        return {key: amount for key, amount in sums.items() if amount}

    def said(self, until: date = date.max, *, without: Iterable[str] = ()) -> list[str]:
        """Return all that the plugin wrote up to ``until``, as text, but for the metadata keys ``without``."""
        hidden = {"filename", "lineno", *without}
        return [
            f"{entry.date} {entry.flag} {entry.narration} {sorted(entry.links)} "
            f"{sorted((k, str(v)) for k, v in entry.meta.items() if k not in hidden)} "
            f"{sorted((one.account, str(one.units)) for one in entry.postings)}"
            for entry in self.movements
            if entry.date <= until
        ]


def load(text: str) -> Books:
    """Load ``text``; findings about money are welcome, faults of the ledger or the plugin are not."""
    entries, errors, _ = loader.load_string(text, dedent=False)
    messages = [error.message for error in errors]
    strangers = [m for m in messages if not m.startswith(("PG-2026", "posguard: uncertain", "posguard: no file"))]
    assert strangers == []
    written = [e for e in entries if isinstance(e, Transaction) and e.tags and "posguard" in e.tags]
    return Books(entries, written, messages)


# -- shops with and without faults ------------------------------------------------------------------------------------

PRICES = [Decimal(text) for text in ("9.90", "19.90", "58.00", "128.00", "1000.00")]
OFF = [Decimal(text) for text in ("-5.00", "0.01", "10.00")]
SOURCES = ("sale", "terminal", "settlement")

Fault = Callable[[st.DrawFn, Decimal], dict[str, Any]]


def _nothing(_draw: st.DrawFn, _amount: Decimal) -> dict[str, Any]:
    return {}


def _silent(draw: st.DrawFn, _: Decimal) -> dict[str, Any]:
    return {"tampered": dict.fromkeys(draw(st.sets(st.sampled_from(SOURCES), min_size=1, max_size=2)), ())}


def _off(draw: st.DrawFn, amount: Decimal) -> dict[str, Any]:
    sources = draw(st.sets(st.sampled_from(SOURCES), min_size=1))
    return {"tampered": {source: (amount + draw(st.sampled_from(OFF)),) for source in sorted(sources)}}


def _late(draw: st.DrawFn, _: Decimal) -> dict[str, Any]:
    return {"late": {draw(st.sampled_from(SOURCES)): draw(st.integers(1, 5))}}


def _twice(_: st.DrawFn, amount: Decimal) -> dict[str, Any]:
    return {"tampered": {"settlement": (amount, amount)}}


def _in_parts(draw: st.DrawFn, amount: Decimal) -> dict[str, Any]:
    return {"tampered": {draw(st.sampled_from(("sale", "settlement"))): (amount - 1, Decimal(1))}}


def _wrong_way(_: st.DrawFn, amount: Decimal) -> dict[str, Any]:
    return {"tampered": {"terminal": (-amount,), "settlement": (-amount,)}}


#: What can go wrong with a sale or a refund, and what with a sale alone.
FAULTS: tuple[Fault, ...] = (
    _nothing,
    _silent,
    _off,
    _late,
    lambda draw, amount: _off(draw, amount) | _late(draw, amount),
    _twice,
    _in_parts,
    _wrong_way,
    lambda _draw, _amount: {"declined": True},
)
SALE_FAULTS: tuple[Fault, ...] = (
    *FAULTS,
    lambda _draw, _amount: {"held": True},
    lambda _draw, _amount: {"overcharge": Decimal("1.00")},
)


@st.composite
def a_sale(draw: st.DrawFn, number: int, *, faulty: bool = True, unkeyed: bool = False) -> Sale:
    sign = draw(st.sampled_from((1, 1, 1, -1)))
    amount = sign * draw(st.sampled_from(PRICES))
    faults = (_nothing,) if not faulty else SALE_FAULTS if sign > 0 else FAULTS
    fault: dict[str, Any] = {"tampered": {}, "late": {}} | draw(st.sampled_from(faults))(draw, amount)
    if unkeyed and draw(st.booleans()):
        fault["unkeyed"] = draw(st.sampled_from(SOURCES))
    return Sale(
        number=number,
        day=draw(st.sampled_from(WEEKDAYS)),
        time=draw(st.sampled_from(("10:00:00", "10:05:00", "14:03:22", "22:59:59", "23:00:00"))),
        terminal=draw(st.sampled_from(("98765431", "98765432"))),
        card=draw(st.sampled_from(("622202******1234", "622848******5678"))),
        amount=amount,
        **fault,
    )


@st.composite
def shops(draw: st.DrawFn, *, faulty: bool = True, unkeyed: bool = False) -> list[Sale]:
    count = draw(st.integers(1, 8))
    return [draw(a_sale(number, faulty=faulty, unkeyed=unkeyed)) for number in range(1, count + 1)]


def with_aftermath(sales: Sequence[Sale]) -> list[Sale]:
    """Add the clean days that make every earlier link due."""
    return [
        *sales,
        *(
            Sale(900 + n, day, "12:00:00", "98765431", "622202******9999", Decimal("77.00"), {}, {})
            for n, day in enumerate(AFTERMATH)
        ),
    ]


def batches_from(sales: Iterable[Sale]) -> Batches:
    return batches_of(row for sale in sales for row in rows_of(sale))


def plain(number: int, day: date = FIRST, amount: str = "19.90", **fate: Any) -> Sale:  # noqa: ANN401  # any field
    """Return a sale for the examples below: all in order but for ``fate``."""
    usual = {"time": "10:00:00", "terminal": "98765431", "card": "622202******1234", "tampered": {}, "late": {}}
    return Sale(number, day, amount=Decimal(amount), **(usual | fate))


#: A line that no slip is known of, and a slip of that day and amount which is settled in time, but later.
ORPHAN_AND_LATE_NIGHT_SLIP = [
    plain(1, WEEKDAYS[1], tampered={"sale": (), "terminal": ()}, unkeyed="settlement"),
    plain(2, WEEKDAYS[1], time="23:30:00", late={"settlement": 1}),
    plain(3, WEEKDAYS[2]),
    plain(4, WEEKDAYS[3]),
]
#: A slip without a reference that could be what the statement means, until the other sale's late slip says more.
UNKEYED_SLIP_AND_LATE_SLIP = [
    plain(1, amount="1000.00", tampered={"sale": ()}, unkeyed="terminal"),
    plain(2, amount="1000.00", tampered={"terminal": (Decimal("995.00"),)}, late={"terminal": 1}),
]
#: A refund whose slip lost its reference, and the next day's refund of the same amount to the same card.
UNKEYED_REFUND_AND_ITS_LIKE = [plain(1, WEEKDAYS[1], "-19.90"), plain(2, amount="-19.90", unkeyed="terminal")]
#: A slip that states no reference of its own nor of an original, and that no sale asks for.
UNKEYED_SLIP_WITHOUT_A_SALE = [plain(1, tampered={"sale": ()}, unkeyed="terminal")]

few = settings(max_examples=40, deadline=None)
fewer = settings(max_examples=12, deadline=None)


# -- the properties ---------------------------------------------------------------------------------------------------


@few
@given(shops(unkeyed=True), st.sampled_from([*WEEKDAYS, WEEKDAYS[-1] + DAY]), st.booleans())
@example(sales=ORPHAN_AND_LATE_NIGHT_SLIP, until=WEEKDAYS[3], bank=False)
@example(sales=UNKEYED_SLIP_AND_LATE_SLIP, until=WEEKDAYS[0], bank=False)
@example(sales=UNKEYED_REFUND_AND_ITS_LIKE, until=WEEKDAYS[0], bank=False)
@example(sales=UNKEYED_SLIP_WITHOUT_A_SALE, until=WEEKDAYS[0], bank=False)
def test_what_comes_later_changes_nothing_that_stands(sales: list[Sale], until: date, bank: bool) -> None:
    batches = batches_from(with_aftermath(sales))
    early, late = load(ledger(batches, until, bank=bank)), load(ledger(batches, bank=bank))
    assert early.said(until) == late.said(until)
    assert early.balances(until) == late.balances(until)


@fewer
@given(shops(unkeyed=True))
def test_day_by_day_is_all_at_once(sales: list[Sale]) -> None:
    batches = batches_from(with_aftermath(sales))
    whole = load(ledger(batches, bank=True))
    for day in sorted({batch[0].file for batch in batches}):
        assert load(ledger(batches, day, bank=True)).balances(day) == whole.balances(day), day


@fewer
@given(shops(unkeyed=True), st.integers(0, 2**32))
def test_the_order_of_rows_and_the_cut_of_batches_do_not_show(sales: list[Sale], seed: int) -> None:
    batches = batches_from(with_aftermath(sales))
    expected = load(ledger(batches)).said(without=["posguard-legs"])
    dice = random.Random(seed)  # noqa: S311  # no secret
    others = [backwards(batches), shuffled(batches, dice), split(batches, dice), merged(batches)]
    assert [load(ledger(other)).said(without=["posguard-legs"]) for other in others] == [expected] * len(others)


def backwards(batches: Batches) -> Batches:
    return [batch[::-1] for batch in batches[::-1]]


def shuffled(batches: Batches, dice: random.Random) -> Batches:
    mixed = [dice.sample(batch, len(batch)) for batch in batches]
    return dice.sample(mixed, len(mixed))


def split(batches: Batches, dice: random.Random) -> Batches:
    cut = [(batch, dice.randint(0, len(batch))) for batch in batches]
    return [part for batch, at in cut for part in (batch[:at], batch[at:]) if part]


def merged(batches: Batches) -> Batches:
    """Make one batch of all terminals of a day."""
    days: defaultdict[tuple[date, str], list[Row]] = defaultdict(list)
    for batch in batches:
        days[batch[0].file, batch[0].source].extend(batch)
    return list(days.values())


@few
@given(shops())
def test_every_movement_balances_and_every_guarantee_comes_back_to_zero(sales: list[Sale]) -> None:
    books = load(ledger(batches_from(with_aftermath(sales))))
    for entry in books.movements:
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for one in entry.postings:
            assert one.units is not None
            sums[one.units.currency] += one.units.number or Decimal(0)
        assert not any(sums.values()), entry
    left = books.balances()
    assert (TILL, "CNY") not in left
    # The last clean day is approved and not yet due.
    assert left.get((CLEARING, "CNY"), Decimal(0)) == 0


@few
@given(shops())
def test_claims_are_what_the_facts_say(sales: list[Sale]) -> None:
    left = load(ledger(batches_from(with_aftermath(sales)))).balances()
    expected = claimed(sales)
    names = (OWED_BY_CUSTOMER, OWED_TO_CUSTOMER, OWED_BY_ACQUIRER, OWED_TO_ACQUIRER, SUSPENSE)
    assert {name: left.get((name, "CNY"), Decimal(0)) for name in names} == {name: expected[name] for name in names}


def claimed(sales: Iterable[Sale]) -> defaultdict[str, Decimal]:
    """Work out from the facts alone what each claim account must hold when everything has been judged."""
    accounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for sale in sales:
        told = {source: sale.amounts(source) for source in SOURCES}
        sold, approved, settled = (sum(told[source], Decimal(0)) for source in SOURCES)
        customer, acquirer = sold - approved, approved - settled
        if sale.held:
            accounts[SUSPENSE] += customer
        elif told["settlement"] and not (told["sale"] or told["terminal"] or sale.declined):
            accounts[SUSPENSE] += acquirer
        elif told["sale"] and told["settlement"] and customer + acquirer == 0:
            pass  # the slip is wrong, the money right: nobody owes
        else:
            accounts[OWED_BY_CUSTOMER if customer > 0 else OWED_TO_CUSTOMER] += customer
            accounts[OWED_BY_ACQUIRER if acquirer > 0 else OWED_TO_ACQUIRER] += acquirer
        if acquirer == 0 and told["terminal"] and told["settlement"]:
            accounts[OWED_BY_ACQUIRER] += sale.overcharge
    return accounts


@few
@given(shops(faulty=False), st.booleans())
def test_a_shop_without_faults_has_no_claims(sales: list[Sale], bank: bool) -> None:
    books = load(ledger(batches_from(with_aftermath(sales)), bank=bank))
    assert books.movements == []
    assert books.errors == []


# -- files that never came, or came with a later export ---------------------------------------------------------------

#: Which files do not come on their day. The first files of all do: before them nobody knows there should be any.
Lost = set[tuple[str, date]]

lost_files = st.sets(st.tuples(st.sampled_from(SOURCES), st.sampled_from(WEEKDAYS[2:])), min_size=1, max_size=3)


@few
@given(shops(faulty=False), lost_files, st.booleans(), st.sampled_from(WEEKDAYS[2:]))
def test_a_missing_file_is_no_missing_money_and_a_late_one_changes_no_past(
    sales: list[Sale], lost: Lost, caught_up: bool, until: date
) -> None:
    one_terminal = [replace(sale, terminal="98765431") for sale in sales]
    every_day = [plain(100 + n, day, "25.00") for n, day in enumerate(WEEKDAYS)]
    batches = batches_from(with_aftermath([*one_terminal, *every_day]))
    early = load(with_receipts(batches, lost, until, caught_up=caught_up))
    late = load(with_receipts(batches, lost, caught_up=caught_up))
    assert late.movements == []
    assert early.balances(until) == late.balances(until)
    noticed = {(source, day) for source, day in lost for m in late.errors if f"from {source} " in m and str(day) in m}
    assert len(late.errors) == len(noticed)
    # Where two files of one chain are lost, nothing is left that could miss the second.
    assert bool(noticed) is not caught_up


def with_receipts(batches: Batches, lost: Lost, until: date = date.max, *, caught_up: bool) -> str:
    """Write the ledger with a receipt on each file; what is caught up stands in the next file of its source."""
    texts = []
    waiting: defaultdict[str, list[Row]] = defaultdict(list)
    for batch in batches:
        source, day = batch[0].source, batch[0].file
        if (source, day) in lost:
            waiting[source] += batch if caught_up else []
            continue
        before = waiting.pop(source, [])
        rows = [*(row._replace(file=day) for row in before), *batch]
        receipt = {"posguard-receipt": f"{len(rows)} rows, gross {sum(row.amount for row in rows)} CNY"}
        if before:
            receipt |= {"posguard-from": str(min(row.file for row in before)), "posguard-to": str(day)}
        texts.append((day, transaction(rows, receipt.items())))
    return HEAD + "\n".join(text for day, text in sorted(texts, key=lambda one: one[0]) if day <= until)
