"""Routes of the Gateway API, in the form that VirtualServices have here (specification 8.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.kube_routes import GROUP, Reference, parents
from istiolint.mesh.names import MESH
from istiolint.mesh.order import created
from istiolint.mesh.read import dig, mapping, sequence, text, texts
from istiolint.trace.delegation import Entry, Match
from istiolint.trace.matching import ANYTHING, Condition, HeaderTest
from istiolint.trace.patterns import PRESENT, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.mesh.mesh import Mesh
    from istiolint.source.document import Document

HTTP_KINDS = ("HTTPRoute", "GRPCRoute")
OPAQUE_KINDS = ("TLSRoute", "TCPRoute")
FORMS = {"Exact": "exact", "PathPrefix": "prefix", "RegularExpression": "regex"}
RANKS = {"exact": 3, "prefix": 2, "regex": 1}


class KubeRoute:
    """An HTTPRoute, GRPCRoute, TLSRoute or TCPRoute."""

    __slots__ = ("document", "hostnames", "kind", "name", "namespace", "parents", "spec")

    def __init__(self, document: Document, namespace: str) -> None:
        self.document = document
        self.kind = document.kind
        self.name = document.name
        self.namespace = namespace
        self.spec: dict[str, Any] = mapping(document.value.get("spec"))
        self.hostnames = tuple(host.lower() for host in texts(self.spec.get("hostnames")))
        self.parents: tuple[Reference, ...] = parents(document, namespace)

    def __repr__(self) -> str:
        return f"{self.kind}({self.namespace}/{self.name})"

    @property
    def rules(self) -> list[tuple[int, dict[str, Any]]]:
        """Its rules with their positions."""
        return [(at, it) for at, it in enumerate(sequence(self.spec.get("rules"))) if isinstance(it, dict)]

    def entries(self, port: int = 0) -> Iterator[Entry]:
        """An entry for each match; `port`: only for the table of that port."""
        for index, rule in self.rules:
            matches = [(at, it) for at, it in enumerate(sequence(rule.get("matches"))) if isinstance(it, dict)]
            for at, written in matches:
                match = Match(_condition(self.kind, written), at, None, port)
                yield Entry(rule, {}, index, (match,), source=self)
            if not matches:
                yield Entry(rule, {}, index, (Match(ANYTHING, 0, None, port),), source=self)


def kube_age(route: KubeRoute) -> tuple[str, str, str]:
    """Of two routes the older one counts first; of one age by namespace, then name."""
    return (created(route.document), route.namespace, route.name)


def kube_routes(mesh: Mesh, kinds: Iterable[str]) -> list[KubeRoute]:
    """All routes of some kinds, the oldest first."""
    return sorted(
        (KubeRoute(it, mesh.namespace_of(it)) for kind in kinds for it in mesh.documents(kind, GROUP)), key=kube_age
    )


def by_precedence(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries of one table in the order of the Gateway API: the most specific first, else as they come."""
    return tuple(sorted(entries, key=_precedence))


def _precedence(entry: Entry) -> tuple[int, ...]:
    condition = entry.matches[0].condition
    methods = [test for test in condition.headers if test.name == ":method"]
    return (
        -RANKS.get(condition.path.form, 0), -len(condition.path.value), -len(methods),
        -(len(condition.headers) - len(methods)), -len(condition.queries),
    )  # fmt: skip


class KubeRouted:
    """The routes of the Gateway API that one namespace has for one Service of the mesh, as proxies get them."""

    def __init__(self, host: str, routes: list[tuple[KubeRoute, int]], own: bool) -> None:
        self.service = routes[0][0]
        """The first of them."""
        self.hosts = (host,)
        self.entries = by_precedence(entry for route, port in routes for entry in route.entries(port))
        self.words = ("*",) if own else (".",)
        """Who sees it: those for a Service of another namespace only the clients of their own."""
        self.gateways = (MESH,)
        self.by_labels = False
        self.by_namespace = False

    def __repr__(self) -> str:
        return f"KubeRouted({self.hosts[0]} by {self.service})"


def mesh_routed(mesh: Mesh) -> list[KubeRouted]:
    """The routes whose parents are Services, by namespace and Service."""
    groups: dict[tuple[str, str, bool], list[tuple[KubeRoute, int]]] = {}
    for route in kube_routes(mesh, HTTP_KINDS):
        for its in route.parents:
            if its.kind == "Service" and its.group in ("", "core"):
                host = f"{its.name}.{its.namespace}.svc.{mesh.domain}"
                own = its.namespace == route.namespace
                groups.setdefault((route.namespace, host, own), []).append((route, its.port))
    return [KubeRouted(host, routes, own) for (_, host, own), routes in groups.items()]


def _condition(kind: str, written: dict[str, Any]) -> Condition:
    headers = [
        HeaderTest(text(it.get("name")).lower(), _value(it))
        for it in sequence(written.get("headers"))
        if isinstance(it, dict)
    ]
    if kind == "GRPCRoute":
        return Condition(_of_method(mapping(written.get("method"))), headers=tuple(headers))
    if method := text(written.get("method")):
        headers.insert(0, HeaderTest(":method", Text("exact", method)))
    queries = [
        (text(it.get("name")), _value(it)) for it in sequence(written.get("queryParams")) if isinstance(it, dict)
    ]
    form = FORMS.get(text(dig(written, "path", "type")) or "PathPrefix", "prefix")
    value = text(dig(written, "path", "value")) or "/"
    if form == "prefix":
        value = value.rstrip("/") or "/"
    path = Text(form, value)  # type: ignore[arg-type]
    return Condition(path, False, form == "prefix", tuple(headers), tuple(queries))


def _value(written: dict[str, Any]) -> Text:
    value = text(written.get("value"))
    if not value:
        return PRESENT
    return Text("regex" if written.get("type") == "RegularExpression" else "exact", value)


def _of_method(written: dict[str, Any]) -> Text:
    """The path of a gRPC method."""
    service, method = text(written.get("service")), text(written.get("method"))
    if written.get("type") == "RegularExpression":
        return Text("regex", f"/{service or '[^/]+'}/{method or '.+'}") if service or method else Text("prefix", "/")
    if service and method:
        return Text("exact", f"/{service}/{method}")
    if service:
        return Text("prefix", f"/{service}/")
    return Text("regex", f"/[^/]+/{method}") if method else Text("prefix", "/")
