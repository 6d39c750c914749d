"""The clauses of a contract in the ledger, as an error tells of them at its own file and line."""

from __future__ import annotations

import pytest
from beancount.parser import parser

from beancount_posguard.ledger.contracts import read_contracts
from beancount_posguard.ledger.errors import PosguardError


def errors_of(*lines: str) -> list[PosguardError]:
    text = '\n\n2026-01-01 custom "posguard-acquirer" "ChinaUMS"\n' + "".join(f"  {line}\n" for line in lines)
    entries, errors, _ = parser.parse_string(text, report_filename="main.beancount")
    assert not errors
    contracts, wrong = read_contracts(entries)
    assert bool(contracts) is not bool(wrong)
    return wrong


def test_clauses_that_can_be_read() -> None:
    assert errors_of('time-limits: "claim 45 days; refund 90 days"', 'answers: "money 5 working days"') == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'time-limits: "claim 45"',
            "time-limits: part 'claim 45': expected '<name> <number> [working] days [from trade|clearing|notice]",
        ),
        ('time-limits: "claims 45 days"', "time-limits: part 'claims 45 days': 'claims' is not known; expected one of"),
        ("time-limits: 45", "time-limits: Decimal('45'): expected a text in quotes"),
        (
            'time-limits: "complete-hold 20 days"',
            "time-limits: how long a hold can be completed is said by hold-days",
        ),
        ('time-limits: "money 5 days"', "time-limits: part 'money 5 days': 'money' is not known; expected one of"),
        (
            'answers: "submitted 5 days"',
            "answers: part 'submitted 5 days': 'submitted' is not known; expected one of case-number, outcome",
        ),
        ('answers: "money 5 days from notice"', "answers: part 'money 5 days from notice': expected '<name> <number> "),
        ('time-limit: "claim 45 days"', "unknown key 'time-limit'; expected one of merchant, "),
    ],
)
def test_each_error_names_the_place_the_key_and_what_was_expected(line: str, message: str) -> None:
    (error,) = errors_of(line)
    assert (error.source["filename"], error.source["lineno"]) == ("main.beancount", 3)
    assert error.message.startswith(f"posguard-acquirer: {message}")
