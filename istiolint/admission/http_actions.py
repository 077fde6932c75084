"""Redirects, rewrites and answers of the proxy itself in an http route."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import (
    conflicting_settings,
    invalid_status_code,
    large_response_body,
    missing_setting,
    out_of_range,
    unsupported_value,
)
from istiolint.admission.fields import check_http_status, check_port
from istiolint.admission.matches import check_regex
from istiolint.admission.values import integer, mapping, objects, text
from istiolint.finding import Change, Defect, Note, Path, Repair

MAX_BODY = 1024 * 1024
LARGE_BODY = 100 * 1024


def check_redirect(route: dict[str, Any], path: Path) -> Iterator[Defect]:
    """The `redirect` of a route (specification VS073 to VS079)."""
    redirect = mapping(route, "redirect")
    if redirect is None:
        return
    where = (*path, "redirect")
    if text(redirect, "prefixRewrite"):
        if text(redirect, "uri"):
            note = Note((*where, "prefixRewrite"), "the prefix", on="key")
            reason = "the new path is given either whole or by its beginning"
            yield conflicting_settings((*where, "uri"), "uri", "prefixRewrite", reason, on="key", notes=(note,))
        for index, match in objects(route, "match"):
            uri = mapping(match, "uri")
            if uri is not None and uri.get("prefix") is None:
                reason = "prefixRewrite replaces the prefix that was matched, so the uri must be matched by prefix"
                note = Note((*path, "match", index, "uri"), "this match has no prefix", on="key")
                yield missing_setting((*where, "prefixRewrite"), "uri.prefix", reason, on="key", notes=(note,))
    elif not any(text(redirect, key) for key in ("uri", "authority", "scheme")) and not any(
        redirect.get(key) is not None for key in ("port", "derivePort")
    ):
        yield missing_setting(
            where, "uri, prefixRewrite, authority, scheme or port", "a redirect must change something"
        )
    code = integer(redirect, "redirectCode")
    if code and not 300 <= code <= 399:
        yield invalid_status_code(
            (*where, "redirectCode"), code, "redirect code", "300 to 399, such as 301, 302 or 308"
        )
    scheme = text(redirect, "scheme")
    if scheme not in ("", "http", "https"):
        lower = scheme.lower()
        repair = (
            Repair(f"write {lower}", (Change("set", (*where, "scheme"), lower),))
            if lower in ("http", "https")
            else None
        )
        yield unsupported_value((*where, "scheme"), "scheme", scheme, "write http or https", repair=repair)
    yield from check_port(redirect, "port", where, zero=True)


def check_direct_response(route: dict[str, Any], path: Path) -> Iterator[Defect]:
    """The `directResponse` of a route (specification VS080 to VS083)."""
    response = mapping(route, "directResponse")
    if response is None:
        return
    where = (*path, "directResponse")
    yield from check_http_status(response, "status", where)
    body = mapping(response, "body")
    if body is None:
        return
    encoded = body.get("bytes")
    if isinstance(encoded, str):
        size = _decoded_size(encoded)
        field = (*where, "body", "bytes")
    else:
        field = (*where, "body", "string")
        size = len(text(body, "string").encode(errors="surrogatepass"))
    if size > MAX_BODY:
        yield out_of_range(field, "the size of the body", f"{size} bytes", f"at most {MAX_BODY}")
    elif size > LARGE_BODY:
        yield large_response_body(field, size)


def check_rewrite(route: dict[str, Any], path: Path) -> Iterator[Defect]:
    """The `rewrite` of a route (specification VS089 to VS092)."""
    rewrite = mapping(route, "rewrite")
    if rewrite is None:
        return
    where = (*path, "rewrite")
    by_regex = mapping(rewrite, "uriRegexRewrite")
    if by_regex is None:
        if not text(rewrite, "uri") and not text(rewrite, "authority") and not _has_wrong_type(rewrite):
            yield missing_setting(where, "uri, uriRegexRewrite or authority", "a rewrite must change something")
        return
    if text(rewrite, "uri"):
        note = Note((*where, "uriRegexRewrite"), "the other rewrite", on="key")
        reason = "the path is rewritten either as a whole or by a regular expression"
        yield conflicting_settings((*where, "uri"), "uri", "uriRegexRewrite", reason, on="key", notes=(note,))
    for key in ("match", "rewrite"):
        if by_regex.get(key) in (None, ""):
            yield missing_setting(
                (*where, "uriRegexRewrite", key), key, "a rewrite by regular expression needs both texts"
            )
    pattern = text(by_regex, "match")
    if pattern:
        yield from check_regex(pattern, (*where, "uriRegexRewrite", "match"))


def _has_wrong_type(rewrite: dict[str, Any]) -> bool:
    return any(not isinstance(rewrite.get(key), str | None) for key in ("uri", "authority", "uriRegexRewrite"))


def _decoded_size(encoded: str) -> int:
    """The number of bytes of a base64 text, padding and line breaks not counted."""
    digits = len(encoded.replace("\n", "").replace("\r", "").rstrip("="))
    return digits * 3 // 4
