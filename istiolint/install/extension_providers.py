"""Extension providers of MeshConfig (specification, section 8). istiod only logs what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator

from istiolint.admission.addresses import is_ip
from istiolint.admission.hosts import fqdn_problem, is_label
from istiolint.admission.ports import is_port
from istiolint.admission.values import Problem
from istiolint.finding import Defect
from istiolint.install.defects import invalid_extension_provider
from istiolint.install.setting import Setting, camel_case
from istiolint.install.tables import table

_WITHOUT_SERVICE = frozenset(("prometheus", "stackdriver", "envoyFileAccessLog"))
_EXT_AUTHZ = ("envoyExtAuthzHttp", "envoyExtAuthzGrpc")


def check_extension_providers(mesh: Setting) -> Iterator[Defect]:
    """All entries of `extensionProviders`."""
    seen: set[str] = set()
    kinds = table("mesh")["MeshConfig.ExtensionProvider"]["|provider"].split("|")
    for provider in mesh.items("extensionProviders"):
        if not isinstance(provider.value, dict):
            continue
        name = provider.text("name")
        if not name:
            yield invalid_extension_provider(provider.at("name") or provider, "a provider needs a name")
        elif name in seen:
            where = provider.at("name") or provider
            yield invalid_extension_provider(where, f'there is another provider "{name}"')
        seen.add(name or "")
        given = [key for key, value in provider.value.items() if value is not None and camel_case(key) in kinds]
        if not given:
            yield invalid_extension_provider(provider, "it does not say which provider it is, such as zipkin")
        elif len(given) > 1:
            reason = f"an entry is one provider, and only one of {' and '.join(given)} counts"
            yield invalid_extension_provider(provider.at(given[1]) or provider, reason)
        for key in given:
            body = provider.object(key)
            if body is not None:
                yield from check_extension_provider(body, camel_case(key))


def check_extension_provider(body: Setting, kind: str) -> Iterator[Defect]:
    """The body of one provider; `kind` is the key it stands under, such as `zipkin`."""
    if kind in _WITHOUT_SERVICE:
        return
    setting = body.at("service")
    service = body.text("service") or ""
    problem = service_problem(service)
    if problem is not None:
        yield invalid_extension_provider(setting or body, problem if service else "service is missing")
    port = body.at("port")
    number = body.whole("port")
    if port is None:
        yield invalid_extension_provider(body, "port is missing")
    elif number is not None and not is_port(number):
        yield invalid_extension_provider(port, "a port is a number from 1 to 65535")
    if kind in _EXT_AUTHZ:
        yield from _check_ext_authz(body, kind)
    elif kind == "lightstep":
        if not body.text("accessToken"):
            yield invalid_extension_provider(body, "accessToken is missing")
    elif kind == "opentelemetry":
        http = body.at("http")
        if http is not None and body.at("grpc") is not None:
            yield invalid_extension_provider(http, "http and grpc exclude each other")


def service_problem(text: str) -> Problem | None:
    """Why `text` is neither a host, nor an IP address, nor `namespace/host`."""
    if "/" in text:
        namespace, _, host = text.partition("/")
        scope = namespace.removeprefix("~")
        if namespace not in ("*", ".", "~") and not is_label(scope):
            return Problem("the part before the slash must be a namespace", (0, max(1, len(namespace))))
        if "." not in host:
            return Problem("after the slash stands the full name of the service", (len(namespace) + 1, len(text)))
        problem = fqdn_problem(host)
        return problem.shifted(len(namespace) + 1) if problem is not None else None
    if is_ip(text):
        return None
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and fqdn_problem(host) is None:
        return Problem("the port belongs into the field port", (len(host), len(text)))
    return fqdn_problem(text)


def _check_ext_authz(body: Setting, kind: str) -> Iterator[Defect]:
    prefix, status = body.string("pathPrefix"), body.string("statusOnError")
    if kind == "envoyExtAuthzHttp" and prefix is not None and prefix.value[:1] not in ("", "/"):
        yield invalid_extension_provider(prefix, "a path begins with a slash")
    if status is not None and status.value and not _is_envoy_status(status.value):
        yield invalid_extension_provider(status, "an HTTP status is needed, such as 503")


def _is_envoy_status(text: str) -> bool:
    """Whether Envoy's list of HTTP status codes has this number; 0 is in it."""
    if not (text.isascii() and text.removeprefix("+").isdigit()):
        return False
    number = int(text)
    ranges = ((100, 100), (200, 208), (226, 226), (300, 305), (307, 308), (400, 417), (421, 424), (426, 426))
    return any(low <= number <= high for low, high in ranges) or number in (
        0, 428, 429, 431, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
    )  # fmt: skip
