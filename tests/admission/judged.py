"""What the tests of admission share: an object in a few lines, and its defects in a form to compare."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import yaml

from istiolint.admission.judge import judge
from istiolint.finding import Defect, Path

GROUP = "networking.istio.io"
VERSIONS = {"EnvoyFilter": "v1alpha3", "ProxyConfig": "v1beta1"}


def manifest(kind: str, spec: str | dict[str, Any] | None, **metadata: Any) -> dict[str, Any]:
    """An object of a networking kind; `spec` is YAML or plain."""
    return {
        "apiVersion": f"{GROUP}/{VERSIONS.get(kind, 'v1')}",
        "kind": kind,
        "metadata": {"name": "reviews", "namespace": "shop", **metadata},
        "spec": yaml.safe_load(spec) if isinstance(spec, str) else spec,
    }


def defects(value: dict[str, Any], refused: Collection[Path] = ()) -> list[Defect]:
    return list(judge(value, GROUP, value["kind"], "1.32", refused))


def dotted(path: Path) -> str:
    """`http.0.route` for a path below `spec`; other paths in full."""
    return ".".join(map(str, path[1:] if path[:1] == ("spec",) else path))


def said(kind: str, spec: str | dict[str, Any] | None, **metadata: Any) -> list[str]:
    """Each defect as `rule path`, with `key:` before the path where it points at a key."""
    found = defects(manifest(kind, spec, **metadata))
    return [f"{defect.rule} {'key:' if defect.on == 'key' else ''}{dotted(defect.path)}" for defect in found]


def reasons(kind: str, spec: str, **metadata: Any) -> str:
    """All fields of all defects in one text."""
    found = defects(manifest(kind, spec, **metadata))
    return "\n".join(str(text) for defect in found for text in defect.fields.values())
