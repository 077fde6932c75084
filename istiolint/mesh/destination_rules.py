"""DestinationRules: hosts, subsets, traffic policies. Which of them is in effect: `merging.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.names import complete
from istiolint.mesh.read import dig, labels, mapping, sequence, text, texts
from istiolint.records import NamedTuple

if TYPE_CHECKING:
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
    def has_policy(self) -> bool:
        """Whether it has a top-level `trafficPolicy`, even an empty one."""
        return isinstance(self.spec.get("trafficPolicy"), dict)

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


def policy_at(policy: dict[str, Any], port: int | None) -> tuple[dict[str, Any], Path]:
    """The part of a trafficPolicy that counts for `port`, with its path below the policy.

    `portLevelSettings` of the port replace the top level as a whole.
    """
    for index, item in enumerate(sequence(policy.get("portLevelSettings"))):
        if port is not None and dig(item, "port", "number") == port:
            return mapping(item), ("portLevelSettings", index)
    return policy, ()
