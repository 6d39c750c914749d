"""The safe writer: what lands is old bytes plus new bytes, read back as meant, once, or nothing."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core import data
from beancount.core.amount import Amount
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_posguard.ledger import files, write

Directive = data.Transaction | data.Custom

MAIN = """\
option "operating_currency" "CNY"
2026-01-01 open Assets:Cash
2026-01-01 open Assets:Bank CNY
2026-01-01 open Income:Sales
2026-06-01 open Assets:Late
2026-01-01 open Assets:Shut
2026-02-01 close Assets:Shut
include "pos-claims.beancount"
"""


@dataclass
class Ledger:
    path: Path
    entries: list[Any]
    options: dict[str, Any]


def load(path: Path) -> Ledger:
    entries, errors, options = loader.load_file(str(path))
    assert errors == []
    return Ledger(path, entries, options)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    (tmp_path / "main.beancount").write_text(MAIN)
    (tmp_path / "pos-claims.beancount").write_text("; our notes\n")
    return load(tmp_path / "main.beancount")


def target(ledger: Ledger) -> Path:
    return ledger.path.parent / "pos-claims.beancount"


def posting(account: str, number: str, currency: str = "CNY", meta: dict[str, Any] | None = None) -> data.Posting:
    return data.Posting(account, Amount(Decimal(number), currency), None, None, None, meta)


def sale(
    number: str = "12.00",
    *,
    credit: str | None = None,
    account: str = "Assets:Cash",
    narration: str = "a sale",
    **meta: str | Decimal,
) -> data.Transaction:
    return data.Transaction(
        data.new_metadata("<made>", 0, {key.replace("_", "-"): value for key, value in meta.items()}),
        date(2026, 3, 1),
        "*",
        "Shop",
        narration,
        frozenset(),
        frozenset({"PG-20260301-AAAAA"}),
        [posting(account, number), posting("Income:Sales", credit or str(-Decimal(number)))],
    )


def step(note: str = "fine") -> data.Custom:
    return data.Custom(
        {"filename": "<made>", "lineno": 0, "by": "li", "note": note, "posguard-id": "s1"},
        date(2026, 3, 2),
        "posguard-claim",
        [("PG-20260301-AAAAA", str), ("verify", str)],
    )


def test_an_append_is_the_old_bytes_plus_the_printed_entry(ledger: Ledger) -> None:
    written = write.append(target(ledger), [sale(), step()], ledger)
    expected = textwrap.dedent("""\
        ; our notes

        2026-03-01 * "Shop" "a sale" ^PG-20260301-AAAAA
          Assets:Cash    12.00 CNY
          Income:Sales  -12.00 CNY

        2026-03-02 custom "posguard-claim" "PG-20260301-AAAAA" "verify"
          by: "li"
          note: "fine"
          posguard-id: "s1"
        """)
    assert target(ledger).read_text() == expected
    assert written.text == expected.removeprefix("; our notes\n\n")
    assert len(written.added) == 2
    assert len(load(ledger.path).entries) == len(ledger.entries) + 2


def test_a_dry_run_tells_the_same_text_and_touches_nothing(ledger: Ledger) -> None:
    before = {path: path.read_bytes() for path in ledger.path.parent.iterdir()}
    written = write.append(target(ledger), [sale()], ledger, dry_run=True)
    assert written.text.startswith('2026-03-01 * "Shop" "a sale"')
    assert written.target == target(ledger)
    assert {path: path.read_bytes() for path in ledger.path.parent.iterdir()} == before


def test_crlf_files_stay_crlf(ledger: Ledger) -> None:
    target(ledger).write_bytes(b"; one\r\n; two\r\n")
    write.append(target(ledger), [sale()], ledger)
    content = target(ledger).read_bytes()
    assert content.startswith(b'; one\r\n; two\r\n\r\n2026-03-01 * "Shop"')
    assert content.count(b"\n") == content.count(b"\r\n")
    assert content.endswith(b"CNY\r\n")


@pytest.mark.parametrize("old", [b"; no newline at the end", b"", b"\n", "; 银联 🙂\n".encode()])
def test_whatever_stood_there_stays_byte_for_byte(ledger: Ledger, old: bytes) -> None:
    target(ledger).write_bytes(old)
    write.append(target(ledger), [sale()], ledger)
    content = target(ledger).read_bytes()
    assert content.startswith(old)
    assert content[len(old) :].strip().startswith(b"2026-03-01")
    assert content.endswith(b"CNY\n")


def test_a_link_is_followed_and_the_mode_is_kept(ledger: Ledger, tmp_path: Path) -> None:
    elsewhere = tmp_path / "shared"
    elsewhere.mkdir()
    kept = elsewhere / "claims.beancount"
    target(ledger).rename(kept)
    kept.chmod(0o640)
    target(ledger).symlink_to(kept)
    write.append(target(ledger), [sale()], ledger)
    assert target(ledger).is_symlink()
    assert b"a sale" in kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640


def test_what_stands_there_already_is_not_written_again(ledger: Ledger) -> None:
    first = write.append(target(ledger), [sale(posguard_id="a1")], ledger)
    once = target(ledger).read_bytes()
    second = write.append(target(ledger), [sale(posguard_id="a1")], ledger)
    assert (len(first.added), len(first.known)) == (1, 0)
    assert (len(second.added), len(second.known), second.text) == (0, 1, "")
    assert target(ledger).read_bytes() == once
    third = write.append(target(ledger), [sale(posguard_id="a1"), sale("13.00", posguard_id="a2")], ledger)
    assert (len(third.added), len(third.known)) == (1, 1)
    assert target(ledger).read_bytes().count(b"posguard-id") == 2


def test_twins_in_one_append_are_written_once(ledger: Ledger) -> None:
    written = write.append(target(ledger), [sale(posguard_id="a1"), sale(posguard_id="a1")], ledger)
    assert (len(written.added), len(written.known)) == (1, 1)
    assert target(ledger).read_bytes().count(b"posguard-id") == 1


def test_parts_of_one_file_are_told_apart(ledger: Ledger) -> None:
    parts = [sale(posguard_sha256="f" * 64, posguard_part=f"{number} of 2") for number in (1, 2)]
    assert len(write.append(target(ledger), parts, ledger).added) == 2
    assert len(write.append(target(ledger), parts, ledger).known) == 2


def test_two_entries_without_identity_are_two(ledger: Ledger) -> None:
    assert len(write.append(target(ledger), [sale(), sale()], ledger).added) == 2


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (sale("12.00", credit="-11.99"), "does not balance, 0.01 CNY is left over"),
        (sale(account="Assets:Nowhere"), "account Assets:Nowhere is not open on 2026-03-01"),
        (sale(account="Assets:Late"), "account Assets:Late is not open on 2026-03-01"),
        (sale(account="Assets:Shut"), "account Assets:Shut was closed on 2026-02-01"),
        (
            sale()._replace(postings=[posting("Assets:Bank", "1.00", "USD"), posting("Income:Sales", "-1.00", "USD")]),
            "account Assets:Bank takes CNY only; add USD",
        ),
        (
            sale()._replace(postings=[data.Posting("Assets:Cash", None, None, None, None, None)]),
            "Assets:Cash needs a plain amount",
        ),
        (sale(posguard_why=Decimal("NaN")), "read back"),
        (step()._replace(values=[('quote " inside', str)]), "read back"),
        (sale(narration="a file name in Latin-1: \udce9"), "cannot hold \\udce9, which is no character"),
        (sale()._replace(tags=frozenset({"not a tag"})), "read back"),
    ],
)
def test_what_would_not_be_sound_is_refused_and_nothing_is_written(
    ledger: Ledger, entry: Directive, message: str
) -> None:
    before = target(ledger).read_bytes()
    with pytest.raises(write.WriteError) as caught:
        write.append(target(ledger), [sale(), entry], ledger)
    assert message in str(caught.value)
    assert target(ledger).read_bytes() == before


@pytest.mark.parametrize(
    "old",
    [
        'pushtag #audit\n2026-01-02 note Assets:Cash "x"\n',
        'pushmeta from: "x"\n',
        '2026-01-02 note Assets:Cash "an unfinished string\n',
    ],
)
def test_an_old_file_that_would_swallow_the_entry_is_refused(ledger: Ledger, old: str) -> None:
    target(ledger).write_text(old)
    with pytest.raises(write.WriteError, match="read"):
        write.append(target(ledger), [sale()], ledger)
    assert target(ledger).read_text() == old


def test_a_file_that_is_not_utf8_is_refused_with_its_line(ledger: Ledger) -> None:
    target(ledger).write_bytes(b"; fine\n; \xd2\xf8\xc1\xaa\n")
    with pytest.raises(write.WriteError, match=r"pos-claims.beancount:2: the file is not UTF-8"):
        write.append(target(ledger), [sale()], ledger)


def test_a_file_the_ledger_does_not_include_is_refused_with_the_line_to_add(ledger: Ledger) -> None:
    stray = ledger.path.parent / "books" / "stray.beancount"
    with pytest.raises(write.WriteError) as caught:
        write.append(stray, [sale()], ledger)
    assert 'create the empty file stray.beancount and add this line to it: include "books/stray.beancount"' in str(
        caught.value
    )
    assert not stray.exists()


# A character the ledger cannot hold must be refused, any other must come back as it went in.
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_hostile_strings_come_back_as_meant_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, narration: str, note: str
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "main.beancount").write_text(MAIN)
    (folder / "pos-claims.beancount").write_text("")
    ledger = load(folder / "main.beancount")
    try:
        write.append(target(ledger), [sale(narration=narration, note=note)], ledger)
    except write.WriteError:
        assert target(ledger).read_bytes() == b""
        return
    [entry] = [entry for entry in load(ledger.path).entries if isinstance(entry, data.Transaction)]
    assert entry.narration == narration
    assert entry.meta["note"] == note


def test_an_editor_that_saves_meanwhile_loses_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[int] = []
    plan = write._plan  # noqa: SLF001  # the moment between reading and replacing

    def meddled(path: Path, old: bytes, entries: Sequence[Directive]) -> tuple[write.Written, bytes]:
        result = plan(path, old, entries)
        if not saved:
            saved.append(1)
            path.write_bytes(old + b"; typed in an editor\n")
        return result

    monkeypatch.setattr(write, "_plan", meddled)
    write.append(target(ledger), [sale()], ledger)
    content = target(ledger).read_text()
    assert "; typed in an editor\n" in content
    assert "a sale" in content


def test_a_file_that_never_rests_is_given_up(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = write._plan  # noqa: SLF001  # as above

    def meddled(path: Path, old: bytes, entries: Sequence[Directive]) -> tuple[write.Written, bytes]:
        path.write_bytes(old + b"; again\n")
        return plan(path, old, entries)

    monkeypatch.setattr(write, "_plan", meddled)
    with pytest.raises(write.WriteError, match="keeps changing"):
        write.append(target(ledger), [sale()], ledger)


KILLED = """
import os, signal, sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from beancount import loader
from beancount.core import data
from beancount.core.amount import Amount
from beancount_posguard.ledger import files, write

main, point = Path(sys.argv[1]), sys.argv[2]

def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

class Half:
    def __init__(self, file): self.file = file
    def __enter__(self): self.file.__enter__(); return self
    def __exit__(self, *error): return self.file.__exit__(*error)
    def write(self, content):
        self.file.write(content[: len(content) // 2]); self.file.flush(); die()

fdopen, replace = os.fdopen, Path.replace
if point == "lock": files.replace = write.replace = die
if point == "half": files.os.fdopen = lambda *args: Half(fdopen(*args))
if point == "sync": files.os.fsync = die
if point == "mode": files._keep_mode = die
if point == "before": Path.replace = die
if point == "after": Path.replace = lambda self, to: (replace(self, to), die())
if point == "folder": files._sync_folder = die

entries, errors, options = loader.load_file(str(main))
class Ledger: pass
ledger = Ledger()
ledger.path, ledger.entries, ledger.options = main, entries, options
postings = [
    data.Posting("Assets:Cash", Amount(Decimal("5.00"), "CNY"), None, None, None, None),
    data.Posting("Income:Sales", Amount(Decimal("-5.00"), "CNY"), None, None, None, None),
]
entry = data.Transaction(
    {"filename": "x", "lineno": 0, "posguard-id": sys.argv[3]}, date(2026, 3, 1), "*", None, "killed", frozenset(),
    frozenset(), postings,
)
write.append(main.parent / "pos-claims.beancount", [entry], ledger)
"""


def append_in_a_process(ledger: Ledger, point: str, key: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", KILLED, str(ledger.path), point, key])


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a Unix signal")
@pytest.mark.parametrize(
    ("point", "landed"),
    [
        ("lock", False),
        ("half", False),
        ("sync", False),
        ("mode", False),
        ("before", False),
        ("after", True),
        ("folder", True),
    ],
)
def test_kill_9_leaves_the_old_file_or_the_new_one(ledger: Ledger, point: str, landed: bool) -> None:
    process = append_in_a_process(ledger, point, "k1")
    assert process.wait() == -signal.SIGKILL
    content = target(ledger).read_text()
    assert content.startswith("; our notes\n")
    assert ('posguard-id: "k1"' in content) is landed
    if not landed:
        assert content == "; our notes\n"
    assert append_in_a_process(ledger, "none", "k1").wait() == 0
    assert target(ledger).read_text().count('posguard-id: "k1"') == 1
    load(ledger.path)
    left = {path.name for path in ledger.path.parent.iterdir() if path.suffix != ".picklecache"}
    assert left == {"main.beancount", "pos-claims.beancount", ".pos-claims.beancount.lock"}


def test_processes_that_append_at_once_lose_nothing(ledger: Ledger) -> None:
    keys = [f"p{number}" for number in range(4)]
    running = [append_in_a_process(ledger, "none", key) for key in [*keys, *keys]]
    assert [process.wait() for process in running] == [0] * 8
    content = target(ledger).read_text()
    assert [content.count(f'posguard-id: "{key}"') for key in keys] == [1, 1, 1, 1]
    load(ledger.path)


def test_a_full_disk_leaves_the_old_file_and_no_litter(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = target(ledger).read_bytes()
    monkeypatch.setattr("beancount_posguard.ledger.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write.append(target(ledger), [sale()], ledger)
    assert target(ledger).read_bytes() == before
    assert sorted(path.name for path in ledger.path.parent.iterdir() if not path.name.startswith(".")) == [
        "main.beancount",
        "pos-claims.beancount",
    ]
    assert not [path for path in ledger.path.parent.iterdir() if path.suffix == ".posguard-new"]


def test_a_lock_that_is_kept_is_reported(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PATIENCE", 0.01)
    script = (
        "import sys; from pathlib import Path; from beancount_posguard.ledger.files import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(target(ledger))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(files.BusyError, match=r"pos-claims.beancount is being written by another posguard"):
            write.append(target(ledger), [sale()], ledger)


def test_the_lock_can_be_taken_again_by_who_holds_it(ledger: Ledger) -> None:
    with files.locked(target(ledger)):
        assert len(write.append(target(ledger), [sale()], ledger).added) == 1
