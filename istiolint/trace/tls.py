"""What a client sends to a cluster: TLS of a DestinationRule, or automatic mTLS (specification 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.destination_rules import policy_at
from istiolint.mesh.mtls import TLS_MODE_LABEL, ClientTls, Sending, endpoint_mode, tls_of
from istiolint.mesh.read import dig, mapping, text
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh.merging import Effective
    from istiolint.mesh.mesh import Mesh
    from istiolint.trace.clusters import Endpoint
    from istiolint.trace.destinations import Cluster
    from istiolint.trace.question import Client
    from istiolint.trace.registry import Entry
    from istiolint.trace.result import Sent


class Towards(NamedTuple):
    """A cluster with what is known of it."""

    cluster: Cluster
    entry: Entry
    effective: Effective | None
    """The DestinationRule in effect."""
    endpoints: tuple[Endpoint, ...] | None
    """All of the service's port; None: not known."""


def client_tls(mesh: Mesh, towards: Towards, client: Client) -> ClientTls:
    """What a client sends to a cluster."""
    cluster, _, effective, _ = towards
    gateway = client.kind == "gateway"
    if effective is not None and (said := tls_of(effective, cluster.port, cluster.subset)) is not None:
        rule, path, tls = said
        mode = text(tls.get("mode")) or "DISABLE"
        if mode in ("SIMPLE", "MUTUAL"):
            credential = text(tls.get("credentialName"))
            if credential and not gateway and rule.selector is None and not credential.startswith("configmap://"):
                return ClientTls("plaintext", rule, path, ignored_credential=True)
            return ClientTls("simple" if mode == "SIMPLE" else "mutual", rule, path)
        return ClientTls("istio-mtls" if mode == "ISTIO_MUTUAL" else "plaintext", rule, path)
    over = endpoint_mode(effective, cluster.port, cluster.subset) if effective is not None else ""
    sends = _automatic(mesh, towards, gateway)
    return ClientTls(sends, None, (), to_all=over == "ISTIO_MUTUAL" if over else None)


def _automatic(mesh: Mesh, towards: Towards, gateway: bool) -> Sending:
    cluster, entry, effective, endpoints = towards
    if not mesh.config.auto_mtls or entry.external:
        return "plaintext"
    if mesh.mtls.namespace_mode(entry.namespace).mode == "DISABLE":
        return "plaintext"
    if not original_destination(entry, effective, cluster):
        return "auto-mtls"
    states = {_injected(mesh, it) for it in endpoints or ()}
    if endpoints is not None and states != {True}:
        return "plaintext"
    return "auto-mtls" if gateway else "istio-mtls"


def _injected(mesh: Mesh, endpoint: Endpoint) -> bool:
    """Whether an endpoint says of itself that it takes mTLS."""
    if endpoint.workload is None:
        return endpoint.labels.get(TLS_MODE_LABEL) == "istio"
    return mesh.dataplane(endpoint.workload) != "none" and endpoint.labels.get(TLS_MODE_LABEL, "istio") == "istio"


def original_destination(entry: Entry, effective: Effective | None, cluster: Cluster) -> bool:
    """Whether a cluster sends to the address that was dialled: of headless services, or as a DestinationRule asks."""
    return entry.resolution == "passthrough" or balancer(effective, cluster) == "PASSTHROUGH"


def balancer(effective: Effective | None, cluster: Cluster) -> str:
    """`loadBalancer.simple` in effect; empty where it is not set."""
    if effective is None:
        return ""
    policies: list[dict[str, Any]] = []
    if cluster.subset and (its := effective.subsets.get(cluster.subset)) and its.policy:
        part, path = policy_at(its.policy, cluster.port)
        policies.append(part)
        if path:
            return text(dig(part, "loadBalancer", "simple"))
    policies.append(policy_at(effective.policy, cluster.port)[0])
    found = next((mapping(it["loadBalancer"]) for it in policies if isinstance(it.get("loadBalancer"), dict)), {})
    return text(found.get("simple"))


def sent_to(mesh: Mesh, tls: ClientTls, endpoint: Endpoint, opaque_tls: bool) -> Sent:
    """What goes to one endpoint; `opaque_tls`: the application itself sends TLS."""
    if tls.sends == "istio-mtls":
        return "mtls"
    if tls.sends in ("simple", "mutual"):
        return "tls"
    if tls.sends == "plaintext":
        return "tls" if opaque_tls else "plaintext"
    if tls.to_all is not None:
        return "mtls" if tls.to_all else "plaintext"
    if endpoint.workload is None:
        return "mtls" if endpoint.labels.get(TLS_MODE_LABEL) == "istio" else "plaintext"
    return "plaintext" if mesh.mtls.takes_mtls(endpoint.workload, endpoint.port) is False else "mtls"
