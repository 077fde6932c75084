"""What the model must be told besides the manifests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from istiolint.records import NamedTuple

World = Literal["auto", "complete", "partial"]
"""How much of the mesh is in the files: `complete`: all of it; `partial`: never conclude from absence;
`auto`: conclude only where the files show that they would know."""


class MeshSettings(NamedTuple):
    """Settings of a mesh; patterns may hold `*`."""

    namespace: str | None = None
    """Namespace of manifests that name none (`kubectl -n`); None: not known."""
    world: World = "auto"
    external_hosts: tuple[str, ...] = ()
    """Hosts that exist elsewhere: `*.googleapis.com`, `redis.cache.svc.cluster.local`."""
    external_gateways: tuple[str, ...] = ()
    """Gateways that exist elsewhere, `ns/name`."""
    external_namespaces: tuple[str, ...] = ()
    cluster_domain: str = "cluster.local"
    root_namespace: str = "istio-system"
    """Where MeshConfig does not say it."""
    mesh_config: Mapping[str, Any] | None = None
    """Given MeshConfig; None: read from the documents (ConfigMap `istio`, IstioOperator), else defaults."""
    trust_domain: str = "cluster.local"
    """Where MeshConfig does not say it."""
    istio_version: str = ""
    patched: Callable[[str, str], bool] = lambda kind, name: False
    """Whether the object of a kind and name will be changed before it is applied (kustomize patches)."""
