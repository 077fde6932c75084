"""Lists of gateways that a route is bound to (specification 3.18, VS006)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from istiolint.admission.defects import invalid_gateway_reference, legacy_gateway_name
from istiolint.admission.hosts import fqdn_problem, is_label, label_problem
from istiolint.admission.values import Problem, texts
from istiolint.finding import Change, Defect, Path, Repair

ROUTE_SEMANTICS = "internal.istio.io/route-semantics"


def check_gateway_references(holder: dict[str, Any], path: Path, any_name: bool = False) -> Iterator[Defect]:
    """The names at `gateways`; `any_name` where the object was made of a Gateway API route (specification 3.18).

    Istio stops reading at the first name without a namespace, so nothing after it is refused.
    """
    for index, name in texts(holder, "gateways"):
        where = (*path, "gateways", index)
        namespace, slash, gateway = name.partition("/")
        if not slash:
            problem = fqdn_problem(name)
            if problem is not None:
                yield invalid_gateway_reference(where, name, problem)
            elif "." in name:
                gateway, namespace = name.split(".")[:2]
                instead = f"{namespace or 'namespace'}/{gateway}"
                repair = Repair(f'write "{instead}"', (Change("set", where, instead),)) if namespace else None
                yield legacy_gateway_name(where, name, instead, repair=repair)
            return
        problem = _problem(namespace, gateway, any_name)
        if problem is not None:
            yield invalid_gateway_reference(where, name, problem)


def _problem(namespace: str, gateway: str, any_name: bool) -> Problem | None:
    if not namespace or not gateway:
        return Problem("a namespace and a name are needed, as in istio-ingress/public")
    if not is_label(namespace):
        if namespace == ".":
            return Problem('"." does not stand for the own namespace here; the name alone does', (0, 1))
        problem = label_problem(namespace)
        return Problem(f"its namespace is no DNS label: {problem.reason}", (0, len(namespace))) if problem else None
    if any_name or is_label(gateway):
        return None
    problem = label_problem(gateway)
    start = len(namespace) + 1
    return Problem(f"its name is no DNS label: {problem.reason}", (start, start + len(gateway))) if problem else None
