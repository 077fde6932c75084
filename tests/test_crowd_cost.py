"""Many objects that share one host or selector cost as much each as few do, counted in calls of functions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from crowds import CROWDS

from istiolint.cards import catalog
from istiolint.config import Config
from istiolint.dispatch import Plan
from istiolint.engine import mesh_settings
from istiolint.examine import Settings, examine
from istiolint.mesh import build
from istiolint.source.document import Document
from test_rule_cost import calls, visits

CARDS = catalog()
NOTHING = Settings(Plan({}, frozenset(), {}), {}, frozenset(), "1.31")


def crowd(what: str, count: int) -> list[Document]:
    return [
        document
        for number, text in enumerate(CROWDS[what](count))
        for document in examine(f"{number // 10}.yaml", text.encode(), NOTHING).documents
    ]


@pytest.mark.parametrize("what", CROWDS)
def test_one_of_many_costs_what_one_of_few_does(what: str) -> None:
    def total(count: int) -> int:
        plan = Plan(CARDS, frozenset(CARDS), {})
        found = crowd(what, count)
        mesh = build(found, mesh_settings(Config()))
        return calls(lambda: [work() for _, work in visits(plan, found, mesh)])

    _, some, more, many = map(total, (200, 200, 300, 500))  # the first one makes what is made once for a program
    assert (many - more) / 200 < 1.1 * (more - some) / 100
