"""Conditions of an http route (specification VS007, VS028 to VS041)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.admission.defects import claim_route_without_gateway, invalid_header_name
from istiolint.admission.fields import check_label, check_port
from istiolint.admission.gateway_references import check_gateway_references
from istiolint.admission.headers import is_claim, match_name_problem
from istiolint.admission.labels import check_labels
from istiolint.admission.matches import check_regex_only, check_string_match
from istiolint.admission.values import mapping
from istiolint.finding import Defect, Path

if TYPE_CHECKING:
    from istiolint.admission.binding import Binding


def check_http_match(match: dict[str, Any], path: Path, binding: Binding) -> Iterator[Defect]:
    """One entry of `match`."""
    for key in match:
        if key == "uri":
            yield from check_regex_only(match, key, path)
        elif key in ("headers", "withoutHeaders"):
            yield from _check_headers(match, key, path, binding)
        elif key in ("scheme", "method", "authority"):
            yield from check_string_match(match, key, path)
        elif key == "queryParams":
            parameters = mapping(match, key) or {}
            for name in parameters:
                yield from check_string_match(parameters, name, (*path, key))
        elif key == "port":
            yield from check_port(match, key, path, zero=True)
        elif key == "sourceLabels":
            yield from check_labels(match, key, path)
        elif key == "gateways":
            yield from check_gateway_references(match, path, binding.from_gateway_api)
        elif key == "sourceNamespace":
            yield from check_label(match, key, "namespace", path)


def _check_headers(match: dict[str, Any], key: str, path: Path, binding: Binding) -> Iterator[Defect]:
    headers = mapping(match, key) or {}
    for name in headers:
        if not isinstance(name, str):
            continue
        if is_claim(name) and not binding.to_gateway:
            yield claim_route_without_gateway((*path, key, name), name, on="key")
        problem = match_name_problem(name)
        if problem is not None:
            yield invalid_header_name((*path, key, name), name, problem, on="key")
        yield from check_string_match(headers, name, (*path, key), star=key == "withoutHeaders")
