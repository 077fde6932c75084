"""Endpoints: a WorkloadEntry, and the endpoints of a ServiceEntry (specification 9)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from istiolint.admission.addresses import ip_problem, is_ip, unix_path_problem
from istiolint.admission.defects import (
    conflicting_settings,
    invalid_address,
    invalid_name,
    invalid_port,
    missing_setting,
)
from istiolint.admission.fields import PORT_RANGE
from istiolint.admission.hosts import fqdn_problem, label_problem
from istiolint.admission.labels import check_labels
from istiolint.admission.values import Problem, integer, mapping, text
from istiolint.finding import Defect, Note, Path

UNIX = "unix://"


def check_endpoint(endpoint: dict[str, Any], path: Path, names_allowed: bool = True) -> Iterator[Defect]:
    """Address, ports and labels; `names_allowed`: the address may be a host name (specification WE002 to WE011)."""
    address = endpoint.get("address")
    if isinstance(address, str) and address.startswith(UNIX):
        problem = unix_path_problem(address.removeprefix(UNIX))
        if problem is not None:
            yield invalid_address((*path, "address"), "socket address", address, problem)
        if isinstance(endpoint.get("ports"), dict):
            note = Note((*path, "address"), "the address is a socket")
            reason = "a unix socket has no ports"
            yield conflicting_settings((*path, "ports"), "ports", "a unix address", reason, on="key", notes=(note,))
    elif isinstance(address, str) and address:
        problem = address_problem(address) if names_allowed else ip_problem(address)
        if problem is not None:
            yield invalid_address((*path, "address"), "endpoint address", address, problem)
    elif address in (None, "") and endpoint.get("network") in (None, ""):
        yield missing_setting(path, "address", "without an address or a network the endpoint cannot be reached")
    yield from check_endpoint_ports(endpoint, path)
    if "labels" in endpoint:
        yield from check_labels(endpoint, "labels", path)


def check_endpoint_ports(
    endpoint: dict[str, Any], path: Path, declared: Collection[str] | None = None
) -> Iterator[Defect]:
    """Names and numbers at `ports`; the names must be among `declared`, where given (specification WE008, WE009)."""
    for name in mapping(endpoint, "ports") or {}:
        where = (*path, "ports", name)
        if not isinstance(name, str):
            continue
        problem = label_problem(name)
        if problem is not None:
            yield invalid_name(where, "port name", name, problem, on="key")
        elif declared is not None and name not in declared:
            reason = (
                f"the ServiceEntry has the ports {', '.join(declared)}" if declared else "the ServiceEntry has no ports"
            )
            yield invalid_name(where, "port name here", name, Problem(reason), on="key")
        number = integer(endpoint["ports"], name)
        if number is not None and not 1 <= number <= 65535:
            yield invalid_port(where, number, PORT_RANGE)


def address_problem(address: str) -> Problem | None:
    """Why `address` is neither an IP address nor a host name (specification WE006, SE026)."""
    if is_ip(address):
        return None
    problem = fqdn_problem(address)
    if problem is None:
        return None
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and (is_ip(host) or fqdn_problem(host) is None):
        return Problem("a port stands in `ports`, not behind the address", (len(host), len(address)))
    digits = address.replace(".", "").replace(":", "").isdigit()
    return ip_problem(address) if digits or ":" in address else problem


def is_unix(endpoint: dict[str, Any]) -> bool:
    """Whether the address is that of a unix socket."""
    return text(endpoint, "address").startswith(UNIX)
