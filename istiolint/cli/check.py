"""`istiolint check`: lint files and folders. Made of the table in `options.py`; the work is done in `linting.py`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from istiolint.cli.complaints import WrongUsage
from istiolint.cli.linting import execute
from istiolint.cli.options import CHECK

Body = Callable[..., Any]


def _options(function: Body) -> Body:
    for option in reversed(CHECK):
        words = (*option.names, option.field)
        if option.kind == "flag":
            function = click.option(*words, is_flag=True, help=option.help)(function)
        else:
            function = click.option(
                *words,
                multiple=option.kind == "many",
                type=click.Choice(option.choices) if option.choices else None,
                metavar=option.metavar or None,
                default=option.default,
                help=option.help,
            )(function)
    return function


@click.command(name="check", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_options
def command(paths: tuple[str, ...], **options: Any) -> None:
    """Lint Istio manifests: files, folders, or - for standard input.

    Exit code: 0 clean, 1 findings at or above --fail-on (error), 2 wrong usage or a failure, 3 nothing to lint.
    """
    try:
        sys.exit(execute(paths, options))
    except WrongUsage as wrong:
        raise click.UsageError(str(wrong)) from wrong
