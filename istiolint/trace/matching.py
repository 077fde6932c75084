"""Which requests a match takes: the conditions that the proxy itself evaluates (specification 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import mapping
from istiolint.records import NamedTuple
from istiolint.trace.patterns import Text, full_match, text_match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from istiolint.trace.question import Request

CLAIMS = "@request.auth.claims"
PSEUDO = ("method", "scheme", "authority")


class HeaderTest(NamedTuple):
    """A condition on a header, a pseudo header or a claim."""

    name: str
    test: Text
    without: bool = False

    def holds(self, given: str | None) -> bool:
        """Whether it holds for the header's value (None: missing, which excludes nothing but presence)."""
        if not self.without:
            return self.test.holds(given)
        if self.test.form == "present":
            return given is None
        return not self.test.holds(given or "")


class Condition(NamedTuple):
    """All conditions of one match, every one of which must hold."""

    path: Text
    ignore_case: bool = False
    segments: bool = False
    """Whether a prefix ends at a segment (Gateway API)."""
    headers: tuple[HeaderTest, ...] = ()
    queries: tuple[tuple[str, Text], ...] = ()
    claims: tuple[HeaderTest, ...] = ()

    @property
    def catch_all(self) -> bool:
        """Whether it takes everything, as far as Istio sees: then no later route of the list is ever reached."""
        path = self.path
        whole = (path.form == "prefix" and path.value == "/") or (path.form == "regex" and path.value == ".*")
        return whole and not (self.headers or self.queries or self.claims)

    @property
    def patterns(self) -> Iterator[str]:
        """Its regular expressions."""
        tests = (self.path, *(it.test for it in (*self.headers, *self.claims)), *(it for _, it in self.queries))
        return (it.value for it in tests if it.form == "regex")

    def holds(self, request: Request, path: str, scheme: str) -> bool:
        """Whether it takes a request with this (normalised) path."""
        bare, _, query = path.partition("?")
        return (
            self.takes_path(bare)
            and all(test.holds(_header(request, test.name, scheme)) for test in self.headers)
            and (not self.queries or self._queries(query))
            and all(_claim_holds(test, request.claims) for test in self.claims)
        )

    def takes_path(self, path: str) -> bool:
        """Whether it takes a path without query."""
        form, value = self.path
        if form == "regex":
            return full_match(value, path)
        if self.ignore_case:
            path, value = path.lower(), value.lower()
        if form == "exact":
            return path == value
        if not path.startswith(value):
            return False
        return not self.segments or value == "/" or len(path) == len(value) or path[len(value)] == "/"

    def _queries(self, query: str) -> bool:
        first: dict[str, str] = {}
        for part in query.split("&"):
            key, _, value = part.partition("=")
            first.setdefault(key, value)
        return all(test.holds(first.get(name)) for name, test in self.queries)


ANYTHING = Condition(Text("prefix", "/"))
"""The condition of an entry without `match`."""


def condition(match: Mapping[str, Any]) -> Condition:
    """The conditions of an item of `http[].match`."""
    path = text_match(match["uri"]) if isinstance(match.get("uri"), dict) else Text("prefix", "/")
    if path.form == "present":
        path = Text("prefix", "/")
    headers = [HeaderTest(f":{name}", text_match(match[name])) for name in PSEUDO if isinstance(match.get(name), dict)]
    claims = []
    for field, without in (("headers", False), ("withoutHeaders", True)):
        for name, value in mapping(match.get(field)).items():
            test = HeaderTest(str(name), text_match(value), without)
            if test.name.lower().startswith(CLAIMS):
                claims.append(test)
            else:
                headers.append(test._replace(name=test.name.lower()))
    queries = [(str(name), text_match(value)) for name, value in mapping(match.get("queryParams")).items()]
    return Condition(path, match.get("ignoreUriCase") is True, False, tuple(headers), tuple(queries), tuple(claims))


def _header(request: Request, name: str, scheme: str) -> str | None:
    if name[:1] != ":":
        return request.header(name)
    if name == ":method":
        return request.method
    return scheme if name == ":scheme" else request.authority


def _claim_holds(test: HeaderTest, claims: Mapping[str, Any] | None) -> bool:
    """Whether a claim holds: one of its values, where it is a list."""
    value: Any = claims
    for key in claim_path(test.name):
        value = value.get(key) if isinstance(value, dict) else None
    values = value if isinstance(value, list) else [] if value is None else [value]
    held = any(test.test.holds(str(item)) for item in values)
    return held != test.without


def claim_path(name: str) -> list[str]:
    """The keys of `@request.auth.claims.a.b` or `@request.auth.claims[a][b]`."""
    rest = name[len(CLAIMS) :]
    if rest.startswith("["):
        return [part for part in rest.replace("]", "").split("[") if part]
    return [part for part in rest.split(".") if part]
