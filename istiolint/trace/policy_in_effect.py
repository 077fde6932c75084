"""The traffic policy that a client applies to a destination: pools, load balancing, outliers (specification 9.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.destination_rules import policy_at
from istiolint.mesh.read import mapping
from istiolint.records import NamedTuple
from istiolint.trace.result import Step

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.mesh.destination_rules import DestinationRule
    from istiolint.mesh.merging import Effective
    from istiolint.mesh.mesh import Mesh

BLOCKS = ("connectionPool", "loadBalancer", "outlierDetection")
"""What settings of a port replace as a whole, with `tls`."""
LASTING = ("tunnel", "proxyProtocol", "retryBudget")
"""What they replace only where they set it."""
FILLED = ("connectionPool", "outlierDetection")
"""What `meshConfig.defaultTrafficPolicy` sets where nothing else does."""


class PolicyInEffect(NamedTuple):
    """A policy, and who wrote the last part of it."""

    values: dict[str, Any]
    """By block, without `tls`; empty: all is as Envoy has it by default."""
    rule: DestinationRule | None = None
    """None: the mesh's default."""
    path: Path = ()


def policy_in_effect(effective: Effective | None, port: int, subset: str, default: Any) -> PolicyInEffect:
    """The policy for a port (and subset) of a host; `default`: `meshConfig.defaultTrafficPolicy`."""
    found = PolicyInEffect({})
    if effective is not None:
        found = _overall(effective, port)
        if subset:
            found = _of_subset(found, effective, port, subset)
    filled = {name: mapping(default)[name] for name in FILLED if mapping(default).get(name)}
    return found._replace(values={**filled, **found.values}) if filled else found


def _overall(effective: Effective, port: int) -> PolicyInEffect:
    whole = effective.policy
    part, below = policy_at(whole, port)
    values = {name: part[name] for name in BLOCKS if part.get(name)}
    values |= {name: its[name] for its in (whole, part) for name in LASTING if its.get(name)}
    return PolicyInEffect(values, effective.merged.policy_rule, ("spec", "trafficPolicy", *below))


def _of_subset(overall: PolicyInEffect, effective: Effective, port: int, name: str) -> PolicyInEffect:
    subset = effective.subsets.get(name)
    if subset is None or not subset.policy:
        return overall
    part, below = policy_at(subset.policy, port)
    values = {key: value for key, value in overall.values.items() if not below or key in LASTING}
    values |= {key: part[key] for key in BLOCKS if part.get(key)}
    values |= {key: its[key] for its in (subset.policy, part) for key in LASTING if its.get(key)}
    if values == overall.values:
        return overall
    return PolicyInEffect(values, subset.rule, (*subset.path, "trafficPolicy", *below))


def policy_steps(policy: PolicyInEffect, mesh: Mesh) -> tuple[Step, ...]:
    """The policy in words, as a step of a trace; none where nothing is set."""
    if not policy.values:
        return ()
    document = policy.rule.document if policy.rule else mesh.config.source
    said = ", ".join(f"{name} {_shown(policy.values[name])}" for name in sorted(policy.values))
    return (Step("policy", said, document, policy.path if policy.rule else ()),)


def _shown(value: Any) -> str:
    """`(http (http1MaxPendingRequests 1), tcp (maxConnections 1))`."""
    if isinstance(value, dict):
        return "(" + ", ".join(f"{key} {_shown(part)}" for key, part in value.items()) + ")"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
