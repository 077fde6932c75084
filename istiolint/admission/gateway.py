"""What Istio refuses in a Gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.addresses import ip_problem, is_ip, unix_path_problem
from istiolint.admission.defects import (
    duplicate_entry,
    ignored_setting,
    invalid_address,
    invalid_host,
    invalid_name,
    invalid_port,
    invalid_tls_settings,
    missing_setting,
    unsupported_setting,
    unsupported_value,
)
from istiolint.admission.fields import PORT_RANGE
from istiolint.admission.hosts import is_label, is_partial_wildcard, label_problem, wildcard_domain_problem
from istiolint.admission.ports import PROTOCOLS, is_http, is_supported, is_tls
from istiolint.admission.server_tls import check_server_tls
from istiolint.admission.values import Problem, integer, mapping, objects, text, texts
from istiolint.finding import Defect, Note, Path

GATEWAY_SEMANTICS = "internal.istio.io/gateway-semantics"


def check(value: dict[str, Any], _namespace: str | None) -> Iterator[Defect]:
    """Everything that Istio refuses or warns about in a Gateway (specification 6)."""
    metadata = mapping(value, "metadata") or {}
    annotations = mapping(metadata, "annotations") or {}
    from_gateway_api = annotations.get(GATEWAY_SEMANTICS) == "gateway"
    name = text(metadata, "name")
    if name and not from_gateway_api:
        problem = label_problem(name)
        if problem is not None:
            yield invalid_name(("metadata", "name"), "name of a Gateway", name, problem)
    spec = value.get("spec")
    if spec is not None and not isinstance(spec, dict):
        return
    if not spec or spec.get("servers") in (None, []):
        yield missing_setting(
            ("spec", "servers"), "a server", "a Gateway needs at least one port to listen on", on="key"
        )
        return
    names: dict[str, int] = {}
    for index, server in objects(spec, "servers"):
        path: Path = ("spec", "servers", index)
        yield from _check_hosts(server, path, from_gateway_api)
        port = mapping(server, "port")
        sound = port is not None
        if port is not None:
            for defect in _check_port(port, path, text(server, "bind")):
                sound = False
                yield defect
            port_name = text(port, "name")
            if port_name in names:
                note = Note(("spec", "servers", names[port_name], "port", "name"), "the first one")
                yield duplicate_entry((*path, "port", "name"), "port name", port_name, notes=(note,))
            elif port_name:
                names[port_name] = index
        yield from _check_bind(server, path)
        yield from _check_tls(server, path, text(port, "protocol") if sound and port is not None else "")


def host_in_namespace_problem(host: str, allow_ip: bool) -> Problem | None:
    """Why the name part of `namespace/host` of a Gateway or Sidecar is wrong (specification GW005 to GW007, SC032)."""
    if host == "*":
        return None
    if "." not in host:
        reason = "short names are not looked up here; write the full name"
        return Problem("it is empty" if not host else reason)
    if allow_ip and is_ip(host):
        return None
    problem = wildcard_domain_problem(host)
    if problem is None and is_partial_wildcard(host):
        return Problem('a wildcard stands for whole labels, as in "*.example.com"', (0, host.index(".")))
    return problem


def _check_hosts(server: dict[str, Any], path: Path, from_gateway_api: bool) -> Iterator[Defect]:
    """Specification GW003 to GW007."""
    if server.get("hosts") == []:
        yield missing_setting((*path, "hosts"), "a host", "a server without hosts serves nothing", on="key")
    for index, host in texts(server, "hosts"):
        where = (*path, "hosts", index)
        namespace, slash, name = host.partition("/")
        if slash:
            if not namespace or not name:
                yield invalid_host(where, "host", host, Problem("on both sides of the slash stands a name"))
                continue
            allowed = namespace in ("*", ".") or is_label(namespace) or (namespace == "~" and from_gateway_api)
            if not allowed:
                reason = 'before the slash stands a namespace, "." or "*"'
                yield invalid_host(where, "host", host, Problem(reason, (0, len(namespace))))
        else:
            name = host
        problem = host_in_namespace_problem(name, allow_ip=True)
        if problem is not None:
            yield invalid_host(where, "host", host, problem.shifted(len(host) - len(name)))


def _check_port(port: dict[str, Any], path: Path, bind: str) -> Iterator[Defect]:
    """Specification GW008 to GW012."""
    where = (*path, "port")
    protocol = port.get("protocol")
    if isinstance(protocol, str) and not is_supported(protocol):
        yield unsupported_value((*where, "protocol"), "protocol", protocol, f"allowed are {', '.join(PROTOCOLS)}")
    number = integer(port, "number")
    if number is not None:
        if bind.startswith("unix://"):
            if number != 0:
                yield invalid_port((*where, "number"), number, "a server that binds to a unix socket has port 0")
        elif not 1 <= number <= 65535:
            yield invalid_port((*where, "number"), number, PORT_RANGE)
    target = integer(port, "targetPort")
    if target is not None and target > 0:
        reason = "the gateway's Service maps ports, the Gateway does not"
        yield unsupported_setting((*where, "targetPort"), "targetPort", reason, on="key")
    if port.get("name") == "":
        yield missing_setting((*where, "name"), "name", "every port of a Gateway has one")


def _check_bind(server: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification GW014, GW015."""
    bind = text(server, "bind")
    if not bind:
        return
    if bind.startswith("unix://"):
        problem = unix_path_problem(bind.removeprefix("unix://"))
    else:
        problem = ip_problem(bind)
    if problem is not None:
        yield invalid_address((*path, "bind"), "address to bind to", bind, problem)


def _check_tls(server: dict[str, Any], path: Path, protocol: str) -> Iterator[Defect]:
    """What TLS settings go with which protocol; no protocol: unknown (specification GW016 to GW020)."""
    tls = mapping(server, "tls")
    where = (*path, "tls")
    if tls is None:
        if protocol and is_tls(protocol) and server.get("tls") is None:
            reason = f"a server of protocol {protocol.upper()} needs tls settings"
            yield invalid_tls_settings((*path, "port", "protocol"), reason)
        return
    if protocol:
        note = Note((*path, "port", "protocol"), "the protocol")
        if is_http(protocol):
            if text(tls, "mode") not in ("", "PASSTHROUGH", "AUTO_PASSTHROUGH"):
                reason = f"a server of protocol {protocol.upper()} does not speak TLS; write HTTPS, or leave tls out"
                yield invalid_tls_settings((*where, "mode"), reason, notes=(note,))
            for key in ("caCertificates", "privateKey", "serverCertificate"):
                if text(tls, key):
                    reason = f"a server of protocol {protocol.upper()} does not speak TLS and has no {key}"
                    yield invalid_tls_settings((*where, key), reason, on="key", notes=(note,))
        elif not is_tls(protocol):
            reason = f"a server of protocol {protocol.upper()} cannot have tls settings; write TLS or HTTPS"
            yield invalid_tls_settings(where, reason, on="key", notes=(note,))
        if tls.get("httpsRedirect") is True and not is_http(protocol):
            reason = f"only servers of an HTTP protocol can redirect, and this is {protocol.upper()}"
            yield ignored_setting((*where, "httpsRedirect"), "httpsRedirect", reason, on="key", notes=(note,))
    yield from check_server_tls(tls, where)
