"""One file -> one reading: which profile knows it, what it says, whether it keeps its own promises."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import compress
from pathlib import Path
from typing import Any, NamedTuple

from beancount_posguard.booking.lines import Line
from beancount_posguard.ingest.batching import Origin, Scope, Span, closing, make_batches, number, spans
from beancount_posguard.ingest.cards import redact
from beancount_posguard.ingest.controls import NONE, Control, Totals, check
from beancount_posguard.ingest.errors import IngestError, UnknownFileError
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.readers import Document
from beancount_posguard.ingest.slips import Content, read_content
from beancount_posguard.ingest.table import Spot, locate, missing, read_table
from beancount_posguard.legs import HOLD_KINDS, Batch, Kind, Source
from beancount_posguard.money import ZERO
from beancount_posguard.text import figure


@dataclass(frozen=True)
class Reading:
    """What one file says, or why it is refused.

    ``rows`` counts the rows (slips, payouts; bank: all lines), ``by_kind`` and ``gross_by_kind`` (by kind, then
    currency) tell them apart; ``totals`` are by currency. ``lines`` are the rows that are not ours, ``skipped`` counts
    rows without money by their word. ``spans`` are the days the file covers. A file that breaks its own promises is
    read and refused: ``refused`` is the reason; where nothing could be read the rest is empty.
    """

    file: str
    sha256: str = ""
    profile: Profile | None = None
    batches: tuple[Batch, ...] = ()
    rows: int | None = None
    by_kind: Mapping[str, int] = field(default_factory=dict)
    gross_by_kind: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    totals: Mapping[str, Totals] = field(default_factory=dict)
    control: str = NONE
    lines: tuple[Line, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    spans: Mapping[Scope, Span] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    has_cards: bool = False
    refused: str | None = None
    member: str = ""
    why: str = ""

    @property
    def origin(self) -> Origin:
        """Which file this is, for the batches made of it."""
        if self.profile is None:
            raise ValueError("a refused file has no batches")
        return Origin(self.profile.source, self.file, self.sha256, self.profile.name)

    @property
    def currency(self) -> str | None:
        """The file's currency; several are listed."""
        return ", ".join(sorted(self.totals)) or None

    def summary(self) -> dict[str, Any]:
        """Return the file in figures, ready for JSON: amounts are strings, what is not known is null.

        Where a file has several currencies, each amount is a table of them.
        """
        return {
            "file": self.file,
            "profile": self.profile.name if self.profile else None,
            "rows": self.rows,
            "by_kind": dict(self.by_kind),
            "gross": self._figure("gross"),
            "fee": self._figure("fee"),
            "net": self._figure("net"),
            "currency": self.currency,
            "control": None if self.rows is None else self.control,
            "refused": self.refused,
        }

    def _figure(self, name: str) -> str | dict[str, str] | None:
        told = {
            currency: figure(amount)
            for currency, totals in sorted(self.totals.items())
            if (amount := getattr(totals, name)) is not None
        }
        if len(self.totals) > 1:
            return told or None
        return next(iter(told.values()), None)


def read_file(path: Path, profiles: Sequence[Profile]) -> Reading:
    """Read the file at ``path`` with the profile that knows it.

    Raises:
        UnknownFileError: when no profile knows the file.
        IngestError: when the file breaks a rule of its profile; it is refused whole.
    """
    document = Document.load(Path(path))
    reading, control = _read(document, find_profile(document, profiles))
    if control.refused:
        raise control.refused[0]
    return reading


def identify(path: Path, profiles: Sequence[Profile]) -> Reading:
    """Read the file at ``path`` like :func:`read_file`, but hand a refusal back as a reading."""
    found: Found | None = None
    try:
        document = Document.load(Path(path))
        found = find_profile(document, profiles)
        reading, control = _read(document, found)
    except IngestError as error:
        profile = found.profile if found else None
        return Reading(file=redact(Path(path).name), profile=profile, refused=str(error))
    return replace(reading, refused=str(control.refused[0])) if control.refused else reading


class Found(NamedTuple):
    """Which profile knows a file: the member that holds the rows, where they are, and an archive's other members."""

    profile: Profile
    document: Document
    spot: Spot
    others: Sequence[Document] = ()


def find_profile(document: Document, profiles: Sequence[Profile]) -> Found:
    """Return the one profile that knows ``document``; a user's own outranks those shipped.

    Raises:
        UnknownFileError: when none does, naming the nearest.
        IngestError: when several do and none has priority.
    """
    members = document.members
    known = [found for member in members if (found := _known(member, profiles)) is not None]
    if not known:
        raise _unknown(members[0] if len(members) == 1 else document, profiles)
    if len(known) > 1:
        raise IngestError(
            document.name,
            None,
            f"an archive with {len(known)} exports ({', '.join(one.document.name for one in known)})",
            "one export per archive",
            "Unpack it and import the files.",
        )
    return known[0]._replace(others=[one for one in members if one is not known[0].document])


def _known(document: Document, profiles: Sequence[Profile]) -> Found | None:
    found = [
        Found(profile, document, spot)
        for profile in profiles
        if profile.layout.member.search(document.name) and (spot := locate(profile, document))
    ]
    if not found:
        return None
    best = max((one.profile.own, one.profile.priority) for one in found)
    winners = [one for one in found if (one.profile.own, one.profile.priority) == best]
    if len(winners) > 1:
        names = " and ".join(one.profile.name for one in winners)
        raise IngestError(
            document.name,
            None,
            f"a file that {names} both know",
            "one profile for it",
            "Choose one with --profile, or give one of them a higher priority.",
        )
    return winners[0]


def _unknown(document: Document, profiles: Sequence[Profile]) -> UnknownFileError:
    hint = ""
    try:
        nearest = max(((*missing(profile, document), profile.name) for profile in profiles), default=(0, "", ""))
    except IngestError as error:
        return UnknownFileError(document.name, None, error.found, error.expected, error.hint)
    if nearest[0]:
        hint = f"Nearest is {nearest[2]}, but the file has no column {nearest[1]}."
    return UnknownFileError(
        document.name, None, "a file that no profile knows", "an export of an institution in the catalogue", hint
    )


def _read(document: Document, found: Found) -> tuple[Reading, Control]:
    """Read ``found`` out of ``document``, which is the file itself or the archive around it."""
    profile = found.profile
    with no_collection():
        table = read_table(profile, found.document, found.spot)
        content = read_content(profile, table)
        totals = _totals(profile, content)
        beside, left = _beside(found)
        control = check(profile, table, content, totals, beside)
        origin = Origin(profile.source, redact(document.name), document.digest, profile.name)
        batches = make_batches(origin, content)
    covered = spans(origin, content, batches)
    batches += closing(origin, covered, batches)
    by_kind, gross_by_kind = _tally(profile, content)
    reading = Reading(
        file=origin.file,
        sha256=document.digest,
        profile=profile,
        batches=number(batches, covered),
        rows=by_kind.total(),
        by_kind=by_kind,
        gross_by_kind=gross_by_kind,
        totals=totals,
        control=str(control),
        lines=tuple(
            sorted(content.lines, key=lambda one: (one.date, one.amount, one.label, one.text, *one.facts.items()))
        ),
        skipped=content.skipped,
        spans=covered,
        warnings=(
            *content.warnings,
            *_strangers(table.strangers),
            *map(str, control.warned),
            *_dropped(table.dropped),
            *_left(left),
        ),
        has_cards=content.has_cards,
        member=found.document.name if found.document is not document else "",
        why=_why(found),
    )
    nothing = not batches and not content.counted.kinds and not content.lines
    return reading, _dayless(document, control) if nothing else control


def _dayless(document: Document, control: Control) -> Control:
    error = IngestError(
        document.name,
        None,
        "no rows, and no day in the file or its name",
        "a file without rows to say which day it is for",
        "Give the file its original name back.",
    )
    return control._replace(refused=[*control.refused, error])


def _why(found: Found) -> str:
    """Say by what the profile knew the file."""
    profile = found.profile
    reasons = []
    if profile.layout.reader:
        reasons.append(f"its content, {profile.layout.reader}")
    if profile.name_pattern.pattern:
        reasons.append("its name")
    if profile.text_pattern.pattern:
        reasons.append(f"the text {profile.text_pattern.pattern}")
    if profile.signature and found.spot.header >= 0 and not profile.layout.reader:
        names = ", ".join(profile.columns[role].names[0] for role in profile.signature)
        reasons.append(f"the columns {names} in row {found.spot.header + 1}")
    return "known by " + " and ".join(reasons or ["its layout"])


def _beside(found: Found) -> tuple[list[str], list[str]]:
    """Return the lines of the members that state totals, and the names of those that nobody reads."""
    lines: list[str] = []
    left: list[str] = []
    for one in found.others:
        if found.profile.layout.beside.search(one.name):
            lines += one.text(found.profile.layout.encodings).splitlines()
        else:
            left.append(one.name)
    return lines, left


def _left(names: Sequence[str]) -> list[str]:
    return [f"members of the archive that were not read: {', '.join(map(redact, names))}"] if names else []


def _dropped(count: int) -> list[str]:
    return [f"{count} rows that the profile drops"] if count else []


def _totals(profile: Profile, content: Content) -> dict[str, Totals]:
    """Add the rows up by currency: the gross by the amounts', fee and net by the one they are paid in."""
    rows = content.counted
    gross = _sums(rows.amounts, rows.currencies)
    fees, nets = _sums(rows.fees, rows.paid), _sums(rows.nets, rows.paid)
    away = {*HOLD_KINDS, *((Kind.PAYOUT, Kind.FEE) if profile.source is Source.SETTLEMENT else ())}
    if any(kind in rows.kinds for kind in away):
        # A payout is no sale, a fee of its own row is no part of what was sold, a hold moves nothing.
        apart = [kind in away for kind in rows.kinds]
        for amount, currency in compress(zip(rows.amounts, rows.currencies, strict=True), apart):
            gross[currency] -= amount
    for line in content.lines if profile.is_bank else ():
        gross[line.currency] = gross.get(line.currency, ZERO) + line.amount
    for line in content.lines:
        gross.setdefault(line.currency, ZERO)
    if not gross:
        gross[profile.currency] = ZERO
    return {
        currency: Totals(gross.get(currency, ZERO), fees.get(currency), nets.get(currency))
        for currency in sorted({*gross, *fees, *nets})
    }


def _sums(amounts: Sequence[Decimal | None], currencies: Sequence[str]) -> dict[str, Decimal]:
    """Add ``amounts`` up by currency, leaving out what is not known."""
    sums: dict[str, Decimal] = {}
    for currency in dict.fromkeys(currencies):
        mine = amounts if len({*currencies}) == 1 else compress(amounts, map(currency.__eq__, currencies))
        known = [amount for amount in mine if amount is not None]
        if known:
            sums[currency] = sum(known, ZERO)
    return sums


def _tally(profile: Profile, content: Content) -> tuple[Counter[str], dict[str, dict[str, Decimal]]]:
    """Count rows and add up money by kind and currency; a bank's lines are credits and debits, ours or not."""
    rows = content.counted
    amounts, currencies = rows.amounts, rows.currencies
    if profile.is_bank:
        amounts = [*amounts, *(one.amount for one in content.lines)]
        currencies = [*currencies, *(one.currency for one in content.lines)]
        kinds = ["debit" if amount < ZERO else "credit" for amount in amounts]
    else:
        words = {id(kind): kind.value for kind in Kind}
        kinds = [*map(words.__getitem__, map(id, rows.kinds))]
    counts = Counter(kinds)
    sums = {}
    for kind in sorted(counts):
        wanted = [*map(kind.__eq__, kinds)]
        sums[kind] = _sums([*compress(amounts, wanted)], [*compress(currencies, wanted)])
    return Counter({kind: counts[kind] for kind in sums}), sums


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the garbage collector from looking, again and again, at a hundred thousand rows that are all in use."""
    active = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # What is in use now is old: there is no need to look at it soon.
        gc.freeze()
        gc.unfreeze()
        if active:
            gc.enable()


def _strangers(names: Sequence[str]) -> list[str]:
    return [f"columns this profile does not know were not read: {', '.join(map(redact, names))}"] if names else []
