"""Istio Gateways, and Gateways and listeners of the Gateway API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import dig, labels, mapping, number, sequence, text, texts
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.source.document import Document


class ServerHost(NamedTuple):
    """An entry of a server's `hosts`."""

    namespace: str
    """Namespace of the VirtualServices it admits: a name, or `*`; `.` is resolved."""
    host: str
    path: Path


class Server(NamedTuple):
    """A server of an Istio Gateway."""

    number: int
    """Its port, 0 where there is none."""
    protocol: str
    """As written, upper-case."""
    port_name: str
    bind: str
    hosts: tuple[ServerHost, ...]
    tls: dict[str, Any]
    path: Path

    @property
    def tls_mode(self) -> str:
        """Mode of its TLS settings (`PASSTHROUGH`, the API's default, where they name none); empty without any."""
        return (text(self.tls.get("mode")) or "PASSTHROUGH") if self.tls else ""

    @property
    def plaintext(self) -> bool:
        """Whether it takes HTTP without TLS."""
        return self.protocol in ("HTTP", "HTTP2", "GRPC", "GRPC-WEB")


class Gateway:
    """An Istio Gateway."""

    __slots__ = ("_servers", "document", "name", "namespace", "selector", "spec")

    def __init__(self, document: Document, namespace: str) -> None:
        self.document = document
        self.name = document.name
        self.namespace = namespace
        self.spec: dict[str, Any] = mapping(document.value.get("spec"))
        self.selector = labels(self.spec.get("selector"))
        """Labels of the gateway pods, of any namespace; empty: every gateway."""
        self._servers: tuple[Server, ...] | None = None

    def __repr__(self) -> str:
        return f"Gateway({self.namespace}/{self.name})"

    @property
    def reference(self) -> str:
        """`ns/name`, as VirtualServices name it in full."""
        return f"{self.namespace}/{self.name}"

    @property
    def servers(self) -> tuple[Server, ...]:
        """Its servers, in order."""
        if self._servers is None:
            self._servers = tuple(
                Server(
                    number(dig(item, "port", "number")) or 0,
                    text(dig(item, "port", "protocol")).upper(),
                    text(dig(item, "port", "name")),
                    text(item.get("bind")),
                    tuple(
                        self._host(host, ("spec", "servers", index, "hosts", place))
                        for place, host in enumerate(sequence(item.get("hosts")))
                        if isinstance(host, str)
                    ),
                    mapping(item.get("tls")),
                    ("spec", "servers", index),
                )
                for index, item in enumerate(sequence(self.spec.get("servers")))
                if isinstance(item, dict)
            )
        return self._servers

    def _host(self, written: str, path: Path) -> ServerHost:
        scope, slash, host = written.partition("/")
        if not slash:
            return ServerHost("*", written, path)
        return ServerHost(self.namespace if scope == "." else scope, host, path)


class Listener(NamedTuple):
    """A listener of a Gateway API Gateway."""

    name: str
    hostname: str
    """Empty: every host."""
    number: int
    protocol: str
    from_namespaces: str
    """`Same` (default), `All`, `Selector` or `None`: whose routes may attach."""
    tls: dict[str, Any]
    path: Path


class KubeGateway:
    """A Gateway of the Gateway API."""

    __slots__ = ("_listeners", "document", "name", "namespace", "spec")

    def __init__(self, document: Document, namespace: str) -> None:
        self.document = document
        self.name = document.name
        self.namespace = namespace
        self.spec: dict[str, Any] = mapping(document.value.get("spec"))
        self._listeners: tuple[Listener, ...] | None = None

    def __repr__(self) -> str:
        return f"KubeGateway({self.namespace}/{self.name})"

    @property
    def reference(self) -> str:
        """`ns/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def class_name(self) -> str:
        """`spec.gatewayClassName`."""
        return text(self.spec.get("gatewayClassName"))

    @property
    def labels(self) -> dict[str, str]:
        """`metadata.labels`."""
        return labels(self.document.metadata.get("labels"))

    @property
    def waypoint(self) -> bool:
        """Whether it is a waypoint (by class, or by its HBONE listener)."""
        return self.class_name.startswith("istio-waypoint") or any(
            listener.protocol == "HBONE" and listener.number == 15008 for listener in self.listeners
        )

    @property
    def waypoint_for(self) -> str:
        """Its traffic: `service` (default), `workload`, `all` or `none`."""
        return self.labels.get("istio.io/waypoint-for", "service")

    @property
    def addresses(self) -> tuple[str, ...]:
        """Values of `spec.addresses`: a Service named here is a gateway deployed by hand."""
        return texts([dig(item, "value") for item in sequence(self.spec.get("addresses"))])

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Its listeners, in order."""
        if self._listeners is None:
            self._listeners = tuple(
                Listener(
                    text(item.get("name")),
                    text(item.get("hostname")),
                    number(item.get("port")) or 0,
                    text(item.get("protocol")),
                    text(dig(item, "allowedRoutes", "namespaces", "from")) or "Same",
                    mapping(item.get("tls")),
                    ("spec", "listeners", index),
                )
                for index, item in enumerate(sequence(self.spec.get("listeners")))
                if isinstance(item, dict)
            )
        return self._listeners
