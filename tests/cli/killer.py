"""Runs one posguard command again and again and kills it, with SIGKILL, at each thing it does to the disk.

Usage: ``python killer.py FOLDER WORK COMMAND``, where FOLDER holds the ledger as it is before, WORK is a folder for
copies and COMMAND the words in JSON (``{here}`` stands for the copy's path). Says in JSON what it found; see
:func:`main`. A process of its own, because it forks, which only a process with one thread should do.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

#: What Python tells of before it does it.
TOLD = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.link", "os.truncate"})
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Counter:
    """Counts what is done to the disk below ``folder`` and strikes at the ``fatal`` one; 0 strikes never."""

    def __init__(self, folder: str, fatal: int) -> None:
        self.folder, self.fatal = folder, fatal
        self.done: list[str] = []
        sys.addaudithook(self._told)
        self._wrap()

    def hit(self, what: str) -> None:
        self.done.append(what)
        if len(self.done) == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def _told(self, event: str, arguments: tuple[Any, ...]) -> None:
        writing = event in TOLD or (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES)
        if writing and str(arguments[0]).startswith(self.folder):
            self.hit(f"before {event} {Path(str(arguments[0])).name}")

    def _wrap(self) -> None:
        fsync, fdopen, counter = os.fsync, os.fdopen, self

        def counted(handle: int) -> None:
            counter.hit("before fsync")
            fsync(handle)
            counter.hit("after fsync")

        class Halves:
            """A file whose every write can end in the middle."""

            def __init__(self, file: Any) -> None:  # noqa: ANN401  # a file of any kind
                self._file = file

            def __enter__(self) -> Self:
                return self

            def __exit__(self, *error: object) -> None:
                self._file.close()

            def __getattr__(self, name: str) -> object:
                return getattr(self._file, name)

            def write(self, content: bytes) -> int:
                self._file.write(content[: len(content) // 2])
                self._file.flush()
                counter.hit("in the middle of a write")
                return int(self._file.write(content[len(content) // 2 :]))

        os.fsync = counted  # type: ignore[assignment]  # files here are known by their handle
        os.fdopen = lambda handle, mode="r", *rest, **named: (  # type: ignore[assignment]  # as Python's own
            Halves(fdopen(handle, mode, *rest, **named)) if "b" in mode else fdopen(handle, mode, *rest, **named)
        )


def files(folder: Path) -> dict[str, bytes]:
    """Return what lies below a folder, locks left out: they stay, empty."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def posguard(folder: Path, words: list[str]) -> tuple[int, str]:
    """Run the command in this process."""
    from click.testing import CliRunner  # noqa: PLC0415  # after the fork

    from beancount_posguard.cli.main import main as command  # noqa: PLC0415

    told = CliRunner().invoke(command, [word.replace("{here}", str(folder)) for word in words])
    return told.exit_code, told.output


def loads(folder: Path) -> list[str]:
    """Return what is wrong with the ledger as such."""
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415
    from beancount_posguard.matters import matters_of  # noqa: PLC0415

    books = open_books(folder / "main.beancount")
    return [one.text for one in matters_of(books) if one.matter in {"ledger", "input", "evidence"}]


def forked(act: Callable[[], object]) -> tuple[int, Any]:
    """Let a child do something; return its signal (0: none) and what it says."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            answer = json.dumps(act()).encode()
        except BaseException as error:  # noqa: BLE001  # the parent tells
            answer = json.dumps(f"{type(error).__name__}: {error}").encode()
        os.write(writing, answer)
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:  # noqa: PTH123  # a handle
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), json.loads(said) if said else None


def struck(template: Path, work: Path, words: list[str], fatal: int) -> Callable[[], object]:
    """Return the act of running the command on a new copy and dying at the ``fatal`` thing it does."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(template, work)

    def act() -> object:
        counter = Counter(str(work), fatal)
        code, output = posguard(work, words)
        return {"done": counter.done, "code": code, "output": output}

    return act


def main() -> None:
    """Say ``{"points", "code", "output", "wrong"}``: what was done, and what is wrong after which death."""
    template, work, words = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"
    posguard(template, ["--version"])
    loads(template)  # so that the children have everything loaded
    before = files(template)
    _, whole = forked(struck(template, work, words, 0))
    if not isinstance(whole, dict):
        sys.exit(f"the command itself failed: {whole}")
    after = files(work)
    wrong: list[str] = []
    for number, point in enumerate(whole["done"], start=1):
        ended, _ = forked(struck(template, work, words, number))
        if ended != signal.SIGKILL:
            wrong.append(f"{point}: ended by {ended}")
        for name, content in files(work).items():
            if content not in {before.get(name), after.get(name)} and not name.endswith(".posguard-new"):
                wrong.append(f"{point}: {name} is neither as before nor as after")
        _, (says, (code, output)) = forked(lambda: (loads(work), posguard(work, words)))
        wrong += [f"{point}: the ledger says {one}" for one in says]
        if code != whole["code"]:
            wrong.append(f"{point}: again it ends with {code}: {output}")
        if files(work) != after:
            differ = sorted(name for name, _ in set(files(work).items()) ^ set(after.items()))
            wrong.append(f"{point}: repeated it leaves other files: {', '.join(differ)}")
    told = {"points": whole["done"], "code": whole["code"], "output": whole["output"], "wrong": wrong}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
