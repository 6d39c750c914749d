"""The amounts that rows print: one column or several, added up, with the sign that a word beside them gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from beancount_posguard.ingest.cells import fold
from beancount_posguard.ingest.columns import Cells
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.meanings import Meanings
from beancount_posguard.ingest.profile import Meaning, Profile, Sums, Term
from beancount_posguard.legs import Kind
from beancount_posguard.money import ZERO, minor_unit
from beancount_posguard.text import two_decimals
from beancount_posguard.words import _, listed


class Printed:
    """Reads the amounts as rows print them; ``tips`` are those keyed on top that it met."""

    def __init__(self, profile: Profile, meanings: Meanings) -> None:
        self._profile = profile
        self._meanings = meanings
        self.tips: list[Decimal] = []

    def money(self, cells: Cells, role: str, *, required: bool = False) -> list[Decimal]:
        """Return the amounts in the column ``role``; an empty cell is nothing, or refused where it is ``required``."""
        amounts = self._profile.amounts.get(role, self._profile.amounts["net"])

        def parse(text: str) -> Decimal:
            if required and not text:
                raise ValueError(text)
            return amounts.parse(text)

        return cells.parsed(role, parse, _("an amount such as 128.00"))

    def amounts(self, cells: Cells, meanings: Sequence[Meaning], currencies: Sequence[str]) -> list[Decimal]:
        """Return what each row prints, with the sign that a column of its own may give it."""
        amounts = self.by_kind(cells, meanings, "amount", self._plain_amounts, currencies)
        signs = self._profile.signs
        if signs.amount == "inverted":
            amounts = [-one for one in amounts]
        if "amount" in signs.indicators:
            turned = self.indicated(cells, "amount")
            amounts = [abs(amount) * sign for amount, sign in zip(amounts, turned, strict=True)]
        return amounts

    def indicated(self, cells: Cells, role: str) -> list[int]:
        """Return the sign that the words of a column beside the amounts of ``role`` give each row."""
        column, words = self._profile.signs.indicators[role]
        return cells.parsed(
            column,
            lambda text: words[fold(text)],
            _("one of {words}").format(words=listed(words)),
            self._meanings.more,
        )

    def by_kind(
        self,
        cells: Cells,
        meanings: Sequence[Meaning],
        role: str,
        bare: Callable[[Cells], list[Decimal]],
        currencies: Sequence[str],
    ) -> list[Decimal]:
        """Return the amounts of ``role``, each from the columns that its row's kind has them in."""
        special = {kind: sums for kind, sums in self._profile.kind_sums.items() if role in sums}
        if not special:
            found = self.summed(cells, self._profile.sums, role, bare)
        else:
            found = [ZERO] * len(cells)
            groups: dict[Kind | None, list[int]] = {}
            for index, meaning in enumerate(meanings):
                groups.setdefault(meaning.kind if meaning.kind in special else None, []).append(index)
            for kind, indices in groups.items():
                chosen = set(indices)
                part = cells.keep([index in chosen for index in range(len(cells))])
                sums = self._profile.sums if kind is None else special[kind]
                for index, amount in zip(indices, self.summed(part, sums, role, bare), strict=True):
                    found[index] = amount
        if self._profile.minor:
            found = [
                two_decimals(amount * minor_unit(currency)) for amount, currency in zip(found, currencies, strict=True)
            ]
        return found

    def summed(self, cells: Cells, sums: Sums, role: str, bare: Callable[[Cells], list[Decimal]]) -> list[Decimal]:
        """Return the columns that make up ``role`` added up, or what ``bare`` reads where it is a column of its own."""
        if role not in sums:
            return bare(cells)
        terms = [term for term in sums[role] if term.column in cells]
        if sums[role] and not terms:
            raise IngestError(
                cells.file,
                None,
                _("none of the columns {names}").format(names=_listed(sums[role])),
                _("one of them, as {role}").format(role=role),
                _("If the provider renamed it, change [sums] of {origin}.").format(origin=self._profile.origin),
            )  # fmt: skip
        found = [ZERO] * len(cells)
        for term in terms:
            column = self.money(cells, term.column)
            found = [total + amount * term.sign for total, amount in zip(found, column, strict=True)]
        if role == "amount" and terms and len(cells):
            blank = map("".join, zip(*(cells.get(term.column) for term in terms), strict=True))
            index = next((index for index, text in enumerate(blank) if not text), None)
            if index is not None:
                raise cells.error(index, terms[0].column, _("an amount such as 128.00"))
        return found

    def _plain_amounts(self, cells: Cells) -> list[Decimal]:
        """Return what each row prints: money in less money out, or one column with what was keyed as a tip on top."""
        if "credit" in cells or "debit" in cells:
            credit, debit = (self.money(cells, role) for role in ("credit", "debit"))
            for index, (plus, minus) in enumerate(zip(credit, debit, strict=True)):
                if plus and minus:
                    raise cells.error(index, "debit", _("money in or money out, not both in one row"))
            if "amount" not in cells:
                # A statement may print what went out with a minus already.
                return [plus - abs(minus) for plus, minus in zip(credit, debit, strict=True)]
            return [plus - minus for plus, minus in zip(credit, debit, strict=True)]
        amounts = self.money(cells, "amount", required=True)
        if "tip" not in cells or "tip" in self._profile.sums:
            return amounts
        tips = self.money(cells, "tip")
        self.tips += filter(None, tips)
        return [amount + tip for amount, tip in zip(amounts, tips, strict=True)]

    @property
    def keep_sign(self) -> bool:
        """Whether the file's own signs count, not those of the kinds."""
        signs = self._profile.signs
        return signs.amount != "by kind" or "amount" in signs.indicators


def _listed(terms: Iterable[Term]) -> str:
    return ", ".join(term.column.removeprefix("=") for term in terms)
