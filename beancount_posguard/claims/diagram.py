"""The state table as a page: the diagram and tables of docs/claims.md are made here, so that they cannot be wrong."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from beancount_posguard.claims.causes import CAUSES
from beancount_posguard.claims.deadlines import LIMITS as DAYS
from beancount_posguard.claims.deadlines import WAITS
from beancount_posguard.claims.evidence import EXHIBITS, NEEDED
from beancount_posguard.claims.guards import GUARDS
from beancount_posguard.claims.policy import LIMITS, ROLES
from beancount_posguard.claims.routes import EXCLUSIONS, ROUTES
from beancount_posguard.claims.said import SAID
from beancount_posguard.claims.steps import BOOKINGS, FINISHED, RESTED, STAGES, STEPS
from beancount_posguard.terms import Term

_BLOCK = re.compile(r"(<!-- (\w+): made from the code -->\n).*?(<!-- end -->)", re.DOTALL)


def diagram() -> str:
    """Return the life of a claim as a Mermaid state diagram; what is possible nearly everywhere is left out."""
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{stage} {info.zh}" as {_id(stage)}' for stage, info in STAGES.items()]
    lines.append("    [*] --> new")
    wide = 8  # steps that start from more stages than this would hide the way in arrows
    for name, step in STEPS.items():
        if step.to and 0 < len(step.sources) <= wide:
            sources = [source for source in STAGES if source in step.sources - step.stays]
            lines += [f"    {_id(source)} --> {_id(step.to)}: {name}" for source in sources]
            if step.partly:
                lines += [f"    {_id(source)} --> {_id(step.partly)}: {name} a part" for source in sources]
    paid = ("verified", "approved", "accepted", "part-accepted", "rerouted")
    lines += [f"    {_id(source)} --> resolving: balance zero" for source in paid]
    lines += ["    resolving --> settled: the money is seen"]
    lines += ["    write_off_requested --> written_off: balance zero", "    closed --> [*]", "```"]
    return "\n".join(lines)


def _id(stage: str) -> str:
    return stage.replace("-", "_")


def _steps() -> str:
    rows: list[tuple[str, ...]] = []
    for name, step in STEPS.items():
        sources = _stages(step.sources)
        holds = "; ".join(GUARDS[guard].holds for guard in step.guards)
        words = ", ".join(f"`{key}`" for key in step.required if key != "by")
        rows.append((f"`{name}`", sources or "–", step.to or "stays", ", ".join(sorted(step.roles)), words, holds))
    return _table(("step", "from", "to", "who", "says", "and this holds"), rows)


def _stages(some: frozenset[str]) -> str:
    """Return ``some`` in words; what is nearly every open stage is said so."""
    every = frozenset(STAGES) - FINISHED - RESTED
    if some == frozenset(STAGES):
        return "any"
    if len(every & some) < len(every) - 2:
        return ", ".join(one for one in STAGES if one in some)
    but = [one for one in STAGES if one in every - some]
    more = [one for one in STAGES if one in some - every]
    words = "every open stage" + (" but " + ", ".join(but) if but else "")
    return "; ".join([words, *([", ".join(more)] if more else [])])


def _bookings() -> str:
    rows: list[tuple[str, ...]] = [
        (
            f"`{name}`",
            _stages(one.sources),
            ", ".join(sorted(one.roles)),
            one.meaning,
        )
        for name, one in BOOKINGS.items()
    ]
    return _table(("booking", "at", "who", "what it is"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell or '–' for cell in row)} |" for row in lines)


def _evidence() -> str:
    rows: list[tuple[str, ...]] = []
    for kind, needs in NEEDED.items():
        words = [f"{one.what}{f' (or its {one.side} line)' if one.side else ''}" for one in needs]
        rows.append((kind, ", ".join(words)))
    return _table(("kind", "needs"), rows)


def _routes() -> str:
    signs = {1: "brings money", -1: "gives money back", 0: "either way"}
    rows = [(f"`{n}`", one.zh, one.en, signs[one.sign], ", ".join(sorted(one.parties))) for n, one in ROUTES.items()]
    return _table(("route", "中文", "what it is", "money", "with"), rows)


def _exclusions() -> str:
    rows = [(f"`{one.route}`", f"`{one.after}` was {one.flag}", one.why, one.code) for one in EXCLUSIONS]
    return _table(("not open", "once", "because", "code"), rows)


def _deadlines() -> str:
    rows = [
        (
            f"`{one.remedy}`" + (f" ({', '.join(one.networks)})" if one.networks else ""),
            span(one.term),
            str(one.since),
            one.lost,
            one.source,
            one.confidence,
        )
        for one in DAYS
    ]
    return _table(("remedy", "time", "since", "what is lost", "source", "confidence"), rows)


def span(term: Term) -> str:
    """Return ``term`` in words, such as ``60 days after the trade``."""
    number = f"{term.days} {'working ' if term.working else ''}day{'' if term.days == 1 else 's'}"
    start = f" after the {term.anchor}" if term.anchor else ""
    return f"{number}{start}{', its day counted' if term.inclusive else ''}"


def _waits() -> str:
    rows = [(f"`{name}`", f"`{one.word}`", one.what, span(one.term)) for name, one in WAITS.items()]
    return _table(("stage", "word", "what is waited for", "time"), rows)


_MAKERS: Mapping[str, Callable[[], str]] = {
    "diagram": diagram,
    "steps": _steps,
    "bookings": _bookings,
    "words": lambda: _table(("key", "meaning"), [(f"`{key}`", word.meaning) for key, word in SAID.items()]),
    "roles": lambda: _table(("role", "may"), [(f"`{role}`", text) for role, text in ROLES.items()]),
    "limits": lambda: _table(
        ("limit", "default", "meaning"), [(f"`{n}`", str(one.value), one.meaning) for n, one in LIMITS.items()]
    ),
    "evidence": _evidence,
    "exhibits": lambda: _table(("word", "中文", "what"), [(f"`{n}`", zh, en) for n, (zh, en) in EXHIBITS.items()]),
    "routes": _routes,
    "exclusions": _exclusions,
    "deadlines": _deadlines,
    "waits": _waits,
    "causes": lambda: _table(
        ("code", "中文", "cause", "usual measure"),
        [(f"`{name}`", one.zh, one.en, one.measure) for name, one in CAUSES.items()],
    ),
}  # fmt: skip


def fill(page: str) -> str:
    """Return ``page`` with each marked block as the code has it."""
    return _BLOCK.sub(lambda found: f"{found[1]}{_MAKERS[found[2]]()}\n{found[3]}", page)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(fill(path.read_text("utf-8")), "utf-8")
