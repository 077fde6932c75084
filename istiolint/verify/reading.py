"""Assertion files: YAML to assertions, with a message and a line for everything that is not understood.

`schemas/verify.schema.json` says the same; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from istiolint.config import ConfigError, ConfigProblem, did_you_mean
from istiolint.config_keys import Wrong
from istiolint.verify.assertion import Asked, Assertion, Called, Clients, Expected

Reader = Callable[[Any], Any]

URL = r"https?://[^/?#:\s]+(:\d{1,5})?(/\S*)?|tcp://[^/?#:\s]+:\d{1,5}"


def read_file(file: str, text: str) -> tuple[Assertion, ...]:
    """The assertions of one file. Raises ConfigError with every mistake in it."""
    from istiolint.source.reader import read
    from istiolint.source.spans import SpanTable

    documents = [it for it in read(text) if it.value is not None or it.problems]
    problems = [
        ConfigProblem(file, _line(text, problem.start), f"is not valid YAML: {problem.reason}")
        for document in documents
        for problem in document.problems
    ]
    if len(documents) > 1 and not problems:
        problems = [ConfigProblem(file, _line(text, documents[1].start), "has more than one document")]
    if problems:
        raise ConfigError(*problems)
    if not documents:
        return ()
    value = documents[0].value
    spans = SpanTable(value, documents[0].offsets)

    def line(path: tuple[str | int, ...]) -> int:
        on_key = bool(path) and isinstance(path[-1], str)
        return _line(text, spans.locate(path, "key" if on_key else "value")[0])

    return _assertions(file, value, line)


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _assertions(file: str, value: Any, line: Callable[[tuple[str | int, ...]], int]) -> tuple[Assertion, ...]:
    found: list[Assertion] = []
    problems: list[ConfigProblem] = []
    try:
        top = _fields(value, {"tests": _items, "allow-unknown": _truth})
        if "tests" not in top:
            raise Wrong('needs "tests", a list of assertions')
    except Wrong as wrong:
        raise ConfigError(ConfigProblem(file, line(wrong.path), str(wrong))) from wrong
    lenient = top.get("allow-unknown", False)
    names: dict[str, int] = {}
    for index, item in enumerate(top["tests"]):
        at = line(("tests", index))
        try:
            made = _assertion(item, lenient)._replace(file=file, line=at)
            if made.name in names:
                raise Wrong(f'the name "{made.name}" is that of line {names[made.name]}, too', "name")
            names[made.name] = at
            found.append(made)
        except Wrong as wrong:
            place = line(("tests", index, *wrong.path)) if wrong.path else at
            steps = ".".join(str(step) for step in wrong.path[:-1] if isinstance(step, str))
            problems.append(ConfigProblem(file, place, f"{steps}: {wrong}" if steps else str(wrong)))
    if problems:
        raise ConfigError(*problems)
    return tuple(found)


def _assertion(value: Any, lenient: bool) -> Assertion:
    read = _fields(value, ASSERTION)
    for needed in ("name", "expect"):
        if needed not in read:
            raise Wrong(f'needs "{needed}"')
    clients, gateway, called = read.get("from"), read.get("gateway", ""), read.get("to")
    if clients is not None and gateway:
        raise Wrong('has both "from" and "gateway": a request comes from a workload, or from outside', "gateway")
    if clients is None and not gateway:
        raise Wrong('needs "from" (workloads) or "gateway" (for callers outside of the mesh)')
    request: Asked = read.get("request", Asked())
    if called is None and not request.url:
        raise Wrong('needs "request" with "url", or "to"')
    if called is not None:
        if gateway:
            raise Wrong('"to" goes with "from"; through a gateway only a URL leads', "to")
        for given in ("url", "sni"):
            if getattr(request, given):
                raise Wrong(f'has both "to" and a request with "{given}"', "request", given)
    written = value.get("request")
    if request.url and isinstance(written, dict) and "path" in written:
        raise Wrong("the path belongs into the URL", "request", "path")
    if request.url.startswith("tcp:") and isinstance(written, dict):
        for given in ("method", "headers", "host", "claims"):
            if given in written:
                raise Wrong(f'a TCP connection has no "{given}"', "request", given)
    return Assertion(
        read["name"], "", 0, read["expect"], clients, gateway, called, request, read.get("allow-unknown", lenient)
    )


# Readers of values: each gives what was read, or raises Wrong


def _fields(value: Any, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """A mapping of known keys, each read by its reader."""
    if not isinstance(value, dict):
        raise Wrong(f"must be a mapping, not {_shown(value)}")
    read = {}
    for key, part in value.items():
        reader = readers.get(key)
        if reader is None:
            raise Wrong(f'unknown key "{key}"{did_you_mean(str(key), list(readers))}', key)
        read[key] = _inside(reader, part, key)
    return read


def _inside(reader: Reader, value: Any, step: str | int) -> Any:
    try:
        return reader(value)
    except Wrong as wrong:
        said = str(wrong) if wrong.path or isinstance(step, int) else f'"{step}" {wrong}'
        raise Wrong(said, step, *wrong.path) from wrong


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Wrong(f"must be a list, not {_shown(value)}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Wrong(f"must be a text, not {_shown(value)}")
    return value


def _any_text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(f"must be a text, not {_shown(value)}")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"must be true or false, not {_shown(value)}")
    return value


def _number(low: int, high: int) -> Reader:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Wrong(f"must be a number from {low} to {high}, not {_shown(value)}")
        return value

    return read


def _matching(pattern: str, what: str) -> Reader:
    compiled = re.compile(pattern)

    def read(value: Any) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise Wrong(f"must be {what}, not {_shown(value)}")
        return value

    return read


def _one_or_more(reader: Reader) -> Reader:
    """A list of something; one alone is a list of one."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            return (reader(value),)
        if not value:
            raise Wrong("must not be empty")
        return tuple(_inside(reader, item, at) for at, item in enumerate(value))

    return read


def _texts_by_key(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise Wrong(f"must be a mapping of texts, not {_shown(value)}")
    return tuple((key.lower(), _inside(_any_text, part, key)) for key, part in value.items())


def _percents(whole: bool) -> Reader:
    def read(value: Any) -> dict[str, float]:
        if not isinstance(value, dict) or not value:
            raise Wrong(f"must be a mapping of percentages, not {_shown(value)}")
        for key, part in value.items():
            if isinstance(part, bool) or not isinstance(part, int | float) or not 0 <= part <= 100:
                raise Wrong(f"must be a percentage from 0 to 100, not {_shown(part)}", key)
        if whole and abs(sum(value.values()) - 100) > 0.5:
            raise Wrong(f"must add up to 100, not {sum(value.values()):g}")
        return {key: float(part) for key, part in value.items()}

    return read


def _claims(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Wrong(f"must be a mapping, not {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    if isinstance(value, str):
        return f'"{value}"'
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else str(value)


_name = _matching(r"[^/\s]+/[^/\s]+", "namespace/name")
_names = _one_or_more(_name)
_namespaces = _one_or_more(_matching(r"[^/\s]+", "a namespace"))


def _selection(make: Callable[..., Any], readers: Mapping[str, Reader]) -> Reader:
    """A text or list of texts, or a mapping of `readers` with, perhaps, `except`."""

    def read(value: Any) -> Any:
        if isinstance(value, str | list):
            return make(_names(value))
        parts = _fields(value, {**readers, "except": read})
        if not parts:
            raise Wrong("must not be empty")
        return make(**{"without" if key == "except" else key: part for key, part in parts.items()})

    return read


CLIENTS: Mapping[str, Reader] = {"workloads": _names, "namespaces": _namespaces}
CALLED: Mapping[str, Reader] = {
    "services": _names,
    "namespaces": _namespaces,
    "ports": _one_or_more(_number(1, 65535)),
}
REQUEST: Mapping[str, Reader] = {
    "url": _matching(URL, "a URL such as http://reviews:9080/ or tcp://db:5432"),
    "method": _matching(r"[A-Z]+", "a method in capitals"),
    "path": _matching(r"/\S*", "a path that begins with /"),
    "headers": _texts_by_key,
    "host": _text,
    "sni": _text,
    "ip": _matching(r"[0-9A-Fa-f.:]+", "an IP address"),
    "claims": _claims,
}
EXPECT: Mapping[str, Reader] = {
    "reaches": _truth,
    "denied": _truth,
    "status": _number(100, 599),
    "redirect": _text,
    "host": _text,
    "port": _number(1, 65535),
    "subset": _text,
    "shares": _percents(True),
    "mtls": _truth,
    "workload": _names,
    "path": _text,
    "authority": _text,
    "timeout": _text,
    "mirrors": _percents(False),
}


def _expected(value: Any) -> Expected:
    read = _fields(value, EXPECT)
    if not read:
        raise Wrong("must not be empty")
    return Expected(**read)


def _asked(value: Any) -> Asked:
    return Asked(**_fields(value, REQUEST))


ASSERTION: Mapping[str, Reader] = {
    "name": _text,
    "from": _selection(Clients, CLIENTS),
    "gateway": _name,
    "to": _selection(Called, CALLED),
    "request": _asked,
    "expect": _expected,
    "allow-unknown": _truth,
}


def readable(expected: Mapping[str, Any]) -> bool:
    """Whether an expectation can be written into a file."""
    try:
        _expected({key: list(value) if isinstance(value, tuple) else value for key, value in expected.items()})
    except Wrong:
        return False
    return True
