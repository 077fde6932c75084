"""ProxyConfig: `defaultConfig` of MeshConfig, and the annotation `proxy.istio.io/config` (specification, section 8)."""

from __future__ import annotations

from collections.abc import Iterator

from istiolint.admission.addresses import is_ip, split_host_port
from istiolint.admission.durations import MILLISECOND, SECOND
from istiolint.admission.hosts import fqdn_problem
from istiolint.admission.ports import is_port
from istiolint.finding import Defect
from istiolint.install.defects import doubtful_mesh_setting, invalid_mesh_setting, unlikely_mesh_setting
from istiolint.install.setting import Setting, camel_case
from istiolint.install.shapes import MESH, check_shape

_NEEDED = ("configPath", "binaryPath", "drainDuration", "discoveryAddress", "proxyAdminPort", "statusPort")
_ADDRESSES = (
    ("statsdUdpAddress",),
    ("envoyMetricsServiceAddress",),
    ("envoyMetricsService", "address"),
    ("envoyAccessLogService", "address"),
)
_HOST_IP = "$(HOST_IP)"
_WINDOW = 65535
_POSITIVE = ("httpMaxConcurrentStreams", "listenerConnectionLimit", "globalDownstreamConnectionLimit")


def check_proxy_config(proxy: Setting, alone: bool = False) -> Iterator[Defect]:
    """All that istiod or the injector refuses or warns of in a ProxyConfig; `alone` as for a MeshConfig."""
    yield from check_shape(proxy, "ProxyConfig", MESH)
    if isinstance(proxy.value, dict):
        yield from check_proxy_settings(proxy, alone)


def check_proxy_settings(proxy: Setting, alone: bool = False) -> Iterator[Defect]:
    """The same for one whose shape is known to have been checked."""
    if alone:
        for key in _NEEDED:
            if proxy.at(key) is None:
                yield invalid_mesh_setting(proxy, f"{key} is missing")
        if proxy.at("serviceCluster") is None and proxy.at("tracingServiceName") is None:
            yield invalid_mesh_setting(proxy, "serviceCluster is missing")
    for key in ("configPath", "binaryPath", "serviceCluster"):
        setting = proxy.at(key)
        if setting is not None and setting.value == "":
            yield invalid_mesh_setting(setting, "it is empty")
    for key in ("proxyAdminPort", "statusPort"):
        setting, port = proxy.at(key), proxy.whole(key)
        if setting is not None and port is not None and not is_port(port):
            yield invalid_mesh_setting(setting, "a port is a number from 1 to 65535")
    policy = proxy.at("controlPlaneAuthPolicy")
    if policy is not None and policy.value == "INHERIT":
        yield invalid_mesh_setting(policy, "NONE or MUTUAL_TLS is needed")
    yield from _check_drain(proxy)
    yield from _check_addresses(proxy)
    yield from _check_tracing(proxy.object("tracing"))
    yield from _check_private_key_provider(proxy.object("privateKeyProvider"))
    yield from _check_connections(proxy.object("connectionSettings"))
    yield from _check_sanity(proxy)


def _check_drain(proxy: Setting) -> Iterator[Defect]:
    setting, length = proxy.at("drainDuration"), proxy.duration("drainDuration")
    if setting is None or length is None:
        return
    if length < MILLISECOND:
        yield invalid_mesh_setting(setting, "the shortest duration is 1s")
    elif length % SECOND:
        yield invalid_mesh_setting(setting, "a whole number of seconds is needed")


def _check_addresses(proxy: Setting) -> Iterator[Defect]:
    discovery = proxy.string("discoveryAddress")
    if discovery is not None:
        yield from _check_address(discovery)
    for keys in _ADDRESSES:
        setting = proxy.string(*keys)
        if setting is not None and setting.value:
            yield from _check_address(setting)


def _check_address(setting: Setting, host_ip: bool = False) -> Iterator[Defect]:
    text: str = setting.value
    if host_ip:
        text = text.replace(_HOST_IP, "127.0.0.1", 1)
    split = split_host_port(text)
    if split is None:
        yield invalid_mesh_setting(setting, "host:port is needed")
        return
    host, port = split
    digits = port.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and is_port(int(digits))):
        yield invalid_mesh_setting(setting, "the port must be a number from 1 to 65535")
    elif not is_ip(host) and fqdn_problem(host) is not None:
        yield invalid_mesh_setting(setting, "the host must be a domain name or an IP address")


def _check_tracing(tracing: Setting | None) -> Iterator[Defect]:
    if tracing is None:
        return
    for tracer in ("zipkin", "lightstep", "datadog"):
        body = tracing.object(tracer)
        if body is None:
            continue
        address = body.at("address")
        if address is None:
            yield invalid_mesh_setting(body, "address is missing")
        elif isinstance(address.value, str):
            yield from _check_address(address, host_ip=tracer != "lightstep")
        if tracer == "lightstep" and not body.text("accessToken"):
            yield invalid_mesh_setting(body, "accessToken is missing")
    for name, tag in tracing.entries("customTags"):
        if tag.value is None:
            yield invalid_mesh_setting(tag, f'the tag "{name}" needs literal, environment or header')
    yield from _check_client_tls(tracing.object("tlsSettings"))


def _check_client_tls(tls: Setting | None) -> Iterator[Defect]:
    """TLS settings of a client, as in a DestinationRule, except that there is no namespace to find ConfigMaps in."""
    if tls is None:
        return
    mode, credential = tls.text("mode") or "DISABLE", tls.text("credentialName") or ""
    if credential.startswith("configmap://"):
        yield invalid_mesh_setting(tls.at("credentialName") or tls, "a ConfigMap cannot be used here")
    if tls.flag("insecureSkipVerify") and mode in ("SIMPLE", "MUTUAL"):
        more = ("credentialName",) if mode == "SIMPLE" else ()
        yield from _check_absent(tls, "insecureSkipVerify", "caCertificates", "subjectAltNames", *more)
    if credential and mode in ("SIMPLE", "MUTUAL"):
        yield from _check_absent(tls, "credentialName", "clientCertificate", "privateKey", "caCertificates", "caCrl")
    elif mode == "MUTUAL":
        for key in ("clientCertificate", "privateKey"):
            if not tls.text(key):
                yield invalid_mesh_setting(tls, f"mode MUTUAL needs {key}")


def _check_absent(tls: Setting, other: str, *keys: str) -> Iterator[Defect]:
    for key in keys:
        setting = tls.at(key)
        if setting is not None and setting.value:
            yield invalid_mesh_setting(setting, f"it and {other} exclude each other")


def _check_private_key_provider(provider: Setting | None) -> Iterator[Defect]:
    if provider is None:
        return
    given = [body for name in ("cryptomb", "qat") if (body := provider.object(name)) is not None]
    if not given:
        yield invalid_mesh_setting(provider, "cryptomb or qat must be given")
    for body in given[-1:]:  # the decoder keeps the last of two
        delay = body.duration("pollDelay")
        if body.at("pollDelay") is None:
            yield invalid_mesh_setting(body, "pollDelay is missing")
        elif delay == 0:
            yield invalid_mesh_setting(body.at("pollDelay") or body, "it must be longer than 0")


def _check_connections(connections: Setting | None) -> Iterator[Defect]:
    if connections is None:
        return
    for key, setting in connections.entries():
        name = camel_case(key) if "_" in key else key
        number, length = connections.whole(key), connections.duration(key)
        if name.endswith("WindowSize"):
            if number is not None and number < _WINDOW:
                yield invalid_mesh_setting(setting, f"the smallest window is {_WINDOW}")
        elif name in _POSITIVE:
            if number is not None and number <= 0:
                yield invalid_mesh_setting(setting, "it must be over 0")
        elif (number is not None and number < 0) or (length is not None and length < 0):
            yield invalid_mesh_setting(setting, "it cannot be negative")


def _check_sanity(proxy: Setting) -> Iterator[Defect]:
    """What istiod warns of, and what it does not look at although it can only be a mistake."""
    for name, value in proxy.entries("proxyMetadata"):
        if name == "ISTIO_META_DNS_AUTO_ALLOCATE":
            yield doubtful_mesh_setting(value, "ServiceEntries get addresses without it now, so that it can be removed")
    concurrency, number = proxy.at("concurrency"), proxy.whole("concurrency")
    if concurrency is not None and number is not None and number < 0:
        yield unlikely_mesh_setting(concurrency, "a number of threads cannot be negative; 0 means one for each core")
    sampling = proxy.at("tracing", "sampling")
    if sampling is not None and isinstance(sampling.value, int | float) and not 0 <= sampling.value <= 100:
        yield unlikely_mesh_setting(sampling, "a percentage is a number from 0 to 100")
