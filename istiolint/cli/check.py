"""`istiolint check`: lint files and folders."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from istiolint.config import Config, ConfigError

if TYPE_CHECKING:
    from istiolint.batch import Input
    from istiolint.engine import Outcome
    from istiolint.inputs import Gathered

CLEAN, FINDINGS, FAILED, NOTHING = range(4)
"""Exit codes, the same for every format."""

_SEVERITY = click.Choice(["error", "warning", "info"])


@click.command(name="check")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--select", multiple=True, metavar="RULE,...", help="Run only these rules: names, families, IST or KIA codes, ALL."
)
@click.option("--extend-select", multiple=True, metavar="RULE,...", help="Run these rules as well.")
@click.option("--ignore", multiple=True, metavar="RULE,...", help="Do not run these rules.")
@click.option("--profile", type=click.Choice(["default", "strict", "ambient", "upgrade"]), help="The set of rules.")
@click.option("--istio-version", metavar="X.Y", help="The Istio to lint for; the newest known by default.")
@click.option("--namespace", "-n", metavar="NAME", help="The namespace of manifests that name none.")
@click.option(
    "--world",
    type=click.Choice(["auto", "complete", "partial"]),
    help="Whether the files are the whole mesh: judged by evidence, yes, or no.",
)
@click.option("--mesh-config", metavar="FILE", help="MeshConfig to assume, as YAML or JSON.")
@click.option("--context", multiple=True, metavar="PATH", help="Read these too, and report nothing on them.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these files and folders out.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "info", "never"]), help="Exit with 1 from here on.")
@click.option("--min-severity", type=_SEVERITY, help="Report nothing below.")
@click.option("--min-confidence", type=click.Choice(["low", "medium", "high"]), help="Report nothing less sure.")
@click.option("--no-ignores", is_flag=True, help="Report what comments and annotations silence, too.")
@click.option("--focus", is_flag=True, help="Load the whole project, and report on the given files only.")
@click.option("--fix", is_flag=True, help="Repair what can be repaired safely.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: repair by best guess, too.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--format", "-f", "form", metavar="FORMAT", default=None, help="text, concise, json, sarif, github, ...")
@click.option("--output", "-o", "outputs", multiple=True, metavar="FORMAT=PATH", help="Write a report to a file, too.")
@click.option("--stdin-filename", metavar="PATH", help="With the path -: the file that standard input stands for.")
@click.option("--config", "config_file", metavar="FILE", help="Read this configuration.")
@click.option("--no-config", is_flag=True, help="Read no configuration file.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
def command(paths: tuple[str, ...], **options: Any) -> None:
    """Lint Istio manifests: files, folders, or - for standard input.

    Exit code: 0 clean, 1 findings at or above --fail-on (error), 2 wrong usage or a failure, 3 nothing to lint.
    """
    try:
        sys.exit(_check(paths, options))
    except ConfigError as error:
        for problem in error.problems:
            click.echo(f"error: {problem}", err=True)
        sys.exit(FAILED)
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        if os.environ.get("ISTIOLINT_DEBUG"):
            raise
        click.echo(f"internal error: {type(error).__name__}: {error}", err=True)
        click.echo("Please report it, with the manifest that causes it and what ISTIOLINT_DEBUG=1 adds.", err=True)
        sys.exit(FAILED)


def _check(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    from istiolint.cli.output import targets, write
    from istiolint.engine import at_least, run

    targets(options["form"], options["outputs"])  # a misspelt format must not cost a run
    config = _config(paths, options)
    gathered, focus = _gather(paths, options, config)
    outcome = run(gathered.inputs, config, focus)
    if (
        options["fix"] or options["diff"]
    ) and not outcome.crashes:  # what a failed check says nothing of may look unused
        outcome = _repair(gathered.inputs, outcome, config, options, focus)
    report = outcome.report
    write(outcome, options["form"], options["outputs"], options["color"], unsafe_fixes=options["unsafe_fixes"])
    for complaint in (*gathered.complaints, *outcome.crashes):
        click.echo(f"error: {complaint}", err=True)
    if gathered.complaints or outcome.crashes:
        return FAILED
    if not report.summary.documents and not report.findings:
        _say_nothing(report.summary.skipped_templates)
        return NOTHING
    threshold = config.fail_on
    if threshold != "never" and any(at_least(finding.severity, threshold) for finding in report.findings):
        return FINDINGS
    return CLEAN


def _config(paths: tuple[str, ...], options: dict[str, Any]) -> Config:
    from istiolint.config_load import load

    named = (
        "select", "extend_select", "ignore", "profile", "istio_version", "namespace", "world", "mesh_config",
        "context", "exclude", "fail_on", "min_severity", "min_confidence",
    )  # fmt: skip
    given = {name.replace("_", "-"): options[name] for name in named if options[name] not in (None, ())}
    where = [options["stdin_filename"] or "."] if paths == ("-",) else list(paths)
    config = load(where, file=options["config_file"], no_config=options["no_config"], options=given)
    if options["no_cache"]:
        config = config._replace(cache=False)
    return config._replace(silencing=False) if options["no_ignores"] else config


def _gather(paths: tuple[str, ...], options: dict[str, Any], config: Config) -> tuple[Gathered, frozenset[str] | None]:
    """The files of the run, and those to report on where that is not all of them."""
    from istiolint.inputs import gather, standard_input
    from istiolint.source.discover import discover, excluded

    if "-" in paths:
        if paths != ("-",):
            raise click.UsageError("- (standard input) cannot be given together with other paths")
        overlay = standard_input(options["stdin_filename"])
        project = [config.root] if options["stdin_filename"] and config.root else []
        return gather(project, config, overlay), frozenset(overlay)
    if not options["focus"]:
        return gather(paths or (".",), config), None
    root = config.root or "."
    wanted = [path for path in paths if not excluded(path, config.exclude, root)]
    focused = discover(wanted, exclude=config.exclude, root=root, respect_gitignore=config.respect_gitignore)
    return gather((root, *wanted), config), frozenset(focused.files)


def _repair(
    inputs: tuple[Input, ...], outcome: Outcome, config: Config, options: dict[str, Any], focus: frozenset[str] | None
) -> Outcome:
    from istiolint.cli.repair import diff, repaired, save

    result = repaired(inputs, outcome, config, unsafe=options["unsafe_fixes"], focus=focus)
    if options["diff"]:
        click.echo(diff(inputs, result.inputs), nl=False)
        return outcome
    save(inputs, result.inputs)
    if result.fixed:
        click.echo(f"fixed {result.fixed} of the findings", err=True)
    return result.outcome


def _say_nothing(skipped_templates: int) -> None:
    click.echo("nothing to lint: no Kubernetes manifests here", err=True)
    if skipped_templates:
        click.echo("Helm templates must be rendered first: helm template . | istiolint check -", err=True)
