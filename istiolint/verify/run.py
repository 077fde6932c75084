"""Assertions against a mesh."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from istiolint.records import NamedTuple
from istiolint.trace.tracer import Tracer
from istiolint.verify.alike import Followed
from istiolint.verify.assertion import Assertion
from istiolint.verify.facts import facts_of
from istiolint.verify.judging import Complaint, Names, complaints
from istiolint.verify.selecting import Case, cases_of

if TYPE_CHECKING:
    from istiolint.mesh import Mesh
    from istiolint.trace.result import Trace

Verdict = Literal["passed", "failed", "unknown"]

MOST_SHOWN = 3
"""Cases of one assertion that are kept as examples of what is wrong with it."""


class Example(NamedTuple):
    """A case that does not pass."""

    case: Case
    trace: Trace
    complaints: tuple[Complaint, ...]
    """Empty: it is not known, and would be as expected."""
    unknowns: tuple[str, ...] = ()


class Result(NamedTuple):
    """What came of an assertion."""

    assertion: Assertion
    verdict: Verdict
    cases: int
    """How many requests were traced."""
    wrong: int
    """How many of them have the verdict, where that is not `passed`."""
    reason: str
    """Why it is unknown."""
    examples: tuple[Example, ...] = ()

    @property
    def good(self) -> bool:
        """Whether it may stand: passed, or unknown where that is allowed."""
        return self.verdict == "passed" or (self.verdict == "unknown" and self.assertion.allow_unknown)


def verify(mesh: Mesh, assertions: Iterable[Assertion]) -> list[Result]:
    """The results, in order."""
    tracer = Tracer(mesh)
    return [_result(tracer, it) for it in assertions]


def _result(tracer: Tracer, assertion: Assertion) -> Result:
    found = cases_of(assertion, tracer.mesh)
    if not found.cases:
        return Result(assertion, "unknown", 0, 0, found.nothing)
    by_verdict: dict[Verdict, list[Case]] = {"passed": [], "failed": [], "unknown": []}
    followed: dict[int, Followed] = {}
    known: dict[tuple[object, ...], Verdict] = {}
    for case in found.cases:
        request = id(case.request)
        if request not in followed:
            followed[request] = Followed(tracer, case.request)
        key = (request, followed[request].key(case.client))
        if key not in known:
            example = _judged(tracer, assertion, case)
            known[key] = "passed" if example is None else "unknown" if example.unknowns else "failed"
        by_verdict[known[key]].append(case)
    total = len(found.cases)
    verdict: Verdict
    for verdict in ("failed", "unknown"):
        if wrong := by_verdict[verdict]:
            shown = [it for case in wrong[:MOST_SHOWN] if (it := _judged(tracer, assertion, case)) is not None]
            reason = shown[0].unknowns[0] if verdict == "unknown" else ""
            return Result(assertion, verdict, total, len(wrong), reason, tuple(shown))
    return Result(assertion, "passed", total, 0, "")


def _judged(tracer: Tracer, assertion: Assertion, case: Case) -> Example | None:
    """What is wrong with one case; None: nothing."""
    trace = tracer.both_ages(*case)
    names = Names(case.client.namespace, tracer.mesh.domain)
    facts = facts_of(trace, tracer.mesh)
    wrong = tuple(complaints(assertion.expect, facts, names))
    unknowns = facts.unknowns
    if trace.otherwise is not None:
        other = complaints(assertion.expect, facts_of(trace.otherwise, tracer.mesh), names)
        if bool(other) != bool(wrong):
            unknowns = (*unknowns, "it depends on which of two objects is older, and the files do not say that")
            wrong = wrong or tuple(other)
    return Example(case, trace, wrong, unknowns) if wrong or unknowns else None
