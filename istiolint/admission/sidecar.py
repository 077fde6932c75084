"""What Istio refuses in a Sidecar: its listeners; the hosts they import are in a module of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.addresses import ip_problem, split_host_port, unix_path_problem
from istiolint.admission.connection_pool import check_connection_pool
from istiolint.admission.defects import (
    conflicting_settings,
    duplicate_entry,
    ignored_setting,
    invalid_address,
    invalid_host,
    invalid_port,
    invalid_tls_settings,
    missing_setting,
    unsupported_setting,
    unsupported_value,
)
from istiolint.admission.fields import PORT_RANGE, check_destination, check_label, check_port
from istiolint.admission.hosts import fqdn_problem
from istiolint.admission.ports import PROTOCOLS, is_http, is_supported, is_tls
from istiolint.admission.selectors import check_selector
from istiolint.admission.server_tls import check_server_tls
from istiolint.admission.sidecar_hosts import check_egress_hosts
from istiolint.admission.values import Problem, integer, mapping, objects, text
from istiolint.finding import Defect, Note, Path

_LOCAL = ("", "127.0.0.1", "0.0.0.0", "::1", "::")
_UNIX = "unix://"
_NOT_HERE = ("subjectAltNames", "httpsRedirect", "credentialName", "credentialNames", "tlsCertificates")


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """Everything that Istio refuses or warns about in a Sidecar (specification 8)."""
    spec = value.get("spec")
    if spec is None:
        spec = {}
    if not isinstance(spec, dict):
        return
    yield from check_selector(spec, "workloadSelector", "labels")
    if all(spec.get(key) in (None, []) for key in ("egress", "ingress")) and all(
        spec.get(key) is None for key in ("outboundTrafficPolicy", "inboundConnectionPool")
    ):
        settings = "egress, ingress, outboundTrafficPolicy or inboundConnectionPool"
        yield missing_setting(("spec",), settings, "a Sidecar must set something")
        return
    ports: dict[int, int] = {}
    for index, listener in objects(spec, "ingress"):
        path: Path = ("spec", "ingress", index)
        yield from _check_ingress(listener, path)
        number = integer(mapping(listener, "port") or {}, "number")
        if number is not None:
            yield from _check_unique(number, index, ports, "ingress")
    yield from check_connection_pool(spec, ("spec",), "inboundConnectionPool")
    yield from _check_egress(spec, namespace)
    policy = mapping(spec, "outboundTrafficPolicy")
    if policy is not None:
        yield from _check_outbound(policy, ("spec", "outboundTrafficPolicy"))


def _check_ingress(listener: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification SC003 to SC017."""
    port = mapping(listener, "port")
    if port is None:
        return
    yield from _check_port(port, (*path, "port"))
    if port.get("number") is None:
        yield missing_setting((*path, "port", "number"), "number", "a listener needs a port")
    yield from check_port(port, "number", (*path, "port"))
    bind = text(listener, "bind")
    if bind:
        problem = ip_problem(bind)
        if problem is not None:
            yield invalid_address((*path, "bind"), "address to bind to", bind, problem)
    yield from _check_default_endpoint(listener, path)
    protocol = text(port, "protocol")
    tls = mapping(listener, "tls")
    if tls is not None:
        yield from _check_tls(tls, (*path, "tls"), protocol)
    pool = mapping(listener, "connectionPool")
    if pool is not None:
        yield from check_connection_pool(listener, path)
        if pool.get("http") is not None and not is_http(protocol):
            reason = f"a port of protocol {protocol.upper() or 'TCP'} has no requests to limit, so only tcp applies"
            yield ignored_setting((*path, "connectionPool", "http"), "connectionPool.http", reason, on="key")


def _check_port(port: dict[str, Any], path: Path) -> Iterator[Defect]:
    """What the ports of both directions share (specification SC004 to SC006, SC020 to SC022)."""
    target = integer(port, "targetPort")
    if target is not None and target > 0:
        reason = "a Sidecar listener does not map ports; defaultEndpoint says where traffic goes"
        yield unsupported_setting((*path, "targetPort"), "targetPort", reason, on="key")
    yield from check_label(port, "name", "port name", path)
    protocol = text(port, "protocol")
    if protocol and not is_supported(protocol):
        yield unsupported_value((*path, "protocol"), "protocol", protocol, f"allowed are {', '.join(PROTOCOLS)}")


def _check_unique(number: int, index: int, seen: dict[int, int], side: str) -> Iterator[Defect]:
    if number in seen:
        note = Note(("spec", side, seen[number], "port", "number"), "the first one")
        path = ("spec", side, index, "port", "number")
        yield duplicate_entry(path, "port number", number, notes=(note,))
    else:
        seen[number] = index


def _check_default_endpoint(listener: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification SC010, SC011."""
    endpoint = text(listener, "defaultEndpoint")
    if not endpoint:
        return
    where = (*path, "defaultEndpoint")
    problem = None
    if endpoint.startswith(_UNIX):
        problem = unix_path_problem(endpoint.removeprefix(_UNIX))
    else:
        split = split_host_port(endpoint)
        if split is None:
            problem = Problem("it has the form address:port or unix://path, as in 127.0.0.1:8080")
        elif split[0] not in _LOCAL:
            reason = f'"{split[0]}" is not local; only 127.0.0.1, 0.0.0.0, ::1, :: or nothing stand before the port'
            problem = Problem(reason, (0, len(endpoint) - len(split[1]) - 1))
        elif not _is_port_text(split[1]):
            problem = Problem(PORT_RANGE, (len(endpoint) - len(split[1]), len(endpoint)) if split[1] else None)
    if problem is not None:
        yield invalid_address(where, "default endpoint", endpoint, problem)


def _is_port_text(port: str) -> bool:
    digits = port[1:] if port[:1] == "+" else port
    return digits.isascii() and digits.isdigit() and len(digits) < 20 and 1 <= int(digits) <= 65535


def _check_tls(tls: dict[str, Any], path: Path, protocol: str) -> Iterator[Defect]:
    """Specification SC012 to SC015."""
    for key in _NOT_HERE:
        if tls.get(key) and isinstance(tls[key], bool | str | list):
            reason = "Sidecar listeners do not support it; certificates come from files"
            yield unsupported_setting((*path, key), key, reason, on="key")
    mode = text(tls, "mode")
    if mode in ("ISTIO_MUTUAL", "AUTO_PASSTHROUGH"):
        reason = f"mode {mode} is for gateways; a PeerAuthentication turns on the mutual TLS of the mesh"
        yield invalid_tls_settings((*path, "mode"), reason)
    if not is_tls(protocol):
        reason = f"the port must have the protocol HTTPS or TLS, and has {protocol.upper() or 'none'}"
        yield invalid_tls_settings(path, reason, on="key")
    yield from check_server_tls(tls, path)


def _check_egress(spec: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """Specification SC019 to SC034."""
    numbers: dict[int, int] = {}
    sockets: dict[str, int] = {}
    listeners = list(objects(spec, "egress"))
    for index, listener in listeners:
        path: Path = ("spec", "egress", index)
        port = mapping(listener, "port")
        if port is not None:
            yield from _check_port(port, (*path, "port"))
            number = 0 if port.get("number") is None else integer(port, "number")
            if number == 0:
                yield from _check_socket(listener, path, sockets)
            elif number is not None:
                yield from _check_egress_port(listener, path, number)
                yield from _check_unique(number, index, numbers, "egress")
        elif listener.get("port") is None and index != len(spec["egress"]) - 1:
            reason = "a listener without port takes all other traffic, so it must be the last one"
            yield missing_setting((*path, "port"), "port", reason)
        yield from check_egress_hosts(listener, path, namespace)


def _check_socket(listener: dict[str, Any], path: Path, seen: dict[str, int]) -> Iterator[Defect]:
    """A listener at a unix socket has port 0 (specification SC023 to SC025)."""
    bind = text(listener, "bind")
    where = (*path, "bind")
    if not bind and listener.get("bind") is None and listener["port"].get("number") is None:
        reason = "a listener needs a port, or none and a unix socket to bind to"
        yield missing_setting((*path, "port", "number"), "number", reason)
        return
    if not bind:
        where = (*path, "port", "number")
    problem = unix_path_problem(bind.removeprefix(_UNIX)) if bind.startswith(_UNIX) else None
    if not bind.startswith(_UNIX):
        problem = Problem("port 0 is for listeners that bind to a unix socket, as in unix:///path")
    if problem is not None:
        yield invalid_address(where, "address to bind to", bind, problem)
    elif bind in seen:
        note = Note(("spec", "egress", seen[bind], "bind"), "the first one")
        yield duplicate_entry(where, "socket", bind, notes=(note,))
    else:
        seen[bind] = int(path[2])
    if listener.get("captureMode") == "IPTABLES":
        note = Note(where, "the socket")
        reason = "iptables cannot redirect traffic to a unix socket"
        yield conflicting_settings(
            (*path, "captureMode"), "captureMode: IPTABLES", "a unix socket", reason, notes=(note,)
        )


def _check_egress_port(listener: dict[str, Any], path: Path, number: int) -> Iterator[Defect]:
    """A listener at a port (specification SC026)."""
    if not 1 <= number <= 65535:
        yield invalid_port((*path, "port", "number"), number, PORT_RANGE)
    bind = text(listener, "bind")
    problem = ip_problem(bind) if bind else None
    if problem is not None:
        if bind.startswith(_UNIX):
            problem = Problem("a unix socket goes with port 0")
        yield invalid_address((*path, "bind"), "address to bind to", bind, problem)


def _check_outbound(policy: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification SC035 to SC038."""
    proxy = mapping(policy, "egressProxy")
    if policy.get("mode") == "ALLOW_ANY_DYNAMIC_DNS":
        reason = "it can be set for the whole mesh only; write ALLOW_ANY or REGISTRY_ONLY"
        yield unsupported_setting((*path, "mode"), "mode ALLOW_ANY_DYNAMIC_DNS", reason)
    if proxy is None:
        return
    where = (*path, "egressProxy")
    if policy.get("mode") in (None, "REGISTRY_ONLY"):
        note = Note((*path, "mode"), "the mode") if "mode" in policy else Note(path, "the default mode", on="key")
        reason = "unknown destinations are not let through, so there is nothing to send to the proxy"
        yield conflicting_settings(where, "egressProxy", "mode REGISTRY_ONLY", reason, on="key", notes=(note,))
        return
    host = proxy.get("host")
    if isinstance(host, str):
        problem = fqdn_problem(host)
        if problem is not None:
            yield invalid_host((*where, "host"), "host of an egress proxy", host, problem)
            proxy = {**proxy, "host": None}
    if proxy.get("port") is None:
        yield missing_setting((*where, "port"), "port", "the egress proxy needs one")
    yield from check_destination({"egressProxy": proxy}, "egressProxy", path)
