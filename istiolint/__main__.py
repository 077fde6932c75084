"""`istiolint` and `python -m istiolint`."""

from __future__ import annotations

import gc
import os
import sys

FAILED = 2


def main() -> None:
    """Run the command line, and end the process.

    It ends without taking its objects and modules apart one by one, which would take a good part of a small run.
    """
    gc.disable()  # a run is short, and what it reads is a forest of small objects without cycles
    status = _status()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            pass  # who reads has seen enough
        except OSError:
            status = FAILED
    os._exit(status)


def _status() -> int:
    """The exit code of the command line. A failure of istiolint itself is told, and never looks like findings."""
    from istiolint.cli.main import cli

    try:
        cli(prog_name="istiolint")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED if end.code else 0
    except Exception:
        sys.excepthook(*sys.exc_info())
        return FAILED
    return 0


if __name__ == "__main__":
    main()
