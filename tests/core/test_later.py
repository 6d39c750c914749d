"""What is put together when it is first looked at, and only then."""

from __future__ import annotations

from beancount_posguard.later import LaterMapping, LaterSequence


def test_a_sequence_is_made_once_and_when_it_is_needed() -> None:
    asked: list[str] = []

    def make() -> list[int]:
        asked.append("items")
        return [3, 1, 2]

    later = LaterSequence(make)
    assert asked == []
    assert list(later) == [3, 1, 2]
    assert (len(later), later[0], later[1:]) == (3, 3, [1, 2])
    assert asked == ["items"]


def test_an_empty_sequence_counts_as_nothing() -> None:
    assert not LaterSequence(list)


def test_a_mapping_is_made_once_and_when_it_is_needed() -> None:
    asked: list[str] = []

    def make() -> dict[str, int]:
        asked.append("pairs")
        return {"card": 1}

    later = LaterMapping(make)
    assert asked == []
    assert dict(later) == {"card": 1}
    assert (len(later), later["card"], later.get("time", 0)) == (1, 1, 0)
    assert asked == ["pairs"]
