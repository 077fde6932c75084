"""Kubernetes Services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.names import export_words
from istiolint.mesh.ports import Port, service_protocol
from istiolint.mesh.read import dig, labels, mapping, number, sequence, text

if TYPE_CHECKING:
    from istiolint.source.document import Document

EXPORT_TO = "networking.istio.io/exportTo"


class Service:
    """A Service; everything beyond its names is read when first asked for."""

    __slots__ = ("_ports", "_selector", "document", "fqdn", "name", "namespace", "spec")

    def __init__(self, document: Document, namespace: str, domain: str) -> None:
        self.document = document
        self.name = document.name
        self.namespace = namespace
        self.fqdn = f"{document.name}.{namespace}.svc.{domain}"
        self.spec: dict[str, Any] = mapping(document.value.get("spec"))
        self._ports: tuple[Port, ...] | None = None
        self._selector: dict[str, str] | None = None

    def __repr__(self) -> str:
        return f"Service({self.namespace}/{self.name})"

    @property
    def kind(self) -> str:
        """`ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`."""
        return text(self.spec.get("type")) or "ClusterIP"

    @property
    def external_name(self) -> str:
        """The host that an ExternalName Service stands for; empty for any other."""
        return text(self.spec.get("externalName")) if self.spec.get("type") == "ExternalName" else ""

    @property
    def headless(self) -> bool:
        """`clusterIP: None`."""
        return self.spec.get("clusterIP") == "None"

    @property
    def labels(self) -> dict[str, str]:
        """`metadata.labels`."""
        return labels(self.document.metadata.get("labels"))

    @property
    def selector(self) -> dict[str, str]:
        """The pod selector; empty: endpoints are given elsewhere (it selects nothing)."""
        if self._selector is None:
            self._selector = labels(self.spec.get("selector"))
        return self._selector

    @property
    def export_to(self) -> tuple[str, ...]:
        """Words of its exportTo annotation; empty where there is none."""
        value = dig(self.document.metadata, "annotations", EXPORT_TO)
        return export_words(value) if isinstance(value, str) else ()

    @property
    def ports(self) -> tuple[Port, ...]:
        """Its ports that have a number."""
        if self._ports is None:
            self._ports = tuple(self._read())
        return self._ports

    def _read(self) -> list[Port]:
        found = []
        for index, port in enumerate(sequence(self.spec.get("ports"))):
            if not isinstance(port, dict) or (its := number(port.get("port"))) is None:
                continue
            name = text(port.get("name"))
            protocol = service_protocol(text(port.get("protocol")), text(port.get("appProtocol")), name, its)
            wanted = port.get("targetPort")
            target = number(wanted)
            found.append(
                Port(
                    its,
                    name,
                    protocol,
                    (target or its) if target is not None or not isinstance(wanted, str) else (wanted or its),
                    ("spec", "ports", index),
                    self.document,
                )
            )
        return found
