"""Rows that say something about other rows: a fee printed below its sale, a payout that names the sales it pays.

``[[attach]]`` of a profile names the kind of row that gives, the role by whose value both rows know each other, and
what is given. A row gives only where exactly one other row of the file has that value; else it stays a row of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from beancount_posguard.ingest.columns import Cells
from beancount_posguard.ingest.profile import Attach, Profile
from beancount_posguard.legs import Kind, Status
from beancount_posguard.money import ZERO

#: What is given as money and not as text.
FEE = "fee"


class Attached:
    """What the rows of a file give each other: first every piece is shown to :meth:`gather`, then to :meth:`count`."""

    def __init__(self, profile: Profile) -> None:
        self._rules = profile.attach
        self._givers = {rule.kind for rule in self._rules}
        self._fees: dict[tuple[str, str], Decimal] = {}
        self._texts: dict[tuple[str, str, str], str] = {}
        self._targets: Counter[tuple[str, str]] = Counter()

    def gather(self, cells: Cells, kinds: Sequence[Kind], states: Sequence[Status], signed: Sequence[Decimal]) -> None:
        """Learn what the giving rows among these say."""
        for rule in self._rules:
            for index, key in self._giving(rule, cells, kinds):
                if FEE in rule.give and states[index] is Status.APPROVED:
                    self._fees[rule.by, key] = self._fees.get((rule.by, key), ZERO) - signed[index]
                for role in rule.give:
                    text = cells.get(role)[index] if role != FEE else ""
                    if text:
                        known = self._texts.setdefault((rule.by, key, role), text)
                        # Two that disagree give nothing.
                        self._texts[rule.by, key, role] = known if known == text else ""

    def count(self, cells: Cells, kinds: Sequence[Kind]) -> None:
        """Count the rows among these that something is given to."""
        wanted = {*self._fees, *((by, key) for by, key, _ in self._texts)}
        for by in dict.fromkeys(rule.by for rule in self._rules):
            pairs = zip(cells.get(by), kinds, strict=True)
            self._targets.update((by, key) for key, kind in pairs if kind not in self._givers and (by, key) in wanted)

    def _giving(self, rule: Attach, cells: Cells, kinds: Sequence[Kind]) -> Iterator[tuple[int, str]]:
        for index, (key, kind) in enumerate(zip(cells.get(rule.by), kinds, strict=True)):
            if kind is rule.kind and key:
                yield index, key

    def given_away(self, cells: Cells, kinds: Sequence[Kind]) -> list[bool]:
        """Tell which rows are fees that are counted on another row."""
        away = [False] * len(cells)
        for rule in self._rules:
            if FEE in rule.give:
                for index, key in self._giving(rule, cells, kinds):
                    away[index] = self._targets[rule.by, key] == 1
        return away

    def fees(
        self,
        cells: Cells,
        kinds: Sequence[Kind],
        fees: Sequence[Decimal | None],
        nets: Sequence[Decimal | None],
    ) -> tuple[list[Decimal | None], list[Decimal | None]]:
        """Return fee and net of each row, with what fee rows give it."""
        fees, nets = [*fees], [*nets]
        for by in dict.fromkeys(rule.by for rule in self._rules if FEE in rule.give):
            for index, (key, kind) in enumerate(zip(cells.get(by), kinds, strict=True)):
                fee = self._fees.get((by, key))
                if fee is not None and kind not in self._givers and self._targets[by, key] == 1:
                    fees[index] = (fees[index] or ZERO) + fee
                    net = nets[index]
                    nets[index] = None if net is None else net - fee
        return fees, nets

    def texts(self, cells: Cells, kinds: Sequence[Kind]) -> Cells:
        """Return ``cells`` with what the rows are given where they say nothing themselves."""
        columns: dict[str, Sequence[str]] = {}
        for rule in self._rules:
            for role in rule.give:
                if role == FEE:
                    continue
                told = columns.get(role, cells.get(role))
                columns[role] = [
                    cell or (self._text(rule.by, key, role) if kind not in self._givers else "")
                    for cell, key, kind in zip(told, cells.get(rule.by), kinds, strict=True)
                ]
        return replace(cells, columns={**cells.columns, **columns}) if columns else cells

    def _text(self, by: str, key: str, role: str) -> str:
        return self._texts.get((by, key, role), "") if self._targets[by, key] == 1 else ""
