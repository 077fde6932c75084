"""MeshConfig as far as the model needs it, given or found among the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from istiolint.mesh.read import dig, labels, mapping, sequence, text, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from istiolint.mesh.settings import MeshSettings
    from istiolint.source.document import Document


class MeshConfig:
    """The mesh's settings, with Istio's defaults."""

    __slots__ = ("cluster_domain", "given", "root_namespace", "source", "trust_domain", "values")

    def __init__(self, settings: MeshSettings, values: Mapping[str, Any], source: Document | None, given: bool) -> None:
        self.values = values
        """As written: the bare MeshConfig."""
        self.source = source
        """The document it was read from, if any."""
        self.given = given
        """Whether there is any: else all is default, and the real mesh may differ."""
        self.root_namespace = text(values.get("rootNamespace")) or settings.root_namespace
        self.trust_domain = text(values.get("trustDomain")) or settings.trust_domain
        self.cluster_domain = settings.cluster_domain

    @property
    def trust_domains(self) -> tuple[str, ...]:
        """The trust domain and its aliases."""
        return (self.trust_domain, *texts(self.values.get("trustDomainAliases")))

    @property
    def auto_mtls(self) -> bool:
        """`enableAutoMtls`, default true."""
        return self.values.get("enableAutoMtls") is not False

    @property
    def outbound_policy(self) -> str:
        """`ALLOW_ANY` (default) or `REGISTRY_ONLY`."""
        return text(dig(self.values, "outboundTrafficPolicy", "mode")) or "ALLOW_ANY"

    def default_export(self, field: str) -> tuple[str, ...]:
        """`defaultServiceExportTo`, `defaultVirtualServiceExportTo` or `defaultDestinationRuleExportTo`."""
        return texts(self.values.get(field))

    @property
    def extension_providers(self) -> dict[str, dict[str, Any]]:
        """Configured extension providers by name, without the built-in ones."""
        return {
            name: item
            for item in sequence(self.values.get("extensionProviders"))
            if isinstance(item, dict) and (name := text(item.get("name")))
        }

    @property
    def default_providers(self) -> dict[str, Any]:
        """`defaultProviders`."""
        return mapping(self.values.get("defaultProviders"))

    @property
    def proxy_metadata(self) -> dict[str, str]:
        """`defaultConfig.proxyMetadata`."""
        return labels(dig(self.values, "defaultConfig", "proxyMetadata"))


def config_in(settings: MeshSettings, documents: Callable[[str, str], Iterable[Document]]) -> MeshConfig:
    """MeshConfig given in the settings, or found among documents, which are given by kind and group."""
    installations = [*documents("IstioOperator", "install.istio.io"), *documents("Istio", "sailoperator.io")]
    return mesh_config(settings, documents("ConfigMap", ""), installations, documents("", ""))


def may_hold_config(document: Document) -> bool:
    """Whether it is of those in which MeshConfig is looked for."""
    if document.kind == "ConfigMap":
        return _is_config_map(document)
    return document.kind in ("IstioOperator", "Istio", "")


def mesh_config(
    settings: MeshSettings,
    config_maps: Iterable[Document],
    installations: Iterable[Document],
    values: Iterable[Document] = (),
) -> MeshConfig:
    """MeshConfig given in the settings, else of an IstioOperator or Istio resource, else of the ConfigMap `istio`, else
    of Helm values.

    Of several in the files the first that has any counts, by file name; a ConfigMap `istio` before one of a revision.
    """
    if settings.mesh_config is not None:
        return MeshConfig(settings, settings.mesh_config, None, True)
    for document in installations:
        for path in (("spec", "meshConfig"), ("spec", "values", "meshConfig")):
            found = dig(document.value, *path)
            if isinstance(found, dict) and found:
                return MeshConfig(settings, found, document, True)
    for document in sorted(config_maps, key=lambda item: item.name):
        if not _is_config_map(document):
            continue
        written = dig(document.value, "data", "mesh")
        if isinstance(written, str) and (parsed := _parse(written)):
            return MeshConfig(settings, parsed, document, True)
    for document in values:
        found = document.value.get("meshConfig")
        if isinstance(found, dict) and found:
            return MeshConfig(settings, found, document, True)
    return MeshConfig(settings, {}, None, False)


def _is_config_map(document: Document) -> bool:
    return document.name == "istio" or document.name.startswith("istio-")


def _parse(written: str) -> dict[str, Any]:
    import yaml

    try:
        return mapping(yaml.safe_load(written))
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
