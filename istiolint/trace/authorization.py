"""What a workload's policies say of a connection or request: CUSTOM, then DENY, then ALLOW (specification 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from istiolint.mesh.read import sequence, text
from istiolint.trace.jwt import authenticate
from istiolint.trace.result import Asked, Loser, Step, Verdict
from istiolint.trace.rules import rule_holds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from istiolint.mesh.policies import Policy
    from istiolint.trace.rules import Subject

Matched = tuple[tuple["Policy", int], ...]


def action_of(policy: Policy) -> str:
    """`ALLOW` (the default), `DENY`, `AUDIT` or `CUSTOM`."""
    return text(policy.spec.get("action")) or "ALLOW"


def judge(tokens: Iterable[Policy], policies: Iterable[Policy], subject: Subject) -> Verdict:
    """What a proxy says: its RequestAuthentications (`tokens`) of the token, then its policies of the request."""
    asked = Asked(tuple(policies), subject, tuple(tokens))
    if subject.request is not None and subject.request.claims is not None:
        token = authenticate(asked.tokens, subject.request.claims)
        if token.refused is not None:
            return token.refused._replace(asked=asked)
        subject = subject._replace(request=subject.request._replace(claims=token.claims))
    return authorize(asked.policies, subject)._replace(asked=asked)


def authorize(policies: Iterable[Policy], subject: Subject) -> Verdict:
    """The verdict of the policies that act on one proxy."""
    enforced: dict[str, list[Policy]] = {"CUSTOM": [], "DENY": [], "ALLOW": []}
    idle: list[Loser] = []
    for policy in policies:
        action = action_of(policy)
        if policy.dry_run and action in ("DENY", "ALLOW"):
            idle.append(Loser(policy.document, ("metadata", "annotations"), "is a dry run: it only logs"))
        elif action in enforced:
            enforced[action].append(policy)
    asking = _matched(enforced["CUSTOM"], subject)
    if denying := _matched(enforced["DENY"], subject):
        return _verdict("deny-policy", denying, idle)
    if asking:
        unknown = f"the external authorizer of AuthorizationPolicy {_name(asking[0][0])} is asked"
        said = Step("authorization", unknown, asking[0][0].document, _path(asking[0]), tuple(idle), unknown)
        return Verdict(None, "custom", asking, (said,))
    allowing = enforced["ALLOW"]
    if not allowing:
        said = Step("authorization", "allowed: no policy says otherwise", losers=tuple(idle))
        return Verdict(True, "no-policy", (), (said,))
    if matched := _matched(allowing, subject):
        return _verdict("allow-policy", matched, idle)
    losers = [*idle, *(Loser(it.document, ("spec", "rules"), _why_not(it, subject)) for it in allowing)]
    first = allowing[0]
    said = Step(
        "authorization", "denied: there are policies that allow, and none of them allows this",
        first.document, ("spec", "rules"), tuple(losers),
    )  # fmt: skip
    return Verdict(False, "no-allow-matched", (), (said,))


def _matched(policies: Iterable[Policy], subject: Subject) -> Matched:
    found = [
        (policy, index)
        for policy in policies
        for index, rule in enumerate(sequence(policy.spec.get("rules")))
        if rule_holds(rule, policy.namespace, action_of(policy), subject)
    ]
    return tuple(sorted(found, key=lambda it: (it[0].namespace, it[0].name, it[1])))


def _verdict(by: Literal["deny-policy", "allow-policy"], matched: Matched, idle: list[Loser]) -> Verdict:
    policy, index = matched[0]
    word = "denied" if by == "deny-policy" else "allowed"
    said = f"{word} by AuthorizationPolicy {_name(policy)}, rule {index}"
    return Verdict(
        by == "allow-policy",
        by,
        matched,
        (Step("authorization", said, policy.document, _path(matched[0]), tuple(idle)),),
    )


def _why_not(policy: Policy, subject: Subject) -> str:
    if not sequence(policy.spec.get("rules")):
        return "has no rules, and so allows nothing"
    if subject.request is None:
        return "no rule of it allows this connection (rules that ask for HTTP never do on a port that is not HTTP)"
    return "no rule of it matches"


def _path(matched: tuple[Policy, int]) -> tuple[str | int, ...]:
    return ("spec", "rules", matched[1])


def _name(policy: Policy) -> str:
    return f"{policy.namespace}/{policy.name}"
