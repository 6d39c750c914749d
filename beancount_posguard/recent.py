"""What the plugin found while a ledger was loaded, for a program that holds the entries of that very load.

Fava loads a ledger through the plugin and then shows its claims. Surveying the same entries a second time would double
the time until the page is there. Nothing is believed here: the result is handed out only for the same entries, object
by object, so that another plugin that changed one of them, or a load that came between, makes it worthless.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from beancount.core.data import Custom, Document, Transaction

from beancount_posguard.collector import collector_paused
from beancount_posguard.judging.events import Judgement
from beancount_posguard.ledger.words import GENERATED, PADDING
from beancount_posguard.survey import Survey, survey

#: How many ledgers' last results are kept; Fava shows one or a few.
MOST = 4

_RESULTS: OrderedDict[str, tuple[Sequence[Any], Survey]] = OrderedDict()

_READ = (Transaction, Custom, Document)


_WHOLE: ContextVar[bool] = ContextVar("posguard-whole-survey", default=False)


@contextmanager
def whole() -> Iterator[None]:
    """Keep the lines too while the block runs, for a program that loads one ledger and may ask everything of it."""
    token = _WHOLE.set(True)
    try:
        yield
    finally:
        _WHOLE.reset(token)


def remember(entries: Sequence[Any], ledger: str, result: Survey) -> None:
    """Keep the small part of ``result``: claims, findings, settings; the lines would weigh as much as the ledger."""
    kept = result if _WHOLE.get() else replace(result, judgement=Judgement(), sheets=[])
    _RESULTS[ledger] = (entries, kept)
    _RESULTS.move_to_end(ledger)
    while len(_RESULTS) > MOST:
        _RESULTS.popitem(last=False)


def survey_of(entries: Sequence[Any], ledger: str) -> Survey:
    """Return the survey of ``entries``; from memory if it was made of these very entries.

    It is without its lines, except where :func:`whole` asked for them when it was made.

    Args:
        entries: a loaded ledger's, with what the plugin added.
        ledger: its main file.
    """
    kept, result = _RESULTS.get(ledger, ((), None))
    if result is not None and _same(_read(kept), _read(entries)):
        return result
    with collector_paused():
        fresh = survey(entries, ledger)
    remember(entries, ledger, fresh)
    return _RESULTS[ledger][1]


def forget(ledger: str) -> None:
    """Let go of what is kept of ``ledger``."""
    _RESULTS.pop(ledger, None)


def _read(entries: Iterable[Any]) -> list[Any]:
    """Return what a survey reads of ``entries``: not what the plugin and Beancount's padding added after it."""
    return [
        entry
        for entry in entries
        if type(entry) in _READ and entry.meta.get("filename") != GENERATED and getattr(entry, "flag", None) != PADDING
    ]


def _same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
