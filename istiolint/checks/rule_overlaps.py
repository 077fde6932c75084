"""DestinationRules about the same host: which of them meet, and what becomes of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.checks.egress import imports
from istiolint.checks.tls_pairs import top_mode, width
from istiolint.mesh.names import cluster_name, is_wildcard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.mesh import Mesh
    from istiolint.mesh.destination_rules import DestinationRule


def owner(rule: DestinationRule, mesh: Mesh) -> str | None:
    """The namespace whose Service (or Services) a rule is about; None where that is not known."""
    name = cluster_name(rule.fqdn, mesh.domain)
    if name is not None:
        return name.namespace
    wide = width(rule, mesh)
    return None if wide in (None, "*") else wide


def used(rule: DestinationRule, mesh: Mesh) -> bool:
    """Whether some client may use it: a rule of a third namespace serves that namespace's own pods only."""
    if rule.namespace in (mesh.root_namespace, owner(rule, mesh)):
        return True
    return imports(mesh, rule.namespace, rule.fqdn, rule.namespace)


def siblings(rule: DestinationRule, mesh: Mesh) -> list[DestinationRule]:
    """Other rules for exactly this host in the same namespace, and for the same pods."""
    return [
        other
        for other in mesh.rules.by_host.get(rule.fqdn, ())
        if other.namespace == rule.namespace
        and other.name != rule.name
        and other.selector == rule.selector
        and mesh.together(rule.document, other.document)
    ]


def share(one: DestinationRule, other: DestinationRule) -> bool:
    """Whether both set the same: a subset of one name, or one of them just the whole host."""
    if not one.subsets or not other.subsets:
        return True
    return bool({it.name for it in one.subsets} & {it.name for it in other.subsets})


def switches_on_mtls(rule: DestinationRule, mesh: Mesh) -> bool:
    """Whether it only turns mTLS on for the mesh or for its own namespace: nobody takes it for more."""
    return width(rule, mesh) in ("*", rule.namespace) and top_mode(rule) == "ISTIO_MUTUAL"


def overlapping(rule: DestinationRule, mesh: Mesh) -> Iterator[DestinationRule]:
    """Rules of a wider or narrower host, or of another namespace, that some namespace sees beside this one."""
    for other in _covering(rule, mesh):
        if other is rule or other.selector != rule.selector or switches_on_mtls(other, mesh):
            continue
        if other.namespace == rule.namespace and (other.fqdn == rule.fqdn or other.name == rule.name):
            continue
        if mesh.together(rule.document, other.document) and _seen_together(rule, other, mesh):
            yield other


def _covering(rule: DestinationRule, mesh: Mesh) -> Iterable[DestinationRule]:
    by_host, host = mesh.rules.by_host, rule.fqdn
    yield from by_host.get(host, ())
    if is_wildcard(host):
        for other, rules in by_host.items():
            if other != host and other.endswith(host[1:]):
                yield from rules
    for at in range(len(host)):
        wider = f"*{host[at:]}"
        if (at == 0 or host[at] == ".") and wider != host and wider in by_host and not wider.startswith("**"):
            yield from by_host[wider]
    if host != "*":
        yield from by_host.get("*", ())


def _seen_together(one: DestinationRule, other: DestinationRule, mesh: Mesh) -> bool:
    narrow = other if is_wildcard(one.fqdn) else one
    viewers = {one.namespace, other.namespace, *one.export_to, *other.export_to} - {"*", ".", "~"}
    return any(
        _sees(viewer, one) and _sees(viewer, other) and imports(mesh, viewer, narrow.fqdn, narrow.namespace)
        for viewer in sorted(viewers)
    )


def _sees(viewer: str, rule: DestinationRule) -> bool:
    return rule.exported_to(viewer)
