"""The bundled example: its planted mistakes are found where they are, and without them nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

import istiolint
from istiolint.config import Config
from istiolint.finding import Finding

EXAMPLES = Path(__file__).parent.parent / "examples"

PLANTED = [
    ("canary.yaml", "subset-not-found", "        subset: V3"),
    ("canary.yaml", "weights-not-hundred", "  - route:"),
    ("canary.yaml", "misplaced-field", "      timeout: 5s"),
    ("canary.yaml", "subset-without-workloads", "    labels:"),
    ("circuit-breaking.yaml", "plaintext-to-strict", "      mode: DISABLE"),
    ("circuit-breaking.yaml", "wrong-type", "      interval: 30"),
]
"""File, rule, and the line of the mistake."""


@pytest.fixture(scope="module")
def findings() -> tuple[Finding, ...]:
    return istiolint.lint(
        [str(EXAMPLES / "bookinfo")],
        Config(root=str(EXAMPLES)),
    ).findings


@pytest.mark.parametrize(("file", "rule", "line"), PLANTED, ids=[rule for _, rule, _ in PLANTED])
def test_planted_mistake_is_found(findings: tuple[Finding, ...], file: str, rule: str, line: str) -> None:
    places = [finding.place for finding in findings if finding.rule == rule]
    text = (EXAMPLES / "bookinfo" / file).read_text(encoding="utf-8").splitlines()
    assert [(Path(place.file).name, text[place.line - 1]) for place in places] == [(file, line)]


def test_nothing_else_is_found(findings: tuple[Finding, ...]) -> None:
    assert {finding.rule for finding in findings} == {rule for _, rule, _ in PLANTED}


def test_without_the_mistakes_nothing_is_found() -> None:
    report = istiolint.lint([str(EXAMPLES / "bookinfo-fixed")], Config(root=str(EXAMPLES)))
    assert report.findings == ()
    assert report.summary.documents == 10


def test_both_are_the_same_but_for_the_mistakes() -> None:
    """So that the two can be compared line by line."""
    broken, fixed = (
        {path.name: path for path in (EXAMPLES / name).iterdir()} for name in ("bookinfo", "bookinfo-fixed")
    )
    assert broken.keys() == fixed.keys()
    changed = {name for name, path in broken.items() if path.read_bytes() != fixed[name].read_bytes()}
    assert changed == {"canary.yaml", "circuit-breaking.yaml"}
