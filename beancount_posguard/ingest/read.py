"""One file -> one reading: which profile knows it, what it says, whether it keeps its own promises."""

from __future__ import annotations

import codecs
import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from beancount_posguard.booking.lines import Line
from beancount_posguard.ingest.attach import Attached
from beancount_posguard.ingest.batching import Booked, Origin, Scope, Span, closing, make_batches, number, spans
from beancount_posguard.ingest.cards import holds_card, redact
from beancount_posguard.ingest.columns import Chunk, named
from beancount_posguard.ingest.content import LookAgainError, Survey
from beancount_posguard.ingest.controls import NONE, Control, check
from beancount_posguard.ingest.errors import IngestError, UnknownFileError
from beancount_posguard.ingest.figures import Figures, Totals
from beancount_posguard.ingest.locate import Spot, locate, missing
from beancount_posguard.ingest.moments import date_roles, fitting
from beancount_posguard.ingest.packed import WHOLE
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.readers import Document
from beancount_posguard.ingest.reversals import Settled, Sought
from beancount_posguard.ingest.slips import attach, cancelling, read_content
from beancount_posguard.ingest.stated import file_facts
from beancount_posguard.ingest.table import Table
from beancount_posguard.legs import Batch
from beancount_posguard.text import figure
from beancount_posguard.words import _, both, listed


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
            raise ValueError(_("a refused file has no batches"))
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


def identify(path: Path, profiles: Sequence[Profile], *, keep: bool = True) -> Reading:
    """Read the file at ``path`` like :func:`read_file`, but hand a refusal back as a reading.

    Without ``keep`` the reading has the file's figures and no batches and lines: every row is read and checked all the
    same, but none stays in memory.
    """
    try:
        document = Document.load(Path(path))
    except IngestError as error:
        return Reading(file=redact(Path(path).name), refused=str(error))
    return look(document, profiles, keep=keep)


def look(document: Document, profiles: Sequence[Profile], *, keep: bool = True) -> Reading:
    """Read ``document`` as :func:`identify` reads a file."""
    found: Found | None = None
    try:
        found = find_profile(document, profiles)
        reading, control = _read(document, found, keep=keep)
    except IngestError as error:
        profile = found.profile if found else None
        return Reading(file=redact(document.name), profile=profile, refused=str(error))
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
            _("an archive with {n} exports ({known})").format(
                n=len(known), known=listed(one.document.name for one in known)
            ),
            _("one export per archive"),
            _("Unpack it and import the files."),
        )
    others = [one for one in members if one is not known[0].document]
    return known[0]._replace(others=others or _neighbours(known[0]))


def _neighbours(found: Found) -> list[Document]:
    """Return the files in the same folder that state totals of this one, by day and merchant in both names."""
    beside, path = found.profile.layout.beside, found.document.path
    if path is None or not beside.groupindex:
        return []
    about = named(found.profile.name_pattern, path.name)
    near = [one for one in sorted(path.parent.iterdir()) if one != path and beside.search(one.name) and one.is_file()]
    return [Document.load(one) for one in near if named(beside, one.name) == about]


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
            _("a file that {names} both know").format(names=names),
            _("one profile for it"),
            _("Choose one with --profile, or give one of them a higher priority."),
        )
    return winners[0]


#: How UTF-16 begins: what Excel saves as Unicode text.
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _unknown(document: Document, profiles: Sequence[Profile]) -> UnknownFileError:
    hint = ""
    if not document.start.strip():
        wanted = _("an export of an institution in the catalogue")
        return UnknownFileError(document.name, None, _("an empty file"), wanted, WHOLE)
    if document.start.startswith(_UTF16):
        wanted, hint = _("text in UTF-8 or GB18030"), _("Save it as CSV UTF-8 and import that.")
        return UnknownFileError(document.name, None, _("text in UTF-16"), wanted, hint)
    try:
        nearest = max(((*missing(profile, document), profile.name) for profile in profiles), default=(0, "", ""))
    except IngestError as error:
        return UnknownFileError(document.name, None, error.found, error.expected, error.hint)
    if nearest[0]:
        hint = _("Nearest is {nearest}, but the file has no column {column}.").format(
            nearest=nearest[2], column=nearest[1]
        )
    return UnknownFileError(
        document.name, None, _("a file that no profile knows"), _("an export of an institution in the catalogue"), hint
    )


def _read(document: Document, found: Found, *, keep: bool = True) -> tuple[Reading, Control]:
    """Read ``found`` out of ``document``, which is the file itself or the archive around it."""
    profile = found.profile
    with no_collection():
        rows = read_rows(found, keep=keep)
        figures, table = rows.figures, rows.table
        digest = document.digest if figures.rows or figures.lines else document.bare_digest
        origin = Origin(profile.source, redact(document.name), digest, profile.name)
        beside, left = _beside(found)
        control = check(profile, table, figures, beside)
        batches = make_batches(origin, rows.booked) if keep else []
    document.require_unchanged()
    covered = spans(origin, rows.booked, rows.survey.days, rows.survey.facts)
    nothing = not covered and not figures.rows and not figures.lines
    if keep:
        batches += closing(origin, covered, batches)
    reading = Reading(
        file=origin.file,
        sha256=digest,
        profile=profile,
        batches=number(batches, covered),
        rows=figures.counts.total(),
        by_kind={kind: figures.counts[kind] for kind in sorted(figures.counts)},
        gross_by_kind=figures.by_kind,
        totals=figures.totals,
        control=str(control),
        lines=tuple(
            sorted(rows.booked.lines, key=lambda one: (one.date, one.amount, one.label, one.text, *one.facts.items()))
        ),
        skipped=figures.skipped,
        spans=covered,
        warnings=(
            *figures.remarks(),
            *_strangers(table.strangers),
            *map(str, control.warned),
            *_dropped(table.dropped),
            *_left(left),
        ),
        has_cards=rows.has_cards,
        member=found.document.name if found.document is not document else "",
        why=_why(found),
    )
    return reading, _dayless(document, control) if nothing else control


class _Rows(NamedTuple):
    """All rows of a file, read."""

    table: Table
    survey: Survey
    figures: Figures
    booked: Booked

    @property
    def has_cards(self) -> bool:
        """Whether the file itself holds a full card number."""
        around = (*(" ".join(row) for row in self.table.head), *(text for _, _, text in self.table.foot))
        return self.figures.has_cards or any(map(holds_card, around))


def read_rows(found: Found, *, keep: bool = True) -> _Rows:
    """Read the rows of ``found`` piece by piece, each piece by what the whole file says.

    A file of one piece is looked at once. A larger one is looked through first where something at its end, or anywhere
    in it, changes how its rows are read: facts below the rows, dates that may be day or month first, cancelled slips.
    """
    table = Table(found.profile, found.document, found.spot)
    chunks = table.chunks()
    held = [*islice(chunks, 2)]
    if len(held) == 1:
        survey = Survey(*file_facts(found.profile, table))
        return _folded(found.profile, table, survey, held, alone=True, keep=keep)
    survey = _surveyed(found, table)
    try:
        return _folded(found.profile, table, survey, chain(_taken(held), chunks), alone=False, keep=keep)
    except LookAgainError:
        table = Table(found.profile, found.document, found.spot)
        survey = _with_cancelled(found, survey)
        return _folded(found.profile, table, survey, table.chunks(), alone=False, keep=keep)


def _folded(
    profile: Profile, table: Table, survey: Survey, chunks: Iterable[Chunk], *, alone: bool, keep: bool
) -> _Rows:
    rows = _Rows(table, survey, Figures(profile), Booked(keep=keep))
    for content in (read_content(profile, chunk, survey, alone=alone) for chunk in chunks):
        rows.figures.add(content)
        rows.booked.add(profile.source, content)
        del content  # not two pieces at a time
    return rows


def _taken(held: list[Chunk]) -> Iterator[Chunk]:
    """Yield what is held, and hold it no longer."""
    while held:
        yield held.pop(0)


def _surveyed(found: Found, table: Table) -> Survey:
    """Return what a large file says as a whole, cancelled slips apart; ``table`` is at its second piece."""
    profile = found.profile
    late = {"foot"} if not profile.layout.records else {"head", "foot"}
    roles = date_roles(profile)
    layouts = {role: [*profile.dates] for role in roles}
    if roles or any(fact.where in late for fact in profile.facts):
        table = Table(profile, found.document, found.spot)
        for chunk in table.chunks():
            for role in roles:
                layouts[role] = fitting(layouts[role], chunk.cells.get(role))
    survey = Survey(*file_facts(profile, table), layouts=layouts, memory={})
    if not profile.attach:
        return survey
    attached = Attached(profile)
    for learn in (True, False):
        for chunk in Table(profile, found.document, found.spot).chunks():
            attach(profile, chunk, survey, attached, learn=learn)
    return survey._replace(attached=attached)


def _with_cancelled(found: Found, survey: Survey) -> Survey:
    """Return ``survey`` with what becomes of the slips that voids and reversals are about, wherever they stand."""
    sought = (Sought(), Sought())
    for learn in (True, False):
        for chunk in Table(found.profile, found.document, found.spot).chunks():
            for one, (numbers, rows) in zip(sought, cancelling(found.profile, chunk, survey), strict=False):
                if learn:
                    one.seek(rows)
                else:
                    one.gather(numbers, rows)
    settled: dict[int, Settled] = {}
    orphans: frozenset[int] = frozenset()
    for one in sought:
        more, lost = one.settled()
        settled.update(more)
        orphans |= lost
    return survey._replace(settled=settled, orphans=orphans)


def _dayless(document: Document, control: Control) -> Control:
    error = IngestError(
        document.name,
        None,
        _("no rows, and no day in the file or its name"),
        _("a file without rows to say which day it is for"),
        _("Give the file its original name back."),
    )
    return control._replace(refused=[*control.refused, error])


def _why(found: Found) -> str:
    """Say by what the profile knew the file."""
    profile = found.profile
    reasons = []
    if profile.layout.reader:
        reasons.append(_("its content, {reader}").format(reader=profile.layout.reader))
    if profile.name_pattern.pattern:
        reasons.append(_("its name"))
    if profile.text_pattern.pattern:
        reasons.append(_("the text {pattern}").format(pattern=profile.text_pattern.pattern))
    if profile.signature and found.spot.header >= 0 and not profile.layout.reader:
        names = listed(profile.columns[role].names[0] for role in profile.signature)
        reasons.append(_("the columns {names} in row {header}").format(names=names, header=found.spot.header + 1))
    return _("known by {reasons}").format(reasons=both(reasons or [_("its layout")]))


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
    if not names:
        return []
    return [_("members of the archive that were not read: {names}").format(names=listed(map(redact, names)))]


def _dropped(count: int) -> list[str]:
    return [_("{count} rows that the profile drops").format(count=count)] if count else []


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
    if not names:
        return []
    return [_("columns this profile does not know were not read: {names}").format(names=listed(map(redact, names)))]
