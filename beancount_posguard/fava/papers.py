"""What is made of a claim to be printed or sent: the application to the acquirer, the file for the lawyer, a calendar.

The pages are made by the same functions as on the command line. They are shown by themselves, without scripts: whatever
a bank or a terminal wrote into them could not run even if it were not escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flask import Response, request

from beancount_posguard import desk
from beancount_posguard.claims.claim import Claim
from beancount_posguard.fava.guard import AskedError
from beancount_posguard.ledger.books import Books
from beancount_posguard.reports.calendar import calendar
from beancount_posguard.reports.legal import legal_file
from beancount_posguard.reports.packet import application
from beancount_posguard.reports.papers import Folder
from beancount_posguard.words import _, language

if TYPE_CHECKING:
    from beancount_posguard.fava import PosGuardClaims

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-modals"


#: The papers by name: from the claim's folder, in a language.
PAPERS: Mapping[str, Callable[[Folder, str], str]] = {"packet": application, "legal-file": legal_file}


def _folder(claim: Claim, books: Books) -> Folder:
    contract = desk.contract_for(books, claim.acquirer, claim.detected)
    event = books.survey.events.get(claim.id)
    terms = desk.contracts_with(books, contract.name)
    return Folder(claim, event, contract, books.docket.policy, books.shop, books.path.parent, books.as_of, terms)


def paper(extension: PosGuardClaims) -> Response:
    """Return the paper ``name`` of the claim ``id``, as a page to be printed.

    Raises:
        AskedError: when there is no such paper or claim.
    """
    name, wanted = request.args.get("name", ""), request.args.get("id", "")
    claim = extension.loaded.claims.get(wanted)
    if name not in PAPERS or claim is None:
        raise AskedError(_("There is no claim {name} in this ledger.").format(name=wanted[:60]), 404)
    folder = _folder(claim, extension.loaded.books)
    response = Response(PAPERS[name](folder, language()), mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def deadlines(extension: PosGuardClaims) -> Response:
    """Return the open claims' deadlines for one's own calendar."""
    response = Response(calendar(extension.loaded.books.claims), mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="pos-claims.ics"'
    return response
