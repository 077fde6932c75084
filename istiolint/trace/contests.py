"""Where the order of age can matter at all (specification 1), so that a trace need not be asked twice elsewhere.

Two objects contest something if the files do not say which is older, and each of them would decide it. `possible` errs
on the side of yes: what it denies is followed under one order only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.names import HostMap
from istiolint.mesh.order import created
from istiolint.trace.delegation import Routed
from istiolint.trace.gateway_servers import selecting
from istiolint.trace.scope import World
from istiolint.trace.virtual_hosts import bare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.order import Placed
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.workloads import Workload
    from istiolint.trace.question import Request
    from istiolint.trace.result import Backend, Trace

UNTOLD = "~"
"""What `created` gives where a manifest has no creation time."""


class Contests:
    """What is contested in one mesh. `mesh.index(Contests)`."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self.world = mesh.index(World)
        self.registry = self.world.registry
        self._sidecars = _namespaces(mesh.policies.of("Sidecar"), mesh.root_namespace)
        self._modes = _namespaces(mesh.policies.of("PeerAuthentication"), mesh.root_namespace)
        self._rules = _rules(mesh)
        self._wild = any(host[:1] == "*" for _, it in self.world.routes.by_gateway.get("mesh", ()) for host in it.hosts)

    def possible(self, trace: Trace) -> bool:
        """Whether a trace may be another one where objects without creation time are of another order."""
        client, request = trace.client, trace.request
        if client.kind == "gateway":
            return self._at_gateway(trace) or self._behind(trace)
        if client.kind not in ("sidecar", "none") or request.protocol != "http":
            return True
        return (
            client.namespace in self._sidecars
            or bool(self.registry.open_by_port.get(request.port))
            or self._of_host(client.namespace, request)
            or self._behind(trace)
        )

    def _behind(self, trace: Trace) -> bool:
        """Whether it is contested what happens where a request is sent."""
        return (
            any(self._of_destination(it.host) for it in trace.targets)
            or any(self._of_destination(it.host) for it in trace.mirrors)
            or any(self._of_pod(it) for it in trace.backends)
            or any(self._of_pod(it) for target in trace.targets for it in target.backends)
        )

    def _at_gateway(self, trace: Trace) -> bool:
        """Whether it is contested what a gateway does with a request, as far as only one object has routes for it."""
        workload, choice = trace.client.workload, trace.choice
        if workload is None or choice is None or self._ports_disputed(workload):
            return True
        if len({id(it.owner) for it in choice.routes}) > 1 or any(it.entry.source for it in choice.routes):
            return True
        return sum(map(_untold, selecting(self.mesh.gateways, workload.labels))) > 1

    def _ports_disputed(self, workload: Workload) -> bool:
        """Whether two Services of a pod lead from one port to different ones of it."""
        targets: dict[int, int | str] = {}
        for service in self.mesh.services_of(workload):
            for port in service.ports:
                if targets.setdefault(port.number, port.target) != port.target:
                    return True
        return False

    def _of_host(self, namespace: str, request: Request) -> bool:
        """Whether it is contested whose the host of a request is."""
        names = dict.fromkeys([bare(request.authority), request.host.lower().rstrip(".")])
        forms = [form for name in names for form in self._forms(name, namespace)]
        entries = [entry for form in forms for entry in self.registry.by_host.get(form, ())]
        if len(names) > 1 or len(entries) != 1 or entries[0].alias or self.registry.aliases.get(entries[0].host):
            return True
        about = {id(it): it for form in forms for _, found in self.world.mesh_hosts.overlapping(form) for it in found}
        routes = [it for _, it in about.values()]
        if routes and self._wild:
            # What else a wildcard is the nearest for counts, too (specification 5).
            return True
        return sum(_untold(it.service) for it in routes) > 1 or not all(isinstance(it, Routed) for it in routes)

    def _forms(self, name: str, namespace: str) -> Iterator[str]:
        """The hosts that a name may mean."""
        domain = self.mesh.domain
        yield from (name, f"{name}.{namespace}.svc.{domain}", f"{name}.svc.{domain}", f"{name}.{domain}")

    def _of_destination(self, host: str) -> bool:
        entries = self.registry.by_host.get(host, ())
        return (
            len(entries) != 1
            or bool(entries[0].alias)
            or entries[0].namespace in self._modes
            or any(True for _ in self._rules.entries(host))
        )

    def _of_pod(self, backend: Backend) -> bool:
        workload = backend.workload
        if workload is None:
            return False
        decided = workload.namespace not in self._modes and workload.namespace not in self._sidecars
        return not decided or len(self.mesh.services_of(workload)) > 1


def _untold(thing: Placed) -> bool:
    return created(thing.document) == UNTOLD


class _Everywhere(frozenset[str]):
    """All namespaces."""

    def __contains__(self, _: object) -> bool:
        return True


def _namespaces(policies: Iterable[Policy], root: str) -> frozenset[str]:
    """The namespaces in which two policies of a kind may be for the same pods."""
    counts: dict[tuple[str, bool], int] = {}
    for policy in policies:
        if _untold(policy):
            key = (policy.namespace, bool(policy.selector))
            counts[key] = counts.get(key, 0) + 1
    several = {key for key, count in counts.items() if count > 1}
    if (root, False) in several:
        return _Everywhere()
    return frozenset(namespace for namespace, _ in several)


def _rules(mesh: Mesh) -> HostMap[str]:
    """The hosts for which one namespace has several DestinationRules."""
    counts: dict[tuple[str, str], int] = {}
    for rule in mesh.destination_rules:
        if _untold(rule):
            key = (rule.namespace, rule.fqdn)
            counts[key] = counts.get(key, 0) + 1
    found: HostMap[str] = HostMap()
    for (_, fqdn), count in counts.items():
        if count > 1:
            found.add(fqdn, fqdn)
    return found
