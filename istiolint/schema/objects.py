"""What the API server asks of every object, whatever its kind: a name, and labels and annotations that are strings.

Of Kubernetes' own kinds that matter to a mesh this is all that is judged here; Istio's have their schemas besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from istiolint.finding import Change, Defect, Path, Repair

_SUBDOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_POD_TEMPLATES: dict[tuple[str, str], Path | None] = {
    ("", "Namespace"): None,
    ("", "Service"): None,
    ("", "Pod"): None,
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("batch", "Job"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("argoproj.io", "Rollout"): ("spec", "template"),
}
"""Kinds whose labels and annotations decide about the mesh, and where they have a pod template."""


def judge(value: dict[str, Any], group: str, kind: str, of_istio: bool) -> Iterator[Defect]:
    """The defects of an object's name and, where no schema looks at them, of its labels and annotations."""
    if of_istio:
        if kind != "IstioOperator":
            yield from _name(value, kind)
        return
    path = _POD_TEMPLATES.get((group, kind), ())
    if path == ():
        return
    yield from _strings(value.get("metadata"), ("metadata",))
    if path:
        template: Any = value
        for step in path:
            template = template.get(step) if isinstance(template, dict) else None
        if isinstance(template, dict):
            yield from _strings(template.get("metadata"), (*path, "metadata"))


def _strings(metadata: Any, path: Path) -> Iterator[Defect]:
    for field in ("labels", "annotations") if isinstance(metadata, dict) else ():
        written = metadata.get(field)
        if not written:
            continue
        if not isinstance(written, dict):
            yield _mistyped((*path, field), written, "object")
            continue
        for name, value in written.items():
            if value.__class__ is not str and value is not None:
                yield _mistyped((*path, field, name), value, "string")


def _mistyped(path: Path, value: Any, expected: str) -> Defect:
    from istiolint.schema.defects import wrong_type
    from istiolint.schema.words import TYPES, given, what

    repair, hint = None, ""
    if expected == "string" and isinstance(value, bool | int | float):
        hint = "; put it in quotes"
        repair = Repair("put it in quotes", (Change("quote", path),))
    return wrong_type(path, what(path), TYPES[expected], given(value), hint, repair=repair)


def _name(value: dict[str, Any], kind: str) -> Iterator[Defect]:
    metadata = value.get("metadata")
    if not isinstance(metadata, dict):
        if metadata is None and "name" in value:
            return  # it stands beside `metadata`, which is said
        metadata = {}
    name = metadata.get("name")
    if name is None or name == "":
        if not metadata.get("generateName"):
            from istiolint.schema.defects import unnamed_object

            yield unnamed_object(("metadata",), kind)
    elif isinstance(name, str) and (len(name) > 253 or not _SUBDOMAIN.fullmatch(name)):
        from istiolint.schema.defects import invalid_object_name

        yield invalid_object_name(("metadata", "name"), "the name of an object", name, _reason(name, 253))
    namespace = metadata.get("namespace")
    if isinstance(namespace, str) and namespace and ("." in namespace or not _SUBDOMAIN.fullmatch(namespace)):
        from istiolint.schema.defects import invalid_object_name

        yield invalid_object_name(("metadata", "namespace"), "a namespace", namespace, _reason(namespace, 63))


def _reason(name: str, longest: int) -> str:
    if len(name) > longest:
        return f"it has {len(name)} characters, and {longest} are the most"
    if name != name.lower():
        return "capital letters are not allowed"
    wrong = next((letter for letter in name if not re.fullmatch(r"[-a-z0-9.]", letter)), "." if longest == 63 else "")
    if wrong and wrong in name:
        return f'"{wrong}" is not allowed'
    return "it must begin and end with a letter or digit"
