"""A whole run: read, model, check, silence. `run` for commands, `lint` for programs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from istiolint import cards as card_shelf
from istiolint.batch import Input, keys_of
from istiolint.complete import Texts, resource
from istiolint.config import Config
from istiolint.dispatch import Plan
from istiolint.examine import Settings, completed, examine_mesh_config
from istiolint.finding import CONFIDENCES, SEVERITIES, Finding, Report, Severity
from istiolint.records import NamedTuple
from istiolint.schema.store import release
from istiolint.selection import Selection
from istiolint.source.kustomize import NONE as NO_PATCHES
from istiolint.source.kustomize import Patches, patches_in
from istiolint.source.text import SourceText, decode
from istiolint.suppress import annotation_defects, apply
from istiolint.survey import Given, Survey, survey

WORTHWHILE = 200_000
"""Bytes of input from which on the cache is used; less is linted sooner than looked up."""

if TYPE_CHECKING:
    from istiolint.cache import Cache
    from istiolint.mesh.settings import MeshSettings
    from istiolint.source.document import Document


class Outcome(NamedTuple):
    """What came of a run: the report, what to complain of on standard error, and the texts behind the places."""

    report: Report
    crashes: tuple[str, ...]
    """Checks that failed themselves: each makes the run a failed one, though the other findings stand."""
    texts: Texts


def lint(paths: Sequence[str], config: Config | None = None) -> Report:
    """Lint files and folders; the Python API.

    Without a configuration, the project's own is looked up as the command does it. Raises `config.ConfigError` for a
    configuration that cannot be used, OSError for files that cannot be read, RuntimeError where a check fails itself.
    """
    from istiolint.inputs import gather

    if config is None:
        from istiolint.config_load import load

        config = load(paths)
    gathered = gather(paths, config)
    if gathered.complaints:
        raise OSError("; ".join(gathered.complaints))
    outcome = run(gathered.inputs, config)
    if outcome.crashes:
        raise RuntimeError("; ".join(outcome.crashes))
    return outcome.report


def run(inputs: Sequence[Input], config: Config, focus: Collection[str] | None = None) -> Outcome:
    """Lint these files together as one project. With `focus`, only findings in those files are reported.

    Raises ConfigError for rules that do not exist.
    """
    cards = card_shelf.catalog()
    selection = Selection(config, cards.values())
    version = release(config.istio_version or "")
    settings = Settings(Plan(cards, selection.enabled, selection.params), cards, selection.enabled, version)
    patches = patches_in((item.file, item.data) for item in inputs)
    inputs = [item for item in inputs if item.file not in patches.files]
    given = _given_mesh_config(config, inputs)
    texts = _texts({item.file: item.data for item in (*inputs, *given)})
    cache = _cache(inputs, config, settings)
    keys = keys_of(inputs, cache) if cache else []
    whole = cache.key(_marks(config, focus, patches), *keys) if cache else b""
    if cache and (known := cache.last("report", whole)):
        from istiolint.pack import unpack_report

        return Outcome(unpack_report(known), (), texts)
    found = _surveyed(Given(inputs, settings, mesh_settings(config, patches), texts, keys), cache, config, patches)
    findings, crashes, remarks = list(found.findings), list(found.crashes), found.remarks
    complaints = ((defect, cards[defect.rule]) for defect in annotation_defects(found.addressed, selection))
    findings += completed(complaints, texts)
    reported = {item.file for item in (*inputs, *given) if not item.context}
    for item in given:
        judged = examine_mesh_config(item.file, item.data, settings)
        findings += (finding._replace(fix=None) for finding in judged.findings)  # nobody asked to repair this file
        crashes += judged.crashes
        remarks[item.file] = judged.remarks
    sorted_out = apply(findings, remarks, _annotations(found.addressed), selection, whole=focus is None)
    if focus is not None:
        reported.intersection_update(focus)
    kept = (*sorted_out.kept, *sorted_out.complaints)
    shown = {f: None for f in kept if f.place.file in reported and _shown(f, config)}
    quiet = [one for one in sorted_out.suppressed if one.finding.place.file in reported]
    report = Report(
        findings=tuple(sorted(shown, key=order)),
        suppressed=tuple(sorted(quiet, key=lambda one: order(one.finding))),
        summary=found.summary,
    )
    if cache and not crashes:
        from istiolint.pack import pack_report

        cache.put_last("report", whole, pack_report(report))
        cache.save()
    return Outcome(report, tuple(crashes), texts)


def _surveyed(given: Given, cache: Cache | None, config: Config, patches: Patches) -> Survey:
    """What is known of all files; from what the last run has left, where there is that."""
    if cache is None:
        return survey(given)
    basis = cache.key(_marks(config, None, patches))
    left = cache.last("basis", basis)
    found = None
    if left is not None:
        from istiolint.since import survey_since

        found = survey_since(given, cache, left)
    return found or survey(given, cache, basis)


def _given_mesh_config(config: Config, inputs: Sequence[Input]) -> tuple[Input, ...]:
    """The file of `--mesh-config`, which is judged too; none where there is none, or where it is among the inputs."""
    if not config.mesh_config:
        return ()
    from istiolint.inputs import mesh_config_input

    given = mesh_config_input(config.mesh_config)
    return () if any(item.file == given.file for item in inputs) else (given,)


def _marks(config: Config, focus: Collection[str] | None, patches: Patches) -> bytes:
    """Everything but the files that a report depends on."""
    given = ""
    if config.mesh_config:
        from istiolint.inputs import mesh_config_input

        given = repr(mesh_config_input(config.mesh_config))
    marks = (config, given, sorted(focus) if focus is not None else None, sorted(patches.objects))
    return repr(marks).encode("utf-8", "surrogateescape")


def _cache(inputs: Sequence[Input], config: Config, settings: Settings) -> Cache | None:
    """The cache, where the user wants one and there is enough input for it."""
    if not config.cache or sum(len(item.data) for item in inputs) < WORTHWHILE:
        return None
    from istiolint.cache import open_cache

    return open_cache(config.root, (settings.istio_version, repr(sorted(settings.enabled)), repr(settings.plan.params)))


def order(finding: Finding) -> tuple[Any, ...]:
    """By place, then rule and message: the order in which findings are reported."""
    return (finding.place, finding.rule, finding.message)


def _texts(data: Mapping[str, bytes]) -> Texts:
    known: dict[str, SourceText] = {}

    def text(file: str) -> SourceText:
        if file not in known:
            known[file] = SourceText(file, decode(data.get(file, b"")).text)
        return known[file]

    return text


def mesh_settings(config: Config, patches: Patches = NO_PATCHES) -> MeshSettings:
    """What the model must know of the configuration; raises ConfigError for a MeshConfig file that cannot be read."""
    from istiolint.inputs import mesh_config_of
    from istiolint.mesh.settings import MeshSettings

    given = MeshSettings(
        namespace=config.namespace,
        world=config.world,
        external_hosts=config.external.hosts,
        external_gateways=config.external.gateways,
        external_namespaces=config.external.namespaces,
        cluster_domain=config.cluster_domain,
        mesh_config=mesh_config_of(config.mesh_config) if config.mesh_config else None,
        istio_version=release(config.istio_version or ""),
        patched=patches.change,
    )
    if config.root_namespace:
        given = given._replace(root_namespace=config.root_namespace)
    return given._replace(trust_domain=config.trust_domain) if config.trust_domain else given


def _annotations(addressed: Iterable[Document]) -> Callable[[Finding], Mapping[str, str]]:
    """A look-up of the annotations of a finding's object, as far as they are of any importance here."""
    known = {(document.file, resource(document)): document.strings("annotations") for document in addressed}
    return lambda finding: known.get((finding.place.file, finding.resource), {}) if finding.resource else {}


def _shown(finding: Finding, config: Config) -> bool:
    """Whether a finding is severe and sure enough for the user."""
    sure = CONFIDENCES.index(finding.confidence) >= CONFIDENCES.index(config.min_confidence)
    return sure and at_least(finding.severity, config.min_severity)


def at_least(severity: Severity, threshold: Severity) -> bool:
    """Whether a severity reaches a threshold."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(threshold)
