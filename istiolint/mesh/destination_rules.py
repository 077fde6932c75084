"""DestinationRules: subsets, merging, and which of them is in effect for a client (semantics 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from istiolint.mesh.names import HostMap, complete
from istiolint.mesh.read import dig, labels, mapping, matches, sequence, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.finding import Path
    from istiolint.source.document import Document


NO_WORDS: frozenset[str] = frozenset()


class Subset(NamedTuple):
    """A subset as its rule defines it."""

    name: str
    labels: dict[str, str]
    policy: dict[str, Any]
    """Its own `trafficPolicy`, empty where it has none."""
    path: Path
    rule: DestinationRule


class DestinationRule:
    """A DestinationRule."""

    __slots__ = (
        "_subsets", "document", "export_to", "fqdn", "host", "name", "namespace", "private", "selector", "spec",
    )  # fmt: skip

    def __init__(self, document: Document, namespace: str, domain: str, default_export: tuple[str, ...] = ()) -> None:
        self.document = document
        self.name = document.name
        self.namespace = namespace
        self.spec: dict[str, Any] = mapping(document.value.get("spec"))
        self.host = text(self.spec.get("host"))
        """As written."""
        self.fqdn = complete(self.host, namespace, domain)
        """Its host in full; may be a wildcard."""
        self.selector: dict[str, str] | None = None
        """`workloadSelector.matchLabels`, None where there is none."""
        if isinstance(selector := self.spec.get("workloadSelector"), dict):
            self.selector = labels(selector.get("matchLabels"))
        words = (".",) if self.selector is not None else texts(self.spec.get("exportTo"))
        self.export_to: frozenset[str] = frozenset(words) if words else NO_WORDS
        """Words of `exportTo`; a rule with a selector is private."""
        self.private = len(words) == 1 and words[0] in (".", namespace) if words else "." in default_export
        """Whether only its own namespace sees it."""
        self._subsets: tuple[Subset, ...] | None = None

    def __repr__(self) -> str:
        return f"DestinationRule({self.namespace}/{self.name})"

    @property
    def policy(self) -> dict[str, Any]:
        """Top-level `trafficPolicy`, empty where it has none."""
        return mapping(self.spec.get("trafficPolicy"))

    @property
    def subsets(self) -> tuple[Subset, ...]:
        """Its subsets that have a name, in order."""
        if self._subsets is None:
            self._subsets = tuple(
                Subset(
                    item["name"],
                    labels(item.get("labels")),
                    mapping(item.get("trafficPolicy")),
                    ("spec", "subsets", index),
                    self,
                )
                for index, item in enumerate(sequence(self.spec.get("subsets")))
                if isinstance(item, dict) and isinstance(item.get("name"), str)
            )
        return self._subsets

    def exported_to(self, client: str) -> bool:
        """Whether clients of namespace `client` may use it (outside of its own namespace)."""
        words = self.export_to
        return not words or "*" in words or client in words or ("." in words and client == self.namespace)


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
        return next((rule for rule in self.rules if rule.policy), None)

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


class NamespaceRules(NamedTuple):
    """The merged rules of one namespace."""

    local: HostMap[Merged]
    """For its own clients."""
    exported: HostMap[Merged]
    """For others, still to be filtered by who asks."""
    private: HostMap[Merged]
    """Those of `local` that only this namespace sees."""


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


def merge(rules: Iterable[DestinationRule]) -> NamespaceRules:
    """The merged rules of one namespace; `rules` must be in Istio's order, those with a selector first."""
    found = NamespaceRules(HostMap(), HostMap(), HostMap())
    for rule in rules:
        if not rule.fqdn:
            continue
        words = rule.export_to
        if not words or "*" in words or "." in words or rule.namespace in words:
            _enter(found.local, rule)
        _enter(found.private if rule.private else found.exported, rule)
    return found


def _enter(entries: HostMap[Merged], rule: DestinationRule) -> None:
    """Istio merges a rule into every entry that fits; whether it is an entry of its own too, the last one decides."""
    alone = True
    for entry in entries.get(rule.fqdn):
        selectors = entry.selector is not None and rule.selector is not None
        alone = entry.export_to != rule.export_to or (selectors and entry.selector != rule.selector)
        if alone:
            continue
        if entry.selector is not None and rule.selector is None:
            entry.swallowed.append(rule)
        entry.rules.append(rule)
    if alone:
        entries.add(rule.fqdn, Merged(rule))


def candidates(
    by_namespace: dict[str, NamespaceRules], root: str, host: str, service: str | None, client: str
) -> Iterator[tuple[int, list[Merged]]]:
    """The entry lists that the look-up meets, in order: only the first is ever used.

    `service` is the namespace that owns the host, None where nobody is known to.
    """
    if client != root:
        if (own := by_namespace.get(client)) and (best := own.local.best(host)):
            yield 1, best
    elif (own := by_namespace.get(root)) and (best := own.private.best(host)):
        yield 1, best
    for step, namespace in ((2, service), (3, root)):
        if namespace is not None and (others := by_namespace.get(namespace)):
            visible = [entry for entry in others.exported.best(host) if entry.rule.exported_to(client)]
            if visible:
                yield step, visible


def choose(entries: list[Merged], step: int, client: str, having: dict[str, str] | None) -> Effective | None:
    """Of one entry list the rule that counts for a client with these labels; None: no rule at all for it.

    Labels None: the general case, a pod that no selector picks.
    """
    general: Merged | None = None
    for entry in entries:
        if entry.selector is None:
            general = entry
        elif having is not None and entry.namespace == client and matches(entry.selector, having):
            return Effective(entry, step, tuple(other for other in entries if other is not entry))
    if general is None:
        return None
    return Effective(general, step, tuple(other for other in entries if other is not general))


def policy_at(policy: dict[str, Any], port: int | None) -> tuple[dict[str, Any], Path]:
    """The part of a trafficPolicy that counts for `port`, with its path below the policy.

    `portLevelSettings` of the port replace the top level as a whole.
    """
    for index, item in enumerate(sequence(policy.get("portLevelSettings"))):
        if port is not None and dig(item, "port", "number") == port:
            return mapping(item), ("portLevelSettings", index)
    return policy, ()
