"""`istiolint verify`: what the mesh must do, asked of its manifests."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from istiolint.cli.complaints import WrongUsage
from istiolint.cli.world import of_world

if TYPE_CHECKING:
    from istiolint.config import Config
    from istiolint.loading import Loaded
    from istiolint.verify.assertion import Assertion
    from istiolint.verify.run import Result

FOLDER = "mesh-tests"
"""Where assertions are, below the project root."""
FORMATS = ("text", "json", "junit")


@click.command(name="verify")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--tests", multiple=True, metavar="FILE|DIR", help=f"The assertions; else {FOLDER}/*.yaml.")
@click.option("--write", "new", metavar="FILE", help="Record what the mesh does today as assertions.")
@click.option("--format", "-f", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", "-o", "outputs", multiple=True, metavar="FORMAT=PATH", help="Write a report to a file, too.")
@of_world
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
def command(paths: tuple[str, ...], **options: Any) -> None:
    """Check assertions on what happens to requests: who may call what, over mTLS or not, what answers.

    Exit code: 0 all hold, 1 some do not (or are not known), 2 wrong usage or a failure, 3 nothing to verify.
    """
    from istiolint.cli.linting import guarded

    try:
        sys.exit(guarded(lambda: _verify(paths, options)))
    except WrongUsage as wrong:
        raise click.UsageError(str(wrong)) from wrong


def _verify(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    from istiolint.cli.linting import CLEAN, FINDINGS, NOTHING, say_nothing, tell
    from istiolint.cli.world import config_of, gathered_of, save
    from istiolint.loading import load_mesh
    from istiolint.verify.run import verify

    outputs = [_output(it) for it in options["outputs"]]
    if options["new"] and (options["tests"] or outputs):
        raise WrongUsage("--write records assertions, and checks none")
    if options["new"] and not _may_be_replaced(options["new"]):
        raise WrongUsage(f"--write: {options['new']} was not recorded, and would be lost; name another file")
    config = config_of(paths, options)
    assertions = () if options["new"] else _assertions(options["tests"], config)
    if not options["new"] and not assertions:
        tell(f"nothing to verify: no assertions in {', '.join(options['tests']) or FOLDER + '/'}")
        return NOTHING
    loaded = load_mesh(gathered_of(paths, config).inputs, config)
    if not loaded.mesh.everything:
        say_nothing(0)
        return NOTHING
    if options["new"]:
        from istiolint.verify.writing import recorded

        save(recorded(loaded.mesh), options["new"])
        return CLEAN
    results = verify(loaded.mesh, assertions)
    for form, path in outputs:
        save(_rendered(form, results, loaded, "never"), path)
    from istiolint.cli.output import say

    say(_rendered(options["form"], results, loaded, options["color"]))
    return CLEAN if all(result.good for result in results) else FINDINGS


def _may_be_replaced(path: str) -> bool:
    """Whether nothing that somebody has written is lost: there is no such file, or it was recorded."""
    from istiolint.verify.writing import HEAD

    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.readline().rstrip() in ("", HEAD)
    except OSError:
        return True


def _output(written: str) -> tuple[str, str]:
    form, equals, path = written.partition("=")
    if not equals or not path or form not in FORMATS:
        raise WrongUsage(f"--output {written}: expected FORMAT=PATH with one of {', '.join(FORMATS)}")
    return form, path


def _assertions(given: tuple[str, ...], config: Config) -> tuple[Assertion, ...]:
    """The assertions of these files and folders; raises ConfigError with what is wrong in all of them."""
    from istiolint.config import ConfigError, ConfigProblem
    from istiolint.source.discover import discover, display_name
    from istiolint.source.text import decode
    from istiolint.verify.reading import read_file

    root = config.root or "."
    default = os.path.join(root, FOLDER)
    if not given and not os.path.isdir(default):
        return ()
    found = discover(given or (default,), exclude=config.exclude, root=root)
    problems = [ConfigProblem(path, 0, "no such file or folder") for path in found.missing]
    assertions: list[Assertion] = []
    for file in found.files:
        try:
            with open(file, "rb") as stream:
                text = decode(stream.read()).text
            assertions += read_file(display_name(file, os.getcwd()), text)
        except OSError as error:
            problems.append(ConfigProblem(file, 0, error.strerror or str(error)))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return tuple(assertions)


def _rendered(form: str, results: list[Result], loaded: Loaded, color: Any) -> str:
    from istiolint.report.style import columns, painter, wants_color
    from istiolint.verify import formats, report

    if form == "json":
        return formats.to_json(results, loaded.texts)
    if form == "junit":
        return formats.to_junit(results, loaded.texts)
    paint = painter(wants_color(color, sys.stdout, os.environ))
    return report.text(results, loaded.texts, paint, columns(sys.stdout, os.environ))
