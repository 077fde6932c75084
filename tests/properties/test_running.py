"""No manifest, however wrong, makes a check fail; nor does the way it is written change what is found in it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from istiolint.batch import Input
from istiolint.cards import pages
from istiolint.config import Choice, Config
from istiolint.engine import run
from istiolint.source.reader import read

from .test_reading import walk

CONFIG = Config(cache=False, choices=(Choice(select=("ALL",)),))
ODD = (
    None, True, 0, -1, 7, 2**63 - 1, 1.5, "", " ", "x", "*", "*.", ".", "a" * 300, "/", "-", ",", "{{ x }}", "é\u2028",
    "1", "0s", "1h", "http://", "[::1]", "10.0.0.0/8", "(", "a/b/c", [], {}, [None], [[]], [{}], ["x", "x"],
    {"x": None}, {"": ""}, {"*": []},
)  # fmt: skip


def examples() -> list[dict[str, Any]]:
    """The objects of all examples of all cards."""
    objects: dict[str, dict[str, Any]] = {}
    for page in pages():
        for fence in page.fences:
            for part in read(fence.text):
                if isinstance(part.value, dict) and not part.problems:
                    objects.setdefault(json.dumps(part.value, sort_keys=True), part.value)
    return list(objects.values())


EXAMPLES = examples()


@st.composite
def mangled(draw: st.DrawFn) -> dict[str, Any]:
    """An example with some values exchanged for others, left out or put twice."""
    value = copy.deepcopy(draw(st.sampled_from(EXAMPLES)))
    for _ in range(draw(st.integers(0, 3))):
        paths = [path for path, _ in walk(value) if len(path) > 1]
        if not paths:
            break
        *way, last = draw(st.sampled_from(paths))
        parent: Any = value
        for step in way:
            parent = parent[step]
        odd = copy.deepcopy(draw(st.sampled_from(ODD)))
        match draw(st.sampled_from(("set", "set", "delete", "twice", "rename"))):
            case "set":
                parent[last] = odd
            case "delete":
                del parent[last]
            case "twice" if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[last]))
            case _ if isinstance(parent, dict):
                parent[str(odd)[:20]] = parent.pop(last)
    return value


def written(objects: list[dict[str, Any]]) -> bytes:
    return "\n---\n".join(json.dumps(value) for value in objects).encode()


@given(st.lists(mangled(), min_size=1, max_size=4), st.sampled_from(["auto", "complete"]))
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_no_manifest_makes_a_check_fail(objects: list[dict[str, Any]], world: Any) -> None:
    outcome = run([Input("f.yaml", written(objects))], CONFIG._replace(world=world))
    assert outcome.crashes == ()
    for finding in outcome.report.findings:
        assert finding.message
        assert finding.place.line >= 1


@given(st.lists(mangled(), min_size=1, max_size=3), st.booleans())
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_the_way_of_writing_does_not_matter(objects: list[dict[str, Any]], flow: bool) -> None:
    def found(text: str) -> list[tuple[str, str, str]]:
        report = run([Input("f.yaml", text.encode())], CONFIG).report
        return sorted((finding.rule, finding.path, finding.message) for finding in report.findings)

    dumped = yaml.safe_dump_all(objects, default_flow_style=flow, sort_keys=False, allow_unicode=True)
    if [part.value for part in read(dumped)] != objects:  # PyYAML writes some texts so that Kubernetes reads others
        return
    assert found(dumped) == found(written(objects).decode())


def test_all_examples_together() -> None:
    outcome = run([Input("f.yaml", written(EXAMPLES))], CONFIG)
    assert outcome.crashes == ()
    if not outcome.report.findings:
        pytest.fail("the bad examples have findings")
