"""The codes of `istioctl analyze` and of Kiali, for docs/codes.md: which rules cover each, or why none does.

Which rules cover a code stands in the cards; here are the codes that exist, and the reasons for those that no card has.
"""

from __future__ import annotations

IST: dict[str, str] = {
    "IST0001": "InternalError",
    "IST0002": "Deprecated",
    "IST0101": "ReferencedResourceNotFound",
    "IST0102": "NamespaceNotInjected",
    "IST0103": "PodMissingProxy",
    "IST0106": "SchemaValidationError",
    "IST0107": "MisplacedAnnotation",
    "IST0108": "UnknownAnnotation",
    "IST0109": "ConflictingMeshGatewayVirtualServiceHosts",
    "IST0110": "ConflictingSidecarWorkloadSelectors",
    "IST0111": "MultipleSidecarsWithoutWorkloadSelectors",
    "IST0112": "VirtualServiceDestinationPortSelectorRequired",
    "IST0116": "DeploymentAssociatedToMultipleServices",
    "IST0118": "PortNameIsNotUnderNamingConvention",
    "IST0123": "NamespaceMultipleInjectionLabels",
    "IST0125": "InvalidAnnotation",
    "IST0126": "UnknownMeshNetworksServiceRegistry",
    "IST0127": "NoMatchingWorkloadsFound",
    "IST0128": "NoServerCertificateVerificationDestinationLevel",
    "IST0129": "NoServerCertificateVerificationPortLevel",
    "IST0130": "VirtualServiceUnreachableRule",
    "IST0131": "VirtualServiceIneffectiveMatch",
    "IST0132": "VirtualServiceHostNotFoundInGateway",
    "IST0133": "SchemaWarning",
    "IST0134": "ServiceEntryAddressesRequired",
    "IST0135": "DeprecatedAnnotation",
    "IST0136": "AlphaAnnotation",
    "IST0137": "DeploymentConflictingPorts",
    "IST0138": "GatewayDuplicateCertificate",
    "IST0139": "InvalidWebhook",
    "IST0140": "IngressRouteRulesNotAffected",
    "IST0141": "InsufficientPermissions",
    "IST0142": "UnsupportedKubernetesVersion",
    "IST0143": "LocalhostListener",
    "IST0144": "InvalidApplicationUID",
    "IST0145": "ConflictingGateways",
    "IST0146": "ImageAutoWithoutInjectionWarning",
    "IST0147": "ImageAutoWithoutInjectionError",
    "IST0148": "NamespaceInjectionEnabledByDefault",
    "IST0149": "JwtClaimBasedRoutingWithoutRequestAuthN",
    "IST0150": "ExternalNameServiceTypeInvalidPortName",
    "IST0151": "EnvoyFilterUsesRelativeOperation",
    "IST0152": "EnvoyFilterUsesReplaceOperationIncorrectly",
    "IST0153": "EnvoyFilterUsesAddOperationIncorrectly",
    "IST0154": "EnvoyFilterUsesRemoveOperationIncorrectly",
    "IST0155": "EnvoyFilterUsesRelativeOperationWithProxyVersion",
    "IST0156": "UnsupportedGatewayAPIVersion",
    "IST0157": "InvalidTelemetryProvider",
    "IST0158": "PodsIstioProxyImageMismatchInNamespace",
    "IST0159": "ConflictingTelemetryWorkloadSelectors",
    "IST0160": "MultipleTelemetriesWithoutWorkloadSelectors",
    "IST0161": "InvalidGatewayCredential",
    "IST0162": "GatewayPortNotDefinedOnService",
    "IST0163": "InvalidExternalControlPlaneConfig",
    "IST0164": "ExternalControlPlaneAddressIsNotAHostname",
    "IST0165": "ReferencedInternalGateway",
    "IST0166": "IneffectiveSelector",
    "IST0167": "IneffectivePolicy",
    "IST0168": "UnknownUpgradeCompatibility",
    "IST0169": "UpdateIncompatibility",
    "IST0170": "MultiClusterInconsistentService",
    "IST0171": "NegativeConditionStatus",
    "IST0172": "FutureUnsupportedGatewayAPIVersion",
    "IST0173": "DestinationRuleSubsetNotSelectPods",
    "IST0174": "UnknownDestinationRuleHost",
    "IST0175": "JwksUriFetchUnrestricted",
    "IST0176": "GatewayAPICRDVersionBelowMinimum",
    "IST0177": "ConflictingServiceEntryProtocol",
}
"""The codes of `istioctl analyze`, with their names."""

KIA_GROUPS: dict[str, str] = {
    "any object": "0002 0003 0004 0005",
    "AuthorizationPolicy": "0101 0102 0104 0105 0106 0107 0108 0109 0110",
    "DestinationRule": "0201 0202 0203 0204 0205 0206 0207 0208 0209 0210 0211 0212",
    "Gateway": "0301 0302",
    "PeerAuthentication": "0401 0501 0505 0506",
    "Service": "0601 0602 0701",
    "Sidecar": "1004 1006 1007",
    "VirtualService": "1101 1102 1104 1105 1106 1107 1108 1109 1113 1114",
    "ambient mode": "1110 1111 1112 1115 1116 1117",
    "ServiceEntry": "1211 1212",
    "workload": "1301 1311 1312 1313 1314 1315 1316 1317",
    "Gateway API": "1401 1402 1501 1502 1503 1504",
    "other": "1601 1701 1702",
    "no longer in use": "0001 0103 0502 0503 0504 0801 0901 0902 0903 1001 1002 1003 1005 1103 1201",
}
"""The codes of Kiali, by what they are about."""

KIA: dict[str, str] = {f"KIA{number}": about for about, codes in KIA_GROUPS.items() for number in codes.split()}

REASONS: dict[str, str] = {
    "IST0001": "dead: nothing in istioctl says it",
    "IST0126": "needs a live cluster: the registries that count are secrets of the clusters of the mesh",
    "IST0136": "not a defect: that an annotation is alpha says nothing about its use; istioctl does not run it either",
    "IST0141": "precheck only: asks the API server for permissions",
    "IST0142": "precheck only: asks the API server for its version",
    "IST0143": "dead: it looked at the sockets of running pods",
    "IST0156": "precheck only: looks at the CRDs of the cluster; those among the files are judged for IST0176",
    "IST0158": "needs a live cluster: proxies get their image when pods are admitted",
    "IST0168": "dead: nothing in istioctl says it",
    "IST0169": "precheck only: compares the settings of a running version with those of the next",
    "IST0170": "needs a live cluster, and a second one: compares the same Service in both",
    "IST0172": "precheck only: looks at the CRDs of the cluster",
    "KIA0107": "needs a live cluster, and a second one that has the service account",
    "KIA0205": "not a defect: servers without a PeerAuthentication take mTLS",
    "KIA0206": "not a defect: servers without a PeerAuthentication take mTLS",
    "KIA1314": "needs a live cluster: which pods are redirected is known when they run",
    "KIA1315": "needs a live cluster: which pods have a proxy is known when they run; see sidecar-and-ambient",
    "KIA1317": "not a defect of the workload: the policy is reported, by layer-7-policy-without-waypoint",
    **{code: "dead: Kiali has retired it" for code, about in KIA.items() if about == "no longer in use"},
}
"""Why no rule covers a code."""

MOST = 12
"""More rules than these are not listed in a cell."""


def table(prefix: str) -> str:
    """The rows of docs/codes.md for the codes that begin with `IST` or `KIA`."""
    from istiolint.cards import catalog

    by_code: dict[str, list[str]] = {}
    for card in catalog().values():
        for code in card.upstream:
            by_code.setdefault(code, []).append(f"[{card.name}](../rules/{card.family}/{card.name}.md)")
    known = IST if prefix == "IST" else KIA
    head = f"| code | {'name' if prefix == 'IST' else 'about'} | rules |"
    rows = [f"| {code} | {known[code]} | {_covered(code, by_code.get(code, []))} |" for code in sorted(known)]
    return "\n".join([head, "|---|---|---|", *rows]) + "\n"


def _covered(code: str, links: list[str]) -> str:
    if len(links) > MOST:
        return f"{len(links)} rules: `istiolint rules {code}`"
    return ", ".join(links) or f"none: {REASONS[code]}"
