"""Documents in, one queryable model out: `mesh = build(documents, MeshSettings(...))`.

Rule authors start here. Everything is asked of a `Mesh`; nothing costs before it is asked for.

**Answers.** A look-up gives the thing, or `Absent` (the files show that it is not there; see `answers.py` for its
`certain`, `near`, `reason`, `thing`), or `UNKNOWN` (it may live outside of the files: keep quiet). Both are false, so
`if answer:` means found; test `isinstance(answer, Absent)` before speaking.

**Namespaces.** `mesh.namespace_of(document)`: its namespace, `""` if it names none (it is in *some* namespace; in
`--world complete` it is `default`). Every look-up takes the namespace of the object that holds the reference, treats
`""` as perhaps equal to any, and never says `Absent` because of it.

**Hosts**
* `mesh.fqdn("reviews", "shop")` -> `"reviews.shop.svc.cluster.local"`; `mesh.fqdn("a.b", "shop")` -> `"a.b"`.
* `mesh.host("reviews", "shop")` -> `Answer[Host]`: `.services`, `.entries`, `.ports`, `.numbers`, `.external`.
* `mesh.port("reviews", 9080, "shop")` -> `Answer[Port]`: `.name`, `.protocol`, `.port_class`, `.target`, `.path`.
* `mesh.services`, `mesh.service_entries`: all of them; `service.selector`, `.ports`, `.headless`, `.external_name`.

**DestinationRules**
* `mesh.in_effect(fqdn, "web")` -> `Effective | None`: the rule that clients in `web` use; `.rules`, `.subsets`,
  `.policy`, `.step`, `.hides`. A third argument gives the client's labels (workloadSelector).
* `mesh.subset(fqdn, "v2", "web")` -> `Answer[Subset]`; `Absent.reason == "hidden"`: defined in `.thing.rule`, which is
  not in effect for `web`.
* `mesh.destination_rules`, `mesh.rules.by_host[fqdn]`: all, whether in effect or not.

**VirtualServices**
* `mesh.virtual_services`: `.hosts` (in full), `.gateways` (`ns/name` or `mesh`), `.destinations` (every route and
  mirror: `.fqdn`, `.subset`, `.port`, `.role`, `.section`, `.path`), `.delegations`, `.in_mesh`.
* `mesh.virtual_service("reviews-v2", "shop")` -> `Answer[tuple[VirtualService, ...]]`, for delegates.

**Gateways**
* `mesh.gateway("istio-system/public", "shop")` -> `Answer[tuple[Gateway | KubeGateway, ...]]`; not for `mesh`.
* `mesh.gateways` (`.selector`, `.servers`: `.number`, `.protocol`, `.hosts`, `.tls_mode`), `mesh.kube_gateways`.

**Workloads**
* `mesh.workloads`: one for each pod template, WorkloadEntry, WorkloadGroup: `.labels`, `.annotations`, `.ports`,
  `.service_account`, `.containers`, `.gateway`.
* `mesh.select({"app": "reviews"}, "shop")` -> `Answer[tuple[Workload, ...]]`; namespace None: anywhere.
* `mesh.behind(service)` -> workloads it selects; `mesh.services_of(workload)` -> Services selecting it.
* `mesh.dataplane(workload)` -> `"sidecar"`, `"ambient"`, `"none"` or `"unknown"`.

**Namespaces, settings**
* `mesh.namespace("shop")` -> `Answer[str]`; `mesh.namespaces["shop"]`: labels, where a manifest is in the files.
* `mesh.config`: MeshConfig (`.auto_mtls`, `.outbound_policy`, `.trust_domains`, `.extension_providers`, ...);
  `mesh.root_namespace`, `mesh.domain`, `mesh.world`, `mesh.settings`.
* `mesh.documents("Sidecar", "networking.istio.io")`: raw documents of a kind (group empty for core kinds).

A name may have several manifests (base and overlays of a repository): look-ups take them together, so that a port or
subset is absent only if none of them has it.
"""

from istiolint.mesh.answers import UNKNOWN, Absent, Answer, Unknown
from istiolint.mesh.mesh import Mesh, build
from istiolint.mesh.settings import MeshSettings

__all__ = ["UNKNOWN", "Absent", "Answer", "Mesh", "MeshSettings", "Unknown", "build"]
