"""Which workload of one tree is which of the other: pods are what they are, whatever their Deployment is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.workloads import template_of
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from istiolint.mesh import Mesh
    from istiolint.mesh.workloads import Workload
    from istiolint.source.document import Document


class Pair(NamedTuple):
    """A workload in both trees; None: one of them has no such pods."""

    before: Workload | None
    after: Workload | None


class Pairing:
    """All workloads of two meshes, in pairs."""

    def __init__(self, before: Mesh, after: Mesh) -> None:
        sides = (_by_name(before.workloads), _by_name(after.workloads))
        left, right = ([its[0] for its in side.values()] for side in sides)
        found: list[Pair] = []
        for key in (_whole, _named_content, _content, _named_pods, _pods, _name):
            left, right = _match(left, right, key, found)
        found += [Pair(it, None) for it in left] + [Pair(None, it) for it in right]
        found.sort(key=lambda pair: sorted(_order(it) for it in pair if it is not None))
        self.pairs = tuple(found)
        self._tokens: tuple[dict[tuple[str, int], int], ...] = ({}, {})
        for number, pair in enumerate(found):
            for tokens, side, workload in zip(self._tokens, sides, pair, strict=True):
                for it in side[_name(workload)] if workload is not None else ():
                    tokens[it.document.file, it.document.index] = number

    def token(self, side: int, workload: Workload) -> Hashable:
        """What stands for the same pods on both sides; 0: before, 1: after."""
        found = self.of_document(side, workload.document)
        return found if found is not None else (workload.namespace, workload.name)

    def of_document(self, side: int, document: Document) -> int | None:
        """The same by the manifest of the workload; None for any other manifest."""
        return self._tokens[side].get((document.file, document.index))


def _by_name(workloads: Iterable[Workload]) -> dict[Hashable, list[Workload]]:
    """Workloads in order of their names; those of one name (of overlays, say) together, the first stands for them."""
    found: dict[Hashable, list[Workload]] = {}
    for it in sorted(workloads, key=lambda it: (_order(it), it.document.file, it.document.index)):
        found.setdefault(_name(it), []).append(it)
    return found


def _order(workload: Workload) -> tuple[str, str, str]:
    return (workload.namespace, workload.kind, workload.name)


def _match(
    left: list[Workload], right: list[Workload], key: Callable[[Workload], Hashable], found: list[Pair]
) -> tuple[list[Workload], list[Workload]]:
    """Take away those that have the same key, in order; a key of None is none."""
    if not left or not right:
        return left, right
    waiting: dict[Hashable, list[Workload]] = {}
    for it in right:
        if (its := key(it)) is not None:
            waiting.setdefault(its, []).append(it)
    rest = []
    taken: set[int] = set()
    for it in left:
        others = waiting.get(key(it))
        if others:
            other = others.pop(0)
            taken.add(id(other))
            found.append(Pair(it, other))
        else:
            rest.append(it)
    return rest, [it for it in right if id(it) not in taken]


def _whole(workload: Workload) -> Hashable:
    """Name and the very same value in memory: documents that both trees share."""
    return (workload.namespace, workload.kind, workload.name, id(workload.document.value))


def _content(workload: Workload) -> Hashable:
    """All that is said of the pods."""
    return (workload.namespace, workload.kind, frozen(template_of(workload.document))) if workload.labels else None


def _named_content(workload: Workload) -> Hashable:
    return (workload.name, workload.kind, workload.namespace, frozen(template_of(workload.document)))


def _named_pods(workload: Workload) -> Hashable:
    return (workload.kind, workload.name, *_alike(workload))


def _pods(workload: Workload) -> Hashable:
    """What the mesh tells pods by."""
    return _alike(workload) if workload.labels else None


def _alike(workload: Workload) -> tuple[Hashable, ...]:
    return (workload.namespace, tuple(sorted(workload.labels.items())), workload.service_account, workload.gateway)


def _name(workload: Workload) -> Hashable:
    return (workload.namespace, workload.kind, workload.name)


def frozen(value: object) -> Hashable:
    """A plain value that can be compared and hashed: of mappings the order does not count; `true` is not `1`."""
    if isinstance(value, dict):
        return ("{}", *sorted(((str(key), frozen(item)) for key, item in value.items()), key=lambda it: it[0]))
    if isinstance(value, list | tuple):
        return ("[]", *map(frozen, value))
    return value if isinstance(value, str) else (type(value).__name__, str(value))
