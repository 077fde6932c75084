"""What Istio refuses in a RequestAuthentication beyond its schema (specification, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission import defects
from istiolint.admission.look import object_at, objects_in, text_at
from istiolint.admission.policy_target import check_selector, check_targets
from istiolint.finding import Defect, Path


def check(value: dict[str, Any], namespace: str | None) -> Iterator[Defect]:
    """All that Istio refuses or warns of; `value` is the whole object."""
    spec = object_at(value, "spec")
    yield from check_selector(spec)
    yield from check_targets(spec)
    for index, rule in objects_in(spec, "jwtRules"):
        yield from _check_jwt_rule(rule, ("spec", "jwtRules", index))


def _check_jwt_rule(rule: dict[str, Any], path: Path) -> Iterator[Defect]:
    if not any(rule.get(field) for field in ("issuer", "jwksUri", "jwks_uri")):
        yield defects.jwt_rule_without_issuer(path)
    keys = text_at(rule, "jwks")
    if keys:
        from istiolint.admission.jwks import read_key_set

        found = read_key_set(keys)
        if found.problem:
            yield defects.invalid_jwks((*path, "jwks"), found.problem)
        elif found.private:
            yield defects.jwks_with_private_key((*path, "jwks"), ", ".join(found.private))
    timeout = text_at(rule, "timeout")
