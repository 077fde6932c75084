"""What a name that a pod dials leads to: a Service, or an address that nothing in the mesh listens on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.trace.registry import Entry, Registry


class Dialled(NamedTuple):
    """Where a connection goes first."""

    entry: Entry | None
    """The service whose address (of a headless one: whose pods) is dialled; None: an outside address."""
    host: str
    """The name in full, as far as it is one of the cluster's."""


def dial(registry: Registry, host: str, namespace: str) -> Dialled:
    """Look a name up as a pod of `namespace` does: through its search path, and through ExternalName Services."""
    for name in _candidates(host.lower(), namespace, registry.domain):
        for _ in range(8):
            entry = next((it for it in registry.by_host.get(name, ()) if it.kube), None)
            if entry is None or not entry.alias:
                break
            name = entry.alias
        if entry is not None:
            return Dialled(entry, entry.host)
        if name != host and not name.endswith(registry.domain):
            return Dialled(None, name)
    for entry in registry.entries:
        if entry.addresses and host in entry.addresses:
            return Dialled(entry, entry.host)
    return Dialled(None, host)


def _candidates(host: str, namespace: str, domain: str) -> list[str]:
    if host.endswith("."):
        return [host[:-1]]
    searched = [f"{host}.{namespace}.svc.{domain}", f"{host}.svc.{domain}", f"{host}.{domain}"]
    return [host, *searched] if host.count(".") >= 5 else [*searched, host]
