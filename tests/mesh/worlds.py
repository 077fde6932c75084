"""Small worlds for tests: YAML text, or a few words, to a mesh."""

from __future__ import annotations

from array import array
from typing import Any

import yaml

from istiolint.mesh import Mesh, MeshSettings, build
from istiolint.source.document import Document
from istiolint.source.spans import SpanTable


def documents(text: str, file: str = "a.yaml") -> list[Document]:
    """The objects of a YAML stream."""
    return [
        document(value, file, index) for index, value in enumerate(yaml.safe_load_all(text)) if isinstance(value, dict)
    ]


def document(value: dict[str, Any], file: str = "a.yaml", index: int = 0) -> Document:
    """A document of a plain value; the model needs no spans."""
    return Document(file, index, value, SpanTable(value, array("l")))


def mesh(text: str, **settings: Any) -> Mesh:
    """The mesh of a YAML stream."""
    return build(documents(text), MeshSettings(**settings))


def thing(kind: str, name: str, namespace: str = "", group: str = "networking.istio.io/v1", **spec: Any) -> str:
    """The YAML of one object, ready to be joined with others."""
    metadata: dict[str, Any] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    for key in ("labels", "annotations", "creationTimestamp"):
        if key in spec:
            metadata[key] = spec.pop(key)
    return "---\n" + yaml.safe_dump({"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec})


def service(name: str, namespace: str = "", *ports: int, **spec: Any) -> str:
    """A Service, on port 80 if none is given; it selects `app: name`."""
    written = [{"port": port, "name": f"http-{port}"} for port in ports or (80,)]
    return thing("Service", name, namespace, "v1", **{"ports": written, "selector": {"app": name}, **spec})


def deployment(name: str, namespace: str = "", version: str = "v1", **pod: Any) -> str:
    """A Deployment whose pods are labelled `app: name` and `version`, and what `labels` and `annotations` add."""
    metadata = {"labels": {"app": name, "version": version, **pod.pop("labels", {})}}
    if "annotations" in pod:
        metadata["annotations"] = pod.pop("annotations")
    template = {"metadata": metadata, "spec": {"containers": [{"name": "app", "image": "x"}], **pod}}
    return thing("Deployment", f"{name}-{version}", namespace, "apps/v1", template=template)


def route(name: str, namespace: str, *hosts: str, **spec: Any) -> str:
    """A VirtualService with one http route that leads to each of the hosts (`host`, `host|subset`)."""
    destinations = []
    for host in hosts:
        its, _, subset = host.partition("|")
        destinations.append({"destination": {"host": its, **({"subset": subset} if subset else {})}})
    return thing("VirtualService", name, namespace, **{"hosts": [name], "http": [{"route": destinations}], **spec})


def rule(name: str, namespace: str, host: str, *subsets: str, **spec: Any) -> str:
    """A DestinationRule with subsets by `version`."""
    written = [{"name": subset, "labels": {"version": subset}} for subset in subsets]
    return thing("DestinationRule", name, namespace, host=host, **({"subsets": written} if written else {}), **spec)


def namespace(name: str, **labels: str) -> str:
    """A Namespace; dots and slashes of label names are written `__` and `_s_`."""
    named = {key.replace("_s_", "/").replace("__", ".").replace("_", "-"): value for key, value in labels.items()}
    return thing("Namespace", name, "", "v1", labels=named)
