"""How far traces agree with what really happens to requests.

    python tests/conformance/trace_vectors.py FILE [--show N] [--field NAME] [--world ID] [--strict]

FILE holds one world a line: `id`, `manifests`, `mesh_config` and `queries`, each with `from`, `request` and `expect`.
A query agrees when every field that its answer gives agrees; what is known not to agree, and why, is in
`trace_deviations.jsonl`. `--show` prints some disagreements, `--field` only those of a field, `--world` only those of a
world; `--strict` counts what we say and the answer does not, too.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from istiolint.mesh import Mesh, MeshSettings, build
from istiolint.source.document import Document
from istiolint.source.reader import read
from istiolint.source.spans import SpanTable
from istiolint.trace.question import Client, Request, client_of
from istiolint.trace.result import Backend, Chance, Target, Trace, Verdict
from istiolint.trace.tracer import Options, Tracer

MEASURED = Options(defaulted_ports=False)
"""The control plane that was measured had the manifests as they stand, without an API server that would have set the
`targetPort` of a Service's port: it takes such a port for one that no Service has, as far as the pod is concerned."""

UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--field", default="")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--world", default="")
    options = parser.parse_args()
    agreed = total = 0
    fields: Counter[str] = Counter()
    shown = 0
    for line in Path(options.file).read_text(encoding="utf-8").splitlines():
        world = json.loads(line)
        if options.world and world["id"] != options.world:
            continue
        mesh = build(documents(world["manifests"]), MeshSettings(world="complete", mesh_config=world["mesh_config"]))
        tracer = Tracer(mesh, MEASURED)
        for query in world["queries"]:
            total += 1
            try:
                said = answer(tracer.trace(client(mesh, query["from"]), request(query["request"])))
            except Exception as error:
                if options.show:
                    raise
                said = {"outcome": f"{type(error).__name__}: {error}"}
            wrong = sorted(set(differences(query["expect"], said, options.strict)))
            agreed += not wrong
            fields.update(wrong)
            if wrong and shown < options.show and (not options.field or options.field in wrong):
                shown += 1
                print(f"{world['id']} {', '.join(wrong)}")
                for name, value in (("from", query["from"]), ("request", query["request"])):
                    print(f"  {name:8}{json.dumps(value)}")
                for name, value in (("expected", query["expect"]), ("said", said)):
                    print(f"  {name:8}{json.dumps(value, sort_keys=True)}")
    for field, count in fields.most_common():
        print(f"{count:6} {field}")
    print(f"{agreed}/{total} = {100 * agreed / max(total, 1):.2f} %")
    return 0


def documents(manifests: str) -> list[Document]:
    """The objects of a world."""
    found = read(manifests)
    return [
        Document("world.yaml", index, item.value, SpanTable(item.value, item.offsets))
        for index, item in enumerate(found)
        if isinstance(item.value, dict)
    ]


def client(mesh: Mesh, written: dict[str, Any]) -> Client:
    """Who calls."""
    namespace, name = written.get("namespace", ""), written.get("workload", "")
    if "gateway" in written:
        namespace, _, name = written["gateway"].partition("/")
    for workload in mesh.workload_index.by_namespace.get(namespace, ()):
        if workload.name == name:
            return client_of(mesh, workload, written.get("ip", ""))
    raise LookupError(f"no workload {namespace}/{name}")


def request(written: dict[str, Any]) -> Request:
    """What is sent."""
    headers = tuple((key.lower(), value) for key, value in written.get("headers", {}).items())
    return Request(
        written["protocol"], written["host"], written["port"], written.get("authority", ""),
        written.get("method", ""), written.get("path", ""), headers, written.get("sni", ""),
        written.get("source_ip", ""),
    )  # fmt: skip


def answer(trace: Trace) -> dict[str, Any]:
    """A trace in the words of the file."""
    said: dict[str, Any] = {"outcome": trace.outcome}
    if (route := trace.route) is not None:
        said["virtual_service"] = name(route.service)
        said["http"] = route.http
        said["match"] = route.match
        if route.delegate is not None:
            said["delegate"] = {"virtual_service": name(route.delegate), "http": route.delegate_http}
    said["destinations"] = [destination(target) for target in trace.targets]
    said["backends"] = [backend(it) for it in trace.backends]
    said["gateway_authz"] = authz(trace.gateway_verdict)
    said["path"], said["authority"], said["status"] = trace.path, trace.authority, trace.status
    said["timeout"] = duration(trace.timeout) if trace.timeout else None
    if trace.redirect is not None:
        said["redirect"] = {"status": trace.redirect.status, "location": trace.redirect.location}
    if trace.fault is not None:
        said["fault"] = filled({"delay": chance(trace.fault.delay), "abort": chance(trace.fault.abort)})
    said["mirrors"] = [
        filled({"host": it.host, "port": it.port, "subset": it.subset, "percent": it.percent,
                "result": it.result if it.result != "ok" else None})
        for it in trace.mirrors
    ]  # fmt: skip
    return filled(said)


def destination(target: Target) -> dict[str, Any]:
    return filled(
        {
            "host": target.host,
            "port": target.port,
            "subset": target.subset,
            "weight": target.weight,
            "result": target.result,
            "client_tls": target.client_tls,
            "destination_rule": "/".join(target.rule) if target.rule else None,
            "backends": [backend(it) for it in target.backends],
        }
    )


def backend(found: Backend) -> dict[str, Any]:
    said: dict[str, Any] = {
        "workload": name(found.workload) if found.workload else None,
        "address": found.address,
        "port": found.port,
        "sent": found.sent,
        "connection": found.connection,
        "authz": authz(found.verdict),
    }
    if found.connection is not None:
        said["server_mtls"] = found.mode.lower() if found.mode else "none"
    return filled(said)


def authz(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    rules = [f"{name(policy)}[{index}]" for policy, index in verdict.rules]
    return filled({"verdict": "allow" if verdict.allowed else "deny", "by": verdict.by, "rules": rules})


def chance(found: Chance | None) -> dict[str, Any] | None:
    if found is None:
        return None
    value = duration(found.value) if isinstance(found.value, str) else found.value
    return {"value": value, "percent": found.percent}


def duration(written: str) -> str:
    """A duration as protobuf writes it in JSON: seconds with 0, 3, 6 or 9 decimals."""
    nanoseconds = 0
    for number, unit in re.findall(r"([0-9.]+)(ns|us|µs|ms|s|m|h)", written):
        nanoseconds += round(float(number) * UNITS[unit])
    seconds, rest = divmod(nanoseconds, 10**9)
    digits = f"{rest:09}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{seconds}.{digits}s" if digits else f"{seconds}s"


def name(thing: Any) -> str:
    return f"{thing.namespace}/{thing.name}"


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is not there."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def differences(expected: Any, said: Any, strict: bool, path: str = "") -> Iterator[str]:
    """The fields in which an answer differs from what is expected, of which only what is there counts."""
    if isinstance(expected, dict):
        if not isinstance(said, dict):
            yield path
            return
        for key, value in expected.items():
            below = f"{path}.{key}" if path else key
            if key not in said:
                yield f"{below} (missing)"
            else:
                yield from differences(value, said[key], strict, below)
        if strict:
            yield from (f"{path}.{key} (too much)" for key in said if key not in expected)
    elif isinstance(expected, list):
        if not isinstance(said, list) or len(said) != len(expected):
            yield path
            return
        for one, other in zip(sorted(expected, key=order), sorted(said, key=order), strict=True):
            yield from differences(one, other, strict, path)
    elif expected != said:
        yield path


def order(item: Any) -> str:
    """A key by which the same items of two lists come to stand side by side."""
    if not isinstance(item, dict):
        return str(item)
    return str([item.get(key, "") for key in ("host", "port", "subset", "workload", "address", "percent")])


if __name__ == "__main__":
    sys.exit(main())
