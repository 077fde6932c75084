"""What is behind a cluster: whether it exists, the DestinationRule in effect, endpoints (specification 7, 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.read import matches
from istiolint.mesh.workloads import VIRTUAL_MACHINES
from istiolint.records import NamedTuple
from istiolint.trace.registry import Registry

if TYPE_CHECKING:
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.service_entries import ServiceEntry
    from istiolint.mesh.services import Service
    from istiolint.mesh.workloads import Workload
    from istiolint.trace.registry import Entry


class Endpoint(NamedTuple):
    """A pod, virtual machine or address behind a port of a service."""

    workload: Workload | None
    address: str
    port: int
    labels: dict[str, str]


class Endpoints:
    """Endpoints of services, each list made once. `mesh.index(Endpoints)`."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self._made: dict[tuple[int, int], tuple[Endpoint, ...] | None] = {}
        self._slices: set[tuple[str, str]] | None = None

    def of(self, entry: Entry, port: int) -> tuple[Endpoint, ...] | None:
        """All endpoints of a port; None: they are given elsewhere, and not known."""
        key = (id(entry), port)
        if key not in self._made:
            if entry.port(port) is None:
                self._made[key] = ()
            else:
                self._made[key] = self._all(entry, port)
        return self._made[key]

    def _all(self, entry: Entry, port: int) -> tuple[Endpoint, ...] | None:
        """The endpoints of all services of one host in one namespace, as far as a proxy balances over them."""
        alike = [entry]
        if entry.resolution == "cluster":
            alike = [
                it
                for it in self.mesh.index(Registry).by_host[entry.host]
                if it.namespace == entry.namespace and it.resolution == "cluster"
            ]
        found: list[Endpoint] = []
        for it in alike:
            its = it.port(port)
            if its is None:
                continue
            if it.kube:
                pods = self._of_service(it.thing, its.target)  # type: ignore[arg-type]
                if pods is None and len(alike) == 1:
                    return None
                found += pods or ()
            else:
                found += self._of_entry(it.thing, it, its.name, its.target)  # type: ignore[arg-type]
        return tuple(found)

    def pods(self, entry: Entry) -> tuple[Workload, ...]:
        """The workloads behind a Kubernetes Service that have pods."""
        return tuple(it for it in self.mesh.behind(entry.thing) if it.kind != "WorkloadGroup" and it.replicas)  # type: ignore[arg-type]

    def _of_service(self, service: Service, target: int | str) -> tuple[Endpoint, ...] | None:
        if not service.selector:
            return None
        return self._pods(self.mesh.behind(service), target)

    def _pods(self, workloads: tuple[Workload, ...], target: int | str) -> tuple[Endpoint, ...]:
        found = []
        for workload in workloads:
            if workload.kind == "WorkloadGroup" or not workload.replicas:
                continue
            number = workload.port_number(target)
            if number is not None:
                found.append(Endpoint(workload, "", number, workload.labels))
        return tuple(found)

    def _of_entry(self, item: ServiceEntry, entry: Entry, name: str, target: int | str) -> tuple[Endpoint, ...]:
        number = target if isinstance(target, int) else 0
        if item.has_selector:
            pods = self.mesh.workload_index.select(item.selector, item.namespace) if item.selector else ()
            return tuple(
                it._replace(port=self._machine_port(it.workload, name, it.port)) for it in self._pods(pods, number)
            )
        written = tuple(Endpoint(None, it.address, it.ports.get(name, number), it.labels) for it in item.endpoints)
        if not written and entry.resolution == "dns":
            return (Endpoint(None, entry.host, number, {}),)
        return written

    def _machine_port(self, workload: Workload | None, name: str, port: int) -> int:
        """The port of a WorkloadEntry may be given under the name of the ServiceEntry's."""
        if workload is None or workload.kind not in VIRTUAL_MACHINES:
            return port
        return workload.port_number(name) or port


def in_subset(endpoints: tuple[Endpoint, ...], labels: dict[str, str]) -> tuple[Endpoint, ...]:
    """The endpoints that have the labels of a subset."""
    return tuple(it for it in endpoints if matches(labels, it.labels)) if labels else endpoints
