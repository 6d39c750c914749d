"""How right the judge is, against a truth it did not write: ``make score``.

Simulated shops of every preset, with clean references, with damaged ones, and without faults, are judged and held
against their labels. ``python -m bench.score SEEDS DAYS`` chooses how much; two worlds are judged at a time, each
printed when it is done and kept in a log, so that a run that was broken off goes on where it stopped. ::

    python -m bench.score 10 60                             seeds 1 to 10 of all worlds
    python -m bench.score 10 60 --first 101 --only damaged  ten other seeds, damaged references alone
    python -m bench.score --world hotel:7:60:damaged        one world with all its cases, to find out why
    python -m bench.score --world … --keep shop/            … its ledger and its truth, to look at
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from multiprocessing import Pool
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple
from zlib import crc32

from beancount_posguard.simulate import PRESETS, simulate
from bench.scoring import Score, score

#: What the worlds of one preset are like: the options of the simulation.
SORTS: Mapping[str, Mapping[str, Any]] = {
    "clean": {"faults": "0.01"},
    "damaged": {"faults": "0.01", "damage": "0.02"},
    "faultless": {"faults": "0", "missing": 1},
}

#: What may be wrong with a claim, in the order of the columns.
WRONGS = (
    "missed",
    "silent pick",
    "false match",
    "false claim",
    "wrong counterparty",
    "wrong amount",
    "wrong kind",
    "too early",
    "too late",
    "input fault",
)

_SHOWN = 260


class Name(NamedTuple):
    """Which world: ``preset:seed:days:sort``."""

    preset: str
    seed: int
    days: int
    sort: str

    def __str__(self) -> str:
        """Return the name as the command line takes it."""
        return ":".join(str(part) for part in self)


def named(text: str) -> Name:
    """Return the world that ``text`` names; argparse shows the error of one that names none."""
    parts = text.split(":")
    numbers = all(part.isascii() and part.isdigit() for part in parts[1:3])
    if len(parts) != len(Name._fields) or not numbers or parts[0] not in PRESETS or parts[3] not in SORTS:
        expected = f"{{{'|'.join(PRESETS)}}}:SEED:DAYS:{{{'|'.join(SORTS)}}}"
        raise argparse.ArgumentTypeError(f"{text!r} names no world; expected {expected}")
    return Name(parts[0], int(parts[1]), int(parts[2]), parts[3])


def judged(name: Name) -> tuple[Name, Score, float]:
    """Judge one world; return its name, what came of it and the seconds of processor time it took."""
    began = process_time()
    found = score(simulate(name.seed, name.days, name.preset, **SORTS[name.sort]))
    return name, found, process_time() - began


def run(names: Sequence[Name], log: Path, jobs: int) -> Iterator[tuple[Name, Score]]:
    """Judge ``names``, ``jobs`` at a time, and yield each when it is done; those in ``log`` are taken from there."""
    state = tree_state()
    known = dict(logged(log, state))
    yield from ((name, known[name]) for name in names if name in known)
    with Pool(jobs, maxtasksperchild=8) as pool:
        for name, found, seconds in pool.imap_unordered(judged, [name for name in names if name not in known]):
            line = {"state": state, "world": str(name), "seconds": round(seconds, 1), "score": vars(found)}
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
            yield name, found


def logged(log: Path, state: str) -> Iterator[tuple[Name, Score]]:
    """Yield the worlds that this state of the tree has judged already."""
    if not log.exists():
        return
    for line in log.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        if one["state"] == state:
            yield named(one["world"]), Score(**one["score"] | {"counts": Counter(one["score"]["counts"])})


def tree_state() -> str:
    """Return the commit, and a mark where the code differs from it."""
    changed = _git("diff", "HEAD", "--", "beancount_posguard", "bench")
    return _git("rev-parse", "--short", "HEAD").strip() + (f"+{crc32(changed.encode()):x}" if changed else "")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout  # noqa: S607  # wherever git is


def _cells(found: Score) -> dict[str, str]:
    """Return the figures by the titles of their columns; shares are of what was planted."""
    share = {one: f"{one / found.planted:.2%}" if found.planted else "-" for one in (found.found, found.uncertain)}
    return {
        "events": str(found.events),
        "joined": str(found.joined),
        "planted": str(found.planted),
        "found": str(found.found),
        "recall": share[found.found],
        "unsure": str(found.uncertain),
        "share": share[found.uncertain],
        "part": str(found.parts),
        "pairs": str(found.pairs),
        "doubts": str(found.doubts),
        **{wrong: str(found.counts.get(wrong, 0)) for wrong in WRONGS},
    }


def _row(title: str, cells: Iterable[str]) -> str:
    widths = (max(len(name), 7) + 2 for name in _cells(Score()))
    return f"{title:<28}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _table(found: Iterable[tuple[Name, Score]]) -> bool:
    """Print each world as it comes, then the sums of each preset and sort, then every case; tell if all is right."""
    print(_row("world", _cells(Score())))
    sums: dict[str, Score] = {}
    cases: list[str] = []
    for name, one in found:
        print(_row(str(name), _cells(one).values()), flush=True)
        for title in (f"{name.preset}, {name.sort}", f"all, {name.sort}", "all"):
            sums.setdefault(title, Score()).add(one)
        cases += [f"{name} {case}" for case in one.cases]
    order = [f"{preset}, {sort}" for preset in (*PRESETS, "all") for sort in SORTS]
    for title in (*order, "all"):
        if title in sums:
            print(_row(title, _cells(sums[title]).values()))
    for case in cases:
        print(case[:_SHOWN])
    return not cases


def _keep(name: Name, folder: Path) -> None:
    """Write a world's ledger and truth, to look at."""
    world = simulate(name.seed, name.days, name.preset, **SORTS[name.sort])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.beancount").write_text(world.ledger_text(), encoding="utf-8")
    (folder / "truth.json").write_text(json.dumps(world.truth, ensure_ascii=False, indent=1), encoding="utf-8")


def main(words: Sequence[str] | None = None) -> int:
    """Score the worlds asked for; 1 where any claim is wrong or any fault missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.score", description=__doc__.partition("\n")[0])
    parser.add_argument("seeds", type=int, nargs="?", default=3, help="how many seeds of each world (3)")
    parser.add_argument("days", type=int, nargs="?", default=60, help="how many days each (60)")
    parser.add_argument("--first", type=int, default=1, metavar="SEED", help="the first seed (1)")
    parser.add_argument("--only", choices=SORTS, action="append", help="worlds of this sort alone; may be given often")
    parser.add_argument("--preset", choices=PRESETS, action="append", help="this preset alone; may be given often")
    parser.add_argument("--jobs", type=int, default=2, help="how many worlds at a time (2)")
    parser.add_argument("--log", type=Path, default=Path(".score.jsonl"), help="where results are kept (.score.jsonl)")
    parser.add_argument("--world", type=named, metavar="NAME", help="one world alone: preset:seed:days:sort")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the --world's ledger and truth there")
    options = parser.parse_args(words)
    if options.world:
        if options.keep:
            _keep(options.world, options.keep)
        _, whole, seconds = judged(options.world)
        right = _table([(options.world, whole)])
        print(f"{seconds:.1f} s")
        return 0 if right else 1
    names = [
        Name(preset, seed, options.days, sort)
        for seed in range(options.first, options.first + options.seeds)
        for sort in options.only or SORTS
        for preset in options.preset or PRESETS
    ]
    return 0 if _table(run(names, options.log, options.jobs)) else 1


if __name__ == "__main__":
    sys.exit(main())
