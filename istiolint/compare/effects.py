"""What happens to a request, as aspects that can be compared: effects, and not the names of who causes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.compare import settings
from istiolint.compare.aspects import ROUTED, Aspect, Share, once, percent, together
from istiolint.compare.branches import Branch, branches, destination, short
from istiolint.mesh.read import dig, mapping, sequence, texts
from istiolint.records import NamedTuple
from istiolint.trace.destinations import Cluster
from istiolint.trace.forwarding import Load
from istiolint.trace.words import header_changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from istiolint.compare.aspects import Where
    from istiolint.compare.look import Look
    from istiolint.trace.result import Mirror, Step, Trace

STATUSES = {"no-route-404": ("404", "no route takes it"), "blackhole-502": ("502", "the destination is unknown")}
CLOSED = {
    "closed": "the connection is closed: the destination is unknown",
    "no-listener": "nothing listens on the port",
    "refused": "the connection is refused: no server is for it",
    "listener-rejected": "the port is closed: Envoy takes no such listener",
}
SENT = {"forward": "is sent on", "passthrough": "leaves as it is", "no-sidecar": "leaves as it is, without a sidecar"}


class Effect(NamedTuple):
    """What happens to one request."""

    aspects: Mapping[str, Aspect]
    """By name, in the order in which people want to know."""
    works: float | None
    """The part of such requests that gets where it is meant to, from 0 to 1; None: not known."""
    doubts: tuple[str, ...]
    """Why it may be otherwise."""


def effect(trace: Trace, look: Look) -> Effect:
    """What happens to the request of a trace."""
    found: dict[str, Aspect] = {}
    doubts = tuple(dict.fromkeys(it.unknown for it in _all_steps(trace) if it.unknown))
    verdict = trace.gateway_verdict
    if verdict is not None and verdict.allowed is False:
        status = ("401" if verdict.by == "jwt" else "403") if trace.request.has_http else ""
        where = "the gateway" if trace.client.kind == "gateway" else "the waypoint"
        words = f"is denied at {where}" + (f" ({status})" if status else "")
        value = ("status", status) if status else ("closed",)
        found["answer"] = Aspect(value, (words,), _places(verdict.steps, "authorization", "jwt"))
        return Effect(_with_doubts(found, trace, look), 0.0, doubts)
    if verdict is not None and verdict.allowed is None:
        asked = Aspect("asked", ("an external authorizer decides",), _places(verdict.steps, "authorization"))
        found["authorization"] = asked
    answer, works = _answer(trace)
    found["answer"] = answer
    if works is None:
        works = _sent(trace, look, found)
    found.update(_actions(trace, look))
    if trace.fault is not None and trace.fault.abort is not None and works is not None:
        works *= max(0.0, 1 - trace.fault.abort.percent / 100)
    unsure = verdict is not None and verdict.allowed is None
    return Effect(_with_doubts(found, trace, look), None if unsure else works, doubts)


def _all_steps(trace: Trace) -> Iterator[Step]:
    yield from trace.all_steps
    if trace.gateway_verdict is not None:
        yield from trace.gateway_verdict.steps


def _with_doubts(found: dict[str, Aspect], trace: Trace, look: Look) -> dict[str, Aspect]:
    steps = [it for it in _all_steps(trace) if it.unknown]
    if steps:
        value = tuple(sorted({look.doubt(it, trace.client) for it in steps}, key=repr))
        words = tuple(dict.fromkeys(f"not certain: {it.unknown}" for it in steps))
        found["certainty"] = Aspect(value, words, _places(tuple(steps)), True)
    return found


def _answer(trace: Trace) -> tuple[Aspect, float | None]:
    """What the first proxy does, and whether that is good (None: that depends on what follows)."""
    if trace.redirect is not None:
        words = f"is redirected to {trace.redirect.location} ({trace.redirect.status})"
        return Aspect(
            ("redirect", trace.redirect), (words,), (*_field(trace, "redirect"), *_places(trace.steps, "action"))
        ), 1.0
    if trace.status is not None:
        route = trace.choice.taken if trace.choice is not None else None
        body = dig(route.entry.action, "directResponse", "body") if route is not None else None
        good = 1.0 if trace.status < 400 else 0.0
        words = f"is answered with {trace.status} by the proxy"
        answer = ("status", str(trace.status), *((repr(body),) if body else ()))
        return Aspect(answer, (words,), _field(trace, "directResponse")), good
    places = _places(trace.steps, "route", "host", "listener", "scope", "client")
    if trace.outcome in STATUSES:
        status, why = STATUSES[trace.outcome]
        return Aspect(("status", status), (f"gets {status}: {why}",), places), 0.0
    if trace.outcome in CLOSED:
        return Aspect(("closed",), (CLOSED[trace.outcome],), places), 0.0
    value = ROUTED if trace.outcome == "forward" else ("sent", False)
    return Aspect(value, (SENT[trace.outcome],), places), None


def _sent(trace: Trace, look: Look, found: dict[str, Aspect]) -> float | None:
    """Where it goes, and what becomes of it there; the part of it that is let in."""
    parts = branches(trace, look)
    if not parts:
        return None
    places = [*_field(trace, "route"), *(place for it in parts for place in it.places)]
    places += _places(trace.steps, "route", "host", "listener", "scope", "client")
    found["destination"] = destination(parts)._replace(places=once(places))
    names = dict.fromkeys(name for it in parts for name, _ in it.shares)
    for name in names:
        shares = [share for it in parts for share in _named(it, name)]
        found[name] = together(shares)
    whole = sum(it.percent for it in parts) or 100.0
    if any(it.works is None for it in parts):
        return None
    return sum((it.works or 0.0) * it.percent for it in parts) / whole


def _named(branch: Branch, name: str) -> list[Share]:
    """An aspect of a branch; where others have it, and this one could, it has nothing of the kind."""
    own = [share for its, share in branch.shares if its == name]
    if own or not branch.shares or name in ("transport", "fate"):
        return own
    return [Share(branch.behind, branch.name, branch.percent, Aspect(None, (), branch.places, True))]


def _actions(trace: Trace, look: Look) -> Iterator[tuple[str, Aspect]]:
    """What the route does besides."""
    sent = trace.redirect is None and trace.status is None and bool(trace.targets)
    if sent and trace.path is not None and trace.path != trace.request.path:
        yield "path", Aspect(trace.path, (f"the path becomes {trace.path}",), _field(trace, "rewrite"))
    if sent and trace.authority is not None and trace.authority != trace.request.authority:
        places = (*_field(trace, "rewrite"), *_field(trace, "headers"))
        yield "host header", Aspect(trace.authority, (f"Host becomes {trace.authority}",), places)
    if sent and (value := settings.timeout(trace.timeout)) is not None:
        yield "timeout", Aspect(value, (f"timeout {trace.timeout}",), _field(trace, "timeout"))
    if sent:
        default = look.mesh.config.values.get("defaultHttpRetryPolicy")
        value = settings.retries(trace.retries, default)
        yield "retries", Aspect(value, (_retries(trace.retries, value),), _field(trace, "retries"))
    if changes := settings.headers(trace.headers):
        yield "headers", Aspect(changes, tuple(header_changes(trace.headers)), _field(trace, "headers"), True)
    if (value := settings.cors(trace.cors)) is not None:
        yield "CORS", Aspect(value, tuple(_cors(trace.cors or {})), _field(trace, "corsPolicy"), True)
    if trace.fault is not None:
        for name, verb in (("delay", "delayed by"), ("abort", "aborted with")):
            chance = getattr(trace.fault, name)
            if chance is not None:
                value = (settings.seconds(chance.value), round(chance.percent, 4))
                words = f"{percent(chance.percent)} are {verb} {chance.value}"
                yield name, Aspect(value, (words,), _field(trace, "fault"))
    if mirrors := [it for it in trace.mirrors if it.result == "ok"]:
        found = [_mirror(it, trace, look) for it in mirrors]
        copies = tuple(sorted(((it.behind, round(it.percent, 4)) for it in found), key=repr))
        said = tuple(f"{percent(it.percent)} are copied to {it.name}" for it in found)
        yield "mirror", Aspect(copies, said, (*_field(trace, "mirror"), *_field(trace, "mirrors")))


def _mirror(mirror: Mirror, trace: Trace, look: Look) -> Branch:
    """What is behind a mirror."""
    client, request = trace.client, trace.request
    load = Load("http", request, True, trace.path or request.path, trace.authority or request.authority)
    cluster = Cluster(mirror.host, mirror.port, mirror.subset)
    target = look.tracer.forwarding.target(client, look.tracer.world.view(client), cluster, load)
    found = branches(trace._replace(targets=(target,)), look)[0]
    return found._replace(percent=mirror.percent, name=found.name or short(mirror.host))


# Words


def _retries(written: Mapping[str, object] | None, value: object) -> str:
    if value is None:
        return "no retries"
    if written is None:
        return "the mesh's default retries"
    attempts = written.get("attempts")
    words = f"{attempts} {'retry' if attempts == 1 else 'retries'}"
    if limit := written.get("perTryTimeout"):
        words += f", {limit} for each try"
    on = written.get("retryOn") or " ".join(map(str, sequence(written.get("codes"))))
    return words + (f", on {on}" if on else "")


def _cors(written: Mapping[str, object]) -> Iterator[str]:
    """A CORS policy in words."""
    for origin in [*texts(written.get("allowOrigin")), *sequence(written.get("allowOrigins"))]:
        form = origin if isinstance(origin, str) else " ".join(f"{k} {v}" for k, v in mapping(origin).items())
        yield f"allows origin {form}"
    for field, what in (("allowMethods", "method"), ("allowHeaders", "header")):
        yield from (f"allows {what} {name}" for name in texts(written.get(field)))
    yield from (f"exposes header {name}" for name in texts(written.get("exposeHeaders")))
    if written.get("maxAge"):
        yield f"is kept for {written['maxAge']}"
    if written.get("allowCredentials") is True:
        yield "allows credentials"
    if written.get("unmatchedPreflights"):
        yield f"unmatched preflights: {written['unmatchedPreflights']}"


# Places


def _field(trace: Trace, name: str) -> tuple[Where, ...]:
    """A field of the route that was taken; where it has none, the route."""
    step = next((it for it in reversed(trace.steps) if it.stage == "route" and it.document is not None), None)
    if step is None or step.document is None:
        return ()
    entry = step.path[:3]
    if len(entry) == 3 and step.document.node(*entry, name) is not None:
        return ((step.document, (*entry, name)), (step.document, step.path))
    return ((step.document, step.path),)


def _places(steps: tuple[Step, ...], *stages: str) -> tuple[Where, ...]:
    """The places of steps of some stages (without stages: of all), those of the first named first."""
    chosen = [it for stage in stages for it in steps if it.stage == stage] if stages else steps
    return tuple((it.document, it.path) for it in chosen if it.document is not None)
