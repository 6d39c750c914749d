"""``posguard``: the command line. One module per group of verbs; nothing is computed here."""

from __future__ import annotations

from pathlib import Path

import click

from beancount_posguard.cli import lingo
from beancount_posguard.cli.closing import close_month
from beancount_posguard.cli.common import Posguard
from beancount_posguard.cli.contacts import contact, purge
from beancount_posguard.cli.corrections import assign, bounce, raise_, refund, reroute, top_up, write_off
from beancount_posguard.cli.explain import explain
from beancount_posguard.cli.filing import attach, route
from beancount_posguard.cli.imports import identify, import_, no_file
from beancount_posguard.cli.init import init
from beancount_posguard.cli.notices import calendar, notify
from beancount_posguard.cli.profile import profile
from beancount_posguard.cli.reports import legal_file, lessons_, packet, report
from beancount_posguard.cli.review import check, claims, show
from beancount_posguard.cli.simulate import simulate
from beancount_posguard.cli.steps import COMMANDS

EPILOG = "Exit codes: 0 done and nothing needs a person, 1 something does, 2 wrong usage or input."


@lingo.group(cls=Posguard, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
@lingo.option(
    "--ledger",
    envvar="BEANCOUNT_FILE",
    show_envvar=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The ledger's main file.",
)
@lingo.lang_option
@lingo.version_option(package_name="beancount-posguard", message="%(package)s %(version)s")
def main(ledger: Path | None) -> None:
    """Find, claim and book card-terminal guarantee mismatches (POS机担保错误) in a Beancount ledger."""
    del ledger  # every command asks for it in its own words, see common.ledger_option


for _command in (
    init,
    import_,
    no_file,
    identify,
    profile,
    check,
    claims,
    show,
    explain,
    route,
    raise_,
    attach,
    *COMMANDS.values(),
    refund,
    top_up,
    write_off,
    reroute,
    assign,
    bounce,
    contact,
    notify,
    calendar,
    packet,
    legal_file,
    report,
    lessons_,
    close_month,
    purge,
    simulate,
):
    main.add_command(_command)
