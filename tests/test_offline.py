"""No network, ever: a run that may not open a socket is as good as any."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shop import lay

BLOCKED = """
import sys
NETWORK = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "ssl.")
PROGRAMS = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system")
def refuse(event, arguments):
    if event.startswith(NETWORK) or event in PROGRAMS:
        raise PermissionError(event)
sys.addaudithook(refuse)
from istiolint.__main__ import main
main()
"""


def run(folder: Path, *arguments: str, code: str = BLOCKED) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, check=False)


def test_the_block_holds(tmp_path: Path) -> None:
    for code in (
        "import socket; socket.socket()",
        "import os; os.system('true')",
        "import subprocess; subprocess.run('true')",
    ):
        done = run(tmp_path, code=BLOCKED.replace("from istiolint", code + "\nfrom istiolint"))
        assert b"PermissionError" in done.stderr


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "gitlab", "junit"])
def test_linting_needs_no_network_and_no_other_program(form: str, tmp_path: Path) -> None:
    lay(tmp_path)
    arguments = ("check", ".", "--no-config", "--select", "ALL", "--format", form)
    blocked = run(tmp_path, *arguments)
    free = run(tmp_path, *arguments, code=BLOCKED.replace("sys.addaudithook(refuse)", ""))
    assert (blocked.returncode, blocked.stderr) == (1, b"")
    assert blocked.stdout == free.stdout


@pytest.mark.parametrize(
    "arguments", [("rules",), ("explain", "IST0101"), ("check", "--help"), ("check", ".", "--fix")]
)
def test_other_commands_need_none_either(arguments: tuple[str, ...], tmp_path: Path) -> None:
    lay(tmp_path)
    done = run(tmp_path, *arguments)
    assert done.returncode in (0, 1)
    assert b"PermissionError" not in done.stderr
    assert done.stdout
