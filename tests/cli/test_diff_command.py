"""The contract of `istiolint diff`: which trees, which exit code, which report."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from istiolint.cli.main import cli

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "diff.schema.json").read_text(encoding="utf-8"))
APPS = """\
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
metadata: {name: pay-v1, namespace: shop}
spec: {template: {metadata: {labels: {app: pay, version: v1}}, spec: {containers: [{name: a, image: b}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay-v2, namespace: shop}
spec: {template: {metadata: {labels: {app: pay, version: v2}}, spec: {containers: [{name: a, image: b}]}}}
"""
ROUTES = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: pay, namespace: shop}
spec: {host: pay, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: pay, namespace: shop}
spec:
  hosts: [pay]
  http:
  - timeout: 5s
    route:
    - {destination: {host: pay, subset: v1}, weight: 90}
    - {destination: {host: pay, subset: v2}, weight: 10}
"""
CANARY = ROUTES.replace("weight: 90", "weight: 50").replace("weight: 10", "weight: 50")
SAID = """\
changed  shop/pay-v1 -> GET http://pay.shop/
  the same for all clients in the files, any pod of another namespace
  - 90 % to shop/pay-v1:80, 10 % to shop/pay-v2:80  {old}:13
  + 50 % to shop/pay-v1:80, 50 % to shop/pay-v2:80  {new}:13

1 change in behaviour from {before} to {after}.
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["diff", *arguments])


def git(*arguments: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    named = ("-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *named, *arguments], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(message: str = "x") -> str:
    git("add", "-A")
    git("commit", "-qm", message)
    return git("rev-parse", "HEAD")


def write(folder: Path, **files: str) -> None:
    """Files by name, without ending."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


@pytest.fixture
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two folders, of which the second has a canary."""
    write(tmp_path / "old", apps=APPS, routes=ROUTES)
    write(tmp_path / "new", apps=APPS, routes=CANARY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with manifests in k8s/."""
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    write(tmp_path / "k8s", apps=APPS, routes=ROUTES)
    commit()
    return tmp_path


# Two folders


def test_two_folders(trees: Path) -> None:
    result = run("old", "new")
    said = SAID.format(old="old/routes.yaml", new="new/routes.yaml", before="old", after="new")
    assert (result.exit_code, result.stdout) == (1, said)
    assert run("new", "old").stdout.count("50 % to shop/pay-v1:80") == 1


def test_nothing_changes(trees: Path) -> None:
    assert run("old", "old").exit_code == 0
    write(trees / "new", apps="# a comment\n" + APPS, routes=ROUTES.replace("weight: 90", "weight:   90"))
    result = run("old", "new")
    assert (result.exit_code, result.stdout) == (0, "No change in behaviour from old to new.\n")


def test_documents_move_between_files(trees: Path) -> None:
    shutil.rmtree(trees / "new")
    parts = [*APPS.split("---\n"), *ROUTES.split("---\n")]
    write(trees / "new" / "deep", one="---\n".join(reversed(parts)))
    assert run("old", "new").stdout == "No change in behaviour from old to new.\n"


def test_nothing_to_compare(trees: Path) -> None:
    (trees / "empty").mkdir()
    result = run("empty", "empty")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "nothing to compare" in result.stderr
    gone = run("old", "empty")
    assert gone.exit_code == 1
    assert "gone host  pay.shop:80\n" in gone.stdout
    assert "gone clients  shop/pay-v1, shop/pay-v2\n" in gone.stdout
    new = run("empty", "old")
    assert "new clients  shop/pay-v1, shop/pay-v2\n" in new.stdout
    assert new.stdout.endswith("No other change in behaviour from empty to old: 1 new host, 2 new clients.\n")


def test_binary_and_broken_files_are_no_manifests(trees: Path) -> None:
    (trees / "new" / "image.yaml").write_bytes(bytes(range(256)))
    (trees / "new" / "broken.yaml").write_text("a: [")
    write(trees / "new", routes=ROUTES)
    assert run("old", "new").exit_code == 0


# Revisions


def test_a_revision_and_the_working_tree(repository: Path) -> None:
    write(repository / "k8s", routes=CANARY)
    file = "k8s/routes.yaml"
    said = SAID.format(old=file, new=file, before="main", after="the working tree")
    assert run("main", "--", "k8s").stdout == said
    assert run("main", "k8s/").stdout == said
    assert run("main").stdout == said
    assert run().stdout == said.replace("main", "HEAD")
    assert run("--", "k8s/apps.yaml").exit_code == 0


def test_two_revisions(repository: Path) -> None:
    git("checkout", "-qb", "topic")
    write(repository / "k8s", routes=CANARY)
    commit()
    file = "k8s/routes.yaml"
    said = SAID.format(old=file, new=file, before="main", after="topic")
    for words in (("main", "topic"), ("main..topic",), ("main", "topic", "--", "k8s"), ("main..topic", "--", "k8s")):
        assert run(*words).stdout == said, words
    git("checkout", "-q", "main")
    write(
        repository / "k8s", more=ROUTES.replace("name: pay,", "name: gone,").replace("hosts: [pay]", "hosts: [x.shop]")
    )
    commit()
    assert "the merge base of main and topic to topic" in run("main...topic").stdout
    assert run("main...topic").stdout.count("http://pay.shop/") == 1


def test_seen_from_a_folder_below(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repository / "k8s", routes=CANARY)
    (repository / "docs").mkdir()
    monkeypatch.chdir(repository / "k8s")
    assert "  routes.yaml:13\n" in run("HEAD").stdout
    monkeypatch.chdir(repository / "docs")
    assert run("HEAD").exit_code == 3
    assert "  ../k8s/routes.yaml:13\n" in run("HEAD", "--", "../k8s").stdout


def test_folders_that_one_tree_has(repository: Path) -> None:
    shutil.rmtree(repository / "k8s")
    result = run("HEAD", "--", "k8s")
    assert result.exit_code == 1
    assert "gone host  pay.shop:80" in result.stdout
    missing = run("HEAD", "--", "kubernetes")
    assert missing.exit_code == 2
    assert missing.stderr == "error: kubernetes: no such file or folder in HEAD or in the working tree\n"


def test_files_are_chosen_as_for_check(repository: Path) -> None:
    """Hidden folders, ignored files, `exclude` and other endings count in neither tree, though git has them."""
    for folder in (".hidden", "build", "k8s/vendor", "node_modules"):
        write(repository / folder, routes=CANARY.replace("name: pay,", f"name: x{len(folder)},"))
    (repository / "k8s" / "notes.txt").write_text(CANARY)
    (repository / ".istiolint.yaml").write_text("exclude: [vendor]\n")
    (repository / ".gitignore").write_text("/build\n")
    git("add", "-f", ".")
    git("commit", "-qm", "x")
    for folder in (".hidden", "build", "k8s/vendor", "node_modules"):
        shutil.rmtree(repository / folder)
    result = run("HEAD")
    assert (result.exit_code, result.stdout) == (0, "No change in behaviour from HEAD to the working tree.\n")


def test_links_lead_where_they_lead_on_disk(repository: Path) -> None:
    (repository / "live").symlink_to("k8s")
    (repository / "k8s" / "again.yaml").symlink_to("routes.yaml")
    (repository / "k8s" / "away.yml").symlink_to("/nowhere.yml")
    git("add", "-A")
    git("commit", "-qm", "x")
    (repository / "k8s" / "away.yml").unlink()
    broken = run("HEAD")
    assert broken.exit_code == 2
    assert "k8s/away.yml" in broken.stderr
    git("commit", "-qam", "y")
    assert run("HEAD").stdout == "No change in behaviour from HEAD to the working tree.\n"
    write(repository / "k8s", routes=CANARY)
    assert "live/routes.yaml:13" in run("HEAD", "--", "live").stdout


def test_odd_names(repository: Path) -> None:
    write(repository / "k8s" / "ü b\nc", routes=ROUTES.replace("name: pay,", "name: other,"))
    commit()
    assert run("HEAD").exit_code == 0
    shutil.rmtree(repository / "k8s" / "ü b\nc")
    assert run("HEAD").stdout == "No change in behaviour from HEAD to the working tree, though 2 documents differ.\n"


def test_submodules_are_in_neither_tree(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    git("init", "-q", str(other))
    write(other, extra=APPS.replace("shop", "other"))
    git("-C", str(other), "add", "-A")
    git("-C", str(other), "commit", "-qm", "x")
    git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "k8s/module")
    commit()
    assert run("HEAD").exit_code == 0


def test_context_comes_from_the_same_revision(repository: Path) -> None:
    shutil.move(repository / "k8s" / "apps.yaml", repository / "apps.yaml")
    commit()
    (repository / "apps.yaml").write_text(APPS.replace("name: pay-v2", "name: pay-two"))
    write(repository / "k8s", routes=CANARY)
    result = run("HEAD", "--context", "apps.yaml", "--", "k8s")
    assert "- 90 % to shop/pay-v1:80, 10 % to shop/pay-v2:80" in result.stdout
    assert "+ 50 % to shop/pay-v1:80, 50 % to shop/pay-two:80" in result.stdout


def test_what_git_says_is_told(repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for words in (("nosuch",), ("nosuch", "--", "k8s"), ("HEAD~3",)):
        result = run(*words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == f"error: git: Not a valid object name {words[0]}\n"
    assert "git: Not a valid object name x" in run("x...HEAD").stderr
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run("HEAD").stderr == "error: git is needed to read a revision, and is not on the PATH\n"


def test_clones_that_lack_the_past(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    write(repository / "k8s", routes=CANARY)
    commit()
    clone = tmp_path_factory.mktemp("clone")
    git("clone", "-q", "--depth", "1", f"file://{repository}", str(clone))
    os.chdir(clone)
    assert run("HEAD").exit_code == 0
    assert run("HEAD~1").stderr == "error: git: Not a valid object name HEAD~1\n"
    git("checkout", "-q", "--orphan", "other")
    commit()
    told = "error: main and other have no common ancestor here (is the clone a shallow one?)\n"
    assert run("main...other").stderr == told
    assert run("main", "other").exit_code == 0


def test_the_empty_tree(repository: Path) -> None:
    empty = git("hash-object", "-t", "tree", os.devnull)
    assert run(empty, "HEAD").stdout.endswith("HEAD: 1 new host, 2 new clients.\n")


def test_no_repository(trees: Path) -> None:
    result = run("HEAD")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: git: not a git repository (or any of the parent directories): .git\n"


def test_a_repository_without_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    write(tmp_path, apps=APPS)
    assert run().stderr == "error: git: Not a valid object name HEAD\n"


@pytest.mark.parametrize(
    "words",
    [("old",), ("a", "b", "c"), ("a", "b", "c", "--", "old"), ("HEAD", "--", "-"), ("-f", "xml"), ("-o", "json"),
     ("HEAD", "--", "../.."), ("old", "nosuch", "new", "--", "old")],
)  # fmt: skip
def test_wrong_usage(trees: Path, words: tuple[str, ...]) -> None:
    git("init", "-q")
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


# Reports


def closed(schema: Any) -> Any:
    """The schema, refusing fields that it does not describe."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: closed(value) for key, value in schema.items()}
    return {**copy, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else copy


def test_json_fits_its_schema(trees: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    (trees / "empty").mkdir()
    for before, after in (("old", "new"), ("old", "empty"), ("old", "old")):
        value = json.loads(run(before, after, "-f", "json").stdout)
        jsonschema.Draft202012Validator(closed(SCHEMA)).validate(value)
    value = json.loads(run("old", "new", "-f", "json").stdout)
    assert value["summary"] == {"fails": 0, "works": 0, "changed": 1, "new": 0, "gone": 0}
    change = value["changes"][0]
    assert change["client"] == "shop/pay-v1"
    assert change["request"] == {
        "protocol": "http", "host": "pay.shop", "port": 80, "authority": "pay.shop", "method": "GET", "path": "/",
        "headers": {},
    }  # fmt: skip
    assert change["aspects"] == [
        {
            "aspect": "destination",
            "before": {
                "words": ["90 % to shop/pay-v1:80", "10 % to shop/pay-v2:80"],
                "place": {"file": "old/routes.yaml", "line": 13, "column": 5, "object": "VirtualService shop/pay"},
            },
            "after": {
                "words": ["50 % to shop/pay-v1:80", "50 % to shop/pay-v2:80"],
                "place": {"file": "new/routes.yaml", "line": 13, "column": 5, "object": "VirtualService shop/pay"},
            },
        }
    ]
    assert change["clients"] == ["any pod of another namespace", "shop/pay-v1", "shop/pay-v2"]


def test_markdown_is_a_comment_that_can_be_found_again(trees: Path) -> None:
    result = run("old", "new", "-f", "markdown")
    lines = result.stdout.splitlines()
    assert lines[0] == "<!-- istiolint diff -->"
    assert "1 change in behaviour from old to new." in lines
    assert (
        "| changed | `shop/pay-v1` → `GET http://pay.shop/` | 90 % to shop/pay-v1:80, 10 % to shop/pay-v2:80 "
        "| 50 % to shop/pay-v1:80, 50 % to shop/pay-v2:80 |"
    ) in lines
    assert "  - after: 50 % to shop/pay-v1:80, 50 % to shop/pay-v2:80 (`new/routes.yaml:13`)" in lines
    assert run("old", "old", "-f", "markdown").stdout.splitlines()[-1] == "No change in behaviour from old to old."


def test_markdown_shows_what_is_in_manifests_as_text(trees: Path) -> None:
    write(trees / "new", routes=ROUTES.replace("timeout: 5s", "rewrite: {uri: '/<b>|`*x*'}"))
    lines = run("old", "new", "-f", "markdown").stdout.splitlines()
    row = next(line for line in lines if line.startswith("| changed"))
    assert "&lt;b&gt;\\|\\`\\*x\\*" in row


def test_reports_go_where_they_are_asked(trees: Path) -> None:
    result = run("old", "new", "-f", "json", "-o", "markdown=out/comment.md", "-o", "text=out/said.txt")
    assert json.loads(result.stdout)["version"] == 1
    assert (trees / "out" / "comment.md").read_text().startswith("<!-- istiolint diff -->\n")
    assert "changed  shop/pay-v1" in (trees / "out" / "said.txt").read_text()


def test_colours(trees: Path) -> None:
    text = run("old", "new", "--color", "always").stdout
    assert "\x1b[1;31m  - 90 % to" in text
    assert run("old", "new").stdout.count("\x1b") == 0
