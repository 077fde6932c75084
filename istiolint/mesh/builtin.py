"""What every complete mesh has without a manifest: the default ingress gateway, as `istioctl analyze` assumes it."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import text
from istiolint.source.document import Document
from istiolint.source.spans import SpanTable

if TYPE_CHECKING:
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload

FILE = "<istio>"
"""File name of built-in documents."""

PORTS = (("http2", 80), ("https", 443), ("tcp", 31400), ("tls", 15443))


def ingress_of(mesh: Mesh) -> tuple[tuple[Workload, ...], tuple[Service, ...]]:
    """The default ingress gateway of a complete mesh; its Service only where the files have none of that name."""
    values = mesh.config.values
    if mesh.world != "complete" or values.get("ingressControllerMode") == "OFF":
        return (), ()
    pod, service = ingress_gateway(text(values.get("ingressService")) or "istio-ingressgateway", mesh.root_namespace)
    its = mesh.service_of(service)
    return (mesh.workload_of(pod),), (() if its.fqdn in mesh.registry.services else (its,))


def ingress_gateway(service: str, namespace: str) -> tuple[Document, Document]:
    """Pod and Service of the default ingress gateway; nothing can be reported on them."""
    labels = {"istio": "ingressgateway"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{service}-dummypod", "namespace": namespace, "labels": labels},
        "spec": {"containers": [{"name": "istio-proxy"}]},
    }
    ports = [{"name": name, "port": port, "targetPort": port, "protocol": "TCP"} for name, port in PORTS]
    its = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": service, "namespace": namespace},
        "spec": {"selector": labels, "ports": ports},
    }
    return _document(0, pod), _document(1, its)


def _document(index: int, value: dict[str, Any]) -> Document:
    return Document(FILE, index, value, SpanTable(value, array("l", (0, 0))), context=True)
