"""The requests to one host, divided into classes that fare the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.records import NamedTuple
from istiolint.regions.conditions import of_condition
from istiolint.regions.hosts import authorities, plain_request
from istiolint.regions.products import Setting, Space
from istiolint.regions.proxies import Behind, behind
from istiolint.regions.witness import request_of, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from istiolint.regions.products import Product
    from istiolint.trace.question import Client, Protocol, Request
    from istiolint.trace.result import Trace
    from istiolint.trace.tracer import Tracer

Asked = tuple["Tracer", "Client"]
Key = tuple[tuple[object, ...], ...]
"""What makes a class: for each mesh the route that is taken, and what each proxy behind it says."""


HIDDEN = "some policies ask for what cannot be told of a request, such as a path after its rewrite"


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
    doubts: tuple[str, ...]
    """Why there may be more classes."""
    sorter: Sorter

    def class_of(self, request: Request) -> RequestClass | None:
        """The class of any request to the host; None: of none that is known."""
        at = self.sorter.place(request)
        return None if at is None else self.classes[at]


class Choosing(NamedTuple):
    """One mesh's routes for a host, and the proxies behind them, in terms of a common space."""

    routes: tuple[int, ...]
    """The products of its routes, in order."""
    behind: dict[int | None, tuple[Behind, ...]]
    """By the position of a route (None: where there is none): what tells its requests apart."""

    def key(self, vector: int) -> tuple[object, ...]:
        """What this mesh does with requests of a choice of products."""
        at = next((at for at, product in enumerate(self.routes) if vector >> product & 1), None)
        return (at, *[it.verdict(vector) for it in self.behind.get(at, ())])


class Sorter:
    """Tells the class of a request."""

    def __init__(self, space: Space, choosing: tuple[Choosing, ...]) -> None:
        self.space = space
        self._choosing = choosing
        self.places: dict[Key, int] = {}
        """Positions of classes."""

    def key(self, vector: int) -> Key:
        """What makes a class, for a choice of products."""
        return tuple([it.key(vector) for it in self._choosing])

    def place(self, request: Request) -> int | None:
        """The position of a request's class."""
        values = values_of(request, self.space.setting.normalisation)
        return self.places.get(self.key(self.space.vector(values)))


def partition(asked: Sequence[Asked], host: str, port: int, protocol: Protocol = "http") -> Partition:
    """Classes of requests from some clients (each in a mesh of its own) to a port of a host.

    In each class every one of the meshes decides alike: which route is taken, and which rules of policies hold. What a
    rewrite or a redirect makes of a path is alike too, in that it is made in the same way.
    """
    plain = plain_request(asked[0][1], host, port, protocol)
    first = RequestClass(plain, _traces(asked, plain))
    lists = [trace.choice for trace in first.traces]
    setting = _setting(asked, plain)
    products: dict[Product, int] = {}
    routes: list[tuple[int, ...]] = []
    for choice in lists:
        found = [of_condition(it.match.condition, choice.scheme) for it in choice.routes] if choice else []
        routes.append(tuple([products.setdefault(it, len(products)) for it in found]))
    sorter = Sorter(Space(list(products), setting), tuple(Choosing(its, {}) for its in routes))
    doubts: dict[str, None] = {}
    reached = _classes(asked, first, sorter, doubts)
    known = len(products)
    choosing = []
    for at, (tracer, _) in enumerate(asked):
        further: dict[int | None, tuple[Behind, ...]] = {}
        for it in reached:
            trace = it.traces[at]
            place = _place(trace)
            if place not in further:
                further[place], certain = behind(trace, tracer.forwarding.normalisation, products)
                if not certain:
                    doubts[HIDDEN] = None
        choosing.append(Choosing(routes[at], further))
    if len(products) > known:
        sorter = Sorter(Space(list(products), setting), tuple(choosing))
        reached = _classes(asked, first, sorter, doubts)
    return Partition(tuple(reached), not doubts, tuple(doubts), sorter)


def _classes(
    asked: Sequence[Asked], first: RequestClass, sorter: Sorter, doubts: dict[str, None]
) -> list[RequestClass]:
    """A request of each class, each tried out; why there may be more of them is added to the doubts."""
    space = sorter.space
    found: list[RequestClass] = []
    for product in space.products:
        for test in product.tests:
            if test.pattern:
                doubts[f"what the expression {test.pattern} takes is only tried out"] = None
    if len({tracer.forwarding.normalisation for tracer, _ in asked}) > 1:
        doubts["paths are normalised in different ways"] = None
    for point in space.points:
        key = sorter.key(point.vector)
        if key in sorter.places:
            continue
        request = request_of(first.request, point.values) if first.request.has_http else first.request
        its = first if request == first.request else RequestClass(request, _traces(asked, request))
        if any(_place(trace) != its_key[0] for trace, its_key in zip(its.traces, key, strict=True)):
            doubts["some requests went another way than was expected"] = None
            continue
        sorter.places[key] = len(found)
        found.append(its)
    if not space.complete:
        doubts["there are too many combinations of conditions"] = None
    return found or [first]


def _traces(asked: Sequence[Asked], request: Request) -> tuple[Trace, ...]:
    return tuple([tracer.trace(client, request) for tracer, client in asked])


def _place(trace: Trace) -> int | None:
    """The position of the route that was taken."""
    choice = trace.choice
    if choice is None or choice.taken is None:
        return None
    return next(at for at, it in enumerate(choice.routes) if it is choice.taken)


def _setting(asked: Sequence[Asked], plain: Request) -> Setting:
    modes = {tracer.forwarding.normalisation for tracer, _ in asked}
    mode = next(iter(modes)) if len(modes) == 1 else "DECODE_AND_MERGE_SLASHES"
    forms = [authorities(tracer, client, plain) for tracer, client in asked]
    return Setting(mode, tuple(it for it in forms[0] if all(it in form for form in forms)), port=plain.port)
