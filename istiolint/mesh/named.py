"""Things that are looked up by namespace and name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from istiolint.mesh.nearness import Names
from istiolint.mesh.order import Placed

T = TypeVar("T", bound=Placed)


class Named(Generic[T]):
    """Things of one kind by namespace and name; of one name there may be several manifests (base and overlays)."""

    __slots__ = ("_by_name", "_names", "things")

    def __init__(self, things: Iterable[T]) -> None:
        self.things: dict[tuple[str, str], list[T]] = {}
        for thing in things:
            key = (thing.namespace, thing.name)
            if key in self.things:
                self.things[key].append(thing)
            else:
                self.things[key] = [thing]
        self._by_name: dict[str, list[T]] | None = None
        self._names: dict[str, Names] = {}

    def __iter__(self) -> Iterator[T]:
        return (thing for group in self.things.values() for thing in group)

    @property
    def by_name(self) -> dict[str, list[T]]:
        """Things of all namespaces by name."""
        if self._by_name is None:
            self._by_name = {}
            for (_, name), group in self.things.items():
                self._by_name.setdefault(name, []).extend(group)
        return self._by_name

    def find(self, namespace: str, name: str) -> tuple[T, ...]:
        """Those of this namespace and name; where there are none, those that may be meant since a namespace is
        not known."""
        exact = self.things.get((namespace, name))
        if exact:
            return tuple(exact)
        if namespace:
            return tuple(self.things.get(("", name), ()))
        return tuple(self.by_name.get(name, ()))

    def names(self, namespace: str) -> Names:
        """Names in use in exactly this namespace."""
        if namespace not in self._names:
            self._names[namespace] = Names(name for space, name in self.things if space == namespace)
        return self._names[namespace]
