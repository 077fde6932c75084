from __future__ import annotations

from istiolint.batch import Input
from istiolint.config import Config
from istiolint.engine import run
from istiolint.source.kustomize import NONE, Patches, patches_in

KUSTOMIZATION = b"""
resources: [../base]
patches:
- path: patches/gateway.yaml
- patch: |-
    - op: remove
      path: /spec
patchesStrategicMerge: [more.yaml, "kind: Inline\\nspec: {}"]
patchesJson6902:
- {path: json.yaml, target: {kind: Gateway}}
"""


def test_patches_are_found_beside_their_kustomization() -> None:
    files = [
        ("k8s/prod/kustomization.yaml", KUSTOMIZATION),
        ("k8s/prod/patches/gateway.yaml", b"kind: Gateway\nmetadata: {name: edge}\n"),
        ("k8s/prod/json.yaml", b"[{op: remove, path: /spec}]"),
        ("k8s/base/other.yaml", b"patches: [{path: x}]"),
    ]
    assert patches_in(files) == Patches(
        frozenset(("k8s/prod/patches/gateway.yaml", "k8s/prod/json.yaml")),
        frozenset((("Gateway", "*"), ("Gateway", "edge"), ("Inline", "*"))),
    )


def test_a_kustomization_that_is_none_says_nothing() -> None:
    assert patches_in([("kustomization.yaml", b"[1, {"), ("a/kustomization.yml", b"patches: 3")]) == NONE


def test_a_patch_is_not_judged_as_a_whole_object() -> None:
    gateway = b"apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: {selector: {a: b}}\n"
    patched = [Input("kustomization.yaml", b"patches: [{path: g.yaml}]"), Input("g.yaml", gateway)]
    assert run(patched[1:], Config(cache=False)).report.findings
    assert not run(patched, Config(cache=False)).report.findings
