"""The package as people get it: from the wheel, as an editable install, and as a bare checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import click
import pytest
import yaml

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "bookinfo"
PACKED = ("istiolint/", "rules/", "schemas/")
BARE = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from istiolint.__main__ import main; main()"
"""The command line of a checkout that nobody has installed."""
OUTSIDE = {"README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "PKG-INFO", ".gitignore"}


def _run(*command: object, cwd: Path | None = None, status: int = 0) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [*map(str, command)],
        check=False,
        cwd=cwd,
        env={**env, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def _environment(folder: Path) -> Path:
    """A virtual environment that sees the dependencies of this one, but not this one's istiolint; its programs."""
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    homes = {str(Path(str(module.__file__)).parent.parent) for module in (click, yaml)}
    (packages / "dependencies.pth").write_text("\n".join(sorted(homes)) + "\n", encoding="utf-8")
    return folder / "bin"


def _install(programs: Path, *what: object) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", programs / "python"]
    _run(*pip, "install", "--no-deps", "--no-index", "--no-build-isolation", *what)


def _built(folder: Path, target: str) -> Path:
    _run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=ROOT)
    (built,) = folder.iterdir()
    return built


def _findings(*command: object, cwd: Path) -> list[tuple[str, int]]:
    said = _run(*command, "check", "--format", "json", "--no-config", EXAMPLE, cwd=cwd, status=1)
    return [(finding["rule"], finding["line"]) for finding in json.loads(said)["findings"]]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int]]:
    """What this checkout says of the example."""
    found = _findings(sys.executable, "-c", BARE, cwd=tmp_path_factory.mktemp("here"))
    assert found
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _built(tmp_path_factory.mktemp("wheel"), "wheel")


def test_wheel_carries_rules_and_schemas_inside_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert {name.split("/")[0] for name in names} == {"istiolint"}
    for shelf in ("rules", "schemas"):
        ours = {f"istiolint/data/{path.relative_to(ROOT)}" for path in (ROOT / shelf).rglob("*") if path.is_file()}
        assert ours
        assert ours <= names


def test_wheel_works(wheel: Path, expected: list[tuple[str, int]], tmp_path: Path) -> None:
    programs = _environment(tmp_path / "env")
    _install(programs, wheel)
    istiolint = programs / "istiolint"
    where = _run(programs / "python", "-c", "import istiolint; print(istiolint.__file__)", cwd=tmp_path)
    assert str(tmp_path) in where
    assert _findings(istiolint, cwd=tmp_path) == expected
    assert "duplicate-key" in _run(istiolint, "rules", cwd=tmp_path)
    assert "The same key twice" in _run(istiolint, "explain", "duplicate-key", cwd=tmp_path)


def test_editable_install_works(expected: list[tuple[str, int]], tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    programs = _environment(tmp_path / "env")
    _install(programs, "--editable", ROOT)
    assert _findings(programs / "istiolint", cwd=tmp_path) == expected


def test_bare_checkout_works(expected: list[tuple[str, int]], tmp_path: Path) -> None:
    programs = _environment(tmp_path / "env")
    assert _findings(programs / "python", "-c", BARE, cwd=tmp_path) == expected


def test_source_distribution_takes_only_what_is_named(tmp_path: Path) -> None:
    with tarfile.open(_built(tmp_path / "dist", "sdist")) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    strays = [name for name in names if not name.startswith(PACKED) and name not in OUTSIDE]
    assert strays == []
    assert [name for name in names if name.endswith(".pyc")] == []
    assert any(name.startswith("rules/") for name in names)
