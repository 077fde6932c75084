"""A drawing with one card for each service and gateway: what is read at a glance, and with hundreds of them still."""

from __future__ import annotations

from collections.abc import Iterable

from istiolint.graph.drawing import Drawing, Edge, EdgeKind, Node, NodeKind, worst
from istiolint.records import NamedTuple

MOST_ROWS = 4
CONTAINERS = ("service", "external", "host")


class Row(NamedTuple):
    """A subset on a card, and what share it gets."""

    title: str
    label: str
    wrong: bool
    """Whether no rule defines it."""


class Card(NamedTuple):
    """A service, a gateway, or a workload that nothing selects."""

    id: str
    kind: NodeKind
    title: str
    namespace: str
    badge: str
    """How its pods are called: `STRICT`, `PERMISSIVE`, `no mTLS`."""
    rows: tuple[Row, ...]
    severity: str
    findings: int
    members: tuple[str, ...]
    """Nodes that it stands for: itself, its subsets, workloads, routes and policies."""
    depth: int = 0
    """Steps from a gateway; 0 of gateways."""


class Link(NamedTuple):
    """From card to card."""

    source: str
    target: str
    kind: EdgeKind
    label: str


class Deck(NamedTuple):
    """All cards and links."""

    cards: tuple[Card, ...]
    links: tuple[Link, ...]


class _Sorting:
    """Which card stands for which node."""

    def __init__(self, drawing: Drawing) -> None:
        self.nodes = {node.id: node for node in drawing.nodes}
        self.outgoing: dict[str, list[Edge]] = {}
        self.incoming: dict[str, list[Edge]] = {}
        for edge in drawing.edges:
            self.outgoing.setdefault(edge.source, []).append(edge)
            self.incoming.setdefault(edge.target, []).append(edge)
        self.home: dict[str, str] = {}
        self.members: dict[str, list[str]] = {}
        for node in drawing.nodes:
            if self.has_card(node):
                self.put(node.id, node.id)
        for node in drawing.nodes:
            if node.kind == "workload":
                self.put(node.id, self.of_workload(node))
        for node in drawing.nodes:
            if node.kind == "service" and (gateway := self.of_gateway(node)):
                for member in self.members.pop(node.id):
                    self.put(member, gateway)
        for node in drawing.nodes:
            if node.kind == "subset":
                self.put(node.id, self.home.get(f"host:{node.id.removeprefix('subset:').partition('|')[0]}"))

    def put(self, node: str, card: str | None) -> None:
        if card is not None:
            self.home[node] = card
            if node not in self.members.setdefault(card, []):
                self.members[card].append(node)

    def has_card(self, node: Node) -> bool:
        """Whether a node has a card of its own; names that only gateways serve are words on links."""
        if node.kind != "host":
            return node.kind in ("gateway", "service", "external")
        return any(edge.kind in ("route", "mirror", "subset") for edge in self.incoming.get(node.id, ())) or any(
            edge.kind == "subset" for edge in self.outgoing.get(node.id, ())
        )

    def of_workload(self, node: Node) -> str:
        edges = [edge for edge in self.incoming.get(node.id, ()) if edge.kind == "selects"]
        sources = [edge.source for edge in edges if edge.source in self.members]
        gateways = [it for it in sources if self.nodes[it].kind == "gateway"]
        return (gateways or sources or [node.id])[0]

    def of_gateway(self, node: Node) -> str | None:
        """The gateway whose pods are all that a Service selects."""
        pods = [edge.target for edge in self.outgoing.get(node.id, ()) if edge.kind == "selects"]
        homes = {self.home.get(pod) for pod in pods}
        home = homes.pop() if len(homes) == 1 else None
        return home if home and self.nodes[home].kind == "gateway" else None

    def sources(self, route: str, seen: frozenset[str] = frozenset()) -> dict[str, str]:
        """The cards from which requests come to a route, with the hosts that gateways take for it."""
        found: dict[str, str] = {}
        hosts = dict(self.nodes[route].facts).get("hosts", "")
        for edge in self.incoming.get(route, ()):
            if edge.kind in ("binds", "routes") and edge.source in self.home:
                found.setdefault(self.home[edge.source], hosts if edge.kind == "binds" else "")
            elif edge.kind == "delegate" and edge.source not in seen:
                found = {**self.sources(edge.source, seen | {route}), **found}
        return found


def deck(drawing: Drawing) -> Deck:
    """The cards of a drawing, and what leads from one to another."""
    sorting = _Sorting(drawing)
    links: dict[tuple[str, str, EdgeKind], list[str]] = {}
    for node in drawing.nodes:
        if node.kind == "route":
            _route(sorting, node, links)
        elif node.kind == "policy":
            _policy(sorting, node, links)
    made = tuple(Link(*key, _joined(labels)) for key, labels in sorted(links.items()) if key[0] != key[1])
    depths = _depths(sorting, made)
    cards = [_card(sorting, card, depths.get(card, 1)) for card in sorting.members]
    return Deck(tuple(sorted(cards, key=lambda it: (it.namespace, it.depth, it.title, it.id))), made)


def _route(sorting: _Sorting, node: Node, links: dict[tuple[str, str, EdgeKind], list[str]]) -> None:
    """Links from where a route's requests come to where they go."""
    sources = sorting.sources(node.id)
    targets: list[str] = []
    for edge in sorting.outgoing.get(node.id, ()):
        target = sorting.home.get(edge.target)
        if target is None or edge.kind == "delegate":
            continue
        targets.append(target)
        for source, hosts in sources.items():
            gateway = sorting.nodes[source].kind == "gateway"
            kind: EdgeKind = "binds" if gateway and edge.kind == "route" else edge.kind
            labels = links.setdefault((source, target, kind), [])
            words = hosts if gateway else edge.label
            if words and words not in labels:
                labels.append(words)
    speaking = [it for it in sources if sorting.nodes[it].kind != "gateway"]
    for home in speaking or list(sources) or targets[:1]:
        sorting.members[home].append(node.id)
    for home in {*sources, *targets}:
        if node.id not in sorting.members[home]:
            sorting.members[home].append(node.id)


def _policy(sorting: _Sorting, node: Node, links: dict[tuple[str, str, EdgeKind], list[str]]) -> None:
    """A policy is on the cards of the workloads that it acts on; who it names as caller is linked with them."""
    edges = sorting.outgoing.get(node.id, ())
    targets = list(dict.fromkeys(sorting.home[it.target] for it in edges if it.target in sorting.home))
    for target in targets:
        sorting.members[target].append(node.id)
    for edge in sorting.incoming.get(node.id, ()):
        if edge.kind in ("allows", "denies") and edge.source in sorting.home:
            for target in targets:
                links.setdefault((sorting.home[edge.source], target, edge.kind), [])


def _joined(labels: list[str]) -> str:
    shown = ", ".join(labels[:2])
    if len(labels) > 2:
        shown += f" +{len(labels) - 2}"
    return shown if len(shown) <= 44 else shown[:43] + "…"


def _depths(sorting: _Sorting, links: Iterable[Link]) -> dict[str, int]:
    found = {card: 0 for card in sorting.members if sorting.nodes[card].kind == "gateway"}
    following: dict[str, list[str]] = {}
    for link in links:
        following.setdefault(link.source, []).append(link.target)
    todo = list(found)
    while todo:
        here = todo.pop(0)
        for target in following.get(here, ()):
            if target not in found:
                found[target] = found[here] + 1
                todo.append(target)
    return found


def _card(sorting: _Sorting, card: str, depth: int) -> Card:
    node = sorting.nodes[card]
    members = [sorting.nodes[it] for it in dict.fromkeys(sorting.members[card])]
    # What a route does wrong is shown where its requests come from, and not on all the services it leads to.
    routes = {it.id for it in members if it.kind == "route"}
    foreign = {it for it in routes if card not in sorting.sources(it) and sorting.sources(it)}
    marks = {mark for it in members if it.id not in foreign for mark in it.marks}
    rows = tuple(_row(sorting, it) for it in members if it.kind == "subset")
    return Card(
        card, node.kind, node.title, node.namespace, _badge(members), rows, worst(mark.severity for mark in marks),
        len(marks), tuple(it.id for it in members), depth,
    )  # fmt: skip


def _row(sorting: _Sorting, node: Node) -> Row:
    edges = sorting.incoming.get(node.id, ())
    labels = list(dict.fromkeys(it.label for it in edges if it.kind in ("route", "mirror") and it.label))
    return Row(node.title, _joined(labels), any(it.kind == "subset" and it.label == "undefined" for it in edges))


def _badge(members: list[Node]) -> str:
    modes = []
    for member in members:
        if member.kind == "workload":
            facts = dict(member.facts)
            if facts.get("proxy") == "gateway":
                continue
            modes.append(facts.get("mTLS", "no mTLS").partition(" (")[0])
    return "/".join(dict.fromkeys(modes))
