"""Whatever stands in a ledger, the plugin neither raises nor gives up, and its errors say where.

The ledgers here speak our words with the wrong values: every metadata type Beancount knows, missing keys, huge
numbers, odd currencies, accounts in the wrong place. Some are made of nothing else, some are golden cases that were
damaged in a few places.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from beancount import loader
from beancount.core.data import Custom, Transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from beancount_posguard import guard

HEAD = 'plugin "beancount_posguard"\n'
GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*/ledger.beancount"))

ACCOUNTS = (
    "Assets:POS:Till",
    "Assets:POS:ChinaUMS:Clearing",
    "Assets:POS:ChinaUMS:Payout",
    "Assets:POS:ChinaUMS:Guarantees",
    "Assets:Claims:Acquirer:ChinaUMS",
    "Assets:Bank",
    "Equity:Guarantees",
    "Expenses:POS:Fees",
    "Income:Sales",
)
#: The words of the grammar, each of which may carry anything.
BATCH_KEYS = (
    *("posguard-source", "posguard-receipt", "posguard-part", "posguard-file", "posguard-sha256", "posguard-known"),
    *("posguard-from", "posguard-to", "posguard-profile", "posguard-claim", "posguard-step", "posguard-id"),
    *("posguard-xyz", "merchant", "terminal", "batch", "by"),
)
SLIP_KEYS = (
    *("rrn", "trace", "auth", "card", "card-type", "date", "time", "kind", "status", "amount", "fee", "order"),
    *("orig-trace", "orig-rrn", "orig-date", "period-from", "period-to", "payout", "reference", "memo", "terminal"),
)
CONTRACT_KEYS = (
    *("merchant", "till", "clearing", "payout", "bank", "guarantees", "fees", "income", "claims-customer", "suspense"),
    *("currency", "settles", "pays", "grace", "fee", "hold-days", "owed-acquirer", "write-off", "settels"),
    *("time-limits", "answers"),
)
CUSTOMS = ("posguard", "posguard-acquirer", "posguard-claim", "posguard-no-file", "posguard-clam")
NARRATIONS = ("", '"Terminal"', '"ChinaUMS" "Terminal"', '"top-up" #posguard ^PG-20261103-K7QX2')
CURRENCIES = ("CNY", "CNY", "CNY", "USD", "HOLD.CNY", "HOLD.USD")

#: Texts that some key takes for good, so that hostile ledgers get past the first check now and then.
SENSIBLE = (
    *("sale", "terminal", "settlement", "bank", "refund", "void", "preauth", "completion", "declined", "approved"),
    *("103412345001", "000001", "98765432", "000123", "debit", "14:03:22", "2026-11-03", "2026-11-04", "0.64"),
    *("1 rows, gross 1.00 CNY", "1 of 2", "2 of 2", "ChinaUMS", "PG-20261103-K7QX2", "verify", "raise", "top-up"),
    *("T+1 cutoff 23:00 calendar CN", "D+0", "1 day", "debit 0.50% max 20.00", "new overdue", "report", "none", "li"),
    *(
        "claim 3 working days from notice inclusive",
        "top-up 366 days from trade",
        "money 1 day; outcome 2 working days",
    ),
)
NONSENSE = (
    *("", " ", "nan", "Infinity", "-0", "1e999", "٣", "１２３", "9" * 400, "T+99", "25:61", "2026-02-30", "0 rows"),
    *(
        "'; drop",
        "<script>",
        "../../etc",
        "\u202e",
        "é\u0301",
        "银联",
        "-1 of 0",
        "0 of 0",
        "99999999999999999999 rows",
    ),
    *("claim 0 days", "money", "debit 0.5", "; ;", "Assets", "T+1 calendar XX", "T+1 calendar none"),
)
days = st.sampled_from(
    ("0001-01-01", "2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05", "2026-11-09", "9999-12-31")
)
words = st.one_of(st.sampled_from(SENSIBLE), st.sampled_from(SENSIBLE), st.sampled_from(NONSENSE))
quoted = words.map(lambda text: f'"{text}"')
# Twenty digits and eight decimals are all that 28 digits of precision carry; beyond, Beancount itself stops.
numbers = st.sampled_from(("0", "1.00", "1.00", "-1.00", "36.00", "128.005", "1" + "0" * 19, "0.00000001"))
plain_values = st.one_of(
    days,
    numbers,
    st.sampled_from(ACCOUNTS),
    st.sampled_from(("TRUE", "FALSE", "1.00 CNY", "-1 USD")),
)
values = st.one_of(quoted, quoted, quoted, plain_values, st.sampled_from(("", "NULL", "#tag", "CNY")))


def metadata(keys: Sequence[str], indent: str, most: int) -> st.SearchStrategy[str]:
    """Write up to ``most`` metadata lines with any of ``keys``, each once."""
    pairs = st.lists(st.tuples(st.sampled_from(keys), values), max_size=most, unique_by=lambda pair: pair[0])
    return pairs.map(lambda found: "".join(f"{indent}{key}: {value}\n" for key, value in found))


@st.composite
def contract(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(('"ChinaUMS"', '"china ums"', "1", "TRUE", "")))
    return f'{draw(days)} custom "posguard-acquirer" {name}\n' + draw(metadata(CONTRACT_KEYS, "  ", 3))


@st.composite
def custom(draw: st.DrawFn) -> str:
    said = " ".join(draw(st.lists(st.one_of(quoted, plain_values), max_size=3)))
    return f'{draw(days)} custom "{draw(st.sampled_from(CUSTOMS))}" {said}\n' + draw(metadata(BATCH_KEYS, "  ", 3))


@st.composite
def posting(draw: st.DrawFn) -> str:
    price = draw(st.sampled_from(("", "", "", " {2 USD}", " @ 2 USD", " {}")))
    units = f"{draw(numbers)} {draw(st.sampled_from(CURRENCIES))}{price}"
    head = f"  {draw(st.sampled_from(ACCOUNTS))}  {draw(st.sampled_from((units, units, units, '')))}\n"
    return head + draw(metadata(SLIP_KEYS, "    ", 5))


@st.composite
def batch(draw: st.DrawFn) -> str:
    """Write a transaction that may or may not balance; those that do not are Beancount's to refuse."""
    head = f"{draw(days)} {draw(st.sampled_from('*!'))} {draw(st.sampled_from(NARRATIONS))}\n"
    source = draw(st.sampled_from(("", *(f'  posguard-source: "{name}"\n' for name in SENSIBLE[:4]))))
    keys = [key for key in BATCH_KEYS if key != "posguard-source"]
    body = "".join(draw(st.lists(posting(), max_size=4)))
    rest = draw(st.sampled_from(("", "  Income:Sales\n", "  Assets:POS:Till\n", "  Assets:Bank\n")))
    return head + source + draw(metadata(keys, "  ", 4)) + body + rest


SOUND_CONTRACT = '2026-01-01 custom "posguard-acquirer" "ChinaUMS"\n  fee: "debit 0.50%; credit 0.60%"\n'
OPENS = "".join(f"0001-01-01 open {account}\n" for account in ACCOUNTS)

hostile = st.lists(st.one_of(batch(), batch(), batch(), custom(), contract()), max_size=8).map(
    lambda blocks: HEAD + OPENS + SOUND_CONTRACT + "\n".join(blocks)
)


@settings(max_examples=150, deadline=None)
@given(hostile)
@example(HEAD + SOUND_CONTRACT + '2026-01-01 custom "posguard"\n')
@example(HEAD + SOUND_CONTRACT + OPENS + "9999-12-31 * \n  Assets:POS:Till  1.00 CNY\n")
@example(HEAD + SOUND_CONTRACT + '2026-11-03 * \n  posguard-claim: "PG-20261103-K7QX2"\n  posguard-step: 1.00 CNY\n')
def test_a_hostile_ledger_is_answered_with_errors_that_say_where(text: str) -> None:
    check(text)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_sound_ledger_may_be_damaged_anywhere(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(GOLDEN), label="golden case")
    lines = path.read_text("utf-8").splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1), label="line")
        lines[place : place + 1] = data.draw(damaged(lines[place]))
    check("\n".join(lines) + "\n")


@st.composite
def damaged(draw: st.DrawFn, line: str) -> list[str]:
    """Lose a line, double it, or put something else in the place of its value, its first number or its account."""
    key, colon, _ = line.partition(": ")
    first = (line.split() or [""])[0]
    return draw(
        st.one_of(
            st.just([]),
            st.just([line, line]),
            values.map(lambda value: [key + colon + value]),
            numbers.map(lambda number: [re.sub(r"-?\d+\.\d+", number, line, count=1)]),
            st.sampled_from(ACCOUNTS).map(lambda account: [line.replace(first, account, 1)]),
        )
    )


def check(text: str) -> None:
    """Load ``text``: the plugin does its work, its errors say where, its entries balance."""
    entries, errors, _ = loader.load_string(text, dedent=False)
    length = text.count("\n") + 1
    for error in errors:
        assert "posguard failed" not in error.message, error.message
        assert 'Error applying plugin "beancount_posguard"' not in error.message, error.message
        if type(error).__module__.startswith("beancount_posguard"):
            assert set(error.source) >= {"filename", "lineno"}
            assert error.source["filename"] == "<string>"
            assert 1 <= error.source["lineno"] <= length
    ours = [e for e in entries if isinstance(e, Transaction) and e.meta["filename"] == "<posguard>"]
    assert [entry for entry in ours if not balances(entry)] == []


@settings(max_examples=60, deadline=None)
@given(hostile, st.randoms(use_true_random=False))
def test_entries_of_other_plugins_may_lack_anything(text: str, dice: Any) -> None:  # noqa: ANN401  # random.Random
    entries, _, options = loader.load_string(text.removeprefix(HEAD), dedent=False)
    _, errors = guard([stripped(entry, dice) for entry in entries], options)
    assert [error.message for error in errors if "posguard failed" in error.message] == []
    assert all(isinstance(error.source["lineno"], int) for error in errors)


def stripped(entry: Any, dice: Any) -> Any:  # noqa: ANN401  # any directive
    """Take from ``entry`` what Beancount allows to be missing: narration, marks, the metadata of postings."""
    if isinstance(entry, Custom) and dice.random() < 0.2:
        return entry._replace(values=[])
    if not isinstance(entry, Transaction):
        return entry
    postings = [one._replace(meta=None) if dice.random() < 0.3 else one for one in entry.postings]
    return entry._replace(payee=None, narration=None, postings=postings)


def balances(entry: Transaction) -> bool:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in entry.postings:
        assert one.units is not None
        sums[one.units.currency] += one.units.number or Decimal(0)
    return not any(sums.values())
