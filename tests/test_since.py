"""Runs that start from what the last one has left: what they look at again, and when they start from nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from istiolint import engine, meshwide, since, workers
from istiolint.basis import Basis
from istiolint.batch import Input
from istiolint.cache import FOLDER_VARIABLE, Cache
from istiolint.config import Config
from istiolint.engine import run
from istiolint.finding import Defect
from istiolint.since import survey_since
from istiolint.source.document import Document
from istiolint.survey import Survey, survey
from tests import reruns

CONFIG = Config(cache=False)
APP = """\
apiVersion: v1
kind: Service
metadata: {{name: {0}, namespace: shop}}
spec: {{selector: {{app: {0}}}, ports: [{{name: http, port: 80, targetPort: web}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {0}, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: {0}}}}}
  template:
    metadata: {{labels: {{app: {0}, version: v1}}}}
    spec: {{containers: [{{name: app, image: a, ports: [{{name: web, containerPort: 8080}}]}}]}}
"""
ROUTE = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: {0}, namespace: shop}}
spec: {{host: {0}, subsets: [{{name: v1, labels: {{version: v1}}}}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: {0}, namespace: shop}}
spec: {{hosts: [{0}], http: [{{route: [{{destination: {{host: {0}, subset: v1}}}}]}}]}}
"""
FILES = {
    f"{kind}/{name}.yaml": text.format(name)
    for name in ("cart", "pay", "stock")
    for kind, text in (("apps", APP), ("routes", ROUTE))
}


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is looked at again, by file and kind."""
    seen: list[str] = []
    plain = since.checked

    def noted(documents: Iterable[tuple[int, Document]], *rest: Any) -> Any:
        its = list(documents)
        seen.extend(f"{document.file} {document.kind}" for _, document in its)
        return plain(its, *rest)

    monkeypatch.setattr(since, "checked", noted)
    return seen


def again(before: dict[str, str], after: dict[str, str], config: Config = CONFIG) -> Survey | None:
    """The second run, which has found what a run finds that starts from nothing."""
    cache = reruns.left_by(before, config)
    found = survey_since(reruns.given(after, config, cache), cache, reruns.left_in(cache))
    if found is not None:
        assert reruns.seen(found) == reruns.seen(survey(reruns.given(after, config)))
    return found


def changed(file: str, old: str, new: str, files: dict[str, str] | None = None) -> dict[str, str]:
    files = files or FILES
    assert old in files[file]
    return {**files, file: files[file].replace(old, new)}


def rules(found: Survey | None) -> list[str]:
    assert found is not None
    return sorted({it.rule for it in found.findings})


def concerned(looked_at: list[str]) -> set[str]:
    """What was looked at, anew from here on; all of it is about one app."""
    found = set(looked_at)
    looked_at.clear()
    assert {it.split()[0] for it in found} <= {"apps/cart.yaml", "routes/cart.yaml"}
    return found


CART = {"apps/cart.yaml Service", "apps/cart.yaml Deployment"}
ITS_ROUTES = {"routes/cart.yaml DestinationRule", "routes/cart.yaml VirtualService"}


def test_who_does_not_ask_for_what_has_changed_is_not_looked_at(looked_at: list[str]) -> None:
    assert again(FILES, changed("apps/cart.yaml", "image: a", "image: b")) is not None
    assert concerned(looked_at) == {*CART, "routes/cart.yaml DestinationRule"}, "which asks for pods with labels"
    weight = "destination: {host: cart, subset: v1}"
    assert again(FILES, changed("routes/cart.yaml", weight, f"{weight}, weight: 100")) is not None
    assert concerned(looked_at) >= ITS_ROUTES


def test_who_asks_for_what_has_changed_is_looked_at(looked_at: list[str]) -> None:
    assert "version-without-traffic" in rules(again(FILES, changed("apps/cart.yaml", "version: v1", "version: v2")))
    assert concerned(looked_at) == {*CART, "routes/cart.yaml DestinationRule"}
    assert "subset-not-found" in rules(again(FILES, changed("routes/cart.yaml", "{name: v1,", "{name: v9,")))
    assert concerned(looked_at) >= ITS_ROUTES
    assert "host-not-found" in rules(again(FILES, changed("apps/cart.yaml", "{name: cart,", "{name: card,")))
    assert set(looked_at) > ITS_ROUTES


def test_who_asked_in_vain_is_looked_at_when_it_comes(looked_at: list[str]) -> None:
    without = {file: text for file, text in FILES.items() if file != "routes/pay.yaml"}
    wanting = changed("routes/cart.yaml", "destination: {host: cart,", "destination: {host: pay,", without)
    assert "subset-not-found" in rules(again(FILES, wanting))
    looked_at.clear()
    assert "subset-not-found" not in rules(again(wanting, {**wanting, "routes/pay.yaml": ROUTE.format("pay")}))
    assert "routes/cart.yaml VirtualService" in looked_at


def test_a_comment_concerns_nobody_else(looked_at: list[str]) -> None:
    for files in (
        {**FILES, "apps/cart.yaml": "# one more line\n" + FILES["apps/cart.yaml"]},
        changed("apps/cart.yaml", "---\n", "---\n# one more line\n"),
    ):
        looked_at.clear()
        assert again(FILES, files) is not None
        assert looked_at == ["apps/cart.yaml Service", "apps/cart.yaml Deployment"]


def test_places_in_a_file_that_has_changed_move(looked_at: list[str]) -> None:
    before = changed("routes/cart.yaml", "subset: v1}", "subset: v2}")
    before["routes/cart.yaml"], rule = reversed(before["routes/cart.yaml"].split("---\n"))
    before["rules/cart.yaml"] = rule
    found = again(before, {**before, "rules/cart.yaml": f"# one more line\n{rule}"})
    assert found is not None
    (finding,) = (it for it in found.findings if it.rule == "subset-not-found")
    assert [(it.place.file, it.place.line) for it in finding.related] == [("rules/cart.yaml", 5)]
    assert looked_at == ["rules/cart.yaml DestinationRule", "routes/cart.yaml VirtualService"]


def test_others_come_in_the_order_of_their_files() -> None:
    before = {f"{name}.yaml": ROUTE.format("cart").replace("name: cart", f"name: {name}") for name in "abcd"}
    for file, text in before.items():
        assert again(before, {**before, file: f"# one more line\n{text}"}) is not None


def test_comments_of_other_files_still_silence() -> None:
    before = changed("routes/cart.yaml", "subset: v1", "subset: v9")
    before["routes/cart.yaml"] = before["routes/cart.yaml"].replace(
        "spec: {hosts", "# istiolint: ignore[subset-not-found] on its way\nspec: {hosts"
    )
    found = again(before, {**before, "routes/pay.yaml": ""})
    assert found is not None
    assert [remark.reason for remark in found.remarks["routes/cart.yaml"]] == ["on its way"]


def test_objects_of_one_name_in_two_folders_tear_them_apart(looked_at: list[str]) -> None:
    """Who asks whether two files belong together asks for all names, and is concerned by each that comes or goes."""
    before = {"a/one.yaml": ROUTE.format("cart"), "b/two.yaml": ROUTE.format("cart").replace("name: cart", "name: two")}
    before |= {f"{folder}/sa.yaml": "" for folder in "ab"}
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: its, namespace: shop}\n"
    for file in ("a/sa.yaml", "b/sa.yaml"):
        assert "host-claimed-twice" in rules(again(before, {**before, file: account}))
    both = {**before, "a/sa.yaml": account, "b/sa.yaml": account}
    looked_at.clear()
    assert "host-claimed-twice" not in rules(again(before, both))
    assert "host-claimed-twice" in rules(again(both, before))
    assert "b/two.yaml VirtualService" in looked_at


def test_rules_of_the_whole_mesh_are_asked_again_when_it_concerns_them() -> None:
    twice = changed("apps/cart.yaml", "kind: Service\nmetadata: {name: cart", "kind: Service\nmetadata: {name: pay")
    complete = CONFIG._replace(world="complete")
    assert again(FILES, twice, complete) is None, "in a complete world one of them counts"
    service = FILES["apps/cart.yaml"].partition("---\n")[0].replace("port: 80", "port: 81")
    inside = changed("apps/cart.yaml", "---\n", f"---\n{service}---\n")
    assert "duplicate-object" in rules(again(FILES, inside))
    assert "duplicate-object" not in rules(again(inside, FILES))


@pytest.mark.parametrize(
    "after",
    [
        {**FILES, "m.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: istio, namespace: istio-system}\n"},
        {**FILES, "m.yaml": "kind: IstioOperator\napiVersion: install.istio.io/v1alpha1\nspec: {}\n"},
        {**FILES, "m.yaml": "meshConfig: {rootNamespace: shop}\n"},
        {file: f"# one more line\n{text}" for file, text in FILES.items()},
        {},
    ],
    ids=["ConfigMap", "IstioOperator", "values", "every file", "no file"],
)
def test_what_may_concern_everybody_starts_from_nothing(after: dict[str, str]) -> None:
    assert again(FILES, after) is None


def test_other_config_maps_concern_nobody() -> None:
    config = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: settings, namespace: shop}\n"
    assert again(FILES, {**FILES, "m.yaml": config}) is not None


def test_a_quarter_of_all_documents_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    after = changed("apps/cart.yaml", "version: v1", "version: v2")
    assert again(FILES, after) is not None
    monkeypatch.setattr(since, "MANY", 0)
    assert again(FILES, after) is not None, "one of twelve beside those of the file"
    assert again({**FILES, "apps/pay.yaml": "", "routes/pay.yaml": "", "apps/stock.yaml": ""}, after) is None


def test_files_that_hold_no_objects_are_counted() -> None:
    for text in ("", "a: 1\n", "kind: {{ .Values.kind }}\n", "kind: X\na: [\n"):
        found = again({**FILES, "z.yaml": FILES["apps/pay.yaml"]}, {**FILES, "z.yaml": text})
        assert found is not None
        assert again({**FILES, "z.yaml": text}, FILES) is not None


def test_what_the_cache_has_lost_is_found_anew() -> None:
    after = changed("apps/cart.yaml", "version: v1", "version: v2")
    for lost in ("apps/cart.yaml", "routes/cart.yaml"):
        cache = reruns.left_by(FILES, CONFIG)
        given = reruns.given(FILES, CONFIG, cache)
        (key,) = (key for item, key in zip(given.inputs, given.keys, strict=True) if item.file == lost)
        for entries in cache._shards.values():
            entries.pop(key, None)
        assert survey_since(reruns.given(after, CONFIG, cache), cache, reruns.left_in(cache)) is None


def test_entries_of_both_runs_are_kept() -> None:
    cache = reruns.left_by(FILES, CONFIG)
    old = reruns.given(FILES, CONFIG, cache)
    new = reruns.given(changed("apps/cart.yaml", "version: v1", "version: v2"), CONFIG, cache)
    assert survey_since(new, cache, reruns.left_in(cache)) is not None
    assert {*old.keys, *new.keys} <= cache._used


def failing(*_: Any) -> Iterable[Defect]:
    raise LookupError("oh")


def test_checks_that_fail_are_told_and_leave_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    after = changed("routes/cart.yaml", "subset: v1", "subset: v2")
    cache = reruns.left_by(FILES, CONFIG)
    with monkeypatch.context() as patch:
        patch.setattr("istiolint.checks.routing.subset_not_found", failing)
        reruns.EVERY_RULE.plan.__init__(reruns.CARDS, frozenset(reruns.CARDS), {})  # type: ignore[misc]
        found = survey_since(reruns.given(after, CONFIG, cache), cache, reruns.left_in(cache))
        assert found is not None
        assert [crash.partition(" failed")[0] for crash in found.crashes] == ["routes/cart.yaml: subset-not-found"]
        assert reruns.left_by(FILES, CONFIG).last("basis", reruns.KEY) is None
    reruns.EVERY_RULE.plan.__init__(reruns.CARDS, frozenset(reruns.CARDS), {})  # type: ignore[misc]


def basis(files: dict[str, str]) -> Basis:
    packed = reruns.left_by(files, CONFIG).last("basis", reruns.KEY)
    assert packed is not None
    return Basis(packed)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_several_processes_leave_what_one_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    files = changed("routes/cart.yaml", "subset: v1", "subset: v2")
    alone = basis(files)
    monkeypatch.setattr(meshwide, "ENOUGH", 1)
    monkeypatch.setattr(workers, "processes", lambda: 3)
    together = basis(files)
    for one in (alone, together):
        assert one.found
    assert together.found == alone.found
    assert (together.files, together.local, together.remarks) == (alone.files, alone.local, alone.remarks)
    assert set(together.listings) == set(alone.listings)
    for name in alone.listings:
        assert together.listing(name) == alone.listing(name)
    marks = {int(mark) for blob in alone._marks[2:] for mark in memoryview(blob).cast("I")}
    assert len(marks) > 20
    for mark in marks:
        assert together.asking([mark]) == alone.asking([mark]) != set()
    assert alone.asking([1]) == set()
    assert alone.listing("nobody") is None


# Whole runs, with the cache on the disk

CACHED = CONFIG._replace(cache=True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the cache, which is used for the little that tests have."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(engine, "WORTHWHILE", 0)
    return tmp_path / "cache"


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each run that has to look at something: whether it started from the last one."""
    seen: list[bool] = []
    plain = since.survey_since

    def noted(*given: Any) -> Survey | None:
        found = plain(*given)
        seen.append(found is not None)
        return found

    monkeypatch.setattr(since, "survey_since", noted)
    return seen


def same(files: dict[str, str], config: Config = CACHED, focus: frozenset[str] | None = None) -> None:
    """Run over these files: with and without the cache, the report is the same."""
    inputs = [Input(file, text.encode()) for file, text in sorted(files.items())]
    known, fresh = (run(inputs, config._replace(cache=cache), focus) for cache in (True, False))
    assert known.report == fresh.report
    assert known.crashes == fresh.crashes == ()


def histories() -> list[dict[str, str]]:
    one = changed("apps/cart.yaml", "version: v1", "version: v2")
    two = changed("routes/pay.yaml", "subset: v1", "subset: v9", one)
    return [FILES, one, two, FILES, {**two, "apps/stock.yaml": ""}, two]


def test_one_run_after_the_other(folder: Path, starts: list[bool]) -> None:
    for files in histories():
        same(files)
    assert starts == [True] * 5, "the first had nothing to start from"
    assert {file.stem for file in folder.rglob("*.bin")} > {"report", "basis"}


def test_the_focus_may_be_another(folder: Path, starts: list[bool]) -> None:
    for files, focus in zip(histories(), (None, frozenset(["apps/cart.yaml"])) * 3, strict=True):
        same(files, focus=focus)
    assert starts == [True] * 5


def test_other_settings_start_from_nothing(folder: Path, starts: list[bool]) -> None:
    files = changed("apps/cart.yaml", "version: v1", "version: v2")
    for config in (CACHED, CACHED._replace(namespace="x"), CACHED._replace(severity={"subset-not-found": "info"})):
        same(FILES, config)
        same(files, config)
    assert starts == [True] * 3


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: b"", lambda data: data[:20] + b"!" + data[21:]]
)
def test_damaged_files_change_nothing(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    same(FILES)
    for file in sorted(folder.rglob("*.bin")):
        kept = file.read_bytes()
        file.write_bytes(damage(kept))
        same(changed("apps/cart.yaml", "version: v1", f"version: {file.stem}"))
        if file.exists():
            file.write_bytes(kept)


def test_a_folder_that_is_lost_or_cannot_be_written_to(folder: Path) -> None:
    for files in histories():
        same(files)
        shutil.rmtree(folder)
    folder.write_text("no folder")
    for files in histories():
        same(files)


def test_without_the_cache_nothing_is_written(folder: Path) -> None:
    for files in histories():
        run([Input(file, text.encode()) for file, text in files.items()], CONFIG)
    assert not folder.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_runs_at_the_same_time_disturb_nobody(folder: Path) -> None:
    children = []
    for number in range(4):
        pid = os.fork()
        if not pid:
            status = 1
            try:
                for _ in range(3):
                    for files in histories()[number % 2 :: 2]:
                        same(files)
                status = 0
            finally:
                os._exit(status)
        children.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0] * 4
    same(FILES)
    assert not [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".bin"]


def test_a_cache_without_a_folder_keeps_what_it_is_given() -> None:
    cache = Cache("/dev/null/nowhere", b"")
    cache.put_last("basis", b"k" * 16, b"1")
    assert cache.last("basis", b"k" * 16) == b"1"
    assert cache.last("report", b"k" * 16) is None
