"""``make words``: gather every sentence a person may read, bring the catalogues up to date, compile them.

Sentences are found in two places: in calls of ``_``, ``N_``, ``ngettext`` and ``pgettext`` in the source and in the
templates of the page in Fava, and in the commands themselves (help texts, the words that stand for values, epilogs).
Translations are kept as they are; what is new gets an empty one to be filled in, what is no longer said is dropped.
Nothing is guessed.

``python -m bench.words --compile`` only compiles.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from beancount_posguard import words
from beancount_posguard.claims import policy
from beancount_posguard.claims.causes import CAUSES
from beancount_posguard.claims.deadlines import LIMITS, WAITS
from beancount_posguard.claims.guards import GUARDS
from beancount_posguard.claims.routes import EXCLUSIONS
from beancount_posguard.claims.said import SAID
from beancount_posguard.claims.steps import BOOKINGS, STAGES, STEPS
from beancount_posguard.cli.lingo import paragraphs
from beancount_posguard.cli.main import main as posguard
from beancount_posguard.kinds import KINDS, REMEDIES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "beancount_posguard"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "NN_": (1, 2), "pgettext": ((1, "c"), 2)}
#: Headers that would change with every run, or that nobody reads.
_UNSAID = frozenset({"report-msgid-bugs-to", "pot-creation-date", "po-revision-date", "last-translator"})
_UNSAID |= {"language-team", "generated-by"}


def catalogue_path(language: str) -> Path:
    """Return the ``.po`` file of ``language``."""
    return words.FOLDER / language / "LC_MESSAGES" / f"{words.DOMAIN}.po"


def gather() -> Catalog:
    """Return every sentence, with the files that say it."""
    found = Catalog(project="beancount-posguard", charset="utf-8")
    method_map = [("**.py", "python"), ("**.html", "jinja2")]
    for file, _line, message, notes, context in extract_from_dir(
        PACKAGE, method_map, keywords=KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    ):
        found.add(message, locations=[(f"beancount_posguard/{file}", 0)], auto_comments=notes, context=context)
    for text, where in (*tables(), *commands()):
        if text not in found:
            found.add(text, locations=[(where, 0)])
    return found


#: Tables whose texts are shown: the table, and which fields of its rows (none: the rows themselves).
_TABLES: tuple[tuple[Mapping[str, object], tuple[str, ...]], ...] = (
    (BOOKINGS, ("meaning",)),
    (CAUSES, ("measure", "counted")),
    (GUARDS, ("holds",)),
    (KINDS, ("rule", "note")),
    ({str(number): limit for number, limit in enumerate(LIMITS)}, ("source", "lost")),
    (policy.LIMITS, ("meaning",)),
    (REMEDIES, ()),
    (policy.ROLES, ()),
    (SAID, ("meaning",)),
    (STAGES, ("next",)),
    (STEPS, ("done", "meaning")),
    (WAITS, ("what",)),
    ({str(number): rule for number, rule in enumerate(EXCLUSIONS)}, ("why",)),
)


def tables() -> Iterator[tuple[str, str]]:
    """Yield the texts of the tables that have both names of a thing beside them, and so need no mark."""
    for table, fields in _TABLES:
        for row in table.values():
            texts = [getattr(row, field) for field in fields] or [row]
            yield from ((text, "tables") for text in texts if text)


def commands() -> Iterator[tuple[str, str]]:
    """Yield what each command says of itself, with its name."""
    with words.speaking(words.LANGUAGES[0]):
        yield from _command(posguard, "posguard")


def _command(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    texts = [*paragraphs(command.help or ""), command.epilog]
    for parameter in command.params:
        texts += [*paragraphs(getattr(parameter, "help", None) or ""), parameter.metavar]
    yield from ((text, name.replace(" ", "-")) for text in texts if text)
    if isinstance(command, click.Group):
        for one, inner in command.commands.items():
            yield from _command(inner, f"{name} {one}")


def load(language: str) -> Catalog:
    """Return the catalogue of ``language`` as it stands."""
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language, domain=words.DOMAIN)


def update(language: str, found: Catalog) -> Catalog:
    """Write the catalogue of ``language`` with all of ``found``, and return it."""
    there = load(language)
    there.update(found, no_fuzzy_matching=True)
    there.obsolete.clear()
    with catalogue_path(language).open("wb") as file:
        write_po(file, there, width=0, sort_output=True, include_lineno=False, omit_header=True)
    text = catalogue_path(language).read_text("utf-8")
    header = "".join(f'"{key}: {value}\\n"\n' for key, value in there.mime_headers if key.lower() not in _UNSAID)
    catalogue_path(language).write_text(f'msgid ""\nmsgstr ""\n{header}\n{text}', "utf-8")
    return there


def compile_all() -> None:
    """Compile each ``.po`` that is newer than its ``.mo``."""
    for path in words.FOLDER.glob(f"*/LC_MESSAGES/{words.DOMAIN}.po"):
        compiled = path.with_suffix(".mo")
        if not compiled.is_file() or compiled.stat().st_mtime <= path.stat().st_mtime:
            with path.open("rb") as source:
                catalogue = read_po(source)
            fresh = compiled.with_suffix(f".mo.{os.getpid()}")
            with fresh.open("wb") as target:
                write_mo(target, catalogue)
            fresh.replace(compiled)  # at once: several test processes may be at it


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the sentences that lack a translation."""
    return [str(message.id) for message in catalogue if message.id and not _is_whole(message.string)]


def _is_whole(said: object) -> bool:
    return all(said) if isinstance(said, (list, tuple)) else bool(said)


def main() -> None:
    """Bring everything up to date, and name what needs a translator."""
    if "--compile" not in sys.argv:
        found = gather()
        for language in words.LANGUAGES[1:]:
            empty = untranslated(update(language, found))
            for text in empty:
                print(f"{language}: {text!r} has no translation")
            print(f"{catalogue_path(language).relative_to(ROOT)}: {len(found)} sentences, {len(empty)} to translate")
    compile_all()


if __name__ == "__main__":
    main()
