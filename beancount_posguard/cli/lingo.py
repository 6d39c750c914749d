"""click in the reader's language: help is looked up when it is shown, and click's own sentences have a catalogue.

``command``, ``option`` and ``argument`` stand for click's own; what is made with them keeps its English text and shows
it translated. Chinese takes two columns a character and has no blanks to break lines at, so that its help is laid out
here too; a page without a wide character is left to click.
"""

# ruff: noqa: ANN401  # what click calls these with is click's business and handed on

from __future__ import annotations

import gettext
import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from unicodedata import east_asian_width

import click

from beancount_posguard import words
from beancount_posguard.words import N_, NN_, _

Decorated = TypeVar("Decorated", bound=Callable[..., Any] | click.Command)

#: What click says itself, for our catalogue; a test finds each in click.
CLICK_SAYS = (
    N_("Usage:"),
    N_("[OPTIONS]"),
    N_("COMMAND [ARGS]..."),
    N_("Options"),
    N_("Commands"),
    N_("Aborted!"),
    N_("Show this message and exit."),
    N_("Show the version and exit."),
    N_("Error: {message}"),
    N_("Try '{command} {option}' for help."),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Missing command."),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing parameter"),
    N_("No such option {name!r}."),
    N_("No such command {name!r}."),
    N_("env var: {var}"),
    N_("default: {default}"),
    N_("required"),
    N_("file"),
    N_("directory"),
    N_("path"),
    N_("Choose from:\n\t{choices}"),
    N_("Option {name!r} does not take a value."),
    N_("{name} {filename!r} does not exist."),
    N_("{name} {filename!r} is a file."),
    N_("{name} {filename!r} is a directory."),
    N_("{name} {filename!r} is not readable."),
    N_("{name} {filename!r} is not writable."),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
)
#: The same for what it counts: one, many.
CLICK_COUNTS = (
    NN_("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    NN_("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    NN_("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    NN_("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
)


@contextmanager
def click_speaking() -> Iterator[None]:
    """Lend click our catalogue while the block runs, and put everything back.

    click asks gettext's current domain in the language of the environment, so that both are set for the time being.
    """
    domain, asked = gettext.textdomain(), os.environ.get("LANGUAGE")
    gettext.bindtextdomain(words.DOMAIN, words.FOLDER)
    gettext.textdomain(words.DOMAIN)
    try:
        yield
    finally:
        gettext.textdomain(domain)
        if asked is None:
            os.environ.pop("LANGUAGE", None)
        else:
            os.environ["LANGUAGE"] = asked


def _speak(_ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value:
        words.speak(value)
        os.environ["LANGUAGE"] = value  # for click, and for what is started from here


# Layout ---------------------------------------------------------------------------------------------------------------


def width(text: str) -> int:
    """Return how many columns ``text`` takes."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


#: No line begins with one of these, or ends with one of those.
_CLOSING, _OPENING = "，。、；：！？）》」”’…%", "（《「“‘"


def folded(text: str, columns: int) -> list[str]:
    """Return ``text`` in lines of at most so many columns, broken at blanks and beside wide characters."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line.strip() and width(line) + width(piece.rstrip()) > columns:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str) -> Iterator[str]:
    """Yield what must stay together, blanks at the end."""
    piece = ""
    for char in text:
        if piece and _may_break(piece[-1], char):
            yield piece
            piece = ""
        piece += char
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if before.isspace():
        return not after.isspace()
    if after.isspace() or after in _CLOSING or before in _OPENING:
        return False
    return "W" in {east_asian_width(before), east_asian_width(after)} or before in _CLOSING[:-1]


class _Formatter(click.HelpFormatter):
    """Lays out help that has wide characters; all other is click's."""

    def write_heading(self, heading: str) -> None:
        """Write what stands above options and commands."""
        colon = ":" if heading.isascii() else "："
        self.write(f"{'':{self.current_indent}}{heading}{colon}\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        if text.isascii():
            super().write_text(text)
            return
        paragraphs = (" ".join(one.split()) for one in text.split("\n\n"))
        self.write("\n".join(self._block(one, self.current_indent) for one in paragraphs))

    def _block(self, text: str, indent: int) -> str:
        return "".join(f"{'':{indent}}{line}\n" for line in folded(text, self.width - indent))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write terms and what they mean in two columns."""
        rows = [*rows]
        if all(width(text) == len(text) for row in rows for text in row):
            super().write_dl(rows, col_max, col_spacing)
            return
        left = min(max(width(term) for term, _meaning in rows), col_max) + col_spacing
        for term, meaning in rows:
            self._write_row(term, folded(meaning, max(self.width - left - 2, 10)), left)

    def _write_row(self, term: str, lines: Sequence[str], left: int) -> None:
        indent = " " * self.current_indent
        first = f"{indent}{term}{' ' * (left - width(term))}"
        if width(term) > left - 2:
            self.write(f"{indent}{term}\n")
            first = indent + " " * left
        for number, line in enumerate(lines):
            self.write((f"{indent}{' ' * left}" if number else first) + line + "\n")


class _Context(click.Context):
    formatter_class = _Formatter


# Commands -------------------------------------------------------------------------------------------------------------


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a help text, each on one line: so they stand in the catalogue."""
    parts = inspect.cleandoc(text).split("\n\n")
    return [" ".join(one.split()) for one in parts if one.strip()]


class _Translated:
    """Something with a help text that is looked up each time it is read."""

    _help = ""

    def _read(self) -> str | None:
        return "\n\n".join(_(one) for one in paragraphs(self._help)) or None

    def _keep(self, text: str | None) -> None:
        self._help = text or ""

    #: The text in the reader's language; click sets and reads it.
    help = property(_read, _keep)


class Option(_Translated, click.Option):
    """An option with translated help and metavar; ``usual`` is the answer most give, where that is no default."""

    def __init__(self, *args: Any, usual: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        self.usual = usual

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option and what it means."""
        record = super().get_help_record(ctx)
        return (record[0], f"{record[1]} [{_(self.usual)}]") if record and self.usual else record

    def make_metavar(self, ctx: click.Context) -> str:
        """Return the word that stands for the value."""
        return _(self.metavar) if self.metavar else super().make_metavar(ctx)


class Argument(click.Argument):
    """An argument with a translated metavar."""

    def make_metavar(self, ctx: click.Context) -> str:
        """Return the word that stands for the value."""
        return _(self.metavar) if self.metavar else super().make_metavar(ctx)


class Command(_Translated, click.Command):
    """A command with translated help."""

    context_class = _Context

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first sentence of the help."""
        text = " ".join((self.help or "").partition("\n\n")[0].split())
        if "。" in text:
            return text.partition("。")[0]
        return super().get_short_help_str(limit)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what follows the command's name in its usage line."""
        return [_(piece) for piece in super().collect_usage_pieces(ctx)]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return click's ``--help``, which remembers the language in which it was made first."""
        option = super().get_help_option(ctx)
        if option:
            option.help = _("Show this message and exit.")
        return option


class Group(Command, click.Group):
    """A group of commands with translated help and epilog."""

    command_class = Command

    def main(self, *args: Any, **more: Any) -> Any:  # as click has it
        """Run the command line; the language that it chose ends with it."""
        with words.speaking(""), click_speaking():
            return super().main(*args, **more)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the epilog in the reader's language."""
        del ctx
        if self.epilog:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(_(self.epilog))


def command(name: str | None = None, **how: Any) -> Callable[[Callable[..., Any]], Command]:
    """As ``click.command``, with translated help."""
    return click.command(name, cls=Command, **how)


def group(name: str | None = None, cls: type[Group] = Group, **how: Any) -> Callable[[Callable[..., Any]], Group]:
    """As ``click.group``, with translated help."""
    return click.group(name, cls=cls, **how)


def option(*names: str, **how: Any) -> Callable[[Decorated], Decorated]:
    """As ``click.option``, with translated help and metavar."""
    return click.option(*names, cls=Option, **how)


def argument(*names: str, **how: Any) -> Callable[[Decorated], Decorated]:
    """As ``click.argument``, with a translated metavar."""
    return click.argument(*names, cls=Argument, **how)


def version_option(**how: Any) -> Callable[[Decorated], Decorated]:
    """As ``click.version_option``, with translated help."""
    return click.version_option(cls=Option, **how)


_WHICH = "The language to speak; without it that of the environment (LANG)."
_LANGUAGES = click.Choice(words.LANGUAGES)
lang_option = option("--lang", type=_LANGUAGES, is_eager=True, expose_value=False, callback=_speak, help=_WHICH)
