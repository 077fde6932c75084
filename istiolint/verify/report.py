"""Results as lines: text for people; what of a result other formats repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from istiolint.complete import place
from istiolint.report.cells import flat, wrap
from istiolint.report.style import Paint, Role
from istiolint.verify.run import Example, Result
from istiolint.verify.selecting import said

if TYPE_CHECKING:
    from istiolint.complete import Texts
    from istiolint.trace.result import Step

WORDS: dict[str, tuple[str, Role]] = {
    "passed": ("ok", "code"),
    "failed": ("FAIL", "error"),
    "unknown": ("?", "warning"),
}
"""How a verdict is shown."""

STAGE = 22
"""The column where what a step says begins."""


def text(results: Sequence[Result], texts: Texts, paint: Paint, width: int) -> str:
    """The report for people: a line for each assertion, and below those that fail what happens instead."""
    lines: list[str] = []
    for result in results:
        word, role = WORDS[result.verdict]
        if result.verdict == "unknown" and result.good:
            role = "faint"
        count = f" ({result.cases} requests)" if result.cases > 1 else ""
        lines.append(f"{paint(f'{word:<4}', role)}  {flat(result.assertion.name)}{paint(count, 'faint')}")
        if result.verdict != "passed":
            lines += _below(result, texts, paint, width)
    lines += ["", tally(results)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def tally(results: Sequence[Result]) -> str:
    """`3 assertions: 2 passed, 1 failed.`"""
    counts = {word: sum(it.verdict == word for it in results) for word in WORDS}
    listed = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    allowed = sum(it.verdict == "unknown" and it.good for it in results)
    listed += f" ({allowed} of them allowed to be)" if allowed else ""
    return f"{len(results)} assertion{'s' if len(results) != 1 else ''}: {listed or 'nothing'}."


def _below(result: Result, texts: Texts, paint: Paint, width: int) -> Iterator[str]:
    assertion = result.assertion
    yield paint(f"  --> {assertion.file}:{assertion.line}", "frame")
    if not result.examples:
        yield from _indented(f"not known: {result.reason}", 6, width)
        return
    first, *others = result.examples
    yield from _example(first, texts, paint, width)
    if result.verdict == "failed":
        for example in others:
            same = _complaints(example) == _complaints(first)
            yield from _indented(f"likewise {heading(example)}" if same else heading(example), 6, width)
            if not same:
                yield from _differences(example, width)
        if (left := result.wrong - len(result.examples)) > 0:
            yield f"      and {left} more"


def _example(example: Example, texts: Texts, paint: Paint, width: int) -> Iterator[str]:
    """A case: what was expected, what happens, and the decisions on the way."""
    yield from _indented(heading(example), 6, width)
    yield from _differences(example, width)
    for step in steps(example):
        yield from _labelled(step.stage, step.said, STAGE, width)
        if where := address(step, texts):
            yield paint(f"{'':{STAGE}}{where}", "frame")
        for loser in step.losers:
            name = f"{loser.document.kind} {loser.document.namespace or '~'}/{loser.document.name}"
            yield from _indented(f"not {name}: {loser.reason}", STAGE, width)


def _differences(example: Example, width: int) -> Iterator[str]:
    for but, expected in _complaints(example).items():
        yield from _labelled("expected", ", ".join(expected), 17, width)
        yield from _labelled("but", but, 17, width)
    for reason in example.unknowns:
        yield from _indented(f"not known: {reason}", 8, width)


def _complaints(example: Example) -> dict[str, list[str]]:
    """What is expected by what happens instead."""
    found: dict[str, list[str]] = {}
    for complaint in example.complaints:
        found.setdefault(complaint.but, []).append(complaint.expected)
    return found


def _labelled(label: str, words: str, column: int, width: int) -> Iterator[str]:
    """A label in column 8, and beside it words that are wrapped."""
    first, *rest = _indented(words, column, width, hanging=0)
    yield f"{'':8}{label:<{column - 8}}{first.lstrip()}"
    yield from rest


def _indented(words: str, indent: int, width: int, hanging: int = 2) -> list[str]:
    lines = wrap(flat(words), max(width - indent - hanging, 20)) if len(words) + indent > width else [flat(words)]
    return [" " * (indent + (hanging if at else 0)) + line for at, line in enumerate(lines)]


def heading(example: Example) -> str:
    """`web/frontend -> GET http://reviews:9080/`."""
    client = example.case.client
    who = f"{client.namespace or '~'}/{client.name}"
    return f"{who} -> {said(example.case.request)}"


def steps(example: Example) -> list[Step]:
    """The decisions on the way to what is wrong: those of the whole, and of the first branch that shows it."""
    branch = next((it.branch for it in example.complaints if it.branch), None)
    found = list(example.trace.steps)
    verdict = example.trace.gateway_verdict
    if verdict is not None:
        found += [it for it in verdict.steps if it.document is not None]
    if branch is not None:
        found += branch.steps
    return list(dict.fromkeys(found))


def address(step: Step, texts: Texts) -> str:
    """`file:line` of the object that decided; empty for a default."""
    document = step.document
    if document is None or document.index < 0:
        return ""
    where = place(document, texts(document.file), step.path)
    return f"{where.file}:{where.line}"
