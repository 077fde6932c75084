"""What Istio's installer, control plane and injector make of a whole Kubernetes document.

Called for every document of a run, so that most must be done after a few look-ups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.finding import Defect, Path

_TEMPLATES: dict[str, Path] = {
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "Rollout"),
        ("spec", "template"),
    ),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "PodTemplate": ("template",),
}
"""Kinds with a pod template, and where it is."""


def judge(value: dict[str, Any]) -> Iterator[Defect]:
    """All that is wrong with the installation or injection settings in the object `value`, or in bare Helm values."""
    kind = value.get("kind")
    metadata = value.get("metadata")
    if kind is None and "apiVersion" not in value:
        from istiolint.install.values_file import judge_values

        yield from judge_values(value)
        return
    if not isinstance(kind, str) or not isinstance(metadata, dict):
        if kind == "IstioOperator":
            yield from _judge_operator(value)
        return
    if kind == "IstioOperator":
        yield from _judge_operator(value)
    elif kind == "ConfigMap":
        name = metadata.get("name")
        if isinstance(name, str) and (name == "istio" or name.startswith("istio-")):
            yield from _judge_config_map(value)
    elif kind == "Istio":
        yield from _judge_sail(value)
    labels, annotations = metadata.get("labels"), metadata.get("annotations")
    if labels or annotations:
        yield from _judge_metadata(metadata, kind, ("metadata",))
    steps = _TEMPLATES.get(kind)
    if steps is not None:
        template: Any = value
        for step in steps:
            template = template.get(step) if isinstance(template, dict) else None
        inner = template.get("metadata") if isinstance(template, dict) else None
        if isinstance(inner, dict):
            yield from _judge_metadata(inner, "Pod", (*steps, "metadata"))


def judge_mesh_config(value: object) -> Iterator[Defect]:
    """All that is wrong in a bare MeshConfig, as a file of `--mesh-config` has it."""
    from istiolint.install.mesh_config import check_mesh_config
    from istiolint.install.setting import Setting

    return check_mesh_config(Setting(value, ()))


def _judge_metadata(metadata: dict[str, Any], kind: str, path: Path) -> Iterator[Defect]:
    labels, annotations = metadata.get("labels"), metadata.get("annotations")
    labels = labels if isinstance(labels, dict) else {}
    annotations = annotations if isinstance(annotations, dict) else {}
    if "istio" in " ".join(labels):
        from istiolint.install.metadata import check_labels

        yield from check_labels(labels, kind, (*path, "labels"))
    if "istio.io/" in " ".join(annotations):
        from istiolint.install.metadata import check_annotations

        where = (*path, "annotations")
        yield from check_annotations(annotations, labels, kind, where)
        if kind == "Pod":
            from istiolint.install.annotations import check_pod_annotations

            yield from check_pod_annotations(annotations, where)


def _judge_operator(value: dict[str, Any]) -> Iterator[Defect]:
    from istiolint.install.operator import check_operator
    from istiolint.install.setting import Setting

    return check_operator(Setting(value, ()))


def _judge_config_map(value: dict[str, Any]) -> Iterator[Defect]:
    data = value.get("data")
    if not isinstance(data, dict):
        return
    mesh, networks = data.get("mesh"), data.get("meshNetworks")
    if isinstance(mesh, str):
        from istiolint.install.mesh_config import check_mesh_config

        yield from _judge_text(mesh, ("data", "mesh"), check_mesh_config)
    if isinstance(networks, str):
        from istiolint.install.mesh_networks import check_mesh_networks

        yield from _judge_text(networks, ("data", "meshNetworks"), check_mesh_networks)


def _judge_text(text: str, path: Path, check: Any) -> Iterator[Defect]:
    from istiolint.install.embedded import placed, read_embedded

    embedded = read_embedded(text, path)
    if embedded.defect is not None:
        yield embedded.defect
    elif embedded.setting is not None and embedded.spans is not None:
        yield from placed(check(embedded.setting), path, embedded.spans)


def _judge_sail(value: dict[str, Any]) -> Iterator[Defect]:
    """An `Istio` of the Sail operator: the mesh configuration among its Helm values."""
    from istiolint.install.mesh_config import check_mesh_config
    from istiolint.install.setting import Setting

    mesh = Setting(value, ()).object("spec", "values", "meshConfig")
    api_version = value.get("apiVersion")
    if mesh is not None and isinstance(api_version, str) and api_version.startswith("sailoperator.io/"):
        yield from check_mesh_config(mesh)
