"""Request authentication: whether a token counts, and what it says (specification 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import sequence, text, texts
from istiolint.records import NamedTuple
from istiolint.trace.result import Step, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from istiolint.mesh.policies import Policy


class Token(NamedTuple):
    """What became of a request's token."""

    claims: Mapping[str, Any] | None
    """None: the request counts as one without token."""
    refused: Verdict | None = None
    """401, where the token is valid for none of the rules."""


NONE = Token(None)


def authenticate(policies: Iterable[Policy], claims: Mapping[str, Any] | None) -> Token:
    """What the RequestAuthentications of one proxy make of a token with these claims, whose signature is valid."""
    if claims is None:
        return NONE
    rules = [(policy, rule) for policy in policies for rule in sequence(policy.spec.get("jwtRules"))]
    if not rules:
        return NONE
    if any(_accepts(rule, claims) for _, rule in rules):
        return Token(claims)
    policy = rules[0][0]
    said = f"401: no RequestAuthentication takes a token of issuer {claims.get('iss', '')}"
    step = Step("jwt", said, policy.document, ("spec", "jwtRules"))
    return Token(None, Verdict(False, "jwt", (), (step,)))


def _accepts(rule: Any, claims: Mapping[str, Any]) -> bool:
    if not isinstance(rule, dict) or text(rule.get("issuer")) != claims.get("iss"):
        return False
    wanted = texts(rule.get("audiences"))
    given = claims.get("aud")
    audiences = given if isinstance(given, list) else [given]
    return not wanted or any(it in wanted for it in audiences)
