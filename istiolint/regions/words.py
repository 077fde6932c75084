"""Conditions and requests in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.trace.matching import claim_path

if TYPE_CHECKING:
    from istiolint.trace.matching import Condition, HeaderTest
    from istiolint.trace.patterns import Text
    from istiolint.trace.question import Request

VERBS = {"exact": "is", "prefix": "begins with", "regex": "matches"}


def condition_said(condition: Condition) -> str:
    """What a condition asks for: `path begins with /api, header end-user is jason`; empty: nothing."""
    found = []
    form, value = condition.path
    if (form, value) not in (("prefix", "/"), ("prefix", ""), ("regex", ".*")):
        case = " in any case" if condition.ignore_case and form != "regex" else ""
        verb = "is or is below" if condition.segments else VERBS[form]
        found.append(f"path {verb} {value}{case}")
    found += [_header_said(it, it.name[1:] if it.name[:1] == ":" else f"header {it.name}") for it in condition.headers]
    found += [_said(f"parameter {name}", it) for name, it in condition.queries]
    found += [_header_said(it, f"claim {'.'.join(claim_path(it.name))}") for it in condition.claims]
    return ", ".join(found)


def _header_said(it: HeaderTest, what: str) -> str:
    if not it.without:
        return _said(what, it.test)
    return f"without {what}" if it.test.form == "present" else f"not {_said(what, it.test)}"


def _said(what: str, test: Text) -> str:
    return f"{what} is there" if test.form == "present" else f"{what} {VERBS[test.form]} {test.value}"


def request_said(request: Request, plain: Request) -> str:
    """`GET /api (end-user: jason)`: what of a request is its own, and not that of the plain one."""
    if not request.has_http:
        said = f"{'TLS' if request.protocol == 'https' else 'TCP'}"
    else:
        said = f"{request.method} {request.path}"
    said += "".join(f" ({name}: {value})" for name, value in request.headers)
    if request.authority != plain.authority:
        said += f" (Host: {request.authority})"
    if request.claims is not None:
        said += f" (token: {', '.join(_claims_said(request.claims))})"
    if request.source_ip and request.source_ip != plain.source_ip:
        said += f" (from {request.source_ip})"
    return said


def _claims_said(claims: object, before: str = "") -> list[str]:
    if not isinstance(claims, dict):
        its = claims if isinstance(claims, list) else [claims]
        return [f"{before} {' and '.join(map(str, its))}"]
    return [
        said for key, value in claims.items() for said in _claims_said(value, f"{before}.{key}" if before else str(key))
    ]
