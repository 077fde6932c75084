"""`istiolint` and `python -m istiolint`."""

from __future__ import annotations

import gc
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    gc.disable()  # a run is short, and what it reads is a forest of small objects without cycles
    try:
        _plain_check(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    from istiolint.cli.main import cli

    cli(prog_name="istiolint")


def _plain_check(arguments: list[str]) -> None:
    """Do what a plain `check` asks for and exit; return where click should have a look."""
    if arguments[:1] != ["check"]:
        return
    from istiolint.cli.complaints import WrongUsage
    from istiolint.cli.options import parse

    plain = parse(arguments[1:])
    if plain is None:
        return
    from istiolint.cli.linting import execute

    try:
        sys.exit(execute(*plain))
    except WrongUsage:
        return


if __name__ == "__main__":
    main()
