"""What is put together when somebody first looks at it: of a ledger's many claims, few are ever opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")


class LaterSequence(Sequence[V]):
    """The items that ``make`` returns, asked for once and not before they are needed."""

    def __init__(self, make: Callable[[], Sequence[V]]) -> None:
        self._make = make

    @cached_property
    def _items(self) -> Sequence[V]:
        return self._make()

    @overload
    def __getitem__(self, place: int) -> V: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[V]: ...
    def __getitem__(self, place: int | slice) -> V | Sequence[V]:
        return self._items[place]

    def __len__(self) -> int:
        return len(self._items)


class LaterMapping(Mapping[K, V]):
    """The pairs that ``make`` returns, asked for once and not before they are needed."""

    def __init__(self, make: Callable[[], Mapping[K, V]]) -> None:
        self._make = make

    @cached_property
    def _pairs(self) -> Mapping[K, V]:
        return self._make()

    def __getitem__(self, key: K) -> V:
        return self._pairs[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)
