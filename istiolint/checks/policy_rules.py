"""The rules of AuthorizationPolicies, taken apart: who, what, under which conditions (semantics 13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import dig, mapping, sequence, text, texts

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.ports import Port
    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload

HTTP_OPERATION = ("hosts", "notHosts", "methods", "notMethods", "paths", "notPaths")
HTTP_SOURCE = ("requestPrincipals", "notRequestPrincipals")
IDENTITY = ("principals", "namespaces", "serviceAccounts", "trustDomains")
NOT_IDENTITY = ("notPrincipals", "notNamespaces", "notServiceAccounts", "notTrustDomains")
IDENTITY_KEYS = (
    "source.namespace",
    "source.principal",
    "source.serviceAccount",
    "source.trustDomain",
    "connection.sni",
)


def action(policy: Policy) -> str:
    """`ALLOW` (default), `DENY`, `AUDIT` or `CUSTOM`."""
    return text(policy.spec.get("action")) or "ALLOW"


def rules(policy: Policy) -> Iterator[tuple[int, dict[str, Any]]]:
    """Its rules that are mappings, with their places."""
    for index, rule in enumerate(sequence(policy.spec.get("rules"))):
        if isinstance(rule, dict):
            yield index, rule


def sources(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """`source` of each entry of `from`."""
    return [mapping(dig(item, "source")) for item in sequence(rule.get("from"))]


def operations(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """`operation` of each entry of `to`."""
    return [mapping(dig(item, "operation")) for item in sequence(rule.get("to"))]


def conditions(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """Entries of `when`."""
    return [mapping(item) for item in sequence(rule.get("when"))]


def http_fields(rule: dict[str, Any]) -> list[str]:
    """Fields and condition keys of a rule that only an HTTP request can have."""
    found = [field for part in operations(rule) for field in HTTP_OPERATION if part.get(field)]
    found += [field for part in sources(rule) for field in HTTP_SOURCE if part.get(field)]
    found += [key for part in conditions(rule) if (key := text(part.get("key"))).startswith("request.")]
    return list(dict.fromkeys(found))


def needs_token(rule: dict[str, Any]) -> bool:
    """Whether a rule looks at a JWT."""
    if any(part.get(field) for part in sources(rule) for field in HTTP_SOURCE):
        return True
    return any(text(part.get("key")).startswith("request.auth.") for part in conditions(rule))


def ports_named(rule: dict[str, Any]) -> set[str]:
    """Ports to which a rule confines itself; empty: all."""
    found = {port for part in operations(rule) for port in texts(part.get("ports"))}
    if any(not part.get("ports") for part in operations(rule)):
        found = set()
    for part in conditions(rule):
        if text(part.get("key")) == "destination.port":
            found.update(texts(part.get("values")))
    return found


def tcp_ports(workload: Workload, mesh: Mesh) -> Iterator[tuple[Service, Port, int]]:
    """Ports of a workload that Services declare as TCP or TLS, and no Service as HTTP."""
    seen: dict[int, list[tuple[Service, Port]]] = {}
    for service in mesh.services_of(workload):
        for port in service.ports:
            if port.port_class != "udp" and (target := workload.port_number(port.target)) is not None:
                seen.setdefault(target, []).append((service, port))
    for target, givers in seen.items():
        if all(port.port_class in ("tcp", "tls") for _, port in givers):
            yield givers[0][0], givers[0][1], target


def selected(policy: Policy, mesh: Mesh) -> list[Workload]:
    """Workloads in the files on whose own proxy it acts: no virtual machines, no gateways, those surely together."""
    if policy.targets:
        return []
    index = mesh.workload_index
    if policy.selector:
        found = index.select(policy.selector, None if policy.root else policy.namespace)
    elif policy.root:
        found = tuple(mesh.workloads)
    else:
        found = tuple(index.by_namespace.get(policy.namespace, ()))
    return [
        it
        for it in found
        if not it.gateway and it.kind != "WorkloadGroup" and mesh.together(policy.document, it.document)
    ]


def selected_gateways(policy: Policy, mesh: Mesh) -> list[Workload]:
    """Gateway pods in the files that its selector picks."""
    if policy.targets or not policy.selector:
        return []
    found = mesh.workload_index.select(policy.selector, None if policy.root else policy.namespace)
    return [it for it in found if it.gateway and mesh.together(policy.document, it.document)]


def nearby(mesh: Mesh, kind: str, namespace: str) -> list[Policy]:
    """Policies of a kind that are, or may be, in a namespace, and those of the root namespace that reach it."""
    if not namespace:
        return mesh.policies.of(kind)
    nowhere = [it for it in mesh.policies.reaching(kind, "") if not it.namespace]
    return [*mesh.policies.reaching(kind, namespace), *nowhere]


def dry(policy: Policy) -> bool:
    """Whether it is only tried out."""
    return policy.dry_run and action(policy) in ("ALLOW", "DENY")


def closed_port(mesh: Mesh, workload: Workload) -> tuple[Service, Port, int] | None:
    """A TCP port of a workload to which, by its ALLOW policies, nobody may connect (for `mesh.index`)."""
    if mesh.dataplane(workload) != "sidecar" or mesh.policies.perhaps("AuthorizationPolicy", workload):
        return None
    ports = list(tcp_ports(workload, mesh))
    acting = mesh.policies.applying("AuthorizationPolicy", workload) if ports else ()
    allowing = [it for it in acting if action(it) == "ALLOW" and not dry(it)]
    kept = [ports_named(rule) for it in allowing for _, rule in rules(it) if not http_fields(rule)]
    return next((it for it in ports if not any(not named or str(it[2]) in named for named in kept)), None)
