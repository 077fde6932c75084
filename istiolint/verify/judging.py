"""What is expected against what happens: a complaint for everything that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from istiolint.mesh.names import complete
from istiolint.records import NamedTuple
from istiolint.verify.assertion import Expected
from istiolint.verify.facts import Branch, Facts
from istiolint.verify.patterns import fits

TOLERANCE = 0.5
"""Percentage points by which shares may differ: weights need not be round."""


class Complaint(NamedTuple):
    """Something that is otherwise than expected."""

    expected: str
    but: str
    branch: Branch | None = None
    """Where it shows."""


class Names(NamedTuple):
    """How hosts are read: names of one word are of the caller's namespace."""

    namespace: str
    domain: str

    def same(self, written: str, host: str) -> bool:
        """Whether `reviews`, `reviews.shop` or the full name is this host."""
        full = complete(written, self.namespace, self.domain).lower()
        return host in (full, written.lower()) or host == f"{written.lower()}.svc.{self.domain}"


def complaints(expected: Expected, facts: Facts, names: Names) -> list[Complaint]:
    """What is not as it should be; empty: all is."""
    found: list[Complaint] = []
    for name, value in expected.said.items():
        found += JUDGES[name](value, facts, names)
    return found


def _each(said: str, holds: Callable[[Branch], bool], facts: Facts) -> Iterator[Complaint]:
    """A complaint of the first branch for which something does not hold."""
    for branch in facts.branches:
        if not holds(branch):
            share = f"{branch.share:.3g} %: " if branch.share < 99.9 else ""
            yield Complaint(said, share + branch.said, branch)
            return


def _reaches(value: bool, facts: Facts, names: Names) -> Iterator[Complaint]:
    said = "reaches the application" if value else "does not reach the application"
    return _each(said, lambda it: it.reaches is value, facts)


def _denied(value: bool, facts: Facts, names: Names) -> Iterator[Complaint]:
    return _each("denied" if value else "not denied", lambda it: it.denied is value, facts)


def _status(value: int, facts: Facts, names: Names) -> Iterator[Complaint]:
    return _each(f"status {value}", lambda it: it.status == value, facts)


def _redirect(value: str, facts: Facts, names: Names) -> Iterator[Complaint]:
    if facts.redirect != value:
        branch = facts.branches[0]
        yield Complaint(f"redirect to {value}", branch.said, branch)


def _host(value: str, facts: Facts, names: Names) -> Iterator[Complaint]:
    return _each(f"host {value}", lambda it: names.same(value, it.host), facts)


def _port(value: int, facts: Facts, names: Names) -> Iterator[Complaint]:
    return _each(f"port {value}", lambda it: it.port == value, facts)


def _subset(value: str, facts: Facts, names: Names) -> Iterator[Complaint]:
    return _each(f"subset {value}", lambda it: it.subset == value, facts)


def _mtls(value: bool, facts: Facts, names: Names) -> Iterator[Complaint]:
    return _each("mTLS" if value else "no mTLS", lambda it: it.mtls is value, facts)


def _workload(value: tuple[str, ...], facts: Facts, names: Names) -> Iterator[Complaint]:
    said = f"workload {', '.join(value)}"
    return _each(said, lambda it: any(fits(pattern, it.workload) for pattern in value), facts)


def _plain(what: str, field: str) -> Callable[[str, Facts, Names], Iterator[Complaint]]:
    def judge(value: str, facts: Facts, names: Names) -> Iterator[Complaint]:
        found = getattr(facts, field)
        if found != value:
            yield Complaint(f"{what} {value}", f"{what} {found}" if found else f"no {what}")

    return judge


def _timeout(value: str, facts: Facts, names: Names) -> Iterator[Complaint]:
    from istiolint.admission.durations import nanoseconds

    wanted, found = nanoseconds(value), nanoseconds(facts.timeout or "0s")
    if wanted != found:
        yield Complaint(f"timeout {value}", f"timeout {facts.timeout}" if facts.timeout else "no timeout")


def _shares(value: Mapping[str, float], facts: Facts, names: Names) -> Iterator[Complaint]:
    there: dict[tuple[str, str], float] = {}
    for branch in facts.branches:
        destination = (branch.host, branch.subset)
        there[destination] = there.get(destination, 0.0) + branch.share
    said = "shares " + ", ".join(f"{key} {part:g} %" for key, part in value.items())
    left = dict(there)
    wrong = False
    for key, wanted in value.items():
        mine = [(host, subset) for host, subset in there if _means(key, host, subset, names)]
        wrong |= abs(sum(there[at] for at in mine) - wanted) > TOLERANCE
        for destination in mine:
            left.pop(destination, None)
    if wrong or any(share > TOLERANCE for share in left.values()):
        known = any(host for host, _ in there)
        yield Complaint(said, _listed(there) if known else facts.branches[0].said, facts.branches[0])


def _means(key: str, host: str, subset: str, names: Names) -> bool:
    """Whether a key of `shares` (subset, host, or `host/subset`) means a destination."""
    if "/" in key:
        name, _, part = key.partition("/")
        return part == subset and names.same(name, host)
    return key == subset or names.same(key, host)


def _listed(shares: Mapping[tuple[str, str], float]) -> str:
    """Percentages by subset, with the hosts where they are several."""
    hosts = {host for host, _ in shares}
    parts = []
    for (host, subset), part in shares.items():
        name = subset if subset and len(hosts) == 1 else f"{host}/{subset}" if subset else host
        parts.append(f"{name} {part:.4g} %")
    return ", ".join(parts)


def _mirrors(value: Mapping[str, float], facts: Facts, names: Names) -> Iterator[Complaint]:
    found = {(host, subset): percent for host, subset, percent in facts.mirrors}
    said = "mirrors " + ", ".join(f"{key} {part:g} %" for key, part in value.items())
    for key, wanted in value.items():
        there = sum(part for (host, subset), part in found.items() if _means(key, host, subset, names))
        if abs(there - wanted) > TOLERANCE:
            yield Complaint(said, f"mirrors {_listed(found)}" if found else "no mirrors")
            return


JUDGES: Mapping[str, Callable[[Any, Facts, Names], Iterator[Complaint]]] = {
    "reaches": _reaches,
    "denied": _denied,
    "status": _status,
    "redirect": _redirect,
    "host": _host,
    "port": _port,
    "subset": _subset,
    "shares": _shares,
    "mtls": _mtls,
    "workload": _workload,
    "path": _plain("path", "path"),
    "authority": _plain("authority", "authority"),
    "timeout": _timeout,
    "mirrors": _mirrors,
}
