"""`istiolint diff`: which requests fare otherwise in another tree."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from istiolint.cli.complaints import OutputError, WrongUsage
from istiolint.cli.world import of_world

if TYPE_CHECKING:
    from istiolint.compare.rows import Rows
    from istiolint.compare.run import Comparison
    from istiolint.compare.sources import Tree
    from istiolint.config import Config

FORMATS = ("text", "json", "markdown")
_PATHS = "istiolint.diff.paths"
"""Where the words behind `--` are kept."""


class _WithPaths(click.Command):
    """Knows which of its words came behind `--`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            at = args.index("--")
            ctx.meta[_PATHS] = tuple(args[at + 1 :])
            args = args[:at]
        return super().parse_args(ctx, args)


@click.command(name="diff", cls=_WithPaths, options_metavar="[OPTIONS]")
@click.argument("words", nargs=-1, metavar="OLD NEW | [REV [REV] | REV..REV] [-- PATH...]")
@click.option("--format", "-f", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", "-o", "outputs", multiple=True, metavar="FORMAT=PATH", help="Write a report to a file, too.")
@of_world
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
def command(words: tuple[str, ...], **options: Any) -> None:
    """Compare what two trees of manifests do to requests: each change with a request that shows it.

    OLD and NEW are folders. Or name a git revision to compare with the working tree (HEAD if none is given), or two to
    compare with each other, and the paths to look at; nothing is checked out. REV...REV starts where they have parted.

    Exit code: 0 nothing changes, 1 something does, 2 wrong usage or a failure, 3 no manifests in either tree.
    """
    from istiolint.cli.linting import guarded

    paths = click.get_current_context().meta.get(_PATHS)
    try:
        sys.exit(guarded(lambda: _diff(words, paths, options)))
    except WrongUsage as wrong:
        raise click.UsageError(str(wrong)) from wrong


def _diff(words: tuple[str, ...], paths: tuple[str, ...] | None, options: dict[str, Any]) -> int:
    from istiolint.cli.linting import CLEAN, FINDINGS, NOTHING, tell
    from istiolint.cli.output import say
    from istiolint.cli.world import config_of, save
    from istiolint.compare.revisions import RevisionError
    from istiolint.compare.rows import rows_of
    from istiolint.compare.sources import Unclear, Unreadable, trees, wanted

    outputs = [_output(it) for it in options["outputs"]]
    try:
        asked = wanted(words, paths)
    except Unclear as error:
        raise WrongUsage(str(error)) from error
    config = config_of(asked.paths[-1:] if not asked.revisions else asked.paths, options)
    try:
        before, after = trees(asked, config)
    except (RevisionError, Unreadable) as error:
        raise OutputError(str(error)) from error
    found = _compared(before, after, config)
    if not any(it.mesh.everything for it in (found.before, found.after)):
        tell("nothing to compare: no Kubernetes manifests in either tree")
        return NOTHING
    rows = rows_of(found)
    for form, path in outputs:
        save(_rendered(form, found, rows, "never"), path)
    say(_rendered(options["form"], found, rows, options["color"]))
    return FINDINGS if rows else CLEAN


def _output(written: str) -> tuple[str, str]:
    form, equals, path = written.partition("=")
    if not equals or not path or form not in FORMATS:
        raise WrongUsage(f"--output {written}: expected FORMAT=PATH with one of {', '.join(FORMATS)}")
    return form, path


def _compared(before: Tree, after: Tree, config: Config) -> Comparison:
    from istiolint.compare.run import compare
    from istiolint.compare.sides import Side
    from istiolint.loading import Known, load_mesh

    known: Known = {}
    sides = [Side(it.name, load_mesh(it.inputs, config, known)) for it in (before, after)]
    return compare(*sides)


def _rendered(form: str, found: Comparison, rows: Rows, color: Any) -> str:
    from istiolint.compare import formats, report
    from istiolint.report.style import columns, painter, wants_color

    if form == "json":
        return formats.to_json(found, rows)
    if form == "markdown":
        return formats.to_markdown(found, rows)
    paint = painter(wants_color(color, sys.stdout, os.environ))
    return report.text(found, rows, paint, columns(sys.stdout, os.environ))
