"""Objects of which only the name counts: Secrets (and what makes them), service accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.gateways import KubeGateway
from istiolint.mesh.named import Named
from istiolint.mesh.read import dig, sequence, text
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.mesh.mesh import Mesh
    from istiolint.source.document import Document


class Item(NamedTuple):
    """A name, and the document that brings it into being."""

    document: Document
    namespace: str
    name: str


SECRET_MAKERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Secret", "", ("metadata", "name")),
    ("Certificate", "cert-manager.io", ("spec", "secretName")),
    ("ExternalSecret", "external-secrets.io", ("spec", "target", "name")),
    ("SealedSecret", "bitnami.com", ("spec", "template", "metadata", "name")),
    ("VaultStaticSecret", "secrets.hashicorp.com", ("spec", "destination", "name")),
    ("VaultPKISecret", "secrets.hashicorp.com", ("spec", "destination", "name")),
    ("VaultDynamicSecret", "secrets.hashicorp.com", ("spec", "destination", "name")),
    ("OnePasswordItem", "onepassword.com", ("metadata", "name")),
)
"""Kinds that make a Secret: their groups, and where its name is (else it is the object's own)."""

CERTIFICATE_SHIM = ("cert-manager.io/issuer", "cert-manager.io/cluster-issuer")
"""Annotations of a Gateway API Gateway by which cert-manager makes the Secrets of its listeners."""


def secrets(mesh: Mesh) -> Named[Item]:
    """Secrets by namespace and name, also those that a controller will make."""
    return Named(_secrets(mesh))


def _secrets(mesh: Mesh) -> Iterator[Item]:
    for kind, group, path in SECRET_MAKERS:
        for document in mesh.documents(kind, group):
            name = text(dig(document.value, *path)) or document.name
            yield Item(document, mesh.namespace_of(document), name)
    for document in mesh.documents("SecretProviderClass", "secrets-store.csi.x-k8s.io"):
        for item in sequence(dig(document.value, "spec", "secretObjects")):
            yield Item(document, mesh.namespace_of(document), text(dig(item, "secretName")))
    for document in mesh.documents("Kustomization", "kustomize.config.k8s.io"):
        for item in sequence(document.value.get("secretGenerator")):
            space = text(dig(item, "namespace")) or text(document.value.get("namespace"))
            yield Item(document, space, text(dig(item, "name")))
    for gateway in mesh.kube_gateways:
        if any(key in gateway.document.strings("annotations") for key in CERTIFICATE_SHIM):
            yield from _certificates(gateway)


def _certificates(gateway: KubeGateway) -> Iterator[Item]:
    for listener in gateway.listeners:
        for reference in sequence(listener.tls.get("certificateRefs")):
            if name := text(dig(reference, "name")):
                yield Item(gateway.document, text(dig(reference, "namespace")) or gateway.namespace, name)


def service_accounts(mesh: Mesh) -> Named[Item]:
    """ServiceAccounts, and those that workloads run as."""
    return Named(_service_accounts(mesh))


def _service_accounts(mesh: Mesh) -> Iterator[Item]:
    for document in mesh.documents("ServiceAccount"):
        yield Item(document, mesh.namespace_of(document), document.name)
    for workload in mesh.workloads:
        yield Item(workload.document, workload.namespace, workload.service_account)
