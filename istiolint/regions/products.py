"""Products: conditions on the parts of a request, all of which must hold; and which of several can hold together.

A set of requests is a union of products. Whether one has a request that others have not is asked of all at once: a
space divides each part of the request (path, method, a header, ...) into as few classes as make a difference to the
products, and joins the parts one by one, of all ways to the same choice of products keeping the plainest.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from istiolint.records import NamedTuple
from istiolint.regions import domains
from istiolint.regions.languages import (
    ANYTHING,
    BUDGET,
    NOTHING,
    Language,
    both,
    chars,
    exact,
    repeat,
    then,
    without,
)
from istiolint.regions.minterms import Domain, minterms
from istiolint.trace.patterns import full_match
from istiolint.trace.rules import in_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PATH, METHOD, AUTHORITY, TOKEN, ADDRESS = "path", "method", "authority", "token", "address"
HEADER, QUERY, CLAIM = "header ", "query ", "claim "
"""What the names of dimensions begin with of which a request may have many."""
CELLS = 20_000
"""So many choices of products are followed at once."""

Value = str | tuple[str, ...] | None
"""What a request has in a dimension: a text, or several (claims); None: it lacks it."""


class Test(NamedTuple):
    """A condition on one part of a request."""

    dimension: str
    language: Language
    """The values that it takes."""
    missing: bool = False
    """Whether it takes a request that lacks the part."""
    pattern: str = ""
    """An expression that has no language here: it says what is taken, instead of the language, where there is one."""
    negated: bool = False
    """Whether it asks for the contrary of the pattern, for none of the addresses, or that no value is one of these."""
    blocks: tuple[str, ...] = ()
    """Of addresses: those of these blocks."""

    def holds(self, value: Value) -> bool:
        """Whether it takes a value."""
        if self.blocks:
            return any(in_block(it, str(value or "")) for it in self.blocks) != self.negated
        if isinstance(value, tuple):
            return any(self._takes(it) for it in value) != self.negated
        if value is None:
            return self.missing
        if self.dimension.startswith(CLAIM):
            return self._takes(value) != self.negated
        return self._takes(value) != (self.negated and bool(self.pattern))

    def _takes(self, value: str) -> bool:
        return full_match(self.pattern, value) if self.pattern else value in self.language


class Product(NamedTuple):
    """Requests for which some tests hold."""

    tests: tuple[Test, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether it can be told from its languages alone what it takes."""
        return not any(test.pattern for test in self.tests)

    def holds(self, values: dict[str, Value]) -> bool:
        """Whether it takes a request with these values; what is not named is missing."""
        return all(test.holds(values.get(test.dimension)) for test in self.tests)

    def __and__(self, other: Product) -> Product:
        return Product(tuple(dict.fromkeys((*self.tests, *other.tests))))


def claim(path: Iterable[str]) -> str:
    """The dimension of a claim, by the keys that lead to it."""
    return CLAIM + "\0".join(path)


def claim_test(path: list[str], language: Language, negated: bool) -> Test:
    """Asks for a claim of which some value (`negated`: no value) is of a language.

    Issuer and subject are parts of a token's name.
    """
    if path == ["iss"]:
        language = then(language, exact("/"), repeat(chars(domains.NO_SLASH), 1))
    elif path == ["sub"]:
        language = then(ANYTHING, exact("/"), both(language, repeat(chars(domains.NO_SLASH), 1)))
    else:
        return Test(claim(path), language, negated, negated=negated)
    return Test(TOKEN, without(language) if negated else language, negated)


EVERYTHING = Product()
NEVER = Product((Test(METHOD, NOTHING),))
"""Takes no request."""


class Point(NamedTuple):
    """A request, by its values, for a choice of products."""

    vector: int
    """Bit n: whether product n takes it."""
    values: dict[str, Value]
    cost: int
    """How far it is from the plainest request."""


class Setting(NamedTuple):
    """What is known of all requests of a space."""

    normalisation: str = "BASE"
    """`meshConfig.pathNormalization`."""
    authorities: tuple[str, ...] = ()
    """Those that come into question, the usual one first; empty: any."""
    host: str = ""
    """A wildcard that all authorities are of."""
    port: int = 80


PLAIN = Setting()


class Space:
    """The requests that some products tell apart."""

    def __init__(self, products: Sequence[Product], setting: Setting = PLAIN, cells: int = CELLS) -> None:
        self.products = tuple(products)
        self.setting = setting
        self._cells = cells
        self.complete = True
        """Whether all choices were found; known once `points` was asked for."""

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """One request for each choice of products that takes some request, the plainest first."""
        everything = (1 << len(self.products)) - 1
        found = {everything: Point(everything, {}, 0)}
        for atoms in self._dimensions():
            joined: dict[int, Point] = {}
            for point in found.values():
                for atom in atoms:
                    vector = point.vector & atom.vector
                    cost = point.cost + atom.cost
                    known = joined.get(vector)
                    if known is None or cost < known.cost:
                        joined[vector] = Point(vector, {**point.values, **atom.values}, cost)
                if len(joined) > self._cells:
                    self.complete = False
                    break
            found = joined
        return tuple(sorted(found.values(), key=lambda it: it.cost))

    def vector(self, values: dict[str, Value]) -> int:
        """The products that take a request with these values."""
        return sum(1 << at for at, product in enumerate(self.products) if product.holds(values))

    # Dimensions

    def _dimensions(self) -> Iterator[list[Point]]:
        """The classes of each dimension, as points that have that dimension only."""
        tests: dict[str, dict[Test, int]] = {}
        for at, product in enumerate(self.products):
            for test in product.tests:
                asking = tests.setdefault(test.dimension, {})
                asking[test] = asking.get(test, 0) | 1 << at
        token = {name: asking for name, asking in tests.items() if name == TOKEN or name.startswith(CLAIM)}
        for name in sorted(tests.keys() - token.keys(), key=_last):
            yield self._atoms(name, tests[name])
        if token:
            yield self._tokens(token)

    def _atoms(self, name: str, asking: dict[Test, int]) -> list[Point]:
        """A value for each choice of tests, the plainest first."""
        if name == ADDRESS:
            return self._weighed(name, asking, _addresses(list(asking)))
        if name == AUTHORITY and self.setting.authorities:
            return self._weighed(name, asking, self.setting.authorities)
        languages = tuple(dict.fromkeys(test.language for test in asking))
        found = minterms(languages, self._domain(name, languages), BUDGET)
        if not found.complete:
            self.complete = False
        if name.startswith(CLAIM):
            return self._weighed(name, asking, (None, *_lists(list(found.texts.values()), list(asking))))
        places = {language: at for at, language in enumerate(languages)}
        atoms = self._weighed(name, asking, (None,)) if name.startswith((HEADER, QUERY)) else []
        for vector, text in found.texts.items():
            left = (1 << len(self.products)) - 1
            for test, products in asking.items():
                if not (test.holds(text) if test.pattern else vector >> places[test.language] & 1):
                    left &= ~products
            atoms.append(Point(left, {name: text}, 1 + len(text) if atoms else 0))
        return atoms

    def _weighed(self, name: str, asking: dict[Test, int], values: Iterable[Value]) -> list[Point]:
        return [
            Point(self._left(asking, value), {name: value}, 1 + _weight(value) if at and value is not None else 0)
            for at, value in enumerate(values)
        ]

    def _left(self, asking: dict[Test, int], value: Value) -> int:
        """The products that are not ruled out by a value."""
        left = (1 << len(self.products)) - 1
        for test, products in asking.items():
            if not test.holds(value):
                left &= ~products
        return left

    def _domain(self, name: str, languages: Iterable[Language]) -> Domain:
        if name == PATH:
            return domains.paths(languages, self.setting.normalisation)
        if name == METHOD:
            return domains.METHOD
        if name == AUTHORITY:
            return domains.hosts(self.setting.host, self.setting.port)
        if name == TOKEN:
            return domains.PRINCIPAL
        return domains.QUERY if name.startswith(QUERY) else domains.header_values(languages)

    def _tokens(self, tests: dict[str, dict[Test, int]]) -> list[Point]:
        """Tokens: none at all, or an issuer and a subject with any claims."""
        without = (1 << len(self.products)) - 1
        for asking in tests.values():
            without &= self._left(asking, None)
        found = [Point(without, {}, 0)]
        having = {0: Point((1 << len(self.products)) - 1, {}, 0)}
        for name, asking in {TOKEN: {}, **tests}.items():
            atoms = self._atoms(name, asking)
            joined: dict[int, Point] = {}
            for point in having.values():
                for atom in atoms:
                    vector = point.vector & atom.vector
                    if vector not in joined:
                        cost = point.cost + atom.cost + 1
                        joined[vector] = Point(vector, {**point.values, **atom.values}, cost)
                if len(joined) > self._cells:
                    self.complete = False
                    break
            having = joined
        return found + list(having.values())


def _last(name: str) -> tuple[bool, str]:
    """Paths make the most of choices, and so are joined last."""
    return (name == PATH, name)


def _weight(value: Any) -> int:
    return len(value) if isinstance(value, str) else sum(2 + len(it) for it in value)


def _lists(ones: list[str], tests: list[Test]) -> list[Value]:
    """Values of a claim, which may be several: enough of them to make each choice of tests."""
    found: dict[int, tuple[str, ...]] = {}
    for one in ones:
        found.setdefault(_held(tests, (one,)), (one,))
    todo = list(found.values())
    while todo and len(found) < 256:
        some = todo.pop(0)
        for one in ones:
            more = (*some, one)
            if one not in some and (held := _held(tests, more)) not in found:
                found[held] = more
                todo.append(more)
    return list(found.values())


def _held(tests: list[Test], value: Value) -> int:
    return sum(1 << at for at, test in enumerate(tests) if test.holds(value))


def _addresses(tests: list[Test]) -> list[Value]:
    """Addresses of each choice of blocks: the first of every stretch between the ends of some blocks."""
    import ipaddress

    starts: dict[int, set[int]] = {4: {int(ipaddress.ip_address("203.0.113.1"))}, 6: set()}
    for block in {it for test in tests for it in test.blocks}:
        try:
            network = ipaddress.ip_network(block, strict=False)
        except ValueError:
            continue
        first, last = int(network[0]), int(network[-1])
        starts[network.version].update((min(first + 1, last), first, last + 1))
    found: dict[int, Value] = {_held(tests, None): None}
    for version, numbers in starts.items():
        size = 32 if version == 4 else 128
        for number in sorted(numbers, key=lambda it: (it % 256 == 0, it)):
            if number < 1 << size:
                address = str(ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number))
                found.setdefault(_held(tests, address), address)
    return list(found.values())
