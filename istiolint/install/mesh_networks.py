"""MeshNetworks: `meshNetworks` of the mesh ConfigMap, `values.global.meshNetworks` (specification, section 8)."""

from __future__ import annotations

from collections.abc import Iterator

from istiolint.admission.addresses import is_ip, subnet_problem
from istiolint.admission.hosts import fqdn_problem, label_problem
from istiolint.admission.ports import is_port
from istiolint.finding import Defect
from istiolint.install.defects import invalid_mesh_setting
from istiolint.install.setting import Setting
from istiolint.install.shapes import MESH, check_shape


def check_mesh_networks(networks: Setting) -> Iterator[Defect]:
    """All that istiod refuses in MeshNetworks."""
    yield from check_shape(networks, "MeshNetworks", MESH)
    for _, network in networks.entries("networks"):
        yield from _check_network(network)


def check_helm_networks(networks: Setting) -> Iterator[Defect]:
    """The same for the Helm value `global.meshNetworks`, which is the content of `networks`."""
    for _, network in networks.entries():
        yield from check_shape(network, "Network", MESH)
        yield from _check_network(network)


def _check_network(network: Setting) -> Iterator[Defect]:
    if isinstance(network.value, dict):
        for endpoint in network.items("endpoints"):
            yield from _check_endpoint(endpoint)
        for gateway in network.items("gateways"):
            if isinstance(gateway.value, dict):
                yield from _check_gateway(gateway)


def _check_endpoint(endpoint: Setting) -> Iterator[Defect]:
    ranges, registry = endpoint.string("fromCidr"), endpoint.string("fromRegistry")
    problem = subnet_problem(ranges.value) if ranges is not None else None
    if ranges is not None and problem is not None:
        yield invalid_mesh_setting(ranges, problem)
    problem = label_problem(registry.value) if registry is not None else None
    if registry is not None and problem is not None:
        yield invalid_mesh_setting(registry, problem)


def _check_gateway(gateway: Setting) -> Iterator[Defect]:
    port, number = gateway.at("port"), gateway.whole("port")
    if port is None:
        yield invalid_mesh_setting(gateway, "port is missing")
    elif number is not None and not is_port(number):
        yield invalid_mesh_setting(port, "a port is a number from 1 to 65535")
    for key in ("address", "registryServiceName"):
        setting = gateway.string(key)
        if setting is None or (key == "address" and is_ip(setting.value)):
            continue
        problem = fqdn_problem(setting.value)
        if problem is not None:
            yield invalid_mesh_setting(setting, problem)
