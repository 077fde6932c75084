"""The hooks, run by pre-commit itself in a repository of their own: it installs the package as for any user."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
PACKED = (
    "istiolint", "rules", "schemas", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".pre-commit-hooks.yaml",
)  # fmt: skip
OFFLINE = re.compile(r"No matching distribution|Could not fetch|Connection|Temporary failure|timed out", re.IGNORECASE)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("git") is None, reason="needs git"),
]

ROUTE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: reviews, subset: v3}
"""
RULE = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets:
  - name: v2  # istiolint: ignore[empty-value] a leftover
    labels: {version: v2}
"""
OTHER = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", *words],
        cwd=folder, env=environ(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def environ(**more: str) -> dict[str, str]:
    """The environment without what a surrounding git or pre-commit has set."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PRE_COMMIT"))}
    return {**kept, "ISTIOLINT_CACHE_DIR": "", **more}


class Project:
    """A repository with the hooks configured; `run` gives exit code and output of one of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.home = str(folder / "home")
        hooks = folder / "hooks"
        hooks.mkdir()
        for name in PACKED:
            source = TOP / name
            if source.is_dir():
                shutil.copytree(source, hooks / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
            elif source.exists():
                shutil.copy(source, hooks)
        git(hooks, "init", "-q")
        git(hooks, "add", "-A")
        git(hooks, "commit", "-qm", "hooks")
        revision = git(hooks, "rev-parse", "HEAD")
        ids = ("istiolint", "istiolint-changed", "istiolint-fix")
        listed = "".join(f"  - id: {name}\n" for name in ids)
        self.folder.mkdir()
        git(self.folder, "init", "-q")
        (self.folder / "vendor").mkdir()
        self.write("vendor/route.yaml", ROUTE)
        self.write("istiolint.toml", 'exclude = ["vendor/"]\nseverity = {subset-not-found = "error"}\n')
        self.write(".pre-commit-config.yaml", f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n{listed}")
        for name, text in (("route.yaml", ROUTE), ("rule.yaml", RULE), ("other.yaml", OTHER)):
            self.write(name, text)
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-qm", "start")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def run(self, hook: str, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", hook, "--color", "never", "--verbose", *words],
            cwd=self.folder, env=environ(PRE_COMMIT_HOME=self.home), capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    pytest.importorskip("pre_commit")
    made = Project(tmp_path_factory.mktemp("hooks"))
    code, output = made.run("istiolint", "--all-files")
    if code == 3 and OFFLINE.search(output):
        pytest.skip("pre-commit cannot install packages here")
    return made


def test_the_whole_project_is_linted(project: Project) -> None:
    code, output = project.run("istiolint", "--files", "other.yaml")
    assert code == 1, output
    assert "subset-not-found" in output
    assert "route.yaml" in output
    code, output = project.run("istiolint", "--files", "README.md")
    assert (code, "no files to check" in output) == (0, True), output


def test_changed_files_are_judged_with_the_others_in_view(project: Project) -> None:
    code, output = project.run("istiolint-changed", "--files", "other.yaml", ".pre-commit-config.yaml")
    assert (code, "subset-not-found" in output) == (0, False), output
    code, output = project.run("istiolint-changed", "--files", "vendor/route.yaml")
    assert (code, "subset-not-found" in output) == (0, False), output  # pre-commit names what the project excludes
    code, output = project.run("istiolint-changed", "--files", "route.yaml")
    assert code == 1, output
    assert "v2" in output  # what the rule in the other file defines


def test_repairs_are_made_in_the_changed_files(project: Project) -> None:
    code, output = project.run("istiolint-fix", "--files", "other.yaml")
    assert code == 0, output
    assert (project.folder / "rule.yaml").read_text() == RULE
    code, output = project.run("istiolint-fix", "--files", "rule.yaml")
    assert (code, "files were modified" in output) == (1, True), output
    assert (project.folder / "rule.yaml").read_text() == RULE.replace(
        "  # istiolint: ignore[empty-value] a leftover", ""
    )
