"""Which DestinationRule is in effect for a client: merging within a namespace, and the look-up path (semantics 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from istiolint.mesh import listings
from istiolint.mesh.hosts import Host
from istiolint.mesh.names import HostMap, cluster_name, is_wildcard
from istiolint.mesh.order import age
from istiolint.mesh.read import matches
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.mesh.answers import Answer
    from istiolint.mesh.destination_rules import DestinationRule, Subset
    from istiolint.mesh.listing import Listed
    from istiolint.mesh.mesh import Mesh


class Merged:
    """One or more rules that Istio has merged, as one namespace's rule for a host."""

    __slots__ = ("_subsets", "export_to", "fqdn", "namespace", "rules", "selector", "swallowed")

    def __init__(self, rule: DestinationRule) -> None:
        self.fqdn = rule.fqdn
        self.namespace = rule.namespace
        self.selector = rule.selector
        self.export_to = rule.export_to
        self.rules = [rule]
        """In order of precedence; the first one's settings count."""
        self.swallowed: list[DestinationRule] = []
        """Rules without selector that were folded into this selector rule and are lost for all other pods."""
        self._subsets: dict[str, Subset] | None = None

    def __repr__(self) -> str:
        return f"Merged({self.rules})"

    @property
    def rule(self) -> DestinationRule:
        """The leading rule."""
        return self.rules[0]

    @property
    def policy_rule(self) -> DestinationRule | None:
        """The rule whose top-level trafficPolicy counts: the first that has one."""
        return next((rule for rule in self.rules if rule.has_policy), None)

    @property
    def policy(self) -> dict[str, Any]:
        """The top-level trafficPolicy in effect."""
        rule = self.policy_rule
        return rule.policy if rule else {}

    @property
    def subsets(self) -> dict[str, Subset]:
        """Subsets by name; of two with one name the first counts."""
        if self._subsets is None:
            self._subsets = {}
            for rule in self.rules:
                for subset in rule.subsets:
                    self._subsets.setdefault(subset.name, subset)
        return self._subsets


Which = Literal["local", "exported", "private"]
"""A field of `Entries`."""


class Entries(NamedTuple):
    """The merged rules of one namespace for one host."""

    local: list[Merged]
    """For its own clients."""
    exported: list[Merged]
    """For others, still to be filtered by who asks."""
    private: list[Merged]
    """Those of `local` that only this namespace sees."""

    def part(self, which: Which) -> list[Merged]:
        """One of the fields."""
        return self.local if which == "local" else self.exported if which == "exported" else self.private


NONE = Entries([], [], [])
"""Of a namespace that has no rules for a host; never written to."""


class Effective(NamedTuple):
    """The rule that a client uses for a host."""

    merged: Merged
    step: int
    """Where it was found: 1 the client's namespace, 2 the service's, 3 the root namespace."""
    hides: tuple[Merged, ...] = ()
    """Other entries of the same host in that namespace which lost (different exportTo, or the general rule beside one
    with a selector)."""

    @property
    def subsets(self) -> dict[str, Subset]:
        """Subsets by name."""
        return self.merged.subsets

    @property
    def rules(self) -> list[DestinationRule]:
        """Its rules, the leading one first."""
        return self.merged.rules

    @property
    def policy(self) -> dict[str, Any]:
        """Top-level trafficPolicy."""
        return self.merged.policy


def merge(rules: list[DestinationRule]) -> Entries:
    """All rules of one namespace for one host, merged as Istio merges them."""
    found = Entries([], [], [])
    if len(rules) > 1:
        rules = sorted(rules, key=lambda it: (it.selector is None, age(it)))
    for rule in rules:
        words = rule.export_to
        if not words or "*" in words or "." in words or rule.namespace in words:
            _enter(found.local, rule)
        _enter(found.private if rule.private else found.exported, rule)
    return found


def _enter(entries: list[Merged], rule: DestinationRule) -> None:
    """Istio merges a rule into every entry that fits; whether it is an entry of its own too, the last one decides."""
    alone = True
    for entry in entries:
        selectors = entry.selector is not None and rule.selector is not None
        alone = entry.export_to != rule.export_to or (selectors and entry.selector != rule.selector)
        if alone:
            continue
        if entry.selector is not None and rule.selector is None:
            entry.swallowed.append(rule)
        entry.rules.append(rule)
    if alone:
        entries.append(Merged(rule))


def choose(entries: list[Merged], step: int, client: str, having: dict[str, str] | None) -> Effective | None:
    """Of one entry list the rule that counts for a client with these labels; None: no rule at all for it.

    Labels None: the general case, a pod that no selector picks.
    """
    general: Merged | None = None
    for entry in entries:
        if entry.selector is None:
            general = entry
        elif having is not None and entry.namespace == client and matches(entry.selector, having):
            general = entry
            break
    if general is None:
        return None
    return Effective(general, step, tuple([it for it in entries if it is not general]) if len(entries) > 1 else ())


def _entries(mesh: Mesh, namespace: str, host: str) -> Entries:
    rules = [it for it in mesh.rules.by_host.get(host) if it.namespace == namespace] if host else []
    return merge(rules) if rules else NONE


def _wide_entries(mesh: Mesh, namespace: str) -> HostMap[Entries]:
    """The merged rules of a namespace for each wildcard host."""
    found: HostMap[Entries] = HostMap()
    for host in dict.fromkeys(it.fqdn for it in mesh.listing(listings.WIDE_RULES).get(namespace)):
        found.add(host, mesh.rules.of(namespace, host))
    return found


def _any_wide(mesh: Mesh) -> bool:
    return bool(mesh.listing(listings.WIDE_RULES))


def _in_general(mesh: Mesh, host: str, client: str) -> Effective | None:
    return mesh.rules.look_up(host, client, None, None)


class RuleBook:
    """All DestinationRules of a mesh, merged, and the way to the one in effect."""

    __slots__ = ("_mesh", "by_host")

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self.by_host = mesh.listing(listings.RULES)
        """Rules by full host (wildcards as they are), in effect or not."""

    @property
    def by_service(self) -> Listed[DestinationRule]:
        """Rules for Services, by the Service's short name."""
        return self._mesh.listing(listings.RULES_BY_SERVICE)

    def of(self, namespace: str, host: str) -> Entries:
        """The merged rules of a namespace for just this full host (or wildcard)."""
        return self._mesh.index(_entries, namespace, host)

    def about(self, host: str) -> list[DestinationRule]:
        """Rules for exactly this host, and those that may be, because they or the host have no namespace."""
        found = list(self.by_host.get(host))
        name = cluster_name(host, self._mesh.domain)
        if name is None:
            return found
        if name.namespace:
            return [*found, *self.by_host.get(f"{name.service}..svc.{self._mesh.domain}")]
        return [*found, *(it for it in self.by_service.get(name.service) if it not in found)]

    def in_effect(
        self, host: str, client: str, having: dict[str, str] | None = None, owner: str | None = None
    ) -> Effective | None:
        """The rule that clients in namespace `client` with labels `having` use for a full host.

        `owner`: the namespace of the host's service, where it is known which of several counts.
        """
        if having is not None or owner is not None:
            return self.look_up(host, client, having, owner)
        return self._mesh.index(_in_general, host, client)

    def look_up(self, host: str, client: str, having: dict[str, str] | None, owner: str | None) -> Effective | None:
        """As `in_effect`, without memory."""
        for step, entries in self._candidates(host, client, owner):
            return choose(entries, step, client, having)
        return None

    def _candidates(self, host: str, client: str, owner: str | None) -> Iterator[tuple[int, list[Merged]]]:
        """The entry lists that the look-up meets, in order: only the first is ever used."""
        root = self._mesh.root_namespace
        if not self.by_host.get(host) and not self._mesh.index(_any_wide):
            return  # nobody has a rule for it, so that it does not matter whose it is
        if best := self._best("private" if client == root else "local", client, host):
            yield 1, best
        for step, namespace in ((2, owner or self._owner(host, client)), (3, root)):
            if namespace is not None:
                exported = self._best("exported", namespace, host)
                visible = [entry for entry in exported if entry.rule.exported_to(client)]
                if visible:
                    yield step, visible

    def _best(self, which: Which, namespace: str, host: str) -> list[Merged]:
        """The most specific entry of a namespace that covers a host."""
        if not is_wildcard(host) and (exact := self.of(namespace, host).part(which)):
            return exact
        wide = self._mesh.index(_wide_entries, namespace)
        return next((its for _, found in wide.entries(host) if (its := found[0].part(which))), [])

    def _owner(self, host: str, client: str) -> str | None:
        """The namespace that owns a host, None where nobody is known to."""
        if name := cluster_name(host, self._mesh.domain):
            return name.namespace
        found = self._mesh.host(host, client)
        return found.namespace if isinstance(found, Host) else None

    def subset(self, host: str, subset: str, client: str, having: dict[str, str] | None = None) -> Answer[Subset]:
        """A subset of a full host as clients of namespace `client` see it.

        Rules that are only perhaps in effect, because somebody names no namespace, or because they have a selector
        and the client's labels are not given, may provide it too.
        """
        effective = self.in_effect(host, client, having)
        if effective is not None and subset in effective.subsets:
            return effective.subsets[subset]
        elsewhere: Subset | None = None
        for rule in self.about(host):
            for found in rule.subsets:
                if found.name == subset:
                    if not client or not rule.namespace or (having is None and rule.selector is not None):
                        return found
                    elsewhere = elsewhere or found
        return self._mesh.evidence.absent_subset(host, subset, client, effective, elsewhere)
