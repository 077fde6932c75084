"""Workload selectors (specification 3.11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from istiolint.admission.defects import invalid_selector, selector_without_labels
from istiolint.finding import Defect, Path


def check_selector(
    holder: dict[str, Any], key: str, labels: Literal["labels", "matchLabels"], path: Path = ("spec",)
) -> Iterator[Defect]:
    """The selector at `key`; `path` is the path of `holder` (specification 3.11).

    `labels` names the field that holds its labels: `labels` in Sidecar, ServiceEntry and EnvoyFilter (type a),
    `matchLabels` elsewhere (type b).
    """
    selector = holder.get(key)
    if not isinstance(selector, dict):
        return
    wanted = selector.get(labels)
    if not wanted:
        if not isinstance(wanted, str | int | list):
            yield selector_without_labels((*path, key), on="key")
        return
    if not isinstance(wanted, dict):
        return
    for name, value in wanted.items():
        where = (*path, key, labels, name)
        if not name:
            yield invalid_selector(where, "a label key is empty", on="key")
        elif isinstance(name, str) and "*" in name:
            yield invalid_selector(where, f'"{name}" has a wildcard, and labels are compared exactly', on="key")
        if isinstance(value, str) and "*" in value:
            yield invalid_selector(where, f'"{value}" has a wildcard, and labels are compared exactly')
