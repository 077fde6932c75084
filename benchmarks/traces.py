"""A thousand traces in a mesh of a thousand Services, and loading it, as JSON: seconds of processor time.

python benchmarks/traces.py FOLDER

Every pass loads the mesh anew: what traces work out once for a mesh counts as theirs.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from math import inf
from typing import Any

TRACES = 1_000


def traces(folder: str, passes: int = 3) -> dict[str, float]:
    """Seconds for loading the manifests of `folder`, and for `TRACES` requests from one app to the next."""
    from istiolint.config import Config
    from istiolint.inputs import gather
    from istiolint.loading import load_mesh
    from istiolint.trace.question import Request, client_of
    from istiolint.trace.tracer import Tracer

    gc.disable()
    config = Config()
    loading = asking = inf
    for _ in range(passes):
        start = time.process_time()
        mesh = load_mesh(gather((folder,), config).inputs, config).mesh
        loaded = time.process_time()
        tracer = Tracer(mesh)
        services, workloads = mesh.services, mesh.workloads
        outcomes: dict[Any, int] = {}
        for number in range(TRACES):
            client = client_of(mesh, workloads[number % len(workloads)])
            to = services[(number + 1) % len(services)]
            headers = (("x-canary", "1"),) if number % 2 else ()
            port = to.ports[0].number
            request = Request("http", to.fqdn, port, f"{to.fqdn}:{port}", "GET", f"/api/{number}", headers)
            outcome = tracer.both_ages(client, request).outcome
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
        loading = min(loading, loaded - start)
        asking = min(asking, time.process_time() - loaded)
    assert outcomes.get("forward", 0) > TRACES // 2, outcomes
    return {"services": len(services), "loading": loading, "traces": asking}


if __name__ == "__main__":
    print(json.dumps(traces(sys.argv[1])))
