"""Clients that fare the same with every request: of hundreds of callers only few have to be followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import dig, labels, mapping, sequence
from istiolint.trace.capture import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.mesh import Mesh
    from istiolint.trace.question import Client

OUTBOUND = ("Sidecar", "EnvoyFilter", "ProxyConfig")
"""Policies that act on a proxy where it sends; all others act where it receives."""


class Alike:
    """What of a client makes a difference in one mesh. `mesh.index(Alike)`."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self._labels = frozenset(_label_keys(mesh))
        said = _texts(policy.spec for policy in mesh.policies.of("AuthorizationPolicy"))
        self._accounts = frozenset(text.rpartition("/")[2] for text in said)
        self._by_pattern = any("*" in text for text in said)

    def key(self, client: Client) -> tuple[object, ...]:
        """Two clients with one key fare the same."""
        workload = client.workload
        annotations: tuple[tuple[str, str], ...] = ()
        itself = ""
        if workload is not None:
            annotations = tuple(sorted(it for it in workload.annotations.items() if it[0].startswith(PREFIX)))
            # The pods of a headless Service have no listener for their own address.
            if any(it.headless for it in self.mesh.services_of(workload)):
                itself = f"{workload.kind} {workload.name}"
        account = client.service_account
        named = self._by_pattern or account in self._accounts
        return (
            client.namespace, client.kind, client.assumed, client.ip, account if named else None, annotations, itself,
            tuple((name, client.labels[name]) for name in sorted(self._labels & client.labels.keys())),
        )  # fmt: skip


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


def _texts(values: Any) -> frozenset[str]:
    """All texts in some values."""
    found: set[str] = set()
    todo = list(values)
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, dict):
            todo += [*value, *value.values()]
        elif isinstance(value, list):
            todo += value
    return frozenset(found)
