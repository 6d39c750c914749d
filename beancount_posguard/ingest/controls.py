"""What a file says about itself in all: printed totals and running balances. A cut-off download fails here, loudly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.slips import Content
from beancount_posguard.ingest.table import Table
from beancount_posguard.money import ZERO
from beancount_posguard.text import figure

NONE = "none in file"

_HINT = "The file may be cut short or edited: download it again."


class Totals(NamedTuple):
    """What the rows add up to; ``fee`` and ``net`` are None where the file has no such column."""

    gross: Decimal
    fee: Decimal | None
    net: Decimal | None


def check(profile: Profile, table: Table, content: Content, totals: Totals) -> str:
    """Hold the rows against what the file says about them and return which checks it passed.

    Raises:
        IngestError: for a total or balance that the rows do not come to.
    """
    passed = ["net = gross - fee"] if content.nets and totals.fee is not None and content.booked else []
    passed += _footers(profile, table, content, totals)
    passed += _running(table.cells.file, content.balances)
    return f"ok ({', '.join(dict.fromkeys(passed))})" if passed else NONE


def _footers(profile: Profile, table: Table, content: Content, totals: Totals) -> list[str]:
    """Check every figure in the rows below the slips: those a pattern finds, and cells under a money column."""
    allowed = _allowed(content, totals)
    passed = []
    for number, cells, text in table.foot:
        for name, printed in _printed(profile, cells, text):
            try:
                stated = profile.amounts["amount"].parse(printed) if name != "count" else Decimal(printed)
            except (ValueError, ArithmeticError):
                raise IngestError(table.cells.file, number, f"{quote(printed)} as {name}", "a total", _HINT) from None
            if abs(stated) not in map(abs, allowed[name]):
                ours = " or ".join(dict.fromkeys(map(_shown[name], allowed[name])))
                raise IngestError(
                    table.cells.file,
                    number,
                    f"a stated {name} of {_shown[name](stated)}",
                    f"{ours} as the rows add up",
                    _HINT,
                )
            passed.append(f"footer {name}")
    return passed


_shown: Mapping[str, Callable[[Decimal], str]] = {
    "count": lambda count: f"{count:f} rows", "gross": figure, "fee": figure, "net": figure,
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


def _allowed(content: Content, totals: Totals) -> Mapping[str, Sequence[Decimal]]:
    """Return what each figure may be: providers differ in whether they count rows that moved no money."""
    moved = sum(1 for one in content.booked if one.slip.status.value == "approved")
    others = len(content.booked) + len(content.lines)
    counts = (len(content.booked), moved, others, others + content.skipped.total())
    gross = (totals.gross, totals.gross + sum((one.amount for one in content.lines), ZERO))
    return {
        "count": [*map(Decimal, counts)],
        "gross": gross,
        "fee": [ZERO if totals.fee is None else totals.fee],
        "net": [ZERO if totals.net is None else totals.net],
    }


def _running(file: str, balances: Sequence[tuple[int, Decimal, Decimal]]) -> list[str]:
    """Check the running balance, in whichever order the rows stand.

    Before each row the account held what it held after another one, but for the first; so the balances before and the
    balances after may differ in that one, and in the last.
    """
    if len(balances) < 2:  # noqa: PLR2004  # a single row has nothing to fit to
        return []
    after = Counter(balance for _, _, balance in balances)
    before = Counter(balance - amount for _, amount, balance in balances)
    loose = before - after
    if loose.total() > 1:
        row, amount, balance = next(one for one in (*balances[1:], balances[0]) if one[2] - one[1] in loose)
        raise IngestError(
            file,
            row,
            f"a balance of {figure(balance)} after {figure(amount)}",
            f"another row with a balance of {figure(balance - amount)}",
            _HINT,
        )
    return ["running balance"]
