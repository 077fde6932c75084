"""The receiving side: what a port of a pod accepts, and what comes of a connection (specification 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from istiolint.mesh.order import created
from istiolint.mesh.ports import port_class as class_of
from istiolint.mesh.ports import spoken
from istiolint.mesh.read import dig, number, sequence, text
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.mtls import Mode
    from istiolint.mesh.ports import Port
    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload
    from istiolint.trace.question import Protocol
    from istiolint.trace.result import Connection, Sent

ServerClass = Literal["http", "tcp", "auto"]
"""How a port of a pod reads what arrives; `auto`: by its first bytes, as on ports that no Service has."""


class Served(NamedTuple):
    """A port of a pod."""

    kind: ServerClass
    service: Service | None
    """The Service whose protocol counts; None: no Service has the port."""
    port: Port | None
    beaten: tuple[Service, ...] = ()
    """Services that give the port another protocol, and are younger."""


class Inbound:
    """Ports of pods by the Services that select them. Made once per tracer."""

    def __init__(self, mesh: Mesh, defaulted: bool) -> None:
        self.mesh = mesh
        self.defaulted = defaulted
        """Whether `targetPort` has the API server's default where it is not written."""
        self._made: dict[tuple[int, int], Served] = {}
        self._services: dict[int, list[Service]] = {}

    def served(self, workload: Workload, port: int) -> Served:
        """How a port of a workload reads what arrives."""
        key = (id(workload), port)
        if key not in self._made:
            self._made[key] = self._by_sidecar(workload, port) or self._by_services(workload, port)
        return self._made[key]

    def services(self, workload: Workload) -> list[Service]:
        """The Services that select a workload, the oldest first; of one age by their full host names."""
        if id(workload) not in self._services:
            found = self.mesh.services_of(workload)
            self._services[id(workload)] = sorted(found, key=lambda it: (created(it.document), it.fqdn))
        return self._services[id(workload)]

    def _by_sidecar(self, workload: Workload, port: int) -> Served | None:
        """The listeners of a Sidecar's `ingress` stand for those of Services."""
        sidecar = self.mesh.policies.sidecar(workload.namespace, workload.labels)
        listeners = sequence(sidecar.spec.get("ingress")) if sidecar is not None and not workload.gateway else []
        if not listeners:
            return None
        for listener in listeners:
            if number(dig(listener, "port", "number")) == port:
                return Served(_kind(spoken(text(dig(listener, "port", "protocol")))), None, None)
        return Served("auto", None, None)

    def _by_services(self, workload: Workload, port: int) -> Served:
        found = [
            (service, its)
            for service in self.services(workload)
            for its in service.ports
            if its.protocol != "udp" and self.target(workload, its) == port
        ]
        if not found:
            return Served("auto", None, None)
        service, first = found[0]
        kind = _kind(first.protocol)
        beaten = tuple(other for other, its in found[1:] if _kind(its.protocol) != kind)
        return Served(kind, service, first, beaten)

    def target(self, workload: Workload, port: Port) -> int | None:
        """The port of a workload that a Service's port means."""
        if not self.defaulted and dig(port.document.value, "spec", "ports") is not None:
            written = port.document.value["spec"]["ports"][port.path[-1]]
            if isinstance(written, dict) and written.get("targetPort") is None:
                return None
        return workload.port_number(port.target)


def _kind(protocol: str) -> ServerClass:
    kind = class_of(protocol)
    return "http" if kind == "http" else "auto" if kind == "auto" else "tcp"


class Arrival(NamedTuple):
    """What becomes of a connection at a sidecar."""

    connection: Connection
    http: bool
    """Whether the proxy reads the request as HTTP, so that policies see it."""
    identity: bool
    """Whether the client's certificate is seen."""


REFUSED = Arrival("tls-refused", False, False)
FAILED = Arrival("protocol-error", False, False)
TO_APPLICATION = Arrival("tls-to-app", False, False)


def arrive(mode: Mode, kind: ServerClass, sent: Sent, inner: Protocol, routed: bool) -> Arrival:
    """What a port makes of what is sent.

    `inner` is what the application (or the gateway) sent, before it was wrapped; `routed`: the client's proxy has read
    it as HTTP, and says so.
    """
    if sent == "mtls":
        if mode == "DISABLE":
            return FAILED if kind == "http" else TO_APPLICATION
        if kind == "http":
            return Arrival("ok", True, True) if inner == "http" else FAILED
        return Arrival("ok", kind == "auto" and routed, True)
    if mode == "STRICT":
        return REFUSED
    if sent == "tls":
        if kind == "http":
            return REFUSED if mode == "PERMISSIVE" else FAILED
        return TO_APPLICATION
    if inner == "http":
        return Arrival("ok", kind != "tcp", False)
    return FAILED if kind == "http" else Arrival("ok", False, False)
