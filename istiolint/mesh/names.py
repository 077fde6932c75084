"""Names of hosts and gateways: short names completed, wildcards, who may see what (semantics 2.1, 2.3).

A namespace is a string; the empty string is the namespace of objects that have none in their manifest: *some*
namespace, perhaps that of any other object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from istiolint.records import NamedTuple

T = TypeVar("T")

MESH = "mesh"
"""The reserved gateway name: all sidecars."""


class ClusterName(NamedTuple):
    """The parts of a Service's full host name."""

    service: str
    namespace: str


def complete(host: str, namespace: str, domain: str = "cluster.local") -> str:
    """The host that Istio takes `host` for in an object of `namespace`.

    Only a name without a dot is completed: `reviews` is the Service, `reviews.prod` is taken literally.
    """
    if "." in host or host[:1] == "*" or not host or ":" in host:
        return host
    return f"{host}.{namespace}.svc.{domain}"


def cluster_name(host: str, domain: str = "cluster.local") -> ClusterName | None:
    """Service and namespace of a full host name; None for any other host (wildcards too)."""
    suffix = f".svc.{domain}"
    if not host.endswith(suffix) or host[:1] == "*":
        return None
    service, dot, namespace = host[: -len(suffix)].partition(".")
    return ClusterName(service, namespace) if dot and service and "." not in namespace else None


def shown(host: str) -> str:
    """`host` as a person should read it: the completed name of an object without a namespace is shown short."""
    return host.partition(".")[0] if "..svc." in host else host


def is_wildcard(host: str) -> bool:
    """Whether the host stands for many."""
    return host[:1] == "*"


def overlap(one: str, other: str) -> bool:
    """Whether some host name is meant by both; `*.foo.com` does not overlap `foo.com`."""
    if one == other:
        return True
    if one[:1] == "*":
        if other[:1] == "*":
            return one.endswith(other[1:]) or other.endswith(one[1:])
        return other.endswith(one[1:])
    return other[:1] == "*" and one.endswith(other[1:])


def within(host: str, pattern: str) -> bool:
    """Whether everything that `host` means is covered by `pattern`; a wildcard is never within an exact name."""
    return host == pattern or (pattern[:1] == "*" and host.endswith(pattern[1:]))


def specificity(host: str) -> tuple[bool, int, str]:
    """Sort key, the most specific host first: exact before wildcard, longer before shorter, then by name."""
    return (host[:1] == "*", -len(host), host)


class HostMap(Generic[T]):
    """Things by host, exact or wildcard, and the most specific entry for a name, without looking at every key."""

    __slots__ = ("_lengths", "exact", "wild")

    def __init__(self) -> None:
        self.exact: dict[str, list[T]] = {}
        self.wild: dict[str, list[T]] = {}
        """By wildcard host without its star."""
        self._lengths: list[int] = []

    def add(self, host: str, thing: T) -> None:
        """Put `thing` under `host`."""
        if host[:1] != "*":
            self.exact.setdefault(host, []).append(thing)
            return
        tail = host[1:]
        if tail not in self.wild:
            self.wild[tail] = []
            if len(tail) not in self._lengths:
                self._lengths = sorted([*self._lengths, len(tail)], reverse=True)
        self.wild[tail].append(thing)

    def get(self, host: str) -> list[T]:
        """What stands under exactly this host text."""
        return (self.wild.get(host[1:]) if host[:1] == "*" else self.exact.get(host)) or []

    def entries(self, host: str) -> Iterator[tuple[str, list[T]]]:
        """All entries that cover `host` (exact or wildcard), the most specific first, with their host texts."""
        if host[:1] == "*":
            rest = host[1:]
        else:
            rest = host
            if host in self.exact:
                yield host, self.exact[host]
        for length in self._lengths:
            if length <= len(rest):
                tail = rest[len(rest) - length :]
                if tail in self.wild:
                    yield "*" + tail, self.wild[tail]

    def best(self, host: str) -> list[T]:
        """The most specific entry that covers `host`, empty where there is none."""
        return next((things for _, things in self.entries(host)), [])

    def overlapping(self, host: str) -> Iterator[tuple[str, list[T]]]:
        """All entries that overlap `host`; for a wildcard this walks all keys."""
        if host[:1] != "*":
            yield from self.entries(host)
            return
        for key, things in self.exact.items():
            if key.endswith(host[1:]):
                yield key, things
        for tail, things in self.wild.items():
            if tail.endswith(host[1:]) or host.endswith(tail):
                yield "*" + tail, things

    def __bool__(self) -> bool:
        return bool(self.exact or self.wild)


def same_namespace(one: str, other: str) -> bool:
    """Whether two objects may share a namespace: equal, or one of them has none in its manifest."""
    return one == other or not one or not other


def visible(export_to: Iterable[str], owner: str, viewer: str) -> bool:
    """Whether an object of namespace `owner` with these `exportTo` words is seen by clients in `viewer`.

    No words: public. Where a namespace is not known, what may be visible is visible.
    """
    words = tuple(export_to)
    if not words or "*" in words:
        return True
    if "~" in words:
        return False
    return any(same_namespace(owner if word == "." else word, viewer) for word in words)


def export_words(annotation: str) -> tuple[str, ...]:
    """The words of the annotation `networking.istio.io/exportTo`."""
    return tuple(word for part in annotation.split(",") if (word := part.strip()))


def gateway_reference(reference: str, namespace: str) -> str:
    """`ns/name` that a VirtualService of `namespace` means by an entry of `gateways`, or `mesh`.

    Also the old dotted form `name.ns.svc.cluster.local`.
    """
    if reference == MESH:
        return MESH
    scope, slash, name = reference.partition("/")
    if slash:
        return f"{namespace}/{name}" if scope == "." else reference
    if "." in reference:
        name, _, rest = reference.partition(".")
        return f"{rest.partition('.')[0]}/{name}"
    return f"{namespace}/{reference}"


def namespaced(reference: str, namespace: str) -> tuple[str, str]:
    """Namespace and name of `ns/name`, `./name` or `name`."""
    scope, slash, name = reference.partition("/")
    if not slash:
        return namespace, reference
    return (namespace if scope == "." else scope), name


def declared(patterns: Iterable[str], *texts: str) -> bool:
    """Whether one of the texts is declared to exist elsewhere, by patterns in which `*` stands for any text."""
    return any(("*" in it and _match(it, text)) or it == text for it in patterns for text in texts)


def _match(pattern: str, text: str) -> bool:
    parts = pattern.split("*")
    if not text.startswith(parts[0]) or not text.endswith(parts[-1]) or len(text) < len(parts[0]) + len(parts[-1]):
        return False
    at, end = len(parts[0]), len(text) - len(parts[-1])
    for part in parts[1:-1]:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
