"""Where reports go: `--format` on standard output, each `--output FORMAT=PATH` into a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from istiolint import __version__
from istiolint.cli.complaints import OutputError, WrongUsage
from istiolint.records import NamedTuple
from istiolint.report.formats import FORMATS, render
from istiolint.report.style import When, columns, wants_color
from istiolint.report.view import RuleHelp, View

if TYPE_CHECKING:
    from istiolint.engine import Outcome
    from istiolint.finding import Report


class Target(NamedTuple):
    """A report to write into a file."""

    form: str
    path: str


class Targets(NamedTuple):
    """The format of standard output, and the files."""

    form: str
    files: tuple[Target, ...]


def targets(form: str | None, outputs: Sequence[str]) -> Targets:
    """The reports that the options ask for; WrongUsage where they make no sense.

    Call it before the run, so that a typing error does not cost one.
    """
    files = tuple(_target(output) for output in outputs)
    for number, target in enumerate(files):
        if any(os.path.abspath(target.path) == os.path.abspath(other.path) for other in files[:number]):
            raise WrongUsage(f"--output names {target.path} twice")
    return Targets(_known(form or "text", "--format"), files)


def _target(output: str) -> Target:
    form, equals, path = output.partition("=")
    if not equals or not path:
        raise WrongUsage(f"--output {output}: expected FORMAT=PATH, such as sarif=istiolint.sarif")
    if path == "-":
        raise WrongUsage(f"--output {output}: standard output has the report of --format")
    return Target(_known(form, "--output"), path)


def _known(form: str, option: str) -> str:
    if form in FORMATS:
        return form
    from istiolint.config import did_you_mean

    known = list(FORMATS)
    raise WrongUsage(
        f"{option}: there is no format {form!r}{did_you_mean(form, known)}; formats are {', '.join(known)}"
    )


def write(
    outcome: Outcome,
    form: str | None,
    outputs: Sequence[str],
    color: When = "auto",
    *,
    unsafe_fixes: bool = False,
    shown: bool = True,
) -> None:
    """Write all reports of a run, the one on standard output only if it is to be `shown`.

    Raises OutputError for files that cannot be written, once the rest is out.
    """
    wanted = targets(form, outputs)
    view = View(source=outcome.texts, rule_help=_rule_help, version=__version__, unsafe_fixes=unsafe_fixes)
    failures = [
        failure for target in wanted.files if (failure := _save(render(target.form, outcome.report, view), target.path))
    ]
    if shown:
        say(_shown(outcome.report, wanted.form, view, color))
    if failures:
        raise OutputError("; ".join(failures))


def _shown(report: Report, form: str, view: View, color: When) -> str:
    colored = wants_color(color, sys.stdout, os.environ)
    return render(form, report, view._replace(color=colored, width=columns(sys.stdout, os.environ)))


def _rule_help(name: str) -> RuleHelp | None:
    from istiolint.report.rule_help import rule_help

    return rule_help(name)


def _save(text: str, path: str) -> str | None:
    """Write a file in UTF-8, and the folders it needs; what went wrong, if something did."""
    try:
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        return f"cannot write {path}: {error.strerror or error}"
    return None


def say(text: str, stream: TextIO | None = None) -> None:
    """Write findings to standard output, whatever its encoding, and though nobody may read to the end.

    Raises OutputError where standard output cannot be written to, such as on a disk that is full.
    """
    out = stream or sys.stdout
    try:
        try:
            out.write(text)
        except UnicodeEncodeError:
            encoding = out.encoding or "ascii"
            out.write(text.encode(encoding, "backslashreplace").decode(encoding))
        out.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough. What is still buffered must not fail again at exit.
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), out.fileno())
    except OSError as error:
        if stream is None:
            raise OutputError(f"cannot write to standard output: {error.strerror or error}") from error
