"""Policies of which only one can count: two without a selector in a namespace, two that pick the same pods."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from istiolint.checks.naming import across_files, called, note_at
from istiolint.checks.phrases import listed
from istiolint.mesh.order import age, created
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from istiolint.finding import Confidence, Note
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.workloads import Workload


MANY = 5
LOOK_AT = 50
"""So many others are named, and looked at."""


class Rivals(NamedTuple):
    """Others that want the same."""

    others: tuple[Policy, ...]
    workload: Workload | None
    """Pods that all of them pick; None: all of a namespace, or the same selector without pods in the files."""


NOBODY = Rivals((), None)


Place = tuple[str, str]
Pair = tuple[str, str]


class Slots:
    """Policies of which only one can count, by what they want."""

    def __init__(self, mesh: Mesh) -> None:
        self.whole: dict[Place, list[Policy]] = {}
        """Without selector and target, by kind and namespace."""
        self.same: dict[tuple[Place, tuple[Pair, ...]], list[Policy]] = {}
        """With just the same selector."""
        self._by_pair: dict[tuple[Place, Pair], list[Policy]] = {}
        for kind in ("PeerAuthentication", "Sidecar", "Telemetry"):
            for policy in mesh.policies.of(kind):
                place = (kind, policy.namespace)
                if policy.targets:
                    continue
                if policy.selector:
                    pairs = tuple(sorted(policy.selector.items()))
                    self.same.setdefault((place, pairs), []).append(policy)
                    self._by_pair.setdefault((place, pairs[0]), []).append(policy)
                else:
                    self.whole.setdefault(place, []).append(policy)

    def selecting(self, place: Place, workload: Workload) -> list[Policy]:
        """Policies of a place whose selector picks a workload, the oldest first."""
        candidates = [it for pair in workload.labels.items() for it in self._by_pair.get((place, pair), ())]
        return sorted((it for it in candidates if it.acts_on(workload)), key=age)


def of_namespace(policy: Policy, mesh: Mesh) -> Rivals:
    """Other policies of the kind without selector or target in the same namespace."""
    if policy.selector or policy.targets:
        return NOBODY
    found = mesh.index(Slots).whole.get((policy.kind, policy.namespace), [])
    return Rivals(_others(policy, found, mesh), None)


def of_workload(policy: Policy, mesh: Mesh) -> Rivals:
    """Other policies of the kind and namespace whose selectors pick some of the same pods."""
    if not policy.selector or policy.targets:
        return NOBODY
    slots, place = mesh.index(Slots), (policy.kind, policy.namespace)
    for workload in mesh.workload_index.select(policy.selector, policy.namespace):
        if mesh.together(policy.document, workload.document):
            found = mesh.index(_picking, *place, workload)
            if len(found) > 1 and (others := _others(policy, found, mesh)):
                return Rivals(others, workload)
    if mesh.world == "complete":
        return NOBODY
    same = slots.same.get((place, tuple(sorted(policy.selector.items()))), [])
    return Rivals(_others(policy, same, mesh), None)


def _picking(mesh: Mesh, kind: str, namespace: str, workload: Workload) -> list[Policy]:
    return mesh.index(Slots).selecting((kind, namespace), workload)


def _others(policy: Policy, found: Sequence[Policy], mesh: Mesh) -> tuple[Policy, ...]:
    """Others among these; of very many the oldest."""
    some = islice(found, LOOK_AT)
    return tuple([it for it in some if it.name != policy.name and mesh.together(policy.document, it.document)])


def shown(others: Sequence[Policy]) -> str:
    """Others by name; of many the first ones."""
    return listed([*map(called, others[:MANY]), *(["others"] if len(others) > MANY else [])])


def noted(others: Sequence[Policy]) -> tuple[Note, ...]:
    """Where those that are named stand."""
    return tuple(note for it in others[:MANY] for note in note_at(it.document, ("metadata", "name"), "the other one"))


def sureness(policy: Policy, others: Sequence[Policy], mesh: Mesh) -> Confidence | None:
    """Low where all of them are in other files, which may be for another day or another cluster."""
    return across_files(mesh, policy.document, (it.document for it in others))


def winner(policy: Policy, others: Sequence[Policy]) -> Policy | None:
    """Who counts: the oldest; None where the manifests do not tell their ages."""
    rivals = [policy, *others]
    stamps = [created(it.document) for it in rivals]
    return min(rivals, key=age) if "~" not in stamps and len(set(stamps)) > 1 else None


def outcome(policy: Policy, others: Sequence[Policy]) -> str:
    """Who counts, in words."""
    best = winner(policy, others)
    if best is None:
        return "only the one that was created first counts"
    return "this one, the oldest, counts alone" if best is policy else f"only {best.name}, the oldest, counts"
