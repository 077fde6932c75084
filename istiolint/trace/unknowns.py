"""What manifests cannot tell: objects that change a proxy in ways that only the proxy knows (specification 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from istiolint.mesh.read import dig, sequence, text
from istiolint.trace.result import Step

if TYPE_CHECKING:
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.workloads import Workload

Side = Literal["outbound", "inbound", "gateway"]
"""Which part of a proxy handles the request."""

CONTEXTS: dict[Side, tuple[str, ...]] = {
    "outbound": ("", "ANY", "SIDECAR_OUTBOUND"),
    "inbound": ("", "ANY", "SIDECAR_INBOUND"),
    "gateway": ("", "ANY", "GATEWAY"),
}
HARMLESS = frozenset(("BOOTSTRAP", "EXTENSION_CONFIG"))
"""What a patch may apply to without changing where requests go."""


class Unknowns:
    """The steps that say so, made once for each proxy. `mesh.index(Unknowns)`."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self._made: dict[tuple[int, Side], tuple[Step, ...]] = {}

    def of(self, workload: Workload | None, side: Side) -> tuple[Step, ...]:
        """What may change the traffic of a workload's proxy."""
        if workload is None:
            return ()
        key = (id(workload), side)
        if key not in self._made:
            self._made[key] = tuple(self._steps(workload, side))
        return self._made[key]

    def _steps(self, workload: Workload, side: Side) -> list[Step]:
        stage: Literal["server", "listener"] = "server" if side == "inbound" else "listener"
        found = []
        for policy in self.mesh.policies.applying("EnvoyFilter", workload):
            if patches(policy, side):
                why = f"EnvoyFilter {policy.namespace}/{policy.name} may change it"
                found.append(Step(stage, why, policy.document, ("spec", "configPatches"), unknown=why))
        if side != "outbound":
            for kind in ("WasmPlugin", "TrafficExtension"):
                for policy in self.mesh.policies.applying(kind, workload):
                    why = f"{kind} {policy.namespace}/{policy.name} may answer or change it"
                    found.append(Step(stage, why, policy.document, ("spec",), unknown=why))
        return found


def patches(policy: Policy, side: Side) -> bool:
    """Whether an EnvoyFilter patches something that handles requests on a side of the proxy."""
    return any(
        text(dig(item, "applyTo")) not in HARMLESS and text(dig(item, "match", "context")) in CONTEXTS[side]
        for item in sequence(policy.spec.get("configPatches"))
    )
