"""Which labels select which workloads, without comparing every selector with every workload."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from istiolint.mesh.order import place
from istiolint.mesh.read import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload

Pair = tuple[str, str]


class WorkloadIndex:
    """Workloads by label and by namespace."""

    def __init__(self, workloads: Sequence[Workload]) -> None:
        self._workloads = workloads
        self.by_namespace: dict[str, list[Workload]] = {}
        self._places: dict[str, dict[Pair, list[Workload]]] = {}
        self._behind: dict[Service, tuple[Workload, ...]] = {}
        for workload in workloads:
            namespace = workload.namespace
            if namespace not in self._places:
                self.by_namespace[namespace] = []
                self._places[namespace] = {}
            self.by_namespace[namespace].append(workload)
            _enter(self._places[namespace], workload)

    def behind(self, service: Service) -> tuple[Workload, ...]:
        """Workloads that a Service selects; empty too where it has no selector."""
        found = self._behind.get(service)
        if found is None:
            found = self.select(service.selector, service.namespace) if service.selector else ()
            self._behind[service] = found
        return found

    @cached_property
    def _everywhere(self) -> dict[Pair, list[Workload]]:
        found: dict[Pair, list[Workload]] = {}
        for workload in self._workloads:
            _enter(found, workload)
        return found

    def select(self, selector: dict[str, str], namespace: str | None) -> tuple[Workload, ...]:
        """Workloads with these labels in `namespace` (None: in all), in order of their files.

        An empty selector takes all. Those of exactly this namespace count; only where there are none, those that may
        be in it, because they or who asks name no namespace.
        """
        if not selector:
            if not namespace:
                return tuple([it for group in self.by_namespace.values() for it in group])
            return tuple(self.by_namespace.get(namespace) or self.by_namespace.get("") or ())
        if namespace is not None:
            for index in (self._places.get(namespace), self._places.get("")):
                if index is not None and (found := _matching(selector, index)):
                    return tuple(found)
            if namespace:
                return ()
        return tuple(_matching(selector, self._everywhere))


def _enter(index: dict[Pair, list[Workload]], workload: Workload) -> None:
    for pair in workload.labels.items():
        if pair in index:
            index[pair].append(workload)
        else:
            index[pair] = [workload]


def _matching(selector: dict[str, str], index: dict[Pair, list[Workload]]) -> list[Workload]:
    """Workloads of an index that have all labels of a (non-empty) selector; by the rarest of them."""
    fewest: list[Workload] | None = None
    for pair in selector.items():
        having = index.get(pair)
        if having is None:
            return []
        if fewest is None or len(having) < len(fewest):
            fewest = having
    if fewest is None or len(selector) == 1:
        return fewest or []
    return [it for it in fewest if matches(selector, it.labels)]


class SelectorIndex:
    """Services by one pair of their selector each: those that may select a workload."""

    __slots__ = ("_places",)

    def __init__(self, services: Iterable[Service]) -> None:
        groups: dict[str, list[Service]] = {}
        for service in services:
            if service.selector and not service.external_name:
                groups.setdefault(service.namespace, []).append(service)
        self._places = {namespace: _by_rarest(group) for namespace, group in groups.items()}

    def selecting(self, workload: Workload) -> tuple[Service, ...]:
        """Services that select `workload`: of its namespace, else of those that may share it."""
        places = self._places
        for index in (places.get(workload.namespace), places.get("")):
            if index is not None and (found := _selecting(workload.labels, index)):
                return tuple(found)
        if workload.namespace:
            return ()
        return tuple([it for index in places.values() for it in _selecting(workload.labels, index)])


def _by_rarest(services: Sequence[Service]) -> dict[Pair, list[Service]]:
    """Services by the one pair of their selector that the fewest of them want."""
    wanted: dict[Pair, int] = {}
    for service in services:
        for pair in service.selector.items():
            wanted[pair] = wanted.get(pair, 0) + 1
    found: dict[Pair, list[Service]] = {}
    for service in services:
        found.setdefault(min(service.selector.items(), key=wanted.__getitem__), []).append(service)
    return found


def _selecting(having: dict[str, str], index: dict[Pair, list[Service]]) -> list[Service]:
    """In order of their files, since an object may have its labels in any order."""
    found = [
        service
        for pair in having.items()
        if pair in index
        for service in index[pair]
        if matches(service.selector, having)
    ]
    if len(found) > 1:
        found.sort(key=lambda service: place(service.document))
    return found
