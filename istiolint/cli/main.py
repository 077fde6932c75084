"""The command group: a table of names and modules, so that a command costs only its own imports."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from istiolint import __version__

COMMANDS = {
    "check": "check",
    "rules": "rules",
    "trace": "trace",
    "verify": "verify",
    "diff": "diff",
    "graph": "graph",
    "diagnose": "diagnose",
    "install-check": "install_check",
    "explain": "explain",
}
"""Command name to the module of `istiolint.cli` that has it as `command`."""


class _Lazy(click.Group):
    """Imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: Any = import_module(f"istiolint.cli.{COMMANDS[cmd_name]}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from istiolint.config import did_you_mean

            hint = did_you_mean(args[0], list(COMMANDS)) if args else ""
            raise click.UsageError(error.message + hint, ctx) from error


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="istiolint %(version)s")
def cli() -> None:
    """Find what is wrong in Istio manifests: what Istio would refuse, and what traffic would do."""
