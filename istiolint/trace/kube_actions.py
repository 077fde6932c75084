"""What a rule of an HTTPRoute does with a request (specification 8.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.kube_routes import GROUP, granted, reference
from istiolint.mesh.read import dig, mapping, number, sequence, text
from istiolint.records import NamedTuple
from istiolint.trace.actions import DEFAULT_PORTS, Action, Copy
from istiolint.trace.destinations import Cluster
from istiolint.trace.result import Redirect

if TYPE_CHECKING:
    from collections.abc import Callable

    from istiolint.finding import Path
    from istiolint.mesh.mesh import Mesh
    from istiolint.trace.kube_routes import KubeRoute
    from istiolint.trace.question import Request
    from istiolint.trace.routes import Route

INVALID = ""
"""The host of a backend that cannot be used: its share of the requests gets 500."""


class Backends(NamedTuple):
    """How the backends of a table's routes become clusters, and what redirects assume."""

    mesh: Mesh
    port: int
    """Of the connection."""
    scheme: str
    by_gateway: bool
    """Whether a gateway asks: then backends of other namespaces need a ReferenceGrant."""
    has_port: Callable[[str, int], bool]
    """Whether a host is known with a port."""

    def cluster(self, route: KubeRoute, written: Any, path: Path) -> Cluster:
        """The cluster of a backend reference."""
        its = reference(written, path, route.namespace, "", "Service")
        host = f"{its.name}.{its.namespace}.svc.{self.mesh.domain}"
        if (its.group, its.kind) == ("networking.istio.io", "Hostname"):
            host = its.name
        elif its.kind != "Service" or its.group not in ("", "core"):
            return Cluster(INVALID, its.port, "", None, route.document, path, status=500)
        allowed = its.namespace == route.namespace or not self.by_gateway
        if not allowed and not granted(self.mesh, (GROUP, route.kind, route.namespace), its):
            return Cluster(INVALID, its.port, "", None, route.document, path, status=500)
        if not self.has_port(host, its.port):
            return Cluster(INVALID, its.port, "", None, route.document, path, status=500)
        return Cluster(host, its.port, "", None, route.document, path, status=500)

    def clusters(self, route: KubeRoute, rule: dict[str, Any], index: int) -> tuple[Cluster, ...]:
        """Those of a rule, with their weights; equal ones are added up."""
        written = [(at, it) for at, it in enumerate(sequence(rule.get("backendRefs"))) if isinstance(it, dict)]
        found: dict[tuple[str, int], Cluster] = {}
        for at, it in written:
            weight = number(it.get("weight"))
            weight = 1 if weight is None else weight
            if not weight:
                continue
            cluster = self.cluster(route, it, ("spec", "rules", index, "backendRefs", at))
            key = (cluster.host, cluster.port)
            before = found[key].weight or 0 if key in found else 0
            found[key] = found.get(key, cluster)._replace(weight=before + weight, headers=_headers(it))
        if len(found) == 1:
            return tuple(it._replace(weight=None) for it in found.values())
        return tuple(found.values())


def act_kube(route: Route, request: Request, path: str, backends: Backends) -> Action:
    """What a rule does with a request that it takes."""
    rule, source = route.entry.action, route.entry.source
    assert source is not None
    filters = {text(it.get("type")): it for it in reversed(sequence(rule.get("filters"))) if isinstance(it, dict)}
    prefix = route.match.condition.path.value
    if isinstance(redirect := dig(filters.get("RequestRedirect"), "requestRedirect"), dict):
        answer = _redirect(redirect, request, path, prefix, (backends.port, backends.scheme))
        return Action(answer, headers=_headers(rule), cors=_cors(rule))
    clusters = backends.clusters(source, rule, route.entry.http)
    if not clusters:
        return Action(status=500)
    rewrite = mapping(dig(filters.get("URLRewrite"), "urlRewrite"))
    new_path = _new_path(mapping(rewrite.get("path")), path, prefix)
    authority = text(rewrite.get("hostname"))
    return Action(
        clusters=clusters,
        path=new_path if new_path != path else None,
        authority=authority if authority and authority != request.authority else None,
        timeout=text(dig(rule, "timeouts", "request")) or None,
        mirrors=tuple(_mirrors(source, rule, route.entry.http, backends)),
        retries=mapping(rule.get("retry")) or None,
        headers=_headers(rule),
        cors=_cors(rule),
    )


def _headers(written: dict[str, Any]) -> dict[str, Any]:
    """What the filters of a rule or of a backend change of headers, in the shape that VirtualServices have."""
    found: dict[str, Any] = {}
    for it in sequence(written.get("filters")):
        for side in ("request", "response"):
            change = dig(it, f"{side}HeaderModifier")
            if isinstance(change, dict):
                named = {
                    how: {text(dig(one, "name")): dig(one, "value") for one in sequence(change.get(how))}
                    for how in ("set", "add")
                    if change.get(how)
                }
                found[side] = {**named, **({"remove": change["remove"]} if change.get("remove") else {})}
    return found


def _cors(rule: dict[str, Any]) -> dict[str, Any] | None:
    found = (mapping(dig(it, "cors")) for it in sequence(rule.get("filters")))
    return next((it for it in found if it), None)


def _mirrors(source: KubeRoute, rule: dict[str, Any], index: int, backends: Backends) -> list[Copy]:
    found = []
    for at, it in enumerate(sequence(rule.get("filters"))):
        written = dig(it, "requestMirror")
        if isinstance(written, dict):
            path: Path = ("spec", "rules", index, "filters", at, "requestMirror", "backendRef")
            percent = number(written.get("percent"))
            fraction = mapping(written.get("fraction"))
            share = 100.0 if percent is None else float(percent)
            if fraction:
                share = 100.0 * (number(fraction.get("numerator")) or 0) / (number(fraction.get("denominator")) or 100)
            if share > 0:
                found.append(Copy(backends.cluster(source, written.get("backendRef"), path), share))
    return found


def _new_path(written: dict[str, Any], path: str, prefix: str) -> str:
    """The path after `ReplaceFullPath` or `ReplacePrefixMatch`."""
    bare, mark, query = path.partition("?")
    if isinstance(full := written.get("replaceFullPath"), str):
        bare = full
    elif isinstance(replacement := written.get("replacePrefixMatch"), str):
        rest = bare[len(prefix) :] if prefix != "/" else bare
        bare = replacement.rstrip("/") + rest or "/"
    return bare + mark + query


def _redirect(
    written: dict[str, Any], request: Request, path: str, prefix: str, connection: tuple[int, str]
) -> Redirect:
    port, scheme = connection
    new_scheme = text(written.get("scheme")) or scheme
    new_port = number(written.get("port")) or (0 if written.get("scheme") else port)
    host = text(written.get("hostname")) or request.authority.partition(":")[0]
    shown = f":{new_port}" if new_port and new_port != DEFAULT_PORTS.get(new_scheme) else ""
    new_path = _new_path(mapping(written.get("path")), path, prefix)
    return Redirect(number(written.get("statusCode")) or 302, f"{new_scheme}://{host}{shown}{new_path}")
