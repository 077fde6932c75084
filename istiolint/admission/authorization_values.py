"""The texts of an AuthorizationPolicy: each function says why a text is not what it should be.

Specification 2.4, 3.3 and 3.4. Empty texts are judged by the caller.
"""

from __future__ import annotations

from istiolint.admission.values import Problem

_SEGMENT_MARKS = frozenset("-._~%!$&'()+,;:@=")
_ACCOUNT_BYTES = 320
_MAP_KEYS = ("request.headers", "request.auth.claims", "experimental.envoy.filters.")
_SCALAR_KEYS = (
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
_FORMER_KEYS = {
    "destination.namespace": "a policy acts on its own namespace, which metadata.namespace names",
    "destination.labels": "the selector of the policy names the labels of its workloads",
    "destination.name": "it went away with v1alpha1",
    "destination.user": "it went away with v1alpha1",
}


def port_problem(text: str) -> Problem | None:
    """Specification AP-PORT: decimal digits, 0 to 65535; a range, a name or `*` is not possible."""
    if text.isascii() and text.isdigit():
        return None if int(text) <= 65535 else Problem("a port is at most 65535")
    low, dash, high = text.partition("-")
    if dash and low.strip().isdigit() and high.strip().isdigit():
        return Problem("ranges are not possible here, so every port has to be listed")
    if text == "*":
        return Problem("every port is meant where the list is left out")
    return Problem("a port is a number from 0 to 65535, without blanks or signs")


def path_template_problem(text: str) -> Problem | None:
    """Specification AP-PATH-TEMPLATE: where `{*}` and `{**}` may stand, and what may stand beside them."""
    template = "{*}" in text or "{**}" in text
    if not template and "{" not in text and "}" not in text:
        return None
    stripped = text.strip("/")
    start = text.index(stripped) if stripped else 0
    after_rest = False
    for segment in stripped.split("/"):
        part = (start, start + max(1, len(segment)))
        start += len(segment) + 1
        if segment in ("{*}", "{**}"):
            if after_rest:
                return Problem("no {*} or {**} may follow a {**}", part)
            after_rest = segment == "{**}"
        elif "{" in segment or "}" in segment:
            return Problem("braces are only possible in {*} and {**}, and those must be a whole segment", part)
        elif template and not (segment and all(map(_is_segment_char, segment))):
            if not segment:
                return Problem("a path with {*} or {**} cannot have an empty segment", part)
            if "*" in segment:
                return Problem("a path with {*} or {**} cannot have * as well", part)
            return Problem("this segment has characters that a path cannot have", part)
    return None


def _is_segment_char(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in _SEGMENT_MARKS)


def service_account_problem(text: str) -> Problem | None:
    """Specification AP-SA-WILD, AP-SA-FORMAT and AP-SA-LEN: `account` or `namespace/account`."""
    if len(text.encode("utf-8", "replace")) > _ACCOUNT_BYTES:
        return Problem(f"it is longer than {_ACCOUNT_BYTES} bytes")
    if "*" in text:
        at = text.index("*")
        return Problem("a wildcard is not possible here, but is in principals and namespaces", (at, at + 1))
    namespace, slash, account = text.partition("/")
    if slash and (not namespace or not account or "/" in account):
        return Problem("write account or namespace/account")
    return None


def trust_domain_pattern_problem(text: str) -> Problem | None:
    """Specification AP-TD-WILD: at most one `*`, first or last."""
    if text.count("*") > 1:
        return Problem("only one * is possible")
    if "*" in text[1:-1]:
        at = text.index("*")
        return Problem("a * is possible only at the start or the end", (at, at + 1))
    return None


def trust_domain_problem(text: str) -> Problem | None:
    """Specification AP-TD-WILD and AP-TD-SLASH."""
    problem = trust_domain_pattern_problem(text)
    if problem is None and "/" in text:
        at = text.index("/")
        return Problem("a trust domain has no slash; whole identities belong in principals", (at, len(text)))
    return problem


def condition_key_problem(key: str) -> Problem | None:
    """Specification AP-WHEN-KEY, AP-WHEN-UNKNOWN, AP-WHEN-OLD and AP-WHEN-MAPKEY."""
    if key in _SCALAR_KEYS:
        return None
    if not key:
        return Problem("it is empty")
    for prefix in _MAP_KEYS:
        if key.startswith(prefix):
            if key.endswith("]") and "[" in key[:-2]:
                return None
            example = f"{prefix}a.b[name]" if prefix.endswith(".") else f"{prefix}[name]"
            return Problem(f"it needs a name in brackets, as in {example}")
    for former, instead in _FORMER_KEYS.items():
        if key == former or (former == "destination.labels" and key.startswith(former)):
            return Problem(f"it no longer exists; {instead}")
    return Problem(_suggestion(key))


def _suggestion(key: str) -> str:
    folded = key.partition("[")[0].lower()
    known = (*_SCALAR_KEYS, *_MAP_KEYS)
    for name in known:
        if name.lower() == folded or name.split(".")[-1].lower() == folded:
            return f"did you mean {name}?"
    from difflib import get_close_matches

    close = get_close_matches(folded, known, 1, 0.8)
    return f"did you mean {close[0]}?" if close else "Istio knows no such attribute"
