"""Rules of AuthorizationPolicies, and tokens, as unions of products: for a proxy and a peer that are known.

What of a rule does not depend on the request (who the peer is, the port) is decided at once.
"""

from __future__ import annotations

import re
from itertools import product as each_of
from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import sequence, text, texts
from istiolint.records import NamedTuple
from istiolint.regions.languages import (
    ALL,
    ANYTHING,
    NOTHING,
    Language,
    char_set,
    chars,
    exact,
    prefix,
    repeat,
    suffix,
    then,
    union,
    without,
)
from istiolint.regions.products import (
    ADDRESS,
    AUTHORITY,
    EVERYTHING,
    HEADER,
    METHOD,
    PATH,
    TOKEN,
    Product,
    Test,
    claim_test,
)
from istiolint.regions.rewrites import SAME, Rewrite
from istiolint.trace.matching import CLAIMS, claim_path
from istiolint.trace.rules import HTTP_FIELDS, asks_http, condition_test, operation_tests, plain_field, source_tests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from istiolint.mesh.policies import Policy
    from istiolint.trace.rules import Subject

MOST = 400
"""So many products a rule may have."""
NONEMPTY = repeat(chars(ALL), 1)
SEGMENT = repeat(chars(ALL & ~char_set("/")), 1)


class NotModelled(Exception):
    """A rule asks for something of which it cannot be said which requests have it."""


class Seen(NamedTuple):
    """How a proxy sees the requests of one peer."""

    subject: Subject
    """Of one of them; from the others it differs in what the request says only."""
    rewrite: Rewrite = SAME
    """What was made of the path before."""
    authority: str = ""
    """What was made of the authority; empty: it is the request's."""
    peer_outside: bool = False
    """Whether the peer's address is that of the request's sender outside of the mesh."""
    remote_outside: bool = False
    """Whether the first sender's address is."""
    tokens: bool = False
    """Whether the proxy reads tokens."""


def rule_products(rule: Any, namespace: str, action: str, seen: Seen) -> tuple[Product, ...]:
    """The requests for which a rule of a policy in `namespace` holds. Raises NotModelled."""
    if not isinstance(rule, dict):
        return ()
    lenient = seen.subject.request is None
    if lenient and action == "ALLOW" and asks_http(rule):
        return ()
    parts: list[list[Product]] = []
    for field, inner, tests in (("from", "source", source_tests), ("to", "operation", operation_tests)):
        items = [it.get(inner) for it in sequence(rule.get(field)) if isinstance(it, dict)]
        if items:
            known = tests(namespace, seen.subject)
            found = [_fields(it, known, seen) for it in items]
            parts.append([it for it in dict.fromkeys(found) if it is not None])
    for condition in sequence(rule.get("when")):
        if isinstance(condition, dict):
            found_one = _condition(condition, namespace, seen)
            parts.append([] if found_one is None else [found_one])
    size = 1
    for part in parts:
        size *= len(part)
    if size > MOST:
        raise NotModelled
    made = []
    for choice in each_of(*parts):
        one = EVERYTHING
        for it in choice:
            one &= it
        made.append(one)
    return (EVERYTHING,) if EVERYTHING in made else tuple(dict.fromkeys(made))


def _fields(written: Any, known: dict[str, Callable[[str], bool]], seen: Seen) -> Product | None:
    """The requests for which all fields of a source or operation hold; None: none."""
    if not isinstance(written, dict):
        return EVERYTHING
    tests = []
    for field, value in written.items():
        plain = plain_field(field)
        if plain not in known or (seen.subject.request is None and plain in HTTP_FIELDS):
            continue
        if values := texts(value):
            test = _field_test(plain, values, plain != field, known[plain], seen)
            if test is False:
                return None
            if test is not True:
                tests.append(test)
    return Product(tuple(dict.fromkeys(tests)))


def _field_test(
    field: str, values: tuple[str, ...], negated: bool, static: Callable[[str], bool], seen: Seen
) -> Test | bool:
    if field == "methods":
        return _language_test(METHOD, values, negated)
    if field == "paths":
        return _path_test(values, negated, seen)
    if field == "hosts" and not seen.authority:
        return _language_test(AUTHORITY, [it.lower() for it in values], negated)
    if field == "requestPrincipals" and seen.tokens:
        return _language_test(TOKEN, values, negated)
    if (field == "ipBlocks" and seen.peer_outside) or (field == "remoteIpBlocks" and seen.remote_outside):
        return Test(ADDRESS, ANYTHING, negated, negated=negated, blocks=values)
    return any(static(it) for it in values) != negated


def _path_test(values: Iterable[str], negated: bool, seen: Seen) -> Test | bool:
    language = union(*[_path_language(it) for it in values])
    back = seen.rewrite.back(without(language) if negated else language)
    if back is None:
        raise NotModelled
    if back is NOTHING:
        return False
    return True if back is ANYTHING else Test(PATH, back)


def _path_language(pattern: str) -> Language:
    if "{*" not in pattern:
        return plain_language(pattern)
    special = {"{*}": SEGMENT, "{**}": ANYTHING}
    parts = re.split(r"(\{\*\*\}|\{\*\})", _ascii(pattern))
    return then(*[special.get(it) or exact(it) for it in parts])


def plain_language(pattern: str) -> Language:
    """The texts that a value of a policy means, with a star before or behind. Raises NotModelled."""
    if pattern == "*":
        return NONEMPTY
    _ascii(pattern)
    if pattern[:1] == "*":
        return suffix(pattern[1:])
    return prefix(pattern[:-1]) if pattern[-1:] == "*" else exact(pattern)


def _ascii(written: str) -> str:
    if not written.isascii():
        raise NotModelled
    return written


def _language_test(dimension: str, values: Iterable[str], negated: bool) -> Test:
    language = union(*[plain_language(it) for it in values])
    return Test(dimension, without(language) if negated else language, negated)


# Conditions


def _condition(written: dict[str, Any], namespace: str, seen: Seen) -> Product | None:
    key = text(written.get("key"))
    if seen.subject.request is None and key.startswith("request."):
        return EVERYTHING
    static = condition_test(key, namespace, seen.subject)
    tests: list[Test] = []
    for field, negated in (("values", False), ("notValues", True)):
        if values := texts(written.get(field)):
            test = _condition_test(key, values, negated, static, seen)
            if test is False:
                return None
            if test is not True:
                tests.append(test)
    return Product(tuple(tests))


def _condition_test(
    key: str, values: tuple[str, ...], negated: bool, static: Callable[[str], bool], seen: Seen
) -> Test | bool:
    if key.startswith("request.headers["):
        return _language_test(HEADER + key[len("request.headers[") : -1].lower(), values, negated)
    if key.startswith("request.auth."):
        return _token_test(key, values, negated) if seen.tokens else negated
    if (key == "source.ip" and seen.peer_outside) or (key == "remote.ip" and seen.remote_outside):
        return Test(ADDRESS, ANYTHING, negated, negated=negated, blocks=values)
    return any(static(it) for it in values) != negated


def _token_test(key: str, values: tuple[str, ...], negated: bool) -> Test | bool:
    if key == "request.auth.principal":
        return _language_test(TOKEN, values, negated)
    names = {"request.auth.audiences": ["aud"], "request.auth.presenter": ["azp"]}
    path = names.get(key)
    if path is None:
        if not key.startswith("request.auth.claims"):
            return negated
        path = claim_path(CLAIMS + key[len("request.auth.claims") :])
    language = union(*[plain_language(it) for it in values])
    return claim_test(path, language, negated)


# Tokens

PRESENT = Product((Test(TOKEN, ANYTHING),))
"""Requests with a token."""


def accepted(policies: Iterable[Policy]) -> tuple[Product, ...] | None:
    """The requests whose token some RequestAuthentication takes; None: there is no rule, and tokens are not read."""
    rules = [it for policy in policies for it in sequence(policy.spec.get("jwtRules"))]
    if not rules:
        return None
    found = []
    for rule in rules:
        if isinstance(rule, dict) and (issuer := text(rule.get("issuer"))):
            tests = [Test(TOKEN, then(exact(_ascii(issuer)), exact("/"), SEGMENT))]
            if audiences := texts(rule.get("audiences")):
                tests.append(claim_test(["aud"], union(*[exact(_ascii(it)) for it in audiences]), False))
            found.append(Product(tuple(tests)))
    return tuple(found)
