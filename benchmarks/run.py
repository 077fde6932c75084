"""How fast istiolint is, as ratios within one run, so that they mean the same on every machine.

    python benchmarks/run.py [--documents 10000] [--repeat 3] [--scale 100000] [--istioctl PATH]

Builds the wheel, installs it into a clean virtual environment in a temporary folder, and measures that. Every number is
the best of several runs, whole processes from start to end, with a cache folder of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from math import inf
from statistics import median
from typing import NamedTuple

from crowds import CROWDS, write
from edits import EDITS, edit
from environment import clean
from generate import PER_FILE, apps, generate, manifest
from measure import Cost, best, cost, peak_memory
from table import Row, render

HERE = os.path.dirname(os.path.abspath(__file__))
SAFE_LOADER = """\
import os, sys, yaml
for root, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(root, name), encoding="utf-8") as file:
            for document in yaml.load_all(file.read(), yaml.CSafeLoader):
                pass
"""


class Bench(NamedTuple):
    """Where things are."""

    python: str
    istiolint: str
    work: str
    """A temporary folder; the cache of the measured runs is in it."""
    repeat: int

    @property
    def cache(self) -> str:
        return os.path.join(self.work, "cache")

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ISTIOLINT"))}
        return {**kept, "ISTIOLINT_CACHE_DIR": self.cache}

    def cost(self, *command: str) -> Cost:
        return cost(command, self.env, self.work)

    def best(self, *command: str, times: int = 1) -> Cost:
        """The best of `repeat` runs, or of `times` as many."""
        return best(self.repeat * times, lambda: self.cost(*command))

    def check(self, path: str) -> tuple[str, ...]:
        return (self.istiolint, "check", "--format", "json", path)

    def forget(self) -> None:
        """Empty the cache."""
        shutil.rmtree(self.cache, ignore_errors=True)


def start_up(bench: Bench) -> tuple[list[Row], str]:
    """One small file, and what its time is spent on."""
    small = os.path.join(bench.work, "small.yaml")
    with open(small, "w", encoding="utf-8") as file:
        file.write(manifest(apps(5)[0]))
    imports = bare = ours = Cost(inf, inf)
    for _ in range(4):  # in turns, so that a slow spell of the machine meets all of them
        imports = _lower(imports, bench.best(bench.python, "-c", "import click, yaml", times=2))
        bare = _lower(bare, bench.best(bench.python, "-S", "-c", "pass", times=2))
        ours = _lower(ours, bench.best(bench.istiolint, "check", small, times=2))
    rows = [
        Row("one small file / import click, yaml", ours.cpu / imports.cpu, 1.5, _of(ours, imports)),
        Row("one small file / python -S -c pass", ours.cpu / bare.cpu, None, _of(ours, bare)),
    ]
    return rows, _imports(bench, small)


def _lower(one: Cost, other: Cost) -> Cost:
    return Cost(min(one.cpu, other.cpu), min(one.wall, other.wall))


def _of(ours: Cost, theirs: Cost) -> str:
    return f"{ours.cpu * 1000:.1f} / {theirs.cpu * 1000:.1f} ms CPU"


def _imports(bench: Bench, small: str, most: int = 15) -> str:
    """The imports of one small run that take the longest themselves."""
    command = [bench.python, "-X", "importtime", "-m", "istiolint", "check", small]
    done = subprocess.run(command, env=bench.env, cwd=bench.work, capture_output=True, text=True, check=False)
    found = [
        (int(match[1]), match[2].strip()) for match in re.finditer(r"import time:\s+(\d+) \|\s+\d+ \|(.*)", done.stderr)
    ]
    total = sum(time for time, _ in found)
    groups = dict.fromkeys(("istiolint", "click", "yaml", "standard library"), 0)
    for time, module in found:
        top = module.split(".")[0]
        groups[top if top in groups else "standard library"] += time
    shares = ", ".join(f"{name} {time / 1000:.1f}" for name, time in sorted(groups.items(), key=lambda item: -item[1]))
    lines = [f"Imports of one small file: {total / 1000:.1f} ms under the stopwatch ({shares}). The dearest:"]
    lines += [f"  {time / 1000:6.2f} ms  {module}" for time, module in sorted(found, reverse=True)[:most]]
    return "\n".join(lines)


def batch(bench: Bench, folder: str, paths: list[str]) -> list[Row]:
    """Many files: loading alone, cold, unchanged, one file changed in several ways; in turns. And memory.

    Every run with a change is measured after one of all files, or after other changes: what comes of it is new.
    """
    loading = cold = warm = Cost(inf, inf)
    changed: dict[str, list[Cost]] = {what: [] for what in EDITS}
    for turn in range(bench.repeat):
        loading = _lower(loading, bench.cost(bench.python, "-c", SAFE_LOADER, folder))
        bench.forget()
        cold = _lower(cold, bench.cost(*bench.check(folder)))
        warm = _lower(warm, bench.cost(*bench.check(folder)))
        for place, (what, costs) in enumerate(changed.items()):
            edit(paths[(len(paths) // 2 + place) % len(paths)], what, 1 + turn)
            costs.append(bench.cost(*bench.check(folder)))
    bench.forget()
    memory = peak_memory(bench.check(folder), bench.env, bench.work)
    rows = [
        *_rows("cold / CSafeLoader alone", cold, loading, 0.8),
        *_rows("unchanged / CSafeLoader alone", warm, loading, 0.15),
        *(
            row
            for what, costs in changed.items()
            for row in _rows(f"{what} / CSafeLoader", _median(costs), loading, 0.2)
        ),
        *_rows("unchanged / cold", warm, cold, None),
        *_rows("weights of a route / cold", _median(changed["weights of a route"]), cold, None),
    ]
    if memory is not None:
        rows.append(Row("peak memory, all processes", memory, 200, "proportional set size", " MB"))
    return rows


def _median(costs: list[Cost]) -> Cost:
    """The middle of several runs, each figure for itself."""
    return Cost(median(one.cpu for one in costs), median(one.wall for one in costs))


def _rows(what: str, ours: Cost, theirs: Cost, target: float | None) -> list[Row]:
    """Processor time and elapsed time."""
    return [
        Row(f"{what}, CPU", ours.cpu / theirs.cpu, target, f"{ours.cpu:.2f} / {theirs.cpu:.2f} s"),
        Row(f"{what}, elapsed", ours.wall / theirs.wall, target, f"{ours.wall:.2f} / {theirs.wall:.2f} s"),
    ]


def scaling(bench: Bench, folder: str, documents: int, more: int) -> list[Row]:
    """The cost of a document among many more, against that of one here."""
    large = os.path.join(bench.work, "large")
    generate(large, more)
    command = (bench.istiolint, "check", "--no-cache", "--format", "json")
    here = bench.best(*command, folder)
    there = bench.cost(*command, large)
    memory = peak_memory((*command, large), bench.env, bench.work)
    shutil.rmtree(large)
    each = (there.cpu / more) / (here.cpu / documents)
    rows = [Row(f"a document of {more} / of {documents}, CPU", each, 1.2, f"{there.cpu:.2f} / {here.cpu:.2f} s in all")]
    if memory is not None:
        rows.append(Row(f"peak memory at {more}", memory, None, "proportional set size", " MB"))
    return rows


def crowds(bench: Bench, few: int = 500, many: int = 5_000) -> list[Row]:
    """The cost of one more of many that share a gateway or a namespace, against that of one more of few."""
    rows = []
    for what, documents in CROWDS.items():
        costs = []
        for count in (0, few, many):
            folder = os.path.join(bench.work, "crowd")
            write(folder, documents(count))
            costs.append(bench.best(bench.istiolint, "check", "--no-cache", "--format", "json", folder).cpu)
            shutil.rmtree(folder)
        none, here, there = costs
        ratio = ((there - none) / many) / ((here - none) / few)
        rows.append(Row(f"one of {many} / of {few} {what}, CPU", ratio, 1.2, f"{there:.2f} / {here:.2f} s in all"))
    return rows


def stages(bench: Bench, documents: int) -> list[Row]:
    """What reading, the schema and the checks of one document cost."""
    folder = os.path.join(bench.work, "sample")
    generate(folder, min(documents, 2_000))
    command = [bench.python, os.path.join(HERE, "stages.py"), folder]
    done = subprocess.run(command, env=bench.env, cwd=bench.work, capture_output=True, text=True, check=True)
    took = json.loads(done.stdout)
    each = {name: seconds / took["documents"] * 1e6 for name, seconds in took.items() if name != "documents"}
    checks = each["examine"] - each["reading"]

    def row(what: str, ours: float, theirs: float, target: float | None) -> Row:
        return Row(what, ours / theirs, target, f"{ours:.0f} / {theirs:.0f} us a document")

    return [
        row("reading / CSafeLoader", each["reading"], each["safe_loader"], 0.55),
        row("schema of Istio's kinds / reading", each["schema"], each["reading"], 0.25),
        row("all checks of one document / reading", checks, each["reading"], 1.0),
        row("building the mesh / reading", each["mesh"], each["reading"], None),
    ]


def traces(bench: Bench, services: int = 1_000) -> list[Row]:
    """A thousand traces, against loading the mesh that they go through."""
    folder = os.path.join(bench.work, "services")
    generate(folder, services * PER_FILE)
    command = [bench.python, os.path.join(HERE, "traces.py"), folder]
    done = subprocess.run(command, env=bench.env, cwd=bench.work, capture_output=True, text=True, check=True)
    took = json.loads(done.stdout)
    what = f"a thousand traces / loading {took['services']} Services, CPU"
    return [Row(what, took["traces"] / took["loading"], 1.0, f"{took['traces']:.2f} / {took['loading']:.2f} s")]


def comparisons(bench: Bench, documents: int = 1_000) -> list[Row]:
    """Comparing two trees with one change, against loading one of them."""
    folder = os.path.join(bench.work, "compared")
    generate(folder, documents)
    command = [bench.python, os.path.join(HERE, "comparisons.py"), folder]
    done = subprocess.run(command, env=bench.env, cwd=bench.work, capture_output=True, text=True, check=True)
    took = json.loads(done.stdout)
    loading = took.pop("loading")
    return [
        Row(f"two trees, {what} / loading one, CPU", took[what] / loading, 3.0, f"{took[what]:.2f} / {loading:.2f} s")
        for what in took
    ]


def istioctl(bench: Bench, folder: str, program: str) -> list[Row]:
    """The same input given to `istioctl analyze`."""
    theirs = bench.best(program, "analyze", "--use-kube=false", "--recursive", folder)
    ours = bench.best(bench.istiolint, "check", "--no-cache", folder)
    return _rows("cold / istioctl analyze", ours, theirs, None)


def measure(given: argparse.Namespace, work: str) -> Iterator[str]:
    """The parts of the report, as they come."""
    programs = given.programs or clean(os.path.join(work, "env"))
    bench = Bench(os.path.join(programs, "python"), os.path.join(programs, "istiolint"), work, given.repeat)
    rows, imports = start_up(bench)
    folder = os.path.join(work, "many")
    paths = generate(folder, given.documents)
    size = sum(map(os.path.getsize, paths))
    yield f"{given.documents} documents in {len(paths)} files, {size / 1e6:.1f} MB; the best of {given.repeat} runs\n"
    rows += batch(bench, folder, paths)
    rows += stages(bench, given.documents)
    rows += crowds(bench)
    rows += traces(bench)
    rows += comparisons(bench)
    if given.scale:
        rows += scaling(bench, folder, given.documents, given.scale)
    if given.istioctl:
        rows += istioctl(bench, folder, given.istioctl)
    yield render(rows)
    yield "" if given.istioctl else "\nistioctl is not on the PATH, so it was not measured."
    yield "\n" + imports


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--scale", type=int, default=0, metavar="N", help="also measure N documents")
    parser.add_argument("--istioctl", default=shutil.which("istioctl"), metavar="PATH")
    parser.add_argument("--programs", metavar="FOLDER", help="take python and istiolint from here, build nothing")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        for part in measure(given, work):
            if part:
                print(part, flush=True)


if __name__ == "__main__":
    main()
