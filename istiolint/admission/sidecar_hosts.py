"""The hosts that a listener of a Sidecar imports (specification SC029 to SC034)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import invalid_host, missing_setting, redundant_egress_host
from istiolint.admission.gateway import host_in_namespace_problem
from istiolint.admission.hosts import is_label
from istiolint.admission.values import Problem, texts
from istiolint.finding import Defect, Note, Path


def check_egress_hosts(listener: dict[str, Any], path: Path, namespace: str | None) -> Iterator[Defect]:
    """The `hosts` of one egress listener; `namespace` is that of the Sidecar."""
    if listener.get("hosts") == []:
        yield missing_setting(
            (*path, "hosts"), "a host", "a listener must import something; write */* for all", on="key"
        )
    for index, host in texts(listener, "hosts"):
        problem = _problem(host)
        if problem is not None:
            yield invalid_host((*path, "hosts", index), "host of a Sidecar", host, problem)
    yield from _check_redundant(listener, path, namespace)


def _problem(host: str) -> Problem | None:
    namespace, slash, name = host.partition("/")
    if not slash:
        return Problem("it has the form namespace/host, as in ./reviews.shop.svc.cluster.local or */*")
    if not namespace or not name:
        return Problem("on both sides of the slash stands a name")
    bare = namespace.removeprefix("~")
    if bare not in ("", "*", ".") and not is_label(bare):
        return Problem('before the slash stands a namespace, ".", "*" or "~"', (0, len(namespace)))
    problem = host_in_namespace_problem(name, allow_ip=False)
    return problem.shifted(len(host) - len(name)) if problem is not None else None


def _check_redundant(listener: dict[str, Any], path: Path, namespace: str | None) -> Iterator[Defect]:
    """Hosts that another entry of the list imports, too (specification SC033, SC034)."""
    seen: dict[str, dict[str, int]] = {}
    everything = -1
    for index, host in texts(listener, "hosts"):
        owner, slash, name = host.partition("/")
        if not slash or owner.startswith("~"):
            continue
        where = (*path, "hosts", index)
        if owner == "." and namespace is not None:
            owner = namespace
        names = seen.setdefault(owner, {})
        if name in names:
            yield _redundant(where, host, "it is in the list already", path, names[name])
        elif "*" in names:
            yield _redundant(where, host, f"all hosts of {_of(owner)} are in the list already", path, names["*"])
        elif name == "*" and names:
            reason = f"single hosts of {_of(owner)} are in the list, too, and this has them all"
            yield _redundant(where, host, reason, path, next(iter(names.values())))
        names.setdefault(name, index)
        if host == "*/*" and everything < 0:
            everything = index
    others = [index for owner, names in seen.items() if owner != "*" for index in names.values()]
    if everything >= 0 and others:
        host = listener["hosts"][min(others)]
        yield _redundant((*path, "hosts", min(others)), host, "*/* has every host of every namespace", path, everything)


def _of(owner: str) -> str:
    return {"*": "every namespace", ".": "the own namespace"}.get(owner, f"namespace {owner}")


def _redundant(where: Path, host: str, reason: str, path: Path, other: int) -> Defect:
    return redundant_egress_host(where, host, reason, notes=(Note((*path, "hosts", other), "the other entry"),))
