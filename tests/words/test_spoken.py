"""Every sentence of the program is marked for translation, and has one.

A literal with two words in a row is taken for a sentence. It must stand in a call of gettext's, or be gathered another
way (a table, a command's help: see ``bench/words.py``), or be listed here with the reason why nobody needs to read it
in their own language.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog  # noqa: TC002  # as everywhere else

from bench import words

MARKS = frozenset({"_", "N_", "NN_", "ngettext", "pgettext"})
SENTENCE = re.compile(r"[A-Za-z]{2,}['’]?[a-z]*[,;:.]? [a-z]{2,}")

#: Modules whose texts nobody reads on a screen.
SILENT = {
    "simulate/": "makes up a shop and its files; what it is told wrong is a developer's business",
    "reports/stats.py": "what it refuses is a mistake of the program's own",
    "claims/diagram.py": "writes docs/claims.md, which is English",
    "ingest/schema.py": "the JSON Schema of profiles, which editors read",
    "cli/skeleton.py": "a new ledger's files; their comments quote English settings and commands",
}
#: Tables that only documentation prints, or whose texts stand there once in each language.
SILENT_TABLES = {
    ("claims/guards.py", "GUARDS"): "docs/claims.md",
    ("claims/policy.py", "ROLES"): "docs/claims.md",
    ("claims/policy.py", "LIMITS"): "docs/claims.md",
    ("contract.py", "HOLD_CAP"): "docs",
    ("ingest/profile.py", "ROLES"): "docs/importing.md",
    ("legs.py", "SLIP_KEYS"): "docs/ledger-language.md",
    ("networks.py", "FRAUD"): "docs",
    ("reports/holds.py", "ALARMS"): "docs",
    ("reports/holds.py", "LATE_COMPLETION"): "docs",
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
