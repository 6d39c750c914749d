"""Slips exported from a terminal: words, signs, voids and reversals, batches, totals, and every way to be refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_posguard.ingest.errors import IngestError, UnknownFileError
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import Reading, identify, read_file
from beancount_posguard.ingest.slips import money
from beancount_posguard.legs import Kind, Slip, Status

HEADER = (
    "商户号,终端号,批次号,凭证号,参考号,授权码,卡号,卡类型,交易类型,交易状态,交易金额,交易日期,交易时间,原凭证号,"
    "原参考号,操作员"
)
SALE = (
    "898310012345678,98765432,000123,000045,103412345678,471120,622202******1234,借记卡,消费,交易成功,128.00,"
    "2026-11-03,14:03:22,,,01"
)

Put = Callable[..., Path]


def row(
    trace: int,
    kind: str = "消费",
    amount: str = "10.00",
    *,
    status: str = "交易成功",
    orig: str = "",
    terminal: str = "98765432",
    batch: str = "000123",
    day: str = "2026-11-03",
    time: str = "14:00:00",
    card: str = "622202******1234",
) -> str:
    return (
        f"898310012345678,{terminal},{batch},{trace:06},{103412000000 + trace},,{card},借记卡,{kind},{status},{amount},"
        f"{day},{time},{orig},,01"
    )


@pytest.fixture
def read(put: Put, profiles: list[Profile]) -> Callable[..., Reading]:
    return lambda *rows, name="slips.csv": read_file(put(name, HEADER, *rows), profiles)


def slips(reading: Reading) -> list[Slip]:
    return [slip for batch in reading.batches for slip in batch.slips]


Read = Callable[..., Reading]


def test_one_slip_word_for_word(read: Read) -> None:
    (batch,) = read(SALE).batches
    assert batch.facts == {"merchant": "898310012345678", "terminal": "98765432", "batch": "000123"}
    (slip,) = batch.slips
    assert (slip.kind, slip.status, slip.amount, slip.currency) == (
        Kind.SALE,
        Status.APPROVED,
        Decimal("128.00"),
        "CNY",
    )
    assert slip.date.isoformat() == "2026-11-03"
    assert slip.row == 2
    assert slip.facts == {
        "trace": "000045",
        "rrn": "103412345678",
        "auth": "471120",
        "card": "622202******1234",
        "card-type": "debit",
        "time": "14:03:22",
        "cashier": "01",
    }


@pytest.mark.parametrize(
    ("word", "kind", "amount"),
    [
        ("消费", "sale", "10.00"),
        ("消费撤销", "void", "-10.00"),
        ("撤销", "void", "-10.00"),
        ("退货", "refund", "-10.00"),
        ("预授权", "preauth", "10.00"),
        ("预授权撤销", "preauth-void", "-10.00"),
        ("预授权完成", "completion", "10.00"),
        ("预授权完成撤销", "completion-void", "-10.00"),
        ("消费冲正", "reversal", "-10.00"),
        ("消费撤销冲正", "reversal", "10.00"),
    ],
)
def test_the_type_gives_kind_and_sign(read: Read, word: str, kind: str, amount: str) -> None:
    (slip,) = slips(read(row(1, word)))
    assert (slip.kind.value, str(slip.amount)) == (kind, amount)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("成功", "approved"),
        ("交易成功", "approved"),
        ("失败", "declined"),
        ("交易失败", "declined"),
        ("已拒绝", "declined"),
        ("超时", "timeout"),
        ("状态未知", "timeout"),
        ("已撤销", "voided"),
        ("已冲正", "reversed"),
    ],
)
def test_statuses_and_what_counts(read: Read, word: str, status: str) -> None:
    reading = read(row(1, status=word))
    (slip,) = slips(reading)
    assert slip.status.value == status
    assert reading.summary()["gross"] == ("10.00" if status == "approved" else "0.00")


def test_a_cancelled_sale_and_its_void_row_come_to_zero(read: Read) -> None:
    reading = read(row(1, status="已撤销"), row(2, "消费撤销", orig="000001"))
    assert [slip.status.value for slip in slips(reading)] == ["approved", "approved"]
    assert reading.summary()["gross"] == "0.00"


def test_a_cancelled_sale_without_its_void_row_is_evidence(read: Read) -> None:
    reading = read(row(1, status="已撤销"), row(2))
    assert [slip.status.value for slip in slips(reading)] == ["voided", "approved"]
    assert reading.summary()["gross"] == "10.00"


def test_a_void_row_that_was_refused_cancels_nothing(read: Read) -> None:
    reading = read(row(1), row(2, "消费撤销", orig="000001", status="交易失败"))
    assert reading.summary()["gross"] == "10.00"


def test_a_void_without_reference_is_found_by_card_and_amount(read: Read) -> None:
    reading = read(row(1, status="已撤销"), row(2, "消费撤销"), row(3, amount="11.00", status="已撤销"))
    assert [slip.status.value for slip in slips(reading)] == ["approved", "approved", "voided"]


def test_which_of_two_twins_was_cancelled_is_not_guessed(read: Read) -> None:
    reading = read(row(1, status="已撤销"), row(2, status="已撤销"), row(3, "消费撤销"))
    assert [slip.status.value for slip in slips(reading)][:2] == ["voided", "voided"]


@pytest.mark.parametrize(
    ("original", "status", "total"),
    [("消费", "已冲正", "0.00"), ("消费", "交易成功", "0.00"), ("退货", "交易成功", "0.00"), ("消费", "超时", "0.00")],
)
def test_a_reversal_undoes_its_original(read: Read, original: str, status: str, total: str) -> None:
    reading = read(row(1, original, status=status), row(2, "冲正", orig="000001"))
    assert reading.summary()["gross"] == total


def test_a_reversal_of_a_slip_that_never_counted_moves_nothing(read: Read) -> None:
    reading = read(row(1, status="超时"), row(2, "冲正", orig="000001"))
    assert [slip.status.value for slip in slips(reading)] == ["timeout", "reversed"]


def test_a_reversed_hold_is_taken_off(read: Read) -> None:
    reading = read(row(1, "预授权"), row(2, "冲正", orig="000001"))
    assert [(slip.kind.value, str(slip.amount)) for slip in slips(reading)] == [
        ("preauth", "10.00"),
        ("preauth-void", "-10.00"),
    ]


def test_a_reversal_without_its_original_is_said(read: Read) -> None:
    reading = read(row(2, "冲正", orig="000001"))
    assert str(slips(reading)[0].amount) == "-10.00"
    assert "1 reversals without their original" in reading.warnings[0]


def test_one_batch_per_day_terminal_and_batch(read: Read) -> None:
    reading = read(
        row(1), row(2, terminal="98765433"), row(3, batch="000124"), row(4, day="2026-11-04"), row(5, time="09:00:00")
    )
    assert [(one.date.day, one.facts["terminal"], one.facts["batch"], len(one.slips)) for one in reading.batches] == [
        (3, "98765432", "000123", 2),
        (3, "98765432", "000124", 1),
        (3, "98765433", "000123", 1),
        (4, "98765432", "000123", 1),
    ]
    assert [(one.part, one.parts) for one in reading.batches] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [slip.facts["trace"] for slip in reading.batches[0].slips] == ["000005", "000001"]


def test_leading_zeros_are_put_back(read: Read) -> None:
    line = SALE.replace("000123", "123").replace("000045", "45").replace("103412345678", "3412345678")
    (batch,) = read(line).batches
    assert batch.facts["batch"] == "000123"
    assert (batch.slips[0].facts["trace"], batch.slips[0].facts["rrn"]) == ("000045", "003412345678")


def test_cards_are_masked_and_the_file_is_known_to_hold_them(read: Read) -> None:
    reading = read(row(1, card="6222 0212 3456 7894"))
    assert slips(reading)[0].facts["card"] == "622202******7894"
    assert reading.has_cards
    assert not read(row(1)).has_cards


def test_rows_without_money_are_counted(read: Read) -> None:
    reading = read(row(1), row(2, "签到", amount=""), row(3, "签到", amount=""))
    assert dict(reading.skipped) == {"签到": 2}
    assert reading.rows == 1


@pytest.mark.parametrize(
    "footer",
    ["合计,,,2笔,,,,,,,20.00,,,,,", "合计：2笔，金额：20.00", "总计,,,笔数:2 金额:20.00,,,,,,,,,,,,"],
)
def test_a_footer_is_checked(read: Read, footer: str) -> None:
    assert read(row(1), row(2), footer).control == "ok (footer count, footer gross)"


@pytest.mark.parametrize(
    ("footer", "said"),
    [
        ("合计,,,3笔,,,,,,,20.00,,,,,", "row 4: found a stated count of 3 rows; expected 2 rows"),
        ("合计,,,2笔,,,,,,,21.00,,,,,", "row 4: found a stated gross of 21.00; expected 20.00"),
    ],
)
def test_a_footer_that_does_not_fit_refuses_the_file(read: Read, footer: str, said: str) -> None:
    with pytest.raises(IngestError, match=said):
        read(row(1), row(2), footer)


def test_rows_below_the_totals_are_refused(read: Read) -> None:
    with pytest.raises(IngestError, match="row 4: found a row below the totals"):
        read(row(1), "合计,,,1笔,,,,,,,10.00,,,,,", row(2))


def test_a_tip_is_added_and_said(put: Put, profiles: list[Profile]) -> None:
    path = put("a.csv", HEADER.replace("操作员", "小费"), row(1)[:-2] + "1.50", row(2)[:-2])
    reading = read_file(path, profiles)
    assert reading.summary()["gross"] == "21.50"
    assert reading.warnings == ("1 rows carry a tip, 1.50 in all; it is added to the amount",)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (row(1, "积分兑换"), r"slips.csv, row 3: found '积分兑换' under 交易类型; expected one of 消费, "),
        (row(1, status="挂起"), r"row 3: found '挂起' under 交易状态; expected one of 成功, "),
        (row(1, status=""), r"row 3: found an empty cell under 交易状态"),
        (SALE.replace("借记卡", "购物卡"), r"row 3: found '购物卡' under 卡类型; expected one of "),
        (row(1, amount=""), r"row 3: found an empty cell under 交易金额; expected an amount such as 128\.00"),
        (row(1, amount="1O.00"), r"row 3: found '1O\.00' under 交易金额"),
        (row(1, amount="1.005"), r"row 3: found '1\.005' under 交易金额"),
        (row(1, amount="-10.00"), r"row 3: found '-10\.00' under 交易金额; expected a positive amount for '消费'"),
        (row(1, day="2026-02-30"), r"row 3: found '2026-02-30' under 交易日期; expected a date"),
        (row(1, day=""), r"row 3: found an empty cell under 交易日期"),
        (row(1, time="25:00:00"), r"row 3: found '25:00:00' under 交易时间; expected a time"),
        (row(1)[:40], r"row 3: found 5 cells; expected 16, as the header has"),
        (row(1) + ",more", r"row 3: found 17 cells; expected 16"),
    ],
)
def test_one_bad_row_refuses_the_file(read: Read, line: str, said: str) -> None:
    with pytest.raises(IngestError, match=said):
        read(SALE, line)


def test_a_refusal_never_shows_a_card(read: Read) -> None:
    with pytest.raises(IngestError) as caught:
        read(row(1, amount="6222021234567894"))
    assert "622202******7894" in str(caught.value)
    assert "6222021234567894" not in str(caught.value)


def test_a_missing_column_is_named(put: Put, profiles: list[Profile]) -> None:
    path = put("a.csv", HEADER.replace("交易日期", "日子"), SALE)
    with pytest.raises(IngestError, match=r"found no column 交易日期; expected one of the names 交易日期, "):
        read_file(path, profiles)


def test_a_new_column_is_said(put: Put, profiles: list[Profile]) -> None:
    reading = read_file(put("a.csv", HEADER + ",营销活动", SALE + ","), profiles)
    assert reading.warnings == ("columns this profile does not know were not read: 营销活动",)


def test_an_unknown_file_names_the_nearest_profile(put: Put, profiles: list[Profile]) -> None:
    with pytest.raises(UnknownFileError, match="Nearest is cn_pos_terminal, but the file has no column 终端号"):
        read_file(put("a.csv", HEADER.replace("终端号", "机器"), SALE), profiles)


def test_a_refused_file_has_the_same_keys(put: Put, profiles: list[Profile]) -> None:
    good = identify(put("a.csv", HEADER, SALE), profiles).summary()
    bad = identify(put("b.csv", HEADER, row(1, "积分")), profiles).summary()
    assert list(bad) == list(good)
    assert bad["profile"] == "cn_pos_terminal"
    assert bad["refused"].startswith("b.csv, row 2: found '积分'")
    assert bad["rows"] is None
    assert bad["gross"] is None


def test_an_empty_file_tells_its_day_by_its_name(read: Read) -> None:
    (batch,) = read(name="98765432-20261103.csv").batches
    assert (batch.date.isoformat(), batch.facts, batch.slips) == ("2026-11-03", {"terminal": "98765432"}, ())
    with pytest.raises(IngestError, match="found no rows, and no day in the file or its name"):
        read(name="slips.csv")


@given(order=st.permutations(range(12)))
@settings(max_examples=20)
def test_the_order_of_rows_never_shows(
    order: list[int], profiles: list[Profile], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [row(n, amount=f"{n}.50", time=f"1{n % 3}:00:00", batch=f"{n % 2:06}") for n in range(1, 9)]
    rows += [
        row(9, status="已撤销"),
        row(10, "消费撤销", orig="000009"),
        row(11, "冲正", "3.50", orig="000003"),
        rows[0],
    ]
    shuffled = [rows[index] for index in order]
    path = tmp_path_factory.mktemp("shuffled") / "slips.csv"

    def said(lines: list[str]) -> list[object]:
        path.write_text("\n".join([HEADER, *lines]), "utf-8")
        return [
            (one.date, one.facts, [slip._replace(row=0) for slip in one.slips])
            for one in read_file(path, profiles).batches
        ]

    assert said(shuffled) == said(rows)


@given(
    amounts=st.lists(
        st.tuples(st.integers(1, 10**9), st.sampled_from(["消费", "退货", "消费撤销"])), min_size=1, max_size=12
    )
)
@settings(max_examples=30)
def test_every_fen_arrives_with_its_sign(
    amounts: list[tuple[int, str]], profiles: list[Profile], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("fen") / "slips.csv"
    lines = [row(n, kind, f"{fen // 100}.{fen % 100:02}") for n, (fen, kind) in enumerate(amounts, start=1)]
    path.write_text("\n".join([HEADER, *lines]), "utf-8")
    reading = read_file(path, profiles)
    expected = sum(fen if kind == "消费" else -fen for fen, kind in amounts)
    assert sum(money(slip) for slip in slips(reading)) * 100 == expected


def test_a_reversed_void_leaves_the_sale(read: Read) -> None:
    reading = read(row(1), row(2, "消费撤销", orig="000001"), row(3, "冲正", orig="000002"))
    assert [str(slip.amount) for slip in slips(reading)] == ["10.00", "-10.00", "10.00"]


def test_of_a_sale_and_its_void_with_one_number_the_void_is_reversed(read: Read) -> None:
    void = row(1, "消费撤销").replace("14:00:00", "14:05:00")
    reading = read(row(1), void, row(3, "冲正", orig="000001", time="14:06:00"))
    assert reading.summary()["gross"] == "10.00"


def test_bytes_that_are_no_text_are_not_ours(tmp_path: Path, profiles: list[Profile]) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xff\xff\xff")
    with pytest.raises(UnknownFileError, match="found bytes in no encoding it could have"):
        read_file(tmp_path / "a.csv", profiles)
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7\x00\x01")
    with pytest.raises(UnknownFileError, match="found a file that no profile knows"):
        read_file(tmp_path / "b.pdf", profiles)
