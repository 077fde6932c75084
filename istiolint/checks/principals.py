"""Principals of AuthorizationPolicies: `trust.domain/ns/namespace/sa/account`, or with one star (semantics 13.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from istiolint.mesh import Mesh

_SHAPE = re.compile(r"(?P<domain>[^/]+)/ns/(?P<namespace>[^/]+)/sa/(?P<account>[^/]+)\Z")


class Principal(NamedTuple):
    """The parts of a principal without stars."""

    domain: str
    namespace: str
    account: str


def principal(written: str) -> Principal | None:
    """The parts; None where it is a pattern, or not of this form."""
    found = _SHAPE.match(written)
    return Principal(**found.groupdict()) if found and "*" not in written else None


def exists_like(pattern: str, mesh: Mesh) -> bool:
    """Whether some known service account has an identity like this (a star stands for anything)."""
    rest = re.escape(pattern).replace(r"\*", ".*")
    matcher = re.compile(rest + r"\Z")
    return any(
        matcher.match(f"{domain}/ns/{namespace or '*'}/sa/{name}")
        for domain in trust_domains(mesh)
        for namespace, name in mesh.service_accounts.things
    )


def trust_domains(mesh: Mesh) -> tuple[str, ...]:
    """Trust domains whose identities this mesh knows; `cluster.local` always stands for the local one."""
    return tuple(dict.fromkeys((*mesh.config.trust_domains, "cluster.local")))
