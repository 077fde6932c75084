"""Laws of whole runs: what comes out depends on the manifests and the settings, and on nothing else."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from istiolint import batch, cache, engine, workers
from istiolint.batch import Input
from istiolint.config import Choice, Config, ConfigError
from istiolint.engine import lint, order, run
from istiolint.finding import Defect, Finding, Report
from shop import FILES, lay

CONFIG = Config(cache=False, choices=(Choice(select=("ALL",)),))
INPUTS = [Input(name, text.encode()) for name, text in sorted(FILES.items())]


@pytest.fixture(autouse=True)
def _no_cache_of_mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.FOLDER_VARIABLE, str(tmp_path / "cache"))


def report_of(inputs: list[Input], config: Config = CONFIG) -> Report:
    outcome = run(inputs, config)
    assert outcome.crashes == ()
    return outcome.report


def test_the_shop_has_findings_of_every_kind() -> None:
    report = report_of(INPUTS)
    rules = {finding.rule for finding in report.findings}
    assert {"syntax-error", "duplicate-key", "unknown-field", "wrong-type", "subset-not-found"} <= rules
    assert (report.summary.files, report.summary.documents, report.summary.istio_documents) == (8, 7, 5)
    assert (report.summary.skipped_templates, report.summary.skipped_files) == (1, 2)


def test_findings_come_in_order_of_place() -> None:
    findings = report_of(INPUTS).findings
    assert list(findings) == sorted(findings, key=order)
    assert len(set(findings)) == len(findings)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_files_does_not_matter(seed: int) -> None:
    mixed = INPUTS[:]
    random.Random(seed).shuffle(mixed)
    assert report_of(mixed) == report_of(INPUTS)


def test_the_order_of_documents_in_a_file_does_not_matter_to_what_is_found() -> None:
    def found(text: str) -> set[tuple[str, str]]:
        return {(finding.rule, finding.fingerprint) for finding in report_of([Input("a.yaml", text.encode())]).findings}

    parts = [
        text for name, text in FILES.items() if "broken" not in name for text in text.split("---\n") if "{{" not in text
    ]
    assert found("---\n".join(parts)) == found("---\n".join(reversed(parts)))


def test_other_files_do_not_change_what_one_document_says_for_itself() -> None:
    alone = [finding for item in INPUTS for finding in report_of([item]).findings]
    together = report_of(INPUTS).findings
    own = {"syntax", "schema", "versions", "admission"}
    families = {card.name: card.family for card in engine.card_shelf.catalog().values()}
    assert [f for f in alone if families[f.rule] in own] == [f for f in together if families[f.rule] in own]


def test_fingerprints_outlive_moved_lines() -> None:
    moved = [Input(item.file, b"# moved\n\n" + item.data) for item in INPUTS if item.file.endswith(".yaml")]
    plain = [item for item in INPUTS if item.file.endswith(".yaml")]
    assert [f.fingerprint for f in report_of(moved).findings] == [f.fingerprint for f in report_of(plain).findings]


# processes and cache


def test_many_processes_find_what_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    serial = run(INPUTS, CONFIG)
    monkeypatch.setattr(batch, "ENOUGH_BYTES", 0)
    monkeypatch.setattr(workers, "processes", lambda: 3)
    parallel = run(INPUTS, CONFIG)
    assert parallel.report == serial.report
    for finding in serial.report.findings:
        place = finding.place
        assert parallel.texts(place.file).line(place.line) == serial.texts(place.file).line(place.line)


CACHED = CONFIG._replace(cache=True)


@pytest.fixture
def worthwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the cache be used for the little that tests have."""
    monkeypatch.setattr(engine, "WORTHWHILE", 0)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are examined, rather than known."""
    seen: list[str] = []
    plain = batch.examine

    def noted(file: str, *rest: Any) -> Any:
        seen.append(file)
        return plain(file, *rest)

    monkeypatch.setattr(batch, "examine", noted)
    return seen


@pytest.mark.usefixtures("worthwhile")
def test_what_is_remembered_is_what_is_found(reads: list[str], tmp_path: Path) -> None:
    cold = report_of(INPUTS)
    reads.clear()
    assert report_of(INPUTS, CACHED) == cold
    assert len(reads) == len(INPUTS)
    reads.clear()
    assert report_of(INPUTS, CACHED) == cold
    assert reads == []
    for file in (tmp_path / "cache").rglob("report.bin"):
        file.unlink()
    assert report_of(INPUTS, CACHED) == cold
    assert reads == []
    changed = [item._replace(data=item.data.replace(b"v3", b"v4")) for item in INPUTS]
    assert report_of(changed, CACHED) == report_of(changed)
    assert reads[0] == "istio/reviews.yaml"


@pytest.mark.usefixtures("worthwhile")
def test_what_is_remembered_is_of_the_same_settings() -> None:
    for config in (
        CACHED,
        CACHED._replace(choices=(Choice(select=("unknown-field",)),)),
        CACHED._replace(choices=()),
        CACHED._replace(world="complete"),
        CACHED._replace(severity={"unknown-field": "info"}),
        CACHED._replace(min_severity="error"),
        CACHED._replace(silencing=False),
        CACHED._replace(namespace="other"),
        CACHED._replace(istio_version="1.20"),
    ):
        for _ in range(2):
            assert report_of(INPUTS, config) == report_of(INPUTS, config._replace(cache=False))


@pytest.mark.usefixtures("worthwhile")
def test_what_is_remembered_is_of_the_same_focus_and_context() -> None:
    focus = frozenset(("istio/rules.yaml",))
    whole = run(INPUTS, CACHED).report
    for _ in range(2):
        assert run(INPUTS, CACHED, focus).report == run(INPUTS, CONFIG, focus).report != whole
    context = [item._replace(context=item.file.startswith("apps")) for item in INPUTS]
    assert report_of(context, CACHED) == report_of(context) != whole


@pytest.mark.usefixtures("worthwhile")
def test_what_is_remembered_is_of_the_same_mesh_config(tmp_path: Path) -> None:
    file = tmp_path / "mesh.yaml"
    config = CACHED._replace(mesh_config=str(file))
    for text in ("rootNamespace: a\n", "rootNamespace: b\n", "outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n"):
        file.write_text(text)
        assert report_of(INPUTS, config) == report_of(INPUTS, config._replace(cache=False))


@pytest.mark.usefixtures("worthwhile")
def test_what_is_remembered_is_of_the_same_kustomization() -> None:
    patch = "kind: VirtualService\nmetadata: {name: NAME}\n"
    for name in ("reviews", "other", "reviews"):
        files = [
            *INPUTS,
            Input("istio/kustomization.yaml", b"patches: [{path: patch.yaml}]\n"),
            Input("istio/patch.yaml", patch.replace("NAME", name).encode()),
        ]
        assert report_of(files, CACHED) == report_of(files)


@pytest.mark.usefixtures("worthwhile")
def test_a_cache_that_is_broken_or_nowhere_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cold = report_of(INPUTS)
    assert report_of(INPUTS, CACHED) == cold
    for file in (tmp_path / "cache").rglob("*.bin"):
        file.write_bytes(file.read_bytes()[:-1])
    assert report_of(INPUTS, CACHED) == cold
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    monkeypatch.setenv(cache.FOLDER_VARIABLE, str(blocked))
    assert report_of(INPUTS, CACHED) == cold
    assert blocked.read_text() == ""


def test_without_a_cache_none_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WORTHWHILE", 0)
    report_of(INPUTS)
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("worthwhile")
def test_a_run_with_a_crash_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from istiolint import examine as examine_module

    def broken(*_: Any) -> Iterator[Defect]:
        raise LookupError("what")
        yield

    monkeypatch.setattr(examine_module, "_installation", broken)
    outcome = run(INPUTS, CACHED)
    assert len(outcome.crashes) == 7
    assert {finding.rule for finding in outcome.report.findings} >= {"unknown-field", "subset-not-found"}
    assert not list(tmp_path.rglob("*.bin"))


def test_a_model_that_fails_does_not_hide_what_documents_say_for_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    from istiolint import mesh

    def broken(*_: Any) -> None:
        raise LookupError("what")

    monkeypatch.setattr(mesh, "build", broken)
    outcome = run(INPUTS, CONFIG)
    assert outcome.crashes == ("the model of the mesh failed: LookupError: what",)
    assert {finding.rule for finding in outcome.report.findings} >= {"unknown-field", "syntax-error"}


# focus, context, thresholds


def test_focus_reports_on_some_files_and_knows_all() -> None:
    outcome = run(INPUTS, CONFIG, frozenset(("istio/reviews.yaml",)))
    assert {finding.place.file for finding in outcome.report.findings} == {"istio/reviews.yaml"}
    assert "subset-not-found" in {finding.rule for finding in outcome.report.findings}


def test_context_files_are_known_and_not_reported_on() -> None:
    inputs = [item._replace(context=item.file != "istio/reviews.yaml") for item in INPUTS]
    report = report_of(inputs)
    assert {finding.place.file for finding in report.findings} == {"istio/reviews.yaml"}
    assert "subset-not-found" in {finding.rule for finding in report.findings}
    assert (report.summary.files, report.summary.documents) == (1, 1)


def test_thresholds_hide_and_nothing_else() -> None:
    everything = report_of(INPUTS).findings
    errors = report_of(INPUTS, CONFIG._replace(min_severity="error")).findings
    assert list(errors) == [finding for finding in everything if finding.severity == "error"]
    sure = report_of(INPUTS, CONFIG._replace(min_confidence="high")).findings
    assert list(sure) == [finding for finding in everything if finding.confidence == "high"]


def test_each_rule_alone_finds_what_it_finds_among_all() -> None:
    by_rule: dict[str, list[Finding]] = {}
    for finding in report_of(INPUTS).findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for rule, wanted in by_rule.items():
        found = report_of(INPUTS, CONFIG._replace(choices=(Choice(select=(rule,)),))).findings
        assert [(f.place, f.message) for f in found] == [(f.place, f.message) for f in wanted]


def test_nothing_gives_nothing() -> None:
    report = report_of([])
    assert (report.findings, report.summary.files) == ((), 0)


def test_rules_that_do_not_exist_are_an_error() -> None:
    with pytest.raises(ConfigError, match="subset-not-found"):
        run(INPUTS, CONFIG._replace(choices=(Choice(select=("subset-not-fond",)),)))


# the Python API


def test_lint_is_a_run_over_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lay(tmp_path / "shop"))
    assert lint(["."], CONFIG).findings == report_of(INPUTS).findings
    assert lint(["istio/reviews.yaml"]).summary.files == 1
    with pytest.raises(OSError, match="nothing-here"):
        lint(["nothing-here", "istio"], CONFIG)


# other processes


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_the_same_bytes_for_any_hash_seed(form: str, tmp_path: Path) -> None:
    lay(tmp_path)
    outputs = set()
    for seed in ("0", "1", "42"):
        done = subprocess.run(
            [sys.executable, "-m", "istiolint", "check", ".", "--no-config", "--select", "ALL", "--format", form],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (1, b"")
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert b"subset-not-found" in outputs.pop()
