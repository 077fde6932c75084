"""From paths to the bytes of a run: the files to report on, and the context files beside them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from istiolint.batch import Input
from istiolint.config import Config, ConfigError, ConfigProblem
from istiolint.source.discover import DISK, discover, display_name

if TYPE_CHECKING:
    from istiolint.source.discover import Files


class Gathered(NamedTuple):
    """The files of a run, and a message for everything that could not be read."""

    inputs: tuple[Input, ...]
    complaints: tuple[str, ...]


def gather(
    paths: Sequence[str], config: Config, overlay: Mapping[str, bytes] | None = None, where: Files = DISK
) -> Gathered:
    """Read what `paths` and the configuration's context name.

    `overlay` holds texts that replace those of files with the same name, or join them: an editor's unsaved buffer.
    """
    overlay = dict(overlay or {})
    complaints: list[str] = []
    inputs: dict[str, Input] = {}
    for context, names in ((False, paths), (True, config.context)):
        found = discover(
            names,
            exclude=config.exclude,
            root=config.root or ".",
            respect_gitignore=config.respect_gitignore,
            files=where,
        )
        complaints += (f"{path}: no such file or folder" for path in found.missing if path not in overlay)
        complaints += (f"{item.name}: {item.reason}" for item in found.unreadable)
        for file in found.files:
            if file in inputs:
                continue
            try:
                data = overlay.pop(file) if file in overlay else where.read(file)
            except OSError as error:
                complaints.append(f"{file}: {error.strerror or error}")
                continue
            inputs[file] = Input(file, data, context)
    for file, data in overlay.items():
        inputs.setdefault(file, Input(file, data))
    return Gathered(tuple(inputs[file] for file in sorted(inputs)), tuple(complaints))


def standard_input(filename: str | None) -> dict[str, bytes]:
    """Standard input under the name that reports show."""
    name = display_name(filename, os.getcwd()) if filename else "<stdin>"
    return {name: sys.stdin.buffer.read()}


def mesh_config_input(file: str) -> Input:
    """The file of `--mesh-config` under the name that reports show; raises ConfigError where it cannot be read."""
    shown = display_name(file, os.getcwd())
    try:
        return Input(shown, DISK.read(file))
    except OSError as error:
        raise ConfigError(ConfigProblem(shown, 0, error.strerror or str(error))) from error


def mesh_config_of(file: str) -> Mapping[str, Any]:
    """MeshConfig from a YAML or JSON file: the message itself, or a ConfigMap or IstioOperator around it.

    Raises ConfigError where the file cannot be read or is no mapping.
    """
    from istiolint.source.reader import read
    from istiolint.source.text import decode

    shown, data, _ = mesh_config_input(file)
    decoded = decode(data)
    documents = read(decoded.text)
    for problem in (*decoded.problems, *(problem for document in documents for problem in document.problems)):
        raise ConfigError(ConfigProblem(shown, 0, f"not readable as YAML: {problem.reason}"))
    values = [document.value for document in documents if document.value is not None]
    if not values:
        return {}
    if len(values) > 1 or not isinstance(values[0], dict):
        raise ConfigError(ConfigProblem(shown, 0, "MeshConfig is one mapping"))
    return _unwrapped(values[0])


def _unwrapped(value: dict[str, Any]) -> Mapping[str, Any]:
    """The message inside of an IstioOperator or ConfigMap; empty where there is none."""
    inner: Any = value
    if value.get("kind") == "IstioOperator":
        spec = value.get("spec")
        inner = spec.get("meshConfig") if isinstance(spec, dict) else None
    elif value.get("kind") == "ConfigMap":
        from istiolint.source.reader import read

        data = value.get("data")
        text = data.get("mesh") if isinstance(data, dict) else None
        documents = read(text) if isinstance(text, str) else []
        inner = documents[0].value if documents else None
    return inner if isinstance(inner, dict) else {}
