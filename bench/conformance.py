"""How third-party samples read: one line per file, and nothing unexplained.

The samples are other people's data and no part of this project: without their folder there is nothing to compare.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from beancount_posguard.ingest.institutions import load_profiles
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import Reading, identify

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples"
PROFILES = Path(__file__).resolve().parents[1] / "tests" / "ingest" / "gateways"

#: Kinds the expectations tell apart and the ledger does not.
KINDS: Mapping[str, str] = {
    "fx": "adjustment",
    "reserve": "adjustment",
    "other": "adjustment",
    "payment_sent": "adjustment",
    "chargeback_reversal": "chargeback-reversal",
}


class Verdict(NamedTuple):
    """What became of one sample; ``ok`` where it is as expected, ``why`` where that needs a word."""

    file: str
    reading: Reading
    ok: bool
    why: str


def verdicts() -> Iterator[Verdict]:
    """Yield the verdict on every sample."""
    expected: dict[str, dict[str, Any]] = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
    profiles = load_profiles(PROFILES)
    for name, told in sorted(expected.items()):
        if name != "_about":
            yield verdict(name, told, profiles)


def verdict(name: str, told: Mapping[str, Any], profiles: list[Profile]) -> Verdict:
    """Return the verdict on the sample ``name``, of which ``told`` is expected."""
    reading = identify(SAMPLES / name, profiles)
    if reading.rows is None:
        ok = told["expect"] in {"refuse", "either"}
        return Verdict(name, reading, ok, "refused" if ok else str(reading.refused))
    if told["expect"] == "refuse":
        return Verdict(name, reading, ok=False, why="read, though it is to be refused")
    wrong = [*_differences(reading, told)]
    return Verdict(name, reading, not wrong, "; ".join(wrong) or _said(reading))


def _said(reading: Reading) -> str:
    return "read; " + (reading.control if not reading.refused else f"import refuses it: {reading.control}")


def _differences(reading: Reading, told: Mapping[str, Any]) -> Iterator[str]:
    """Yield what ``reading`` has otherwise than ``told``."""
    if "rows" in told and isinstance(told["rows"], int) and reading.rows != told["rows"]:
        yield f"{reading.rows} rows, expected {told['rows']}"
    if "by_kind" in told:
        kinds: dict[str, int] = {}
        for kind, count in told["by_kind"].items():
            kinds[KINDS.get(kind, kind)] = kinds.get(KINDS.get(kind, kind), 0) + count
        if kinds != dict(reading.by_kind):
            yield f"{dict(reading.by_kind)}, expected {kinds}"
    if "gross_by_kind" in told:
        yield from _money("gross", _by_kind(told["gross_by_kind"]), reading.gross_by_kind)
    for key in ("fee", "net"):
        if f"{key}_total" in told:
            ours = {
                currency: amount
                for currency, totals in reading.totals.items()
                if (amount := getattr(totals, key)) is not None
            }
            yield from _money(key, {key: _decimals(told[f"{key}_total"])}, {key: ours})
    fails = str(told.get("control", "")).startswith("fails")
    if fails != reading.control.startswith("fails"):
        yield f"control {reading.control}, expected {told.get('control')}"


def _by_kind(told: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, Decimal]]:
    sums: dict[str, dict[str, Decimal]] = {}
    for kind, amounts in told.items():
        into = sums.setdefault(KINDS.get(kind, kind), {})
        for currency, amount in amounts.items():
            into[currency] = into.get(currency, Decimal(0)) + Decimal(amount)
    return sums


def _decimals(told: Mapping[str, str]) -> dict[str, Decimal]:
    return {currency: Decimal(amount) for currency, amount in told.items()}


def _money(
    what: str, told: Mapping[str, Mapping[str, Decimal]], ours: Mapping[str, Mapping[str, Decimal]]
) -> Iterator[str]:
    """Yield sums that differ; a currency nobody names and a zero nobody prints are the same."""
    for kind in {*told, *ours}:
        theirs = {currency: amount for currency, amount in told.get(kind, {}).items() if amount}
        mine = {currency: amount for currency, amount in ours.get(kind, {}).items() if amount}
        if theirs != mine:
            yield f"{what} of {kind} {_shown(mine)}, expected {_shown(theirs)}"


def _shown(amounts: Mapping[str, Decimal]) -> str:
    return " ".join(f"{amount} {currency}" for currency, amount in sorted(amounts.items())) or "nothing"


def main() -> int:
    """Print the table; return 1 where a file is not as expected."""
    if not SAMPLES.is_dir():
        print("The third-party samples are not here; there is nothing to compare.")
        return 0
    bad = 0
    for one in verdicts():
        summary = one.reading.summary()
        sums = f"gross {summary['gross']} fee {summary['fee']} net {summary['net']}"
        mark = "ok " if one.ok else "BAD"
        bad += not one.ok
        print(f"{mark} {one.file}\n      {summary['profile']}, {summary['rows']} rows, {sums}\n      {one.why}")
    print(f"\n{bad} files are not as expected")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
