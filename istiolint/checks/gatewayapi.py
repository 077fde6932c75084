"""Routes of the Gateway API: their Gateways, backends and grants (semantics 8.3, specification 10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.checks.attachment import Attachment, attachment
from istiolint.checks.kube_listeners import attended_by_istio
from istiolint.checks.naming import called, note_at, rewritten
from istiolint.checks.phrases import listed, suggestion
from istiolint.checks.shares import lost_with
from istiolint.finding import Change, Defect, Note, Repair
from istiolint.mesh.answers import Absent, Unknown
from istiolint.mesh.hosts import Host
from istiolint.mesh.kube_routes import GROUP, Reference, granted, grants, is_gateway, parent_gateway, parents, reference
from istiolint.mesh.names import same_namespace
from istiolint.mesh.nearness import Names
from istiolint.mesh.read import mapping, number, sequence, text

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.gateways import KubeGateway, Listener
    from istiolint.source.document import Document
    from istiolint.source.node import Node

ISTIO = "networking.istio.io"
PARENTS = {(GROUP, "Gateway"), (GROUP, "ListenerSet"), ("", "Service"), (ISTIO, "ServiceEntry")}
SUPPORTED_BACKENDS = {
    ("", "Service"),
    (ISTIO, "Hostname"),
    ("multicluster.x-k8s.io", "ServiceImport"),
    ("inference.networking.k8s.io", "InferencePool"),
    ("inference.networking.x-k8s.io", "InferencePool"),
    ("gateway.networking.x-k8s.io", "XBackend"),
}


# Routes and their parents


def parent_gateway_not_found(parent: Node, mesh: Mesh) -> Iterator[Defect]:
    """A route takes traffic from Gateways that exist."""
    its = _parent(parent, mesh)
    if not its.name or not is_gateway(its):
        return
    found = parent_gateway(mesh, its)
    if not isinstance(found, Absent):
        return
    name = parent.get("name") or parent
    near, where = found.near, f" in namespace {its.namespace}" if its.namespace else ""
    hint = suggestion(near)
    notes: tuple[Note, ...] = ()
    if found.thing is not None:
        notes = note_at(found.thing.document, ("metadata", "name"), "this one exists")
    if found.reason == "elsewhere":
        hint = f"; there is one in namespace {near.partition('/')[0]}"
    elif others := [it for it in mesh.gateways if it.name == its.name and same_namespace(it.namespace, its.namespace)]:
        hint = f"; {called(others[0])} is Istio's own kind, to which routes cannot attach"
        notes = note_at(others[0].document, ("apiVersion",), "a Gateway of the other API")
    space, _, right = near.rpartition("/")
    fits = bool(right) and found.reason != "elsewhere" and space in ("", its.namespace)
    yield name.defect(
        gateway=its.name,
        where=where,
        hint=hint,
        notes=notes,
        repair=rewritten(name, right) if fits else None,
        confidence=None if found.certain else "low",
    )


def parent_service_not_found(parent: Node, mesh: Mesh) -> Iterator[Defect]:
    """A route of the mesh is for a Service that exists."""
    its = _parent(parent, mesh)
    if (its.group, its.kind) != ("", "Service") or not its.name:
        return
    yield from _service_missing(parent, its, mesh)


def parent_kind_unknown(parent: Node) -> Iterator[Defect]:
    """What is no kind of parent is passed over: above all a Service without its (empty) group."""
    its = reference(parent.value, parent.path, "", GROUP, "Gateway")
    if (its.group, its.kind) in PARENTS or "." not in its.group:
        return
    if its.kind in ("Service", "ServiceEntry"):
        right = "" if its.kind == "Service" else ISTIO
        written = parent.get("group")
        change = (
            Change("set", written.path, f'"{right}"', parent.document)
            if written
            else Change("add", parent.path, f'group: "{right}"', parent.document)
        )
        why = f'a {its.kind} has the group "{right}", and without `group` that of the Gateway API is meant'
        if written:
            why = f'a {its.kind} has the group "{right}", not "{its.group}"'
        yield (parent.get("kind") or parent).defect(why=why, repair=Repair(f'write group: "{right}"', (change,), False))
    elif its.group == GROUP:
        why = f"{its.kind} is no kind of parent; routes attach to a Gateway, a ListenerSet, or a Service"
        yield (parent.get("kind") or parent).defect(why=why)


def parent_listener_not_found(parent: Node, mesh: Mesh) -> Iterator[Defect]:
    """`sectionName` and `port` pick a listener that the Gateway has."""
    for gateway, its, got in _attachments(parent, mesh):
        if got.named or not got.all:
            continue
        node = parent.get("sectionName") or parent.get("port") or parent
        near = Names(it.name for it in got.all).nearest(its.section) if its.section else ""
        listeners = listed(f'"{it.name}" on port {it.number}' for it in got.all[:6])
        asked = [f'"{its.section}"'] if its.section else []
        asked += [f"port {its.port}"] if its.port else []
        yield node.defect(
            gateway=gateway.name,
            listener=" on ".join(asked),
            listeners=listeners,
            hint=suggestion(near),
            notes=note_at(gateway.document, ("spec", "listeners"), "its listeners"),
            repair=rewritten(node, near) if near and node.key == "sectionName" else None,
        )


def route_not_allowed(parent: Node, mesh: Mesh) -> Iterator[Defect]:
    """Listeners say from which namespaces they take routes: without a word, from their own only."""
    for gateway, _, got in _attachments(parent, mesh):
        if got.open or not got.named:
            continue
        space = mesh.namespace_of(parent.document)
        listener = got.named[0]
        reasons = {
            "Same": f"only those of its own namespace, {gateway.namespace}",
            "None": "none",
            "Selector": "those of namespaces with other labels",
        }
        why = reasons.get(listener.from_namespaces, "others")
        path = (*listener.path, "allowedRoutes", "namespaces")
        yield (parent.get("name") or parent).defect(
            gateway=f"{gateway.namespace}/{gateway.name}" if gateway.namespace else gateway.name,
            namespace=space,
            why=why,
            notes=note_at(gateway.document, path, f"takes routes: {why}"),
        )


def route_kind_not_carried(parent: Node, mesh: Mesh) -> Iterator[Defect]:
    """A listener carries the routes that its protocol can be routed by, and that its `kinds` name."""
    for gateway, _, got in _attachments(parent, mesh):
        if got.fit or not got.open:
            continue
        offers = listed(dict.fromkeys(f"{it.protocol} on port {it.number}" for it in got.open))
        yield (parent.get("name") or parent).defect(
            kind=parent.document.kind,
            gateway=gateway.name,
            offers=offers,
            notes=note_at(gateway.document, (*got.open[0].path, "protocol"), "this listener"),
        )


def hostname_on_no_listener(hostname: Node, mesh: Mesh) -> Iterator[Defect]:
    """A hostname of a route is served where a listener of one of its Gateways takes it."""
    if not isinstance(hostname.value, str) or not hostname.value:
        return
    route = hostname.document
    taken: list[Listener] = []
    notes: tuple[Note, ...] = ()
    for its in parents(route, mesh.namespace_of(route)):
        if not is_gateway(its):
            return
        known = _fits(route, its, mesh)
        if known is None:
            return
        for gateway, got in known:
            if not got.fit or hostname.value in got.hosts:
                return
            taken += got.fit
            notes = notes or note_at(gateway.document, (*got.fit[0].path, "hostname"), "this listener's host")
    if taken:
        hosts = listed(dict.fromkeys(f'"{it.hostname}"' for it in taken))
        yield hostname.defect(hostname=hostname.value, hosts=hosts, notes=notes)


def parent_takes_no_hostname(parent: Node, mesh: Mesh) -> Iterator[Defect]:
    """A Gateway among several that takes none of the hostnames of a route."""
    route = parent.document
    written = sequence(mapping(route.value.get("spec")).get("hostnames"))
    others = [it for it in parents(route, mesh.namespace_of(route)) if it.path != parent.path]
    if not written or not others:
        return
    elsewhere = False
    for other in others:
        known = _fits(route, other, mesh) if is_gateway(other) else None
        elsewhere |= known is None or any(got.hosts for _, got in known)
    if not elsewhere:
        return  # `hostname-on-no-listener` speaks
    for gateway, _, got in _attachments(parent, mesh):
        if got.fit and not got.hosts:
            hosts = listed(dict.fromkeys(f'"{it.hostname}"' for it in got.fit))
            yield (parent.get("name") or parent).defect(
                gateway=gateway.name,
                hosts=hosts,
                notes=note_at(gateway.document, (*got.fit[0].path, "hostname"), "this listener's host"),
            )


def _parent(parent: Node, mesh: Mesh) -> Reference:
    return reference(parent.value, parent.path, mesh.namespace_of(parent.document), GROUP, "Gateway")


def _attachments(parent: Node, mesh: Mesh) -> Iterator[tuple[KubeGateway, Reference, Attachment]]:
    """The one Gateway of a parent reference, if it is known for sure which it is, and how far the route gets there."""
    its = _parent(parent, mesh)
    for gateway, got in _fits(parent.document, its, mesh) or () if is_gateway(its) else ():
        yield gateway, its, got


def _fits(route: Document, its: Reference, mesh: Mesh) -> list[tuple[KubeGateway, Attachment]] | None:
    """How a route fits to the Gateway of a reference; None where that may be another one than in the files."""
    found = parent_gateway(mesh, its)
    if isinstance(found, (Absent, Unknown)) or len(found) > 1 or mesh.is_patched(found[0].document):
        return None
    return [(found[0], attachment(route, its, found[0], mesh))] if mesh.together(route, found[0].document) else None


# Backends


def backend_not_found(backend: Node, mesh: Mesh) -> Iterator[Defect]:
    """A backend is a Service that exists, by its plain name."""
    its = _backend(backend, mesh)
    if (its.group, its.kind) == (ISTIO, "Hostname"):
        found = mesh.host(its.name, its.namespace)
        if isinstance(found, Absent) and found.certain:
            why = f"no Service or ServiceEntry is {its.name}"
            yield (backend.get("name") or backend).defect(why=why, lost=lost_with(backend))
    elif (its.group, its.kind) == ("", "Service") and its.name:
        for defect in _service_missing(backend, its, mesh):
            yield defect._replace(fields={**defect.fields, "lost": lost_with(backend)})


def backend_port_not_found(backend: Node, mesh: Mesh) -> Iterator[Defect]:
    """The port of a backend is one of the Service, not of the container."""
    its, port = _backend(backend, mesh), backend.get("port")
    if (its.group, its.kind) != ("", "Service") or port is None or not its.port or "." in its.name:
        return
    found = mesh.port(its.name, its.port, its.namespace)
    if not isinstance(found, Absent) or not isinstance(found.thing, Host) or not found.certain:
        return
    services = found.thing.services
    if not services or not all(mesh.together(backend.document, it.document) for it in services):
        return
    known = listed(found.thing.numbers)
    targets = [it.number for it in found.thing.ports if it.target == its.port]
    hint = f"; {its.port} is where port {targets[0]} leads to in the pods" if targets else ""
    right = str(targets[0]) if targets else found.near
    yield port.defect(
        service=its.name,
        port=its.port,
        known=known,
        hint=hint,
        notes=note_at(services[0].document, ("spec", "ports"), f"it has {known}"),
        repair=rewritten(port, right) if right.isdigit() else None,
    )


def reference_not_granted(target: Node, mesh: Mesh) -> Iterator[Defect]:
    """A Service or Secret of another namespace may be used where a ReferenceGrant there says so."""
    document = target.document
    own = mesh.namespace_of(document)
    kind = "Secret" if document.kind == "Gateway" else "Service"
    its = reference(target.value, target.path, own, "", kind)
    if its.kind != kind or its.group or not own or not its.name or "." in its.name or its.namespace == own:
        return
    if kind == "Service" and not any(is_gateway(it) for it in parents(document, own)):
        return  # routes of the mesh need no grant
    found: Any = mesh.host(its.name, its.namespace) if kind == "Service" else mesh.secret(its.name, its.namespace)
    if isinstance(found, Absent) or mesh.world == "partial" or granted(mesh, (GROUP, document.kind, own), its):
        return
    there = [it for it in mesh.index(grants) if it.namespace == its.namespace]
    notes: tuple[Note, ...] = ()
    hint = ""
    misplaced = [it for it in mesh.index(grants) if it.namespace == own and any(to[1] == kind for to in it.targets)]
    if there:
        notes = note_at(there[0].document, ("spec", "from"), "this grant does not admit it")
        hint = "; the one that is there does not admit it"
    elif misplaced:
        notes = note_at(misplaced[0].document, ("metadata", "namespace"), "a grant counts in its own namespace")
        hint = f"; the one in {own} grants nothing there"
    if mesh.world != "complete" and not there and (isinstance(found, Unknown) or not _in_files(found)):
        return
    yield (target.get("namespace") or target).defect(
        kind=kind,
        target=f"{its.namespace}/{its.name}",
        source=document.kind,
        own=own,
        namespace=its.namespace,
        hint=hint if kind == "Secret" else f"{hint}: {lost_with(target)}",
        notes=notes,
        confidence=None if mesh.world == "complete" or there or misplaced else "low",
    )


def _in_files(found: object) -> bool:
    return bool(found.services) if isinstance(found, Host) else isinstance(found, tuple)


def route_without_backend(rule: Node) -> Iterator[Defect]:
    """A rule that sends nowhere answers with 500."""
    filters = [text(mapping(it).get("type")) for it in sequence(mapping(rule.value).get("filters"))]
    if "RequestRedirect" in filters or "ExtensionRef" in filters:
        return
    backends = [it for it in sequence(mapping(rule.value).get("backendRefs")) if isinstance(it, dict)]
    if not backends:
        yield rule.defect(why="it has no backendRefs and no redirect")
    elif all(it.get("weight") is not None and number(it.get("weight")) == 0 for it in backends):
        node = rule.get("backendRefs") or rule
        yield node.defect(on="key", why="all its backends have weight 0")


def unsupported_route_part(part: Node, mesh: Mesh) -> Iterator[Defect]:
    """Filters and kinds of backends that Istio does not know, in routes of its Gateways."""
    if not any(
        attended_by_istio(gateway.class_name)
        for its in parents(part.document, mesh.namespace_of(part.document))
        if is_gateway(its)
        for gateway, _ in _fits(part.document, its, mesh) or ()
    ):
        return
    if part.path[-2] == "filters":
        kind = part.get("type")
        if kind is not None and kind.value in ("ExtensionRef", "ExternalAuth"):
            yield kind.defect(what=f"filters of type {kind.value}", outcome="the rule that has one gets no traffic")
        return
    its = _backend(part, mesh)
    if (its.group, its.kind) not in SUPPORTED_BACKENDS and its.kind:
        shown = f"{its.kind} of {its.group}" if its.group else its.kind
        node = part.get("kind") or part
        yield node.defect(what=f"backends of kind {shown}", outcome="the share of this backend is answered with 500")


def invalid_route_regex(match: Node) -> Iterator[Defect]:
    """Regular expressions of routes are RE2, and nothing checks them when the route is applied."""
    from istiolint.admission.re2 import scan

    if match.text("type") != "RegularExpression":
        return
    for key in ("value", "service", "method"):
        node = match.get(key)
        if node is None or not isinstance(node.value, str):
            continue
        result = scan(node.value)
        problem = result.problem or result.envoy
        if problem is not None:
            yield node.defect(part=problem.part, why=problem.reason)


def _backend(backend: Node, mesh: Mesh) -> Reference:
    return reference(backend.value, backend.path, mesh.namespace_of(backend.document), "", "Service")


def _service_missing(node: Node, its: Reference, mesh: Mesh) -> Iterator[Defect]:
    name = node.get("name") or node
    if "." in its.name:
        service, _, rest = its.name.partition(".")
        why = f'"{its.name}" is no name of a Service; write name: {service}, namespace: {rest.partition(".")[0]}'
        yield name.defect(why=why)
        return
    found = mesh.host(its.name, its.namespace)
    if not isinstance(found, Absent) or found.reason == "hidden":
        return
    where = f" in namespace {its.namespace}" if its.namespace else ""
    notes = note_at(found.thing.document, ("metadata", "name"), "this one exists") if found.thing is not None else ()
    elsewhere = found.reason == "elsewhere"
    hint = f"; there is one in namespace {found.thing.namespace}" if elsewhere else suggestion(found.near)
    yield name.defect(
        why=f"there is no Service {its.name}{where}{hint}",
        notes=notes,
        repair=rewritten(name, found.near) if found.near and "." not in found.near and not elsewhere else None,
        confidence=None if found.certain else "low",
    )


# Grants


def grant_from_unknown_namespace(source: Node, mesh: Mesh) -> Iterator[Defect]:
    """A ReferenceGrant for a namespace that does not exist grants nothing."""
    name = source.get("namespace")
    if name is None or not isinstance(name.value, str) or not name.value:
        return
    found = mesh.namespace(name.value)
    if isinstance(found, Absent):
        yield name.defect(
            namespace=name.value,
            hint=suggestion(found.near),
            repair=rewritten(name, found.near) if found.near else None,
            confidence=None if found.certain else "low",
        )
