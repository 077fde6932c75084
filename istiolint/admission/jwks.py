"""Inline JSON Web Key Sets: `jwks` of a RequestAuthentication (specification RA-JWKS, RA-JWKS-PRIVATE)."""

from __future__ import annotations

import json
import re
from typing import Any

from istiolint.records import NamedTuple

_MEMBERS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "oct": ("k",)}
"""Key type to the members that a public (or, for oct, any) key of it must have."""
_CURVES = frozenset(("P-256", "P-384", "P-521", "secp256k1", "Ed25519", "Ed448", "X25519", "X448"))
_BASE64 = re.compile(r"[A-Za-z0-9_-]*|[A-Za-z0-9+/]*=*")


class KeySet(NamedTuple):
    """What reading a key set gave: why it is not one (empty: it is), and the private keys in it by `kid` or number."""

    problem: str
    private: tuple[str, ...] = ()


def read_key_set(text: str) -> KeySet:
    """Reads `{"keys": [...]}` or a single key, as leniently as Istio: what follows the closing brace is ignored."""
    try:
        value, _ = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode(text.strip(" \t\r\n"))
    except ValueError as error:
        return KeySet(f"it is not JSON ({_reason(error)})")
    except RecursionError:
        return KeySet("")
    if not isinstance(value, dict):
        return KeySet('a JSON object is needed: {"keys": [...]}')
    if "keys" not in value:
        problem = _key_problem(value)
        if problem:
            return KeySet(f'it has no "keys", and read as a single key {problem}')
        return KeySet("", ("the key",) if _is_private(value) else ())
    keys = value["keys"]
    if keys is None:
        keys = []
    if not isinstance(keys, list):
        return KeySet('"keys" must be a list')
    for index, key in enumerate(keys):
        problem = _key_problem(key)
        if problem:
            return KeySet(f"key {_label(key, index)} {problem}")
    return KeySet("", tuple(_label(key, index) for index, key in enumerate(keys) if _is_private(key)))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, at character {error.pos + 1}"
    return str(error)


def _label(key: Any, index: int) -> str:
    kid = key.get("kid") if isinstance(key, dict) else None
    return f'"{kid}"' if isinstance(kid, str) and kid else f"number {index + 1}"


def _is_private(key: dict[str, Any]) -> bool:
    return key.get("kty") == "oct" or "d" in key


def _key_problem(key: Any) -> str:
    """Why `key` is no JSON Web Key, to be said after its name; empty where it is one."""
    if not isinstance(key, dict):
        return "is not an object"
    kind = key.get("kty")
    members = _MEMBERS.get(kind) if isinstance(kind, str) else None
    if members is None:
        known = ", ".join(_MEMBERS)
        return f'has the unknown key type "{kind}" (known: {known})' if kind else f'has no "kty" ({known})'
    for member in members:
        content = key.get(member)
        if not isinstance(content, str):
            return f'of type {kind} has no "{member}"'
        if member == "crv":
            if content not in _CURVES:
                return f'has the unknown curve "{content}"'
        elif not _BASE64.fullmatch(content) or len(content.rstrip("=")) % 4 == 1:
            return f'has a "{member}" that is not base64url'
    return ""
