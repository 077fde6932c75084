"""Which policies may be about the same pods: asked of each policy, so looked up by labels instead of comparing all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.checks.policy_rules import nearby

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy

Keys = frozenset[str]
Values = tuple[str, ...]
Ranked = tuple[int, "Policy"]


class Meeting:
    """The policies near each namespace, by the keys and the values of their selectors."""

    __slots__ = ("_mesh",)

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    def of(self, kind: str, namespace: str, selector: dict[str, str]) -> list[Policy]:
        """Policies in or near a namespace (empty: anywhere) that may pick a pod with these labels, in their order."""
        groups = self._mesh.index(_groups, kind, namespace)
        return [policy for _, policy in sorted(groups.like(selector), key=lambda it: it[0])]


class _Groups:
    def __init__(self, policies: Iterable[Policy]) -> None:
        self._by_keys: dict[Keys, list[Ranked]] = {}
        self._by_values: dict[tuple[Keys, Keys], dict[Values, list[Ranked]]] = {}
        for rank, policy in enumerate(policies):
            self._by_keys.setdefault(frozenset(policy.selector), []).append((rank, policy))

    def like(self, selector: dict[str, str]) -> Iterator[Ranked]:
        """Those whose selectors say nothing else of any label."""
        for keys in self._by_keys:
            common = keys.intersection(selector)
            yield from self._with(keys, common).get(_values(selector, common), ())

    def _with(self, keys: Keys, some: Keys) -> dict[Values, list[Ranked]]:
        """Policies whose selectors have just these keys, by the values of some of them."""
        found = self._by_values.get((keys, some))
        if found is None:
            found = self._by_values[(keys, some)] = {}
            for ranked in self._by_keys[keys]:
                found.setdefault(_values(ranked[1].selector, some), []).append(ranked)
        return found


def _groups(mesh: Mesh, kind: str, namespace: str) -> _Groups:
    return _Groups(nearby(mesh, kind, namespace))


def _values(labels: dict[str, str], keys: Keys) -> Values:
    return tuple([labels[key] for key in sorted(keys)])
