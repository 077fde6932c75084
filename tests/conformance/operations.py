"""How far the install checks agree with measured verdicts on IstioOperator, `--set`, mesh settings and annotations.

usage: python tests/conformance/operations.py FOLDER [--show N]

FOLDER holds `*.jsonl`, one case a line: `kind`, `valid`, `warning`, and `data`, `yaml`, `value`, `set` or `annotation`.
A case agrees where both verdicts do: whether Istio refuses the input, and whether it warns. The last lines tell the
agreement per file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from istiolint.cards import catalog
from istiolint.finding import Defect
from istiolint.install.annotations import check_pod_annotations
from istiolint.install.extension_providers import service_problem
from istiolint.install.helm_values import check_values
from istiolint.install.locality import check_locality, check_zone_aware
from istiolint.install.mesh_config import check_mesh_config
from istiolint.install.mesh_networks import check_mesh_networks
from istiolint.install.operator import check_operator
from istiolint.install.proxy_config import check_proxy_config
from istiolint.install.set_flags import judge_flags
from istiolint.install.setting import Setting
from istiolint.source.reader import read

WARNINGS = {"doubtful-mesh-setting", "replicas-and-autoscaler"}
"""Rules that stand for a warning of Istio's own; the others are ours."""
LATER = {"unknown-profile"}
"""What shows only when an IstioOperator is rendered, which these cases do for flags alone."""
LOCALITY = {"localityLbSetting": check_locality, "zoneAwareLbSetting": check_zone_aware}


def verdict(case: dict[str, Any], severity: dict[str, str]) -> tuple[bool, bool]:
    """Whether we would refuse the case, and whether we would warn as Istio does."""
    kind: str = case["kind"]
    value = case.get("value", case.get("data"))
    if "yaml" in case:
        documents = read(case["yaml"])
        value = documents[0].value if documents else None
    if kind == "ExtensionProvider.service":
        return service_problem(value) is not None, False
    defects = list(judged(kind, value, case))
    refused = any(severity[defect.rule] == "error" for defect in defects)
    if kind.startswith("ExtensionProvider."):
        refused = any(defect.rule == "invalid-extension-provider" for defect in defects)
    if kind == "IstioOperator":
        refused = any(severity[defect.rule] == "error" and defect.rule not in LATER for defect in defects)
    return refused, any(defect.rule in WARNINGS for defect in defects)


def judged(kind: str, value: Any, case: dict[str, Any]) -> Iterable[Defect]:
    owner, _, field = kind.partition(".")
    if kind == "IstioctlInstallSet":
        return [found.defect for found in judge_flags(case["set"])]
    if kind == "PodAnnotation":
        return check_pod_annotations(case["annotation"], ("metadata", "annotations"))
    if kind == "IstioOperator":
        return check_operator(Setting(value, ()))
    if kind == "IstioOperatorValues":
        return check_values(Setting(value, ()))
    if owner in ("MeshNetworks", "MeshNetworksMessage"):
        return check_mesh_networks(Setting(value, ()))
    if field in LOCALITY:
        detects = case.get("outlierDetection") is not None
        return LOCALITY[field](Setting(value, ()) if value is not None else None, detects)
    alone = owner.endswith("Message")
    if field and not (isinstance(value, dict) and list(value) == [field]):
        value = {field: value}
    if owner == "ExtensionProvider":
        value = {"extensionProviders": [{"name": "it", **value}]}
    if owner in ("ProxyConfig", "ProxyConfigMessage"):
        return check_proxy_config(Setting(value, ()), alone)
    return check_mesh_config(Setting(value, ()), alone)


def main(folder: Path, show: int) -> None:
    severity = {name: card.severity for name, card in catalog().items()}
    lines = []
    for file in sorted(folder.glob("*.jsonl")):
        cases = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
        wrong = []
        for case in cases:
            try:
                ours = verdict(case, severity)
            except Exception as error:
                wrong.append(f"{case['id']} crashed: {error!r}")
                continue
            if ours != (not case["valid"], bool(case["warning"])):
                wrong.append(f"{case['id']} refused, warned: {ours}, valid {case['valid']}, {case.get('note')}")
        for text in wrong[:show]:
            print(f"    {text[:200]}")
        right = len(cases) - len(wrong)
        lines.append(f"{file.stem:16} {right}/{len(cases)} = {right / max(1, len(cases)):.2%}, {len(wrong)} wrong")
    print("\n".join(lines))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(Path(arguments[0]), int(arguments[arguments.index("--show") + 1]) if "--show" in arguments else 0)
