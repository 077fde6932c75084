"""Workloads: every pod template, and WorkloadEntries and WorkloadGroups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import dig, labels, mapping, number, sequence, text
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.source.document import Document

TEMPLATES: dict[str, tuple[tuple[str, ...], Path]] = {
    "Deployment": (("apps", "extensions"), ("spec", "template")),
    "StatefulSet": (("apps",), ("spec", "template")),
    "DaemonSet": (("apps", "extensions"), ("spec", "template")),
    "ReplicaSet": (("apps", "extensions"), ("spec", "template")),
    "ReplicationController": (("",), ("spec", "template")),
    "Job": (("batch",), ("spec", "template")),
    "CronJob": (("batch",), ("spec", "jobTemplate", "spec", "template")),
    "Pod": (("",), ()),
    "Rollout": (("argoproj.io",), ("spec", "template")),
    "DeploymentConfig": (("apps.openshift.io",), ("spec", "template")),
    "CloneSet": (("apps.kruise.io",), ("spec", "template")),
    "WorkloadGroup": (("networking.istio.io",), ("spec", "template")),
    "WorkloadEntry": (("networking.istio.io",), ("spec",)),
}
"""Kinds that make workloads: their API groups, and where the pod template lies."""

RUN_TO_COMPLETION = frozenset(("Job", "CronJob"))
VIRTUAL_MACHINES = frozenset(("WorkloadGroup", "WorkloadEntry"))

INJECT = "sidecar.istio.io/inject"
INJECT_TEMPLATES = "inject.istio.io/templates"
PROXY = "istio-proxy"
GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"


class ContainerPort(NamedTuple):
    """A declared container port."""

    number: int
    name: str
    transport: str
    path: Path


def template_of(document: Document) -> dict[str, Any]:
    """The pod template of a document of these kinds (of a Pod the Pod); empty where it has none."""
    template: Any = document.value
    for step in TEMPLATES[document.kind][1]:
        template = template.get(step) if isinstance(template, dict) else None
    return mapping(template)


class Workload:
    """What runs with one set of labels; details are read when first asked for."""

    __slots__ = ("_ports", "annotations", "document", "kind", "labels", "name", "namespace", "path", "spec")

    def __init__(self, document: Document, namespace: str) -> None:
        self.document = document
        self.kind = document.kind
        self.name = document.name
        self.namespace = namespace
        self.path: Path = TEMPLATES[self.kind][1]
        """Path of the pod template (of the object itself for a Pod)."""
        template = template_of(document)
        metadata = mapping(template.get("metadata"))
        self.spec: dict[str, Any] = mapping(template.get("spec"))
        """The pod spec; of a WorkloadEntry its own."""
        self.labels = labels(metadata.get("labels"))
        if self.kind in VIRTUAL_MACHINES:
            entry = self.kind == "WorkloadEntry"
            metadata = document.metadata if entry else mapping(dig(document.value, "spec", "metadata"))
            self.spec = template
            self.labels = {**labels(metadata.get("labels")), **labels(template.get("labels"))}
        self.annotations = labels(metadata.get("annotations"))
        self._ports: tuple[ContainerPort, ...] | None = None

    def __repr__(self) -> str:
        return f"Workload({self.kind} {self.namespace}/{self.name})"

    @property
    def labels_path(self) -> Path:
        """Where its labels are written."""
        if self.kind == "WorkloadEntry":
            return ("spec", "labels")
        return ("spec", "metadata", "labels") if self.kind == "WorkloadGroup" else (*self.path, "metadata", "labels")

    @property
    def spec_path(self) -> Path:
        """Where the pod spec is written."""
        return self.path if self.kind in VIRTUAL_MACHINES else (*self.path, "spec")

    @property
    def virtual_machine(self) -> bool:
        """Whether it is a WorkloadEntry or WorkloadGroup."""
        return self.kind in VIRTUAL_MACHINES

    @property
    def service_account(self) -> str:
        """Name of its service account, `default` where none is given."""
        if self.kind in VIRTUAL_MACHINES:
            return text(self.spec.get("serviceAccount")) or "default"
        return text(self.spec.get("serviceAccountName")) or text(self.spec.get("serviceAccount")) or "default"

    @property
    def replicas(self) -> int:
        """As written; 1 where nothing is."""
        written = number(dig(self.document.value, "spec", "replicas"))
        return 1 if written is None else written

    @property
    def host_network(self) -> bool:
        """Whether its pods use the node's network: never injected, never captured."""
        return self.spec.get("hostNetwork") is True

    @property
    def containers(self) -> list[tuple[dict[str, Any], Path]]:
        """Containers with their paths, without init containers."""
        return self._containers("containers")

    @property
    def init_containers(self) -> list[tuple[dict[str, Any], Path]]:
        """Init containers with their paths."""
        return self._containers("initContainers")

    def _containers(self, field: str) -> list[tuple[dict[str, Any], Path]]:
        if self.kind in VIRTUAL_MACHINES:
            return []
        return [
            (item, (*self.spec_path, field, index))
            for index, item in enumerate(sequence(self.spec.get(field)))
            if isinstance(item, dict)
        ]

    @property
    def proxy_container(self) -> tuple[dict[str, Any], Path] | None:
        """A hand-written container `istio-proxy` (of a gateway, or injected by `istioctl kube-inject`)."""
        for field in ("containers", "initContainers") if self.kind not in VIRTUAL_MACHINES else ():
            for index, container in enumerate(sequence(self.spec.get(field))):
                if isinstance(container, dict) and container.get("name") == PROXY:
                    return container, (*self.spec_path, field, index)
        return None

    @property
    def ports(self) -> tuple[ContainerPort, ...]:
        """Declared container ports (declaring is optional: others may be open too)."""
        if self._ports is None:
            found = []
            for container, path in [*self.containers, *self.init_containers]:
                for index, port in enumerate(sequence(container.get("ports"))):
                    if isinstance(port, dict) and (its := number(port.get("containerPort"))) is not None:
                        name, transport = text(port.get("name")), text(port.get("protocol")) or "TCP"
                        found.append(ContainerPort(its, name, transport, (*path, "ports", index)))
            if self.kind in VIRTUAL_MACHINES:
                for key, value in mapping(self.spec.get("ports")).items():
                    if (its := number(value)) is not None:
                        found.append(ContainerPort(its, str(key), "TCP", (*self.path, "ports", key)))
            self._ports = tuple(found)
        return self._ports

    def has_port(self, name: str) -> bool:
        """Whether a container port (of a virtual machine: a port) has this name."""
        if self.kind in VIRTUAL_MACHINES:
            return any(port.name == name for port in self.ports)
        for field in ("containers", "initContainers"):
            for container in sequence(self.spec.get(field)):
                for port in sequence(dig(container, "ports")):
                    if isinstance(port, dict) and port.get("name") == name and number(port.get("containerPort")):
                        return True
        return False

    def port_number(self, target: int | str) -> int | None:
        """The number of a Service's target port here; None where no container port has that name."""
        if isinstance(target, int):
            return target
        return next((port.number for port in self.ports if port.name == target), None)

    @property
    def inject(self) -> str:
        """`sidecar.istio.io/inject` of the template: label, else annotation; empty where absent."""
        return self.labels.get(INJECT) or self.annotations.get(INJECT, "")

    @property
    def gateway(self) -> bool:
        """Whether it is a gateway proxy: no application, the proxy is all there is."""
        if GATEWAY_NAME in self.labels or "gateway" in self.annotations.get(INJECT_TEMPLATES, "").split(","):
            return True
        if self.kind in VIRTUAL_MACHINES:
            return False
        own = [item for item in sequence(self.spec.get("containers")) if isinstance(item, dict)]
        return len(own) == 1 and own[0].get("name") == PROXY
