"""The Beancount plugin: every guarantee mismatch becomes a pending claim.

A ledger whose terminal approved 128.00 that no statement ever brought::

    2026-11-03 * "ChinaUMS" "Terminal 98765432 batch 000123"
      Assets:POS:ChinaUMS:Clearing   128.00 CNY
        trace: "000045"
        rrn:   "103412345678"
      Income:Sales                  -128.00 CNY

gets, dated on the first statement after the due date plus grace, the entry ::

    2026-11-06 ! "ChinaUMS" "PG-20261103-K7QX2 X1 approved, not settled: 128.00 CNY detected" #posguard ^PG-…
      Assets:Claims:Acquirer:ChinaUMS   128.00 CNY
      Assets:POS:ChinaUMS:Clearing     -128.00 CNY

Nothing of the user's is changed. The plugin never raises, whatever the ledger holds.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from beancount.core.data import Open

from beancount_posguard.booking.claims import hold_entry, missing_opens, movement_entry, rounding_entry
from beancount_posguard.claims.claim import Claim
from beancount_posguard.claims.steps import FINISHED, stage_name
from beancount_posguard.collector import collector_paused
from beancount_posguard.kinds import KINDS
from beancount_posguard.ledger.errors import PosguardError
from beancount_posguard.ledger.exhibits import altered
from beancount_posguard.ledger.words import GENERATED
from beancount_posguard.recent import remember
from beancount_posguard.survey import Survey, survey
from beancount_posguard.words import _, writing


def run(entries: list[Any], options_map: dict[str, Any], config: str | None = None) -> tuple[list[Any], list[Any]]:
    """Return ``entries`` with the claims' entries added, and what a person must look at as errors."""
    ledger = str(options_map.get("filename") or "")
    if config:
        here = {"filename": ledger, "lineno": 1}
        message = _('beancount_posguard takes no configuration here; use custom "posguard" directives')
        return entries, [PosguardError(here, message, None)]
    try:
        with collector_paused():
            return _claimed(entries, ledger)
    except Exception:  # noqa: BLE001  # a fault of ours must not keep anybody from their books
        message = _("posguard failed on this ledger and did nothing; please report this:\n") + traceback.format_exc()
        return entries, [PosguardError({"filename": ledger, "lineno": 1}, message, None)]


def _claimed(entries: list[Any], ledger: str) -> tuple[list[Any], list[Any]]:
    """Return ``entries`` with the claims' entries added, and the errors; the survey's lines and events end here."""
    if any(entry.meta.get("filename") == GENERATED for entry in entries):
        # The plugin's line stands twice: the same claims again would double the money.
        return entries, []
    result = survey(entries, ledger)
    remember(entries, ledger, result)
    added = _entries(result, entries)
    return entries + added, [*result.errors, *_reports(result)]


def _entries(result: Survey, entries: Iterable[Any]) -> list[Any]:
    """Return the generated entries in a fixed order, with the accounts they need."""
    with writing(result.settings.language):
        return _booked(result, entries)


def _booked(result: Survey, entries: Iterable[Any]) -> list[Any]:
    added = [movement_entry(movement, number) for number, movement in enumerate(result.movements, start=1)]
    accounts = {contract.name: contract.guarantees for contract in result.contracts}
    holds = sorted(result.judgement.holds, key=lambda one: (one.day, one.acquirer, one.where))
    added += [
        hold_entry(hold, accounts[hold.acquirer], number) for number, hold in enumerate(holds, start=len(added) + 1)
    ]
    currencies = {contract.name: contract.currency for contract in result.contracts}
    added += [
        rounding_entry(one, currencies[one.acquirer], number)
        for number, one in enumerate(result.judgement.roundings, start=len(added) + 1)
    ]
    if not added:
        return []
    opened = (entry.account for entry in entries if type(entry) is Open)
    return [*missing_opens(added, opened, len(added) + 1), *added]


def _overdue(claim: Claim, name: str) -> str:
    text = _("{name}: overdue since {day}; {why}")
    if not claim.due:
        return text.format(name=name, day=claim.deadline, why=claim.why)
    text = _("{name}: overdue since {day} ({what}; lost: {lost}); {why}")
    return text.format(name=name, day=claim.deadline, what=_(claim.due.what), lost=_(claim.due.lost), why=claim.why)


def _reports(result: Survey) -> Iterable[PosguardError]:
    """Yield as errors what the ledger's settings want to see as such."""
    wanted = result.settings.report
    for claim in result.claims:
        where = {"filename": claim.file, "lineno": claim.line}
        name = f"{claim.id} {claim.kind} {KINDS[claim.kind].name}"
        if claim.stage == "new" and "new" in wanted:
            yield PosguardError(
                where, _("{name}: {why}. Next: posguard show {id}").format(name=name, why=claim.why, id=claim.id), None
            )
        elif claim.balance and claim.deadline and claim.deadline < result.as_of and "overdue" in wanted:
            yield PosguardError(
                where,
                _overdue(claim, name),
                None,
            )
        if claim.balance and claim.stage in FINISHED and "new" in wanted:
            text = _("{name}: {stage}, yet {balance:.2f} {currency} are open again. Next: posguard reopen {id}")
            text = text.format(
                name=name,
                stage=stage_name(claim.stage),
                balance=claim.balance,
                currency=claim.currency,
                id=claim.id,
            )
            yield PosguardError(where, text, None)
        if claim.exhibits and claim.stage not in FINISHED:
            for wrong in altered(claim, Path(result.docket.folder)):
                yield PosguardError(where, f"{name}: {wrong}", None)
    reported = {"missing-file": "files", "uncertain": "uncertain"}
    for finding in result.findings:
        if reported.get(finding.kind) in wanted:
            yield PosguardError({"filename": finding.file, "lineno": finding.line}, f"posguard: {finding.text}", None)
