"""`istiolint trace`: the way of one request through the mesh, from manifests alone."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from istiolint.cli.complaints import WrongUsage
from istiolint.cli.world import of_world

if TYPE_CHECKING:
    from istiolint.loading import Loaded
    from istiolint.mesh import Mesh
    from istiolint.report.trace_text import Look
    from istiolint.trace.asking import Details
    from istiolint.trace.question import Client
    from istiolint.trace.result import Trace

FORMATS = ("text", "json")


@click.command(name="trace")
@click.argument("url", metavar="URL")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--from", "sender", metavar="NS/WORKLOAD", help="Who sends the request.")
@click.option("--gateway", metavar="NS/NAME", help="The gateway that it comes in by, from outside.")
@click.option("--method", "-X", default="GET", show_default=True, help="The HTTP method.")
@click.option("--header", "-H", "headers", multiple=True, metavar="NAME: VALUE", help="A header; Host, too.")
@click.option("--sni", metavar="NAME", help="The server name of TLS; else the host.")
@click.option("--ip", metavar="ADDRESS", help="The sender's address, for policies that ask for it.")
@click.option("--claims", metavar="JSON", help='The claims of a valid JWT: \'{"iss": ..., "sub": ...}\'.')
@click.option("--all", "every", is_flag=True, help="All requests to the host: URL is HOST, or HOST:PORT.")
@click.option("--format", "-f", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@of_world
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
def command(url: str, paths: tuple[str, ...], **options: Any) -> None:
    """Follow one request: which route takes it, where it goes, over mTLS or not, and who lets it in.

    URL is http://HOST:PORT/PATH, https://HOST or tcp://HOST:PORT; short names are looked up as in the sender's pod.
    With --all, every way that requests to a host may go, with the plainest request that goes so.

    Exit code: 0 traced, 2 wrong usage or a failure, 3 no manifests.
    """
    from istiolint.cli.linting import guarded

    try:
        sys.exit(guarded(lambda: _trace(url, paths, options)))
    except WrongUsage as wrong:
        raise click.UsageError(str(wrong)) from wrong


def _trace(url: str, paths: tuple[str, ...], options: dict[str, Any]) -> int:
    from istiolint.cli.linting import CLEAN, NOTHING, say_nothing
    from istiolint.cli.output import say
    from istiolint.cli.world import config_of, gathered_of
    from istiolint.loading import load_mesh

    if bool(options["sender"]) == bool(options["gateway"]):
        raise WrongUsage("say who sends the request: --from NS/WORKLOAD, or --gateway NS/NAME for one from outside")
    details = _details(options)
    config = config_of(paths, options)
    loaded = load_mesh(gathered_of(paths, config).inputs, config)
    if not loaded.mesh.everything:
        say_nothing(0)
        return NOTHING
    if options["every"]:
        say(_all(loaded, url, options))
    else:
        say(_rendered(_traced(loaded, url, details, options), loaded, options))
    return CLEAN


def _details(options: dict[str, Any]) -> Details:
    from istiolint.trace.asking import Details

    claims = None
    if options["claims"]:
        import json

        try:
            claims = json.loads(options["claims"])
        except ValueError as error:
            raise WrongUsage(f"--claims: no JSON: {error}") from error
        if not isinstance(claims, dict):
            raise WrongUsage("--claims: expected an object")
    source = options["ip"] or "" if options["gateway"] else ""
    return Details(options["method"], options["headers"], options["sni"] or "", source, claims)


def _traced(loaded: Loaded, url: str, details: Details, options: dict[str, Any]) -> Trace:
    from istiolint.cli.linting import tell
    from istiolint.trace import asking
    from istiolint.trace.tracer import Tracer

    mesh = loaded.mesh
    try:
        request = asking.request_of(url, details, bool(options["gateway"]))
        client = _client(mesh, options)
    except asking.BadQuestion as error:
        raise WrongUsage(str(error)) from error
    if hint := asking.slip(mesh, client, request):
        tell(f"note: {hint}")
    return Tracer(mesh).both_ages(client, request)


def _client(mesh: Mesh, options: dict[str, Any]) -> Client:
    """Who sends. Raises BadQuestion."""
    from istiolint.trace import asking

    namespace = options["namespace"] or ""
    if options["gateway"]:
        return asking.gateway(mesh, options["gateway"], namespace)
    return asking.caller(mesh, options["sender"], namespace, options["ip"] or "")


def _all(loaded: Loaded, url: str, options: dict[str, Any]) -> str:
    """Every way of requests to a host."""
    from istiolint.regions.hosts import hosts_meant
    from istiolint.regions.ways import host_ways
    from istiolint.trace.asking import BadQuestion
    from istiolint.trace.tracer import Tracer

    for option, value in (("--header", options["headers"]), ("--claims", options["claims"]), ("--sni", options["sni"])):
        if value:
            raise WrongUsage(f"{option} is for one request; --all asks about all of them")
    tracer = Tracer(loaded.mesh)
    try:
        client = _client(loaded.mesh, options)
        hosts = hosts_meant(tracer, client, url)
    except BadQuestion as error:
        raise WrongUsage(str(error)) from error
    found = [host_ways(tracer, client, host) for host in hosts]
    if options["form"] == "json":
        import json

        from istiolint.report.ways_json import ways_value

        return json.dumps(ways_value(client, found, loaded.texts), indent=2, ensure_ascii=False) + "\n"
    from istiolint.report.ways_text import render

    return render(client, found, _look(loaded, options))


def _rendered(trace: Trace, loaded: Loaded, options: dict[str, Any]) -> str:
    if options["form"] == "json":
        import json

        from istiolint.report.trace_json import trace_value

        return json.dumps(trace_value(trace, loaded.texts), indent=2, ensure_ascii=False) + "\n"
    from istiolint.report.trace_text import render

    return render(trace, _look(loaded, options))


def _look(loaded: Loaded, options: dict[str, Any]) -> Look:
    from istiolint.report.style import columns, painter, wants_color
    from istiolint.report.trace_text import Look

    paint = painter(wants_color(options["color"], sys.stdout, os.environ))
    return Look(loaded.texts, paint, columns(sys.stdout, os.environ))
