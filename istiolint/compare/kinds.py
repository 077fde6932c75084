"""Clients that fare the same with one host: whose namespace and account make no difference to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.compare.leads import Leads
from istiolint.mesh.names import HostMap
from istiolint.mesh.read import dig, sequence, texts
from istiolint.mesh.visibility import words_of
from istiolint.trace.dialling import dial
from istiolint.trace.kube_routes import HTTP_KINDS, kube_routes
from istiolint.verify.alike import Alike

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from istiolint.compare.callers import Caller
    from istiolint.compare.sides import Side
    from istiolint.compare.units import Unit
    from istiolint.mesh import Mesh
    from istiolint.mesh.destination_rules import DestinationRule
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.service_entries import ServiceEntry
    from istiolint.mesh.services import Service
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.mesh.workloads import Workload
    from istiolint.regions.hosts import Host
    from istiolint.trace.registry import Entry
    from istiolint.verify.alike import Named

ANY = "*"
"""Stands for namespaces that are told apart by nothing."""
_WITHIN = ("namespaces", "notNamespaces", "principals", "notPrincipals")
_ACCOUNTS = ("serviceAccounts", "notServiceAccounts")


class Kinds:
    """Groups clients, host by host."""

    def __init__(self, before: Side, after: Side) -> None:
        self._sides = tuple(_Apart(it) for it in (before, after))
        self._keys: dict[str, tuple[tuple[object, ...], ...]] = {}

    def grouped(self, unit: Unit, callers: Sequence[Caller]) -> list[list[Caller]]:
        """Callers that are in both trees, each with those that fare the same with a host; the first stands for them."""
        apart = [it.of(unit.host) for it in self._sides]
        groups: dict[Hashable, list[Caller]] = {}
        for caller in callers:
            groups.setdefault(self._key(caller, apart), []).append(caller)
        return list(groups.values())

    def _key(self, caller: Caller, apart: list[_Unlike]) -> Hashable:
        assert caller.both is not None
        if caller.stranger:
            return caller.name
        if caller.name not in self._keys:
            found = (side.alike.sending(client) for side, client in zip(self._sides, caller.both, strict=True))
            self._keys[caller.name] = tuple(found)
        key: list[Hashable] = []
        for client, sending, its in zip(caller.both, self._keys[caller.name], apart, strict=True):
            space = client.namespace if client.kind not in ("sidecar", "none") or its.apart(client.namespace) else ANY
            named = its.named if client.kind == "sidecar" else its.named_anywhere
            key.append((space, *sending[1:], named.of(client.service_account)))
        return tuple(key)


class _Unlike:
    """What tells clients apart that ask for one host."""

    def __init__(self, spaces: frozenset[str] | None, local: set[str], named: Named, anywhere: Named) -> None:
        self._spaces = spaces
        self._local = local
        self.named = named
        self.named_anywhere = anywhere

    def apart(self, namespace: str) -> bool:
        """Whether a namespace is told apart from others."""
        return self._spaces is None or namespace in self._spaces or namespace in self._local


class _Apart:
    """What tells clients apart in one tree."""

    def __init__(self, side: Side) -> None:
        self.mesh = side.mesh
        self.registry = side.tracer.world.registry
        self.alike = side.mesh.index(Alike)
        self.leads = side.mesh.index(Leads)
        spaces = set(_spaces(side.mesh))
        self.spaces = None if ANY in spaces else frozenset(spaces)
        """Namespaces that differ whatever is asked for; None: all do."""
        self.rules: HostMap[str] = HostMap()
        for rule in side.mesh.destination_rules:
            self.rules.add(rule.fqdn, rule.namespace)
        self.everywhere = self.alike.named(side.mesh.policies.of("AuthorizationPolicy"))
        self.endpoints = side.tracer.forwarding.endpoints
        self._behind: dict[str, dict[int, Policy]] = {}

    def of(self, host: Host) -> _Unlike:
        """For one host: as far as its routes lead, DestinationRules and services of a client's own namespace count."""
        entry = dial(self.registry, host.host, "").entry
        full = entry.host if entry is not None else host.host
        targets = {full, host.host, f"{host.host}.svc.{self.mesh.domain}"}
        for name in tuple(targets):
            for router in self.leads.about(name):
                targets |= router.destinations
        targets |= {real for it in targets if (real := self.registry.concrete(it))}
        if self.registry.open_by_port.get(host.port):
            return _Unlike(None, set(), self.everywhere, self.everywhere)
        local: set[str] = set()
        for name in targets:
            for _, found in self.rules.overlapping(name):
                local.update(found)
            local.update(it.namespace for it in self.registry.by_host.get(name, ()))
        policies = {key: it for name in targets for key, it in self._policies(name).items()}
        return _Unlike(self.spaces, local, self.alike.named(policies.values()), self.everywhere)

    def _policies(self, host: str) -> dict[int, Policy]:
        """The policies of the pods behind a host."""
        if host not in self._behind:
            found: dict[int, Policy] = {}
            for entry in self.registry.by_host.get(host, ()):
                for workload in self._pods(entry):
                    its = self.mesh.policies.applying("AuthorizationPolicy", workload)
                    found.update((id(it), it) for it in its)
            self._behind[host] = found
        return self._behind[host]

    def _pods(self, entry: Entry) -> Iterator[Workload]:
        for port in entry.ports:
            for endpoint in self.endpoints.of(entry, port.number) or ():
                if endpoint.workload is not None:
                    yield endpoint.workload
        if entry.kube:
            yield from self.endpoints.pods(entry)


def _spaces(mesh: Mesh) -> Iterator[str]:
    """Namespaces that something tells apart whatever is asked for; `*`: it may be any."""
    yield mesh.root_namespace
    things: list[Service | ServiceEntry | VirtualService | DestinationRule] = [*mesh.services, *mesh.service_entries]
    for thing in (*things, *mesh.virtual_services, *mesh.destination_rules):
        for word in words_of(mesh, thing):
            if word not in (ANY, "~"):
                yield thing.namespace if word == "." else word
    for kind in ("Sidecar", "EnvoyFilter"):
        for policy in mesh.policies.of(kind):
            yield policy.namespace if kind == "EnvoyFilter" or not policy.root else ANY
    for route in kube_routes(mesh, HTTP_KINDS):
        yield route.namespace
    for service in mesh.virtual_services:
        for item in sequence(service.spec.get("http")) + sequence(service.spec.get("tcp")):
            for match in sequence(dig(item, "match")):
                yield dig(match, "sourceNamespace") or mesh.root_namespace
    for policy in mesh.policies.of("AuthorizationPolicy"):
        yield from _asked(policy)


def _asked(policy: Policy) -> Iterator[str]:
    """The namespaces of which a policy asks, as far as it asks by name; `*` for a pattern."""
    for rule in sequence(policy.spec.get("rules")):
        written: list[str] = []
        for item in sequence(dig(rule, "from")):
            source = dig(item, "source")
            written += [it for field in _WITHIN for it in texts(dig(source, field))]
            if any(texts(dig(source, field)) for field in _ACCOUNTS):
                yield policy.namespace
                written += [it for field in _ACCOUNTS for it in texts(dig(source, field))]
        for item in sequence(dig(rule, "when")):
            if str(dig(item, "key")).startswith("source."):
                written += [*texts(dig(item, "values")), *texts(dig(item, "notValues"))]
        for text in written:
            if text != ANY:
                # The principal of any trust domain in one namespace, `*/ns/shop/sa/web`, is still about one namespace.
                yield from (part for part in text.removeprefix("*/").split("/"))
                if "*" in text.removeprefix("*/"):
                    yield ANY
