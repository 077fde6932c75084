"""DestinationRules about the same host: which of them meet, and what becomes of each."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from istiolint.checks.egress import imports
from istiolint.checks.tls_pairs import top_mode, width
from istiolint.mesh.names import cluster_name, is_wildcard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.mesh import Mesh
    from istiolint.mesh.destination_rules import DestinationRule

LOOK_AT = 50
"""So many rules that meet one are looked at."""


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


Rules = list["DestinationRule"]


class Siblings:
    """Rules for one host (as it is written in full), of one namespace, and for the same pods."""

    def __init__(self, mesh: Mesh, host: str) -> None:
        self._mesh = mesh
        self._groups: dict[tuple[object, ...], Rules] = {}
        self._whole: dict[tuple[object, ...], Rules] = {}
        self._by_subset: dict[tuple[object, ...], Rules] = {}
        rules = mesh.rules.by_host.get(host)
        for rule in rules if len(rules) > 1 else ():
            key = _key(rule)
            self._groups.setdefault(key, []).append(rule)
            if not rule.subsets:
                self._whole.setdefault(key, []).append(rule)
            for subset in rule.subsets:
                self._by_subset.setdefault((*key, subset.name), []).append(rule)

    def sharing(self, rule: DestinationRule) -> Rules:
        """Others that set the same as a rule; of very many some."""
        key = _key(rule)
        if not rule.subsets:
            return self._others(rule, self._groups.get(key, ()))
        found = [it for name in rule.subsets for it in self._by_subset.get((*key, name.name), ())[:LOOK_AT]]
        return self._others(rule, dict.fromkeys((*self._whole.get(key, ())[:LOOK_AT], *found)))

    def apart(self, rule: DestinationRule) -> Rules:
        """Others that set something else; of very many some."""
        return [it for it in self._others(rule, self._groups.get(_key(rule), ())) if not share(rule, it)]

    def _others(self, rule: DestinationRule, found: Iterable[DestinationRule]) -> Rules:
        together = self._mesh.together
        return [it for it in islice(found, LOOK_AT) if it.name != rule.name and together(rule.document, it.document)]


def _key(rule: DestinationRule) -> tuple[object, ...]:
    having = None if rule.selector is None else frozenset(rule.selector.items())
    return (rule.namespace, having)


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
    for other in islice(_covering(rule, mesh), LOOK_AT):
        if other is rule or other.selector != rule.selector or switches_on_mtls(other, mesh):
            continue
        if other.namespace == rule.namespace and (other.fqdn == rule.fqdn or other.name == rule.name):
            continue
        if mesh.together(rule.document, other.document) and _seen_together(rule, other, mesh):
            yield other


def covered(host: str, mesh: Mesh) -> Iterable[DestinationRule]:
    """Rules whose hosts a wildcard covers."""
    if host == "*":
        return mesh.destination_rules
    if host[1:2] != ".":
        return (it for it in mesh.destination_rules if it.fqdn.endswith(host[1:]))
    return mesh.index(_by_end).get(host[1:], ())


def _by_end(mesh: Mesh) -> dict[str, list[DestinationRule]]:
    """Rules by each end of their hosts that begins with a dot."""
    found: dict[str, list[DestinationRule]] = {}
    for rule in mesh.destination_rules:
        host = rule.fqdn
        at = host.find(".")
        while at >= 0:
            found.setdefault(host[at:], []).append(rule)
            at = host.find(".", at + 1)
    return found


def _covering(rule: DestinationRule, mesh: Mesh) -> Iterable[DestinationRule]:
    by_host, host = mesh.rules.by_host, rule.fqdn
    yield from by_host.get(host)
    if is_wildcard(host):
        yield from (it for it in covered(host, mesh) if it.fqdn != host)
    for at in range(len(host)):
        wider = f"*{host[at:]}"
        if (at == 0 or host[at] == ".") and wider != host and not wider.startswith("**"):
            yield from by_host.get(wider)
    if host != "*":
        yield from by_host.get("*")


def _seen_together(one: DestinationRule, other: DestinationRule, mesh: Mesh) -> bool:
    narrow = other if is_wildcard(one.fqdn) else one
    viewers = {one.namespace, other.namespace, *one.export_to, *other.export_to} - {"*", ".", "~"}
    return any(
        _sees(viewer, one) and _sees(viewer, other) and imports(mesh, viewer, narrow.fqdn, narrow.namespace)
        for viewer in sorted(viewers)
    )


def _sees(viewer: str, rule: DestinationRule) -> bool:
    return rule.exported_to(viewer)
