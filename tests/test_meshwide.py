"""Rules that know the mesh find the same in one process and in several."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from istiolint import meshwide as module
from istiolint import workers
from istiolint.batch import Input
from istiolint.cards import catalog
from istiolint.config import Config
from istiolint.dispatch import Plan
from istiolint.engine import run
from istiolint.examine import Settings, examine
from istiolint.finding import Defect
from istiolint.source.document import Document
from istiolint.source.node import Node

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
CONFIG = Config(cache=False)
APP = """\
apiVersion: v1
kind: Service
metadata: {{name: app-{0}, namespace: shop}}
spec: {{selector: {{app: app-{0}}}, ports: [{{name: http, port: 80, targetPort: web}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{0}, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: app-{0}}}}}
  template:
    metadata: {{labels: {{app: app-{0}, version: v1}}}}
    spec: {{containers: [{{name: app, image: a, ports: [{{name: {1}, containerPort: 8080}}]}}]}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: app-{0}, namespace: shop}}
spec: {{host: app-{0}, subsets: [{{name: v1, labels: {{version: v1}}}}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: app-{0}, namespace: shop}}
spec: {{hosts: [app-{0}], http: [{{route: [{{destination: {{host: app-{0}, subset: {2}}}}}]}}]}}
"""


def app(number: int) -> Input:
    """Every seventh has a route to a subset that is not there, one has a port by another name."""
    port, subset = "http" if number == 3 else "web", "v2" if number % 7 == 0 else "v1"
    return Input(f"{number:02}.yaml", APP.format(number, port, subset).encode())


INPUTS = [app(number) for number in range(20)]


@pytest.fixture(params=[1, 2, 3])
def processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """However few documents there are, they are shared among so many processes."""
    count: int = request.param
    monkeypatch.setattr(module, "ENOUGH", 1)
    monkeypatch.setattr(workers, "processes", lambda: count)
    return count


def test_the_same_is_found_however_many_processes_there_are(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(INPUTS, CONFIG).report
    monkeypatch.setattr(module, "ENOUGH", 10_000)
    assert found == run(INPUTS, CONFIG).report
    assert {it.rule for it in found.findings} == {"subset-not-found", "target-port-not-found"}
    assert len(found.findings) == 4


def failing(node: Node, mesh: Any) -> Iterable[Defect]:
    raise LookupError(node.document.name)


def test_checks_that_fail_are_named_wherever_they_ran(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("istiolint.checks.routing.subset_not_found", failing)
    outcome = run(INPUTS, CONFIG)
    assert sorted(outcome.crashes) == [
        f"{item.file}: subset-not-found failed on VirtualService app-{number}: LookupError: app-{number}"
        for number, item in enumerate(INPUTS)
    ]
    assert {it.rule for it in outcome.report.findings} == {"target-port-not-found"}


def documents() -> Iterator[Document]:
    plan = Plan({}, frozenset(), {})
    for item in INPUTS:
        yield from examine(item.file, item.data, Settings(plan, {}, frozenset(), "1.31")).documents


@pytest.mark.parametrize("count", [1, 2, 3, 7, 200])
def test_slices_hold_every_document_once_and_keep_kinds_together(count: int) -> None:
    cards = catalog()
    plan = Plan(cards, frozenset(cards), {})
    everything = list(documents())
    own = module.subjects(everything, plan)
    slices = module._slices(everything, own, plan, count)
    assert len(slices) == count
    assert sorted(number for part in slices for number in part) == own == [*range(len(everything))]
    kinds = [everything[number].kind for part in slices for number in part]
    assert kinds == sorted(kinds, key=kinds.index)
