"""What can be said with a step: each key, how it is read, and what it means. CLI options are made from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from beancount_posguard.claims.causes import CAUSES
from beancount_posguard.claims.evidence import EXHIBITS
from beancount_posguard.claims.routes import ROUTES
from beancount_posguard.money import parse_amount
from beancount_posguard.words import _


class Word(NamedTuple):
    """One key: ``wrong`` returns what is wrong with a text (empty: nothing); the rest is for help and docs."""

    wrong: Callable[[str], str]
    shown: str
    meaning: str


def _anything(text: str) -> str:
    del text
    return ""


def _one_of(*words: str) -> Callable[[str], str]:
    def wrong(text: str) -> str:
        return "" if text in words else _("{text!r}; expected one of {words}").format(text=text, words=", ".join(words))

    return wrong


def _some_of(*words: str) -> Callable[[str], str]:
    def wrong(text: str) -> str:
        stranger = next((word for word in text.split() if word not in words), None)
        if stranger is None:
            return ""
        return _("{text!r}; expected some of {words}").format(text=stranger, words=", ".join(words))

    return wrong


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        pass
    else:
        if len(text) == len("2026-11-03"):
            return ""
    return _("{text!r} is no day; expected one such as 2026-11-03").format(text=text)


def _amount(text: str) -> str:
    try:
        amount = parse_amount(text)
    except ValueError as error:
        return str(error)
    return "" if amount > 0 else _("{text!r}; expected a positive amount").format(text=text)


_DIGEST = re.compile(r"[0-9a-f]{16}")


def _digest(text: str) -> str:
    if _DIGEST.fullmatch(text):
        return ""
    return _("{text!r}; expected the 16 hex digits that posguard approve writes").format(text=text)


CHANNELS = ("sms", "e-mail", "phone", "letter", "counter")
OUTCOMES = ("sent", "delivered", "failed", "told")

SAID: Mapping[str, Word] = {
    # In the order in which they are written.
    "by": Word(_anything, "NAME", "Who does it."),
    "cause": Word(_one_of(*CAUSES), "CODE", "Why it happened: OP_KEY, ACQ_POST, … (posguard report causes)."),
    "measure": Word(_anything, "TEXT", "What is done so that it does not happen again."),
    "route": Word(_one_of(*ROUTES), "ROUTE", f"{', '.join(ROUTES)}; posguard route ID says which are open."),
    "part": Word(
        _one_of("customer", "acquirer", "employee", "none"), "WHO", "customer or acquirer, where a claim is with both."
    ),
    "waive": Word(_some_of(*EXHIBITS), "EXHIBITS", "What is missing and cannot be had; say why with --note."),
    "evidence": Word(_digest, "DIGEST", "The state of the file that is approved."),
    "reference": Word(_anything, "NO", "Number of the form or message."),
    "case": Word(_anything, "NO", "The other side's case number."),
    "by-date": Word(_day, "DAY", "The day the notice names; it counts before every other limit."),
    "amount": Word(_amount, "AMOUNT", "How much of it; without it all that is open."),
    "to": Word(_one_of("customer", "acquirer", "employee"), "WHO", "Who owes it then: customer, acquirer, employee."),
    "channel": Word(_one_of(*CHANNELS), "WAY", f"How: {', '.join(CHANNELS)}."),
    "template": Word(_anything, "NAME", "Which text, with its version."),
    "outcome": Word(_one_of(*OUTCOMES), "WORD", f"What came of it: {', '.join(OUTCOMES)}."),
    "note": Word(_anything, "TEXT", "Why, or what to remember."),
}


def problem(said: Mapping[str, object]) -> str:
    """Return what is wrong with the first word of ``said`` that cannot be read, such as ``cause: 'X'; expected …``."""
    for key, text in said.items():
        if key in SAID and text is not None:
            if not isinstance(text, str):
                return f"{key}: " + _("expected text in quotes, not {text!r}").format(text=text)
            wrong = SAID[key].wrong(text)
            if wrong:
                return f"{key}: {wrong}"
    return ""
