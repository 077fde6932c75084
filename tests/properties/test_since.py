"""A run that starts from what the last one has left finds what a run finds that starts from nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from istiolint import engine
from istiolint.batch import Input
from istiolint.cache import FOLDER_VARIABLE
from istiolint.cards import Page, pages
from istiolint.config import Choice, Config
from istiolint.engine import run
from istiolint.proof import _config
from istiolint.report.json_report import render
from istiolint.report.view import View
from istiolint.since import survey_since
from istiolint.source.reader import read
from istiolint.survey import survey
from tests import reruns

from .test_reading import walk

PAGES = [page for page in pages() if page.fences]


def parts(text: str) -> dict[str, str]:
    """The documents of a stream, each in a file of its own, every other one in a folder of its own."""
    written = enumerate(part for part in text.split("\n---\n") if part.strip())
    return {f"d{number}/f.yaml" if number % 2 else f"f{number}.yaml": f"{part}\n" for number, part in written}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.card.name)
def test_documents_of_examples_may_come_and_go(page: Page) -> None:
    for fence in page.fences:
        whole, config = parts(fence.text), _config(fence.text, None)
        left = reruns.left_by(whole, config)
        for name in whole if len(whole) > 1 else ():
            less = {file: text for file, text in whole.items() if file != name}
            for before, cache, after in (
                (whole, left, less),
                (less, reruns.left_by(less, config), whole),
            ):
                again = survey_since(reruns.given(after, config, cache), cache, reruns.left_in(cache))
                if again is not None:
                    fresh = survey(reruns.given(after, config))
                    assert reruns.seen(again) == reruns.seen(fresh), (name, len(before), len(after))


# Edits of all sorts

WORLDS = [
    [part.value for part in read(fence.text) if isinstance(part.value, dict) and not part.problems]
    for page in PAGES
    for fence in page.fences
]
OBJECTS = [value for world in WORLDS for value in world]
NEAR = ("labels", "matchLabels", "selector", "hosts", "host", "exportTo", "gateways", "subset", "namespace", "ports")
"""Keys by which objects find each other."""
ODD = (None, 5, "other", "*", "*.local", "~", ".", "x.example.com")
FILES = ("a.yaml", "b.yaml", "x/c.yaml", "x/d.yaml")

EDITS = ("set", "near", "near", "identity", "unset", "remove", "add", "move", "comment", "twice")

Tree = dict[str, list[tuple[str, Any]]]
"""Files, with their objects and the comment before each."""


def texts(tree: Tree) -> dict[str, str]:
    """The files as they are written."""
    return {
        file: "\n---\n".join(comment + yaml.safe_dump(value, sort_keys=False) for comment, value in objects)
        for file, objects in tree.items()
        if objects
    }


def leaves(tree: Tree) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """All scalars with the paths that lead there inside of their objects."""
    for objects in tree.values():
        for _, value in objects:
            yield from ((path, leaf) for path, leaf in walk(value) if not isinstance(leaf, dict | list))


def edited(tree: Tree, draw: st.DrawFn) -> Tree:
    """The tree after an edit."""
    tree = copy.deepcopy(tree)
    places = [(file, at) for file, objects in tree.items() for at in range(len(objects))]
    what = draw(st.sampled_from(EDITS))
    if what == "add" or not places:
        tree.setdefault(draw(st.sampled_from(FILES)), []).append(("", copy.deepcopy(draw(st.sampled_from(OBJECTS)))))
        return tree
    file, at = draw(st.sampled_from(places))
    comment, value = tree[file][at]
    paths = [path for path, leaf in walk(value) if len(path) > 1 and not isinstance(leaf, dict | list)]
    if what == "near":
        paths = [path for path in paths if set(NEAR) & set(map(str, path))] or paths
    elif what == "identity":
        paths = [path for path in paths if path in (("metadata", "name"), ("metadata", "namespace"))] or paths
    if what in ("set", "near", "identity") and paths:
        *way, last = draw(st.sampled_from(paths))
        like = [leaf for path, leaf in leaves(tree) if path[-1] == last]
        _at(value, way)[last] = draw(st.sampled_from([*like, *ODD]))
    elif what == "unset" and paths:
        *way, last = draw(st.sampled_from(paths))
        del _at(value, way)[last]
    elif what == "remove":
        del tree[file][at]
    elif what == "move":
        tree.setdefault(draw(st.sampled_from(FILES)), []).insert(0, tree[file].pop(at))
    elif what == "comment":
        tree[file][at] = (f"# one more line\n{comment}", value)
    elif what == "twice":
        tree.setdefault(draw(st.sampled_from(FILES)), []).append(("", copy.deepcopy(value)))
    return tree


def _at(value: Any, way: list[Any]) -> Any:
    for step in way:
        value = value[step]
    return value


@st.composite
def histories(draw: st.DrawFn, most: int) -> list[dict[str, str]]:
    """Files, and how they change from run to run."""
    objects = [value for world in draw(st.lists(st.sampled_from(WORLDS), min_size=1, max_size=3)) for value in world]
    several = draw(st.booleans())
    tree: Tree = {}
    for number, value in enumerate(copy.deepcopy(objects)):
        tree.setdefault(FILES[number % 4] if several else f"f{number}.yaml", []).append(("", value))
    trees = [tree]
    for _ in range(draw(st.integers(1, most))):
        trees.append(edited(trees[-1], draw))
    return [texts(each) for each in trees]


CONFIGS = st.builds(
    lambda world, namespace: Config(cache=False, world=world, namespace=namespace),
    st.sampled_from(["auto", "auto", "complete", "partial"]),
    st.sampled_from([None, None, "shop", "default"]),
)


@given(histories(4), CONFIGS)
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_edits_are_seen_as_by_a_run_that_starts_from_nothing(history: list[dict[str, str]], config: Config) -> None:
    cache = reruns.left_by(history[0], config)
    for files in history[1:]:
        again = survey_since(reruns.given(files, config, cache), cache, reruns.left_in(cache))
        if again is not None:
            assert reruns.seen(again) == reruns.seen(survey(reruns.given(files, config)))


@given(history=histories(3), config=CONFIGS)
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
def test_reports_are_the_same_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, history: list[dict[str, str]], config: Config
) -> None:
    every = config._replace(choices=(Choice(select=("ALL",)),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        patch.setattr(engine, "WORTHWHILE", 0)
        for files in history:
            inputs = [Input(file, text.encode()) for file, text in sorted(files.items())]
            again, fresh = (run(inputs, every._replace(cache=cache)) for cache in (True, False))
            assert (again.report, sorted(again.crashes)) == (fresh.report, sorted(fresh.crashes))
            assert render(again.report, View()) == render(fresh.report, View())


def test_most_runs_do_start_from_the_last_one() -> None:
    """Else the laws above would be about nothing."""
    taken = 0
    for page in PAGES[:40]:
        whole, config = parts(page.fences[0].text), _config(page.fences[0].text, None)
        cache = reruns.left_by(whole, config)
        first = min(whole)
        files = {**whole, first: f"# one more line\n{whole[first]}"}
        taken += survey_since(reruns.given(files, config, cache), cache, reruns.left_in(cache)) is not None
    assert taken > 30
