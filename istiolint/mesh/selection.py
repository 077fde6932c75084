"""Which labels select which workloads, without comparing every selector with every workload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.builtin import ingress_of
from istiolint.mesh.listings import LABELS, LABELS_ANYWHERE, SELECTOR_KEYS, SELECTORS, WORKLOADS
from istiolint.mesh.order import place
from istiolint.mesh.read import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from istiolint.mesh.listing import Key, Listed
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload

INGRESS = {"istio": "ingressgateway"}
"""What selects the default ingress gateway."""

Keys = tuple[str, ...]
"""Keys of labels, in order."""


class WorkloadIndex:
    """Workloads by label and by namespace."""

    __slots__ = ("_mesh", "by_namespace")

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self.by_namespace = mesh.listing(WORKLOADS)

    def select(self, selector: dict[str, str], namespace: str | None) -> tuple[Workload, ...]:
        """Workloads with these labels in `namespace` (None: in all), in order of their files.

        An empty selector takes all. Those of exactly this namespace count; only where there are none, those that may
        be in it, because they or who asks name no namespace.
        """
        if not selector:
            if not namespace:
                everywhere = [it for _, group in self.by_namespace.items() for it in group]
                return tuple(sorted(everywhere, key=lambda it: place(it.document)))
            return tuple(self.by_namespace.get(namespace) or self.by_namespace.get(""))
        if namespace is not None:
            labels = self._mesh.listing(LABELS)
            for space in (namespace, "") if namespace else ("",):
                if found := _matching(selector, labels, ((space, *pair) for pair in selector.items())):
                    return tuple(found)
            if namespace:
                return ()
        return tuple(_matching(selector, self._mesh.listing(LABELS_ANYWHERE), selector.items()))


def _matching(selector: dict[str, str], listed: Listed[Workload], keys: Iterable[Key]) -> Sequence[Workload]:
    """Workloads that have all labels of a (non-empty) selector; by the rarest of them."""
    fewest = listed.fewest(keys)
    return fewest if len(selector) == 1 else [it for it in fewest if matches(selector, it.labels)]


def select(mesh: Mesh, selector: dict[str, str], namespace: str | None) -> tuple[Workload, ...]:
    """As `WorkloadIndex.select`, with the default ingress gateway of a complete mesh."""
    found = mesh.workload_index.select(selector, namespace)
    if selector == INGRESS and namespace in (None, mesh.root_namespace):
        found += mesh.index(ingress_of)[0]
    return found


def behind(mesh: Mesh, service: Service) -> tuple[Workload, ...]:
    """Workloads that a Service selects; empty too where it has no selector."""
    return mesh.workload_index.select(service.selector, service.namespace) if service.selector else ()


def selecting(mesh: Mesh, workload: Workload) -> tuple[Service, ...]:
    """Services that select a workload: of its namespace, else of those that may share it; in order of their files."""
    having = workload.labels
    for space in (workload.namespace, "") if workload.namespace else ("",):
        if found := _selecting(mesh, having, space):
            return _ordered(found)
    if workload.namespace:
        return ()
    spaces = [space for space in mesh.listing(SELECTOR_KEYS) if isinstance(space, str)]
    return _ordered([it for space in spaces for it in _selecting(mesh, having, space)])


def _selecting(mesh: Mesh, having: dict[str, str], space: str) -> list[Service]:
    """Services of a namespace that select pods with these labels."""
    found: list[Service] = []
    shapes, listed = mesh.index(_shapes, space), mesh.listing(SELECTORS)
    for key in having:
        for keys in shapes.get(key, ()):
            wanted = [space]
            for its in keys:
                if its not in having:
                    break
                wanted += (its, having[its])
            else:
                found += listed.get(tuple(wanted))
    if space == mesh.root_namespace:
        found += (it for it in mesh.index(ingress_of)[1] if matches(it.selector, having))
    return found


def _shapes(mesh: Mesh, space: str) -> dict[str, list[Keys]]:
    """The sets of keys that Services of a namespace select by, each by that of its keys which is in the fewest."""
    shapes = dict.fromkeys(mesh.listing(SELECTOR_KEYS).get(space))
    wanted: dict[str, int] = {}
    for keys in shapes:
        for key in keys:
            wanted[key] = wanted.get(key, 0) + 1
    found: dict[str, list[Keys]] = {}
    for keys in shapes:
        found.setdefault(min(keys, key=wanted.__getitem__), []).append(keys)
    return found


def _ordered(services: list[Service]) -> tuple[Service, ...]:
    """In order of their files, since an object may have its labels in any order."""
    if len(services) > 1:
        services.sort(key=lambda service: place(service.document))
    return tuple(services)
