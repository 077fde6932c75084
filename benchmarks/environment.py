"""A clean virtual environment with istiolint built as a wheel and nothing else: where start-up time is honest."""

from __future__ import annotations

import glob
import os
import subprocess
import sys
import venv

PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def wheel(folder: str) -> str:
    """Build the wheel of this checkout into `folder`, with the build tools that are installed; its path."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, PROJECT]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (built,) = glob.glob(os.path.join(folder, "*.whl"))
    return built


def clean(folder: str) -> str:
    """Make a virtual environment in `folder` with the wheel and its two dependencies; the folder of its programs."""
    venv.create(folder, with_pip=True)
    programs = os.path.join(folder, "bin")
    pip = [os.path.join(programs, "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, wheel(os.path.join(folder, "wheel"))], check=True)
    return programs
