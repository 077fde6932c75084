"""The runner of trace vectors: how answers are compared."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import trace_vectors

RUNNER = Path(trace_vectors.__file__)


@pytest.mark.parametrize(
    ("expected", "said", "wrong"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": 1}, {}, ["a (missing)"]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["a.b"]),
        ({"a": {"b": 1}}, {"a": 2}, ["a"]),
        ({"a": [{"host": "x"}, {"host": "y"}]}, {"a": [{"host": "y"}, {"host": "x"}]}, []),
        ({"a": [{"host": "x"}]}, {"a": [{"host": "x"}, {"host": "y"}]}, ["a"]),
        ({"a": ["p", "q"]}, {"a": ["q", "p"]}, []),
    ],
)
def test_only_what_is_expected_counts(expected: object, said: object, wrong: list[str]) -> None:
    assert list(trace_vectors.differences(expected, said, False)) == wrong


def test_strictly_more_is_wrong_too() -> None:
    assert list(trace_vectors.differences({"a": 1}, {"a": 1, "b": 2}, True)) == [".b (too much)"]


@pytest.mark.parametrize(
    ("written", "canonical"), [("1500ms", "1.500s"), ("3s", "3s"), ("1m1s", "61s"), ("1us", "0.000001s")]
)
def test_durations(written: str, canonical: str) -> None:
    assert trace_vectors.duration(written) == canonical


def test_deviations_have_reasons() -> None:
    for line in (RUNNER.parent / "trace_deviations.jsonl").read_text().splitlines():
        assert set(json.loads(line)) == {"where", "measured", "reason"}


MANIFESTS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {selector: {app: pay}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: shop}
spec: {replicas: 1, template: {metadata: {labels: {app: pay}}, spec: {containers: [{name: a, image: x}]}}}
"""


@pytest.mark.slow
def test_the_last_line_says_how_many_agree(tmp_path: Path) -> None:
    request = {"protocol": "http", "host": "pay", "port": 80, "authority": "pay", "method": "GET", "path": "/"}
    queries = [
        {"from": {"namespace": "shop", "workload": "pay", "ip": "10.0.0.1"}, "request": request, "expect": expect}
        for expect in ({"outcome": "forward"}, {"outcome": "passthrough"})
    ]
    file = tmp_path / "some.jsonl"
    file.write_text(json.dumps({"id": "1", "manifests": MANIFESTS, "mesh_config": {}, "queries": queries}))
    done = subprocess.run([sys.executable, RUNNER, file, "--show", "1"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["     1 outcome", "1/2 = 50.00 %"]
    assert "expected{" in done.stdout
