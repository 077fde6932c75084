"""What a DestinationRule's `tls` sends, and what stands at the other end (semantics 9.1, 10, 11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from istiolint.checks.meeting import Meeting
from istiolint.mesh.hosts import Host
from istiolint.mesh.mtls import ClientTls, ServerMode, mode_of
from istiolint.mesh.names import is_wildcard
from istiolint.mesh.read import dig, mapping, matches, number, text
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.destination_rules import DestinationRule
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.ports import Port
    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload
    from istiolint.source.node import Node

Proxy = Literal["sidecar", "likely", "none", "ambient", "unknown"]
"""Who answers at the other end. `likely`: the namespace is injected, its pods are not in the files."""

EXCLUDED = "traffic.sidecar.istio.io/excludeInboundPorts"
INCLUDED = "traffic.sidecar.istio.io/includeInboundPorts"


class Setting(NamedTuple):
    """One `tls` mapping of a DestinationRule."""

    node: Node
    rule: DestinationRule
    mode: str
    subset: str
    """The subset it is for; empty: the whole host."""
    port: int | None
    """The port it is for; None: all that have no settings of their own."""


class Arrival(NamedTuple):
    """An end of a connection that a setting makes."""

    service: Service
    port: Port
    workload: Workload | None
    """None: the pods of the Service are not in the files."""
    proxy: Proxy
    server: ServerMode
    sent: ClientTls


AUTOMATIC = ClientTls("auto-mtls", None, ())


def setting_of(node: Node, mesh: Mesh) -> Setting | None:
    """The setting at a `tls` mapping, wherever it stands in a DestinationRule."""
    if not isinstance(node.value, dict):
        return None
    rule = mesh.destination_rule_of(node.document)
    path = node.path
    subset = ""
    if path[1] == "subsets":
        subset = text(dig(_at(node, path[:3]), "name"))
        if not subset:
            return None
    port = None
    if "portLevelSettings" in path:
        port = number(dig(_at(node, path[:-1]), "port", "number"))
        if port is None:
            return None
    return Setting(node, rule, text(node.value.get("mode")) or "DISABLE", subset, port)


def _at(node: Node, path: tuple[str | int, ...]) -> object:
    found = node.document.node(*path)
    return found.value if found is not None else None


def arrivals(setting: Setting, mesh: Mesh, wanted: str = "") -> Iterator[Arrival]:
    """Where connections that use this setting arrive; only those for which it is the one in effect.

    `wanted`: only at Services some of whose pods accept connections so (a mode, or `none`: without a proxy).
    """
    rule = setting.rule
    labels = _subset_labels(setting)
    servers = mesh.index(Servers)
    for host, service in _services(rule, mesh):
        if not service.selector or (wanted and not servers.accept(service, wanted)):
            continue
        if not mesh.together(rule.document, service.document):
            continue
        for port in service.ports:
            if port.port_class == "udp" or (setting.port is not None and setting.port != port.number):
                continue
            sent = _in_effect(setting, host, service, port, mesh)
            if sent is not None and not sent.ignored_credential:
                yield from _ends(service, port, labels, sent, mesh)


def _services(rule: DestinationRule, mesh: Mesh) -> Iterator[tuple[str, Service]]:
    if not is_wildcard(rule.fqdn):
        found = mesh.host(rule.host, rule.namespace)
        if isinstance(found, Host):
            for service in found.services:
                yield rule.fqdn, service
        return
    for service in mesh.services:
        if service.fqdn.endswith(rule.fqdn[1:]):
            yield service.fqdn, service


def _subset_labels(setting: Setting) -> dict[str, str]:
    return next((it.labels for it in setting.rule.subsets if it.name == setting.subset), {})


def _in_effect(setting: Setting, host: str, service: Service, port: Port, mesh: Mesh) -> ClientTls | None:
    """What clients send, if it is this setting that some of them use."""
    rule = setting.rule
    for client in dict.fromkeys((rule.namespace, service.namespace)):
        sent = mesh.mtls.client(host, client, port.number, setting.subset, having=rule.selector)
        if sent.rule is rule and sent.path == setting.node.path:
            return sent
    return None


def _ends(service: Service, port: Port, labels: dict[str, str], sent: ClientTls, mesh: Mesh) -> Iterator[Arrival]:
    pods = mesh.behind(service)
    for workload in pods:
        target = workload.port_number(port.target)
        if target is None or not matches(labels, workload.labels) or workload.gateway:
            continue
        if mesh.policies.perhaps("PeerAuthentication", workload):
            continue
        proxy = _proxy(workload, mesh) if captured(workload, target) else "none"
        yield Arrival(service, port, workload, proxy, mesh.mtls.server(workload, target), sent)
    if not pods:
        server = server_of_labels(mesh, service.namespace, {**service.selector, **labels}, port.target)
        if server is not None:
            yield Arrival(service, port, None, _expected(service.namespace, mesh), server, sent)


def _proxy(workload: Workload, mesh: Mesh) -> Proxy:
    """As the model says; who refuses a sidecar in a namespace that is not known has nothing."""
    found = mesh.dataplane(workload)
    return "none" if found == "unknown" and workload.inject == "false" else found


def captured(workload: Workload, port: int) -> bool:
    """Whether a pod port goes through the sidecar, as far as annotations take it out."""
    excluded = workload.annotations.get(EXCLUDED, "")
    included = workload.annotations.get(INCLUDED, "*")
    return str(port) not in _words(excluded) and (included == "*" or str(port) in _words(included))


def _words(listed: str) -> list[str]:
    return [word.strip() for word in listed.split(",")]


def _expected(namespace: str, mesh: Mesh) -> Proxy:
    """Who would answer in pods of a namespace that are not in the files."""
    found = mesh.namespaces.get(namespace)
    if found is None or found.disputed:
        return "unknown"
    if found.injection or found.revision:
        return "none" if found.injection not in ("", "enabled") else "likely"
    return "ambient" if found.ambient else "unknown"


def server_of_labels(mesh: Mesh, namespace: str, labels: dict[str, str], target: int | str) -> ServerMode | None:
    """What pods accept of which only some labels are known; None: a policy may or may not select them."""
    chosen: Policy | None = None
    for policy in mesh.index(Meeting).of("PeerAuthentication", namespace, labels):
        if policy.root:
            continue
        if policy.namespace != namespace or not matches(policy.selector, labels):
            return None
        if policy.selector:
            chosen = chosen or policy
    if chosen is not None:
        ports = mapping(chosen.spec.get("portLevelMtls"))
        if ports and isinstance(target, str):
            return None
        for key, item in ports.items():
            if number(key) == target and (mode := mode_of(item)):
                return ServerMode(mode, chosen, ("spec", "portLevelMtls", key, "mode"))
        if mode := mode_of(chosen.spec.get("mtls")):
            return ServerMode(mode, chosen, ("spec", "mtls", "mode"))
    return mesh.mtls.namespace_mode(namespace)


class Servers:
    """What the pods of each Service accept, whoever calls: Services without a conflict need no closer look."""

    def __init__(self, mesh: Mesh) -> None:
        self._found: dict[int, set[str]] = {}
        for service in mesh.services:
            found = self._found[id(service)] = set()
            for port in service.ports if service.selector else ():
                for arrival in _ends(service, port, {}, AUTOMATIC, mesh):
                    found.add("none" if arrival.proxy == "none" else arrival.server.mode)

    def accept(self, service: Service, wanted: str) -> bool:
        """Whether some port of some pod has this mode; `none`: whether some pod has no proxy."""
        return wanted in self._found.get(id(service), ())


def width(rule: DestinationRule, mesh: Mesh) -> str | None:
    """`*` for a rule about every Service of the mesh, a namespace for one about all of its Services, else None."""
    host, domain = rule.fqdn, mesh.domain
    if host in ("*", f"*.{domain.rpartition('.')[2]}", f"*.{domain}", f"*.svc.{domain}"):
        return "*"
    namespace = host.removeprefix("*.").removesuffix(f".svc.{domain}")
    return namespace if host == f"*.{namespace}.svc.{domain}" and "." not in namespace else None


def wide_rules(mesh: Mesh, *widths: str) -> Iterator[DestinationRule]:
    """DestinationRules about the whole mesh (`*`) or all Services of a namespace."""
    tail, domain = mesh.domain.rpartition(".")[2], mesh.domain
    for wide in widths:
        hosts = ("*", f"*.{tail}", f"*.{domain}", f"*.svc.{domain}") if wide == "*" else (f"*.{wide}.svc.{domain}",)
        for host in hosts:
            yield from mesh.rules.by_host.get(host)


def top_mode(rule: DestinationRule) -> str:
    """The TLS mode of a whole rule; empty where it sets none."""
    tls = dig(rule.policy, "tls")
    return (text(dig(tls, "mode")) or "DISABLE") if isinstance(tls, dict) else ""
