"""Which contract a batch belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from beancount_posguard.claims.names import side
from beancount_posguard.contract import Contract
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ledger.contracts import Contracts
from beancount_posguard.legs import Batch, Source
from beancount_posguard.words import _, listed

#: The currency of files that name none (ISO 4217): the contract's.
NO_CURRENCY = "XXX"


class Choice:
    """Chooses among the contracts of a ledger: by merchant id, by the sender of a deposit, else the only one.

    A terminal's batch that names no merchant, as one without slips, is of the merchant that the terminal had before.
    """

    def __init__(self, contracts: Sequence[Contract], profile: Profile, merchants: Mapping[str, str]) -> None:
        self._contracts = Contracts(contracts)
        self._latest = self._contracts.latest()
        self._profile = profile
        self._merchants = merchants

    def contract(self, batch: Batch) -> Contract:
        """Return the terms that hold for ``batch`` on its day.

        Raises:
            IngestError: when no contract fits, or several do; it lists them.
        """
        found = self._named(self._by_merchant(batch) or self._by_sender(batch) or self._latest)
        if batch.source is Source.SALE and len({one.till for one in found}) == 1:
            found = found[:1]  # a till that several acquirers share books the same whichever is taken
        if len(found) != 1:
            raise self._unclear(batch, found)
        self._refuse_sales(batch, found[0])
        self._refuse_currency(batch, found[0])
        return self._contracts.at(found[0].name, batch.date)

    def paid_into(self, deposits: Sequence[Batch]) -> list[Contract]:
        """Return the contracts whose money comes to the bank account of a file with ``deposits``.

        A file without deposits tells nothing about its account: then all contracts must share one.
        """
        accounts = {self.contract(one).bank for one in deposits} or {one.bank for one in self._latest}
        if not deposits and len(accounts) > 1:
            return []
        return [one for one in self._latest if one.bank in accounts]

    def _named(self, found: list[Contract]) -> list[Contract]:
        """Return the one of several contracts that carries the name of the profile's own acquirer, if one does."""
        name = self._profile.acquirer.casefold()
        return [one for one in found if one.name.casefold() == name] or found if len(found) > 1 else found

    def _by_merchant(self, batch: Batch) -> list[Contract]:
        merchant = batch.facts.get("merchant", "") or self._merchants.get(batch.facts.get("terminal", ""), "")
        if not merchant:
            return []
        found = [one for one in self._latest if merchant in one.merchants]
        strangers = [one for one in self._latest if not one.merchants]
        if not found and not strangers and self._latest:
            names = listed(f"{one.name} ({' '.join(one.merchants)})" for one in self._latest)
            raise IngestError(
                batch.file,
                _row(batch),
                _("merchant {merchant}").format(merchant=merchant),
                _("a merchant of {names}").format(names=names),
                _("If it is yours, add it to merchant: of its posguard-acquirer."),
            )
        return found or strangers

    def _by_sender(self, batch: Batch) -> list[Contract]:
        """Return the contracts of the acquirer that a deposit's sender or memo names."""
        if batch.source is not Source.BANK:
            return []
        if not batch.slips:
            return [one for one in self._latest if one.name == batch.payer]
        text = f"{batch.payer} {batch.slips[0].facts.get('memo', '')}"
        by_id = [one for one in self._latest if any(merchant in text for merchant in one.merchants)]
        if by_id:
            return by_id
        named = {name for name, pattern in self._profile.acquirers.items() if pattern.search(text)}
        found = [one for one in self._latest if one.name in named]
        # A contract that carries another acquirer's name is not meant, however few there are.
        rest = [one for one in self._latest if one.name not in self._profile.acquirers]
        if not found and not rest and self._latest:
            raise self._unclear(batch, [])
        return found or rest

    def _unclear(self, batch: Batch, found: Iterable[Contract]) -> IngestError:
        names = listed(one.name for one in found)
        said = batch.payer or batch.facts.get("merchant", "")
        what = (
            _("a {side} batch of {said}").format(side=side(batch.source.value), said=said)
            if said
            else _("a {side} batch that names no merchant").format(side=side(batch.source.value))
        )
        if not self._latest:
            return IngestError(
                batch.file,
                None,
                _("a ledger without a contract"),
                _('a posguard-acquirer directive, such as: 2026-01-01 custom "posguard-acquirer" "ChinaUMS"'),
            )
        return IngestError(
            batch.file,
            _row(batch),
            what,
            _("one contract for it, and {names} could be").format(names=names)
            if names
            else _("one contract for it, and none of {names} could be").format(
                names=listed(one.name for one in self._latest)
            ),
            _("Give the contracts merchant ids, or the acquirer's name."),
        )

    def _refuse_sales(self, batch: Batch, contract: Contract) -> None:
        if batch.source is Source.SALE and not contract.keeps_sales:
            raise IngestError(
                batch.file,
                None,
                _("sales, though the till of {name} is {till}").format(name=contract.name, till=contract.till),
                _("a till under Assets: this contract says that the shop keeps no sale records"),
            )

    def _refuse_currency(self, batch: Batch, contract: Contract) -> None:
        wrong = next((slip for slip in batch.slips if slip.currency not in {contract.currency, NO_CURRENCY}), None)
        if wrong is not None:
            raise IngestError(
                batch.file,
                wrong.row,
                _("an amount in {currency}").format(currency=wrong.currency),
                _("{currency}, the currency of {name}").format(currency=contract.currency, name=contract.name),
            )


def _row(batch: Batch) -> int | None:
    return batch.slips[0].row if batch.slips else None
