"""Makes the tables of `schemas/install/` that follow Istio's API: what settings there are, and labels and annotations.

usage: python tools/install_tables.py FOLDER

FOLDER holds `mesh_iop_schema.json` (field trees by message) and `labels_annotations.json`, both derived from the API
definitions of Istio 1.32. Only facts are taken over: names, types, deprecation.

The tables map a message to its fields, and a field to its type, written as follows: `!` in front says deprecated, `[]`
a list, `{}` a map of strings; then a scalar type (`string bool int32 uint32 int64 double duration int-or-string`),
`object` (any fields), `any`, `enum A|B`, or the name of a message. The key `|name` of a message lists the members of
the oneof `name`; `~name` is another name of a field, where it is not just its snake case. `operator.json`, which is
written by hand after the Go types of IstioOperator and Kubernetes, adds the type `quantity`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parent.parent / "schemas" / "install"
PREFIXES = (
    "istio.mesh.v1alpha1.",
    "istio.networking.v1alpha3.",
    "istio.networking.v1beta1.",
    "istio.operator.v1alpha1.",
)
SCALARS = {
    "BoolValue": "bool", "StringValue": "string", "Int32Value": "int32", "Int64Value": "int64", "UInt32Value": "uint32",
    "Duration": "duration", "Struct": "object", "Value": "any",
}  # fmt: skip


def main(folder: Path) -> None:
    trees = json.loads((folder / "mesh_iop_schema.json").read_text())
    messages: dict[str, dict[str, str]] = {}
    for root in ("MeshConfig", "ProxyConfig", "MeshNetworks"):
        add(root, trees[root], messages)
    write("mesh.json", messages)
    values: dict[str, dict[str, str]] = {}
    add("Values", trees["Values"], values)
    write("values.json", values)
    known = json.loads((folder / "labels_annotations.json").read_text())
    for side in ("labels", "annotations"):
        write(f"{side}.json", {row["name"]: facts(row) for row in known[side]})


def add(name: str, fields: dict[str, Any], messages: dict[str, dict[str, str]]) -> None:
    rows: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    for field, spec in fields.items():
        rows[field] = kind(spec, messages)
        snake = spec.get("orig", field)
        if camel(snake) != field and snake != field:
            rows[f"~{snake}"] = field
        if "oneof" in spec:
            groups.setdefault(spec["oneof"], []).append(field)
    for group, members in groups.items():
        if len(members) > 1:
            rows[f"|{group}"] = "|".join(members)
    if messages.setdefault(name, rows) != rows:
        raise SystemExit(f"two different messages are called {name}")


def kind(spec: dict[str, Any], messages: dict[str, dict[str, str]]) -> str:
    text = SCALARS.get(spec["type"], spec["type"])
    if text == "enum":
        text = "enum " + "|".join(spec["enum"])
    elif text == "message":
        text = spec["name"]
        for prefix in PREFIXES:
            text = text.removeprefix(prefix)
        if text == "IntOrString":
            text = "int-or-string"
        else:
            add(text, spec["fields"], messages)
    container = "{}" if "map" in spec else "[]" if spec.get("list") else ""
    return ("!" if spec.get("deprecated") else "") + container + text


def camel(snake: str) -> str:
    first, *rest = snake.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def facts(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "on": row["resources"],
        "status": row["featureStatus"] or "",
        **{flag: True for flag in ("deprecated", "hidden") if row[flag]},
    }


def write(name: str, table: dict[str, Any]) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    lines = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in sorted(table.items())]
    (OUT / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
