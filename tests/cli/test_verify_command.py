"""The contract of `istiolint verify`: which files, which exit code, which stream."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from istiolint.cli.main import cli

MANIFESTS = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {selector: {app: pay}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: shop}
spec: {template: {metadata: {labels: {app: pay}}, spec: {containers: [{name: a, image: b}]}}}
"""
HOLDS = "tests:\n- {name: open, from: shop/pay, to: shop/pay, expect: {reaches: true}}\n"
FAILS = HOLDS.replace("true", "false").replace("open", "closed")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "shop.yaml").write_text(MANIFESTS)
    (tmp_path / "mesh-tests").mkdir()
    (tmp_path / "mesh-tests" / "a.yaml").write_text(HOLDS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["verify", *arguments])


def test_the_project_is_verified_by_its_mesh_tests(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (run().exit_code, run().stdout) == (0, "ok    open\n\n1 assertion: 1 passed.\n")
    monkeypatch.chdir(project / "k8s")
    assert run().exit_code == 0


def test_one_that_fails_ends_with_1(project: Path) -> None:
    (project / "mesh-tests" / "b.yaml").write_text(FAILS)
    result = run()
    assert result.exit_code == 1
    assert "FAIL  closed\n  --> mesh-tests/b.yaml:2\n" in result.stdout
    assert run("--tests", "mesh-tests/a.yaml").exit_code == 0


def test_mistakes_in_assertions_are_wrong_usage(project: Path) -> None:
    (project / "mesh-tests" / "b.yaml").write_text(HOLDS.replace("reaches", "reachs"))
    result = run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert 'error: mesh-tests/b.yaml:2: expect: unknown key "reachs" (did you mean "reaches"?)' in result.stderr


@pytest.mark.parametrize(
    "arguments", [("--tests", "none.yaml"), ("none",), ("-f", "xml"), ("-o", "json"), ("-", "k8s")]
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_nothing_to_verify(project: Path) -> None:
    (project / "empty").mkdir()
    assert run("empty").exit_code == 3
    (project / "mesh-tests" / "a.yaml").unlink()
    assert run().exit_code == 3


def test_reports_go_where_they_are_asked(project: Path) -> None:
    result = run("-f", "json", "-o", "junit=out/junit.xml", "-o", "text=out/said.txt")
    assert json.loads(result.stdout)["summary"] == {"passed": 1, "failed": 0, "unknown": 0}
    assert 'tests="1" failures="0"' in (project / "out" / "junit.xml").read_text()
    assert (project / "out" / "said.txt").read_text().startswith("ok ")


def test_what_is_recorded_passes(project: Path) -> None:
    assert run("k8s", "--write", "new/today.yaml").exit_code == 0
    assert run("k8s", "--tests", "new").exit_code == 0
    assert run("--write", "a.yaml", "--tests", "b.yaml").exit_code == 2


def test_recording_replaces_what_was_recorded_and_nothing_else(project: Path) -> None:
    written = project / "mesh-tests" / "a.yaml"
    before = written.read_text()
    result = run("k8s", "--write", "mesh-tests/a.yaml")
    assert (result.exit_code, written.read_text()) == (2, before)
    assert "was not recorded" in result.output
    assert run("k8s", "--write", "today.yaml").exit_code == 0
    (project / "today.yaml").write_text((project / "today.yaml").read_text() + "# more\n")
    assert run("k8s", "--write", "today.yaml").exit_code == 0
    assert "# more" not in (project / "today.yaml").read_text()
