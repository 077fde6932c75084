"""With half of the files taken away, the default world adds no error: what is not there may be elsewhere."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from istiolint.batch import Input
from istiolint.cards import Page, pages
from istiolint.config import Config
from istiolint.engine import run
from tests.trace.worlds import worlds

CONFIG = Config(cache=False)
PAGES = pages()
SEPARATOR = re.compile(r"^---\s*$", re.MULTILINE)
EVERY = 4
"""Of the meshes that are no part of the project, one in so many is looked at."""


def errors(files: list[Input]) -> set[tuple[str, str, str]]:
    """Rule, object and path of all findings that are errors."""
    found = run(files, CONFIG).report.findings
    return {(it.rule, str(it.resource), it.path) for it in found if it.severity == "error"}


def half(files: list[Input], chance: random.Random) -> list[Input]:
    return [it for it in files if chance.random() < 0.5]


@settings(max_examples=60, derandomize=True, suppress_health_check=list(HealthCheck))
@given(worlds(9), st.integers(1, 3), st.randoms(use_true_random=False))
def test_half_of_a_world_has_no_errors_of_its_own(
    objects: list[dict[str, Any]], size: int, chance: random.Random
) -> None:
    texts = ["\n---\n".join(map(json.dumps, objects[at : at + size])) for at in range(0, len(objects), size)]
    files = [Input(f"f{number:02}.yaml", text.encode()) for number, text in enumerate(texts)]
    assert errors(half(files, chance)) <= errors(files)


def test_half_of_a_mesh_has_no_errors_of_its_own(shared: Path) -> None:
    meshes = sorted((shared / "conformance" / "analyze" / "meshes").glob("*.yaml"))[::EVERY]
    said = 0
    for number, mesh in enumerate(meshes):
        chance = random.Random(number)
        texts = SEPARATOR.split(mesh.read_text(encoding="utf-8"))
        files = [Input(f"f{at:03}.yaml", text.encode()) for at, text in enumerate(texts) if text.strip()]
        whole = errors(files)
        said += len(whole)
        assert errors(half(files, chance)) <= whole, mesh.name
    assert said or not meshes


@pytest.mark.parametrize("page", PAGES, ids=[page.card.name for page in PAGES])
def test_examples_without_one_of_their_objects_have_no_errors_of_their_own(page: Page) -> None:
    for fence in page.fences:
        texts = [text for text in SEPARATOR.split(fence.text) if text.strip()]
        if fence.heading == "Fixed" or len(texts) < 2 or fence.text.startswith("# istiolint"):
            continue
        files = [Input(f"f{number}.yaml", text.encode()) for number, text in enumerate(texts)]
        whole = errors(files)
        for number, left in enumerate(files):
            less = errors([it for it in files if it is not left])
            assert less <= whole, f"{fence.heading} in line {fence.line} without its object {number}"
