"""Which view is asked for, and its HTML. Templates escape whatever they are given; a failure is a page of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from fava.context import g
from fava.helpers import FavaAPIError
from flask import current_app, request
from markupsafe import Markup

from beancount_posguard.fava import charts, forms, prevention, statements, writing
from beancount_posguard.fava import claim as shown
from beancount_posguard.fava import page as claims_page
from beancount_posguard.fava.guard import AskedError, log, read_only, sentence
from beancount_posguard.ingest.cards import redact
from beancount_posguard.reports.html import PIECES
from beancount_posguard.text import figure
from beancount_posguard.words import _, language, ngettext

if TYPE_CHECKING:
    from beancount.core.data import Directive

    from beancount_posguard.fava import PosGuardClaims

_FILTERS = ("account", "filter", "time")


def page(extension: PosGuardClaims) -> Markup:
    """Return the view that the address asks for; whatever goes wrong is told in its place."""
    try:
        name = request.args.get("view", "claims")
        view = VIEWS.get(name, VIEWS["claims"])
        said = {"view": name if name in VIEWS else "claims", "claim": None, **view(extension), **_claim(extension)}
        return render(extension, "page.html", said)
    except Exception as error:  # noqa: BLE001  # a fault of ours must not take Fava's page away
        if not isinstance(error, AskedError):
            log(error)
        return render(extension, "broken.html", {"error": redact(sentence(error))})


def render(extension: PosGuardClaims, template: str, said: Mapping[str, Any]) -> Markup:
    """Return a template of ours with what it is told; it speaks the reader's language."""
    made = extension.jinja_env.get_template(f"posguard/{template}")
    return Markup(  # noqa: S704  # the template escapes
        made.render(
            **said,
            _=_,
            ngettext=ngettext,
            language=language(),
            address=Address(extension),
            style=_style(extension),
            money=_money,
            read_only=read_only(),
            refused=_refused(extension),
            person=extension.options and not _refused(extension) and writing.person(extension),
        )
    )


class Address:
    """The addresses the templates link to; Fava adds its prefix and the filters that are set."""

    def __init__(self, extension: PosGuardClaims) -> None:
        self._name = extension.name
        self._folder = Path(extension.ledger.beancount_file_path).parent

    def view(self, name: str = "", **more: str) -> str:
        """Return the address of a view of ours."""
        values = {**({"view": name} if name and name != "claims" else {}), **more}
        return _url("extension_report", extension_name=self._name, **values)

    def endpoint(self, name: str, /, **query: str) -> str:
        """Return the address of an endpoint of ours, without filters."""
        home = _url("extension_report", extension_name=self._name).partition("?")[0]
        return f"{home}{name}?{urlencode(query)}" if query else f"{home}{name}"

    def claim(self, claim: str) -> str:
        """Return the address of a claim, on top of the view that is shown."""
        return self.view(**{**_shown(), "claim": claim})

    def no_claim(self) -> str:
        """Return the address of the view that is shown, without a claim on top."""
        return self.view(**_shown())

    def account(self, name: str) -> str:
        """Return the address of an account."""
        return _url("account", name=name)

    def journal(self, claim: str) -> str:
        """Return the address of the journal of one claim."""
        return _url("report", report_name="journal", filter=f"^{claim}", time="", account="")

    def source(self, file: str, line: int | str) -> str:
        """Return the address of a line in Fava's editor; ``file`` may be relative to the ledger."""
        return _url("report", report_name="editor", file_path=str(self._folder / file), line=str(line))

    def document(self, file: str) -> str:
        """Return the address of a document of the ledger, relative to its folder."""
        return _url("document", filename=str(self._folder / file))


def _shown() -> dict[str, str]:
    return {key: request.args[key] for key in ("view", "all", "month", "report") if request.args.get(key)}


def _url(endpoint: str, **values: str) -> str:
    url_for: Callable[..., str] = current_app.jinja_env.globals["url_for"]  # type: ignore[assignment]  # Fava's own
    return url_for(endpoint, **values)


def _money(amount: Decimal | None) -> str:
    """Return an amount to be read, masked where Fava shows no numbers."""
    if amount is None:
        return ""
    return masked(figure(amount))


def masked(text: str) -> str:
    """Return ``text`` with every digit hidden where Fava shows no numbers."""
    return "".join("X" if one.isdigit() else one for one in text) if current_app.config["INCOGNITO"] else text


def _style(extension: PosGuardClaims) -> Markup:
    """Return the style sheet, to stand in the page: one that is linked comes after Fava has shown the page bare."""
    own = (extension.extension_dir / "posguard.css").read_text("utf-8")
    return Markup(f"<style>{own}.posguard-report {{{PIECES}}}</style>")  # noqa: S704  # files of ours


def _claims(extension: PosGuardClaims) -> dict[str, Any]:
    loaded = extension.loaded
    books = loaded.books
    chosen = list(books.claims)
    filtered = any(request.args.get(key) for key in _FILTERS)
    if filtered:
        ids = loaded.ids_in(_filtered())
        chosen = [claim for claim in chosen if claim.id in ids]
    everything = request.args.get("all") == "1"
    listed = [claim for claim in chosen if everything or claim.is_open]
    return {
        "as_of": None if books.as_of == date.min else books.as_of,
        "contracts": books.contracts,
        "cards": claims_page.cards(loaded.matters, loaded),
        "rows": claims_page.rows(listed, loaded),
        "totals": claims_page.totals(chosen, loaded),
        "filtered": filtered,
        "everything": everything,
        "finished": sum(not claim.is_open for claim in chosen),
        "charts": charts.charts(chosen, g.interval),
        "raise_form": forms.raise_form(books, forms.today()) if books.contracts and not _refused(extension) else None,
    }


def _filtered() -> Sequence[Directive]:
    """Return the entries that Fava's filters leave; what Fava cannot read in them is for who typed it to mend."""
    try:
        return cast("Sequence[Directive]", g.filtered.entries)
    except (FavaAPIError, re.error) as error:  # Fava lets a broken pattern for accounts through
        raise AskedError(_("Fava's filters cannot be read: {error}").format(error=error)) from error


def _claim(extension: PosGuardClaims) -> dict[str, Any]:
    """Return the claim that is to be shown on top of the view, with what can be done about it."""
    wanted = request.args.get("claim")
    if not wanted:
        return {}
    loaded = extension.loaded
    claim = loaded.claims.get(loaded.books.docket.names.get(wanted, wanted))
    if claim is None:
        return {"unknown": wanted[:60]}
    said: dict[str, Any] = {"claim": shown.view(claim, loaded), "forms": [], "blocked": []}
    if not _refused(extension):
        on = forms.today()
        said["forms"] = forms.forms(claim, loaded.books, on)
        said["blocked"] = forms.blocked(claim, loaded.books, on)
    return said


def _refused(extension: PosGuardClaims) -> str:
    """Return why nothing can be written by this reader; empty where it can."""
    if read_only():
        return _("Fava shows this ledger read-only; nothing can be written.")
    try:
        writing.person(extension)
    except AskedError as error:
        return str(error)
    return ""


def _statements(extension: PosGuardClaims) -> dict[str, Any]:
    loaded = extension.loaded
    month = statements.month_of(request.args.get("month", ""), loaded.survey)
    missing = statements.missing(loaded.survey)
    writable = [forms.import_form()]
    if missing:
        writable.append(forms.no_file_form([(one.value, f"{one.day} {one.title}") for one in missing]))
    return {
        "month": month,
        "states": statements.STATES,
        "missing": missing,
        "writable": [] if read_only() else writable,
        "lines": statements.lines(loaded.survey, month),
        "files": statements.files(loaded, month),
    }


def _prevention(extension: PosGuardClaims) -> dict[str, Any]:
    reports = prevention.names()
    asked = request.args.get("report", prevention.FIRST)
    report = asked if asked in reports else prevention.FIRST
    return {"reports": reports, "report": report, "body": prevention.body(report, extension.loaded)}


#: The views by name: what each tells its template.
VIEWS: Mapping[str, Callable[[PosGuardClaims], dict[str, Any]]] = {
    "claims": _claims,
    "statements": _statements,
    "prevention": _prevention,
}
