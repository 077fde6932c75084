"""Which labels select which workloads, without comparing every selector with every workload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.read import matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload

Pair = tuple[str, str]


class WorkloadIndex:
    """Workloads by label and by namespace."""

    __slots__ = ("by_namespace", "by_pair")

    def __init__(self, workloads: Iterable[Workload]) -> None:
        self.by_namespace: dict[str, list[Workload]] = {}
        self.by_pair: dict[Pair, list[Workload]] = {}
        for workload in workloads:
            self.by_namespace.setdefault(workload.namespace, []).append(workload)
            for pair in workload.labels.items():
                if pair in self.by_pair:
                    self.by_pair[pair].append(workload)
                else:
                    self.by_pair[pair] = [workload]

    def rarest(self, selector: dict[str, str]) -> Pair:
        """The pair of a (non-empty) selector that the fewest workloads have."""
        return min(selector.items(), key=lambda pair: (len(self.by_pair.get(pair, ())), pair))

    def select(self, selector: dict[str, str], namespace: str | None) -> tuple[Workload, ...]:
        """Workloads with these labels in `namespace` (None: in all), in order of their files.

        An empty selector takes all. Those of exactly this namespace count; only where there are none, those that may
        be in it, because they or who asks name no namespace.
        """
        if selector:
            found = [it for it in self.by_pair.get(self.rarest(selector), ()) if matches(selector, it.labels)]
        elif namespace:
            return tuple(self.by_namespace.get(namespace) or self.by_namespace.get("") or ())
        else:
            found = [it for group in self.by_namespace.values() for it in group]
        if namespace is None:
            return tuple(found)
        exact = tuple([it for it in found if it.namespace == namespace])
        if exact:
            return exact
        return tuple([it for it in found if not namespace or not it.namespace])


class SelectorIndex:
    """Services by one pair of their selector each: those that may select a workload."""

    __slots__ = ("_by_pair",)

    def __init__(self, services: Iterable[Service], workloads: WorkloadIndex) -> None:
        self._by_pair: dict[Pair, list[Service]] = {}
        for service in services:
            if service.selector and not service.external_name:
                self._by_pair.setdefault(workloads.rarest(service.selector), []).append(service)

    def selecting(self, workload: Workload) -> tuple[Service, ...]:
        """Services that select `workload`: of its namespace, else of those that may share it."""
        found = [
            service
            for pair in workload.labels.items()
            for service in self._by_pair.get(pair, ())
            if matches(service.selector, workload.labels)
        ]
        exact = tuple([service for service in found if service.namespace == workload.namespace])
        if exact:
            return exact
        return tuple([it for it in found if not workload.namespace or not it.namespace])
