"""All objects of a kind, as facts: what `Mesh` hands out under their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from istiolint.mesh.answers import UNKNOWN
from istiolint.mesh.listings import WORKLOAD, shows_pods
from istiolint.mesh.named import Named
from istiolint.mesh.names import declared, gateway_reference, namespaced

if TYPE_CHECKING:
    from collections.abc import Callable

    from istiolint.mesh.answers import Answer
    from istiolint.mesh.gateways import Gateway, KubeGateway
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.mesh.workloads import Workload
    from istiolint.source.document import Document

T = TypeVar("T")


def of_kind(mesh: Mesh, facts: Callable[[Mesh, Document], T], kind: str, group: str = "") -> list[T]:
    """The facts of all objects of a kind, in order of their files."""
    return [facts(mesh, it) for it in mesh.documents(kind, group)]


def workloads(mesh: Mesh) -> list[Workload]:
    """Everything that makes pods, and virtual machines; patches that show no pod are left out."""
    found = [mesh.workload_of(it) for group, kind in WORKLOAD for it in mesh.documents(kind, group)]
    return [it for it in found if shows_pods(it)]


def gateways(mesh: Mesh) -> Named[Gateway | KubeGateway]:
    """Gateways of both kinds by namespace and name."""
    return Named([*mesh.gateways, *mesh.kube_gateways])


def virtual_services(mesh: Mesh) -> Named[VirtualService]:
    """VirtualServices by namespace and name."""
    return Named(mesh.virtual_services)


def gateway(mesh: Mesh, reference: str, namespace: str) -> Answer[tuple[Gateway | KubeGateway, ...]]:
    """The Gateway that a VirtualService of `namespace` names."""
    full = gateway_reference(reference, namespace)
    scope, name = namespaced(full, namespace)
    found = mesh.gateways_by_name.find(scope, name)
    if found:
        return found
    if declared(mesh.settings.external_gateways, full, reference, name):
        return UNKNOWN
    return mesh.evidence.absent_named(mesh.gateways_by_name, scope, name, "/" in reference)
