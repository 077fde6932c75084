"""Tokens and identities: who demands them, who knows their issuer, who gets in without (semantics 12, 13.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.meeting import Meeting
from istiolint.checks.naming import called, note_at, rewritten
from istiolint.checks.phrases import listed, suggestion
from istiolint.checks.policy_rules import (
    IDENTITY,
    NOT_IDENTITY,
    action,
    dry,
    needs_token,
    rules,
)
from istiolint.checks.tls_pairs import server_of_labels
from istiolint.finding import Defect
from istiolint.mesh.nearness import Names
from istiolint.mesh.read import dig, mapping, sequence, text

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.source.node import Node


def token_not_required(jwt_rules: Node, mesh: Mesh) -> Iterator[Defect]:
    """A RequestAuthentication refuses wrong tokens; requests without a token pass (semantics 12)."""
    policy = mesh.policy_of(jwt_rules.document)
    if not jwt_rules.value or mesh.index(_routes_by_claims):
        return
    near = _around(policy, "AuthorizationPolicy", mesh)
    if any(needs_token(rule) for it in near for _, rule in rules(it)) or any(action(it) == "CUSTOM" for it in near):
        return
    same = [
        it
        for it in near
        if it.namespace == policy.namespace and it.selector == policy.selector and _targets(it) == _targets(policy)
    ]
    same = [it for it in same if mesh.together(policy.document, it.document)]
    if mesh.world == "complete" or same:
        others = f"not even {called(same[0])}" if same else "no AuthorizationPolicy for these pods does"
        yield jwt_rules.defect(on="key", others=others)


def _routes_by_claims(mesh: Mesh) -> bool:
    """Whether some VirtualService routes by claims: that demands a token too."""
    for service in mesh.virtual_services:
        for route in sequence(service.spec.get("http")):
            for match in sequence(dig(route, "match")):
                keys = [*mapping(dig(match, "headers")), *mapping(dig(match, "withoutHeaders"))]
                if any(str(key).lower().startswith("@request.auth.claims") for key in keys):
                    return True
    return False


def _around(policy: Policy, kind: str, mesh: Mesh) -> list[Policy]:
    """Policies of a kind that may be about the same pods."""
    return mesh.index(Meeting).of(kind, "" if policy.root else policy.namespace, policy.selector)


def _targets(policy: Policy) -> set[tuple[str, str]]:
    return {(target.kind, target.name) for target in policy.targets}


def token_issuer_unknown(value: Node, mesh: Mesh) -> Iterator[Defect]:
    """A rule about tokens of an issuer that no RequestAuthentication for these pods accepts (semantics 12)."""
    written = value.value
    if not isinstance(written, str):
        return
    issuer = _issuer(value, written)
    if not issuer or "*" in issuer:
        return
    policy = mesh.policy_of(value.document)
    accepting = _around(policy, "RequestAuthentication", mesh)
    accepting = [it for it in accepting if mesh.together(policy.document, it.document)]
    known = {text(dig(rule, "issuer")): it for it in accepting for rule in sequence(it.spec.get("jwtRules"))}
    if issuer in known or not (known or mesh.world == "complete"):
        return
    near = Names(known).nearest(issuer)
    notes = tuple(
        n for it in accepting for n in note_at(it.document, ("spec", "jwtRules"), "issuers that are accepted")
    )
    yield value.defect(
        issuer=issuer,
        known=f"they accept {listed(sorted(known))}{suggestion(near)}"
        if known
        else "there is no RequestAuthentication",
        notes=notes,
        repair=rewritten(value, written.replace(issuer, near, 1)) if near else None,
        confidence=None if near or mesh.world == "complete" else "medium",
    )


def _issuer(value: Node, written: str) -> str:
    """The issuer that a value of requestPrincipals, or of a condition on `iss`, names."""
    if "when" in value.path:
        condition = value.document.node(*value.path[:-2])
        key = condition.text("key") if condition is not None else ""
        if key == "request.auth.claims[iss]":
            return written
        if key != "request.auth.principal":
            return ""
    issuer, slash, _ = written.rpartition("/")
    return issuer if slash else ""


def identity_negated_in_plaintext(source: Node, mesh: Mesh) -> Iterator[Defect]:
    """Callers without an identity satisfy every negated identity (semantics 13.3)."""
    policy = mesh.policy_of(source.document)
    if action(policy) != "ALLOW" or dry(policy) or policy.targets or not isinstance(source.value, dict):
        return
    negated = [node for field in NOT_IDENTITY if (node := source.get(field)) is not None and node.value]
    if not negated or any(source.value.get(field) for field in (*IDENTITY, "ipBlocks", "requestPrincipals")):
        return
    server = server_of_labels(mesh, policy.namespace, policy.selector, 0)
    if server is None or server.mode == "STRICT" or (policy.root and policy.selector):
        return
    if server.policy is None and mesh.world != "complete":
        return
    why = f"{called(server.policy)} says {server.mode}" if server.policy else "nothing demands mTLS"
    notes = note_at(server.policy.document, server.path, "plaintext is let in") if server.policy else ()
    yield negated[0].defect(on="key", field=negated[0].key, why=why, notes=notes)
