"""What a small run loads: an editor lints on every save, so nothing heavy may come with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MANIFEST = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http: [{route: [{destination: {host: reviews}}]}]
"""
HEAVY = {
    "networkx", "jsonschema", "ruamel", "pygls", "lsprotocol", "asyncio", "celpy", "re2", "pytest", "hypothesis",
    "click", "dataclasses", "importlib.metadata", "importlib.resources", "multiprocessing", "concurrent.futures",
    "tomllib", "difflib", "logging", "pathlib", "urllib.request", "urllib.parse", "http", "email", "ipaddress", "xml",
    "sqlite3", "socket", "ssl", "subprocess", "tempfile", "shutil", "inspect", "decimal", "fractions", "unittest",
    "ctypes", "argparse",
}  # fmt: skip
"""Modules (and packages, with all in them) that cost a millisecond or more."""


def loaded(*arguments: str, folder: Path) -> set[str]:
    """The modules that a Python process has loaded at its end."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def heavy(modules: set[str]) -> set[str]:
    return {name for name in modules if any(name == one or name.startswith(one + ".") for one in HEAVY)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.yaml").write_text(MANIFEST)
    return tmp_path


def check(folder: Path, *options: str) -> set[str]:
    """The modules of ours and of others that linting one small file loads, beyond what Python and PyYAML need."""
    return loaded("-m", "istiolint", "check", "one.yaml", *options, folder=folder) - loaded(
        "-c", "import yaml, runpy", folder=folder
    )


@pytest.mark.parametrize("form", ["text", "concise", "json", "github", "gitlab"])
def test_linting_one_file_loads_nothing_heavy(folder: Path, form: str) -> None:
    assert heavy(check(folder, "--no-config", "--format", form)) == set()


def test_a_sarif_log_needs_uris(folder: Path) -> None:
    assert heavy(check(folder, "--no-config", "--format", "sarif")) == {"urllib.parse", "ipaddress"}


def test_linting_one_file_loads_what_it_needs_only(folder: Path) -> None:
    modules = check(folder, "--no-config")
    assert "istiolint.engine" in modules
    for unneeded in (
        "istiolint.cache",
        "istiolint.workers",
        "istiolint.pack",
        "istiolint.fix",
        "istiolint.source.irregular",
        "istiolint.source.unreadable",
        "istiolint.source.remarks",
        "istiolint.admission.re2",
        "istiolint.report.sarif",
        "istiolint.cli.main",
        "istiolint.cli.repair",
        "istiolint.proof",
    ):
        assert unneeded not in modules


def test_the_library_is_loaded_when_it_is_used(folder: Path) -> None:
    modules = loaded("-c", "import istiolint; istiolint.__version__", folder=folder)
    assert {name for name in modules if name.startswith("istiolint")} == {"istiolint"}


def test_the_version_needs_no_engine(folder: Path) -> None:
    modules = loaded("-m", "istiolint", "--version", folder=folder)
    assert "istiolint.engine" not in modules
    assert "yaml" not in modules
    assert heavy(modules - loaded("-c", "import click", folder=folder)) == set()


def test_help_needs_no_engine(folder: Path) -> None:
    for arguments in (("--help",), ("check", "--help"), ("rules", "--help"), ("explain", "--help")):
        assert "istiolint.engine" not in loaded("-m", "istiolint", *arguments, folder=folder)
