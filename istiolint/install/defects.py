"""One constructor per card of the family `install`."""

from __future__ import annotations

from istiolint.admission.values import Problem
from istiolint.finding import Change, Defect, Path, Repair
from istiolint.install.setting import Setting

LONGEST = 60


def _name(path: Path) -> str:
    """A setting as a message names it: its key, or its list and number."""
    if not path:
        return "the document"
    last = path[-1]
    if isinstance(last, str):
        return last
    return f"{_name(path[:-1])}[{last}]"


def _shown(value: str) -> str:
    value = value if len(value) <= LONGEST else value[: LONGEST - 3] + "..."
    return value if value.isprintable() else value.encode("unicode_escape").decode("ascii")


def _of(rule: str, setting: Setting, problem: Problem | str) -> Defect:
    if isinstance(problem, str):
        problem = Problem(problem)
    fields = {"setting": _name(setting.path), "reason": problem.reason}
    return Defect(setting.path, fields, rule, part=problem.part)


# The shape of settings


def unknown_mesh_setting(path: Path, hint: str, instead: str = "") -> Defect:
    """A field that MeshConfig, ProxyConfig or MeshNetworks does not have."""
    return Defect(path, _unknown(path, hint), "unknown-mesh-setting", on="key", repair=_renamed(path, instead))


def unknown_install_setting(path: Path, owner: str, hint: str, instead: str = "") -> Defect:
    """A field that IstioOperator or the Helm values do not have; `owner` is what should have it."""
    fields = {**_unknown(path, hint), "owner": owner}
    return Defect(path, fields, "unknown-install-setting", on="key", repair=_renamed(path, instead))


def _unknown(path: Path, hint: str) -> dict[str, object]:
    return {"setting": _shown(_name(path)), "hint": f"; {hint}" if hint else ""}


def _renamed(path: Path, instead: str) -> Repair | None:
    return Repair(f"rename it to {instead}", (Change("rename", path, instead),), safe=False) if instead else None


def wrong_setting_type(path: Path, expected: str, found: str) -> Defect:
    """A value that is not of the type which the setting has."""
    return Defect(path, {"setting": _name(path), "expected": expected, "found": found}, "wrong-setting-type")


def wrong_key_case(path: Path, right: str) -> Defect:
    """A key of an IstioOperator that only Go's decoder forgives."""
    repair = Repair(f"write {right}", (Change("rename", path, right),))
    return Defect(path, {"setting": _name(path), "right": right}, "wrong-key-case", on="key", repair=repair)


def deprecated_mesh_setting(path: Path, hint: str) -> Defect:
    """A field of the mesh configuration that has a successor, or no meaning any more."""
    return Defect(
        path, {"setting": _name(path), "hint": f"; {hint}" if hint else ""}, "deprecated-mesh-setting", on="key"
    )


def deprecated_helm_value(path: Path, hint: str) -> Defect:
    """A Helm value that the IstioOperator API replaces."""
    return Defect(
        path, {"setting": _name(path), "hint": f"; {hint}" if hint else ""}, "deprecated-helm-value", on="key"
    )


# The content of settings


def invalid_mesh_setting(setting: Setting, problem: Problem | str) -> Defect:
    """A value with which istiod refuses the mesh configuration, or a pod its proxy configuration."""
    return _of("invalid-mesh-setting", setting, problem)


def doubtful_mesh_setting(setting: Setting, problem: Problem | str) -> Defect:
    """A value that istiod takes with a warning."""
    return _of("doubtful-mesh-setting", setting, problem)


def unlikely_mesh_setting(setting: Setting, problem: Problem | str) -> Defect:
    """A value that istiod takes without a word, although nothing good can come of it."""
    return _of("unlikely-mesh-setting", setting, problem)


def invalid_extension_provider(setting: Setting, problem: Problem | str) -> Defect:
    """An extension provider that istiod reports in its log only, and that then does not work."""
    return _of("invalid-extension-provider", setting, problem)


def invalid_install_setting(setting: Setting, problem: Problem | str) -> Defect:
    """A value with which `istioctl install` stops."""
    return _of("invalid-install-setting", setting, problem)


def privileged_gateway_port(setting: Setting, port: int, target: int) -> Defect:
    """A port of a gateway that the proxy, which is not root, cannot open."""
    return Defect(setting.path, {"port": port, "target": target or port}, "privileged-gateway-port")


def replicas_and_autoscaler(setting: Setting, autoscaler: str) -> Defect:
    """A replica count beside an autoscaler that will change it."""
    return Defect(setting.path, {"autoscaler": autoscaler}, "replicas-and-autoscaler")


def unknown_profile(setting: Setting, profile: str, known: str) -> Defect:
    """A profile that does not come with Istio."""
    return Defect(setting.path, {"profile": _shown(profile), "known": known}, "unknown-profile")


def doubtful_install_setting(setting: Setting, problem: Problem | str) -> Defect:
    """A value that is taken and then does not do what it says."""
    return _of("doubtful-install-setting", setting, problem)


def invalid_set_flag(reason: str, part: tuple[int, int] | None) -> Defect:
    """A `--set` flag that cannot be read; `part` is a range of its text."""
    return Defect((), {"reason": reason}, "invalid-set-flag", part=part)


# Labels and annotations


def invalid_proxy_annotation(path: Path, name: str, problem: Problem) -> Defect:
    """An annotation with which the injector refuses the pod."""
    return Defect(path, {"annotation": name, "reason": problem.reason}, "invalid-proxy-annotation", part=problem.part)


def ineffective_metadata(path: Path, name: str, value: str, reason: str) -> Defect:
    """A label or annotation whose value has no effect."""
    return Defect(path, {"name": name, "value": _shown(value), "reason": reason}, "ineffective-metadata")
