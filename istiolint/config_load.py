"""Finds and reads the settings: the command line before the environment before a file before the defaults.

A run has one project root and one configuration file: `istiolint.toml`, `.istiolint.yaml`, or `[tool.istiolint]` in
`pyproject.toml`, in the nearest folder at or above the first linted path, up to the repository's. A file named by
`--config` or by ISTIOLINT_CONFIG is read instead, and its paths and patterns are seen from the current folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from istiolint.config import Choice, Config, ConfigError, ConfigProblem, External, did_you_mean
from istiolint.config_keys import KEYS, PLAIN, Wrong
from istiolint.records import NamedTuple
from istiolint.source.discover import display_name, repository_of

FILES = ("istiolint.toml", ".istiolint.yaml", ".istiolint.yml", "pyproject.toml")
VARIABLE = "ISTIOLINT_CONFIG"


def load(
    paths: Sequence[str] = (),
    *,
    file: str | None = None,
    no_config: bool = False,
    options: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Config:
    """The settings for a run over `paths`.

    `options` are those of the command line, under the names of the configuration; None and () mean not given. Texts in
    lists may hold several values between commas. Raises ConfigError with every mistake of a file at once.
    """
    start = os.path.abspath(paths[0] if paths and paths[0] != "-" else ".")
    cwd = os.getcwd()
    file = None if no_config else file or environ.get(VARIABLE) or None
    if no_config or file:
        root = repository_of(cwd) or cwd if no_config else cwd
    else:
        found = _find(start) or _find(cwd)
        root = os.path.dirname(found) if found else repository_of(start) or cwd
        file = os.path.relpath(found) if found else None
    config = Config(root=root)
    if file:
        config = _with_file(config._replace(file=display_name(file, cwd)), file, root, ())
    given = {key: _split(value) for key, value in (options or {}).items() if value not in (None, ())}
    return _overlay(config, _Table(given, "", lambda path: 0), cwd) if given else config


class _Table(NamedTuple):
    """Settings as they are written, and how to find the line of a path of keys."""

    values: dict[str, Any]
    file: str
    line: Callable[[tuple[str | int, ...]], int]


def _with_file(config: Config, file: str, root: str, extending: tuple[str, ...]) -> Config:
    """The settings with those of `file` over them, and below those the ones of the files that it extends."""
    shown = display_name(file, os.getcwd())
    real = os.path.realpath(file)
    if real in extending:
        raise ConfigError(ConfigProblem(shown, 0, "extends itself"))
    table = _read_file(file, shown)
    bases = table.values.get("extends", ())
    for base in [bases] if isinstance(bases, str) else bases if isinstance(bases, list) else ():
        if isinstance(base, str):
            config = _with_file(config, _absolute(base, os.path.dirname(file)), root, (*extending, real))
    return _overlay(config, table, root)


def _find(start: str) -> str | None:
    """The configuration file that holds for `start`; ConfigError where two in one folder do."""
    repository = repository_of(start)
    folder = start
    while True:
        here = [file for name in FILES if _counts(file := os.path.join(folder, name))]
        if len(here) > 1:
            names = " and ".join(map(os.path.basename, here))
            raise ConfigError(ConfigProblem(os.path.relpath(here[0]), 0, f"two configurations: {names}"))
        if here:
            return here[0]
        above = os.path.dirname(folder)
        if folder in (repository, above):
            return None
        folder = above


def _counts(file: str) -> bool:
    """Whether this is a configuration; a `pyproject.toml` only with a table for istiolint."""
    if not os.path.isfile(file):
        return False
    if os.path.basename(file) != "pyproject.toml":
        return True
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except OSError:
        return False
    return re.search(rb"^\s*\[+\s*tool\s*\.\s*\"?istiolint\b", data, re.MULTILINE) is not None


def _read_file(file: str, shown: str) -> _Table:
    """The settings in a TOML or YAML file; ConfigError where it cannot be read as such."""
    try:
        with open(file, encoding="utf-8-sig") as stream:
            text = stream.read()
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)).lower() if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(ConfigProblem(shown, 0, f"cannot be read: {reason}")) from error
    return _read_toml(text, shown) if file.endswith(".toml") else _read_yaml(text, shown)


def _read_toml(text: str, shown: str) -> _Table:
    import tomllib

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"^(.*) \(at line (\d+), ", str(error))
        message, line = (place[1], int(place[2])) if place else (str(error), 0)
        raise ConfigError(ConfigProblem(shown, line, f"is not TOML: {message[:1].lower()}{message[1:]}")) from error
    if os.path.basename(shown) == "pyproject.toml":
        values = values.get("tool", {}).get("istiolint", {})
        if not isinstance(values, dict):
            raise ConfigError(ConfigProblem(shown, line_of(text, "istiolint"), "[tool.istiolint] must be a table"))
    return _Table(values, shown, lambda path: _toml_line(text, path))


def line_of(text: str, word: str) -> int:
    """The line where `word` stands as a key or a value, 0 where it does not."""
    found = _word_at(word).search(text)
    return text.count("\n", 0, found.end()) + 1 if found else 0


def _word_at(word: str) -> re.Pattern[str]:
    return re.compile(rf"^[^#\n]*?(?<![\w-]){re.escape(word)}(?![\w-])", re.MULTILINE)


def _toml_line(text: str, path: tuple[str | int, ...]) -> int:
    """The line of a path of keys: each is looked for after the one above it, good enough for a message."""
    at = line = 0
    for step, above in zip(path, ("", *path), strict=False):
        if isinstance(step, str):
            found = _word_at(step).search(text, at)
        else:
            headers = list(re.finditer(rf"^\s*\[\[.*{re.escape(str(above))}\s*\]\]", text, re.MULTILINE))
            found = headers[step] if step < len(headers) else None
        if found:
            at, line = found.end(), text.count("\n", 0, found.end()) + 1
    return line


def _read_yaml(text: str, shown: str) -> _Table:
    from istiolint.source.reader import read
    from istiolint.source.spans import SpanTable

    documents = read(text) or read("{}")
    problems = [
        ConfigProblem(shown, text.count("\n", 0, problem.start) + 1, f"is not valid YAML: {problem.reason}")
        for document in documents
        for problem in document.problems
    ]
    if len(documents) > 1 and not problems:
        problems = [ConfigProblem(shown, text.count("\n", 0, documents[1].start) + 1, "has more than one document")]
    values = documents[0].value
    if not problems and values is not None and not isinstance(values, dict):
        problems = [ConfigProblem(shown, 1, "must be a mapping of settings")]
    if problems:
        raise ConfigError(*problems)
    spans = SpanTable(values, documents[0].offsets)

    def line(path: tuple[str | int, ...]) -> int:
        start, _ = spans.locate(path, "key" if isinstance(path[-1], str) else "value")
        return text.count("\n", 0, start) + 1

    return _Table(values or {}, shown, line)


def _split(value: Any) -> Any:
    """A value of the command line: what holds several, between commas, becomes a list."""
    if isinstance(value, list | tuple):
        return [part.strip() for text in value for part in str(text).split(",") if part.strip()]
    return {key: _split(part) for key, part in value.items()} if isinstance(value, dict) else value


def _overlay(config: Config, table: _Table, base: str) -> Config:
    """The settings with those of `table` over them; its relative paths are seen from the folder `base`."""
    problems: list[ConfigProblem] = []
    read: dict[str, Any] = {}
    for key, value in table.values.items():
        reader = KEYS.get(key)
        if reader is None:
            message = f'unknown key "{key}"{did_you_mean(key, list(KEYS))}'
            problems.append(ConfigProblem(table.file, table.line((key,)), message))
            continue
        try:
            read[key] = reader(value)
        except Wrong as wrong:
            where = " ".join([key, *(str(step) for step in wrong.path if isinstance(step, str))])
            line = table.line((key, *wrong.path))
            problems.append(ConfigProblem(table.file, line, f"{where}: {wrong}" if table.file else f"--{key}: {wrong}"))
    if problems:
        raise ConfigError(*problems)
    choice = Choice(read.get("profile"), read.get("select"), read.get("extend-select", ()), read.get("ignore", ()))
    config = config._replace(
        choices=config.choices if choice == Choice() else (*config.choices, choice),
        severity={**config.severity, **read.get("severity", {})},
        params={**config.params, **{r: {**config.params.get(r, {}), **p} for r, p in read.get("params", {}).items()}},
        overrides=(*config.overrides, *read.get("overrides", ())),
        exclude=(*config.exclude, *read.get("exclude", ())),
        context=(*config.context, *(_absolute(path, base) for path in read.get("context", ()))),
        external=External(*map(_joined, config.external, read.get("external", External()))),
    )
    if "mesh-config" in read:
        read["mesh-config"] = _absolute(read["mesh-config"], base)
    plain: dict[str, Any] = {key.replace("-", "_"): read[key] for key in PLAIN if key in read}
    return config._replace(**plain)


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return one + other


def _absolute(path: str, base: str) -> str:
    return os.path.normpath(os.path.join(base, path))
