"""What Istio refuses in a VirtualService: hosts, gateways and visibility; the routes have modules of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from istiolint.admission.addresses import is_ip
from istiolint.admission.binding import Binding, bind
from istiolint.admission.defects import invalid_delegation, invalid_host, missing_setting, overlapping_hosts
from istiolint.admission.fields import check_export_to
from istiolint.admission.gateway_references import check_gateway_references
from istiolint.admission.hosts import overlap, sni_problem, wildcard_domain_problem
from istiolint.admission.unreachable import check_reachable
from istiolint.admission.values import Problem, objects, texts
from istiolint.admission.virtual_service_http import check_http_route
from istiolint.admission.virtual_service_tls import check_tcp_route, check_tls_route
from istiolint.finding import Change, Defect, Note, Repair


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """Everything that Istio refuses or warns about in a VirtualService (specification 4)."""
    spec = value.get("spec")
    if spec is None:
        spec = {}
    if not isinstance(spec, dict):
        return
    binding = bind(value, spec)
    if binding.is_delegate:
        yield from _check_delegate(spec)
    yield from check_gateway_references(spec, ("spec",), binding.from_gateway_api)
    yield from _check_hosts(spec, binding)
    if all(not spec.get(kind) and not isinstance(spec.get(kind), str | int) for kind in ("http", "tcp", "tls")):
        yield missing_setting(("spec",), "http, tcp or tls", "without a route there is nothing to do")
    if "exportTo" in spec:
        yield from check_export_to(spec, namespace)
    for index, route in objects(spec, "http"):
        yield from check_http_route(route, ("spec", "http", index), binding)
    for index, route in objects(spec, "tls"):
        yield from check_tls_route(route, ("spec", "tls", index), binding)
    for index, route in objects(spec, "tcp"):
        yield from check_tcp_route(route, ("spec", "tcp", index), binding)
    for kind in ("http", "tcp", "tls"):
        if isinstance(spec.get(kind), list):
            yield from check_reachable(spec[kind], kind)


def _check_delegate(spec: dict[str, Any]) -> Iterator[Defect]:
    """A VirtualService without hosts gets its requests from another one (specification VS001 to VS003)."""
    for key, reason in (
        ("gateways", "the gateways are those of the VirtualService that delegates to it"),
        ("tls", "only http routes can be delegated"),
        ("tcp", "only http routes can be delegated"),
    ):
        if spec.get(key) and isinstance(spec[key], list):
            told = f'a VirtualService without hosts is a delegate, and has no "{key}": {reason}'
            yield invalid_delegation(("spec", key), told, on="key")


def _check_hosts(spec: dict[str, Any], binding: Binding) -> Iterator[Defect]:
    """Each host is a domain or an address, and none covers another (specification VS008 to VS011)."""
    syntax: Callable[[str], Problem | None] = wildcard_domain_problem
    if binding.to_gateway and any(
        match.get("sniHosts") for _, route in objects(spec, "tls") for _, match in objects(route, "match")
    ):
        syntax = sni_problem
    hosts = list(texts(spec, "hosts"))
    good = True
    for index, host in hosts:
        problem = syntax(host)
        if problem is not None and is_ip(host):
            problem = None
        if host == "*" and not binding.to_gateway:
            problem = Problem("only at a gateway can it serve every host; name the hosts, or a gateway")
        if problem is not None:
            good = False
            yield invalid_host(("spec", "hosts", index), "host", host, problem)
    if not good or len(hosts) < 2:
        return
    for place, (index, host) in enumerate(hosts):
        for other_index, other in hosts[:place]:
            if overlap(other, host):
                path = ("spec", "hosts", index)
                same = host == other
                reason = (
                    "each host may be there once" if same else "hosts of one VirtualService must not cover each other"
                )
                repair = Repair(f"remove {host}", (Change("remove", path),)) if same else None
                note = Note(("spec", "hosts", other_index), "the same host" if same else "the host that overlaps")
                yield overlapping_hosts(path, host, other, reason, notes=(note,), repair=repair)
                break
