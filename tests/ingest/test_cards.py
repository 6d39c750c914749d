"""Card numbers: masked where a column holds them, found where they hide, and other ids left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beancount_posguard.ingest.cards import holds_card, is_card, is_open, mask, redact

# Made up: issuer prefixes with a computed check digit.
CARD_16, CARD_19 = "6222021234567894", "6222021234567890128"


def check_digit(body: str) -> str:
    """Return the digit that makes ``body`` pass the Luhn test, computed by trying all ten."""
    for digit in "0123456789":
        digits = [int(one) for one in reversed(body + digit)]
        doubled = [sum(divmod(2 * one, 10)) for one in digits[1::2]]
        if (sum(digits[::2]) + sum(doubled)) % 10 == 0:
            return digit
    raise AssertionError(body)


cards = st.builds(
    lambda prefix, body: (prefix + body) + check_digit(prefix + body),
    st.sampled_from(["62", "4", "51", "3528", "9558"]),
    st.text("0123456789", min_size=11, max_size=14),
)


@pytest.mark.parametrize(
    ("cell", "masked"),
    [
        ("6222021234567894", "622202******7894"),
        ("6222 0212 3456 7894", "622202******7894"),
        ("6222-0212-3456-7894", "622202******7894"),
        ("６２２２０２１２３４５６７８９４", "622202******7894"),
        ("622202******7894", "622202******7894"),
        ("622202*********0128", "622202******0128"),
        ("6222 02XX XXXX 7894", "622202******7894"),
        ("**** **** **** 7894", "******7894"),
        ("7894", "******7894"),
        ("622202****", "622202******"),
        ("62220212****7894", "622202******7894"),
        ("622202****12347894", "622202******7894"),
        ("1234567890123", "123456******0123"),
        ("", ""),
        ("无卡", ""),
        ("卡号:622202******7894（借）", "622202******7894"),
        ("****12345678", "******5678"),
        ("6.22202E+15", ""),  # a spreadsheet's: the end is lost and the beginning is rounded
    ],
)
def test_mask(cell: str, masked: str) -> None:
    assert mask(cell) == masked


@given(cards, st.sampled_from(["", " ", "-"]))
def test_a_masked_card_never_keeps_its_middle(card: str, gap: str) -> None:
    printed = gap.join(card[place : place + 4] for place in range(0, len(card), 4))
    assert mask(printed) == f"{card[:6]}******{card[-4:]}"


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("1234567890123", True),
        ("6222 0212 3456 7894", True),
        ("622202******7894", False),
        ("622202", False),
        ("", False),
    ],
)
def test_a_card_column_tells_too_much(cell: str, told: bool) -> None:
    assert is_open(cell) is told


def test_the_test_of_a_card() -> None:
    assert is_card(CARD_16)
    assert is_card(CARD_19)
    assert not is_card(CARD_16[:-1] + "5")  # the check digit
    assert not is_card("622202123456")  # 12 digits
    assert not is_card("1" + CARD_16[1:])  # no issuer begins so


@given(cards, st.sampled_from(["", " ", "-", "－"]), st.text("付款 :，abc", max_size=8))
def test_a_card_in_a_text_is_found(card: str, gap: str, words: str) -> None:
    printed = gap.join(card[place : place + 4] for place in range(0, len(card), 4))
    text = f"{words}，{printed}，{words}"
    assert redact(text) == f"{words}，{card[:6]}******{card[-4:]}，{words}"
    assert holds_card(text)


def test_full_width_digits_hide_nothing() -> None:
    assert redact("卡号６２２２０２１２３４５６７８９４") == "卡号622202******7894"


def test_a_card_beside_other_digits() -> None:
    assert redact(f"2026-11-03 {CARD_16} 12.00") == "2026-11-03 622202******7894 12.00"
    assert redact(f"{CARD_16} {CARD_19}") == "622202******7894 622202******0128"


@pytest.mark.parametrize(
    "number",
    [
        "2012122923922029",  # a wallet's flow id that passes the Luhn test
        "99012130718135943",
        "0050001631430920",
        "202611031403220000451",  # 21 digits
        "103412345678",  # an RRN
        "898310012345678",  # a merchant id
        "2026-11-03 14:03:22",
    ],
)
def test_other_numbers_are_left_alone(number: str) -> None:
    assert redact(number) == number


@given(st.text(max_size=60))
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redact(text)
    assert redact(once) == once
