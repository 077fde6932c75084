"""What the tests of schemas share: an object in a few lines of YAML, and its defects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from istiolint.finding import Defect
from istiolint.schema import walk

GROUPS = {
    "AuthorizationPolicy": "security.istio.io/v1",
    "PeerAuthentication": "security.istio.io/v1",
    "RequestAuthentication": "security.istio.io/v1",
    "Telemetry": "telemetry.istio.io/v1",
    "WasmPlugin": "extensions.istio.io/v1alpha1",
    "TrafficExtension": "extensions.istio.io/v1alpha1",
    "EnvoyFilter": "networking.istio.io/v1alpha3",
    "ProxyConfig": "networking.istio.io/v1beta1",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "GRPCRoute": "gateway.networking.k8s.io/v1",
    "TLSRoute": "gateway.networking.k8s.io/v1",
    "KubernetesGateway": "gateway.networking.k8s.io/v1",
    "BackendTLSPolicy": "gateway.networking.k8s.io/v1",
}


Said = tuple[str, str, str]
"""Rule, path and side of a defect; the path without `spec`."""


def cases(name: str) -> list[tuple[str, str, list[Said]]]:
    """Kind, spec and expected defects of each line of a file in `cases/`."""
    rows: list[tuple[str, str, list[Said]]] = []
    for line in (Path(__file__).parent / "cases" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, spec, *rest = (part.strip() for part in line.split(" |"))
            wrong = [one.split() for one in rest[0].split(";")] if rest and rest[0] else []
            rows.append((kind, spec, [(rule, path, side[0] if side else "value") for rule, path, *side in wrong]))
    return rows


def judged(kind: str, spec: str, istio_version: str = "", **other: Any) -> list[Defect]:
    """The defects of an object with this spec (YAML)."""
    group, _, version = GROUPS.get(kind, "networking.istio.io/v1").rpartition("/")
    kind = kind.removeprefix("Kubernetes")
    value = {
        "apiVersion": f"{group}/{version}",
        "kind": kind,
        "metadata": {"name": "a"},
        "spec": yaml.safe_load(spec),
        **other,
    }
    return walk.check(value, group, version, kind, istio_version)


def said(defects: list[Defect]) -> list[Said]:
    """What the defects are; a path that is the spec itself is a dot."""
    return [
        (d.rule, "/".join(map(str, d.path[1:] if d.path[:1] == ("spec",) else d.path)) or ".", d.on) for d in defects
    ]


def words(defect: Defect) -> str:
    """Everything a defect has to say."""
    return " ".join(str(field) for field in defect.fields.values())
