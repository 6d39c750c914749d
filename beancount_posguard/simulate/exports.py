"""Files -> what a portal lets you download: the same lines as CSV, in the catalogue's formats and with their noise.

The noise changes no line: another encoding, apostrophes before numbers, thousands separators, lost leading zeros, a row
of totals, another way to mask a card. Some terminals' files reach a day back, and some files come twice.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.legs import Kind, Source, Status
from beancount_posguard.money import ZERO
from beancount_posguard.simulate.chance import Dice, dice_for
from beancount_posguard.simulate.printing import File, Row

TILL_HEADER = "营业日期,时间,小票号,门店,收银员,金额,支付方式,类型,终端号,凭证号,参考号,订单号"
TERMINAL_HEADER = (
    "商户号,终端号,批次号,凭证号,参考号,授权码,卡号,卡类型,交易类型,交易状态,交易金额,小费,交易日期,交易时间,"
    "原凭证号,原参考号,操作员,订单号"
)
STATEMENT_HEADER = (
    "清算日期,交易日期,交易时间,交易金额,终端号,分店简称,清算金额,手续费,流水号,交易类型,参考号,卡号,商户号,"
    "发卡行,卡类型,原因码,外币金额"
)
BANK_HEADER = "凭证号,交易时间,对方单位,对方账号,转入金额,转出金额,余额,用途,摘要,附言"

#: How a portal words each kind.
_KINDS: Mapping[Kind, str] = {
    Kind.SALE: "消费",
    Kind.REFUND: "退货",
    Kind.VOID: "消费撤销",
    Kind.REVERSAL: "冲正",
    Kind.PREAUTH: "预授权",
    Kind.PREAUTH_VOID: "预授权撤销",
    Kind.COMPLETION: "预授权完成",
    Kind.CHARGEBACK: "退单",
    Kind.SECOND_CHARGEBACK: "二次退单",
    Kind.CHARGEBACK_REVERSAL: "再请款",
    Kind.ADJUSTMENT: "调账",
}
_STATUSES: Mapping[Status, str] = {
    Status.APPROVED: "交易成功",
    Status.DECLINED: "交易失败",
    Status.TIMEOUT: "超时",
    # A reversal was successful in itself; that it moved nothing is seen from what it reverses.
    Status.REVERSED: "交易成功",
}
_CARDS: Mapping[str, str] = {"debit": "借记卡", "credit": "贷记卡", "foreign": "境外卡"}

#: What the bank account held before the first day.
_OPENING = Decimal("84500.00")

#: How often a file has each kind of noise, in a thousand.
_GBK, _BOM, _APOSTROPHES, _THOUSANDS, _ZEROS_LOST, _TOTALS, _MASKED = 400, 200, 150, 150, 100, 300, 200
_OVERLAP, _TWICE = 150, 60


class Export(NamedTuple):
    """One file to be written. ``of`` is the stem of the file whose lines it brings first; ``bare`` ones bring none."""

    name: str
    content: bytes
    of: str
    bare: bool


class _Style(NamedTuple):
    """The noise of one file."""

    encoding: str
    apostrophes: bool
    thousands: bool
    zeros_lost: bool
    totals: bool
    masked: bool

    def id(self, text: str) -> str:
        """Return an id as the file prints it."""
        if self.zeros_lost:
            text = text.lstrip("0")
        return f"'{text}" if self.apostrophes and text else text

    def amount(self, amount: Decimal) -> str:
        """Return an amount as the file prints it."""
        return f"{amount + ZERO:,.2f}" if self.thousands else f"{amount + ZERO:.2f}"

    def card(self, number: str) -> str:
        """Return a card's number, masked in one of two ways."""
        return number.replace("******", "*********") if self.masked else number


_CLEAN = _Style("utf-8", apostrophes=False, thousands=False, zeros_lost=False, totals=False, masked=False)


def exports(files: Sequence[File], seed: object, *, noise: bool = True) -> Iterator[Export]:
    """Yield every download of ``files``, those that come twice or reach a day back included."""
    balance = _OPENING
    before: dict[str, File] = {}
    for file in files:
        dice = dice_for(seed, "noise", file.stem)
        style = _style(file.source, dice) if noise else _CLEAN
        earlier = before.get(file.terminal) if noise and dice.chance(_OVERLAP) else None
        if file.source is Source.BANK:
            rows, after = _bank_rows(file, _OPENING if file.acquirer else balance)
            balance = balance if file.acquirer else after
        else:
            rows = _ROWS[file.source](file, style)
        if file.terminal:
            # One without rows says its day in its name, which nobody believes of one with rows of the day before.
            rows = [*(_terminal_rows(earlier, style) if earlier and rows else ()), *rows]
            before[file.terminal] = file
        content = _sheet(file.source, rows, style)
        yield Export(f"{file.stem}.csv", content, file.stem, not rows)
        if noise and dice.chance(_TWICE):
            yield Export(f"{file.stem} (1).csv", content, file.stem, not rows)


def _style(source: Source, dice: Dice) -> _Style:
    encoding = "gb18030" if dice.chance(_GBK) else "utf-8-sig" if dice.chance(_BOM) else "utf-8"
    if source is Source.BANK:
        return _CLEAN._replace(encoding=encoding)
    return _Style(
        encoding,
        apostrophes=dice.chance(_APOSTROPHES),
        thousands=dice.chance(_THOUSANDS),
        zeros_lost=dice.chance(_ZEROS_LOST),
        totals=source is not Source.SALE and dice.chance(_TOTALS),
        masked=dice.chance(_MASKED),
    )


def _till_rows(file: File, style: _Style) -> list[list[str]]:
    return [
        [
            f"{file.day}",
            f"{row.when:%H:%M:%S}",
            row.ticket,
            file.store,
            row.cashier,
            style.amount(row.amount),
            "现金" if row.cash else "银行卡",
            "预授权" if row.is_hold else "销售" if row.amount > 0 else "退货",
            row.terminal,
            style.id(row.trace),
            style.id(row.rrn),
            row.order,
        ]
        for row in file.rows
    ]


def _terminal_rows(file: File, style: _Style) -> list[list[str]]:
    return [
        [
            file.merchant,
            file.terminal,
            style.id(file.batch),
            style.id(row.trace),
            style.id(row.rrn),
            row.auth,
            style.card(row.card),
            _CARDS[row.card_type],
            _KINDS[row.kind],
            _STATUSES[row.status],
            style.amount(abs(row.amount) - row.tip),
            style.amount(row.tip) if row.tip else "",
            f"{row.when:%Y-%m-%d}",
            f"{row.when:%H:%M:%S}",
            style.id(row.orig_trace),
            style.id(row.orig_rrn),
            row.cashier,
            row.order,
        ]
        for row in file.rows
    ]


def _statement_rows(file: File, style: _Style) -> list[list[str]]:
    rows = []
    for row in file.rows:
        if row.kind is Kind.RETRIEVAL:
            continue
        fee = row.fee or ZERO
        time = f"{row.when:%H:%M:%S}"
        rows.append(
            [
                f"{file.day}",
                f"{row.when:%Y-%m-%d}",
                "" if time == "00:00:00" else time,
                style.amount(row.amount),
                row.terminal,
                file.store,
                style.amount(row.amount - fee),
                style.amount(fee),
                style.id(row.trace),
                _statement_kind(row),
                # A number that a spreadsheet has ruined keeps its look.
                style.id(row.rrn) if row.rrn.isdigit() else row.rrn,
                style.card(row.card),
                file.merchant,
                row.party,
                _CARDS[row.card_type],
                row.reason,
                row.foreign,
            ]
        )
    if style.totals and rows:
        gross = sum((row.money for row in file.rows), ZERO)
        fees = sum((row.fee or ZERO for row in file.rows), ZERO)
        total = f"合计 共{len(rows)}笔 交易金额:{gross:.2f} 手续费:{fees:.2f}"
        rows.append([total, *[""] * (len(rows[0]) - 1)])
    return rows


def _statement_kind(row: Row) -> str:
    return "消费冲正" if row.kind is Kind.REVERSAL else _KINDS[row.kind]


_ROWS: Mapping[Source, Callable[[File, _Style], list[list[str]]]] = {
    Source.SALE: _till_rows,
    Source.TERMINAL: _terminal_rows,
    Source.SETTLEMENT: _statement_rows,
}


def _bank_rows(file: File, balance: Decimal) -> tuple[list[list[str]], Decimal]:
    """Return the bank's rows and the balance after them."""
    rows = []
    for row in file.rows:
        balance += row.amount
        spent = row.amount < 0
        rows.append(
            [
                row.reference,
                f"{row.when:%Y-%m-%d %H:%M:%S}",
                row.party,
                "3100****5178",
                "" if spent else f"{row.amount:.2f}",
                f"{-row.amount:.2f}" if spent else "",
                f"{balance:.2f}",
                row.memo,
                "",
                "",
            ]
        )
    return rows, balance


_HEADERS: Mapping[Source, str] = {
    Source.SALE: TILL_HEADER,
    Source.TERMINAL: TERMINAL_HEADER,
    Source.SETTLEMENT: STATEMENT_HEADER,
    Source.BANK: BANK_HEADER,
}


def _sheet(source: Source, rows: Iterable[Sequence[str]], style: _Style) -> bytes:
    """Return a CSV file with Windows line ends, as portals write it."""
    text = io.StringIO()
    writer = csv.writer(text)
    if source is Source.BANK:
        writer.writerow(["[HISTORYDETAIL]"])
    writer.writerow(_HEADERS[source].split(","))
    writer.writerows(rows)
    return text.getvalue().encode(style.encoding)
