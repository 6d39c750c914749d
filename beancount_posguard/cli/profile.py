"""Profiles: check one, draft one, and the schema of their language."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import DONE, WRONG, Failure, finish, folder_option, say
from beancount_posguard.cli.output import print_json, print_table
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.words import N_, _

if TYPE_CHECKING:
    from beancount_posguard.ingest.profile import Profile

#: Files in a profile's folder that are no samples.
_NO_SAMPLES = {".toml", ".beancount", ".py", ".pyc", ".md"}


@lingo.group()
def profile() -> None:
    """Check and draft profiles of exports."""


@profile.command()
@lingo.argument("folder", metavar="FOLDER", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path) -> None:
    """Read the profile in FOLDER and the samples beside it, and say what is wrong.

    Each sample must be known by this profile, and by no other of the catalogue, and keep its own promises.
    """
    from beancount_posguard.ingest.read import identify  # noqa: PLC0415  # only where files are read

    one, others = _load(folder)
    samples = [path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix not in _NO_SAMPLES]
    problems = []
    if one.name != folder.resolve().name:
        problems.append(_("its name is {name}, its folder's {folder}").format(name=one.name, folder=folder.name))
    rows = []
    for sample in samples:
        reading = identify(sample, [one])
        rival = next((name for name in (_reads(sample, other) for other in others) if name), None)
        if reading.refused:
            problems.append(reading.refused)
        if rival:
            problems.append(_("{file}: {rival} knows it as well").format(file=sample.name, rival=rival))
        summary = reading.summary()
        rows.append([sample.name, *(summary[key] for key in ("rows", "gross", "fee", "net", "control"))])
    if rows:
        columns = (N_("sample"), N_("rows"), N_("gross"), N_("fee"), N_("net"), N_("control"))
        print_table(rows, columns, right=["rows", "gross", "fee", "net"])
    else:
        say(_("There is no sample beside it: put one there, made up, in the provider's own shape."))
    for problem in problems:
        say(problem)
    finish(WRONG if problems else DONE)


def _load(folder: Path) -> tuple[Profile, list[Profile]]:
    from beancount_posguard.ingest.institutions import FILE, load_profiles, read_profile  # noqa: PLC0415

    path = folder / FILE
    try:
        one = read_profile(path.read_text("utf-8"), f"{folder.name}/{FILE}", own=True)
    except OSError as error:
        raise Failure(_("{path}: {strerror}; expected a profile").format(path=path, strerror=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise Failure(
            _("{path}: found bytes that are no UTF-8; expected a profile in UTF-8").format(path=path)
        ) from error
    except IngestError as error:
        raise Failure(str(error)) from error
    return one, [other for other in load_profiles() if other.name != one.name and other.priority >= one.priority]


def _reads(sample: Path, other: Profile) -> str | None:
    from beancount_posguard.ingest.read import identify  # noqa: PLC0415

    return other.name if identify(sample, [other]).rows is not None else None


@profile.command()
@lingo.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@folder_option
def new(*, file: Path, folder: Path) -> None:
    """Look at FILE and print a first profile for it.

    Columns and words are guessed by what the catalogue calls them; what it does not know stays open, and a file with
    such a word is refused until somebody has decided.
    """
    from beancount_posguard.ingest.draft import draft  # noqa: PLC0415
    from beancount_posguard.ingest.institutions import load_profiles  # noqa: PLC0415

    try:
        found = draft(file, load_profiles(folder))
    except IngestError as error:
        raise Failure(str(error)) from error
    click.echo(found.text, nl=False)
    for question in found.open_questions:
        say(question)


@profile.command()
def schema() -> None:
    """Print the JSON Schema of the profile language, for editors."""
    from beancount_posguard.ingest.schema import schema as build  # noqa: PLC0415

    print_json(build())
