"""What Istio's main branch accepts beyond its last release, as changes to the last release's schemas.

When a release has these fields (tools/schemas.py then says that it finds them already there), take them out here and
raise AHEAD.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

AHEAD = "1.32"
"""The release that the main branch becomes."""

STRINGS: Json = {"type": "array", "items": {"type": "string"}}
UINT32: Json = {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}
UTILIZATION: Json = {
    "type": "object",
    "properties": {
        "errorUtilizationPenaltyPercent": UINT32,
        "metricNamesForComputingUtilization": STRINGS,
        "weightExpirationPeriod": {"type": "string"},
        "weightStabilizationPeriod": {"type": "string"},
        "weightUpdatePeriod": {"type": "string"},
    },
}

ADDED: dict[str, dict[str, Json]] = {
    # kind -> the end of the path of an object -> new fields of it
    "DestinationRule": {"loadBalancer": {"backendUtilization": UTILIZATION}},
    "Gateway": {"servers.tls": {"ecdhCurves": STRINGS}},
    "Sidecar": {"ingress.tls": {"ecdhCurves": STRINGS}},
    "EnvoyFilter": {"listener.filterChain": {"transportSocket": {"type": "string"}}},
}
CHOICES = {"loadBalancer": "backendUtilization"}
"""New fields that join the "at most one of" of their object."""


def ahead(spec: Json) -> None:
    """Change the `spec` of a CustomResourceDefinition to what the main branch has. Raises SystemExit if it has it."""
    wanted = ADDED.get(spec["names"]["kind"], {}) if spec["group"].endswith(".istio.io") else {}
    for version in spec["versions"]:
        for path, schema in objects(version["schema"]["openAPIV3Schema"], ""):
            for end, fields in wanted.items():
                if ("." + path).endswith("." + end):
                    if fields.keys() & schema["properties"].keys():
                        raise SystemExit(f"{path} already has {sorted(fields)}: take it out of {__file__}")
                    schema["properties"].update(fields)
                    if end in CHOICES:
                        choose(schema["oneOf"], CHOICES[end])


def objects(schema: Json, path: str) -> Iterator[tuple[str, Json]]:
    """Every object schema with the names of the fields that lead to it; lists add nothing to the path."""
    if "properties" in schema:
        for name, field in list(schema["properties"].items()):
            yield from objects(field, f"{path}.{name}")
        yield path, schema
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            yield from objects(schema[inner], path)


def choose(options: list[Json], name: str) -> None:
    for option in options:
        if "not" in option:
            option["not"]["anyOf"].append({"required": [name]})
    options.append({"required": [name]})
