"""What the claims of a ledger add up to: causes, ages, fees, deadlines, acquirers, lessons.

Every report is a list of rows with the same keys. Amounts are gross and in the claims' currency: what is owed to the
shop never nets against what it owes. Days are counted from the ledger, never from a clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from beancount_posguard.claims.causes import CAUSES
from beancount_posguard.claims.claim import Claim
from beancount_posguard.claims.deadlines import reached
from beancount_posguard.money import ZERO, minor

Row = dict[str, Any]


class Report(NamedTuple):
    """One report: what it tells, its columns, and what makes its rows as of a day."""

    about: str
    columns: tuple[str, ...]
    rows: Callable[[Sequence[Claim], date], list[Row]]


def amount(claim: Claim) -> Decimal:
    """Return what ``claim`` is or was about, all parts together."""
    return sum((abs(part.amount) for part in claim.parts), ZERO)


def cause_of(claim: Claim) -> str:
    """Return the last cause recorded on ``claim``, or an empty string."""
    return next((one.said["cause"] for one in reversed(claim.taken) if one.said.get("cause")), "")


def measure_of(claim: Claim) -> str:
    """Return the last measure recorded on ``claim``, or an empty string."""
    return next((one.said["measure"] for one in reversed(claim.taken) if one.said.get("measure")), "")


def _real(claims: Iterable[Claim]) -> list[Claim]:
    """Return the claims that were any: not dismissed, and not merely late."""
    return [claim for claim in claims if claim.stage not in {"dismissed", "withdrawn"}]


_Key = Callable[[Claim], str]
_BY: Mapping[str, _Key] = {
    "cause": lambda claim: cause_of(claim) or "(none yet)",
    "kind": lambda claim: claim.kind,
    "terminal": lambda claim: " ".join(claim.facts.get("terminal", ())) or "(none)",
    "cashier": lambda claim: " ".join(claim.facts.get("cashier", ())) or "(none)",
    "acquirer": lambda claim: claim.acquirer,
}
GROUPINGS = tuple(_BY)


def pareto(claims: Sequence[Claim], by: str) -> list[Row]:
    """Return how often and for how much, the most frequent first; ``share`` adds up from the first."""
    groups: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in _real(claims):
        groups[_BY[by](claim), claim.currency].append(claim)
    whole = sum(len(group) for group in groups.values())
    rows, so_far = [], 0
    for (name, currency), group in sorted(
        groups.items(), key=lambda one: (-len(one[1]), one[0][0].startswith("("), one[0])
    ):
        so_far += len(group)
        measures = sum(bool(measure_of(claim)) for claim in group)
        row: Row = {
            by: name,
            "what": CAUSES[name].en if name in CAUSES else "",
            "claims": len(group),
            "amount": sum((amount(claim) for claim in group), ZERO),
            "currency": currency,
            "share": f"{minor(Decimal(so_far * 100) / whole)} %",
            "measures": measures,
            "todo": _todo(name, len(group), measures) if by == "cause" else "",
        }
        rows.append(row)
    return rows


def _todo(name: str, count: int, measures: int) -> str:
    """Return what is missing: a cause that came back without anybody doing something about it."""
    if name in CAUSES and count > 1 and not measures and CAUSES[name].measure:
        return f"no measure yet; usual: {CAUSES[name].measure}"
    return ""


def _causes(claims: Sequence[Claim], as_of: date) -> list[Row]:
    del as_of
    return pareto(claims, "cause")


_AGES = ((7, "up to 7 days"), (30, "8 to 30"), (60, "31 to 60"), (10**6, "over 60"))


def _ageing(claims: Sequence[Claim], as_of: date) -> list[Row]:
    sums: dict[tuple[int, str, str, str], tuple[int, Decimal]] = {}
    for claim in claims:
        age = (as_of - claim.detected).days
        band = next(number for number, (most, _) in enumerate(_AGES) if age <= most)
        for part in claim.parts:
            if part.balance:
                way = "owed to you" if part.balance > 0 else "owed by you"
                key = (band, part.counterparty, way, claim.currency)
                count, total = sums.get(key, (0, ZERO))
                sums[key] = (count + 1, total + abs(part.balance))
    return [
        {"age": _AGES[band][1], "with": who, "way": way, "claims": count, "open": total, "currency": currency}
        for (band, who, way, currency), (count, total) in sorted(sums.items())
    ]


def _fees(claims: Sequence[Claim], as_of: date) -> list[Row]:
    del as_of
    sums: dict[tuple[str, str, str], list[Claim]] = defaultdict(list)
    for claim in _real(claims):
        if claim.kind == "A9":
            day = min((leg.date for leg in claim.legs), default=claim.detected)
            sums[claim.acquirer, f"{day:%Y-%m}", claim.currency].append(claim)
    return [
        {
            "acquirer": name,
            "month": month,
            "claims": len(group),
            "overcharged": sum((amount(one) for one in group), ZERO),
            "open": sum((one.balance for one in group), ZERO),
            "currency": currency,
        }
        for (name, month, currency), group in sorted(sums.items())
    ]


def _deadlines(claims: Sequence[Claim], as_of: date) -> list[Row]:
    rows: list[Row] = []
    for claim in claims:
        if claim.due and claim.is_open:
            due = claim.due
            rows.append(
                {
                    "due": due.day,
                    "left": (due.day - as_of).days,
                    "reached": f"{reached(due, as_of)} %",
                    "id": claim.id,
                    "stage": claim.stage,
                    "what": due.what,
                    "lost": due.lost,
                    "open": claim.balance,
                    "currency": claim.currency,
                    "source": due.source,
                }
            )
    return sorted(rows, key=lambda row: (row["due"], row["id"]))


def _acquirers(claims: Sequence[Claim], as_of: date) -> list[Row]:
    del as_of
    groups: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in _real(claims):
        if any(part.counterparty == "acquirer" for part in claim.parts):
            groups[claim.acquirer, claim.currency].append(claim)
    return [_acquirer(name, currency, group) for (name, currency), group in sorted(groups.items())]


def _acquirer(name: str, currency: str, claims: Sequence[Claim]) -> Row:
    parts = [part for claim in claims for part in claim.parts if part.counterparty == "acquirer" and part.amount > 0]
    answered = [claim for claim in claims if claim.last("accept") or claim.last("reject")]
    days = [_days_to_answer(claim) for claim in answered]
    return {
        "acquirer": name,
        "claims": len(claims),
        "claimed": sum((part.amount for part in parts), ZERO),
        "open": sum((part.balance for part in parts), ZERO),
        "currency": currency,
        "asked": sum(bool(claim.last("submit")) for claim in claims),
        "accepted": sum(bool(claim.last("accept")) for claim in claims),
        "rejected": sum(bool(claim.last("reject")) for claim in claims),
        "days to answer": minor(Decimal(sum(days)) / len(days)) if days else "",
    }


def _days_to_answer(claim: Claim) -> int:
    asked = next((one.on for one in claim.taken if one.step == "submit"), claim.detected)
    answer = next(one.on for one in claim.taken if one.step in {"accept", "reject"})
    return (answer - asked).days


def lessons(claims: Sequence[Claim]) -> list[Row]:
    """Return what each closed claim taught, the dearest first."""
    rows: list[Row] = []
    for claim in claims:
        closing = claim.last("close")
        if claim.stage != "closed" or closing is None:
            continue
        trade = min((leg.date for leg in claim.legs), default=claim.detected)
        cause = cause_of(claim)
        lost = sum((abs(event.amount) for event in claim.history if event.what == "write-off" and event.amount), ZERO)
        rows.append(
            {
                "id": claim.id,
                "kind": claim.kind,
                "cause": cause,
                "why": CAUSES[cause].en if cause in CAUSES else "",
                "days to detect": (claim.detected - trade).days,
                "days to close": (closing.on - claim.detected).days,
                "amount": amount(claim),
                "lost": lost,
                "currency": claim.currency,
                "measure": measure_of(claim)
                or (f"none; usual: {CAUSES[cause].measure}" if cause in CAUSES else "none"),
            }
        )
    return sorted(rows, key=lambda row: (-row["lost"], -row["amount"], row["id"]))


REPORTS: Mapping[str, Report] = {
    "causes": Report(
        "why claims happened, the most frequent cause first",
        ("cause", "what", "claims", "amount", "currency", "share", "measures", "todo"),
        _causes,
    ),
    "ageing": Report(
        "what is open, by age and counterparty", ("age", "with", "way", "claims", "open", "currency"), _ageing
    ),
    "fees": Report(
        "fees above the tariff, by month", ("acquirer", "month", "claims", "overcharged", "open", "currency"), _fees
    ),
    "deadlines": Report(
        "the next deadline of each open claim, the nearest first",
        ("due", "left", "reached", "id", "stage", "what", "lost", "open", "currency", "source"),
        _deadlines,
    ),
    "acquirers": Report(
        "how the acquirers answer",
        ("acquirer", "claims", "claimed", "open", "currency", "asked", "accepted", "rejected", "days to answer"),
        _acquirers,
    ),
}
LESSONS = ("id", "kind", "cause", "why", "days to detect", "days to close", "amount", "lost", "currency", "measure")
