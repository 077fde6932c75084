"""What Istio refuses in a ServiceEntry: hosts, addresses and ports; the rules of each resolution are apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.addresses import subnet_problem
from istiolint.admission.defects import (
    conflicting_settings,
    dubious_service_entry,
    duplicate_entry,
    invalid_address,
    invalid_host,
    invalid_name,
    invalid_port,
    missing_setting,
    unsupported_value,
)
from istiolint.admission.fields import PORT_RANGE, check_export_to, check_port
from istiolint.admission.hosts import label_problem, wildcard_domain_problem
from istiolint.admission.ports import PROTOCOLS, is_supported
from istiolint.admission.selectors import check_selector
from istiolint.admission.service_entry_resolution import check_resolution
from istiolint.admission.values import Problem, entries, integer, mapping, objects, text, texts
from istiolint.finding import Defect, Note, Path

AUTO_ALLOCATE = "networking.istio.io/enable-autoallocate-ip"
RESOLUTIONS = ("NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS")


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """Everything that Istio refuses or warns about in a ServiceEntry (specification 7)."""
    spec = value.get("spec")
    if not isinstance(spec, dict):
        return
    metadata = mapping(value, "metadata") or {}
    labels = mapping(metadata, "labels") or {}
    if "workloadSelector" in spec:
        yield from check_selector(spec, "workloadSelector", "labels")
        if mapping(spec, "workloadSelector") is not None and entries(spec, "endpoints"):
            note = Note(("spec", "workloadSelector"), "the selector", on="key")
            reason = "endpoints are either selected or listed"
            where = ("spec", "endpoints")
            yield conflicting_settings(where, "endpoints", "workloadSelector", reason, on="key", notes=(note,))
    yield from _check_hosts(spec)
    for index, address in texts(spec, "addresses"):
        problem = subnet_problem(address)
        if problem is not None:
            yield invalid_address(("spec", "addresses", index), "address", address, problem)
    yield from _check_ports(spec)
    resolution = spec.get("resolution")
    if resolution is None:
        resolution = "NONE"
    if resolution in RESOLUTIONS:
        yield from check_resolution(spec, resolution, labels)
        yield from _check_addressable(spec, resolution, labels)
    if "exportTo" in spec:
        yield from check_export_to(spec, namespace, none=True)


def _check_hosts(spec: dict[str, Any]) -> Iterator[Defect]:
    """Specification SE004 to SE007."""
    if spec.get("hosts") == []:
        yield missing_setting(("spec", "hosts"), "a host", "a ServiceEntry must name what it is about", on="key")
    for index, host in texts(spec, "hosts"):
        where = ("spec", "hosts", index)
        problem = wildcard_domain_problem(host)
        if host == "*":
            problem = Problem("a ServiceEntry cannot stand for every host")
        if problem is not None:
            yield invalid_host(where, "host", host, problem)
        elif "*" in host and not host.startswith("*.") and spec.get("resolution") != "DYNAMIC_DNS":
            reason = f'the wildcard of "{host}" does not stand for whole labels; only DYNAMIC_DNS can serve that'
            yield dubious_service_entry(where, reason)


def _check_ports(spec: dict[str, Any]) -> Iterator[Defect]:
    """Specification SE013 to SE018."""
    names: dict[str, int] = {}
    numbers: dict[int, int] = {}
    for index, port in objects(spec, "ports"):
        path: Path = ("spec", "ports", index)
        name = port.get("name")
        if isinstance(name, str):
            problem = label_problem(name)
            if problem is not None:
                yield invalid_name((*path, "name"), "port name", name, problem)
            elif name in names:
                note = Note(("spec", "ports", names[name], "name"), "the first one")
                yield duplicate_entry((*path, "name"), "port name", name, notes=(note,))
            names.setdefault(name, index)
        number = integer(port, "number")
        if number is not None and not 1 <= number <= 65535:
            yield invalid_port((*path, "number"), number, PORT_RANGE)
        elif number in numbers:
            note = Note(("spec", "ports", numbers[number], "number"), "the first one")
            yield duplicate_entry((*path, "number"), "port number", number, notes=(note,))
        elif number is not None:
            numbers[number] = index
        yield from check_port(port, "targetPort", path, zero=True)
        protocol = text(port, "protocol")
        if protocol and not is_supported(protocol):
            hint = f"allowed are {', '.join(PROTOCOLS)}"
            yield unsupported_value((*path, "protocol"), "protocol", protocol, hint)


def _check_addressable(spec: dict[str, Any], resolution: str, labels: dict[str, Any]) -> Iterator[Defect]:
    """A TCP port needs an address to be told from others (specification SE019)."""
    if spec.get("addresses") not in (None, []):
        return
    if resolution != "NONE" and str(labels.get(AUTO_ALLOCATE, "")).lower() != "false":
        return  # Istio gives it an address of its own
    for index, port in objects(spec, "ports"):
        if port.get("protocol") in (None, "", "TCP"):
            reason = "without addresses, connections to this TCP port are told from others by the port alone"
            yield dubious_service_entry(("spec", "ports", index), reason)
            return
