"""What `istiolint check` does: lint, repair, report, and the exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from istiolint.cli.complaints import OutputError, WrongUsage
from istiolint.config import Config, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from istiolint.engine import Outcome
    from istiolint.inputs import Gathered

CLEAN, FINDINGS, FAILED, NOTHING = range(4)
"""Exit codes, the same for every format."""


def execute(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    """Run the command and give its exit code. Raises WrongUsage before anything is done, and nothing else."""
    return guarded(lambda: _check(paths, options))


def guarded(body: Callable[[], int]) -> int:
    """The exit code of a command; what stops it is told as every command tells it. WrongUsage goes through."""
    try:
        return body()
    except WrongUsage:
        raise
    except ConfigError as error:
        for problem in error.problems:
            tell(f"error: {problem}")
    except OutputError as error:
        tell(f"error: {error}")
    except Exception as error:
        tell_failure(error)
    return FAILED


def tell_failure(error: Exception) -> None:
    """Tell of a failure of istiolint itself; the whole of it, for those who look for its cause."""
    if os.environ.get("ISTIOLINT_DEBUG"):
        raise error
    tell(f"internal error: {type(error).__name__}: {error}")
    tell("Please report it, with the manifest that causes it and what ISTIOLINT_DEBUG=1 adds.")


def tell(message: str) -> None:
    """Say something that is no finding, on standard error."""
    from istiolint.cli.output import say

    say(message + "\n", sys.stderr)


def _check(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    from istiolint.cli.output import targets, write
    from istiolint.engine import at_least, run

    targets(options["form"], options["outputs"])  # a misspelt format must not cost a run
    if options["diff"] and options["form"]:
        raise WrongUsage("--diff shows the changes in place of a report; --output writes one into a file")
    if options["fix"] and not options["diff"] and "-" in paths:
        raise WrongUsage("--fix cannot repair standard input; --diff shows what it would change")
    if options["stdin_filename"] and "-" not in paths:
        raise WrongUsage("--stdin-filename needs - (standard input) as the path")
    config = _config(paths, options)
    gathered, focus = _gather(paths, options, config)
    note_version(config)
    outcome = run(gathered.inputs, config, focus)
    # After a crash nothing is repaired: a comment for the rule that failed would look unused.
    complaints = [*gathered.complaints]
    if (options["fix"] or options["diff"]) and not outcome.crashes:
        outcome, unwritten = _repair(gathered, outcome, config, options, focus)
        complaints += unwritten
    report = outcome.report
    write(
        outcome,
        options["form"],
        options["outputs"],
        options["color"],
        unsafe_fixes=options["unsafe_fixes"],
        shown=not options["diff"] and bool(gathered.inputs or not complaints or options["form"] not in (None, "text")),
    )
    complaints += outcome.crashes
    for complaint in complaints:
        tell(f"error: {complaint}")
    if complaints:
        return FAILED
    if not report.summary.documents and not report.findings:
        say_nothing(report.summary.skipped_templates)
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
            raise WrongUsage(
                "- (standard input) cannot be given together with other paths; --context PATH reads them, too"
            )
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
    gathered: Gathered, outcome: Outcome, config: Config, options: dict[str, Any], focus: frozenset[str] | None
) -> tuple[Outcome, list[str]]:
    """What is left to report after repairs (of `--diff`, everything), and what could not be written."""
    from istiolint.cli.output import say
    from istiolint.cli.repair import diff, repaired, save
    from istiolint.engine import run
    from istiolint.report.tally import counted

    result = repaired(gathered.inputs, outcome, config, unsafe=options["unsafe_fixes"], focus=focus)
    if options["diff"]:
        changes = diff(gathered.inputs, result.inputs)
        say(changes)
        if not changes:
            tell(_nothing_to_repair(outcome, unsafe=options["unsafe_fixes"]))
        return outcome, []
    unwritten = save(gathered.inputs, result.inputs)
    if unwritten:
        pairs = zip(gathered.inputs, result.inputs, strict=True)
        as_they_are = [old if old.file in unwritten else new for old, new in pairs]
        return run(as_they_are, config, focus), [f"{file}: {reason}" for file, reason in unwritten.items()]
    if result.fixed:
        files = sum(old.data != new.data for old, new in zip(gathered.inputs, result.inputs, strict=True))
        tell(f"{counted(result.fixed, 'finding')} repaired in {counted(files, 'file')}")
    return result.outcome, []


def _nothing_to_repair(outcome: Outcome, *, unsafe: bool) -> str:
    """Why there is no difference to show."""
    guesses = 0 if unsafe else sum(finding.fix is not None for finding in outcome.report.findings)
    hint = f"; --unsafe-fixes repairs {guesses} by best guess" if guesses else ""
    return f"no finding can be repaired{' safely' if guesses else ''}{hint}"


def note_version(config: Config) -> None:
    """Tell where the Istio that was asked for is not known, and another one is checked for."""
    from istiolint.schema.store import release, table

    asked, used = config.istio_version, release(config.istio_version or "")
    if asked and asked.split(".")[:2] != used.split("."):
        known = table().releases
        tell(f"Istio {asked} is not known ({known[0]} to {known[-1]} are): the files are checked for {used}")


def say_nothing(skipped_templates: int) -> None:
    """Tell that there was nothing to lint."""
    tell("nothing to lint: no Kubernetes manifests here")
    if skipped_templates:
        tell("Helm templates must be rendered first: helm template . | istiolint check -")
