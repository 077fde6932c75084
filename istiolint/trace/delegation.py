"""VirtualServices with their delegates merged in (specification 6.1)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from istiolint.mesh.answers import Absent, Unknown
from istiolint.mesh.names import gateway_reference
from istiolint.mesh.order import age
from istiolint.mesh.read import labels, mapping, number, sequence, text, texts
from istiolint.mesh.visibility import sees
from istiolint.records import NamedTuple
from istiolint.trace.matching import ANYTHING, Condition, condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.trace.kube_routes import KubeRoute, KubeRouted

    AnyRouted: TypeAlias = "Routed | KubeRouted"

INHERITED = (
    "rewrite", "directResponse", "timeout", "retries", "fault", "mirror", "mirrorPercent", "mirrorPercentage",
    "mirrors", "corsPolicy", "headers",
)  # fmt: skip
"""Fields that a delegate's entry takes from the root's, where it has none."""


class Match(NamedTuple):
    """One item of `match`, with what decides statically whether a proxy gets it at all."""

    condition: Condition
    at: int | None
    """In the root's entry; None: it has no match."""
    delegate_at: int | None = None
    port: int = 0
    gateways: tuple[str, ...] = ()
    labels: dict[str, str] | None = None
    namespace: str = ""


class Entry(NamedTuple):
    """An entry of `http`, delegates merged in."""

    action: dict[str, Any]
    owners: dict[str, VirtualService]
    """Who wrote the fields that name hosts: short names are completed in its namespace."""
    http: int
    matches: tuple[Match, ...]
    delegate: VirtualService | None = None
    delegate_http: int | None = None
    source: KubeRoute | None = None
    """The route of the Gateway API that it belongs to."""


class Routed:
    """A VirtualService as proxies get it: its hosts, and its entries with those of delegates in place."""

    __slots__ = ("__dict__", "_mesh", "service")

    def __init__(self, service: VirtualService, mesh: Mesh) -> None:
        self.service = service
        self._mesh = mesh

    @property
    def gateways(self) -> tuple[str, ...]:
        """The gateways that it is bound to."""
        return self.service.gateways

    def __repr__(self) -> str:
        return f"Routed({self.service.namespace}/{self.service.name})"

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """Its hosts in full, in lower case."""
        return tuple(host.lower() for host in self.service.hosts)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Its http entries."""
        return tuple(self._entries())

    @cached_property
    def by_labels(self) -> bool:
        """Whether its routes differ with the client's labels."""
        return any(match.labels for entry in self.entries for match in entry.matches)

    @cached_property
    def by_namespace(self) -> bool:
        """Whether its routes differ with the client's namespace."""
        return any(match.namespace for entry in self.entries for match in entry.matches)

    def _entries(self) -> Iterator[Entry]:
        service = self.service
        for index, item in enumerate(sequence(service.spec.get("http"))):
            if not isinstance(item, dict):
                continue
            written = [it for it in sequence(item.get("match")) if isinstance(it, dict)]
            if not isinstance(item.get("delegate"), dict):
                yield Entry(
                    item, dict.fromkeys(("route", "mirror", "mirrors"), service), index,
                    tuple(_match(it, at, None, service.namespace) for at, it in enumerate(written)),
                )  # fmt: skip
                continue
            delegate = self._delegate(item["delegate"])
            if delegate is not None:
                for place, part in enumerate(sequence(delegate.spec.get("http"))):
                    merged = _merged(Written(service, item, index), Written(delegate, part, place))
                    if merged is not None:
                        yield merged

    def _delegate(self, reference: dict[str, Any]) -> VirtualService | None:
        namespace = text(reference.get("namespace")) or self.service.namespace
        found = self._mesh.virtual_service(text(reference.get("name")), namespace)
        if isinstance(found, (Absent, Unknown)):
            return None
        return next((it for it in found if not it.hosts and sees(self._mesh, self.service.namespace, it)), None)


def _match(written: dict[str, Any], index: int | None, delegate_index: int | None, namespace: str) -> Match:
    gateways = tuple(gateway_reference(it, namespace) for it in texts(written.get("gateways")))
    having = labels(written.get("sourceLabels"))
    return Match(
        condition(written), index, delegate_index, number(written.get("port")) or 0, gateways, having or None,
        text(written.get("sourceNamespace")),
    )  # fmt: skip


class Written(NamedTuple):
    """An entry of `http` as it is written."""

    service: VirtualService
    entry: Any
    at: int


def _merged(root: Written, leaf: Written) -> Entry | None:
    """One entry of a delegate under one entry of the root; None where their matches contradict each other."""
    if not isinstance(leaf.entry, dict):
        return None
    matches = _merged_matches(root, leaf)
    if matches is None:
        return None
    action = {**leaf.entry}
    owners = dict.fromkeys(("route", "mirror", "mirrors"), leaf.service)
    for field in INHERITED:
        if action.get(field) is None and root.entry.get(field) is not None:
            action[field] = root.entry[field]
            owners[field] = root.service
    return Entry(action, owners, root.at, tuple(matches), leaf.service, leaf.at)


def _merged_matches(root: Written, leaf: Written) -> list[Match] | None:
    above = [it for it in sequence(root.entry.get("match")) if isinstance(it, dict)]
    below = [it for it in sequence(leaf.entry.get("match")) if isinstance(it, dict)]
    if not below:
        return [_match(it, at, None, root.service.namespace) for at, it in enumerate(above)]
    if not above:
        return [_match(it, None, at, leaf.service.namespace) for at, it in enumerate(below)]
    resolved = [_with_gateways(it, root.service.namespace) for it in above]
    matches: list[Match] = []
    for at, it in enumerate(below):
        under = _with_gateways(it, leaf.service.namespace)
        fitting = [up for up in range(len(resolved)) if not conflict(resolved[up], under)]
        if not fitting:
            return None
        matches += [_match(_joined(resolved[up], under), up, at, leaf.service.namespace) for up in fitting]
    return matches


def _with_gateways(match: dict[str, Any], namespace: str) -> dict[str, Any]:
    written = texts(match.get("gateways"))
    return {**match, "gateways": [gateway_reference(it, namespace) for it in written]} if written else match


def _joined(root: dict[str, Any], leaf: dict[str, Any]) -> dict[str, Any]:
    joined = {**root, **{key: value for key, value in leaf.items() if value is not None}}
    for field in ("headers", "withoutHeaders", "queryParams", "sourceLabels"):
        joined[field] = {**mapping(root.get(field)), **mapping(leaf.get(field))}
    joined["ignoreUriCase"] = leaf.get("ignoreUriCase")
    return joined


def conflict(root: dict[str, Any], leaf: dict[str, Any]) -> bool:
    """Whether a match of a delegate cannot stand under a match of the root."""
    for field in ("uri", "scheme", "method", "authority"):
        if _differ(root.get(field), leaf.get(field)):
            return True
    for field in ("headers", "withoutHeaders", "queryParams"):
        above = mapping(root.get(field))
        if any(_differ(above.get(key), value) for key, value in mapping(leaf.get(field)).items()):
            return True
    if bool(root.get("ignoreUriCase")) != bool(leaf.get("ignoreUriCase")):
        return True
    ports = number(root.get("port")), number(leaf.get("port"))
    if all(ports) and ports[0] != ports[1]:
        return True
    space = text(root.get("sourceNamespace"))
    if space and space != text(leaf.get("sourceNamespace")):
        return True
    having = labels(root.get("sourceLabels"))
    if any(having.get(key, value) != value for key, value in labels(leaf.get("sourceLabels")).items()):
        return True
    gateways = set(texts(root.get("gateways")))
    return bool(gateways) and not gateways.issuperset(texts(leaf.get("gateways")))


def _differ(root: Any, leaf: Any) -> bool:
    """Whether two string matches cannot both be meant."""
    if not isinstance(root, dict) or not isinstance(leaf, dict):
        return False
    above, below = _forms(root), _forms(leaf)
    if (above["regex"] and any(below.values())) or (below["regex"] and any(above.values())):
        return True
    if above["exact"]:
        return bool(below["prefix"]) or above["exact"] != below["exact"]
    if above["prefix"]:
        return not (below["exact"] or below["prefix"]).startswith(above["prefix"])
    return True


def _forms(match: dict[str, Any]) -> dict[str, str]:
    return {form: text(match.get(form)) for form in ("exact", "prefix", "regex")}


class Routes:
    """All VirtualServices that are no delegates, and routes of the Gateway API for Services, the oldest first.

    Made once: `mesh.index(Routes)`.
    """

    def __init__(self, mesh: Mesh) -> None:
        from istiolint.trace.kube_routes import mesh_routed

        found: list[AnyRouted] = [Routed(it, mesh) for it in mesh.virtual_services if it.hosts]
        found += mesh_routed(mesh)
        self.all = sorted(found, key=lambda it: age(it.service))
        self.by_gateway: dict[str, list[tuple[int, AnyRouted]]] = {}
        """By gateway (`ns/name` or `mesh`), with positions by age."""
        for at, routed in enumerate(self.all):
            for reference in dict.fromkeys(routed.gateways):
                self.by_gateway.setdefault(reference, []).append((at, routed))


def opaque_services(ranked: Iterable[tuple[int, int, AnyRouted]]) -> Iterator[VirtualService]:
    """The VirtualServices among some routes, for what is not read as HTTP."""
    return (it.service for _, _, it in ranked if isinstance(it, Routed))


def no_match(entry: Entry) -> Match:
    """What an entry without `match` asks: nothing."""
    return Match(ANYTHING, None)
