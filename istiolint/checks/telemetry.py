"""Telemetries against the mesh configuration: providers that do not exist, or are made for something else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from istiolint.checks.naming import note_at, rewritten
from istiolint.checks.phrases import listed, suggestion
from istiolint.finding import Defect
from istiolint.mesh.nearness import Names
from istiolint.mesh.read import dig, sequence, text

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.source.node import Node

BUILT_IN = {
    "prometheus": ("metrics",),
    "stackdriver": ("metrics", "accessLogging", "tracing"),
    "envoy": ("accessLogging",),
}
"""Providers that every mesh has, and what they are for."""

MADE_FOR = {
    "prometheus": ("metrics",),
    "stackdriver": ("metrics", "accessLogging", "tracing"),
    "zipkin": ("tracing",),
    "lightstep": ("tracing",),
    "datadog": ("tracing",),
    "skywalking": ("tracing",),
    "opencensus": ("tracing",),
    "opentelemetry": ("tracing",),
    "envoyFileAccessLog": ("accessLogging",),
    "envoyHttpAls": ("accessLogging",),
    "envoyTcpAls": ("accessLogging",),
    "envoyOtelAls": ("accessLogging",),
    "envoyExtAuthzHttp": (),
    "envoyExtAuthzGrpc": (),
    "sds": (),
}
"""Types of extension providers, and what they are for."""

WORDS = {"metrics": "metrics", "accessLogging": "access logs", "tracing": "tracing"}


def access_log_without_provider(entry: Node, mesh: Mesh) -> Iterator[Defect]:
    """Access logs need a provider: named here, or in a wider Telemetry, or the mesh's default (IST0157)."""
    value = entry.value
    if not isinstance(value, dict) or value.get("disabled") is True or value.get("providers"):
        return
    config = mesh.config
    if config.default_providers.get("accessLogging") or config.values.get("accessLogFile"):
        return
    telemetry = mesh.policy_of(entry.document)
    if not telemetry.namespace or not _is_known(entry, mesh) or _inherits(telemetry, mesh):
        return
    yield entry.defect()


def _inherits(telemetry: Policy, mesh: Mesh) -> bool:
    """Whether a wider Telemetry gives a provider: of its namespace for one that selects pods, of the root namespace."""
    wide = mesh.index(_log_providers)
    spaces = [mesh.root_namespace]
    if telemetry.selector or telemetry.targets:
        spaces.append(telemetry.namespace)
    return any(wide.get(space, set()) - {telemetry.name} for space in spaces)


def _log_providers(mesh: Mesh) -> dict[str, set[str]]:
    """Names of Telemetries for a whole namespace (or mesh) that give access logs a provider, by namespace."""
    found: dict[str, set[str]] = {}
    for it in mesh.policies.of("Telemetry"):
        named = any(dig(entry, "providers") for entry in sequence(it.spec.get("accessLogging")))
        if named and not it.selector and not it.targets:
            found.setdefault(it.namespace, set()).add(it.name)
    return found


def telemetry_provider_not_found(name: Node, mesh: Mesh) -> Iterator[Defect]:
    """A provider that the mesh does not have is left out, with what was to be sent there."""
    config = mesh.config
    if not isinstance(name.value, str) or not name.value or not config.given or name.value in BUILT_IN:
        return
    known = config.extension_providers
    if name.value in known:
        return
    sure = config.source is None or mesh.world == "complete"
    if not sure and not (known and config.source and mesh.together(name.document, config.source)):
        return  # the mesh configuration of another cluster, or not all of it
    near = Names((*known, *BUILT_IN)).nearest(name.value)
    yield name.defect(
        provider=name.value,
        known=listed(known) if known else "none besides the built-in ones",
        hint=suggestion(near),
        notes=note_at(config.source, (), "the mesh configuration") if config.source else (),
        repair=rewritten(name, near) if near else None,
        confidence=None if sure else "medium",
    )


def telemetry_provider_unfit(name: Node, mesh: Mesh) -> Iterator[Defect]:
    """A provider of a type that is made for something else."""
    use = str(name.path[1])
    found = _provider(name, mesh)
    if found is None:
        fit: tuple[str, ...] | None = BUILT_IN.get(text(name.value))
        of = "the built-in provider"
    else:
        kind = next((key for key in found if key != "name" and isinstance(found[key], dict)), "")
        fit = MADE_FOR.get(kind)
        of = f"a provider of type {kind}"
    if fit is not None and use not in fit:
        made = f"made for {listed(WORDS[it] for it in fit)}" if fit else "not made for telemetry"
        yield name.defect(provider=name.value, of=of, made=made, use=WORDS.get(use, use))


def lightstep_provider(name: Node, mesh: Mesh) -> Iterator[Defect]:
    """A tracing provider of the deprecated type `lightstep` (specification IST0002)."""
    found = _provider(name, mesh)
    if found is not None and "lightstep" in found:
        yield name.defect(provider=name.value)


def _provider(name: Node, mesh: Mesh) -> dict[str, object] | None:
    """The extension provider that is named, where the files have the mesh's configuration."""
    config = mesh.config
    if not config.given or (config.source and not mesh.together(name.document, config.source)):
        return None
    return config.extension_providers.get(text(name.value))


def _is_known(node: Node, mesh: Mesh) -> bool:
    """Whether the mesh configuration that counts for an object is known."""
    if mesh.world == "complete":
        return True
    config = mesh.config
    return config.given and (config.source is None or mesh.together(node.document, config.source))
