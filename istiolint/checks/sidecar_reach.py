"""What the pods of a Sidecar should reach, and what they are reached by (semantics 3.2, 4, 11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.policy_rules import action, dry, rules, sources
from istiolint.checks.principals import principal
from istiolint.finding import Path
from istiolint.mesh.read import texts
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload


class Permission(NamedTuple):
    """That a policy allows a caller by name."""

    policy: Policy
    caller: str
    account: str
    """Of the caller; empty: all of its namespace."""
    path: Path


def permissions(mesh: Mesh) -> dict[str, list[Permission]]:
    """What ALLOW policies for workloads allow, by the namespace of the caller (for `mesh.index`)."""
    found: dict[str, list[Permission]] = {}
    for policy in mesh.policies.of("AuthorizationPolicy"):
        if action(policy) != "ALLOW" or dry(policy) or policy.targets or policy.root or not policy.namespace:
            continue
        for index, rule in rules(policy):
            for place, part in enumerate(sources(rule)):
                for namespace, it in _callers(policy, ("spec", "rules", index, "from", place, "source"), part):
                    found.setdefault(namespace, []).append(it)
    return found


def _callers(policy: Policy, path: Path, source: dict[str, object]) -> Iterator[tuple[str, Permission]]:
    for at, written in enumerate(texts(source.get("principals"))):
        its = principal(written)
        if its is not None:
            yield its.namespace, Permission(policy, written, its.account, (*path, "principals", at))
    for at, written in enumerate(texts(source.get("namespaces"))):
        if "*" not in written:
            yield written, Permission(policy, f"namespace {written}", "", (*path, "namespaces", at))


def calling(sidecar: Policy, caller: Permission, mesh: Mesh) -> bool:
    """Whether all pods that are such a caller are surely configured by a Sidecar."""
    space = mesh.workload_index.by_namespace.get(sidecar.namespace, ())
    pods = [it for it in space if not caller.account or it.service_account == caller.account]
    if sidecar.selector and not pods:
        return False
    return all(not it.gateway and _configured(sidecar, it, mesh) for it in pods)


def _configured(sidecar: Policy, pod: Workload, mesh: Mesh) -> bool:
    return mesh.policies.sidecar(pod.namespace, pod.labels) is sidecar


def called_services(policy: Policy, mesh: Mesh) -> list[Service]:
    """The Services of a policy's workloads, all of them of its namespace; none where they are not known."""
    if not policy.selector:
        return []
    pods = mesh.workload_index.select(policy.selector, policy.namespace)
    found = {id(it): it for pod in pods for it in mesh.services_of(pod)}
    if any(not mesh.services_of(pod) or not mesh.together(policy.document, pod.document) for pod in pods):
        return []
    return list(found.values())


def destinations(mesh: Mesh) -> frozenset[str]:
    """Full hosts to which VirtualServices send requests for other hosts (for `mesh.index`)."""
    return frozenset(
        it.fqdn for route in mesh.virtual_services for it in route.destinations if route.hosts != (it.fqdn,)
    )


def by_port(mesh: Mesh) -> dict[int, list[Service]]:
    """Services by the number of each of their HTTP ports (for `mesh.index`)."""
    found: dict[int, list[Service]] = {}
    for service in mesh.services:
        for port in service.ports:
            if port.port_class == "http" and service.namespace and not service.external_name:
                found.setdefault(port.number, []).append(service)
    return found
