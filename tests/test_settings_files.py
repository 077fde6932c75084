"""Files of settings that are no Kubernetes objects: values of Istio's charts, and the file of `--mesh-config`."""

from __future__ import annotations

from pathlib import Path

import pytest

from istiolint.batch import Input
from istiolint.config import Config
from istiolint.engine import run
from istiolint.finding import Finding
from istiolint.report.json_report import resource_object

VALUES = """\
global:
  istioNamespace: istio-system
  imageRegistry: registry.example.com
  proxy: {excludeIPRanges: 10.0.0.0/33}
pilot:
  traceSamplin: 1.0
  initContainers: []
  autoscaleEnabled: "false"
kiali: {enabled: true}
meshConfig:
  defaultConfig: {drainDuration: 1500ms}
"""


PLAIN = Config()


def found(text: str, config: Config = PLAIN, file: str = "values.yaml") -> list[Finding]:
    outcome = run([Input(file, text.encode())], config._replace(cache=False))
    assert not outcome.crashes
    return list(outcome.report.findings)


def test_values_of_istios_charts_are_judged() -> None:
    assert [(it.rule, it.severity, it.path) for it in found(VALUES)] == [
        ("invalid-install-setting", "error", "/global/proxy/excludeIPRanges"),
        ("unknown-install-setting", "warning", "/pilot/traceSamplin"),
        ("wrong-setting-type", "warning", "/pilot/autoscaleEnabled"),
        ("invalid-mesh-setting", "error", "/meshConfig/defaultConfig/drainDuration"),
    ]
    assert all(resource_object(it.resource) is None for it in found(VALUES))


@pytest.mark.parametrize(
    "text",
    [
        "global: {istioNamespace: istio-system, tags: 1}\nservice: {port: 80}\n",
        "pilot: {autoscaleEnabled: nope}\n",
        "meshConfig: {mine: 1}\n",
        "meshConfig: accessLogFile\n",
        "- pilot\n",
        "global:\n  proxy: text\ncni: []\n",
    ],
)
def test_other_files_are_nobodys_business(text: str) -> None:
    assert not found(text)
    assert run([Input("values.yaml", text.encode())], Config(cache=False)).report.summary.documents == 0


def test_two_files_of_values_have_findings_of_their_own() -> None:
    one, other = found(VALUES, file="one.yaml"), found(VALUES, file="other.yaml")
    assert not {it.fingerprint for it in one} & {it.fingerprint for it in other}


def test_the_mesh_knows_the_mesh_configuration_of_values() -> None:
    policy = """\
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: ask, namespace: shop}
spec: {action: CUSTOM, provider: {name: opa}, rules: [{}]}
"""
    known = "meshConfig:\n  extensionProviders:\n  - {name: opa, envoyExtAuthzGrpc: {service: opa.x.com, port: 9191}}\n"
    complete = Config(world="complete")
    rule = "authorization-provider-not-found"
    assert rule not in {it.rule for it in found(known + policy, complete)}
    assert rule in {it.rule for it in found(known.replace("name: opa", "name: opp") + policy, complete)}


def test_mistakes_in_the_given_mesh_configuration_are_reported_there(tmp_path: Path) -> None:
    given = tmp_path / "mesh.yaml"
    given.write_text("accessLogFile: /dev/stdout\nacessLogEncoding: JSON\n")
    [finding] = found("", Config(mesh_config=str(given)))
    assert (finding.rule, finding.place.file, finding.place.line) == ("unknown-mesh-setting", str(given), 2)
    assert finding.fix is None


def test_an_object_around_the_given_mesh_configuration_is_judged_once(tmp_path: Path) -> None:
    given = tmp_path / "mesh.yaml"
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata: {mesh: 'foo: 1'}\n"
    given.write_text(text)
    config = Config(mesh_config=str(given))
    assert [it.rule for it in found("", config)] == ["unknown-mesh-setting"]
    assert [it.rule for it in found(text, config, str(given))] == ["unknown-mesh-setting"]
