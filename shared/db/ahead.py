"""Reading for many what each of them is about to ask, in one statement at the first question (pure).

A batch of events names its cases, dealers and rows beforehand; then the first question about one case reads
all of them. The answers are good until something is written.
"""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Load = Callable[[list[Key]], Awaitable[Mapping[Key, Value]]]
"""Reads the values of several keys; a key that has none is left out."""


class ReadAhead:
    """The answers known in one transaction. Outside a batch nothing is kept: each question reads anew."""

    def __init__(self) -> None:
        self._expected: dict[str, set[Any]] | None = None
        self._known: dict[tuple[str, Any], Any] = {}

    def expect(self, what: str, keys: Iterable[Any]) -> None:
        """Name keys of a kind (`case`, `dealer`, `membership`…) that will be asked about."""
        if self._expected is not None:
            self._expected.setdefault(what, set()).update(keys)

    def expected(self, what: str) -> set[Any]:
        """The keys named so far; none outside a batch."""
        return set() if self._expected is None else self._expected.get(what, set())

    def begin(self) -> None:
        """Keep answers from here on."""
        self._expected = {}

    def end(self) -> None:
        """Forget the answers and keep no more of them."""
        self._expected = None
        self._known.clear()

    async def one(self, question: str, what: str, key: Key, load: Load[Key, Value]) -> Value | None:
        """The answer to a question about one key, None when it has none; reads it for all expected keys."""
        if self._expected is None:
            return (await load([key])).get(key)
        if (question, key) not in self._known:
            keys = {key, *self.expected(what)}
            asked = [each for each in keys if (question, each) not in self._known]
            found = await load(asked)
            self._known |= {(question, each): found.get(each) for each in asked}
        return self._known[question, key]
