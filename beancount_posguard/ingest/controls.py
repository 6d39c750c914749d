"""What a file says about itself in all: printed totals, payouts and running balances.

A cut-off download fails here, loudly. Every broken promise is told, and the profile says how severe it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.ingest.errors import IngestError, quote
from beancount_posguard.ingest.figures import Figures, Part, Running
from beancount_posguard.ingest.profile import Profile, Total
from beancount_posguard.ingest.table import Table
from beancount_posguard.money import ZERO, minor_unit
from beancount_posguard.text import figure
from beancount_posguard.words import N_, _, listed

NONE = N_("none in file")

_HINT = N_("The file may be cut short or edited: download it again.")


class Control(NamedTuple):
    """Which promises the file keeps, and which it breaks: ``refused`` stop it, ``warned`` are told."""

    passed: Sequence[str]
    refused: Sequence[IngestError]
    warned: Sequence[IngestError]

    def __str__(self) -> str:
        text = _("{found}; expected {expected}")
        broken = [text.format(found=one.found, expected=one.expected) for one in (*self.refused, *self.warned)]
        if broken:
            return _("fails: {broken}").format(broken=" | ".join(broken))
        return _("ok ({passed})").format(passed=listed(dict.fromkeys(self.passed))) if self.passed else _(NONE)


def check(profile: Profile, table: Table, figures: Figures, beside: Sequence[str] = ()) -> Control:
    """Hold what the rows come to against what the file, and the lines of a file ``beside`` it, say about them."""
    both = figures.has_nets and bool(figures.fees) and figures.rows
    passed = [_("net = gross - fee")] if both and not figures.broken else []
    found: list[tuple[str, IngestError]] = [(profile.checks.net, one) for one in figures.broken]
    file = table.file
    for severity, (kept, broken) in (
        (profile.checks.totals, _footers(profile, table, figures)),
        (profile.checks.totals, _stated(profile, table, figures, beside)),
        (profile.checks.payout, _payouts(profile, file, figures)),
        (profile.checks.balance, _balances(file, figures.balances)),
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


def _footers(profile: Profile, table: Table, figures: Figures) -> _Found:
    """Check every figure in the rows below the slips: those a pattern finds, and cells under a money column."""
    allowed = _allowed(figures)
    passed, broken = [], []
    for number, cells, text in table.foot:
        for name, printed in _printed(profile, cells, text):
            try:
                stated = profile.amounts["amount"].parse(printed) if name != "count" else Decimal(printed)
            except (ValueError, ArithmeticError):
                broken.append(_no_total(table.file, number, name, printed))
                continue
            if abs(stated) not in map(abs, allowed[name]):
                ours = " or ".join(dict.fromkeys(map(_shown[name], allowed[name])))
                broken.append(
                    IngestError(
                        table.file,
                        number,
                        _("a stated {name} of {stated}").format(name=name, stated=_shown[name](stated)),
                        _("{ours} as the rows add up").format(ours=ours),
                        _HINT,
                    )
                )
            else:
                passed.append(_("footer {name}").format(name=name))
    return passed, broken


_shown: Mapping[str, Callable[[Decimal], str]] = {
    "count": lambda count: f"{count:f} rows", "gross": figure, "fee": figure, "net": figure, "charged": figure,
    "returned": figure,
}  # fmt: skip

_COLUMNS = {"amount": "gross", "fee": "fee", "net": "net"}


def _no_total(file: str, number: int, name: str, printed: str) -> IngestError:
    found = _("{printed} as {name}").format(printed=quote(printed), name=name)
    return IngestError(file, number, found, _("a total"), _HINT)


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


def _allowed(figures: Figures) -> Mapping[str, Sequence[Decimal]]:
    """Return what each figure may be: providers differ in whether they count rows that moved no money."""
    others = figures.rows + figures.lines
    counts = (figures.slips, figures.moved, figures.rows, others, others + figures.skipped.total())
    totals = figures.totals.values()
    gross = sum((one.gross for one in totals), ZERO)
    return {
        "count": [*map(Decimal, counts)],
        "gross": (gross, gross + figures.other),
        "fee": [sum((one.fee or ZERO for one in totals), ZERO)],
        "net": [sum((one.net or ZERO for one in totals), ZERO)],
    }


# What [[totals]] finds


def _stated(profile: Profile, table: Table, figures: Figures, beside: Sequence[str]) -> _Found:
    """Check every figure that the profile's ``[[totals]]`` find above or below the rows."""
    passed: list[str] = []
    broken: list[IngestError] = []
    ends: dict[str, Decimal] = {}
    for total, number, name, printed, currency in _told(profile, table, beside):
        try:
            stated = Decimal(printed) if name == "count" else _amount(profile, total, printed, currency)
        except (ValueError, ArithmeticError):
            broken.append(_no_total(table.file, number, name, printed))
            continue
        if name in _ENDS:
            ends[name] = stated
            continue
        ours = _sum(total, name, figures, currency)
        if abs(stated) in ours:
            passed.append(_("stated {total}").format(total=_about(total, name)))
            continue
        found = _("a stated {total} of {stated}").format(total=_about(total, name), stated=_shown[name](stated))
        expected = _("{shown} as the rows add up").format(shown=" or ".join(dict.fromkeys(map(_shown[name], ours))))
        broken.append(IngestError(table.file, number, found, expected, _HINT))
    if len(ends) == len(_ENDS):
        kept, lost = _closing(table.file, figures, ends)
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


def _closing(file: str, figures: Figures, ends: Mapping[str, Decimal]) -> _Found:
    closing = ends["opening"] + sum((part.amount for part in figures.groups.values()), ZERO)
    if closing == ends["closing"]:
        return [_("opening + lines = closing")], []
    shown = _("a closing balance of {closing}").format(closing=figure(ends["closing"]))
    return [], [
        IngestError(file, None, shown, _("{closing}, opening and lines").format(closing=figure(closing)), _HINT)
    ]


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


def _sum(total: Total, name: str, figures: Figures, currency: str) -> list[Decimal]:
    """Return what ``name`` may be for the rows that ``total`` is about."""
    about = sum(
        (
            part
            for group, part in figures.groups.items()
            if (not total.kinds or group.kind in total.kinds)
            and (not total.currencies or group.currency == currency)
            and total.way in {"", group.way}
        ),
        Part(),
    )
    if name == "count":
        count = Decimal(about.rows)
        return [count] if total.kinds or total.way else [count, count + figures.skipped.total()]
    if total.column in figures.columns:
        return [abs(figures.columns[total.column])]
    return [abs(getattr(about, {"gross": "amount"}.get(name, name)))]


# Payouts


def _payouts(profile: Profile, file: str, figures: Figures) -> _Found:
    """Check that the rows of each payout come to what was paid out; a payout without its row promises nothing."""
    passed, broken = [], []
    for key, paid in figures.payouts.items():
        lines = figures.payout_rows.get(key, ZERO)
        if abs(lines + paid.amount) <= profile.checks.tolerance:
            passed.append(_("rows = payout"))
        else:
            shown = _("a payout of {amount} {key}").format(amount=figure(paid.amount), key=key[1])
            broken.append(
                IngestError(
                    file, paid.row, shown, _("{lines}, as its rows come to").format(lines=figure(-lines)), _HINT
                )
            )
    return passed, broken


# Balances


def _balances(file: str, balances: Mapping[str, Running]) -> _Found:
    passed: list[str] = []
    broken: list[IngestError] = []
    for running in balances.values():
        if running.break_ is None:
            passed += [_("running balance")] if running.rows > 1 else []
            continue
        row, amount, balance = running.break_
        found = _("a balance of {balance} after {amount}").format(balance=figure(balance), amount=figure(amount))
        expected = _("another row with a balance of {balance}").format(balance=figure(balance - amount))
        broken.append(IngestError(file, row, found, expected, _HINT))
    return passed, broken
