"""TLS that a proxy terminates or passes on: at Gateway servers and Sidecar listeners (specification 6.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import (
    ignored_setting,
    invalid_tls_settings,
    outdated_tls_version,
    unknown_cipher_suite,
)
from istiolint.admission.values import entries, objects, text, texts
from istiolint.finding import Defect, Note, Path

CIPHER_SUITES = frozenset((
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA", "DES-CBC3-SHA",
))  # fmt: skip
_FROM_FILES = ("serverCertificate", "privateKey", "caCertificates")
_TERMINATING = ("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL")


def check_server_tls(tls: dict[str, Any], path: Path) -> Iterator[Defect]:
    """A `tls` object with a mode of its own; without one it is PASSTHROUGH (specification TLS001 to TLS013)."""
    if "minProtocolVersion" in tls and not tls.get("cipherSuites"):
        version = text(tls, "minProtocolVersion")
        if version in ("TLSV1_0", "TLSV1_1"):
            yield outdated_tls_version((*path, "minProtocolVersion"), version)
    if "cipherSuites" in tls:
        yield from _check_cipher_suites(tls, path)
    mode = text(tls, "mode") or "PASSTHROUGH"
    if mode == "ISTIO_MUTUAL":
        for key in (*_FROM_FILES, "tlsCertificates", "credentialName", "credentialNames"):
            if _is_set(tls, key):
                reason = f"mode ISTIO_MUTUAL uses the certificates of the mesh, so {key} must be empty"
                yield invalid_tls_settings((*path, key), reason, on="key", notes=_mode_note(tls, path))
        return
    if mode in ("PASSTHROUGH", "AUTO_PASSTHROUGH"):
        for key in ("caCrl", *_FROM_FILES, "tlsCertificates", "credentialName", "credentialNames"):
            if _is_set(tls, key):
                default = "" if "mode" in tls else ", the default mode,"
                reason = f"{mode}{default} hands TLS on without terminating it"
                yield ignored_setting((*path, key), key, reason, on="key", notes=_mode_note(tls, path))
    yield from _check_sources(tls, path)
    has_secret = _is_set(tls, "credentialName") or _is_set(tls, "credentialNames")
    if mode in _TERMINATING and not has_secret:
        yield from _check_files(tls, path, mode)
    elif mode not in _TERMINATING and _is_set(tls, "caCrl") and _is_set(tls, "credentialName"):
        note = Note((*path, "credentialName"), "the secret")
        reason = "caCrl is a file, and certificates come from a secret; put the list into the secret as ca.crl"
        yield invalid_tls_settings((*path, "caCrl"), reason, on="key", notes=(note,))


def _check_sources(tls: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Certificates come from one place (specification TLS006)."""
    sources = [key for key in ("credentialName", "credentialNames", "tlsCertificates") if _is_set(tls, key)]
    if _is_set(tls, "serverCertificate") and _is_set(tls, "privateKey"):
        sources.insert(0, "serverCertificate")
    for key in sources[1:]:
        note = Note((*path, sources[0]), "certificates are given here already", on="key")
        reason = f"certificates come from one source, and both {sources[0]} and {key} are set"
        yield invalid_tls_settings((*path, key), reason, on="key", notes=(note,))


def _check_files(tls: dict[str, Any], path: Path, mode: str) -> Iterator[Defect]:
    """A server that terminates TLS without a secret needs files (specification TLS008 to TLS013)."""
    certificates = list(objects(tls, "tlsCertificates"))
    if mode != "SIMPLE" and tls.get("caCertificates") in (None, ""):
        reason = f"mode {mode} verifies clients, so it needs caCertificates or a credentialName"
        yield invalid_tls_settings((*path, "mode"), reason)
    if len(certificates) > 2:
        reason = "at most two certificates, one RSA and one ECDSA, are used"
        yield ignored_setting((*path, "tlsCertificates", 2), "the third certificate", reason)
    holders = [(certificate, (*path, "tlsCertificates", index)) for index, certificate in certificates]
    for holder, where in holders or ([] if entries(tls, "tlsCertificates") else [(tls, path)]):
        for key in ("serverCertificate", "privateKey"):
            if holder.get(key) in (None, ""):
                place = (*path, "mode") if where == path else where
                reason = f"mode {mode} terminates TLS, so it needs {key} or a credentialName"
                yield invalid_tls_settings(place, reason)
    if mode == "SIMPLE" and _is_set(tls, "caCrl"):
        reason = "caCrl revokes certificates of clients, and mode SIMPLE asks for none"
        yield invalid_tls_settings((*path, "caCrl"), reason, on="key", notes=_mode_note(tls, path))


def _check_cipher_suites(tls: dict[str, Any], path: Path) -> Iterator[Defect]:
    """Names that are left out of the list (specification TLS002, TLS003)."""
    seen: dict[str, int] = {}
    for index, name in texts(tls, "cipherSuites"):
        where = (*path, "cipherSuites", index)
        if name in CIPHER_SUITES:
            if name in seen:
                note = Note((*path, "cipherSuites", seen[name]), "the first one")
                yield unknown_cipher_suite(where, name, "it is in the list already", notes=(note,))
            seen.setdefault(name, index)
        elif name not in ("", "ALL") and name[0].isalnum():
            from difflib import get_close_matches

            near = get_close_matches(name.upper().replace("_", "-"), sorted(CIPHER_SUITES), 1)
            reason = f"did you mean {near[0]}?" if near else "Istio does not know it"
            yield unknown_cipher_suite(where, name, reason)


def _is_set(tls: dict[str, Any], key: str) -> bool:
    value = tls.get(key)
    return bool(value) and isinstance(value, str | list)


def _mode_note(tls: dict[str, Any], path: Path) -> tuple[Note, ...]:
    return (Note((*path, "mode"), "the mode"),) if "mode" in tls else ()
