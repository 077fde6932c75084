"""The files of schemas/ are whole, fresh, and everything in them has its code."""

from __future__ import annotations

import inspect
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from istiolint.schema import cel_filters, cel_gateway, cel_istio
from istiolint.schema.compile import checker
from istiolint.schema.patterns import is_base64, matches, translated
from istiolint.schema.store import Schemas, release, schemas, table

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "schemas"
sys.path.insert(0, str(ROOT / "tools"))

KINDS = sorted(table().kinds)


def opened(group: str, kind: str) -> Schemas:
    found = schemas(group, kind)
    assert found is not None
    return found


def lines(group: str, kind: str) -> int:
    return (FOLDER / group / f"{kind}.json").read_text(encoding="utf-8").count("\n")


def test_files_are_what_the_generator_makes() -> None:
    import schemas as generator

    assert generator.stale() == []


def test_a_hand_edit_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    import schemas as generator

    shutil.copytree(FOLDER, tmp_path / "schemas")
    file = tmp_path / "schemas" / "networking.istio.io" / "ProxyConfig.json"
    file.write_text(file.read_text(encoding="utf-8").replace("2048", "4096"), encoding="utf-8")
    monkeypatch.setattr(generator, "HERE", tmp_path / "schemas")
    monkeypatch.setattr(generator, "download", lambda *_: None)
    assert generator.stale() == ["networking.istio.io/ProxyConfig.json"]


@pytest.mark.parametrize(("group", "kind"), KINDS)
def test_every_node_compiles(group: str, kind: str) -> None:
    known = opened(group, kind)
    for number in range(1, lines(group, kind)):
        assert callable(checker(known, number))


@pytest.mark.parametrize(("group", "kind"), KINDS)
def test_every_version_has_a_root_with_a_spec(group: str, kind: str) -> None:
    known = opened(group, kind)
    for version in known.roots:
        for each in table().releases:
            assert "spec" in known.node(known.root(version, each))["fields"]


def test_every_cel_rule_has_a_function_and_every_function_a_rule() -> None:
    used: dict[str, set[str]] = {"istio": set(), "gateway": set()}
    for group, kind in KINDS:
        known = opened(group, kind)
        for number in range(1, lines(group, kind)):
            used["gateway" if group.startswith("gateway.") else "istio"].update(known.node(number).get("cel", ()))
    named = set(json.loads((FOLDER / "cel.json").read_text(encoding="utf-8"))) | {"address_is_ip"}
    assert used["istio"] | used["gateway"] == named
    assert functions(cel_istio) == used["istio"]
    assert functions(cel_gateway) | functions(cel_filters) == used["gateway"]


def functions(module: ModuleType) -> set[str]:
    """The rules of a module."""
    members = inspect.getmembers(module, inspect.isfunction)
    own = {name for name, function in members if function.__module__ == module.__name__ and name[0] != "_"}
    return own - {"unique_by"}


def test_patterns_compile_and_say_what_they_say_in_go() -> None:
    patterns = set()
    for group, kind in KINDS:
        known = opened(group, kind)
        patterns |= {known.node(number).get("pattern", "") for number in range(1, lines(group, kind))}
    for pattern in patterns - {""}:
        re.compile(translated(pattern))
        assert not matches(pattern, "\n")
    assert matches("^a$", "a")
    assert not matches("^a$", "a\n")
    assert matches(r"^[a$]\$$", "$$")
    header = r"^[!-~]+([\t ]?[!-~]+)*$"
    assert header in patterns
    assert matches(header, "no-cache, x")
    assert not matches(header, "a" * 4000 + "  b")


@pytest.mark.parametrize(
    ("text", "right"), [("", True), ("aGk=", True), ("aG\nk=", True), ("aGk", False), ("a-k=", False)]
)
def test_base64(text: str, right: bool) -> None:
    assert is_base64(text) is right


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("1.24", "1.24"), ("1.24.2", "1.24"), ("v1.24.2", "1.24"), ("1.5", "1.19"), ("1.99", "1.32"), ("2.0", "1.32"),
        ("", "1.32"), ("latest", "1.32"), ("1.x", "1.32"),
    ],
)  # fmt: skip
def test_releases(asked: str, found: str) -> None:
    assert release(asked) == found
