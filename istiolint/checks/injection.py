"""Sidecar injection: labels and annotations that contradict each other or are in the wrong place, pods without one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.known_metadata import ANNOTATIONS, ANY, DECISIVE, DEPRECATED, LABELS, QUIET, of_istio
from istiolint.checks.naming import note_at
from istiolint.checks.phrases import listed, suggestion
from istiolint.finding import Change, Defect, Repair
from istiolint.mesh.namespaces import NEVER_INJECTED
from istiolint.mesh.nearness import Names
from istiolint.mesh.read import dig, mapping, sequence
from istiolint.mesh.workloads import INJECT, PROXY, TEMPLATES, Workload, template_of

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.source.document import Document
    from istiolint.source.node import Node

PROXY_USER = 1337

# Labels of namespaces


def injection_labels_conflict(labels: Node) -> Iterator[Defect]:
    """A namespace that asks for a sidecar in two ways, or for a sidecar and ambient mode (specification 12)."""
    injection = labels.text("istio-injection")
    revision, mode = labels.get("istio.io/rev"), labels.get("istio.io/dataplane-mode")
    if injection not in ("", "enabled"):
        return
    said = [node for node in (labels.get("istio-injection"), revision, mode) if node is not None]
    if len(said) < 2 or (mode is not None and mode.value == "none" and len(said) == 2):
        return
    if mode is not None and mode.value != "none":
        outcome = "pods get a sidecar, and ambient mode leaves them out"
    else:
        outcome = "istio.io/rev is ignored"
    yield said[-1].defect(
        others=listed(f"{node.key}={node.value}" for node in said[:-1]),
        outcome=outcome,
        notes=[node.note("and this") for node in said[:-1]],
    )


def namespace_not_injected(namespace: Node, mesh: Mesh) -> Iterator[Defect]:
    """A namespace that asks for nothing (specification IST0102)."""
    yield from _unlabelled(namespace, mesh, by_default=False)


def namespace_injected_by_default(namespace: Node, mesh: Mesh) -> Iterator[Defect]:
    """A namespace that asks for nothing, where the injector takes all of them (specification IST0148)."""
    yield from _unlabelled(namespace, mesh, by_default=True)


def _unlabelled(namespace: Node, mesh: Mesh, by_default: bool) -> Iterator[Defect]:
    name = namespace.document.name
    labels = namespace.document.strings("labels")
    if name in NEVER_INJECTED or name in ("istio-system", mesh.root_namespace):
        return
    if labels.get("istio-injection") or "istio.io/rev" in labels or labels.get("istio.io/dataplane-mode") == "ambient":
        return
    place = namespace.at("metadata", "name")
    if place is not None and mesh.index(_enabled_by_default) == by_default:
        yield place.defect(namespace=name)


def _enabled_by_default(mesh: Mesh) -> bool:
    """`enableNamespacesByDefault` of an injector's ConfigMap among the files."""
    import json

    for document in mesh.documents("ConfigMap"):
        if not document.name.startswith("istio-sidecar-injector"):
            continue
        written = dig(document.value, "data", "values")
        try:
            values = json.loads(written) if isinstance(written, str) else None
        except ValueError:
            continue
        if dig(values, "sidecarInjectorWebhook", "enableNamespacesByDefault") is True:
            return True
    return False


def revision_not_found(revision: Node, mesh: Mesh) -> Iterator[Defect]:
    """A revision by number of which no control plane in the files is, though some are there by number.

    Names such as `prod` are tags, which are mostly set by a command.
    """
    if not isinstance(revision.value, str) or not _by_number(revision.value):
        return
    known = mesh.index(_revisions)
    if revision.value in known or not any(map(_by_number, known)):
        return
    there = {name: place for name, place in known.items() if _by_number(name)}
    notes = [place.note("a control plane of another revision") for place in there.values()]
    yield revision.defect(
        revision=revision.value,
        known=listed(sorted(there)),
        notes=notes,
        confidence=None if mesh.world == "complete" else "low",
    )


def _by_number(revision: str) -> bool:
    """Whether a revision is called by a version, such as `1-22` or `1-22-3`."""
    major, dash, minor = revision.partition("-")
    return bool(dash) and major.isdecimal() and minor[:1].isdecimal()


def _revisions(mesh: Mesh) -> dict[str, Node]:
    """The revisions and tags of control planes in the files, and where they are written."""
    places: list[Node | None] = []
    for document in mesh.documents("IstioOperator", "install.istio.io"):
        places += [document.node("spec", "revision"), document.node("spec", "values", "revision")]
    for document in mesh.documents("IstioRevision", "sailoperator.io"):
        places.append(document.node("metadata", "name"))
    for document in mesh.documents("IstioRevisionTag", "sailoperator.io"):
        places.append(document.node("metadata", "name"))
    for document in mesh.documents("MutatingWebhookConfiguration", "admissionregistration.k8s.io"):
        places += [document.node("metadata", "labels", f"istio.io/{label}") for label in ("rev", "tag")]
    for document in mesh.documents("Deployment", "apps"):
        if document.strings("labels").get("app") == "istiod":
            places.append(document.node("metadata", "labels", "istio.io/rev"))
    for document in mesh.documents(""):
        places.append(document.node("revision"))
    return {place.value: place for place in places if place is not None and isinstance(place.value, str)}


# Where labels and annotations stand


def misplaced_label(labels: Node) -> Iterator[Defect]:
    """A label that decides about the mesh, on an object where nobody reads it (specification 11, 12)."""
    document = labels.document
    of_job = labels.path[:2] == ("spec", "jobTemplate") and "template" not in labels.path
    on_template = len(labels.path) > 2 and not of_job
    kind = "Pod" if on_template else "Job" if of_job else document.kind
    if not isinstance(labels.value, dict) or DECISIVE.isdisjoint(labels.value) or not _handed_down_by_nobody(document):
        return
    for node in labels.items():
        name = str(node.key)
        kinds = LABELS.get(name, ANY)
        if name not in DECISIVE or kinds == ANY or kind in kinds:
            continue
        steps = TEMPLATES[document.kind][1] if document.kind in TEMPLATES and not on_template else ()
        instead = "of the pod template" if steps and "Pod" in kinds else f"of {listed(kinds, 'or')}"
        if steps and "Pod" in kinds and document.node(*steps, "metadata", "labels", name) is not None:
            continue  # it is there too
        yield node.defect(on="key", name=name, instead=instead, repair=_moved(node, steps) if steps else None)


def _handed_down_by_nobody(document: Document) -> bool:
    """Whether it is of a kind of which labels and annotations stay where they are; operators may copy them to pods."""
    if document.kind in TEMPLATES:
        return document.group in TEMPLATES[document.kind][0]
    return document.group.endswith("istio.io") or (not document.group and document.kind in ("Service", "Namespace"))


def _moved(label: Node, steps: tuple[str | int, ...]) -> Repair | None:
    """The label on the pod template too, where that has labels."""
    target = label.document.node(*steps, "metadata", "labels")
    if target is None or "Pod" not in LABELS.get(str(label.key), ANY):
        return None
    change = Change("add", target.path, f'{label.key}: "{label.value}"', label.document)
    return Repair("set it on the pod template", (change,), safe=False)


def misspelt_label(labels: Node) -> Iterator[Defect]:
    """A label that is one slip away from one of Istio's."""
    for name in labels.value if isinstance(labels.value, dict) else ():
        near = "" if "istio" not in name or name in LABELS else _meant(name)
        node = labels.get(name) if near else None
        if node is not None:
            change = Change("rename", node.path, near, node.document)
            yield node.defect(
                on="key", name=name, near=near, repair=Repair(f"rename it to {near}", (change,), safe=False)
            )


def _meant(name: str) -> str:
    """The label of Istio's that a name is a slip for; empty where it is none."""
    if near := _LABEL_NAMES.nearest(name) or _SLIPS.get(name, ""):
        return near
    return "istio-injection" if name.replace("_", "-").startswith("istio-inj") else ""


def label_as_annotation(annotations: Node) -> Iterator[Defect]:
    """A label of a namespace that is written as an annotation, which nobody reads."""
    for name in annotations.value if isinstance(annotations.value, dict) else ():
        node = annotations.get(name) if name in LABELS and not of_istio(name) else None
        labels = annotations.document.strings("labels")
        if node is not None and name not in labels and annotations.document.kind in LABELS[name]:
            yield node.defect(on="key", name=name)


_LABEL_NAMES = Names(LABELS)
_SLIPS = {
    "istio-inject": "istio-injection",
    "istio.io/injection": "istio-injection",
    "istio.io/inject": INJECT,
    "istio.io/istio-injection": "istio-injection",
    "istio-sidecar-injection": "istio-injection",
    "sidecar.istio.io/injection": INJECT,
    "sidecar.istio.io/injected": INJECT,
    "istio.io/dataplane": "istio.io/dataplane-mode",
    "istio.io/mode": "istio.io/dataplane-mode",
    "istio.io/revision": "istio.io/rev",
    "istio.io/waypoint": "istio.io/use-waypoint",
}
"""Names that people write for Istio's labels."""


def unknown_annotation(annotations: Node) -> Iterator[Defect]:
    """An annotation of Istio's that Istio does not know (specification IST0108)."""
    for name in annotations.value if isinstance(annotations.value, dict) else ():
        node = annotations.get(name) if of_istio(name) and name not in ANNOTATIONS and name not in QUIET else None
        if node is not None:
            near = _ANNOTATION_NAMES.nearest(name) or ("" if name not in LABELS else name)
            hint = "; it is a label" if near == name else suggestion(near)
            change = Change("rename", node.path, near, node.document)
            repair = Repair(f"rename it to {near}", (change,), safe=False) if near and near != name else None
            yield node.defect(on="key", name=name, hint=hint, repair=repair)


_ANNOTATION_NAMES = Names(ANNOTATIONS)


def misplaced_annotation(annotations: Node) -> Iterator[Defect]:
    """An annotation on an object where nobody reads it (specification IST0107)."""
    document = annotations.document
    kind = "Pod" if len(annotations.path) > 2 else document.kind
    if not isinstance(annotations.value, dict) or ANNOTATIONS.keys().isdisjoint(annotations.value):
        return
    if not _handed_down_by_nobody(document):
        return
    for node in annotations.items():
        name = str(node.key)
        kinds = ANNOTATIONS.get(name, ANY)
        if kinds == ANY or kind in kinds or name in QUIET:
            continue
        template = document.kind in TEMPLATES and kind != "Pod" and "Pod" in kinds
        if template and document.node(*TEMPLATES[document.kind][1], "metadata", "annotations", name) is not None:
            continue
        yield node.defect(
            on="key", name=name, kind=kind, instead="the pod template" if template else listed(kinds, "or")
        )


def deprecated_annotation(annotations: Node) -> Iterator[Defect]:
    """An annotation that is on its way out (specification IST0135)."""
    labels = annotations.document.node(*annotations.path[:-1], "labels")
    for node in annotations.items():
        name = str(node.key)
        if name in DEPRECATED and not (name == INJECT and labels is not None and labels.get(INJECT)):
            hint = DEPRECATED[name]
            yield node.defect(on="key", name=name, hint=f": {hint}" if hint else "")


def injection_label_overrides_annotation(metadata: Node) -> Iterator[Defect]:
    """Of a label and an annotation that say different things the label counts (specification 12)."""
    annotation = metadata.at("annotations", INJECT)
    label = metadata.at("labels", INJECT) if annotation is not None else None
    if label is not None and annotation is not None and label.value != annotation.value:
        yield annotation.defect(
            label=label.value, annotation=annotation.value, notes=[label.note("the label, which counts")]
        )


# Pods


def never_injected(root: Node) -> Iterator[Defect]:
    """Pods that ask for a sidecar and never get one (specification 12)."""
    metadata = template_of(root.document).get("metadata")
    if INJECT not in mapping(dig(metadata, "labels")) and INJECT not in mapping(dig(metadata, "annotations")):
        return
    workload = Workload(root.document, root.document.namespace or "")
    if workload.inject != "true":
        return
    if workload.host_network:
        why, path = "hostNetwork is set", (*workload.spec_path, "hostNetwork")
    elif workload.namespace in NEVER_INJECTED:
        why, path = f"namespace {workload.namespace} is left out", ("metadata", "namespace")
    else:
        return
    field = "labels" if INJECT in workload.labels else "annotations"
    place = root.at(*workload.labels_path[:-1], field, INJECT) or root
    yield place.defect(why=why, notes=note_at(root.document, path, "because of this"))


def injection_annotation_alone(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """An annotation that asks for a sidecar is read by a webhook, and none selects these pods (specification 12)."""
    workload = mesh.workload_of(root.document)
    if workload.annotations.get(INJECT) != "true" or workload.labels.get(INJECT) or workload.labels.get("istio.io/rev"):
        return
    taken = _webhooks_take(workload, mesh)
    place = root.at(*workload.labels_path[:-1], "annotations", INJECT)
    if place is not None and taken is not None and not taken[0] and not workload.host_network:
        space = mesh.namespaces.get(workload.namespace)
        notes = note_at(space.document, ("metadata", "name"), "asks for no injection") if space is not None else ()
        labels = root.at(*workload.labels_path)
        repair = None
        if labels is not None:
            change = Change("add", labels.path, f'{INJECT}: "true"', root.document)
            repair = Repair("set it as a label", (change,), safe=False)
        yield place.defect(namespace=workload.namespace, notes=notes, repair=repair)


def runs_as_proxy_user(root: Node) -> Iterator[Defect]:
    """User 1337 is the proxy's: its traffic is not captured (specification IST0144)."""
    if not _runs_as(PROXY_USER, template_of(root.document).get("spec")):
        return
    workload = Workload(root.document, root.document.namespace or "")
    labels = root.document.strings("labels")
    if "istio" in labels or labels.get("release") == "istio" or workload.gateway:
        return
    places = [(*workload.spec_path, "securityContext", "runAsUser")]
    for container, path in [*workload.containers, *workload.init_containers]:
        if container.get("name") not in (PROXY, "istio-operator", "istio-init", "istio-validation"):
            places.append((*path, "securityContext", "runAsUser"))
    for place in places:
        node = root.at(*place)
        if node is not None and node.value == PROXY_USER:
            yield node.defect()
            return


def _runs_as(user: int, spec: object) -> bool:
    """Whether a pod or one of its containers may do."""
    for owner in (spec, *sequence(dig(spec, "containers")), *sequence(dig(spec, "initContainers"))):
        context = owner.get("securityContext") if isinstance(owner, dict) else None
        if isinstance(context, dict) and context.get("runAsUser") == user:
            return True
    return False


def image_auto_without_injection(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """The image `auto` is filled in by the injector: without it, it cannot be pulled (specification IST0146)."""
    yield from _image_auto(root, mesh)


def pod_image_auto_without_injection(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """A pod with the image `auto` that is not injected (specification IST0147)."""
    yield from _image_auto(root, mesh)


def _image_auto(root: Node, mesh: Mesh) -> Iterator[Defect]:
    workload = mesh.workload_of(root.document)
    proxy = workload.proxy_container
    if proxy is None or proxy[0].get("image") != "auto":
        return
    image = root.at(*proxy[1], "image")
    injected = _webhooks_take(workload, mesh)
    if image is not None and injected is not None and not injected[0]:
        yield image.defect(why=injected[1])


def _webhooks_take(workload: Workload, mesh: Mesh) -> tuple[bool, str] | None:
    """Whether Istio's standard webhooks inject these pods, and why not; None: not known."""
    wish, revision = workload.labels.get(INJECT, ""), workload.labels.get("istio.io/rev", "")
    if workload.inject not in ("", "true"):  # the label selects webhooks; of these, the injector reads the annotation
        return False, "the pods refuse injection"
    if workload.namespace in NEVER_INJECTED or workload.host_network:
        return False, "such pods are never injected"
    namespace = mesh.namespaces.get(workload.namespace)
    if namespace is None:
        if wish == "true" or revision:
            return True, ""
        return None if mesh.world != "complete" else (False, "neither the pods nor their namespace ask for injection")
    if namespace.disputed:
        return None
    if namespace.injection:
        return namespace.injection == "enabled", f"the namespace says istio-injection={namespace.injection}"
    asked = bool(namespace.revision or revision or wish == "true" or mesh.index(_enabled_by_default))
    return asked, "neither the pods nor their namespace ask for injection"


def running_pod_without_proxy(root: Node, mesh: Mesh) -> Iterator[Defect]:
    """A pod that was exported from a cluster, should have a sidecar, and has none (specification IST0103)."""
    workload = mesh.workload_of(root.document)
    exported = root.get("status") is not None or root.at("metadata", "uid") or root.at("spec", "nodeName")
    namespace = mesh.namespaces.get(workload.namespace)
    if not exported or namespace is None or namespace.injection != "enabled":
        return
    if workload.inject == "false" or workload.host_network or workload.proxy_container is not None:
        return
    place = root.at("metadata", "name")
    if place is not None and sequence(workload.spec.get("containers")):
        yield place.defect(namespace=workload.namespace, notes=note_at(namespace.document, ("metadata", "labels"), ""))
