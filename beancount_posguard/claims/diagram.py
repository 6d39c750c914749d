"""The state table as a page: the diagram and tables of docs/claims.md are made here, so that they cannot be wrong.

Those of docs/claims.zh-CN.md are the same in the other language: all is said in the reader's (:func:`words.speaking`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from beancount_posguard.claims import names
from beancount_posguard.claims.causes import CAUSES
from beancount_posguard.claims.deadlines import LIMITS as DAYS
from beancount_posguard.claims.deadlines import WAITS
from beancount_posguard.claims.evidence import EXHIBITS, NEEDED, Need, exhibit_name
from beancount_posguard.claims.guards import GUARDS
from beancount_posguard.claims.policy import LIMITS, ROLES
from beancount_posguard.claims.routes import EXCLUSIONS, ROUTES
from beancount_posguard.claims.said import SAID
from beancount_posguard.claims.steps import BOOKINGS, FINISHED, RESTED, STAGES, STEPS, stage_name
from beancount_posguard.kinds import KINDS
from beancount_posguard.terms import Term
from beancount_posguard.words import _, either, language, listed, speaking

_BLOCK = re.compile(r"(<!-- (\w+): made from the code -->\n).*?(<!-- end -->)", re.DOTALL)


def diagram() -> str:
    """Return the life of a claim as a Mermaid state diagram; what is possible nearly everywhere is left out."""
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{either(info.zh, f"{stage} {info.zh}")}" as {_id(stage)}' for stage, info in STAGES.items()]
    lines.append("    [*] --> new")
    wide = 8  # steps that start from more stages than this would hide the way in arrows
    for name, step in STEPS.items():
        if step.to and 0 < len(step.sources) <= wide:
            sources = [source for source in STAGES if source in step.sources - step.stays]
            said = names.event(name)
            lines += [f"    {_id(source)} --> {_id(step.to)}: {said}" for source in sources]
            if step.partly:
                lines += [
                    f"    {_id(source)} --> {_id(step.partly)}: {either('部分', '')}{said}{either('', ' a part')}"
                    for source in sources
                ]
    paid = ("verified", "approved", "accepted", "part-accepted", "rerouted")
    zero = either("余额归零", "balance zero")
    lines += [f"    {_id(source)} --> resolving: {zero}" for source in paid]
    lines += [f"    resolving --> settled: {either('款项到账', 'the money is seen')}"]
    lines += [f"    write_off_requested --> written_off: {zero}", "    closed --> [*]", "```"]
    return "\n".join(lines)


def _id(stage: str) -> str:
    return stage.replace("-", "_")


def _steps() -> str:
    rows: list[tuple[str, ...]] = []
    for name, step in STEPS.items():
        sources = _stages(step.sources)
        holds = either("；", "; ").join(_(GUARDS[guard].holds) for guard in step.guards)
        words = listed(f"`{key}`" for key in step.required if key != "by")
        to = stage_name(step.to) if step.to else either("不变", "stays")
        rows.append((_code(name, names.event(name)), sources or "–", to, listed(sorted(step.roles)), words, holds))
    english = ("step", "from", "to", "who", "says", "and this holds")
    return _table(_head(("步骤", "从", "到", "谁", "必填", "条件"), english), rows)


def _code(code: str, name: str) -> str:
    """Return a word that is typed, and what a reader of Chinese calls it."""
    return either(f"`{code}` {name}", f"`{code}`")


def _head(zh: tuple[str, ...], en: tuple[str, ...]) -> tuple[str, ...]:
    return zh if language() == "zh" else en


def _stages(some: frozenset[str]) -> str:
    """Return ``some`` in words; what is nearly every open stage is said so."""
    every = frozenset(STAGES) - FINISHED - RESTED
    if some == frozenset(STAGES):
        return either("任何阶段", "any")
    if len(every & some) < len(every) - 2:
        return listed(stage_name(one) for one in STAGES if one in some)
    but = listed(stage_name(one) for one in STAGES if one in every - some)
    more = listed(stage_name(one) for one in STAGES if one in some - every)
    words = (
        either(f"{but}以外的未结阶段", f"every open stage but {but}") if but else either("未结阶段", "every open stage")
    )
    return either("；", "; ").join(filter(None, [words, more]))


def _bookings() -> str:
    rows: list[tuple[str, ...]] = [
        (
            _code(name, names.event(name)),
            _stages(one.sources),
            listed(sorted(one.roles)),
            _(one.meaning),
        )
        for name, one in BOOKINGS.items()
    ]
    return _table(_head(("记账", "何时", "谁", "是什么"), ("booking", "at", "who", "what it is")), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell or '–' for cell in row)} |" for row in lines)


def _evidence() -> str:
    rows: list[tuple[str, ...]] = []
    for kind, needs in NEEDED.items():
        rows.append((f"{kind} {KINDS[kind].zh}" if language() == "zh" else kind, listed(map(_need, needs))))
    return _table(_head(("类型", "材料"), ("kind", "needs")), rows)


def _need(need: Need) -> str:
    line = either(f"（或{names.side(need.side)}明细）", f" (or its {need.side} line)") if need.side else ""
    return f"{exhibit_name(need.what)}{line}"


def _routes() -> str:
    signs = {
        1: either("收款", "brings money"),
        -1: either("付款", "gives money back"),
        0: either("收付均可", "either way"),
    }
    rows: list[tuple[str, ...]] = []
    for name, one in ROUTES.items():
        called = (one.zh,) if language() == "zh" else (one.zh, one.en)
        rows.append((f"`{name}`", *called, signs[one.sign], listed(names.party(each) for each in sorted(one.parties))))
    return _table(_head(("途径", "名称", "款项", "与谁"), ("route", "中文", "what it is", "money", "with")), rows)


def _exclusions() -> str:
    done = {"raised": either("已提出", "was raised"), "effective": either("已生效", "was effective")}
    rows = [(f"`{one.route}`", f"`{one.after}` {done[one.flag]}", _(one.why), one.code) for one in EXCLUSIONS]
    return _table(_head(("走不通", "在此之后", "因为", "代码"), ("not open", "once", "because", "code")), rows)


def _deadlines() -> str:
    rows = [
        (
            f"`{one.remedy}`" + (f" ({', '.join(one.networks)})" if one.networks else ""),
            span(one.term),
            str(one.since),
            _(one.lost),
            _(one.source),
            names.confidence(one.confidence),
        )
        for one in DAYS
    ]
    english = ("remedy", "time", "since", "what is lost", "source", "confidence")
    return _table(_head(("办法", "时限", "自", "逾期丧失", "依据", "把握"), english), rows)


def span(term: Term) -> str:
    """Return ``term`` in words, such as ``60 days after the trade``."""
    if language() == "zh":
        start = {"trade": "交易后 ", "clearing": "清算日后 ", "notice": "通知后 "}.get(term.anchor, "")
        return f"{start}{term.days} {'个工作日' if term.working else '天'}{'（含当日）' if term.inclusive else ''}"
    number = f"{term.days} {'working ' if term.working else ''}day{'' if term.days == 1 else 's'}"
    start = f" after the {term.anchor}" if term.anchor else ""
    return f"{number}{start}{', its day counted' if term.inclusive else ''}"


def _waits() -> str:
    rows = [(_code(n, stage_name(n)), f"`{one.word}`", _(one.what), span(one.term)) for n, one in WAITS.items()]
    return _table(_head(("阶段", "代码", "等什么", "时限"), ("stage", "word", "what is waited for", "time")), rows)


def _words() -> str:
    return _table(
        _head(("键", "含义"), ("key", "meaning")), [(f"`{key}`", _(one.meaning)) for key, one in SAID.items()]
    )


def _roles() -> str:
    return _table(
        _head(("角色", "可以做什么"), ("role", "may")), [(f"`{role}`", _(may)) for role, may in ROLES.items()]
    )


def _limits() -> str:
    rows = [(f"`{name}`", str(one.value), _(one.meaning)) for name, one in LIMITS.items()]
    return _table(_head(("限额", "默认", "含义"), ("limit", "default", "meaning")), rows)


def _exhibits() -> str:
    rows = [(f"`{name}`", zh, en)[: 2 if language() == "zh" else 3] for name, (zh, en) in EXHIBITS.items()]
    return _table(_head(("代码", "材料"), ("word", "中文", "what")), rows)


def _causes() -> str:
    rows: list[tuple[str, ...]] = []
    for code, one in CAUSES.items():
        called = (one.zh,) if language() == "zh" else (one.zh, one.en)
        rows.append((f"`{code}`", *called, _(one.measure)))
    return _table(_head(("代码", "原因", "常用措施"), ("code", "中文", "cause", "usual measure")), rows)


_MAKERS: Mapping[str, Callable[[], str]] = {
    "diagram": diagram,
    "steps": _steps,
    "bookings": _bookings,
    "words": _words,
    "roles": _roles,
    "limits": _limits,
    "evidence": _evidence,
    "exhibits": _exhibits,
    "routes": _routes,
    "exclusions": _exclusions,
    "deadlines": _deadlines,
    "waits": _waits,
    "causes": _causes,
}


def fill(page: str, speech: str = "en") -> str:
    """Return ``page`` with each marked block as the code has it, in the language ``speech``."""
    with speaking(speech):
        return _BLOCK.sub(lambda found: f"{found[1]}{_MAKERS[found[2]]()}\n{found[3]}", page)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(fill(path.read_text("utf-8"), "zh" if ".zh-" in path.name else "en"), "utf-8")
