"""IstioOperator, the input of `istioctl install` (specification, section 9)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from istiolint.admission.hosts import label_problem
from istiolint.admission.values import Problem
from istiolint.finding import Defect
from istiolint.install import profiles
from istiolint.install.defects import (
    doubtful_install_setting,
    invalid_install_setting,
    replicas_and_autoscaler,
    unknown_profile,
)
from istiolint.install.gateway_ports import check_gateway_ports
from istiolint.install.helm_values import check_values
from istiolint.install.mesh_config import check_mesh_config
from istiolint.install.setting import Setting
from istiolint.install.shapes import OPERATOR, check_shape

API_VERSION = "install.istio.io/v1alpha1"
_GATEWAYS = {"ingressGateways": "istio-ingressgateway", "egressGateways": "istio-egressgateway"}
_TAG = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_REPOSITORY = re.compile(r"[a-z0-9_./-]{2,255}")
_GATEWAY_NAME = re.compile(r"[a-z0-9.-]{1,254}")
_UNUSED = {
    "volumes": "no component takes volumes from here; use an overlay",
    "volumeMounts": "no component takes volume mounts from here; use an overlay",
}


def check_operator(operator: Setting) -> Iterator[Defect]:
    """All that `istioctl install` refuses or warns of in an IstioOperator."""
    yield from check_shape(operator, "IstioOperator", OPERATOR)
    version = operator.string("apiVersion")
    if version is not None and version.value != API_VERSION:
        yield doubtful_install_setting(version, f"the version of this kind is {API_VERSION}")
    spec = operator.any_case("spec")
    if spec is None or not isinstance(spec.value, dict):
        return
    yield from _check_names(spec)
    yield from _check_profile(spec)
    values, mesh = spec.any_case("values"), spec.any_case("meshConfig")
    if mesh is not None and isinstance(mesh.value, dict):
        yield from check_mesh_config(mesh)
    if values is not None and isinstance(values.value, dict):
        yield from check_values(values)
    components = spec.any_case("components")
    if components is not None:
        yield from _check_components(components, values or Setting({}, ()))


def hub_problem(hub: str) -> Problem | None:
    """Why no image can be pulled from `hub`."""
    registry, slash, path = f"{hub}/pilot".partition("/")
    if not slash or not ("." in registry or ":" in registry):
        registry, path = "", f"{hub}/pilot"
    start = len(hub) + len("/pilot") - len(path)
    if re.search(r"[\s\"<>^`{|}\\]", registry) or not _REPOSITORY.fullmatch(path):
        for index, char in enumerate(path):
            if not _REPOSITORY.fullmatch(char * 2):
                what = "upper case is not possible in image names" if char.isupper() else f'"{char}" is not possible'
                return Problem(f"no image can be named so: {what}", (start + index, start + index + 1))
        return Problem("no image can be named so")
    return None


def _check_names(spec: Setting) -> Iterator[Defect]:
    """Hub, tag and revision of the whole, hub and tag of each component."""
    owners = [spec]
    components = spec.any_case("components")
    if components is not None and isinstance(components.value, dict):
        for key, component in components.entries():
            owners += component.items() if "ateways" in key else [component]
    for owner in owners:
        hub, tag = owner.any_case("hub"), owner.any_case("tag")
        problem = hub_problem(hub.value) if hub is not None and isinstance(hub.value, str) and hub.value else None
        if hub is not None and problem is not None:
            yield invalid_install_setting(hub, problem)
        if tag is not None and isinstance(tag.value, str) and tag.value and not _TAG.fullmatch(tag.value):
            yield invalid_install_setting(tag, "a tag has up to 128 letters, digits, and _ - .")
    revision = spec.any_case("revision")
    if revision is not None and isinstance(revision.value, str) and revision.value:
        problem = label_problem(revision.value)
        if problem is not None:
            dots = "; write dashes instead of dots" if "." in revision.value else ""
            yield invalid_install_setting(revision, Problem(problem.reason + dots, problem.part))
        elif revision.value != revision.value.lower():
            yield doubtful_install_setting(revision, "it becomes part of names, which cannot have upper case")


def _check_profile(spec: Setting) -> Iterator[Defect]:
    profile, version = spec.any_case("profile"), spec.any_case("compatibilityVersion")
    if profile is not None and isinstance(profile.value, str) and not profiles.is_profile(profile.value):
        yield unknown_profile(profile, profile.value, ", ".join(profiles.PROFILES))
    known = profiles.COMPATIBILITY_VERSIONS
    if version is not None and isinstance(version.value, str) and version.value not in ("", *known):
        yield doubtful_install_setting(version, f"Istio cannot imitate this version; known are {', '.join(known)}")


def _check_components(components: Setting, values: Setting) -> Iterator[Defect]:
    remote = components.any_case("istiodRemote")
    if remote is not None:
        yield doubtful_install_setting(remote, "the component has no effect any more; use the profile remote")
    pilot = components.any_case("pilot")
    if pilot is not None:
        replicas = _kubernetes(pilot, "replicaCount")
        if replicas is not None and values.flag("pilot", "autoscaleEnabled") and (replicas.whole() or 0) > 1:
            yield replicas_and_autoscaler(replicas, "values.pilot.autoscaleEnabled")
    for key, component in components.entries():
        for part in component.items() if "ateways" in key else [component]:
            for unused, reason in _UNUSED.items():
                setting = _kubernetes(part, unused)
                if setting is not None and setting.value:
                    yield doubtful_install_setting(setting, reason)
    for key, chart in _GATEWAYS.items():
        gateways = components.any_case(key)
        for gateway in gateways.items() if gateways is not None else ():
            yield from _check_gateway(gateway, values, chart)


def _kubernetes(component: Setting, key: str) -> Setting | None:
    settings = component.any_case("k8s")
    return settings.any_case(key) if settings is not None else None


def _check_gateway(gateway: Setting, values: Setting, chart: str) -> Iterator[Defect]:
    name = gateway.any_case("name")
    if name is not None and isinstance(name.value, str) and name.value and not _GATEWAY_NAME.fullmatch(name.value):
        yield invalid_install_setting(name, "a name has lower-case letters, digits, and - .")
    replicas = _kubernetes(gateway, "replicaCount")
    if replicas is not None and values.flag("gateways", chart, "autoscaleEnabled") and replicas.whole():
        yield replicas_and_autoscaler(replicas, f"values.gateways.{chart}.autoscaleEnabled")
    service = _kubernetes(gateway, "service")
    ports = service.any_case("ports") if service is not None else None
    if ports is not None and not values.flag("gateways", chart, "runAsRoot"):
        yield from check_gateway_ports(ports)
