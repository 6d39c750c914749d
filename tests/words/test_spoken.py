"""Every sentence of the program is marked for translation, and has one.

A literal with two words in a row is taken for a sentence. It must stand in a call of gettext's, or be gathered another
way (a table, a command's help: see ``bench/words.py``), or be listed here with the reason why nobody needs to read it
in their own language.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import click
import pytest
from babel.messages.catalog import Catalog, Message  # noqa: TC002  # as everywhere else

from beancount_posguard.claims import names
from beancount_posguard.claims.steps import BOOKINGS, STEPS
from beancount_posguard.cli import lingo
from beancount_posguard.cli.lingo import CLICK_COUNTS, CLICK_SAYS
from beancount_posguard.cli.main import main
from beancount_posguard.legs import Kind, Source, Status
from beancount_posguard.words import speaking
from bench import words

MARKS = frozenset({"_", "N_", "NN_", "ngettext", "pgettext"})
SENTENCE = re.compile(r"[A-Za-z]{2,}['’]?[a-z]*[,;:.]? [a-z]{2,}")

#: Modules whose texts nobody reads on a screen.
SILENT = {
    "simulate/": "makes up a shop and its files; what it is told wrong is a developer's business",
    "reports/stats.py": "what it refuses is a mistake of the program's own",
    "claims/diagram.py": "writes docs/claims.md and its Chinese counterpart, each cell in both",
    "ingest/schema.py": "the JSON Schema of profiles, which editors read",
    "cli/skeleton.py": "a new ledger's files; their comments quote English settings and commands",
}
#: Tables that only documentation prints, or whose texts stand there once in each language.
SILENT_TABLES = {
    ("contract.py", "HOLD_CAP"): "docs",
    ("ingest/profile.py", "ROLES"): "docs/importing.md",
    ("legs.py", "SLIP_KEYS"): "docs/ledger-language.md",
    ("networks.py", "DIGITS"): "docs",
    ("networks.py", "FRAUD"): "docs",
    ("networks.py", "_ISSUER"): "docs",
    ("reports/holds.py", "ALARMS"): "docs",
    ("reports/notices.py", "TEXTS"): "each text in each language",
}
#: Literals that look like sentences.
ALLOWED = {
    "{}\n\nAn ID may be cut to its last characters: K7QX2.": "help, gathered paragraph by paragraph",
    "{}; posguard route ID says which are open.": "help, gathered as a whole",
    "What came of it: {}.": "help, gathered as a whole",
    "T+1 calendar none": "a setting",
    "by kind": "a profile's word",
    "by sign": "a profile's word",
    '"" = "by sign"': "a profile's line",
    'title    = "TODO: what this file is"': "a profile's line",
    "wide blanks": "a profile's word",
    "last four": "a key, named in claims/names.py",
    "POS claims": "the extension's title as Fava wants it, at class level",
}
#: What is no prose: markup, style sheets, headers, command lines.
PLAIN = re.compile(r"\s*(<|[a-z0-9:.]+\{|posguard [a-z-]+ |default-src |attachment; )")


def _package() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(words.PACKAGE.rglob("*.py")):
        name = path.relative_to(words.PACKAGE).as_posix()
        if not name.startswith(tuple(SILENT)):
            tree = ast.parse(path.read_text("utf-8"))
            tree.body = [one for one in tree.body if (name, _assigned(one)) not in SILENT_TABLES]
            yield name, tree


def _assigned(node: ast.stmt) -> str:
    target = (
        node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
    )
    return target.id if isinstance(target, ast.Name) else ""


def _literals(tree: ast.AST, *, quiet: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the line and text of each literal that no mark encloses, docstrings left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if isinstance(node, ast.Call) and (_called(node) in MARKS or _called(node) == "compile"):
            continue
        if any("\u4e00" <= char <= "\u9fff" for one in _siblings(node) for char in one):
            continue  # it stands there in both languages
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
            yield node.lineno, text
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not quiet:
            yield node.lineno, node.value
        yield from _literals(node, quiet=isinstance(node, ast.JoinedStr))


def _siblings(node: ast.AST) -> Iterator[str]:
    inside = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
    for one in inside:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


@pytest.fixture(scope="module")
def gathered() -> Catalog:
    return words.gather()


def test_every_sentence_is_marked(gathered: Catalog) -> None:
    known = {" ".join(str(message.id).split()) for message in gathered}
    missed = [
        f"{name}:{line}: {text!r}"
        for name, tree in _package()
        for line, text in _literals(tree)
        if SENTENCE.search(text)
        and " ".join(text.split()) not in known
        and text not in ALLOWED
        and not PLAIN.match(text)
    ]
    assert not missed, "\n".join(missed)


def _entries() -> list[Message]:
    return [message for message in words.load("zh") if message.id]


def _forms(said: object) -> tuple[str, ...]:
    return tuple(str(one) for one in said) if isinstance(said, (tuple, list)) else (str(said),)


def _shown(message: Message) -> str:
    return repr(_forms(message.id)[0])


def test_every_sentence_has_a_translation(gathered: Catalog) -> None:
    there = {(message.context, _forms(message.id)[0]): message for message in _entries()}
    said = {(message.context, _forms(message.id)[0]) for message in gathered if message.id}
    missing = [key for key in said if key not in there or not all(_forms(there[key].string))]
    assert not missing, f"run make words, then translate: {sorted(map(str, missing))}"


def test_no_translation_is_left_over(gathered: Catalog) -> None:
    said = {(message.context, _forms(message.id)[0]) for message in gathered if message.id}
    left = [_shown(message) for message in _entries() if (message.context, _forms(message.id)[0]) not in said]
    assert not left, "run make words"


def test_no_translation_is_a_guess() -> None:
    assert not [_shown(message) for message in _entries() if message.fuzzy]


def _blanks(text: str) -> set[str]:
    """Return the placeholders of ``text`` with their conversions, such as ``name!r``."""
    found = set()
    for _literal, field, spec, conversion in Formatter().parse(text):
        if field is not None:
            found.add(field + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else ""))
    return found


def test_translations_have_the_blanks_of_their_sentence() -> None:
    wrong = []
    for message in _entries():
        allowed = set().union(*(_formatted(one) for one in _forms(message.id)))
        needed = _formatted(_forms(message.id)[-1])  # of what counts the plural: "1 file" need not name its number
        for text in _forms(message.string):
            blanks = _formatted(text)
            if not blanks <= allowed or not needed <= blanks:
                wrong.append(f"{_shown(message)}: {text!r}")
    assert not wrong, "\n".join(wrong)


def test_translations_can_be_taken_apart_where_their_sentence_is() -> None:
    """What a reader finds and what it expects are told in one sentence, and parted at its sign."""
    parted = [message for message in _entries() if " != " in _forms(message.id)[0]]
    assert len(parted) == 4
    assert [_shown(one) for one in parted if any(" != " not in said for said in _forms(one.string))] == []


def _formatted(text: str) -> set[str]:
    try:
        return _blanks(text)
    except ValueError:  # a sentence about braces, which nobody formats
        return set()


#: A half-width mark after a Chinese character; colons and commas of machine-readable examples stand after Latin ones.
HALF_WIDTH = re.compile("[\u4e00-\u9fff][,;:!?]|[\u4e00-\u9fff]\\.(?!\\w|/|\\.\\.)")


def test_chinese_has_full_width_punctuation() -> None:
    wrong = [text for message in _entries() for text in _forms(message.string) if HALF_WIDTH.search(text)]
    assert not wrong, "\n".join(wrong)


def test_what_click_says_is_what_it_says() -> None:
    """When a new release of click words a sentence in another way, CLICK_SAYS is to be brought up to date."""
    folder = Path(click.__file__).parent
    source = "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.py")))
    said = {node.value for node in ast.walk(ast.parse(source.replace("from __future__ import annotations", "")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)}  # fmt: skip
    wanted = {*CLICK_SAYS, *(one for pair in CLICK_COUNTS for one in pair)}
    assert wanted <= said, wanted - said


def test_every_command_and_option_is_shown_translated() -> None:
    plain: list[str] = []

    def look(command: click.Command, name: str) -> None:
        if not isinstance(command, lingo.Command):
            plain.append(name)
        ours = (lingo.Option, lingo.Argument)
        plain.extend(f"{name} {one.opts[0]}" for one in command.params if not isinstance(one, ours))
        if isinstance(command, click.Group):
            for key, inner in command.commands.items():
                look(inner, f"{name} {key}")

    look(main, "posguard")
    assert not plain, f"made with click instead of lingo: {plain}"


def test_every_code_has_a_name_in_the_readers_language() -> None:
    with speaking("zh"):
        steps = [code for code in (*STEPS, *BOOKINGS, "detected", "changed", "withdrawn") if names.event(code) == code]
        kinds = [kind.value for kind in Kind if names.line_kind(kind.value) == kind.value]
        statuses = [one.value for one in Status if names.status(one.value) == one.value]
        sides = [one.value for one in Source if names.side(one.value) == one.value]
    assert not [*steps, *kinds, *statuses, *sides]
    assert names.event("verify") == "verify"
