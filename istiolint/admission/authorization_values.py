"""The texts of an AuthorizationPolicy: each function says why a text is not what it should be; empty where it is.

Specification 2.4, 3.3 and 3.4. Empty texts are judged by the caller.
"""

from __future__ import annotations

import re

_LITERAL_SEGMENT = re.compile(r"[A-Za-z0-9\-._~%!$&'()+,;:@=]+")
_OPERATORS = ("{*}", "{**}")
_ACCOUNT_BYTES = 320
_MAP_KEYS = ("request.headers", "request.auth.claims", "experimental.envoy.filters.")
_SCALAR_KEYS = frozenset(
    (
        "source.ip",
        "remote.ip",
        "source.namespace",
        "source.principal",
        "source.serviceAccount",
        "source.trustDomain",
        "request.auth.principal",
        "request.auth.audiences",
        "request.auth.presenter",
        "destination.ip",
        "destination.port",
        "connection.sni",
    )
)
_FORMER_KEYS = {
    "destination.namespace": "a policy acts on its own namespace: metadata.namespace decides",
    "destination.labels": "the selector decides for which workloads a policy is",
    "destination.name": "it went with v1alpha1",
    "destination.user": "it went with v1alpha1",
}


def port_problem(text: str) -> str:
    """Specification AP-PORT: decimal digits, 0 to 65535; a range, a name or `*` is not possible."""
    if text.isascii() and text.isdigit():
        return "" if int(text) <= 65535 else "a port is at most 65535"
    if re.fullmatch(r"\d+\s*-\s*\d+", text):
        return "ranges are not possible here: list every port"
    if text == "*":
        return "to mean every port, leave the list out"
    return "a port is a number from 0 to 65535"


def path_template_problem(text: str) -> str:
    """Specification AP-PATH-TEMPLATE: where `{*}` and `{**}` may stand, and what may stand beside them."""
    segments = text.strip("/").split("/")
    template = any(operator in text for operator in _OPERATORS)
    after_rest = False
    for segment in segments:
        if segment in _OPERATORS:
            if after_rest:
                return "{**} must be the last operator of the path"
            after_rest = segment == "{**}"
        elif "{" in segment or "}" in segment:
            return f'"{segment}": {{*}} and {{**}} are the only templates, and each must be a whole segment'
        elif template and not _LITERAL_SEGMENT.fullmatch(segment):
            if not segment:
                return "a path with {*} or {**} cannot have an empty segment (//)"
            if "*" in segment:
                return f'"{segment}": a path with {{*}} or {{**}} cannot also use * as a wildcard'
            return f'the segment "{segment}" has characters that a path cannot have'
    return ""


def service_account_problem(text: str) -> str:
    """Specification AP-SA-WILD, AP-SA-FORMAT, AP-SA-LEN: `account` or `namespace/account`."""
    if len(text) > _ACCOUNT_BYTES // 4 and len(text.encode("utf-8", "replace")) > _ACCOUNT_BYTES:
        return f"it is longer than {_ACCOUNT_BYTES} bytes"
    if "*" in text:
        return "wildcards are not possible here; use principals or namespaces instead"
    namespace, slash, account = text.partition("/")
    if slash and (not namespace or not account or "/" in account):
        return "write account or namespace/account"
    return ""


def trust_domain_pattern_problem(text: str) -> str:
    """Specification AP-TD-WILD: at most one `*`, first or last."""
    if text.count("*") > 1:
        return "only one * is possible"
    if "*" in text[1:-1]:
        return "* is possible only at the start or the end"
    return ""


def trust_domain_problem(text: str) -> str:
    """Specification AP-TD-WILD and AP-TD-SLASH."""
    problem = trust_domain_pattern_problem(text)
    if not problem and "/" in text:
        return "only the trust domain, without /ns/.../sa/...; for a whole identity use principals"
    return problem


def condition_key_problem(key: str) -> str:
    """Specification AP-WHEN-UNKNOWN, AP-WHEN-OLD and AP-WHEN-MAPKEY."""
    if key in _SCALAR_KEYS:
        return ""
    for prefix in _MAP_KEYS:
        if key.startswith(prefix):
            if key.endswith("]") and "[" in key[1:-2]:
                return ""
            example = f"{prefix}a.b[name]" if prefix.endswith(".") else f"{prefix}[name]"
            return f"write it with a name in brackets: {example}"
    for former, instead in _FORMER_KEYS.items():
        if key == former or (former == "destination.labels" and key.startswith(former)):
            return f"it no longer exists; {instead}"
    return _suggestion(key)


def _suggestion(key: str) -> str:
    folded = key.partition("[")[0].lower()
    known = [*sorted(_SCALAR_KEYS), *_MAP_KEYS]
    for name in known:
        if name.lower() == folded or name.split(".")[-1].lower() == folded:
            return f"did you mean {name}?"
    from difflib import get_close_matches

    close = get_close_matches(folded, known, 1, 0.8)
    return f"did you mean {close[0]}?" if close else "Istio knows no such attribute"
