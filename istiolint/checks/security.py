"""Mutual TLS: what clients send against what servers accept; PeerAuthentications that have no effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from istiolint.checks.naming import across_files, called, host_shown, note_at
from istiolint.checks.phrases import listed
from istiolint.checks.rivals import noted, of_namespace, of_workload, outcome, shown, sureness
from istiolint.checks.tls_pairs import (
    Arrival,
    Setting,
    arrivals,
    setting_of,
    top_mode,
    wide_rules,
    width,
)
from istiolint.finding import Confidence, Defect, Note
from istiolint.mesh.mtls import ServerMode
from istiolint.mesh.read import number

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.destination_rules import DestinationRule
    from istiolint.mesh.policies import Policy
    from istiolint.source.node import Node

MUTUAL = ("ISTIO_MUTUAL", "MUTUAL")

# One host: what is sent against what is taken


def plaintext_to_strict(tls: Node, mesh: Mesh) -> Iterator[Defect]:
    """Plaintext to a port that takes mesh mTLS only is refused (semantics 11)."""
    setting = setting_of(tls, mesh)
    if setting is None or setting.mode != "DISABLE" or _strict_everywhere(setting, mesh) is not None:
        return
    yield from _clash(setting, mesh, lambda it: it.server.mode == "STRICT", "STRICT")


def mtls_to_disabled(tls: Node, mesh: Mesh) -> Iterator[Defect]:
    """Mesh mTLS to a port that takes none fails (semantics 11)."""
    setting = setting_of(tls, mesh)
    if setting is None or setting.mode != "ISTIO_MUTUAL":
        return
    wide = width(setting.rule, mesh) is not None

    def refused(arrival: Arrival) -> bool:
        policy = arrival.server.policy
        reported = wide and policy is not None and policy.scope != "workload"
        return arrival.server.mode == "DISABLE" and not reported

    yield from _clash(setting, mesh, refused, "DISABLE", whoever=True)


def mtls_without_sidecar(tls: Node, mesh: Mesh) -> Iterator[Defect]:
    """ISTIO_MUTUAL is sent to every endpoint, also to those that have no proxy to answer it (semantics 10)."""
    setting = setting_of(tls, mesh)
    if setting is None or setting.mode != "ISTIO_MUTUAL":
        return
    for arrival in arrivals(setting, mesh, "none"):
        if arrival.workload is not None and arrival.proxy == "none":
            workload = arrival.workload
            notes = note_at(workload.document, ("metadata", "name"), "these pods have no sidecar")
            yield _mode(setting).defect(
                to=_to(setting, [arrival]),
                workload=called(workload),
                notes=notes,
                confidence=None if mesh.dataplane(workload) == "none" else "low",
            )
            return


def foreign_tls_to_sidecar(tls: Node, mesh: Mesh) -> Iterator[Defect]:
    """TLS that is not the mesh's own ends at a sidecar that expects mesh mTLS or plain HTTP (semantics 11)."""
    setting = setting_of(tls, mesh)
    if setting is None or setting.mode not in ("SIMPLE", "MUTUAL"):
        return

    def refused(arrival: Arrival) -> bool:
        if arrival.server.mode == "STRICT":
            return setting.mode == "SIMPLE"
        return arrival.port.port_class == "http" and arrival.proxy in ("sidecar", "likely")

    yield from _clash(setting, mesh, refused)


_SURENESS: dict[str, Confidence | None] = {"sidecar": None, "likely": "medium"}


def _clash(
    setting: Setting, mesh: Mesh, refused: Callable[[Arrival], bool], wanted: str = "", whoever: bool = False
) -> Iterator[Defect]:
    """One defect for the first server that refuses what a setting sends, with all ports of which that is true.

    `whoever`: it fails as well where nobody knows whether there is a sidecar at all.
    """
    found: list[Arrival] = []
    for arrival in arrivals(setting, mesh, wanted):
        if found and arrival.service is not found[0].service:
            break
        policy = arrival.server.policy
        if arrival.proxy in ("none", "ambient") or not refused(arrival):
            continue
        if policy is not None and not mesh.together(setting.rule.document, policy.document):
            continue
        near = policy is not None and policy.scope != "mesh"
        if arrival.proxy == "unknown" and not (near or whoever):
            continue
        if not found or arrival.server == found[0].server:
            found.append(arrival)
    if not found:
        return
    first = found[0]
    policy = first.server.policy
    confidence: Confidence | None = _SURENESS.get(first.proxy, "low")
    if policy is None:  # one that is not in the files may say that it takes this
        confidence = across_files(mesh, setting.rule.document, (first.service.document,)) or confidence
    yield _mode(setting).defect(
        to=_to(setting, found),
        mode=setting.mode,
        server=f"{called(policy)} says {first.server.mode}" if policy else "its sidecar looks for plain HTTP there",
        notes=note_at(policy.document, first.server.path, "this is what the server accepts") if policy else (),
        confidence=confidence,
    )


def _mode(setting: Setting) -> Node:
    return setting.node.get("mode") or setting.node


def _to(setting: Setting, found: list[Arrival]) -> str:
    """`reviews.shop..., subset v2, port 80`."""
    words = [host_shown(found[0].service.fqdn)]
    if setting.subset:
        words.append(f"subset {setting.subset}")
    numbers = sorted({arrival.port.number for arrival in found})
    words.append(f"port{'s' if len(numbers) > 1 else ''} {listed(numbers)}")
    return ", ".join(words)


# All of a namespace, or of the mesh


def plaintext_to_strict_namespace(tls: Node, mesh: Mesh) -> Iterator[Defect]:
    """A rule for all Services of a namespace turns mTLS off which the namespace demands."""
    yield from _strict_by(tls, mesh, "namespace")


def plaintext_to_strict_mesh(tls: Node, mesh: Mesh) -> Iterator[Defect]:
    """A rule for all Services of a namespace, or of the mesh, turns mTLS off which the mesh demands."""
    yield from _strict_by(tls, mesh, "mesh")


def _strict_by(tls: Node, mesh: Mesh, scope: str) -> Iterator[Defect]:
    setting = setting_of(tls, mesh)
    if setting is None or setting.mode != "DISABLE":
        return
    server = _strict_everywhere(setting, mesh)
    if server is None or server.policy is None or server.policy.scope != scope:
        return
    policy = server.policy
    yield _mode(setting).defect(
        host=setting.rule.host,
        policy=called(policy),
        notes=note_at(policy.document, server.path, "STRICT is demanded here"),
    )


def _strict_everywhere(setting: Setting, mesh: Mesh) -> ServerMode | None:
    """STRICT that holds for all that a wide rule is about; None: it is not so, or not known."""
    wide = width(setting.rule, mesh)
    if wide is None or setting.subset or setting.port is not None:
        return None
    server = mesh.mtls.namespace_mode(mesh.root_namespace if wide == "*" else wide)
    policy = server.policy
    if server.mode != "STRICT" or policy is None or not mesh.together(setting.rule.document, policy.document):
        return None
    return server if policy.scope == "namespace" or wide == "*" or _has_sidecars(wide, mesh) else None


def _has_sidecars(namespace: str, mesh: Mesh) -> bool:
    """Whether pods of a namespace are known to have sidecars; in a complete mesh, not known not to."""
    found = mesh.namespaces.get(namespace)
    if found is None and mesh.world == "complete":
        return True
    if found is not None and (found.injection == "enabled" or (found.revision and not found.injection)):
        return True
    return any(mesh.dataplane(it) == "sidecar" for it in mesh.workload_index.by_namespace.get(namespace, ()))


def mtls_to_disabled_namespace(mtls: Node, mesh: Mesh) -> Iterator[Defect]:
    """A namespace takes no mTLS, and a rule makes clients send it to all of its Services."""
    policy = mesh.policy_of(mtls.document)
    if mtls.text("mode") != "DISABLE" or policy.scope != "namespace" or not policy.namespace:
        return
    effective = mesh.in_effect(f"*.{policy.namespace}.svc.{mesh.domain}", policy.namespace)
    rules = list(wide_rules(mesh, policy.namespace, "*"))
    if effective is not None:
        rules = [effective.merged.policy_rule or effective.merged.rule]
    yield from _sent_to(mtls, policy, rules, mesh)


def mtls_to_disabled_mesh(mtls: Node, mesh: Mesh) -> Iterator[Defect]:
    """The mesh takes no mTLS, and a rule makes clients send it to all Services."""
    policy = mesh.policy_of(mtls.document)
    if mtls.text("mode") == "DISABLE" and policy.scope == "mesh":
        yield from _sent_to(mtls, policy, list(wide_rules(mesh, "*")), mesh)


def _sent_to(mtls: Node, policy: Policy, rules: list[DestinationRule], mesh: Mesh) -> Iterator[Defect]:
    for rule in rules:
        mode = top_mode(rule)
        if mode in MUTUAL and mesh.together(policy.document, rule.document):
            path = ("spec", "trafficPolicy", "tls", "mode")
            notes = note_at(rule.document, path, "clients send mTLS because of this")
            # a narrower rule that is not here may take it back
            sure = across_files(mesh, policy.document, (rule.document,))
            place = mtls.get("mode") or mtls
            yield place.defect(sender=called(rule), host=rule.host, mode=mode, notes=notes, confidence=sure)
            return


def strict_namespace_without_clients(mtls: Node, mesh: Mesh) -> Iterator[Defect]:
    """Without automatic mTLS a STRICT namespace needs a rule that makes clients use it."""
    policy = mesh.policy_of(mtls.document)
    if policy.scope == "namespace" and policy.namespace:
        yield from _unsent(mtls, mesh, policy.namespace, "*")


def strict_mesh_without_clients(mtls: Node, mesh: Mesh) -> Iterator[Defect]:
    """Without automatic mTLS a STRICT mesh needs a rule that makes clients use it."""
    if mesh.policy_of(mtls.document).scope == "mesh":
        yield from _unsent(mtls, mesh, "*")


def _unsent(mtls: Node, mesh: Mesh, *widths: str) -> Iterator[Defect]:
    if mtls.text("mode") != "STRICT" or mesh.config.auto_mtls:
        return
    if not any(top_mode(rule) in MUTUAL for rule in wide_rules(mesh, *widths)):
        source = mesh.config.source
        notes = note_at(source, ("metadata", "name"), "automatic mTLS is switched off here") if source else ()
        yield (mtls.get("mode") or mtls).defect(notes=notes, confidence=None if mesh.world == "complete" else "low")


# PeerAuthentications that do not do what they say


def root_selector_ignored(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """A selector in the root namespace makes a PeerAuthentication void (semantics 11)."""
    policy = mesh.policy_of(selector.document)
    if not policy.root or not policy.selector:
        return
    pods = [it for it in mesh.workload_index.select(policy.selector, None) if it.namespace]
    pods = [it for it in pods if mesh.together(policy.document, it.document)]
    outcome = ""
    if pods and not mesh.policies.perhaps("PeerAuthentication", pods[0]):
        server = mesh.mtls.server(pods[0])
        outcome = f"; {called(pods[0])} has mode {server.mode}" + (
            f" by {called(server.policy)}" if server.policy else ", the default"
        )
    yield selector.defect(on="key", root=mesh.root_namespace, outcome=outcome)


def port_mtls_not_a_pod_port(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """Keys of portLevelMtls are ports of the pods, not of their Services (semantics 11)."""
    policy = mesh.policy_of(port.document)
    wanted = number(port.key)
    if wanted is None or not policy.selector:
        return
    hint = ""
    notes: tuple[Note, ...] = ()
    pods = mesh.workload_index.select(policy.selector, policy.namespace)
    services = {id(it): it for workload in pods for it in mesh.services_of(workload)}
    targets: set[int] = set()
    for workload in pods:
        targets.update(declared.number for declared in workload.ports)
        for service in mesh.services_of(workload):
            for its in service.ports:
                if (target := workload.port_number(its.target)) is not None:
                    targets.add(target)
    if not pods or wanted in targets:
        return
    for service in services.values():
        for its in service.ports:
            if its.number == wanted:
                target = next((it for it in (w.port_number(its.target) for w in pods) if it is not None), None)
                if target is None:
                    return
                hint = f"{wanted} is a port of Service {service.name}, which leads to port {target} of the pods"
                notes = note_at(service.document, its.path, f"port {wanted} leads to {target}")
    if not hint:
        return
    yield port.defect(on="key", port=wanted, hint=hint, notes=notes, workload=called(pods[0]))


# PeerAuthentications of which only one can count


def several_peer_authentications(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of PeerAuthentications without selector in a namespace only the oldest counts (semantics 11)."""
    policy = mesh.policy_of(root.document)
    others = of_namespace(policy, mesh).others
    if others:
        yield from _rivals(root, policy, others, "", mesh)


def overlapping_peer_authentications(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of PeerAuthentications that select the same pods only the oldest counts, ports and all (semantics 11)."""
    policy = mesh.policy_of(root.document)
    others, workload = of_workload(policy, mesh)
    if others:
        yield from _rivals(root, policy, others, called(workload) if workload else "the same pods", mesh)


def _rivals(root: Node, policy: Policy, others: tuple[Policy, ...], pods: str, mesh: Mesh) -> Iterator[Defect]:
    place = root.at("spec", "selector") or root.at("metadata", "name") or root
    yield place.defect(
        others=shown(others),
        pods=pods,
        outcome=outcome(policy, others),
        confidence=sureness(policy, others, mesh),
        notes=noted(others),
        on="key" if place.key == "selector" else "value",
    )
