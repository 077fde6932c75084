"""One rule of an AuthorizationPolicy against one connection or request (specification 13.2 to 13.5)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import sequence, text, texts
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from istiolint.trace.question import Request

HTTP_FIELDS = frozenset(("hosts", "methods", "paths", "requestPrincipals"))
"""Fields that only HTTP has, without the `not` before them."""


class Peer(NamedTuple):
    """Who is at the other end of a connection, as the server's proxy sees it."""

    trust_domain: str = ""
    """Empty: no identity."""
    namespace: str = ""
    service_account: str = ""
    ip: str = ""
    remote_ip: str = ""
    """The first sender's address, where a gateway lies between."""

    @property
    def principal(self) -> str:
        """Its identity without `spiffe://`; empty: it has none."""
        if not self.trust_domain:
            return ""
        return f"{self.trust_domain}/ns/{self.namespace}/sa/{self.service_account}"


class Subject(NamedTuple):
    """What a policy is asked about."""

    peer: Peer
    port: int
    """Of the workload."""
    request: Request | None
    """None: a connection that is not read as HTTP."""
    path: str = ""
    """Normalised, without query."""
    authority: str = ""
    sni: str = ""
    trust_domains: tuple[str, ...] = ("cluster.local",)
    """The mesh's trust domain and its aliases."""


def rule_holds(rule: Any, namespace: str, action: str, subject: Subject) -> bool:
    """Whether a rule of a policy in `namespace` matches.

    Where the connection is not read as HTTP, an ALLOW rule that asks for something of HTTP matches nothing, and of
    any other action the rest of the rule still counts.
    """
    if not isinstance(rule, dict):
        return False
    lenient = subject.request is None
    if lenient and action == "ALLOW" and asks_http(rule):
        return False
    sources = [it.get("source") for it in sequence(rule.get("from")) if isinstance(it, dict)]
    operations = [it.get("operation") for it in sequence(rule.get("to")) if isinstance(it, dict)]
    conditions = [it for it in sequence(rule.get("when")) if isinstance(it, dict)]
    return (
        (not sources or any(_all_hold(it, source_tests, namespace, subject) for it in sources))
        and (not operations or any(_all_hold(it, operation_tests, namespace, subject) for it in operations))
        and all(_condition_holds(it, namespace, subject) for it in conditions)
    )


def asks_http(rule: Mapping[str, Any]) -> bool:
    """Whether a rule names anything that only HTTP has."""
    for part, inner in (("from", "source"), ("to", "operation")):
        for item in sequence(rule.get(part)):
            fields = item.get(inner) if isinstance(item, dict) else None
            if isinstance(fields, dict) and any(
                plain_field(key) in HTTP_FIELDS for key, value in fields.items() if value
            ):
                return True
    return any(isinstance(it, dict) and text(it.get("key")).startswith("request.") for it in sequence(rule.get("when")))


def plain_field(field: str) -> str:
    """The name of a field without the `not` before it."""
    return field[3:4].lower() + field[4:] if field.startswith("not") else field


def _all_hold(
    written: Any, tests: Callable[[str, Subject], dict[str, Callable[[str], bool]]], namespace: str, subject: Subject
) -> bool:
    """Whether every field of a source or operation holds: of its values some, of its `not` values none."""
    if not isinstance(written, dict):
        return True
    known = tests(namespace, subject)
    for field, value in written.items():
        plain = plain_field(field)
        test = known.get(plain)
        if test is None or (subject.request is None and plain in HTTP_FIELDS):
            continue
        values = texts(value)
        if values and any(test(it) for it in values) == (plain != field):
            return False
    return True


def source_tests(namespace: str, subject: Subject) -> dict[str, Callable[[str], bool]]:
    """Whether a value of a source's field holds, by field; `namespace` is the policy's."""
    peer = subject.peer
    return {
        "principals": lambda it: principal_is(it, subject),
        "namespaces": lambda it: _namespace_is(it, peer),
        "serviceAccounts": lambda it: _account_is(it, namespace, peer),
        "trustDomains": lambda it: bool(peer.trust_domain) and plain_match(it, peer.trust_domain),
        "requestPrincipals": lambda it: plain_match(it, request_principal(subject)),
        "ipBlocks": lambda it: in_block(it, peer.ip),
        "remoteIpBlocks": lambda it: in_block(it, peer.remote_ip or peer.ip),
    }


def operation_tests(_namespace: str, subject: Subject) -> dict[str, Callable[[str], bool]]:
    """Whether a value of an operation's field holds, by field."""
    request = subject.request
    return {
        "hosts": lambda it: plain_match(it.lower(), subject.authority.lower()),
        "methods": lambda it: request is not None and plain_match(it, request.method),
        "paths": lambda it: path_match(it, subject.path),
        "ports": lambda it: it == str(subject.port),
    }


def _condition_holds(condition: Mapping[str, Any], namespace: str, subject: Subject) -> bool:
    key = text(condition.get("key"))
    if subject.request is None and key.startswith("request."):
        return True
    test = condition_test(key, namespace, subject)
    values, without = texts(condition.get("values")), texts(condition.get("notValues"))
    if values and not any(test(it) for it in values):
        return False
    return not any(test(it) for it in without)


def condition_test(key: str, namespace: str, subject: Subject) -> Callable[[str], bool]:
    """Whether a value of a condition's key holds."""
    peer, request = subject.peer, subject.request
    if key.startswith("request.headers[") and request is not None:
        value = request.header(key[len("request.headers[") : -1].lower())
        return lambda it: value is not None and plain_match(it, value)
    if key.startswith("request.auth.claims"):
        from istiolint.trace.matching import CLAIMS, claim_path

        found: Any = request.claims if request is not None else None
        for part in claim_path(CLAIMS + key[len("request.auth.claims") :]):
            found = found.get(part) if isinstance(found, dict) else None
        held = [str(it) for it in (found if isinstance(found, list) else [found]) if it is not None]
        return lambda it: any(plain_match(it, one) for one in held)
    claims = (request.claims if request is not None else None) or {}
    tests: dict[str, Callable[[str], bool]] = {
        "source.ip": lambda it: in_block(it, peer.ip),
        "remote.ip": lambda it: in_block(it, peer.remote_ip or peer.ip),
        "source.namespace": lambda it: _namespace_is(it, peer),
        "source.principal": lambda it: principal_is(it, subject),
        "source.serviceAccount": lambda it: _account_is(it, namespace, peer),
        "destination.port": lambda it: it == str(subject.port),
        "connection.sni": lambda it: plain_match(it, subject.sni),
        "request.auth.principal": lambda it: plain_match(it, request_principal(subject)),
        "request.auth.audiences": lambda it: plain_match(it, str(claims.get("aud", ""))),
        "request.auth.presenter": lambda it: plain_match(it, str(claims.get("azp", ""))),
    }
    return tests.get(key, lambda _: False)


def plain_match(pattern: str, given: str) -> bool:
    """`*`: present; `*x` and `x*`: by its end or its start; else exactly this."""
    if pattern == "*":
        return bool(given)
    if pattern[:1] == "*":
        return given.endswith(pattern[1:])
    return given.startswith(pattern[:-1]) if pattern[-1:] == "*" else given == pattern


def path_match(pattern: str, path: str) -> bool:
    """Whether a path is one of a policy's: also by templates, `{*}` one segment, `{**}` any rest."""
    if "{*" not in pattern:
        return plain_match(pattern, path)
    return _template(pattern).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _template(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\*\*\}|\{\*\})", pattern)
    special = {"{*}": "[^/]+", "{**}": ".*"}
    return re.compile("".join(special.get(part) or re.escape(part) for part in parts))


def principal_is(pattern: str, subject: Subject) -> bool:
    """Whether the peer's identity is one that a value means, also through trust domain aliases."""
    principal = subject.peer.principal
    if not principal:
        return False
    domain, slash, rest = pattern.partition("/")
    if slash and "*" not in domain and domain in (*subject.trust_domains, "cluster.local"):
        return any(plain_match(f"{it}/{rest}", principal) for it in subject.trust_domains)
    return plain_match(pattern, principal)


def _namespace_is(pattern: str, peer: Peer) -> bool:
    if not peer.trust_domain:
        return False
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), peer.namespace) is not None


def _account_is(value: str, namespace: str, peer: Peer) -> bool:
    if not peer.trust_domain:
        return False
    space, slash, name = value.partition("/")
    return (
        (space, name) == (peer.namespace, peer.service_account)
        if slash
        else ((namespace, value) == (peer.namespace, peer.service_account))
    )


def request_principal(subject: Subject) -> str:
    """`iss/sub` of the request's token; empty: there is none."""
    claims = subject.request.claims if subject.request is not None else None
    return f"{claims.get('iss', '')}/{claims.get('sub', '')}" if claims else ""


@lru_cache(maxsize=1024)
def in_block(block: str, address: str) -> bool:
    """Whether an address is in a CIDR block (or is that address)."""
    import ipaddress

    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False
