"""How the process ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN = "from istiolint.__main__ import main; main()"


def _run(*arguments: str, code: str = RUN) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--version",), 0),
        (("check", "--no-config", "examples/bookinfo-fixed"), 0),
        (("check", "--no-config", "examples/bookinfo"), 1),
        (("check", "--no-config", "nowhere"), 2),
        (("check", "--no-such-option"), 2),
        (("check", "--no-config", "LICENSE"), 3),
    ],
)
def test_exit_code(arguments: tuple[str, ...], status: int) -> None:
    assert _run(*arguments).returncode == status


def test_all_output_arrives() -> None:
    done = _run("rules", "--format", "json")
    assert done.returncode == 0
    assert done.stdout.rstrip().endswith("]")


def test_a_failure_of_its_own_is_told_and_is_not_taken_for_findings() -> None:
    done = _run(code=f"import istiolint.cli.main as m; m.cli = lambda **_: 1 / 0; {RUN}")
    assert done.returncode == 2
    assert "ZeroDivisionError" in done.stderr
    assert done.stdout == ""


def test_a_reader_who_leaves_is_no_failure() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "rules"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() in (0, 1)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--no-config", "examples/bookinfo"),
        ("check", "--no-config", "-f", "json", "examples/bookinfo"),
        ("rules",),
        ("explain", "subset-not-found"),
        ("graph", "--no-config", "examples/bookinfo", "--format", "dot"),
        ("install-check", "--set", "profile=default"),
        ("install-check", "--help"),
    ],
)
def test_a_full_disk_is_told_in_one_line(arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", RUN, *arguments],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "error: cannot write to standard output: No space left on device\n"


def test_closed_streams_change_no_exit_code() -> None:
    command = f'exec "{sys.executable}" -c "{RUN}" check --no-config examples/bookinfo >&- 2>&-'
    assert subprocess.run(["sh", "-c", command], cwd=ROOT, check=False).returncode == 1


def test_a_file_of_an_installation_that_is_not_there_is_all_that_is_told() -> None:
    done = _run("install-check", "-f", "nowhere.yaml")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "error: nowhere.yaml: no such file or folder\n")
