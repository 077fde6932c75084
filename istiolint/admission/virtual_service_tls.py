"""The tls and tcp routes of a VirtualService."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.admission.addresses import is_ip, subnet_problem
from istiolint.admission.defects import (
    ignored_setting,
    invalid_address,
    invalid_host,
    invalid_weights,
    missing_setting,
    uncovered_sni_host,
)
from istiolint.admission.fields import check_destination, check_not_negative, check_port
from istiolint.admission.gateway_references import check_gateway_references
from istiolint.admission.hosts import is_subset, sni_problem, wildcard_domain_problem
from istiolint.admission.labels import check_labels
from istiolint.admission.values import integer, listed, objects, texts
from istiolint.finding import Defect, Path

if TYPE_CHECKING:
    from istiolint.admission.binding import Binding


def check_tls_route(route: dict[str, Any], path: Path, binding: Binding) -> Iterator[Defect]:
    """One entry of `tls` (specification VS099 to VS110)."""
    if route.get("match") == []:
        yield missing_setting((*path, "match"), "match", "a tls route is chosen by SNI host", on="key")
    for index, match in objects(route, "match"):
        where = (*path, "match", index)
        yield from _check_sni_hosts(match, where, binding)
        yield from _check_l4_match(match, where, binding)
    yield from _check_destinations(route, path)


def check_tcp_route(route: dict[str, Any], path: Path, binding: Binding) -> Iterator[Defect]:
    """One entry of `tcp` (specification VS110 to VS116)."""
    for index, match in objects(route, "match"):
        yield from _check_l4_match(match, (*path, "match", index), binding)
    yield from _check_destinations(route, path)


def check_weights(route: dict[str, Any], path: Path) -> Iterator[Defect]:
    """No weight below zero, and of several destinations at least one gets something (specification VS096, VS097)."""
    destinations = route.get("route")
    if not isinstance(destinations, list):
        return
    total = 0
    for index, destination in enumerate(destinations):
        if not isinstance(destination, dict):
            return
        weight = destination.get("weight", 0)
        if weight:
            yield from check_not_negative(destination, (*path, "route", index), "weight")
            number = integer(destination, "weight")
            if number is None:
                return
            total += number
    if len(destinations) > 1 and total % 2**32 == 0:
        yield invalid_weights(
            (*path, "route"), "the weights of all destinations add up to 0, so none gets traffic", on="key"
        )


def _check_sni_hosts(match: dict[str, Any], path: Path, binding: Binding) -> Iterator[Defect]:
    """Names that clients ask for in TLS (specification VS100 to VS103)."""
    if match.get("sniHosts") == []:
        yield missing_setting((*path, "sniHosts"), "an SNI host", "a tls match needs at least one", on="key")
    syntax = wildcard_domain_problem if "mesh" in binding.gateways else sni_problem
    for index, host in texts(match, "sniHosts"):
        where = (*path, "sniHosts", index)
        problem = syntax(host)
        if problem is None:
            if binding.hosts and not any(is_subset(host, served) for served in binding.hosts):
                yield uncovered_sni_host(where, host, listed(binding.hosts[:5]))
        elif is_ip(host):
            yield ignored_setting(where, f'"{host}"', "clients do not send an IP address as SNI, so it never matches")
        else:
            yield invalid_host(where, "SNI host", host, problem)


def _check_l4_match(match: dict[str, Any], path: Path, binding: Binding) -> Iterator[Defect]:
    """What tls and tcp matches share (specification VS104 to VS107, VS111 to VS114)."""
    for index, subnet in texts(match, "destinationSubnets"):
        problem = subnet_problem(subnet)
        if problem is not None:
            yield invalid_address((*path, "destinationSubnets", index), "address range", subnet, problem)
    yield from check_port(match, "port", path, zero=True)
    if "sourceLabels" in match:
        yield from check_labels(match, "sourceLabels", path)
    yield from check_gateway_references(match, path, binding.from_gateway_api)


def _check_destinations(route: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Where the connections go (specification VS109, VS110, VS116)."""
    if route.get("route") in (None, []):
        yield missing_setting((*path, "route"), "route", "connections that match must go somewhere")
    for index, destination in objects(route, "route"):
        yield from check_destination(destination, "destination", (*path, "route", index))
    yield from check_weights(route, path)
