"""What the proxies behind a route ask of a request: the rules of their policies, and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.mesh.read import sequence
from istiolint.records import NamedTuple
from istiolint.regions.policies import PRESENT, NotModelled, Seen, accepted, rule_products
from istiolint.regions.products import PATH, Product, Test
from istiolint.regions.re2_language import found_in
from istiolint.regions.rewrites import SAME, rewrite_of, substituted
from istiolint.trace.authorization import action_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from istiolint.mesh.policies import Policy
    from istiolint.trace.result import Asked, Trace


class Rule(NamedTuple):
    """A rule of a policy, as a set of products (a bit for each)."""

    name: tuple[str, str, int]
    """Namespace and name of the policy, and which of its rules it is."""
    products: int


class Proxy(NamedTuple):
    """A proxy that is asked about some requests."""

    token: int = 0
    """The product of all that have a token, as a bit; 0: none is read."""
    accepted: int = 0
    """The products of those whose token is good."""
    custom: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()
    allow: tuple[Rule, ...] = ()
    closed: bool = False
    """Whether there are policies that allow, so that what none of them allows is denied."""

    def verdict(self, vector: int) -> tuple[object, ...]:
        """What it says of requests of a choice of products."""
        if vector & self.token and not vector & self.accepted:
            return ("jwt",)
        for word, rules in (("deny", self.deny), ("custom", self.custom)):
            if matched := tuple([it.name for it in rules if it.products & vector]):
                return (word, matched)
        if not self.closed:
            return ("open",)
        return ("allow", tuple([it.name for it in self.allow if it.products & vector]))


class Substitution(NamedTuple):
    """An expression by which a route changes paths, where it is found in them."""

    products: int
    """The products of those in which it is."""

    def verdict(self, vector: int) -> tuple[object, ...]:
        """Whether paths of a choice of products are changed."""
        return ("changed",) if vector & self.products else ("as it was",)


Behind = Proxy | Substitution
"""What tells requests that take the same route apart."""


def behind(trace: Trace, mode: str, products: dict[Product, int]) -> tuple[tuple[Behind, ...], bool]:
    """What tells requests that go the way of this one apart, and whether all of it is understood.

    These are the policies of the proxies that were asked, and an expression by which the route changes paths. Products
    that are not among the given ones are added, with the next number.
    """
    found: dict[Behind, None] = {}
    certain = True
    if trace.choice is not None and trace.choice.taken is not None:
        pattern = substituted(trace.choice.taken)
        language = found_in(pattern) if pattern else None
        certain = language is not None or not pattern
        if language is not None:
            found[Substitution(_bits((Product((Test(PATH, language),)),), products))] = None
    for asked, seen in _asked(trace, mode):
        try:
            made = _proxy(asked, seen, products)
        except NotModelled:
            certain = False
            continue
        if made.token or made.custom or made.deny or made.allow:
            found[made] = None
    return tuple(found), certain


def _asked(trace: Trace, mode: str) -> Iterator[tuple[Asked, Seen]]:
    """Who was asked, and how each of them saw the request."""
    client, taken = trace.client, trace.choice.taken if trace.choice else None
    at_gateway = client.kind == "gateway"
    if trace.gateway_verdict is not None and (asked := trace.gateway_verdict.asked) is not None:
        yield asked, Seen(asked.subject, peer_outside=at_gateway, remote_outside=at_gateway)
    rewrite = rewrite_of(taken, mode) if taken is not None else SAME
    for backend in (*trace.backends, *(it for target in trace.targets for it in target.backends)):
        if backend.verdict is not None and (asked := backend.verdict.asked) is not None:
            yield asked, Seen(asked.subject, rewrite, trace.authority or "", remote_outside=at_gateway)


def _proxy(asked: Asked, seen: Seen, products: dict[Product, int]) -> Proxy:
    good = accepted(asked.tokens) if seen.subject.request is not None else None
    proxy = Proxy()
    if good is not None:
        proxy = proxy._replace(token=_bits((PRESENT,), products), accepted=_bits(good, products))
    subject = seen.subject
    if subject.request is not None:
        subject = subject._replace(request=subject.request._replace(claims=None))
    seen = seen._replace(tokens=good is not None, subject=subject)
    rules: dict[str, list[Rule]] = {"CUSTOM": [], "DENY": [], "ALLOW": []}
    closed = False
    for policy in sorted(asked.policies, key=lambda it: (it.namespace, it.name)):
        action = action_of(policy)
        if action not in rules or (policy.dry_run and action != "CUSTOM"):
            continue
        closed = closed or action == "ALLOW"
        rules[action] += _rules(policy, action, seen, products)
    return proxy._replace(
        custom=tuple(rules["CUSTOM"]), deny=tuple(rules["DENY"]), allow=tuple(rules["ALLOW"]), closed=closed
    )


def _rules(policy: Policy, action: str, seen: Seen, products: dict[Product, int]) -> Iterator[Rule]:
    for at, rule in enumerate(sequence(policy.spec.get("rules"))):
        if found := rule_products(rule, policy.namespace, action, seen):
            yield Rule((policy.namespace, policy.name, at), _bits(found, products))


def _bits(found: tuple[Product, ...], products: dict[Product, int]) -> int:
    bits = 0
    for it in found:
        bits |= 1 << products.setdefault(it, len(products))
    return bits
