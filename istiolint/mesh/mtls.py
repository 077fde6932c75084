"""Mutual TLS: what a server's port accepts, and what a client sends (semantics 9.1, 10, 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from istiolint.finding import Path
from istiolint.mesh.destination_rules import DestinationRule, policy_at
from istiolint.mesh.hosts import Host
from istiolint.mesh.read import dig, mapping, number, text
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh.destination_rules import Subset
    from istiolint.mesh.merging import Effective
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.workloads import Workload

Mode = Literal["STRICT", "PERMISSIVE", "DISABLE"]
MODES: tuple[Mode, ...] = ("STRICT", "PERMISSIVE", "DISABLE")

Sending = Literal["plaintext", "auto-mtls", "istio-mtls", "simple", "mutual"]

TLS_MODE_LABEL = "security.istio.io/tlsMode"


class ServerMode(NamedTuple):
    """What a port of a workload accepts."""

    mode: Mode
    policy: Policy | None
    """The PeerAuthentication that says so; None: nobody does, and the default is PERMISSIVE."""
    path: Path
    """Where it says so."""


class ClientTls(NamedTuple):
    """What a client sends to a host."""

    sends: Sending
    """`auto-mtls`: mesh mTLS to each endpoint that has a sidecar and takes it, else plaintext."""
    rule: DestinationRule | None
    """The DestinationRule whose `tls` says so; None: automatic."""
    path: Path
    """Of that `tls` mapping."""
    to_all: bool | None = None
    """With `auto-mtls`: None: each endpoint decides. Else all endpoints get mTLS or none does, since `tls` of the rule
    that the settings of this port replace still decides for endpoints."""
    ignored_credential: bool = False
    """TLS with `credentialName` is asked for, but sidecars ignore it without a workloadSelector."""


DEFAULT = ServerMode("PERMISSIVE", None, ())


def mode_of(value: object) -> Mode | None:
    """The mode of an `mtls` mapping; None: unset, the next wider policy says it."""
    written = dig(value, "mode")
    return next((mode for mode in MODES if mode == written), None)


class Mtls:
    """Questions about mutual TLS in a mesh."""

    __slots__ = ("_mesh",)

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    def namespace_mode(self, namespace: str) -> ServerMode:
        """What PeerAuthentications without selector say for a namespace: its oldest, else the mesh's oldest."""
        return self._mesh.index(_namespace_mode, namespace)

    def wide(self, namespace: str) -> ServerMode:
        """As `namespace_mode`, without memory."""
        for space in dict.fromkeys((namespace, self._mesh.root_namespace)):
            policy = next((it for it in self._reaching(space) if it.namespace == space and not it.selector), None)
            if policy is not None and (mode := mode_of(policy.spec.get("mtls"))):
                return ServerMode(mode, policy, ("spec", "mtls", "mode"))
        return DEFAULT

    def _reaching(self, namespace: str) -> list[Policy]:
        return self._mesh.policies.reaching("PeerAuthentication", namespace)

    def workload_policy(self, workload: Workload) -> Policy | None:
        """The one PeerAuthentication that selects a workload: the oldest; selectors in the root namespace are void."""
        if workload.namespace == self._mesh.root_namespace:
            return None
        return next(
            (it for it in self._reaching(workload.namespace) if it.selector and it.acts_on(workload)),
            None,
        )

    def server(self, workload: Workload, port: int | None = None) -> ServerMode:
        """What `port` (of the pod, not of the Service) of a workload accepts; port None: those without own mode."""
        policy = self.workload_policy(workload)
        if policy is not None:
            for key, item in mapping(policy.spec.get("portLevelMtls")).items():
                if port is not None and number(key) == port and (mode := mode_of(item)):
                    return ServerMode(mode, policy, ("spec", "portLevelMtls", key, "mode"))
            if mode := mode_of(policy.spec.get("mtls")):
                return ServerMode(mode, policy, ("spec", "mtls", "mode"))
        return self.namespace_mode(workload.namespace)

    def client(
        self, host: str, client: str, port: int | None = None, subset: str = "", *,
        having: dict[str, str] | None = None, gateway: bool = False,
    ) -> ClientTls:  # fmt: skip
        """What clients of namespace `client` send to a full host.

        `having`: the client's labels; `gateway`: it is a gateway, which can use `credentialName`.
        """
        effective = self._mesh.in_effect(host, client, having)
        if effective is not None and (said := tls_of(effective, port, subset)) is not None:
            rule, path, tls = said
            mode = text(tls.get("mode")) or "DISABLE"
            if mode in ("SIMPLE", "MUTUAL"):
                credential = text(tls.get("credentialName"))
                if credential and not gateway and rule.selector is None and not credential.startswith("configmap://"):
                    return ClientTls("plaintext", rule, path, ignored_credential=True)
                return ClientTls("simple" if mode == "SIMPLE" else "mutual", rule, path)
            return ClientTls("istio-mtls" if mode == "ISTIO_MUTUAL" else "plaintext", rule, path)
        over = endpoint_mode(effective, port, subset) if effective is not None else ""
        return ClientTls(
            self._automatic(host, client, gateway), None, (), to_all=over == "ISTIO_MUTUAL" if over else None
        )

    def _automatic(self, host: str, client: str, gateway: bool) -> Sending:
        mesh = self._mesh
        if not mesh.config.auto_mtls:
            return "plaintext"
        found = mesh.host(host, client)
        if not isinstance(found, Host) or found.namespace is None:
            return "auto-mtls"
        if not found.services and any(entry.external for entry in found.entries):
            return "plaintext"
        if not found.services and any(entry.resolution == "NONE" and not entry.has_selector for entry in found.entries):
            return "plaintext"
        if self.namespace_mode(found.namespace).mode == "DISABLE":
            return "plaintext"
        if any(service.headless for service in found.services):
            pods = [workload for service in found.services for workload in mesh.behind(service)]
            states = {mesh.dataplane(workload) for workload in pods}
            if "unknown" not in states:
                if states != {"sidecar"}:
                    return "plaintext"
                return "auto-mtls" if gateway else "istio-mtls"
        return "auto-mtls"

    def takes_mtls(self, workload: Workload, port: int | None) -> bool | None:
        """Whether automatic mTLS is used towards a port of this workload; None: not known."""
        state = self._mesh.dataplane(workload)
        if state == "unknown":
            return None
        if state == "none" or workload.labels.get(TLS_MODE_LABEL, "istio") != "istio":
            return False
        return state == "ambient" or self.server(workload, port).mode != "DISABLE"


def _namespace_mode(mesh: Mesh, namespace: str) -> ServerMode:
    return mesh.mtls.wide(namespace)


def tls_of(
    effective: Effective, port: int | None, subset: str = ""
) -> tuple[DestinationRule, Path, dict[str, Any]] | None:
    """The client TLS settings in effect for a port and subset: rule, path, `tls`; None: unset, automatic.

    The subset's port settings, else the subset's own, else the port's, else the rule's; settings of a port replace
    those around them as a whole, even where they say nothing of TLS.
    """
    its: Subset | None = effective.subsets.get(subset) if subset else None
    if its is not None and its.policy:
        part, path = policy_at(its.policy, port)
        if path or isinstance(part.get("tls"), dict):
            return _tls(its.rule, part, (*its.path, "trafficPolicy", *path))
    rule = effective.merged.policy_rule
    if rule is None:
        return None
    part, path = policy_at(rule.policy, port)
    return _tls(rule, part, ("spec", "trafficPolicy", *path))


def _tls(
    rule: DestinationRule, part: dict[str, Any], path: Path
) -> tuple[DestinationRule, Path, dict[str, Any]] | None:
    tls = part.get("tls")
    return (rule, (*path, "tls"), tls) if isinstance(tls, dict) else None


def endpoint_mode(effective: Effective, port: int | None, subset: str) -> str:
    """The TLS mode by which a rule overrides the endpoints' own; empty: it does not.

    Not quite that of `tls_of`: here settings of a port without `tls` leave the mode around them in force.
    """
    its = effective.subsets.get(subset) if subset else None
    rule = effective.merged.policy_rule
    for policy in (its.policy if its else {}, rule.policy if rule else {}):
        part, path = policy_at(policy, port)
        for place in (part, policy) if path else (policy,):
            if isinstance(place.get("tls"), dict):
                return text(dig(place, "tls", "mode")) or "DISABLE"
    return ""
