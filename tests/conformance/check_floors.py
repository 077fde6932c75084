"""Compares the agreement with measured verdicts to the floors that it has reached before.

    python tests/conformance/check_floors.py FOLDER [SUITE...] [--raise]

FOLDER holds the verdicts and the program `score` that compares them; those on the installation are compared by
`operations.py` here, and the ways of requests by `trace_vectors.py`. A floor is a percentage of cases that must
agree; for the share of accepted objects that are refused, it is one that must not be exceeded. `--raise` writes down
what is better now; nothing lowers a floor.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
FLOORS = HERE / "floors.json"
DEVIATIONS = HERE / "deviations.jsonl"
ACCEPTED = {"admission": "admission/cases.jsonl", "mutants": "admission/mutants.jsonl"}
"""The suites that say whether an object is accepted, and their cases."""

OWN = {"operations": ("operations.py", "operations"), "trace": ("trace_vectors.py", "trace/vectors.jsonl")}
"""Suites that a program here compares, and their cases."""

_LINE = re.compile(r"^(?:\w+ +)?(?P<right>\d+)/(?P<total>\d+) = ", re.MULTILINE)


class Measured(NamedTuple):
    """Percentages of one suite; `refused` only where the suite knows what is accepted."""

    agree: float
    refused: float | None


def measure(folder: Path, suite: str) -> Measured:
    """Run one suite. RuntimeError where that gives no result."""
    if suite in OWN:
        program, cases = OWN[suite]
        command = [str(HERE / program), str(folder / cases)]
    else:
        command = [str(folder / "score"), suite, "--show", "1000000", "--deviations", str(DEVIATIONS)]
    root = HERE.parent.parent
    done = subprocess.run([sys.executable, *command], cwd=root, capture_output=True, text=True, check=False)
    accepted = _accepted(folder / ACCEPTED[suite]) if suite in ACCEPTED else None
    result = parse(done.stdout, accepted)
    if done.returncode or result is None:
        raise RuntimeError(f"{suite} gave no result: {done.stderr.strip()[-1000:]}")
    return result


def parse(said: str, accepted: int | None) -> Measured | None:
    """What was said of one suite, with all its disagreements; None where that is no result."""
    lines = [(int(line["right"]), int(line["total"])) for line in _LINE.finditer(said)]
    if not lines:
        return None
    refused = None
    if accepted is not None:
        wrongly = sum("wrongly refused:" in row for row in said.splitlines())
        refused = 100 * wrongly / accepted
    return Measured(100 * sum(right for right, _ in lines) / sum(total for _, total in lines), refused)


def _accepted(cases: Path) -> int:
    return sum(json.loads(line)["accepted"] for line in cases.read_text(encoding="utf-8").splitlines())


def failures(suite: str, measured: Measured, floor: dict[str, float]) -> list[str]:
    """In which ways a suite is worse than it was."""
    found = []
    if measured.agree < floor.get("agree", 0):
        found.append(f"{suite}: {measured.agree:.2f} % agree, the floor is {floor['agree']} %")
    if measured.refused is not None and measured.refused > floor.get("refused", 100):
        found.append(
            f"{suite}: {measured.refused:.2f} % of the accepted objects are refused, the limit is {floor['refused']} %"
        )
    return found


def raised(measured: Measured, floor: dict[str, float]) -> dict[str, float]:
    """The floor, or where the measured value is better, that one, rounded to a tenth in favour of the next run."""
    better = {"agree": max(floor.get("agree", 0), math.floor(measured.agree * 10) / 10)}
    if measured.refused is not None:
        better["refused"] = min(floor.get("refused", 100), math.ceil(measured.refused * 10) / 10)
    return better


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("suites", nargs="*")
    parser.add_argument("--raise", dest="write", action="store_true")
    given = parser.parse_args()
    floors: dict[str, dict[str, float]] = json.loads(FLOORS.read_text(encoding="utf-8"))
    worse: list[str] = []
    for suite in given.suites or floors:
        measured = measure(given.folder.resolve(), suite)
        share = "" if measured.refused is None else f", {measured.refused:.2f} % of the accepted objects refused"
        print(f"{suite:10} {measured.agree:6.2f} % agree{share} (floor: {floors.get(suite) or 'none'})", flush=True)
        worse += failures(suite, measured, floors.get(suite, {}))
        if given.write:
            floors[suite] = raised(measured, floors.get(suite, {}))
    if given.write:
        rows = (f"  {json.dumps(suite)}: {json.dumps(floor)}" for suite, floor in floors.items())
        FLOORS.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    print("\n".join(worse))
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
