"""The simulator and the judge share no hand: nothing that judges is imported, however far away."""

from __future__ import annotations

import ast
from pathlib import Path

import beancount_posguard

PACKAGE = Path(beancount_posguard.__file__).parent
FORBIDDEN = {"matching", "verdict", "judge", "judging", "survey", "plugin", "claims"}


def module_file(name: str) -> Path | None:
    """Return the file of one of our modules, None for a name that is no module."""
    path = PACKAGE.parent.joinpath(*name.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def imported(file: Path) -> set[str]:
    """Return the names of our modules that ``file`` imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "beancount_posguard" and module_file(name)}


def reach(start: set[str]) -> set[str]:
    """Return all our modules that ``start`` imports, directly or not; the package's own door counts as nothing."""
    seen: set[str] = set()
    todo = set(start)
    while todo:
        name = todo.pop()
        file = module_file(name)
        if name in seen or file is None or name == "beancount_posguard":
            continue
        seen.add(name)
        todo |= imported(file)
    return seen


def test_the_simulator_imports_nothing_that_judges() -> None:
    start = {f"beancount_posguard.simulate.{file.stem}" for file in (PACKAGE / "simulate").glob("*.py")}
    start = {name.removesuffix(".__init__") for name in start}
    modules = reach(start)
    assert len(modules) > 15
    assert {name.split(".")[1] for name in modules} == {
        "simulate",
        "terms",
        "calendars",
        "contract",
        "legs",
        "money",
        "words",
    }


def test_the_walk_would_find_a_judge() -> None:
    reached = {name.split(".")[1] for name in reach({"beancount_posguard.plugin"})}
    assert reached >= FORBIDDEN
