"""Deadlines as an iCalendar file (RFC 5545): one all-day event per claim, with reminders on the way to it.

The same claims give the same bytes: an event is stamped with the day its time began, not with a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from beancount_posguard.claims.claim import Claim
from beancount_posguard.claims.deadlines import Due, reminders
from beancount_posguard.claims.names import confidence
from beancount_posguard.claims.view import kind_title
from beancount_posguard.text import figure
from beancount_posguard.words import _

#: RFC 5545, 3.1: octets in a line, its end left out.
_WIDTH = 75


def calendar(claims: Iterable[Claim]) -> str:
    """Return the next deadlines of the open ``claims`` as text with CRLF line ends."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//beancount-posguard//claims//EN", "CALSCALE:GREGORIAN"]
    for claim in sorted(claims, key=lambda one: one.id):
        if claim.due and claim.is_open:
            lines += _event(claim, claim.due)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(claim: Claim, due: Due) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{claim.id}-{claim.stage}@beancount-posguard"
    yield f"DTSTAMP:{due.since:%Y%m%d}T000000Z"
    yield f"DTSTART;VALUE=DATE:{due.day:%Y%m%d}"
    yield f"SUMMARY:{_text(f'{claim.id} {_(due.what)}: {figure(claim.balance)} {claim.currency}')}"
    lost = _("Lost without it: {lost}").format(lost=_(due.lost))
    why = f"{kind_title(claim.kind)}\n{claim.why}\n{lost}\n{_(due.source)} ({confidence(due.confidence)})"
    yield f"DESCRIPTION:{_text(why)}"
    yield "TRANSP:TRANSPARENT"
    for part, day in reminders(due):
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        text = _("{id}: {percent} % of the time is over").format(id=claim.id, percent=part)
        yield f"DESCRIPTION:{_text(text)}"
        yield f"TRIGGER:-P{(due.day - day).days}D"
        yield "END:VALARM"
    yield "END:VEVENT"


def _text(text: str) -> str:
    for character, spelled in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(character, spelled)
    return text


def _folded(line: str) -> Iterator[str]:
    """Yield ``line`` in pieces that fit, never cutting a character."""
    piece, size, room = "", 0, _WIDTH
    for character in line:
        octets = len(character.encode())
        if size + octets > room:
            yield piece
            piece, size, room = " ", 1, _WIDTH
        piece += character
        size += octets
    yield piece
