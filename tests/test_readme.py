"""What README.md, docs/ and CONTRIBUTING.md show is what happens."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))

from istiolint.cards import catalog
from istiolint.cli.check import command
from istiolint.cli.linting import CLEAN, FAILED, FINDINGS, NOTHING
from istiolint.config_load import FILES, load
from istiolint.report.formats import FORMATS
from istiolint.selection import RuleNames, Selection
from readme import ROOT, commands, files, refreshed

README = Path(ROOT, "README.md")
PAGES = [Path(file) for file in files()] + [Path(ROOT, "CONTRIBUTING.md")]
NAMES = [page.name for page in PAGES]


def fences(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def squeezed(text: str) -> str:
    """Without what click may lay out otherwise in another version."""
    return re.sub(r"[ \n]+", " ", text)


@pytest.mark.parametrize("page", files(), ids=os.path.basename)
def test_outputs_and_tables_are_fresh(page: str) -> None:
    text = Path(page).read_text(encoding="utf-8")
    new = refreshed(text)
    if squeezed(new) != squeezed(text):
        stale = next((line for line in text.splitlines() if line not in new), "something is missing")
        pytest.fail(f"run python tools/readme.py; it would change: {stale[:200]}", pytrace=False)


def test_readme_shows_findings_a_clean_run_and_the_help() -> None:
    shown = commands(README.read_text(encoding="utf-8"))
    assert "istiolint check --help" in shown
    assert any("examples/bookinfo-fixed" in line for line in shown)
    assert any(line.endswith("examples/bookinfo") for line in shown)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_options_exist(page: Path) -> None:
    known = {option for parameter in command.params for option in parameter.opts}
    for line in re.findall(r"istiolint check [^\n`|<]*", page.read_text(encoding="utf-8")):
        words = shlex.split(line, comments=True)
        assert {word for word in words if word.startswith("-") and word != "-"} <= known | {"--help"}, line


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_configurations_are_accepted(page: Path, tmp_path: Path) -> None:
    for number, text in enumerate(fences(page, "toml")):
        file = tmp_path / f"{number}.toml"
        file.write_text(text, encoding="utf-8")
        config = load([str(tmp_path)], file=str(file), environ={})
        assert Selection(config, catalog().values()).enabled


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_yaml_is_yaml(page: Path) -> None:
    for text in fences(page, "yaml"):
        assert yaml.safe_load(text) is not None, text


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_rules_in_comments_exist(page: Path) -> None:
    names = RuleNames(catalog().values())
    for rules in re.findall(r"istiolint: ignore(?:-file)?\[([^\]]+)\]", page.read_text(encoding="utf-8")):
        assert [rule for rule in rules.split(",") if rule.strip() != "rule" and names.find(rule.strip()) is None] == []


@pytest.mark.parametrize("page", [*PAGES, Path(ROOT, "docs", "architecture.md")], ids=[*NAMES, "architecture.md"])
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", [Path(ROOT, "docs", "integrations.md"), README], ids=["integrations.md", "README.md"])
def test_hooks_exist(page: Path) -> None:
    hooks = yaml.safe_load(Path(ROOT, ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    ids = {hook["id"] for hook in hooks}
    shown = re.findall(r"- id: (istiolint\S*)", page.read_text(encoding="utf-8"))
    assert shown
    assert set(shown) <= ids


def test_python_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    (example,) = fences(README, "python")
    scope: dict[str, Any] = {}
    exec(example, scope)
    assert "subset-not-found" in capsys.readouterr().out
    assert scope["report"].summary.documents == 10


def test_formats_are_all_named() -> None:
    table = README.read_text(encoding="utf-8").split("## Reports")[1].split("##")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(FORMATS)


def test_exit_codes_are_all_named() -> None:
    codes = re.findall(r"^\| (\d) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(code) for code in codes] == [CLEAN, FINDINGS, FAILED, NOTHING]


def test_configuration_files_are_all_named() -> None:
    text = Path(ROOT, "docs", "configuration.md").read_text(encoding="utf-8")
    assert [file for file in FILES if f"`{file}`" not in text] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    (line,) = [line for text in fences(README, "sh") for line in text.splitlines() if "pytest" in line]
    assert f"step tests {line}\n" in Path(ROOT, ".ci", "run").read_text(encoding="utf-8")
    assert line in Path(ROOT, "CONTRIBUTING.md").read_text(encoding="utf-8")
