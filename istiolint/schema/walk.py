"""What the API server refuses of an object: structure, uniqueness in lists, and the CEL rules of its schema."""

from __future__ import annotations

from typing import Any

from istiolint.finding import Defect, Path
from istiolint.schema.compile import checker
from istiolint.schema.problems import Problem
from istiolint.schema.store import NEWEST, release, schemas


def check(value: dict[str, Any], group: str, version: str, kind: str, istio_version: str = NEWEST) -> list[Defect]:
    """The defects of an object of a known kind, in order of the document; none for kinds that are not known.

    `value` are plain dicts, lists, strings, numbers, booleans and None. Where the API version is not served by that
    Istio version (see `kinds.judge`), the nearest schema is used. CEL rules are asked where what they look at has the
    right structure.
    """
    known = schemas(group, kind)
    if known is None:
        return []
    root = known.root(version, release(istio_version))
    problems: list[Problem] = []
    checker(known, root)(value, None, problems)
    if not problems:
        return []
    if any(problem.what == "default" for problem in problems):
        value = _without(value, [problem.path for problem in problems if problem.what == "default"])
        problems = []
        checker(known, root)(value, None, problems)
    from istiolint.schema.diagnose import diagnose

    return diagnose(problems, value, known, root, release(istio_version))


def _without(value: dict[str, Any], paths: list[Path]) -> dict[str, Any]:
    """A copy of an object without some of its fields."""
    from copy import deepcopy

    copy = deepcopy(value)
    for path in paths:
        holder: Any = copy
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
    return copy
