"""From a cluster to what happens at each pod behind it (specification 9 to 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from istiolint.finding import Path
from istiolint.records import NamedTuple
from istiolint.trace.authorization import judge
from istiolint.trace.capture import captured
from istiolint.trace.clusters import Endpoint, Endpoints, in_subset
from istiolint.trace.patterns import normalisation, normalise
from istiolint.trace.policy_in_effect import policy_in_effect, policy_steps
from istiolint.trace.result import Backend, ClusterResult, Loser, Mirror, Sent, Step, Target
from istiolint.trace.rules import Peer, Subject
from istiolint.trace.servers import Inbound, arrive
from istiolint.trace.tls import Towards, client_tls, original_destination, sent_to
from istiolint.trace.unknowns import Unknowns
from istiolint.trace.ztunnel import authorize_l4, strict

if TYPE_CHECKING:
    from istiolint.mesh.merging import Effective
    from istiolint.mesh.mesh import Mesh
    from istiolint.mesh.mtls import ClientTls, Mode
    from istiolint.mesh.workloads import Workload
    from istiolint.trace.destinations import Cluster
    from istiolint.trace.question import Client, Protocol, Request
    from istiolint.trace.registry import Entry
    from istiolint.trace.result import Connection, Verdict
    from istiolint.trace.scope import View


TAKES: dict[Mode, str] = {
    "STRICT": "takes nothing but mTLS",
    "PERMISSIVE": "takes mTLS and plaintext",
    "DISABLE": "takes no mTLS",
}


class Load(NamedTuple):
    """What the client's proxy (or the application itself) sends."""

    inner: Protocol
    """What the bytes are, before TLS of the mesh is put around them."""
    request: Request
    routed: bool
    """Whether a proxy has read it as HTTP."""
    path: str = ""
    authority: str = ""
    remote_ip: str = ""
    """The first sender's address, if not the client's."""


class Forwarding:
    """Clusters of clients, and pods. One for each tracer."""

    def __init__(self, mesh: Mesh, inbound: Inbound) -> None:
        self.mesh = mesh
        self.inbound = inbound
        self.endpoints = mesh.index(Endpoints)
        self.unknowns = mesh.index(Unknowns)
        self._rules: dict[tuple[object, ...], Effective | None] = {}
        self.normalisation = normalisation(mesh.config.values)
        self._default_policy = mesh.config.values.get("defaultTrafficPolicy")

    def exists(self, client: Client, view: View, cluster: Cluster) -> bool:
        """Whether a client has a cluster of this name."""
        return self._found(client, view, cluster) is not None

    def _found(self, client: Client, view: View, cluster: Cluster) -> tuple[Entry, Effective | None] | None:
        known = view.known(cluster.host)
        if known is None or known.entry.alias or cluster.port not in known.ports:
            return None
        entry = known.entry
        effective = self.rule(client, entry)
        if cluster.subset and (effective is None or cluster.subset not in effective.subsets):
            return None
        if entry.resolution == "dns" and not self._behind(entry, cluster, effective):
            return None
        return entry, effective

    def rule(self, client: Client, entry: Entry) -> Effective | None:
        """The DestinationRule in effect for a client and a service."""
        key = (id(entry), client.namespace, tuple(sorted(client.labels.items())))
        if key not in self._rules:
            book = self.mesh.rules
            self._rules[key] = book.in_effect(entry.host, client.namespace, client.labels, entry.namespace)
        return self._rules[key]

    def _behind(self, entry: Entry, cluster: Cluster, effective: Effective | None) -> tuple[Endpoint, ...] | None:
        found = self.endpoints.of(entry, cluster.port)
        if found and cluster.subset and effective:
            return in_subset(found, effective.subsets[cluster.subset].labels)
        return found

    def target(self, client: Client, view: View, cluster: Cluster, load: Load) -> Target:
        """What becomes of a request that goes to a cluster."""
        found = self._found(client, view, cluster)
        missing: ClusterResult = "no-cluster-500" if cluster.status == 500 else "no-cluster-503"
        base = Target(cluster.host, cluster.port, cluster.subset, cluster.weight, missing, headers=cluster.headers)
        if found is None:
            return base._replace(steps=(self._no_cluster(client, view, cluster),))
        entry, effective = found
        every = self.endpoints.of(entry, cluster.port)
        tls = client_tls(self.mesh, Towards(cluster, entry, effective, every), client)
        rule = (effective.rules[0].namespace, effective.rules[0].name) if effective else None
        policy = policy_in_effect(effective, cluster.port, cluster.subset, self._default_policy)
        steps = (*self._rule_step(effective, cluster), *policy_steps(policy, self.mesh), self._tls_step(tls, cluster))
        base = base._replace(client_tls=tls.sends, rule=rule, steps=steps, policy=policy.values)
        if original_destination(entry, effective, cluster) and not (
            # A gateway has no original destination: it balances over the endpoints of headless services.
            client.kind in ("gateway", "waypoint") and entry.resolution == "passthrough"
        ):
            return base._replace(result="original-destination")
        if entry.resolution == "dns":
            return base._replace(result="by-name")
        endpoints = self._behind(entry, cluster, effective)
        if endpoints is None:
            step = Step(
                "endpoints", "the endpoints are given elsewhere", entry.document, ("spec",),
                unknown=f"the endpoints of {entry.host} are not in the files",
            )  # fmt: skip
            return base._replace(result="unknown", steps=(*base.steps, step))
        if not endpoints:
            return base._replace(result="no-endpoints-503", steps=(*base.steps, self._no_endpoints(entry, cluster)))
        backends = tuple(self.backend(client, it, self._sent(client, tls, it, load), load) for it in endpoints)
        return base._replace(result="ok", backends=_once(backends))

    def _sent(self, client: Client, tls: ClientTls, endpoint: Endpoint, load: Load) -> Sent:
        if client.kind in ("ambient", "waypoint"):
            return self.through_ztunnel(endpoint, load)
        return sent_to(self.mesh, tls, endpoint, load.inner == "https")

    def through_ztunnel(self, endpoint: Endpoint, load: Load) -> Sent:
        """What ztunnel, or a waypoint, sends to an endpoint: HBONE to all that are in the mesh."""
        if endpoint.workload is not None and self.mesh.dataplane(endpoint.workload) != "none":
            return "hbone"
        return "tls" if load.inner == "https" else "plaintext"

    def mirror(self, client: Client, view: View, cluster: Cluster, percent: float) -> Mirror:
        """Where a copy goes."""
        result = "ok" if self.exists(client, view, cluster) else "no-cluster"
        return Mirror(cluster.host, cluster.port, cluster.subset, percent, result)  # type: ignore[arg-type]

    # Pods

    def dialled(self, client: Client, entry: Entry, port: int, load: Load) -> tuple[Backend, ...]:
        """The pods behind an address that was dialled, where no route is taken."""
        endpoints = self.endpoints.of(entry, port) or ()
        if entry.resolution == "passthrough":
            # Its name leads to the pods themselves: the port that is dialled is that of the pod.
            pods = self.endpoints.pods(entry)
            endpoints = tuple(Endpoint(it, "", port, it.labels) for it in pods)
        sent: Sent = "tls" if load.inner == "https" else "plaintext"
        ambient = client.kind == "ambient"
        return _once(
            tuple(
                self.backend(client, it, self.through_ztunnel(it, load) if ambient else sent, load)
                for it in endpoints
                if it.workload is not None
            )
        )

    def backend(self, client: Client, endpoint: Endpoint, sent: Sent, load: Load) -> Backend:
        """What a pod makes of what is sent to it."""
        workload, port = endpoint.workload, endpoint.port
        if workload is None:
            return Backend(None, endpoint.address, port, sent)
        if workload.gateway:
            return Backend(workload, "", port, sent)
        plane = self.mesh.dataplane(workload)
        if plane == "ambient":
            return self._ambient(client, endpoint, sent, load)
        if plane == "none" or not captured(workload, port, "Inbound"):
            connection = "ok" if sent == "plaintext" else "tls-to-app"
            return Backend(workload, "", port, sent, None, connection)  # type: ignore[arg-type]
        server = self.mesh.mtls.server(workload, port)
        served = self.inbound.served(workload, port)
        arrived: Sent = "mtls" if sent == "hbone" else sent
        arrival = arrive(server.mode, served.kind, arrived, load.inner, load.routed)
        steps = [self._server_step(endpoint), *self.unknowns.of(workload, "inbound")]
        if plane == "unknown":
            unknown = f"whether {workload.namespace}/{workload.name} has a sidecar is not in the files"
            steps.append(Step("server", "taken to have a sidecar", workload.document, unknown=unknown))
        backend = Backend(workload, "", port, sent, server.mode, arrival.connection, steps=tuple(steps))
        if arrival.connection not in ("ok", "tls-to-app"):
            return backend
        subject = self.subject(client, port, load, arrival.http, arrival.identity)
        return backend._replace(verdict=self.verdict(workload, subject))

    def _ambient(self, client: Client, endpoint: Endpoint, sent: Sent, load: Load) -> Backend:
        """What the ztunnel before a pod makes of what is sent to it."""
        assert endpoint.workload is not None
        workload, port = endpoint.workload, endpoint.port
        server = self.mesh.mtls.server(workload, port)
        only_mtls = strict(self.mesh, workload, port)
        identity = sent in ("mtls", "hbone")
        mode: Mode = "STRICT" if only_mtls else "PERMISSIVE"
        said = f"port {port} behind ztunnel {TAKES[mode]}"
        document = server.policy.document if server.policy else None
        step = Step("ztunnel", said, document, server.path if document else ())
        refused = only_mtls and not identity
        connection: Connection = "tls-refused" if refused else "tls-to-app" if sent == "tls" else "ok"
        backend = Backend(workload, "", port, sent, mode, connection, steps=(step,))
        if refused:
            return backend
        subject = self.subject(client, port, load, False, identity)
        policies = self.mesh.policies.applying("AuthorizationPolicy", workload)
        return backend._replace(verdict=authorize_l4(policies, subject))

    def verdict(self, workload: Workload, subject: Subject) -> Verdict:
        """What the policies of a proxy say: first of the token, then of the request."""
        policies = self.mesh.policies
        return judge(
            policies.applying("RequestAuthentication", workload),
            policies.applying("AuthorizationPolicy", workload),
            subject,
        )

    def subject(self, client: Client, port: int, load: Load, http: bool, identity: bool) -> Subject:
        """What the policies of a server are asked."""
        domains = self.mesh.config.trust_domains
        peer = Peer(ip=client.ip, remote_ip=load.remote_ip)
        if identity:
            peer = peer._replace(
                trust_domain=domains[0], namespace=client.namespace, service_account=client.service_account
            )
        path = normalise(load.path, self.normalisation).partition("?")[0]
        return Subject(
            peer, port, load.request if http else None, path, load.authority, load.request.sni, tuple(domains)
        )

    # Words

    def _no_cluster(self, client: Client, view: View, cluster: Cluster) -> Step:
        known = view.known(cluster.host)
        if not cluster.host:
            why = "the backend is not there, or no ReferenceGrant lets the route refer to it"
        elif known is None or known.entry.alias:
            why = f"{client} knows no host {cluster.host}"
        elif cluster.port not in known.ports:
            why = f"{cluster.host} has no port {cluster.port} for {client}"
        elif cluster.subset:
            effective = self.rule(client, known.entry)
            rule = effective.rules[0] if effective else None
            name = f"DestinationRule {rule.namespace}/{rule.name}" if rule else "no DestinationRule"
            why = f"{name} is in effect for {client}, which has no subset {cluster.subset}"
        else:
            why = f"{cluster.host} has no endpoints"
        return Step("endpoints", f"no such cluster: {why}", cluster.document, cluster.path)

    def _no_endpoints(self, entry: Entry, cluster: Cluster) -> Step:
        what = f"subset {cluster.subset} of {entry.host}" if cluster.subset else entry.host
        return Step("endpoints", f"no pod is behind {what}", entry.document, ("spec", "selector"))

    def _rule_step(self, effective: Effective | None, cluster: Cluster) -> tuple[Step, ...]:
        if effective is None:
            return (Step("rule", f"no DestinationRule is in effect for {cluster.host}"),)
        rule = effective.rules[0]
        where = {1: "the client's namespace", 2: "the service's namespace", 3: "the root namespace"}[effective.step]
        losers = [
            Loser(other.rule.document, ("spec", "host"), f"{rule.namespace}/{rule.name} of that namespace counts")
            for other in effective.hides
        ]
        for other in self.mesh.rules.by_host.get(cluster.host, ()):
            if other not in effective.rules and all(other.document is not it.document for it in losers):
                losers.append(Loser(other.document, ("spec", "host"), f"{rule.namespace}/{rule.name} is in {where}"))
        said = f"DestinationRule {rule.namespace}/{rule.name} of {where} is in effect"
        path: Path = ("spec", "host")
        if cluster.subset:
            subset = effective.subsets[cluster.subset]
            return (Step("rule", said, subset.rule.document, subset.path, tuple(losers)),)
        return (Step("rule", said, rule.document, path, tuple(losers)),)

    def _tls_step(self, tls: ClientTls, cluster: Cluster) -> Step:
        said = {
            "plaintext": "sent in plaintext", "auto-mtls": "mTLS to each pod that takes it", "simple": "sent in TLS",
            "istio-mtls": "sent in mTLS of the mesh", "mutual": "sent in mutual TLS of its own",
        }[tls.sends]  # fmt: skip
        if tls.ignored_credential:
            said += ": a sidecar ignores credentialName where the rule has no workloadSelector"
        return Step("tls", said, tls.rule.document if tls.rule else None, tls.path)

    def _server_step(self, endpoint: Endpoint) -> Step:
        assert endpoint.workload is not None
        server = self.mesh.mtls.server(endpoint.workload, endpoint.port)
        served = self.inbound.served(endpoint.workload, endpoint.port)
        kind = {"http": "HTTP", "tcp": "TCP", "auto": "any protocol"}[served.kind]
        said = f"port {endpoint.port}, read as {kind}, {TAKES[server.mode]} ({server.mode})"
        losers = [
            Loser(it.document, ("spec", "ports"), "is younger, and its protocol does not count") for it in served.beaten
        ]
        return Step("server", said, server.policy.document if server.policy else None, server.path, tuple(losers))


def _once(backends: tuple[Backend, ...]) -> tuple[Backend, ...]:
    """Each pod and port once."""
    found: dict[tuple[int, str, int], Backend] = {}
    for backend in backends:
        found.setdefault((id(backend.workload), backend.address, backend.port), backend)
    return tuple(found.values())
