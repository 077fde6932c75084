"""Secrets of gateways: which keys they hold, and whether the certificate is one (specification 13)."""

from __future__ import annotations

import re
from typing import Any

from istiolint.mesh.read import mapping, text
from istiolint.records import NamedTuple

NEVER_READ = ("helm.sh/release.v1", "kubernetes.io/service-account-token")
PAIRS = (("cert", "key"), ("tls.crt", "tls.key"))
"""Names under which certificate and private key are looked for, in this order."""
AUTHORITIES = ("cacert", "ca.crt")

_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=\s]")
_PLACEHOLDER = re.compile(r"\$\{|\{\{|<[a-z]|^ENC\[")
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s*(.*?)-----END \1-----", re.DOTALL)


class Validity(NamedTuple):
    """From when until when a certificate counts, as `YYYYMMDDHHMMSS` in UTC."""

    begins: str
    ends: str


def entry(secret: dict[str, Any], key: str) -> bytes | None:
    """What a Secret holds under `key`; None where it has nothing there, or what cannot be read."""
    plain = mapping(secret.get("stringData")).get(key)
    if isinstance(plain, str):
        return plain.encode()
    encoded = mapping(secret.get("data")).get(key)
    if not isinstance(encoded, str):
        return None
    from base64 import b64decode

    try:
        return b64decode(encoded, validate=False)
    except ValueError:
        return None


def problem(secret: dict[str, Any]) -> str:
    """Why a gateway cannot use a Secret as its certificate; empty where it can, or where only the cluster shows it.

    A Secret without data whose annotations may be the work order of some controller is not judged.
    """
    kind = text(secret.get("type"))
    if kind in NEVER_READ:
        return f"Secrets of type {kind} are never read"
    held = {*mapping(secret.get("data")), *mapping(secret.get("stringData"))}
    if _filled_in_later(secret, held):
        return ""
    pair = next((pair for pair in PAIRS if all(entry(secret, key) for key in pair)), None)
    if pair is None:
        return _missing(secret, held)
    certificate = entry(secret, pair[0]) or b""
    return certificate_problem(certificate, pair[0])


def _filled_in_later(secret: dict[str, Any], held: set[str]) -> bool:
    """Whether some tool puts in what counts: values are encrypted, or placeholders, or left to a controller."""
    if not held:
        return bool(mapping(mapping(secret.get("metadata")).get("annotations")))
    if "sops" in secret:
        return True
    data, plain = mapping(secret.get("data")), mapping(secret.get("stringData"))
    return any(isinstance(it, str) and _NOT_BASE64.search(it) for it in data.values()) or any(
        isinstance(it, str) and _PLACEHOLDER.search(it) for it in plain.values()
    )


def _missing(secret: dict[str, Any], held: set[str]) -> str:
    for pair in PAIRS:
        if held.intersection(pair):
            key = next(key for key in pair if not entry(secret, key))
            return f"{key} is {'empty' if key in held else 'missing'}"
    return "it has neither tls.crt and tls.key nor cert and key"


def has_authority(secret: dict[str, Any]) -> bool:
    """Whether a Secret holds certificates to verify clients with."""
    return any(entry(secret, key) for key in AUTHORITIES)


def certificate_problem(pem: bytes, key: str) -> str:
    """Why text is no certificate that counts now; empty where it is one."""
    block = _PEM.search(pem)
    if block is None or block[1] != b"CERTIFICATE":
        return f"{key} is no certificate in PEM form"
    from base64 import b64decode
    from time import gmtime, strftime

    try:
        validity = validity_of(b64decode(block[2]))
    except ValueError:
        return f"the certificate in {key} cannot be read"
    now = strftime("%Y%m%d%H%M%S", gmtime())
    if validity.ends < now:
        return f"its certificate has expired on {_day(validity.ends)}"
    if validity.begins > now:
        return f"its certificate counts from {_day(validity.begins)} on only"
    return ""


def _day(moment: str) -> str:
    return f"{moment[:4]}-{moment[4:6]}-{moment[6:8]}"


def validity_of(der: bytes) -> Validity:
    """The validity of an X.509 certificate in DER form; ValueError where it is none."""
    certificate = _items(_inner(der, 0x30))
    if not certificate:
        raise ValueError("no certificate")
    fields = _items(certificate[0][1])
    if fields and fields[0][0] == 0xA0:  # the version, left out for version 1
        fields = fields[1:]
    if len(fields) < 4 or [tag for tag, _ in fields[:4]] != [0x02, 0x30, 0x30, 0x30]:
        raise ValueError("no certificate")
    times = _items(fields[3][1])
    if len(times) != 2:
        raise ValueError("no validity")
    return Validity(_moment(*times[0]), _moment(*times[1]))


def _moment(tag: int, content: bytes) -> str:
    digits = content.decode("ascii", "replace").removesuffix("Z")
    if not digits.isdigit() or (tag, len(digits)) not in ((0x17, 12), (0x18, 14)):
        raise ValueError("no time")
    if tag == 0x18:
        return digits
    return ("20" if int(digits[:2]) < 50 else "19") + digits


def _inner(der: bytes, tag: int) -> bytes:
    items = _items(der)
    if not items or items[0][0] != tag:
        raise ValueError("no certificate")
    return items[0][1]


def _items(der: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each value of a sequence; ValueError where it is cut off."""
    found = []
    at = 0
    while at < len(der):
        if at + 2 > len(der):
            raise ValueError("cut off")
        tag, length = der[at], der[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            if not 0 < size < 5 or at + size > len(der):
                raise ValueError("cut off")
            length = int.from_bytes(der[at : at + size], "big")
            at += size
        if at + length > len(der):
            raise ValueError("cut off")
        found.append((tag, der[at : at + length]))
        at += length
    return found
