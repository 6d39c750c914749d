"""Golden cases: one directory under ``golden/`` is one story, told by a ledger and what the plugin must make of it.

``ledger.beancount``
    a complete ledger that loads the plugin, with the story on top.
``entries.beancount``
    the ``!`` transactions expected. Narration, payee and the explaining metadata (why, legs, deadline) are free.
``errors.txt``
    every error expected, from whichever part of Beancount: ``line:text``, where several texts that must all stand in
    the message are joined by `` & ``.

Claim ids end in a code that nobody can work out by hand, so the cases write ``PG-20261103-A``, ``-B``…: the date is
compared as it stands, the letters stand for one real id each. Adding a case is adding a directory.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from beancount import loader
from beancount.core.data import Transaction
from beancount.ops import validation
from beancount.parser import parser

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())

#: The metadata a case fixes; the rest explains and is free.
COMPARED = ("posguard-claim", "posguard-kind", "posguard-move", "posguard-counterparty")

ID = re.compile(r"PG-(\d{8})-[0-9A-Z]+")


class Outcome(NamedTuple):
    """What is compared: the printed claim movements and (line, message) of every error."""

    movements: list[str]
    errors: list[tuple[int, str]]


class Expected(NamedTuple):
    """What a case wants: the printed claim movements and (line, texts) of every error."""

    movements: list[str]
    errors: list[tuple[int, tuple[str, ...]]]


def test_there_are_cases() -> None:
    assert CASES


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "_load_file", loader._uncached_load_file)  # noqa: SLF001  # leave no cache behind
    path = GOLDEN / name / "ledger.beancount"
    entries, errors, _ = loader.load_file(str(path), extra_validations=validation.HARDCORE_VALIDATIONS)
    assert {error.source["filename"] for error in errors} <= {str(path)}, [error.message for error in errors]
    emitted = [entry for entry in entries if isinstance(entry, Transaction) and "posguard" in entry.tags]
    assert [show(entry) for entry in emitted if not balances(entry)] == []
    found = Outcome([show(entry) for entry in emitted], [(e.source["lineno"], e.message) for e in errors])
    difference = compare(read_expected(path.parent), found)
    assert not difference, f"{path}:1: {story(path)}\n{difference}"


def balances(entry: Transaction) -> bool:
    """Tell whether the postings of ``entry`` add up to zero in every currency; none may carry a cost or price."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for posting in entry.postings:
        assert posting.cost is None
        assert posting.price is None
        assert posting.units is not None
        sums[posting.units.currency] += posting.units.number or Decimal(0)
    return not any(sums.values())


def read_expected(folder: Path) -> Expected:
    """Read what the case in ``folder`` wants."""
    entries, errors, _ = parser.parse_file(str(folder / "entries.beancount"))
    assert errors == []
    return Expected(
        [show(entry) for entry in entries],
        [parse_error(line) for line in (folder / "errors.txt").read_text("utf-8").splitlines()],
    )


def parse_error(text: str) -> tuple[int, tuple[str, ...]]:
    """Read ``41:A4 & 10.00``."""
    line, _, texts = text.partition(":")
    return int(line), tuple(texts.split(" & "))


def story(path: Path) -> str:
    """Return the comment on top of a ledger, as one paragraph."""
    lines = path.read_text("utf-8").splitlines()
    return " ".join(line.removeprefix("; ") for line in lines if line.startswith("; "))


def show(entry: Any) -> str:  # noqa: ANN401  # a Beancount transaction
    """Print what is compared of a transaction: date, flag, tags, links, four metadata keys, postings as a set."""
    marks = [*(f"#{tag}" for tag in sorted(entry.tags)), *(f"^{link}" for link in sorted(entry.links))]
    meta = [f'  {key}: "{entry.meta.get(key)}"' for key in COMPARED]
    amounts = ((posting.account, plain(posting.units.number), posting.units.currency) for posting in entry.postings)
    postings = sorted(f"  {account:<42} {number:>12} {currency}" for account, number, currency in amounts)
    return "\n".join([f"{entry.date} {entry.flag} {' '.join(marks)}", *meta, *postings])


def plain(number: Decimal) -> str:
    """Write an amount with at least two decimals, however it was written before."""
    return str(number.quantize(Decimal("0.01")) if number == number.quantize(Decimal("0.01")) else number)


def compare(expected: Expected, found: Outcome) -> str:
    """Return a readable difference, or nothing: first of the movements, then of the errors."""
    names = rename(expected, found)
    movements = [translate(text, names) for text in found.movements]
    wanted = sorted(expected.movements)
    difference = [*difflib.unified_diff(lines(wanted), lines(sorted(movements)), "expected", "found", lineterm="", n=8)]
    return "\n".join(
        [*difference, *compare_errors(expected, [(line, translate(m, names)) for line, m in found.errors])]
    )


def compare_errors(expected: Expected, found: Iterable[tuple[int, str]]) -> list[str]:
    """Return one sentence for each error that is missing and each that nobody expected."""
    left = sorted(found)
    problems = []
    for line, texts in expected.errors:
        hit = next((one for one in left if one[0] == line and all(text in one[1] for text in texts)), None)
        if hit is None:
            problems.append(f"no error at line {line} with {' and '.join(map(repr, texts))}")
        else:
            left.remove(hit)
    return problems + [f"unexpected error at line {line}: {message}" for line, message in left]


def lines(texts: Iterable[str]) -> list[str]:
    """Return the lines of all ``texts``, a blank one after each."""
    return [line for text in texts for line in [*text.splitlines(), ""]]


def translate(text: str, names: Mapping[str, str]) -> str:
    """Replace the real ids in ``text`` by the letters of the case."""
    return ID.sub(lambda match: names.get(match[0], match[0]), text)


def rename(expected: Expected, found: Outcome) -> dict[str, str]:
    """Map each real id to the placeholder whose claim it tells; ids without a counterpart keep their own name.

    Claims are paired when everything but the code agrees: movements and the lines of their errors first, movements
    alone second, so that a wrong error line does not make the entries look wrong too; the id's date alone comes
    last, so that a wrong entry is shown as a difference and not as two strangers.
    """
    wanted = by_claim(expected.movements, [(line, " ".join(texts)) for line, texts in expected.errors])
    real = by_claim(found.movements, found.errors)
    names: dict[str, str] = {}
    alike: tuple[Callable[[Claim], object], ...] = (
        lambda claim: claim,
        lambda claim: claim[:2],
        lambda claim: claim[0],
    )
    for key in alike:
        for code in sorted(set(real) - set(names)):
            free = sorted(set(wanted) - set(names.values()))
            match = next((letter for letter in free if key(wanted[letter]) == key(real[code])), None)
            if match:
                names[code] = match
    return names


class Claim(NamedTuple):
    """A claim without its code: the id's date, its movements, the lines of its errors."""

    date: str
    movements: tuple[str, ...]
    error_lines: tuple[int, ...]


def by_claim(movements: Iterable[str], errors: Iterable[tuple[int, str]]) -> dict[str, Claim]:
    """Group printed movements and errors by the id they name."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for text in movements:
        match = ID.search(text)
        if match:
            texts[match[0]].append(ID.sub(r"PG-\1", text))
    for line, message in errors:
        match = ID.search(message)
        if match:
            places[match[0]].append(line)
    return {id_: Claim(id_.split("-")[1], tuple(sorted(texts[id_])), tuple(sorted(places[id_]))) for id_ in texts}


# The runner itself: each of these would pass if it compared nothing.


def movement(id_: str, amount: str, kind: str = "X1") -> str:
    entries, _, _ = parser.parse_string(
        f'2026-11-06 ! "x" "y" #posguard ^{id_}\n  posguard-claim: "{id_}"\n  posguard-kind: "{kind}"\n'
        f"  Assets:A {amount} CNY\n  Assets:B -{amount} CNY\n"
    )
    return show(entries[0])


def test_letters_stand_for_codes_whatever_their_order() -> None:
    expected = Expected(
        [movement("PG-20261103-A", "5"), movement("PG-20261103-B", "7")], [(9, ("PG-20261103-B", "X1"))]
    )
    found = Outcome(
        [movement("PG-20261103-AAAAA", "7.00"), movement("PG-20261103-ZZZZZ", "5.00")], [(9, "PG-20261103-AAAAA X1")]
    )
    assert compare(expected, found) == ""


def test_twins_are_told_apart_by_the_lines_of_their_errors() -> None:
    twins = [movement("PG-20261103-A", "5"), movement("PG-20261103-B", "5")]
    expected = Expected(twins, [(8, ("PG-20261103-A",)), (9, ("PG-20261103-B",))])
    found = [movement("PG-20261103-AAAAA", "5"), movement("PG-20261103-ZZZZZ", "5")]
    assert compare(expected, Outcome(found, [(9, "PG-20261103-AAAAA"), (8, "PG-20261103-ZZZZZ")])) == ""


@pytest.mark.parametrize(
    "found",
    [
        [],
        [movement("PG-20261104-K7QX2", "5")],
        [movement("PG-20261103-K7QX2", "5.01")],
        [movement("PG-20261103-K7QX2", "5", kind="A4")],
        [movement("PG-20261103-K7QX2", "5"), movement("PG-20261103-K7QX2", "5")],
        [movement("PG-20261103-K7QX2", "5").replace("2026-11-06", "2026-11-07")],
        [movement("PG-20261103-K7QX2", "5").replace("^PG-20261103-K7QX2", "^other")],
    ],
    ids=["nothing", "other date in the id", "other amount", "other kind", "twice", "other day", "other link"],
)
def test_a_wrong_movement_is_seen(found: list[str]) -> None:
    assert compare(Expected([movement("PG-20261103-A", "5")], []), Outcome(found, [])) != ""


@pytest.mark.parametrize("found", [[], [(8, "A4 10.00")], [(9, "A4 10.01")], [(9, "A4 10.00"), (9, "A4 10.00")]])
def test_a_wrong_error_is_seen(found: list[tuple[int, str]]) -> None:
    assert compare(Expected([], [(9, ("A4", "10.00"))]), Outcome([], found)) != ""


def test_the_right_error_passes() -> None:
    assert compare(Expected([], [parse_error("9:A4 & 10.00")]), Outcome([], [(9, "claim A4 of 10.00 CNY")])) == ""
