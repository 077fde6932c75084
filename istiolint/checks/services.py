"""Ports of Services: the protocol that they say, and the container ports that they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from istiolint.checks.naming import called, host_shown, labels_shown, note_at, rewritten
from istiolint.checks.phrases import listed, suggestion
from istiolint.finding import Defect, Note
from istiolint.mesh.answers import Absent
from istiolint.mesh.kube_routes import GROUP
from istiolint.mesh.listings import DESTINATIONS
from istiolint.mesh.namespaces import NEVER_INJECTED
from istiolint.mesh.ports import APP_PROTOCOLS, PROTOCOLS, WELL_KNOWN_TCP, spoken
from istiolint.mesh.read import dig, labels, matches, number, sequence, text

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.ports import Port
    from istiolint.mesh.services import Service
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.mesh.workloads import Workload
    from istiolint.source.document import Document
    from istiolint.source.node import Node

LOOK_AT = 50
"""So many Services of one pod are looked at."""
MANAGED = "gateway.istio.io/managed"
CONTROLLERS = frozenset(("istio.io-gateway-controller", "istio.io-mesh-controller", "istio.io-eastwest-controller"))
"""Values of that label: Istio made the Service for a Gateway, and knows its ports."""


# The protocol of a port


def protocol_not_said(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """A port of pods in the mesh whose name says no protocol is sniffed (semantics 2.2, specification IST0118)."""
    if _is_silent(port) and _in_mesh(port, mesh):
        yield from _named(port)


def protocol_not_said_to_callers(port: Node, mesh: Mesh) -> Iterator[Defect]:
    """The same for pods that are not in the mesh, or not in the files: callers in the mesh have to guess."""
    if _is_silent(port) and not _in_mesh(port, mesh):
        yield from _named(port)


def unknown_app_protocol(port: Node) -> Iterator[Defect]:
    """An `appProtocol` that Istio does not know says as much as none (semantics 2.2)."""
    if _is_strange(port) and spoken(text(port.value.get("name"))) == "auto":
        yield from _app_protocol(port)


def app_protocol_hides_name(port: Node) -> Iterator[Defect]:
    """An `appProtocol` that Istio does not know hides what the port's name says (semantics 2.2)."""
    if _is_strange(port) and (said := spoken(text(port.value.get("name")))) != "auto":
        for defect in _app_protocol(port):
            fields = {**defect.fields, "name": port.text("name"), "said": said}
            yield defect._replace(fields=fields, notes=note_at(port.document, (*port.path, "name"), f"says {said}"))


def app_protocol_with_suffix(port: Node) -> Iterator[Defect]:
    """Istio reads an `appProtocol` up to its first dash, others as a whole (semantics 2.2)."""
    written = port.value.get("appProtocol") if isinstance(port.value, dict) else None
    if not isinstance(written, str) or written in APP_PROTOCOLS or written.lower() in PROTOCOLS:
        return
    said = spoken(written)
    place = port.get("appProtocol")
    if said != "auto" and place is not None and _counts(port):
        yield place.defect(written=written, said=said)


def external_name_port(port: Node) -> Iterator[Defect]:
    """A port of an ExternalName Service that says no protocol, or plain TCP (specification IST0150)."""
    value = port.value
    if not isinstance(value, dict) or not _is_external(port.document) or not _counts(port):
        return
    name = text(value.get("name"))
    if name == "tcp" and not value.get("appProtocol"):
        yield (port.get("name") or port).defect(why="its name says TCP")
    elif _says_nothing(value):
        place = port.get("appProtocol") or port.get("name") or port.get("port") or port
        yield place.defect(why="neither its name nor `appProtocol` says its protocol")


def udp_name_on_tcp_port(port: Node) -> Iterator[Defect]:
    """A TCP port whose name begins with `udp` is UDP to Istio, which leaves UDP alone (semantics 2.2)."""
    value = port.value
    if not isinstance(value, dict) or value.get("protocol") not in (None, "TCP") or value.get("appProtocol"):
        return
    place = port.get("name")
    if place is not None and spoken(text(place.value)) == "udp":
        yield place.defect(name=place.value)


def _named(port: Node) -> Iterator[Defect]:
    place = port.get("name")
    named = place is not None and place.value
    what = f'its name "{port.text("name")}" begins with none that Istio knows' if named else "it has no name"
    yield (place or port.get("port") or port).defect(port=port.value.get("port"), what=what)


def _app_protocol(port: Node) -> Iterator[Defect]:
    place = port.get("appProtocol")
    if place is not None:
        yield place.defect(written=place.value, port=port.value.get("port"))


def _is_silent(port: Node) -> bool:
    value = port.value
    if not isinstance(value, dict) or value.get("appProtocol") or not _says_nothing(value):
        return False
    return not _is_external(port.document) and _counts(port)


def _is_strange(port: Node) -> bool:
    value = port.value
    if not isinstance(value, dict) or not isinstance(value.get("appProtocol"), str) or not _says_nothing(value):
        return False
    return not _is_external(port.document) and _counts(port)


def _says_nothing(value: dict[str, object]) -> bool:
    """Whether a port is sniffed: neither transport, `appProtocol`, name nor number tells its protocol."""
    app = text(value.get("appProtocol"))
    if value.get("protocol") == "UDP" or app in APP_PROTOCOLS or spoken(app or text(value.get("name"))) != "auto":
        return False
    its = number(value.get("port"))
    return its is not None and its not in WELL_KNOWN_TCP


def _is_external(document: Document) -> bool:
    spec = document.value.get("spec")
    return isinstance(spec, dict) and spec.get("type") == "ExternalName"


def _counts(port: Node) -> bool:
    """Whether the Service is the user's: not Kubernetes' or Istio's own, nor made by Istio for a Gateway."""
    if port.document.namespace in NEVER_INJECTED:
        return False
    having = labels(port.document.metadata.get("labels"))
    return "istio" not in having and having.get("release") != "istio" and having.get(MANAGED) not in CONTROLLERS


def _in_mesh(port: Node, mesh: Mesh) -> bool:
    service = mesh.service_of(port.document)
    return mesh.index(_has_members, service.namespace, frozenset(service.selector.items()))


def _has_members(mesh: Mesh, namespace: str, selector: frozenset[tuple[str, str]]) -> bool:
    """Whether some of the pods of Services that select so are in the mesh."""
    pods = mesh.workload_index.select(dict(selector), namespace) if selector else ()
    return any(mesh.dataplane(it) in ("sidecar", "ambient") for it in pods)


# Several ports for the same pods


def service_port_with_two_transports(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Services of the same pods use a port number for TCP and for UDP (specification IST0116)."""
    workload, ports = _ports_before(root, mesh)
    by_number: dict[int, dict[str, tuple[Service, Port]]] = {}
    for service, port, transport in ports:
        by_number.setdefault(port.number, {}).setdefault(transport, (service, port))
    for its, found in sorted(by_number.items()):
        services = {service.name: service for service, _ in found.values()}
        if len(found) > 1 and len(services) > 1:
            told = listed(f"{transport} in {called(service)}" for transport, (service, _) in sorted(found.items()))
            place, notes = root.at("metadata", "name") or root, _notes(port for _, port in found.values())
            yield place.defect(workload=called(workload), port=its, told=told, notes=notes)


def target_port_of_several_ports(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Different Service ports lead to one container port: the pods know one of them (specification IST0137)."""
    workload, ports = _ports_before(root, mesh)
    by_target: dict[str, dict[int, tuple[Service, Port]]] = {}
    for service, port, _ in ports:
        by_target.setdefault(str(port.target), {}).setdefault(port.number, (service, port))
    for target, found in sorted(by_target.items()):
        if len(found) > 1:
            told = listed(f"{its} of {called(service)}" for its, (service, _) in sorted(found.items()))
            place, notes = root.at("metadata", "name") or root, _notes(port for _, port in found.values())
            yield place.defect(workload=called(workload), target=target, told=told, notes=notes)


def _ports_before(root: Node, mesh: Mesh) -> tuple[Workload, list[tuple[Service, Port, str]]]:
    """The ports of all Services that select the pods of a Deployment in the mesh, with their transport."""
    workload = mesh.workload_of(root.document)
    if not workload.labels or labels(root.document.metadata.get("labels")).get(MANAGED) == "istio.io-mesh-controller":
        return workload, []
    near = mesh.services_of(workload)[:LOOK_AT]
    services = [it for it in near if mesh.together(workload.document, it.document)]
    if not services or mesh.dataplane(workload) != "sidecar":
        return workload, []
    found = []
    for service in services:
        for port in service.ports:
            written = service.spec["ports"][port.path[-1]].get("protocol")
            found.append((service, port, text(written) or "TCP"))
    return workload, found


# Pods that no route leads to


def _split(mesh: Mesh, host: str) -> dict[str, VirtualService]:
    """The subsets to which all requests for a full host go, with a VirtualService for each; empty where some do not."""
    if host in mesh.index(_plain_backends):
        return {}
    found: dict[str, VirtualService] = {}
    for route in mesh.listing(DESTINATIONS).get(host):
        for it in route.destinations:
            if it.fqdn == host and not it.subset:
                return {}
            if it.fqdn == host and it.weight != 0:
                found.setdefault(it.subset, route)
    entries = (entry for route in mesh.mesh_routes.get(host) for entry in sequence(route.spec.get("http")))
    return found if any(not dig(entry, "match") for entry in entries) else {}


def _plain_backends(mesh: Mesh) -> set[str]:
    """Hosts to which routes of the Gateway API lead."""
    return {
        f"{text(dig(item, 'name'))}.{text(dig(item, 'namespace')) or mesh.namespace_of(document)}.svc.{mesh.domain}"
        for document in mesh.documents("HTTPRoute", GROUP)
        for rule in sequence(dig(document.value, "spec", "rules"))
        for item in sequence(dig(rule, "backendRefs"))
    }


def _labels(service: Service, mesh: Mesh) -> tuple[list[dict[str, str]], VirtualService] | None:
    """The labels of the subsets that get all requests of a Service, and a VirtualService that says so."""
    found = mesh.index(_split, service.fqdn)
    effective = mesh.in_effect(service.fqdn, service.namespace) if found else None
    if not found or effective is None or not found.keys() <= effective.subsets.keys():
        return None
    return [effective.subsets[name].labels for name in found], next(iter(found.values()))


def version_without_traffic(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """Pods that are in no subset to which the routes of their Service lead (semantics 7, 9)."""
    workload = mesh.workload_of(root.document)
    services = mesh.services_of(workload)
    found = [_labels(it, mesh) for it in services]
    if not found or any(it is None or any(matches(having, workload.labels) for having in it[0]) for it in found):
        return
    route = next(it[1] for it in found if it is not None)
    if mesh.together(workload.document, route.document) and workload.kind in ("Deployment", "StatefulSet"):
        yield (root.at("metadata", "name") or root).defect(
            workload=called(workload),
            host=host_shown(services[0].fqdn),
            route=called(route),
            subsets=listed(labels_shown(having) for having in next(it[0] for it in found if it is not None)),
            notes=note_at(route.document, ("spec", "http"), "leads to subsets"),
        )


def _notes(ports: Iterable[Port]) -> tuple[Note, ...]:
    return tuple(note for port in ports for note in note_at(port.document, port.path, f"port {port.number}"))


# Pods


def service_selects_nothing(selector: Node, mesh: Mesh) -> Iterator[Defect]:
    """A selector that no pod has: requests to the Service find nobody (semantics 2.4)."""
    service = mesh.service_of(selector.document)
    if not service.selector or service.external_name or MANAGED in selector.document.strings("labels"):
        return
    if mesh.behind(service):
        return
    found = mesh.evidence.absent_selection(service.selector, service.namespace, of_service=True)
    if isinstance(found, Absent):
        elsewhere = found.reason == "elsewhere"
        hint = f"; such pods are in namespace {found.near}" if elsewhere else suggestion(found.near)
        key, _, value = found.near.partition("=")
        place = selector.get(key) if found.near and not elsewhere else None
        yield (place or selector).defect(
            labels=labels_shown(service.selector),
            hint=hint,
            repair=rewritten(place, value) if place is not None else None,
            confidence=None if found.certain else "low",
        )
    elif service.namespace:
        pods = mesh.workload_index.by_namespace.get(service.namespace, ())
        for workload in pods:
            named = workload.name == service.name and not workload.gateway and not mesh.services_of(workload)
            if named and workload.labels and mesh.together(service.document, workload.document):
                hint = f"; {called(workload)} has {labels_shown(workload.labels)}"
                notes = note_at(workload.document, workload.labels_path, "the labels of the pods")
                yield selector.defect(labels=labels_shown(service.selector), hint=hint, notes=notes, confidence="low")
                return
