"""What commands have in common that ask about the mesh: their options, and the files and settings these mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from istiolint.cli.complaints import OutputError, WrongUsage

if TYPE_CHECKING:
    from istiolint.config import Config
    from istiolint.inputs import Gathered

Body = Callable[..., Any]

NAMED = ("namespace", "world", "mesh_config", "istio_version", "context", "exclude")
"""Options that are settings, under the names of their fields."""

_NAMESPACE = click.option("--namespace", "-n", metavar="NAME", help="The namespace of manifests that name none.")
_OPTIONS = (
    click.option(
        "--world", type=click.Choice(["auto", "complete", "partial"]), help="Whether the files are the whole mesh."
    ),
    click.option("--mesh-config", metavar="FILE", help="MeshConfig to assume, as YAML or JSON."),
    click.option("--istio-version", metavar="X.Y", help="The Istio to assume; else the newest known."),
    click.option("--context", multiple=True, metavar="PATH", help="Read these too."),
    click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these files and folders out."),
    click.option("--config", "config_file", metavar="FILE", help="Read this configuration."),
    click.option("--no-config", is_flag=True, help="Read no configuration file."),
)


def of_world(function: Body) -> Body:
    """A decorator: the options that say which files and settings make the mesh."""
    return _NAMESPACE(of_files(function))


def of_files(function: Body) -> Body:
    """A decorator: those options without `--namespace`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def config_of(paths: tuple[str, ...], options: dict[str, Any]) -> Config:
    """The settings for these paths and options; raises ConfigError."""
    from istiolint.config_load import load

    given = {name.replace("_", "-"): options[name] for name in NAMED if options.get(name) not in (None, ())}
    where = ["."] if paths == ("-",) else list(paths)
    return load(where, file=options["config_file"], no_config=options["no_config"], options=given)


def gathered_of(paths: tuple[str, ...], config: Config) -> Gathered:
    """The files of these paths; `-` is standard input. Raises WrongUsage, and OutputError for what cannot be read."""
    from istiolint.inputs import gather, standard_input

    if "-" in paths and paths != ("-",):
        raise WrongUsage("- (standard input) cannot be given together with other paths")
    found = gather([], config, standard_input(None)) if paths == ("-",) else gather(paths or (".",), config)
    if found.complaints:
        raise OutputError("; ".join(found.complaints))
    return found


def save(text: str, path: str) -> None:
    """Write a file in UTF-8, with the folders it needs; OutputError where that fails."""
    import os

    try:
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
