"""Card-terminal guarantee mismatches in a Beancount ledger: found, claimed, put right.

In a ledger::

    plugin "beancount_posguard"

See :mod:`beancount_posguard.plugin` for what the plugin does and ``docs/ledger-language.md`` for what it reads.
"""

from __future__ import annotations

from typing import Any

__plugins__ = ("guard",)


def guard(entries: list[Any], options_map: dict[str, Any], config: str | None = None) -> tuple[list[Any], list[Any]]:
    """Run the plugin; see :func:`beancount_posguard.plugin.run`."""
    from beancount_posguard.plugin import run  # noqa: PLC0415  # importing the package must stay cheap

    return run(entries, options_map, config)
