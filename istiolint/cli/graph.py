"""`istiolint graph`: the mesh as a drawing."""

from __future__ import annotations

import sys
from typing import Any

import click

from istiolint.cli.complaints import OutputError, WrongUsage
from istiolint.cli.world import of_files

FORMATS = ("dot", "mermaid", "json", "graphml", "html", "svg")


@click.command(name="graph")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--format", "-f", "form", type=click.Choice(FORMATS), help="How to draw; else by the ending of --output.")
@click.option("--namespace", "-n", "spaces", multiple=True, metavar="NAME", help="Draw this namespace only.")
@click.option("--output", "-o", metavar="FILE", help="Write into this file.")
@of_files
def command(paths: tuple[str, ...], **options: Any) -> None:
    """Draw the mesh: services, subsets, gateways, routes with weights, mTLS, policies, coloured by findings.

    Exit code: 0 drawn, 2 wrong usage or a failure, 3 nothing to draw.
    """
    from istiolint.cli.linting import guarded

    try:
        sys.exit(guarded(lambda: _graph(paths, options)))
    except WrongUsage as wrong:
        raise click.UsageError(str(wrong)) from wrong


def _graph(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    from istiolint.cli.linting import CLEAN, FAILED, NOTHING, say_nothing, tell
    from istiolint.cli.output import say
    from istiolint.cli.world import config_of, gathered_of, save
    from istiolint.engine import run
    from istiolint.graph.drawing import within
    from istiolint.graph.formats import render
    from istiolint.graph.graphml import Missing
    from istiolint.graph.model import draw
    from istiolint.loading import load_mesh

    form = options["form"] or _by_ending(options["output"])
    config = config_of(paths, options)
    gathered = gathered_of(paths, config)
    loaded = load_mesh(gathered.inputs, config)
    if not loaded.mesh.everything:
        say_nothing(0)
        return NOTHING
    outcome = run(gathered.inputs, config)
    drawing = within(draw(loaded.mesh, loaded.texts, outcome.report.findings), options["spaces"])
    if not drawing.nodes:
        tell(f"nothing to draw: no Services, Gateways or workloads in {', '.join(options['spaces']) or 'these files'}")
        return NOTHING
    try:
        text = render(form, drawing)
    except Missing as missing:
        raise OutputError(str(missing)) from missing
    if options["output"]:
        save(text, options["output"])
    else:
        say(text)
    for crash in outcome.crashes:
        tell(f"error: {crash}")
    return FAILED if outcome.crashes else CLEAN


def _by_ending(output: str | None) -> str:
    """The format that a file's name asks for; `dot` where there is none."""
    if not output:
        return "dot"
    ending = output.rpartition(".")[2].lower()
    known = {**{form: form for form in FORMATS}, "mmd": "mermaid", "gv": "dot", "htm": "html"}
    if ending not in known:
        raise WrongUsage(f"--output {output}: say the --format, one of {', '.join(FORMATS)}")
    return known[ending]
