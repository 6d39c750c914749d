"""What all commands share: the ledger, who and when, and how a failure is told.

Everything heavy (Beancount, rich, the spreadsheet reader) is imported inside the commands, so that ``posguard --help``
and shell completion answer at once.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from beancount_posguard.cli import lingo
from beancount_posguard.ingest.cards import redact
from beancount_posguard.money import parse_amount
from beancount_posguard.words import _

#: Exit codes of every command.
DONE, LOOK, WRONG = 0, 1, 2

FORMATS = ("text", "csv", "json")

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MONEY = re.compile(r"(\S+)(?:\s+([A-Z][A-Z0-9'._-]*))?")

Command = TypeVar("Command", bound=Callable[..., Any])


class Failure(click.ClickException):
    """One clear sentence on stderr and exit code 2."""

    exit_code = WRONG

    def __init__(self, message: str) -> None:
        super().__init__(redact(message))


class Posguard(lingo.Group):
    """A group that turns every failure into one sentence; ``POSGUARD_DEBUG`` shows the traceback instead."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of the work, not of the alphabet."""
        del ctx
        return [*self.commands]

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # as click has it
        """Run the command; whatever goes wrong ends in :class:`Failure` or click's own usage error."""
        for stream in (sys.stdout, sys.stderr):
            # A console that cannot print 银联, or a file name that is no text, is no reason to stop.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise click.UsageError(redact(error.format_message()), error.ctx) from error
        except click.ClickException as error:
            raise Failure(error.format_message()) from error
        except (click.exceptions.Exit, click.Abort, BrokenPipeError):  # click knows what to do
            raise
        except Exception as error:
            if os.environ.get("POSGUARD_DEBUG"):
                raise
            raise Failure(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if type(error).__module__.startswith("beancount_posguard.") or isinstance(error, OSError):
        return str(error)
    return _("internal error ({kind}: {error}); run again with POSGUARD_DEBUG=1 and report what it shows").format(
        kind=type(error).__name__, error=error
    )


class _Spelled(click.ParamType[Any]):
    """A parameter that one function reads; its ``ValueError`` says what was expected."""

    def __init__(self, name: str, read: Callable[[str], object]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return what ``value`` means; a default that is no text means itself."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value.strip())
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from error


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(_("{text!r} is no day; expected one such as 2026-11-03").format(text=text))


def _money(text: str) -> tuple[Decimal, str]:
    match = _MONEY.fullmatch(text)
    if not match:
        raise ValueError(_("{text!r} is no amount; expected one such as 128.00 or '128.00 CNY'").format(text=text))
    return parse_amount(match[1]), match[2] or ""


DAY = _Spelled("day", _day)

#: An amount with or without its currency, which is then empty.
MONEY = _Spelled("amount", _money)


def today() -> date:
    """Return the local day; only what people write is dated by it, never what is judged."""
    return datetime.now().astimezone().date()


def _ledger(ctx: click.Context, _param: click.Parameter, value: Path | None) -> Path:
    path = value or ctx.find_root().params.get("ledger")
    if path is None:
        raise click.UsageError(_("which ledger? Give --ledger FILE or set BEANCOUNT_FILE"))
    if not path.is_file():
        raise click.UsageError(
            _("there is no ledger at {path}; give its main file with --ledger or BEANCOUNT_FILE").format(path=path)
        )
    return Path(path)


_PATH = click.Path(path_type=Path)


def ledger_option(command: Command) -> Command:
    """Let a command take ``--ledger`` too; without it the group's option or ``BEANCOUNT_FILE`` counts."""
    option = lingo.option("--ledger", type=_PATH, callback=_ledger, metavar="FILE", help="The ledger's main file.")
    return option(command)


def _folder(ctx: click.Context, _param: click.Parameter, value: Path | None) -> Path:
    path = value or ctx.find_root().params.get("ledger")
    return Path(path).parent if path else Path.cwd()


def folder_option(command: Command) -> Command:
    """Let a command that needs no ledger look beside it, or in the working folder, as its ``folder``."""
    text = "The ledger beside which own importers/ lie."
    option = lingo.option("--ledger", "folder", type=_PATH, callback=_folder, metavar="FILE", help=text)
    return option(command)


def format_option(command: Command) -> Command:
    """Let a reading command print text, CSV or JSON."""
    choice = click.Choice(FORMATS)
    option = lingo.option("--format", "form", type=choice, default="text", show_default=True, help="How to print.")
    return option(command)


def dry_run_option(command: Command) -> Command:
    """Let a writing command show what it would write."""
    text = "Print what would be written and where; write nothing."
    option = lingo.option("-n", "--dry-run", is_flag=True, help=text)
    return option(command)


def _by(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    if not value or not value.strip():
        raise click.UsageError(
            _(
                "who does this? Give --by NAME or set POSGUARD_BY: "
                "every step and correction in the ledger names a person"
            )
        )
    return value.strip()


def by_option(command: Command) -> Command:
    """Let a writing command ask who writes."""
    text = "Who does it [POSGUARD_BY]."
    option = lingo.option("--by", envvar="POSGUARD_BY", callback=_by, metavar="NAME", help=text)
    return option(command)


def date_option(command: Command) -> Command:
    """Let a writing command be dated, today by default."""
    option = lingo.option("--date", "on", type=DAY, default=today, metavar="DAY", help="The day of it (today).")
    return option(command)


def say(text: str) -> None:
    """Tell the person something on stderr."""
    click.echo(redact(text), err=True)


def finish(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise click.exceptions.Exit(code)
