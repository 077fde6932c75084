"""The options of `istiolint check` as data, and a reader of plain command lines that needs no library.

Click builds the command of the same table, and is asked whenever a command line is not plain: for help, for errors, for
anything unusual. Loading it takes longer than linting a file does, and an editor lints on every save.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from istiolint.records import NamedTuple


class Option(NamedTuple):
    """One option: a flag, a value, one of some words, or something that can be given more than once."""

    names: tuple[str, ...]
    field: str
    kind: Literal["flag", "value", "many"]
    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    default: str | None = None


SEVERITIES = ("error", "warning", "info")
PROFILES = ("default", "strict", "ambient", "upgrade")

CHECK: tuple[Option, ...] = (
    Option(("--select",), "select", "many", "Run only these rules: names, families, codes, ALL.", "RULE,..."),
    Option(("--extend-select",), "extend_select", "many", "Run these rules as well.", "RULE,..."),
    Option(("--ignore",), "ignore", "many", "Do not run these rules.", "RULE,..."),
    Option(
        ("--profile",), "profile", "value", "The set of rules.", choices=("default", "strict", "ambient", "upgrade")
    ),
    Option(("--istio-version",), "istio_version", "value", "The Istio to lint for; else the newest known.", "X.Y"),
    Option(("--namespace", "-n"), "namespace", "value", "The namespace of manifests that name none.", "NAME"),
    Option(
        ("--world",),
        "world",
        "value",
        "Whether the files are the whole mesh: judged by evidence, yes, or no.",
        choices=("auto", "complete", "partial"),
    ),
    Option(("--mesh-config",), "mesh_config", "value", "MeshConfig to assume, as YAML or JSON.", "FILE"),
    Option(("--context",), "context", "many", "Read these too, and report nothing on them.", "PATH"),
    Option(("--exclude",), "exclude", "many", "Leave these files and folders out.", "GLOB"),
    Option(("--fail-on",), "fail_on", "value", "Exit with 1 from here on.", choices=(*SEVERITIES, "never")),
    Option(("--min-severity",), "min_severity", "value", "Report nothing below.", choices=SEVERITIES),
    Option(
        ("--min-confidence",), "min_confidence", "value", "Report nothing less sure.", choices=("low", "medium", "high")
    ),
    Option(("--no-ignores",), "no_ignores", "flag", "Report what comments and annotations silence, too."),
    Option(("--focus",), "focus", "flag", "Load the whole project, and report on the given files only."),
    Option(("--fix",), "fix", "flag", "Repair what can be repaired safely."),
    Option(("--unsafe-fixes",), "unsafe_fixes", "flag", "With --fix or --diff: repair by best guess, too."),
    Option(("--diff",), "diff", "flag", "Show what --fix would change, and change nothing."),
    Option(("--format", "-f"), "form", "value", "text, concise, json, sarif, github, gitlab or junit.", "FORMAT"),
    Option(("--output", "-o"), "outputs", "many", "Write a report to a file, too.", "FORMAT=PATH"),
    Option(("--stdin-filename",), "stdin_filename", "value", "With -: the file that standard input is.", "PATH"),
    Option(("--config",), "config_file", "value", "Read this configuration.", "FILE"),
    Option(("--no-config",), "no_config", "flag", "Read no configuration file."),
    Option(("--no-cache",), "no_cache", "flag", "Neither read nor write the cache."),
    Option(("--color",), "color", "value", "Colour the text.", choices=("auto", "always", "never"), default="auto"),
)

Parsed = tuple[tuple[str, ...], dict[str, Any]]


def parse(arguments: Sequence[str]) -> Parsed | None:
    """Paths and options of a plain command line; None where click should look at it.

    What this reads, click reads the same way (a test holds them together).
    """
    known = {name: option for option in CHECK for name in option.names}
    values: dict[str, Any] = {
        option.field: False if option.kind == "flag" else option.default if option.kind == "value" else []
        for option in CHECK
    }
    paths: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            paths.append(word)
            continue
        name, equals, value = word.partition("=")
        option = known.get(name)
        if option is None or (not name.startswith("--") and equals):
            return None
        if option.kind == "flag":
            if equals:
                return None
            values[option.field] = True
            continue
        if not equals:
            if not rest or rest[0].startswith("-"):
                return None
            value = rest.pop(0)
        if option.choices and value not in option.choices:
            return None
        if option.kind == "many":
            values[option.field].append(value)
        else:
            values[option.field] = value
    return tuple(paths), {field: tuple(v) if isinstance(v, list) else v for field, v in values.items()}
