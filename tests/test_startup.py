"""What a small run imports: start-up is most of its time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN = "from istiolint.__main__ import main; main()"
NEVER = {
    "asyncio", "cel", "cel_expr_python", "celpy", "jsonschema", "lsprotocol", "networkx", "pydantic", "pygls", "re2",
    "rich", "ruamel",
}  # fmt: skip
"""Libraries that no ordinary run may load."""
LATE = {
    "concurrent", "ctypes", "dataclasses", "difflib", "email", "http", "inspect", "ipaddress", "locale", "logging",
    "multiprocessing", "pathlib", "pickle", "platform", "random", "shutil", "socket", "sqlite3", "ssl", "subprocess",
    "tempfile", "threading", "tokenize", "tomllib", "traceback", "unittest", "urllib", "uuid", "xml", "zipfile",
}  # fmt: skip
"""Modules of the standard library that only rare needs may load, when they arise."""
LATE_PARTS = {"importlib.metadata", "importlib.resources"}


def imported(*arguments: str) -> set[str]:
    """The modules that a run imports, those of starting the interpreter included."""
    command = [sys.executable, "-I", "-S", "-X", "importtime", "-c", f"import sys; sys.path[:0] = {PATHS!r}; {RUN}"]
    done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return {match[1] for match in re.finditer(r"^import time: .*\| +(\S+)$", done.stderr, re.MULTILINE)}


def _homes() -> list[str]:
    import click
    import yaml

    return [str(ROOT), *sorted({str(Path(str(module.__file__)).parent.parent) for module in (click, yaml)})]


PATHS = _homes()


@pytest.mark.parametrize("example", ["bookinfo", "bookinfo-fixed"])
@pytest.mark.parametrize("form", ["text", "concise", "github"])
def test_a_run_imports_nothing_heavy(example: str, form: str) -> None:
    modules = imported("check", "--no-config", "--format", form, f"examples/{example}")
    assert "istiolint.engine" in modules
    tops = {module.partition(".")[0] for module in modules}
    assert tops & (NEVER | LATE) == set()
    assert modules & LATE_PARTS == set()


@pytest.mark.parametrize("arguments", [("--version",), ("rules",), ("explain", "subset-not-found")])
def test_other_commands_import_no_engine(arguments: tuple[str, ...]) -> None:
    modules = imported(*arguments)
    assert "istiolint.engine" not in modules
    assert {module.partition(".")[0] for module in modules} & NEVER == set()


def test_a_kind_that_is_not_there_costs_nothing() -> None:
    modules = imported("check", "--no-config", "examples/bookinfo-fixed/backend.yaml")
    assert "istiolint.admission.virtual_service" not in modules
    assert "istiolint.trace" not in modules
