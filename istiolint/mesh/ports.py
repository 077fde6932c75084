"""Ports of Services and ServiceEntries, and the protocol that Istio sees there (semantics 2.2)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.source.document import Document

PROTOCOLS = frozenset(
    ("tcp", "udp", "grpc", "grpc-web", "http", "http_proxy", "http2", "https", "tls", "mongo", "redis", "mysql")
)
"""Istio's protocol words, in lower case."""

APP_PROTOCOLS = {"kubernetes.io/h2c": "http2", "kubernetes.io/ws": "http", "kubernetes.io/wss": "https"}
WELL_KNOWN_TCP = frozenset((25, 53, 3306, 27017))
HTTP = frozenset(("http", "http2", "grpc", "grpc-web", "http_proxy"))
TLS = frozenset(("https", "tls"))

PortClass = Literal["http", "tls", "tcp", "auto", "udp"]


class Port(NamedTuple):
    """A port of a Service or ServiceEntry."""

    number: int
    name: str
    protocol: str
    """One of `PROTOCOLS`, or `auto`: nothing says it, the proxy looks at the first bytes."""
    target: int | str
    """Port of the workload: a number, or the name of a container port."""
    path: Path
    document: Document

    @property
    def port_class(self) -> PortClass:
        """How the proxy treats it: `tls` is opaque with SNI, `auto` is sniffed, `udp` is not the mesh's."""
        return port_class(self.protocol)


def port_class(protocol: str) -> PortClass:
    """The class of a protocol word."""
    if protocol in HTTP:
        return "http"
    if protocol in TLS:
        return "tls"
    if protocol == "udp":
        return "udp"
    return "auto" if protocol == "auto" else "tcp"


def spoken(word: str) -> str:
    """The protocol that the beginning of a port name (or a ServiceEntry's protocol) says, `auto` if none."""
    lower = word.lower()
    if lower.startswith("grpc-web"):
        return "grpc-web"
    lower = lower.partition("-")[0]
    return lower if lower in PROTOCOLS else "auto"


@lru_cache(maxsize=10_000)
def service_protocol(transport: str, app_protocol: str, name: str, number: int) -> str:
    """The protocol of a Service's port: transport UDP, else `appProtocol`, else the name, else the number."""
    if transport == "UDP":
        return "udp"
    known = APP_PROTOCOLS.get(app_protocol) or spoken(app_protocol or name)
    return "tcp" if known == "auto" and number in WELL_KNOWN_TCP else known
