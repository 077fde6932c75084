"""MeshConfig, as istiod and `istioctl install` check it (specification, section 8)."""

from __future__ import annotations

from collections.abc import Iterator

from istiolint.admission.durations import MILLISECOND, duration_problem
from istiolint.admission.hosts import is_label, wildcard_domain_problem
from istiolint.admission.ports import is_port
from istiolint.admission.values import Problem
from istiolint.finding import Defect
from istiolint.install.defects import doubtful_mesh_setting, invalid_mesh_setting, unlikely_mesh_setting
from istiolint.install.extension_providers import check_extension_providers
from istiolint.install.locality import check_locality, check_zone_aware
from istiolint.install.proxy_config import check_proxy_settings
from istiolint.install.setting import Setting
from istiolint.install.shapes import MESH, check_shape
from istiolint.install.traffic_policy import check_inbound_retries, check_traffic_policy

HOUR = 3_600_000_000_000
_CURVES = frozenset(("P-224", "P-256", "P-384", "P-521", "X25519", "X25519Kyber768Draft00", "X25519MLKEM768", ""))


def check_mesh_config(mesh: Setting, alone: bool = False) -> Iterator[Defect]:
    """All that istiod refuses or warns of in a MeshConfig as users write it, over Istio's defaults.

    With `alone` there are no defaults beneath it, so that what must be there has to be given.
    """
    yield from check_shape(mesh, "MeshConfig", MESH)
    if isinstance(mesh.value, dict):
        yield from _check_ports(mesh, alone)
        yield from _check_timeouts(mesh)
        yield from _check_trust_domains(mesh)
        yield from _check_services(mesh)
        yield from _check_tls(mesh)
        yield from check_locality(mesh.object("localityLbSetting"))
        yield from check_zone_aware(mesh.object("zoneAwareLbSetting"))
        yield from check_traffic_policy(mesh.object("defaultTrafficPolicy"))
        yield from check_inbound_retries(mesh.object("defaultInboundHttpRetryPolicy"))
        yield from check_extension_providers(mesh)
        proxy = mesh.object("defaultConfig")
        if proxy is not None:
            yield from check_proxy_settings(proxy, alone)


def _check_ports(mesh: Setting, alone: bool) -> Iterator[Defect]:
    if alone and mesh.at("proxyListenPort") is None:
        yield invalid_mesh_setting(mesh, "proxyListenPort is missing")
    for key in ("proxyListenPort", "proxyInboundListenPort", "proxyHttpPort"):
        setting, port = mesh.at(key), mesh.whole(key)
        if setting is None or port is None or is_port(port):
            continue
        if key == "proxyListenPort":
            yield invalid_mesh_setting(setting, "a port is a number from 1 to 65535")
        elif port or key != "proxyHttpPort":
            yield unlikely_mesh_setting(setting, "a port is a number from 1 to 65535")


def _check_timeouts(mesh: Setting) -> Iterator[Defect]:
    setting, length = mesh.string("connectTimeout"), mesh.duration("connectTimeout")
    if setting is not None and length is not None:
        problem = duration_problem(setting.value)
        if problem is not None:
            yield invalid_mesh_setting(setting, problem)
        elif length > HOUR:
            yield invalid_mesh_setting(setting, "the longest timeout is 1h")
    setting, length = mesh.at("protocolDetectionTimeout"), mesh.duration("protocolDetectionTimeout")
    if setting is not None and length is not None and length % MILLISECOND:
        yield invalid_mesh_setting(setting, "it is not a whole number of milliseconds")


def trust_domain_problem(text: str) -> Problem | None:
    """Why `text` is no trust domain: labels with dots between them, and perhaps one behind."""
    if not text:
        return Problem("it is empty")
    start = 0
    for label in text.removesuffix(".").split("."):
        if not is_label(label):
            what = f'"{label}" is no label' if label else "a label is empty"
            part = (start, start + max(1, len(label)))
            return Problem(f"{what}; letters, digits and inner hyphens are possible", part)
        start += len(label) + 1
    return None


def _check_trust_domains(mesh: Setting) -> Iterator[Defect]:
    given = mesh.at("trustDomain")
    for setting in [*([given] if given is not None else []), *mesh.items("trustDomainAliases")]:
        problem = trust_domain_problem(setting.value) if isinstance(setting.value, str) else None
        if problem is not None:
            yield invalid_mesh_setting(setting, problem)


def _check_services(mesh: Setting) -> Iterator[Defect]:
    for service in mesh.items("serviceSettings"):
        for host in service.items("hosts"):
            problem = wildcard_domain_problem(host.value) if isinstance(host.value, str) else None
            if problem is not None:
                yield invalid_mesh_setting(host, problem)
    root = mesh.string("rootNamespace")
    if root is not None and not is_label(root.value):
        yield unlikely_mesh_setting(root, "no namespace can have this name")


def _check_tls(mesh: Setting) -> Iterator[Defect]:
    curves = mesh.at("meshMTLS", "ecdhCurves")
    if curves is not None and curves.value:
        yield invalid_mesh_setting(curves, "curves cannot be chosen for mutual TLS in the mesh, only in tlsDefaults")
    seen: set[str] = set()
    for curve in mesh.items("tlsDefaults", "ecdhCurves"):
        if not isinstance(curve.value, str):
            continue
        if curve.value not in _CURVES:
            yield doubtful_mesh_setting(curve, f'the curve "{curve.value}" is unknown, and left out')
        elif curve.value in seen:
            yield doubtful_mesh_setting(curve, f'the curve "{curve.value}" is there twice')
        seen.add(curve.value)
