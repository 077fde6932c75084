"""Listings: under which keys objects are found from others. Which there are: `listings.py`.

What a rule knows of other documents than its own, it knows from listings. So it can be noted what a rule asked for when
it looked at a document (`Mesh.noted`), and a changed document concerns only those who asked for one of its keys, those
that it had or those that it has now (`istiolint/since.py`). This holds as long as

* a listing says of each document by itself under which keys it stands: of its values, its place and the settings;
* whoever keeps an answer for others keeps it by `Mesh.index`, so that those who get it are noted to have asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from typing import Protocol

    from istiolint.mesh.mesh import Mesh
    from istiolint.source.document import Document

    class Found(Protocol):
        """What stands under the keys of one listing; things in order of their files."""

        def get(self, key: Key, /) -> Sequence[Any] | None:
            """What stands under a key."""

        def count(self, key: Key, /) -> int:
            """How many things stand under a key."""

        def __iter__(self) -> Iterator[Key]: ...


T = TypeVar("T")

Key = str | tuple[str, ...]
Note = tuple[str, Key | None]
"""A listing by name, and the key that was asked for; None: all of it."""


class Listing(Generic[T]):
    """How documents of some kinds (group and kind; None: of all kinds) are listed.

    `entries` gives the keys of a document, with what is found there: things that are, or have, the document; or, where
    it is `plain`, texts. Of a changed document, plain entries that stay the same concern nobody.
    """

    __slots__ = ("entries", "kinds", "name", "plain")

    def __init__(
        self,
        name: str,
        kinds: tuple[tuple[str, str], ...] | None,
        entries: Callable[[Mesh, Document], Iterable[tuple[Key, T]]],
        plain: bool = False,
    ) -> None:
        self.name = name
        self.kinds = kinds
        self.entries = entries
        self.plain = plain


class Listed(Generic[T]):
    """A listing of one mesh: what stands under a key. Who asks is noted."""

    __slots__ = ("_mesh", "_name", "found")

    def __init__(self, mesh: Mesh, name: str, found: Found) -> None:
        self._mesh = mesh
        self._name = name
        self.found = found

    def get(self, key: Key, nothing: Sequence[T] = ()) -> Sequence[T]:
        """What stands under a key, in order of the files."""
        noted = self._mesh.noted
        if noted is not None:
            noted.add((self._name, key))
        return self.found.get(key) or nothing

    def __getitem__(self, key: Key) -> Sequence[T]:
        found = self.get(key)
        if not found:
            raise KeyError(key)
        return found

    def fewest(self, keys: Iterable[Key]) -> Sequence[T]:
        """What stands under the one of some keys that has the fewest: whatever has all of the keys is among it."""
        fewest, best = -1, None
        for key in keys:
            count = self.found.count(key)
            if fewest < 0 or count < fewest:
                fewest, best = count, key
            if not count:
                break
        return () if best is None else self.get(best)

    def items(self) -> Iterator[tuple[Key, Sequence[T]]]:
        """All keys with what stands there."""
        if self._mesh.noted is not None:
            self._mesh.noted.add((self._name, None))
        return ((key, self.found.get(key) or ()) for key in self.found)

    def __iter__(self) -> Iterator[Key]:
        return (key for key, _ in self.items())

    def __contains__(self, key: Key) -> bool:
        return bool(self.get(key))

    def __bool__(self) -> bool:
        return next(self.items(), None) is not None


class Filled:
    """Documents listed in full."""

    __slots__ = ("things",)

    def __init__(self, things: dict[Key, list[Any]]) -> None:
        self.things = things

    def get(self, key: Key) -> Sequence[Any] | None:
        """What stands under a key."""
        return self.things.get(key)

    def count(self, key: Key) -> int:
        """How many things stand under a key."""
        return len(self.things.get(key, ()))

    def __iter__(self) -> Iterator[Key]:
        return iter(self.things)
