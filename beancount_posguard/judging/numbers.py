"""Whose a line is: the acquirer, terminal and merchant numbers that lines name, and those that they should."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property

from beancount_posguard.judging.windows import Windows
from beancount_posguard.ledger.contracts import Contracts
from beancount_posguard.legs import Leg, Sheet, Source
from beancount_posguard.matching.groups import Group


class Numbers:
    """The numbers that the shop has and that its statements name."""

    def __init__(self, sheets: Sequence[Sheet], contracts: Contracts, windows: Windows) -> None:
        self._contracts = contracts
        self._windows = windows
        slips = [sheet.head for sheet in sheets if sheet.head.source is Source.TERMINAL]
        self._terminals = {str(head.facts["terminal"]): head.acquirer for head in slips if "terminal" in head.facts}
        self._merchants = frozenset(str(head.facts["merchant"]) for head in slips if "merchant" in head.facts)
        self._statements = [sheet for sheet in sheets if sheet.head.source is Source.SETTLEMENT]
        self._named: dict[tuple[str, str], date] = {}

    def acquirer(self, group: Group) -> str:
        """Return whose event this is: a till's line alone tells it by its terminal, if at all."""
        named = group[0].head.acquirer or next((leg.head.acquirer for leg in group if leg.head.acquirer), "")
        return named or self._terminals.get(group[0].get("terminal"), self._windows.default)

    @cached_property
    def several(self) -> bool:
        """Whether the shop has more contracts or merchant numbers than one."""
        return len(self._merchants) > 1 or len(self._contracts.latest()) > 1

    def elsewhere_of(self, slips: Sequence[Leg], lines: Sequence[Leg], day: date) -> str:
        """Return the clearing account of the only slip's only line where that is under another's number, or empty."""
        approvals = [slip for slip in slips if slip.amount]
        if len(approvals) != 1 or len(lines) != 1 or lines[0].amount != approvals[0].amount:
            return ""
        line = lines[0]
        if not self.is_under_another(approvals[0], line, day):
            return ""
        return self._windows.terms(line.head.acquirer, line.date).clearing

    def is_under_another(self, slip: Leg, line: Leg, day: date) -> bool:
        """Tell whether a line names another terminal or merchant number of the shop than its slip, or is another's.

        Some acquirers have numbers of their own on statements: only where one has named the slip's own number by then
        does another number mean anything.
        """
        if slip.head.acquirer != line.head.acquirer:
            return True
        mine, theirs = slip.get("merchant"), line.get("merchant")
        if mine != theirs and mine and theirs in self._merchants and self._is_named("merchant", mine, day):
            return True
        mine, theirs = slip.get("terminal").lstrip("0"), line.get("terminal").lstrip("0")
        return mine != theirs and bool(mine and theirs) and self._is_named("terminal", mine, day)

    def _is_named(self, key: str, number: str, day: date) -> bool:
        """Tell whether a statement had named a terminal or merchant by ``day``."""
        if not self._named:
            self._named = _named_on(self._statements)
        first = self._named.get((key, number.lstrip("0")))
        return first is not None and first <= day


def _named_on(statements: Iterable[Sheet]) -> dict[tuple[str, str], date]:
    """Return since when which merchant and terminal numbers have been named by the lines of ``statements``."""
    named: dict[tuple[str, str], date] = {}
    for sheet in statements:
        for key in ("merchant", "terminal"):
            shared = sheet.head.facts.get(key, "")
            for number in {str(shared if own is None else own) for own in set(sheet.column(key))}:
                place = (key, number.lstrip("0"))
                named[place] = min(sheet.head.date, named.get(place, sheet.head.date))
    return named
