import pytest
from hypothesis import given
from hypothesis import strategies as st

from istiolint.mesh.nearness import LONGEST, Names, _shapes, edit_apart, misspelt


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("reveiws", "reviews"),
        ("productpge", "productpage"),
        ("producttpage", "productpage"),
        ("product-page", "productpage"),
        ("paymants", "payments"),
        ("bookinfo-gatewy", "bookinfo-gateway"),
        ("api.exmaple.com", "api.example.com"),
    ],
)
def test_slips(wrong: str, right: str) -> None:
    assert misspelt(wrong, right)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("web1", "web2"),
        ("reviews-v1", "reviews-v2"),
        ("order", "orders"),
        ("order-service", "orders-service"),
        ("service-a", "service-b"),
        ("cart", "card"),
        ("card-service", "cart-service"),
        ("api.example.com", "app.example.com"),
        ("reviews", "reviews"),
        ("reviews", "ratings"),
        ("web-a", "weba"),
    ],
)
def test_names_of_a_family(one: str, other: str) -> None:
    assert not misspelt(one, other)
    assert not misspelt(other, one)


words = st.text("abc-", max_size=6)


@given(words, words)
def test_one_edit_is_symmetric_and_bounded(one: str, other: str) -> None:
    assert edit_apart(one, other) == edit_apart(other, one)
    if edit_apart(one, other):
        assert one != other
        assert abs(len(one) - len(other)) <= 1
    if misspelt(one, other):
        assert edit_apart(one, other)


@given(st.sets(words, max_size=6), words)
def test_the_index_finds_what_comparing_all_would(known: set[str], name: str) -> None:
    near = {other for other in known if edit_apart(name, other)}
    found = Names(known).nearest(name)
    assert found in near if near else found == ""


def test_what_is_too_long_for_a_name_resembles_nothing() -> None:
    long = "a" * (LONGEST + 1)
    assert Names([long, "b" * 40]).nearest(long[1:] + "b") == ""
    assert len(_shapes(long)) == 1


@pytest.mark.parametrize(("written", "known"), [("v3", "v1"), ("v12", "v13"), ("reviews-v1", "reviews-v2")])
def test_another_number_is_no_misspelling(written: str, known: str) -> None:
    assert edit_apart(written, known)
    assert Names([known]).nearest(written) == ""
    assert Names([known, "x" + written]).nearest(written) == "x" + written
