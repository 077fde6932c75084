"""What rules cost, counted in calls of functions: the same on every machine, unlike time.

The manifests are those of the benchmark, teams of apps with hardly a mistake in them: what a rule costs there is what
it takes to see that all is well. See docs/architecture.md, "What a rule may cost".
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from generate import apps, manifest

from istiolint.cards import catalog
from istiolint.config import Config
from istiolint.dispatch import Plan
from istiolint.engine import mesh_settings
from istiolint.examine import Settings, examine
from istiolint.mesh import Mesh, build
from istiolint.mesh.listing import Note
from istiolint.source.document import Document
from istiolint.source.node import Node

MOST = 60
"""Calls for one node that is in order, in the mean."""
CARDS = catalog()


def documents(count: int) -> list[Document]:
    nothing = Settings(Plan({}, frozenset(), {}), {}, frozenset(), "1.31")
    return [
        document
        for app in apps(count)
        for document in examine(f"{app.team}/{app.name}.yaml", manifest(app).encode(), nothing).documents
    ]


def visits(plan: Plan, found: Iterable[Document], mesh: Mesh) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each rule with each node that it looks at, as something to call; nodes are shared as in a run."""
    for document in found:
        for meshwide in (False, True):
            find = plan.finder(document, meshwide)
            for path, value, rules in find(document.value) if find else ():
                node = Node(document, path, value)
                more = (mesh,) if meshwide else ()
                for card, function in rules:
                    yield card.name, lambda function=function, node=node, more=more: [*function(node, *more)]


def calls(work: Callable[[], Any]) -> int:
    """How many functions are called, Python's own ones included."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.fixture(scope="module")
def cost() -> dict[str, float]:
    """Calls of each rule for one node, in the mean, when everything that is made once for a mesh is made."""
    plan = Plan(CARDS, frozenset(CARDS), {})
    found = documents(200)
    mesh = build(found, mesh_settings(Config()))
    for _, work in visits(plan, found, mesh):
        work()
    counts: dict[str, list[int]] = {}
    for rule, work in visits(plan, found, mesh):
        counts.setdefault(rule, []).append(calls(work))
    return {rule: sum(each) / len(each) for rule, each in counts.items()}


def test_rules_cost_little_where_all_is_well(cost: dict[str, float]) -> None:
    assert len(cost) > 50
    assert {rule: calls for rule, calls in cost.items() if calls > MOST} == {}


def test_a_document_costs_the_same_among_many() -> None:
    def total(count: int) -> int:
        plan = Plan(CARDS, frozenset(CARDS), {})
        found = documents(count)
        mesh = build(found, mesh_settings(Config()))
        return calls(lambda: [work() for _, work in visits(plan, found, mesh)])

    some, more, many = map(total, (100, 200, 400))
    assert (many - more) / 200 < 1.05 * (more - some) / 100


def test_a_route_that_leads_out_of_the_files_costs_the_same_among_many() -> None:
    def total(count: int) -> int:
        route = (
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: a{0}, namespace: shop}}\n"
            "spec:\n  hosts: [a{0}]\n  http:\n  - route:\n    - destination: {{host: a{0}}}\n---\n"
        )
        nothing = Settings(Plan({}, frozenset(), {}), {}, frozenset(), "1.31")
        text = "".join(route.format(number) for number in range(count))
        found = list(examine("routes.yaml", text.encode(), nothing).documents)
        plan = Plan(CARDS, frozenset(CARDS), {})
        mesh = build(found, mesh_settings(Config()))
        return calls(lambda: [work() for _, work in visits(plan, found, mesh)])

    some, more, many = map(total, (100, 200, 400))
    assert (many - more) / 200 < 1.05 * (more - some) / 100


def test_no_rule_asks_for_all_objects_of_a_kind() -> None:
    """Else each change of one of them would concern all documents that the rule looks at: see `mesh/listings.py`."""
    plan = Plan(CARDS, frozenset(CARDS), {})
    found = documents(100)
    kinds = {(document.group, document.kind) for document in found}
    mesh = build(found, mesh_settings(Config()), noting=True)
    asked: dict[str, set[Note]] = {}
    for rule, work in visits(plan, found, mesh):
        mesh.noted = set()
        work()
        asked.setdefault(rule, set()).update(
            (listing, key) for listing, key in mesh.noted if key is None or (listing == "kinds" and key in kinds)
        )
    assert len(asked) > 50
    assert {rule: notes for rule, notes in asked.items() if notes} == {}
