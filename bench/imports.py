"""How fast an export is read and booked, against ``csv.reader`` over the same file."""

from __future__ import annotations

import csv
import random
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from beancount.parser import printer

from beancount_posguard.ingest.importer import import_file
from beancount_posguard.ingest.institutions import load_profiles
from beancount_posguard.ingest.read import read_file
from bench.shop import PRICES, contracts

ROWS = 100_000
_A_DAY = 274
_HEADER = "商户号,终端号,批次号,凭证号,参考号,授权码,卡号,卡类型,交易类型,交易状态,交易金额,交易日期,交易时间"


def measure_imports(rows: int = ROWS) -> None:
    """Print rows per second of reading, of booking, and of printing the entries."""
    profiles = load_profiles()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "slips.csv"
        path.write_text(_export(rows), encoding="utf-8")
        plain, _ = _timed(lambda: _count(path))
        read, _ = _timed(lambda: read_file(path, profiles))
        booked, result = _timed(lambda: import_file(path, [], contracts(), profiles))
        printed, _ = _timed(lambda: [printer.format_entry(entry) for entry in result.entries])
    print(f"\nImport of a terminal export with {rows} rows")
    print(f"{'':>24} {'s':>7} {'rows/s':>10} {'x csv.reader':>13}")
    for name, seconds in (
        ("csv.reader", plain),
        ("read to slips", read),
        ("read, checked, booked", booked),
        ("... and printed", booked + printed),
    ):
        print(f"{name:>24} {seconds:>7.2f} {rows / seconds:>10.0f} {seconds / plain:>13.1f}")


def _export(rows: int) -> str:
    dice = random.Random(1)
    lines = [_HEADER]
    for number in range(rows):
        day = date(2026, 1, 1) + timedelta(days=number // _A_DAY)
        seconds = 9 * 3600 + number % _A_DAY * 150
        time_of_day = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        kind = dice.choice(("借记卡", "贷记卡"))
        lines.append(
            f"898310012345678,98765432,{day:%y%m%d},{number % 1000000:06d},{103400000000 + number},"
            f"{number % 999983:06d},622202******{dice.randrange(10000):04d},{kind},消费,交易成功,"
            f"{dice.choice(PRICES)},{day},{time_of_day}"
        )
    return "\n".join(lines) + "\n"


def _count(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file))


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result
