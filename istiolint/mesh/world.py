"""When may absence be concluded? The evidence of the default world, in one place.

`complete`: what is not in the files (nor declared external) is absent. `partial`: only contradictions inside the
files count. `auto`: absent is said with certainty for a plain misspelling of something that exists where it is looked
for; with less than certainty where the files seem to hold all the rest of that namespace, or the thing in another
namespace. Taking files away must not make an answer certain that was not: so counting alone never does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh import listings
from istiolint.mesh.answers import UNKNOWN, Absent, Unknown
from istiolint.mesh.names import cluster_name, complete, declared, is_wildcard
from istiolint.mesh.namespaces import BUILT_IN
from istiolint.mesh.nearness import Names, misspelt

if TYPE_CHECKING:
    from istiolint.mesh.answers import Answer
    from istiolint.mesh.destination_rules import Subset
    from istiolint.mesh.listing import Listing
    from istiolint.mesh.merging import Effective
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.named import Named
    from istiolint.mesh.service_entries import ServiceEntry
    from istiolint.mesh.services import Service

ENOUGH = 2
"""So many other Services of a namespace must be routed to, and be in the files, before a missing one is conspicuous."""

GATEWAY_LABELS = ("istio=ingressgateway", "istio=egressgateway", "istio=eastwestgateway")
"""Labels of the gateways that Istio's own profiles and samples install."""


class Evidence:
    """What the files of one mesh show about what they do not hold."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    # Hosts

    def absent_host(self, written: str, namespace: str, hidden: Service | ServiceEntry | None) -> Absent | Unknown:
        """For a host that is not visible from `namespace`; `hidden` is one of that name which it cannot see."""
        mesh = self._mesh
        host = complete(written, namespace, mesh.domain)
        full = mesh.world == "complete"
        name = cluster_name(host, mesh.domain)
        if hidden is not None and (full or name is not None):
            return Absent(True, reason="hidden", thing=hidden)
        if not full and is_wildcard(host):
            return UNKNOWN
        part = self._unqualified(host)
        if part is not None:
            return Absent(True, part.fqdn, "unqualified", part)
        if mesh.world == "partial":
            return UNKNOWN
        found = self._service(written, *name) if name is not None else self._entry(host)
        if not full:
            return found
        return found._replace(certain=True) if isinstance(found, Absent) else Absent(True)

    def _unqualified(self, host: str) -> Service | None:
        """The Service that `name.namespace` or `name.namespace.svc` was meant to be."""
        parts = host.split(".")
        if len(parts) != 2 and not (len(parts) == 3 and parts[2] == "svc"):
            return None
        services = self._mesh.registry.services.get(self._full(parts[0], parts[1]))
        return services[0] if services else None

    def _full(self, service: str, namespace: str) -> str:
        return f"{service}.{namespace}.svc.{self._mesh.domain}"

    def _service(self, written: str, name: str, namespace: str) -> Absent | Unknown:
        mesh, short = self._mesh, "." not in written
        known = mesh.index(_names_of, listings.SERVICE_NAMES, namespace)
        near = known.nearest(name)
        if near and name not in mesh.index(_names_of, listings.ALIASES, namespace):
            full = self._full(near, namespace)
            thing = mesh.registry.services[full][0]
            return Absent(misspelt(name, near), near if short or not namespace else full, thing=thing)
        others = {it.namespace: it for it in mesh.registry.by_name.get(name) if it.namespace and namespace}
        if len(others) == 1:
            other = next(iter(others.values()))
            if not short and self._nearest_namespace(namespace) == other.namespace:
                return Absent(misspelt(namespace, other.namespace), other.fqdn, thing=other)
            if len(known) or namespace == mesh.root_namespace:
                return Absent(False, other.fqdn, "elsewhere", other)
        return Absent(False) if self._conspicuous(namespace) else UNKNOWN

    def _entry(self, host: str) -> Absent | Unknown:
        """A host outside of the cluster's domain: only a misspelt ServiceEntry is evidence."""
        near = self._mesh.index(_entry_names).nearest(host)
        if near and misspelt(host, near):
            return Absent(True, near, thing=self._mesh.registry.entries.get(near)[0])
        return UNKNOWN

    def _conspicuous(self, namespace: str) -> bool:
        """Whether just one of the Services of a namespace that routes lead to is not in the files."""
        return self._mesh.index(_nearly_complete, namespace)

    # Subsets

    def absent_subset(
        self, host: str, subset: str, client: str, effective: Effective | None, elsewhere: Subset | None
    ) -> Absent | Unknown:
        """For a subset that the rule in effect (if any) lacks; `elsewhere`: a rule not in effect defines it.

        A rule with subsets, of exactly this host, in the namespace of the client or of the host, is known to lack it.
        One without any subset may be there to be merged with another that has them.
        """
        world = self._mesh.world
        if elsewhere is not None:
            return UNKNOWN if world == "partial" else Absent(world == "complete", reason="hidden", thing=elsewhere)
        if effective is not None and any(self._mesh.is_patched(rule.document) for rule in effective.rules):
            return UNKNOWN
        if effective is not None and (world == "complete" or effective.merged.fqdn == host):
            sure = world == "complete" or (bool(effective.subsets) and effective.step < 3)
            return Absent(sure, Names(effective.subsets).nearest(subset), thing=effective)
        if world == "complete":
            return Absent(True)
        return Absent(False) if world == "auto" and self._rules_at_hand(host, client) else UNKNOWN

    def _rules_at_hand(self, host: str, client: str) -> bool:
        """Whether a host's Service is in the files, but no rule about the host, though they should have it: who asks
        stands beside the Service, or rules with subsets do."""
        owners = {service.namespace for service in self._mesh.registry.services.get(host)}
        if not owners or self._mesh.rules.about(host):
            return False
        with_subsets = self._mesh.listing(listings.SUBSETS_IN)
        return client in owners or any(owner in with_subsets for owner in sorted(owners))

    # Things by name

    def absent_named(self, things: Named[Any], namespace: str, name: str, qualified: bool) -> Absent | Unknown:
        """For something that is not in `namespace`, by the names that are, and by those elsewhere.

        `qualified`: whether the reference was written with a namespace, and `near` should be.
        """
        world = self._mesh.world
        if world == "partial":
            return UNKNOWN
        full = world == "complete"
        near = things.names(namespace).nearest(name)
        if near and (full or misspelt(name, near)):
            shown = f"{namespace}/{near}" if qualified and namespace else near
            return Absent(True, shown, thing=things.things[(namespace, near)][0])
        spaces = {thing.namespace for thing in things.by_name.get(name, ()) if thing.namespace}
        if namespace and len(spaces) == 1:
            other = things.things[(spaces.pop(), name)][0]
            return Absent(full, f"{other.namespace}/{name}", "elsewhere", other)
        return Absent(True) if full else UNKNOWN

    def namespace(self, name: str) -> Answer[str]:
        """For any namespace: those with a manifest exist, and where the world is not complete those in use."""
        mesh = self._mesh
        if name in mesh.namespaces or name in BUILT_IN or declared(mesh.settings.external_namespaces, name):
            return name
        if mesh.world != "complete" and (name in mesh.used_namespaces or name == mesh.root_namespace):
            return name
        if mesh.world == "partial":
            return UNKNOWN
        near = self._nearest_namespace(name)
        if mesh.world == "complete":
            return Absent(True, near)
        if near and misspelt(name, near):
            return Absent(True, near)
        return Absent(False, near) if mesh.index(_all_declared) else UNKNOWN

    def _nearest_namespace(self, name: str) -> str:
        known = self._mesh.index(_namespace_names)
        return "" if name in known else known.nearest(name)

    # Selectors

    def absent_selection(
        self, selector: dict[str, str], namespace: str | None, of_service: bool = False
    ) -> Absent | Unknown:
        """For a selector that picks no workload of the files in `namespace` (None: in any).

        What a Service selects, too, is taken for no misspelling, unless the selector is that of the Service.
        """
        mesh = self._mesh
        if mesh.world == "partial":
            return UNKNOWN
        full = mesh.world == "complete"
        for key, value in selector.items():
            near = mesh.index(_label_values, namespace, key).nearest(value)
            meant = bool(near) and (of_service or (key, value) not in mesh.index(_selected_pairs))
            if near and (full or (meant and misspelt(value, near))):
                things = mesh.workload_index.select({**selector, key: near}, namespace)
                if things:
                    return Absent(True, f"{key}={near}", thing=things[0])
            if namespace is None and (known := _misspelt_gateway(key, value)):
                return Absent(True, known)
        if namespace and mesh.workload_index.by_namespace.get(namespace):
            spaces = {it.namespace: it for it in mesh.workload_index.select(selector, None) if it.namespace}
            if len(spaces) == 1:
                space, thing = next(iter(spaces.items()))
                return Absent(full, space, "elsewhere", thing)
        return Absent(True) if full else UNKNOWN


def _nearly_complete(mesh: Mesh, namespace: str) -> bool:
    routed = set(mesh.listing(listings.ROUTED_SERVICES).get(namespace))
    known = mesh.index(_names_of, listings.SERVICE_NAMES, namespace)
    return len(routed) > ENOUGH and sum(name not in known for name in routed) == 1


def _names_of(mesh: Mesh, which: Listing[str], key: str) -> Names:
    return Names(mesh.listing(which).get(key))


def _entry_names(mesh: Mesh) -> Names:
    return Names(mesh.registry.entries.exact)


def _namespace_names(mesh: Mesh) -> Names:
    return Names({*mesh.namespaces, *(str(name) for name in mesh.used_namespaces), *BUILT_IN})


def _all_declared(mesh: Mesh) -> bool:
    """Whether all namespaces that objects are in, two at least, have their manifest in the files."""
    declared = mesh.namespaces
    return len(declared) > 1 and all(name in declared or name in BUILT_IN for name in mesh.used_namespaces)


def _label_values(mesh: Mesh, namespace: str | None, key: str) -> Names:
    """Values of a label in use in a namespace (None: in all)."""
    pool = mesh.workloads if namespace is None else mesh.workload_index.by_namespace.get(namespace)
    return Names({it.labels[key] for it in pool if key in it.labels})


def _selected_pairs(mesh: Mesh) -> set[tuple[str, str]]:
    """Labels that Services select: who is asked for by two is no misspelling."""
    return {pair for service in mesh.services for pair in service.selector.items()}


def _misspelt_gateway(key: str, value: str) -> str:
    pair = f"{key}={value}"
    return next((known for known in GATEWAY_LABELS if key == "istio" and misspelt(pair, known)), "")
