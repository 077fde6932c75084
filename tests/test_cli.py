"""The contract of `istiolint check`: exit codes, which stream says what, and that files are safe with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from istiolint.cli.main import cli
from istiolint.finding import Defect
from shop import FILES, lay

FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit")
CLEAN = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\nspec: {ports: [{port: 80, name: http}]}\n"
WARNED = FILES["istio/rules.yaml"]
WRONG = FILES["istio/reviews.yaml"]
FIXABLE = """\
# stays
apiVersion: networking.istio.io/v1   # stays too
kind: VirtualService
metadata: {name: reviews, namespace: shop}

spec:
  hosts: ["reviews"]
  http:
  - route:
    - destination: {host: reviews}
      weight: "100"   # about the weight
"""
FIXED = FIXABLE.replace('"100"', "100")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, where the command runs."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ISTIOLINT_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    return folder


def check(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["check", *arguments], input=given)


def found(result: Result) -> list[tuple[str, str, int]]:
    """File, rule and line of what a JSON report says."""
    return [(one["file"], one["rule"], one["line"]) for one in json.loads(result.stdout)["findings"]]


def process(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "istiolint", "check", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


# exit codes and streams


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        (CLEAN, (), 0),
        (WARNED, (), 0),
        (WARNED, ("--fail-on", "warning"), 1),
        (WRONG, (), 1),
        (WRONG, ("--fail-on", "never"), 0),
        (WRONG, ("--fail-on", "info"), 1),
        (WRONG, ("--ignore", "ALL"), 0),
        (FILES["istio/broken.yaml"], (), 1),
        ("a: 1\n", (), 3),
        ("", (), 3),
    ],
)
def test_exit_codes_are_those_of_any_format(
    text: str, options: tuple[str, ...], code: int, form: str, project: Path
) -> None:
    (project / "a.yaml").write_text(text)
    result = check("--format", form, *options)
    assert result.exit_code == code
    assert (result.stderr != "") == (code == 3)


@pytest.mark.parametrize("form", FORMATS)
def test_reports_stand_alone_on_standard_output(form: str, project: Path) -> None:
    lay(project)
    result = check("nowhere.yaml", ".", "--format", form)
    assert result.exit_code == 2
    assert result.stderr == "error: nowhere.yaml: no such file or folder\n"
    assert "subset-not-found" in result.stdout
    if form in ("json", "sarif", "gitlab"):
        assert json.loads(result.stdout)
    if form == "junit":
        assert ET.fromstring(result.stdout).tag == "testsuites"


@pytest.mark.parametrize("form", ["json", "sarif", "gitlab"])
@pytest.mark.parametrize("text", [CLEAN, "", "a: 1\n"])
def test_reports_of_nothing_are_reports(form: str, text: str, project: Path) -> None:
    (project / "a.yaml").write_text(text)
    assert isinstance(json.loads(check("--format", form).stdout), dict | list)


def test_reports_beside_standard_output(project: Path) -> None:
    lay(project)
    result = check("-o", "json=out/a.json", "--output=sarif=b.sarif", "-f", "concise")
    assert result.exit_code == 1
    assert result.stdout.count("\n") == len(json.loads((project / "out/a.json").read_text())["findings"])
    assert json.loads((project / "b.sarif").read_text())["version"] == "2.1.0"


# wrong usage


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--selct", "x"), "--select"),
        (("--format", "jsn"), 'did you mean "json"'),
        (("-o", "srif=x"), 'did you mean "sarif"'),
        (("-o", "sarif"), "FORMAT=PATH"),
        (("--select", "subset-not-fond"), 'did you mean "subset-not-found"'),
        (("--ignore", "IST9999"), "IST9999"),
        (("--profile", "strickt"), "strict"),
        (("--world", "x"), "complete"),
        (("--fail-on", "errors"), "error"),
        (("--config", "nowhere.toml"), "nowhere.toml"),
        (("--istio-version", "banana"), "banana"),
        (("--mesh-config", "nowhere.yaml"), "nowhere.yaml"),
        (("-", "a.yaml"), "standard input"),
        (("-", "--fix"), "standard input"),
        (("--diff", "--format", "json"), "--diff"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], said: str, project: Path) -> None:
    lay(project)
    result = check(*arguments, given=b"")
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_mistakes_in_the_configuration_are_said_with_their_lines(project: Path) -> None:
    lay(project)
    (project / "istiolint.toml").write_text('selct = ["ALL"]\nfail-on = "eror"\n')
    result = check()
    assert result.exit_code == 2
    assert result.stdout == ""
    assert 'istiolint.toml:1: unknown key "selct" (did you mean "select"?)' in result.stderr
    assert "istiolint.toml:2: " in result.stderr
    assert check("--no-config").exit_code == 1


def test_commands_that_do_not_exist() -> None:
    result = CliRunner().invoke(cli, ["chek"])
    assert result.exit_code == 2
    assert 'did you mean "check"' in result.stderr


@pytest.mark.parametrize("command", ["explain", "rules"])
def test_rules_that_do_not_exist(command: str) -> None:
    result = CliRunner().invoke(cli, [command, "subset-not-fond"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert 'did you mean "subset-not-found"' in result.stderr


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("--version",), ("check", "--help"), ("check", "-h")])
def test_help_is_no_failure(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, list(arguments), prog_name="istiolint")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "istiolint" in result.stdout


# what cannot be read


def test_the_findings_of_other_files_are_shown_all_the_same(project: Path) -> None:
    lay(project)
    result = check("istio/reviews.yaml", "gone.yaml", "gone-too", "--format", "json")
    assert result.exit_code == 2
    assert {file for file, _, _ in found(result)} == {"istio/reviews.yaml"}
    assert result.stderr.count("\n") == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="for root, every file can be read")
def test_a_file_that_may_not_be_read(project: Path) -> None:
    lay(project)
    (project / "istio" / "rules.yaml").chmod(0)
    result = check(".", "--format", "json")
    assert result.exit_code == 2
    assert "istio/rules.yaml: Permission denied" in result.stderr
    assert ("istio/broken.yaml", "syntax-error", 6) in found(result)


def test_a_file_that_cannot_be_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from istiolint.source.discover import Disk

    plain = Disk.read

    def read(file: str) -> bytes:
        if file == "istio/rules.yaml":
            raise PermissionError(13, "Permission denied")
        return plain(file)

    monkeypatch.setattr(Disk, "read", staticmethod(read))
    lay(project)
    result = check(".", "--format", "json")
    assert (result.exit_code, result.stderr) == (2, "error: istio/rules.yaml: Permission denied\n")
    assert ("istio/broken.yaml", "syntax-error", 6) in found(result)


def test_a_check_that_fails_makes_the_run_fail(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from istiolint import examine

    def broken(*_: Any) -> Iterator[Defect]:
        raise LookupError("what")
        yield

    broken.__name__ = "_installation"
    monkeypatch.setattr(examine, "_installation", broken)
    (project / "a.yaml").write_text(FIXABLE)
    result = check("--format", "json", "--fix")
    assert result.exit_code == 2
    assert "error: a.yaml: installation failed on VirtualService reviews: LookupError: what" in result.stderr
    assert ("a.yaml", "wrong-type", 11) in found(result)
    assert (project / "a.yaml").read_text() == FIXABLE


# nothing to lint


def test_templates_are_counted_and_there_is_a_hint(project: Path) -> None:
    lay(project, {"chart/service.yaml": FILES["chart/templates/service.yaml"]})
    result = check()
    assert result.exit_code == 3
    assert "nothing to lint" in result.stderr
    assert "helm template . | istiolint check -" in result.stderr
    lay(project)
    assert json.loads(check("--format", "json").stdout)["summary"]["files"] == 9


def test_an_empty_folder(project: Path) -> None:
    result = check()
    assert result.exit_code == 3
    assert "nothing to lint" in result.stderr
    assert "helm" not in result.stderr


# standard input


def test_standard_input_has_a_name_of_its_own(project: Path) -> None:
    lay(project)
    result = check("-", "--format", "json", given=WRONG.encode())
    assert result.exit_code == 1
    assert {file for file, _, _ in found(result)} == {"<stdin>"}
    assert check("-", given=CLEAN.encode()).exit_code == 0
    assert check("-", given=b"").exit_code == 3
    assert check("-", "--format", "json", given=b"\xff\xfe\x00").exit_code == 3


def test_standard_input_replaces_its_file_in_the_project(project: Path) -> None:
    lay(project)
    buffer = WRONG.replace("v3", "v2").replace("weigth: 90", "weight: 90").replace("ten", "10")
    options = ("-", "--stdin-filename", "istio/reviews.yaml", "--format", "json")
    assert found(check(*options, given=buffer.encode())) == []
    result = check(*options, given=buffer.replace("v2", "v9").encode())
    assert found(result) == [("istio/reviews.yaml", "subset-not-found", 8)]
    assert (project / "istio/reviews.yaml").read_text() == WRONG
    result = check("-", "--stdin-filename", "istio/new.yaml", "--format", "json", given=WRONG.encode())
    assert {file for file, _, _ in found(result)} == {"istio/new.yaml"}
    os.chdir(project / "istio")
    result = check(
        "-", "--stdin-filename", "reviews.yaml", "--format", "json", given=buffer.replace("v2", "v9").encode()
    )
    assert found(result) == [("reviews.yaml", "subset-not-found", 8)]


# focus


def test_focus_knows_the_project_and_reports_on_some_files(project: Path) -> None:
    lay(project)
    result = check("--focus", "istio/reviews.yaml", "--format", "json")
    assert {file for file, _, _ in found(result)} == {"istio/reviews.yaml"}
    assert "subset-not-found" in {rule for _, rule, _ in found(result)}
    result = check("istio/reviews.yaml", "--format", "json")
    assert "subset-not-found" not in {rule for _, rule, _ in found(result)}


# repairs


def test_fix_changes_what_it_names_and_nothing_else(project: Path) -> None:
    for newline in ("\n", "\r\n"):
        for mark in ("", "\ufeff"):
            text = mark + FIXABLE.replace("\n", newline)
            (project / "a.yaml").write_bytes(text.encode())
            result = check("--fix")
            assert (result.exit_code, result.stderr) == (0, "1 finding repaired in 1 file\n")
            fixed = text.replace('"100"', "100").encode()
            assert (project / "a.yaml").read_bytes() == fixed
            assert check("--fix").stderr == ""
            assert (project / "a.yaml").read_bytes() == fixed


def test_fix_leaves_files_alone_that_need_none(project: Path) -> None:
    lay(project)
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in project.rglob("*.*") if file.is_file()}
    result = check("--fix", "--select", "syntax,subset-not-found")
    assert result.exit_code == 1
    after = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in project.rglob("*.*") if file.is_file()}
    assert after == before


def test_fix_keeps_the_mode_and_follows_links(project: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "real.yaml"
    real.parent.mkdir()
    real.write_text(FIXABLE)
    real.chmod(0o640)
    (project / "a.yaml").symlink_to(real)
    assert check("a.yaml", "--fix").exit_code == 0
    assert (project / "a.yaml").is_symlink()
    assert "weight: 100 " in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in real.parent.iterdir()] == ["real.yaml"]


def test_a_file_that_cannot_be_written_is_said_and_left(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "a.yaml").write_text(FIXABLE)
    (project / "b.yaml").write_text(FIXABLE.replace("reviews", "other"))
    plain = os.replace

    def replace(old: str, new: str) -> None:
        if new.endswith("a.yaml"):
            raise OSError(28, "No space left on device")
        plain(old, new)

    monkeypatch.setattr(os, "replace", replace)
    result = check("--fix", "--format", "json")
    assert result.exit_code == 2
    assert result.stderr == "error: a.yaml: cannot be repaired: No space left on device\n"
    assert found(result) == [("a.yaml", "wrong-type", 11)]
    assert (project / "a.yaml").read_text() == FIXABLE
    assert (project / "b.yaml").read_text() == FIXED.replace("reviews", "other")
    assert sorted(file.name for file in project.iterdir()) == [".git", "a.yaml", "b.yaml"]


def test_diff_shows_what_fix_does(project: Path) -> None:
    text = FIXABLE.replace("shop}", 'shop, annotations: {a: "b\u2028c\x85d"}}')
    for mark in ("", "\ufeff"):
        (project / "a.yaml").write_bytes((mark + text).encode())
        result = check("--diff")
        assert (result.exit_code, result.stderr) == (1, "")
        assert result.stdout.startswith("--- a/a.yaml\n+++ b/a.yaml\n@@ ")
        assert '-      weight: "100"   # about the weight\n+      weight: 100   # about the weight\n' in result.stdout
        assert (project / "a.yaml").read_bytes() == (mark + text).encode()
        if shutil.which("git"):
            subprocess.run(["git", "apply", "-"], input=result.stdout_bytes, cwd=project, check=True)
            assert (project / "a.yaml").read_bytes() == (mark + text.replace('"100"', "100")).encode()
    assert check("--diff").stdout == ""


def test_diff_of_a_file_without_a_last_line_feed(project: Path) -> None:
    (project / "a.yaml").write_text(FIXABLE.rstrip("\n").partition("   # about")[0])
    lines = check("--diff").stdout.splitlines()
    assert lines[-4:] == [
        '-      weight: "100"',
        "\\ No newline at end of file",
        "+      weight: 100",
        "\\ No newline at end of file",
    ]


def test_unsafe_fixes_are_made_only_when_asked_for(project: Path) -> None:
    text = FIXABLE.replace("hosts:", "host:")
    (project / "a.yaml").write_text(text)
    assert check("--fix", "--format", "json").stderr == "1 finding repaired in 1 file\n"
    assert (project / "a.yaml").read_text() == text.replace('"100"', "100")
    assert check("--fix", "--unsafe-fixes", "--format", "json").exit_code == 0
    assert (project / "a.yaml").read_text() == FIXED


def test_json_stays_json(project: Path) -> None:
    route = {"route": [{"destination": {"host": "a"}, "weight": "100"}]}
    metadata = {"name": "a", "annotations": {"b": "ü"}}
    value = {"kind": "VirtualService", "apiVersion": "networking.istio.io/v1", "metadata": metadata}
    text = json.dumps({**value, "spec": {"hosts": ["a"], "http": [route]}}, indent="\t", ensure_ascii=False)
    (project / "a.json").write_text(text)
    assert check("--fix").exit_code == 0
    assert (project / "a.json").read_text() == text.replace('"100"', "100")


# how the process ends


def test_a_reader_who_leaves_early(project: Path) -> None:
    lay(project)
    for form in ("text", "concise", "json"):
        running = process(".", "--select", "ALL", "--format", form)
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
        running.stderr.close()
        running.wait()


@pytest.mark.parametrize("module", ["linting", "main"])
def test_an_interruption_is_no_failure(module: str) -> None:
    code = (
        f"import istiolint.cli.{module} as stage\n"
        "def stop(*_, **__): raise KeyboardInterrupt\n"
        "stage.execute = stage.cli = stop\n"
        "from istiolint.__main__ import main\n"
        "main()\n"
    )
    arguments = ("check", "a.yaml") if module == "linting" else ("rules",)
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (130, b"")
    assert b"Traceback" not in done.stderr


def test_any_encoding_of_the_terminal(project: Path) -> None:
    (project / "a.yaml").write_text(FIXABLE.replace("weight:", "wäight😀:"))
    for encoding in ("ascii", "latin-1", "utf-8"):
        running = process("a.yaml", env={**os.environ, "PYTHONIOENCODING": encoding})
        output, complaint = running.communicate()
        assert (running.returncode, complaint) == (1, b"")
        assert b"unknown-field" in output


# words for those who stand before the door


def test_a_path_that_is_not_there_is_all_that_is_told() -> None:
    result = check("nowhere")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: nowhere: no such file or folder\n"
    assert json.loads(check("nowhere", "--format", "json").stdout)["findings"] == []


def test_a_difference_that_is_empty_says_why(project: Path) -> None:
    (project / "a.yaml").write_text(CLEAN)
    assert check("--diff").stderr == "no finding can be repaired\n"
    (project / "a.yaml").write_text(FIXED.replace("hosts:", "host:"))
    assert check("--diff").stderr == "no finding can be repaired safely; --unsafe-fixes repairs 1 by best guess\n"


def test_a_name_for_standard_input_without_standard_input() -> None:
    result = check("--stdin-filename", "a.yaml", ".")
    assert result.exit_code == 2
    assert "--stdin-filename needs -" in result.stderr
    assert "--context PATH" in check("-", ".").stderr


@pytest.mark.parametrize("asked", ["1.5", "9.9.1"])
def test_an_istio_that_is_not_known_is_told(project: Path, asked: str) -> None:
    (project / "a.yaml").write_text(CLEAN)
    result = check("--istio-version", asked)
    assert result.exit_code == 0
    assert result.stderr.startswith(f"Istio {asked} is not known (1.")
    assert check("--istio-version", "1.29.3").stderr == ""
    assert check().stderr == ""
