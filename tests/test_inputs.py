"""From paths to bytes: files, context, buffers, and MeshConfig."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from istiolint.config import Config, ConfigError
from istiolint.inputs import gather, mesh_config_of
from shop import lay


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    lay(tmp_path, {"a.yaml": "a: 1\n", "k8s/b.yaml": "b: 1\n", "k8s/c.json": "{}", "lib/d.yaml": "d: 1\n"})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*paths: str, config: Config = Config(), overlay: dict[str, bytes] | None = None) -> list[str]:  # noqa: B008
    gathered = gather(paths, config, overlay)
    assert gathered.complaints == ()
    return [f"{item.file}{'*' * item.context}" for item in gathered.inputs]


def test_files_come_in_order_and_once() -> None:
    assert names(".") == ["a.yaml", "k8s/b.yaml", "k8s/c.json", "lib/d.yaml"]
    assert names("k8s", "a.yaml", "k8s/b.yaml", "./a.yaml") == ["a.yaml", "k8s/b.yaml", "k8s/c.json"]
    assert names() == []


def test_context_is_what_is_not_linted() -> None:
    assert names("a.yaml", config=Config(context=("lib",))) == ["a.yaml", "lib/d.yaml*"]
    assert names("lib/d.yaml", config=Config(context=("lib", "a.yaml"))) == ["a.yaml*", "lib/d.yaml"]


def test_bytes_are_those_of_the_file_or_of_the_buffer() -> None:
    gathered = gather(["a.yaml", "lib"], Config(), {"a.yaml": b"new", "lib/z.yaml": b"z"})
    assert [(item.file, item.data) for item in gathered.inputs] == [
        ("a.yaml", b"new"),
        ("lib/d.yaml", b"d: 1\n"),
        ("lib/z.yaml", b"z"),
    ]


def test_what_is_not_there_is_complained_of_unless_it_is_a_buffer() -> None:
    assert names("gone.yaml", overlay={"gone.yaml": b""}) == ["gone.yaml"]
    gathered = gather(["gone.yaml", "a.yaml"], Config(context=("nowhere",)))
    assert [item.file for item in gathered.inputs] == ["a.yaml"]
    assert gathered.complaints == ("gone.yaml: no such file or folder", "nowhere: no such file or folder")


def test_what_cannot_be_read_is_complained_of(project: Path) -> None:
    (project / "loop.yaml").symlink_to("loop.yaml")
    gathered = gather(["loop.yaml", "a.yaml"], Config())
    assert [item.file for item in gathered.inputs] == ["a.yaml"]
    assert len(gathered.complaints) == 1
    assert gathered.complaints[0].startswith("loop.yaml: ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_pipes_among_the_files_of_a_folder_are_not_waited_for(project: Path) -> None:
    os.mkfifo(project / "k8s" / "pipe.yaml")
    assert names("k8s") == ["k8s/b.yaml", "k8s/c.json"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("rootNamespace: x\n", {"rootNamespace": "x"}),
        ('{"rootNamespace": "x"}', {"rootNamespace": "x"}),
        ("# nothing\n", {}),
        ("", {}),
        ("---\n---\na: 1\n", {"a": 1}),
        ("kind: IstioOperator\nspec: {meshConfig: {a: 1}}\n", {"a": 1}),
        ("kind: IstioOperator\nspec: {}\n", {}),
        ("kind: IstioOperator\nspec: [a]\n", {}),
        ("kind: IstioOperator\n", {}),
        ("kind: ConfigMap\ndata:\n  mesh: |-\n    a: 1\n", {"a": 1}),
        ("kind: ConfigMap\ndata:\n  mesh: '# nothing'\n", {}),
        ("kind: ConfigMap\ndata:\n  mesh: 'a: ['\n", {}),
        ("kind: ConfigMap\ndata: {mesh: 1}\n", {}),
        ("kind: ConfigMap\ndata: [a]\n", {}),
        ("kind: ConfigMap\n", {}),
    ],
)
def test_mesh_config(text: str, wanted: object, project: Path) -> None:
    (project / "mesh.yaml").write_text(text)
    assert mesh_config_of("mesh.yaml") == wanted


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: [\n", "not readable as YAML"),
        (b"a: 1\n---\nb: 2\n", "one mapping"),
        (b"[a]\n", "one mapping"),
        (b"text\n", "one mapping"),
        (b"a: \xff\n", "not UTF-8"),
        ("a: 1\n".encode("utf-16"), "UTF-16"),
        (None, "No such file"),
    ],
)
def test_mesh_config_that_cannot_be_used(data: bytes | None, said: str, project: Path) -> None:
    if data is not None:
        (project / "mesh.yaml").write_bytes(data)
    with pytest.raises(ConfigError, match=said) as caught:
        mesh_config_of("mesh.yaml")
    assert caught.value.problems[0].file == "mesh.yaml"
