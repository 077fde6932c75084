"""TLS that a proxy originates (specification DR049 to DR055)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import invalid_tls_settings
from istiolint.admission.values import mapping, text
from istiolint.finding import Defect, Note, Path

_CONFIG_MAP = "configmap://"


def check_client_tls(policy: dict[str, Any], path: Path, namespace: str | None) -> Iterator[Defect]:
    """The `tls` of a traffic policy; `namespace` is that of the object, None where it has none."""
    tls = mapping(policy, "tls")
    if tls is None:
        return
    path = (*path, "tls")
    credential = text(tls, "credentialName")
    if credential.startswith(_CONFIG_MAP):
        yield from _check_config_map(credential, (*path, "credentialName"), namespace)
    mode = text(tls, "mode")
    if mode not in ("SIMPLE", "MUTUAL"):
        return
    if tls.get("insecureSkipVerify") is True:
        note = Note((*path, "insecureSkipVerify"), "the server is not verified")
        unused = ("caCertificates", "credentialName", "subjectAltNames")
        for key in unused if mode == "SIMPLE" else ("caCertificates", "subjectAltNames"):
            if tls.get(key) and isinstance(tls[key], str | list):
                reason = f"{key} says how to verify the server, and insecureSkipVerify turns that off"
                yield invalid_tls_settings((*path, key), reason, on="key", notes=(note,))
    if credential:
        note = Note((*path, "credentialName"), "the secret")
        for key in ("clientCertificate", "caCertificates", "privateKey", "caCrl"):
            if text(tls, key):
                reason = f"{key} and credentialName exclude each other: certificates come from files or from a secret"
                yield invalid_tls_settings((*path, key), reason, on="key", notes=(note,))
    elif mode == "MUTUAL" and not isinstance(tls.get("credentialName"), int | list | dict):
        for key in ("clientCertificate", "privateKey"):
            if tls.get(key) in (None, ""):
                reason = f"mode MUTUAL presents a client certificate, so it needs {key} or a credentialName"
                yield invalid_tls_settings((*path, "mode"), reason)


def _check_config_map(credential: str, path: Path, namespace: str | None) -> Iterator[Defect]:
    """A reference `configmap://namespace/name` (specification DR049)."""
    parts = credential.removeprefix(_CONFIG_MAP).split("/")
    if len(parts) < 2 or not parts[0] or not parts[1]:
        yield invalid_tls_settings(path, f'"{credential}" should have the form configmap://namespace/name')
    elif namespace is not None and parts[0] != namespace:
        reason = f'the ConfigMap must be in the namespace of this object, "{namespace}", and not in "{parts[0]}"'
        start = len(_CONFIG_MAP)
        yield invalid_tls_settings(path, reason, part=(start, start + len(parts[0])))
