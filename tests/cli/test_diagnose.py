"""`istiolint diagnose`: words of people to symptoms, the order of causes, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from istiolint.cards import catalog
from istiolint.cli.main import cli
from istiolint.diagnosis import SYMPTOMS, symptom_of

ROUTE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: %(name)s, namespace: shop}
spec:
  hosts: [%(name)s]
  http:
  - route:
    - destination: {host: %(name)s, subset: %(subset)s}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: %(name)s, namespace: shop}
spec:
  host: %(name)s
  subsets:
  - {name: v1, labels: {version: v1}}
---
apiVersion: v1
kind: Service
metadata: {name: %(name)s, namespace: shop}
spec:
  selector: {app: %(name)s}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: %(name)s-v1, namespace: shop}
spec:
  selector: {matchLabels: {app: %(name)s}}
  template:
    metadata: {labels: {app: %(name)s, version: v1}}
    spec: {containers: [{name: app, image: app, ports: [{containerPort: 80}]}]}
"""
STRICT = """\
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
"""
SOUND = ROUTE % {"name": "web", "subset": "v1"}
BOTH = ROUTE % {"name": "api", "subset": "v8"} + "---\n" + ROUTE % {"name": "web", "subset": "v9"}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def diagnose(symptom: str, manifests: str, *options: str) -> Result:
    Path("mesh.yaml").write_text(manifests)
    return CliRunner().invoke(cli, ["diagnose", symptom, "mesh.yaml", *options])


def report(symptom: str, manifests: str, *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(diagnose(symptom, manifests, "--format", "json", *options).stdout)
    return found


@pytest.mark.parametrize(
    ("words", "symptom"),
    [
        *((name, name) for name in SYMPTOMS),
        ("503s", "503"),
        ("503 errors", "503"),
        ("Service Unavailable", "503"),
        ("no healthy upstream", "503"),
        ("connection refused", "503"),
        ("UF", "503"),
        ("UO", "503"),
        ("cluster_not_found", "503"),
        ("upstream_reset_before_response_started", "503"),
        ("NR", "404"),
        ("route_not_found", "404"),
        ("UAEX", "denied"),
        ("UT", "latency"),
        ("sidecar not injected", "not-injected"),
        ("Sidecar is missing", "not-injected"),
        ("mTLS handshake fail", "mtls-handshake"),
        ("handshake", "mtls-handshake"),
        ("RBAC: access denied", "denied"),
        ("403", "denied"),
        ("high latency", "latency"),
        ("upstream request timeout", "latency"),
        ("config rejected", "rejected"),
        ("validation failed", "rejected"),
        ("NOT_INJECTED", "not-injected"),
        ("no effect", "no-effect"),
        ("route is ignored", "no-effect"),
        ("not found", "404"),
    ],
)
def test_people_say_it_in_other_words(words: str, symptom: str) -> None:
    assert symptom_of(words) == symptom


def test_every_symptom_has_rules_and_every_rule_a_known_symptom() -> None:
    named = {symptom for card in catalog().values() for symptom in card.symptoms}
    assert named == set(SYMPTOMS)


def test_what_is_no_symptom_is_wrong_usage() -> None:
    result = diagnose("purple", SOUND)
    assert result.exit_code == 2
    assert "mtls-handshake" in result.stderr


def test_only_what_leads_to_the_symptom_is_shown() -> None:
    assert [it["rule"] for it in report("503", BOTH + STRICT)["findings"]] == ["subset-not-found"] * 2
    assert report("denied", BOTH)["findings"] == []


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ((), "api"),
        (("--host", "web"), "web"),
        (("--host", "web.shop"), "web"),
        (("--host", "web.shop.svc.cluster.local"), "web"),
        (("--workload", "shop/web-v1"), "web"),
        (("--workload", "api-v1"), "api"),
    ],
)
def test_what_was_asked_for_comes_first(options: tuple[str, ...], first: str) -> None:
    findings = report("503", BOTH, *options)["findings"]
    assert findings[0]["resource"]["name"] == first
    assert [it["near"] for it in findings] == [True, not options]


def test_a_related_place_makes_a_finding_be_about_it() -> None:
    plain = SOUND.replace("  subsets:", "  trafficPolicy: {tls: {mode: DISABLE}}\n  subsets:") + STRICT
    findings = report("handshake", plain, "--workload", "shop/web-v1")["findings"]
    assert [(it["rule"], it["near"]) for it in findings] == [("plaintext-to-strict", True)]


def test_errors_come_before_warnings_and_surer_ones_before_others() -> None:
    mixed = BOTH.replace("subset: v8}", "subset: v1}\n      weight: 7").replace(
        "hosts: [web]", "hosts: [web]\n  gateways: [none]"
    )
    findings = report("no-effect", mixed, "--world", "complete")["findings"]
    ranks = [("error", "warning", "info").index(it["severity"]) for it in findings]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) > 1


def test_the_rest_is_sound_or_absent() -> None:
    found = report("503", SOUND)
    assert found["findings"] == []
    assert "subset-not-found" in found["sound"]["routing"]
    assert "HTTPRoute" in found["absent"]
    assert not any("backend-not-found" in names for names in found["sound"].values())
    assert "subset-not-found" not in report("503", BOTH)["sound"]["routing"]


def test_rules_of_taste_and_silenced_ones_speak_here() -> None:
    Path("istiolint.toml").write_text('ignore = ["subset-not-found"]\n')
    silenced = BOTH.replace("subset: v8}", "subset: v8}  # istiolint: ignore[subset-not-found] later")
    assert len(report("503", silenced)["findings"]) == 2
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n"
    rules = [it["rule"] for it in report("sidecar not injected", namespace + SOUND)["findings"]]
    assert rules == ["namespace-not-injected"]


def test_exit_codes_are_those_of_check() -> None:
    assert diagnose("503", BOTH).exit_code == 1
    assert diagnose("503", SOUND).exit_code == 0
    assert diagnose("503", "a: 1\n").exit_code == 3
    assert CliRunner().invoke(cli, ["diagnose", "503", "nowhere.yaml"]).exit_code == 2
    assert diagnose("503", SOUND, "--host", "web", "--workload", "shop/web-v1").exit_code == 2


def test_the_text_shows_causes_then_the_rest() -> None:
    result = diagnose("503", BOTH, "--host", "web")
    head, *_ = result.stdout.split("\n\n")
    assert " ".join(head.split()) == "503 (requests are answered with 503): 1 finding about host web can cause this."
    order = [
        result.stdout.index(word) for word in ('subset "v9"', "Elsewhere:", 'subset "v8"', "Looked at, and sound:")
    ]
    assert order == sorted(order)


def test_an_unknown_host_is_told() -> None:
    result = diagnose("503", SOUND, "--host", "wbe")
    assert "no manifest is about host wbe" in result.stderr
    assert result.exit_code == 0


FAULT = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - fault:
      delay: {fixedDelay: 7s, percentage: {value: 100}}
    route:
    - destination: {host: reviews}
"""


def test_what_is_done_on_purpose_is_told_to_who_asks_only() -> None:
    assert [it["rule"] for it in report("latency", FAULT)["findings"]] == ["requests-delayed"]
    for options in ((), ("--select", "ALL"), ("--profile", "strict")):
        result = CliRunner().invoke(cli, ["check", "--no-config", "--format", "json", *options])
        assert "requests-delayed" not in result.stdout
    result = CliRunner().invoke(cli, ["check", "--no-config", "--select", "causes", "--format", "json"])
    assert "requests-delayed" in result.stdout
    assert "requests-delayed" in CliRunner().invoke(cli, ["rules"]).stdout


REFUSED = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec:
  mtls: {mode: strict}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: far, namespace: shop}
spec:
  hosts: [far.example]
  ports: [{number: 443, name: https, protocol: HTTPS}]
  resolution: dns
"""


def test_what_is_refused_has_no_effect_whatever_the_symptom() -> None:
    found = report("TLS handshake", REFUSED)
    assert [(it["rule"], it["line"]) for it in found["refused"]] == [("unknown-value", 5), ("unknown-value", 13)]
    assert found["findings"] == []
    shown = diagnose("TLS handshake", REFUSED)
    assert "nothing but what is refused can cause this" in " ".join(shown.stdout.split())
    assert 'mesh.yaml:5:16: error unknown-value mtls.mode cannot be "strict"' in shown.stdout
    assert shown.exit_code == 1
    assert report("rejected", REFUSED)["refused"] == []
    assert report("sidecar not injected", REFUSED)["refused"] == [], "no rule about injection looks at these kinds"
    broken = "apiVersion: v1\nkind: Service\nmetadata: [\n"
    assert [it["rule"] for it in report("503", broken)["refused"]] == ["syntax-error"]


def test_labels_that_the_files_lack_are_asked_for() -> None:
    assert report("sidecar not injected", SOUND)["unseen"] == ["shop"]
    assert "kubectl get namespace shop --show-labels" in diagnose("no sidecar", SOUND).stdout
    namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
    assert report("sidecar not injected", SOUND + namespace)["unseen"] == []
    assert "name no namespace" in diagnose("no sidecar", SOUND.replace(", namespace: shop", "")).stdout
