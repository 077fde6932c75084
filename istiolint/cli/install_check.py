"""`istiolint install-check`: judge the flags of an `istioctl install` command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from istiolint.engine import Outcome

NAME = "<flags>"
"""What the flags are called in reports, as if they were lines of a file."""


@click.command(name="install-check", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.option("--set", "-s", "flags", multiple=True, metavar="PATH=VALUE", help="As given to istioctl install.")
@click.option("--filename", "-f", "files", multiple=True, metavar="FILE", help="IstioOperator files, as given to it.")
@click.option("--format", "form", metavar="FORMAT", help="text, concise, json, sarif, github, gitlab or junit.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
def command(flags: tuple[str, ...], files: tuple[str, ...], form: str | None, color: Any) -> None:
    """Say what istioctl install would refuse of a command line as it stands in scripts.

    Take the words behind `istioctl install`; those that do not concern the configuration, such as -y, are passed over.
    """
    from istiolint.cli.complaints import WrongUsage
    from istiolint.cli.linting import guarded
    from istiolint.cli.output import targets

    try:
        targets(form, ())
    except WrongUsage as wrong:
        raise click.UsageError(str(wrong)) from wrong
    if not flags and not files:
        raise click.UsageError("nothing to check: give --set PATH=VALUE or --filename FILE")
    sys.exit(guarded(lambda: _check(flags, files, form, color)))


def _check(flags: tuple[str, ...], files: tuple[str, ...], form: str | None, color: Any) -> int:
    from istiolint.cli.linting import CLEAN, FAILED, FINDINGS, tell
    from istiolint.cli.output import write
    from istiolint.config import Config
    from istiolint.inputs import gather

    gathered = gather(files, Config(cache=False))
    outcome = _judged(flags, gathered.inputs)
    unread = bool(gathered.complaints) and not flags and not gathered.inputs
    write(outcome, form, (), color, shown=form not in (None, "text") or not unread)
    for complaint in (*gathered.complaints, *outcome.crashes):
        tell(f"error: {complaint}")
    if gathered.complaints or outcome.crashes:
        return FAILED
    return FINDINGS if outcome.report.count("error") else CLEAN


def _judged(flags: tuple[str, ...], inputs: tuple[Any, ...]) -> Outcome:
    """The findings of the files, and those of the flags, each flag being a line of a text of its own."""
    from istiolint.cards import catalog
    from istiolint.complete import complete
    from istiolint.config import Config
    from istiolint.engine import Outcome, order, run
    from istiolint.install.set_flags import judge_flags
    from istiolint.source.document import Document
    from istiolint.source.spans import lines_of
    from istiolint.source.text import SourceText

    cards = catalog()
    outcome = run(inputs, Config(cache=False))
    source = SourceText(NAME, "\n".join(flags) + "\n")
    document = Document(NAME, 0, {"flags": list(flags)}, lines_of(flags))
    findings = [
        complete(
            defect._replace(path=("flags", flags.index(flag)) if flag is not None else (), document=None),
            document,
            cards[defect.rule],
            lambda _: source,
        )._replace(resource=None)
        for flag, defect in judge_flags(flags)
        if cards[defect.rule].profile == "default"
    ]
    report = outcome.report._replace(
        findings=tuple(sorted((*outcome.report.findings, *findings), key=order)),
        summary=outcome.report.summary._replace(files=outcome.report.summary.files + bool(flags)),
    )
    return Outcome(report, outcome.crashes, lambda file: source if file == NAME else outcome.texts(file))
