"""The clauses of a contract that say how long something may take."""

from __future__ import annotations

from datetime import date

import pytest

from beancount_posguard.terms import Term, Terms

NAMES = ("claim", "fee-correction")


def parse(text: str, *, anchored: bool = True) -> dict[str, Term]:
    return dict(Terms.parse(text, NAMES, anchored=anchored).terms)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("claim 45 days", Term(45)),
        ("claim 1 day", Term(1)),
        ("  claim   7 working  days ", Term(7, working=True)),
        ("claim 7 working days from notice", Term(7, working=True, anchor="notice")),
        ("claim 366 days from clearing inclusive", Term(366, anchor="clearing", inclusive=True)),
        ("claim 3 days inclusive", Term(3, inclusive=True)),
    ],
)
def test_a_part(text: str, term: Term) -> None:
    assert parse(text) == {"claim": term}


def test_parts_are_joined_by_semicolons_and_none_is_none() -> None:
    assert parse("claim 45 days; fee-correction 10 working days") == {
        "claim": Term(45),
        "fee-correction": Term(10, working=True),
    }
    assert parse(" none ") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "part '': expected '<name> <number> [working] days [from trade|clearing|notice] [inclusive]'"),
        ("claim 45 days;", "part '': expected '<name>"),
        ("claim 45", "part 'claim 45': expected '<name>"),
        ("claim 4.5 days", "part 'claim 4.5 days': expected"),
        ("claim 45 weeks", "part 'claim 45 weeks': expected"),
        ("claim 45 days from statement", "part 'claim 45 days from statement': expected"),
        ("claim 45 days, fee-correction 3 days", "part 'claim 45 days, fee-correction 3 days': expected"),
        ("claim 45 days; none", "part 'none': expected"),
        ("claim ４５ days", "part 'claim ４５ days': expected"),
        ("wait 45 days", "part 'wait 45 days': 'wait' is not known; expected one of claim, fee-correction"),
        ("claim 0 days", "part 'claim 0 days': expected from 1 to 366 days"),
        ("claim 367 days", "part 'claim 367 days': expected from 1 to 366 days"),
        ("claim 45 days; claim 50 days", "'claim' is named twice; keep one"),
    ],
)
def test_what_cannot_be_read_says_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"expected|twice") as told:
        parse(text)
    assert str(told.value).startswith(message)


@pytest.mark.parametrize("text", ["claim 5 days from notice", "claim 5 days inclusive"])
def test_where_the_time_runs_from_is_settled_it_is_not_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected '<name> <number> \[working\] days', joined") as told:
        parse(text, anchored=False)
    assert f"part '{text}'" in str(told.value)
    assert parse("claim 5 days", anchored=False) == {"claim": Term(5)}


@pytest.mark.parametrize(
    ("term", "start", "country", "last"),
    [
        (Term(45), "2026-11-03", "CN", "2026-12-18"),  # 27 days of November are left, then 18
        (Term(45, inclusive=True), "2026-11-03", "CN", "2026-12-17"),
        # National Day is 1 to 7 October 2026, and Saturday the 10th is worked: 29, 30, 8, 9, 10, 12, 13.
        (Term(7, working=True), "2026-09-28", "CN", "2026-10-13"),
        # With the Monday itself: 28, 29, 30, 8, 9, 10, 12.
        (Term(7, working=True, inclusive=True), "2026-09-28", "CN", "2026-10-12"),
        # A Sunday is no working day and so not the first one: 8, 9.
        (Term(2, working=True, inclusive=True), "2026-10-04", "CN", "2026-10-09"),
        (Term(7, working=True), "2026-09-28", "none", "2026-10-05"),
        # Days that only a slip of the pen writes.
        (Term(1, inclusive=True), "0001-01-01", "CN", "0001-01-01"),
        (Term(1), "9999-12-31", "CN", "9999-12-31"),
        (Term(9, working=True), "9999-12-30", "CN", "9999-12-31"),
    ],
)
def test_the_last_day(term: Term, start: str, country: str, last: str) -> None:
    assert term.last_day(date.fromisoformat(start), country) == date.fromisoformat(last)
