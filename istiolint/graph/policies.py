"""Policies in a drawing: those that select workloads as nodes, those of a whole namespace as words on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from istiolint.graph.drawing import Edge, EdgeKind, Node
from istiolint.graph.identities import policy_id, workload_id
from istiolint.mesh.read import dig, sequence, text, texts

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.source.document import Document

KINDS = ("AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication", "EnvoyFilter")


def word(policy: Policy) -> str:
    """What it does in a word: `ALLOW`, `STRICT`, `JWT`."""
    if policy.kind == "AuthorizationPolicy":
        return text(policy.spec.get("action")) or "ALLOW"
    if policy.kind == "PeerAuthentication":
        return text(dig(policy.spec, "mtls", "mode")) or "UNSET"
    return {"RequestAuthentication": "JWT"}.get(policy.kind, "patch")


def policy_nodes(mesh: Mesh, place: Callable[[Document], str]) -> Iterator[tuple[Node, Document]]:
    """A node for each policy."""
    for kind in KINDS:
        for policy in mesh.policies.of(kind):
            reach = {"mesh": "the whole mesh", "namespace": f"all of {policy.namespace or 'its namespace'}"}
            facts = (("kind", kind), ("does", word(policy)), ("acts on", reach.get(policy.scope, "what it selects")))
            node = Node(
                policy_id(policy), "policy", policy.name, policy.namespace, place(policy.document), facts
            )  # fmt: skip
            yield node, policy.document


def policy_edges(mesh: Mesh) -> Iterator[Edge]:
    """From policies to the workloads that they select, and from callers that AuthorizationPolicies name."""
    for kind in KINDS:
        for policy in mesh.policies.of(kind):
            if policy.scope not in ("workload", "target"):
                continue
            for workload in mesh.workloads:
                if policy.acts_on(workload):
                    yield Edge(policy_id(policy), workload_id(workload), "applies", word(policy))
            if kind == "AuthorizationPolicy":
                yield from _callers(mesh, policy)


def _callers(mesh: Mesh, policy: Policy) -> Iterator[Edge]:
    action = word(policy)
    if action not in ("ALLOW", "DENY"):
        return
    how: EdgeKind = "allows" if action == "ALLOW" else "denies"
    named = set()
    for rule in sequence(policy.spec.get("rules")):
        for item in sequence(dig(rule, "from")):
            for principal in texts(dig(item, "source", "principals")):
                parts = principal.split("/")
                if len(parts) == 5 and parts[1] == "ns" and parts[3] == "sa":
                    named.add((parts[2], parts[4]))
            for account in texts(dig(item, "source", "serviceAccounts")):
                namespace, slash, name = account.rpartition("/")
                named.add((namespace if slash else policy.namespace, name))
    for workload in mesh.workloads:
        if (workload.namespace, workload.service_account) in named:
            yield Edge(workload_id(workload), policy_id(policy), how, action)


def spaces(mesh: Mesh) -> tuple[tuple[str, str], ...]:
    """Every namespace with what holds for all of it: `mTLS STRICT, ALLOW only-web`."""
    found = {it.namespace for it in mesh.services} | {it.namespace for it in mesh.workloads}
    found |= {it.namespace for it in mesh.virtual_services} | {it.namespace for it in mesh.gateways}
    made = []
    for namespace in sorted(found):
        words = [f"mTLS {mesh.mtls.namespace_mode(namespace).mode}"] if namespace else []
        words += [
            f"{word(policy)} {policy.name}"
            for policy in mesh.policies.of("AuthorizationPolicy")
            if policy.scope in ("namespace", "mesh") and policy.acts_in(namespace)
        ]
        made.append((namespace, ", ".join(words)))
    return tuple(made)
