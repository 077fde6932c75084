"""`istiolint` and `python -m istiolint`."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line."""
    gc.disable()  # a run is short, and what it reads is a forest of small objects without cycles
    from istiolint.cli.main import cli

    cli(prog_name="istiolint")


if __name__ == "__main__":
    main()
