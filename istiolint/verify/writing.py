"""What the mesh does today, as assertions: `verify --write`. What is written holds, on the same manifests, for sure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from istiolint.mesh.names import cluster_name
from istiolint.trace.question import client_of, find_gateway
from istiolint.trace.tracer import Tracer
from istiolint.verify.alike import Followed
from istiolint.verify.assertion import Asked, Expected
from istiolint.verify.facts import facts_of
from istiolint.verify.judging import Names, complaints
from istiolint.verify.reading import ASSERTION, readable
from istiolint.verify.selecting import callers, name_of, request_of, said
from istiolint.verify.witnesses import inside, outside

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.trace.question import Client
    from istiolint.verify.facts import Branch, Facts

HEAD = "# What istiolint has found the mesh to do: istiolint verify says when that changes."
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?:[:=][A-Za-z0-9_./-]+)*")
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))


def recorded(mesh: Mesh) -> str:
    """An assertion file with the behaviour of every Service and gateway in the files, as far as it is known."""
    tracer = Tracer(mesh)
    reasons: dict[str, int] = {}
    entries = [*_inside(tracer, reasons), *_outside(tracer, reasons)]
    names: dict[str, int] = {}
    lines = [HEAD]
    lines += [f"# Not recorded ({count} times): {reason}" for reason, count in sorted(reasons.items())]
    lines.append("tests:" if entries else "tests: []")
    for entry in entries:
        count = names[entry["name"]] = names.get(entry["name"], 0) + 1
        if count > 1:
            entry["name"] += f" ({count})"
        for at, (key, value) in enumerate(entry.items()):
            lines.append(f"{'  ' if at else '- '}{key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _inside(tracer: Tracer, reasons: dict[str, int]) -> Iterator[dict[str, Any]]:
    mesh = tracer.mesh
    workloads = callers(mesh)
    everyone = {name_of(it): it.namespace or "~" for it in workloads}
    clients = [(name_of(it), client_of(mesh, it)) for it in workloads]
    for asked in inside(mesh):
        groups: dict[str, tuple[Expected, set[str]]] = {}
        unlike: set[str] = set()
        owner: dict[str, str] = {}
        known: dict[tuple[object, ...], Expected | None] = {}
        followed = Followed(tracer, request_of(asked, outside=False))
        for name, client in clients:
            like = followed.key(client)
            if like not in known:
                known[like] = observed(tracer, client, asked, reasons)
            expected = known[like]
            key = repr(expected)
            if owner.setdefault(name, key) != key:
                unlike.add(name)
            if expected is not None:
                groups.setdefault(key, (expected, set()))[1].add(name)
        for expected, names in groups.values():
            names = names - unlike
            if names:
                who, shown = chosen(names, everyone)
                request = said(request_of(asked, outside=False))
                yield _entry(f"{shown} -> {request}", {"from": who}, asked, expected)


def _outside(tracer: Tracer, reasons: dict[str, int]) -> Iterator[dict[str, Any]]:
    for gateway, asked in outside(tracer.mesh):
        namespace, _, name = gateway.partition("/")
        client = find_gateway(tracer.mesh, namespace, name)
        expected = observed(tracer, client, asked, reasons, outside=True) if client else None
        if expected is not None:
            request = said(request_of(asked, outside=True))
            yield _entry(f"{gateway} -> {request}", {"gateway": gateway}, asked, expected)


def _entry(name: str, who: Mapping[str, Any], asked: Asked, expected: Expected) -> dict[str, Any]:
    request: dict[str, Any] = {"url": asked.url}
    if asked.method != "GET":
        request["method"] = asked.method
    if asked.headers:
        request["headers"] = dict(asked.headers)
    entry = {"name": name, **who, "request": request, "expect": expected.said}
    return {key: entry[key] for key in ASSERTION if key in entry}


def chosen(names: set[str], everyone: Mapping[str, str]) -> tuple[Any, str]:
    """How `from` means just these workloads in the fewest words, and how to say it."""
    these, others = patterns(names, everyone), patterns(set(everyone) - names, everyone)
    if others and len(others) < len(these):
        return {"except": others[0] if len(others) == 1 else others}, f"all but {_some(others)}"
    return (these[0] if len(these) == 1 else these), _some(these)


def _some(found: list[str]) -> str:
    return found[0] if len(found) == 1 else f"{found[0]} and {len(found) - 1} more"


def patterns(names: set[str], everyone: Mapping[str, str]) -> list[str]:
    """Patterns that mean just these workloads; `everyone`: all, each with its namespace."""
    if not names:
        return []
    if names == set(everyone):
        return ["*/*"]
    found = []
    for namespace in sorted(set(everyone.values())):
        whole = {name for name, its in everyone.items() if its == namespace}
        mine = names & whole
        found += [f"{namespace}/*"] if len(whole) > 1 and mine == whole else sorted(mine)
    return found


def observed(
    tracer: Tracer, client: Client, asked: Asked, reasons: dict[str, int], outside: bool = False
) -> Expected | None:
    """What happens to a request, as an expectation; None: it is not known (counted in `reasons`)."""
    request = request_of(asked, outside)
    trace = tracer.both_ages(client, request)
    facts = facts_of(trace, tracer.mesh)
    if facts.unknowns:
        reason = facts.unknowns[0]
        reasons[reason] = reasons.get(reason, 0) + 1
        return None
    expected = _expected(facts, request.path, request.authority, tracer.mesh)
    names = Names(client.namespace, tracer.mesh.domain)
    other = facts_of(trace.otherwise, tracer.mesh) if trace.otherwise else facts
    if not expected.said or complaints(expected, facts, names) or complaints(expected, other, names):
        reason = "it depends on which of two objects is older"
        reasons[reason] = reasons.get(reason, 0) + 1
        return None
    return expected if readable(expected.said) else None


def _expected(facts: Facts, path: str, authority: str, mesh: Mesh) -> Expected:
    branches = facts.branches
    shares: dict[str, float] = {}
    for branch in branches:
        if branch.host:
            key = _label(branch, mesh)
            shares[key] = shares.get(key, 0.0) + branch.share
    first = branches[0]
    single = len(shares) == 1
    workloads = sorted({it.workload for it in branches if it.reaches})
    return Expected(
        reaches=_same(it.reaches for it in branches),
        denied=True if all(it.denied for it in branches) else None,
        status=_same(it.status for it in branches),
        redirect=facts.redirect,
        host=_host(first.host, mesh) if single else None,
        port=first.port if single and first.port else None,
        subset=(first.subset or None) if single else None,
        shares={key: round(share, 2) for key, share in shares.items()} if len(shares) > 1 else None,
        mtls=_same(it.mtls for it in branches),
        workload=tuple(workloads) if workloads and all("/" in it for it in workloads) and len(
            {it.reaches for it in branches}) == 1 else None,
        path=facts.path if facts.path != path else None,
        authority=facts.authority if facts.authority != authority else None,
        timeout=facts.timeout,
        mirrors={
            (f"{_host(host, mesh)}/{subset}" if subset else _host(host, mesh)): percent
            for host, subset, percent in facts.mirrors
        } or None,
    )  # fmt: skip


def _same(values: Iterable[Any]) -> Any:
    """The value that all have; None where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _label(branch: Branch, mesh: Mesh) -> str:
    host = _host(branch.host, mesh)
    return f"{host}/{branch.subset}" if branch.subset else host


def _host(host: str, mesh: Mesh) -> str:
    name = cluster_name(host, mesh.domain)
    return f"{name.service}.{name.namespace}" if name and name.namespace else host


# YAML


def _flow(value: Any) -> str:
    """A value in YAML's flow style, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)
