"""Whole reports, byte by byte. After a wanted change: ISTIOLINT_ACCEPT=1 pytest tests/report, and read the diff."""

import os
from pathlib import Path

import pytest

from istiolint.report.formats import FORMATS, render

from .cases import GOLDEN, load

CASES = sorted(path.name for path in GOLDEN.iterdir())


def agree(expected: Path, actual: str) -> None:
    if os.environ.get("ISTIOLINT_ACCEPT"):
        expected.write_bytes(actual.encode())
    assert actual == expected.read_bytes().decode()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_report(case: str, name: str) -> None:
    report, view = load(GOLDEN / case)
    agree(GOLDEN / case / f"expected.{name}", render(name, report, view))


@pytest.mark.parametrize("name", ["text", "concise"])
def test_report_in_color(name: str) -> None:
    report, view = load(GOLDEN / "across-files")
    agree(GOLDEN / "across-files" / f"colored.{name}", render(name, report, view._replace(color=True)))
