"""From values to requests, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.regions.products import ADDRESS, AUTHORITY, CLAIM, HEADER, METHOD, PATH, QUERY, TOKEN
from istiolint.trace.patterns import normalise

if TYPE_CHECKING:
    from istiolint.regions.products import Value
    from istiolint.trace.question import Request


def request_of(plain: Request, values: dict[str, Value]) -> Request:
    """The request that has these values, and else is like a plain one."""
    queries = "&".join(f"{name[len(QUERY) :]}={value}" for name, value in _named(values, QUERY))
    headers = tuple((name[len(HEADER) :], str(value)) for name, value in _named(values, HEADER))
    return plain._replace(
        path=_text(values, PATH, plain.path) + (f"?{queries}" if queries else ""),
        method=_text(values, METHOD, plain.method),
        authority=_text(values, AUTHORITY, plain.authority),
        headers=headers,
        source_ip=_text(values, ADDRESS, plain.source_ip),
        claims=_claims(values),
    )


def values_of(request: Request, mode: str) -> dict[str, Value]:
    """The values of a request, for a `meshConfig.pathNormalization`."""
    path, _, query = normalise(request.path, mode).partition("?")
    found: dict[str, Value] = {PATH: path, METHOD: request.method, AUTHORITY: request.authority.lower()}
    if request.source_ip:
        found[ADDRESS] = request.source_ip
    for name, value in request.headers:
        found.setdefault(HEADER + name, value)
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        found.setdefault(QUERY + name, value)
    if request.claims is not None:
        found[TOKEN] = f"{request.claims.get('iss', '')}/{request.claims.get('sub', '')}"
        found |= _flat(request.claims, "")
    return found


def _named(values: dict[str, Value], kind: str) -> list[tuple[str, Value]]:
    return sorted((name, value) for name, value in values.items() if name.startswith(kind) and value is not None)


def _text(values: dict[str, Value], name: str, otherwise: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else otherwise


def _claims(values: dict[str, Value]) -> dict[str, Any] | None:
    token = values.get(TOKEN)
    if not isinstance(token, str):
        return None
    issuer, _, subject = token.rpartition("/")
    claims: dict[str, Any] = {"iss": issuer, "sub": subject}
    for name, value in _named(values, CLAIM):
        inner = claims
        *keys, last = name[len(CLAIM) :].split("\0")
        for key in keys:
            inner = inner.setdefault(key, {}) if isinstance(inner.get(key, {}), dict) else {}
        inner[last] = list(value) if isinstance(value, tuple) and len(value) > 1 else (value or ("",))[0]
    return claims


def _flat(claims: Any, before: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key, value in claims.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{key}\0")
        elif value is not None:
            its = value if isinstance(value, list) else [value]
            found[f"{CLAIM}{before}{key}"] = tuple(str(it) for it in its)
    return found
