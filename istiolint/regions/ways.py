"""The ways that requests to a host may go: classes of requests that fare the same, taken together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.records import NamedTuple
from istiolint.regions.hosts import plain_request
from istiolint.regions.partition import partition
from istiolint.regions.words import condition_said
from istiolint.trace.words import CONNECTIONS, OUTCOMES, RESULTS, changes, percent, place_of, shares

if TYPE_CHECKING:
    from istiolint.mesh.virtual_services import VirtualService
    from istiolint.regions.hosts import Host
    from istiolint.regions.partition import Partition, RequestClass
    from istiolint.trace.kube_routes import KubeRoute
    from istiolint.trace.question import Client, Request
    from istiolint.trace.result import Backend, Redirect, Step, Target, Trace, Verdict
    from istiolint.trace.tracer import Tracer


class Fate(NamedTuple):
    """One thing that happens to requests."""

    said: str
    good: bool | None = True
    """None: it is not known."""
    by: Step | None = None
    """What decides it; None: nothing but the route."""


class Way(NamedTuple):
    """Classes of requests that fare the same."""

    fates: tuple[Fate, ...]
    """What happens; more than one where requests are divided."""
    notes: tuple[str, ...]
    """What is done to them besides."""
    classes: tuple[RequestClass, ...]


def ways_of(partition: Partition, at: int = 0) -> list[Way]:
    """The ways of the requests of a partition, for the mesh that was asked as number `at`; the plainest first."""
    found: dict[object, Way] = {}
    for its in partition.classes:
        trace = its.traces[at]
        fates, notes = tuple(_fates(trace)), tuple(_notes(trace))
        key = (tuple((fate.said, fate.good, _place(fate.by)) for fate in fates), notes)
        before = found.get(key)
        found[key] = Way(fates, notes, (*before.classes, its) if before else (its,))
    return list(found.values())


def _place(step: Step | None) -> object:
    return (id(step.document), step.path) if step is not None else None


def _fates(trace: Trace) -> list[Fate]:
    verdict = trace.gateway_verdict
    if verdict is not None and verdict.allowed is False:
        where = "at the gateway" if trace.client.kind == "gateway" else "at the waypoint"
        return [_denied(verdict, where)]
    if trace.redirect is not None:
        return [Fate(f"{trace.redirect.status} to {_location(trace.redirect, trace)}")]
    if trace.status is not None:
        return [Fate(f"{trace.status}, answered by the proxy", trace.status < 400)]
    if not trace.targets:
        good = trace.outcome in ("passthrough", "no-sidecar")
        said = OUTCOMES[trace.outcome].removeprefix("gets ").removeprefix("is ")
        return [Fate(said, good), *_behind(trace.backends)]
    asking = (
        [Fate("an external authorizer decides", None, _step(verdict))] if verdict and verdict.allowed is None else []
    )
    return [*asking, *(_denied_everywhere(trace) or _forwarded(trace))]


def _denied_everywhere(trace: Trace) -> list[Fate]:
    """The one denial that a request meets wherever it goes; else nothing."""
    backends = [backend for target in trace.targets for backend in target.backends]
    if not backends or any(not target.backends for target in trace.targets):
        return []
    if any(it.verdict is None or it.verdict.allowed is not False for it in backends):
        return []
    behind = _behind(tuple(backends))
    return behind if len(behind) == 1 else []


def _forwarded(trace: Trace) -> list[Fate]:
    several = len(trace.targets) > 1
    found = []
    for share, target in zip(shares(trace), trace.targets, strict=True):
        its = _target(target)
        found += [it._replace(said=f"{percent(share)} {it.said}") for it in its] if several else its
    return found


def _target(target: Target) -> list[Fate]:
    place = place_of(target)
    if target.result != "ok":
        bad = target.result.startswith("no-")
        said = f"{place}, {RESULTS[target.result]}" if bad or target.result == "unknown" else place
        return [Fate(said, not bad)]
    behind = _behind(target.backends)
    if not behind:
        return [Fate(place)]
    allowed = sum(_fate(it) is None for it in target.backends)
    return [*([Fate(place)] if allowed else ()), *(it._replace(said=f"{place}, {it.said}") for it in behind)]


def _behind(backends: tuple[Backend, ...]) -> list[Fate]:
    """What else than being served happens at pods."""
    found = [it for it in map(_fate, backends) if it is not None]
    return list({(it.said, it.good, _place(it.by)): it for it in found}.values())


def _fate(backend: Backend) -> Fate | None:
    """What a pod makes of a request; None: it takes it."""
    if backend.connection is None:
        return None
    if backend.connection not in ("ok", "tls-to-app"):
        return Fate(CONNECTIONS[backend.connection], False, next(iter(backend.steps), None))
    verdict = backend.verdict
    if verdict is None or verdict.allowed:
        return None
    if verdict.allowed is None:
        return Fate("an external authorizer decides", None, _step(verdict))
    return _denied(verdict, "")


def _denied(verdict: Verdict, where: str) -> Fate:
    step = _step(verdict)
    said = step.said if step is not None else "denied"
    if where and said.startswith("denied"):
        said = said.replace("denied", f"denied {where}", 1)
    return Fate(said, False, step)


def _step(verdict: Verdict) -> Step | None:
    return next(iter(verdict.steps), None)


def _location(redirect: Redirect, trace: Trace) -> str:
    """Where a redirect leads, with a word for the path where it stays as it is."""
    path = trace.request.path
    return f"{redirect.location[: -len(path)]}/..." if redirect.location.endswith(path) else redirect.location


def _notes(trace: Trace) -> list[str]:
    """What a route changes; of the path only that."""
    if (trace.gateway_verdict is not None and trace.gateway_verdict.allowed is False) or _denied_everywhere(trace):
        return []
    rewritten = ["the path is rewritten"] if trace.path is not None else []
    return rewritten + changes(trace._replace(path=None))


class HostWays(NamedTuple):
    """All ways of the requests of one client to a host."""

    host: Host
    plain: Request
    """The plainest request."""
    ways: tuple[Way, ...]
    steps: tuple[Step, ...]
    """What is decided of all of them: which object has the host."""
    doubts: tuple[str, ...]
    """Why there may be more ways."""
    unknown: tuple[str, ...]
    """Why what is said may be wrong."""


AGES = "the files do not say which of some objects is older, and that changes what happens"


def host_ways(tracer: Tracer, client: Client, host: Host) -> HostWays:
    """The ways of the requests of a client to a port of a host."""
    found = partition([(tracer, client)], *host)
    traces = [its.traces[0] for its in found.classes]
    unknown = [why for trace in traces for why in trace.unknowns]
    if any(tracer.both_ages(client, trace.request).otherwise is not None for trace in traces):
        unknown.append(AGES)
    steps = tuple(step for step in traces[0].steps if step.stage == "host")
    return HostWays(
        host, plain_request(client, *host), tuple(ways_of(found)), steps, found.doubts, tuple(dict.fromkeys(unknown))
    )


class Reason(NamedTuple):
    """Why requests of a class go their way."""

    said: str
    by: Step | None


def reason_of(trace: Trace, brief: bool = False) -> Reason:
    """The route that takes a request and what it asks for; or where it ended, having none.

    `brief`: the VirtualService is not named where it is the only one.
    """
    route = next((it for it in reversed(trace.steps) if it.stage == "route"), None)
    taken = trace.choice.taken if trace.choice is not None else None
    if taken is None or route is None:
        step = route or next((it for it in reversed(trace.steps) if it.stage in ("host", "action", "listener")), None)
        step = step or (trace.steps[-1] if trace.steps else None)
        return Reason(step.said if step is not None else "", step)
    asked = condition_said(taken.match.condition)
    alone = brief and len(owners_of(trace)) == 1 and taken.entry.delegate is None
    name = f"route {taken.entry.http}" if alone else route.said
    return Reason(f"{name}: {asked or 'all that is left'}", route)


def owners_of(trace: Trace) -> list[VirtualService | KubeRoute]:
    """The objects that have routes for a request's host."""
    owners = {id(it.owner.document): it.owner for it in trace.choice.routes} if trace.choice is not None else {}
    return list(owners.values())
