"""The words of assertion files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from istiolint.records import NamedTuple


class Clients(NamedTuple):
    """Who calls: workloads by pattern (`namespace/name`, `*` for any text), of some namespaces, without some."""

    workloads: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    without: Clients | None = None

    def __str__(self) -> str:
        """Such as `web/*` or `all but namespace web`."""
        said = [*self.workloads, *(f"namespace {name}" for name in self.namespaces)]
        shown = ", ".join(said) or "all"
        return f"{shown} but {self.without}" if self.without else shown


ANYBODY = Clients()


class Called(NamedTuple):
    """What is called by `to`: Services by pattern (`namespace/name`), of some namespaces, at some ports."""

    services: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    without: Called | None = None

    def __str__(self) -> str:
        """Such as `shop/payments`, or `namespace shop port 8080`."""
        said = [*self.services, *(f"namespace {name}" for name in self.namespaces)]
        shown = ", ".join(said) or "all services"
        if self.ports:
            shown += f" port {', '.join(map(str, self.ports))}"
        return f"{shown} but {self.without}" if self.without else shown


class Asked(NamedTuple):
    """A request as it is written; what is not, has the defaults of a plain GET."""

    url: str = ""
    """Empty where `to` says what is called."""
    method: str = "GET"
    path: str = "/"
    """Only without URL."""
    headers: tuple[tuple[str, str], ...] = ()
    host: str = ""
    """The Host header, where it is not that of the URL."""
    sni: str = ""
    ip: str = ""
    """The caller's address."""
    claims: Mapping[str, Any] | None = None
    """Of a valid JWT."""


class Expected(NamedTuple):
    """What must come of a request; None: nothing is said of it."""

    reaches: bool | None = None
    """Whether it arrives at the application."""
    denied: bool | None = None
    """Whether authorization, or mTLS that the server insists on, refuses it."""
    status: int | None = None
    """The status that the mesh itself answers with."""
    redirect: str | None = None
    """The location of a redirect."""
    host: str | None = None
    port: int | None = None
    subset: str | None = None
    shares: Mapping[str, float] | None = None
    """Percent by subset, host, or `host/subset`."""
    mtls: bool | None = None
    workload: tuple[str, ...] | None = None
    """Patterns, one of which fits every workload behind it."""
    path: str | None = None
    """As the application sees it."""
    authority: str | None = None
    timeout: str | None = None
    mirrors: Mapping[str, float] | None = None

    @property
    def said(self) -> dict[str, Any]:
        """What is said, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}


class Assertion(NamedTuple):
    """One entry of `tests`."""

    name: str
    file: str
    line: int
    expect: Expected
    clients: Clients | None = None
    """None: the request comes from outside, to `gateway`."""
    gateway: str = ""
    called: Called | None = None
    """None: the request has a URL."""
    request: Asked = Asked()
    allow_unknown: bool = False
