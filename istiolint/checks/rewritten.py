"""What AuthorizationPolicies say of a path before and after a rewrite (semantics 7, 13.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from istiolint.checks.policy_rules import action, conditions, dry, operations, rules
from istiolint.mesh.read import dig, sequence, text, texts
from istiolint.records import NamedTuple

if TYPE_CHECKING:
    from istiolint.finding import Path
    from istiolint.mesh import Mesh
    from istiolint.mesh.policies import Policy
    from istiolint.mesh.workloads import Workload


class Missed(NamedTuple):
    """A path of a policy that requests through a rewrite never have."""

    policy: Policy
    path: Path
    before: str
    after: str


def takes(pattern: str, given: str) -> bool:
    """Whether a value of a policy takes a text; a path template, which is not worked out here, is said to."""
    if "{" in pattern:
        return True
    if pattern.endswith("*"):
        return given.startswith(pattern[:-1])
    return given.endswith(pattern[1:]) if pattern.startswith("*") else given == pattern


def missed(mesh: Mesh, workload: Workload, prefix: str, target: str) -> Iterator[Missed]:
    """Paths of policies of a workload that begin with a rewritten prefix, where no policy of that action says the same
    of what the rewrite makes of them. For ALLOW: where no policy allows any such path.
    """
    acting = [it for it in mesh.policies.applying("AuthorizationPolicy", workload) if not dry(it)]
    for wanted in ("DENY", "ALLOW"):
        group = [it for it in acting if action(it) == wanted]
        parts = [part for it in group for _, rule in rules(it) for part in _operations(rule)]
        if not all(part.get("paths") for part in parts):
            continue  # some rule takes any path
        patterns = [path for part in parts for path in texts(part.get("paths"))]
        if wanted == "ALLOW" and any(_reaches(pattern, prefix, target) for pattern in patterns):
            continue
        for policy in group:
            for path, written in _paths(policy):
                before = sample(written)
                after = target + before[len(prefix) :]
                if (
                    before.startswith(prefix)
                    and not any(takes(it, form) for it in patterns for form in {after, re.sub("/+", "/", after)})
                ):  # fmt: skip
                    yield Missed(policy, path, before, after)


def _operations(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations of a rule; one without fields where it has none, or may get the path from a condition."""
    by_condition = any(text(part.get("key")) == "request.headers[:path]" for part in conditions(rule))
    return [{}] if by_condition else operations(rule) or [{}]


def _paths(policy: Policy) -> Iterator[tuple[Path, str]]:
    for index, rule in rules(policy):
        for place, part in enumerate(sequence(rule.get("to"))):
            for at, path in enumerate(sequence(dig(part, "operation", "paths"))):
                if isinstance(path, str) and path[:1] == "/" and "{" not in path:
                    yield ("spec", "rules", index, "to", place, "operation", "paths", at), path


def _reaches(pattern: str, prefix: str, target: str) -> bool:
    """Whether a pattern may be meant for paths as the rewrite makes them."""
    if pattern[:1] != "/" or "{" in pattern:
        return True
    fixed = pattern.removesuffix("*")
    if pattern.endswith("*") and target.startswith(fixed):
        return True
    return fixed.startswith(target) and not fixed.startswith(prefix.rstrip("/"))


def sample(pattern: str) -> str:
    """A path that a value of a policy takes."""
    return f"{pattern[:-1]}x" if pattern.endswith("/*") else pattern.removesuffix("*")


def surely_not(match: Any, path: str) -> bool:
    """Whether an HTTP match surely does not take `GET path` without special headers and parameters (semantics 6)."""
    if dig(match, "headers") or dig(match, "queryParams"):
        return True
    method, uri = dig(match, "method", "exact"), dig(match, "uri")
    if isinstance(method, str) and method != "GET":
        return True
    exact, prefix, regex = (text(dig(uri, form)) for form in ("exact", "prefix", "regex"))
    if dig(match, "ignoreUriCase") is True:
        path, exact, prefix = path.lower(), exact.lower(), prefix.lower()
    if exact:
        return path != exact
    if prefix:
        return not path.startswith(prefix)
    if not regex:
        return False
    from istiolint.trace.patterns import full_match, valid

    return valid(regex) and not full_match(regex, path)


def free(entries: list[Any], path: str) -> bool:
    """Whether surely none of some HTTP routes takes `GET path`."""
    return all(
        isinstance(matches := dig(entry, "match"), list) and matches and all(surely_not(it, path) for it in matches)
        for entry in entries
    )
