"""The files of `schemas/`, read when a kind is first met (schemas/README.md says how they are written)."""

from __future__ import annotations

import os
from typing import Any

from istiolint.records import NamedTuple
from istiolint.shelf import shelf

Json = dict[str, Any]
Ref = int | str
"""A node of a kind's file by its line, or a type that needs no node."""

NEWEST = ""
"""As an Istio version: the newest one known."""


class Kind(NamedTuple):
    """A kind, and the API versions that serve it: version -> (first Istio release, first release without it)."""

    group: str
    kind: str
    plural: str
    short: tuple[str, ...]
    scope: str
    """`Namespaced` or `Cluster`."""
    served: dict[str, tuple[str, str | None]]
    """Newest version first. Releases are "" for kinds that do not come with Istio; the first one is of those known."""


class Table(NamedTuple):
    """All kinds whose schemas are known, and the Istio releases that are told apart, oldest first."""

    releases: tuple[str, ...]
    gateway_api: str
    """The release of Gateway API whose schemas are used."""
    kinds: dict[tuple[str, str], Kind]


class Schemas:
    """The schemas of one kind. A node is decoded when it is asked for."""

    __slots__ = ("_found", "_lines", "checkers", "group", "kind", "nodes", "roots")

    def __init__(self, group: str, kind: str, text: str) -> None:
        self.group = group
        self.kind = kind
        self._lines = text.split("\n")
        self.nodes: dict[int, Json] = {}
        self.checkers: dict[Ref, Any] = {}
        """Compiled nodes; `compile.py` fills it."""
        self.roots: dict[str, list[tuple[str, int | None]]] = self.node(0)["roots"]
        self._found: dict[tuple[str, str], int] = {}
        """API version -> from which release on which node is the root; None: not served any more."""

    def node(self, ref: Ref) -> Json:
        """The node behind a reference."""
        if isinstance(ref, str):
            return {"type": ref}
        found = self.nodes.get(ref)
        if found is None:
            from json import loads

            found = self.nodes[ref] = loads(self._lines[ref])
        return found

    def root(self, version: str, release: str) -> int:
        """The schema for an API version in a known Istio release; a near one where there is none for just these."""
        key = version, release
        if key not in self._found:
            self._found[key] = self._root(version, release)
        return self._found[key]

    def _root(self, version: str, release: str) -> int:
        steps = self.roots.get(version) or next(iter(self.roots.values()))
        order = table().releases
        root = next(root for _, root in steps if root is not None)
        for since, later in steps:
            if later is not None and (since not in order or order.index(since) <= order.index(release)):
                root = later
        return root


_tables: list[Table] = []
_schemas: dict[tuple[str, str], Schemas | None] = {}


def table() -> Table:
    """The table of kinds."""
    if not _tables:
        from json import loads

        with open(os.path.join(shelf("schemas"), "kinds.json"), encoding="utf-8") as file:
            head, *rows = map(loads, file)
        kinds = {}
        for row in rows:
            served = {version: (first, gone) for version, (first, gone) in row["served"].items()}
            kind = Kind(row["group"], row["kind"], row["plural"], tuple(row["short"]), row["scope"], served)
            kinds[kind.group, kind.kind] = kind
        _tables.append(Table(tuple(head["releases"]), head["gateway"], kinds))
    return _tables[0]


def schemas(group: str, kind: str) -> Schemas | None:
    """The schemas of a kind; None where it is not known."""
    key = group, kind
    if key not in _schemas:
        _schemas[key] = None
        if key in table().kinds:
            with open(os.path.join(shelf("schemas"), group, kind + ".json"), encoding="utf-8") as file:
                _schemas[key] = Schemas(group, kind, file.read())
    return _schemas[key]


def release(istio_version: str) -> str:
    """The known release for an Istio version such as "1.24" or "v1.24.3": the nearest where that one is not known.

    Whatever is no version (such as `NEWEST`) is the newest one.
    """
    releases = table().releases
    if istio_version in releases:
        return istio_version
    parts = istio_version.removeprefix("v").split(".")
    if len(parts) < 2 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        return releases[-1]
    wanted = int(parts[0]), int(parts[1])
    at_most = [known for known in releases if _numbers(known) <= wanted]
    return at_most[-1] if at_most else releases[0]


def _numbers(known: str) -> tuple[int, int]:
    major, _, minor = known.partition(".")
    return int(major), int(minor)
