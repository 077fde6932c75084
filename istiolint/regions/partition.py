"""The requests to one host, divided into classes that fare the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.records import NamedTuple
from istiolint.regions.hosts import plain_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from istiolint.trace.matching import Condition
    from istiolint.trace.question import Client, Protocol, Request
    from istiolint.trace.result import Trace
    from istiolint.trace.tracer import Tracer


class RequestClass(NamedTuple):
    """Requests that fare the same, by one of them."""

    request: Request
    """One of the class, as plain as can be."""
    traces: tuple[Trace, ...]
    """What happens to it: one trace for each that was asked."""


class Partition(NamedTuple):
    """All requests to a host, by classes."""

    classes: tuple[RequestClass, ...]
    """The plainest request first."""
    exhaustive: bool
    """Whether every request is in a class."""


def partition(asked: Sequence[tuple[Tracer, Client]], host: str, port: int, protocol: Protocol = "http") -> Partition:
    """Classes of requests from some clients (each in a mesh of its own) to a port of a host.

    In each class every one of the meshes decides alike: which route is taken, and which rules of policies hold.
    """
    plain = plain_request(asked[0][1], host, port, protocol)
    classes = [RequestClass(plain, _traces(asked, plain))]
    seen = {plain}
    for trace in classes[0].traces:
        for route in trace.choice.routes if trace.choice else ():
            for request in _sample(plain, route.match.condition):
                if request not in seen:
                    seen.add(request)
                    classes.append(RequestClass(request, _traces(asked, request)))
    return Partition(tuple(classes), all(it.choice is None for it in classes[0].traces))


def _traces(asked: Sequence[tuple[Tracer, Client]], request: Request) -> tuple[Trace, ...]:
    return tuple(tracer.trace(client, request) for tracer, client in asked)


def _sample(plain: Request, condition: Condition) -> Iterator[Request]:
    path = condition.path.value if condition.path.form != "regex" else "/"
    headers = tuple((it.name, it.test.value or "x") for it in condition.headers if it.name[:1] != ":")
    method = next((it.test.value for it in condition.headers if it.name == ":method"), "GET")
    queries = "&".join(f"{name}={test.value or 'x'}" for name, test in condition.queries)
    path += f"?{queries}" if queries else ""
    yield plain._replace(path=path, method=method, headers=headers)
    yield plain._replace(path=f"{path}x" if not queries else path)
