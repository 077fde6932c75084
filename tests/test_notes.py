"""What rules ask the mesh for is noted, whoever asked for it before: nothing that was learnt is kept without notes."""

from __future__ import annotations

import pytest

from istiolint.cards import Page, pages
from istiolint.dispatch import run
from istiolint.engine import mesh_settings
from istiolint.examine import Settings, examine
from istiolint.marks import Marks, mark
from istiolint.mesh import Mesh, MeshSettings, build
from istiolint.mesh.listing import Listed, Listing, Note
from istiolint.mesh.listings import ALL, KINDS, LABELS, NAMESPACES, ROUTED_SUBSETS, SERVICES
from istiolint.proof import _config
from istiolint.source.document import Document
from tests.mesh.worlds import deployment, documents, rule, service
from tests.reruns import EVERY_RULE

PLAN = EVERY_RULE.plan
PAGES = [page for page in pages() if page.fences]
NO_RULE = Settings(EVERY_RULE.plan, {}, frozenset(), "1.31")


def asked(mesh: Mesh, document: Document) -> frozenset[Note]:
    """What all rules ask for that look at a document."""
    mesh.noted = set()
    for _ in run(PLAN.finder(document, meshwide=True), document, [], mesh):
        pass
    return frozenset(mesh.noted)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.card.name)
def test_a_document_asks_for_the_same_whichever_others_were_there_before(page: Page) -> None:
    for fence in page.fences:
        given = mesh_settings(_config(fence.text, None))
        parts = enumerate(fence.text.split("\n---\n"))
        found = [it for number, text in parts for it in examine(f"{number}.yaml", text.encode(), NO_RULE).documents]
        own = [document for document in found if PLAN.finder(document, meshwide=True)]
        forwards, backwards = build(found, given, noting=True), build(found, given, noting=True)
        after = {id(document): asked(forwards, document) for document in own}
        before = {id(document): asked(backwards, document) for document in reversed(own)}
        for document in own:
            alone = asked(build(found, given, noting=True), document)
            assert alone == after[id(document)] == before[id(document)]


WORLD = (
    service("reviews", "shop")
    + service("ratings", "shop")
    + deployment("reviews", "shop", "v1")
    + deployment("reviews", "shop", "v2")
    + rule("reviews", "shop", "reviews", "v1")
)


@pytest.fixture
def mesh() -> Mesh:
    return build(documents(WORLD), MeshSettings(), noting=True)


def notes(mesh: Mesh) -> set[Note]:
    """What was noted; from here on, anew."""
    found, mesh.noted = mesh.noted or set(), set()
    return found


def test_keys_are_noted_found_or_not(mesh: Mesh) -> None:
    listed = mesh.listing(SERVICES)
    host = "reviews.shop.svc.cluster.local"
    assert [it.name for it in listed.get(host)] == ["reviews"]
    assert notes(mesh) == {("services", host)}
    assert listed.get("nobody") == ()
    assert listed.get("nobody", []) == []
    assert "nobody" not in listed
    assert notes(mesh) == {("services", "nobody")}
    with pytest.raises(KeyError):
        listed["nobody"]
    assert listed[host] == listed.get(host)
    assert notes(mesh) == {("services", "nobody"), ("services", host)}


@pytest.mark.parametrize("ask", [list, bool, Listed.items, lambda listed: next(iter(listed), None)])
def test_who_asks_for_all_is_noted_to_have(mesh: Mesh, ask: object) -> None:
    assert callable(ask)
    ask(mesh.listing(SERVICES))
    assert notes(mesh) == {("services", None)}
    assert sorted(map(str, mesh.listing(SERVICES))) == [
        "ratings.shop.svc.cluster.local",
        "reviews.shop.svc.cluster.local",
    ]
    assert not build([], MeshSettings()).listing(SERVICES)


def test_of_several_keys_only_the_one_that_is_looked_under_is_noted(mesh: Mesh) -> None:
    app, first = ("shop", "app", "reviews"), ("shop", "version", "v1")
    assert [it.name for it in mesh.listing(LABELS).fewest([app, first])] == ["reviews-v1"]
    assert notes(mesh) == {("labels", first)}
    assert mesh.listing(LABELS).fewest([app, ("shop", "app", "nobody"), first]) == ()
    assert notes(mesh) == {("labels", ("shop", "app", "nobody"))}
    assert mesh.listing(LABELS).fewest([]) == ()
    assert notes(mesh) == set()


def names(mesh: Mesh, host: str) -> list[str]:
    return [it.name for it in mesh.listing(SERVICES).get(host)]


def both(mesh: Mesh) -> list[list[str]]:
    return [mesh.index(names, "a"), mesh.index(names, "b")]


def test_who_gets_what_was_made_before_is_noted_to_have_asked_for_it(mesh: Mesh) -> None:
    one, two = ("services", "a"), ("services", "b")
    for _ in range(2):
        mesh.index(names, "a")
        assert notes(mesh) == {one}
    for _ in range(2):
        mesh.index(both)
        assert notes(mesh) == {one, two}
    mesh.index(names, "b")
    assert notes(mesh) == {two}


def failing(mesh: Mesh) -> None:
    mesh.listing(SERVICES).get("a")
    raise LookupError


def test_a_failure_leaves_the_notes_of_others_alone(mesh: Mesh) -> None:
    mesh.listing(SERVICES).get("b")
    with pytest.raises(LookupError):
        mesh.index(failing)
    mesh.listing(SERVICES).get("c")
    assert notes(mesh) == {("services", "b"), ("services", "c")}


def test_settings_are_not_noted(mesh: Mesh) -> None:
    assert not mesh.config.given
    assert mesh.root_namespace == "istio-system"
    assert notes(mesh) == set()


def test_all_documents_and_those_of_a_kind_are_noted(mesh: Mesh) -> None:
    assert len(mesh.everything) == 5
    assert notes(mesh) == {("kinds", None)}
    assert len(mesh.documents("Deployment", "apps")) == 2
    assert notes(mesh) == {("kinds", ("apps", "Deployment"))}


def test_nothing_is_noted_where_nobody_wants_to_know() -> None:
    mesh = build(documents(WORLD), MeshSettings())
    assert mesh.index(names, "a") == []
    assert mesh.config
    assert mesh.noted is None


@pytest.mark.parametrize("listing", ALL.values(), ids=lambda listing: listing.name)
def test_a_listing_says_the_same_of_a_document_among_others_and_alone(listing: Listing[object]) -> None:
    found = documents(WORLD)
    for document in found:
        if listing.kinds is None or (document.group, document.kind) in listing.kinds:
            whole, alone = build(found, MeshSettings(), noting=True), build([document], MeshSettings())
            keys = [key for key, _ in listing.entries(whole, document)]
            assert keys == [key for key, _ in listing.entries(alone, document)]
            assert notes(whole) == set(), "an entry depends on its own document alone"


def test_marks_tell_keys_apart_and_last() -> None:
    every = [("a", None), ("a", ""), ("a", "b"), ("a", ("b",)), ("a", ("b", "c")), ("ab", None), ("a", "\udcff")]
    assert len({mark(note) for note in every}) == len(every) - 1, "a key of one text is that text"
    assert mark((SERVICES.name, "reviews.shop.svc.cluster.local")) == 2261521971
    marks = Marks()
    assert marks.of(every) == marks.of(every)
    assert len(marks.of(every)) == 4 * len(every)


def test_listings_have_names_of_their_own() -> None:
    assert len({listing.name for listing in ALL.values()}) == len(ALL)
    assert all(name == listing.name for name, listing in ALL.items())
    assert {KINDS.plain, LABELS.plain} == {False}
    assert {NAMESPACES.plain, ROUTED_SUBSETS.plain} == {True}
