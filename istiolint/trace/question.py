"""What is asked: who sends which request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from istiolint.mesh.gateways import KubeGateway
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.workloads import Workload
    from istiolint.source.document import Document

Protocol = Literal["http", "https", "tcp"]
"""`http`: plaintext HTTP; `https`: TLS, opaque to a sidecar; `tcp`: bytes of neither kind."""

ClientKind = Literal["sidecar", "gateway", "waypoint", "ambient", "none"]
"""Who carries the client's traffic; `gateway`: the request comes from outside, and a gateway's proxy passes it on."""

NO_LABELS: dict[str, str] = {}


class Request(NamedTuple):
    """A request as its sender makes it."""

    protocol: Protocol
    host: str
    """The name that is dialled."""
    port: int
    """The port that is dialled (of a gateway: the port of its Service)."""
    authority: str = ""
    """`:authority`, with a port if one is sent; empty for opaque TLS and TCP."""
    method: str = "GET"
    path: str = "/"
    """With the query."""
    headers: tuple[tuple[str, str], ...] = ()
    """In lower case; values of one name joined by a comma."""
    sni: str = ""
    source_ip: str = ""
    """The address of a caller outside of the mesh, at a gateway."""
    claims: Mapping[str, Any] | None = None
    """Claims of a valid JWT (`iss`, `sub`, ...); None: no token."""

    @property
    def has_http(self) -> bool:
        """Whether the request itself is known, and not only the connection."""
        return bool(self.authority)

    def header(self, name: str) -> str | None:
        """The value of a header; None where it is missing."""
        return next((value for key, value in self.headers if key == name), None)


class Client(NamedTuple):
    """Whose proxy handles the request first."""

    namespace: str
    name: str
    """Of the workload."""
    kind: ClientKind
    labels: dict[str, str] = NO_LABELS
    service_account: str = "default"
    ip: str = ""
    """Its address, for policies on addresses; empty: not known."""
    workload: Workload | None = None
    assumed: bool = False
    """Whether the files do not say that it has a sidecar, and it is taken for granted."""

    @property
    def in_mesh(self) -> bool:
        """Whether it has a proxy of its own."""
        return self.kind not in ("none", "ambient")

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


def client_of(mesh: Mesh, workload: Workload, ip: str = "") -> Client:
    """The client that pods of a workload are."""
    kind: ClientKind
    assumed = False
    if workload.gateway:
        kind = "gateway"
    else:
        plane = mesh.dataplane(workload)
        assumed = plane == "unknown"
        kind = "sidecar" if plane == "unknown" else plane
    return Client(
        workload.namespace, workload.name, kind, workload.labels, workload.service_account, ip, workload, assumed
    )


def find_client(mesh: Mesh, namespace: str, name: str, ip: str = "") -> Client | None:
    """The client of that namespace and name: a workload, or where there is none the pods of a Service (or an app)."""
    index = mesh.workload_index.by_namespace.get(namespace, ())
    found = next((it for it in index if it.name == name), None)
    if found is None:
        service = next((it for it in mesh.services if it.namespace == namespace and it.name == name), None)
        behind = mesh.behind(service) if service else ()
        found = behind[0] if behind else next((it for it in index if it.labels.get("app") == name), None)
    return client_of(mesh, found, ip) if found else None


def find_gateway(mesh: Mesh, namespace: str, name: str, ip: str = "") -> Client | None:
    """The gateway of that namespace and name: its workload or Service, a Gateway of the Gateway API, or the pods of
    an Istio Gateway. Those that Istio's own charts install may be missing in the files; they are assumed."""
    from istiolint.mesh.gateways import KubeGateway

    found = find_client(mesh, namespace, name, ip)
    if found is not None and found.kind == "gateway":
        return found
    for gateway in mesh.gateways_by_name.things.get((namespace, name), ()):
        if isinstance(gateway, KubeGateway):
            return kube_client(mesh, gateway, ip)
        pods = mesh.workload_index.select(gateway.selector, None)
        if workload := next((it for it in pods if it.gateway), None):
            return client_of(mesh, workload, ip)
        installed = next((it for it, labels in INSTALLED.items() if labels.items() >= gateway.selector.items()), "")
        if installed and not pods:
            return _assumed(mesh, mesh.root_namespace, installed, ip)
    return _assumed(mesh, namespace, name, ip) if found is None and name in INSTALLED else None


INSTALLED = {f"istio-{word}": {"istio": word, "app": f"istio-{word}"} for word in ("ingressgateway", "egressgateway")}
"""Gateways of Istio's own profiles, and the labels of their pods."""


def _assumed(mesh: Mesh, namespace: str, name: str, ip: str) -> Client:
    """A gateway that is installed by a chart, and not in the files."""
    made = _pod(mesh, name, namespace, INSTALLED[name], f"{name}-service-account")
    return client_of(mesh, made, ip)._replace(assumed=True)


def kube_client(mesh: Mesh, gateway: KubeGateway, ip: str = "") -> Client:
    """The pods of a Gateway of the Gateway API: those in the files, else those that Istio makes for it."""
    from istiolint.mesh.workloads import GATEWAY_NAME

    labels = {GATEWAY_NAME: gateway.name}
    pods = mesh.workload_index.select(labels, gateway.namespace)
    account = f"{gateway.name}-{gateway.class_name or 'istio'}"
    return client_of(mesh, pods[0] if pods else _pod(mesh, gateway.name, gateway.namespace, labels, account), ip)


def gateway_of_labels(mesh: Mesh, namespace: str, labels: dict[str, str]) -> Client:
    """A gateway of which the files have only that it is meant, by the labels of its pods; it is assumed."""
    name = "-".join(dict.fromkeys(labels.values()))
    return client_of(mesh, _pod(mesh, name, namespace, labels, "default"))._replace(assumed=True)


def _pod(mesh: Mesh, name: str, namespace: str, labels: dict[str, str], account: str) -> Workload:
    """The pod of a gateway that is in no file."""
    made = mesh.index(_Made).pods
    if (namespace, name) not in made:
        made[namespace, name] = mesh.workload_of(_pod_document(name, namespace, labels, account))
    return made[namespace, name]


class _Made:
    """Pods that were made for gateways of which the files have none."""

    def __init__(self, _mesh: Mesh) -> None:
        self.pods: dict[tuple[str, str], Workload] = {}


def _pod_document(name: str, namespace: str, labels: dict[str, str], account: str) -> Document:
    from array import array

    from istiolint.source.document import Document
    from istiolint.source.spans import SpanTable

    value = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": labels,
            "annotations": {"inject.istio.io/templates": "gateway"},
        },
        "spec": {"serviceAccountName": account},
    }
    return Document("<istio>", -1, value, SpanTable(value, array("l", (0, 0))), context=True)
