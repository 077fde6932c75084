"""The contract of `istiolint graph`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from istiolint.cli.graph import FORMATS
from istiolint.cli.main import cli
from istiolint.graph import formats

MANIFESTS = """\
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {selector: {app: pay}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: front}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "all.yaml").write_text(MANIFESTS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["graph", *arguments])


def test_formats_are_those_that_there_are() -> None:
    assert tuple(formats.FORMATS) == FORMATS


def test_dot_is_printed_where_nothing_is_said() -> None:
    assert run().exit_code == 0
    assert run().stdout.startswith("digraph mesh {")
    assert run("-f", "mermaid").stdout.startswith("flowchart LR\n")


@pytest.mark.parametrize(
    ("name", "start"), [("a.html", "<!doctype html>"), ("b/a.svg", "<?xml"), ("a.mmd", "flowchart")]
)
def test_the_ending_of_a_file_says_the_format(project: Path, name: str, start: str) -> None:
    assert (run("-o", name).exit_code, run("-o", name).stdout) == (0, "")
    assert (project / name).read_text().startswith(start)


def test_one_namespace_only() -> None:
    said = json.loads(run("-f", "json", "--namespace", "shop").stdout)
    assert {it["namespace"] for it in said["nodes"]} == {"shop"}


def test_nothing_to_draw(project: Path) -> None:
    (project / "empty").mkdir()
    assert run("empty").exit_code == 3
    assert run("--namespace", "nowhere").exit_code == 3


@pytest.mark.parametrize("arguments", [("-f", "png"), ("-o", "mesh"), ("none",), ("-o", "all.yaml/x.svg")])
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
