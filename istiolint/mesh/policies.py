"""Policies, by what they act on: PeerAuthentication, AuthorizationPolicy, Telemetry, Sidecar, EnvoyFilter and others.

Whether a selector in the root namespace reaches pods of other namespaces differs from kind to kind
(semantics 11, 13.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from istiolint.mesh.order import age
from istiolint.mesh.read import dig, labels, mapping, matches, sequence, text
from istiolint.mesh.workloads import GATEWAY_NAME
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from istiolint.finding import Path
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.workloads import Workload
    from istiolint.source.document import Document

Scope = Literal["mesh", "namespace", "workload", "target"]

KINDS: dict[str, str] = {
    "PeerAuthentication": "security.istio.io",
    "AuthorizationPolicy": "security.istio.io",
    "RequestAuthentication": "security.istio.io",
    "Telemetry": "telemetry.istio.io",
    "WasmPlugin": "extensions.istio.io",
    "TrafficExtension": "extensions.istio.io",
    "Sidecar": "networking.istio.io",
    "EnvoyFilter": "networking.istio.io",
    "ProxyConfig": "networking.istio.io",
}
"""Kinds that act on workloads, and their API groups."""

SELECTS_EVERYWHERE = frozenset(
    ("AuthorizationPolicy", "RequestAuthentication", "WasmPlugin", "TrafficExtension", "EnvoyFilter")
)
"""Kinds of which a selector in the root namespace picks pods of every namespace."""


class Target(NamedTuple):
    """An entry of `targetRefs`, or `targetRef`."""

    group: str
    kind: str
    name: str
    path: Path


class Policy:
    """An object that acts on workloads."""

    __slots__ = ("document", "kind", "name", "namespace", "root", "selector", "spec", "targets")

    def __init__(self, document: Document, namespace: str, root: str) -> None:
        self.document = document
        self.kind = document.kind
        self.name = document.name
        self.namespace = namespace
        self.root = namespace == root
        """Whether it is in the root namespace."""
        self.spec: dict[str, Any] = mapping(document.value.get("spec"))
        found = dig(self.spec, *self.selector_path[1:])
        self.selector: dict[str, str] = labels(found)
        """Its selector's labels; empty: all workloads of its namespace (or of the mesh)."""
        self.targets: tuple[Target, ...] = tuple(self._targets()) if self.kind != "PeerAuthentication" else ()

    def __repr__(self) -> str:
        return f"{self.kind}({self.namespace}/{self.name})"

    @property
    def selector_path(self) -> tuple[str, str, str]:
        """Where its selector's labels are written."""
        if self.kind in ("Sidecar", "EnvoyFilter"):
            return ("spec", "workloadSelector", "labels")
        return ("spec", "selector", "matchLabels")

    @property
    def scope(self) -> Scope:
        """What it acts on."""
        if self.targets:
            return "target"
        if self.selector:
            return "workload"
        return "mesh" if self.root else "namespace"

    @property
    def dry_run(self) -> bool:
        """Annotation `istio.io/dry-run` (AuthorizationPolicy)."""
        return text(dig(self.document.metadata, "annotations", "istio.io/dry-run")).lower() in ("true", "1", "t")

    def _targets(self) -> list[Target]:
        written: list[tuple[Any, Path]] = [
            (item, ("spec", "targetRefs", index)) for index, item in enumerate(sequence(self.spec.get("targetRefs")))
        ]
        if isinstance(single := self.spec.get("targetRef"), dict):
            written.append((single, ("spec", "targetRef")))
        return [
            Target(text(item.get("group")), text(item.get("kind")), text(item.get("name")), path)
            for item, path in written
            if isinstance(item, dict)
        ]

    def acts_in(self, namespace: str) -> bool:
        """Whether workloads of `namespace` are in its reach at all."""
        if self.namespace == namespace:
            return True
        return self.root and (not self.selector or self.kind in SELECTS_EVERYWHERE)

    def acts_on(self, workload: Workload) -> bool:
        """Whether it acts on a workload's own proxy (sidecar or classic gateway, or ztunnel).

        Those with targetRefs do not: they act on the named gateway's pods, or at a waypoint.
        """
        if self.targets:
            named = workload.labels.get(GATEWAY_NAME)
            return (
                bool(named)
                and self.namespace == workload.namespace
                and any(target.kind == "Gateway" and target.name == named for target in self.targets)
            )
        return self.acts_in(workload.namespace) and matches(self.selector, workload.labels)


def _of_kind(mesh: Mesh, kind: str) -> list[Policy]:
    return sorted(map(mesh.policy_of, mesh.documents(kind, KINDS[kind])), key=age)


def _reaching(mesh: Mesh, kind: str, namespace: str) -> list[Policy]:
    return [policy for policy in mesh.policies.of(kind) if policy.acts_in(namespace)]


def _selecting(mesh: Mesh, kind: str, namespace: str) -> BySelector:
    return BySelector(mesh.policies.reaching(kind, namespace))


def _nowhere(mesh: Mesh, kind: str) -> BySelector:
    return BySelector(policy for policy in mesh.policies.of(kind) if not policy.namespace)


def _somewhere(mesh: Mesh, kind: str) -> BySelector:
    return BySelector(policy for policy in mesh.policies.of(kind) if policy.namespace)


class BySelector:
    """Policies by one pair of their selector each, so that those for a pod are found by its labels."""

    __slots__ = ("_by_pair", "_whole")

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._by_pair: dict[tuple[str, str], list[tuple[int, Policy]]] = {}
        self._whole: list[tuple[int, Policy]] = []
        for rank, policy in enumerate(policies):
            pair = next(iter(policy.selector.items()), None)
            if pair is None:
                self._whole.append((rank, policy))
            else:
                self._by_pair.setdefault(pair, []).append((rank, policy))

    def matching(self, having: dict[str, str]) -> list[Policy]:
        """Those whose selector picks pods with these labels, in the order in which they were given."""
        found = self._whole
        if self._by_pair:
            found = list(found)
            for pair in having.items():
                found += [it for it in self._by_pair.get(pair, ()) if matches(it[1].selector, having)]
            found.sort(key=lambda it: it[0])
        return [policy for _, policy in found]


class Policies:
    """All policies of a mesh by kind, each list the oldest first."""

    __slots__ = ("_mesh",)

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    def of(self, kind: str) -> list[Policy]:
        """All of a kind (a key of `KINDS`)."""
        return self._mesh.index(_of_kind, kind)

    def reaching(self, kind: str, namespace: str) -> list[Policy]:
        """Those of a kind that are in `namespace`, or in the root namespace and reach it."""
        return self._mesh.index(_reaching, kind, namespace)

    def applying(self, kind: str, workload: Workload) -> list[Policy]:
        """Those of a kind that act on a workload's own proxy, the oldest first."""
        found = self._mesh.index(_selecting, kind, workload.namespace).matching(workload.labels)
        return [policy for policy in found if policy.acts_on(workload)]

    def perhaps(self, kind: str, workload: Workload) -> bool:
        """Whether there may be more of them than `applying` knows, since a namespace is not known."""
        index = _nowhere if workload.namespace else _somewhere
        return bool(self._mesh.index(index, kind).matching(workload.labels))

    def sidecar(self, namespace: str, having: dict[str, str]) -> Policy | None:
        """The one Sidecar that configures pods of `namespace` with these labels (not gateways)."""
        own = self.reaching("Sidecar", namespace)
        chosen = next(
            (it for it in own if it.namespace == namespace and it.selector and matches(it.selector, having)), None
        )
        chosen = chosen or next((it for it in own if it.namespace == namespace and not it.selector), None)
        return chosen or next((it for it in own if it.root and not it.selector), None)
