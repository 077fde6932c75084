"""Port numbers and the protocols of ports (specification 3.8)."""

from __future__ import annotations

PROTOCOLS = (
    "HTTP", "HTTPS", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB", "TCP", "TLS", "UDP", "MONGO", "REDIS", "MYSQL",
)  # fmt: skip
"""Every protocol that a port may name, in any case."""

_HTTP_LIKE = frozenset(("http", "http2", "http_proxy", "grpc", "grpc-web"))
_TLS_LIKE = frozenset(("https", "tls"))
_TCP_LIKE = frozenset(("tcp", "https", "tls", "mongo", "redis", "mysql"))
_SUPPORTED = frozenset(name.lower() for name in PROTOCOLS)


def is_port(number: int) -> bool:
    """Whether `number` can be a port."""
    return 1 <= number <= 65535


def is_supported(protocol: str) -> bool:
    """Whether Istio knows the protocol."""
    return protocol.lower() in _SUPPORTED


def is_http(protocol: str) -> bool:
    """Whether ports of this protocol carry HTTP that the proxy can read."""
    return protocol.lower() in _HTTP_LIKE


def is_tls(protocol: str) -> bool:
    """Whether ports of this protocol carry TLS (HTTPS and TLS)."""
    return protocol.lower() in _TLS_LIKE


def is_tcp(protocol: str) -> bool:
    """Whether ports of this protocol are bytes to the proxy; HTTPS and TLS are."""
    return protocol.lower() in _TCP_LIKE
