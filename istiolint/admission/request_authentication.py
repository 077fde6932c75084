"""What Istio refuses in a RequestAuthentication beyond its schema (specification, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission import defects
from istiolint.admission.durations import duration_problem
from istiolint.admission.policy_target import check_attachment
from istiolint.admission.values import mapping, objects, text
from istiolint.finding import Defect, Path


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """All that Istio refuses or warns of; `value` is the whole object."""
    spec = mapping(value, "spec") or {}
    yield from check_attachment(spec)
    for index, rule in objects(spec, "jwtRules"):
        yield from _check_jwt_rule(rule, ("spec", "jwtRules", index))


def _check_jwt_rule(rule: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Specification RA-ISSUER, RA-JWKS, RA-JWKS-PRIVATE and DUR-MS."""
    if not any(rule.get(field) for field in ("issuer", "jwksUri", "jwks_uri")):
        reason = "a JWT rule without it does not say whose tokens it takes (jwksUri does as well, jwks alone does not)"
        yield defects.missing_setting(path, "issuer", reason)
    keys = text(rule, "jwks")
    if keys:
        from istiolint.admission.jwks import read_key_set

        found = read_key_set(keys)
        if found.problem:
            yield defects.invalid_jwks((*path, "jwks"), found.problem)
        elif found.private:
            yield defects.private_key_in_jwks((*path, "jwks"), ", ".join(found.private))
    timeout = text(rule, "timeout")
    problem = duration_problem(timeout) if timeout else None
    if problem is not None:
        yield defects.invalid_duration((*path, "timeout"), timeout, problem)
