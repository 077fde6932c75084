"""Which checks run on which documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from istiolint.cards import JUDGEMENTS, Card
from istiolint.finding import Defect
from istiolint.groups import means
from istiolint.paths import Finder, compile_paths
from istiolint.source.document import Document
from istiolint.source.node import Node

if TYPE_CHECKING:
    from istiolint.mesh import Mesh

Rule = tuple[Card, Callable[..., Iterable[Defect]]]
"""A rule that is ready to run."""


def applies(card: Card, group: str, kind: str) -> bool:
    """Whether a card looks at objects of this kind."""
    return not card.kinds or any(means(wanted, group, kind) for wanted in card.kinds)


class Plan:
    """The enabled checks, found and bound per kind when the first document of that kind comes.

    `local` checks see one document; `meshwide` ones run when the mesh is known; `whole` ones are called once.
    """

    __slots__ = ("_finders", "_functions", "local", "meshwide", "params", "whole")

    def __init__(
        self, cards: Mapping[str, Card], enabled: frozenset[str], params: Mapping[str, Mapping[str, Any]]
    ) -> None:
        called = [card for name, card in cards.items() if name in enabled and card.family not in JUDGEMENTS]
        self.whole = [card for card in called if card.each == "mesh"]
        self.meshwide = [card for card in called if card.reads and card.each != "mesh"]
        self.local = [card for card in called if not card.reads and card.each != "mesh"]
        self.params = params
        self._finders: dict[tuple[bool, str, str], Finder[Rule] | None] = {}
        self._functions: dict[str, Callable[..., Iterable[Defect]]] = {}

    def finder(self, document: Document, meshwide: bool) -> Finder[Rule] | None:
        """What finds the nodes for the checks of a document, with these: the local ones, or those that know the mesh.

        None where there are none for its kind, and for what is no object.
        """
        if not document.is_object:
            return None
        key = meshwide, document.group, document.kind
        if key not in self._finders:
            cards = self.meshwide if meshwide else self.local
            fitting = [card for card in cards if applies(card, document.group, document.kind)]
            rules = [(card.each, (card, self.function(card))) for card in fitting]
            self._finders[key] = compile_paths(rules) if rules else None
        return self._finders[key]

    def function(self, card: Card) -> Callable[..., Iterable[Defect]]:
        """The body of a rule, with its parameters (the card's, overlaid by the user's) bound."""
        found = self._functions.get(card.name)
        if found is None:
            found = body(card)
            if card.params:
                from functools import partial

                found = partial(found, params={**card.params, **self.params.get(card.name, {})})
            self._functions[card.name] = found
        return found


def body(card: Card) -> Callable[..., Iterable[Defect]]:
    """The function of a rule: `rule_name` in `istiolint/checks/<family>.py`."""
    module = import_module(f"istiolint.checks.{card.family}")
    function: Callable[..., Iterable[Defect]] = getattr(module, card.function)
    return function


def run(
    find: Finder[Rule] | None, document: Document, crashes: list[str], mesh: Mesh | None = None
) -> Iterator[tuple[Defect, Card]]:
    """All defects of some rules in one document; checks that know the mesh get it.

    A check that fails is noted in `crashes`, and the others go on.
    """
    for path, value, rules in find(document.value) if find else ():
        node = Node(document, path, value)
        for card, function in rules:
            try:
                for defect in function(node) if mesh is None else function(node, mesh):
                    yield defect, card
            except Exception as error:
                crashes.append(crash(card.name, document, error))


def crash(what: str, document: Document, error: Exception) -> str:
    """What to say of a check that failed itself."""
    return f"{document.file}: {what} failed on {document.kind} {document.name}: {type(error).__name__}: {error}"
