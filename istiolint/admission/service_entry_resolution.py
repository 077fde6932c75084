"""What each resolution of a ServiceEntry demands of the rest of it (specification SE011 to SE037)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import (
    dubious_service_entry,
    invalid_address,
    invalid_host,
    invalid_service_entry,
    missing_setting,
)
from istiolint.admission.endpoints import address_problem, check_endpoint, check_endpoint_ports, is_unix
from istiolint.admission.hosts import fqdn_problem
from istiolint.admission.labels import check_labels
from istiolint.admission.ports import is_http, is_supported, is_tcp, is_tls
from istiolint.admission.values import Problem, entries, objects, text, texts
from istiolint.finding import Defect, Note, Path

_USE_WAYPOINT = "istio.io/use-waypoint"
_DYNAMIC_PROTOCOLS = ("http", "tls", "grpc", "http2")


def check_resolution(spec: dict[str, Any], resolution: str, labels: dict[str, Any]) -> Iterator[Defect]:
    """`resolution` is one of the five names; `labels` are those of the object."""
    if resolution not in ("NONE", "STATIC"):
        for index, address in texts(spec, "addresses"):
            if "/" in address and resolution != "DYNAMIC_DNS":
                reason = f"address ranges go with resolution NONE or STATIC only, and this is {resolution}"
                yield invalid_service_entry(("spec", "addresses", index), reason, notes=_note(spec))
    if resolution == "NONE":
        yield from _check_none(spec)
    elif resolution == "STATIC":
        yield from _check_static(spec)
    elif resolution == "DYNAMIC_DNS":
        yield from _check_dynamic(spec, labels)
    else:
        yield from _check_dns(spec, resolution)
    hosts = entries(spec, "hosts")
    if resolution != "NONE" and len(hosts) > 1:
        for index, port in objects(spec, "ports"):
            protocol = port.get("protocol", "")
            if isinstance(protocol, str) and not is_http(protocol) and not is_tls(protocol):
                reason = (
                    f"a port of protocol {protocol.upper() or 'TCP'} cannot tell {len(hosts)} hosts apart; "
                    "use HTTP or TLS, or one ServiceEntry per host"
                )
                yield invalid_service_entry(("spec", "ports", index), reason)
                break


def _check_none(spec: dict[str, Any]) -> Iterator[Defect]:
    """Specification SE020, SE021."""
    if entries(spec, "endpoints"):
        reason = "with resolution NONE, the default, connections keep their destination; endpoints need STATIC or DNS"
        yield invalid_service_entry(("spec", "endpoints"), reason, on="key", notes=_note(spec))
    if isinstance(spec.get("workloadSelector"), dict):
        reason = "with resolution NONE, the default, the selected workloads are not used"
        yield dubious_service_entry(("spec", "workloadSelector"), reason, on="key", notes=_note(spec))


def _check_static(spec: dict[str, Any]) -> Iterator[Defect]:
    """Specification SE022, SE023."""
    declared = _port_names(spec)
    for index, endpoint in objects(spec, "endpoints"):
        path: Path = ("spec", "endpoints", index)
        if is_unix(endpoint) and len(entries(spec, "ports")) != 1:
            reason = (
                f"an endpoint at a unix socket needs a service of exactly one port, not {len(entries(spec, 'ports'))}"
            )
            yield invalid_service_entry((*path, "address"), reason)
        yield from check_endpoint({**endpoint, "ports": None} if not is_unix(endpoint) else endpoint, path, False)
        if not is_unix(endpoint):
            yield from check_endpoint_ports(endpoint, path, declared)
        if endpoint.get("address") in (None, "") and text(endpoint, "network"):
            yield dubious_service_entry(
                path, "the endpoint has no address, and is reached through its network's gateway"
            )


def _check_dns(spec: dict[str, Any], resolution: str) -> Iterator[Defect]:
    """Specification SE024 to SE029."""
    endpoints = entries(spec, "endpoints")
    if not endpoints:
        for index, host in texts(spec, "hosts"):
            problem = fqdn_problem(host)
            if problem is not None and "*" in host:
                reason = f"{resolution} looks the host up, so it has no wildcard unless there are endpoints"
                yield invalid_host(("spec", "hosts", index), "host", host, Problem(reason), notes=_note(spec))
                break
    if resolution == "DNS_ROUND_ROBIN" and len(endpoints) > 1:
        reason = f"DNS_ROUND_ROBIN takes one endpoint, and there are {len(endpoints)}"
        yield invalid_service_entry(("spec", "endpoints", 1), reason, notes=_note(spec))
    declared = _port_names(spec)
    for index, endpoint in objects(spec, "endpoints"):
        path: Path = ("spec", "endpoints", index)
        address = endpoint.get("address")
        if address is None:
            yield missing_setting(path, "address", f"with {resolution}, every endpoint needs one to look up")
        elif isinstance(address, str):
            problem = address_problem(address)
            if is_unix(endpoint):
                problem = Problem(f"with {resolution} it is an IP address or a host name to look up")
            if problem is not None:
                yield invalid_address((*path, "address"), "endpoint address", address, problem)
        if "labels" in endpoint:
            yield from check_labels(endpoint, "labels", path)
        yield from check_endpoint_ports(endpoint, path, declared)
    if len(entries(spec, "hosts")) > 1 and entries(spec, "addresses"):
        for index, port in objects(spec, "ports"):
            if is_tcp(text(port, "protocol")):
                reason = "several hosts share these addresses, and connections to this TCP port cannot tell them apart"
                yield dubious_service_entry(("spec", "ports", index), reason)
                break


def _check_dynamic(spec: dict[str, Any], labels: dict[str, Any]) -> Iterator[Defect]:
    """Specification SE030 to SE035."""
    for index, host in texts(spec, "hosts"):
        if not host.startswith("*"):
            reason = "DYNAMIC_DNS is for wildcard hosts; a host of one name takes DNS"
            yield invalid_host(("spec", "hosts", index), "host", host, Problem(reason), notes=_note(spec))
    for key in ("addresses", "endpoints"):
        if entries(spec, key):
            reason = f"DYNAMIC_DNS looks up the host of each request, so there can be no {key}"
            yield invalid_service_entry(("spec", key), reason, on="key", notes=_note(spec))
    for index, port in objects(spec, "ports"):
        protocol = port.get("protocol", "")
        if (
            isinstance(protocol, str)
            and protocol.lower() not in _DYNAMIC_PROTOCOLS
            and (not protocol or is_supported(protocol))
        ):
            where: Path = ("spec", "ports", index, "protocol") if protocol else ("spec", "ports", index)
            reason = "DYNAMIC_DNS needs to see the host of a request, so the protocol is HTTP, HTTP2, GRPC or TLS"
            yield invalid_service_entry(where, reason, notes=_note(spec))
    waypoint = labels.get(_USE_WAYPOINT)
    if spec.get("location") == "MESH_INTERNAL" and isinstance(waypoint, str) and waypoint.lower() not in ("", "none"):
        note = Note(("metadata", "labels", _USE_WAYPOINT), "the waypoint")
        reason = "DYNAMIC_DNS with location MESH_INTERNAL does not work with a waypoint"
        yield invalid_service_entry(("spec", "location"), reason, notes=(note,))


def _port_names(spec: dict[str, Any]) -> tuple[str, ...]:
    return tuple(text(port, "name") for _, port in objects(spec, "ports"))


def _note(spec: dict[str, Any]) -> tuple[Note, ...]:
    return (Note(("spec", "resolution"), "the resolution"),) if "resolution" in spec else ()
