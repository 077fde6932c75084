"""Keeps what the documentation shows true: outputs of commands, and tables that come from data.

    python tools/readme.py

runs every `$ istiolint ...` line of the `console` fences in README.md and docs/ and writes what it prints below it, and
fills the parts between `<!-- made by tools/readme.py: NAME -->` and `<!-- end -->`. A test says when it has to be run.
"""

from __future__ import annotations

import glob
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import codes
from istiolint.shelf import shelf

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

_CONSOLE = re.compile(r"(?<=^```console\n)\$ (?P<command>[^\n]*)\n(?P<output>.*?)(?=^```$)", re.MULTILINE | re.DOTALL)
_MADE = re.compile(
    r"(?P<head><!-- made by tools/readme\.py: (?P<name>\w+) -->\n).*?(?P<tail><!-- end -->)", re.MULTILINE | re.DOTALL
)


def files() -> list[str]:
    """The documents that are kept true."""
    return [os.path.join(ROOT, "README.md"), *sorted(glob.glob(os.path.join(ROOT, "docs", "*.md")))]


def commands(text: str) -> list[str]:
    """The commands whose output a document shows."""
    return [match["command"] for match in _CONSOLE.finditer(text)]


def refreshed(text: str) -> str:
    """The document with outputs and tables as they are now."""
    text = _CONSOLE.sub(lambda match: f"$ {match['command']}\n{output(match['command'])}", text)
    return _MADE.sub(lambda match: f"{match['head']}{TABLES[match['name']]()}{match['tail']}", text)


def output(command: str) -> str:
    """What a command line of istiolint prints in the project's folder, on a terminal of 80 columns without colours."""
    program, *arguments = shlex.split(command)
    if program != "istiolint":
        raise ValueError(f"only istiolint is run, not {program}")
    env = {name: value for name, value in os.environ.items() if not name.startswith("ISTIOLINT")}
    done = subprocess.run(
        [sys.executable, "-m", "istiolint", *arguments],
        cwd=ROOT,
        env={**env, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command}: {done.stdout}")
    return "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())


def _settings() -> str:
    """The keys of the configuration, from its schema."""
    with open(os.path.join(shelf("schemas"), "config.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    rows = [
        f"| `{key}` | {_kind(value, schema)} | {_default(value)} | {_cell(value['description'])} |"
        for key, value in schema["properties"].items()
    ]
    return "\n".join(["| key | value | default | what it means |", "|---|---|---|---|", *rows]) + "\n"


def _kind(value: dict[str, object], schema: dict[str, object]) -> str:
    reference = value.get("$ref")
    if isinstance(reference, str):
        definitions = schema["$defs"]
        assert isinstance(definitions, dict)
        value = {**definitions[reference.rpartition("/")[2]], **value}
    if isinstance(value.get("enum"), list):
        return ", ".join(f"`{word}`" for word in value["enum"])  # type: ignore[attr-defined]
    if "oneOf" in value or "anyOf" in value or value.get("type") == "array":
        return "list"
    return {"boolean": "`true`, `false`", "object": "mapping"}.get(str(value.get("type")), "text")


def _default(value: dict[str, object]) -> str:
    return f"`{json.dumps(value['default']).strip(chr(34))}`" if "default" in value else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _rules() -> str:
    """All rules, by family."""
    from istiolint.cards import catalog

    rows = [
        f"| [{card.name}](../rules/{card.family}/{card.name}.md) | {card.severity} | {', '.join(card.upstream)} |"
        f" {_cell(card.title)} |"
        for card in catalog().values()
    ]
    return "\n".join(["| rule | severity | elsewhere known as | what |", "|---|---|---|---|", *rows]) + "\n"


TABLES = {
    "settings": _settings,
    "rules": _rules,
    "codes_ist": lambda: codes.table("IST"),
    "codes_kia": lambda: codes.table("KIA"),
}


def stale() -> Iterator[str]:
    """The documents that would change."""
    for file in files():
        with open(file, encoding="utf-8") as stream:
            text = stream.read()
        if refreshed(text) != text:
            yield file


def main() -> None:
    for file in files():
        with open(file, encoding="utf-8") as stream:
            text = stream.read()
        new = refreshed(text)
        if new != text:
            with open(file, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(new)
            print(f"{os.path.relpath(file, ROOT)} brought up to date")


if __name__ == "__main__":
    main()
