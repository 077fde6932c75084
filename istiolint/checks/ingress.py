"""Gateways as callers: who they are to the policies of what they send to, and whose address they see (semantics 13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.known_hosts import known_host, serving
from istiolint.checks.naming import across_files, called, host_shown, note_at
from istiolint.checks.policy_rules import action, conditions, dry, rules, selected_gateways, sources
from istiolint.finding import Defect
from istiolint.mesh.names import MESH
from istiolint.mesh.read import dig, text, texts
from istiolint.mesh.servers import Servers

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.workloads import Workload
    from istiolint.source.node import Node

PRESERVES = ("proxy-protocol", "preserve", "target-type", "backend-protocol")
"""Parts of annotations by which a load balancer is told to pass on addresses, or how it passes on connections."""


def gateway_not_allowed(destination: Node, mesh: Mesh) -> Iterator[Defect]:
    """Behind a gateway the caller is the gateway, and ALLOW rules that name others only deny what it sends."""
    route = mesh.virtual_service_of(destination.document)
    if set(route.gateways) <= {MESH} or not mesh.policies.of("AuthorizationPolicy"):
        return
    full = mesh.fqdn(destination.text("host"), route.namespace)
    host, target = destination.get("host"), known_host(route, full, mesh)
    if host is None or target is None:
        return
    pods = [pod for service in target.services for pod in mesh.behind(service) if mesh.dataplane(pod) == "sidecar"]
    for name in route.gateways:
        served = serving(route, name, mesh) if name != MESH else None
        for gateway in mesh.index(Servers).pods(served.gateway) if served is not None else ():
            for pod in pods:
                policy = _barring(gateway, pod, mesh)
                if policy is not None and mesh.together(route.document, policy.document):
                    yield host.defect(
                        gateway=called(served.gateway) if served is not None else name,
                        account=f"{gateway.namespace}/{gateway.service_account}",
                        host=host_shown(full),
                        policy=called(policy),
                        notes=note_at(policy.document, ("spec", "rules"), "names other callers"),
                        confidence=across_files(mesh, route.document, [policy.document]),
                    )
                    return


def _barring(gateway: Workload, pod: Workload, mesh: Mesh) -> Policy | None:
    """An ALLOW policy of a pod, if none of them can let the gateway in."""
    kind = "AuthorizationPolicy"
    if not gateway.namespace or mesh.policies.perhaps(kind, pod):
        return None
    allowing = [it for it in mesh.policies.applying(kind, pod) if action(it) == "ALLOW" and not dry(it)]
    if any(_admits(rule, gateway) for policy in allowing for _, rule in rules(policy)):
        return None
    return next((policy for policy in allowing if any(True for _ in rules(policy))), None)


def _admits(rule: dict[str, object], gateway: Workload) -> bool:
    """Whether a rule may be about requests that the gateway sends, whatever else it asks for."""
    for part in conditions(rule):
        if text(part.get("key")) == "source.namespace" and not _among(gateway.namespace, texts(part.get("values"))):
            return False
    parts = sources(rule)
    return not parts or any(_is_source(part, gateway) for part in parts)


def _is_source(part: dict[str, object], gateway: Workload) -> bool:
    if part.get("namespaces") and not _among(gateway.namespace, texts(part["namespaces"])):
        return False
    if part.get("principals"):
        return any(_is_principal(written, gateway) for written in texts(part["principals"]))
    if part.get("serviceAccounts"):
        own = (gateway.service_account, f"{gateway.namespace}/{gateway.service_account}")
        return any(written in own for written in texts(part["serviceAccounts"]))
    return True


def _is_principal(written: str, gateway: Workload) -> bool:
    _, inside, account = written.partition("/ns/")
    own = f"{gateway.namespace}/sa/{gateway.service_account}"
    return not inside or account == own or (account.endswith("*") and own.startswith(account[:-1]))


def _among(namespace: str, patterns: tuple[str, ...]) -> bool:
    return any(
        pattern == namespace
        or (pattern.endswith("*") and namespace.startswith(pattern[:-1]))
        or (pattern.startswith("*") and namespace.endswith(pattern[1:]))
        for pattern in patterns
    )


def client_address_not_seen(blocks: Node, mesh: Mesh) -> Iterator[Defect]:
    """A gateway behind a Service that does not keep addresses sees those of nodes in place of its clients'."""
    if not blocks.value:
        return
    policy = mesh.policy_of(blocks.document)
    for pod in selected_gateways(policy, mesh):
        for service in mesh.services_of(pod):
            spec = service.document.value.get("spec")
            if text(dig(spec, "type")) not in ("LoadBalancer", "NodePort"):
                continue
            if text(dig(spec, "externalTrafficPolicy")) == "Local" or _keeps(service.document.strings("annotations")):
                continue
            yield blocks.defect(
                on="key",
                field=blocks.key,
                service=called(service),
                notes=note_at(service.document, ("spec", "externalTrafficPolicy"), "addresses are not kept here"),
            )
            return


def _keeps(annotations: dict[str, str]) -> bool:
    return any(word in name for name in annotations for word in PRESERVES)
