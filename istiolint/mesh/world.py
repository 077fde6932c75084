"""When may absence be concluded? The evidence of the default world, in one place.

`complete`: what is not in the files (nor declared external) is absent. `partial`: only contradictions inside the
files count. `auto`: absent is said with certainty for a plain misspelling of something that exists where it is looked
for; with less than certainty where the files seem to hold all the rest of that namespace, or the thing in another
namespace. Taking files away must not make an answer certain that was not: so counting alone never does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.answers import UNKNOWN, Absent, Unknown
from istiolint.mesh.names import cluster_name, complete, is_wildcard
from istiolint.mesh.nearness import Names, misspelt

if TYPE_CHECKING:
    from typing import Any

    from istiolint.mesh.destination_rules import DestinationRule, Effective, Subset
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.named import Named
    from istiolint.mesh.service_entries import ServiceEntry
    from istiolint.mesh.services import Service

ENOUGH = 4
"""So many other hosts of a namespace must be referred to, and all found, before a missing one is conspicuous."""


def absent_host(mesh: Mesh, written: str, namespace: str, hidden: Service | ServiceEntry | None) -> Absent | Unknown:
    """The answer for a host that is not visible from `namespace`; `hidden` is one of that name it cannot see."""
    host = complete(written, namespace, mesh.domain)
    full = mesh.world == "complete"
    name = cluster_name(host, mesh.domain)
    if hidden is not None and (full or name is not None):
        return Absent(True, reason="hidden", thing=hidden)
    if mesh.world != "complete" and is_wildcard(host):
        return UNKNOWN
    partly = _unqualified(mesh, host)
    if partly is not None:
        return Absent(True, partly.fqdn, "unqualified", partly)
    if mesh.world == "partial":
        return UNKNOWN
    found = _absent_service(mesh, written, *name) if name is not None else _absent_entry(mesh, host)
    if not full:
        return found
    return found._replace(certain=True) if isinstance(found, Absent) else Absent(True)


def _unqualified(mesh: Mesh, host: str) -> Service | None:
    """The Service that `name.namespace` or `name.namespace.svc` was meant to be."""
    parts = host.split(".")
    if len(parts) != 2 and not (len(parts) == 3 and parts[2] == "svc"):
        return None
    services = mesh.registry.services.get(complete_name(mesh, parts[0], parts[1]))
    return services[0] if services else None


def complete_name(mesh: Mesh, service: str, namespace: str) -> str:
    """Full host of a Service."""
    return f"{service}.{namespace}.svc.{mesh.domain}"


def _absent_service(mesh: Mesh, written: str, name: str, namespace: str) -> Absent | Unknown:
    short = "." not in written
    known = mesh.service_names(namespace)
    if len(known):
        near = known.nearest(name)
        if near and name not in mesh.other_names(namespace):
            return Absent(
                misspelt(name, near),
                near if short else complete_name(mesh, near, namespace),
                thing=mesh.registry.services[complete_name(mesh, near, namespace)][0],
            )
    others = [it for it in mesh.registry.by_name.get(name, ()) if it.namespace and namespace]
    if not short and len(others) == 1 and _nearest_namespace(mesh, namespace) == others[0].namespace:
        return Absent(misspelt(namespace, others[0].namespace), others[0].fqdn, thing=others[0])
    if len({it.namespace for it in others}) == 1 and (len(known) or namespace == mesh.root_namespace):
        return Absent(False, others[0].fqdn, "elsewhere", others[0])
    return Absent(False) if mesh.seems_whole(namespace) else UNKNOWN


def _nearest_namespace(mesh: Mesh, name: str) -> str:
    return "" if name in mesh.namespace_names else mesh.namespace_names.nearest(name)


def _absent_entry(mesh: Mesh, host: str) -> Absent | Unknown:
    """A host outside of the cluster's domain: only a misspelt ServiceEntry is evidence."""
    near = mesh.entry_names.nearest(host)
    if near and misspelt(host, near):
        return Absent(True, near, thing=mesh.registry.entries.get(near)[0])
    return UNKNOWN


def absent_named(mesh: Mesh, things: Named[Any], namespace: str, name: str, qualified: bool) -> Absent | Unknown:
    """The answer for something that is not in `namespace`, by the names that are, and by those elsewhere.

    `qualified`: whether the reference was written with a namespace, and `near` should be.
    """
    if mesh.world == "partial":
        return UNKNOWN
    full = mesh.world == "complete"
    near = things.names(namespace).nearest(name)
    if near and (full or misspelt(name, near)):
        shown = f"{namespace}/{near}" if qualified and namespace else near
        return Absent(True, shown, thing=things.things[(namespace, near)][0])
    spaces = {thing.namespace for thing in things.by_name.get(name, ()) if thing.namespace}
    if namespace and len(spaces) == 1:
        other = things.things[(spaces.pop(), name)][0]
        return Absent(full, f"{other.namespace}/{name}", "elsewhere", other)
    return Absent(True) if full else UNKNOWN


def absent_namespace(mesh: Mesh, name: str) -> Absent | Unknown:
    """The answer for a namespace that no manifest shows."""
    if mesh.world == "partial":
        return UNKNOWN
    near = mesh.namespace_names.nearest(name)
    if mesh.world == "complete":
        return Absent(True, near)
    if near and misspelt(name, near):
        return Absent(True, near)
    declared = mesh.namespaces.keys()
    if len(declared) >= 2 and all(it in declared for it in mesh.used_namespaces):
        return Absent(False, near)
    return UNKNOWN


def absent_selection(mesh: Mesh, selector: dict[str, str], namespace: str | None) -> Absent | Unknown:
    """The answer for a selector that picks no workload of the files."""
    if mesh.world == "partial":
        return UNKNOWN
    full = mesh.world == "complete"
    index = mesh.workload_index
    pool = mesh.workloads if namespace is None else index.by_namespace.get(namespace, [])
    if not pool:
        return Absent(True) if full else UNKNOWN
    for key, value in selector.items():
        rest = {other: its for other, its in selector.items() if other != key}
        fitting = pool if not rest else [it for it in index.select(rest, namespace) if it in set(pool)]
        near = Names({it.labels[key] for it in fitting if key in it.labels}).nearest(value)
        if near and (full or misspelt(value, near)):
            thing = next(it for it in fitting if it.labels.get(key) == near)
            return Absent(True, f"{key}={near}", thing=thing)
    return Absent(True) if full else UNKNOWN


def absent_subset(
    mesh: Mesh, host: str, subset: str, client: str, effective: Effective | None, *, general: bool
) -> Absent | Unknown | Subset:
    """The answer for a subset that the rule in effect (if any) lacks.

    A rule for exactly this host that is in the files is known to lack it. Rules that are only perhaps in effect,
    because somebody names no namespace, may still have it. `general`: who asks has no labels; a rule for some pods
    of its namespace may have it.
    """
    elsewhere: Subset | None = None
    for rule in _rules_for(mesh, host):
        for found in rule.subsets:
            if found.name == subset:
                if not client or not rule.namespace or (general and rule.selector is not None):
                    return found
                elsewhere = elsewhere or found
    full = mesh.world == "complete"
    exact = effective is not None and effective.merged.fqdn == host
    if elsewhere is not None:
        return Absent(full, reason="hidden", thing=elsewhere) if full or mesh.world == "auto" else UNKNOWN
    if effective is not None and (full or exact):
        near = Names(effective.subsets).nearest(subset)
        return Absent(True, near, thing=effective)
    if full:
        return Absent(True)
    return UNKNOWN


def _rules_for(mesh: Mesh, host: str) -> list[DestinationRule]:
    """Rules for exactly this host, those that may be because they or the host have no namespace included."""
    found = list(mesh.rules_by_host.get(host, ()))
    name = cluster_name(host, mesh.domain)
    if name is None:
        return found
    if name.namespace:
        return found + mesh.rules_by_host.get(complete_name(mesh, name.service, ""), [])
    return found + [it for it in mesh.rules_by_service.get(name.service, ()) if it not in found]
