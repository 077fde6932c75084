"""Results for programs: JSON and JUnit XML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from istiolint.report.cells import flat
from istiolint.verify.report import address, heading, steps

if TYPE_CHECKING:
    from istiolint.complete import Texts
    from istiolint.verify.run import Example, Result

VERSION = 1
"""Of the JSON form; grows when a field is removed or changes its meaning."""

_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def to_json(results: Sequence[Result], texts: Texts) -> str:
    """One object: version, summary, and what came of each assertion."""
    import json

    summary = {word: sum(it.verdict == word for it in results) for word in ("passed", "failed", "unknown")}
    rows = [_result(it, texts) for it in results]
    return json.dumps({"version": VERSION, "summary": summary, "assertions": rows}, indent=2) + "\n"


def _result(result: Result, texts: Texts) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": result.assertion.name,
        "file": result.assertion.file,
        "line": result.assertion.line,
        "verdict": result.verdict,
        "good": result.good,
        "requests": result.cases,
        "wrong": result.wrong,
    }
    if result.reason:
        found["reason"] = result.reason
    found["examples"] = [_example(it, texts) for it in result.examples]
    return found


def _example(example: Example, texts: Texts) -> dict[str, Any]:
    request = example.case.request
    return {
        "client": str(example.case.client),
        "request": {
            "protocol": request.protocol, "host": request.host, "port": request.port, "method": request.method,
            "path": request.path, "headers": dict(request.headers),
        },
        "complaints": [{"expected": it.expected, "but": it.but} for it in example.complaints],
        "unknowns": list(example.unknowns),
        "steps": [
            {"stage": it.stage, "said": it.said, "place": address(it, texts) or None,
             "lost": [{"object": f"{lost.document.kind} {lost.document.namespace or '~'}/{lost.document.name}",
                       "reason": lost.reason} for lost in it.losers]}
            for it in steps(example)
        ],
    }  # fmt: skip


def to_junit(results: Sequence[Result], texts: Texts) -> str:
    """A test suite per file, a test case per assertion; what is unknown and may be is skipped."""
    suites: dict[str, list[Result]] = {}
    for result in results:
        suites.setdefault(result.assertion.file, []).append(result)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', _tag("testsuites", name="istiolint verify", **_counts(results))]
    for file, members in suites.items():
        lines.append("  " + _tag("testsuite", name=file, **_counts(members)))
        for result in members:
            lines += _case(result, texts)
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _counts(results: Sequence[Result]) -> dict[str, int]:
    failures = sum(not it.good for it in results)
    skipped = sum(it.good and it.verdict == "unknown" for it in results)
    return {"tests": len(results), "failures": failures, "errors": 0, "skipped": skipped}


def _case(result: Result, texts: Texts) -> list[str]:
    it = result.assertion
    opening = _tag("testcase", classname=it.file, name=it.name, file=it.file, line=it.line)
    if result.verdict == "passed":
        return ["    " + opening[:-1] + "/>"]
    if result.good:
        return ["    " + opening, "      " + _tag("skipped", message=result.reason)[:-1] + "/>", "    </testcase>"]
    message = result.reason or "; ".join(f"expected {c.expected}, but {c.but}" for c in result.examples[0].complaints)
    body = [line for example in result.examples for line in _words(example, texts)] or [result.reason]
    inner = "\n".join(flat(line).translate(_ESCAPES) for line in body)
    failure = _tag("failure", type=result.verdict, message=message)
    return ["    " + opening, f"      {failure}{inner}</failure>", "    </testcase>"]


def _words(example: Example, texts: Texts) -> list[str]:
    lines = [heading(example)]
    lines += [f"expected {it.expected}, but {it.but}" for it in example.complaints]
    lines += [f"not known: {it}" for it in example.unknowns]
    for step in steps(example):
        where = address(step, texts)
        lines.append(f"{step.stage}: {step.said}" + (f" ({where})" if where else ""))
    return lines


def _tag(element: str, /, **attributes: str | int) -> str:
    listed = "".join(f' {name}="{flat(str(value)).translate(_ESCAPES)}"' for name, value in attributes.items())
    return f"<{element}{listed}>"
