"""What the Sidecar of a namespace lets its pods see (semantics 3.1, 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.names import cluster_name, overlap
from istiolint.mesh.read import dig, sequence, texts

if TYPE_CHECKING:
    from istiolint.mesh import Mesh


def imports(mesh: Mesh, viewer: str, host: str, owner: str) -> bool:
    """Whether pods of namespace `viewer` see a full host; `owner` is the namespace of a host that is no Service's.

    The Sidecar for all pods of the namespace decides, else that of the root namespace; without one they see all.
    """
    policy = mesh.policies.sidecar(viewer, {})
    listeners = sequence(policy.spec.get("egress")) if policy is not None else []
    entries = [entry for listener in listeners for entry in texts(dig(listener, "hosts"))]
    if not entries:
        return True
    name = cluster_name(host, mesh.domain)
    namespace = name.namespace if name else owner
    found = False
    for entry in entries:
        scope, slash, wanted = entry.partition("/")
        excluded = scope.startswith("~")
        scope = scope.removeprefix("~") or "*"
        scope = viewer if scope == "." else scope
        if slash and scope in ("*", namespace) and (wanted == "*" or overlap(mesh.fqdn(wanted, viewer), host)):
            if excluded:
                return False
            found = True
    return found
