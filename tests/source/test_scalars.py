"""Every way to write a scalar, and what Kubernetes (sigs.k8s.io/yaml) makes of it: specification, performance 1.2."""

from __future__ import annotations

import math
from typing import Any

import pytest

from istiolint.source.reader import YamlDocument, read
from istiolint.source.scalars import Scalar, is_word_for_bool, key_text, resolve, resolve_key, tagged


def one(text: str) -> YamlDocument:
    (document,) = read(text)
    return document


def same(ours: object, wanted: object) -> bool:
    return type(ours) is type(wanted) and ours == wanted


TRUE = "y Y yes Yes YES on On ON true True TRUE"
FALSE = "n N no No NO off Off OFF false False FALSE"
NULL = "~ null Null NULL"
NO_WORDS = "yEs oN oFF tRUE nULL none None nil Nil enabled t f T F inf nan NaN Infinity .iNf .nAn"

VALUES: dict[str, Scalar] = {
    **dict.fromkeys(TRUE.split(), True),
    **dict.fromkeys(FALSE.split(), False),
    **dict.fromkeys(NULL.split(), None),
    **{word: word for word in NO_WORDS.split()},
    # integers
    "0": 0,
    "-0": 0,
    "+5": 5,
    "-5": -5,
    "0777": 511,
    "00": 0,
    "-017": -15,
    "0o17": 15,
    "0O17": 15,
    "-0o17": -15,
    "0o8": "0o8",
    "0o": "0o",
    "0x1F": 31,
    "0Xff": 255,
    "-0x1f": -31,
    "0x": "0x",
    "0xg": "0xg",
    "0b11": 3,
    "-0b1": -1,
    "0b2": "0b2",
    "1_000": 1000,
    "1__0": 10,
    "1_": 1,
    "_1": "_1",
    "-_1": -1,
    "0_7": 7,
    "0x_1": 1,
    "18446744073709551615": 18446744073709551615,
    "-9223372036854775808": -9223372036854775808,
    "1" * 30: float("1" * 30),
    # floats; whole ones travel as integers
    "089": 89,
    "08": 8,
    "1e3": 1000,
    "1E3": 1000,
    "1e+3": 1000,
    "1e-3": 0.001,
    "8e1": 80,
    "1.0": 1,
    "1.": 1,
    "5.": 5,
    ".5": 0.5,
    "-.5": -0.5,
    "+.5": 0.5,
    "1.10": 1.1,
    "1.5e300": 1.5e300,
    "1e400": "1e400",
    "18446744073709551616": 18446744073709551616.0,
    "1_0.5": 10.5,
    ".5_0": 0.5,
    "._5": "._5",
    ".5_": ".5_",
    "0.1_0": 0.1,
    "1e": "1e",
    "0x1p3": "0x1p3",
    # what other readers take for something else
    "12:30": "12:30",
    "1:20": "1:20",
    "190:20:30": "190:20:30",
    "2001-12-14": "2001-12-14",
    "2001-12-14t21:59:43.10-05:00": "2001-12-14t21:59:43.10-05:00",
    "1,000": "1,000",
    "12.3.4": "12.3.4",
    "1.2.3.4/16": "1.2.3.4/16",
    "=": "=",
    "<<": "<<",
    "+": "+",
    "-": "-",
    ".": ".",
    "..": "..",
    "--5": "--5",
    "10m": "10m",
    "1d": "1d",
    "100%": "100%",
    "٣": "٣",
}


@pytest.mark.parametrize(("text", "wanted"), VALUES.items())
def test_plain_scalars(text: str, wanted: Scalar) -> None:
    assert same(resolve(text), wanted)


@pytest.mark.parametrize("text", [text for text in VALUES if text != "-"])
def test_plain_scalars_in_a_document(text: str) -> None:
    document = one(f"a: {text}\n")
    assert same(document.value["a"], VALUES[text])
    assert document.problems == ()
    assert one(f"a: '{text}'\nb: \"{text}\"\nc: |-\n  {text}\n").value == {"a": text, "b": text, "c": text}


@pytest.mark.parametrize("text", [sign + form for sign in ("", "-", "+") for form in (".inf", ".Inf", ".INF")])
def test_infinity_is_no_number_of_json(text: str) -> None:
    assert math.isinf(float(str(resolve(text))))
    (problem,) = one(f"a: {text}\n").problems
    assert (problem.rule, problem.start, problem.end) == ("invalid-value", 3, 3 + len(text))


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_nan_is_no_number_of_json(text: str) -> None:
    assert [problem.rule for problem in one(f"a: [{text}]\n").problems] == ["invalid-value"]


@pytest.mark.parametrize(
    "empty", ["a:\n", "a: # nothing\n", "a: !!null\n", "a: &anchor\n", "{a: }\n", "{a}\n", "? a\n"]
)
def test_empty_is_null(empty: str) -> None:
    document = one(empty)
    assert document.value == {"a": None}
    assert document.problems == ()


KEYS = {
    "1": "1",
    "0777": "511",
    "0x10": "16",
    "1_000": "1000",
    "-1": "-1",
    "true": "true",
    "yes": "true",
    "y": "true",
    "Off": "false",
    "n": "false",
    "1.10": "1.1",
    "1.0": "1",
    "-0.0": "-0",
    "0.1": "0.1",
    "100000.0": "100000",
    "1e6": "1e+06",
    "1234567.0": "1.234567e+06",
    "123456789.5": "1.2345679e+08",
    "0.0001": "0.0001",
    "0.00001": "1e-05",
    "1.5e300": ".inf",
    ".inf": ".inf",
    "-.Inf": "-.inf",
    ".NaN": ".nan",
    "12:30": "12:30",
    "2001-12-14": "2001-12-14",
    "version": "version",
    "=": "=",
}


@pytest.mark.parametrize(("text", "wanted"), KEYS.items())
def test_keys_become_strings(text: str, wanted: str) -> None:
    assert resolve_key(text) == wanted
    document = one(f"{text}: x\n")
    assert document.value == {wanted: "x"}
    assert document.problems == ()


@pytest.mark.parametrize("text", ["~", "null", "!!null", "18446744073709551615", "{a: b}", "[a]"])
def test_keys_that_kubernetes_refuses(text: str) -> None:
    document = one(f"? {text}\n: x\nb: 1\n")
    assert document.value == {"b": 1}
    (problem,) = document.problems
    assert problem.rule == "invalid-key"


def test_equal_keys_written_differently_are_one() -> None:
    document = one("yes: 1\ntrue: 2\n")
    assert document.value == {"true": 2}
    (problem,) = document.problems
    assert (problem.rule, problem.start, problem.other) == ("duplicate-key", 7, (0, 3))


TAGS: dict[str, Any] = {
    "!!str 1": "1",
    "!!str true": "true",
    "!!str": "",
    "!!str ~": "~",
    "! 1": "1",
    "!custom x": "x",
    "!custom 1": "1",
    "!<tag:yaml.org,2002:str> 1": "1",
    "!!int 1": 1,
    "!!int '1'": 1,
    "!!int 0x10": 16,
    "!!float 1": 1,
    "!!float 1.5": 1.5,
    "!!float '1e3'": 1000,
    "!!bool yes": True,
    "!!bool 'off'": False,
    "!!null ~": None,
    "!!null": None,
    "!!null ''": None,
    "!!timestamp 2001-12-14": "2001-12-14",
    "!!binary aGk=": "hi",
    "!!map {a: 1}": {"a": 1},
    "!!seq [1]": [1],
    "!custom {a: 1}": {"a": 1},
    "!custom [1]": [1],
}


@pytest.mark.parametrize(("text", "wanted"), TAGS.items())
def test_tags(text: str, wanted: object) -> None:
    document = one(f"a: {text}\n")
    assert same(document.value["a"], wanted)
    assert document.problems == ()


@pytest.mark.parametrize(
    "text", ["!!int 1.0", "!!int x", "!!int true", "!!float yes", "!!bool 1", "!!null x", "!!binary a"]
)
def test_tags_that_do_not_fit(text: str) -> None:
    (problem,) = one(f"a: {text}\n").problems
    assert problem.rule == "invalid-value"
    assert problem.end == 3 + len(text)


def test_words_that_surprise() -> None:
    assert [text for text in VALUES if is_word_for_bool(text)] == [
        word for word in (TRUE + " " + FALSE).split() if word.lower() not in ("true", "false")
    ]


def test_key_text_of_each_type() -> None:
    assert [key_text(value) for value in ("a", True, False, 3, 1e6, None)] == ["a", "true", "false", "3", "1e+06", None]


def test_a_tag_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="integer"):
        tagged("x", "tag:yaml.org,2002:int")


@pytest.mark.parametrize(
    "text", ["1" * 5000, "-" + "1" * 5000, "1_" * 5000, "0x" + "f" * 5000, "0" * 5000 + "1", "1e99999"]
)
def test_any_number_of_digits(text: str) -> None:
    assert isinstance(one(f"a: {text}\n").value["a"], str | int | float)
