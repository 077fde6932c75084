"""The receiving side in ambient mode: what ztunnel makes of policies, and of what is sent (specification 14.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.mtls import mode_of
from istiolint.mesh.read import sequence, text
from istiolint.trace.authorization import action_of
from istiolint.trace.result import Loser, Step, Verdict
from istiolint.trace.rules import plain_field, rule_holds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.workloads import Workload
    from istiolint.trace.rules import Subject

FIELDS = frozenset(("principals", "namespaces", "serviceAccounts", "ipBlocks", "ports"))
KEYS = frozenset(("source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port"))
"""What ztunnel can test; everything else is for a waypoint."""


def strict(mesh: Mesh, workload: Workload, port: int) -> bool:
    """Whether a port of an ambient workload takes nothing but mTLS.

    DISABLE does not turn mTLS off here, and under a strict namespace a port of a policy without mode of its own is no
    exception for it, as it would be for PERMISSIVE.
    """
    server = mesh.mtls.server(workload, port)
    if server.mode == "DISABLE" and server.policy is not None and "portLevelMtls" in server.path:
        if mode_of(server.policy.spec.get("mtls")) is None:
            return mesh.mtls.namespace_mode(workload.namespace).mode == "STRICT"
        return False
    return server.mode == "STRICT"


def authorize_l4(policies: Iterable[Policy], subject: Subject) -> Verdict:
    """What ztunnel says of a connection, by the policies that act on the workload itself."""
    found: dict[str, list[Policy]] = {"DENY": [], "ALLOW": []}
    for policy in policies:
        if not policy.dry_run and action_of(policy) in found:
            found[action_of(policy)].append(policy)
    bare = subject._replace(request=None)
    for action in ("DENY", "ALLOW"):
        matched = tuple(
            (policy, index)
            for policy in found[action]
            for index, rule in enumerate(sequence(policy.spec.get("rules")))
            if holds(rule, policy.namespace, action, bare)
        )
        if matched:
            policy, index = matched[0]
            word = "denied" if action == "DENY" else "allowed"
            said = f"{word} at ztunnel by AuthorizationPolicy {policy.namespace}/{policy.name}, rule {index}"
            step = Step("ztunnel", said, policy.document, ("spec", "rules", index))
            by = "deny-policy" if action == "DENY" else "allow-policy"
            return Verdict(action == "ALLOW", by, matched, (step,))  # type: ignore[arg-type]
    if not found["ALLOW"]:
        return Verdict(True, "no-policy", (), (Step("ztunnel", "allowed: no policy says otherwise"),))
    why = "no rule of it allows this connection (ztunnel leaves out rules that ask for HTTP)"
    losers = tuple(Loser(it.document, ("spec", "rules"), why) for it in found["ALLOW"])
    first = found["ALLOW"][0].document
    said = "denied at ztunnel: there are policies that allow, and none of them allows this"
    return Verdict(False, "no-allow-matched", (), (Step("ztunnel", said, first, ("spec", "rules"), losers),))


def holds(rule: Any, namespace: str, action: str, subject: Subject) -> bool:
    """Whether a rule matches a connection, as far as ztunnel has it.

    Of an ALLOW rule that asks for anything else nothing is left. Of a DENY rule the rest is left, but a clause of
    which nothing is left matches nothing.
    """
    if not isinstance(rule, dict):
        return False
    reduced: dict[str, Any] = {}
    for part, inner in (("from", "source"), ("to", "operation")):
        items = [it.get(inner) for it in sequence(rule.get(part)) if isinstance(it, dict)]
        kept = [_reduced(it) for it in items if isinstance(it, dict)]
        if action == "ALLOW" and kept != items:
            return False
        if items and not any(kept):
            return False
        reduced[part] = [{inner: it} for it in kept if it]
    conditions = [it for it in sequence(rule.get("when")) if isinstance(it, dict)]
    left = [it for it in conditions if text(it.get("key")) in KEYS]
    if len(left) < len(conditions) and (action == "ALLOW" or not (left or reduced["from"] or reduced["to"])):
        return False
    return rule_holds({**reduced, "when": left}, namespace, action, subject)


def _reduced(written: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in written.items() if plain_field(key) in FIELDS}
