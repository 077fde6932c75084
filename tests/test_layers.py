"""Imports go one way: from later layers to earlier ones, as the table in docs/architecture.md has them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "istiolint"
LONGEST = 400
"""Lines of a module; what is longer has more than one purpose."""


class Import(NamedTuple):
    """One module that another one imports, and the line where."""

    name: str
    line: int
    typing_only: bool


def layers() -> dict[str, int]:
    """The number of the layer of each file and folder of the package, by the table."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text[text.index("| layer |") :].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    found: dict[str, int] = {}
    for number, row in enumerate(table):
        where = row.split("|")[2]
        for name in re.findall(r"`([^`]+)`", where):
            assert name not in found
            found[name.removesuffix(".py").removesuffix("/")] = number
    return found


LAYERS = layers()
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for file in sorted(PACKAGE.rglob("*.py"))
}


def imports(file: Path) -> list[Import]:
    """What a module imports, inside of functions too."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    return [
        Import(name, node.lineno, id(node) in typing_only)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in names(node)
    ]


def names(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    assert not node.level, f"relative import in line {node.lineno}"
    for alias in node.names:
        whole = f"{node.module}.{alias.name}"
        yield whole if whole in MODULES else str(node.module)


def layer(module: str) -> int | None:
    """The layer of a module of ours; None for others, and for the package itself, which has the version only."""
    parts = module.split(".")
    return LAYERS[parts[1]] if parts[0] == "istiolint" and len(parts) > 1 else None


def test_every_part_of_the_package_is_in_the_table() -> None:
    there = {entry.stem for entry in PACKAGE.iterdir() if entry.suffix == ".py" or entry.is_dir()}
    assert there - {"__init__", "__pycache__", "data"} == set(LAYERS)


@pytest.mark.parametrize("module", [module for module in MODULES if module != "istiolint"])
def test_imports_go_one_way(module: str) -> None:
    own = layer(module)
    assert own is not None
    wrong = [
        f"{MODULES[module].relative_to(ROOT)}:{found.line} imports {found.name}"
        for found in imports(MODULES[module])
        if not found.typing_only and (other := layer(found.name)) is not None and other > own
    ]
    assert wrong == []


def test_the_reader_knows_nothing_of_istio() -> None:
    """Folders of one layer may know each other; `source/` may know no other part but the words."""
    for module, file in MODULES.items():
        if module.startswith("istiolint.source"):
            others = {found.name.split(".")[1] for found in imports(file) if found.name.startswith("istiolint.")}
            assert others <= {"source", "finding", "records"}, module


def test_nothing_but_the_tools_of_tests_is_imported_from_outside() -> None:
    """Required dependencies are PyYAML and click; re2 and networkx (of `graph`) are extras."""
    import sys

    allowed = {"yaml", "click", "istiolint", "re2", "networkx", *sys.stdlib_module_names}
    for module, file in MODULES.items():
        assert {found.name.split(".")[0] for found in imports(file)} <= allowed, module


@pytest.mark.parametrize("module", sorted(MODULES))
def test_modules_are_small(module: str) -> None:
    lines = MODULES[module].read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST
