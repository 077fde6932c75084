"""Where a range of a scalar's value stands in the text of the file."""

from __future__ import annotations


def part_range(text: str, start: int, end: int, value: str, part: tuple[int, int]) -> tuple[int, int]:
    """The range in `text` of the characters `part` of `value`, the scalar that stands from `start` to `end`.

    Found where the text is written as it is meant: on one line with nothing escaped, or as a literal block (`|`). Of
    other scalars (folded, with escapes) the whole range is given.
    """
    written = text[start:end]
    first, last = max(0, min(part)), min(len(value), max(part))
    if written[:1] == "|":
        begin, finish = _in_block(written, value, first), _in_block(written, value, last)
        if begin is None or finish is None:
            return start, end
        return start + begin, start + max(begin, finish)
    if written[:1] in "\"'" and written[1:-1] == value:
        start += 1
    elif written != value:
        return start, end
    return start + first, start + max(last, first)


def _in_block(written: str, value: str, offset: int) -> int | None:
    """Where in the literal block `written` the character `offset` of its value stands; None where it cannot be said."""
    header, _, body = written.partition("\n")
    lines = body.split("\n")
    number = value.count("\n", 0, offset)
    column = offset - (value.rfind("\n", 0, offset) + 1)
    filled = next((line for line in lines if line.strip()), "")
    digits = "".join(char for char in header.partition("#")[0] if char.isdigit())
    content = next((line for line in value.split("\n") if line.strip()), "")
    indent = len(filled) - len(content)
    if (digits and not content) or indent < 0 or filled[indent:] != content or number >= len(lines):
        return None
    place = len(header) + 1 + sum(len(line) + 1 for line in lines[:number])
    return place + min(indent + column, len(lines[number]))
