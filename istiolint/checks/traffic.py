"""DestinationRules: hosts and subsets that are not there, rules that hide each other, settings that get lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.naming import called, host_shown, labels_shown, note_at, rewritten
from istiolint.checks.phrases import listed, suggestion
from istiolint.checks.rule_overlaps import Siblings, covered, overlapping, owner, share, switches_on_mtls, used
from istiolint.checks.subset_pods import missing_pods
from istiolint.checks.tls_pairs import top_mode, wide_rules
from istiolint.finding import Defect, Note
from istiolint.mesh import Absent
from istiolint.mesh.listings import ROUTED_SUBSETS
from istiolint.mesh.names import cluster_name, is_wildcard
from istiolint.mesh.read import dig, mapping, sequence, text

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.destination_rules import DestinationRule
    from istiolint.source.node import Node

MANY = 3
"""So many others are named."""

# Hosts and subsets


def destination_rule_host_not_found(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """A rule for a host that nobody defines sets nothing (semantics 2.1, 9)."""
    if not isinstance(host.value, str) or not host.value:
        return
    namespace = mesh.namespace_of(host.document)
    found = mesh.any_host(host.value, namespace)
    if not isinstance(found, Absent):
        return
    full = mesh.fqdn(host.value, namespace)
    if is_wildcard(host.value):
        why = f"no Service or ServiceEntry has a host like {full}"
    elif found.reason == "hidden":
        why = f"{full} exists, but is not exported to namespace {namespace}"
    elif found.reason == "unqualified":
        why = f'"{host.value}" is taken as a full name; the Service is called {found.near}'
    elif found.reason == "elsewhere":
        why = f"no Service or ServiceEntry is {full}; there is {found.near}"
    else:
        why = f"no Service or ServiceEntry is {full}{suggestion(found.near)}"
    document = getattr(found.thing, "document", None)
    yield host.defect(
        why=why,
        notes=note_at(document, ("metadata", "name"), "this one exists") if document else (),
        repair=rewritten(host, found.near) if found.near else None,
        confidence=None if found.certain else "low",
    )


def subset_without_workloads(subset: Node, mesh: Mesh) -> Iterator[Defect]:
    """A subset that requests are sent to, and that no pod is in (semantics 9.1)."""
    if _routed(subset, mesh):
        yield from _empty_subset(subset, mesh)


def unused_subset_without_workloads(subset: Node, mesh: Mesh) -> Iterator[Defect]:
    """A subset that no pod is in; nothing is sent there yet."""
    if not _routed(subset, mesh):
        yield from _empty_subset(subset, mesh)


def _routed(subset: Node, mesh: Mesh) -> bool:
    return _is_routed(mesh.destination_rule_of(subset.document).fqdn, subset.text("name"), mesh)


def _is_routed(host: str, subset: str, mesh: Mesh) -> bool:
    return subset in mesh.listing(ROUTED_SUBSETS).get(host)


def _empty_subset(subset: Node, mesh: Mesh) -> Iterator[Defect]:
    found = missing_pods(subset, mesh)
    labels = subset.get("labels")
    if not isinstance(found, Absent) or labels is None:
        return
    rule = mesh.destination_rule_of(subset.document)
    key, _, value = found.near.partition("=")
    place = labels.get(key) if key and value else None
    yield (place or labels).defect(
        on="value" if place else "key",
        subset=subset.text("name"),
        labels=labels_shown({key: text(value) for key, value in labels.value.items()}),
        host=host_shown(rule.fqdn),
        hint=suggestion(found.near),
        notes=note_at(found.thing.document, found.thing.labels_path, "labels of these pods") if found.thing else (),
        repair=rewritten(place, value) if place else None,
        confidence=None if found.certain else "low",
    )


def subset_without_labels(subset: Node, mesh: Mesh) -> Iterator[Defect]:
    """A subset with neither labels nor settings is the whole host under another name (semantics 9.1)."""
    rule = mesh.destination_rule_of(subset.document)
    if mapping(dig(subset.value, "labels")) or mapping(dig(subset.value, "trafficPolicy")):
        return
    if not isinstance(mesh.any_host(rule.host, rule.namespace), Absent):
        yield (subset.get("name") or subset).defect(subset=subset.text("name"), host=host_shown(rule.fqdn))


# Several rules for one host


def destination_rules_collide(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of two rules for one host in one namespace that set the same, one is dropped (semantics 9)."""
    rule = mesh.destination_rule_of(host.document)
    others = mesh.index(Siblings, rule.fqdn).sharing(rule)
    if not rule.fqdn or not others or not used(rule, mesh):
        return
    if all(other.export_to == rule.export_to for other in others):
        outcome = "of subsets with one name, and of trafficPolicy, only those of the oldest rule count"
    else:
        outcome = "since they differ in exportTo, only the youngest is used at all"
    yield host.defect(others=_some(others), outcome=outcome, notes=_at_hosts(others[:MANY]))


def destination_rules_unmerged(export: Node, mesh: Mesh) -> Iterator[Defect]:
    """Rules for one host with different exportTo are not merged: the younger one replaces the older (semantics 9)."""
    rule = mesh.destination_rule_of(export.document)
    others = [it for it in mesh.index(Siblings, rule.fqdn).apart(rule) if it.export_to != rule.export_to]
    others = [it for it in others if it.exported_to(rule.namespace) and rule.exported_to(rule.namespace)]
    if others and rule.selector is None:
        names = listed(f'"{it.name}"' for other in others[:MANY] for it in other.subsets)
        yield export.defect(on="key", others=_some(others), subsets=names, notes=_at_hosts(others[:MANY]))


def traffic_policy_lost(policy: Node, mesh: Mesh) -> Iterator[Defect]:
    """Of the trafficPolicies of rules that are merged only one counts (semantics 9)."""
    rule = mesh.destination_rule_of(policy.document)
    others = [
        it for it in mesh.index(Siblings, rule.fqdn).apart(rule) if it.has_policy and it.export_to == rule.export_to
    ]
    if others and used(rule, mesh):
        path = ("spec", "trafficPolicy")
        notes = tuple(note for it in others[:MANY] for note in note_at(it.document, path, "the other one"))
        yield policy.defect(on="key", host=host_shown(rule.fqdn), others=_some(others), notes=notes)


def overlapping_destination_rules(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """Rules of a wider host or of another namespace: a caller uses one of them, they are not combined (semantics 9)."""
    rule = mesh.destination_rule_of(host.document)
    if not rule.fqdn or switches_on_mtls(rule, mesh) or not used(rule, mesh):
        return
    others = [other for other in overlapping(rule, mesh) if share(rule, other)]
    if others and not mesh.index(Siblings, rule.fqdn).sharing(rule):
        yield host.defect(others=_some(others), notes=_at_hosts(others[:MANY]))


def owner_rule_hidden(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """A wildcard in the caller's namespace hides exact rules of the Services' owners, subsets and all (semantics 9)."""
    rule = mesh.destination_rule_of(host.document)
    space = rule.namespace
    if not is_wildcard(rule.fqdn) or rule.selector is not None or not space or space == mesh.root_namespace:
        return
    hidden = []
    for other in _exact_rules(rule, mesh):
        name = cluster_name(other.fqdn, mesh.domain)
        if name is None or name.namespace != other.namespace or space in ("", other.namespace):
            continue
        if not (other.subsets or other.has_policy) or not other.exported_to(space):
            continue
        effective = mesh.in_effect(other.fqdn, space)
        if effective is not None and rule in effective.rules and mesh.together(rule.document, other.document):
            hidden.append(other)
            if len(hidden) > MANY:
                break
    if hidden:
        yield host.defect(hidden=_some(hidden), namespace=space, notes=_at_hosts(hidden[:MANY]))


def _exact_rules(rule: DestinationRule, mesh: Mesh) -> Iterator[DestinationRule]:
    return (it for it in covered(rule.fqdn, mesh) if not is_wildcard(it.fqdn))


def general_rule_swallowed(host: Node, mesh: Mesh) -> Iterator[Defect]:
    """A private rule is folded into a rule with workloadSelector, and lost for all other pods (semantics 9)."""
    rule = mesh.destination_rule_of(host.document)
    if rule.selector is not None or not rule.private:
        return
    for entry in mesh.rules.of(rule.namespace, rule.fqdn).local:
        if rule in entry.swallowed and mesh.together(rule.document, entry.rule.document):
            notes = note_at(entry.rule.document, ("spec", "workloadSelector"), "this rule takes it over")
            yield host.defect(other=called(entry.rule), labels=labels_shown(entry.selector or {}), notes=notes)
            return


def selector_rule_blocks_others(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """A namespace whose only rule for a host has a selector cuts its other pods off from the owner's (semantics 9)."""
    rule = mesh.destination_rule_of(selector.document)
    name = cluster_name(rule.fqdn, mesh.domain)
    if name is None or not rule.namespace or name.namespace in ("", rule.namespace) or rule.selector is None:
        return
    if mesh.in_effect(rule.fqdn, rule.namespace) is not None:
        return
    spaces = (name.namespace, mesh.root_namespace)
    others = [it for it in mesh.rules.by_host.get(rule.fqdn, ()) if it.namespace in spaces and it.selector is None]
    others = [it for it in others if it.exported_to(rule.namespace) and mesh.together(rule.document, it.document)]
    if others:
        labels = labels_shown(rule.selector)
        yield selector.defect(on="key", labels=labels, other=called(others[0]), notes=_at_hosts(others))


def selector_rule_drops_subsets(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """For the pods that it picks a rule replaces the general one as a whole, subsets too (semantics 9)."""
    rule = mesh.destination_rule_of(selector.document)
    general = mesh.in_effect(rule.fqdn, rule.namespace) if rule.selector is not None and rule.namespace else None
    if general is None or rule.selector is None:
        return
    own = mesh.in_effect(rule.fqdn, rule.namespace, rule.selector)
    known = own.subsets if own is not None else {}
    lost = [name for name in general.subsets if name not in known and _is_routed(rule.fqdn, name, mesh)]
    other = general.merged.rule
    if lost and mesh.together(rule.document, other.document):
        names = listed(f'"{name}"' for name in lost)
        notes = _at_hosts([other])
        yield selector.defect(
            on="key", labels=labels_shown(rule.selector), subsets=names, other=called(other), notes=notes
        )


def export_without_effect(export: Node, mesh: Mesh) -> Iterator[Defect]:
    """A rule of a namespace that owns neither the Service nor the mesh is used by its own pods only (semantics 9)."""
    rule = mesh.destination_rule_of(export.document)
    home = owner(rule, mesh)
    words = rule.export_to - {".", rule.namespace}
    if not words or not home or not rule.namespace or rule.namespace in (home, mesh.root_namespace):
        return
    yield export.defect(on="key", namespace=rule.namespace, owner=home, root=mesh.root_namespace)


def _some(rules: list[DestinationRule]) -> str:
    """The first few of them by name."""
    return listed([*map(called, rules[:MANY]), *(["others"] if len(rules) > MANY else [])])


def _at_hosts(rules: list[DestinationRule]) -> tuple[Note, ...]:
    return tuple(note for it in rules for note in note_at(it.document, ("spec", "host"), "the other rule"))


# Settings that get lost


def port_settings_drop_tls(settings: Node, mesh: Mesh) -> Iterator[Defect]:
    """Settings of a port replace those around them as a whole, TLS too (semantics 9.1)."""
    port = settings.at("port", "number")
    around = _around(settings, "tls") if port is not None and settings.get("tls") is None else None
    if port is None or around is None:
        return
    mode = around.text("mode") or "DISABLE"
    if mode == "ISTIO_MUTUAL" and mesh.config.auto_mtls:
        return  # automatic mTLS does the same
    rule = mesh.destination_rule_of(settings.document)
    entries = mesh.registry.entries.best(rule.fqdn)
    external = not cluster_name(rule.fqdn, mesh.domain) and all(entry.external for entry in entries)
    instead = "mTLS where the server has it" if mesh.config.auto_mtls and not external else "plaintext"
    notes = [around.note("not for this port", on="key")]
    yield settings.defect(port=port.value, mode=mode, instead=instead, notes=notes)


def _around(settings: Node, field: str) -> Node | None:
    """What a port would have without settings of its own: of the subset, else of the rule (its port, else all)."""
    near = settings.document.node(*settings.path[:-2], field)
    if near is not None or settings.path[1] != "subsets":
        return near
    port = settings.at("port", "number")
    ports = settings.document.node("spec", "trafficPolicy", "portLevelSettings")
    same = [it for it in ports.items() if dig(it.value, "port", "number") == port.value] if ports and port else []
    return same[0].get(field) if same else settings.document.node("spec", "trafficPolicy", field)


def port_settings_drop_policy(settings: Node) -> Iterator[Defect]:
    """Settings of a port replace those around them as a whole: limits and outlier detection too (semantics 9.1)."""
    port = settings.at("port", "number")
    if port is None:
        return
    fields = ("connectionPool", "loadBalancer", "outlierDetection")
    lost = [node for it in fields if settings.get(it) is None and (node := _around(settings, it)) is not None]
    if lost:
        notes = [node.note("not for this port", on="key") for node in lost]
        yield settings.defect(port=port.value, lost=listed(node.key for node in lost), notes=notes)


def wider_tls_lost(spec: Node, mesh: Mesh) -> Iterator[Defect]:
    """Without automatic mTLS, a rule without TLS turns off what a wider one turned on (semantics 9, 10)."""
    if not mesh.config.auto_mtls:
        yield from _wider_tls(spec, mesh)


def wider_tls_not_inherited(spec: Node, mesh: Mesh) -> Iterator[Defect]:
    """A rule that says nothing of TLS inherits none from a wider one: mTLS is automatic there (semantics 9, 10)."""
    if mesh.config.auto_mtls:
        yield from _wider_tls(spec, mesh)


def _wider_tls(spec: Node, mesh: Mesh) -> Iterator[Defect]:
    rule = mesh.destination_rule_of(spec.document)
    name = cluster_name(rule.fqdn, mesh.domain)
    ports = sequence(rule.policy.get("portLevelSettings"))
    if name is None or top_mode(rule) or any(isinstance(dig(port, "tls"), dict) for port in ports):
        return
    for wider in wide_rules(mesh, name.namespace, "*"):
        if top_mode(wider) == "ISTIO_MUTUAL" and mesh.together(rule.document, wider.document):
            path = ("spec", "trafficPolicy", "tls")
            notes = note_at(wider.document, path, "this does not hold here")
            place = spec.get("trafficPolicy")
            yield (place or spec.get("host") or spec).defect(
                on="key" if place else "value", wider=called(wider), host=wider.host, notes=notes
            )
            return


def credential_name_ignored(credential: Node, mesh: Mesh) -> Iterator[Defect]:
    """Sidecars do not read credentialName without a workloadSelector: they send plaintext (semantics 10)."""
    rule = mesh.destination_rule_of(credential.document)
    mode = text(dig(_parent(credential), "mode"))
    if mode not in ("SIMPLE", "MUTUAL") or rule.selector is not None or rule.namespace in ("", mesh.root_namespace):
        return
    if not isinstance(credential.value, str) or credential.value.startswith("configmap://") or not credential.value:
        return
    if any(workload.gateway for workload in mesh.workload_index.by_namespace.get(rule.namespace, ())):
        return
    edges = mesh.graph.incoming.get(("host", rule.fqdn), ())
    services = {id(edge.document): mesh.virtual_service_of(edge.document) for edge in edges if edge.label == "route"}
    if any(not service.in_mesh or len(service.gateways) > 1 for service in services.values()):
        return  # a gateway, which can read it, sends there
    yield credential.defect(host=host_shown(rule.fqdn), mode=mode)


def _parent(node: Node) -> object:
    found = node.document.node(*node.path[:-1])
    return found.value if found is not None else None


def no_ca_for_destination(tls: Node) -> Iterator[Defect]:
    """TLS without a CA of its own trusts every CA of the system (specification IST0128)."""
    yield from _without_ca(tls)


def no_ca_for_port(tls: Node) -> Iterator[Defect]:
    """TLS of a port without a CA of its own trusts every CA of the system (specification IST0129)."""
    yield from _without_ca(tls)


def _without_ca(tls: Node) -> Iterator[Defect]:
    mode = tls.text("mode")
    if mode not in ("SIMPLE", "MUTUAL") or tls.text("caCertificates"):
        return
    selects = tls.document.node("spec", "workloadSelector") is not None
    if not (tls.text("credentialName") and selects):
        yield (tls.get("mode") or tls).defect(mode=mode)


def certificate_not_verified(skip: Node) -> Iterator[Defect]:
    """insecureSkipVerify takes any certificate."""
    if skip.value is True and text(dig(_parent(skip), "mode")) in ("SIMPLE", "MUTUAL"):
        yield skip.defect()


# Who may see it


def export_to_unknown_namespace(word: Node, mesh: Mesh) -> Iterator[Defect]:
    """exportTo names a namespace that does not exist."""
    if not isinstance(word.value, str) or word.value in ("", ".", "*", "~"):
        return
    found = mesh.namespace(word.value)
    if isinstance(found, Absent):
        yield word.defect(
            namespace=word.value,
            hint=suggestion(found.near),
            repair=rewritten(word, found.near) if found.near else None,
            confidence=None if found.certain else "low",
        )
