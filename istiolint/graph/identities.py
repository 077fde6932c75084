"""What the nodes of a drawing are called inside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from istiolint.mesh.graph import NodeId
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.workloads import Workload


def identity(node: NodeId) -> str:
    """The identity of a node of the mesh's graph."""
    kind, name = node
    return name if kind == "object" else f"{kind}:{name}"


def workload_id(workload: Workload) -> str:
    """The identity of a workload."""
    return f"workload:{workload.kind} {workload.namespace}/{workload.name}"


def policy_id(policy: Policy) -> str:
    """The identity of a policy."""
    return f"{policy.kind} {policy.namespace}/{policy.name}"
