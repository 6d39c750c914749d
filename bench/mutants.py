"""Break the judge on purpose, one small change at a time, and see whether a test notices: ``make mutants``.

The changes are Cosmic Ray's (operators, comparisons, ``and``/``or``/``not``, numbers, decorators) and two of our own:
every text, and every pair of neighbours in a table of rows (the verdict's order is such a table). What is left out
cannot matter: annotations, docstrings, ``is`` for ``==`` (or an order) between enum members.

All happens in copies of the tree, each mutant in a process of its own. A change that no test notices is a *survivor*:
it is shown as ``file:line`` with the line before and after. ``bench/mutants.md`` says of survivors why they change
nothing; one that it does not name makes the run fail.

``python -m bench.mutants verdict.py:100-200 --every 5`` tries every fifth mutant of these lines only, and says so.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import contextlib
import difflib
import multiprocessing as mp
import os
import py_compile
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "beancount_posguard"
EXPLAINED = Path(__file__).with_suffix(".md")

#: What is broken, unless the command line says otherwise, and its own tests: most mutants do not outlive them.
TARGETS: Mapping[str, str] = {
    "verdict.py": "tests/core/test_verdict.py",
    "booking/claims.py": "tests/booking/test_claim_entries.py",
    "booking/corrections.py": "tests/booking/test_corrections.py",
    "booking/batches.py": "tests/ingest/test_batches.py",
    "booking/lines.py": "tests/booking/test_plain_lines.py",
}

#: The tests that those meet which do.
TESTS = ("tests/booking", "tests/test_golden.py", "tests/plugin", "tests/core")

#: The tests' libraries are loaded before the fork, which pytest would warn of.
LOADED = ("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")

#: What the copies need of the tree.
COPIED = ("beancount_posguard", "importers", "tests", "pyproject.toml", "setup.cfg")

#: Seconds after which a mutant that runs on counts as noticed.
PATIENCE = 120

#: Cosmic Ray's operators that need arguments or do nothing, that swap ``is`` with ``==`` or with an order, and
#: those that put a bit operation, remainder or power into arithmetic, where no slip of the pen would.
_UNUSED = re.compile(
    r"NoOp|Variable|_Is_(Eq|LtE?|GtE?)$|_IsNot_(NotEq|LtE?|GtE?)$|_(?!Is_|IsNot_)\w+?_Is(Not)?$"
    r"|BinaryOperator_(?!Bit)\w+?_(Bit\w+|LShift|RShift|Mod|Pow|FloorDiv)$|BinaryOperator_Bit\w+?_(?!Bit)\w+$"
)

_ROWS = 3


class Text:
    """Changes a string constant."""

    def mutation_positions(self, node: Any) -> Iterator[object]:  # noqa: ANN401  # a parso node
        """Yield one position for a text, none for any other node."""
        if node.type in {"string", "fstring_string"}:
            yield node.start_pos

    def mutate(self, node: Any, _index: int) -> Any:  # noqa: ANN401
        """Return the text with something in front."""
        if node.type == "fstring_string":
            node.value = "XX" + node.value
        else:
            node.value = re.sub(r"^(\w*(?:\"\"\"|'''|\"|'))", r"\1XX", node.value)
        return node


class Order:
    """Swaps two neighbours in a table of tuples."""

    def mutation_positions(self, node: Any) -> Iterator[object]:  # noqa: ANN401
        """Yield one position for each pair of neighbours."""
        rows = node.children[::2] if node.type == "testlist_comp" else []
        if len(rows) >= _ROWS and all(row.type == "atom" and row.children[0].value == "(" for row in rows):
            yield from (row.start_pos for row in rows[1:])

    def mutate(self, node: Any, index: int) -> Any:  # noqa: ANN401
        """Return the table with row ``index`` behind the next."""
        one, other = 2 * index, 2 * index + 2
        node.children[one], node.children[other] = node.children[other], node.children[one]
        return node


class Mutant(NamedTuple):
    """One change: the file below the package, the first line it touches, the lines before and after, the new source."""

    file: str
    line: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    source: str

    @property
    def name(self) -> str:
        """What the change leaves, as one line: how ``bench/mutants.md`` names it."""
        return " ".join(self.after)

    def __str__(self) -> str:
        """Return file, line, and the difference."""
        lines = [*(f"    - {line}" for line in self.before), *(f"    + {line}" for line in self.after)]
        return "\n".join([f"{self.file}:{self.line}", *lines])


class Spot(NamedTuple):
    """Where a change can be made: the ``occurrence``-th place of ``operator`` in ``file``."""

    file: str
    operator: Any
    occurrence: int


def spots(file: str) -> Iterator[Spot]:
    """Yield every place of ``file`` (below the package) that an operator can change."""
    nodes = list(ast_nodes(get_ast((PACKAGE / file).read_text("utf-8"))))
    for operator in _operators():
        places = sum(1 for node in nodes for _ in operator.mutation_positions(node))
        yield from (Spot(file, operator, occurrence) for occurrence in range(places))


def mutant(spot: Spot) -> Mutant | None:
    """Return the change made at ``spot``; None where it makes no other program, or none at all."""
    source = (PACKAGE / spot.file).read_text("utf-8")
    changed = mutate_code(source, spot.operator, spot.occurrence)
    return _mutant(spot.file, source, changed) if _meaning(changed) not in {"", _meaning(source)} else None


def _operators() -> Iterator[Any]:
    for name in sorted(cosmic_ray.plugins.operator_names()):
        if not _UNUSED.search(name):
            yield cosmic_ray.plugins.get_operator(name)()
    yield Text()
    yield Order()


def _meaning(source: str) -> str:
    """Return what the program does, without annotations and docstrings; nothing where it is no program."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        body = getattr(node, "body", None)
        if isinstance(body, list) and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            body[0].value = ast.Constant(None)
    return ast.dump(tree)


def _mutant(file: str, source: str, changed: str) -> Mutant:
    old, new = source.splitlines(), changed.splitlines()
    spots = [
        spot for spot in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if spot[0] != "equal"
    ]
    before = [line.strip() for _, start, end, _, _ in spots for line in old[start:end]]
    after = [line.strip() for _, _, _, start, end in spots for line in new[start:end]]
    return Mutant(file, spots[0][1] + 1, tuple(before), tuple(after), changed)


def results(places: Sequence[Spot], workers: int, wanted: Callable[[Mutant], bool]) -> Iterator[tuple[Mutant, bool]]:
    """Yield each wanted mutant of ``places`` and whether it survived, as the results come in."""
    context = mp.get_context("fork")
    queue: Any = context.Queue()
    crew = [context.Process(target=_work, args=(places[number::workers], wanted, queue)) for number in range(workers)]
    for one in crew:
        one.start()
    for _ in crew:
        yield from iter(queue.get, None)
    for one in crew:
        one.join()


def _work(places: Sequence[Spot], wanted: Callable[[Mutant], bool], queue: Any) -> None:  # noqa: ANN401  # mp's queue
    with tempfile.TemporaryDirectory() as folder:
        copy = _copy(Path(folder))
        for one in filter(None, map(mutant, places)):
            if wanted(one):
                path = copy / "beancount_posguard" / one.file
                original = path.read_text("utf-8")
                path.write_text(one.source, "utf-8")
                queue.put((one, passes(copy, TARGETS[one.file])))
                path.write_text(original, "utf-8")
    queue.put(None)


def _copy(folder: Path) -> Path:
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder)
    # Compiled once under the digest of each source: a mutant's file alone is compiled again.
    compileall.compile_dir(folder, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    return folder


def passes(copy: Path, first: str) -> bool:
    """Tell whether all tests pass in ``copy``, those of the file ``first`` tried before all others."""
    return _passes(copy, [first]) and _passes(copy, TESTS)


def _passes(copy: Path, tests: Sequence[str]) -> bool:
    process = mp.get_context("fork").Process(target=_test, args=(copy, tests))
    process.start()
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode == 0


def _test(copy: Path, tests: Sequence[str]) -> None:
    """Run ``tests`` on the package of ``copy`` and end this process with their result."""
    os.chdir(copy)
    sys.path.insert(0, str(copy))
    with Path(os.devnull).open("w", encoding="utf-8") as silence:
        os.dup2(silence.fileno(), 1)
        os.dup2(silence.fileno(), 2)
        import pytest  # noqa: PLC0415  # loaded before the fork

        code = pytest.main(["-x", "-p", "no:cacheprovider", "--assert=plain", "--hypothesis-seed=0", *LOADED, *tests])
        import beancount_posguard  # noqa: PLC0415  # the copy's

        inside = Path(beancount_posguard.__file__ or "").is_relative_to(copy)
        os._exit(int(code) if inside else 99)


def explained() -> dict[tuple[str, str], str]:
    """Return the reasons of ``bench/mutants.md`` by file and the line that the change leaves."""
    reasons = {}
    for row in EXPLAINED.read_text("utf-8").splitlines():
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", row)]
        if len(cells) == _CELLS and cells[1].startswith("`"):
            reasons[cells[1].strip("`").split(":")[0], cells[2].strip("`")] = cells[3]
    return reasons


_CELLS = 5


def main() -> int:
    """Try the mutants, print the survivors and the figures; 1 where a survivor has no explanation."""
    parser = argparse.ArgumentParser(description="mutation testing of verdict and booking")
    parser.add_argument("targets", nargs="*", default=list(TARGETS), metavar="FILE[:LINE-LINE]")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="try every Nth mutant only")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    # Loaded once, so that no mutant waits for it; of our own package nothing may be loaded yet.
    import hypothesis  # noqa: F401, PLC0415
    import pytest  # noqa: F401, PLC0415

    sys.dont_write_bytecode = True
    os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        if not _passes(_copy(Path(folder)), TESTS):
            raise SystemExit("the tests fail without any change: nothing can be measured")
    places = [spot for target in options.targets for spot in spots(target.partition(":")[0])]
    chosen = places[:: options.every]
    if len(chosen) < len(places):
        print(f"a sample: {len(chosen)} of {len(places)} places, every {options.every}th")
    spans = dict(_span(target) for target in options.targets)
    return _report(results(chosen, options.workers, lambda one: one.line in spans[one.file]))


def _span(target: str) -> tuple[str, range]:
    file, _, span = target.partition(":")
    first, _, last = span.partition("-")
    return file, range(int(first or 1), int(last or first or sys.maxsize) + 1)


def _report(tried: Iterable[tuple[Mutant, bool]]) -> int:
    reasons = explained()
    counts: Counter[str] = Counter()
    for one, survived in tried:
        reason = reasons.get((one.file, one.name))
        counts["tried"] += 1
        counts["survived"] += survived
        counts["explained"] += survived and reason is not None
        if survived:
            print(f"{one}\n    {f'explained: {reason}' if reason else 'NOT EXPLAINED'}", flush=True)
        if sys.stderr.isatty() or os.environ.get("MUTDBG"):
            print(f"{counts['tried']} tried, {counts['survived']} survived", end="\r", file=sys.stderr)
    print(
        f"{counts['tried']} mutants, {counts['tried'] - counts['survived']} killed, {counts['survived']} survived, "
        f"{counts['explained']} of them explained"
    )
    return int(counts["survived"] > counts["explained"])


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
