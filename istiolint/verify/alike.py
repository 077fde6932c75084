"""Clients that fare the same with every request: of hundreds of callers only few have to be followed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import dig, labels, mapping, sequence, text, texts
from istiolint.records import NamedTuple
from istiolint.trace.capture import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.trace.question import Client, Request
    from istiolint.trace.result import Backend, Trace
    from istiolint.trace.tracer import Tracer

OUTBOUND = ("Sidecar", "EnvoyFilter", "ProxyConfig")
"""Policies that act on a proxy where it sends; all others act where it receives."""
IDENTITY = ("principals", "notPrincipals", "serviceAccounts", "notServiceAccounts")
"""Fields of a policy's source that ask for a service account."""


class Named(NamedTuple):
    """The service accounts that some policies tell apart."""

    accounts: frozenset[str]
    by_pattern: bool = False
    """Whether they may tell any two apart."""

    def of(self, account: str) -> str | None:
        """What of a client's account makes a difference."""
        return account if self.by_pattern or account in self.accounts else None


class Alike:
    """What of a client makes a difference in one mesh. `mesh.index(Alike)`."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self._labels = frozenset(_label_keys(mesh))
        self._policies: dict[int, Named] = {}
        self._keys: dict[int, tuple[Client, tuple[object, ...]]] = {}

    @cached_property
    def _everywhere(self) -> Named:
        return self.named(self.mesh.policies.of("AuthorizationPolicy"))

    def key(self, client: Client) -> tuple[object, ...]:
        """Two clients with one key fare the same, whatever they ask for."""
        return (*self.sending(client), self._everywhere.of(client.service_account))

    def sending(self, client: Client) -> tuple[object, ...]:
        """Two clients with one such key send a request the same way, and are told apart by their accounts only."""
        known = self._keys.get(id(client))
        if known is None:
            known = self._keys[id(client)] = (client, self._sending(client))
        return known[1]

    def _sending(self, client: Client) -> tuple[object, ...]:
        workload = client.workload
        annotations: tuple[tuple[str, str], ...] = ()
        itself = ""
        if workload is not None:
            annotations = tuple(sorted(it for it in workload.annotations.items() if it[0].startswith(PREFIX)))
            # The pods of a headless Service have no listener for their own address.
            if any(it.headless for it in self.mesh.services_of(workload)):
                itself = f"{workload.kind} {workload.name}"
        return (
            client.namespace, client.kind, client.assumed, client.ip, annotations, itself,
            tuple((name, client.labels[name]) for name in sorted(self._labels & client.labels.keys())),
        )  # fmt: skip

    def accounts(self, trace: Trace) -> Named:
        """The accounts that make a difference to those who send the request of a trace the same way."""
        if trace.client.kind != "sidecar":
            return self._everywhere
        policies: dict[int, Policy] = {}
        for its in (trace, trace.otherwise):
            for backend in reached(its) if its is not None else ():
                if backend.workload is not None:
                    found = self.mesh.policies.applying("AuthorizationPolicy", backend.workload)
                    policies.update((id(it), it) for it in found)
        return self.named(policies.values())

    def named(self, policies: Iterable[Policy]) -> Named:
        """The accounts that some AuthorizationPolicies tell apart."""
        found = [self._policies.get(id(it)) or self._read(it) for it in policies]
        if len(found) == 1:
            return found[0]
        return Named(frozenset().union(*(it.accounts for it in found)), any(it.by_pattern for it in found))

    def _read(self, policy: Policy) -> Named:
        last = {it.rpartition("/")[2] for it in _identities(policy.spec)}
        named = frozenset(it for it in last if "*" not in it)
        self._policies[id(policy)] = Named(named, any("*" in it and it != "*" for it in last))
        return self._policies[id(policy)]


class Followed:
    """One request of many clients: those who fare the same are followed once."""

    def __init__(self, tracer: Tracer, request: Request) -> None:
        self.tracer = tracer
        self.request = request
        self._alike = tracer.mesh.index(Alike)
        self._named: dict[tuple[object, ...], Named] = {}

    def key(self, client: Client) -> tuple[object, ...]:
        """Two clients with one key fare the same with this request."""
        sending = self._alike.sending(client)
        named = self._named.get(sending)
        if named is None:
            named = self._alike.accounts(self.tracer.both_ages(client, self.request))
            self._named[sending] = named
        return (*sending, named.of(client.service_account))


def reached(trace: Trace) -> Iterator[Backend]:
    """The pods and addresses that a trace leads to."""
    yield from trace.backends
    for target in trace.targets:
        yield from target.backends


def _label_keys(mesh: Mesh) -> Iterator[str]:
    """The labels by which anything tells workloads apart that call."""
    for kind in OUTBOUND:
        for policy in mesh.policies.of(kind):
            yield from policy.selector
    for rule in mesh.destination_rules:
        yield from labels(dig(rule.document.value, "spec", "workloadSelector", "matchLabels"))
    for service in mesh.virtual_services:
        for section in ("http", "tls", "tcp"):
            for item in sequence(service.spec.get(section)):
                for match in sequence(dig(item, "match")):
                    yield from mapping(dig(match, "sourceLabels"))


def _identities(spec: dict[str, Any]) -> Iterator[str]:
    """What a policy asks of the identity of clients (also where it asks that it be another)."""
    for rule in sequence(spec.get("rules")):
        for source in sequence(dig(rule, "from")):
            written = mapping(dig(source, "source"))
            for field in IDENTITY:
                yield from texts(written.get(field))
        for condition in sequence(dig(rule, "when")):
            if text(dig(condition, "key")) in ("source.principal", "source.serviceAccount"):
                yield from texts(dig(condition, "values"))
                yield from texts(dig(condition, "notValues"))
