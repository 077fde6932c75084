"""What some callers meet, and others do not: other rules, no identity, nothing at all (semantics 3, 9, 10, 13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.egress import imports
from istiolint.checks.naming import across_files, called, host_shown, note_at
from istiolint.checks.policy_rules import IDENTITY, IDENTITY_KEYS, action, conditions, dry, rules, sources
from istiolint.checks.principals import principal
from istiolint.checks.tls_pairs import Arrival, Setting, arrivals, setting_of
from istiolint.finding import Defect, Path
from istiolint.mesh.listings import DESTINATIONS
from istiolint.mesh.names import cluster_name, is_wildcard
from istiolint.mesh.read import dig, sequence, text, texts
from istiolint.mesh.visibility import scopes
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.destination_rules import DestinationRule
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.virtual_services import Destination, VirtualService
    from istiolint.mesh.workloads import Workload
    from istiolint.source.node import Node

LOOK_AT = 50
"""So many of a kind that one object meets are looked at."""

# Who is allowed by name, and sends plaintext


class Named(NamedTuple):
    """A caller that an ALLOW rule names."""

    policy: Policy
    written: str
    namespace: str
    path: Path


def allowed_caller_in_plaintext(tls: Node, mesh: Mesh) -> Iterator[Defect]:
    """A caller is known by its certificate: in plaintext no ALLOW rule recognises it (semantics 10, 13.3)."""
    setting = setting_of(tls, mesh)
    if setting is None or setting.mode != "DISABLE" or not mesh.policies.of("AuthorizationPolicy"):
        return
    for arrival in arrivals(setting, mesh):
        workload = arrival.workload
        if workload is None or arrival.proxy != "sidecar" or arrival.server.mode == "STRICT":
            continue
        for caller in _named_callers(workload, mesh):
            if not _uses(setting, caller.namespace, arrival, mesh):
                continue
            if not mesh.together(tls.document, caller.policy.document):
                continue
            yield (tls.get("mode") or tls).defect(
                namespace=caller.namespace,
                host=host_shown(arrival.service.fqdn),
                port=arrival.port.number,
                policy=called(caller.policy),
                caller=caller.written,
                outcome="closes the connection" if arrival.port.port_class in ("tcp", "tls") else "answers 403",
                notes=note_at(caller.policy.document, caller.path, "allowed, if it were known"),
                # a policy that is not here may allow calls without identity
                confidence=across_files(mesh, tls.document, (caller.policy.document,)),
            )
            return


def _uses(setting: Setting, client: str, arrival: Arrival, mesh: Mesh) -> bool:
    """Whether this setting is the one that callers of a namespace use towards a port."""
    if not client or setting.rule.selector is not None:
        return False
    sent = mesh.mtls.client(arrival.service.fqdn, client, arrival.port.number, setting.subset)
    return sent.rule is setting.rule and sent.path == setting.node.path


def _named_callers(workload: Workload, mesh: Mesh) -> list[Named]:
    """Callers that ALLOW rules of a workload name; none where a rule lets in somebody without an identity."""
    if mesh.policies.perhaps("AuthorizationPolicy", workload):
        return []
    found: list[Named] = []
    for policy in mesh.policies.applying("AuthorizationPolicy", workload):
        if action(policy) != "ALLOW" or dry(policy):
            continue
        for index, rule in rules(policy):
            keys = {text(part.get("key")) for part in conditions(rule)}
            parts = sources(rule)
            if keys.isdisjoint(IDENTITY_KEYS) and not (
                parts and all(any(part.get(field) for field in IDENTITY) for part in parts)
            ):
                return []
            found += _in_rule(policy, index, parts)
    return found


def _in_rule(policy: Policy, index: int, parts: list[dict[str, object]]) -> Iterator[Named]:
    for place, part in enumerate(parts):
        path: Path = ("spec", "rules", index, "from", place, "source")
        for at, written in enumerate(texts(part.get("principals"))):
            its = principal(written)
            if its is not None:
                yield Named(policy, written, its.namespace, (*path, "principals", at))
        for at, written in enumerate(texts(part.get("namespaces"))):
            if "*" not in written:
                yield Named(policy, f"namespace {written}", written, (*path, "namespaces", at))


# A rule of the caller's namespace that lacks what routes lead to


class _Leads(NamedTuple):
    """An http destination with a subset, of a VirtualService for sidecars."""

    route: VirtualService
    to: Destination


def _routed(mesh: Mesh, host: str) -> list[_Leads]:
    """Destinations at a full host with subsets."""
    return [
        _Leads(route, it)
        for route in mesh.listing(DESTINATIONS).get(host)
        for it in (route.destinations if route.in_mesh else ())
        if it.fqdn == host and it.subset and it.role == "route" and it.weight != 0
    ]


def _covered(mesh: Mesh, host: str) -> list[str]:
    """Hosts with such destinations that a rule for `host` is about."""
    if is_wildcard(host):
        return mesh.index(_routed_by_tail).get(host[1:], [])[:LOOK_AT]
    return [host] if mesh.index(_routed, host) else []


def _routed_by_tail(mesh: Mesh) -> dict[str, list[str]]:
    """All hosts with such destinations, by what each ends with."""
    hosts = dict.fromkeys(it.fqdn for route in mesh.virtual_services for it in route.destinations if it.subset)
    found: dict[str, list[str]] = {}
    for host in hosts:
        if mesh.index(_routed, host):
            found.setdefault("", []).append(host)
            for at, character in enumerate(host):
                if character == ".":
                    found.setdefault(host[at:], []).append(host)
    return found


def subset_hidden_from_callers(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """A rule of the caller's namespace is used alone: subsets of the owner's do not exist for it (semantics 9)."""
    rule = mesh.destination_rule_of(host.document)
    space = rule.namespace
    if not space or rule.selector is not None or space == mesh.root_namespace:
        return
    own = cluster_name(rule.fqdn, mesh.domain)
    if own is not None and own.namespace == space and not is_wildcard(rule.fqdn):
        return
    for name in _covered(mesh, rule.fqdn):
        its = cluster_name(name, mesh.domain)
        if its is None or its.namespace in ("", space) or not imports(mesh, space, name, its.namespace):
            continue
        effective = mesh.in_effect(name, space)
        if effective is None or rule not in effective.rules:
            continue
        for leads in mesh.index(_routed, name)[:LOOK_AT]:
            if leads.to.subset in effective.subsets or not _taken_by(leads.route, space, mesh):
                continue
            other = _defining(name, leads.to.subset, its.namespace, space, mesh)
            if other is None or not all(
                mesh.together(rule.document, it) for it in (leads.route.document, other.document)
            ):
                continue
            yield host.defect(
                namespace=space,
                subset=leads.to.subset,
                host=host_shown(name),
                route=called(leads.route),
                other=called(other),
                notes=(
                    *note_at(other.document, ("spec", "subsets"), "defined here, and not used by these callers"),
                    *note_at(leads.to.document, (*leads.to.path, "subset"), "requests are sent there"),
                ),
                # a rule that is not here may be merged with this one
                confidence=across_files(mesh, rule.document, (other.document, leads.route.document)),
            )
            return


def _taken_by(route: VirtualService, viewer: str, mesh: Mesh) -> bool:
    """Whether callers of another namespace surely take the routes of a VirtualService."""
    if route.namespace == viewer or not {viewer, "*"} & scopes(mesh, route):
        return False
    return any(
        not is_wildcard(host) and all(it is route or not {viewer, "*"} & scopes(mesh, it) for it in others)
        for host in route.hosts
        if len(others := mesh.mesh_routes.get(host)) <= LOOK_AT
    )


def _defining(host: str, subset: str, owner: str, viewer: str, mesh: Mesh) -> DestinationRule | None:
    """The rule with a subset that callers would use if their own namespace had none."""
    for rule in mesh.rules.by_host.get(host, ())[:LOOK_AT]:
        seen = rule.namespace in (owner, mesh.root_namespace) and rule.selector is None and rule.exported_to(viewer)
        if seen and any(it.name == subset for it in rule.subsets):
            return rule
    return None


# Addresses

SMALL = 22
INSIDE = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "224.0.0.0/3",
)  # fmt: skip
"""Addresses that networks give away themselves."""


def public_address_in_mesh(value: Node, mesh: Mesh) -> Iterator[Defect]:
    """Inside of the mesh the other end of a connection is a pod: no public address ever matches (semantics 13.3)."""
    policy = mesh.policy_of(value.document)
    if not isinstance(value.value, str) or policy.targets or policy.root or not policy.namespace:
        return
    pods = _reached_by_pods_alone(policy, mesh) if _is_public(value.value) else ()
    if pods:
        yield value.defect(
            block=value.value,
            workload=called(pods[0]),
            outcome=_never(action(policy), str(value.path[-2]).startswith("not")),
            # a Service that is not here may let callers in from outside
            confidence=across_files(mesh, value.document, (it.document for it in pods)),
        )


def _is_public(block: str) -> bool:
    """Whether a block of IPv4 addresses is one of the internet, and so small that no cluster has its pods there."""
    import ipaddress

    try:
        network = ipaddress.IPv4Network(block, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= SMALL and not any(network.overlaps(ipaddress.IPv4Network(it)) for it in INSIDE)


def _never(act: str, negated: bool) -> str:
    if negated:
        return "always holds"
    return "lets nobody in" if act == "ALLOW" else "matches nobody"


def _reached_by_pods_alone(policy: Policy, mesh: Mesh) -> tuple[Workload, ...]:
    """The workloads of a policy, if all are known to be reached through cluster addresses only; else none."""
    pods = mesh.workload_index.select(policy.selector, policy.namespace) if policy.selector else ()
    for pod in pods:
        services = mesh.services_of(pod)
        ports = [port for container, _ in pod.containers for port in sequence(container.get("ports"))]
        open_port = pod.host_network or any(dig(port, "hostPort") for port in ports)
        if pod.gateway or open_port or not services or not mesh.together(policy.document, pod.document):
            return ()
        if any(it.kind != "ClusterIP" or it.spec.get("externalIPs") for it in services):
            return ()
    return pods


# What one rule allows and another denies


def allowed_and_denied(rule: Node, mesh: Mesh) -> Iterator[Defect]:
    """A DENY rule that holds for all that an ALLOW rule is about makes that rule void (semantics 13.2)."""
    policy = mesh.policy_of(rule.document)
    if action(policy) != "ALLOW" or dry(policy) or policy.targets or not isinstance(rule.value, dict):
        return
    from istiolint.checks.meeting import Meeting
    from istiolint.checks.rule_cover import covers, example

    near = mesh.index(Meeting).of("AuthorizationPolicy", policy.namespace, policy.selector)
    for other in near[:LOOK_AT]:
        if action(other) != "DENY" or dry(other) or other.targets or not policy.namespace:
            continue
        if not other.acts_in(policy.namespace) or (policy.root and not other.root):
            continue
        if not other.selector.items() <= policy.selector.items() or not mesh.together(policy.document, other.document):
            continue
        for index, its in rules(other):
            if covers(its, rule.value):
                yield rule.defect(
                    witness=example(rule.value),
                    other=called(other),
                    number=index + 1,
                    notes=note_at(other.document, ("spec", "rules", index), "this denies it"),
                    confidence=across_files(mesh, rule.document, (other.document,)),
                )
                return
