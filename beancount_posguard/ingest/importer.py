"""Import a file: the one way that the command line, beangulp and Fava's import page share.

``import.py`` beside the ledger, for beangulp and Fava::

    from beangulp import Ingest
    from beancount_posguard.ingest.importer import importers

    CONFIG = importers("main.beancount")

    if __name__ == "__main__":
        Ingest(CONFIG)()

Beangulp and Fava pass over files of more than 8 MiB without a word, before any importer is asked. ``posguard import``
has no such limit.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import beangulp
from beancount.core.data import Custom, Transaction

from beancount_posguard.booking.batches import batch_entry
from beancount_posguard.booking.lines import OWN, Line, line_entry
from beancount_posguard.contract import Contract
from beancount_posguard.ingest.archive import kept_name
from beancount_posguard.ingest.batching import Scope, Span, closing, number, scope
from beancount_posguard.ingest.cards import redact
from beancount_posguard.ingest.contracts import NO_CURRENCY, Choice
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.institutions import load_profiles
from beancount_posguard.ingest.known import Known, KnownFile
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import Reading, find_profile, identify, read_file
from beancount_posguard.ingest.readers import Document
from beancount_posguard.ledger.contracts import read_contracts
from beancount_posguard.ledger.load import load
from beancount_posguard.ledger.settings import read_settings
from beancount_posguard.legs import HOLD_KINDS, Batch, Kind, Slip, Source
from beancount_posguard.money import ZERO
from beancount_posguard.text import figure
from beancount_posguard.words import _, listed, ngettext, writing

#: What an extracted entry remembers until it is printed: Beancount prints no key that begins like this.
_PATH, _SEEN = "__posguard_path__", "__posguard_seen__"

Paid = TypeVar("Paid", Slip, Line)

_log = logging.getLogger("posguard")


class ImportResult(NamedTuple):
    """What one file brings: the entries to append, what to tell the user, and the file's reading.

    ``account`` and ``date`` are where and under which day the file is kept.
    """

    entries: list[Transaction]
    messages: list[str]
    reading: Reading
    account: str
    date: date


def import_file(
    path: Path,
    existing: Iterable[Any] | Known,
    contracts: Sequence[Contract],
    profiles: Sequence[Profile],
    other_lines: str | None = None,
) -> ImportResult:
    """Turn the file at ``path`` into the entries that the ledger does not have yet.

    Args:
        path: the downloaded file.
        existing: the ledger's entries, or an index of them that the caller keeps between files.
        contracts: the ledger's contracts.
        profiles: the catalogue.
        other_lines: the account against which lines that are no card business are booked; without one they are left.

    Raises:
        UnknownFileError: when no profile knows the file.
        IngestError: when the file is refused, or no contract fits it. Nothing of it is booked then.
    """
    known = existing if isinstance(existing, Known) else Known(existing)
    reading = read_file(path, profiles)
    assert reading.profile is not None  # noqa: S101  # a reading that was not refused has one
    if not reading.batches and not reading.lines:
        raise IngestError(
            reading.file,
            None,
            _("payouts alone") if Kind.PAYOUT.value in reading.by_kind else _("holds alone"),
            _("rows that can be booked"),
            _("Its figures serve posguard identify; import the statement with the sales."),
        )
    choice = Choice(contracts, reading.profile, known.merchants)
    reading = _in_currency(reading, choice)
    share = _share(reading, choice)
    terms = [choice.contract(batch) for batch in share.batches]
    last, contract = share.batches[-1], terms[-1]
    file = known.file(reading.sha256)
    numbers = count(1)
    entries = _batches(share, choice, file, numbers)
    messages = _messages(reading, entries, file)
    if reading.lines and last.source not in OWN:
        messages.append(_("{lines} left alone: nobody owes them").format(lines=_counted(reading)))
    elif reading.lines and not other_lines:
        messages.append(_("{lines} left alone; --other-lines ACCOUNT books them").format(lines=_counted(reading)))
    elif other_lines:
        new = [line for line in reading.lines if file.is_new(line, last.source, contract)]
        entries += [line_entry(line, last.source, contract, other_lines, numbers) for line in new]
        messages.append(
            _("{n} other lines booked against {account}, {known} known").format(
                n=len(new), account=other_lines, known=len(reading.lines) - len(new)
            )
        )
    return ImportResult(entries, messages, reading, account_of(last.source, contract), last.date)


def account_of(source: Source, contract: Contract) -> str:
    """Return the account under which files of ``source`` are kept."""
    return {
        Source.SALE: contract.till,
        Source.TERMINAL: contract.clearing,
        Source.SETTLEMENT: contract.payout,
        Source.BANK: contract.bank,
    }[source]


def _in_currency(reading: Reading, choice: Choice) -> Reading:
    """Return ``reading`` with the contracts' currency where the file names none."""
    if NO_CURRENCY not in reading.totals or not reading.batches:
        return reading
    batches = []
    for batch in reading.batches:
        currency = choice.contract(batch).currency
        batches.append(batch._replace(slips=tuple(_named(slip, currency) for slip in batch.slips)))
    currency = choice.contract(reading.batches[-1]).currency
    return replace(
        reading,
        batches=tuple(batches),
        lines=tuple(_named(line, currency) for line in reading.lines),
        totals={currency if code == NO_CURRENCY else code: one for code, one in reading.totals.items()},
    )


def _named(one: Paid, currency: str) -> Paid:
    return one._replace(currency=currency) if one.currency == NO_CURRENCY else one


class _Share(NamedTuple):
    """A file's batches with the days it covers; ``place`` tells in whose name a batch speaks."""

    batches: Sequence[Batch]
    spans: Mapping[Scope, Span]
    place: Callable[[Batch], Scope]


def _share(reading: Reading, choice: Choice) -> _Share:
    """Return the batches of ``reading`` as the contracts share them.

    One bank statement speaks for every acquirer that pays into the account: for those without a deposit on its last
    day too.
    """
    if reading.origin.source is not Source.BANK:
        return _Share(reading.batches, reading.spans, scope)
    deposits = [batch for batch in reading.batches if batch.slips]
    (span,) = reading.spans.values()
    spans: dict[Scope, Span] = {(contract.name,): span for contract in choice.paid_into(deposits)}
    if not spans:
        raise IngestError(
            reading.file,
            None,
            _("no deposit of an acquirer"),
            _("at least one, to tell which contract's bank account this is"),
            _('If there truly is none, say so with: custom "posguard-no-file" "bank" and the acquirer.'),
        )

    def place(batch: Batch) -> Scope:
        return (choice.contract(batch).name,)

    batches = [*deposits, *closing(reading.origin, spans, deposits, place)]
    return _Share(number(batches, spans, place), spans, place)


def _batches(share: _Share, choice: Choice, file: KnownFile, numbers: Iterator[int]) -> list[Transaction]:
    """Return the transactions the ledger lacks, numbered as the parts of their file.

    A file that was imported before brings nothing, unless some of its transactions were not kept: those alone then.
    """
    seen, parts = file.parts
    if parts and len(seen) >= parts:
        return []
    fresh = [one for batch in share.batches if (one := file.fresh(batch, choice.contract(batch)))]
    numbered = number(fresh, share.spans, share.place)
    if parts and len(numbered) != parts:
        raise IngestError(
            share.batches[0].file,
            None,
            _("{n} of this file's {parts} transactions in the ledger").format(n=len(seen), parts=parts),
            _("all of them or none"),
            _("Take out those with this posguard-sha256 and import the file again."),
        )
    return [batch_entry(one, choice.contract(one), next(numbers)) for one in numbered if one.part not in seen]


def _messages(reading: Reading, entries: Sequence[Transaction], file: KnownFile) -> list[str]:
    """Return what the user should know about the file, the important things last."""
    said = []
    booked = sum(len(batch.slips) for batch in reading.batches)
    new = sum(int(entry.meta["posguard-receipt"].split()[0]) for entry in entries)
    if file.parts[1] and not entries:
        said.append(_("this very file is in the ledger already; nothing to do"))
    elif new < booked:
        said.append(_("{known} of {rows} rows are in the ledger already").format(known=booked - new, rows=booked))
    left = Counter(reading.skipped)
    if reading.origin.source is Source.SETTLEMENT:
        left.update({kind.value: reading.by_kind[kind.value] for kind in HOLD_KINDS if kind.value in reading.by_kind})
    if left:
        words = ", ".join(f"{count} {redact(word) or '(empty)'}" for word, count in sorted(left.items()))
        said.append(_("rows that are no slips, left alone: {kinds}").format(kinds=words))
    if reading.has_cards:
        said.append(_("the file itself holds full card numbers: it is booked masked, and not filed with the documents"))
    return [*said, *reading.warnings, *file.notes]


def _counted(reading: Reading) -> str:
    """Say how many lines are not ours, what they are and what they come to."""
    total = figure(sum((line.amount for line in reading.lines), ZERO))
    count = len(reading.lines)
    text = ngettext("{n} other line, {total} {currency},", "{n} other lines, {total} {currency},", count)
    kinds = ""
    if reading.batches[0].source is not Source.BANK:
        text = _("{n} lines ({kinds}), {total} {currency},")
        tally = Counter(line.label for line in reading.lines)
        kinds = listed(f"{count} {word}" for word, count in sorted(tally.items()))
    return text.format(n=count, kinds=kinds, total=total, currency=reading.currency)


class _Desk:
    """What the importers of one configuration share: the catalogue, the ledger's contracts, the last file read."""

    def __init__(self, ledger: Path | None, other_lines: str | None) -> None:
        self._ledger = ledger
        self.other_lines = other_lines
        self.profiles = load_profiles(ledger.parent if ledger else None)
        self._ledgers: tuple[int, list[Any]] = (0, [])
        self._files: dict[tuple[str, int, int], Reading | str | None] = {}

    def name_of(self, path: Path) -> str | None:
        """Return the name of the profile that knows the file, also if it would refuse it."""
        key = self._key(path)
        if key not in self._files:
            self._files = {key: self._find(path)}
        found = self._files[key]
        return found.profile.name if isinstance(found, Reading) and found.profile else found  # type: ignore[return-value]

    def _find(self, path: Path) -> str | None:
        try:
            return find_profile(Document.load(path), self.profiles).profile.name
        except IngestError:
            return None

    def reading(self, path: Path) -> Reading | None:
        """Return the file's reading, or None if it is refused: extracting it says why."""
        key = self._key(path)
        if not isinstance(self._files.get(key), Reading):
            reading = identify(path, self.profiles)
            if reading.refused:
                return None
            self._files = {key: reading}
        found = self._files[key]
        return found if isinstance(found, Reading) else None

    @staticmethod
    def _key(path: Path) -> tuple[str, int, int]:
        state = path.stat()
        return str(path), state.st_mtime_ns, state.st_size

    def contracts(self, existing: Iterable[Any] | None = None) -> list[Contract]:
        """Return the contracts of ``existing``, else those of the ledger file."""
        found = read_contracts(existing or ())[0]
        return found or read_contracts(self._own())[0]

    def language(self, existing: Iterable[Any] | None = None) -> str:
        """Return in which language the ledger is written: that of ``existing``, else of the ledger file."""
        entries = list(existing or ())
        return read_settings(entries or self._own())[0].language

    def _own(self) -> list[Any]:
        """Return what the ledger file says to posguard, read again when it changed."""
        if self._ledger is None or not self._ledger.is_file():
            return []
        changed = self._ledger.stat().st_mtime_ns
        if self._ledgers[0] != changed:
            entries = load(self._ledger.resolve())[0]
            self._ledgers = (changed, [entry for entry in entries if type(entry) is Custom])
        return self._ledgers[1]


class PosguardImporter(beangulp.Importer):  # type: ignore[misc]  # beangulp has no types
    """One profile of the catalogue as a beangulp importer."""

    def __init__(self, profile: Profile, desk: _Desk) -> None:
        self._profile = profile
        self._desk = desk

    @property
    def name(self) -> str:
        """The importer's name: Fava refuses a configuration with two of one name."""
        return f"posguard.{self._profile.name}"

    def identify(self, filepath: str) -> bool:
        """Tell whether the file is of this profile's kind."""
        return self._desk.name_of(Path(filepath)) == self._profile.name

    def account(self, filepath: str) -> str:
        """Return the account under which the file is kept."""
        reading = self._desk.reading(Path(filepath))
        contracts = self._desk.contracts()
        if reading is None or not contracts:
            return "Assets:POS"
        try:
            contract = Choice(contracts, self._profile, {}).contract(reading.batches[-1])
        except IngestError:
            return "Assets:POS"
        return account_of(self._profile.source, contract)

    def date(self, filepath: str) -> date | None:
        """Return the last day the file books, under which it is kept."""
        reading = self._desk.reading(Path(filepath))
        return reading.batches[-1].date if reading else None

    def filename(self, filepath: str) -> str:
        """Return the name under which the file is kept."""
        return kept_name(Path(filepath).name)

    def extract(self, filepath: str, existing: Sequence[Any]) -> list[Transaction]:
        """Return the entries that ``existing`` lacks.

        Raises:
            IngestError: when the file is refused; the message says why and what to do.
        """
        desk = self._desk
        with writing(desk.language(existing)):
            result = import_file(Path(filepath), existing, desk.contracts(existing), desk.profiles, desk.other_lines)
        for message in result.messages:
            _log.warning("%s: %s", result.reading.file, message)
        for entry in result.entries[:1]:
            entry.meta.update({_PATH: filepath, _SEEN: len(existing)})
        return result.entries

    def deduplicate(self, entries: list[Transaction], existing: Sequence[Any]) -> None:
        """Leave out what files extracted before this one in the same run have brought meanwhile.

        Extracting has compared with the ledger already; beangulp adds the entries of one file after the other to
        ``existing`` and calls this in between.
        """
        meta = entries[0].meta if entries else {}
        if meta.get(_SEEN, len(existing)) != len(existing):
            entries[:] = self.extract(meta[_PATH], existing)


def importers(ledger: str | Path | None = None, other_lines: str | None = None) -> list[PosguardImporter]:
    """Return one importer per profile, for ``CONFIG`` in a beangulp script or Fava's import page.

    Args:
        ledger: the main file, relative to the working folder or absolute; a folder ``importers/`` beside it is
            searched first. Without it the contracts come from the ledger that is passed to ``extract``.
        other_lines: the account against which lines that are no card business are booked.
    """
    desk = _Desk(Path(ledger).absolute() if ledger else None, other_lines)
    return [PosguardImporter(profile, desk) for profile in desk.profiles]
