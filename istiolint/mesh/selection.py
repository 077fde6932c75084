"""Which labels select which workloads, without comparing every selector with every workload."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from istiolint.mesh.read import matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload

K = TypeVar("K")
T = TypeVar("T")

Pair = tuple[str, str]


class WorkloadIndex:
    """Workloads by label and by namespace."""

    __slots__ = ("_by_place", "by_namespace", "by_pair")

    def __init__(self, workloads: Iterable[Workload]) -> None:
        self.by_namespace: dict[str, list[Workload]] = {}
        self.by_pair: dict[Pair, list[Workload]] = {}
        self._by_place: dict[tuple[str, Pair], list[Workload]] = {}
        for workload in workloads:
            self.by_namespace.setdefault(workload.namespace, []).append(workload)
            for pair in workload.labels.items():
                _add(self.by_pair, pair, workload)
                _add(self._by_place, (workload.namespace, pair), workload)

    def rarest(self, selector: dict[str, str]) -> Pair:
        """The pair of a (non-empty) selector that the fewest workloads have."""
        return min(selector.items(), key=lambda pair: (len(self.by_pair.get(pair, ())), pair))

    def select(self, selector: dict[str, str], namespace: str | None) -> tuple[Workload, ...]:
        """Workloads with these labels in `namespace` (None: in all), in order of their files.

        An empty selector takes all. Those of exactly this namespace count; only where there are none, those that may
        be in it, because they or who asks name no namespace.
        """
        if not selector:
            if not namespace:
                return tuple([it for group in self.by_namespace.values() for it in group])
            return tuple(self.by_namespace.get(namespace) or self.by_namespace.get("") or ())
        pair = self.rarest(selector)
        if namespace is not None:
            for space in dict.fromkeys((namespace, "")):
                found = [it for it in self._by_place.get((space, pair), ()) if matches(selector, it.labels)]
                if found:
                    return tuple(found)
            if namespace:
                return ()
        return tuple([it for it in self.by_pair.get(pair, ()) if matches(selector, it.labels)])


class SelectorIndex:
    """Services by one pair of their selector each: those that may select a workload."""

    __slots__ = ("_by_pair", "_by_place")

    def __init__(self, services: Iterable[Service], workloads: WorkloadIndex) -> None:
        self._by_pair: dict[Pair, list[Service]] = {}
        self._by_place: dict[tuple[str, Pair], list[Service]] = {}
        for service in services:
            if service.selector and not service.external_name:
                pair = workloads.rarest(service.selector)
                _add(self._by_pair, pair, service)
                _add(self._by_place, (service.namespace, pair), service)

    def selecting(self, workload: Workload) -> tuple[Service, ...]:
        """Services that select `workload`: of its namespace, else of those that may share it."""
        having = workload.labels
        for space in dict.fromkeys((workload.namespace, "")):
            found = [
                service
                for pair in having.items()
                for service in self._by_place.get((space, pair), ())
                if matches(service.selector, having)
            ]
            if found:
                return tuple(found)
        if workload.namespace:
            return ()
        return tuple(
            [it for pair in having.items() for it in self._by_pair.get(pair, ()) if matches(it.selector, having)]
        )


def _add(index: dict[K, list[T]], key: K, thing: T) -> None:
    if key in index:
        index[key].append(thing)
    else:
        index[key] = [thing]
