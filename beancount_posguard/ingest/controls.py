"""What a file says about itself in all: printed totals, payouts and running balances.

A cut-off download fails here, loudly. Every broken promise is told, and the profile says how severe it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.ingest.cells import minor_unit
from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.profile import Profile, Total
from beancount_posguard.ingest.slips import Content, Counted
from beancount_posguard.ingest.table import Table
from beancount_posguard.legs import HOLD_KINDS, Kind, Status
from beancount_posguard.money import ZERO
from beancount_posguard.text import figure

NONE = "none in file"

_HINT = "The file may be cut short or edited: download it again."


class Totals(NamedTuple):
    """What the rows add up to; ``fee`` and ``net`` are None where the file has no such column."""

    gross: Decimal
    fee: Decimal | None
    net: Decimal | None


class Control(NamedTuple):
    """Which promises the file keeps, and which it breaks: ``refused`` stop it, ``warned`` are told."""

    passed: Sequence[str]
    refused: Sequence[IngestError]
    warned: Sequence[IngestError]

    def __str__(self) -> str:
        broken = [f"{one.found}; expected {one.expected}" for one in (*self.refused, *self.warned)]
        if broken:
            return f"fails: {' | '.join(broken)}"
        return f"ok ({', '.join(dict.fromkeys(self.passed))})" if self.passed else NONE


def check(
    profile: Profile, table: Table, content: Content, totals: Mapping[str, Totals], beside: Sequence[str] = ()
) -> Control:
    """Hold the rows against what the file, and the lines of a file ``beside`` it, say about them."""
    both = content.nets and any(one.fee is not None for one in totals.values()) and len(content.counted.kinds)
    passed = ["net = gross - fee"] if both and not content.broken else []
    found: list[tuple[str, IngestError]] = [(profile.checks.net, one) for one in content.broken]
    file = table.cells.file
    for severity, (kept, broken) in (
        (profile.checks.totals, _footers(profile, table, content, totals)),
        (profile.checks.totals, _stated(profile, table, content, beside)),
        (profile.checks.payout, _payouts(profile, file, content.counted.rows())),
        (profile.checks.balance, _balances(file, content.balances)),
        (profile.checks.totals, (table.passed, [IngestError(file, None, *_said(one), _HINT) for one in table.failed])),
    ):
        if severity != "off":
            passed += kept
            found += [(severity, one) for one in broken]
    return Control(
        passed,
        [one for severity, one in found if severity == "refuse"],
        [one for severity, one in found if severity == "warn"],
    )


def _said(text: str) -> tuple[str, str]:
    found, _, expected = text.partition(" != ")
    return found, expected


_Found = tuple[Sequence[str], Sequence[IngestError]]


def _footers(profile: Profile, table: Table, content: Content, totals: Mapping[str, Totals]) -> _Found:
    """Check every figure in the rows below the slips: those a pattern finds, and cells under a money column."""
    allowed = _allowed(content, totals)
    passed, broken = [], []
    for number, cells, text in table.foot:
        for name, printed in _printed(profile, cells, text):
            try:
                stated = profile.amounts["amount"].parse(printed) if name != "count" else Decimal(printed)
            except (ValueError, ArithmeticError):
                broken.append(IngestError(table.cells.file, number, f"{quote(printed)} as {name}", "a total", _HINT))
                continue
            if abs(stated) not in map(abs, allowed[name]):
                ours = " or ".join(dict.fromkeys(map(_shown[name], allowed[name])))
                broken.append(
                    IngestError(
                        table.cells.file,
                        number,
                        f"a stated {name} of {_shown[name](stated)}",
                        f"{ours} as the rows add up",
                        _HINT,
                    )
                )
            else:
                passed.append(f"footer {name}")
    return passed, broken


_shown: Mapping[str, Callable[[Decimal], str]] = {
    "count": lambda count: f"{count:f} rows", "gross": figure, "fee": figure, "net": figure, "charged": figure,
    "returned": figure,
}  # fmt: skip

_COLUMNS = {"amount": "gross", "fee": "fee", "net": "net"}


def _printed(profile: Profile, cells: Mapping[str, str], text: str) -> list[tuple[str, str]]:
    found = []
    for name, pattern in profile.footer.figures.items():
        match = pattern.search(text)
        if match:
            found.append((name, next(one for one in match.groups() if one)))
    stated = {name for name, _ in found}
    for role, name in _COLUMNS.items():
        cell = cells.get(role, "")
        if name not in stated and cell[-1:].isdigit() and profile.footer.rows.search(next(iter(text.split()), "")):
            found.append((name, cell))
    return found


def _allowed(content: Content, totals: Mapping[str, Totals]) -> Mapping[str, Sequence[Decimal]]:
    """Return what each figure may be: providers differ in whether they count rows that moved no money."""
    moved = sum(1 for slip in content.slips if slip.status is Status.APPROVED)
    others = len(content.counted.kinds) + len(content.lines)
    counts = (len(content.slips), moved, len(content.counted.kinds), others, others + content.skipped.total())
    gross = sum((one.gross for one in totals.values()), ZERO)
    return {
        "count": [*map(Decimal, counts)],
        "gross": (gross, gross + sum((one.amount for one in content.lines), ZERO)),
        "fee": [sum((one.fee or ZERO for one in totals.values()), ZERO)],
        "net": [sum((one.net or ZERO for one in totals.values()), ZERO)],
    }


# What [[totals]] finds


class _Line(NamedTuple):
    """A row as totals see it; at the bank its kind is credit or debit."""

    kind: str
    amount: Decimal
    fee: Decimal
    net: Decimal
    currency: str


def _stated(profile: Profile, table: Table, content: Content, beside: Sequence[str]) -> _Found:
    """Check every figure that the profile's ``[[totals]]`` find above or below the rows."""
    passed: list[str] = []
    broken: list[IngestError] = []
    ends: dict[str, Decimal] = {}
    lines = _as_lines(profile, content) if profile.totals else []
    for total, number, name, printed, currency in _told(profile, table, beside):
        try:
            stated = Decimal(printed) if name == "count" else _amount(profile, total, printed, currency)
        except (ValueError, ArithmeticError):
            broken.append(IngestError(table.cells.file, number, f"{quote(printed)} as {name}", "a total", _HINT))
            continue
        if name in _ENDS:
            ends[name] = stated
            continue
        ours = _sum(total, name, lines, content, currency)
        if abs(stated) in ours:
            passed.append(f"stated {_about(total, name)}")
            continue
        found = f"a stated {_about(total, name)} of {_shown[name](stated)}"
        expected = f"{' or '.join(map(_shown[name], ours))} as the rows add up"
        broken.append(IngestError(table.cells.file, number, found, expected, _HINT))
    if len(ends) == len(_ENDS):
        kept, lost = _closing(table.cells.file, lines, ends)
        passed += kept
        broken += lost
    return passed, broken


def _amount(profile: Profile, total: Total, printed: str, currency: str) -> Decimal:
    """Return a stated sum; minor units need to know whose."""
    if total.scale is not None:
        return profile.amounts["amount"]._replace(scale=total.scale).parse(printed)
    amount = profile.amounts["amount"].parse(printed)
    return amount * minor_unit(currency or profile.currency) if profile.minor else amount


_ENDS = ("opening", "closing")


def _closing(file: str, lines: Iterable[_Line], ends: Mapping[str, Decimal]) -> _Found:
    closing = ends["opening"] + sum((one.amount for one in lines), ZERO)
    if closing == ends["closing"]:
        return ["opening + lines = closing"], []
    shown = f"a closing balance of {figure(ends['closing'])}"
    return [], [IngestError(file, None, shown, f"{figure(closing)}, opening and lines", _HINT)]


def _told(profile: Profile, table: Table, beside: Sequence[str]) -> Iterator[tuple[Total, int, str, str, str]]:
    """Yield every figure found: by which pattern, in which row, its name, what is printed, its currency."""
    parts = {
        "head": [*enumerate((" ".join(row) for row in table.head), start=1)],
        "foot": [(number, text) for number, _, text in table.foot],
        "beside": [*enumerate(beside, start=1)],
    }
    for total in profile.totals:
        for number, text in parts[total.where]:
            match = total.pattern.search(text)
            told = {name: value for name, value in match.groupdict().items() if value} if match else {}
            currency = told.pop("currency", "")
            yield from ((total, number, name, printed, currency) for name, printed in told.items())


def _about(total: Total, name: str) -> str:
    about = ", ".join([*sorted(total.kinds), *filter(None, [total.way])])
    return f"{name} ({about})" if about else name


def _sum(total: Total, name: str, lines: Iterable[_Line], content: Content, currency: str) -> list[Decimal]:
    """Return what ``name`` may be for the rows that ``total`` is about."""
    about = [
        one for one in lines
        if (not total.kinds or one.kind in total.kinds)
        and (not total.currencies or one.currency == currency)
        and total.way in {"", "in" if one.amount >= ZERO else "out"}
    ]  # fmt: skip
    if name == "count":
        count = Decimal(len(about))
        return [count] if total.kinds or total.way else [count, count + content.skipped.total()]
    if total.column in content.sums:
        return [abs(sum(content.sums[total.column], ZERO))]
    if name in {"charged", "returned"}:
        # A fee that was given back is printed as a figure of its own.
        sign = 1 if name == "charged" else -1
        return [abs(sum((one.fee for one in about if one.fee * sign > ZERO), ZERO))]
    part = {"gross": "amount"}.get(name, name)
    return [abs(sum((getattr(one, part) for one in about), ZERO))]


def _as_lines(profile: Profile, content: Content) -> list[_Line]:
    lines = [
        _Line(_kind(profile, one.kind, one.amount), one.amount, one.fee or ZERO, one.net or ZERO, one.currency)
        for one in content.counted.rows()
        if one.kind not in HOLD_KINDS
    ]
    others = [
        _Line(_kind(profile, Kind.DEPOSIT, one.amount), one.amount, ZERO, ZERO, one.currency) for one in content.lines
    ]
    return lines + others


def _kind(profile: Profile, kind: Kind, amount: Decimal) -> str:
    if not profile.is_bank:
        return kind.value
    return "debit" if amount < ZERO else "credit"


# Payouts


def _payouts(profile: Profile, file: str, counted: Iterable[Counted]) -> _Found:
    """Check that the rows of each payout come to what was paid out; a payout without its row promises nothing."""
    if not profile.checks.payout_key:
        return [], []
    rows: dict[tuple[str, str], Decimal] = {}
    paid: dict[tuple[str, str], Decimal] = {}
    places: dict[tuple[str, str], int] = {}
    for one in counted:
        key = (one.payout, one.paid)
        net = one.net if one.net is not None else one.amount - (one.fee or ZERO)
        if one.kind is Kind.PAYOUT:
            paid[key] = paid.get(key, ZERO) + net
            places[key] = one.row
        else:
            rows[key] = rows.get(key, ZERO) + net
    passed, broken = [], []
    for key, amount in paid.items():
        lines = rows.get(key, ZERO)
        if abs(lines + amount) <= profile.checks.tolerance:
            passed.append("rows = payout")
        else:
            shown = f"a payout of {figure(amount)} {key[1]}"
            broken.append(IngestError(file, places[key], shown, f"{figure(-lines)}, as its rows come to", _HINT))
    return passed, broken


# Balances


def _balances(file: str, balances: Sequence[tuple[int, Decimal, Decimal, str]]) -> _Found:
    passed: list[str] = []
    broken: list[IngestError] = []
    for currency in dict.fromkeys(one[3] for one in balances):
        kept, lost = _running(file, [one[:3] for one in balances if one[3] == currency])
        passed += kept
        broken += lost
    return passed, broken


def _running(file: str, balances: Sequence[tuple[int, Decimal, Decimal]]) -> _Found:
    """Check the running balance, in whichever order the rows stand.

    Before each row the account held what it held after another one, but for the first; so the balances before and the
    balances after may differ in that one, and in the last.
    """
    if len(balances) < 2:  # noqa: PLR2004  # a single row has nothing to fit to
        return [], []
    after = Counter(balance for _, _, balance in balances)
    before = Counter(balance - amount for _, amount, balance in balances)
    loose = before - after
    if loose.total() > 1:
        row, amount, balance = next(one for one in (*balances[1:], balances[0]) if one[2] - one[1] in loose)
        return [], [
            IngestError(
                file,
                row,
                f"a balance of {figure(balance)} after {figure(amount)}",
                f"another row with a balance of {figure(balance - amount)}",
                _HINT,
            )
        ]
    return ["running balance"], []
