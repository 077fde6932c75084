"""Text that libyaml refuses as a whole: with control characters in it, or JSON with surrogate pairs.

Both are read as a text of the same length with other characters in their place, so that all offsets stay true.
"""

from __future__ import annotations

import re
from array import array
from typing import Any

from istiolint.source.reader import Problem, YamlDocument, read_stream

_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPE = re.compile(r"\\(?:u([dD][89abAB]..)\\u([dD][c-fC-F]..)|u[dD][89a-fA-F]..|.)", re.DOTALL)
_FIRST_SURROGATE = 0xD800
_FILLER = "\ufdd0"
"""Unicode promises that this is no character, so no text has it."""


def read_without_controls(text: str) -> list[YamlDocument]:
    """Read as if all that may not stand in YAML were other characters; each document that has any gets a problem."""
    found = [match.start() for match in _CONTROL.finditer(text)]
    documents = read_stream(_CONTROL.sub("\ufffd", text)) or [YamlDocument(None, array("I"), 0)]
    starts = [0, *(document.start for document in documents[1:]), len(text)]
    at = 0
    for number, document in enumerate(documents):
        while at < len(found) and found[at] < starts[number]:
            at += 1
        if at < len(found) and found[at] < starts[number + 1]:
            problem = Problem("syntax-error", found[at], found[at] + 1, "this character may not stand in YAML")
            documents[number] = document._replace(problems=(problem, *document.problems))
    return documents


def read_json(text: str) -> list[YamlDocument] | None:
    """Read JSON with escaped surrogates, of which YAML knows nothing; None if there are none."""
    readable = _ESCAPE.sub(_without_surrogates, text)
    if readable == text or _FILLER in text:
        return None
    return [document._replace(value=_clean(document.value)) for document in read_stream(readable)]


def _without_surrogates(escape: re.Match[str]) -> str:
    """The character of a pair, filled up to the length of the escape; a lone one means nothing, as Go has it."""
    written = escape[0]
    try:
        if escape[1]:
            high, low = int(escape[1], 16), int(escape[2], 16)
            return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).ljust(len(written), _FILLER)
        return "\\ufffd" if len(written) > len(r"\n") and int(written[2:], 16) >= _FIRST_SURROGATE else written
    except ValueError:
        return written


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_FILLER, "")
    if isinstance(value, dict):
        return {key.replace(_FILLER, ""): _clean(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_clean(child) for child in value]
    return value
