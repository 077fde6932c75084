"""ServiceEntries: hosts that are added to the mesh's registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.names import complete
from istiolint.mesh.ports import Port, spoken
from istiolint.mesh.read import dig, labels, mapping, number, sequence, text, texts
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.source.document import Document


class Endpoint(NamedTuple):
    """An entry of `spec.endpoints`."""

    address: str
    labels: dict[str, str]
    ports: dict[str, int]
    service_account: str
    path: Path


class ServiceEntry:
    """A ServiceEntry."""

    __slots__ = ("_ports", "document", "hosts", "name", "namespace", "spec")

    def __init__(self, document: Document, namespace: str, domain: str) -> None:
        self.document = document
        self.name = document.name
        self.namespace = namespace
        self.spec: dict[str, Any] = mapping(document.value.get("spec"))
        self.hosts: tuple[str, ...] = tuple(complete(host, namespace, domain) for host in texts(self.spec.get("hosts")))
        """Its hosts in full, in order."""
        self._ports: tuple[Port, ...] | None = None

    def __repr__(self) -> str:
        return f"ServiceEntry({self.namespace}/{self.name})"

    @property
    def export_to(self) -> tuple[str, ...]:
        """Words of `exportTo`; empty where there are none."""
        return texts(self.spec.get("exportTo"))

    @property
    def external(self) -> bool:
        """`location: MESH_EXTERNAL`, which is also the default: no automatic mTLS."""
        return text(self.spec.get("location")) != "MESH_INTERNAL"

    @property
    def resolution(self) -> str:
        """`NONE` (default), `STATIC`, `DNS`, `DNS_ROUND_ROBIN` or `DYNAMIC_DNS`."""
        return text(self.spec.get("resolution")) or "NONE"

    @property
    def addresses(self) -> tuple[str, ...]:
        """Virtual addresses."""
        return texts(self.spec.get("addresses"))

    @property
    def selector(self) -> dict[str, str]:
        """`workloadSelector.labels`; empty where it has none."""
        return labels(dig(self.spec, "workloadSelector", "labels"))

    @property
    def has_selector(self) -> bool:
        """Whether `workloadSelector` is there: endpoints come from workloads."""
        return isinstance(self.spec.get("workloadSelector"), dict)

    @property
    def labels(self) -> dict[str, str]:
        """`metadata.labels`."""
        return labels(self.document.metadata.get("labels"))

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Endpoints written into it."""
        return tuple(
            Endpoint(
                text(item.get("address")),
                labels(item.get("labels")),
                {
                    key: its
                    for key, value in mapping(item.get("ports")).items()
                    if isinstance(key, str) and (its := number(value)) is not None
                },
                text(item.get("serviceAccount")),
                ("spec", "endpoints", index),
            )
            for index, item in enumerate(sequence(self.spec.get("endpoints")))
            if isinstance(item, dict)
        )

    @property
    def ports(self) -> tuple[Port, ...]:
        """Its ports that have a number."""
        if self._ports is None:
            found = []
            for index, port in enumerate(sequence(self.spec.get("ports"))):
                if isinstance(port, dict) and (its := number(port.get("number"))) is not None:
                    protocol = spoken(text(port.get("protocol")))
                    target = number(port.get("targetPort")) or its
                    path = ("spec", "ports", index)
                    found.append(Port(its, text(port.get("name")), protocol, target, path, self.document))
            self._ports = tuple(found)
        return self._ports
