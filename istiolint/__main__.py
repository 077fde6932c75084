"""`istiolint` and `python -m istiolint`."""

from __future__ import annotations

import gc
import os
import sys

FAILED = 2
INTERRUPTED = 130


def main() -> None:
    """Run the command line, and end the process.

    It ends without taking its objects and modules apart one by one, which would take a good part of a small run.
    """
    gc.disable()  # a run is short, and what it reads is a forest of small objects without cycles
    _open_streams()
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
    try:
        _plain_check(sys.argv[1:])
        from istiolint.cli.main import cli

        cli(prog_name="istiolint")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED if end.code else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        return _failed(f"error: {error.filename or 'cannot write to standard output'}: {error.strerror or error}")
    except Exception as error:
        from istiolint.cli.linting import tell_failure

        try:
            tell_failure(error)
        except Exception:
            sys.excepthook(*sys.exc_info())
        return FAILED
    return 0


def _failed(message: str) -> int:
    from istiolint.cli.linting import tell

    tell(message)
    return FAILED


def _open_streams() -> None:
    """Where the caller has closed standard output or standard error, what is written there goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115


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
