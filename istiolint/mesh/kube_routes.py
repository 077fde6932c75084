"""Routes of the Gateway API: what they attach to, and which references grants allow (semantics 8.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.gateways import KubeGateway
from istiolint.mesh.named import Named
from istiolint.mesh.names import declared, same_namespace
from istiolint.mesh.read import dig, mapping, number, sequence, text
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.mesh.answers import Answer
    from istiolint.mesh.mesh import Mesh
    from istiolint.source.document import Document

GROUP = "gateway.networking.k8s.io"


class Reference(NamedTuple):
    """A reference to another object, its defaults filled in."""

    group: str
    kind: str
    namespace: str
    """Of the object that is referred to; empty where not known."""
    name: str
    section: str
    """`sectionName`; empty: any."""
    port: int
    """0: any."""
    path: Path


def reference(value: object, path: Path, namespace: str, group: str, kind: str) -> Reference:
    """A reference in an object of `namespace`, with the group and kind that it has by default."""
    its = mapping(value)
    return Reference(
        group if its.get("group") is None else text(its.get("group")),
        text(its.get("kind")) or kind,
        text(its.get("namespace")) or namespace,
        text(its.get("name")),
        text(its.get("sectionName")),
        number(its.get("port")) or 0,
        path,
    )


def parents(document: Document, namespace: str) -> tuple[Reference, ...]:
    """The `parentRefs` of a route of `namespace`."""
    written = sequence(dig(document.value, "spec", "parentRefs"))
    return tuple(
        reference(item, ("spec", "parentRefs", index), namespace, GROUP, "Gateway")
        for index, item in enumerate(written)
        if isinstance(item, dict)
    )


def is_gateway(its: Reference) -> bool:
    """Whether a parent is a Gateway of the Gateway API."""
    return its.group == GROUP and its.kind == "Gateway"


def _gateways(mesh: Mesh) -> Named[KubeGateway]:
    return Named(mesh.kube_gateways)


def parent_gateway(mesh: Mesh, its: Reference) -> Answer[tuple[KubeGateway, ...]]:
    """The Gateways that a parent reference means; normally one."""
    from istiolint.mesh.answers import UNKNOWN

    things = mesh.index(_gateways)
    found = things.find(its.namespace, its.name)
    if found:
        return found
    if declared(mesh.settings.external_gateways, f"{its.namespace}/{its.name}", its.name):
        return UNKNOWN
    return mesh.evidence.absent_named(things, its.namespace, its.name, True)


class Grant(NamedTuple):
    """A ReferenceGrant: who may refer to what in its namespace."""

    document: Document
    namespace: str
    sources: tuple[tuple[str, str, str], ...]
    """Group, kind and namespace."""
    targets: tuple[tuple[str, str, str], ...]
    """Group, kind and name; no name: all."""

    def admits(self, source: tuple[str, str, str], target: tuple[str, str, str]) -> bool:
        """Whether an object of this group, kind and namespace may refer to one of this group, kind and name."""
        return source in self.sources and any(
            its[:2] == target[:2] and its[2] in ("", target[2]) for its in self.targets
        )


def grants(mesh: Mesh) -> tuple[Grant, ...]:
    """All ReferenceGrants (for `mesh.index`)."""
    return tuple(_grant(it, mesh.namespace_of(it)) for it in mesh.documents("ReferenceGrant", GROUP))


def _grant(document: Document, namespace: str) -> Grant:
    spec = mapping(document.value.get("spec"))
    return Grant(
        document,
        namespace,
        tuple(
            (text(it.get("group")), text(it.get("kind")), text(it.get("namespace")))
            for it in sequence(spec.get("from"))
            if isinstance(it, dict)
        ),
        tuple(
            (text(it.get("group")), text(it.get("kind")), text(it.get("name")))
            for it in sequence(spec.get("to"))
            if isinstance(it, dict)
        ),
    )


def granted(mesh: Mesh, source: tuple[str, str, str], target: Reference) -> bool:
    """Whether a ReferenceGrant of the target's namespace lets an object of group, kind and namespace refer to it."""
    wanted = target.group, target.kind, target.name
    return any(
        same_namespace(grant.namespace, target.namespace) and grant.admits(source, wanted)
        for grant in mesh.index(grants)
    )
