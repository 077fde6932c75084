"""`istiolint diagnose`: from a symptom to the findings that can cause it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from istiolint.cli.world import config_of, of_world

if TYPE_CHECKING:
    from istiolint.config import Config
    from istiolint.engine import Outcome
    from istiolint.inputs import Gathered
    from istiolint.source.document import Document


@click.command(name="diagnose")
@click.argument("symptom")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--host", metavar="HOST", help="The host in trouble: reviews, reviews.shop, shop.example.com.")
@click.option("--workload", metavar="NS/NAME", help="The workload in trouble.")
@of_world
@click.option("--format", "-f", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
def command(symptom: str, paths: tuple[str, ...], **options: Any) -> None:
    """Find what can cause a symptom, said in a word or two: 503, "sidecar not injected", "TLS handshake".

    Symptoms are not-injected, 503, 404, mtls-handshake, denied, latency, rejected and no-effect. All rules that
    lead to the symptom run, whatever the configuration turns off or silences.

    Exit code: 0 nothing found, 1 findings at or above the severity that fails a check (error), 2 wrong usage or a
    failure, 3 nothing to lint.
    """
    from istiolint.cli.linting import guarded
    from istiolint.diagnosis import SYMPTOMS, symptom_of

    meant = symptom_of(symptom)
    if meant is None:
        raise click.UsageError(f'no symptom is called "{symptom}"; there are {", ".join(SYMPTOMS)}')
    if options["host"] and options["workload"]:
        raise click.UsageError("--host and --workload cannot be given together")
    sys.exit(guarded(lambda: _diagnose(meant, paths, options)))


def _diagnose(symptom: str, paths: tuple[str, ...], options: dict[str, Any]) -> int:
    from istiolint.cards import catalog
    from istiolint.cli.linting import CLEAN, FAILED, FINDINGS, NOTHING, say_nothing, tell
    from istiolint.diagnosis import diagnose, refusing
    from istiolint.engine import at_least, run
    from istiolint.examine import documents_of

    cards = catalog()
    leading = {name for name, card in cards.items() if symptom in card.symptoms}
    config = _config(paths, options, tuple(sorted(leading | refusing(cards))))
    gathered = _gather(paths, config)
    outcome = run(gathered.inputs, config)
    complaints = [*gathered.complaints, *outcome.crashes]
    documents = [it for item in gathered.inputs for it in documents_of(item.file, item.data, item.context)]
    about = f"host {options['host']}" if options["host"] else ""
    about = f"workload {options['workload']}" if options["workload"] else about
    subjects = _subjects(documents, config, options)
    if about and not subjects:
        tell(f"warning: no manifest is about {about}")
    found = diagnose(
        symptom,
        about,
        outcome.report.findings,
        cards,
        looked=_looked(documents, config),
        subjects=subjects,
        unseen=_unseen(documents, config) if symptom == "not-injected" else (),
    )
    _show(found, outcome, options)
    for complaint in complaints:
        tell(f"error: {complaint}")
    if complaints:
        return FAILED
    if not outcome.report.summary.documents and not outcome.report.findings:
        say_nothing(outcome.report.summary.skipped_templates)
        return NOTHING
    threshold = config.fail_on
    told = [*(cause.finding for cause in found.causes), *found.refused]
    if threshold != "never" and any(at_least(finding.severity, threshold) for finding in told):
        return FINDINGS
    return CLEAN


def _config(paths: tuple[str, ...], options: dict[str, Any], rules: tuple[str, ...]) -> Config:
    """The project's settings for these rules, without those by which it turns off, softens or silences any."""
    from istiolint.config import Choice

    config = config_of(paths, options)
    return config._replace(
        choices=(Choice(select=rules),),
        severity={},
        overrides=(),
        min_severity="info",
        min_confidence="low",
        silencing=False,
    )


def _gather(paths: tuple[str, ...], config: Config) -> Gathered:
    from istiolint.inputs import gather, standard_input

    return gather([], config, standard_input(None)) if paths == ("-",) else gather(paths or (".",), config)


def _subjects(documents: list[Document], config: Config, options: dict[str, Any]) -> frozenset[str]:
    """The objects that have to do with the host or workload in question; none where there is no question."""
    if not options["host"] and not options["workload"]:
        return frozenset()
    from istiolint.concern import about_host, about_workload
    from istiolint.engine import mesh_settings
    from istiolint.mesh import build

    mesh = build(documents, mesh_settings(config))
    return about_host(mesh, options["host"]) if options["host"] else about_workload(mesh, options["workload"])


def _looked(documents: list[Document], config: Config) -> frozenset[str]:
    """The rules that are on and had something to look at."""
    from istiolint.cards import catalog
    from istiolint.dispatch import applies
    from istiolint.selection import enabled

    cards = catalog()
    kinds = {(it.group, it.kind) for it in documents if not it.context}
    on = enabled(config, cards.values())
    return frozenset(name for name in on if any(applies(cards[name], group, kind) for group, kind in kinds))


def _unseen(documents: list[Document], config: Config) -> set[str]:
    """Namespaces without a manifest whose labels decide whether workloads in the files get a sidecar."""
    from istiolint.engine import mesh_settings
    from istiolint.mesh import build

    mesh = build(documents, mesh_settings(config))
    return {it.namespace for it in mesh.workloads if mesh.dataplane(it) == "unknown" and not it.document.context}


def _show(found: Any, outcome: Outcome, options: dict[str, Any]) -> None:
    from istiolint.cli.output import say
    from istiolint.report.diagnosis_report import render_json, text
    from istiolint.report.style import columns, wants_color
    from istiolint.report.view import View

    if options["form"] == "json":
        say(render_json(found))
        return
    color = wants_color(options["color"], sys.stdout, os.environ)
    say(text(found, View(color=color, width=columns(sys.stdout, os.environ), source=outcome.texts)))
