"""The way of one request through the mesh, from manifests alone.

    from istiolint.trace.question import Request, client_of, find_client, find_gateway
    from istiolint.trace.tracer import Tracer

    tracer = Tracer(mesh)                           # remembers what it works out of the mesh
    client = find_client(mesh, "web", "frontend")   # or find_gateway(mesh, "istio-system", "istio-ingressgateway")
    trace = tracer.trace(client, Request("http", "payments.shop", 8080, "payments.shop:8080", "GET", "/pay/1"))
    trace.outcome, trace.route, trace.targets, trace.unknowns

`Request` and `Client` are the question (`question.py`; from a URL and words: `asking.py`), `Trace` is the answer
(`result.py`): what the client's proxy does, the route, every destination (`Target`), every pod behind it (`Backend`),
and the `Step`s on the way, each with the object that decided, its place, and the losers with the reason. `behaviour`
makes of a trace plain values to compare. `Tracer.both_ages` asks again with the other order of age, and tells both
answers where they differ. What manifests cannot tell is in `Step.unknown`, and together in `Trace.unknowns`.

One module a stage, in the order of the way:

* `registry` (hosts of Services and ServiceEntries), `scope` (the Sidecar in effect, what a client imports),
  `dialling` (where a name leads), `listeners` and `opaque` (who takes a connection, TCP and TLS routing);
* `virtual_hosts`, `delegation`, `routes`, `matching`, `patterns` (which route takes a request), `kube_routes` (those of
  the Gateway API in the same form);
* `actions`, `kube_actions`, `destinations` (what it does), `outcomes` (and then);
* `clusters`, `tls`, `forwarding` (endpoints, DestinationRule, what is sent), `servers`, `rules`, `authorization`,
  `jwt`, `capture`, `unknowns` (what the pod makes of it);
* `gateway_servers`, `gateway_routes`, `gateway_listeners`, `kube_gateways` (requests from outside);
* `ztunnel`, `waypoints` (ambient mode); `ages` (the other order); `words` (what it comes to; whole traces are shown by
  `report/trace_text.py` and `report/trace_json.py`).

Everything is found by index when it is asked for, and made once: a trace costs about as much as it says.
"""
