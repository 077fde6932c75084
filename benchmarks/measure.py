"""What a command costs: processor time, elapsed time, memory. All of it for the process and those that it starts."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Cost(NamedTuple):
    """Seconds of processor and of elapsed time."""

    cpu: float
    wall: float


def cost(command: Sequence[str], env: Mapping[str, str] | None = None, cwd: str | None = None) -> Cost:
    """Run a command once. RuntimeError if it fails; finding something (exit code 1) is no failure."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr
    with process.stderr as stream:
        said = stream.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} gave {process.returncode}: {said.decode(errors='replace')[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall)


def best(times: int, run: Callable[[], Cost]) -> Cost:
    """The lowest of several runs: other work on the machine only ever adds."""
    costs = [run() for _ in range(times)]
    return Cost(min(one.cpu for one in costs), min(one.wall for one in costs))


def peak_memory(command: Sequence[str], env: Mapping[str, str] | None = None, cwd: str | None = None) -> float | None:
    """The most memory in MB that the command and its children held at one time; None where the system does not say.

    Pages that processes share count once (proportional set size), sampled every few milliseconds.
    """
    if not os.path.exists("/proc/self/smaps_rollup"):
        return None
    process = subprocess.Popen(command, env=env, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_proportional, _family(process.pid))))
        time.sleep(0.003)
    return peak / 1000


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = [int(child) for child in file.read().split()]
    except OSError:
        return [pid]
    return [pid, *(member for child in children for member in _family(child))]


def _proportional(pid: int) -> int:
    """Proportional set size in kB; 0 for a process that has gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("Pss:")), 0)
    except OSError:
        return 0
