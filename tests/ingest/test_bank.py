"""Corporate account statements: deposits found by their sender, periods in memos, running balances."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import Reading, read_file

Put = Callable[..., Path]
Read = Callable[..., Reading]

HEADER = "凭证号,交易时间,对方单位,对方账号,转入金额,转出金额,余额,用途,摘要,附言"
UMS = "银联商务股份有限公司客户备付金"


def line(
    number: int, amount: str, balance: str, payer: str = UMS, memo: str = "1103-1103费0.46元", day: str = "2026-11-05"
) -> str:
    credit, debit = (amount, "") if not amount.startswith("-") else ("", amount[1:])
    return f"B{number},{day} 08:30:00,{payer},6222021234567894,{credit},{debit},{balance},{memo},,"


@pytest.fixture
def read(put: Put, profiles: list[Profile]) -> Read:
    return lambda *lines: read_file(put("bank.csv", "[HISTORYDETAIL]", HEADER, *lines, encoding="gb18030"), profiles)


def test_a_deposit_word_for_word(read: Read) -> None:
    (batch,) = read(line(1, "91.54", "91.54")).batches
    assert (batch.date.isoformat(), batch.payer) == ("2026-11-05", UMS)
    (slip,) = batch.slips
    assert slip.kind.value == "deposit"
    assert slip.amount == Decimal("91.54")
    assert slip.fee is None
    assert slip.facts == {
        "reference": "B1",
        "time": "08:30:00",
        "memo": "1103-1103费0.46元",
        "period-from": "2026-11-03",
        "period-to": "2026-11-03",
        "fee": "0.46",
    }


def test_only_deposits_of_acquirers_are_slips(read: Read) -> None:
    reading = read(
        line(1, "91.54", "91.54"),
        line(2, "-50.00", "41.54", payer="物业", memo="房租"),
        line(3, "8.46", "50.00", payer="某客户", memo="货款"),
        line(4, "10.00", "60.00", payer="某公司", memo="代付 拉卡拉 结算款"),
    )
    assert [slip.facts["reference"] for one in reading.batches for slip in one.slips] == ["B1", "B4"]
    assert [(one.label, str(one.amount), one.text) for one in reading.lines] == [
        ("物业", "-50.00", "房租"),
        ("某客户", "8.46", "货款"),
    ]
    assert reading.summary()["by_kind"] == {"credit": 3, "debit": 1}
    assert reading.summary()["gross"] == "60.00"  # 91.54 - 50.00 + 8.46 + 10.00


def test_money_back_to_an_acquirer_is_said(read: Read) -> None:
    reading = read(line(1, "-5.00", "95.00"), line(2, "5.00", "100.00"))
    assert len(reading.lines) == 1
    assert reading.warnings == ("row 3: 5.00 went back to an acquirer; it is left alone, book it by hand",)


def test_a_period_over_new_year(read: Read) -> None:
    reading = read(line(1, "1.00", "1.00", memo="1230-0101费0元", day="2027-01-04"))
    facts = reading.batches[0].slips[0].facts
    assert (facts["period-from"], facts["period-to"], facts["fee"]) == ("2026-12-30", "2027-01-01", "0.00")


def test_a_period_that_is_none_stays_in_the_memo(read: Read) -> None:
    reading = read(line(1, "1.00", "1.00", memo="9999-1103费0.46元"))
    assert "period-from" not in reading.batches[0].slips[0].facts
    assert reading.warnings == ("row 3: '9999' cannot be a period-from; left in the memo",)


def test_account_numbers_never_enter(read: Read) -> None:
    reading = read(line(1, "1.00", "1.00"), line(2, "-1.00", "0.00", payer="物业"))
    assert "7894" not in repr(reading)
    assert reading.has_cards  # a private account number is a card number: the file is not filed


def test_the_running_balance_in_any_order(read: Read) -> None:
    lines = [line(n, "10.00", f"{100 + 10 * n}.00") for n in range(1, 8)]
    expected = read(*lines)
    assert expected.control == "ok (running balance)"
    shuffled = [*lines]
    random.Random(4).shuffle(shuffled)  # noqa: S311  # a fixed shuffle
    for order in (reversed(lines), shuffled):
        reading = read(*order)
        assert reading.control == "ok (running balance)"
        assert [one.slips[0].facts for one in reading.batches] == [one.slips[0].facts for one in expected.batches]


def test_a_line_lost_breaks_the_running_balance(read: Read) -> None:
    lines = [line(n, "10.00", f"{100 + 10 * n}.00") for n in range(1, 6)]
    with pytest.raises(
        IngestError, match=r"row 5: found a balance of 140\.00 after 10\.00; expected another row with a .* 130\.00"
    ):
        read(*lines[:2], *lines[3:])


def test_money_in_and_out_in_one_row_is_refused(read: Read) -> None:
    with pytest.raises(IngestError, match=r"row 3: .*expected money in or money out, not both"):
        read(line(1, "1.00", "1.00").replace("1.00,,", "1.00,2.00,"))


def test_two_deposits_that_are_alike_stay_two(read: Read) -> None:
    one = line(1, "10.00", "10.00")
    reading = read(one, one.replace("10.00,用途", "20.00,用途").replace(",,10.00,", ",,20.00,"))
    assert [(batch.part, batch.parts) for batch in reading.batches] == [(1, 2), (2, 2)]


def test_a_file_without_deposits_still_tells_its_days(read: Read) -> None:
    reading = read(
        line(1, "-5.00", "95.00", payer="物业", day="2026-11-02"),
        line(2, "-5.00", "90.00", payer="物业", day="2026-11-09"),
    )
    (batch,) = reading.batches
    assert batch.slips == ()
    assert batch.date.isoformat() == "2026-11-09"
    assert batch.days is not None
    assert [day.isoformat() for day in batch.days] == ["2026-11-02", "2026-11-09"]


@pytest.mark.parametrize(("currency", "said"), [("美元", "found '美元' under 币种; expected one of"), ("人民币元", "")])
def test_ccb_and_its_currency(put: Put, profiles: list[Profile], currency: str, said: str) -> None:
    header = (
        "账号,账户名称,交易时间,借方发生额（支取）,贷方发生额（收入）,余额,币种,对方户名,对方账号,对方开户机构,"
        "记账日期,摘要,备注,账户明细编号-交易流水号"
    )
    row = f"5300,店,20261105 23:59:09,0,91.54,91.54,{currency},{UMS},2001,行,20261106,电子转账,1103-1103费0.46元,13523"
    path = put("ccb.csv", header, row)
    if said:
        with pytest.raises(IngestError, match=said):
            read_file(path, profiles)
    else:
        (batch,) = read_file(path, profiles).batches
        assert (batch.date.isoformat(), batch.slips[0].facts["memo"]) == ("2026-11-06", "1103-1103费0.46元")
