"""The benchmark's input and its table; how fast anything is, no test says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from crowds import CROWDS, write
from crowds import PER_FILE as PER_CROWD_FILE
from edits import EDITS, edit
from generate import MISTAKES, PER_FILE, apps, generate, manifest
from table import Row, render, verdict

import istiolint
from istiolint.config import Config


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.yaml")}


def test_the_same_number_gives_the_same_bytes(tmp_path: Path) -> None:
    generate(str(tmp_path / "one"), 100)
    generate(str(tmp_path / "two"), 100)
    one = _content(tmp_path / "one")
    assert one == _content(tmp_path / "two")
    assert len(one) == 100 / PER_FILE


def test_one_document_in_a_hundred_has_a_mistake() -> None:
    made = apps(10_000)
    assert len(made) * PER_FILE == 10_000
    assert sum(bool(app.mistake) for app in made) == 100
    assert {app.mistake for app in made} == {"", *MISTAKES}


@pytest.mark.parametrize("mistake", ["", *MISTAKES])
def test_every_file_is_five_objects(mistake: str) -> None:
    app = apps(5)[0]._replace(mistake=mistake)
    kinds = [document["kind"] for document in yaml.safe_load_all(manifest(app))]
    assert kinds == ["Service", "Deployment", "Deployment", "DestinationRule", "VirtualService"]
    assert (manifest(app) == manifest(apps(5)[0])) == (not mistake)


def test_just_the_mistakes_are_found(tmp_path: Path) -> None:
    generate(str(tmp_path), 600)
    report = istiolint.lint([str(tmp_path)], Config(root=str(tmp_path), cache=False))
    assert sorted(finding.rule for finding in report.findings) == [
        "invalid-duration",
        "misplaced-field",
        "port-not-found",
        "subset-not-found",
        "unknown-field",
        "weights-not-hundred",
    ]


@pytest.mark.parametrize("what", CROWDS)
def test_crowds_are_large_and_without_mistakes(what: str, tmp_path: Path) -> None:
    documents = list(CROWDS[what](200))
    assert len(documents) - len(list(CROWDS[what](0))) == 200
    write(str(tmp_path), iter(documents))
    assert len(_content(tmp_path)) == -(-len(documents) // PER_CROWD_FILE)
    report = istiolint.lint([str(tmp_path)], Config(root=str(tmp_path), cache=False))
    assert report.summary.documents == len([it for text in documents for it in yaml.safe_load_all(text)])
    assert not report.findings


def test_table() -> None:
    rows = [
        Row("cold", 0.5, 0.8, "1.0 / 2.0 s"),
        Row("longer name", 12.5, None, ""),
        Row("memory", 201, 200, "", " MB"),
    ]
    assert render(rows).splitlines() == [
        "what             ratio  at most          measured",
        "----------------------------------------------------",
        "cold              0.50      0.8  ok      1.0 / 2.0 s",
        "longer name      12.50",
        "memory       201.00 MB   200 MB  MISSED",
    ]


def test_verdict() -> None:
    assert [verdict(Row("", ratio, target, "")) for ratio, target in ((1.5, 1.5), (1.6, 1.5), (9, None))] == [
        "ok",
        "MISSED",
        "",
    ]


@pytest.mark.parametrize("what", EDITS)
def test_edits_change_what_they_say_each_time(tmp_path: Path, what: str) -> None:
    file = tmp_path / "app.yaml"
    file.write_text(manifest(apps(5)[0]), encoding="utf-8")
    seen = [file.read_text(encoding="utf-8")]
    for turn in (1, 2, 3):
        edit(str(file), what, turn)
        seen.append(file.read_text(encoding="utf-8"))
    assert len(set(seen)) == 4
    values = [list(yaml.safe_load_all(text)) for text in seen]
    assert len({repr(value) for value in values}) == (1 if what == "a comment" else 4)
    assert istiolint.lint([str(tmp_path)], Config(root=str(tmp_path), cache=False)).findings == ()
