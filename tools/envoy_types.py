"""Make `schemas/envoy/messages.json`: the messages that the patches of an EnvoyFilter are made of.

    python tools/envoy_types.py            fetch the Go modules below, write the table

Needs the `go` command, which fetches modules by name and checks them by Go's checksum database. Istio's validation of
EnvoyFilters links the same modules, so the table knows what it knows. The form is described in
istiolint/admission/envoy_types.py, which reads it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

CONTROL_PLANE = "github.com/envoyproxy/go-control-plane"
MODULES = {
    f"{CONTROL_PLANE}/envoy": "v1.40.0",
    f"{CONTROL_PLANE}/contrib": "v1.36.1-0.20260729145720-a2d8c7492908",
    "github.com/cncf/xds/go": "",
}
"""Modules of which every package is read, and their versions; empty: the one that the others ask for."""

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent / "schemas" / "envoy" / "messages.json"

SCALARS = {
    "string": "s", "bytes": "y", "bool": "b", "float": "f", "double": "f",
    "int32": "i", "sint32": "i", "sfixed32": "i", "int64": "I", "sint64": "I", "sfixed64": "I",
    "uint32": "u", "fixed32": "u", "uint64": "U", "fixed64": "U",
}  # fmt: skip
LEFT_OUT = re.compile(
    r"(google\.api|google\.rpc|validate|grpc|io\.prometheus|envoy\.admin|cel\.expr|[ux]d\w+\.annotations)\."
)
OLD = re.compile(r"envoy\..*\bv2(alpha\d*)?\.|envoy\.type\.(matcher\.)?[A-Z]")
"""Messages of the API before v3, which Istio does not know any more."""


def main() -> None:
    """Fetch, dump, compact and write."""
    with tempfile.TemporaryDirectory() as folder:
        dump, sums = fetch(Path(folder))
    table = {"provenance": provenance(sums), **compact(dump)}
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(written(table), encoding="utf-8")
    print(f"{TABLE.name}: {len(table['messages'])} messages, {len(table['enums'])} enums, {TABLE.stat().st_size} bytes")


def fetch(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Everything that envoy_dump.go prints, and the checksum of each module with its version."""
    (folder / "go.mod").write_text("module dump\n\ngo 1.21\n")
    asked = [f"{name}@{version}" for name, version in MODULES.items() if version]
    go(folder, "get", *asked)
    packages: list[str] = []
    for name in MODULES:
        root = Path(go(folder, "list", "-m", "-f", "{{.Dir}}", name).strip())
        packages += sorted({f"{name}/{file.parent.relative_to(root).as_posix()}" for file in root.rglob("*.pb.go")})
    lines = "\n".join(f'\t_ "{package}"' for package in packages)
    (folder / "imports.go").write_text(f"package main\n\nimport (\n{lines}\n)\n")
    shutil.copy(HERE / "envoy_dump.go", folder / "main.go")
    go(folder, "mod", "tidy")
    dump = json.loads(go(folder, "run", "."))
    sums = {}
    for line in (folder / "go.sum").read_text().splitlines():
        name, version, digest = line.split()
        if name in MODULES and not version.endswith("/go.mod"):
            sums[f"{name}@{version}"] = digest
    return dump, sums


def go(folder: Path, *arguments: str) -> str:
    """What a `go` command prints."""
    return subprocess.run(["go", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def compact(dump: dict[str, Any]) -> dict[str, Any]:
    """Messages and enums in lists; a field names its type by a letter, or by the place in the list."""
    every = dump["messages"]
    wanted = [name for name in every if not LEFT_OUT.match(name) and not OLD.match(name)]
    kept: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in kept:
            kept.add(name)
            wanted += [kind for _, kind, _ in every[name]["fields"] if kind in every]
    names = sorted(kept)
    place = {name: index for index, name in enumerate(names)}
    enums = sorted({kind for name in names for _, kind, _ in every[name]["fields"] if kind in dump["enums"]})
    enum_place = {name: index for index, name in enumerate(enums)}

    def typed(kind: str) -> str:
        if kind in SCALARS:
            return SCALARS[kind]
        return f"m{place[kind]}" if kind in place else f"e{enum_place[kind]}"

    fields = {
        name: " ".join(f"{key}:{shape}{typed(kind)}" for key, kind, shape in every[name]["fields"]) for name in names
    }
    return {
        "frozen": [name for name in names if every[name]["frozen"]],
        "enums": [[name, " ".join(dump["enums"][name])] for name in enums],
        "messages": [[name, fields[name]] for name in names],
    }


def provenance(sums: dict[str, str]) -> dict[str, Any]:
    """Where the table comes from."""
    tool = hashlib.sha256((HERE / "envoy_dump.go").read_bytes()).hexdigest()
    return {"tool": "tools/envoy_types.py", "dump": tool, "licence": "Apache-2.0", "sources": sums}


def written(table: dict[str, Any]) -> str:
    """JSON with one message or enum a line, so that an update can be read as a diff."""
    parts = []
    for key, value in table.items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in value)
            parts.append(f"{json.dumps(key)}: [\n{rows}\n]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "{" + ",\n".join(parts) + "}\n"


if __name__ == "__main__":
    main()
