"""Every word of our namespace that a ledger may hold, so that any other is an error."""

from __future__ import annotations

from functools import lru_cache

PREFIX = "posguard-"

#: Keys on a batch, read by :mod:`beancount_posguard.ledger.receipts`.
BATCH_KEYS = frozenset(
    PREFIX + key for key in ("source", "file", "sha256", "profile", "part", "receipt", "known", "from", "to")
)

#: Keys on what posguard writes: claim movements, corrections and steps.
CLAIM_KEYS = frozenset(
    PREFIX + key
    for key in (
        "claim",
        "kind",
        "move",
        "counterparty",
        "remedy",
        "deadline",
        "legs",
        "why",
        "step",
        "id",
        "acquirer",
        "evidence",
    )
)

KEYS = BATCH_KEYS | CLAIM_KEYS

#: The ``custom`` directives.
SETTING = "posguard"
ACQUIRER = "posguard-acquirer"
CLAIM = "posguard-claim"
NO_FILE = "posguard-no-file"
DIRECTIVES = frozenset({SETTING, ACQUIRER, CLAIM, NO_FILE})

#: The file name of what the plugin generates; no real file can be called so.
GENERATED = "<posguard>"

#: The flag of the entries that Beancount adds for a ``pad``.
PADDING = "P"


@lru_cache(maxsize=4096)
def stranger(keys: tuple[str, ...]) -> str:
    """Return the first of ``keys`` that claims to be ours and is not, or an empty string.

    Imported postings share a handful of key sets, so that a year of slips costs one look-up each.
    """
    return next((key for key in keys if key.startswith(PREFIX) and key not in KEYS), "")
