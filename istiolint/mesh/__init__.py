"""Documents in, one queryable model out: `mesh = build(documents, MeshSettings(...))`.

Rule authors start here. Everything is asked of a `Mesh`; nothing costs before it is asked for.

**Answers.** A look-up gives the thing, or `Absent` (the files show that it is not there), or `UNKNOWN` (it may live
outside of the files: keep quiet). Both are false, so `if answer:` means found. `Absent` says how sure that is and
what to write instead (`answers.py`): `.certain` (else at most a warning), `.near` (what was probably meant),
`.reason` (`missing`; `hidden`: not exported to, or not in effect for, who asks; `elsewhere`: in another namespace;
`unqualified`: `reviews.shop`, which Istio takes literally), `.thing` (what exists instead).

**Namespaces.** `mesh.namespace_of(document)`: its namespace, `""` if it names none (it is in *some* namespace; in
`--world complete` it is `default`). Every look-up takes the namespace of the object that holds the reference, treats
`""` as perhaps equal to any, and never says `Absent` for certain because of it.

**One name, several manifests** (base and overlays): look-ups take them together, so that a port or subset is absent
only if none of them has it; look-ups by name give a tuple, normally of one. Before two documents are said to be in
conflict, ask `mesh.together(one, other)`: false for overlays of each other, and for those without namespace in
different folders.

**The document at hand**: `mesh.virtual_service_of(node.document)`, likewise `destination_rule_of`, `service_of`,
`service_entry_of`, `gateway_of`, `kube_gateway_of`, `workload_of`, `policy_of`: its facts, made once.

**Hosts**
* `mesh.fqdn("reviews", "shop")` -> `"reviews.shop.svc.cluster.local"`; `mesh.fqdn("a.b", "shop")` -> `"a.b"`.
* `mesh.host("reviews", "shop")` -> `Answer[Host]`: `.services`, `.entries`, `.ports`, `.numbers`, `.by_wildcard`,
  `.external` (exists, nothing else known), `.plausible` (only if a document without namespace is in that one).
* `mesh.any_host("*.shop.svc.cluster.local", "web")` -> `Answer[Host]`: something that a wildcard overlaps.
* `mesh.port("reviews", 9080, "shop")` -> `Answer[Port]`: `.name`, `.protocol`, `.port_class`, `.target`, `.path`.
* `mesh.services`, `mesh.service_entries`: all; `service.selector`, `.ports`, `.headless`, `.external_name`.
* `names.overlap`, `names.within`, `names.specificity`: hosts without a mesh; `visibility.sees(mesh, "web", thing)`:
  whether clients of `web` see a Service, ServiceEntry, VirtualService or DestinationRule (exportTo and defaults).

**DestinationRules**
* `mesh.in_effect(fqdn, "web")` -> `Effective | None`: the rule that clients in `web` use; `.rules`, `.subsets`,
  `.policy`, `.step`, `.hides`. A third argument gives the client's labels (workloadSelector).
* `mesh.subset(fqdn, "v2", "web")` -> `Answer[Subset]`; `hidden`: defined in `.thing.rule`, not in effect for `web`.
* `mesh.destination_rules`, `mesh.rules.by_host.get(fqdn)`: all, whether in effect or not;
  `mesh.rules.of("shop", fqdn).local`: entries after merging, with `.rules`, `.swallowed`.

**VirtualServices**
* `mesh.virtual_services`: `.hosts` (in full), `.gateways` (`ns/name` or `mesh`), `.destinations` (every route and
  mirror: `.fqdn`, `.subset`, `.port`, `.role`, `.section`, `.path`), `.delegations`, `.in_mesh`.
* `mesh.mesh_routes.get(fqdn)` -> those for a host in sidecars, oldest first; `.entries(fqdn)`: wildcards too.
* `mesh.virtual_service("reviews-v2", "shop")` -> `Answer[tuple[VirtualService, ...]]`, for delegates.

**Gateways**
* `mesh.gateway("istio-system/public", "shop")` -> `Answer[tuple[Gateway | KubeGateway, ...]]`; not for `mesh`.
* `mesh.gateways` (`.selector`, `.servers`: `.number`, `.protocol`, `.hosts`, `.tls_mode`, `.path`),
  `mesh.kube_gateways` (`.listeners`, `.class_name`, `.waypoint`); `mesh.bound(gateway)`: its VirtualServices.
* `mesh.index(servers.Servers)`: who listens where, on pods that Gateways share: `.pods(gateway)`, `.of_host(...)`,
  `.of_class(...)`; `mesh.index(gateway_hosts.Bindings).of(virtual_service)`: its Gateways, with the hosts they share.
* `mesh.secret("shop-cert", "istio-system")` -> `Answer[tuple[Item, ...]]`: a Secret, or a Certificate, ExternalSecret
  and so on that makes it.

**Workloads**
* `mesh.workloads`: one for each pod template, WorkloadEntry, WorkloadGroup: `.labels`, `.annotations`, `.ports`,
  `.port_number(target)`, `.service_account`, `.containers`, `.gateway`, `.labels_path`, `.spec_path`.
* `mesh.select({"app": "reviews"}, "shop")` -> `Answer[tuple[Workload, ...]]`; namespace None: anywhere.
* `mesh.behind(service)` -> workloads it selects; `mesh.services_of(workload)` -> Services selecting it.
* `mesh.dataplane(workload)` -> `"sidecar"`, `"ambient"`, `"none"` or `"unknown"`.
* `mesh.service_account("builder", "shop")` -> `Answer[tuple[Item, ...]]`; `mesh.service_accounts`: all.

**Policies** (PeerAuthentication, AuthorizationPolicy, RequestAuthentication, Telemetry, Sidecar, EnvoyFilter, ...)
* `mesh.policies.of("Sidecar")`: all, oldest first: `.selector`, `.targets`, `.scope`, `.root`, `.selector_path`.
* `mesh.policies.applying("AuthorizationPolicy", workload)`: those that act on its own proxy;
  `.perhaps(kind, workload)`: whether there may be more, by documents without namespace.
* `mesh.policies.reaching(kind, "shop")`, `mesh.policies.sidecar("shop", labels)`.

**mTLS**
* `mesh.mtls.server(workload, 8080)` -> `.mode` (STRICT, PERMISSIVE, DISABLE), `.policy`, `.path`; port of the pod.
* `mesh.mtls.client(fqdn, "web", 80, "v2")` -> `.sends` (`plaintext`, `auto-mtls`, `istio-mtls`, `simple`, `mutual`),
  `.rule`, `.path`; `mesh.mtls.takes_mtls(workload, 8080)`: what automatic mTLS does there.
* `mesh.mtls.namespace_mode("shop")`, `mesh.mtls.workload_policy(workload)`.

**Namespaces, ambient, settings**
* `mesh.namespace("shop")` -> `Answer[str]`; `mesh.namespaces["shop"]`: `.labels`, where a manifest is in the files.
* `mesh.ambient.waypoint_name(labels, "shop")`, `.waypoint("shop/wp")`, `.captures("shop")`.
* `mesh.config`: MeshConfig (`.auto_mtls`, `.outbound_policy`, `.trust_domains`, `.extension_providers`, ...);
  `mesh.root_namespace`, `mesh.domain`, `mesh.world`, `mesh.settings`.
* `mesh.documents("HTTPRoute", "gateway.networking.k8s.io")`: documents of a kind (group empty for core kinds).
* `mesh.index(make)`: what `make(mesh)` gives, made once: for an index that only a few rules need. Likewise
  `mesh.index(make, thing)` for `make(mesh, thing)`. Nothing that was learnt of the mesh is kept anywhere else.
* `mesh.listing(LISTING).get(key)`: the look-up that all others are made of (`listing.py`, `listings.py`).
* `mesh.graph`: hosts, subsets, objects and workloads with labelled edges.
* `order.age` is the sort key of "oldest first", `read.py` reads values that may have any type.
"""

from istiolint.mesh.answers import UNKNOWN, Absent, Answer, Unknown
from istiolint.mesh.mesh import Mesh, build
from istiolint.mesh.settings import MeshSettings

__all__ = ["UNKNOWN", "Absent", "Answer", "Mesh", "MeshSettings", "Unknown", "build"]
