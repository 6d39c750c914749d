"""Fuzz the readers and the profile engine with atheris: ``make fuzz``, or ``python -m bench.fuzz table 300``.

Seeds are the catalogue's own synthetic samples and profiles. A finding is anything but a reading or a refusal in a
sentence: a traceback, a reading with rows missing, a full card number in what is said, ten seconds without an answer.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parents[1] / "importers"
SAMPLES = sorted(path for path in CATALOGUE.glob("*/*") if path.suffix not in {".toml", ".beancount", ".py", ".pyc"})

#: Seconds for each target unless told otherwise.
SECONDS = 60
#: No input needs longer, and none is longer.
_SLOWEST, _LONGEST = 10, 16_384


def main() -> None:
    """Run one target for some seconds, or every target one after the other."""
    words = sys.argv[1:]
    if words and words[0] == "--here":
        _fuzz(words[1], int(words[2]))
        return
    seconds = int(words.pop()) if words and words[-1].isdigit() else SECONDS
    failed = []
    for target in words or TARGETS:
        print(f"== {target}, {seconds} s", flush=True)
        command = [sys.executable, "-m", "bench.fuzz", "--here", target, str(seconds)]
        if subprocess.run(command, check=False).returncode:
            failed.append(target)
    print(f"findings in: {', '.join(failed)}" if failed else "no findings")
    sys.exit(1 if failed else 0)


def _fuzz(name: str, seconds: int) -> None:
    import atheris  # noqa: PLC0415  # the bench extra; one process per target

    with atheris.instrument_imports(include=["beancount_posguard"]):
        seeds, target = TARGETS[name]()
    corpus = Path(tempfile.mkdtemp(prefix=f"posguard-fuzz-{name}-"))
    for index, seed in enumerate(seeds):
        (corpus / f"seed{index}").write_bytes(seed)
    options = [f"-max_total_time={seconds}", f"-timeout={_SLOWEST}", f"-max_len={_LONGEST}", "-print_final_stats=1",
               "-verbosity=0", f"-artifact_prefix={corpus}/finding-"]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], target)
    atheris.Fuzz()


Target = tuple[list[bytes], Callable[[bytes], None]]


def _tables() -> Target:
    """Whole files under the name of a sample: the first byte chooses which."""
    look = _look()
    seeds = [bytes([index]) + path.read_bytes() for index, path in enumerate(SAMPLES)]
    return seeds, lambda data: look(SAMPLES[data[0] % len(SAMPLES)].name, data[1:]) if data else None


def _zips() -> Target:
    look = _look()
    seeds = [_zipped({path.name: path.read_bytes()}) for path in SAMPLES[:8]]
    return seeds, lambda data: look("export.zip", data)


def _workbooks() -> Target:
    import openpyxl  # noqa: PLC0415  # the test extra

    look = _look()
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Umsätze", 0)
    for row in (
        ["终端号", "凭证号", "交易类型", "交易金额", "交易日期"],
        ["98765432", 45, "消费", 128.5, "2026-11-03"],
    ):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return [out.getvalue()], lambda data: look("export.xlsx", data)


def _profiles() -> Target:
    """A profile's text, read, and used on a small file where it reads."""
    from beancount_posguard.ingest.errors import IngestError  # noqa: PLC0415  # instrumented when the target is known
    from beancount_posguard.ingest.institutions import read_profile  # noqa: PLC0415
    from beancount_posguard.ingest.read import look  # noqa: PLC0415
    from beancount_posguard.ingest.readers import Document  # noqa: PLC0415

    sample = "交易日期,交易金额,交易类型\n2026-11-03,128.00,消费\n".encode()

    def target(data: bytes) -> None:
        try:
            profile = read_profile(data.decode("utf-8", "replace"), "fuzz/profile.toml", own=True)
        except IngestError:
            return
        _require_whole(look(Document("a.csv", sample), [profile]))

    return [path.read_bytes() for path in sorted(CATALOGUE.glob("*/profile.toml"))], target


def _standard(reader: str) -> Callable[[], Target]:
    """Return the target for the code that reads one bank format."""

    def target() -> Target:
        from beancount_posguard.ingest.errors import IngestError  # noqa: PLC0415  # instrumented when it is known
        from beancount_posguard.ingest.standards import READERS  # noqa: PLC0415

        def read(data: bytes) -> None:
            try:
                spoken = READERS[reader].read("a", data)
            except IngestError:
                return
            if any(len(row) != len(spoken.header) for row in spoken.rows):
                raise AssertionError("a row that is not as wide as its header")

        folder = {"camt": "camt053"}.get(reader, reader)
        return [path.read_bytes() for path in SAMPLES if path.parent.name == folder], read

    return target


def _look() -> Callable[[str, bytes], None]:
    from beancount_posguard.ingest.institutions import load_profiles  # noqa: PLC0415  # instrumented when it is known
    from beancount_posguard.ingest.read import look  # noqa: PLC0415
    from beancount_posguard.ingest.readers import Document  # noqa: PLC0415

    profiles = load_profiles()
    return lambda name, data: _require_whole(look(Document(name, data), profiles))


def _require_whole(reading: object) -> None:
    """Refuse a reading that is neither complete nor a refusal in a sentence, or that shows a card number."""
    from beancount_posguard.ingest.cards import holds_card  # noqa: PLC0415
    from beancount_posguard.ingest.read import Reading  # noqa: PLC0415

    if not isinstance(reading, Reading):
        raise TypeError(type(reading))
    if reading.rows is None and (not reading.refused or reading.batches):
        raise AssertionError("neither read nor refused")
    if reading.rows is not None and sum(len(batch.slips) for batch in reading.batches) > reading.rows:
        raise AssertionError("more slips than rows")
    if reading.refused and holds_card(reading.refused):
        raise AssertionError("a card number in a refusal")


def _zipped(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


TARGETS: Mapping[str, Callable[[], Target]] = {
    "table": _tables,
    "zip": _zips,
    "xlsx": _workbooks,
    "profile": _profiles,
    **{reader: _standard(reader) for reader in ("camt", "mt940", "ofx", "bai2")},
}


if __name__ == "__main__":
    main()
