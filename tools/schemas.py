"""Make `schemas/` from the CustomResourceDefinitions of Istio and Gateway API.

    python tools/schemas.py            fetch the Go modules below, write schemas/
    python tools/schemas.py --check    say whether schemas/ is what this tool makes (no network; exit 1 if not)

Needs the `go` command (to fetch modules by name, checked by Go's checksum database) and PyYAML. What comes out, and
why it has this form, is described in schemas/README.md.

A new Istio release: add its module version to ISTIO (one version a minor), run this tool, and name whatever CEL
expression it says it does not know in schemas/cel.json, with a predicate of that name in istiolint/schema/.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parent))

from schema_ahead import AHEAD, ahead
from schema_nodes import Cel, Intern, Json, simplify

TOOL = 1
"""Version of this tool's output; raise it when the form of the files changes."""

HERE = Path(__file__).resolve().parent.parent / "schemas"

ISTIO_MODULE = "istio.io/api"
ISTIO_CRDS = "kubernetes/customresourcedefinitions.gen.yaml"
ISTIO = {
    "1.19": "v1.19.0",
    "1.20": "v1.20.0",
    "1.21": "v1.21.0",
    "1.22": "v1.22.0",
    "1.23": "v1.23.0",
    "1.24": "v1.24.2",
    "1.25": "v1.25.0",
    "1.26": "v1.26.0",
    "1.27": "v1.27.0",
    "1.28": "v1.28.0",
    "1.29": "v1.29.0",
    "1.30": "v1.30.1",
    "1.31": "v1.31.1",
}
GATEWAY_MODULE, GATEWAY_VERSION = "sigs.k8s.io/gateway-api", "v1.6.0"
GATEWAY_CRDS = "config/crd/experimental"

ENVELOPE: Json = {"apiVersion": "any", "kind": "any", "metadata": "metadata", "status": "any"}
"""Fields of every object. The status is not looked at: the API server drops it where a manifest brings one."""


def download(module: str, version: str, offline: bool) -> Json | None:
    """What `go mod download -json` says of a module; None if it is not in the module cache and we are offline."""
    command = ["go", "mod", "download", "-json", f"{module}@{version}"]
    environment = {"GOPROXY": "off"} if offline else {}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd="/", env={**os.environ, **environment}
        )
    except FileNotFoundError:
        return None
    found: Json = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    if found.get("Error") or "Dir" not in found:
        if offline:
            return None
        raise SystemExit(f"{module}@{version}: {found.get('Error') or done.stderr.strip()}")
    return found


def crds(*files: Path) -> Iterator[Json]:
    """Every CustomResourceDefinition of some YAML files."""
    for file in files:
        with file.open(encoding="utf-8") as stream:
            for document in yaml.load_all(stream, yaml.CSafeLoader):
                if document and document.get("kind") == "CustomResourceDefinition":
                    yield document["spec"]


class Kind:
    """One kind over all versions of Istio: its nodes, and which is the root for which release and version."""

    def __init__(self, spec: Json, cel: Cel) -> None:
        names = spec["names"]
        self.group: str = spec["group"]
        self.kind: str = names["kind"]
        self.names: Json = {"plural": names["plural"], "short": names.get("shortNames", [])}
        self.scope: str = spec["scope"]
        self.roots: dict[str, list[tuple[str, int | None]]] = {}
        self.nodes = Intern()
        self.cel = cel

    def add(self, spec: Json, release: str) -> None:
        """Take over the schemas of one release; they come oldest first."""
        roots: dict[str, int] = {}
        for version in spec["versions"]:
            if version["served"]:
                roots[version["name"]] = self.root(version["schema"]["openAPIV3Schema"])
        for name in roots.keys() | self.roots.keys():
            steps = self.roots.setdefault(name, [])
            root = roots.get(name)
            if not steps and root is None:
                continue
            if not steps or steps[-1][1] != root:
                steps.append((release, root))

    def root(self, schema: Json) -> int:
        node = {
            "type": "object",
            "fields": {**ENVELOPE, "spec": simplify(schema["properties"]["spec"], self.nodes, self.cel)},
        }
        if required := [name for name in schema.get("required", ()) if name == "spec"]:
            node["required"] = required
        return self.nodes.number(node)

    @property
    def path(self) -> str:
        return f"{self.group}/{self.kind}.json"

    def text(self) -> str:
        """The file: a JSON object a line; the first says which node is the root, the others are the nodes."""
        head = {"roots": {name: [list(step) for step in steps] for name, steps in sorted(self.roots.items())}}
        return "\n".join(line(one) for one in (head, *self.nodes.all)) + "\n"

    def row(self) -> Json:
        """The kind's line in kinds.json; versions with the releases that serve them, newest version first."""
        served = {}
        for name, steps in sorted(self.roots.items(), key=lambda item: age(item[0])):
            first = next(release for release, root in steps if root is not None)
            gone = next((release for release, root in steps if root is None), None)
            served[name] = [first, gone]
        return {"group": self.group, "kind": self.kind, **self.names, "scope": self.scope, "served": served}


def age(version: str) -> tuple[int, int, int]:
    """Sorts Kubernetes API versions, newest first: v1, v1beta1, v1alpha3, v1alpha1."""
    major, _, rest = version.removeprefix("v").partition("alpha")
    if rest:
        return (-int(major), 2, -int(rest))
    major, _, rest = major.partition("beta")
    return (-int(major), 1 if rest else 0, -int(rest or 0))


def line(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def generate(offline: bool) -> dict[str, str] | None:
    """Path in schemas/ to text, for every file this tool makes; None if offline without the modules."""
    cel = Cel(json.loads((HERE / "cel.json").read_text(encoding="utf-8")))
    sources: list[Json] = []
    kinds: dict[tuple[str, str], Kind] = {}

    def take(release: str, *files: Path, change: Any = None) -> None:
        for spec in crds(*files):
            if change is not None:
                change(spec)
            kind = kinds.setdefault((spec["group"], spec["names"]["kind"]), Kind(spec, cel))
            kind.add(spec, release)

    releases: list[str] = []
    for release, version in ISTIO.items():
        found = download(ISTIO_MODULE, version, offline)
        if found is None:
            return None
        releases.append(release)
        file = Path(found["Dir"]) / ISTIO_CRDS
        sources.append(source(found, [ISTIO_CRDS]))
        take(release, file)
    take(AHEAD, file, change=ahead)
    found = download(GATEWAY_MODULE, GATEWAY_VERSION, offline)
    if found is None:
        return None
    files = sorted((Path(found["Dir"]) / GATEWAY_CRDS).glob("gateway.networking.k8s.io_*.yaml"))
    sources.append(source(found, [GATEWAY_CRDS]))
    take("", *files)
    if unused := cel.unused():
        raise SystemExit(f"schemas/cel.json names expressions that no schema uses: {unused}")

    made = {kind.path: kind.text() for kind in kinds.values()}
    rows = [kind.row() for _, kind in sorted(kinds.items())]
    head = {"releases": [*releases, AHEAD], "gateway": GATEWAY_VERSION}
    made["kinds.json"] = "\n".join(line(one) for one in (head, *rows)) + "\n"
    made["PROVENANCE.json"] = provenance(sources, made)
    return made


def source(found: Json, paths: list[str]) -> Json:
    return {"module": found["Path"], "version": found["Version"], "sum": found["Sum"], "read": paths}


def provenance(sources: list[Json], made: dict[str, str]) -> str:
    """Where the data came from, and a digest of each file, so that a hand edit is noticed."""
    digests = {path: digest(text) for path, text in sorted(made.items())}
    written = {
        "tool": f"tools/schemas.py {TOOL}",
        "licence": "Apache-2.0 (both modules)",
        "sources": sources,
        "ahead": f"{AHEAD}: the last release with the changes of tools/schema_ahead.py",
        "cel.json": digest((HERE / "cel.json").read_text(encoding="utf-8")),
        "files": digests,
    }
    return json.dumps(written, indent=1, ensure_ascii=False) + "\n"


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def stale(offline: bool = True) -> list[str]:
    """What in schemas/ differs from what this tool makes; by digests alone where the modules are not at hand."""
    made = generate(offline)
    if made is not None:
        wrong = [path for path, text in made.items() if read(path) != text]
        return wrong + [path for path in present() if path not in made]
    said = json.loads(read("PROVENANCE.json"))
    files = {**said["files"], "cel.json": said["cel.json"]}
    wrong = [path for path, expected in files.items() if digest(read(path)) != expected]
    return wrong + [path for path in present() if path not in files]


def read(path: str) -> str:
    file = HERE / path
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def present() -> list[str]:
    """The files of schemas/ that are this tool's: those in folders named like API groups."""
    return [file.relative_to(HERE).as_posix() for file in sorted(HERE.glob("*.io/*.json"))]


def main() -> int:
    parser = argparse.ArgumentParser(description="Make schemas/ from the CRDs of Istio and Gateway API.")
    parser.add_argument("--check", action="store_true", help="only say whether schemas/ is up to date")
    if parser.parse_args().check:
        wrong = stale()
        lines = [f"schemas/{path} is not what tools/schemas.py makes" for path in wrong]
        print("\n".join(lines) or "schemas/ is up to date")
        return 1 if wrong else 0
    made = generate(offline=False)
    assert made is not None
    for path in present():
        if path not in made:
            (HERE / path).unlink()
    for path, text in made.items():
        (HERE / path).parent.mkdir(parents=True, exist_ok=True)
        (HERE / path).write_text(text, encoding="utf-8")
    print(f"{len(made)} files, {sum(map(len, made.values())) // 1000} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
