"""Fees and nets of rows: as printed, or what the one leaves of the gross for the other."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.meanings import Meanings, Rows
from beancount_posguard.ingest.printed import Printed
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.money import ZERO
from beancount_posguard.text import figure, two_decimals
from beancount_posguard.words import _


class Fees:
    """Reads fees and nets; to ``broken`` goes what does not fit the gross."""

    def __init__(self, profile: Profile, meanings: Meanings, printed: Printed, broken: list[IngestError]) -> None:
        self._profile = profile
        self._meanings = meanings
        self._printed = printed
        self._broken = broken

    def paid(self, rows: Rows) -> list[str]:
        """Return the currency of each row's fee and net."""
        if "net-currency" not in rows.cells:
            return [*rows.currencies]
        words = {"": "", **self._profile.currencies}
        told = self._meanings.code(rows.cells, "net-currency", words)
        return [paid or currency for paid, currency in zip(told, rows.currencies, strict=True)]

    def fees_and_nets(
        self, rows: Rows, moved: Sequence[Decimal], paid: Sequence[str]
    ) -> tuple[Sequence[Decimal | None], Sequence[Decimal | None]]:
        """Return fee (a cost is positive) and net of each row; where both stand there, they must fit the gross."""
        nothing: list[Decimal | None] = [None] * len(moved)
        fees, nets = self._column_of(rows, "fee", paid), self._column_of(rows, "net", paid)
        style = self._profile.signs.fee
        if nets is None:
            if fees is not None and style == "negative":
                fees = [-fee for fee in fees]
            return fees or nothing, nothing
        if fees is None or style == "difference":
            return self._differences(rows, moved, nets, paid), nets
        if style == "negative":
            fees = [-fee for fee in fees]
        fixed = style == "negative" or "fee" in self._profile.signs.indicators
        pairs = []
        same = [one == other for one, other in zip(rows.currencies, paid, strict=True)]
        for index, (gross, fee, net) in enumerate(zip(moved, fees, nets, strict=True)):
            if fee + net == gross or not same[index] or abs(fee + net - gross) <= self._profile.checks.tolerance:
                pairs.append((fee, net))
                continue
            pair = None if fixed else _fitted(gross, fee, net)
            if pair is None:
                shown = _("net {net} and fee {fee} for gross {gross}").format(
                    net=figure(net), fee=figure(fee), gross=figure(gross)
                )
                self._broken.append(
                    IngestError(
                        rows.cells.file,
                        rows.cells.numbers[index],
                        shown,
                        _("gross - fee = net"),
                        _("Is one of these columns something else in this file?"),
                    )
                )
            pairs.append(pair or (fee, net))
        return [fee for fee, _ in pairs], [net for _, net in pairs]

    def _column_of(self, rows: Rows, role: str, paid: Sequence[str]) -> list[Decimal] | None:
        """Return the fees or nets as the file prints them, or None where it has none."""
        profile = self._profile
        special = any(role in sums for sums in profile.kind_sums.values())
        if role not in rows.cells and role not in profile.sums and not special:
            return None
        found = self._printed.by_kind(
            rows.cells, rows.meanings, role, lambda cells: self._printed.money(cells, role), paid
        )
        if role in profile.signs.indicators:
            filled = [bool(cell) for cell in rows.cells.get(profile.signs.indicators[role][0])]
            told = iter(self._printed.indicated(rows.cells.keep(filled), role))
            found = [abs(one) * next(told) if full else one for one, full in zip(found, filled, strict=True)]
        return found

    def _differences(
        self, rows: Rows, moved: Sequence[Decimal], nets: Sequence[Decimal], paid: Sequence[str]
    ) -> list[Decimal | None]:
        """Return gross - net, in one currency or through the rate; where neither is told, the fee is not known."""
        rates = self._printed.money(rows.cells, "rate")
        feeless = {kind for kind, sums in self._profile.kind_sums.items() if sums.get("fee") == ()}
        found: list[Decimal | None] = []
        for gross, net, rate, there, here, meaning in zip(
            moved, nets, rates, rows.currencies, paid, rows.meanings, strict=True
        ):
            if meaning.kind in feeless:
                found.append(ZERO)
            elif there == here:
                found.append(gross - net)
            else:
                found.append(two_decimals(gross * rate - net) if rate else None)
        return found


def _fitted(gross: Decimal, fee: Decimal, net: Decimal) -> tuple[Decimal, Decimal] | None:
    """Return fee and net with the signs that fit ``gross``: files disagree about how outgoing rows are printed."""
    for fee_sign, net_sign in ((-1, 1), (1, -1), (-1, -1)):
        if fee * fee_sign + net * net_sign == gross:
            return fee * fee_sign, net * net_sign
    return None
