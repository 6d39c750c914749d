"""The ledger that Fava has loaded, as the books every other face of posguard works on.

Everything is made when a page asks for it and kept until Fava loads the ledger anew.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from beancount.core.data import Transaction

from beancount_posguard.claims.claim import Claim
from beancount_posguard.ledger.books import Books, books_of
from beancount_posguard.matters import Matter, matters_of
from beancount_posguard.money import ZERO
from beancount_posguard.recent import survey_of
from beancount_posguard.reports.figures import Business, business
from beancount_posguard.survey import Survey, survey
from beancount_posguard.words import language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from fava.core import FavaLedger

#: The stages in which a claim waits for somebody else's approval.
AWAITS_APPROVAL = frozenset({"prepared", "write-off-requested"})


class Loaded:
    """One load of a ledger: its books, what needs a person, what its claim accounts hold."""

    def __init__(self, ledger: FavaLedger) -> None:
        #: What Fava holds; as long as it is this very object, nothing was loaded since.
        self.entries = ledger.all_entries
        self._path = Path(ledger.beancount_file_path)
        #: By language: readers of both may ask for the same load.
        self._matters: dict[str, list[Matter]] = {}
        self._loaded: tuple[list[Any], list[Any], dict[str, Any]] = (
            list(ledger.all_entries),
            list(ledger.load_errors),
            dict(ledger.options),
        )

    @cached_property
    def books(self) -> Books:
        """The ledger as the command line sees it; its ``survey`` holds no lines."""
        return books_of(self._path.resolve(), self._loaded, survey_of(self._loaded[0], str(self._path)))

    @cached_property
    def survey(self) -> Survey:
        """The whole survey, with all lines, for who looks closer."""
        return survey(self._loaded[0], str(self._path))

    @cached_property
    def business(self) -> Business:
        """What all reports are made of."""
        return business(self.survey)

    @cached_property
    def claims(self) -> Mapping[str, Claim]:
        """The claims by id."""
        return {claim.id: claim for claim in self.books.claims}

    @property
    def matters(self) -> list[Matter]:
        """What needs a person, the urgent first: what ``posguard check`` lists, and what waits in front of one."""
        known = self._matters.get(language())
        if known is None:
            known = [one for one in matters_of(self.books) if one.matter != "waiting"]
            for claim in self.books.claims:
                known += _waits(claim)
            self._matters[language()] = known
        return known

    def ids_in(self, entries: Iterable[Any]) -> frozenset[str]:
        """Return the claims that ``entries`` speak of."""
        names = self.books.docket.names
        found = set()
        for entry in entries:
            claim = (entry.meta or {}).get("posguard-claim")
            if claim is None and getattr(entry, "type", "") == "posguard-claim" and entry.values:
                claim = entry.values[0].value
            if claim is None:
                claim = next((link for link in getattr(entry, "links", None) or () if link.startswith("PG-")), None)
            if claim is not None:
                found.add(names.get(str(claim), str(claim)))
        return frozenset(found)

    @cached_property
    def on_accounts(self) -> Mapping[tuple[str, str], Decimal]:
        """What the ledger holds on each claim account, by account and currency."""
        accounts = self.books.docket.accounts
        sums: dict[tuple[str, str], Decimal] = {}
        for entry in self._loaded[0]:
            if isinstance(entry, Transaction):
                for posting in entry.postings:
                    if posting.account in accounts and posting.units:
                        key = (posting.account, posting.units.currency)
                        sums[key] = sums.get(key, ZERO) + (posting.units.number or ZERO)
        return sums


def _waits(claim: Claim) -> Iterable[Matter]:
    name = f"{claim.id} {claim.kind}"
    if claim.stage in AWAITS_APPROVAL:
        yield Matter("approval", claim.file, claim.line, name, claim.id)


class Keeper:
    """Keeps the last load of one ledger. Fava answers several requests at a time; they share one survey."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: Loaded | None = None

    def of(self, ledger: FavaLedger) -> Loaded:
        """Return what ``ledger`` holds now."""
        with self._lock:
            if self._last is None or self._last.entries is not ledger.all_entries:
                self._last = Loaded(ledger)
            return self._last
