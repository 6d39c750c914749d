"""The one way in which an export is refused: whole, and with a sentence that says what to do."""

from __future__ import annotations

from beancount_posguard.ingest.cards import redact
from beancount_posguard.text import plain
from beancount_posguard.words import _

#: A refusal quotes a cell so that it can be found again, not so that it can be read in full.
_QUOTE = 60


class IngestError(ValueError):
    """A file, or one row of it, that cannot be taken as it stands.

    ``file`` is the file's name (a profile's with its folder), ``row`` the row's number in it (1-based), or None for
    the file as a whole. Whatever was found is cut short and card numbers in it are masked, the file name's included.
    """

    def __init__(self, file: str, row: int | None, found: str, expected: str, hint: str = "") -> None:
        self.file = redact(file)
        self.row = row
        # What tables hold is looked up only here.
        self.found = redact(_(found))
        self.expected = redact(_(expected))
        self.hint = redact(_(hint) if hint else "")
        super().__init__(str(self))

    def __str__(self) -> str:
        text = _("{file}: found {found}; expected {expected}. {hint}")
        if self.row is not None:
            text = _("{file}, row {row}: found {found}; expected {expected}. {hint}")
        said = {"file": self.file, "row": self.row, "found": self.found, "expected": self.expected}
        return text.format(**said, hint=self.hint).rstrip()


class UnknownFileError(IngestError):
    """A file that no profile knows: it may simply not be ours."""


class ProfileError(IngestError):
    """A profile that does not say what a profile must say."""


def quote(text: str) -> str:
    """Return ``text`` in quotes, cut to a length that fits a sentence."""
    text = plain(text)
    short = text if len(text) <= _QUOTE else text[: _QUOTE - 1] + "…"
    return f"'{short}'"
