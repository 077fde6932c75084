"""Whether callers of some pods have an identity: whether they send mTLS, and the pods take it (semantics 10, 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.checks.naming import called, note_at
from istiolint.checks.tls_pairs import server_of_labels, top_mode
from istiolint.mesh.mtls import tls_of
from istiolint.mesh.read import matches, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.finding import Note
    from istiolint.mesh import Mesh
    from istiolint.mesh.destination_rules import DestinationRule
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.services import Service

GATEWAYS = ("ingressgateway", "egressgateway", "eastwestgateway")

Why = tuple[str, tuple["Note", ...]]


def why_plaintext(policy: Policy, mesh: Mesh) -> Why | None:
    """Why callers of the pods of a policy have no identity, and where that is said; None: they may have one."""
    namespace = policy.namespace
    if policy.targets or not namespace or (policy.root and policy.selector) or _gateway(policy, mesh):
        return None
    if mesh.ambient.captures(namespace):
        return None
    server = server_of_labels(mesh, namespace, policy.selector, 0)
    if server is None:
        return None
    if (
        server.mode == "DISABLE"
        and server.policy is not None
        and mesh.together(policy.document, server.policy.document)
    ):
        notes = note_at(server.policy.document, server.path, "no mTLS is taken")
        return f"{called(server.policy)} switches mTLS off", notes
    return _clients(policy, mesh)


def _gateway(policy: Policy, mesh: Mesh) -> bool:
    if policy.selector.get("istio") in GATEWAYS:
        return True
    pods = mesh.workload_index.select(policy.selector, policy.namespace) if policy.selector else ()
    return any(it.gateway for it in pods)


def _clients(policy: Policy, mesh: Mesh) -> Why | None:
    """What callers send to all Services of the pods, as far as a rule or the mesh's settings decide it."""
    hosts = [service.fqdn for service in _services(policy, mesh)] or [f"*.{policy.namespace}.svc.{mesh.domain}"]
    blame: DestinationRule | None = None
    for host in hosts:
        effective = mesh.in_effect(host, policy.namespace)
        said = tls_of(effective, None) if effective is not None else None
        if said is None:
            if mesh.config.auto_mtls:
                return None
            continue
        rule, _, tls = said
        if (text(tls.get("mode")) or "DISABLE") in ("ISTIO_MUTUAL", "MUTUAL"):
            return None
        blame = blame or rule
    if blame is not None:
        if not mesh.together(policy.document, blame.document):
            return None
        what = "plaintext" if top_mode(blame) in ("", "DISABLE") else "TLS that is not the mesh's"
        return f"{called(blame)} makes callers send {what}", note_at(
            blame.document, ("spec", "trafficPolicy", "tls"), "here"
        )
    source = mesh.config.source
    notes = note_at(source, ("metadata", "name"), "here") if source is not None else ()
    return "automatic mTLS is off, and no DestinationRule makes callers use it", notes


def _services(policy: Policy, mesh: Mesh) -> Iterator[Service]:
    """Services whose pods are surely among those of the policy."""
    if not policy.selector:
        return
    for service in mesh.index(_by_namespace).get(policy.namespace, ()):
        if service.selector and matches(policy.selector, service.selector):
            yield service


def _by_namespace(mesh: Mesh) -> dict[str, list[Service]]:
    found: dict[str, list[Service]] = {}
    for service in mesh.services:
        found.setdefault(service.namespace, []).append(service)
    return found
