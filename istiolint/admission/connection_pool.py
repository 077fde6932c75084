"""Limits of connections and requests (specification DR012 to DR022)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import conflicting_settings, invalid_duration, missing_setting
from istiolint.admission.durations import MILLISECOND, duration_problem, nanoseconds
from istiolint.admission.fields import check_duration, check_not_negative
from istiolint.admission.values import mapping
from istiolint.finding import Defect, Note, Path


def check_connection_pool(holder: dict[str, Any], path: Path, key: str = "connectionPool") -> Iterator[Defect]:
    """The connection pool settings at `key`, of a traffic policy or a Sidecar."""
    pool = mapping(holder, key)
    if pool is None:
        return
    path = (*path, key)
    if pool.get("http") is None and pool.get("tcp") is None:
        yield missing_setting(path, "http or tcp", "without either the connection pool limits nothing")
    http = mapping(pool, "http")
    if http is not None:
        yield from _check_http(http, (*path, "http"))
    tcp = mapping(pool, "tcp")
    if tcp is not None:
        yield from _check_tcp(tcp, (*path, "tcp"))


def _check_http(http: dict[str, Any], path: Path) -> Iterator[Defect]:
    yield from check_not_negative(
        http,
        path,
        "http1MaxPendingRequests",
        "http2MaxRequests",
        "maxRequestsPerConnection",
        "maxRetries",
        "maxConcurrentStreams",
    )
    yield from check_duration(http, "idleTimeout", path)
    if http.get("h2UpgradePolicy") == "UPGRADE" and http.get("useClientProtocol") is True:
        note = Note((*path, "h2UpgradePolicy"), "requests are upgraded to HTTP/2 here")
        reason = "the protocol is either the client's or upgraded to HTTP/2"
        where = (*path, "useClientProtocol")
        yield conflicting_settings(where, "useClientProtocol", "h2UpgradePolicy: UPGRADE", reason, notes=(note,))
    keepalive = mapping(http, "http2KeepAlive")
    if keepalive is not None:
        where = (*path, "http2KeepAlive")
        for key in ("interval", "timeout"):
            if keepalive.get(key) is None:
                yield missing_setting((*where, key), key, "HTTP/2 keepalive needs both interval and timeout")
            yield from check_duration(keepalive, key, where)


def _check_tcp(tcp: dict[str, Any], path: Path) -> Iterator[Defect]:
    yield from check_not_negative(tcp, path, "maxConnections")
    yield from check_duration(tcp, "connectTimeout", path)
    yield from check_duration(tcp, "maxConnectionDuration", path)
    idle = tcp.get("idleTimeout")
    if isinstance(idle, str):
        value = nanoseconds(idle)
        problem = duration_problem(idle)
        # Less than a millisecond in either direction means "no timeout" here.
        if problem is not None and (value is None or abs(value) >= MILLISECOND):
            yield invalid_duration((*path, "idleTimeout"), idle, problem)
    keepalive = mapping(tcp, "tcpKeepalive")
    if keepalive is not None:
        yield from check_duration(keepalive, "time", (*path, "tcpKeepalive"))
        yield from check_duration(keepalive, "interval", (*path, "tcpKeepalive"))
